// What encoder and decoder must agree on. docs/FORMAT.md describes the bytes.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/micros.h"
#include "model/canonical.h"

namespace cxjourney::model {

// Version 1 was never released.
inline constexpr uint8_t kCodecVersion = 2;

// Bits of the presence map, a varint behind the version byte: frequent fields have small bits.
// A field whose bit is 0 takes no byte. The fields follow in this order. Numbers are for ever.
enum PresenceBit : unsigned {
  kSourceBit = 0,
  kIdBit = 1,
  kEventTimeBit = 2,
  kChannelBit = 3,
  kPurposeBit = 4,
  kTopicsBit = 5,
  kEndTimeBit = 6,
  kDirectionBit = 7,
  kAgentBit = 8,
  kQueueBit = 9,
  kConversationBit = 10,
  kOutcomeBit = 11,
  kHandledByBit = 12,
  kRefsBit = 13,
  kDurationBit = 14,
  kValueBit = 15,
  kAttributesBit = 16,
  kInitiationBit = 17,
  kParentBit = 18,
  kRelationBit = 19,
  kTimingsBit = 20,
  kSentTimeBit = 21,
  kEventTimeDiffersBit = 22,  // The event time as sent is not `time`: a delta follows.
  kEndDiffersBit = 23,        // `end` does not follow from the other times: a delta follows.
  kChannelDetailBit = 24,
  kCustomChannelBit = 25,
  kVisibilityBit = 26,
  kReachBit = 27,
  kTeamBit = 28,
  kScoresBit = 29,
  kSentimentBit = 30,
  kEmotionBit = 31,
  kUtcOffsetBit = 32,
  kFollowUpBit = 33,
  kRevisionBit = 34,
  kVoidedBit = 35,
  kAutomatedBit = 36,
  kCannedBit = 37,
  kTextDigestBit = 38,
  kConsentBit = 39,
  kRetentionBit = 40,
  kFingerprintBit = 41,
  // What lies in the personal part, in this order.
  kPersonalIdBit = 42,
  kPersonalConversationBit = 43,
  kPersonalParentBit = 44,
  kPersonalListsBit = 45,  // An entry of refs, scores or attributes is marked personal.
  kPersonalTextBit = 46,
  kPresenceBits = 47,
};

inline constexpr uint64_t Bit(PresenceBit bit) { return uint64_t{1} << bit; }
inline constexpr uint64_t kAnyPersonal = Bit(kPersonalIdBit) | Bit(kPersonalConversationBit) |
                                         Bit(kPersonalParentBit) | Bit(kPersonalListsBit) |
                                         Bit(kPersonalTextBit);

// How a text is written whose length says: the length times 4, plus this. Ids are made by machines.
enum class TextForm : unsigned {
  kPlain = 0,
  kHex = 1,   // Lower-case hexadecimal digits, two a byte.
  kUuid = 2,  // The same in groups of 8-4-4-4-12.
};
inline constexpr unsigned kTextFormBits = 2;
inline constexpr size_t kUuidBytes = 16;

// An identifier is its number times 2, plus 1 if a byte follows: role, and whether a reason follows
// that. Without it, it is evidence in the customer's role.
inline constexpr uint8_t kIdentifierRoleMask = 3;
inline constexpr uint8_t kIdentifierReasonFlag = 4;

// An entry of refs and scores: kind times 2, plus 1 when its id is in the personal part.
inline constexpr uint8_t kEntryPersonal = 1;
inline constexpr unsigned kEntryKindShift = 1;

// An attribute's byte: type in the low bits, then the flags.
inline constexpr uint8_t kAttributeTypeMask = 7;
inline constexpr uint8_t kAttributePersonal = 8;
inline constexpr uint8_t kAttributeFact = 16;

// A sentiment is a byte of hundredths plus 100, or this and a float.
inline constexpr uint8_t kSentimentAsFloat = 0xff;

// Bits of the timings byte, in the order of the fields of Timings.
inline constexpr unsigned kTimingsCount = 5;

// What `end` is unless something else was stored. Wraps instead of overflowing, because decoded
// bytes may hold anything.
using base::Micros;
inline int64_t WrappingSub(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) - static_cast<uint64_t>(b));
}
inline int64_t WrappingAdd(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}
inline Timestamp FromMicros(int64_t micros) { return Timestamp(Duration(micros)); }

inline int64_t DerivedEnd(const Touchpoint& content, Timestamp time) {
  const int64_t start = Micros(time);
  if (content.end_time) {
    const int64_t correction =
        content.event_time ? WrappingSub(start, Micros(*content.event_time)) : 0;
    return std::max(start, WrappingAdd(Micros(*content.end_time), correction));
  }
  if (!content.duration_ms) return start;
  const auto span = static_cast<int64_t>(static_cast<uint64_t>(*content.duration_ms) * 1000u);
  return std::max(start, WrappingAdd(start, span));
}

}  // namespace cxjourney::model
