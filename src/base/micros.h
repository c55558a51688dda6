// Times as the numbers that are stored and compared.
#pragma once

#include <cstdint>

#include "cxjourney/time.h"

namespace cxjourney::base {

// Microseconds since 1970, UTC.
inline int64_t Micros(Timestamp time) { return time.time_since_epoch().count(); }

}  // namespace cxjourney::base
