// A shop for tests: a tracker at a fixed time under a fixed key, in memory or in a folder.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cxjourney/tracker.h"

namespace cxjourney {
inline namespace v1 {

// For failure messages; found by argument, so in the type's own namespace.
inline void PrintTo(const TouchpointKey& key, std::ostream* out) {
  *out << key.source << "/" << key.id;
}
inline void PrintTo(const Remark& remark, std::ostream* out) {
  *out << ReasonName(remark.reason) << " about '" << remark.about << "'";
}
inline void PrintTo(const Status& status, std::ostream* out) { *out << status.ToString(); }
inline void PrintTo(const Identifier& identifier, std::ostream* out) {
  *out << identifier.name_space << ":" << identifier.value;
}
inline void PrintTo(Timestamp time, std::ostream* out) { *out << time.time_since_epoch().count(); }

}  // namespace v1

namespace tracker_tests {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

inline constexpr hours kDay{24};
// 2026-03-01T12:00:00Z: when the shop's clock starts.
inline constexpr Timestamp kNoon{seconds{1772366400}};

class FixedClock : public Clock {
 public:
  Timestamp Now() override { return Timestamp(Duration(now_us_)); }
  void Set(Timestamp now) { now_us_ = now.time_since_epoch().count(); }
  void Advance(Duration step) { now_us_ += step.count(); }

 private:
  std::atomic<int64_t> now_us_{kNoon.time_since_epoch().count()};
};

class FixedKey : public KeyProvider {
 public:
  explicit FixedKey(uint8_t byte = 1) : byte_(byte) {}
  Result<std::array<uint8_t, 32>> StoreKey(const std::array<uint8_t, 16>& /*store_id*/) override {
    std::array<uint8_t, 32> key{};
    key.fill(byte_);
    return key;
  }

 private:
  uint8_t byte_;
};

class TempFolder {
 public:
  TempFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "cxj-tracker-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder() { std::filesystem::remove_all(path_); }

  std::string Store() const { return (path_ / "store").string(); }

 private:
  std::filesystem::path path_;
};

using Identifiers = std::vector<Identifier>;

inline Identifier Email(const std::string& local) { return {"email", local + "@example.com"}; }
// A mobile number by its last two digits.
inline Identifier Phone(int number) {
  return {"phone", "+9053211100" + std::to_string(10 + number)};
}

// A handled call of five minutes: what a test changes is what it is about.
inline Touchpoint Call(const std::string& id, Timestamp time, Identifiers identifiers) {
  Touchpoint call;
  call.source = "crm";
  call.id = id;
  call.event_time = time;
  call.duration_ms = 300'000;
  call.channel = Channel::kPhone;
  call.direction = Direction::kIn;
  call.purpose = Purpose::kQuestion;
  call.handled_by = HandledBy::kHuman;
  call.identifiers = std::move(identifiers);
  return call;
}

inline TouchpointKey Key(const std::string& id) { return {"crm", id}; }

inline std::vector<std::string> IdsOf(const Journey& journey) {
  std::vector<std::string> ids;
  for (const Touchpoint& touchpoint : journey.touchpoints) ids.push_back(touchpoint.id);
  return ids;
}

inline std::vector<Reason> ReasonsOf(const std::vector<Remark>& remarks) {
  std::vector<Reason> reasons;
  for (const Remark& remark : remarks) reasons.push_back(remark.reason);
  return reasons;
}

// One tracker and what it needs. Durability kOs: these tests are not about syncs.
class Shop {
 public:
  Shop() {
    options.clock = &clock;
    options.key_provider = &key;
    options.durability = Durability::kOs;
    options.segment_bytes = 256 * 1024;
  }

  void Open(bool in_memory) {
    options.in_memory = in_memory;
    Result<std::unique_ptr<Tracker>> opened = Tracker::Open(folder.Store(), options);
    ASSERT_TRUE(opened.ok()) << opened.status().ToString();
    tracker = *std::move(opened);
  }
  // Closes and opens the folder again.
  void Reopen() {
    Status closed = tracker->Close();
    ASSERT_TRUE(closed.ok()) << closed.ToString();
    tracker.reset();
    Open(false);
  }

  Receipt Record(const Touchpoint& touchpoint) {
    Result<Receipt> receipt = tracker->Record(touchpoint);
    EXPECT_TRUE(receipt.ok()) << receipt.status().ToString();
    return receipt.ok() ? *receipt : Receipt();
  }
  CustomerId Who(const Identifier& identifier) {
    Result<CustomerId> id = tracker->Resolve(identifier);
    return id.ok() ? *id : CustomerId::kNone;
  }
  // Ids of the touchpoints in the identifier's history; {"none"} where there is none.
  std::vector<std::string> History(const Identifier& identifier, const HistoryQuery& query = {}) {
    Result<Journey> journey = tracker->History(identifier, query);
    if (!journey.ok()) return {CodeName(journey.status().code())};
    return IdsOf(*journey);
  }
  // Re-derived state agrees with what was kept up to date.
  void ExpectSound() {
    Result<VerifyReport> report = tracker->Verify();
    ASSERT_TRUE(report.ok()) << report.status().ToString();
    EXPECT_THAT(report->problems, testing::IsEmpty());
  }

  FixedClock clock;
  FixedKey key;
  Options options;
  TempFolder folder;
  std::unique_ptr<Tracker> tracker;
};

// The same test over the store in memory and the log in a folder.
class BothStores : public testing::TestWithParam<bool>, public Shop {
 protected:
  // What every test ends with.
  void TearDown() override {
    if (tracker != nullptr) ExpectSound();
  }
  void Open() { Shop::Open(GetParam()); }
};

#define CXJ_OVER_BOTH_STORES(Suite)                                                \
  INSTANTIATE_TEST_SUITE_P(Stores, Suite, testing::Bool(), [](const auto& store) { \
    return std::string(store.param ? "Memory" : "Log");                            \
  })

}  // namespace tracker_tests
}  // namespace cxjourney
