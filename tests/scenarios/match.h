// Does an answer hold what a scenario expects of it?
#pragma once

#include <map>
#include <string>

#include "tests/scenarios/words.h"

namespace cxjourney::scenario_tests {

// What the names of a scenario ("$ada") stand for.
using Names = std::map<std::string, Json>;

// Empty when `answer` matches; otherwise where it does not, and why. Binds new names.
std::string Difference(const Json& expected, const Json& answer, Names& names,
                       const std::string& path = "answer");

// `argument` with every name replaced by its value.
Json Named(const Json& argument, const Names& names);

}  // namespace cxjourney::scenario_tests
