// cxj_bench: what single operations cost. docs/PERFORMANCE.md has figures and commands.
#include <benchmark/benchmark.h>

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
#include "model/canonical.h"

namespace cxjourney {
namespace {

using bench::Mix;
using bench::Must;

constexpr uint64_t kStoreTouchpoints = 100'000;

// Phone contacts and visits of many customers; a customer comes back about the same thing.
Touchpoint TouchpointOf(uint64_t number, uint64_t customers) {
  uint64_t customer = Mix(number) % customers;
  Touchpoint touchpoint;
  touchpoint.source = "shop";
  touchpoint.id = "t" + std::to_string(number);
  touchpoint.event_time = Timestamp(std::chrono::seconds(1'735'689'600 + number * 60));
  touchpoint.channel = number % 3 == 0 ? Channel::kWeb : Channel::kPhone;
  touchpoint.purpose = number % 3 == 0 ? Purpose::kBrowse : Purpose::kRequest;
  touchpoint.topics = {"order/delivery"};
  touchpoint.outcome = Outcome::kResolved;
  std::string digits = std::to_string(10'000'000 + customer);
  touchpoint.identifiers = {{"phone", "+9053" + digits}};
  if (number % 4 == 0) touchpoint.identifiers.push_back({"customer_id", "C" + digits});
  return touchpoint;
}

// A store in a folder of its own that is removed with it.
class Store {
 public:
  explicit Store(Durability durability, uint64_t touchpoints = 0)
      : folder_((std::filesystem::temp_directory_path() /
                 ("cxj_bench_" + std::to_string(Mix(reinterpret_cast<uintptr_t>(this)))))
                    .string()) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directory(folder_);
    Options options;
    options.durability = durability;
    tracker_ = Must(Tracker::Open(folder_ + "/store", options));
    customers_ = std::max<uint64_t>(1000, touchpoints / 10);
    while (next_ < touchpoints) RecordMany(1000, Durability::kOs);
  }
  ~Store() {
    tracker_.reset();
    std::filesystem::remove_all(folder_);
  }
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  Tracker& tracker() { return *tracker_; }
  Touchpoint Next() { return TouchpointOf(next_++, customers_); }
  void RecordMany(size_t count, Durability durability) {
    std::vector<Touchpoint> batch;
    for (size_t i = 0; i < count; ++i) batch.push_back(Next());
    RecordOptions options;
    options.durability = durability;
    for (const Receipt& receipt : Must(tracker_->RecordAll(batch, options))) {
      Must(receipt.status);
    }
  }
  Identifier SomePhone(uint64_t random) const {
    return TouchpointOf(Mix(random) % next_, customers_).identifiers.front();
  }

 private:
  std::string folder_;
  std::unique_ptr<Tracker> tracker_;
  uint64_t next_ = 0;
  uint64_t customers_ = 0;
};

Store& SharedStore() {
  static Store store(Durability::kOs, kStoreTouchpoints);
  return store;
}

void CanonicaliseTouchpoint(benchmark::State& state) {
  model::Canonicalizer canonicalizer(DefaultIdentityRules());
  Touchpoint touchpoint = TouchpointOf(4, 1000);
  touchpoint.identifiers.push_back({"email", "Ayse.Yilmaz@Example.com"});
  Remark refusal;
  for (auto _ : state) {
    model::CanonicalTouchpoint result;
    benchmark::DoNotOptimize(
        canonicalizer.Canonicalize(touchpoint, *touchpoint.event_time, &result, &refusal));
  }
}
BENCHMARK(CanonicaliseTouchpoint);

enum class Spelling {
  kE164,
  kNationalSeen,
  kNationalNew,
  kEmailAscii,
  kEmailUnicode
};

// Ten thousand values in turn, so that "seen" is what the cache holds.
void CanonicaliseIdentifier(benchmark::State& state, Spelling spelling) {
  model::Canonicalizer canonicalizer(DefaultIdentityRules());
  uint64_t number = 0;
  std::vector<Identifier> seen;
  for (uint64_t i = 0; i < 10'000; ++i) {
    std::string digits = std::to_string(10'000'000 + i);
    switch (spelling) {
      case Spelling::kE164:
        seen.push_back({"phone", "+9053" + digits});
        break;
      case Spelling::kEmailAscii:
        seen.push_back({"email", "Ayse." + digits + "@Example.com"});
        break;
      case Spelling::kEmailUnicode:
        seen.push_back({"email", "Ay\u015fe." + digits + "@\u00f6rnek.com"});
        break;
      default:
        seen.push_back({"phone", "0 53" + digits.substr(0, 1) + " " + digits.substr(1)});
    }
  }
  for (auto _ : state) {
    ++number;
    if (spelling == Spelling::kNationalNew) {
      std::string digits = std::to_string(10'000'000 + Mix(number) % 90'000'000);
      Identifier fresh{"phone", "0 53" + digits.substr(0, 1) + " " + digits.substr(1)};
      benchmark::DoNotOptimize(canonicalizer.CanonicalizeIdentifier(fresh.name_space, fresh.value));
    } else {
      const Identifier& one = seen[number % seen.size()];
      benchmark::DoNotOptimize(canonicalizer.CanonicalizeIdentifier(one.name_space, one.value));
    }
  }
}
BENCHMARK_CAPTURE(CanonicaliseIdentifier, phone_e164, Spelling::kE164);
BENCHMARK_CAPTURE(CanonicaliseIdentifier, phone_national_seen, Spelling::kNationalSeen);
BENCHMARK_CAPTURE(CanonicaliseIdentifier, phone_national_new, Spelling::kNationalNew);
BENCHMARK_CAPTURE(CanonicaliseIdentifier, email_ascii, Spelling::kEmailAscii);
BENCHMARK_CAPTURE(CanonicaliseIdentifier, email_unicode, Spelling::kEmailUnicode);

void Resolve(benchmark::State& state) {
  Store& store = SharedStore();
  uint64_t number = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(store.tracker().Resolve(store.SomePhone(++number)));
  }
}
BENCHMARK(Resolve);

void HistoryNewest50(benchmark::State& state) {
  Store& store = SharedStore();
  HistoryQuery query;
  query.limit = 50;
  uint64_t number = 0;
  size_t rows = 0;
  for (auto _ : state) {
    rows += Must(store.tracker().History(store.SomePhone(++number), query)).touchpoints.size();
  }
  state.counters["rows"] = static_cast<double>(rows) / static_cast<double>(state.iterations());
}
BENCHMARK(HistoryNewest50);

void ContextOfCaller(benchmark::State& state) {
  Store& store = SharedStore();
  uint64_t number = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(store.tracker().GetContext(store.SomePhone(++number)));
  }
}
BENCHMARK(ContextOfCaller);

// The verdict "is this a repeat?" comes with the receipt; nothing waits for the disk here.
void RecordWithVerdict(benchmark::State& state) {
  Store& store = SharedStore();
  int64_t repeats = 0;
  for (auto _ : state) {
    Receipt receipt = Must(store.tracker().Record(store.Next()));
    const RepeatVerdict* verdict = receipt.verdict();
    if (verdict != nullptr && verdict->repeat_of) ++repeats;
  }
  state.counters["repeats"] =
      static_cast<double>(repeats) / static_cast<double>(state.iterations());
}
BENCHMARK(RecordWithVerdict);

void RecordSingle(benchmark::State& state, Durability durability) {
  static Store* store = nullptr;
  if (state.thread_index() == 0) store = new Store(durability);
  uint64_t number = static_cast<uint64_t>(state.thread_index()) << 40;
  for (auto _ : state) {
    Touchpoint touchpoint = TouchpointOf(number % (1 << 20), 10'000);
    touchpoint.id += "-" + std::to_string(number++);
    Receipt receipt = Must(store->tracker().Record(touchpoint));
    benchmark::DoNotOptimize(receipt);
  }
  state.SetItemsProcessed(state.iterations());
  if (state.thread_index() == 0) {
    delete store;
    store = nullptr;
  }
}
BENCHMARK_CAPTURE(RecordSingle, durable, Durability::kDurable)->UseRealTime();
BENCHMARK_CAPTURE(RecordSingle, durable_8_threads, Durability::kDurable)->Threads(8)->UseRealTime();
BENCHMARK_CAPTURE(RecordSingle, os, Durability::kOs)->UseRealTime();
BENCHMARK_CAPTURE(RecordSingle, buffered, Durability::kBuffered)->UseRealTime();

void RecordAll1000(benchmark::State& state, Durability durability) {
  Store store(durability);
  for (auto _ : state) store.RecordMany(1000, durability);
  state.SetItemsProcessed(state.iterations() * 1000);
}
BENCHMARK_CAPTURE(RecordAll1000, durable, Durability::kDurable)->UseRealTime();
BENCHMARK_CAPTURE(RecordAll1000, os, Durability::kOs)->UseRealTime();

void RepeatsOfAll(benchmark::State& state, bool registered) {
  Store& store = SharedStore();
  RepeatQuery query;
  query.registered = registered ? store.tracker().policies().front().name : "";
  query.policy = Must(ParsePolicy("same_topic_7d"));
  int64_t contacts = 0;
  for (auto _ : state) contacts = Must(store.tracker().Repeats(query)).total.contacts;
  state.counters["contacts"] = static_cast<double>(contacts);
}
BENCHMARK_CAPTURE(RepeatsOfAll, registered, true)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(RepeatsOfAll, any_policy, false)->Unit(benchmark::kMillisecond);

void OpenStore(benchmark::State& state) {
  std::string folder = (std::filesystem::temp_directory_path() / "cxj_bench_open").string();
  std::filesystem::remove_all(folder);
  {
    auto tracker = Must(Tracker::Open(folder));
    for (uint64_t next = 0; next < kStoreTouchpoints;) {
      std::vector<Touchpoint> batch;
      for (int i = 0; i < 1000; ++i) batch.push_back(TouchpointOf(next++, 10'000));
      Must(tracker->RecordAll(batch, {Durability::kOs, false}));
    }
  }
  for (auto _ : state) Must(Tracker::Open(folder)).reset();
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kStoreTouchpoints));
  std::filesystem::remove_all(folder);
  std::filesystem::remove(folder + ".key");
}
BENCHMARK(OpenStore)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace cxjourney

BENCHMARK_MAIN();
