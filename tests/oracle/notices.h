// Notices, by the definition: how the priors before a change differ from those after it.
#pragma once

#include <string>
#include <vector>

#include "cxjourney/receipt.h"
#include "tests/oracle/naive_tracker.h"

namespace cxjourney::oracle {

// In order (start, source, id). The start of a contact that is gone is the one it had.
std::vector<Notice> NoticesBetween(const std::string& policy, const Priors& before,
                                   const Priors& after);

}  // namespace cxjourney::oracle
