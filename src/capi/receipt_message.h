// Receipt to exchange message.
#pragma once

#include "cxjourney/receipt.h"
#include "cxjourney/wire/receipt.pb.h"

namespace cxjourney::capi {

wire::Receipt ToMessage(const Receipt& receipt);

}  // namespace cxjourney::capi
