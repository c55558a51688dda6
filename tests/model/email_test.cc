#include "model/email.h"

#include <gtest/gtest.h>

#include "model/text.h"
#include "tests/model/tsv.h"

namespace cxjourney::model {
namespace {

TEST(EmailTest, AgreesWithTheLibrariesWhereTheyAgree) {
  const std::vector<TsvRow> rows = ReadTsv("tests/data/email/conformance.tsv");
  ASSERT_EQ(rows.size(), 469u);
  int addresses = 0;
  int refused = 0;
  for (const TsvRow& row : rows) {
    if (row.at("validator_isEmail") != row.at("isemail")) continue;
    const auto email = NormalizeEmail(Trim(row.at("input")));
    if (row.at("isemail") == "true") {
      ++addresses;
      EXPECT_EQ(email, row.at("lower_all"));
    } else {
      ++refused;
      EXPECT_FALSE(email.has_value()) << *email;
    }
  }
  EXPECT_EQ(addresses, 444);
  EXPECT_EQ(refused, 13);
}

TEST(EmailTest, Normalizes) {
  struct Case {
    const char* name;
    const char* input;
    const char* expected;  // Empty: refused.
  };
  const std::string local64(64, 'a');
  const std::string label63(63, 'b');
  const std::string domain253 =
      label63 + "." + label63 + "." + label63 + "." + std::string(61, 'c');
  const std::string longest = local64 + "@" + domain253;
  const std::string local65 = "a" + longest;
  const std::string domain254 = longest + "c";
  const std::string label64 = "x@b" + label63 + ".com";
  for (const Case& c : {
           Case{"lower case everywhere", "Ayse.Kaya@Example.COM", "ayse.kaya@example.com"},
           Case{"dots and tags stay", "a.b+tag@gmail.com", "a.b+tag@gmail.com"},
           Case{"I is i, not dotless", "AYSEI@X.COM", "aysei@x.com"},
           Case{"dotted capital I in the local part", "İ@x.com", "i̇@x.com"},
           Case{"composed or not is one address", "ş@x.com", "ş@x.com"},
           Case{"decomposed", "s\u0327@x.com", "ş@x.com"},
           Case{"IDNA domain", "info2@Müşteri.com.tr", "info2@xn--mteri-kva70e.com.tr"},
           Case{"IDNA domain in ASCII", "info2@XN--MTERI-KVA70E.com.tr",
                "info2@xn--mteri-kva70e.com.tr"},
           Case{"sharp s is kept apart", "x@faß.de", "x@xn--fa-hia.de"},
           Case{"bad punycode", "x@xn--\u00e9.de", ""},
           Case{"longest", longest.c_str(), longest.c_str()},
           Case{"local part too long", local65.c_str(), ""},
           Case{"domain too long", domain254.c_str(), ""},
           Case{"label too long", label64.c_str(), ""},
           Case{"no at", "ayse.x.com", ""},
           Case{"no local part", "@x.com", ""},
           Case{"no domain", "ayse@", ""},
           Case{"two at", "a@b@x.com", ""},
           Case{"display name", "Ayse <ayse@x.com>", ""},
           Case{"space in the domain", "ayse@x .com", ""},
           Case{"unicode space", "ay\u00a0se@x.com", ""},
           Case{"empty label", "ayse@x..com", ""},
           Case{"dot at the end", "ayse@x.com.", ""},
           Case{"two addresses", "a@x.com,b@x.com", ""},
       }) {
    EXPECT_EQ(NormalizeEmail(c.input).value_or(""), c.expected) << c.name;
  }
}

}  // namespace
}  // namespace cxjourney::model
