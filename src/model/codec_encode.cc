#include <algorithm>
#include <array>
#include <cmath>

#include "base/bytes.h"
#include "model/codec.h"
#include "model/codec_layout.h"
#include "model/packed_text.h"
#include "model/text.h"

namespace cxjourney::model {
namespace {

using base::BufferWriter;

// Shorter values ("ab", a house number) are inside too many ids by chance, and say too little.
constexpr size_t kTellingBytesMin = 4;
// Digits of a phone without country code and trunk prefix, as other systems write it.
constexpr size_t kNationalDigits = 10;

bool ContainsFolded(std::string_view text, std::string_view part) {
  if (part.size() < kTellingBytesMin || part.size() > text.size()) return false;
  // Nearly every value has a character that ids of other systems have not: '@', '+', '-', a space.
  const auto telling = std::find_if(part.begin(), part.end(), [](char c) {
    return !IsDigit(c) && !(AsciiLower(c) >= 'a' && AsciiLower(c) <= 'z');
  });
  if (telling != part.end() && text.find(*telling) == text.npos) return false;
  if (std::all_of(part.begin(), part.end(), IsDigit)) return text.find(part) != text.npos;
  auto equal = [](char a, char b) { return AsciiLower(a) == AsciiLower(b); };
  return std::search(text.begin(), text.end(), part.begin(), part.end(), equal) != text.end();
}

bool Reveals(std::string_view text, const CanonicalIdentifier& identifier) {
  std::string_view value = identifier.value;
  if (ContainsFolded(text, value)) return true;
  if (identifier.typed != value && ContainsFolded(text, identifier.typed)) return true;
  if (value.empty() || value.front() != '+') return false;
  value.remove_prefix(1);
  if (value.size() > kNationalDigits) value.remove_prefix(value.size() - kNationalDigits);
  return ContainsFolded(text, value);
}

class Encoder {
 public:
  Encoder(const CanonicalTouchpoint& touchpoint, std::span<const uint32_t> identifier_ids,
          Timestamp received, StringTable* strings)
      : touchpoint_(touchpoint),
        content_(*touchpoint.content),
        identifier_ids_(identifier_ids),
        received_(received),
        strings_(strings),
        open_(&body_),
        personal_(&personal_body_) {}

  void Encode(EncodedTouchpoint* encoded) {
    // The fields are written behind the map while it is being filled.
    WriteKey();
    WriteTimes();
    WriteIdentifiers();
    WriteKinds();
    WriteNames();
    WriteLists();
    WriteNumbers();
    if (content_.text) {
      Set(kPersonalTextBit);
      Personal().String(*content_.text);
    }
    const std::string_view body = body_.view();
    encoded->open.clear();
    encoded->open.reserve(body.size() + 11);  // A version and a varint.
    base::Writer head(&encoded->open);
    head.Byte(kCodecVersion);
    head.Varint(present_);
    head.Append(body);
    encoded->personal = personal_body_.view();
  }

 private:
  void Set(PresenceBit bit) { present_ |= Bit(bit); }
  void SetIf(PresenceBit bit, bool value) {
    if (value) Set(bit);
  }

  BufferWriter& Personal() {
    if (personal_body_.empty()) personal_.Byte(kCodecVersion);
    return personal_;
  }

  bool IsPersonal(std::string_view text) const {
    return std::any_of(touchpoint_.identifiers.begin(), touchpoint_.identifiers.end(),
                       [text](const auto& identifier) { return Reveals(text, identifier); });
  }

  void Name(PresenceBit bit, std::string_view name) {
    if (name.empty()) return;
    Set(bit);
    open_.Varint(strings_->Intern(name));
  }

  template <class E>
  void Enum(PresenceBit bit, E value) {
    if (value == E::kUnspecified) return;
    Set(bit);
    open_.Byte(static_cast<uint8_t>(value));
  }

  // An id of this or another record: in the open part unless it gives an identifier away.
  void Reference(PresenceBit open_bit, PresenceBit personal_bit, std::string_view id,
                 bool is_personal) {
    if (id.empty()) return;
    Set(is_personal ? personal_bit : open_bit);
    if (is_personal) {
      Personal().String(id);
    } else {
      Packed(id);
    }
  }

  void Packed(std::string_view text) {
    const PackedText packed(text);
    open_.Varint(packed.head());
    open_.Append(packed.bytes());
  }

  void WriteKey() {
    Name(kSourceBit, content_.source);
    SetIf(kFingerprintBit, touchpoint_.id_is_fingerprint);
    Reference(kIdBit, kPersonalIdBit, content_.id,
              touchpoint_.id_is_fingerprint || IsPersonal(content_.id));
    Reference(kConversationBit, kPersonalConversationBit, content_.conversation_id,
              IsPersonal(content_.conversation_id));
    Reference(kParentBit, kPersonalParentBit, content_.parent_id, IsPersonal(content_.parent_id));
    if (content_.revision != 0) {
      Set(kRevisionBit);
      open_.Varint(content_.revision);
    }
    SetIf(kVoidedBit, content_.voided);
  }

  void Delta(Timestamp time, Timestamp base) {
    open_.Signed(WrappingSub(Micros(time), Micros(base)));
  }

  void WriteTimes() {
    const Timestamp time = touchpoint_.time;
    Delta(received_, time);
    if (content_.event_time) {
      Set(kEventTimeBit);
      if (*content_.event_time != time) {
        Set(kEventTimeDiffersBit);
        Delta(*content_.event_time, time);
      }
    }
    if (content_.end_time) {
      Set(kEndTimeBit);
      Delta(*content_.end_time, content_.event_time.value_or(time));
    }
    if (content_.duration_ms) {
      Set(kDurationBit);
      open_.Signed(*content_.duration_ms);
    }
    if (Micros(touchpoint_.end) != DerivedEnd(content_, time)) {
      Set(kEndDiffersBit);
      Delta(touchpoint_.end, time);
    }
    if (content_.sent_time) {
      Set(kSentTimeBit);
      Delta(*content_.sent_time, received_);
    }
    if (content_.follow_up_due) {
      Set(kFollowUpBit);
      Delta(*content_.follow_up_due, time);
    }
    if (content_.utc_offset_min) {
      Set(kUtcOffsetBit);
      open_.Signed(*content_.utc_offset_min);
    }
  }

  void WriteIdentifiers() {
    const auto& identifiers = touchpoint_.identifiers;
    open_.Varint(identifiers.size());
    for (size_t i = 0; i < identifiers.size(); ++i) {
      const bool plain = identifiers[i].evidence() && identifiers[i].role == Role::kCustomer;
      open_.Varint(uint64_t{identifier_ids_[i]} << 1 | (plain ? 0 : 1));
      if (plain) continue;
      const auto role = static_cast<uint8_t>(identifiers[i].role);
      if (identifiers[i].evidence()) {
        open_.Byte(role);
      } else {
        open_.Byte(static_cast<uint8_t>(role | kIdentifierReasonFlag));
        open_.Varint(static_cast<uint64_t>(identifiers[i].reason));
      }
    }
  }

  void WriteKinds() {
    Enum(kChannelBit, content_.channel);
    Enum(kPurposeBit, content_.purpose);
    Enum(kDirectionBit, content_.direction);
    Enum(kOutcomeBit, content_.outcome);
    Enum(kHandledByBit, content_.handled_by);
    Enum(kInitiationBit, content_.initiation);
    Enum(kRelationBit, content_.relation);
    Enum(kVisibilityBit, content_.visibility);
    Enum(kConsentBit, content_.consent);
    Enum(kRetentionBit, content_.retention_class);
    SetIf(kAutomatedBit, content_.automated);
    SetIf(kCannedBit, content_.canned);
  }

  void WriteNames() {
    Name(kAgentBit, content_.agent);
    Name(kQueueBit, content_.queue);
    Name(kTeamBit, content_.team);
    Name(kChannelDetailBit, content_.channel_detail);
    Name(kCustomChannelBit, content_.custom_channel);
    Name(kEmotionBit, content_.emotion);
    if (!content_.topics.empty()) {
      Set(kTopicsBit);
      open_.Varint(content_.topics.size());
      for (const std::string& topic : content_.topics) open_.Varint(strings_->Intern(topic));
    }
  }

  // The id of a ref or score behind its kind; in which part, the entry says itself.
  template <class E>
  void Entry(E kind, std::string_view id) {
    const bool is_personal = IsPersonal(id);
    const auto byte = static_cast<uint8_t>(static_cast<unsigned>(kind) << kEntryKindShift);
    open_.Byte(static_cast<uint8_t>(byte | (is_personal ? kEntryPersonal : 0)));
    if (is_personal) Set(kPersonalListsBit);
    (is_personal ? Personal() : open_).String(id);
  }

  void WriteLists() {
    if (!content_.refs.empty()) {
      Set(kRefsBit);
      open_.Varint(content_.refs.size());
      for (const Ref& ref : content_.refs) Entry(ref.type, ref.id);
    }
    if (!content_.scores.empty()) {
      Set(kScoresBit);
      open_.Varint(content_.scores.size());
      for (const Score& score : content_.scores) {
        Entry(score.kind, score.about_id);
        open_.Double(score.value);
        open_.Double(score.max);
      }
    }
    if (!content_.attributes.empty()) {
      Set(kAttributesBit);
      open_.Varint(content_.attributes.size());
      for (const Attribute& attribute : content_.attributes) WriteAttribute(attribute);
    }
  }

  void WriteAttribute(const Attribute& attribute) {
    open_.Varint(strings_->Intern(attribute.key));
    open_.Byte(static_cast<uint8_t>(attribute.value.index() |
                                    (attribute.personal ? kAttributePersonal : 0u) |
                                    (attribute.fact ? kAttributeFact : 0u)));
    if (attribute.personal) Set(kPersonalListsBit);
    BufferWriter& writer = attribute.personal ? Personal() : open_;
    if (const auto* text = std::get_if<std::string>(&attribute.value)) {
      writer.String(*text);
    } else if (const auto* integer = std::get_if<int64_t>(&attribute.value)) {
      writer.Signed(*integer);
    } else if (const auto* number = std::get_if<double>(&attribute.value)) {
      writer.Double(*number);
    } else if (const auto* flag = std::get_if<bool>(&attribute.value)) {
      writer.Byte(*flag);
    } else if (const auto* blob = std::get_if<Bytes>(&attribute.value)) {
      writer.String(blob->data);
    }
  }

  void WriteTimings() {
    const Timings& t = content_.timings;
    const std::array<std::optional<uint32_t>, kTimingsCount> all = {
        t.queue_ms, t.talk_ms, t.hold_ms, t.wrap_ms, t.first_response_ms};
    unsigned given = 0;
    for (unsigned i = 0; i < kTimingsCount; ++i) given |= (all[i] ? 1u : 0u) << i;
    if (given == 0) return;
    Set(kTimingsBit);
    open_.Byte(static_cast<uint8_t>(given));
    for (const auto& ms : all) {
      if (ms) open_.Varint(*ms);
    }
  }

  void WriteSentiment(float sentiment) {
    const float hundredths = std::round(sentiment * 100);
    if (hundredths / 100 == sentiment) {
      open_.Byte(static_cast<uint8_t>(static_cast<int>(hundredths) + 100));
    } else {
      open_.Byte(kSentimentAsFloat);
      open_.Float(sentiment);
    }
  }

  void WriteNumbers() {
    WriteTimings();
    if (content_.value) {
      Set(kValueBit);
      open_.Signed(content_.value->amount_minor);
      open_.Varint(strings_->Intern(content_.value->currency));
      open_.Byte(static_cast<uint8_t>(content_.value->kind));
    }
    if (content_.sentiment) {
      Set(kSentimentBit);
      WriteSentiment(*content_.sentiment);
    }
    if (content_.reach != 0) {
      Set(kReachBit);
      open_.Varint(content_.reach);
    }
    if (!content_.text_digest.empty()) {
      Set(kTextDigestBit);
      open_.String(content_.text_digest);
    }
  }

  const CanonicalTouchpoint& touchpoint_;
  const Touchpoint& content_;
  const std::span<const uint32_t> identifier_ids_;
  const Timestamp received_;
  StringTable* strings_;
  uint64_t present_ = 0;
  base::Buffer body_;
  base::Buffer personal_body_;
  BufferWriter open_;
  BufferWriter personal_;
};

}  // namespace

void EncodeTouchpoint(const CanonicalTouchpoint& touchpoint,
                      std::span<const uint32_t> identifier_ids, Timestamp received,
                      StringTable* strings, EncodedTouchpoint* encoded) {
  Encoder(touchpoint, identifier_ids, received, strings).Encode(encoded);
}

}  // namespace cxjourney::model
