#include "interchange/rules_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace cxjourney::interchange {
namespace {

TEST(RulesFileTest, ReplacesAndAddsNamespaces) {
  const Result<IdentityRules> rules = ParseIdentityRules(
      R"({"default_region":"US","own_phones":["+12125550100"],
          "namespaces":[{"name":"passport","tier":"person","priority":20,"per_customer_max":2,
                         "normalizer":"alphanumeric","ttl_days":365},
                        {"name":"email","tier":"person","priority":5,"normalizer":"email"}]})");
  ASSERT_TRUE(rules.ok()) << rules.status().ToString();
  const IdentityRules defaults = DefaultIdentityRules();
  EXPECT_EQ(rules->default_region, "US");
  EXPECT_EQ(rules->blocked_values, defaults.blocked_values);
  EXPECT_EQ(rules->namespaces.size(), defaults.namespaces.size() + 1);
  const NamespaceRule& passport = rules->namespaces.back();
  EXPECT_EQ(passport.name, "passport");
  EXPECT_EQ(passport.normalizer, Normalizer::kAlphanumeric);
  EXPECT_EQ(passport.ttl, std::chrono::hours(24 * 365));
  const auto email = std::find_if(rules->namespaces.begin(), rules->namespaces.end(),
                                  [](const NamespaceRule& r) { return r.name == "email"; });
  EXPECT_EQ(email->per_customer_max, 0U);
}

TEST(RulesFileTest, NamesTheMemberThatIsWrong) {
  struct Case {
    const char* json;
    const char* problem;
  };
  for (const Case& c :
       {Case{"[]", "is no JSON object"}, Case{R"({"region":"US"})", "region: is unknown"},
        Case{R"({"extends":"mine"})", "extends"}, Case{R"({"own_phones":"1"})", "own_phones"},
        Case{R"({"namespaces":[{"name":"a","tier":"strong"}]})", "tier: is no tier"},
        Case{R"({"namespaces":[{"name":"a","size":1}]})", "size: is unknown"},
        Case{R"({"namespaces":[{"name":"a","priority":-1}]})", "priority"}}) {
    const Result<IdentityRules> rules = ParseIdentityRules(c.json);
    ASSERT_FALSE(rules.ok()) << c.json;
    EXPECT_THAT(rules.status().message(), testing::HasSubstr(c.problem)) << c.json;
  }
}

}  // namespace
}  // namespace cxjourney::interchange
