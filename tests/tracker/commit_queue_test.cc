// Calls that share commits: each is taken in once, and made durable before it returns.
#include "tracker/commit_queue.h"

#include <fmt/format.h>

#include <atomic>
#include <map>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "tests/tracker/shop.h"

namespace cxjourney::tracker_tests {
namespace {

using tracker::CommitQueue;

struct NumberedCall : CommitQueue::Call {
  size_t position = 0;  // In the log.
};

// A log of calls, which fails once it is so long.
class CommitQueueTest : public testing::Test {
 protected:
  void Record(NumberedCall* call) {
    queue_.Run(
        call, [this](CommitQueue::Call* first) { Take(first); }, [this] { return Sync(); });
  }

  void Take(CommitQueue::Call* first) {
    ASSERT_FALSE(taking_.exchange(true));
    for (CommitQueue::Call* call = first; call != nullptr; call = call->next()) {
      static_cast<NumberedCall*>(call)->position = ++written_;
    }
    ++commits_;
    taking_ = false;
  }

  Status Sync() {
    EXPECT_FALSE(syncing_.exchange(true));
    const size_t position = written_;
    std::this_thread::sleep_for(std::chrono::microseconds(50));
    const bool fails = position >= fails_from_;
    if (!fails) synced_ = position;
    syncing_ = false;
    return fails ? Status(Code::kUnavailable, "the disk is gone") : Status();
  }

  CommitQueue queue_;
  std::atomic<bool> taking_ = false;
  std::atomic<bool> syncing_ = false;
  std::atomic<size_t> written_ = 0;
  std::atomic<size_t> synced_ = 0;
  std::atomic<size_t> commits_ = 0;
  size_t fails_from_ = SIZE_MAX;
};

void RunThreads(size_t count, const std::function<void(size_t)>& run) {
  std::vector<std::thread> threads;
  for (size_t i = 0; i < count; ++i) threads.emplace_back(run, i);
  for (std::thread& thread : threads) thread.join();
}

TEST_F(CommitQueueTest, OneThreadSharesWithNobody) {
  for (size_t i = 1; i <= 10; ++i) {
    NumberedCall call;
    Record(&call);
    EXPECT_TRUE(call.status.ok());
    EXPECT_EQ(call.position, i);
    EXPECT_EQ(synced_, i);
  }
  EXPECT_EQ(commits_, 10u);
}

// A clock of the caller's may throw, and memory may run out: nobody is left asleep.
TEST_F(CommitQueueTest, WhatEscapesIsEverybodysFailure) {
  constexpr size_t kThreads = 20;
  std::atomic<size_t> escapes = 0;
  const auto escape = [&] {
    if (++escapes % 3 == 0) throw std::runtime_error("escaped");
  };
  std::atomic<size_t> failed = 0;
  RunThreads(kThreads, [&](size_t) {
    for (size_t i = 0; i < 50; ++i) {
      NumberedCall call;
      queue_.Run(
          &call,
          [&](CommitQueue::Call* first) {
            Take(first);
            escape();
          },
          [&] {
            escape();
            return Sync();
          });
      if (call.status.ok()) continue;
      EXPECT_EQ(call.status.code(), Code::kInternal);
      ++failed;
    }
  });
  EXPECT_GT(failed, 0u);
  NumberedCall call;
  Record(&call);
  EXPECT_TRUE(call.status.ok());
}

// More threads than one commit takes.
TEST_F(CommitQueueTest, EveryCallIsDurableWhenItReturns) {
  constexpr size_t kThreads = 100;
  constexpr size_t kCalls = 50;
  RunThreads(kThreads, [&](size_t) {
    for (size_t i = 0; i < kCalls; ++i) {
      NumberedCall call;
      Record(&call);
      EXPECT_TRUE(call.status.ok());
      EXPECT_GT(call.position, 0u);
      EXPECT_LE(call.position, synced_);
    }
  });
  EXPECT_EQ(written_, kThreads * kCalls);
  EXPECT_LT(commits_, kThreads * kCalls / 2);
}

TEST_F(CommitQueueTest, AFailedSyncFailsAllWhoWaitForIt) {
  fails_from_ = 200;
  RunThreads(8, [&](size_t) {
    for (size_t i = 0; i < 50; ++i) {
      NumberedCall call;
      Record(&call);
      EXPECT_EQ(call.status.ok(), call.position <= synced_);
    }
  });
  EXPECT_EQ(written_, 400u);
  EXPECT_LT(synced_, 200u);
}

class SharedCommitTest : public testing::Test, public Shop {};

TEST_F(SharedCommitTest, OfEqualTouchpointsAtOnceOneIsRecorded) {
  Shop::Open(false);
  RecordOptions durable;
  durable.durability = Durability::kDurable;
  std::mutex mutex;
  std::map<std::string, int> recorded;
  RunThreads(8, [&](size_t) {
    for (int i = 0; i < 100; ++i) {
      const std::string id = fmt::format("{}", i);
      const Receipt receipt = *tracker->Record(Call(id, kNoon, {Email("ann"), Phone(i)}), durable);
      const bool fresh = receipt.outcome == RecordOutcome::kRecorded;
      ASSERT_TRUE(fresh || receipt.outcome == RecordOutcome::kDuplicate);
      ASSERT_NE(receipt.customer, CustomerId::kNone);
      const std::lock_guard lock(mutex);
      recorded[id] += fresh ? 1 : 0;
    }
  });
  for (const auto& [id, times] : recorded) EXPECT_EQ(times, 1) << id;
  ExpectSound();
  Reopen();
  EXPECT_EQ(tracker->GetStats()->touchpoints, 100u);
}

}  // namespace
}  // namespace cxjourney::tracker_tests
