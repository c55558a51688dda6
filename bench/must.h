// Benchmarks end on the first failure: a figure of a broken run is none.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "cxjourney/status.h"

namespace cxjourney::bench {

inline void Must(const Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  std::exit(1);
}

template <class T>
T Must(Result<T> result) {
  if (!result.ok()) Must(result.status());
  return *std::move(result);
}

}  // namespace cxjourney::bench
