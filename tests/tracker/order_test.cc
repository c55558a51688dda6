// Arrival order never matters: the same touchpoints and assertions in any order, in any batches,
// with any repetition, make the same customers, histories and repeats.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <random>

#include "tests/tracker/shop.h"

namespace cxjourney::tracker_tests {
namespace {

constexpr uint32_t kSeed = 20260301;
constexpr size_t kTouchpoints = 200;

class Generator {
 public:
  explicit Generator(uint32_t seed) : random_(seed) {}

  std::vector<Touchpoint> Touchpoints() {
    std::vector<Touchpoint> all;
    for (size_t i = 0; i < kTouchpoints; ++i) {
      // Some are later revisions of earlier ones.
      std::string id = fmt::format("t{}", i > 20 && Below(8) == 0 ? Below(20) : i);
      Touchpoint one = Call(id, kNoon - 40 * kDay + hours(Below(40 * 24)), Identifiers());
      one.source = Below(3) == 0 ? "web" : "crm";
      one.revision = static_cast<uint32_t>(i);
      one.voided = Below(25) == 0;
      one.channel = Below(2) == 0 ? Channel::kPhone : Channel::kWebChat;
      one.outcome = static_cast<Outcome>(Below(10));
      if (Below(3) == 0) one.conversation_id = fmt::format("c{}", Below(12));
      if (Below(6) == 0) one.parent_id = fmt::format("t{}", Below(kTouchpoints));
      if (Below(2) == 0) one.topics = {fmt::format("topic/{}", Below(3))};
      if (Below(5) == 0) one.direction = Direction::kOut;
      all.push_back(std::move(one));
    }
    return all;
  }

  uint32_t Below(uint32_t limit) { return std::uniform_int_distribution(0u, limit - 1)(random_); }

 private:
  std::vector<Identifier> Identifiers() {
    if (Below(8) == 0) return {};
    std::vector<Identifier> ids;
    if (Below(3) == 0) ids.push_back({"customer_id", fmt::format("C-{}", Below(10))});
    if (Below(2) == 0) ids.push_back(Email(fmt::format("user{}", Below(14))));
    if (Below(2) == 0) ids.push_back(Phone(static_cast<int>(Below(14))));
    if (Below(3) == 0) ids.push_back({"device_id", fmt::format("device-{}", Below(20))});
    if (ids.empty()) ids.push_back({"anonymous_id", fmt::format("cookie-{}", Below(20))});
    return ids;
  }

  std::mt19937 random_;
};

using Step = std::function<void(Tracker*, std::vector<AssertionId>*)>;

void Keep(const Result<AssertionReceipt>& receipt, std::vector<AssertionId>* made) {
  ASSERT_TRUE(receipt.ok()) << receipt.status().ToString();
  made->push_back(receipt->id);
}

// None of these can be refused, whatever is known by then.
std::vector<Step> Assertions() {
  const auto customer = [](int n) { return Identifier{"customer_id", fmt::format("C-{}", n)}; };
  const auto user = [](int n) { return Email(fmt::format("user{}", n)); };
  return {
      [=](Tracker* t, auto* made) {
        Keep(t->MustLink({customer(1), customer(2)}), made);
      },
      [=](Tracker* t, auto* made) { Keep(t->Unlink(user(3), Phone(3)), made); },
      [=](Tracker* t, auto* made) {
        Keep(t->Block({"device_id", "device-7"}), made);
      },
      [=](Tracker* t, auto* made) {
        Keep(t->MustLink({customer(2), customer(4)}), made);
      },
      [=](Tracker* t, auto* made) { Keep(t->Unlink(customer(1), customer(4)), made); },
      [=](Tracker* t, auto* made) { Keep(t->Block(user(5)), made); },
      [=](Tracker* t, auto* made) { Keep(t->Retract(made->at(1)), made); },
      [=](Tracker* t, auto* made) { Keep(t->Unblock(user(5)), made); },
      [=](Tracker* t, auto* made) {
        Keep(t->MustLink({customer(8), customer(9)}), made);
      },
      [=](Tracker* t, auto* made) { Keep(t->Retract(made->at(8)), made); },
  };
}

// Customers by what they hold, with their histories; then contacts under every policy. Without
// customer ids: which of several equally strong identifiers is primary may depend on arrival.
std::string Describe(Tracker* tracker) {
  std::vector<std::string> lines;
  const std::vector<CustomerId> customers = *tracker->ListCustomers(CustomerId::kNone, 10'000);
  for (CustomerId id : customers) {
    std::vector<std::string> held;
    Result<Customer> customer = tracker->GetCustomer(id);
    for (const HeldIdentifier& one : customer->identifiers) {
      held.push_back(fmt::format("{}:{}@{}..{}", one.name_space, one.value,
                                 one.first_seen.time_since_epoch().count(),
                                 one.last_seen.time_since_epoch().count()));
    }
    std::sort(held.begin(), held.end());
    std::string line = fmt::format("{}:", fmt::join(held, " "));
    Result<Journey> journey = tracker->History(id);
    for (const Touchpoint& one : journey->touchpoints) {
      line += fmt::format(" {}/{}.{}", one.source, one.id, one.revision);
    }
    lines.push_back(line);
  }
  std::sort(lines.begin(), lines.end());
  for (const Policy& policy : tracker->policies()) {
    RepeatQuery query;
    query.registered = policy.name;
    query.list_contacts = true;
    Result<RepeatReport> report = tracker->Repeats(query);
    for (const Contact& one : report->contacts) {
      lines.push_back(fmt::format("{} {}/{} legs {} base {} return {} prior {} episode {}",
                                  policy.name, one.id.source, one.id.id, one.legs.size(), one.base,
                                  one.has_return, one.prior ? one.prior->id : "-",
                                  one.episode ? one.episode->id : "-"));
    }
    lines.push_back(fmt::format("{} rcr {}/{} fcr {}/{}", policy.name, report->total.rcr.numerator,
                                report->total.rcr.denominator, report->total.fcr_issue.numerator,
                                report->total.fcr_issue.denominator));
  }
  return fmt::format("{}", fmt::join(lines, "\n"));
}

// Everything in one order. `shuffle` 0: as generated, one by one.
std::string Play(uint32_t shuffle) {
  Shop shop;
  shop.options.policies = {*ParsePolicy("next_contact_7d"), *ParsePolicy("same_topic_30d"),
                           *ParsePolicy("next_contact_7d,chain=from_first,name=rooted")};
  shop.Open(true);
  std::vector<Touchpoint> touchpoints = Generator(kSeed).Touchpoints();
  std::vector<Step> assertions = Assertions();
  constexpr size_t kAssertion = kTouchpoints;  // Taken in their own order wherever it stands.
  std::vector<size_t> order;
  for (size_t i = 0; i < kTouchpoints; ++i) order.push_back(i);
  order.insert(order.end(), assertions.size(), kAssertion);
  std::mt19937 random(shuffle);
  if (shuffle != 0) std::shuffle(order.begin(), order.end(), random);
  std::vector<AssertionId> made;
  std::vector<Touchpoint> batch;
  const auto flush = [&] {
    auto receipts = shop.tracker->RecordAll(batch);
    ASSERT_TRUE(receipts.ok());
    for (const Receipt& receipt : *receipts) EXPECT_TRUE(receipt.status.ok());
    batch.clear();
  };
  size_t next = 0;
  for (size_t i : order) {
    if (i == kAssertion) {
      flush();
      assertions[next++](shop.tracker.get(), &made);
      continue;
    }
    batch.push_back(touchpoints[i]);
    if (shuffle != 0 && random() % 4 == 0) batch.push_back(touchpoints[random() % kTouchpoints]);
    if (shuffle == 0 || random() % 5 == 0) flush();
  }
  flush();
  for (const Touchpoint& one : touchpoints) {
    if (one.id != "t30" && one.id != "t60" && one.id != "t90") continue;
    EXPECT_TRUE(shop.tracker->Retract(TouchpointKey{one.source, one.id}).ok());
  }
  shop.ExpectSound();
  return Describe(shop.tracker.get());
}

TEST(OrderIndependenceTest, TwentyShuffles) {
  std::string expected = Play(0);
  // The evidence must be worth shuffling.
  EXPECT_GT(std::count(expected.begin(), expected.end(), '\n'), 100);
  for (uint32_t shuffle = 1; shuffle <= 20; ++shuffle) {
    ASSERT_EQ(Play(shuffle), expected) << "shuffle " << shuffle;
  }
}

}  // namespace
}  // namespace cxjourney::tracker_tests
