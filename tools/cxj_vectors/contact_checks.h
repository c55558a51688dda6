// What a check of a vector expects, compared with what the subject answers.
#pragma once

#include <string>
#include <vector>

#include "cxjourney/query.h"
#include "cxjourney/receipt.h"
#include "tools/cxj_vectors/reader.h"

namespace cxjourney::vectors {

// Everything a check can ask about.
struct Answers {
  RepeatReport period;                  // Of the check's period.
  RepeatReport whole;                   // Of the whole history.
  std::vector<Touchpoint> touchpoints;  // That count, in order.
  int64_t touchpoint_count = 0;
  // Notices under the check's policy since the previous check of that policy, in order.
  std::vector<Notice> changes;
};

// Compares every key of `expect`; each difference and each unknown key is a problem.
void CheckExpectations(const Json& expect, const Answers& answers, const std::string& where,
                       Problems* problems);

}  // namespace cxjourney::vectors
