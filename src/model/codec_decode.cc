#include <cmath>
#include <optional>
#include <utility>

#include "base/bytes.h"
#include "base/status_macros.h"
#include "model/codec.h"
#include "model/codec_layout.h"
#include "model/limits.h"
#include "model/packed_text.h"

namespace cxjourney::model {
namespace {

using base::Reader;

Status Damaged(const char* what) {
  return Status(Code::kDataLoss, std::string("stored touchpoint is damaged: ") + what);
}

bool IsKnownReason(uint64_t reason) {
  return reason > 0 && reason <= static_cast<uint64_t>(Reason::kClockCorrected);
}

// Reads as far as the bytes go. A failure is remembered and asked for once, at the end; until
// then everything read is zero or empty.
class Decoder {
 public:
  Decoder(std::string_view open, std::string_view personal, Timestamp received,
          const StringTable& strings, Touchpoint* content, DecodedInto* into, DecodedParts* parts)
      : open_(open),
        personal_(personal),
        has_personal_(!personal.empty()),
        received_(received),
        strings_(strings),
        content_(*content),
        into_(*into),
        parts_(parts) {}

  Status Decode() {
    if (open_.Byte() != kCodecVersion) return Damaged("its codec version is unknown");
    present_ = open_.Varint();
    if (present_ >> kPresenceBits != 0) return Damaged("it has unknown fields");
    if (has_personal_ && personal_.Byte() != kCodecVersion) {
      return Damaged("the codec version of its personal part is unknown");
    }
    if (has_personal_ && (present_ & kAnyPersonal) == 0) {
      return Damaged("it has a personal part without fields");
    }
    into_.filled |= present_;
    ReadKey();
    ReadTimes();
    ReadIdentifiers();
    ReadKinds();
    ReadNames();
    if (Touches(Bit(kRefsBit))) ReadRefs();
    if (Touches(Bit(kScoresBit))) ReadScores();
    if (Touches(Bit(kAttributesBit))) ReadAttributes();
    if (Touches(Bit(kTimingsBit))) ReadTimings();
    ReadNumbers();
    if (Touches(Bit(kPersonalTextBit))) ReadText();
    into_.filled = present_;
    if (!open_.ok() || !personal_.ok()) return Damaged("it ends too early");
    if (!open_.AtEnd() || !personal_.AtEnd()) return Damaged("bytes follow its end");
    return ok_ ? Status() : Damaged("a field has an impossible value");
  }

 private:
  bool Has(PresenceBit bit) const { return (present_ & Bit(bit)) != 0; }
  // Whether there is anything to read or to clear in these fields.
  bool Touches(uint64_t fields) const { return (into_.filled & fields) != 0; }
  void Require(bool condition) { ok_ = ok_ && condition; }

  template <class E>
  E EnumOf(uint64_t value, E last) {
    Require(value <= static_cast<uint64_t>(last));
    return value <= static_cast<uint64_t>(last) ? static_cast<E>(value) : E::kUnspecified;
  }
  template <class E>
  void Enum(PresenceBit bit, E last, E* field) {
    *field = Has(bit) ? EnumOf(open_.Byte(), last) : E::kUnspecified;
  }

  std::string_view StringOf(uint64_t id) {
    const bool known = id < strings_.size();
    Require(known);
    return known ? strings_.Get(static_cast<uint32_t>(id)) : std::string_view();
  }
  void Name(PresenceBit bit, std::string* field) {
    if (Has(bit)) {
      *field = StringOf(open_.Varint());
    } else {
      field->clear();
    }
  }

  std::string_view PersonalString() {
    return has_personal_ ? personal_.String() : std::string_view();
  }

  void Unpack(std::string* text) {
    const uint64_t head = open_.Varint();
    Require(UnpackText(head, open_.Bytes(PackedBytes(head)), text));
  }

  void Reference(PresenceBit open_bit, PresenceBit personal_bit, std::string* field) {
    Require(!(Has(open_bit) && Has(personal_bit)));
    if (Has(open_bit)) {
      Unpack(field);
    } else if (Has(personal_bit)) {
      *field = PersonalString();
    } else {
      field->clear();
    }
  }

  void ReadKey() {
    const uint64_t source = Has(kSourceBit) ? open_.Varint() : 0;
    if (std::exchange(into_.source, source) != source) content_.source = StringOf(source);
    if (parts_ != nullptr) parts_->id_is_fingerprint = Has(kFingerprintBit);
    Reference(kIdBit, kPersonalIdBit, &content_.id);
    constexpr uint64_t kRest = Bit(kConversationBit) | Bit(kPersonalConversationBit) |
                               Bit(kParentBit) | Bit(kPersonalParentBit) | Bit(kRevisionBit) |
                               Bit(kVoidedBit);
    if (!Touches(kRest)) return;
    Reference(kConversationBit, kPersonalConversationBit, &content_.conversation_id);
    Reference(kParentBit, kPersonalParentBit, &content_.parent_id);
    content_.revision = Has(kRevisionBit) ? Narrow(open_.Varint()) : 0;
    content_.voided = Has(kVoidedBit);
  }

  uint32_t Narrow(uint64_t value) {
    Require(value <= UINT32_MAX);
    return static_cast<uint32_t>(value);
  }

  Timestamp Delta(Timestamp base) { return FromMicros(WrappingAdd(Micros(base), open_.Signed())); }

  template <class T, class Read>
  void Optional(PresenceBit bit, std::optional<T>* field, Read read) {
    if (Has(bit)) {
      *field = read();
    } else {
      field->reset();
    }
  }

  void ReadTimes() {
    content_.received_time = received_;
    const Timestamp time = FromMicros(WrappingSub(Micros(received_), open_.Signed()));
    Require(Has(kEventTimeBit) || !Has(kEventTimeDiffersBit));
    Optional(kEventTimeBit, &content_.event_time,
             [&] { return Has(kEventTimeDiffersBit) ? Delta(time) : time; });
    Optional(kEndTimeBit, &content_.end_time,
             [&] { return Delta(content_.event_time.value_or(time)); });
    Optional(kDurationBit, &content_.duration_ms, [&] { return open_.Signed(); });
    into_.time = time;
    into_.has_end = Has(kEndTimeBit) || Has(kDurationBit);
    into_.end = Has(kEndDiffersBit) ? Delta(time) : FromMicros(DerivedEnd(content_, time));
    if (Touches(Bit(kSentTimeBit) | Bit(kFollowUpBit) | Bit(kUtcOffsetBit))) ReadRareTimes(time);
  }

  void ReadRareTimes(Timestamp time) {
    Optional(kSentTimeBit, &content_.sent_time, [&] { return Delta(received_); });
    Optional(kFollowUpBit, &content_.follow_up_due, [&] { return Delta(time); });
    Optional(kUtcOffsetBit, &content_.utc_offset_min, [&] {
      const int64_t offset = open_.Signed();
      Require(offset >= -kUtcOffsetMinMax && offset <= kUtcOffsetMinMax);
      return static_cast<int32_t>(offset);
    });
  }

  // A count of entries: no more than the limit, so that damage never asks for much memory.
  size_t Count(size_t max) {
    const uint64_t count = open_.Varint();
    Require(count <= max);
    return count <= max ? static_cast<size_t>(count) : 0;
  }

  void ReadIdentifiers() {
    const size_t count = Count(kIdentifiersMax);
    for (size_t i = 0; i < count; ++i) {
      if (parts_ != nullptr) {
        parts_->identifiers.push_back(ReadIdentifier());
      } else if ((open_.SkipVarint() & 1) != 0 && (open_.Byte() & kIdentifierReasonFlag) != 0) {
        open_.SkipVarint();
      }
    }
  }

  StoredIdentifier ReadIdentifier() {
    const uint64_t head = open_.Varint();
    StoredIdentifier identifier{Narrow(head >> 1), Role::kCustomer};
    if ((head & 1) == 0) return identifier;
    const uint8_t byte = open_.Byte();
    Require(byte <= (kIdentifierRoleMask | kIdentifierReasonFlag));
    identifier.role = static_cast<Role>(byte & kIdentifierRoleMask);
    if ((byte & kIdentifierReasonFlag) == 0) return identifier;
    const uint64_t reason = open_.Varint();
    Require(IsKnownReason(reason));
    identifier.reason = static_cast<Reason>(reason);
    return identifier;
  }

  void ReadKinds() {
    Enum(kChannelBit, Channel::kCustom, &content_.channel);
    Enum(kPurposeBit, Purpose::kOther, &content_.purpose);
    Enum(kDirectionBit, Direction::kInternal, &content_.direction);
    Enum(kOutcomeBit, Outcome::kFailed, &content_.outcome);
    constexpr uint64_t kRest = Bit(kHandledByBit) | Bit(kInitiationBit) | Bit(kRelationBit) |
                               Bit(kVisibilityBit) | Bit(kConsentBit) | Bit(kRetentionBit) |
                               Bit(kAutomatedBit) | Bit(kCannedBit);
    if (!Touches(kRest)) return;
    Enum(kHandledByBit, HandledBy::kNone, &content_.handled_by);
    Enum(kInitiationBit, Initiation::kReply, &content_.initiation);
    Enum(kRelationBit, Relation::kReply, &content_.relation);
    Enum(kVisibilityBit, Visibility::kPublic, &content_.visibility);
    Enum(kConsentBit, Consent::kWithdrawn, &content_.consent);
    Enum(kRetentionBit, RetentionClass::kLong, &content_.retention_class);
    content_.automated = Has(kAutomatedBit);
    content_.canned = Has(kCannedBit);
  }

  void ReadNames() {
    constexpr uint64_t kButTopics = Bit(kAgentBit) | Bit(kQueueBit) | Bit(kTeamBit) |
                                    Bit(kChannelDetailBit) | Bit(kCustomChannelBit) |
                                    Bit(kEmotionBit);
    if (Touches(kButTopics)) ReadNamesButTopics();
    const size_t topics = Has(kTopicsBit) ? Count(kTopicsMax) : 0;
    content_.topics.resize(topics);
    if (topics == 0) into_.topic = 0;
    for (size_t i = 0; i < topics; ++i) {
      const uint64_t topic = open_.Varint();
      if (i == 0 && std::exchange(into_.topic, topic) == topic) continue;
      content_.topics[i] = StringOf(topic);
    }
  }

  void ReadNamesButTopics() {
    Name(kAgentBit, &content_.agent);
    Name(kQueueBit, &content_.queue);
    Name(kTeamBit, &content_.team);
    Name(kChannelDetailBit, &content_.channel_detail);
    Name(kCustomChannelBit, &content_.custom_channel);
    Name(kEmotionBit, &content_.emotion);
  }

  // The kind's byte of a ref or score, then the id in the part that the byte names.
  template <class E>
  void Entry(E last, E* kind, std::string* id) {
    const uint8_t byte = open_.Byte();
    *kind = EnumOf(static_cast<uint64_t>(byte >> kEntryKindShift), last);
    if ((byte & kEntryPersonal) == 0) {
      *id = open_.String();
    } else {
      Require(Has(kPersonalListsBit));
      *id = PersonalString();
    }
  }

  void ReadRefs() {
    content_.refs.resize(Has(kRefsBit) ? Count(kRefsMax) : 0);
    for (Ref& ref : content_.refs) Entry(RefType::kCampaign, &ref.type, &ref.id);
  }

  void ReadScores() {
    content_.scores.resize(Has(kScoresBit) ? Count(kScoresMax) : 0);
    for (Score& score : content_.scores) {
      Entry(ScoreKind::kCustom, &score.kind, &score.about_id);
      score.value = open_.Double();
      score.max = open_.Double();
      Require(std::isfinite(score.value) && std::isfinite(score.max));
    }
  }

  void ReadAttributes() {
    content_.attributes.resize(Has(kAttributesBit) ? Count(kAttributesMax) : 0);
    for (Attribute& attribute : content_.attributes) {
      attribute.key = StringOf(open_.Varint());
      const uint8_t byte = open_.Byte();
      Require(byte < kAttributeFact * 2);
      attribute.personal = (byte & kAttributePersonal) != 0;
      attribute.fact = (byte & kAttributeFact) != 0;
      Require(!attribute.personal || Has(kPersonalListsBit));
      if (attribute.personal && !has_personal_) {
        attribute.value = std::string();
        continue;
      }
      ReadAttributeValue(byte & kAttributeTypeMask, attribute.personal ? &personal_ : &open_,
                         &attribute);
    }
  }

  void ReadAttributeValue(unsigned type, Reader* reader, Attribute* attribute) {
    switch (type) {
      case 0:
        attribute->value = std::string(reader->String());
        return;
      case 1:
        attribute->value = reader->Signed();
        return;
      case 2: {
        const double number = reader->Double();
        Require(std::isfinite(number));
        attribute->value = number;
        return;
      }
      case 3: {
        const uint8_t flag = reader->Byte();
        Require(flag <= 1);
        attribute->value = flag == 1;
        return;
      }
      case 4:
        attribute->value = Bytes{std::string(reader->String())};
        return;
      default:
        Require(false);
    }
  }

  void ReadTimings() {
    const unsigned given = Has(kTimingsBit) ? open_.Byte() : 0;
    Require(given >> kTimingsCount == 0);
    Timings& t = content_.timings;
    t = Timings();
    std::optional<uint32_t>* const all[kTimingsCount] = {&t.queue_ms, &t.talk_ms, &t.hold_ms,
                                                         &t.wrap_ms, &t.first_response_ms};
    for (unsigned i = 0; given >> i != 0 && i < kTimingsCount; ++i) {
      if ((given >> i) & 1) *all[i] = Narrow(open_.Varint());
    }
  }

  Value ReadValue() {
    Value value;
    value.amount_minor = open_.Signed();
    value.currency = StringOf(open_.Varint());
    value.kind = EnumOf(open_.Byte(), ValueKind::kCredit);
    return value;
  }

  float ReadSentiment() {
    const uint8_t hundredths = open_.Byte();
    const float sentiment = hundredths == kSentimentAsFloat
                                ? open_.Float()
                                : static_cast<float>(hundredths - 100) / 100;
    Require(std::isfinite(sentiment));
    return sentiment;
  }

  void ReadText() {
    content_.text.reset();
    if (Has(kPersonalTextBit) && has_personal_) content_.text = personal_.String();
  }

  void ReadNumbers() {
    Optional(kValueBit, &content_.value, [&] { return ReadValue(); });
    Optional(kSentimentBit, &content_.sentiment, [&] { return ReadSentiment(); });
    if (!Touches(Bit(kReachBit) | Bit(kTextDigestBit))) return;
    content_.reach = Has(kReachBit) ? open_.Varint() : 0;
    content_.text_digest = Has(kTextDigestBit) ? open_.String() : std::string_view();
  }

  Reader open_;
  Reader personal_;
  const bool has_personal_;
  const Timestamp received_;
  const StringTable& strings_;
  uint64_t present_ = 0;
  bool ok_ = true;
  Touchpoint& content_;
  DecodedInto& into_;
  DecodedParts* const parts_;
};

}  // namespace

uint64_t FieldsOf(std::string_view open) {
  Reader reader(open);
  const bool known = reader.Byte() == kCodecVersion;
  const uint64_t present = reader.Varint();
  return known && reader.ok() ? present : UINT64_MAX;
}

Status DecodeContent(std::string_view open, std::string_view personal, Timestamp received,
                     const StringTable& strings, Touchpoint* content, DecodedInto* into,
                     DecodedParts* parts) {
  return Decoder(open, personal, received, strings, content, into, parts).Decode();
}

Status DecodeTouchpoint(std::string_view open, std::string_view personal, Timestamp received,
                        const StringTable& strings, CanonicalTouchpoint* touchpoint,
                        std::vector<uint32_t>* identifier_ids) {
  *touchpoint = CanonicalTouchpoint();
  identifier_ids->clear();
  DecodedParts parts;
  DecodedInto into;
  CXJ_RETURN_IF_ERROR(
      DecodeContent(open, personal, received, strings, &touchpoint->content.Own(), &into, &parts));
  touchpoint->time = into.time;
  touchpoint->end = into.end;
  touchpoint->has_end = into.has_end;
  touchpoint->id_is_fingerprint = parts.id_is_fingerprint;
  touchpoint->identifiers.resize(parts.identifiers.size());
  for (size_t i = 0; i < parts.identifiers.size(); ++i) {
    identifier_ids->push_back(parts.identifiers[i].number);
    touchpoint->identifiers[i].role = parts.identifiers[i].role;
    touchpoint->identifiers[i].reason = parts.identifiers[i].reason;
  }
  return Status();
}

}  // namespace cxjourney::model
