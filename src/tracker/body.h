// Bodies of the evidence records: what a store keeps for each kind (docs/FORMAT.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "cxjourney/identity.h"
#include "cxjourney/policy.h"
#include "cxjourney/status.h"
#include "identity/identifier_table.h"
#include "identity/keyed_hash.h"
#include "model/canonical.h"
#include "model/codec.h"
#include "store/store.h"

namespace cxjourney::tracker {

using identity::IdentifierNo;
using identity::kNoIdentifier;

// Touchpoints ------------------------------------------------------------------------------------

// A touchpoint's body: a header, the open part, and the personal part encrypted under the secret
// of `sealed_by` (kNoIdentifier: of nobody).
struct TouchpointBody {
  IdentifierNo sealed_by = kNoIdentifier;
  // Keyed hash of the content digest: tells copies from conflicts. Absent: nothing of the content
  // was left out, so it can be computed again.
  std::optional<identity::Hash128> digest;
  // With a personal part: keyed hash of source and id, which may stand in it. Copies are known by
  // it even when the personal part has been erased.
  std::optional<identity::Hash128> key_hash;
  std::string_view open;       // model::EncodedTouchpoint::open.
  std::string_view encrypted;  // Nonce and ciphertext; empty: nothing personal.
};

// `key_hash` counts with a personal part only. `sequence` and `tenant` are bound to the personal
// part: it can't be moved to another record.
void AppendTouchpointBody(const model::EncodedTouchpoint& encoded, IdentifierNo sealed_by,
                          const store::Secret& secret,
                          const std::optional<identity::Hash128>& digest,
                          const identity::Hash128& key_hash, uint32_t tenant, uint64_t sequence,
                          std::string* bytes);
Result<TouchpointBody> ParseTouchpointBody(std::string_view body);
// The bytes again.
void AppendTouchpointBody(const TouchpointBody& body, std::string* bytes);
// The short way for most of them: the open part of a body without a personal one. False: see
// ParseTouchpointBody.
bool ReadOpenBody(std::string_view bytes, std::string_view* open);
// kDataLoss when the bytes or the key are not those it was sealed with.
Result<std::string> OpenPersonal(const TouchpointBody& body, const store::Secret& secret,
                                 uint32_t tenant, uint64_t sequence);

// As hashes stand in all bodies.
void WriteHash(const identity::Hash128& hash, base::Writer* writer);
identity::Hash128 ReadHash(base::Reader* reader);

// Identifiers ------------------------------------------------------------------------------------

struct IdentifierBody {
  uint32_t name_space = 0;  // Id in the string table.
  std::string value;
  std::string typed;
};
void AppendIdentifierBody(uint32_t name_space, const identity::IdentifierEntry& entry,
                          std::string_view typed, std::string* bytes);
// A new secret for one that has none any more: in place of a definition.
std::string EncodeNewSecret(uint32_t stable);
// The identifier's number, if that is what it is.
Result<std::optional<uint32_t>> ParseNewSecret(std::string_view body);
// Of one whose value is not kept.
struct BareIdentifierBody {
  uint32_t name_space = 0;  // Id in the string table.
  identity::Hash128 hash;
  Reason recorded = Reason::kNone;  // Why its value could not be evidence.
};
std::string EncodeBareIdentifierBody(uint32_t name_space, const identity::IdentifierEntry& entry);
Result<BareIdentifierBody> ParseBareIdentifierBody(std::string_view body);
Result<IdentifierBody> ParseIdentifierBody(std::string_view body, const store::Secret& secret);

// Assertions -------------------------------------------------------------------------------------

// Must-links, cannot-links, blocks, unblocks and retractions.
struct AssertionBody {
  identity::IdentifierList identifiers;
  bool target_is_touchpoint = false;  // Retractions: what `target` is a sequence of.
  uint64_t target = 0;
  int64_t event_time_us = 0;
  std::string actor;
  std::string reason;
};
std::string EncodeAssertionBody(const AssertionBody& assertion);
Result<AssertionBody> ParseAssertionBody(std::string_view body);

// Rules and policies -----------------------------------------------------------------------------

std::string EncodeRules(const IdentityRules& rules);
Result<IdentityRules> ParseRules(std::string_view body);
std::string EncodePolicies(const std::vector<Policy>& policies);
Result<std::vector<Policy>> ParsePolicies(std::string_view body);

}  // namespace cxjourney::tracker
