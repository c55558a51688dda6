#include "interchange/rules_file.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "interchange/input.h"

namespace cxjourney::interchange {
namespace {

using Json = nlohmann::json;

constexpr size_t kRulesBytesMax = size_t{4} << 20;

Status Bad(std::string_view member, std::string_view problem) {
  return Status(Code::kInvalidArgument,
                "rules: " + std::string(member) + ": " + std::string(problem));
}

bool ParseTier(std::string_view name, Tier& tier) {
  static constexpr std::pair<std::string_view, Tier> kNames[] = {
      {"person", Tier::kPerson}, {"reference", Tier::kReference}, {"hardware", Tier::kHardware},
      {"cookie", Tier::kCookie}, {"none", Tier::kNone},
  };
  for (const auto& [known, value] : kNames) {
    if (name == known) tier = value;
  }
  return std::any_of(std::begin(kNames), std::end(kNames),
                     [&](const auto& known) { return known.first == name; });
}

bool ParseNormalizer(std::string_view name, Normalizer& normalizer) {
  static constexpr std::pair<std::string_view, Normalizer> kNames[] = {
      {"trim", Normalizer::kTrim},
      {"trim_nfc", Normalizer::kTrimNfc},
      {"email", Normalizer::kEmail},
      {"alphanumeric", Normalizer::kAlphanumeric},
      {"phone", Normalizer::kPhone},
      {"social", Normalizer::kSocial},
      {"trim_upper", Normalizer::kTrimUpper},
  };
  for (const auto& [known, value] : kNames) {
    if (name == known) normalizer = value;
  }
  return std::any_of(std::begin(kNames), std::end(kNames),
                     [&](const auto& known) { return known.first == name; });
}

// Takes members out of an object; what is left at the end is unknown.
class Members {
 public:
  explicit Members(const Json& object) : left_(object) {}

  Status Take(const char* name, std::string& text) {
    Json value;
    if (!Extract(name, value)) return Status();
    if (!value.is_string()) return Bad(name, "is no text");
    text = value.get<std::string>();
    return Status();
  }
  Status Take(const char* name, uint32_t& number) {
    Json value;
    if (!Extract(name, value)) return Status();
    if (!value.is_number_unsigned() || value.get<uint64_t>() > UINT32_MAX) {
      return Bad(name, "is no whole number from 0 to 4294967295");
    }
    number = value.get<uint32_t>();
    return Status();
  }
  Status Take(const char* name, bool& flag) {
    Json value;
    if (!Extract(name, value)) return Status();
    if (!value.is_boolean()) return Bad(name, "is neither true nor false");
    flag = value.get<bool>();
    return Status();
  }
  Status Take(const char* name, std::vector<std::string>& texts) {
    Json value;
    if (!Extract(name, value)) return Status();
    if (!value.is_array()) return Bad(name, "is no list");
    texts.clear();
    for (const Json& text : value) {
      if (!text.is_string()) return Bad(name, "holds something that is no text");
      texts.push_back(text.get<std::string>());
    }
    return Status();
  }
  bool Extract(const char* name, Json& value) {
    const auto found = left_.find(name);
    if (found == left_.end()) return false;
    value = *found;
    left_.erase(found);
    return true;
  }
  Status End() const { return left_.empty() ? Status() : Bad(left_.begin().key(), "is unknown"); }

 private:
  Json left_;
};

// The first failure of several steps.
Status First(std::initializer_list<Status> steps) {
  for (const Status& step : steps) {
    if (!step.ok()) return step;
  }
  return Status();
}

Result<NamespaceRule> ParseNamespace(const Json& json) {
  if (!json.is_object()) return Bad("namespaces", "holds something that is no object");
  NamespaceRule rule;
  Members members(json);
  std::string tier = "person";
  std::string normalizer = "trim";
  uint32_t ttl_days = 0;
  if (Status status = First({members.Take("name", rule.name), members.Take("tier", tier),
                             members.Take("priority", rule.priority),
                             members.Take("per_customer_max", rule.per_customer_max),
                             members.Take("ttl_days", ttl_days),
                             members.Take("quarantine_above", rule.quarantine_above),
                             members.Take("normalizer", normalizer),
                             members.Take("refuse_repeated", rule.refuse_repeated), members.End()});
      !status.ok()) {
    return status;
  }
  if (!ParseTier(tier, rule.tier)) return Bad("tier", "is no tier");
  if (!ParseNormalizer(normalizer, rule.normalizer)) return Bad("normalizer", "is no normalizer");
  rule.ttl = std::chrono::hours(24) * ttl_days;
  return rule;
}

Status ReplaceNamespaces(const Json& list, IdentityRules& rules) {
  if (!list.is_array()) return Bad("namespaces", "is no list");
  for (const Json& json : list) {
    Result<NamespaceRule> rule = ParseNamespace(json);
    if (!rule.ok()) return rule.status();
    const auto same = std::find_if(rules.namespaces.begin(), rules.namespaces.end(),
                                   [&](const NamespaceRule& r) { return r.name == rule->name; });
    if (same == rules.namespaces.end()) {
      rules.namespaces.push_back(*std::move(rule));
    } else {
      *same = *std::move(rule);
    }
  }
  return Status();
}

}  // namespace

Result<IdentityRules> ParseIdentityRules(std::string_view text) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return Bad("file", "is no JSON object");
  Members members(json);
  std::string extends = "default";
  if (Status status = members.Take("extends", extends); !status.ok()) return status;
  if (extends != "default" && extends != "none") return Bad("extends", "is default or none");
  IdentityRules rules = DefaultIdentityRules();
  if (extends == "none") rules.namespaces.clear();
  Json namespaces = Json::array();
  members.Extract("namespaces", namespaces);
  if (Status status =
          First({members.Take("default_region", rules.default_region),
                 members.Take("blocked_values", rules.blocked_values),
                 members.Take("role_mailboxes", rules.role_mailboxes),
                 members.Take("own_phones", rules.own_phones),
                 members.Take("identifiers_per_customer_max", rules.identifiers_per_customer_max),
                 ReplaceNamespaces(namespaces, rules), members.End()});
      !status.ok()) {
    return status;
  }
  if (Status status = ValidateIdentityRules(rules); !status.ok()) return status;
  return rules;
}

Result<IdentityRules> LoadIdentityRules(const std::string& path) {
  const Result<std::string> text = ReadWholeFile(path, kRulesBytesMax);
  if (!text.ok()) return text.status();
  Result<IdentityRules> rules = ParseIdentityRules(*text);
  if (rules.ok()) return rules;
  return Status(rules.status().code(), path + ": " + rules.status().message());
}

}  // namespace cxjourney::interchange
