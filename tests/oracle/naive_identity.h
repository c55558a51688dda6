// The oracle's identity: from evidence and rules to customers, as the specification tells it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cxjourney/identity.h"
#include "tests/oracle/naive_evidence.h"

namespace cxjourney::oracle {

// A grouping of identifiers; everything in it is found by looking at everything.
class Classes {
 public:
  void Add(const Id& id);                    // As a class of its own, if it is not there yet.
  void Join(const Id& a, const Id& b);       // Both are there.
  std::set<Id> ClassOf(const Id& id) const;  // {id} where it is not there.
  bool Same(const Id& a, const Id& b) const;
  std::vector<std::set<Id>> All() const;

 private:
  std::map<Id, size_t> label_;
};

// A pair of identifiers seen together or asserted to belong together.
struct NaiveLink {
  Id a;  // a < b.
  Id b;
  uint64_t must_link = 0;  // Sequence of the newest must-link; 0: none.
  int64_t seen = 0;        // Newest event time at which the pair was seen together, if it was.
};

// Customers, derived from scratch.
class NaiveIdentity {
 public:
  NaiveIdentity(const IdentityRules& rules, const Evidence& evidence);

  // The class of an identifier; nothing when it belongs to nobody.
  std::optional<std::set<Id>> CustomerOf(const Id& id) const;
  // The class a touchpoint is attributed to: that of its anchor.
  std::optional<std::set<Id>> CustomerOf(const Touchpoint& touchpoint) const;
  // Classes with a sighting or a link.
  std::vector<std::set<Id>> Customers() const;

  // Stored, but no identity evidence: two values of a unique namespace.
  bool IsRefused(const Touchpoint& touchpoint) const;
  // What a touchpoint says about identity, strongest first; nothing when it is refused.
  std::vector<Id> Sighting(const Touchpoint& touchpoint) const;
  // Whether a must-link of these is refused: for some unique namespace, the classes it would
  // join hold more than one must-link class that it does not name.
  bool RefusesMustLink(const std::vector<Id>& ids) const;

 private:
  const NamespaceRule& RuleOf(const Id& id) const;
  bool IsBlocked(const Id& id) const;
  bool IsQuarantined(const Id& id) const;
  bool IsMustLinked(const Id& id) const;
  void ListQuarantined();
  std::vector<Id> Usable(const Touchpoint& touchpoint) const;
  size_t UniqueValues(const std::set<Id>& ids, const std::string& name_space) const;
  bool HoldsCannotLink(const std::set<Id>& ids) const;
  bool ExceedsLimit(const std::set<Id>& ids) const;
  bool InReplayOrder(const NaiveLink& x, const NaiveLink& y) const;

  std::vector<NaiveLink> MustLinks() const;
  std::vector<NaiveLink> AllLinks() const;
  void ReplayMustLinks();
  void ReplayAllLinks();

  IdentityRules rules_;
  std::vector<Touchpoint> touchpoints_;
  std::vector<AcceptedAssertion> assertions_;
  std::set<Id> blocked_;
  std::set<Id> quarantined_;
  Classes must_link_classes_;
  Classes classes_;
  std::set<Id> sighted_;
};

}  // namespace cxjourney::oracle
