// Hash maps keyed by strings that can be asked with a std::string_view. Debian's Abseil has a
// string_view of its own, so its default hash of std::string does not take the standard's.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>
#include <sodium.h>
#include <xxhash.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace cxjourney::base {

// Texts come from outside: who does not know the seed can't choose them to collide.
inline uint64_t TextHashSeed() {
  static const uint64_t seed = [] {
    uint64_t random = 0;
    randombytes_buf(&random, sizeof random);
    return random;
  }();
  return seed;
}

// Debian's Abseil would hand a std::string_view to the standard library's hash, byte by byte. Not
// the same in every process.
inline uint64_t HashText(std::string_view text, uint64_t seed = 0) {
  return XXH3_64bits_withSeed(text.data(), text.size(), seed ^ TextHashSeed());
}

struct StringHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return HashText(text); }
};

template <class V>
using StringMap = absl::flat_hash_map<std::string, V, StringHash, std::equal_to<>>;
using StringSet = absl::flat_hash_set<std::string, StringHash, std::equal_to<>>;

}  // namespace cxjourney::base
