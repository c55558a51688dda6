// Touchpoint to exchange message and back.
#pragma once

#include <cstdint>

#include "cxjourney/status.h"
#include "cxjourney/touchpoint.h"
#include "cxjourney/wire/touchpoint.pb.h"

namespace cxjourney::interchange {

// An attribute key that occurs twice keeps its last value: the message holds a map.
wire::Touchpoint ToMessage(const Touchpoint& touchpoint, uint32_t tenant = 0);

// kInvalidArgument names the field that the library's types cannot hold. Whether the touchpoint
// makes sense is the store's business.
Result<Touchpoint> FromMessage(const wire::Touchpoint& message);

}  // namespace cxjourney::interchange
