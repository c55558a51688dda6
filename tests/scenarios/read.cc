#include "tests/scenarios/read.h"

#include <algorithm>
#include <cmath>

namespace cxjourney::scenario_tests {
namespace {

Policy ReadPolicy(const Json& text) {
  const Result<Policy> policy = ParsePolicy(text.get<std::string>());
  if (!policy.ok()) throw Mistake(policy.status().ToString());
  return *policy;
}

Attribute ReadAttribute(const Json& json) {
  Fields fields(json);
  Attribute attribute;
  fields.Text("key", attribute.key);
  fields.Flag("personal", attribute.personal);
  fields.Flag("fact", attribute.fact);
  const Json& value = fields.Take("value");
  if (value.is_boolean()) {
    attribute.value = value.get<bool>();
  } else if (value.is_number_float()) {
    attribute.value = value.get<double>();
  } else if (value.is_number()) {
    attribute.value = value.get<int64_t>();
  } else {
    attribute.value = value.get<std::string>();
  }
  fields.Done();
  return attribute;
}

Score ReadScore(const Json& json) {
  Fields fields(json);
  Score score;
  fields.OneOf("kind", score.kind);
  fields.Value("value", score.value);
  fields.Value("max", score.max);
  fields.Text("about_id", score.about_id);
  fields.Done();
  return score;
}

Value ReadMoney(const Json& json) {
  Fields fields(json);
  Value money;
  fields.Value("amount_minor", money.amount_minor);
  fields.Text("currency", money.currency);
  fields.OneOf("kind", money.kind);
  fields.Done();
  return money;
}

Ref ReadRef(const Json& json) {
  Fields fields(json);
  Ref ref;
  fields.OneOf("type", ref.type);
  fields.Text("id", ref.id);
  fields.Done();
  return ref;
}

void ReadTimes(Fields& fields, Touchpoint& touchpoint) {
  fields.MaybeTime("event_time", touchpoint.event_time);
  fields.MaybeTime("end_time", touchpoint.end_time);
  fields.MaybeTime("sent_time", touchpoint.sent_time);
  fields.MaybeTime("follow_up_due", touchpoint.follow_up_due);
  fields.Maybe("duration_ms", touchpoint.duration_ms);
  fields.Maybe("utc_offset_min", touchpoint.utc_offset_min);
  fields.Maybe("queue_ms", touchpoint.timings.queue_ms);
  fields.Maybe("talk_ms", touchpoint.timings.talk_ms);
  fields.Maybe("hold_ms", touchpoint.timings.hold_ms);
  fields.Maybe("wrap_ms", touchpoint.timings.wrap_ms);
  fields.Maybe("first_response_ms", touchpoint.timings.first_response_ms);
}

void ReadWords(Fields& fields, Touchpoint& touchpoint) {
  fields.OneOf("channel", touchpoint.channel);
  fields.OneOf("visibility", touchpoint.visibility);
  fields.OneOf("direction", touchpoint.direction);
  fields.OneOf("initiation", touchpoint.initiation);
  fields.OneOf("purpose", touchpoint.purpose);
  fields.OneOf("outcome", touchpoint.outcome);
  fields.OneOf("handled_by", touchpoint.handled_by);
  fields.OneOf("relation", touchpoint.relation);
  fields.OneOf("consent", touchpoint.consent);
  fields.OneOf("retention_class", touchpoint.retention_class);
}

void ReadTexts(Fields& fields, Touchpoint& touchpoint) {
  fields.Text("source", touchpoint.source);
  fields.Text("id", touchpoint.id);
  fields.Text("custom_channel", touchpoint.custom_channel);
  fields.Text("channel_detail", touchpoint.channel_detail);
  fields.Text("conversation_id", touchpoint.conversation_id);
  fields.Text("parent_id", touchpoint.parent_id);
  fields.Text("agent", touchpoint.agent);
  fields.Text("queue", touchpoint.queue);
  fields.Text("team", touchpoint.team);
  fields.Text("emotion", touchpoint.emotion);
  fields.Text("text_digest", touchpoint.text_digest);
  fields.Maybe("text", touchpoint.text);
  fields.Texts("topics", touchpoint.topics);
}

void ReadNamespaces(const Json& changes, IdentityRules& rules) {
  for (const Json& change : changes) {
    Fields fields(change);
    std::string name;
    fields.Text("name", name);
    auto rule = std::find_if(rules.namespaces.begin(), rules.namespaces.end(),
                             [&](const NamespaceRule& other) { return other.name == name; });
    if (rule == rules.namespaces.end()) rule = rules.namespaces.insert(rule, {name});
    fields.OneOf("tier", rule->tier);
    fields.Value("priority", rule->priority);
    fields.Value("per_customer_max", rule->per_customer_max);
    fields.Length("ttl", rule->ttl);
    fields.Value("quarantine_above", rule->quarantine_above);
    fields.OneOf("normalizer", rule->normalizer);
    fields.Flag("refuse_repeated", rule->refuse_repeated);
    fields.Done();
  }
}

IdentityRules ReadRules(const Json& json) {
  Fields fields(json);
  IdentityRules rules = DefaultIdentityRules();
  ReadNamespaces(fields.Take("namespaces"), rules);
  fields.Text("default_region", rules.default_region);
  fields.Texts("blocked_values", rules.blocked_values);
  fields.Texts("role_mailboxes", rules.role_mailboxes);
  fields.Texts("own_phones", rules.own_phones);
  fields.Value("identifiers_per_customer_max", rules.identifiers_per_customer_max);
  fields.Done();
  return rules;
}

}  // namespace

Fields::Fields(const Json& object) : object_(object) {
  if (!object.is_object()) throw Mistake("no object: " + object.dump());
}

const Json& Fields::Take(const std::string& name) {
  static const Json kNull;
  taken_.insert(name);
  return object_.contains(name) ? object_[name] : kNull;
}

void Fields::Done() const {
  for (const auto& [name, value] : object_.items()) {
    if (taken_.count(name) == 0) throw Mistake("no such field: " + name);
  }
}

void Fields::Text(const std::string& name, std::string& to) { Value(name, to); }
void Fields::Flag(const std::string& name, bool& to) { Value(name, to); }
void Fields::Texts(const std::string& name, std::vector<std::string>& to) { Value(name, to); }

void Fields::Time(const std::string& name, Timestamp& to) {
  if (const Json& value = Take(name); !value.is_null()) to = TimeFromText(value);
}

void Fields::MaybeTime(const std::string& name, std::optional<Timestamp>& to) {
  if (const Json& value = Take(name); !value.is_null()) to = TimeFromText(value);
}

void Fields::Length(const std::string& name, Duration& to) {
  if (const Json& value = Take(name); !value.is_null()) {
    to = Duration(std::llround(value.get<double>() * 1e6));
  }
}

Identifier ReadIdentifier(const Json& json) {
  Identifier identifier;
  if (json.is_string()) {
    const std::string text = json;
    const size_t colon = text.find(':');
    if (colon == std::string::npos) throw Mistake("no identifier: " + text);
    identifier.name_space = text.substr(0, colon);
    identifier.value = text.substr(colon + 1);
    return identifier;
  }
  Fields fields(json);
  fields.Text("namespace", identifier.name_space);
  fields.Text("value", identifier.value);
  fields.OneOf("role", identifier.role);
  fields.Done();
  return identifier;
}

std::vector<Identifier> ReadIdentifiers(const Json& json) {
  std::vector<Identifier> identifiers;
  for (const Json& element : json) identifiers.push_back(ReadIdentifier(element));
  return identifiers;
}

TouchpointKey ReadKey(const Json& json) {
  Fields fields(json);
  TouchpointKey key;
  fields.Text("source", key.source);
  fields.Text("id", key.id);
  fields.Done();
  return key;
}

Touchpoint ReadTouchpoint(const Json& json) {
  Fields fields(json);
  Touchpoint touchpoint;
  ReadTexts(fields, touchpoint);
  ReadWords(fields, touchpoint);
  ReadTimes(fields, touchpoint);
  fields.Value("revision", touchpoint.revision);
  fields.Value("reach", touchpoint.reach);
  fields.Maybe("sentiment", touchpoint.sentiment);
  fields.Flag("voided", touchpoint.voided);
  fields.Flag("automated", touchpoint.automated);
  fields.Flag("canned", touchpoint.canned);
  touchpoint.identifiers = ReadIdentifiers(fields.Take("identifiers"));
  for (const Json& score : fields.Take("scores")) touchpoint.scores.push_back(ReadScore(score));
  for (const Json& ref : fields.Take("refs")) touchpoint.refs.push_back(ReadRef(ref));
  for (const Json& attribute : fields.Take("attributes")) {
    touchpoint.attributes.push_back(ReadAttribute(attribute));
  }
  if (const Json& value = fields.Take("value"); !value.is_null()) {
    touchpoint.value = ReadMoney(value);
  }
  fields.Done();
  return touchpoint;
}

HistoryQuery ReadHistoryQuery(Fields& fields) {
  HistoryQuery query;
  fields.Time("from", query.from);
  fields.Time("until", query.until);
  fields.Time("as_of", query.as_of);
  fields.Value("limit", query.limit);
  if (const Json& before = fields.Take("before"); !before.is_null()) {
    query.before = {TimeFromText(before.at("time")), ReadKey(before.at("key"))};
  }
  fields.Done();
  return query;
}

RepeatQuery ReadRepeatQuery(const Json& json) {
  Fields fields(json);
  RepeatQuery query;
  fields.Text("registered", query.registered);
  if (const Json& policy = fields.Take("policy"); !policy.is_null()) {
    query.policy = ReadPolicy(policy);
  }
  fields.Time("from", query.from);
  fields.Time("until", query.until);
  fields.MaybeTime("watermark", query.watermark);
  fields.OneOf("group_by", query.group_by);
  fields.Flag("list_contacts", query.list_contacts);
  fields.Flag("list_episodes", query.list_episodes);
  fields.Texts("net_of_topics", query.net_of_topics);
  fields.Done();
  return query;
}

Assertion ReadAssertion(Fields& fields) {
  Assertion assertion;
  fields.Text("actor", assertion.actor);
  fields.Text("reason", assertion.reason);
  fields.Done();
  return assertion;
}

Options ReadOptions(const Json& json) {
  Fields fields(json);
  Options options;
  options.in_memory = true;
  fields.Flag("in_memory", options.in_memory);
  fields.Value("tenant", options.tenant);
  fields.OneOf("durability", options.durability);
  fields.Flag("keep_text", options.keep_text);
  fields.Length("open_episode_max_age", options.open_episode_max_age);
  fields.Value("segment_bytes", options.segment_bytes);
  if (const Json& policies = fields.Take("policies"); !policies.is_null()) {
    options.policies.emplace();
    for (const Json& text : policies) options.policies->push_back(ReadPolicy(text));
  }
  if (const Json& rules = fields.Take("identity_rules"); !rules.is_null()) {
    options.identity_rules = ReadRules(rules);
  }
  fields.Done();
  return options;
}

}  // namespace cxjourney::scenario_tests
