// Benchmarks end on the first failure: a figure of a broken run is none.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

#include "cxjourney/status.h"

namespace cxjourney::bench {

[[noreturn]] inline void Die(const std::string& what) {
  std::fprintf(stderr, "%s\n", what.c_str());
  std::exit(1);
}

inline void Must(const Status& status) {
  if (!status.ok()) Die(status.ToString());
}

template <class T>
T Must(Result<T> result) {
  if (!result.ok()) Must(result.status());
  return *std::move(result);
}

}  // namespace cxjourney::bench
