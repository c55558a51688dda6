// Keyed 128-bit hashes: how identifiers are looked up without their values standing anywhere.
#pragma once

#include <sodium.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/bytes.h"

namespace cxjourney::identity {

struct Hash128 {
  uint64_t low = 0;
  uint64_t high = 0;
  friend bool operator==(const Hash128&, const Hash128&) = default;
};

// SipHash-2-4 with 128 bits of output.
class KeyedHash {
 public:
  using Key = std::array<uint8_t, crypto_shorthash_siphashx24_KEYBYTES>;
  KeyedHash() = default;
  explicit KeyedHash(const Key& key) : key_(key) {}

  // A key of its own for every purpose and name, derived from a root of 32 bytes.
  static KeyedHash Derive(const std::array<uint8_t, 32>& root, uint32_t tenant,
                          std::string_view purpose) {
    crypto_generichash_state state;
    crypto_generichash_init(&state, root.data(), root.size(), crypto_shorthash_siphashx24_KEYBYTES);
    crypto_generichash_update(&state, reinterpret_cast<const uint8_t*>(&tenant), sizeof tenant);
    crypto_generichash_update(&state, reinterpret_cast<const uint8_t*>(purpose.data()),
                              purpose.size());
    Key key{};
    crypto_generichash_final(&state, key.data(), key.size());
    return KeyedHash(key);
  }

  Hash128 operator()(std::string_view bytes) const {
    uint8_t out[crypto_shorthash_siphashx24_BYTES];
    crypto_shorthash_siphashx24(out, reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(),
                                key_.data());
    Hash128 hash;
    std::memcpy(&hash.low, out, 8);
    std::memcpy(&hash.high, out + 8, 8);
    return hash;
  }
  // Of a pair: no other pair gives the same bytes.
  Hash128 OfTexts(std::string_view a, std::string_view b) const {
    base::Buffer bytes;
    base::BufferWriter writer(&bytes);
    writer.String(a);
    writer.Append(b);
    return (*this)(bytes.view());
  }

 private:
  Key key_{};
};

}  // namespace cxjourney::identity
