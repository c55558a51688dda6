#include "identity/graph.h"

#include <algorithm>
#include <numeric>

namespace cxjourney::identity {

void Class::Absorb(const Class& other) {
  members.insert(members.end(), other.members.begin(), other.members.end());
  has_cannot |= other.has_cannot;
  const auto find = [](auto& entries, uint16_t name_space) {
    return std::find_if(entries.begin(), entries.end(),
                        [&](const auto& entry) { return entry.first == name_space; });
  };
  for (const auto& entry : other.unique) {
    if (find(unique, entry.first) == unique.end()) unique.push_back(entry);
  }
  for (const auto& [name_space, count] : other.limited) {
    auto found = find(limited, name_space);
    if (found == limited.end()) {
      limited.emplace_back(name_space, count);
    } else {
      found->second += count;
    }
  }
}

Graph::Graph(const IdentifierTable* table, const IdentityRules* rules)
    : table_(table), rules_(rules) {}

void Graph::Grow() {
  for (auto id = static_cast<IdentifierNo>(nodes_.size()); id < table_->size(); ++id) {
    nodes_.Add().must_class = id;
  }
}

const NamespaceRule* Graph::RuleOf(IdentifierNo id) const {
  uint16_t name_space = (*table_)[id].name_space;
  return name_space == kNoNamespace ? nullptr : &rules_->namespaces[name_space];
}

bool Graph::TextPairLess(IdentifierNo a, IdentifierNo b, IdentifierNo c, IdentifierNo d) const {
  const auto text = [&](IdentifierNo id) {
    const IdentifierEntry& entry = (*table_)[id];
    return std::pair<std::string_view, std::string_view>(entry.name_space_name, entry.text());
  };
  // The lists make values of them: minmax of temporaries would give dangling references.
  const auto x = std::minmax({text(a), text(b)});
  const auto y = std::minmax({text(c), text(d)});
  return x < y;
}

bool Graph::Exists(IdentifierNo id) const {
  if (!(*table_)[id].may_be_evidence()) return false;
  const Node& node = nodes_[id];
  if (node.quarantined) return IsMustLinked(id);
  return node.sightings > 0 || must_neighbours_.contains(id);
}

bool Graph::IsMustLinked(IdentifierNo id) const {
  const auto must = must_neighbours_.find(id);
  return must != must_neighbours_.end() &&
         std::any_of(must->second.begin(), must->second.end(),
                     [this](IdentifierNo other) { return (*table_)[other].may_be_evidence(); });
}

uint64_t Graph::MustLinkOf(PairKey pair) const {
  auto found = must_links_.find(pair);
  return found == must_links_.end() ? 0 : found->second.back();
}

std::vector<IdentifierNo> Graph::Neighbours(IdentifierNo id) const {
  std::vector<IdentifierNo> all;
  ForEachLinked(id, [&](IdentifierNo other) { all.push_back(other); });
  auto must = must_neighbours_.find(id);
  if (must == must_neighbours_.end()) return all;
  for (IdentifierNo other : must->second) {
    if ((*table_)[other].may_be_evidence()) all.push_back(other);
  }
  return all;
}

// Sightings --------------------------------------------------------------------------------------

void Graph::AddSighting(std::span<const IdentifierNo> ids, int64_t time_us) {
  for (size_t i = 0; i < ids.size(); ++i) {
    ++nodes_[ids[i]].sightings;
    for (size_t j = i + 1; j < ids.size(); ++j) {
      LinkInfo& link = links_[PairOf(ids[i], ids[j])];
      if (link.sightings++ == 0) {
        link.newest_us = time_us;
        NoteNeighbour(ids[i], ids[j]);
        NoteNeighbour(ids[j], ids[i]);
      } else {
        link.newest_us = std::max(link.newest_us, time_us);
      }
    }
  }
  joins_.emplace_back(ids.begin(), ids.end());
}

void Graph::RemoveSighting(std::span<const IdentifierNo> ids, int64_t time_us,
                           const std::function<int64_t(IdentifierNo, IdentifierNo)>& newest) {
  for (size_t i = 0; i < ids.size(); ++i) {
    --nodes_[ids[i]].sightings;
    MarkDirty(ids[i]);
    for (size_t j = i + 1; j < ids.size(); ++j) {
      PairKey pair = PairOf(ids[i], ids[j]);
      auto link = links_.find(pair);
      if (--link->second.sightings > 0) {
        if (link->second.newest_us == time_us) link->second.newest_us = newest(ids[i], ids[j]);
        continue;
      }
      links_.erase(link);
      if (MustLinkOf(pair) == 0) vetoes_.erase(pair);
      DropNeighbour(ids[i], ids[j]);
      DropNeighbour(ids[j], ids[i]);
    }
  }
}

// Quarantine -------------------------------------------------------------------------------------

// Whether it is one of those that quarantine counts.
bool Graph::CountsFor(IdentifierNo neighbour, IdentifierNo id) const {
  const NamespaceRule* rule = RuleOf(neighbour);
  return rule != nullptr && rule->unique() &&
         (*table_)[neighbour].name_space != (*table_)[id].name_space;
}

void Graph::NoteNeighbour(IdentifierNo id, IdentifierNo neighbour) {
  Node& node = nodes_[id];
  node.neighbours.push_back(neighbour);
  if (!CountsFor(neighbour, id)) return;
  ++node.unique_neighbours;
  if (!node.quarantined) ReviewQuarantine(id);  // Counts only grow.
}

void Graph::DropNeighbour(IdentifierNo id, IdentifierNo neighbour) {
  Node& node = nodes_[id];
  base::EraseValue(&node.neighbours, neighbour);
  if (!CountsFor(neighbour, id)) return;
  --node.unique_neighbours;
  if (node.quarantined) ReviewQuarantine(id);
}

// More values of one unique namespace than the limit; those of one must-link class are one.
bool Graph::ExceedsQuarantine(IdentifierNo id) const {
  const NamespaceRule* rule = RuleOf(id);
  if (rule == nullptr || rule->unique() || rule->quarantine_above == 0) return false;
  const Node& node = nodes_[id];
  if (node.unique_neighbours <= rule->quarantine_above) return false;
  base::ShortList<IdentifierNo, 16> classes;  // One value of each, of all unique namespaces.
  for (IdentifierNo neighbour : node.neighbours) {
    if (!CountsFor(neighbour, id)) continue;
    const uint16_t name_space = (*table_)[neighbour].name_space;
    size_t count = 1;
    const bool known = std::any_of(classes.begin(), classes.end(), [&](IdentifierNo other) {
      if ((*table_)[other].name_space != name_space) return false;
      ++count;
      return SameMustLinkClass(other, neighbour);
    });
    if (known) continue;
    if (count > rule->quarantine_above) return true;
    classes.push_back(neighbour);
  }
  return false;
}

void Graph::ReviewQuarantine(IdentifierNo id) {
  Node& node = nodes_[id];
  const bool quarantined = ExceedsQuarantine(id);
  if (node.quarantined == quarantined) return;
  node.quarantined = quarantined;
  changed_quarantines_.push_back(id);
  MarkDirty(id);
  // They are no component any more, or are one again.
  for (IdentifierNo other : node.neighbours) {
    MarkDirty(other);
    const PairKey pair = PairOf(id, other);
    if (MustLinkOf(pair) == 0) vetoes_.erase(pair);
  }
}

// Must-links of these have changed, so that somebody may have them or nobody.
void Graph::NoteMustLinked(std::span<const IdentifierNo> ids) {
  for (IdentifierNo id : ids) {
    if (IsQuarantined(id)) changed_quarantines_.push_back(id);
  }
}

// Assertions -------------------------------------------------------------------------------------

std::vector<IdentifierNo> Graph::SetMustLink(uint64_t sequence, std::span<const IdentifierNo> ids,
                                             bool live) {
  for (size_t i = 0; i < ids.size(); ++i) {
    MarkDirty(ids[i]);
    for (size_t j = i + 1; j < ids.size(); ++j) {
      PairKey pair = PairOf(ids[i], ids[j]);
      std::vector<uint64_t>& sequences = must_links_[pair];
      if (live) {
        if (sequences.empty()) {
          must_neighbours_[ids[i]].push_back(ids[j]);
          must_neighbours_[ids[j]].push_back(ids[i]);
        }
        sequences.insert(std::lower_bound(sequences.begin(), sequences.end(), sequence), sequence);
        continue;
      }
      std::erase(sequences, sequence);
      if (!sequences.empty()) continue;
      must_links_.erase(pair);
      if (!links_.contains(pair)) vetoes_.erase(pair);
      for (auto [id, other] : {std::pair(ids[i], ids[j]), std::pair(ids[j], ids[i])}) {
        std::vector<IdentifierNo>& neighbours = must_neighbours_[id];
        std::erase(neighbours, other);
        if (neighbours.empty()) must_neighbours_.erase(id);
      }
    }
  }
  NoteMustLinked(ids);
  return RefreshMustClasses({ids.begin(), ids.end()});
}

std::vector<IdentifierNo> Graph::SetCannotLink(uint64_t sequence, IdentifierNo a, IdentifierNo b,
                                               bool live) {
  for (auto [id, other] : {std::pair(a, b), std::pair(b, a)}) {
    auto& cannot = cannot_links_[id];
    if (live) {
      cannot.emplace_back(other, sequence);
      std::sort(cannot.begin(), cannot.end());
    } else {
      std::erase(cannot, std::pair(other, sequence));
      if (cannot.empty()) cannot_links_.erase(id);
    }
    MarkDirty(id);
  }
  return RefreshMustClasses({a, b});
}

std::vector<IdentifierNo> Graph::BlockChanged(IdentifierNo id) {
  std::vector<IdentifierNo> seeds{id};
  auto must = must_neighbours_.find(id);
  if (must != must_neighbours_.end()) {
    seeds.insert(seeds.end(), must->second.begin(), must->second.end());
  }
  for (IdentifierNo seed : seeds) MarkDirty(seed);
  NoteMustLinked(seeds);
  return RefreshMustClasses(seeds);
}

// Everything reachable over must-links, blocked values included: they only stop joins.
std::vector<IdentifierNo> Graph::MustComponent(const std::vector<IdentifierNo>& seeds) const {
  std::vector<IdentifierNo> component = seeds;
  base::SortUnique(&component);
  absl::flat_hash_map<IdentifierNo, bool> seen;
  for (IdentifierNo id : component) seen.emplace(id, true);
  for (size_t i = 0; i < component.size(); ++i) {
    auto must = must_neighbours_.find(component[i]);
    if (must == must_neighbours_.end()) continue;
    for (IdentifierNo other : must->second) {
      if (seen.emplace(other, true).second) component.push_back(other);
    }
  }
  return component;
}

bool Graph::CannotMeet(std::span<const IdentifierNo> a, std::span<const IdentifierNo> b) const {
  for (IdentifierNo id : a) {
    auto cannot = cannot_links_.find(id);
    if (cannot == cannot_links_.end()) continue;
    for (const auto& entry : cannot->second) {
      if (std::find(b.begin(), b.end(), entry.first) != b.end()) return true;
    }
  }
  return false;
}

// Must-link classes: the must-links alone, newest first, vetoed by cannot-links and blocks only.
std::vector<IdentifierNo> Graph::RefreshMustClasses(const std::vector<IdentifierNo>& seeds) {
  std::vector<IdentifierNo> component = MustComponent(seeds);
  std::vector<OrderedMustLink> order;
  for (IdentifierNo id : component) {
    auto must = must_neighbours_.find(id);
    if (must == must_neighbours_.end() || !(*table_)[id].may_be_evidence()) continue;
    for (IdentifierNo other : must->second) {
      if (id < other && (*table_)[other].may_be_evidence()) {
        order.push_back({must_links_.at(PairOf(id, other)).back(), id, other});
      }
    }
  }
  std::sort(order.begin(), order.end(), [&](const auto& x, const auto& y) {
    if (x.sequence != y.sequence) return x.sequence > y.sequence;
    return TextPairLess(x.a, x.b, y.a, y.b);
  });
  absl::flat_hash_map<IdentifierNo, std::vector<IdentifierNo>> members;
  absl::flat_hash_map<IdentifierNo, IdentifierNo> head;
  for (IdentifierNo id : component) {
    members[id] = {id};
    head[id] = id;
  }
  for (const OrderedMustLink& link : order) {
    IdentifierNo a = head[link.a];
    IdentifierNo b = head[link.b];
    if (a == b || CannotMeet(members[a], members[b])) continue;
    for (IdentifierNo id : members[b]) head[id] = a;
    members[a].insert(members[a].end(), members[b].begin(), members[b].end());
    members.erase(b);
  }
  for (const auto& [first, ids] : members) {
    IdentifierNo representative = *std::min_element(ids.begin(), ids.end());
    for (IdentifierNo id : ids) nodes_[id].must_class = representative;
  }
  // Uniqueness and quarantine count must-link classes, so every component they touch is judged
  // anew.
  for (IdentifierNo id : component) {
    MarkDirty(id);
    const NamespaceRule* rule = RuleOf(id);
    if (rule == nullptr || !rule->unique()) continue;
    for (IdentifierNo other : nodes_[id].neighbours) ReviewQuarantine(other);
  }
  return component;
}

uint16_t Graph::MustLinkConflict(std::span<const IdentifierNo> ids) const {
  std::vector<std::pair<uint16_t, IdentifierNo>> unnamed;  // Namespace, must-link class.
  for (IdentifierNo id : ids) {
    if (nodes_[id].class_no == kNoClass) continue;
    for (IdentifierNo member : classes_[nodes_[id].class_no].members) {
      const NamespaceRule* rule = RuleOf(member);
      if (rule == nullptr || !rule->unique()) continue;
      bool named = std::any_of(ids.begin(), ids.end(), [&](IdentifierNo name) {
        return nodes_[name].must_class == nodes_[member].must_class;
      });
      if (!named) unnamed.emplace_back((*table_)[member].name_space, nodes_[member].must_class);
    }
  }
  base::SortUnique(&unnamed);
  for (size_t i = 1; i < unnamed.size(); ++i) {
    if (unnamed[i].first == unnamed[i - 1].first) return unnamed[i].first;
  }
  return kNoNamespace;
}

}  // namespace cxjourney::identity
