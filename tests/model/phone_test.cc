#include "model/phone.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <random>

#include "model/limits.h"
#include "model/phone_table.h"
#include "tests/model/tsv.h"

namespace cxjourney::model {
namespace {

// How many random spellings to compare with the library, which takes 20 microseconds for each:
// CXJ_PHONE_NUMBERS=1000000 asks for the million per region that a new table needs (an hour).
int NumbersPerRegion(int few) {
  const char* many = std::getenv("CXJ_PHONE_NUMBERS");
  return many != nullptr ? std::atoi(many) : few;
}

TEST(PhoneTest, AgreesWithThreeLibrariesWhereTheyAgree) {
  const std::vector<TsvRow> rows = ReadTsv("tests/data/phone/conformance.tsv");
  ASSERT_EQ(rows.size(), 4480u);
  std::map<std::string, std::unique_ptr<PhoneNormalizer>> by_region;
  int checked = 0;
  int by_table = 0;
  for (const TsvRow& row : rows) {
    auto& phones = by_region[row.at("region")];
    if (!phones) phones = std::make_unique<PhoneNormalizer>(row.at("region"));
    const std::string& input = row.at("input");
    // The table must agree with the library on the other rows as well.
    if (const auto answer = phones->NormalizeByTable(input)) {
      ++by_table;
      EXPECT_EQ(answer, phones->NormalizeByLibrary(input)) << row.at("region") << " " << input;
    }
    if (row.at("agree_all_three") != "true") continue;
    ++checked;
    EXPECT_EQ(phones->Normalize(input), row.at("e164")) << row.at("region") << " " << input;
    EXPECT_EQ(phones->Normalize(input), row.at("e164")) << "from the cache: " << input;
  }
  EXPECT_EQ(checked, 4442);
  EXPECT_GT(by_table, 2500);
}

TEST(PhoneTest, Normalizes) {
  const PhoneNormalizer phones("TR");
  const std::string too_long = "0532" + std::string(kPhoneInputBytesMax, ' ') + "1112233";
  struct Case {
    const char* name;
    const char* input;
    const char* expected;  // Empty: no phone number.
  };
  for (const Case& c : {
           Case{"E.164", "+905321112233", "+905321112233"},
           Case{"national", "0532 111 22 33", "+905321112233"},
           Case{"brackets", "(0532) 111-22-33", "+905321112233"},
           Case{"no trunk prefix", "532 111 22 33", "+905321112233"},
           Case{"country code without plus", "90 532 111 22 33", "+905321112233"},
           Case{"two zeros", "0090 532 111 22 33", "+905321112233"},
           Case{"plus and trunk prefix", "+90 (0532) 111 22 33", "+905321112233"},
           Case{"tel", "tel:+90-532-111-22-33", "+905321112233"},
           Case{"full-width digits", "０５３２１１１２２３３", "+905321112233"},
           Case{"an extension is left out", "+90 212 555 44 33 ext. 12", "+902125554433"},
           Case{"another country", "+44 20 7946 0958", "+442079460958"},
           Case{"Italian zero stays", "+39 06 1234 5678", "+390612345678"},
           Case{"possible, though no range of 2022", "+905991112233", "+905991112233"},
           Case{"too short", "0532 111 22 3", ""},
           Case{"too long", "0532 111 22 333", ""},
           Case{"unknown country", "+999 123 456 789", ""},
           Case{"letters", "call me", ""},
           Case{"plus alone", "+", ""},
           Case{"plus in the middle", "+90+5321112233", ""},
           Case{"input too long", too_long.c_str(), ""},
           Case{"empty", "", ""},
       }) {
    EXPECT_EQ(phones.Normalize(c.input).value_or(""), c.expected) << c.name;
    EXPECT_EQ(phones.Normalize(c.input).value_or(""), c.expected) << c.name << ", cached";
  }
}

TEST(PhoneTest, NationalDigitsFollowTheCountryCode) {
  EXPECT_EQ(PhoneNormalizer::NationalDigits("+905321112233"), "5321112233");
  EXPECT_EQ(PhoneNormalizer::NationalDigits("+12025550100"), "2025550100");
  EXPECT_EQ(PhoneNormalizer::NationalDigits("+24762889"), "62889");
}

TEST(PhoneTest, KnowsRegions) {
  for (const char* region : {"TR", "US", "GB", "AC", "ZW"}) {
    EXPECT_TRUE(PhoneNormalizer::IsRegion(region)) << region;
  }
  for (const char* region : {"", "tr", "XX", "001", "TRX"}) {
    EXPECT_FALSE(PhoneNormalizer::IsRegion(region)) << region;
  }
}

TEST(PhoneTest, ForgetsSpellingsInsteadOfGrowing) {
  const PhoneNormalizer phones("TR");
  constexpr size_t kMany = kPhoneCacheShards * kPhoneCacheEntriesPerShard + 1000;
  // Letters go to the library, which refuses them at once.
  for (size_t i = 0; i < kMany; ++i) {
    ASSERT_FALSE(phones.Normalize("x" + std::to_string(i % 10) + "y" + std::to_string(i)));
  }
  EXPECT_LE(phones.CachedForTest(), kPhoneCacheShards * kPhoneCacheEntriesPerShard);
  EXPECT_GT(phones.CachedForTest(), 0u);
}

class RandomSpelling {
 public:
  explicit RandomSpelling(uint64_t seed) : random_(seed) {}

  std::string Next(const PhoneRegion& region) {
    const unsigned shape = Below(8);
    std::string digits;
    if (shape < 4) {
      const PhoneCountry& any = kPhoneCountries[Below(std::size(kPhoneCountries))];
      digits = "+" + std::to_string(shape < 2 ? region.code : any.code);
      Append(Length(shape < 2 ? region.lengths : any.lengths), &digits);
    } else {
      if (shape < 6) digits = "0";
      if (shape == 7) digits = std::to_string(region.code);
      Append(Length(region.lengths), &digits);
    }
    return Below(2) == 0 ? digits : Separated(digits);
  }

 private:
  unsigned Below(size_t n) { return static_cast<unsigned>(random_() % n); }

  // Mostly a possible one.
  size_t Length(uint32_t lengths) {
    if (Below(8) == 0) return 2 + Below(14);
    for (;;) {
      const unsigned n = Below(18);
      if ((lengths >> n) & 1) return n;
    }
  }
  void Append(size_t count, std::string* digits) {
    for (size_t i = 0; i < count; ++i) *digits += static_cast<char>('0' + Below(10));
  }
  std::string Separated(const std::string& digits) {
    static constexpr std::string_view kSeparators = " -.()";
    std::string result;
    for (char c : digits) {
      result += c;
      if (Below(4) == 0) result += kSeparators[Below(kSeparators.size())];
    }
    return result;
  }

  std::mt19937_64 random_;
};

// Compares `count` random spellings; returns how many the table answered.
int CompareWithLibrary(const PhoneRegion& region, uint64_t seed, int count) {
  const PhoneNormalizer phones(region.name);
  RandomSpelling spelling(seed);
  int answered = 0;
  for (int i = 0; i < count; ++i) {
    const std::string raw = spelling.Next(region);
    const auto by_table = phones.NormalizeByTable(raw);
    if (!by_table) continue;
    ++answered;
    const auto by_library = phones.NormalizeByLibrary(raw);
    EXPECT_EQ(by_table, by_library) << region.name << " " << raw;
    if (by_table != by_library) return answered;
  }
  return answered;
}

constexpr uint64_t kSeed = 20'240'517;

TEST(PhoneTest, TableNeverContradictsTheLibraryInTheDefaultRegion) {
  const int count = NumbersPerRegion(20'000);
  for (const PhoneRegion& region : kPhoneRegions) {
    if (region.name != "TR") continue;
    EXPECT_GT(CompareWithLibrary(region, kSeed, count), count / 2) << "it answers too rarely";
  }
}

TEST(PhoneTest, TableNeverContradictsTheLibraryInAnyRegion) {
  const int count = NumbersPerRegion(200);
  int answered = 0;
  for (const PhoneRegion& region : kPhoneRegions) {
    answered += CompareWithLibrary(region, kSeed, count);
  }
  EXPECT_GT(answered, 0);
  RecordProperty("answered_by_table", answered);
}

}  // namespace
}  // namespace cxjourney::model
