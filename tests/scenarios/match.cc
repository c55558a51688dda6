#include "tests/scenarios/match.h"

#include <cmath>

namespace cxjourney::scenario_tests {
namespace {

bool IsName(const Json& value) {
  return value.is_string() && value.get_ref<const std::string&>().substr(0, 1) == "$";
}

std::string Unequal(const Json& expected, const Json& answer, const std::string& path) {
  return path + " is " + answer.dump() + ", expected " + expected.dump();
}

std::string NameDifference(const std::string& name, const Json& answer, Names& names,
                           const std::string& path) {
  if (answer.is_null() || answer == 0) return path + " is " + answer.dump() + ": no " + name;
  const auto known = names.find(name);
  if (known != names.end()) {
    return known->second == answer ? "" : Unequal(known->second, answer, path + " (" + name + ")");
  }
  for (const auto& [other, value] : names) {
    if (value == answer) return path + " is " + other + ", expected another one, " + name;
  }
  names[name] = answer;
  return "";
}

std::string ListDifference(const Json& expected, const Json& answer, Names& names,
                           const std::string& path) {
  if (!answer.is_array() || answer.size() != expected.size()) {
    return Unequal(expected, answer, path);
  }
  for (size_t i = 0; i < expected.size(); ++i) {
    std::string difference =
        Difference(expected[i], answer[i], names, path + "[" + std::to_string(i) + "]");
    if (!difference.empty()) return difference;
  }
  return "";
}

std::string ObjectDifference(const Json& expected, const Json& answer, Names& names,
                             const std::string& path) {
  if (!answer.is_object()) return Unequal(expected, answer, path);
  for (const auto& [field, value] : expected.items()) {
    if (!answer.contains(field)) return path + " has no field " + field;
    std::string difference = Difference(value, answer[field], names, path + "." + field);
    if (!difference.empty()) return difference;
  }
  return "";
}

}  // namespace

std::string Difference(const Json& expected, const Json& answer, Names& names,
                       const std::string& path) {
  if (IsName(expected)) return NameDifference(expected, answer, names, path);
  if (expected.is_object()) return ObjectDifference(expected, answer, names, path);
  if (expected.is_array()) return ListDifference(expected, answer, names, path);
  const bool exact = !expected.is_number_float() && !answer.is_number_float();
  if (expected.is_number() && answer.is_number() && !exact) {
    return std::abs(expected.get<double>() - answer.get<double>()) <= 1e-6
               ? ""
               : Unequal(expected, answer, path);
  }
  return expected == answer ? "" : Unequal(expected, answer, path);
}

Json Named(const Json& argument, const Names& names) {
  if (IsName(argument)) {
    const auto known = names.find(argument);
    if (known == names.end()) throw Mistake("nothing was named " + argument.dump());
    return known->second;
  }
  Json result = argument;
  for (auto& child : result) {
    if (result.is_structured()) child = Named(child, names);
  }
  return result;
}

}  // namespace cxjourney::scenario_tests
