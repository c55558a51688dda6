#include "capi/answers.h"

#include <algorithm>

namespace cxjourney::capi {
namespace {

cxj_ratio ViewRatio(const Ratio& ratio) { return {ratio.numerator, ratio.denominator}; }

template <class Id>
uint64_t Number(Id id) {
  return static_cast<uint64_t>(id);
}

template <class E>
uint32_t EnumNumber(E value) {
  return static_cast<uint32_t>(value);
}

const cxj_key* OptionalKey(const std::optional<TouchpointKey>& key, Arena& arena) {
  if (!key) return nullptr;
  cxj_key* view = arena.Array<cxj_key>(1);
  *view = ViewKey(*key);
  return view;
}

// A number that may be absent, with its bit.
void SetTime(const std::optional<Timestamp>& time, uint64_t bit, int64_t* out, uint64_t* present) {
  if (!time) return;
  *out = Micros(*time);
  *present |= bit;
}
template <class T>
void SetNumber(const std::optional<T>& number, uint64_t bit, T* out, uint64_t* present) {
  if (!number) return;
  *out = *number;
  *present |= bit;
}

void FillTexts(const std::vector<std::string>& texts, Arena& arena, const cxj_str** items,
               size_t* count) {
  FillValues(texts, arena, items, count, [](const std::string& text) { return View(text); });
}

void FillKeys(const std::vector<TouchpointKey>& keys, Arena& arena, const cxj_key** items,
              size_t* count) {
  FillValues(keys, arena, items, count, ViewKey);
}

void FillCustomers(const std::vector<CustomerId>& ids, Arena& arena, const cxj_customer_id** items,
                   size_t* count) {
  FillValues(ids, arena, items, count, Number<CustomerId>);
}

// How the texts of a touchpoint are had: lent by it, or copied.
struct Lent {
  cxj_str operator()(std::string_view text) const { return View(text); }
};
struct Copied {
  cxj_str operator()(std::string_view text) const { return arena.Text(text); }
  Arena& arena;
};

template <class Texts>
cxj_attribute ViewAttribute(const Attribute& in, const Texts& texts) {
  cxj_attribute out{};
  out.key = texts(in.key);
  out.personal = in.personal ? 1 : 0;
  out.fact = in.fact ? 1 : 0;
  if (const auto* text = std::get_if<std::string>(&in.value)) {
    out.type = CXJ_ATTRIBUTE_TYPE_STRING;
    out.text = texts(*text);
  } else if (const auto* integer = std::get_if<int64_t>(&in.value)) {
    out.type = CXJ_ATTRIBUTE_TYPE_INTEGER;
    out.integer = *integer;
  } else if (const auto* number = std::get_if<double>(&in.value)) {
    out.type = CXJ_ATTRIBUTE_TYPE_NUMBER;
    out.number = *number;
  } else if (const auto* flag = std::get_if<bool>(&in.value)) {
    out.type = CXJ_ATTRIBUTE_TYPE_BOOLEAN;
    out.integer = *flag ? 1 : 0;
  } else {
    out.type = CXJ_ATTRIBUTE_TYPE_BYTES;
    out.text = texts(std::get<Bytes>(in.value).data);
  }
  return out;
}

template <class Texts>
cxj_score ViewScore(const Score& in, const Texts& texts) {
  cxj_score out{};
  out.kind = EnumNumber(in.kind);
  out.value = in.value;
  out.max = in.max;
  out.about_id = texts(in.about_id);
  return out;
}

cxj_remark ViewRemark(const Remark& in) { return {EnumNumber(in.reason), 0, View(in.about)}; }

}  // namespace

// Parts of answers. Not in the unnamed namespace, where Filler would not find them: it looks them
// up by their arguments.
void Fill(const RepeatVerdict& in, Arena& arena, cxj_verdict* out) {
  out->policy = View(in.policy);
  out->contacts_in_episode = in.contacts_in_episode;
  out->repeat_of = OptionalKey(in.repeat_of, arena);
  out->gap_us = in.gap.count();
  out->episode = OptionalKey(in.episode, arena);
}

static void Fill(const Notice& in, Arena& arena, cxj_notice* out) {
  out->type = EnumNumber(in.type);
  out->policy = View(in.policy);
  out->contact = ViewKey(in.contact);
  out->start_us = Micros(in.start);
  out->prior = OptionalKey(in.prior, arena);
  out->old_prior = OptionalKey(in.old_prior, arena);
}

static void Fill(const Promise& in, Arena&, cxj_promise* out) {
  out->broken = in.broken ? 1 : 0;
  out->touchpoint = ViewKey(in.touchpoint);
  out->made_us = Micros(in.made);
  out->due_us = Micros(in.due);
  out->agent = View(in.agent);
  out->queue = View(in.queue);
}

static void Fill(const OpenEpisode& in, Arena& arena, cxj_open_episode* out) {
  out->last_outcome = EnumNumber(in.last_outcome);
  out->id = ViewKey(in.id);
  out->start_us = Micros(in.start);
  out->last_contact_end_us = Micros(in.last_contact_end);
  FillTexts(in.topics, arena, &out->topics, &out->topic_count);
  SetNumber(in.last_sentiment, CXJ_OPEN_EPISODE_HAS_LAST_SENTIMENT, &out->last_sentiment,
            &out->present);
  out->transfers = in.transfers;
  out->last_emotion = View(in.last_emotion);
  out->agents = in.agents;
  out->contacts_total = in.contact_count;
  FillKeys(in.contacts, arena, &out->contacts, &out->contact_count);
  FillPointers(in.promises, arena, &out->promises, &out->promise_count, Filler());
}

static void Fill(const HeldIdentifier& in, Arena&, cxj_held_identifier* out) {
  out->name_space = View(in.name_space);
  out->value = View(in.value);
  out->id = Number(in.id);
  if (in.first_seen > in.last_seen) return;  // Never sighted.
  out->present = CXJ_HELD_IDENTIFIER_HAS_FIRST_SEEN_US | CXJ_HELD_IDENTIFIER_HAS_LAST_SEEN_US;
  out->first_seen_us = Micros(in.first_seen);
  out->last_seen_us = Micros(in.last_seen);
}

static void Fill(const Link& in, Arena& arena, cxj_link* out) {
  out->a = ViewIdentifier(in.a);
  out->b = ViewIdentifier(in.b);
  out->must_link = Number(in.must_link);
  FillKeys(in.touchpoints, arena, &out->touchpoints, &out->touchpoint_count);
  if (in.newest == Timestamp::min()) return;  // Asserted only.
  out->newest_us = Micros(in.newest);
  out->present = CXJ_LINK_HAS_NEWEST_US;
}

static void Fill(const Veto& in, Arena& arena, cxj_veto* out) {
  cxj_link* link = arena.Sized<cxj_link>();
  Fill(in.link, arena, link);
  out->link = link;
  out->rule = EnumNumber(in.rule);
  out->name_space = View(in.name_space);
  out->rival_a = ViewIdentifier(in.rival_a);
  out->rival_b = ViewIdentifier(in.rival_b);
  out->cannot_link = Number(in.cannot_link);
}

static void Fill(const Measures& in, Arena&, cxj_measures* out) {
  out->contacts = in.contacts;
  out->base_contacts = in.base_contacts;
  out->immature_base = in.immature_base;
  out->episodes = in.episodes;
  out->immature_episodes = in.immature_episodes;
  out->identified = ViewRatio(in.identified);
  out->rcr = ViewRatio(in.rcr);
  out->fcr_forward = ViewRatio(in.fcr_forward);
  out->fcr_forward_lower = ViewRatio(in.fcr_forward_bounds.lower);
  out->fcr_forward_upper = ViewRatio(in.fcr_forward_bounds.upper);
  out->fcr_issue = ViewRatio(in.fcr_issue);
  out->fcr_issue_lower = ViewRatio(in.fcr_issue_bounds.lower);
  out->fcr_issue_upper = ViewRatio(in.fcr_issue_bounds.upper);
  out->fpr_issue = ViewRatio(in.fpr_issue);
  out->one_and_done = ViewRatio(in.one_and_done);
  out->resolved_strict = ViewRatio(in.resolved_strict);
  out->fcr_survey = ViewRatio(in.fcr_survey);
  out->bot_contained_no_return = ViewRatio(in.bot_contained_no_return);
  out->defaulted_purposes = in.defaulted_purposes;
  out->longest_episode = in.longest_episode;
  out->channel_switch_repeats = in.channel_switch_repeats;
}

static void Fill(const MeasureGroup& in, Arena& arena, cxj_measure_group* out) {
  cxj_measures* measures = arena.Sized<cxj_measures>();
  Fill(in.measures, arena, measures);
  out->measures = measures;
  out->label = View(in.label);
  FillValues(in.repeats_by_prior, arena, &out->repeats_by_prior, &out->repeats_by_prior_count,
             [](const auto& entry) {
               return cxj_count{View(entry.first), entry.second};
             });
}

static void Fill(const Contact& in, Arena& arena, cxj_contact* out) {
  out->channel = EnumNumber(in.channel);
  out->id = ViewKey(in.id);
  out->customer = Number(in.customer);
  out->start_us = Micros(in.start);
  out->end_us = Micros(in.end);
  out->custom_channel = View(in.custom_channel);
  out->purpose = EnumNumber(in.purpose);
  out->outcome = EnumNumber(in.outcome);
  FillTexts(in.topics, arena, &out->topics, &out->topic_count);
  out->queue = View(in.queue);
  out->base = in.base ? 1 : 0;
  out->mature = in.mature ? 1 : 0;
  out->has_return = in.has_return ? 1 : 0;
  out->transfers = in.transfers;
  out->prior = OptionalKey(in.prior, arena);
  out->gap_us = in.gap.count();
  out->episode = OptionalKey(in.episode, arena);
  FillKeys(in.legs, arena, &out->legs, &out->leg_count);
  out->agent_replies = in.agent_replies;
  out->customer_messages = in.customer_messages;
}

static void Fill(const Episode& in, Arena& arena, cxj_episode* out) {
  out->id = ViewKey(in.id);
  out->customer = Number(in.customer);
  FillKeys(in.contacts, arena, &out->contacts, &out->contact_count);
  FillValues(in.channels, arena, &out->channels, &out->channel_count, EnumNumber<Channel>);
  out->start_us = Micros(in.start);
  out->end_us = Micros(in.end);
}

static void Fill(const NamespaceRule& in, Arena&, cxj_namespace_rule* out) {
  out->tier = EnumNumber(in.tier);
  out->name = View(in.name);
  out->priority = in.priority;
  out->per_customer_max = in.per_customer_max;
  out->ttl_us = in.ttl.count();
  out->quarantine_above = in.quarantine_above;
  out->normalizer = EnumNumber(in.normalizer);
  out->refuse_repeated = in.refuse_repeated ? 1 : 0;
}

static void FillTouchpointNumbers(const Touchpoint& in, cxj_touchpoint* out) {
  uint64_t* present = &out->present;
  out->revision = in.revision;
  out->voided = in.voided ? 1 : 0;
  out->automated = in.automated ? 1 : 0;
  out->canned = in.canned ? 1 : 0;
  out->reach = in.reach;
  out->received_time_us = Micros(in.received_time);
  SetTime(in.event_time, CXJ_TOUCHPOINT_HAS_EVENT_TIME_US, &out->event_time_us, present);
  SetTime(in.end_time, CXJ_TOUCHPOINT_HAS_END_TIME_US, &out->end_time_us, present);
  SetTime(in.sent_time, CXJ_TOUCHPOINT_HAS_SENT_TIME_US, &out->sent_time_us, present);
  SetTime(in.follow_up_due, CXJ_TOUCHPOINT_HAS_FOLLOW_UP_DUE_US, &out->follow_up_due_us, present);
  SetNumber(in.duration_ms, CXJ_TOUCHPOINT_HAS_DURATION_MS, &out->duration_ms, present);
  SetNumber(in.utc_offset_min, CXJ_TOUCHPOINT_HAS_UTC_OFFSET_MIN, &out->utc_offset_min, present);
  SetNumber(in.timings.queue_ms, CXJ_TOUCHPOINT_HAS_QUEUE_MS, &out->queue_ms, present);
  SetNumber(in.timings.talk_ms, CXJ_TOUCHPOINT_HAS_TALK_MS, &out->talk_ms, present);
  SetNumber(in.timings.hold_ms, CXJ_TOUCHPOINT_HAS_HOLD_MS, &out->hold_ms, present);
  SetNumber(in.timings.wrap_ms, CXJ_TOUCHPOINT_HAS_WRAP_MS, &out->wrap_ms, present);
  SetNumber(in.timings.first_response_ms, CXJ_TOUCHPOINT_HAS_FIRST_RESPONSE_MS,
            &out->first_response_ms, present);
  SetNumber(in.sentiment, CXJ_TOUCHPOINT_HAS_SENTIMENT, &out->sentiment, present);
}

static void FillTouchpointEnums(const Touchpoint& in, cxj_touchpoint* out) {
  out->channel = EnumNumber(in.channel);
  out->visibility = EnumNumber(in.visibility);
  out->direction = EnumNumber(in.direction);
  out->initiation = EnumNumber(in.initiation);
  out->purpose = EnumNumber(in.purpose);
  out->outcome = EnumNumber(in.outcome);
  out->handled_by = EnumNumber(in.handled_by);
  out->relation = EnumNumber(in.relation);
  out->consent = EnumNumber(in.consent);
  out->retention_class = EnumNumber(in.retention_class);
}

template <class Texts>
static void FillTouchpointTexts(const Touchpoint& in, const Texts& texts, cxj_touchpoint* out) {
  out->source = texts(in.source);
  out->id = texts(in.id);
  out->custom_channel = texts(in.custom_channel);
  out->channel_detail = texts(in.channel_detail);
  out->conversation_id = texts(in.conversation_id);
  out->parent_id = texts(in.parent_id);
  out->agent = texts(in.agent);
  out->queue = texts(in.queue);
  out->team = texts(in.team);
  out->emotion = texts(in.emotion);
  out->text_digest = texts(in.text_digest);
  if (!in.text) return;
  out->text = texts(*in.text);
  out->present |= CXJ_TOUCHPOINT_HAS_TEXT;
}

template <class Texts>
static void FillTouchpointLists(const Touchpoint& in, Arena& arena, const Texts& texts,
                                cxj_touchpoint* out) {
  FillValues(in.identifiers, arena, &out->identifiers, &out->identifier_count,
             [&](const Identifier& id) {
               return cxj_identifier{texts(id.name_space), texts(id.value), EnumNumber(id.role), 0};
             });
  FillValues(in.topics, arena, &out->topics, &out->topic_count, texts);
  FillValues(in.scores, arena, &out->scores, &out->score_count,
             [&](const Score& score) { return ViewScore(score, texts); });
  FillValues(in.refs, arena, &out->refs, &out->ref_count, [&](const Ref& ref) {
    return cxj_ref{EnumNumber(ref.type), 0, texts(ref.id)};
  });
  FillValues(in.attributes, arena, &out->attributes, &out->attribute_count,
             [&](const Attribute& attribute) { return ViewAttribute(attribute, texts); });
  if (!in.value) return;
  cxj_money* value = arena.Array<cxj_money>(1);
  *value = {in.value->amount_minor, texts(in.value->currency), EnumNumber(in.value->kind), 0};
  out->value = value;
}

template <class Texts>
static void FillTouchpoint(const Touchpoint& in, Arena& arena, const Texts& texts,
                           cxj_touchpoint* out) {
  FillTouchpointNumbers(in, out);
  FillTouchpointEnums(in, out);
  FillTouchpointTexts(in, texts, out);
  FillTouchpointLists(in, arena, texts, out);
}

cxj_key ViewKey(const TouchpointKey& key) { return {View(key.source), View(key.id)}; }
cxj_identifier ViewIdentifier(const Identifier& in) {
  return {View(in.name_space), View(in.value), EnumNumber(in.role), 0};
}

void Fill(const Touchpoint& in, Arena& arena, cxj_touchpoint* out) {
  FillTouchpoint(in, arena, Lent(), out);
}

const cxj_touchpoint* Keep(const Touchpoint& in, Arena& arena) {
  cxj_touchpoint* out = arena.Sized<cxj_touchpoint>();
  FillTouchpoint(in, arena, Copied{arena}, out);
  return out;
}

void Fill(const Receipt& in, Arena& arena, cxj_receipt* out) {
  out->outcome = EnumNumber(in.outcome);
  out->code = static_cast<cxj_code>(in.status.code());
  out->message = View(in.status.message());
  FillValues(in.remarks, arena, &out->remarks, &out->remark_count, ViewRemark);
  out->key = ViewKey(in.key);
  out->sequence = in.sequence;
  out->customer = Number(in.customer);
  FillCustomers(in.merged, arena, &out->merged, &out->merged_count);
  out->contact = OptionalKey(in.contact, arena);
  FillPointers(in.verdicts, arena, &out->verdicts, &out->verdict_count, Filler());
  FillPointers(in.open, arena, &out->open_episodes, &out->open_episode_count, Filler());
  FillPointers(in.changes, arena, &out->changes, &out->change_count, Filler());
  out->more_changes = in.more_changes ? 1 : 0;
}

void Fill(const std::vector<Receipt>& in, Arena& arena, cxj_receipts* out) {
  FillPointers(in, arena, &out->receipts, &out->receipt_count, Filler());
}

void Fill(const AssertionReceipt& in, Arena& arena, cxj_assertion_receipt* out) {
  out->id = Number(in.id);
  FillValues(in.remarks, arena, &out->remarks, &out->remark_count, ViewRemark);
  FillCustomers(in.customers, arena, &out->customers, &out->customer_count);
  FillPointers(in.changes, arena, &out->changes, &out->change_count, Filler());
}

void Fill(const Customer& in, Arena& arena, cxj_customer* out) {
  out->id = Number(in.id);
  FillPointers(in.identifiers, arena, &out->identifiers, &out->identifier_count, Filler());
  out->touchpoints = in.touchpoints;
}

void Fill(const WhyAnswer& in, Arena& arena, cxj_why* out) {
  out->same_customer = in.same_customer ? 1 : 0;
  out->customer_a = Number(in.customer_a);
  out->customer_b = Number(in.customer_b);
  FillPointers(in.path, arena, &out->path, &out->path_count, Filler());
  FillPointers(in.vetoes, arena, &out->vetoes, &out->veto_count, Filler());
  out->connected = in.connected ? 1 : 0;
}

void Fill(const Journey& in, Arena& arena, cxj_journey* out) {
  out->customer = Number(in.customer);
  if (!in.next) return;
  cxj_position* next = arena.Array<cxj_position>(1);
  *next = {Micros(in.next->time), ViewKey(in.next->key)};
  out->next = next;
}

void Fill(const Context& in, Arena& arena, cxj_context* out) {
  cxj_customer* customer = arena.Sized<cxj_customer>();
  Fill(in.customer, arena, customer);
  out->customer = customer;
  out->last_outcome = EnumNumber(in.last_outcome);
  out->now_us = Micros(in.now);
  SetTime(in.first_seen, CXJ_CONTEXT_HAS_FIRST_SEEN_US, &out->first_seen_us, &out->present);
  SetTime(in.last_contact, CXJ_CONTEXT_HAS_LAST_CONTACT_US, &out->last_contact_us, &out->present);
  SetTime(in.first_order, CXJ_CONTEXT_HAS_FIRST_ORDER_US, &out->first_order_us, &out->present);
  SetTime(in.last_order, CXJ_CONTEXT_HAS_LAST_ORDER_US, &out->last_order_us, &out->present);
  SetTime(in.last_reward, CXJ_CONTEXT_HAS_LAST_REWARD_US, &out->last_reward_us, &out->present);
  FillPointers(in.open_episodes, arena, &out->open_episodes, &out->open_episode_count, Filler());
  FillValues(in.recent_outcomes, arena, &out->recent_outcomes, &out->recent_outcome_count,
             [](const auto& entry) {
               return cxj_timed_outcome{Micros(entry.first), EnumNumber(entry.second), 0};
             });
  FillValues(in.recent_sentiments, arena, &out->recent_sentiments, &out->recent_sentiment_count,
             [](const auto& entry) {
               return cxj_timed_sentiment{Micros(entry.first), entry.second, 0};
             });
  out->last_emotion = View(in.last_emotion);
  out->contacts_7d = in.contacts_7d;
  out->contacts_30d = in.contacts_30d;
  out->contacts_90d = in.contacts_90d;
  out->contacts = in.contacts;
  out->orders = in.orders;
  FillTexts(in.last_order_ids, arena, &out->last_order_ids, &out->last_order_id_count);
  FillValues(in.money, arena, &out->money, &out->money_count, [](const MoneySum& sum) {
    return cxj_money_sum{View(sum.currency), EnumNumber(sum.kind), 0, sum.amount_minor, sum.count};
  });
  FillValues(in.last_scores, arena, &out->last_scores, &out->last_score_count,
             [](const Score& score) { return ViewScore(score, Lent()); });
  FillValues(in.facts, arena, &out->facts, &out->fact_count, [](const Fact& fact) {
    return cxj_fact{ViewAttribute(fact.attribute, Lent()), Micros(fact.time),
                    ViewKey(fact.touchpoint)};
  });
  FillPointers(in.recent, arena, &out->recent, &out->recent_count, Filler());
  out->repeated_effort = in.repeated_effort ? 1 : 0;
}

void Fill(const RepeatReport& in, Arena& arena, cxj_repeat_report* out) {
  cxj_policy* policy = arena.Sized<cxj_policy>();
  Fill(in.policy, arena, policy);
  out->policy = policy;
  out->from_us = Micros(in.from);
  out->until_us = Micros(in.until);
  out->watermark_us = Micros(in.watermark);
  cxj_measures* total = arena.Sized<cxj_measures>();
  Fill(in.total, arena, total);
  out->total = total;
  if (in.net) {
    cxj_measures* net = arena.Sized<cxj_measures>();
    Fill(*in.net, arena, net);
    out->net = net;
  }
  FillPointers(in.groups, arena, &out->groups, &out->group_count, Filler());
  FillPointers(in.contacts, arena, &out->contacts, &out->contact_count, Filler());
  FillPointers(in.episodes, arena, &out->episodes, &out->episode_count, Filler());
}

static void Fill(const Transition& in, Arena&, cxj_transition* out) {
  if (in.from) {
    out->present |= CXJ_TRANSITION_HAS_SOURCE;
    out->source = EnumNumber(*in.from);
  }
  if (in.to) {
    out->present |= CXJ_TRANSITION_HAS_TARGET;
    out->target = EnumNumber(*in.to);
  }
  out->count = in.count;
}

void Fill(const TransitionReport& in, Arena& arena, cxj_transition_report* out) {
  out->journeys = in.journeys;
  out->touchpoints = in.touchpoints;
  FillPointers(in.transitions, arena, &out->transitions, &out->transition_count, Filler());
}

void Fill(const FunnelReport& in, Arena&, cxj_funnel_report* out) {
  out->journeys = in.journeys;
  out->reached = in.reached.data();
  out->reached_count = in.reached.size();
}

void Fill(const Stats& in, Arena& arena, cxj_stats* out) {
  out->touchpoints = in.touchpoints;
  out->evidence = in.evidence;
  out->voided = in.voided;
  out->retracted = in.retracted;
  out->identifiers = in.identifiers;
  out->customers = in.customers;
  out->links = in.links;
  out->vetoed_links = in.vetoed_links;
  out->unidentified_touchpoints = in.unidentified_touchpoints;
  out->assertions = in.assertions;
  out->last_sequence = in.last_sequence;
  out->log_bytes = in.log_bytes;
  out->sealed_bytes = in.sealed_bytes;
  out->memory_bytes = in.memory_bytes;
  FillValues(in.refused, arena, &out->refused, &out->refused_count, [](const auto& entry) {
    return cxj_count{View(ReasonName(entry.first)), static_cast<int64_t>(entry.second)};
  });
}

void Fill(const VerifyReport& in, Arena& arena, cxj_verify_report* out) {
  out->records = in.records;
  out->touchpoints = in.touchpoints;
  out->customers = in.customers;
  out->contacts = in.contacts;
  FillTexts(in.problems, arena, &out->problems, &out->problem_count);
}

void Fill(const Policy& in, Arena& arena, cxj_policy* out) {
  out->present =
      CXJ_POLICY_HAS_WINDOW_US | CXJ_POLICY_HAS_FOLD_GAP_US | CXJ_POLICY_HAS_SHORT_ABANDON_US;
  out->anchor = EnumNumber(in.anchor);
  out->name = View(in.name);
  out->window_us = in.window.count();
  out->topic = EnumNumber(in.topic);
  out->topic_prefix = in.topic_prefix;
  out->unknown_topic_differs = in.unknown_topic_matches ? 0 : 1;
  out->channels = EnumNumber(in.channels);
  out->chain = EnumNumber(in.chain);
  out->fold_gap_us = in.fold_gap.count();
  out->short_abandon_us = in.short_abandon.count();
  out->forwarded_within_us = in.forwarded_within.count();
  FillTexts(in.exclude_base_topics, arena, &out->exclude_base_topics,
            &out->exclude_base_topic_count);
  FillValues(in.only_channels, arena, &out->only_channels, &out->only_channel_count,
             EnumNumber<Channel>);
  if (!in.calendar) return;
  out->calendar = 1;
  out->calendar_days = in.calendar->days;
  out->calendar_zone = View(in.calendar->zone);
  out->calendar_utc_offset_min = in.calendar->utc_offset_min;
}

void Fill(const IdentityRules& in, Arena& arena, cxj_identity_rules* out) {
  out->identifiers_per_customer_max = in.identifiers_per_customer_max;
  FillPointers(in.namespaces, arena, &out->namespaces, &out->namespace_count, Filler());
  out->default_region = View(in.default_region);
  FillTexts(in.blocked_values, arena, &out->blocked_values, &out->blocked_value_count);
  FillTexts(in.role_mailboxes, arena, &out->role_mailboxes, &out->role_mailbox_count);
  FillTexts(in.own_phones, arena, &out->own_phones, &out->own_phone_count);
}

void Fill(const OpenReport& in, Arena&, cxj_open_report* out) {
  out->created = in.created ? 1 : 0;
  out->sealed = in.sealed ? 1 : 0;
  out->batches = in.batches;
  out->records = in.records;
  out->recovered_bytes_dropped = in.recovered_bytes_dropped;
}

}  // namespace cxjourney::capi
