// Answers of the C++ API as scenarios see them: the fields of the structs in cxjourney/c.h.
#pragma once

#include "tests/scenarios/words.h"

namespace cxjourney::scenario_tests {

Json ToJson(const Receipt& receipt);
Json ToJson(const AssertionReceipt& receipt);
Json ToJson(const Customer& customer);
Json ToJson(const WhyAnswer& why);
Json ToJson(const Journey& journey);
Json ToJson(const Context& context);
Json ToJson(const RepeatReport& report);
Json ToJson(const Stats& stats);
Json ToJson(const VerifyReport& report);

}  // namespace cxjourney::scenario_tests
