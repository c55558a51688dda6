// Limits and ranges of a touchpoint's fields.
#pragma once

#include <string>

#include "cxjourney/receipt.h"
#include "cxjourney/status.h"
#include "cxjourney/touchpoint.h"

namespace cxjourney::model {

// Fills *refusal and returns the matching kInvalidArgument. Neither holds a customer's data.
Status Refuse(Reason reason, std::string about, std::string message, Remark* refusal);

// Everything but the times and the identifiers' values. The text is looked at when it is kept.
Status CheckFields(const Touchpoint& touchpoint, bool keep_text, Remark* refusal);

}  // namespace cxjourney::model
