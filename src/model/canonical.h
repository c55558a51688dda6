// Canonicalisation: the pure step between what a caller hands in and what the engine believes.
//
// Everything that can be wrong with a touchpoint is found here, before any lock is taken and
// anything is written: Canonicalize depends on the touchpoint, the rules and the time of receipt
// only.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/short_list.h"
#include "cxjourney/identity.h"
#include "cxjourney/receipt.h"
#include "cxjourney/status.h"
#include "cxjourney/touchpoint.h"

namespace cxjourney::model {

// An identifier after its namespace's rule.
struct CanonicalIdentifier {
  uint16_t name_space = 0;  // Index into IdentityRules::namespaces.
  std::string_view name;    // Of the namespace; lives as long as the canonicalizer.
  std::string value;        // Normalised; where the rule refused it: trimmed, as typed.
  std::string_view typed;   // As typed; lives as long as what was handed in.
  Role role = Role::kCustomer;
  Reason reason = Reason::kNone;  // Why it is no evidence; kNone: it is.

  bool evidence() const { return reason == Reason::kNone; }
};

// 16 bytes over the whole canonical content as sent, except sent and received time (and the id,
// where it is a fingerprint). Equal digests: equal copies. Not keyed: never store it in clear.
using ContentDigest = std::array<uint8_t, 16>;

// What a client sent, read in place: a copy is made only where canonical form differs from it.
class Content {
 public:
  const Touchpoint& operator*() const { return *current_; }
  const Touchpoint* operator->() const { return current_; }

  // Nothing is copied: `sent` must outlive this and its copies.
  void Refer(const Touchpoint& sent) { current_ = &sent; }
  // To be changed: an own copy from the first call on. Copies of this share it.
  Touchpoint& Own() {
    if (own_ == nullptr) {
      own_ = std::make_shared<Touchpoint>(*current_);
      current_ = own_.get();
    }
    return *own_;
  }

 private:
  static const Touchpoint kNothing;
  const Touchpoint* current_ = &kNothing;
  std::shared_ptr<Touchpoint> own_;
};

struct CanonicalTouchpoint {
  // The content as the client sent it, canonical: strings valid UTF-8, enums in range, topics
  // without slashes at their ends, attributes by key. Source and ids are kept byte for byte.
  // event_time, end_time and duration_ms are as sent (so that an equal copy compares equal whenever
  // it arrives); its `identifiers` and received time mean nothing, see below.
  Content content;
  base::ShortList<CanonicalIdentifier, 3> identifiers;  // By (namespace, value, role); distinct.

  // What the time rules make of it.
  Timestamp time = {};   // Event time: corrected by the client's clock error; receipt if absent.
  Timestamp end = {};    // max(time, given end), else time.
  bool has_end = false;  // An end_time or duration_ms was given.
  bool id_is_fingerprint = false;  // content.id was computed by FingerprintId.
  bool text_dropped = false;       // A text was sent that `content` has not.
  // Of everything that was sent, where `content` is not all of it: also a text that is not kept
  // tells a copy from a conflict. Otherwise DigestContent gives it, and few ask: it costs more than
  // most else that is done to a touchpoint.
  std::optional<ContentDigest> digest;

  std::vector<Remark> remarks;  // For the receipt: refused identifiers, corrections, defaults.
};

// Computed from the content, whatever `digest` says.
ContentDigest DigestContent(const CanonicalTouchpoint& touchpoint);

// The id of a touchpoint that came without one: content.id where it is filled in already, else
// 32 hexadecimal digits of the digest. Canonicalize computes it over everything that was sent,
// the text included, before a text that is not kept is dropped; the codec stores it (encrypted),
// so it is never computed again.
std::string FingerprintId(const CanonicalTouchpoint& touchpoint);

// Version of the normalisers: it goes up when any value may be normalised to something else.
inline constexpr uint32_t kNormalizerVersion = 1;

// Normalises and validates identifiers and touchpoints under one version of the rules.
// Thread-safe: normalising is pure; the cache of phone numbers inside is bounded and locked.
class Canonicalizer {
 public:
  // REQUIRES: ValidateIdentityRules(rules).ok().
  explicit Canonicalizer(const IdentityRules& rules, bool keep_text = false);
  ~Canonicalizer();

  // The touchpoint, or a refusal: the Status names field and limit, *refusal gives the reason.
  // `result` is fresh; afterwards it refers to `touchpoint`, which must outlive it, whatever of the
  // content became its own.
  Status Canonicalize(const Touchpoint& touchpoint, Timestamp received, CanonicalTouchpoint* result,
                      Remark* refusal) const;

  // One identifier, as Canonicalize does it; kInvalidArgument for an unknown namespace or an
  // impossible value (too long, not UTF-8). A blocked or invalid value is OK, with its reason.
  // `value` must outlive the answer.
  Result<CanonicalIdentifier> CanonicalizeIdentifier(std::string_view name_space,
                                                     std::string_view value,
                                                     Role role = Role::kCustomer) const;

  const IdentityRules& rules() const;
  // Index of a namespace by name, or -1.
  int FindNamespace(std::string_view name) const;
  // Why a stored value is no evidence under these rules; kNone: it is.
  Reason ReasonOf(std::string_view name_space, std::string_view value) const;
  // The same of a value that is not kept: what was `recorded` of the value stands, and what the
  // rules say of the namespace counts as ever.
  Reason ReasonOf(std::string_view name_space, Reason recorded) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// "+90532*****33": enough to recognise, too little to know. For messages and tables.
std::string MaskValue(std::string_view value);

}  // namespace cxjourney::model
