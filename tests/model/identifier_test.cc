#include <gtest/gtest.h>

#include "model/canonical.h"
#include "model/limits.h"

namespace cxjourney::model {
namespace {

class IdentifierTest : public testing::Test {
 protected:
  static IdentityRules Rules() {
    IdentityRules rules = DefaultIdentityRules();
    rules.own_phones = {"0850 222 00 00"};
    rules.namespaces.push_back({.name = "late", .tier = Tier::kPerson, .priority = 30});
    return rules;
  }

  CanonicalIdentifier Canonical(const char* name_space, std::string_view value,
                                Role role = Role::kUnspecified) {
    auto result = canonicalizer_.CanonicalizeIdentifier(name_space, value, role);
    EXPECT_TRUE(result.ok()) << result.status().ToString();
    return result.ok() ? *result : CanonicalIdentifier();
  }

  const Canonicalizer canonicalizer_{Rules()};
};

TEST_F(IdentifierTest, FollowsTheRuleOfItsNamespace) {
  struct Case {
    const char* name_space;
    const char* typed;
    const char* value;
    Reason reason;
  };
  constexpr Reason kOk = Reason::kNone;
  const Case cases[] = {
      {"customer_id", " 1111 ", "1111", kOk},  // Real customers have such numbers.
      {"customer_id", "s\u0327-1", "ş-1", kOk},
      {"customer_id", "ABC", "ABC", kOk},
      {"crm_id", "\u00a0x Y\t", "x Y", kOk},
      {"crm_id", "abc123", "abc123", Reason::kBlockedValue},
      {"crm_id", "NULL", "NULL", Reason::kBlockedValue},
      {"crm_id", " \"Null\" ", "\"Null\"", Reason::kBlockedValue},
      {"crm_id", "' none '", "' none '", Reason::kBlockedValue},
      {"crm_id", "\"null", "\"null", kOk},
      {"crm_id", "[object Object]", "[object Object]", Reason::kBlockedValue},
      {"crm_id", "bilinmiyor", "bilinmiyor", Reason::kBlockedValue},
      {"crm_id", "MİSAFİR", "MİSAFİR", kOk},  // Compared by ASCII, not by a locale.
      {"crm_id", "   ", "", Reason::kBlankValue},
      {"crm_id", "\"\"", "\"\"", Reason::kBlankValue},
      {"crm_id", "' '", "' '", Reason::kBlankValue},
      {"crm_id", "-", "-", Reason::kBlockedValue},
      {"loyalty_id", "TR 12-34.56", "TR123456", kOk},
      {"loyalty_id", "n-u-l-l", "null", Reason::kBlockedValue},
      {"loyalty_id", "--/--", "", Reason::kBlankValue},
      {"email", " Ayse@X.com ", "ayse@x.com", kOk},
      {"email", "NoReply@x.com", "noreply@x.com", Reason::kRoleMailbox},
      {"email", "destek@müşteri.com", "destek@xn--mteri-kva70e.com", Reason::kRoleMailbox},
      {"email", "aaaa@x.com", "aaaa@x.com", Reason::kRepeatedCharacter},
      {"email", "aaa@x.com", "aaa@x.com", kOk},
      {"email", "0-0@x.com", "0-0@x.com", Reason::kRepeatedCharacter},
      {"email", "Ayse <ayse@x.com>", "Ayse <ayse@x.com>", Reason::kInvalidEmail},
      {"email", "unknown", "unknown", Reason::kBlockedValue},
      {"phone", "0532 111 22 33", "+905321112233", kOk},
      {"phone", "12345", "12345", Reason::kInvalidPhone},
      {"phone", "unknown", "unknown", Reason::kBlockedValue},
      {"phone", "anonymous", "anonymous", Reason::kBlockedValue},
      {"phone", "555 555 55 55", "+905555555555", Reason::kRepeatedCharacter},
      {"phone", "+90 850 222 0000", "+908502220000", Reason::kOwnPhone},
      {"phone", "+290 8999", "+2908999", Reason::kBlockedValue},  // Seven digits.
      {"phone", "+247 62889", "+24762889", kOk},                  // Eight.
      {"social_id", "Twitter: @AyseKaya", "twitter:aysekaya", kOk},
      {"social_id", "twitter:AYSEKAYA", "twitter:aysekaya", kOk},
      {"social_id", "@AyseKaya", "aysekaya", kOk},
      {"social_id", "x:IŞIK", "x:işik", kOk},
      {"social_id", "twitter:@", "twitter:@", Reason::kInvalidValue},
      {"order_id", " a-1001 ", "A-1001", kOk},
      {"order_id", "ışık-i", "IŞIK-I", kOk},
      {"device_id", "1111", "1111", Reason::kRepeatedCharacter},
      {"push_token", "1111", "1111", kOk},
      {"ad_id", "00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-000000000000",
       Reason::kRepeatedCharacter},
      {"anonymous_id", "xxxx", "xxxx", Reason::kRepeatedCharacter},
      {"ip", "10.0.0.1", "10.0.0.1", Reason::kTierNone},
      {"ip", "null", "null", Reason::kBlockedValue},
  };
  for (const Case& c : cases) {
    const CanonicalIdentifier got = Canonical(c.name_space, c.typed);
    EXPECT_EQ(got.value, c.value) << c.name_space << " " << c.typed;
    EXPECT_EQ(got.reason, c.reason)
        << c.name_space << " " << c.typed << ": " << ReasonName(got.reason);
    EXPECT_EQ(got.typed, c.typed);
    EXPECT_EQ(got.role, Role::kCustomer);
    if (got.evidence()) {
      // A rule applied to its own result changes nothing.
      EXPECT_EQ(Canonical(c.name_space, got.value).value, got.value) << c.typed;
      EXPECT_TRUE(Canonical(c.name_space, got.value).evidence()) << c.typed;
    }
  }
}

TEST_F(IdentifierTest, OnlyCustomersAreEvidence) {
  for (Role role : {Role::kAgent, Role::kOther}) {
    const CanonicalIdentifier got = Canonical("phone", "0532 111 22 33", role);
    EXPECT_EQ(got.value, "+905321112233");
    EXPECT_EQ(got.role, role);
    EXPECT_EQ(got.reason, Reason::kNotCustomerRole);
  }
  EXPECT_TRUE(Canonical("phone", "0532 111 22 33", Role::kCustomer).evidence());
}

TEST_F(IdentifierTest, RefusesImpossibleIdentifiers) {
  const std::string longest(kIdentifierValueBytesMax, 'x');
  EXPECT_TRUE(Canonical("crm_id", longest).evidence());
  const Identifier impossible[] = {
      {"crm_id", longest + "x"},
      {"crm_id", "a\xff"},
      {"no_such", "x"},
      {"", "x"},
      {"crm_id", "x", static_cast<Role>(4)},
  };
  for (const Identifier& identifier : impossible) {
    const auto result = canonicalizer_.CanonicalizeIdentifier(identifier.name_space,
                                                              identifier.value, identifier.role);
    EXPECT_EQ(result.status().code(), Code::kInvalidArgument) << identifier.name_space;
  }
}

TEST_F(IdentifierTest, FindsNamespacesByName) {
  EXPECT_EQ(canonicalizer_.FindNamespace("customer_id"), 0);
  EXPECT_EQ(canonicalizer_.FindNamespace("late"), 18);
  EXPECT_EQ(canonicalizer_.FindNamespace("Phone"), -1);
  EXPECT_EQ(canonicalizer_.rules().namespaces.size(), 19u);
}

TEST(MaskTest, ShowsEnoughToRecogniseAndNoMore) {
  struct Case {
    const char* value;
    const char* masked;
  };
  for (const Case& c : {
           Case{"+905321112233", "+90532*****33"},
           Case{"ayse.kaya@example.com", "ayse.k*****om"},
           Case{"", "*****"},
           Case{"a", "*****"},
           Case{"ab", "*****"},
           Case{"abc", "a*****"},
           Case{"12345678", "123*****8"},
           Case{"ışığışığ", "ışı*****ğ"},
       }) {
    EXPECT_EQ(MaskValue(c.value), c.masked);
  }
  EXPECT_EQ(MaskValue(std::string(1000, 'x')).size(), 13u);
  EXPECT_EQ(MaskValue("\x80\x80"), "*****");  // No UTF-8: nothing to show.
}

}  // namespace
}  // namespace cxjourney::model
