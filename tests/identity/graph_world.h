// A graph of identities told by names: "email:a" is value a of namespace email.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "identity/explain.h"
#include "identity/graph.h"
#include "identity/identifier_table.h"

namespace cxjourney::identity {

// Namespaces of every tier with the limits that the resolver knows.
inline IdentityRules GraphTestRules() {
  const auto rule = [](std::string name, Tier tier, uint32_t priority, uint32_t max) {
    NamespaceRule one;
    one.name = std::move(name);
    one.tier = tier;
    one.priority = priority;
    one.per_customer_max = max;
    return one;
  };
  IdentityRules rules;
  rules.namespaces = {
      rule("cid", Tier::kPerson, 1, 1),       rule("crm", Tier::kPerson, 2, 1),
      rule("email", Tier::kPerson, 5, 2),     rule("phone", Tier::kPerson, 6, 3),
      rule("order", Tier::kReference, 8, 0),  rule("case", Tier::kReference, 8, 0),
      rule("device", Tier::kHardware, 9, 10), rule("cookie", Tier::kCookie, 11, 50),
  };
  return rules;
}

// The same, where few values of a unique namespace put what was seen with them into quarantine.
inline IdentityRules QuarantineTestRules() {
  IdentityRules rules = GraphTestRules();
  for (NamespaceRule& rule : rules.namespaces) {
    // Of a unique namespace it means nothing.
    rule.quarantine_above = rule.tier == Tier::kPerson ? 2 : 1;
  }
  return rules;
}

// Evidence in, partition out. Keeps the evidence, so that another graph can be built from it.
class GraphWorld {
 public:
  using Names = std::vector<std::string>;

  explicit GraphWorld(IdentityRules rules = GraphTestRules())
      : rules_(std::move(rules)), graph_(&table_, &rules_) {
    store::Secret root{};
    root.fill(7);
    table_.SetKeys(root, 0);
  }

  IdentifierNo Id(const std::string& name) {
    size_t colon = name.find(':');
    std::string name_space = name.substr(0, colon);
    std::string value = name.substr(colon + 1);
    IdentifierNo no = table_.Find(name_space, value);
    if (no != kNoIdentifier) return no;
    for (uint16_t i = 0; i < rules_.namespaces.size(); ++i) {
      if (rules_.namespaces[i].name != name_space) continue;
      no = table_.Add(name_space, value, i, Reason::kNone, &no_secret_);
    }
    graph_.Grow();
    return no;
  }

  // A touchpoint that carries these at a time. Returns a handle for Unsee.
  size_t See(const Names& names, int64_t time_us) {
    Sighting sighting;
    for (const std::string& name : names) sighting.carried.push_back(Id(name));
    sighting.time_us = time_us;
    sightings_.push_back(sighting);
    Deposit(&sightings_.back());
    return sightings_.size() - 1;
  }
  void Unsee(size_t handle) {
    Withdraw(&sightings_[handle]);
    sightings_[handle].carried.clear();
  }
  bool IsSeen(size_t handle) const { return !sightings_[handle].carried.empty(); }
  size_t sighting_count() const { return sightings_.size(); }

  uint64_t Must(const Names& names) {
    Assertion assertion{++sequence_, false, {}};
    for (const std::string& name : names) assertion.ids.push_back(Id(name));
    assertions_.push_back(assertion);
    graph_.SetMustLink(sequence_, assertion.ids, true);
    return sequence_;
  }
  uint64_t Cannot(const std::string& a, const std::string& b) {
    assertions_.push_back({++sequence_, true, {Id(a), Id(b)}});
    graph_.SetCannotLink(sequence_, Id(a), Id(b), true);
    return sequence_;
  }
  void Undo(uint64_t sequence) {
    auto found = std::find_if(assertions_.begin(), assertions_.end(),
                              [&](const auto& one) { return one.sequence == sequence; });
    if (found->cannot) {
      graph_.SetCannotLink(sequence, found->ids[0], found->ids[1], false);
    } else {
      graph_.SetMustLink(sequence, found->ids, false);
    }
    assertions_.erase(found);
  }
  std::vector<uint64_t> LiveAssertions() const {
    std::vector<uint64_t> live;
    for (const Assertion& assertion : assertions_) live.push_back(assertion.sequence);
    return live;
  }
  void SetBlocked(const std::string& name, bool blocked) {
    IdentifierNo id = Id(name);
    table_.at(id).blocked = blocked;
    graph_.BlockChanged(id);
    for (Sighting& sighting : sightings_) {
      if (std::find(sighting.carried.begin(), sighting.carried.end(), id) ==
          sighting.carried.end()) {
        continue;
      }
      Withdraw(&sighting);
      Deposit(&sighting);
    }
  }

  Settlement Settle() { return graph_.Settle(); }
  Graph& graph() { return graph_; }
  const IdentifierTable& table() const { return table_; }
  bool Same(const std::string& a, const std::string& b) {
    ClassNo no = graph_.ClassOf(Id(a));
    return no != kNoClass && no == graph_.ClassOf(Id(b));
  }

  std::string NameOf(IdentifierNo id) const {
    return std::string(table_[id].name_space_name) + ":" + table_[id].value;
  }
  std::string NameOf(PairKey pair) const {
    auto [a, b] = std::minmax({NameOf(FirstOf(pair)), NameOf(SecondOf(pair))});
    return std::string(a) + "~" + std::string(b);
  }

  // "{cid:1 email:a} {phone:9}".
  std::string Partition() const { return PartitionOf(graph_); }
  std::string PartitionOf(const Graph& graph) const {
    std::map<ClassNo, Names> classes;
    for (IdentifierNo id = 0; id < table_.size(); ++id) {
      if (graph.ClassOf(id) != kNoClass) classes[graph.ClassOf(id)].push_back(NameOf(id));
    }
    Names texts;
    for (auto& [no, names] : classes) {
      std::sort(names.begin(), names.end());
      texts.push_back(fmt::format("{{{}}}", fmt::join(names, " ")));
    }
    std::sort(texts.begin(), texts.end());
    return fmt::format("{}", fmt::join(texts, " "));
  }

  // "email:a~phone:1" of every link that does not join, in order.
  std::string Vetoed() const { return VetoedOf(graph_); }
  std::string VetoedOf(const Graph& graph) const {
    Names texts;
    for (const auto& [pair, veto] : graph.vetoes()) texts.push_back(NameOf(pair));
    std::sort(texts.begin(), texts.end());
    return fmt::format("{}", fmt::join(texts, " "));
  }
  const VetoInfo& VetoOf(const std::string& a, const std::string& b) {
    return graph_.vetoes().at(PairOf(Id(a), Id(b)));
  }

  std::string Path(const std::string& a, const std::string& b) {
    Names texts;
    for (PairKey pair : FindPath(graph_, Id(a), Id(b))) texts.push_back(NameOf(pair));
    return fmt::format("{}", fmt::join(texts, " "));
  }

  // The same evidence in another graph, settled from scratch: what the caches must equal.
  struct Reference {
    std::string partition;
    std::string vetoed;
    uint64_t classes;
  };
  Reference FromScratch() const {
    Graph graph(&table_, &rules_);
    graph.Grow();
    for (const Assertion& assertion : assertions_) {
      if (assertion.cannot) {
        graph.SetCannotLink(assertion.sequence, assertion.ids[0], assertion.ids[1], true);
      } else {
        graph.SetMustLink(assertion.sequence, assertion.ids, true);
      }
    }
    for (const Sighting& sighting : sightings_) {
      if (!sighting.evidence.empty()) graph.AddSighting(sighting.evidence, sighting.time_us);
    }
    graph.SettleAll();
    return {PartitionOf(graph), VetoedOf(graph), graph.class_count()};
  }

 private:
  struct Sighting {
    std::vector<IdentifierNo> carried;
    std::vector<IdentifierNo> evidence;  // Of them, what is not blocked.
    int64_t time_us = 0;
  };
  struct Assertion {
    uint64_t sequence;
    bool cannot;
    std::vector<IdentifierNo> ids;
  };

  void Deposit(Sighting* sighting) {
    sighting->evidence.clear();
    for (IdentifierNo id : sighting->carried) {
      if (table_[id].may_be_evidence()) sighting->evidence.push_back(id);
    }
    if (!sighting->evidence.empty()) graph_.AddSighting(sighting->evidence, sighting->time_us);
  }
  void Withdraw(Sighting* sighting) {
    std::vector<IdentifierNo> ids;
    ids.swap(sighting->evidence);
    if (ids.empty()) return;
    graph_.RemoveSighting(ids, sighting->time_us, [&](IdentifierNo a, IdentifierNo b) {
      int64_t newest = INT64_MIN;
      for (const Sighting& other : sightings_) {
        const auto holds = [&](IdentifierNo id) {
          return std::find(other.evidence.begin(), other.evidence.end(), id) !=
                 other.evidence.end();
        };
        if (holds(a) && holds(b)) newest = std::max(newest, other.time_us);
      }
      return newest;
    });
  }

  IdentityRules rules_;
  IdentifierTable table_;
  store::Secret no_secret_{};
  Graph graph_;
  std::vector<Sighting> sightings_;
  std::vector<Assertion> assertions_;
  uint64_t sequence_ = 0;
};

}  // namespace cxjourney::identity
