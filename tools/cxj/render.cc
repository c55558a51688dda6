#include "cxj/render.h"

#include <fmt/format.h>

#include "interchange/json.h"
#include "interchange/names.h"
#include "interchange/time_text.h"

namespace cxjourney::cli {

using interchange::ChannelLabel;
using interchange::IsoTime;
using interchange::Name;

namespace {

int64_t Seconds(Duration duration) {
  return std::chrono::duration_cast<std::chrono::seconds>(duration).count();
}

Json JsonOf(const Bounds& bounds) {
  Json json;
  json["lower"] = cli::JsonOf(bounds.lower);
  json["upper"] = cli::JsonOf(bounds.upper);
  return json;
}

const char* TopicMatchName(TopicMatch match) {
  if (match == TopicMatch::kAny) return "any";
  return match == TopicMatch::kSame ? "same" : "prefix";
}

const char* ChannelMatchName(ChannelMatch match) {
  if (match == ChannelMatch::kAll) return "all";
  return match == ChannelMatch::kSame ? "same" : "same_group";
}

template <class List>
Json KeysJson(const List& keys, const Masker& masker) {
  Json list = Json::array();
  for (const TouchpointKey& key : keys) list.push_back(masker.Key(key));
  return list;
}

Json OutcomeJson(Outcome outcome) {
  return outcome == Outcome::kUnspecified ? Json() : Json(Name(outcome));
}

}  // namespace

Json JsonOf(const Ratio& ratio) {
  Json json;
  json["numerator"] = ratio.numerator;
  json["denominator"] = ratio.denominator;
  const std::optional<double> value = ratio.value();
  json["value"] = value ? Json(*value) : Json();
  return json;
}

Json JsonOf(const Measures& m) {
  Json json;
  json["contacts"] = m.contacts;
  json["base_contacts"] = m.base_contacts;
  json["immature_base"] = m.immature_base;
  json["episodes"] = m.episodes;
  json["immature_episodes"] = m.immature_episodes;
  json["repeats"] = m.rcr.numerator;
  json["identified"] = JsonOf(m.identified);
  json["rcr"] = JsonOf(m.rcr);
  json["fcr_forward"] = JsonOf(m.fcr_forward);
  json["fcr_forward_bounds"] = JsonOf(m.fcr_forward_bounds);
  json["fcr_issue"] = JsonOf(m.fcr_issue);
  json["fcr_issue_bounds"] = JsonOf(m.fcr_issue_bounds);
  json["fpr_issue"] = JsonOf(m.fpr_issue);
  json["one_and_done"] = JsonOf(m.one_and_done);
  json["resolved_strict"] = JsonOf(m.resolved_strict);
  json["fcr_survey"] = JsonOf(m.fcr_survey);
  json["bot_contained_no_return"] = JsonOf(m.bot_contained_no_return);
  json["defaulted_purposes"] = m.defaulted_purposes;
  json["longest_episode"] = m.longest_episode;
  json["channel_switch_repeats"] = m.channel_switch_repeats;
  return json;
}

Json JsonOf(const Policy& policy) {
  Json json;
  json["name"] = policy.name;
  json["window_s"] = Seconds(policy.window);
  json["anchor"] = policy.anchor == AnchorPoint::kEnd ? "end" : "start";
  json["topic"] = TopicMatchName(policy.topic);
  if (policy.topic == TopicMatch::kPrefix) json["topic_prefix"] = policy.topic_prefix;
  json["unknown_topic"] = policy.unknown_topic_matches ? "match" : "nomatch";
  json["channels"] = ChannelMatchName(policy.channels);
  json["chain"] = policy.chain == Chain::kRolling ? "rolling" : "from_first";
  json["fold_gap_s"] = Seconds(policy.fold_gap);
  json["short_abandon_s"] = Seconds(policy.short_abandon);
  json["exclude_base_topics"] = policy.exclude_base_topics;
  if (policy.calendar) {
    json["calendar"] = {{"days", policy.calendar->days},
                        {"zone", policy.calendar->zone},
                        {"utc_offset_min", policy.calendar->utc_offset_min}};
  }
  json["only_channels"] = Json::array();
  for (const Channel channel : policy.only_channels) {
    json["only_channels"].push_back(Name(channel));
  }
  json["forwarded_within_s"] = Seconds(policy.forwarded_within);
  return json;
}

Json JsonOf(const Contact& contact, const Masker& masker) {
  Json json;
  json["id"] = masker.Key(contact.id);
  json["customer"] = CustomerText(contact.customer);
  json["start"] = IsoTime(contact.start);
  json["end"] = IsoTime(contact.end);
  json["channel"] = ChannelLabel(contact.channel, contact.custom_channel);
  json["purpose"] = Name(contact.purpose);
  json["topics"] = contact.topics;
  json["outcome"] = OutcomeJson(contact.outcome);
  json["queue"] = contact.queue;
  json["base"] = contact.base;
  json["mature"] = contact.mature;
  json["has_return"] = contact.has_return;
  json["repeat_of"] = contact.prior ? Json(masker.Key(*contact.prior)) : Json();
  json["gap_s"] = contact.prior ? Json(Seconds(contact.gap)) : Json();
  json["episode"] = contact.episode ? Json(masker.Key(*contact.episode)) : Json();
  json["legs"] = KeysJson(contact.legs, masker);
  json["transfers"] = contact.transfers;
  json["agent_replies"] = contact.agent_replies;
  json["customer_messages"] = contact.customer_messages;
  return json;
}

Json JsonOf(const Episode& episode, const Masker& masker) {
  Json json;
  json["id"] = masker.Key(episode.id);
  json["customer"] = CustomerText(episode.customer);
  json["start"] = IsoTime(episode.start);
  json["end"] = IsoTime(episode.end);
  json["contacts"] = KeysJson(episode.contacts, masker);
  json["channels"] = Json::array();
  for (const Channel channel : episode.channels) json["channels"].push_back(Name(channel));
  return json;
}

Json JsonOf(const OpenEpisode& episode, const Masker& masker) {
  Json json;
  json["id"] = masker.Key(episode.id);
  json["start"] = IsoTime(episode.start);
  json["last_contact_end"] = IsoTime(episode.last_contact_end);
  json["topics"] = episode.topics;
  json["last_outcome"] = OutcomeJson(episode.last_outcome);
  json["last_sentiment"] = episode.last_sentiment ? Json(*episode.last_sentiment) : Json();
  json["last_emotion"] = episode.last_emotion;
  json["contact_count"] = episode.contact_count;
  json["contacts"] = KeysJson(episode.contacts, masker);
  json["transfers"] = episode.transfers;
  json["agents"] = episode.agents;
  json["promises"] = Json::array();
  for (const Promise& promise : episode.promises) {
    json["promises"].push_back({{"touchpoint", masker.Key(promise.touchpoint)},
                                {"made", IsoTime(promise.made)},
                                {"due", IsoTime(promise.due)},
                                {"state", promise.broken ? "broken" : "open"},
                                {"agent", promise.agent},
                                {"queue", promise.queue}});
  }
  return json;
}

Json JsonOf(const Touchpoint& touchpoint, const Masker& masker) {
  return Json::parse(interchange::ToJson(masker.Masked(touchpoint), interchange::JsonTimes::kIso),
                     nullptr,
                     /*allow_exceptions=*/false);
}

Json JsonOf(const Link& link, const Masker& masker) {
  Json json;
  json["a"] = masker.Labelled(link.a);
  json["b"] = masker.Labelled(link.b);
  json["newest"] = link.newest == Timestamp::min() ? Json() : Json(IsoTime(link.newest));
  json["must_link"] =
      link.must_link == AssertionId::kNone ? Json() : Json(static_cast<uint64_t>(link.must_link));
  json["touchpoints"] = KeysJson(link.touchpoints, masker);
  return json;
}

Json JsonOf(const Notice& notice, const Masker& masker) {
  Json json;
  json["type"] = NoticeName(notice.type);
  json["policy"] = notice.policy;
  json["contact"] = masker.UnsureKey(notice.contact);
  json["start"] = IsoTime(notice.start);
  json["prior"] = notice.prior ? Json(masker.UnsureKey(*notice.prior)) : Json();
  json["old_prior"] = notice.old_prior ? Json(masker.UnsureKey(*notice.old_prior)) : Json();
  return json;
}

Json JsonOf(const Score& score) {
  Json json;
  json["kind"] = Name(score.kind);
  json["value"] = score.value;
  json["max"] = score.max;
  return json;
}

std::string PercentText(const Ratio& ratio) {
  const std::optional<double> value = ratio.value();
  return value ? fmt::format("{:.1f} %", *value * 100) : "–";
}

std::string RatioText(const Ratio& ratio) {
  return fmt::format("{} of {} ({})", ratio.numerator, ratio.denominator, PercentText(ratio));
}

std::string TopicsText(const std::vector<std::string>& topics) { return Joined(topics, ", "); }

std::string ScoreText(const Score& score) {
  std::string text = fmt::format("{} {:g}", Name(score.kind), score.value);
  if (score.max > 0) text += fmt::format(" of {:g}", score.max);
  return text;
}

const char* NoticeName(NoticeType type) {
  if (type == NoticeType::kDetected) return "detected";
  return type == NoticeType::kRevised ? "revised" : "retracted";
}

const char* VetoName(VetoRule rule) {
  switch (rule) {
    case VetoRule::kUniqueNamespace:
      return "unique_namespace";
    case VetoRule::kPerCustomerLimit:
      return "per_customer_limit";
    case VetoRule::kIdentifiersPerCustomer:
      return "identifiers_per_customer";
    case VetoRule::kCannotLink:
      return "cannot_link";
  }
  return "unknown";
}

const Masker& CustomerMasks::Of(CustomerId customer) {
  if (any_ && customer == current_) return masker_;
  any_ = true;
  current_ = customer;
  masker_ = Masker(show_);
  if (show_ || customer == CustomerId::kNone) return masker_;
  const Result<Customer> held = tracker_.GetCustomer(customer);
  if (held.ok()) masker_.Learn(*held);
  return masker_;
}

}  // namespace cxjourney::cli
