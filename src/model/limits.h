// Every limit of a touchpoint and of the rules, with its reason. Bytes are bytes of UTF-8.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "cxjourney/time.h"

namespace cxjourney::model {

// Keys stand in indexes and receipts: long enough for "<digest of a file>:<row>" and for URLs as
// sources, short enough that a key fits a page many times.
inline constexpr size_t kSourceBytesMax = 256;
inline constexpr size_t kIdBytesMax = 256;

// All customer identifiers of a touchpoint are linked pairwise: 20 make 190 links.
inline constexpr size_t kIdentifiersMax = 20;
// The longest real values are device fingerprints and push tokens (some hundred bytes).
inline constexpr size_t kIdentifierValueBytesMax = 1024;

// conversation_id, parent_id, refs[].id and scores[].about_id name other records, as id does.
inline constexpr size_t kReferenceBytesMax = 256;
// Agents, queues, teams, channel details, emotions, custom channels: names, kept in a dictionary.
inline constexpr size_t kNameBytesMax = 256;

// Wrap-up codes are lists of a few paths; repeat detection compares each pair of two lists.
inline constexpr size_t kTopicsMax = 16;
inline constexpr size_t kTopicBytesMax = 512;

// A survey has some questions; an order has some lines. Each is decoded with every history.
inline constexpr size_t kScoresMax = 32;
inline constexpr size_t kRefsMax = 64;

// Free attributes are for what has no field; documents belong elsewhere.
inline constexpr size_t kAttributesMax = 128;
inline constexpr size_t kAttributeKeyBytesMax = 128;
inline constexpr size_t kAttributeValueBytesMax = 16 * 1024;
inline constexpr size_t kAttributesBytesMax = 64 * 1024;  // Keys and values together.

// SHA-512, the longest digest in use.
inline constexpr size_t kTextDigestBytesMax = 64;
// An e-mail with its quotations; a longer text is a document.
inline constexpr size_t kTextBytesMax = 256 * 1024;

// One atomic commit; its memory and its receipts stay small.
inline constexpr size_t kBatchMax = 10'000;

// The range of times that every exchange format can write (protobuf, RFC 3339): years 1 to 9999.
// Sums and differences of two such times can't overflow 64 bits.
inline constexpr Timestamp kTimeMin{Duration(-62'135'596'800'000'000)};
inline constexpr Timestamp kTimeMax{Duration(253'402'300'799'999'999)};
// Clients' clocks are wrong by hours and time zones are mistaken for UTC; not by more.
inline constexpr Duration kFutureMax = std::chrono::hours(24);
// Ten years: longer is a unit mistaken for milliseconds.
inline constexpr int64_t kDurationMsMax = int64_t{10} * 366 * 24 * 3600 * 1000;
// Real offsets lie within 14 hours of UTC; 18 is what date libraries accept.
inline constexpr int32_t kUtcOffsetMinMax = 18 * 60;

// Rules. A namespace is a word; an index into them is 16 bits wide and linear searches are short.
inline constexpr size_t kNamespacesMax = 256;
inline constexpr size_t kNamespaceBytesMax = 64;
// Lists that are compared with each value that comes in and stored with each version of the rules.
inline constexpr size_t kBlockedValuesMax = 10'000;
inline constexpr size_t kRoleMailboxesMax = 10'000;
inline constexpr size_t kOwnPhonesMax = 10'000;

// RFC 5321: octets of a local part, of a domain, of a label.
inline constexpr size_t kEmailLocalBytesMax = 64;
inline constexpr size_t kEmailDomainBytesMax = 253;
inline constexpr size_t kDomainLabelBytesMax = 63;
// Shorter numbers are extensions and service codes; "+" is not counted.
inline constexpr size_t kPhoneDigitsMin = 8;
// A number with separators, "tel:" and an extension. Longer input is no phone number.
inline constexpr size_t kPhoneInputBytesMax = 128;
// Raw spellings of phone numbers whose answer is remembered: 16 shards of 4,096, some 10 MB.
inline constexpr size_t kPhoneCacheShards = 16;
inline constexpr size_t kPhoneCacheEntriesPerShard = 4096;

// Values that are refused when they are one character repeated: "000" may be real, "0000" is not.
inline constexpr size_t kRepeatedCharactersMin = 4;

}  // namespace cxjourney::model
