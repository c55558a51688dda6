// Receipt to exchange message.
#pragma once

#include "cxjourney/receipt.h"
#include "cxjourney/v1/receipt.pb.h"

namespace cxjourney::capi {

exchange::v1::Receipt ToMessage(const Receipt& receipt);

}  // namespace cxjourney::capi
