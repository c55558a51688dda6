#include "interchange/convert.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace cxjourney::interchange {
namespace {

namespace x = wire;

int64_t Micros(Timestamp time) { return time.time_since_epoch().count(); }
Timestamp FromMicros(int64_t micros) { return Timestamp(Duration(micros)); }

template <class M, class E>
M ToEnum(E value) {
  return static_cast<M>(static_cast<int>(value));
}

// Collects the first field whose number no enum of the library can hold.
class EnumReader {
 public:
  template <class E>
  void Read(int number, const char* field, E& value) {
    if (number < 0 || number > 255) {
      if (bad_field_ == nullptr) bad_field_ = field;
      return;
    }
    value = static_cast<E>(number);
  }
  Status status() const {
    if (bad_field_ == nullptr) return Status();
    return Status(Code::kInvalidArgument, std::string(bad_field_) + ": number without a meaning");
  }

 private:
  const char* bad_field_ = nullptr;
};

x::Attribute ToAttribute(const Attribute& attribute) {
  x::Attribute out;
  if (const auto* text = std::get_if<std::string>(&attribute.value)) {
    out.set_string_value(*text);
  } else if (const auto* number = std::get_if<int64_t>(&attribute.value)) {
    out.set_int_value(*number);
  } else if (const auto* real = std::get_if<double>(&attribute.value)) {
    out.set_double_value(*real);
  } else if (const auto* flag = std::get_if<bool>(&attribute.value)) {
    out.set_bool_value(*flag);
  } else {
    out.set_bytes_value(std::get<Bytes>(attribute.value).data);
  }
  out.set_personal(attribute.personal);
  out.set_fact(attribute.fact);
  return out;
}

Attribute FromAttribute(const std::string& key, const x::Attribute& message) {
  Attribute out;
  out.key = key;
  switch (message.value_case()) {
    case x::Attribute::kIntValue:
      out.value = message.int_value();
      break;
    case x::Attribute::kDoubleValue:
      out.value = message.double_value();
      break;
    case x::Attribute::kBoolValue:
      out.value = message.bool_value();
      break;
    case x::Attribute::kBytesValue:
      out.value = Bytes{message.bytes_value()};
      break;
    default:
      out.value = message.string_value();
  }
  out.personal = message.personal();
  out.fact = message.fact();
  return out;
}

void TimesToMessage(const Touchpoint& in, x::Touchpoint& out) {
  if (in.event_time) out.set_event_time(Micros(*in.event_time));
  if (in.end_time) out.set_end_time(Micros(*in.end_time));
  if (in.duration_ms) out.set_duration_ms(*in.duration_ms);
  if (in.sent_time) out.set_sent_time(Micros(*in.sent_time));
  if (in.received_time != Timestamp()) out.set_received_time(Micros(in.received_time));
  if (in.utc_offset_min) out.set_utc_offset_min(*in.utc_offset_min);
  if (in.follow_up_due) out.set_follow_up_due(Micros(*in.follow_up_due));
}

void EnumsToMessage(const Touchpoint& in, x::Touchpoint& out) {
  out.set_channel(ToEnum<x::Channel>(in.channel));
  out.set_visibility(ToEnum<x::Visibility>(in.visibility));
  out.set_direction(ToEnum<x::Direction>(in.direction));
  out.set_initiation(ToEnum<x::Initiation>(in.initiation));
  out.set_purpose(ToEnum<x::Purpose>(in.purpose));
  out.set_outcome(ToEnum<x::Outcome>(in.outcome));
  out.set_handled_by(ToEnum<x::HandledBy>(in.handled_by));
  out.set_relation(ToEnum<x::Relation>(in.relation));
  out.set_consent(ToEnum<x::Consent>(in.consent));
  out.set_retention_class(ToEnum<x::RetentionClass>(in.retention_class));
}

void TimingsToMessage(const Timings& in, x::Touchpoint& out) {
  if (in.queue_ms) out.mutable_timings()->set_queue_ms(*in.queue_ms);
  if (in.talk_ms) out.mutable_timings()->set_talk_ms(*in.talk_ms);
  if (in.hold_ms) out.mutable_timings()->set_hold_ms(*in.hold_ms);
  if (in.wrap_ms) out.mutable_timings()->set_wrap_ms(*in.wrap_ms);
  if (in.first_response_ms) out.mutable_timings()->set_first_response_ms(*in.first_response_ms);
}

void ListsToMessage(const Touchpoint& in, x::Touchpoint& out) {
  for (const Identifier& identifier : in.identifiers) {
    x::Identifier& message = *out.add_identifiers();
    message.set_namespace_(identifier.name_space);
    message.set_value(identifier.value);
    message.set_role(ToEnum<x::Role>(identifier.role));
  }
  for (const std::string& topic : in.topics) out.add_topics(topic);
  for (const Score& score : in.scores) {
    x::Score& message = *out.add_scores();
    message.set_kind(ToEnum<x::ScoreKind>(score.kind));
    message.set_value(score.value);
    message.set_max(score.max);
    message.set_about_id(score.about_id);
  }
  for (const Ref& ref : in.refs) {
    x::Ref& message = *out.add_refs();
    message.set_type(ToEnum<x::RefType>(ref.type));
    message.set_id(ref.id);
  }
  for (const Attribute& attribute : in.attributes) {
    (*out.mutable_attributes())[attribute.key] = ToAttribute(attribute);
  }
}

void TimesFromMessage(const x::Touchpoint& in, Touchpoint& out) {
  if (in.has_event_time()) out.event_time = FromMicros(in.event_time());
  if (in.has_end_time()) out.end_time = FromMicros(in.end_time());
  if (in.has_duration_ms()) out.duration_ms = in.duration_ms();
  if (in.has_sent_time()) out.sent_time = FromMicros(in.sent_time());
  if (in.has_received_time()) out.received_time = FromMicros(in.received_time());
  if (in.has_utc_offset_min()) out.utc_offset_min = in.utc_offset_min();
  if (in.has_follow_up_due()) out.follow_up_due = FromMicros(in.follow_up_due());
}

void TimingsFromMessage(const x::Timings& in, Timings& out) {
  if (in.has_queue_ms()) out.queue_ms = in.queue_ms();
  if (in.has_talk_ms()) out.talk_ms = in.talk_ms();
  if (in.has_hold_ms()) out.hold_ms = in.hold_ms();
  if (in.has_wrap_ms()) out.wrap_ms = in.wrap_ms();
  if (in.has_first_response_ms()) out.first_response_ms = in.first_response_ms();
}

void EnumsFromMessage(const x::Touchpoint& in, EnumReader& enums, Touchpoint& out) {
  enums.Read(in.channel(), "channel", out.channel);
  enums.Read(in.visibility(), "visibility", out.visibility);
  enums.Read(in.direction(), "direction", out.direction);
  enums.Read(in.initiation(), "initiation", out.initiation);
  enums.Read(in.purpose(), "purpose", out.purpose);
  enums.Read(in.outcome(), "outcome", out.outcome);
  enums.Read(in.handled_by(), "handled_by", out.handled_by);
  enums.Read(in.relation(), "relation", out.relation);
  enums.Read(in.consent(), "consent", out.consent);
  enums.Read(in.retention_class(), "retention_class", out.retention_class);
}

void ListsFromMessage(const x::Touchpoint& in, EnumReader& enums, Touchpoint& out) {
  for (const x::Identifier& message : in.identifiers()) {
    Identifier& identifier = out.identifiers.emplace_back();
    identifier.name_space = message.namespace_();
    identifier.value = message.value();
    enums.Read(message.role(), "identifiers.role", identifier.role);
  }
  out.topics.assign(in.topics().begin(), in.topics().end());
  for (const x::Score& message : in.scores()) {
    Score& score = out.scores.emplace_back();
    enums.Read(message.kind(), "scores.kind", score.kind);
    score.value = message.value();
    score.max = message.max();
    score.about_id = message.about_id();
  }
  for (const x::Ref& message : in.refs()) {
    Ref& ref = out.refs.emplace_back();
    enums.Read(message.type(), "refs.type", ref.type);
    ref.id = message.id();
  }
  for (const auto& [key, message] : in.attributes()) {
    out.attributes.push_back(FromAttribute(key, message));
  }
  // The map has no order of its own, and equal input must give equal touchpoints.
  std::sort(out.attributes.begin(), out.attributes.end(),
            [](const Attribute& a, const Attribute& b) { return a.key < b.key; });
}

}  // namespace

x::Touchpoint ToMessage(const Touchpoint& in, uint32_t tenant) {
  x::Touchpoint out;
  out.set_source(in.source);
  out.set_id(in.id);
  out.set_tenant(tenant);
  out.set_revision(in.revision);
  out.set_void_(in.voided);
  TimesToMessage(in, out);
  EnumsToMessage(in, out);
  TimingsToMessage(in.timings, out);
  ListsToMessage(in, out);
  out.set_custom_channel(in.custom_channel);
  out.set_channel_detail(in.channel_detail);
  out.set_reach(in.reach);
  out.set_automated(in.automated);
  out.set_template_(in.canned);
  out.set_conversation_id(in.conversation_id);
  out.set_parent_id(in.parent_id);
  out.set_agent(in.agent);
  out.set_queue(in.queue);
  out.set_team(in.team);
  if (in.sentiment) out.set_sentiment(*in.sentiment);
  out.set_emotion(in.emotion);
  if (in.value) {
    out.mutable_value()->set_amount_minor(in.value->amount_minor);
    out.mutable_value()->set_currency(in.value->currency);
    out.mutable_value()->set_kind(ToEnum<x::ValueKind>(in.value->kind));
  }
  out.set_text_digest(in.text_digest);
  if (in.text) out.set_text(*in.text);
  return out;
}

Result<Touchpoint> FromMessage(const x::Touchpoint& in) {
  Touchpoint out;
  EnumReader enums;
  out.source = in.source();
  out.id = in.id();
  out.revision = in.revision();
  out.voided = in.void_();
  TimesFromMessage(in, out);
  EnumsFromMessage(in, enums, out);
  TimingsFromMessage(in.timings(), out.timings);
  ListsFromMessage(in, enums, out);
  out.custom_channel = in.custom_channel();
  out.channel_detail = in.channel_detail();
  out.reach = in.reach();
  out.automated = in.automated();
  out.canned = in.template_();
  out.conversation_id = in.conversation_id();
  out.parent_id = in.parent_id();
  out.agent = in.agent();
  out.queue = in.queue();
  out.team = in.team();
  if (in.has_sentiment()) out.sentiment = in.sentiment();
  out.emotion = in.emotion();
  if (in.has_value()) {
    Value& value = out.value.emplace();
    value.amount_minor = in.value().amount_minor();
    value.currency = in.value().currency();
    enums.Read(in.value().kind(), "value.kind", value.kind);
  }
  out.text_digest = in.text_digest();
  if (in.has_text()) out.text = in.text();
  if (Status status = enums.status(); !status.ok()) return status;
  return out;
}

}  // namespace cxjourney::interchange
