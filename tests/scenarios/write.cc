#include "tests/scenarios/write.h"

#include <optional>
#include <vector>

namespace cxjourney::scenario_tests {
namespace {

Json ToJson(const std::string& text) { return text; }
Json ToJson(Timestamp time) { return TimeText(time); }
Json ToJson(CustomerId id) { return static_cast<uint64_t>(id); }
Json ToJson(AssertionId id) { return static_cast<uint64_t>(id); }
Json ToJson(Channel channel) { return Word(channel); }
// Whole seconds are whole numbers, so that they are compared as such.
Json ToJson(Duration duration) {
  const int64_t us = duration.count();
  return us % 1'000'000 == 0 ? Json(us / 1'000'000) : Json(static_cast<double>(us) / 1e6);
}
Json ToJson(const TouchpointKey& key) { return {{"source", key.source}, {"id", key.id}}; }
Json ToJson(const Remark& remark) {
  return {{"reason", Word(remark.reason)}, {"about", remark.about}};
}
Json ToJson(const Identifier& identifier) {
  return {{"namespace", identifier.name_space},
          {"value", identifier.value},
          {"role", Word(identifier.role)}};
}
// Declared before the templates below, which cannot find them by argument.
Json ToJson(const Identifier& identifier);
Json ToJson(const Score& score);
Json ToJson(const Value& money);
Json ToJson(const Ref& ref);
Json ToJson(const Attribute& attribute);
Json ToJson(const Touchpoint& touchpoint);
Json ToJson(const RepeatVerdict& repeat_verdict);
Json ToJson(const Notice& notice);
Json ToJson(const Promise& promise);
Json ToJson(const OpenEpisode& open_episode);
Json ToJson(const HeldIdentifier& held_identifier);
Json ToJson(const Link& link);
Json ToJson(const Veto& veto);
Json ToJson(const Fact& fact);
Json ToJson(const MoneySum& money_sum);
Json ToJson(const std::pair<Timestamp, Outcome>& pair);
Json ToJson(const std::pair<Timestamp, float>& pair);
Json ToJson(const std::pair<std::string, int64_t>& pair);
Json ToJson(const std::pair<Reason, uint64_t>& pair);
Json ToJson(const Measures& measures);
Json ToJson(const MeasureGroup& measure_group);
Json ToJson(const Contact& contact);
Json ToJson(const Episode& episode);
Json ToJson(const TouchpointKey& touchpoint_key);
Json ToJson(const Remark& remark);

template <class T>
Json List(const std::vector<T>& values) {
  Json list = Json::array();
  for (const T& value : values) list.push_back(ToJson(value));
  return list;
}

template <class T>
Json Maybe(const std::optional<T>& value) {
  if (!value) return Json();
  if constexpr (std::is_arithmetic_v<T>) {
    return *value;
  } else {
    return ToJson(*value);
  }
}

Json ToJson(const Score& score) {
  return {{"kind", Word(score.kind)},
          {"value", score.value},
          {"max", score.max},
          {"about_id", score.about_id}};
}

Json ToJson(const Value& money) {
  return {{"amount_minor", money.amount_minor},
          {"currency", money.currency},
          {"kind", Word(money.kind)}};
}

Json ToJson(const Ref& ref) { return {{"type", Word(ref.type)}, {"id", ref.id}}; }

Json ToJson(const Attribute& attribute) {
  Json json = {{"key", attribute.key},   {"personal", attribute.personal},
               {"fact", attribute.fact}, {"text", ""},
               {"integer", 0},           {"number", 0.0}};
  if (const auto* text = std::get_if<std::string>(&attribute.value)) {
    json["type"] = "STRING";
    json["text"] = *text;
  } else if (const auto* integer = std::get_if<int64_t>(&attribute.value)) {
    json["type"] = "INTEGER";
    json["integer"] = *integer;
  } else if (const auto* number = std::get_if<double>(&attribute.value)) {
    json["type"] = "NUMBER";
    json["number"] = *number;
  } else if (const auto* flag = std::get_if<bool>(&attribute.value)) {
    json["type"] = "BOOLEAN";
    json["integer"] = *flag ? 1 : 0;
  } else {
    json["type"] = "BYTES";
    json["text"] = std::get<Bytes>(attribute.value).data;
  }
  return json;
}

void WriteTimes(const Touchpoint& t, Json& json) {
  json["event_time"] = Maybe(t.event_time);
  json["end_time"] = Maybe(t.end_time);
  json["sent_time"] = Maybe(t.sent_time);
  json["received_time"] = ToJson(t.received_time);
  json["follow_up_due"] = Maybe(t.follow_up_due);
  json["duration_ms"] = Maybe(t.duration_ms);
  json["utc_offset_min"] = Maybe(t.utc_offset_min);
  json["queue_ms"] = Maybe(t.timings.queue_ms);
  json["talk_ms"] = Maybe(t.timings.talk_ms);
  json["hold_ms"] = Maybe(t.timings.hold_ms);
  json["wrap_ms"] = Maybe(t.timings.wrap_ms);
  json["first_response_ms"] = Maybe(t.timings.first_response_ms);
}

Json ToJson(const Touchpoint& t) {
  Json json = {{"source", t.source},
               {"id", t.id},
               {"revision", t.revision},
               {"identifiers", List(t.identifiers)},
               {"channel", Word(t.channel)},
               {"visibility", Word(t.visibility)},
               {"custom_channel", t.custom_channel},
               {"channel_detail", t.channel_detail},
               {"reach", t.reach},
               {"direction", Word(t.direction)},
               {"initiation", Word(t.initiation)},
               {"purpose", Word(t.purpose)},
               {"outcome", Word(t.outcome)},
               {"topics", t.topics},
               {"handled_by", Word(t.handled_by)},
               {"relation", Word(t.relation)},
               {"conversation_id", t.conversation_id},
               {"parent_id", t.parent_id},
               {"agent", t.agent},
               {"queue", t.queue},
               {"team", t.team},
               {"scores", List(t.scores)},
               {"value", Maybe(t.value)},
               {"refs", List(t.refs)},
               {"attributes", List(t.attributes)},
               {"emotion", t.emotion},
               {"text_digest", t.text_digest},
               {"text", Maybe(t.text)},
               {"sentiment", Maybe(t.sentiment)},
               {"voided", t.voided},
               {"automated", t.automated},
               {"canned", t.canned},
               {"consent", Word(t.consent)},
               {"retention_class", Word(t.retention_class)}};
  WriteTimes(t, json);
  return json;
}

Json ToJson(const RepeatVerdict& verdict) {
  return {{"policy", verdict.policy},
          {"repeat_of", Maybe(verdict.repeat_of)},
          {"gap", ToJson(verdict.gap)},
          {"episode", Maybe(verdict.episode)},
          {"contacts_in_episode", verdict.contacts_in_episode}};
}

Json ToJson(const Notice& notice) {
  static const char* const kTypes[] = {"", "DETECTED", "REVISED", "RETRACTED"};
  return {{"type", kTypes[static_cast<int>(notice.type)]},
          {"policy", notice.policy},
          {"contact", ToJson(notice.contact)},
          {"start", ToJson(notice.start)},
          {"prior", Maybe(notice.prior)},
          {"old_prior", Maybe(notice.old_prior)}};
}

Json ToJson(const Promise& promise) {
  return {{"touchpoint", ToJson(promise.touchpoint)},
          {"made", ToJson(promise.made)},
          {"due", ToJson(promise.due)},
          {"broken", promise.broken},
          {"agent", promise.agent},
          {"queue", promise.queue}};
}

Json ToJson(const OpenEpisode& episode) {
  return {{"id", ToJson(episode.id)},
          {"start", ToJson(episode.start)},
          {"last_contact_end", ToJson(episode.last_contact_end)},
          {"topics", episode.topics},
          {"last_outcome", Word(episode.last_outcome)},
          {"last_sentiment", Maybe(episode.last_sentiment)},
          {"last_emotion", episode.last_emotion},
          {"transfers", episode.transfers},
          {"agents", episode.agents},
          {"contacts_total", episode.contact_count},
          {"contacts", List(episode.contacts)},
          {"promises", List(episode.promises)}};
}

Json ToJson(const HeldIdentifier& held) {
  const bool sighted = held.first_seen != Timestamp::max();
  return {{"namespace", held.name_space},
          {"value", held.value},
          {"first_seen", sighted ? ToJson(held.first_seen) : Json()},
          {"last_seen", sighted ? ToJson(held.last_seen) : Json()},
          {"id", ToJson(held.id)}};
}

Json ToJson(const Link& link) {
  return {{"a", ToJson(link.a)},
          {"b", ToJson(link.b)},
          {"newest", link.newest == Timestamp::min() ? Json() : ToJson(link.newest)},
          {"must_link", ToJson(link.must_link)},
          {"touchpoints", List(link.touchpoints)}};
}

Json ToJson(const Veto& veto) {
  return {{"link", ToJson(veto.link)},       {"rule", Word(veto.rule)},
          {"namespace", veto.name_space},    {"rival_a", ToJson(veto.rival_a)},
          {"rival_b", ToJson(veto.rival_b)}, {"cannot_link", ToJson(veto.cannot_link)}};
}

Json ToJson(const Fact& fact) {
  return {{"attribute", ToJson(fact.attribute)},
          {"time", ToJson(fact.time)},
          {"touchpoint", ToJson(fact.touchpoint)}};
}

Json ToJson(const MoneySum& sum) {
  return {{"currency", sum.currency},
          {"kind", Word(sum.kind)},
          {"amount_minor", sum.amount_minor},
          {"count", sum.count}};
}

Json ToJson(const std::pair<Timestamp, Outcome>& outcome) {
  return {{"time", ToJson(outcome.first)}, {"outcome", Word(outcome.second)}};
}

Json ToJson(const std::pair<Timestamp, float>& sentiment) {
  return {{"time", ToJson(sentiment.first)}, {"sentiment", sentiment.second}};
}

Json ToJson(const std::pair<std::string, int64_t>& count) {
  return {{"label", count.first}, {"count", count.second}};
}

Json ToJson(const std::pair<Reason, uint64_t>& refused) {
  return {{"label", ReasonName(refused.first)}, {"count", refused.second}};
}

Json ToJson(const Ratio& ratio) {
  return {{"numerator", ratio.numerator}, {"denominator", ratio.denominator}};
}

Json ToJson(const Measures& m) {
  return {{"contacts", m.contacts},
          {"base_contacts", m.base_contacts},
          {"immature_base", m.immature_base},
          {"episodes", m.episodes},
          {"immature_episodes", m.immature_episodes},
          {"identified", ToJson(m.identified)},
          {"rcr", ToJson(m.rcr)},
          {"fcr_forward", ToJson(m.fcr_forward)},
          {"fcr_forward_lower", ToJson(m.fcr_forward_bounds.lower)},
          {"fcr_forward_upper", ToJson(m.fcr_forward_bounds.upper)},
          {"fcr_issue", ToJson(m.fcr_issue)},
          {"fcr_issue_lower", ToJson(m.fcr_issue_bounds.lower)},
          {"fcr_issue_upper", ToJson(m.fcr_issue_bounds.upper)},
          {"fpr_issue", ToJson(m.fpr_issue)},
          {"one_and_done", ToJson(m.one_and_done)},
          {"resolved_strict", ToJson(m.resolved_strict)},
          {"fcr_survey", ToJson(m.fcr_survey)},
          {"bot_contained_no_return", ToJson(m.bot_contained_no_return)},
          {"defaulted_purposes", m.defaulted_purposes},
          {"longest_episode", m.longest_episode},
          {"channel_switch_repeats", m.channel_switch_repeats}};
}

Json ToJson(const MeasureGroup& group) {
  return {{"label", group.label},
          {"measures", ToJson(group.measures)},
          {"repeats_by_prior", List(group.repeats_by_prior)}};
}

Json ToJson(const Contact& c) {
  return {{"channel", Word(c.channel)},
          {"id", ToJson(c.id)},
          {"customer", ToJson(c.customer)},
          {"start", ToJson(c.start)},
          {"end", ToJson(c.end)},
          {"custom_channel", c.custom_channel},
          {"purpose", Word(c.purpose)},
          {"outcome", Word(c.outcome)},
          {"topics", c.topics},
          {"queue", c.queue},
          {"base", c.base},
          {"mature", c.mature},
          {"has_return", c.has_return},
          {"transfers", c.transfers},
          {"prior", Maybe(c.prior)},
          {"gap", ToJson(c.gap)},
          {"episode", Maybe(c.episode)},
          {"legs", List(c.legs)},
          {"agent_replies", c.agent_replies},
          {"customer_messages", c.customer_messages}};
}

Json ToJson(const Episode& episode) {
  return {{"id", ToJson(episode.id)},           {"customer", ToJson(episode.customer)},
          {"contacts", List(episode.contacts)}, {"channels", List(episode.channels)},
          {"start", ToJson(episode.start)},     {"end", ToJson(episode.end)}};
}

Json ToJson(const Policy& policy) {
  return {{"name", policy.name},
          {"window", ToJson(policy.window)},
          {"anchor", Word(policy.anchor)},
          {"topic", Word(policy.topic)},
          {"topic_prefix", policy.topic_prefix},
          {"unknown_topic_differs", !policy.unknown_topic_matches},
          {"channels", Word(policy.channels)},
          {"chain", Word(policy.chain)},
          {"fold_gap", ToJson(policy.fold_gap)},
          {"short_abandon", ToJson(policy.short_abandon)},
          {"exclude_base_topics", policy.exclude_base_topics},
          {"calendar", policy.calendar.has_value()},
          {"calendar_days", policy.calendar ? policy.calendar->days : 0},
          {"calendar_zone", policy.calendar ? policy.calendar->zone : ""},
          {"only_channels", List(policy.only_channels)},
          {"forwarded_within", ToJson(policy.forwarded_within)}};
}

}  // namespace

Json ToJson(const Receipt& receipt) {
  return {{"outcome", Word(receipt.outcome)},     {"code", Word(receipt.status.code())},
          {"message", receipt.status.message()},  {"remarks", List(receipt.remarks)},
          {"key", ToJson(receipt.key)},           {"sequence", receipt.sequence},
          {"customer", ToJson(receipt.customer)}, {"merged", List(receipt.merged)},
          {"contact", Maybe(receipt.contact)},    {"verdicts", List(receipt.verdicts)},
          {"open_episodes", List(receipt.open)},  {"changes", List(receipt.changes)},
          {"more_changes", receipt.more_changes}};
}

Json ToJson(const AssertionReceipt& receipt) {
  return {{"id", ToJson(receipt.id)},
          {"remarks", List(receipt.remarks)},
          {"customers", List(receipt.customers)},
          {"changes", List(receipt.changes)}};
}

Json ToJson(const Customer& customer) {
  return {{"id", ToJson(customer.id)},
          {"identifiers", List(customer.identifiers)},
          {"touchpoints", customer.touchpoints}};
}

Json ToJson(const WhyAnswer& why) {
  return {{"same_customer", why.same_customer},   {"customer_a", ToJson(why.customer_a)},
          {"customer_b", ToJson(why.customer_b)}, {"path", List(why.path)},
          {"vetoes", List(why.vetoes)},           {"connected", why.connected}};
}

Json ToJson(const Journey& journey) {
  Json next;
  if (journey.next) {
    next = {{"time", ToJson(journey.next->time)}, {"key", ToJson(journey.next->key)}};
  }
  return {{"customer", ToJson(journey.customer)},
          {"touchpoints", List(journey.touchpoints)},
          {"next", next}};
}

Json ToJson(const Context& c) {
  return {{"customer", ToJson(c.customer)},
          {"now", ToJson(c.now)},
          {"first_seen", Maybe(c.first_seen)},
          {"last_contact", Maybe(c.last_contact)},
          {"open_episodes", List(c.open_episodes)},
          {"last_outcome", Word(c.last_outcome)},
          {"recent_outcomes", List(c.recent_outcomes)},
          {"recent_sentiments", List(c.recent_sentiments)},
          {"last_emotion", c.last_emotion},
          {"contacts_7d", c.contacts_7d},
          {"contacts_30d", c.contacts_30d},
          {"contacts_90d", c.contacts_90d},
          {"contacts", c.contacts},
          {"orders", c.orders},
          {"first_order", Maybe(c.first_order)},
          {"last_order", Maybe(c.last_order)},
          {"last_order_ids", c.last_order_ids},
          {"money", List(c.money)},
          {"last_reward", Maybe(c.last_reward)},
          {"last_scores", List(c.last_scores)},
          {"facts", List(c.facts)},
          {"recent", List(c.recent)},
          {"repeated_effort", c.repeated_effort}};
}

Json ToJson(const RepeatReport& report) {
  return {{"policy", ToJson(report.policy)},  {"from", ToJson(report.from)},
          {"until", ToJson(report.until)},    {"watermark", ToJson(report.watermark)},
          {"total", ToJson(report.total)},    {"net", Maybe(report.net)},
          {"groups", List(report.groups)},    {"contacts", List(report.contacts)},
          {"episodes", List(report.episodes)}};
}

Json ToJson(const Stats& s) {
  return {{"touchpoints", s.touchpoints},
          {"evidence", s.evidence},
          {"voided", s.voided},
          {"retracted", s.retracted},
          {"identifiers", s.identifiers},
          {"customers", s.customers},
          {"links", s.links},
          {"vetoed_links", s.vetoed_links},
          {"unidentified_touchpoints", s.unidentified_touchpoints},
          {"assertions", s.assertions},
          {"last_sequence", s.last_sequence},
          {"log_bytes", s.log_bytes},
          {"memory_bytes", s.memory_bytes},
          {"refused", List(s.refused)}};
}

Json ToJson(const VerifyReport& report) {
  return {{"records", report.records},
          {"touchpoints", report.touchpoints},
          {"customers", report.customers},
          {"contacts", report.contacts},
          {"problems", report.problems}};
}

}  // namespace cxjourney::scenario_tests
