// The only place that reads the machine's clock.
#pragma once

#include "cxjourney/time.h"

namespace cxjourney::base {

// Of the caller's clock, or of the machine's where there is none.
inline Timestamp Now(Clock* clock) {
  if (clock != nullptr) return clock->Now();
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

}  // namespace cxjourney::base
