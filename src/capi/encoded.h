// The flat door: batches of encoded touchpoints in, batches of encoded receipts out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "capi/handles.h"

namespace cxjourney::capi {

struct DecodedTouchpoint {
  Status status = {};  // Why it could not be read; then the touchpoint is empty.
  Touchpoint touchpoint = {};
};

// kInvalidArgument: an unknown format, too much at once, or framing that is broken, with the
// offset.
Result<std::vector<DecodedTouchpoint>> DecodeBatch(cxj_format format, std::string_view batch);

// Records what could be read; what could not is refused in its place.
Result<std::vector<Receipt>> RecordDecoded(Tracker* tracker, std::vector<DecodedTouchpoint> batch,
                                           const RecordOptions& options);

std::string EncodeReceipts(cxj_format format, const std::vector<Receipt>& receipts);

}  // namespace cxjourney::capi
