// The default identity rules, and what makes rules contradict themselves.
#include <fmt/format.h>

#include <chrono>

#include "base/status_macros.h"
#include "base/string_map.h"
#include "cxjourney/identity.h"
#include "model/limits.h"
#include "model/phone.h"
#include "model/text.h"

namespace cxjourney {
inline namespace v1 {
namespace {

using std::chrono::hours;

Status Contradiction(std::string message) {
  return Status(Code::kInvalidArgument, std::move(message));
}

Status ValidateNamespace(const NamespaceRule& rule, size_t position) {
  if (rule.name.empty()) {
    return Contradiction(fmt::format("namespace {} of the identity rules has no name", position));
  }
  if (rule.name.size() > model::kNamespaceBytesMax || !model::IsUtf8(rule.name)) {
    return Contradiction(fmt::format("the name of namespace {} is not UTF-8 of at most {} bytes",
                                     position, model::kNamespaceBytesMax));
  }
  if (rule.tier < Tier::kPerson || rule.tier > Tier::kNone) {
    return Contradiction(fmt::format("namespace {} has an unknown tier", rule.name));
  }
  if (rule.normalizer < Normalizer::kTrim || rule.normalizer > Normalizer::kTrimUpper) {
    return Contradiction(fmt::format("namespace {} has an unknown normalizer", rule.name));
  }
  if (rule.priority == 0 && rule.tier != Tier::kNone) {
    return Contradiction(fmt::format("namespace {} needs a priority of 1 or more", rule.name));
  }
  if (rule.unique() && rule.tier == Tier::kNone) {
    return Contradiction(
        fmt::format("namespace {} is unique but of tier none, which is never evidence", rule.name));
  }
  if (rule.ttl < Duration::zero()) {
    return Contradiction(fmt::format("namespace {} has a negative ttl", rule.name));
  }
  return Status();
}

// Each list is compared with values; an entry that can't equal any value is a mistake.
Status ValidateLists(const IdentityRules& rules) {
  struct List {
    const char* name;
    const std::vector<std::string>& entries;
    size_t max;
  };
  for (const List& list : {List{"blocked_values", rules.blocked_values, model::kBlockedValuesMax},
                           List{"role_mailboxes", rules.role_mailboxes, model::kRoleMailboxesMax},
                           List{"own_phones", rules.own_phones, model::kOwnPhonesMax}}) {
    if (list.entries.size() > list.max) {
      return Contradiction(fmt::format("{} of the identity rules has {} entries; the limit is {}",
                                       list.name, list.entries.size(), list.max));
    }
    for (size_t i = 0; i < list.entries.size(); ++i) {
      const std::string& entry = list.entries[i];
      if (entry.size() > model::kIdentifierValueBytesMax || !model::IsUtf8(entry)) {
        return Contradiction(
            fmt::format("{}[{}] of the identity rules is not UTF-8 of at most {} "
                        "bytes",
                        list.name, i, model::kIdentifierValueBytesMax));
      }
    }
  }
  return Status();
}

}  // namespace

IdentityRules DefaultIdentityRules() {
  IdentityRules rules;
  auto days = [](int n) { return Duration(hours(24 * n)); };
  constexpr Duration kNoTtl = Duration::zero();
  // Name, tier, priority, limit per customer, time to live, quarantine, normalizer, repeated
  // characters. SMS and WhatsApp numbers are typed as namespace "phone".
  rules.namespaces = {
      {"customer_id", Tier::kPerson, 1, 1, kNoTtl, 0, Normalizer::kTrimNfc, false},
      {"crm_id", Tier::kPerson, 2, 1, kNoTtl, 0, Normalizer::kTrim, false},
      {"login_id", Tier::kPerson, 3, 5, kNoTtl, 2, Normalizer::kTrim, false},
      {"loyalty_id", Tier::kPerson, 4, 2, kNoTtl, 2, Normalizer::kAlphanumeric, false},
      {"email", Tier::kPerson, 5, 5, days(730), 4, Normalizer::kEmail, true},
      {"phone", Tier::kPerson, 6, 5, days(365), 4, Normalizer::kPhone, true},
      {"social_id", Tier::kPerson, 7, 3, days(730), 2, Normalizer::kSocial, false},
      {"order_id", Tier::kReference, 8, 0, kNoTtl, 2, Normalizer::kTrimUpper, false},
      {"case_id", Tier::kReference, 8, 0, kNoTtl, 2, Normalizer::kTrimUpper, false},
      {"device_id", Tier::kHardware, 9, 10, days(365), 8, Normalizer::kTrim, true},
      {"push_token", Tier::kHardware, 9, 10, days(365), 8, Normalizer::kTrim, false},
      {"ad_id", Tier::kHardware, 10, 10, days(180), 8, Normalizer::kTrim, true},
      {"anonymous_id", Tier::kCookie, 11, 50, days(180), 4, Normalizer::kTrim, true},
      {"ga_client_id", Tier::kCookie, 11, 50, days(180), 4, Normalizer::kTrim, false},
      {"session_id", Tier::kCookie, 12, 0, days(1), 2, Normalizer::kTrim, false},
      {"ip", Tier::kNone, 13, 0, kNoTtl, 0, Normalizer::kTrim, false},
      {"user_agent", Tier::kNone, 13, 0, kNoTtl, 0, Normalizer::kTrim, false},
      {"agent_device", Tier::kNone, 13, 0, kNoTtl, 0, Normalizer::kTrim, false},
  };
  rules.blocked_values = {
      "null",        "none",
      "nil",         "undefined",
      "nan",         "anonymous",
      "anon",        "guest",
      "unknown",     "not-specified",
      "invalid",     "not_authenticated",
      "distinct_id", "distinctid",
      "id",          "email",
      "user",        "test",
      "true",        "false",
      "user_null",   "[object object]",
      "n/a",         "na",
      "-",           "void",
      "abc123",      "yok",
      "bilinmiyor",  "misafir",
      "anonim",
  };
  rules.role_mailboxes = {"noreply", "no-reply", "donotreply", "info",  "destek",
                          "support", "team",     "sales",      "admin", "postmaster"};
  return rules;
}

// That a non-unique namespace may not be stronger than a unique one is a matter of changing the
// rules of a store that hands out customer ids, and is checked there: rules of their own without
// that property are legal here.
Status ValidateIdentityRules(const IdentityRules& rules) {
  if (rules.namespaces.empty() || rules.namespaces.size() > model::kNamespacesMax) {
    return Contradiction(fmt::format("the identity rules have {} namespaces; 1 to {} are possible",
                                     rules.namespaces.size(), model::kNamespacesMax));
  }
  base::StringSet names;
  for (size_t i = 0; i < rules.namespaces.size(); ++i) {
    CXJ_RETURN_IF_ERROR(ValidateNamespace(rules.namespaces[i], i));
    if (!names.insert(rules.namespaces[i].name).second) {
      return Contradiction(fmt::format("namespace {} is there twice", rules.namespaces[i].name));
    }
  }
  if (!model::PhoneNormalizer::IsRegion(rules.default_region)) {
    return Contradiction("default_region of the identity rules is no ISO 3166 region with phones");
  }
  if (rules.identifiers_per_customer_max == 0) {
    return Contradiction("identifiers_per_customer_max of the identity rules is 0");
  }
  CXJ_RETURN_IF_ERROR(ValidateLists(rules));
  model::PhoneNormalizer phones(rules.default_region);
  for (size_t i = 0; i < rules.own_phones.size(); ++i) {
    if (!phones.Normalize(rules.own_phones[i]).has_value()) {
      return Contradiction(fmt::format("own_phones[{}] of the identity rules is no phone", i));
    }
  }
  return Status();
}

}  // namespace v1
}  // namespace cxjourney
