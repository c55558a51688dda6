#include "model/check.h"

#include <fmt/format.h>

#include <cmath>
#include <string_view>
#include <type_traits>

#include "base/status_macros.h"
#include "model/limits.h"
#include "model/text.h"

namespace cxjourney::model {
namespace {

class FieldChecker {
 public:
  FieldChecker(const Touchpoint& touchpoint, Remark* refusal)
      : touchpoint_(touchpoint), refusal_(refusal) {}

  Status Check(bool keep_text) {
    CXJ_RETURN_IF_ERROR(CheckEnums());
    CXJ_RETURN_IF_ERROR(CheckStrings());
    CXJ_RETURN_IF_ERROR(CheckChannelName());
    CXJ_RETURN_IF_ERROR(CheckTopics());
    CXJ_RETURN_IF_ERROR(CheckNumbers());
    CXJ_RETURN_IF_ERROR(CheckScores());
    CXJ_RETURN_IF_ERROR(CheckRefs());
    CXJ_RETURN_IF_ERROR(CheckValue());
    CXJ_RETURN_IF_ERROR(CheckAttributes());
    if (keep_text && touchpoint_.text) {
      CXJ_RETURN_IF_ERROR(CheckString("text", *touchpoint_.text, kTextBytesMax));
    }
    return Status();
  }

 private:
  template <class E>
  Status CheckEnum(const char* field, E value, E last) {
    if (value <= last) return Status();
    return Refuse(Reason::kBadEnum, field,
                  fmt::format("{} is {}; the largest known value is {}", field,
                              static_cast<unsigned>(value), static_cast<unsigned>(last)),
                  refusal_);
  }

  Status CheckEnums() {
    const Touchpoint& t = touchpoint_;
    CXJ_RETURN_IF_ERROR(CheckEnum("channel", t.channel, Channel::kCustom));
    CXJ_RETURN_IF_ERROR(CheckEnum("visibility", t.visibility, Visibility::kPublic));
    CXJ_RETURN_IF_ERROR(CheckEnum("direction", t.direction, Direction::kInternal));
    CXJ_RETURN_IF_ERROR(CheckEnum("initiation", t.initiation, Initiation::kReply));
    CXJ_RETURN_IF_ERROR(CheckEnum("purpose", t.purpose, Purpose::kOther));
    CXJ_RETURN_IF_ERROR(CheckEnum("outcome", t.outcome, Outcome::kFailed));
    CXJ_RETURN_IF_ERROR(CheckEnum("handled_by", t.handled_by, HandledBy::kNone));
    CXJ_RETURN_IF_ERROR(CheckEnum("relation", t.relation, Relation::kReply));
    CXJ_RETURN_IF_ERROR(CheckEnum("consent", t.consent, Consent::kWithdrawn));
    CXJ_RETURN_IF_ERROR(CheckEnum("retention_class", t.retention_class, RetentionClass::kLong));
    for (const Identifier& identifier : t.identifiers) {
      CXJ_RETURN_IF_ERROR(CheckEnum("identifiers.role", identifier.role, Role::kOther));
    }
    return Status();
  }

  Status CheckSize(const char* field, size_t size, size_t max) {
    if (size <= max) return Status();
    return Refuse(Reason::kFieldTooLong, field,
                  fmt::format("{} has {} bytes; the limit is {}", field, size, max), refusal_);
  }

  Status CheckString(const char* field, std::string_view text, size_t max) {
    if (text.empty()) return Status();
    CXJ_RETURN_IF_ERROR(CheckSize(field, text.size(), max));
    if (IsUtf8(text)) return Status();
    return Refuse(Reason::kBadUtf8, field, fmt::format("{} is not UTF-8", field), refusal_);
  }

  Status CheckCount(const char* field, size_t count, size_t max) {
    if (count <= max) return Status();
    return Refuse(Reason::kTooManyItems, field,
                  fmt::format("touchpoint has {} {}; the limit is {}", count, field, max),
                  refusal_);
  }

  Status CheckStrings() {
    const Touchpoint& t = touchpoint_;
    CXJ_RETURN_IF_ERROR(CheckString("source", t.source, kSourceBytesMax));
    CXJ_RETURN_IF_ERROR(CheckString("id", t.id, kIdBytesMax));
    CXJ_RETURN_IF_ERROR(CheckString("channel_detail", t.channel_detail, kNameBytesMax));
    CXJ_RETURN_IF_ERROR(CheckString("conversation_id", t.conversation_id, kReferenceBytesMax));
    CXJ_RETURN_IF_ERROR(CheckString("parent_id", t.parent_id, kReferenceBytesMax));
    CXJ_RETURN_IF_ERROR(CheckString("agent", t.agent, kNameBytesMax));
    CXJ_RETURN_IF_ERROR(CheckString("queue", t.queue, kNameBytesMax));
    CXJ_RETURN_IF_ERROR(CheckString("team", t.team, kNameBytesMax));
    CXJ_RETURN_IF_ERROR(CheckString("emotion", t.emotion, kNameBytesMax));
    return CheckSize("text_digest", t.text_digest.size(), kTextDigestBytesMax);
  }

  Status CheckChannelName() {
    CXJ_RETURN_IF_ERROR(CheckString("custom_channel", touchpoint_.custom_channel, kNameBytesMax));
    const bool custom = touchpoint_.channel == Channel::kCustom;
    if (custom != touchpoint_.custom_channel.empty()) return Status();
    return Refuse(Reason::kCustomChannelName, "custom_channel",
                  custom ? "channel is custom, but custom_channel has no name"
                         : "custom_channel has a name, but channel is not custom",
                  refusal_);
  }

  Status CheckTopics() {
    CXJ_RETURN_IF_ERROR(CheckCount("topics", touchpoint_.topics.size(), kTopicsMax));
    for (const std::string& topic : touchpoint_.topics) {
      CXJ_RETURN_IF_ERROR(CheckString("topics", topic, kTopicBytesMax));
    }
    return Status();
  }

  Status BadNumber(const char* field, const char* what) {
    return Refuse(Reason::kBadNumber, field, fmt::format("{} {}", field, what), refusal_);
  }

  Status CheckNumbers() {
    const Touchpoint& t = touchpoint_;
    if (t.utc_offset_min &&
        (*t.utc_offset_min < -kUtcOffsetMinMax || *t.utc_offset_min > kUtcOffsetMinMax)) {
      return BadNumber("utc_offset_min", "is more than 18 hours");
    }
    // Written so that NaN fails.
    if (t.sentiment && !(*t.sentiment >= -1 && *t.sentiment <= 1)) {
      return BadNumber("sentiment", "is not from -1 to 1");
    }
    return Status();
  }

  Status CheckScores() {
    CXJ_RETURN_IF_ERROR(CheckCount("scores", touchpoint_.scores.size(), kScoresMax));
    for (const Score& score : touchpoint_.scores) {
      CXJ_RETURN_IF_ERROR(CheckEnum("scores.kind", score.kind, ScoreKind::kCustom));
      if (!std::isfinite(score.value)) return BadNumber("scores.value", "is not finite");
      if (!std::isfinite(score.max)) return BadNumber("scores.max", "is not finite");
      if (score.kind == ScoreKind::kFcr && score.value != 0 && score.value != 1) {
        return BadNumber("scores.value", "of kind fcr is neither 0 nor 1");
      }
      CXJ_RETURN_IF_ERROR(CheckString("scores.about_id", score.about_id, kReferenceBytesMax));
    }
    return Status();
  }

  Status CheckRefs() {
    CXJ_RETURN_IF_ERROR(CheckCount("refs", touchpoint_.refs.size(), kRefsMax));
    for (const Ref& ref : touchpoint_.refs) {
      CXJ_RETURN_IF_ERROR(CheckEnum("refs.type", ref.type, RefType::kCampaign));
      CXJ_RETURN_IF_ERROR(CheckString("refs.id", ref.id, kReferenceBytesMax));
    }
    return Status();
  }

  Status CheckValue() {
    if (!touchpoint_.value) return Status();
    CXJ_RETURN_IF_ERROR(CheckEnum("value.kind", touchpoint_.value->kind, ValueKind::kCredit));
    const std::string& currency = touchpoint_.value->currency;
    auto capital = [](char c) { return c >= 'A' && c <= 'Z'; };
    if (currency.size() == 3 && capital(currency[0]) && capital(currency[1]) &&
        capital(currency[2])) {
      return Status();
    }
    return Refuse(Reason::kBadCurrency, "value.currency",
                  "value.currency is not three capital letters (ISO 4217)", refusal_);
  }

  Status CheckAttributeValue(const Attribute& attribute, size_t* bytes) {
    if (const auto* text = std::get_if<std::string>(&attribute.value)) {
      *bytes += text->size();
      return CheckString("attributes.value", *text, kAttributeValueBytesMax);
    }
    if (const auto* blob = std::get_if<Bytes>(&attribute.value)) {
      *bytes += blob->data.size();
      return CheckSize("attributes.value", blob->data.size(), kAttributeValueBytesMax);
    }
    const auto* number = std::get_if<double>(&attribute.value);
    if (number != nullptr && !std::isfinite(*number)) {
      return BadNumber("attributes.value", "is not finite");
    }
    return Status();
  }

  Status CheckAttributes() {
    CXJ_RETURN_IF_ERROR(CheckCount("attributes", touchpoint_.attributes.size(), kAttributesMax));
    size_t bytes = 0;
    for (const Attribute& attribute : touchpoint_.attributes) {
      CXJ_RETURN_IF_ERROR(CheckString("attributes.key", attribute.key, kAttributeKeyBytesMax));
      bytes += attribute.key.size();
      CXJ_RETURN_IF_ERROR(CheckAttributeValue(attribute, &bytes));
    }
    return CheckSize("attributes", bytes, kAttributesBytesMax);
  }

  const Touchpoint& touchpoint_;
  Remark* refusal_;
};

}  // namespace

Status Refuse(Reason reason, std::string about, std::string message, Remark* refusal) {
  if (refusal != nullptr) *refusal = Remark{reason, std::move(about)};
  return Status(Code::kInvalidArgument, std::move(message));
}

Status CheckFields(const Touchpoint& touchpoint, bool keep_text, Remark* refusal) {
  return FieldChecker(touchpoint, refusal).Check(keep_text);
}

}  // namespace cxjourney::model
