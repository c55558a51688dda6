// Phone numbers as identifiers: E.164.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/mutex.h"
#include "base/string_map.h"

namespace cxjourney::model {

struct PhoneRegion;

// Spells numbers as E.164; national ones by the default region. libphonenumber is the reference:
// a number is one when the library parses it and calls it valid, or calls its length possible for
// the whole country. (Not valid alone: the numbering plan of an installed library is years old,
// and a customer whose range was opened since must not lose the journey. A local number without
// its area code is not possible.) An extension is left out.
//
// Thread-safe. Spellings that the library had to answer are remembered, bounded.
class PhoneNormalizer {
 public:
  explicit PhoneNormalizer(std::string_view default_region);
  ~PhoneNormalizer();

  // "+905321112233", or nothing for what is no phone number. REQUIRES: valid UTF-8.
  std::optional<std::string> Normalize(std::string_view raw) const;

  // What the library says, without fast path and cache: the reference for tests.
  std::optional<std::string> NormalizeByLibrary(std::string_view raw) const;
  // What the generated table says; nothing where it is not sure.
  std::optional<std::string> NormalizeByTable(std::string_view raw) const;

  size_t CachedForTest() const;

  // Whether `region` is a region with a numbering plan, for example "TR".
  static bool IsRegion(std::string_view region);
  // The digits behind the country code. REQUIRES: `e164` came from Normalize.
  static std::string_view NationalDigits(std::string_view e164);

 private:
  struct Shard;
  std::optional<std::string> NormalizeCached(std::string_view raw) const;

  std::string region_;
  const PhoneRegion* home_;  // What the table knows of it; null: nothing.
  std::unique_ptr<Shard[]> shards_;
};

}  // namespace cxjourney::model
