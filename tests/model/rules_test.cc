#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "cxjourney/identity.h"
#include "cxjourney/receipt.h"
#include "model/limits.h"
#include "model/vocabulary.h"

namespace cxjourney {
namespace {

const NamespaceRule& Rule(const IdentityRules& rules, std::string_view name) {
  for (const NamespaceRule& rule : rules.namespaces) {
    if (rule.name == name) return rule;
  }
  static const NamespaceRule none;
  ADD_FAILURE() << "no namespace " << name;
  return none;
}

TEST(RulesTest, DefaultsAreValidAndThoseOfTheSpecification) {
  const IdentityRules rules = DefaultIdentityRules();
  EXPECT_TRUE(ValidateIdentityRules(rules).ok()) << ValidateIdentityRules(rules).ToString();
  EXPECT_EQ(rules.namespaces.size(), 18u);
  EXPECT_EQ(rules.default_region, "TR");
  EXPECT_EQ(rules.identifiers_per_customer_max, 512u);
  EXPECT_EQ(rules.blocked_values.size(), 31u);
  EXPECT_EQ(rules.role_mailboxes.size(), 10u);
  EXPECT_TRUE(Rule(rules, "customer_id").unique());
  EXPECT_TRUE(Rule(rules, "crm_id").unique());
  for (const NamespaceRule& rule : rules.namespaces) {
    EXPECT_EQ(rule.unique(), rule.priority <= 2) << rule.name;
  }
  const NamespaceRule& phone = Rule(rules, "phone");
  EXPECT_EQ(phone.tier, Tier::kPerson);
  EXPECT_EQ(phone.priority, 6u);
  EXPECT_EQ(phone.per_customer_max, 5u);
  EXPECT_EQ(phone.ttl, std::chrono::hours(24 * 365));
  EXPECT_EQ(phone.quarantine_above, 4u);
  EXPECT_EQ(phone.normalizer, Normalizer::kPhone);
  EXPECT_TRUE(phone.refuse_repeated);
  EXPECT_EQ(Rule(rules, "session_id").ttl, std::chrono::hours(24));
  EXPECT_EQ(Rule(rules, "ip").tier, Tier::kNone);
}

TEST(RulesTest, RefusesContradictions) {
  struct Case {
    const char* name;
    std::function<void(IdentityRules*)> change;
    const char* about;  // Empty: legal.
  };
  const std::string name64(model::kNamespaceBytesMax, 'n');
  for (const Case& c : {
           Case{"as they are", [](IdentityRules*) {}, ""},
           Case{"longest name", [&](IdentityRules* r) { r->namespaces[0].name = name64; }, ""},
           Case{"name too long", [&](IdentityRules* r) { r->namespaces[0].name = name64 + "n"; },
                "namespace 0"},
           Case{"no name", [](IdentityRules* r) { r->namespaces[3].name = ""; }, "namespace 3"},
           Case{"no UTF-8", [](IdentityRules* r) { r->namespaces[3].name = "\xff"; },
                "namespace 3"},
           Case{"same name", [](IdentityRules* r) { r->namespaces[3].name = "email"; },
                "namespace email is there twice"},
           Case{"no namespaces", [](IdentityRules* r) { r->namespaces.clear(); }, "0 namespaces"},
           Case{"tier", [](IdentityRules* r) { r->namespaces[4].tier = static_cast<Tier>(6); },
                "email"},
           Case{"tier 0", [](IdentityRules* r) { r->namespaces[4].tier = static_cast<Tier>(0); },
                "email"},
           Case{"normalizer",
                [](IdentityRules* r) { r->namespaces[4].normalizer = static_cast<Normalizer>(8); },
                "email"},
           Case{"priority", [](IdentityRules* r) { r->namespaces[4].priority = 0; }, "email"},
           Case{"priority of tier none",
                [](IdentityRules* r) { r->namespaces.back().priority = 0; }, ""},
           Case{"unique, tier none",
                [](IdentityRules* r) { r->namespaces.back().per_customer_max = 1; },
                "agent_device"},
           Case{"ttl", [](IdentityRules* r) { r->namespaces[5].ttl = Duration(-1); }, "phone"},
           Case{"region", [](IdentityRules* r) { r->default_region = "XX"; }, "default_region"},
           Case{"another region", [](IdentityRules* r) { r->default_region = "DE"; }, ""},
           Case{"identifiers", [](IdentityRules* r) { r->identifiers_per_customer_max = 0; },
                "identifiers_per_customer_max"},
           Case{"own phone", [](IdentityRules* r) { r->own_phones = {"0850 222 00 00"}; }, ""},
           Case{"no phone",
                [](IdentityRules* r) {
                  r->own_phones = {"0850 222 00 00", "12"};
                },
                "own_phones[1]"},
           Case{"blocked values",
                [](IdentityRules* r) {
                  r->blocked_values = {"x", "\xff"};
                },
                "blocked_values[1]"},
           Case{"most blocked values",
                [](IdentityRules* r) { r->blocked_values.assign(model::kBlockedValuesMax, "x"); },
                ""},
           Case{"too many",
                [](IdentityRules* r) {
                  r->role_mailboxes.assign(model::kRoleMailboxesMax + 1, "x");
                },
                "role_mailboxes"},
       }) {
    IdentityRules rules = DefaultIdentityRules();
    c.change(&rules);
    const Status status = ValidateIdentityRules(rules);
    if (*c.about == '\0') {
      EXPECT_TRUE(status.ok()) << c.name << ": " << status.ToString();
    } else {
      EXPECT_EQ(status.code(), Code::kInvalidArgument) << c.name;
      EXPECT_NE(status.message().find(c.about), std::string::npos)
          << c.name << ": " << status.ToString();
    }
  }
}

TEST(RulesTest, HoldsAtMostAsManyNamespacesAsTheLimit) {
  IdentityRules rules = DefaultIdentityRules();
  while (rules.namespaces.size() < model::kNamespacesMax) {
    rules.namespaces.push_back({.name = "n" + std::to_string(rules.namespaces.size()),
                                .tier = Tier::kPerson,
                                .priority = 20});
  }
  EXPECT_TRUE(ValidateIdentityRules(rules).ok());
  rules.namespaces.push_back({.name = "more", .tier = Tier::kPerson, .priority = 20});
  EXPECT_FALSE(ValidateIdentityRules(rules).ok());
}

TEST(ReasonTest, EveryReasonHasItsOwnName) {
  std::set<std::string> names;
  int known = 0;
  for (int number = 0; number <= static_cast<int>(Reason::kClockCorrected); ++number) {
    const std::string name = ReasonName(static_cast<Reason>(number));
    if (name == "unknown") continue;
    ++known;
    EXPECT_TRUE(names.insert(name).second) << name;
  }
  EXPECT_EQ(known, 41);
  EXPECT_STREQ(ReasonName(Reason::kRevisionConflict), "revision_conflict");
  EXPECT_STREQ(ReasonName(static_cast<Reason>(9999)), "unknown");
}

}  // namespace

namespace model {
namespace {

TEST(VocabularyTest, GroupsChannelsAndDefaultsPurposes) {
  struct Case {
    Channel channel;
    ChannelGroup group;
    Purpose purpose;
  };
  using G = ChannelGroup;
  const Case cases[] = {
      {Channel::kUnspecified, G::kNone, Purpose::kBrowse},
      {Channel::kPhone, G::kVoice, Purpose::kRequest},
      {Channel::kSms, G::kMessaging, Purpose::kRequest},
      {Channel::kWebChat, G::kMessaging, Purpose::kRequest},
      {Channel::kAppChat, G::kMessaging, Purpose::kRequest},
      {Channel::kWhatsapp, G::kMessaging, Purpose::kRequest},
      {Channel::kEmail, G::kMail, Purpose::kRequest},
      {Channel::kSocial, G::kSocial, Purpose::kRequest},
      {Channel::kCommunity, G::kSocial, Purpose::kRequest},
      {Channel::kStore, G::kInPerson, Purpose::kRequest},
      {Channel::kWeb, G::kSelfService, Purpose::kBrowse},
      {Channel::kApp, G::kSelfService, Purpose::kBrowse},
      {Channel::kIvr, G::kVoice, Purpose::kRequest},
      {Channel::kKiosk, G::kInPerson, Purpose::kBrowse},
      {Channel::kLetter, G::kMail, Purpose::kRequest},
      {Channel::kVideo, G::kVoice, Purpose::kRequest},
      {Channel::kReviewSite, G::kSocial, Purpose::kRequest},
      {Channel::kCustom, G::kCustom, Purpose::kRequest},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(GroupOf(c.channel), c.group) << static_cast<int>(c.channel);
    EXPECT_EQ(DefaultPurpose(c.channel), c.purpose) << static_cast<int>(c.channel);
  }
}

TEST(VocabularyTest, KnowsServicePurposesAndOutcomes) {
  const std::set<Purpose> service = {Purpose::kQuestion, Purpose::kRequest, Purpose::kComplaint,
                                     Purpose::kReturnGoods};
  for (int i = 0; i <= static_cast<int>(Purpose::kOther); ++i) {
    const auto purpose = static_cast<Purpose>(i);
    EXPECT_EQ(IsServicePurpose(purpose), service.count(purpose) == 1) << i;
  }
  EXPECT_FALSE(IsKnownOutcome(Outcome::kUnspecified));
  EXPECT_FALSE(IsKnownOutcome(Outcome::kUnknown));
  EXPECT_TRUE(IsKnownOutcome(Outcome::kResolved));
  EXPECT_TRUE(IsKnownOutcome(Outcome::kAbandoned));
}

}  // namespace
}  // namespace model
}  // namespace cxjourney
