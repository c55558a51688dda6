// Names of the store's numbered files.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cxjourney::store {

// "log-0000000001.cxj" for "log", 1.
std::string NumberedName(std::string_view prefix, uint64_t number);
// Whether the name is one of those, in the one spelling that NumberedName writes; sets its number.
bool ParseNumberedName(std::string_view name, std::string_view prefix, uint64_t* number);

}  // namespace cxjourney::store
