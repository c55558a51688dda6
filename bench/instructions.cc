// cxj_instructions: single operations for callgrind to count (scripts/instructions). Counts do not
// depend on what else the machine does, so that a change that makes an operation dearer is seen at
// once. Everything that could differ from run to run is fixed here: the touchpoints, the clock, the
// store's key and the random numbers.
#include <sodium.h>
#include <valgrind/callgrind.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "bench/must.h"
#include "bench/workload.h"
#include "cxjourney/tracker.h"

namespace cxjourney {
namespace {

using bench::Mix;
using bench::Must;

constexpr uint64_t kStored = 20'000;
constexpr uint64_t kCustomers = 2'000;
constexpr uint64_t kCalls = 1'000;
constexpr size_t kBatch = 1'000;
constexpr int64_t kStart = 1'735'689'600;

class FixedClock final : public Clock {
 public:
  Timestamp Now() override { return Timestamp(std::chrono::seconds(kStart + 86'400 * 365)); }
};

class FixedKey final : public KeyProvider {
 public:
  Result<std::array<uint8_t, 32>> StoreKey(const std::array<uint8_t, 16>& store_id) override {
    static_cast<void>(store_id);
    std::array<uint8_t, 32> key;
    key.fill(7);
    return key;
  }
};

// Takes the place of libsodium's source of random numbers.
uint64_t random_state = 1;
const char* RandomName() { return "fixed"; }
uint32_t RandomNumber() { return static_cast<uint32_t>(Mix(random_state++)); }
void RandomBytes(void* out, size_t size) {
  for (size_t i = 0; i < size; ++i) static_cast<uint8_t*>(out)[i] = uint8_t(RandomNumber());
}
randombytes_implementation fixed_random = {RandomName, RandomNumber, nullptr,
                                           nullptr,    RandomBytes,  nullptr};

// Phone contacts and visits; a customer comes back about the same thing, or about another.
Touchpoint TouchpointOf(uint64_t number) {
  std::string digits = std::to_string(10'000'000 + Mix(number) % kCustomers);
  Touchpoint touchpoint;
  touchpoint.source = "shop";
  touchpoint.id = std::to_string(Mix(~number));
  touchpoint.event_time = Timestamp(std::chrono::seconds(kStart + int64_t(number) * 60));
  bool web = number % 3 == 0;
  touchpoint.channel = web ? Channel::kWeb : Channel::kPhone;
  touchpoint.purpose = web ? Purpose::kBrowse : Purpose::kRequest;
  touchpoint.topics = {number % 5 == 0 ? "order/return" : "order/delivery"};
  touchpoint.outcome = number % 4 == 0 ? Outcome::kUnresolved : Outcome::kResolved;
  touchpoint.duration_ms = 180'000;
  touchpoint.identifiers = {{"phone", number % 3 == 1
                                          ? "0 53" + digits.substr(0, 1) + " " + digits.substr(1)
                                          : "+9053" + digits}};
  if (number % 4 == 0) touchpoint.identifiers.push_back({"customer_id", "C" + digits});
  return touchpoint;
}

Identifier SomePhone(uint64_t random) {
  return TouchpointOf(Mix(random) % kStored).identifiers.front();
}

// Counts what `call` costs with each of the inputs; making them is not counted.
template <class Input, class Call>
void Count(const char* name, const std::vector<Input>& inputs, size_t per_call, Call call) {
  CALLGRIND_START_INSTRUMENTATION;
  CALLGRIND_ZERO_STATS;
  for (const Input& input : inputs) call(input);
  CALLGRIND_DUMP_STATS_AT(name);
  CALLGRIND_STOP_INSTRUMENTATION;
  std::printf("%s %zu\n", name, inputs.size() * per_call);
}

class Store {
 public:
  Store() {
    folder_ = (std::filesystem::temp_directory_path() / "cxj_instructions.XXXXXX").string();
    if (mkdtemp(folder_.data()) == nullptr) Must(Status(Code::kInternal, "mkdtemp"));
    Options options;
    options.clock = &clock_;
    options.key_provider = &key_;
    options.durability = Durability::kOs;
    options.policies = {Must(ParsePolicy("next_contact_7d")), Must(ParsePolicy("same_topic_7d")),
                        Must(ParsePolicy("same_topic_30d"))};
    tracker_ = Must(Tracker::Open(folder_ + "/store", options));
    while (next_ < kStored) RecordBatch(NextBatch());
  }
  ~Store() {
    tracker_.reset();
    std::filesystem::remove_all(folder_);
  }
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  std::vector<Touchpoint> NextBatch() {
    std::vector<Touchpoint> batch;
    while (batch.size() < kBatch) batch.push_back(TouchpointOf(next_++));
    return batch;
  }

  void RecordBatch(const std::vector<Touchpoint>& batch) {
    for (const Receipt& receipt : Must(tracker_->RecordAll(batch))) {
      Must(receipt.status);
    }
  }

  void CountAll() {
    std::vector<Identifier> phones;
    for (uint64_t i = 0; i < kCalls; ++i) phones.push_back(SomePhone(i));
    Count("record", NextBatch(), 1, [&](const Touchpoint& one) { Must(tracker_->Record(one)); });
    std::vector<std::vector<Touchpoint>> batches = {NextBatch(), NextBatch()};
    Count("record_in_batch", batches, kBatch,
          [&](const std::vector<Touchpoint>& batch) { RecordBatch(batch); });
    Count("resolve", phones, 1, [&](const Identifier& phone) { Must(tracker_->Resolve(phone)); });
    HistoryQuery newest;
    newest.limit = 50;
    Count("history", phones, 1,
          [&](const Identifier& phone) { Must(tracker_->History(phone, newest)); });
    size_t seen = 0;
    Count("visit_history", phones, 1, [&](const Identifier& phone) {
      Must(tracker_->VisitHistory(phone, newest, [&](const Touchpoint&) { ++seen; }));
    });
    if (seen < phones.size()) Must(Status(Code::kInternal, "histories are missing"));
    CountRepeat(phones);
  }

 private:
  // Did this customer contact us about a delivery in the last 7 days of what is stored?
  void CountRepeat(const std::vector<Identifier>& phones) {
    RepeatCheck check;
    check.registered = "same_topic_7d";
    check.topics = {"order/delivery"};
    check.start = Timestamp(std::chrono::seconds(kStart + int64_t(next_) * 60));
    size_t yes = 0;
    Count("repeat", phones, 1, [&](const Identifier& phone) {
      if (Must(tracker_->CheckRepeat(phone, check)).repeat_of) ++yes;
    });
    if (yes == 0 || yes == phones.size()) Must(Status(Code::kInternal, "all the same"));
  }

  FixedClock clock_;
  FixedKey key_;
  std::string folder_;
  std::unique_ptr<Tracker> tracker_;
  uint64_t next_ = 0;
};

}  // namespace
}  // namespace cxjourney

int main() {
  randombytes_set_implementation(&cxjourney::fixed_random);
  cxjourney::Store().CountAll();
  return 0;
}
