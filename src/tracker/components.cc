#include "tracker/components.h"

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <algorithm>
#include <utility>

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
  std::vector<Island> islands;
  absl::flat_hash_set<Node> seen;
  for (Node node : changed_) {
    if (seen.insert(Root(node)).second) islands.push_back(Collect(node));
  }
  return islands;
}

Island Components::Collect(Node member) const {
  Island island;
  island.member = member;
  Node node = member;
  do {
    const Entry& entry = nodes_[node];
    if (entry.kind == Kind::kIdentifier) island.identifiers.push_back(entry.number);
    if (entry.kind == Kind::kRow) island.rows.push_back(entry.number);
    if (entry.kind == Kind::kAssertion) island.assertions.push_back(sequences_[entry.number]);
    if (entry.island != kNoIsland) island.before.push_back(entry.island);
    node = entry.next;
  } while (node != member);
  base::SortUnique(&island.identifiers);
  base::SortUnique(&island.before);
  island.main = LargestOf(island);
  return island;
}

// The others are written again when they are joined to it, so that nothing is more often than the
// island doubles.
IslandNo Components::LargestOf(const Island& island) const {
  if (island.before.size() <= 1) return island.before.empty() ? kNoIsland : island.before.front();
  absl::flat_hash_map<IslandNo, size_t> members;
  Node node = island.member;
  do {
    if (nodes_[node].island != kNoIsland) ++members[nodes_[node].island];
    node = nodes_[node].next;
  } while (node != island.member);
  return *std::max_element(island.before.begin(), island.before.end(),
                           [&](IslandNo a, IslandNo b) { return members[a] < members[b]; });
}

std::vector<IdentifierNo> Components::ListedBefore(const Island& island) const {
  std::vector<IdentifierNo> listed;
  Node node = island.member;
  do {
    const Entry& entry = nodes_[node];
    const bool is_listed = entry.kind == Kind::kIdentifier && entry.island == island.main;
    if (is_listed) listed.push_back(entry.number);
    node = entry.next;
  } while (node != island.member);
  base::SortUnique(&listed);
  return listed;
}

void Components::SetIsland(Node member, IslandNo no) {
  Node node = member;
  do {
    Entry& entry = nodes_[node];
    entry.island = no;
    if (entry.kind == Kind::kIdentifier) {
      // Of one that is only mentioned any island will do that lists it.
      Entry& own = nodes_[identifiers_[entry.number]];
      if (own.island == kNoIsland) own.island = no;
    }
    node = entry.next;
  } while (node != member);
}

void Components::CameFrom(IslandNo no, const Mark& mark) {
  for (size_t node = mark.nodes; node < nodes_.size(); ++node) {
    nodes_[node].island = no;
    Join(static_cast<Node>(mark.nodes), static_cast<Node>(node));
  }
  changed_.resize(mark.changes);
}

}  // namespace cxjourney::tracker
