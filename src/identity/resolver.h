// The layered replay of one connected component: the definition of the partition.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "identity/graph.h"

namespace cxjourney::identity {

// One link in the order of the replay.
struct OrderedLink {
  IdentifierNo a = kNoIdentifier;
  IdentifierNo b = kNoIdentifier;
  uint64_t must_link = 0;  // Sequence; 0: a link from sightings.
  int64_t newest_us = 0;
  uint32_t priority_sum = 0;
  Tier tier = Tier::kPerson;
};

// Replays the links of a component with union-find and vetoes every link that would break a
// constraint. Used once, by Graph.
class Replay {
 public:
  Replay(const Graph& graph, const std::vector<IdentifierNo>& component);
  void Run();

  std::vector<Class> TakeGroups();
  const std::vector<std::pair<PairKey, VetoInfo>>& vetoes() const { return vetoes_; }

 private:
  void CollectLinks();
  bool Before(const OrderedLink& x, const OrderedLink& y) const;
  uint32_t Find(uint32_t local);
  bool Vetoed(const Class& a, const Class& b, VetoInfo* veto) const;
  bool VetoedByCannotLink(const Class& a, const Class& b, VetoInfo* veto) const;
  void Join(uint32_t a, uint32_t b);

  const Graph& graph_;
  const std::vector<IdentifierNo>& component_;
  absl::flat_hash_map<IdentifierNo, uint32_t> local_;  // Identifier to index in component_.
  std::vector<OrderedLink> links_;
  std::vector<uint32_t> parent_;
  std::vector<Class> sides_;  // By index of their root; the others are empty.
  std::vector<std::pair<PairKey, VetoInfo>> vetoes_;
};

}  // namespace cxjourney::identity
