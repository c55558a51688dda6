#include "model/phone.h"

#include <phonenumbers/phonenumberutil.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "model/limits.h"
#include "model/phone_table.h"
#include "model/text.h"

// The metadata inside the library, which its headers do not declare. Weak: where a build of the
// library hides them the table's version can't be checked, and the table is not used.
namespace i18n::phonenumbers {
[[gnu::weak]] int metadata_size();
[[gnu::weak]] const void* metadata_get();
}  // namespace i18n::phonenumbers

namespace cxjourney::model {
namespace {

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

bool TableIsCurrent() {
  using i18n::phonenumbers::metadata_get;
  using i18n::phonenumbers::metadata_size;
  if (metadata_size == nullptr || metadata_get == nullptr) return false;
  unsigned char hash[16];
  crypto_generichash(hash, sizeof hash, static_cast<const unsigned char*>(metadata_get()),
                     static_cast<size_t>(metadata_size()), nullptr, 0);
  char hex[sizeof hash * 2 + 1];
  return kMetadataDigest == sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
}

// Whether the digits begin with one of the words of "0|11|90".
bool BeginsWithAny(std::string_view digits, std::string_view words) {
  while (!words.empty()) {
    const size_t bar = std::min(words.find('|'), words.size());
    if (digits.substr(0, bar) == words.substr(0, bar)) return true;
    words.remove_prefix(std::min(bar + 1, words.size()));
  }
  return false;
}

// By code: the country's place in the table plus 1; 0: there is none.
constexpr std::array<uint16_t, 1000> kCountryPlaces = [] {
  std::array<uint16_t, 1000> places = {};
  for (size_t i = 0; i < std::size(kPhoneCountries); ++i) {
    places[kPhoneCountries[i].code] = static_cast<uint16_t>(i + 1);
  }
  return places;
}();

// REQUIRES: a code of at most three digits.
const PhoneCountry* FindCountry(uint32_t code) {
  const uint16_t place = kCountryPlaces[code];
  return place == 0 ? nullptr : &kPhoneCountries[place - 1];
}

const PhoneRegion* FindRegion(std::string_view name) {
  const auto* it = std::lower_bound(
      std::begin(kPhoneRegions), std::end(kPhoneRegions), name,
      [](const PhoneRegion& region, std::string_view wanted) { return region.name < wanted; });
  return it != std::end(kPhoneRegions) && it->name == name ? it : nullptr;
}

// Country codes are a prefix code of one to three digits.
const PhoneCountry* CountryOf(std::string_view digits, size_t* code_length) {
  uint32_t code = 0;
  for (size_t n = 0; n < std::min<size_t>(3, digits.size()); ++n) {
    code = code * 10 + static_cast<uint32_t>(digits[n] - '0');
    if (const PhoneCountry* country = FindCountry(code)) {
      *code_length = n + 1;
      return country;
    }
  }
  return nullptr;
}

bool HasLength(uint32_t lengths, size_t size) { return size < 32 && ((lengths >> size) & 1) != 0; }

// The digits of a spelling that is nothing but digits and the separators people type, after one
// optional '+'; others are left to the library.
struct Spelling {
  bool international = false;
  size_t size = 0;
  char digits[24] = {};

  std::string_view view() const { return {digits, size}; }
};

bool ReadSpelling(std::string_view raw, Spelling* spelling) {
  if (!raw.empty() && raw[0] == '+') {
    spelling->international = true;
    raw.remove_prefix(1);
  }
  for (char c : raw) {
    if (IsDigit(c)) {
      if (spelling->size == sizeof spelling->digits) return false;
      spelling->digits[spelling->size++] = c;
    } else if (c != ' ' && c != '-' && c != '.' && c != '(' && c != ')') {
      return false;
    }
  }
  return spelling->size >= 3;
}

std::string E164(uint32_t code, std::string_view national) {
  char text[1 + std::numeric_limits<uint32_t>::digits10 + 1 + kPhoneInputBytesMax] = {'+'};
  char* const end = std::to_chars(text + 1, std::end(text), code).ptr;
  return {text, std::copy(national.begin(), national.end(), end)};
}

}  // namespace

struct PhoneNormalizer::Shard {
  base::Mutex mutex;
  base::StringMap<std::optional<std::string>> answers CXJ_GUARDED_BY(mutex);
};

PhoneNormalizer::PhoneNormalizer(std::string_view default_region)
    : region_(default_region), home_(FindRegion(region_)), shards_(new Shard[kPhoneCacheShards]) {}
PhoneNormalizer::~PhoneNormalizer() = default;

bool PhoneNormalizer::IsRegion(std::string_view region) { return FindRegion(region) != nullptr; }

std::string_view PhoneNormalizer::NationalDigits(std::string_view e164) {
  size_t code_length = 0;
  std::string_view digits = e164.substr(std::min<size_t>(1, e164.size()));
  CountryOf(digits, &code_length);
  return digits.substr(code_length);
}

std::optional<std::string> PhoneNormalizer::Normalize(std::string_view raw) const {
  if (raw.size() > kPhoneInputBytesMax) return std::nullopt;
  static const bool table_is_current = TableIsCurrent();  // A fact about the process.
  if (table_is_current) {
    if (std::optional<std::string> answer = NormalizeByTable(raw)) return answer;
  }
  return NormalizeCached(raw);
}

std::optional<std::string> PhoneNormalizer::NormalizeByTable(std::string_view raw) const {
  Spelling spelling;
  if (!ReadSpelling(raw, &spelling)) return std::nullopt;
  std::string_view digits = spelling.view();
  if (spelling.international) {
    size_t code_length = 0;
    const PhoneCountry* country = CountryOf(digits, &code_length);
    if (country == nullptr) return std::nullopt;
    const std::string_view national = digits.substr(code_length);
    if (!HasLength(country->lengths, national.size()) || national[0] == '0' ||
        BeginsWithAny(national, country->prefixes)) {
      return std::nullopt;
    }
    return E164(country->code, national);
  }
  const PhoneRegion* region = home_;
  if (region == nullptr) return std::nullopt;
  if (region->zero_is_trunk_prefix && digits[0] == '0' && digits[1] != '0') {
    digits.remove_prefix(1);
  } else if (BeginsWithAny(digits, region->prefixes) ||
             BeginsWithAny(digits, region->international) ||
             BeginsWithAny(digits, std::to_string(region->code))) {
    return std::nullopt;
  }
  if (digits[0] == '0') return std::nullopt;
  // The country's own lengths as well: a region may share its code with others.
  if (!HasLength(region->lengths & FindCountry(region->code)->lengths, digits.size())) {
    return std::nullopt;
  }
  return E164(region->code, digits);
}

std::optional<std::string> PhoneNormalizer::NormalizeByLibrary(std::string_view raw) const {
  const PhoneNumberUtil& util = *PhoneNumberUtil::GetInstance();
  PhoneNumber number;
  if (util.Parse(std::string(raw), region_, &number) != PhoneNumberUtil::NO_PARSING_ERROR) {
    return std::nullopt;
  }
  // A leading zero that belongs to the number is rare (Italy); else it is the trunk prefix of a
  // number with a digit too few or too many.
  const bool possible = util.IsPossibleNumberWithReason(number) == PhoneNumberUtil::IS_POSSIBLE &&
                        !number.italian_leading_zero();
  if (!possible && !util.IsValidNumber(number)) return std::nullopt;
  std::string e164;
  util.Format(number, PhoneNumberUtil::E164, &e164);
  return e164;
}

std::optional<std::string> PhoneNormalizer::NormalizeCached(std::string_view raw) const {
  Shard& shard = shards_[base::StringHash{}(raw) % kPhoneCacheShards];
  {
    base::MutexLock lock(&shard.mutex);
    if (auto it = shard.answers.find(raw); it != shard.answers.end()) return it->second;
  }
  std::optional<std::string> answer = NormalizeByLibrary(raw);
  base::MutexLock lock(&shard.mutex);
  // Starting anew is the cheapest bound: what is in use comes back at once.
  if (shard.answers.size() >= kPhoneCacheEntriesPerShard) shard.answers.clear();
  shard.answers.insert_or_assign(std::string(raw), answer);
  return answer;
}

size_t PhoneNormalizer::CachedForTest() const {
  size_t entries = 0;
  for (size_t i = 0; i < kPhoneCacheShards; ++i) {
    base::MutexLock lock(&shards_[i].mutex);
    entries += shards_[i].answers.size();
  }
  return entries;
}

}  // namespace cxjourney::model
