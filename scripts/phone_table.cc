// Writes src/model/phone_table.inc from the metadata inside the installed libphonenumber.
//
//   phone_table > src/model/phone_table.inc     writes it
//   phone_table --check FILE                    compares; 77 when the library is another version
//
// The table holds, for every country code and region, what is needed to know without parsing
// that the library would leave the digits alone, or take one "0" away. Where its regular
// expressions might do anything else the table says nothing, so the first digits of everything
// they can match are collected conservatively (anchors are ignored, groups are expanded).
#include <fmt/format.h>
#include <phonenumbers/phonemetadata.pb.h>
#include <phonenumbers/phonenumberutil.h>
#include <sodium.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <list>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace i18n::phonenumbers {
int metadata_size();
const void* metadata_get();
}  // namespace i18n::phonenumbers

namespace {

using i18n::phonenumbers::PhoneMetadata;
using i18n::phonenumbers::PhoneNumberUtil;

// The language of a pattern, each word cut after three digits.
constexpr size_t kDepth = 3;
using Words = std::set<std::string>;

Words Concat(const Words& left, const Words& right) {
  Words result;
  for (const std::string& a : left) {
    for (const std::string& b : right) {
      result.insert((a + b).substr(0, kDepth));
      if (a.size() == kDepth) break;
    }
  }
  return result;
}

// Reads the patterns of the metadata: digits, classes, groups, alternatives, ?, {n}, {n,m}.
class PatternReader {
 public:
  explicit PatternReader(std::string_view pattern) : rest_(pattern) {}

  Words Read() {
    Words words = Alternatives();
    if (!rest_.empty()) Fail();
    return words;
  }

 private:
  [[noreturn]] void Fail() const {
    fmt::print(stderr, "cannot read a pattern of the metadata at: {}\n", rest_);
    std::exit(1);
  }
  bool Take(std::string_view text) {
    if (rest_.substr(0, text.size()) != text) return false;
    rest_.remove_prefix(text.size());
    return true;
  }
  Words Alternatives() {
    Words words = Sequence();
    while (Take("|")) words.merge(Sequence());
    return words;
  }
  Words Sequence() {
    Words words = {""};
    while (!rest_.empty() && rest_[0] != '|' && rest_[0] != ')') {
      words = Concat(words, Repeated(Atom()));
    }
    return words;
  }
  Words Atom() {
    if (Take("$") || Take("^")) return {""};
    if (Take("\\d")) return Range('0', '9');
    if (Take("[")) return Class();
    if (Take("(?:") || Take("(")) {
      Words words = Alternatives();
      if (!Take(")")) Fail();
      return words;
    }
    const char c = rest_[0];
    if (c < '0' || c > '9') Fail();
    rest_.remove_prefix(1);
    return {std::string(1, c)};
  }
  static Words Range(char from, char to) {
    Words words;
    for (char c = from; c <= to; ++c) words.insert(std::string(1, c));
    return words;
  }
  Words Class() {
    Words words;
    while (!Take("]")) {
      if (Take("\\d")) {
        words.merge(Range('0', '9'));
        continue;
      }
      if (rest_.empty() || rest_[0] < '0' || rest_[0] > '9') Fail();
      const char from = rest_[0];
      rest_.remove_prefix(1);
      char to = from;
      if (Take("-")) {
        to = rest_[0];
        rest_.remove_prefix(1);
      }
      words.merge(Range(from, to));
    }
    return words;
  }
  size_t Number() {
    size_t value = 0;
    while (!rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9') {
      value = value * 10 + static_cast<size_t>(rest_[0] - '0');
      rest_.remove_prefix(1);
    }
    return value;
  }
  Words Repeated(const Words& atom) {
    size_t least = 1;
    size_t most = 1;
    if (Take("?")) {
      least = 0;
    } else if (Take("{")) {
      least = most = Number();
      if (Take(",")) most = Number();
      if (!Take("}")) Fail();
    } else if (Take("*") || Take("+")) {
      Fail();
    }
    Words result;
    Words power = {""};
    for (size_t n = 0; n <= most && n <= least + kDepth; ++n) {
      if (n >= least) result.insert(power.begin(), power.end());
      power = Concat(power, atom);
    }
    return result;
  }

  std::string_view rest_;
};

// Without the words whose beginning is in the set: they say nothing new.
Words Shortest(const Words& words) {
  Words shortest;
  for (const std::string& word : words) {
    bool covered = false;
    for (size_t n = 1; n < word.size(); ++n) covered |= words.count(word.substr(0, n)) > 0;
    if (!covered) shortest.insert(word);
  }
  return shortest;
}

Words FirstDigits(const std::string& pattern) {
  constexpr size_t kWordsMax = 12;  // More are cut shorter: the table stays readable.
  Words words = PatternReader(pattern).Read();
  words.erase("");
  words = Shortest(words);
  for (size_t depth = kDepth - 1; words.size() > kWordsMax && depth > 0; --depth) {
    Words cut;
    for (const std::string& word : words) cut.insert(word.substr(0, depth));
    words = Shortest(cut);
  }
  return words;
}

std::string Joined(const Words& words) { return fmt::format("{}", fmt::join(words, "|")); }

uint32_t LengthMask(const PhoneMetadata& metadata) {
  uint32_t mask = 0;
  for (int length : metadata.general_desc().possible_length()) mask |= uint32_t{1} << length;
  return mask;
}

// Whether "0" and a digit from 1 to 9 at the front always means: take the "0" away.
bool ZeroIsTrunkPrefix(const PhoneMetadata& metadata, const Words& international) {
  if (metadata.national_prefix_for_parsing() != "0" ||
      metadata.has_national_prefix_transform_rule()) {
    return false;
  }
  for (const std::string& word : international) {
    if (word[0] == '0' && (word.size() < 2 || word[1] != '0')) return false;
  }
  for (const std::string& word : FirstDigits(metadata.general_desc().national_number_pattern())) {
    if (word[0] == '0') return false;
  }
  return true;
}

std::string Digest(std::string_view bytes) {
  unsigned char hash[16];
  crypto_generichash(hash, sizeof hash, reinterpret_cast<const unsigned char*>(bytes.data()),
                     bytes.size(), nullptr, 0);
  char hex[sizeof hash * 2 + 1];
  return sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
}

std::string Table(std::string_view bytes) {
  i18n::phonenumbers::PhoneMetadataCollection collection;
  if (!collection.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) std::exit(1);
  const PhoneNumberUtil& util = *PhoneNumberUtil::GetInstance();

  std::string text = fmt::format(
      "// Generated by scripts/phone_table.cc from the metadata of libphonenumber; do not edit.\n"
      "inline constexpr std::string_view kMetadataDigest = \"{}\";\n\n"
      "// Country code, possible lengths of national numbers (bits), first digits to leave to the "
      "library.\ninline constexpr PhoneCountry kPhoneCountries[] = {{\n",
      Digest(bytes));
  std::map<int, std::string> countries;
  std::map<std::string, std::string> regions;
  for (const PhoneMetadata& metadata : collection.metadata()) {
    const int code = metadata.country_code();
    std::string main_region;
    util.GetRegionCodeForCountryCode(code, &main_region);
    const Words national = FirstDigits(metadata.national_prefix_for_parsing());
    if (metadata.id() == main_region) {
      countries[code] = fmt::format("    {{{}, 0x{:05x}, \"{}\"}},\n", code, LengthMask(metadata),
                                    Joined(national));
    }
    if (metadata.id() == "001") continue;
    const Words international = FirstDigits(metadata.international_prefix());
    regions[metadata.id()] =
        fmt::format("    {{\"{}\", {}, 0x{:05x}, \"{}\", \"{}\", {}}},\n", metadata.id(), code,
                    LengthMask(metadata), Joined(national), Joined(international),
                    ZeroIsTrunkPrefix(metadata, international));
  }
  for (const auto& [code, row] : countries) text += row;
  text +=
      "};\n\n// Region, country code, lengths, first digits of national and of international "
      "prefixes, and\n// whether a single \"0\" in front is the trunk prefix and nothing else.\n"
      "inline constexpr PhoneRegion kPhoneRegions[] = {\n";
  for (const auto& [region, row] : regions) text += row;
  return text + "};\n";
}

}  // namespace

int main(int argc, char** argv) {
  if (sodium_init() < 0) return 1;
  const std::string_view bytes(static_cast<const char*>(i18n::phonenumbers::metadata_get()),
                               static_cast<size_t>(i18n::phonenumbers::metadata_size()));
  const std::string table = Table(bytes);
  if (argc == 1) {
    std::cout << table;
    return 0;
  }
  std::ifstream file(argv[argc - 1], std::ios::binary);
  const std::string given((std::istreambuf_iterator<char>(file)), {});
  if (given.find(Digest(bytes)) == given.npos) {
    fmt::print("the table was made from another version of libphonenumber\n");
    return 77;
  }
  fmt::print("{}\n", given == table ? "the table is current" : "the table differs");
  return given == table ? 0 : 1;
}
