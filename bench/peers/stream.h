// What is recorded in a run: the shop of the workload, or one of the cases meant to hurt.
#pragma once

#include "bench/workload.h"

namespace cxjourney::bench {

enum class StreamKind : uint8_t {
  kShop,
  kOneCustomer,       // Every event carries the same account and nothing else.
  kSharedIdentifier,  // Every event carries its customer's account and one device of all.
  kAllLate,           // The shop backwards: each event is older than all before it.
  kAllNew,            // Every event has an account and a device that were never seen.
};

class Stream {
 public:
  Stream(StreamKind kind, uint64_t events, uint64_t seed = 42) : kind_(kind), shop_(events, seed) {}

  uint64_t customers() const { return kind_ == StreamKind::kOneCustomer ? 1 : shop_.customers(); }
  // False at the end.
  bool Next(Event* event);

 private:
  StreamKind kind_;
  Workload shop_;
  uint64_t made_ = 0;
};

}  // namespace cxjourney::bench
