#include "capi/arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/status_macros.h"

namespace cxjourney::capi {
namespace {

Status Invalid(std::string message) { return Status(Code::kInvalidArgument, std::move(message)); }

// Sizes of the structs in the first release: no caller has a smaller one.
template <class T>
constexpr uint32_t kFirstSize = 0;
template <>
constexpr uint32_t kFirstSize<cxj_touchpoint> = 432;
template <>
constexpr uint32_t kFirstSize<cxj_namespace_rule> = 56;
template <>
constexpr uint32_t kFirstSize<cxj_identity_rules> = 88;
template <>
constexpr uint32_t kFirstSize<cxj_policy> = 144;
template <>
constexpr uint32_t kFirstSize<cxj_options> = 144;
template <>
constexpr uint32_t kFirstSize<cxj_record_options> = 12;
template <>
constexpr uint32_t kFirstSize<cxj_assertion> = 40;
template <>
constexpr uint32_t kFirstSize<cxj_history_query> = 48;
template <>
constexpr uint32_t kFirstSize<cxj_repeat_query> = 88;

template <>
constexpr uint32_t kFirstSize<cxj_repeat_check> = 72;
template <>
constexpr uint32_t kFirstSize<cxj_transition_query> = 32;
template <>
constexpr uint32_t kFirstSize<cxj_funnel_step> = 48;
template <>
constexpr uint32_t kFirstSize<cxj_funnel_query> = 56;

// The rule of a struct that may grow: a shorter one is filled up with zeros, the part of a longer
// one that this library does not know must be zero.
template <class T>
Status ReadSized(const void* in, const char* name, T* out) {
  uint32_t size = 0;
  std::memcpy(&size, in, sizeof size);
  if (size < kFirstSize<T>) {
    return Invalid(fmt::format("{}.struct_size is {}; it must be at least {}: start from its INIT",
                               name, size, kFirstSize<T>));
  }
  const char* bytes = static_cast<const char*>(in);
  for (size_t i = sizeof(T); i < size; ++i) {
    if (bytes[i] != 0) {
      return Invalid(
          fmt::format("{} sets a field at byte {} that this library ({} bytes) does not know", name,
                      i, sizeof(T)));
    }
  }
  *out = T();
  std::memcpy(out, in, std::min<size_t>(size, sizeof(T)));
  return Status();
}

Status CheckText(cxj_str text, const char* name) {
  if (text.data == nullptr && text.size != 0) {
    return Invalid(fmt::format("{}.data is NULL but its size is {}", name, text.size));
  }
  return Status();
}

Status ReadText(cxj_str text, const char* name, std::string* out) {
  CXJ_RETURN_IF_ERROR(CheckText(text, name));
  if (text.size != 0) out->assign(text.data, text.size);
  return Status();
}

Status CheckList(const void* items, size_t count, const char* name) {
  if (items != nullptr || count == 0) return Status();
  return Invalid(fmt::format("{} is NULL but its count is {}", name, count));
}

Status ReadTexts(const cxj_str* items, size_t count, const char* name,
                 std::vector<std::string>* out) {
  CXJ_RETURN_IF_ERROR(CheckList(items, count, name));
  out->resize(count);
  for (size_t i = 0; i < count; ++i) CXJ_RETURN_IF_ERROR(ReadText(items[i], name, &(*out)[i]));
  return Status();
}

Status CheckReserved(uint32_t reserved, const char* name) {
  return reserved == 0 ? Status() : Invalid(fmt::format("{}.reserved must be 0", name));
}

// Numbers that no enumeration of the library can hold become the largest one it can, which has no
// meaning either: the touchpoint is refused for it, not the batch.
template <class E>
E ReadEnum(uint32_t number) {
  return static_cast<E>(std::min<uint32_t>(number, 255));
}

template <class E>
Status ReadRuleEnum(uint32_t number, uint32_t most, const char* name, E* out) {
  if (number > most) return Invalid(fmt::format("{} is {}; it has no meaning", name, number));
  if (number != 0) *out = static_cast<E>(number);
  return Status();
}

Timestamp FromMicros(int64_t micros) { return Timestamp(Duration(micros)); }

// Present when it is not zero or when its bit is set.
template <class T, class V>
void ReadOptional(V value, uint64_t present, uint64_t bit, std::optional<T>* out) {
  if (value != 0 || (present & bit) != 0) *out = T(value);
}
void ReadOptionalTime(int64_t micros, uint64_t present, uint64_t bit,
                      std::optional<Timestamp>* out) {
  if (micros != 0 || (present & bit) != 0) *out = FromMicros(micros);
}
void ReadLimitTime(int64_t micros, uint64_t present, uint64_t bit, Timestamp* out) {
  if (micros != 0 || (present & bit) != 0) *out = FromMicros(micros);
}
void ReadDuration(int64_t micros, uint64_t present, uint64_t bit, Duration* out) {
  if (micros != 0 || (present & bit) != 0) *out = Duration(micros);
}

Status ReadAttribute(const cxj_attribute& in, Attribute* out) {
  CXJ_RETURN_IF_ERROR(CheckReserved(in.reserved, "attributes"));
  CXJ_RETURN_IF_ERROR(ReadText(in.key, "attributes.key", &out->key));
  out->personal = in.personal != 0;
  out->fact = in.fact != 0;
  std::string text;
  switch (in.type) {
    case CXJ_ATTRIBUTE_TYPE_STRING:
      CXJ_RETURN_IF_ERROR(ReadText(in.text, "attributes.text", &text));
      out->value = std::move(text);
      return Status();
    case CXJ_ATTRIBUTE_TYPE_INTEGER:
      out->value = in.integer;
      return Status();
    case CXJ_ATTRIBUTE_TYPE_NUMBER:
      out->value = in.number;
      return Status();
    case CXJ_ATTRIBUTE_TYPE_BOOLEAN:
      out->value = in.integer != 0;
      return Status();
    case CXJ_ATTRIBUTE_TYPE_BYTES:
      CXJ_RETURN_IF_ERROR(ReadText(in.text, "attributes.text", &text));
      out->value = Bytes{std::move(text)};
      return Status();
    default:
      return Invalid(fmt::format("attributes.type is {}; it has no meaning", in.type));
  }
}

Status ReadTouchpointLists(const cxj_touchpoint& in, Touchpoint* out) {
  CXJ_RETURN_IF_ERROR(CheckList(in.identifiers, in.identifier_count, "identifiers"));
  CXJ_ASSIGN_OR_RETURN(out->identifiers, ReadIdentifiers(in.identifiers, in.identifier_count));
  CXJ_RETURN_IF_ERROR(ReadTexts(in.topics, in.topic_count, "topics", &out->topics));
  CXJ_RETURN_IF_ERROR(CheckList(in.scores, in.score_count, "scores"));
  for (size_t i = 0; i < in.score_count; ++i) {
    const cxj_score& score = in.scores[i];
    Score& to = out->scores.emplace_back();
    CXJ_RETURN_IF_ERROR(CheckReserved(score.reserved, "scores"));
    to.kind = ReadEnum<ScoreKind>(score.kind);
    to.value = score.value;
    to.max = score.max;
    CXJ_RETURN_IF_ERROR(ReadText(score.about_id, "scores.about_id", &to.about_id));
  }
  CXJ_RETURN_IF_ERROR(CheckList(in.refs, in.ref_count, "refs"));
  for (size_t i = 0; i < in.ref_count; ++i) {
    Ref& to = out->refs.emplace_back();
    CXJ_RETURN_IF_ERROR(CheckReserved(in.refs[i].reserved, "refs"));
    to.type = ReadEnum<RefType>(in.refs[i].type);
    CXJ_RETURN_IF_ERROR(ReadText(in.refs[i].id, "refs.id", &to.id));
  }
  CXJ_RETURN_IF_ERROR(CheckList(in.attributes, in.attribute_count, "attributes"));
  out->attributes.resize(in.attribute_count);
  for (size_t i = 0; i < in.attribute_count; ++i) {
    CXJ_RETURN_IF_ERROR(ReadAttribute(in.attributes[i], &out->attributes[i]));
  }
  if (in.value == nullptr) return Status();
  out->value = Value{in.value->amount_minor, "", ReadEnum<ValueKind>(in.value->kind)};
  CXJ_RETURN_IF_ERROR(CheckReserved(in.value->reserved, "value"));
  return ReadText(in.value->currency, "value.currency", &out->value->currency);
}

Status ReadTouchpointTexts(const cxj_touchpoint& in, Touchpoint* out) {
  const struct {
    cxj_str text;
    const char* name;
    std::string* out;
  } fields[] = {
      {in.source, "source", &out->source},
      {in.id, "id", &out->id},
      {in.custom_channel, "custom_channel", &out->custom_channel},
      {in.channel_detail, "channel_detail", &out->channel_detail},
      {in.conversation_id, "conversation_id", &out->conversation_id},
      {in.parent_id, "parent_id", &out->parent_id},
      {in.agent, "agent", &out->agent},
      {in.queue, "queue", &out->queue},
      {in.team, "team", &out->team},
      {in.emotion, "emotion", &out->emotion},
      {in.text_digest, "text_digest", &out->text_digest},
  };
  for (const auto& field : fields) {
    CXJ_RETURN_IF_ERROR(ReadText(field.text, field.name, field.out));
  }
  if (in.text.size != 0 || (in.present & CXJ_TOUCHPOINT_HAS_TEXT) != 0) {
    CXJ_RETURN_IF_ERROR(ReadText(in.text, "text", &out->text.emplace()));
  }
  return Status();
}

void ReadTouchpointNumbers(const cxj_touchpoint& in, Touchpoint* out) {
  uint64_t has = in.present;
  out->revision = in.revision;
  out->voided = in.voided != 0;
  out->automated = in.automated != 0;
  out->canned = in.canned != 0;
  out->reach = in.reach;
  ReadOptionalTime(in.event_time_us, has, CXJ_TOUCHPOINT_HAS_EVENT_TIME_US, &out->event_time);
  ReadOptionalTime(in.end_time_us, has, CXJ_TOUCHPOINT_HAS_END_TIME_US, &out->end_time);
  ReadOptionalTime(in.sent_time_us, has, CXJ_TOUCHPOINT_HAS_SENT_TIME_US, &out->sent_time);
  ReadOptionalTime(in.follow_up_due_us, has, CXJ_TOUCHPOINT_HAS_FOLLOW_UP_DUE_US,
                   &out->follow_up_due);
  ReadOptional(in.duration_ms, has, CXJ_TOUCHPOINT_HAS_DURATION_MS, &out->duration_ms);
  ReadOptional(in.utc_offset_min, has, CXJ_TOUCHPOINT_HAS_UTC_OFFSET_MIN, &out->utc_offset_min);
  ReadOptional(in.queue_ms, has, CXJ_TOUCHPOINT_HAS_QUEUE_MS, &out->timings.queue_ms);
  ReadOptional(in.talk_ms, has, CXJ_TOUCHPOINT_HAS_TALK_MS, &out->timings.talk_ms);
  ReadOptional(in.hold_ms, has, CXJ_TOUCHPOINT_HAS_HOLD_MS, &out->timings.hold_ms);
  ReadOptional(in.wrap_ms, has, CXJ_TOUCHPOINT_HAS_WRAP_MS, &out->timings.wrap_ms);
  ReadOptional(in.first_response_ms, has, CXJ_TOUCHPOINT_HAS_FIRST_RESPONSE_MS,
               &out->timings.first_response_ms);
  // Not through ReadOptional: a float is compared for being given, not for its value.
  if (in.sentiment < 0 || in.sentiment > 0 || (has & CXJ_TOUCHPOINT_HAS_SENTIMENT) != 0) {
    out->sentiment = in.sentiment;
  }
}

void ReadTouchpointEnums(const cxj_touchpoint& in, Touchpoint* out) {
  out->channel = ReadEnum<Channel>(in.channel);
  out->visibility = ReadEnum<Visibility>(in.visibility);
  out->direction = ReadEnum<Direction>(in.direction);
  out->initiation = ReadEnum<Initiation>(in.initiation);
  out->purpose = ReadEnum<Purpose>(in.purpose);
  out->outcome = ReadEnum<Outcome>(in.outcome);
  out->handled_by = ReadEnum<HandledBy>(in.handled_by);
  out->relation = ReadEnum<Relation>(in.relation);
  out->consent = ReadEnum<Consent>(in.consent);
  out->retention_class = ReadEnum<RetentionClass>(in.retention_class);
}

Status ReadTouchpoint(const void* in, Touchpoint* out) {
  cxj_touchpoint sized{};
  CXJ_RETURN_IF_ERROR(ReadSized(in, "cxj_touchpoint", &sized));
  CXJ_RETURN_IF_ERROR(ReadTouchpointTexts(sized, out));
  CXJ_RETURN_IF_ERROR(ReadTouchpointLists(sized, out));
  ReadTouchpointNumbers(sized, out);
  ReadTouchpointEnums(sized, out);
  return Status();
}

Status ReadNamespaceRule(const cxj_namespace_rule* in, NamespaceRule* out) {
  CXJ_RETURN_IF_ERROR(NotNull(in, "namespaces"));
  cxj_namespace_rule rule{};
  CXJ_RETURN_IF_ERROR(ReadSized(in, "cxj_namespace_rule", &rule));
  CXJ_RETURN_IF_ERROR(ReadText(rule.name, "namespaces.name", &out->name));
  CXJ_RETURN_IF_ERROR(ReadRuleEnum(rule.tier, CXJ_TIER_NONE, "namespaces.tier", &out->tier));
  CXJ_RETURN_IF_ERROR(ReadRuleEnum(rule.normalizer, CXJ_NORMALIZER_TRIM_UPPER,
                                   "namespaces.normalizer", &out->normalizer));
  out->priority = rule.priority;
  out->per_customer_max = rule.per_customer_max;
  out->ttl = Duration(rule.ttl_us);
  out->quarantine_above = rule.quarantine_above;
  out->refuse_repeated = rule.refuse_repeated != 0;
  return CheckReserved(rule.reserved, "namespaces");
}

void ReadCalendar(const cxj_policy& in, Policy* out) {
  if (in.calendar == 0 && in.calendar_days == 0) return;
  out->calendar.emplace();
  out->calendar->days = in.calendar_days;
  out->calendar->utc_offset_min = in.calendar_utc_offset_min;
  out->calendar->zone = std::string(Text(in.calendar_zone));
}

template <class E>
Status ReadEnums(const uint32_t* items, size_t count, const char* name, std::vector<E>* out) {
  CXJ_RETURN_IF_ERROR(CheckList(items, count, name));
  for (size_t i = 0; i < count; ++i) out->push_back(ReadEnum<E>(items[i]));
  return Status();
}

Status ReadPolicyEnums(const cxj_policy& in, Policy* out) {
  CXJ_RETURN_IF_ERROR(
      ReadRuleEnum(in.anchor, CXJ_ANCHOR_POINT_START, "cxj_policy.anchor", &out->anchor));
  CXJ_RETURN_IF_ERROR(
      ReadRuleEnum(in.topic, CXJ_TOPIC_MATCH_PREFIX, "cxj_policy.topic", &out->topic));
  CXJ_RETURN_IF_ERROR(ReadRuleEnum(in.channels, CXJ_CHANNEL_MATCH_SAME_GROUP, "cxj_policy.channels",
                                   &out->channels));
  CXJ_RETURN_IF_ERROR(
      ReadRuleEnum(in.chain, CXJ_CHAIN_FROM_FIRST, "cxj_policy.chain", &out->chain));
  return ReadEnums(in.only_channels, in.only_channel_count, "only_channels", &out->only_channels);
}

Status ReadFunnelStep(const cxj_funnel_step* in, FunnelStep* out) {
  CXJ_RETURN_IF_ERROR(NotNull(in, "steps"));
  cxj_funnel_step step{};
  CXJ_RETURN_IF_ERROR(ReadSized(in, "cxj_funnel_step", &step));
  CXJ_RETURN_IF_ERROR(
      ReadEnums(step.channels, step.channel_count, "steps.channels", &out->channels));
  CXJ_RETURN_IF_ERROR(
      ReadEnums(step.purposes, step.purpose_count, "steps.purposes", &out->purposes));
  if (step.direction != 0 || (step.present & CXJ_FUNNEL_STEP_HAS_DIRECTION) != 0) {
    out->direction = ReadEnum<Direction>(step.direction);
  }
  return Status();
}

}  // namespace

Result<std::string_view> ReadView(cxj_str text, const char* name) {
  CXJ_RETURN_IF_ERROR(CheckText(text, name));
  return Text(text);
}

Result<Identifier> ReadIdentifier(const cxj_identifier* in, const char* name) {
  CXJ_RETURN_IF_ERROR(NotNull(in, name));
  CXJ_RETURN_IF_ERROR(CheckReserved(in->reserved, name));
  Identifier out;
  CXJ_RETURN_IF_ERROR(ReadText(in->name_space, "identifier.name_space", &out.name_space));
  CXJ_RETURN_IF_ERROR(ReadText(in->value, "identifier.value", &out.value));
  out.role = ReadEnum<Role>(in->role);
  return out;
}

Result<std::vector<Identifier>> ReadIdentifiers(const cxj_identifier* in, size_t count) {
  CXJ_RETURN_IF_ERROR(CheckList(in, count, "identifiers"));
  std::vector<Identifier> out;
  out.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    CXJ_ASSIGN_OR_RETURN(Identifier identifier, ReadIdentifier(in + i, "identifiers"));
    out.push_back(std::move(identifier));
  }
  return out;
}

Result<TouchpointKey> ReadKey(const cxj_key* in, const char* name) {
  CXJ_RETURN_IF_ERROR(NotNull(in, name));
  TouchpointKey key;
  CXJ_RETURN_IF_ERROR(ReadText(in->source, "key.source", &key.source));
  CXJ_RETURN_IF_ERROR(ReadText(in->id, "key.id", &key.id));
  return key;
}

Result<std::vector<Touchpoint>> ReadTouchpoints(const cxj_touchpoint* touchpoints, size_t count) {
  CXJ_RETURN_IF_ERROR(CheckList(touchpoints, count, "touchpoints"));
  if (count > 10'000) {
    return Invalid(fmt::format("{} touchpoints in one call; the limit is 10,000", count));
  }
  std::vector<Touchpoint> out(count);
  if (count == 0) return out;
  const uint32_t stride = touchpoints->struct_size;
  const char* at = reinterpret_cast<const char*>(touchpoints);
  for (size_t i = 0; i < count; ++i, at += stride) {
    uint32_t size = 0;
    std::memcpy(&size, at, sizeof size);
    if (size != stride) {
      return Invalid(fmt::format("touchpoints[{}].struct_size is {}, that of the first is {}", i,
                                 size, stride));
    }
    Status read = ReadTouchpoint(at, &out[i]);
    if (!read.ok()) return Invalid(fmt::format("touchpoints[{}]: {}", i, read.message()));
  }
  return out;
}

Result<RecordOptions> ReadRecordOptions(const cxj_record_options* in) {
  RecordOptions out;
  if (in == nullptr) return out;
  cxj_record_options options{};
  CXJ_RETURN_IF_ERROR(ReadSized(in, "cxj_record_options", &options));
  CXJ_RETURN_IF_ERROR(ReadRuleEnum(options.durability, CXJ_DURABILITY_BUFFERED,
                                   "cxj_record_options.durability", &out.durability));
  out.all_or_nothing = options.all_or_nothing != 0;
  return out;
}

Result<Assertion> ReadAssertion(const cxj_assertion* in) {
  Assertion out;
  if (in == nullptr) return out;
  cxj_assertion assertion{};
  CXJ_RETURN_IF_ERROR(ReadSized(in, "cxj_assertion", &assertion));
  CXJ_RETURN_IF_ERROR(ReadText(assertion.actor, "assertion.actor", &out.actor));
  CXJ_RETURN_IF_ERROR(ReadText(assertion.reason, "assertion.reason", &out.reason));
  return out;
}

Result<IdentityRules> ReadRules(const cxj_identity_rules* in) {
  CXJ_RETURN_IF_ERROR(NotNull(in, "rules"));
  cxj_identity_rules rules{};
  CXJ_RETURN_IF_ERROR(ReadSized(in, "cxj_identity_rules", &rules));
  IdentityRules out;
  if (rules.identifiers_per_customer_max != 0) {
    out.identifiers_per_customer_max = rules.identifiers_per_customer_max;
  }
  CXJ_RETURN_IF_ERROR(CheckList(rules.namespaces, rules.namespace_count, "namespaces"));
  out.namespaces.resize(rules.namespace_count);
  for (size_t i = 0; i < rules.namespace_count; ++i) {
    CXJ_RETURN_IF_ERROR(ReadNamespaceRule(rules.namespaces[i], &out.namespaces[i]));
  }
  CXJ_RETURN_IF_ERROR(ReadText(rules.default_region, "default_region", &out.default_region));
  CXJ_RETURN_IF_ERROR(ReadTexts(rules.blocked_values, rules.blocked_value_count, "blocked_values",
                                &out.blocked_values));
  CXJ_RETURN_IF_ERROR(ReadTexts(rules.role_mailboxes, rules.role_mailbox_count, "role_mailboxes",
                                &out.role_mailboxes));
  CXJ_RETURN_IF_ERROR(
      ReadTexts(rules.own_phones, rules.own_phone_count, "own_phones", &out.own_phones));
  return out;
}

Result<Policy> ReadPolicy(const cxj_policy* in) {
  CXJ_RETURN_IF_ERROR(NotNull(in, "policy"));
  cxj_policy policy{};
  CXJ_RETURN_IF_ERROR(ReadSized(in, "cxj_policy", &policy));
  Policy out;
  CXJ_RETURN_IF_ERROR(CheckText(policy.calendar_zone, "cxj_policy.calendar_zone"));
  CXJ_RETURN_IF_ERROR(ReadText(policy.name, "cxj_policy.name", &out.name));
  CXJ_RETURN_IF_ERROR(ReadPolicyEnums(policy, &out));
  CXJ_RETURN_IF_ERROR(ReadTexts(policy.exclude_base_topics, policy.exclude_base_topic_count,
                                "exclude_base_topics", &out.exclude_base_topics));
  ReadCalendar(policy, &out);
  ReadDuration(policy.window_us, policy.present, CXJ_POLICY_HAS_WINDOW_US, &out.window);
  ReadDuration(policy.fold_gap_us, policy.present, CXJ_POLICY_HAS_FOLD_GAP_US, &out.fold_gap);
  ReadDuration(policy.short_abandon_us, policy.present, CXJ_POLICY_HAS_SHORT_ABANDON_US,
               &out.short_abandon);
  out.forwarded_within = Duration(policy.forwarded_within_us);
  out.topic_prefix = policy.topic_prefix;
  out.unknown_topic_matches = policy.unknown_topic_differs == 0;
  return out;
}

Result<HistoryQuery> ReadHistoryQuery(const cxj_history_query* in) {
  HistoryQuery out;
  if (in == nullptr) return out;
  cxj_history_query query{};
  CXJ_RETURN_IF_ERROR(ReadSized(in, "cxj_history_query", &query));
  if (query.limit != 0) out.limit = query.limit;
  ReadLimitTime(query.from_us, query.present, CXJ_HISTORY_QUERY_HAS_FROM_US, &out.from);
  ReadLimitTime(query.until_us, query.present, CXJ_HISTORY_QUERY_HAS_UNTIL_US, &out.until);
  ReadLimitTime(query.as_of_us, query.present, CXJ_HISTORY_QUERY_HAS_AS_OF_US, &out.as_of);
  if (query.before != nullptr) {
    CXJ_ASSIGN_OR_RETURN(TouchpointKey key, ReadKey(&query.before->key, "before"));
    out.before = JourneyPosition{FromMicros(query.before->time_us), std::move(key)};
  }
  return out;
}

Result<ScanQuery> ReadScanQuery(const cxj_history_query* in) {
  CXJ_ASSIGN_OR_RETURN(HistoryQuery query, ReadHistoryQuery(in));
  if (query.before || query.as_of != Timestamp::max()) {
    return Invalid("cxj_history_query.before and as_of_us have no meaning in a scan");
  }
  ScanQuery out;
  out.from = query.from;
  out.until = query.until;
  out.limit = query.limit;
  return out;
}

Result<RepeatQuery> ReadRepeatQuery(const cxj_repeat_query* in) {
  RepeatQuery out;
  if (in == nullptr) return out;
  cxj_repeat_query query{};
  CXJ_RETURN_IF_ERROR(ReadSized(in, "cxj_repeat_query", &query));
  CXJ_RETURN_IF_ERROR(ReadText(query.registered, "cxj_repeat_query.registered", &out.registered));
  if (query.policy != nullptr) {
    CXJ_ASSIGN_OR_RETURN(out.policy, ReadPolicy(query.policy));
  }
  CXJ_RETURN_IF_ERROR(
      ReadRuleEnum(query.group_by, CXJ_GROUP_BY_QUEUE, "cxj_repeat_query.group_by", &out.group_by));
  ReadLimitTime(query.from_us, query.present, CXJ_REPEAT_QUERY_HAS_FROM_US, &out.from);
  ReadLimitTime(query.until_us, query.present, CXJ_REPEAT_QUERY_HAS_UNTIL_US, &out.until);
  ReadOptionalTime(query.watermark_us, query.present, CXJ_REPEAT_QUERY_HAS_WATERMARK_US,
                   &out.watermark);
  out.list_contacts = query.list_contacts != 0;
  out.list_episodes = query.list_episodes != 0;
  CXJ_RETURN_IF_ERROR(ReadTexts(query.net_of_topics, query.net_of_topic_count, "net_of_topics",
                                &out.net_of_topics));
  return out;
}

Result<RepeatCheck> ReadRepeatCheck(const cxj_repeat_check* in) {
  RepeatCheck out;
  if (in == nullptr) return out;
  cxj_repeat_check check{};
  CXJ_RETURN_IF_ERROR(ReadSized(in, "cxj_repeat_check", &check));
  CXJ_RETURN_IF_ERROR(ReadText(check.registered, "cxj_repeat_check.registered", &out.registered));
  CXJ_RETURN_IF_ERROR(
      ReadText(check.custom_channel, "cxj_repeat_check.custom_channel", &out.custom_channel));
  CXJ_RETURN_IF_ERROR(ReadTexts(check.topics, check.topic_count, "topics", &out.topics));
  out.channel = ReadEnum<Channel>(check.channel);
  ReadOptionalTime(check.start_us, check.present, CXJ_REPEAT_CHECK_HAS_START_US, &out.start);
  return out;
}

Result<TransitionQuery> ReadTransitionQuery(const cxj_transition_query* in) {
  TransitionQuery out;
  if (in == nullptr) return out;
  cxj_transition_query query{};
  CXJ_RETURN_IF_ERROR(ReadSized(in, "cxj_transition_query", &query));
  CXJ_RETURN_IF_ERROR(CheckReserved(query.reserved, "cxj_transition_query"));
  ReadLimitTime(query.from_us, query.present, CXJ_TRANSITION_QUERY_HAS_FROM_US, &out.from);
  ReadLimitTime(query.until_us, query.present, CXJ_TRANSITION_QUERY_HAS_UNTIL_US, &out.until);
  return out;
}

Result<FunnelQuery> ReadFunnelQuery(const cxj_funnel_query* in) {
  CXJ_RETURN_IF_ERROR(NotNull(in, "query"));
  cxj_funnel_query query{};
  CXJ_RETURN_IF_ERROR(ReadSized(in, "cxj_funnel_query", &query));
  CXJ_RETURN_IF_ERROR(CheckReserved(query.reserved, "cxj_funnel_query"));
  FunnelQuery out;
  CXJ_RETURN_IF_ERROR(CheckList(query.steps, query.step_count, "cxj_funnel_query.steps"));
  for (size_t i = 0; i < query.step_count; ++i) {
    CXJ_RETURN_IF_ERROR(ReadFunnelStep(query.steps[i], &out.steps.emplace_back()));
  }
  ReadDuration(query.window_us, query.present, CXJ_FUNNEL_QUERY_HAS_WINDOW_US, &out.window);
  ReadLimitTime(query.from_us, query.present, CXJ_FUNNEL_QUERY_HAS_FROM_US, &out.from);
  ReadLimitTime(query.until_us, query.present, CXJ_FUNNEL_QUERY_HAS_UNTIL_US, &out.until);
  return out;
}

Result<std::array<uint8_t, 32>> OpenArguments::Keys::StoreKey(
    const std::array<uint8_t, 16>& store_id) {
  std::array<uint8_t, 32> out{};
  if (function == nullptr) {
    std::memcpy(out.data(), key.data(), out.size());
    return out;
  }
  cxj_code code = function(store_id.data(), out.data(), user);
  if (code == CXJ_OK) return out;
  return Status(static_cast<Code>(code), "cxj_options.store_key_fn gave no key");
}

Status OpenArguments::ReadKeySource(const cxj_options& in) {
  CXJ_RETURN_IF_ERROR(ReadText(in.key_file, "cxj_options.key_file", &options_.key_file));
  CXJ_RETURN_IF_ERROR(ReadText(in.store_key, "cxj_options.store_key", &keys_.key));
  keys_.function = in.store_key_fn;
  keys_.user = in.store_key_user;
  int sources = !keys_.key.empty() + (keys_.function != nullptr) + !options_.key_file.empty();
  if (sources > 1) return Invalid("cxj_options names more than one source of the store's key");
  if (!keys_.key.empty() && keys_.key.size() != 32) {
    return Invalid(
        fmt::format("cxj_options.store_key has {} bytes; it must have 32", keys_.key.size()));
  }
  if (!keys_.key.empty() || keys_.function != nullptr) options_.key_provider = &keys_;
  return Status();
}

Status OpenArguments::ReadRulesAndPolicies(const cxj_options& in) {
  if (in.identity_rules != nullptr) {
    CXJ_ASSIGN_OR_RETURN(options_.identity_rules, ReadRules(in.identity_rules));
  }
  CXJ_RETURN_IF_ERROR(CheckList(in.policies, in.policy_count, "cxj_options.policies"));
  if (in.policy_count == 0) return Status();
  options_.policies.emplace();
  for (size_t i = 0; i < in.policy_count; ++i) {
    CXJ_ASSIGN_OR_RETURN(Policy policy, ReadPolicy(in.policies[i]));
    options_.policies->push_back(std::move(policy));
  }
  return Status();
}

Status OpenArguments::Read(const cxj_options* in) {
  if (in == nullptr) return Status();
  cxj_options options{};
  CXJ_RETURN_IF_ERROR(ReadSized(in, "cxj_options", &options));
  CXJ_RETURN_IF_ERROR(CheckReserved(options.reserved, "cxj_options"));
  options_.tenant = options.tenant;
  CXJ_RETURN_IF_ERROR(ReadRuleEnum(options.durability, CXJ_DURABILITY_BUFFERED,
                                   "cxj_options.durability", &options_.durability));
  const auto given = [&options](uint32_t value, uint64_t bit) {
    return value != 0 || (options.present & bit) != 0;
  };
  if (given(options.buffered_ms, CXJ_OPTIONS_HAS_BUFFERED_MS)) {
    options_.buffered_ms = options.buffered_ms;
  }
  if (given(options.lock_wait_ms, CXJ_OPTIONS_HAS_LOCK_WAIT_MS)) {
    options_.lock_wait_ms = options.lock_wait_ms;
  }
  if (options.buffered_bytes != 0) options_.buffered_bytes = options.buffered_bytes;
  if (options.segment_bytes != 0) options_.segment_bytes = options.segment_bytes;
  if (options.seal_bytes != 0) options_.seal_bytes = options.seal_bytes;
  options_.memory_budget_bytes = options.memory_budget_bytes;
  options_.display_values = options.no_display_values == 0;
  options_.read_only = options.read_only != 0;
  ReadDuration(options.open_episode_max_age_us, options.present,
               CXJ_OPTIONS_HAS_OPEN_EPISODE_MAX_AGE_US, &options_.open_episode_max_age);
  options_.create_if_missing = options.must_exist == 0;
  options_.in_memory = options.in_memory != 0;
  options_.keep_text = options.keep_text != 0;
  // The C++ API reads the time through a pointer to non-const; the clock itself is atomic.
  options_.clock = const_cast<cxj_clock*>(options.clock);
  CXJ_RETURN_IF_ERROR(ReadKeySource(options));
  return ReadRulesAndPolicies(options);
}

}  // namespace cxjourney::capi
