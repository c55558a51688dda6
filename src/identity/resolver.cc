#include "identity/resolver.h"

#include <algorithm>

namespace cxjourney::identity {

Replay::Replay(const Graph& graph, const std::vector<IdentifierNo>& component)
    : graph_(graph), component_(component) {
  local_.reserve(component.size());
  parent_.resize(component.size());
  sides_.reserve(component.size());
  for (uint32_t i = 0; i < component.size(); ++i) {
    local_.emplace(component[i], i);
    parent_[i] = i;
    sides_.push_back(graph.Alone(component[i]));
  }
}

void Replay::CollectLinks() {
  const auto add = [&](IdentifierNo a, IdentifierNo b, uint64_t must_link, int64_t newest_us) {
    const NamespaceRule* rule_a = graph_.RuleOf(a);
    const NamespaceRule* rule_b = graph_.RuleOf(b);
    if (rule_a == nullptr || rule_b == nullptr) return;
    OrderedLink link{a,
                     b,
                     must_link,
                     newest_us,
                     rule_a->priority + rule_b->priority,
                     std::max(rule_a->tier, rule_b->tier)};
    links_.push_back(link);
  };
  for (IdentifierNo id : component_) {
    graph_.ForEachLinked(id, [&](IdentifierNo other) {
      if (id < other) add(id, other, 0, graph_.links_.at(PairOf(id, other)).newest_us);
    });
    auto must = graph_.must_neighbours_.find(id);
    if (must == graph_.must_neighbours_.end()) continue;
    for (IdentifierNo other : must->second) {
      if (id < other && local_.contains(other)) {
        add(id, other, graph_.must_links_.at(PairOf(id, other)).back(), 0);
      }
    }
  }
}

// The total order of the replay, the same under every key and on every machine.
bool Replay::Before(const OrderedLink& x, const OrderedLink& y) const {
  if ((x.must_link != 0) != (y.must_link != 0)) return x.must_link != 0;
  if (x.must_link != y.must_link) return x.must_link > y.must_link;
  if (x.must_link == 0) {
    if (x.tier != y.tier) return x.tier < y.tier;
    if (x.tier == Tier::kPerson && x.priority_sum != y.priority_sum) {
      return x.priority_sum < y.priority_sum;
    }
    if (x.newest_us != y.newest_us) return x.newest_us > y.newest_us;
    if (x.priority_sum != y.priority_sum) return x.priority_sum < y.priority_sum;
  }
  return graph_.TextPairLess(x.a, x.b, y.a, y.b);
}

uint32_t Replay::Find(uint32_t local) {
  while (parent_[local] != local) {
    parent_[local] = parent_[parent_[local]];
    local = parent_[local];
  }
  return local;
}

bool Replay::VetoedByCannotLink(const Class& a, const Class& b, VetoInfo* veto) const {
  if (!a.has_cannot || !b.has_cannot) return false;
  for (IdentifierNo id : a.members) {
    auto cannot = graph_.cannot_links_.find(id);
    if (cannot == graph_.cannot_links_.end()) continue;
    for (const auto& [other, sequence] : cannot->second) {
      if (std::find(b.members.begin(), b.members.end(), other) == b.members.end()) continue;
      *veto = {VetoRule::kCannotLink, kNoNamespace, id, other, sequence};
      return true;
    }
  }
  return false;
}

bool Replay::Vetoed(const Class& a, const Class& b, VetoInfo* veto) const {
  for (const auto& [name_space, id_a] : a.unique) {
    for (const auto& [other_space, id_b] : b.unique) {
      if (name_space != other_space || graph_.SameMustLinkClass(id_a, id_b)) continue;
      *veto = {VetoRule::kUniqueNamespace, name_space, id_a, id_b, 0};
      return true;
    }
  }
  if (VetoedByCannotLink(a, b, veto)) return true;
  for (const auto& [name_space, count_a] : a.limited) {
    for (const auto& [other_space, count_b] : b.limited) {
      if (name_space != other_space ||
          count_a + count_b <= graph_.rules_->namespaces[name_space].per_customer_max) {
        continue;
      }
      *veto = {VetoRule::kPerCustomerLimit, name_space, kNoIdentifier, kNoIdentifier, 0};
      return true;
    }
  }
  if (a.members.size() + b.members.size() > graph_.rules_->identifiers_per_customer_max) {
    *veto = {VetoRule::kIdentifiersPerCustomer, kNoNamespace, kNoIdentifier, kNoIdentifier, 0};
    return true;
  }
  return false;
}

void Replay::Join(uint32_t a, uint32_t b) {
  if (sides_[a].members.size() < sides_[b].members.size()) std::swap(a, b);
  parent_[b] = a;
  sides_[a].Absorb(sides_[b]);
  sides_[b] = {};
}

void Replay::Run() {
  CollectLinks();
  std::sort(links_.begin(), links_.end(),
            [&](const OrderedLink& x, const OrderedLink& y) { return Before(x, y); });
  for (const OrderedLink& link : links_) {
    uint32_t a = Find(local_.at(link.a));
    uint32_t b = Find(local_.at(link.b));
    if (a == b) continue;
    // Rivals are told from the side of the pair's first identifier, so ask in that order.
    if (link.b < link.a) std::swap(a, b);
    VetoInfo veto;
    if (Vetoed(sides_[a], sides_[b], &veto)) {
      vetoes_.emplace_back(PairOf(link.a, link.b), veto);
    } else {
      Join(a, b);
    }
  }
}

std::vector<Class> Replay::TakeGroups() {
  std::vector<Class> groups;
  for (Class& side : sides_) {
    if (!side.members.empty()) groups.push_back(std::move(side));
  }
  return groups;
}

}  // namespace cxjourney::identity
