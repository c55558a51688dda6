#include "store/names.h"

#include <fmt/format.h>

#include <charconv>

namespace cxjourney::store {

std::string NumberedName(std::string_view prefix, uint64_t number) {
  return fmt::format("{}-{:010}.cxj", prefix, number);
}

bool ParseNumberedName(std::string_view name, std::string_view prefix, uint64_t* number) {
  if (name.size() <= prefix.size() + 1 || name.substr(0, prefix.size()) != prefix) return false;
  std::string_view digits = name.substr(prefix.size() + 1);
  *number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), *number);
  return NumberedName(prefix, *number) == name;
}

}  // namespace cxjourney::store
