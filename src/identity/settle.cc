// Keeping the partition up to date: joining where that is enough, replaying where it is not.
#include <algorithm>

#include "identity/graph.h"
#include "identity/resolver.h"

namespace cxjourney::identity {

Settlement Graph::Settle() {
  Settlement settlement;
  for (const IdentifierList& ids : joins_) {
    // Once something must be replayed, joining first would be undone: replay it all.
    if (!dirty_.empty() || !TryJoin(ids, &settlement)) {
      dirty_.insert(dirty_.end(), ids.begin(), ids.end());
    }
  }
  joins_.clear();
  if (dirty_.empty()) return settlement;
  std::vector<IdentifierNo> seeds;
  seeds.swap(dirty_);
  absl::flat_hash_map<IdentifierNo, bool> seen;
  for (IdentifierNo seed : seeds) {
    if (seen.contains(seed)) continue;
    std::vector<IdentifierNo> component = Component(seed);
    for (IdentifierNo id : component) seen.emplace(id, true);
    ReplayComponent(component, &settlement);
  }
  // Numbers that appear in both lists mean "was there, and is there in the same shape": such a
  // class did not change in the end.
  base::SortUnique(&settlement.before);
  base::SortUnique(&settlement.after);
  return settlement;
}

Settlement Graph::SettleAll() {
  dirty_.clear();
  joins_.clear();
  for (IdentifierNo id = 0; id < nodes_.size(); ++id) dirty_.push_back(id);
  return Settle();
}

// Joining without replay -------------------------------------------------------------------------

bool Graph::UnionIsValid(const ClassList& classes) const {
  size_t members = 0;
  base::ShortList<std::pair<uint16_t, IdentifierNo>, 4> unique;
  base::ShortList<std::pair<uint16_t, uint32_t>, 4> limited;
  for (ClassNo no : classes) {
    const Class& one = classes_[no];
    members += one.members.size();
    for (const auto& [name_space, value] : one.unique) {
      for (const auto& [other_space, other] : unique) {
        if (name_space == other_space && !SameMustLinkClass(other, value)) return false;
      }
      unique.emplace_back(name_space, value);
    }
    for (const auto& [name_space, count] : one.limited) {
      uint32_t sum = count;
      for (auto& [other_space, other] : limited) {
        if (other_space == name_space) sum = other += count;
      }
      if (sum > rules_->namespaces[name_space].per_customer_max) return false;
      if (sum == count) limited.emplace_back(name_space, count);
    }
  }
  if (members > rules_->identifiers_per_customer_max) return false;
  for (size_t i = 0; i < classes.size(); ++i) {
    for (size_t j = i + 1; j < classes.size(); ++j) {
      const Class& a = classes_[classes[i]];
      const Class& b = classes_[classes[j]];
      if (a.has_cannot && b.has_cannot && CannotMeet(a.members, b.members)) return false;
    }
  }
  return true;
}

void Graph::MergeInto(ClassNo target, ClassNo other) {
  Class& from = classes_[other];
  for (IdentifierNo id : from.members) nodes_[id].class_no = target;
  classes_[target].Absorb(from);
  from = {};
  free_classes_.push_back(other);
  --class_count_;
}

bool Graph::TryJoin(const IdentifierList& ids, Settlement* settlement) {
  ClassList classes;
  for (IdentifierNo id : ids) {
    if (IsQuarantined(id)) continue;
    ClassNo no = nodes_[id].class_no;
    if (no == kNoClass) {  // Its first evidence: a class of its own to begin with.
      no = NewClass();
      classes_[no] = Alone(id);
      nodes_[id].class_no = no;
      settlement->after.push_back(no);
    }
    if (std::find(classes.begin(), classes.end(), no) == classes.end()) classes.push_back(no);
  }
  if (classes.size() < 2) return true;
  if (!UnionIsValid(classes)) return false;
  ClassNo target = *std::max_element(classes.begin(), classes.end(), [&](ClassNo a, ClassNo b) {
    return classes_[a].members.size() < classes_[b].members.size();
  });
  for (ClassNo no : classes) {
    settlement->before.push_back(no);
    if (no != target) {
      MergeInto(target, no);
      base::EraseValue(&settlement->after, no);
    }
  }
  settlement->after.push_back(target);
  base::SortUnique(&settlement->before);
  base::SortUnique(&settlement->after);
  return true;
}

// Replaying --------------------------------------------------------------------------------------

std::vector<IdentifierNo> Graph::Component(IdentifierNo seed) const {
  std::vector<IdentifierNo> component{seed};
  if (!Exists(seed)) return component;
  absl::flat_hash_map<IdentifierNo, bool> seen{{seed, true}};
  for (size_t i = 0; i < component.size(); ++i) {
    for (IdentifierNo other : Neighbours(component[i])) {
      if (seen.emplace(other, true).second) component.push_back(other);
    }
  }
  return component;
}

void Graph::ReplayComponent(const std::vector<IdentifierNo>& component, Settlement* settlement) {
  for (IdentifierNo id : component) {
    for (IdentifierNo other : Neighbours(id)) vetoes_.erase(PairOf(id, other));
  }
  if (component.size() == 1 && !Exists(component.front())) {
    Reclassify(component, {}, settlement);
    return;
  }
  Replay replay(*this, component);
  replay.Run();
  for (const auto& [pair, veto] : replay.vetoes()) vetoes_.emplace(pair, veto);
  Reclassify(component, replay.TakeGroups(), settlement);
}

// Gives each group a class; a group that was a class already keeps it untouched.
void Graph::Reclassify(const std::vector<IdentifierNo>& component, std::vector<Class> groups,
                       Settlement* settlement) {
  std::vector<ClassNo> old_classes;
  for (IdentifierNo id : component) {
    if (nodes_[id].class_no != kNoClass) old_classes.push_back(nodes_[id].class_no);
  }
  base::SortUnique(&old_classes);
  std::vector<ClassNo> kept;
  std::vector<Class> changed_groups;
  for (Class& group : groups) {
    ClassNo no = nodes_[group.members.front()].class_no;
    bool same = no != kNoClass && classes_[no].members.size() == group.members.size() &&
                std::all_of(group.members.begin(), group.members.end(),
                            [&](IdentifierNo id) { return nodes_[id].class_no == no; });
    if (same) {
      classes_[no] = std::move(group);  // Its assertions may have changed.
      kept.push_back(no);
    } else {
      changed_groups.push_back(std::move(group));
    }
  }
  std::sort(kept.begin(), kept.end());
  for (ClassNo no : old_classes) {
    if (std::binary_search(kept.begin(), kept.end(), no)) continue;
    settlement->before.push_back(no);
    // A class reaches beyond its component only when a link in it was removed; whoever is left
    // outside was an end of that link, so is dirty and gets its own component.
    for (IdentifierNo id : classes_[no].members) {
      if (nodes_[id].class_no == no) nodes_[id].class_no = kNoClass;
    }
    classes_[no] = {};
    free_classes_.push_back(no);
    --class_count_;
    base::EraseValue(&settlement->after, no);
  }
  for (Class& group : changed_groups) {
    ClassNo no = NewClass();
    for (IdentifierNo id : group.members) nodes_[id].class_no = no;
    classes_[no] = std::move(group);
    settlement->after.push_back(no);
  }
}

Class Graph::Alone(IdentifierNo id) const {
  Class alone;
  alone.members.push_back(id);
  alone.has_cannot = cannot_links_.contains(id);
  if (const NamespaceRule* rule = RuleOf(id)) {
    const uint16_t name_space = (*table_)[id].name_space;
    if (rule->unique()) {
      alone.unique.emplace_back(name_space, id);
    } else if (rule->per_customer_max > 0) {
      alone.limited.emplace_back(name_space, 1);
    }
  }
  return alone;
}

ClassNo Graph::NewClass() {
  ++class_count_;
  if (!free_classes_.empty()) {
    ClassNo no = free_classes_.back();
    free_classes_.pop_back();
    return no;
  }
  classes_.Add();
  return static_cast<ClassNo>(classes_.size() - 1);
}

}  // namespace cxjourney::identity
