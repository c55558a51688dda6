// An invented shop with many channels, for demonstrations and measurements.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cxjourney/touchpoint.h"

namespace cxjourney::examples {

struct ShopOptions {
  uint64_t seed = 1;
  uint32_t touchpoints = 100000;
  uint32_t days = 90;  // From 2025-01-01 on.
};

// The touchpoints in the order in which they arrive; the same for the same options everywhere.
// Customers browse, buy, ask, complain and come back; their phones are spelled as people spell
// them, their cookies are recognised when they log in, some touchpoints arrive days late, some
// twice, and one week brings a burst of late deliveries.
std::vector<Touchpoint> GenerateShop(const ShopOptions& options);

}  // namespace cxjourney::examples
