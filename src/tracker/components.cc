#include "tracker/components.h"

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <algorithm>
#include <utility>

#include "base/prefetch.h"
#include "base/short_list.h"

namespace cxjourney::tracker {

Components::Node Components::Add(Kind kind, uint32_t number) {
  const auto node = static_cast<Node>(nodes_.size());
  nodes_.push_back({node, node, number, kNoIsland, kind});
  return node;
}

Components::Node Components::AddAssertion(uint64_t sequence) {
  sequences_.push_back(sequence);
  return Add(Kind::kAssertion, static_cast<uint32_t>(sequences_.size() - 1));
}

Components::Node Components::Root(Node node) {
  while (nodes_[node].parent != node) {
    node = nodes_[node].parent = nodes_[nodes_[node].parent].parent;
  }
  return node;
}

void Components::Join(Node a, Node b) {
  a = Root(a);
  b = Root(b);
  if (a == b) return;
  nodes_[std::max(a, b)].parent = std::min(a, b);
  std::swap(nodes_[a].next, nodes_[b].next);  // Two rings become one.
}

// A node of its own for each, so that its component lists the identifier.
void Components::Mention(IdentifierNo no, Node node) {
  const Node mention = Add(Kind::kIdentifier, no);
  Join(mention, node);
  mentions_[no].push_back(mention);
}

void Components::JoinMentions(IdentifierNo no) {
  for (Node mention : mentions_[no]) Join(mention, identifiers_[no]);
  mentions_.erase(no);
}

void Components::JoinText(const store::VaultKey& key, Node node, TextMap* first_of) {
  const auto [found, fresh] = first_of->try_emplace(key, node);
  if (!fresh) Join(found->second, node);
}

void Components::Arrive(const store::VaultKey& key, Node parent) {
  const auto found = awaiting_.find(key);
  if (found == awaiting_.end()) return;
  Join(found->second, parent);
  awaiting_.erase(found);
}

std::vector<Island> Components::Changed() {
  constexpr size_t kTogether = 16;
  Seen seen;
  seen.nodes.resize(nodes_.size());
  for (Node node : changed_) {
    if (IslandOf(node) != kNoIsland) seen.renewed.insert(node);
  }
  std::vector<Island> islands;
  for (size_t i = 0; i < changed_.size(); ++i) {
    if (i % kTogether == 0) {
      const std::span<const Node> behind = std::span<const Node>(changed_).subspan(i);
      PrefetchRings(behind.first(std::min(kTogether, behind.size())));
    }
    if (!seen.nodes[changed_[i]]) islands.push_back(Collect(changed_[i], &seen));
  }
  return islands;
}

// Each step along a ring waits for memory; along several at once it is one wait.
void Components::PrefetchRings(std::span<const Node> members) const {
  constexpr size_t kStepsMax = 64;
  std::vector<std::pair<Node, Node>> left;  // Where each ring begins, and how far it was followed.
  for (Node member : members) {
    base::Prefetch(&nodes_[member]);
    left.emplace_back(member, member);
  }
  for (size_t step = 0; step < kStepsMax && !left.empty(); ++step) {
    for (auto& [first, node] : left) {
      node = nodes_[node].next;
      base::Prefetch(&nodes_[node]);
    }
    std::erase_if(left, [](const auto& ring) { return ring.first == ring.second; });
  }
}

Island Components::Collect(Node member, Seen* seen) const {
  Island island;
  std::vector<Node>& members = seen->members;
  members.clear();
  Node node = member;
  do {
    members.push_back(node);
    seen->nodes[node] = true;
    const IslandNo no = nodes_[node].island;
    const bool is_last = !island.before.empty() && island.before.back() == no;
    if (no != kNoIsland && !is_last) island.before.push_back(no);
    node = nodes_[node].next;
  } while (node != member);
  base::SortUnique(&island.before);
  island.main = LargestOf(island.before, members);
  for (Node each : members) AddTo(&island, each, seen->renewed.contains(each));
  base::SortUnique(&island.identifiers);
  base::SortUnique(&island.listed);
  return island;
}

void Components::AddTo(Island* island, Node node, bool is_renewed) const {
  const Entry& entry = nodes_[node];
  const bool is_sealed = entry.island != kNoIsland && entry.island == island->main;
  if (!is_sealed) island->unsealed.push_back(node);
  switch (entry.kind) {
    case Kind::kIdentifier:
      // By this node: an own one may be of another island that lists the identifier too.
      island->identifiers.push_back(entry.number);
      if (is_sealed) island->listed.push_back(entry.number);
      return;
    case Kind::kRow:
      island->rows.push_back(entry.number);
      if (!is_sealed || is_renewed)
        std::swap(island->rows[island->new_rows++], island->rows.back());
      return;
    case Kind::kAssertion:
      island->assertions.push_back(sequences_[entry.number]);
  }
}

// The others are written again when they are joined to it, so that nothing is more often than the
// island doubles.
IslandNo Components::LargestOf(const std::vector<IslandNo>& islands,
                               const std::vector<Node>& members) const {
  if (islands.size() <= 1) return islands.empty() ? kNoIsland : islands.front();
  absl::flat_hash_map<IslandNo, size_t> sizes;
  for (Node node : members) ++sizes[nodes_[node].island];
  return *std::max_element(islands.begin(), islands.end(),
                           [&](IslandNo a, IslandNo b) { return sizes[a] < sizes[b]; });
}

void Components::SetIsland(const Island& island, IslandNo no) {
  for (Node node : island.unsealed) {
    Entry& entry = nodes_[node];
    entry.island = no;
    if (entry.kind != Kind::kIdentifier) continue;
    // Of one that is only mentioned any island will do that lists it.
    Entry& own = nodes_[identifiers_[entry.number]];
    if (own.island == kNoIsland) own.island = no;
  }
}

void Components::CameFrom(IslandNo no, const Mark& mark) {
  for (size_t node = mark.nodes; node < nodes_.size(); ++node) {
    nodes_[node].island = no;
    Join(static_cast<Node>(mark.nodes), static_cast<Node>(node));
  }
  changed_.resize(mark.changes);
}

}  // namespace cxjourney::tracker
