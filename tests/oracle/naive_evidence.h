// The oracle's evidence: a list of everything that was accepted, and what of it is live.
//
// The oracle is the tracker as the specification tells it, with no thought for speed: it keeps
// every accepted touchpoint and assertion in a list and computes every answer from that list. It
// shares no code with src/; only the types of the public headers.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cxjourney/receipt.h"
#include "cxjourney/time.h"
#include "cxjourney/touchpoint.h"

namespace cxjourney::oracle {

// An identifier: (namespace, value). Values are normalised already.
using Id = std::pair<std::string, std::string>;

// A touchpoint that was accepted, one entry for each key and revision.
struct AcceptedTouchpoint {
  Touchpoint touchpoint;  // With the event time that was fixed when it was accepted.
  std::string content;    // As the client sent it: equal texts are equal copies.
};

enum class AssertionKind {
  kMustLink,
  kCannotLink,
  kBlock,
  kUnblock,
  kRetractAssertion,
  kRetractTouchpoint,
};

struct AcceptedAssertion {
  AssertionKind kind = AssertionKind::kMustLink;
  uint64_t sequence = 0;   // Also its id.
  std::vector<Id> ids;     // What it names.
  uint64_t target = 0;     // kRetractAssertion.
  TouchpointKey key = {};  // kRetractTouchpoint.
};

// The append-only list, and what is live of it.
class Evidence {
 public:
  // Accepts or refuses one copy of a touchpoint that arrives at `now`.
  RecordOutcome Record(const Touchpoint& touchpoint, Timestamp now);
  // Accepts an assertion and gives its id.
  uint64_t Assert(AcceptedAssertion assertion);

  // Highest revision of every key, not void, not retracted, by (event time, source, id).
  std::vector<Touchpoint> CountingTouchpoints() const;
  // Assertions that are not retracted, oldest first.
  std::vector<AcceptedAssertion> LiveAssertions() const;
  // Identifiers with a live block that no later live unblock undoes.
  std::set<Id> BlockedIds() const;

  bool HasAssertion(uint64_t id) const;
  bool HasTouchpoint(const TouchpointKey& key) const;
  bool IsRetracted(const TouchpointKey& key) const;

 private:
  bool IsLive(const AcceptedAssertion& assertion) const;

  std::vector<AcceptedTouchpoint> touchpoints_;
  std::vector<AcceptedAssertion> assertions_;
};

// The whole content as one text, without sent and received time. The order of the identifiers,
// equal ones among them, and "unspecified" for "customer" make no difference.
std::string ContentText(const Touchpoint& touchpoint);

// The order of everything: (event time, source, id).
bool EarlierInOrder(const Touchpoint& a, const Touchpoint& b);

}  // namespace cxjourney::oracle
