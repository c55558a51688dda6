#include "identity/explain.h"

#include <algorithm>
#include <queue>

namespace cxjourney::identity {

std::vector<PairKey> FindPath(const Graph& graph, IdentifierNo a, IdentifierNo b) {
  struct Reached {
    uint64_t cost = 0;  // Customers crossed in the high half, links in the low one.
    IdentifierNo from = kNoIdentifier;
  };
  using Entry = std::pair<uint64_t, IdentifierNo>;
  const bool same = graph.ClassOf(a) == graph.ClassOf(b);
  absl::flat_hash_map<IdentifierNo, Reached> reached{{a, {}}};
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue;
  queue.emplace(0, a);
  while (!queue.empty() && queue.top().second != b) {
    auto [cost, id] = queue.top();
    queue.pop();
    if (reached[id].cost != cost) continue;  // A better way was found since.
    for (IdentifierNo next : graph.Neighbours(id)) {
      bool inside = graph.ClassOf(next) == graph.ClassOf(id);
      if (same && !inside) continue;
      Reached better{cost + 1 + (inside ? 0 : uint64_t{1} << 32), id};
      auto [found, fresh] = reached.try_emplace(next, better);
      if (!fresh && found->second.cost <= better.cost) continue;
      found->second = better;
      queue.emplace(better.cost, next);
    }
  }
  std::vector<PairKey> path;
  if (!reached.contains(b)) return path;
  for (IdentifierNo id = b; id != a; id = reached[id].from) {
    path.push_back(PairOf(id, reached[id].from));
  }
  std::reverse(path.begin(), path.end());
  return path;
}

}  // namespace cxjourney::identity
