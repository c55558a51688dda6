// The stored form of a touchpoint: varints, deltas, and small ids for repeated strings.
//
// A record has an open part and a personal part. The personal part (text, attributes marked
// personal, ids that contain an identifier) is encrypted by the caller before it is stored.
// docs/FORMAT.md describes the bytes. The first byte of each part is the codec version.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/short_list.h"
#include "base/string_map.h"
#include "cxjourney/status.h"
#include "model/canonical.h"

namespace cxjourney::model {

// Dense ids for strings, in order of first use; id 0 is the empty string. Views stay valid as
// long as the table lives.
class StringTable {
 public:
  StringTable();
  StringTable(const StringTable&) = delete;
  StringTable& operator=(const StringTable&) = delete;

  uint32_t Intern(std::string_view text);
  // The string, or empty for an id that was never handed out (see Contains).
  std::string_view Get(uint32_t id) const;
  bool Contains(uint32_t id) const { return id < views_.size(); }
  uint32_t size() const { return static_cast<uint32_t>(views_.size()); }

 private:
  uint32_t Add(std::string_view text);

  // A touchpoint names some five strings, nearly always ones that were just named: where one of its
  // looks was found last, so that most need no hash.
  static size_t PlaceOf(std::string_view text) {
    const auto at = [text](size_t i) { return static_cast<uint8_t>(text[i]); };
    return (text.size() * 37 + at(0) * 5 + at(text.size() / 2) * 11 + at(text.size() - 1)) %
           kRecent;
  }
  static constexpr size_t kRecent = 256;
  std::array<uint32_t, kRecent> recent_ = {};  // Ids.
  std::deque<std::string> storage_;            // Never moves its elements.
  std::vector<std::string_view> views_;
  // Keys are views into storage_.
  absl::flat_hash_map<std::string_view, uint32_t, base::StringHash, std::equal_to<>> ids_;
};

struct EncodedTouchpoint {
  std::string open;
  std::string personal;  // Empty when there is nothing personal in it.
};

// `identifier_ids` are the caller's numbers of touchpoint.identifiers, in their order. New
// strings enter `strings`. `received` is the batch's received time (times are deltas to it).
// `encoded` may be one that was encoded into before, whose memory is used again.
void EncodeTouchpoint(const CanonicalTouchpoint& touchpoint,
                      std::span<const uint32_t> identifier_ids, Timestamp received,
                      StringTable* strings, EncodedTouchpoint* encoded);

// What a record says besides the content as it was sent.
struct StoredIdentifier {
  uint32_t number = 0;  // The caller's, as given to EncodeTouchpoint.
  Role role = Role::kUnspecified;
  Reason reason = Reason::kNone;
};
struct DecodedParts {
  bool id_is_fingerprint = false;
  base::ShortList<StoredIdentifier, 4> identifiers;
};

// When a content was, and what it holds that is decoded into again and again: what one touchpoint
// has in common with the one before is not written again. A fresh one goes with a fresh content,
// and after a failure both are worth nothing.
struct DecodedInto {
  Timestamp time = {};  // Corrected.
  Timestamp end = {};
  bool has_end = false;
  uint64_t filled = 0;  // Fields that may hold something, as bits of the presence map.
  uint64_t source = 0;  // Number of the string.
  uint64_t topic = 0;   // The first one's; 0 too where there is none.
  // In place of a string's number: what stands there was not read from a record.
  static constexpr uint64_t kNoString = UINT64_MAX;
};

// The fields that a record has, as bits of the presence map (codec_layout.h); all of them where it
// is none.
uint64_t FieldsOf(std::string_view open);

// The content alone, in place: what a history needs. `content` may be one that was decoded into
// before, with the same strings, whose memory is used again. The identifiers of the content are
// left as they are. `parts` is fresh, or null for who has no use for it. Otherwise as
// DecodeTouchpoint.
Status DecodeContent(std::string_view open, std::string_view personal, Timestamp received,
                     const StringTable& strings, Touchpoint* content, DecodedInto* into,
                     DecodedParts* parts);

// A fingerprint is an id like any other here: it is personal and comes back from the personal
// part.
//
// Back again. Of each identifier only role and reason are filled in: namespace and value are the
// caller's, by its number. kDataLoss for bytes that EncodeTouchpoint can't have written.
// Without the personal part (`personal` is empty: left out, or its key destroyed) personal fields
// are left empty: strings and values of personal attributes become "".
Status DecodeTouchpoint(std::string_view open, std::string_view personal, Timestamp received,
                        const StringTable& strings, CanonicalTouchpoint* touchpoint,
                        std::vector<uint32_t>* identifier_ids);

}  // namespace cxjourney::model
