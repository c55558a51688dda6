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
  nodes_.Add() = {node, node, number, kNoIsland, kind};
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

void Components::ListChanged(ChangedIslands* changed) {
  constexpr size_t kTogether = 16;
  Collected collected;
  seen_.assign(nodes_.size(), false);
  changed->islands.reserve(changed_.size());
  for (Node node : changed_) {
    if (IslandOf(node) != kNoIsland) collected.renewed.insert(node);
  }
  for (size_t i = 0; i < changed_.size(); ++i) {
    if (i % kTogether == 0) {
      const std::span<const Node> behind = std::span<const Node>(changed_).subspan(i);
      PrefetchRings(behind.first(std::min(kTogether, behind.size())));
    }
    if (seen_[changed_[i]]) continue;
    changed->islands.push_back(Collect(changed_[i], &collected, &changed->lists));
  }
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

void Components::Collected::ClearLists() {
  members.clear();
  before.clear();
  listed.clear();
  unlisted.clear();
  rows.clear();
  new_rows = 0;
  assertions.clear();
  unsealed.clear();
}

Island Components::Collect(Node member, Collected* collected, base::Arena* lists) {
  Collected& found = *collected;
  found.ClearLists();
  Follow(member, collected);
  Island island;
  island.main = LargestOf(found.before, found.members);
  for (Node node : found.members) AddTo(collected, node, island.main);
  base::SortUnique(&found.listed);
  base::SortUnique(&found.unlisted);
  std::erase_if(found.unlisted, [&](IdentifierNo no) {
    return std::binary_search(found.listed.begin(), found.listed.end(), no);
  });
  island.listed = lists->Copy(found.listed);
  island.unlisted = lists->Copy(found.unlisted);
  island.rows = lists->Copy(found.rows);
  island.new_rows = found.new_rows;
  island.assertions = lists->Copy(found.assertions);
  island.before = lists->Copy(found.before);
  island.unsealed = lists->Copy(found.unsealed);
  return island;
}

// Who is in its component, and where that is sealed.
void Components::Follow(Node member, Collected* collected) {
  std::vector<IslandNo>& before = collected->before;
  Node node = member;
  do {
    collected->members.push_back(node);
    seen_[node] = true;
    const IslandNo no = nodes_[node].island;
    if (no != kNoIsland && (before.empty() || before.back() != no)) before.push_back(no);
    node = nodes_[node].next;
  } while (node != member);
  base::SortUnique(&before);
}

void Components::AddTo(Collected* collected, Node node, IslandNo main) const {
  const Entry& entry = nodes_[node];
  const bool is_sealed = entry.island != kNoIsland && entry.island == main;
  if (!is_sealed) collected->unsealed.push_back(node);
  switch (entry.kind) {
    case Kind::kIdentifier:
      // By this node: an own one may be of another island that lists the identifier too.
      (is_sealed ? collected->listed : collected->unlisted).push_back(entry.number);
      return;
    case Kind::kRow:
      collected->rows.push_back(entry.number);
      if (is_sealed && !collected->renewed.contains(node)) return;
      std::swap(collected->rows[collected->new_rows++], collected->rows.back());
      return;
    case Kind::kAssertion:
      collected->assertions.push_back(sequences_[entry.number]);
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

void Components::SetSealed(const Island& island) {
  for (Node node : island.unsealed) {
    Entry& entry = nodes_[node];
    entry.island = island.no;
    if (entry.kind != Kind::kIdentifier) continue;
    // Of one that is only mentioned any island will do that lists it.
    Entry& own = nodes_[identifiers_[entry.number]];
    if (own.island == kNoIsland) own.island = island.no;
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
