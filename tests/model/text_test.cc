#include "model/text.h"

#include <gtest/gtest.h>

#include "tests/model/tsv.h"

namespace cxjourney::model {
namespace {

TEST(TextTest, FoldsTurkishWordsByTheRootLocale) {
  const std::vector<TsvRow> rows = ReadTsv("tests/data/turkish_case/turkish.tsv");
  ASSERT_EQ(rows.size(), 5703u);
  for (const TsvRow& row : rows) {
    const std::string& word = row.at("word");
    EXPECT_EQ(ToLowerRoot(word), row.at("lower_root")) << word;
    EXPECT_EQ(ToUpperRoot(word), row.at("upper_root")) << word;
    EXPECT_EQ(ToNfc(row.at("nfd")), row.at("nfc")) << word;
    EXPECT_EQ(ToNfc(word), row.at("nfc")) << word;
  }
}

TEST(TextTest, KeepsTheFourTurkishLettersApart) {
  EXPECT_EQ(ToLowerRoot("I"), "i");
  EXPECT_EQ(ToLowerRoot("ı"), "ı");
  EXPECT_EQ(ToLowerRoot("i"), "i");
  EXPECT_EQ(ToLowerRoot("İ"), "i̇");
}

TEST(TextTest, ValidatesUtf8) {
  struct Case {
    const char* name;
    std::string_view input;
    bool expected;
  };
  for (const Case& c : {
           Case{"empty", "", true},
           Case{"ascii", "abcdefgh1234567", true},
           Case{"nul inside", std::string_view("a\0b", 3), true},
           Case{"two, three and four bytes", "ş€😀", true},
           Case{"lone continuation", "abc\x80", false},
           Case{"cut off", "abcdefgh\xc5", false},
           Case{"overlong slash", "\xc0\xaf", false},
           Case{"surrogate", "\xed\xa0\x80", false},
           Case{"beyond U+10FFFF", "\xf4\x90\x80\x80", false},
           Case{"bad byte in the first word",
                "\xff"
                "1234567890",
                false},
       }) {
    EXPECT_EQ(IsUtf8(c.input), c.expected) << c.name;
  }
}

TEST(TextTest, TrimsUnicodeWhiteSpaceAtBothEnds) {
  struct Case {
    const char* name;
    const char* input;
    const char* expected;
  };
  for (const Case& c : {
           Case{"nothing to do", "a b", "a b"},
           Case{"ascii", " \t\r\n\v\fab \t", "ab"},
           Case{"no-break and ideographic space", "\u00a0\u3000a\u3000\u00a0", "a"},
           Case{"mixed", " \u2003 \tş \u2003 ", "ş"},
           Case{"white space only", " \u00a0 ", ""},
           Case{"unicode only", "\u00a0", ""},
           Case{"empty", "", ""},
           Case{"letters at both ends", "şaş", "şaş"},
           Case{"zero width space is no white space", "\u200ba", "\u200ba"},
       }) {
    EXPECT_EQ(Trim(c.input), c.expected) << c.name;
  }
}

TEST(TextTest, KeepsLettersAndDigitsOnly) {
  EXPECT_EQ(LettersAndDigits("TR 12-34/ab.ş_٣"), "TR1234abş٣");
  EXPECT_EQ(LettersAndDigits(" -/ "), "");
}

TEST(TextTest, FindsRepeatedCharacters) {
  struct Case {
    const char* input;
    bool repeated;
    bool zeros;
  };
  for (const Case& c : {
           Case{"000", false, true},
           Case{"0000", true, true},
           Case{"1111", true, false},
           Case{"111", false, false},
           Case{"1112", false, false},
           Case{"2111", false, false},
           Case{"şşşş", true, false},
           Case{"şşş", false, false},
           Case{"şşşs", false, false},
           Case{"", false, true},
           Case{"00000000-0000-0000-0000-000000000000", false, true},
           Case{"00000000-0000-0000-0000-000000000001", false, false},
       }) {
    EXPECT_EQ(IsRepeatedCharacter(c.input), c.repeated) << c.input;
    EXPECT_EQ(IsZeros(c.input), c.zeros) << c.input;
  }
}

}  // namespace
}  // namespace cxjourney::model
