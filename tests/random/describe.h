// Answers as text, so that those of the engine and of the oracle can be compared line by line.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "cxjourney/query.h"
#include "cxjourney/receipt.h"
#include "tests/oracle/naive_evidence.h"

namespace cxjourney::random_tests {

std::string ToText(const oracle::Id& id);
std::string ToText(const std::set<oracle::Id>& ids);
std::string ToText(const TouchpointKey& key);
std::string ToText(const RepeatVerdict& verdict);
std::string ToText(const Notice& notice);

// The report without its customer ids; `customer` says who they are.
std::string ToText(const RepeatReport& report,
                   const std::function<std::string(CustomerId)>& customer);

// Empty when equal; otherwise the first line that differs, both ways.
std::string Difference(const std::string& what, const std::string& expected,
                       const std::string& got);

}  // namespace cxjourney::random_tests
