// The identity graph: links from sightings, assertions, and the partition that follows.
//
// The partition is a pure function of the links, the assertions and the rules: the "layered
// replay" of each connected component (resolver.cc). Everything here is a cache of it. Two facts
// keep the cache cheap (docs/ARCHITECTURE.md, "Joining without replay", has the proof): every
// constraint is hereditary, so if the union of the classes that a new sighting touches breaks
// none, the replay would give exactly that union; anything else replays the component.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/pages.h"
#include "base/prefetch.h"
#include "cxjourney/identity.h"
#include "identity/identifier_table.h"

namespace cxjourney::identity {

using ClassNo = uint32_t;
constexpr ClassNo kNoClass = ~ClassNo{0};

// An unordered pair of identifiers as a key: the smaller number in the high half.
using PairKey = uint64_t;
inline PairKey PairOf(IdentifierNo a, IdentifierNo b) {
  return a < b ? (PairKey{a} << 32 | b) : (PairKey{b} << 32 | a);
}
inline IdentifierNo FirstOf(PairKey pair) { return static_cast<IdentifierNo>(pair >> 32); }
inline IdentifierNo SecondOf(PairKey pair) { return static_cast<IdentifierNo>(pair); }

struct LinkInfo {
  int64_t newest_us = 0;  // Newest event time at which the pair was seen together.
  uint32_t sightings = 0;
};

// Why a link does not join its ends.
struct VetoInfo {
  VetoRule rule = VetoRule::kUniqueNamespace;
  uint16_t name_space = kNoNamespace;
  IdentifierNo rival_a = kNoIdentifier;  // On the side of the pair's first identifier.
  IdentifierNo rival_b = kNoIdentifier;
  uint64_t cannot_link = 0;  // Sequence of the assertion.
};

// A class of the partition, a customer; during a replay, what has been joined so far. Breaks no
// constraint.
struct Class {
  IdentifierList members;
  // Namespace and a value in it. All values it has there are one must-link class and count as one,
  // so one of them stands for all.
  base::ShortList<std::pair<uint16_t, IdentifierNo>, 2> unique;
  base::ShortList<std::pair<uint16_t, uint32_t>, 2> limited;  // Namespace, distinct values.
  bool has_cannot = false;                                    // A live cannot-link names a member.

  // REQUIRES: together they break no constraint.
  void Absorb(const Class& other);
};

using ClassList = base::ShortList<ClassNo, 4>;

// What a Settle changed. Numbers of classes that vanished may be in use again by others.
struct Settlement {
  ClassList before;  // Classes as they were that exist no more in that shape.
  ClassList after;   // Classes that are new in this shape.
};

// Not thread-safe; the engine's lock covers it.
class Graph {
 public:
  Graph(const IdentifierTable* table, const IdentityRules* rules);

  // Makes room for identifiers that were added to the table.
  void Grow();

  // Sightings: the evidence identifiers of one touchpoint, distinct. -------------------------
  void AddSighting(std::span<const IdentifierNo> ids, int64_t time_us);
  // `newest` gives the newest time at which a pair is still seen together.
  void RemoveSighting(std::span<const IdentifierNo> ids, int64_t time_us,
                      const std::function<int64_t(IdentifierNo, IdentifierNo)>& newest);

  // Assertions. Each returns the identifiers whose must-link class may have changed. ----------
  std::vector<IdentifierNo> SetMustLink(uint64_t sequence, std::span<const IdentifierNo> ids,
                                        bool live);
  std::vector<IdentifierNo> SetCannotLink(uint64_t sequence, IdentifierNo a, IdentifierNo b,
                                          bool live);
  // The table's `blocked` of the identifier has changed; its sightings are the caller's to redo.
  std::vector<IdentifierNo> BlockChanged(IdentifierNo id);

  // Quarantine: too many values of a unique namespace were seen with it, so that no sighting links
  // it to anything. Known at once, before Settle. ----------------------------------------------
  bool IsQuarantined(IdentifierNo id) const { return nodes_[id].quarantined; }
  // A live must-link names it and another one that may be evidence.
  bool IsMustLinked(IdentifierNo id) const;
  // Went into quarantine or out of it since the last call, or must-links of it changed there; maybe
  // more than once.
  std::vector<IdentifierNo> TakeChangedQuarantines() {
    return std::exchange(changed_quarantines_, {});
  }

  // Brings the partition up to date with everything above.
  Settlement Settle();
  // The same from scratch: replays every component, whatever is cached.
  Settlement SettleAll();

  // Answers, valid after Settle. -------------------------------------------------------------
  ClassNo ClassOf(IdentifierNo id) const { return nodes_[id].class_no; }
  void Prefetch(IdentifierNo id) const { base::Prefetch(&nodes_[id]); }
  void PrefetchClass(ClassNo no) const { base::PrefetchBetween(&classes_[no], &classes_[no] + 1); }
  const Class& GetClass(ClassNo no) const { return classes_[no]; }
  bool IsAlive(ClassNo no) const { return no < classes_.size() && !classes_[no].members.empty(); }
  ClassNo class_limit() const { return static_cast<ClassNo>(classes_.size()); }
  uint64_t class_count() const { return class_count_; }
  bool SameMustLinkClass(IdentifierNo a, IdentifierNo b) const {
    return nodes_[a].must_class == nodes_[b].must_class;
  }
  // Must-link classes of `unique` namespaces that the classes of `ids` hold and `ids` don't
  // name: a namespace with more than one, or kNoNamespace.
  uint16_t MustLinkConflict(std::span<const IdentifierNo> ids) const;

  const base::BigMap<PairKey, LinkInfo>& links() const { return links_; }
  const absl::flat_hash_map<PairKey, VetoInfo>& vetoes() const { return vetoes_; }
  // Newest live must-link of the pair, or 0.
  uint64_t MustLinkOf(PairKey pair) const;
  // Neighbours by sighting, without quarantine, and by must-link, the latter behind the former.
  std::vector<IdentifierNo> Neighbours(IdentifierNo id) const;

 private:
  friend class Replay;
  struct Node {
    ClassNo class_no = kNoClass;
    IdentifierNo must_class = kNoIdentifier;  // Representative of the must-link class.
    uint32_t sightings = 0;
    uint32_t unique_neighbours : 31 = 0;  // Of other namespaces than its own, all together.
    uint32_t quarantined : 1 = 0;
    IdentifierList neighbours;  // By sighting; distinct.
  };

  const NamespaceRule* RuleOf(IdentifierNo id) const;
  // Neighbours by sighting, where neither end is in quarantine.
  template <class Visit>  // void(IdentifierNo)
  void ForEachLinked(IdentifierNo id, Visit visit) const {
    if (IsQuarantined(id)) return;
    for (IdentifierNo other : nodes_[id].neighbours) {
      if (!IsQuarantined(other)) visit(other);
    }
  }
  // Compares pairs of identifiers by (namespace name, value), each pair sorted, bytewise.
  bool TextPairLess(IdentifierNo a, IdentifierNo b, IdentifierNo c, IdentifierNo d) const;
  bool Exists(IdentifierNo id) const;  // Has evidence: a sighting that links, or a live must-link.
  bool CountsFor(IdentifierNo neighbour, IdentifierNo id) const;
  bool ExceedsQuarantine(IdentifierNo id) const;
  void NoteNeighbour(IdentifierNo id, IdentifierNo neighbour);
  void DropNeighbour(IdentifierNo id, IdentifierNo neighbour);
  void ReviewQuarantine(IdentifierNo id);
  void NoteMustLinked(std::span<const IdentifierNo> ids);
  void MarkDirty(IdentifierNo id) { dirty_.push_back(id); }
  struct OrderedMustLink {
    uint64_t sequence;
    IdentifierNo a;
    IdentifierNo b;
  };
  // Recomputes the must-link classes around the seeds; returns everything it looked at.
  std::vector<IdentifierNo> RefreshMustClasses(const std::vector<IdentifierNo>& seeds);
  std::vector<IdentifierNo> MustComponent(const std::vector<IdentifierNo>& seeds) const;
  bool CannotMeet(std::span<const IdentifierNo> a, std::span<const IdentifierNo> b) const;

  // Joining without replay.
  bool UnionIsValid(const ClassList& classes) const;
  void MergeInto(ClassNo target, ClassNo other);
  bool TryJoin(const IdentifierList& ids, Settlement* settlement);

  // Replaying.
  std::vector<IdentifierNo> Component(IdentifierNo seed) const;
  void ReplayComponent(const std::vector<IdentifierNo>& component, Settlement* settlement);
  void Reclassify(const std::vector<IdentifierNo>& component, std::vector<Class> groups,
                  Settlement* settlement);
  Class Alone(IdentifierNo id) const;
  ClassNo NewClass();

  const IdentifierTable* table_;
  const IdentityRules* rules_;
  base::Chunks<Node, 1024> nodes_;
  base::Chunks<Class, 1024> classes_;
  std::vector<ClassNo> free_classes_;
  uint64_t class_count_ = 0;
  base::BigMap<PairKey, LinkInfo> links_;
  absl::flat_hash_map<PairKey, VetoInfo> vetoes_;
  // Assertions are rare, so they live beside the nodes. Sequences ascend.
  absl::flat_hash_map<PairKey, std::vector<uint64_t>> must_links_;
  absl::flat_hash_map<IdentifierNo, std::vector<IdentifierNo>> must_neighbours_;
  absl::flat_hash_map<IdentifierNo, std::vector<std::pair<IdentifierNo, uint64_t>>> cannot_links_;

  std::vector<IdentifierList> joins_;  // New sightings since the last Settle.
  std::vector<IdentifierNo> dirty_;    // Whose components must be replayed.
  std::vector<IdentifierNo> changed_quarantines_;
};

}  // namespace cxjourney::identity
