// Eight writers and eight readers at once, with links, unlinks, retractions, syncs and Verify.
#include <fmt/format.h>

#include <random>
#include <thread>

#include "tests/tracker/shop.h"

namespace cxjourney::tracker_tests {
namespace {

constexpr uint32_t kThreads = 8;
constexpr auto kRunFor = std::chrono::milliseconds(2000);

Identifier SomeIdentifier(std::mt19937* random) {
  const auto n = static_cast<int>((*random)() % 60);
  switch ((*random)() % 3) {
    case 0:
      return Email(fmt::format("user{}", n));
    case 1:
      return Phone(n);
    default:
      return {"device_id", fmt::format("device-{}", n)};
  }
}

class ConcurrencyTest : public testing::Test, public Shop {
 protected:
  bool Running() const { return std::chrono::steady_clock::now() < end_; }

  // Records and asserts; every acknowledged touchpoint is remembered.
  void Write(uint32_t thread) {
    std::mt19937 random(thread);
    std::vector<AssertionId> assertions;
    for (int i = 0; Running(); ++i) {
      std::vector<Touchpoint> batch;
      for (uint32_t j = 0; j < 1 + random() % 3; ++j) {
        std::string id = fmt::format("{}-{}-{}", thread, i, j);
        // The address is of this touchpoint alone and no evidence: whoever it belongs to, it is
        // found by it.
        batch.push_back(Call(id, kNoon - minutes(random() % 9999),
                             {SomeIdentifier(&random), SomeIdentifier(&random), {"ip", id}}));
      }
      RecordOptions how;
      if (random() % 16 == 0) how.durability = Durability::kDurable;
      Result<std::vector<Receipt>> receipts = tracker->RecordAll(batch, how);
      ASSERT_TRUE(receipts.ok()) << receipts.status().ToString();
      for (size_t j = 0; j < batch.size(); ++j) {
        ASSERT_EQ((*receipts)[j].outcome, RecordOutcome::kRecorded);
        acknowledged_[thread].push_back(batch[j]);
      }
      // What was acknowledged is seen by the next query.
      ASSERT_THAT(History({"ip", batch[0].id}), testing::ElementsAre(batch[0].id));
      Assert(&random, &assertions);
    }
  }

  void Assert(std::mt19937* random, std::vector<AssertionId>* assertions) {
    Identifier a = SomeIdentifier(random);
    Identifier b = SomeIdentifier(random);
    const auto dice = (*random)() % 12;
    if (a.name_space == b.name_space && a.value == b.value) return;
    Result<AssertionReceipt> receipt = Status(Code::kNotFound, "nothing asserted");
    if (dice == 0) receipt = tracker->MustLink({a, b});
    if (dice == 1) receipt = tracker->Unlink(a, b);
    if (receipt.ok()) assertions->push_back(receipt->id);
    if (dice == 2 && !assertions->empty()) {
      ASSERT_TRUE(tracker->Retract(assertions->back()).ok());
      assertions->pop_back();
    }
    if (dice == 3) {
      ASSERT_TRUE(tracker->Sync().ok());
    }
  }

  void Read(uint32_t thread) {
    std::mt19937 random(1000 + thread);
    while (Running()) {
      Identifier identifier = SomeIdentifier(&random);
      Result<Journey> journey = tracker->History(identifier);
      if (journey.ok()) {
        ASSERT_TRUE(std::is_sorted(journey->touchpoints.begin(), journey->touchpoints.end(),
                                   [](const Touchpoint& a, const Touchpoint& b) {
                                     return *a.event_time < *b.event_time;
                                   }));
      } else {
        ASSERT_EQ(journey.status().code(), Code::kNotFound);
      }
      Result<Context> context = tracker->GetContext(identifier);
      if (context.ok()) {
        ASSERT_EQ(context->customer.touchpoints > 0, context->first_seen.has_value());
      }
      static_cast<void>(tracker->Why(identifier, SomeIdentifier(&random)));
      static_cast<void>(tracker->ListCustomers(CustomerId::kNone, 10));
      ASSERT_LE(tracker->GetStats()->refused.size(), 0u);
      if (random() % 20 == 0) {
        ASSERT_TRUE(tracker->Repeats(RepeatQuery()).ok());
      }
      if (thread == 0 && random() % 8 == 0) ExpectSound();
    }
  }

  std::chrono::steady_clock::time_point end_;
  std::vector<Touchpoint> acknowledged_[kThreads];
};

TEST_F(ConcurrencyTest, EightWritersAndEightReaders) {
  Shop::Open(false);
  end_ = std::chrono::steady_clock::now() + kRunFor;
  std::vector<std::thread> threads;
  for (uint32_t i = 0; i < kThreads; ++i) {
    threads.emplace_back([this, i] { Write(i); });
    threads.emplace_back([this, i] { Read(i); });
  }
  for (std::thread& thread : threads) thread.join();
  ExpectSound();
  Reopen();
  ExpectSound();
  size_t count = 0;
  for (const std::vector<Touchpoint>& mine : acknowledged_) {
    ASSERT_FALSE(mine.empty());
    for (const Touchpoint& touchpoint : mine) {
      ASSERT_EQ(Record(touchpoint).outcome, RecordOutcome::kDuplicate) << touchpoint.id;
    }
    count += mine.size();
  }
  EXPECT_EQ(tracker->GetStats()->touchpoints, count);
  RecordProperty("touchpoints", static_cast<int>(count));
}

TEST_F(ConcurrencyTest, ReceivedTimesAndSequencesNeverRunBackwards) {
  Shop::Open(true);
  end_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(300);
  std::vector<std::thread> threads;
  for (uint32_t i = 0; i < kThreads; ++i) {
    threads.emplace_back([this, i] {
      uint64_t last = 0;
      for (int n = 0; Running(); ++n) {
        clock.Set(kNoon + seconds((n * 7919) % 100));  // A clock that jumps.
        Receipt receipt = Record(Call(fmt::format("{}-{}", i, n), kNoon, {Email("ann")}));
        ASSERT_GT(receipt.sequence, last);
        last = receipt.sequence;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  ExpectSound();
}

}  // namespace
}  // namespace cxjourney::tracker_tests
