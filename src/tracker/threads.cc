#include "tracker/threads.h"

#include <absl/container/flat_hash_set.h>

#include <algorithm>

namespace cxjourney::tracker {

namespace {

template <class Map, class Key>
void RemoveFrom(Map* map, const Key& key, RowNo no) {
  auto found = map->find(key);
  if (found == map->end()) return;
  std::erase(found->second, no);
  if (found->second.empty()) map->erase(found);
}

}  // namespace

void Threads::Add(RowNo no) {
  const Row& row = (*rows_)[no];
  if (!IsLinked(row)) return;
  const std::string_view source = row.leg.source;
  const journey::LegDetails& details = *row.leg.details;
  if (!details.conversation_id.empty()) {
    conversations_[Key(source, details.conversation_id)].push_back(no);
  }
  if (!details.parent_id.empty()) children_[Key(source, details.parent_id)].push_back(no);
  if (!row.identified()) ++unidentified_;
}

void Threads::Remove(RowNo no) {
  const Row& row = (*rows_)[no];
  if (!IsLinked(row)) return;
  const journey::Leg& leg = row.leg;
  RemoveFrom(&conversations_, Key(leg.source, leg.details->conversation_id), no);
  RemoveFrom(&children_, Key(leg.source, leg.details->parent_id), no);
  if (!row.identified()) --unidentified_;
}

IdentifierNo Threads::HolderOf(RowNo no) const {
  const Row& row = (*rows_)[no];
  if (row.identified()) return row.anchor;
  if (IdentifierNo holder = HolderByParent(row); holder != kNoIdentifier) return holder;
  if (row.leg.details->conversation_id.empty()) return kNoIdentifier;
  auto found = conversations_.find(Key(row.leg.source, row.leg.details->conversation_id));
  if (found == conversations_.end()) return kNoIdentifier;
  IdentifierNo holder = kNoIdentifier;
  for (RowNo other : found->second) {
    IdentifierNo anchor = (*rows_)[other].anchor;
    if (anchor == kNoIdentifier) continue;
    if (holder == kNoIdentifier) {
      holder = anchor;
    } else if (graph_->ClassOf(holder) != graph_->ClassOf(anchor)) {
      return kNoIdentifier;
    }
  }
  return holder;
}

IdentifierNo Threads::HolderByParent(const Row& row) const {
  if (row.leg.details->parent_id.empty()) return kNoIdentifier;
  RowNo no = rows_->Find({row.leg.source, row.leg.details->parent_id});
  if (no == kNoRow) return kNoIdentifier;
  const Row& parent = (*rows_)[no];
  if (!parent.counts() || !(parent.leg < row.leg)) return kNoIdentifier;
  // The parent was settled before its children, or they are asked again when it is.
  return parent.identified() ? parent.anchor : parent.holder;
}

void Threads::AppendDependants(RowNo no, std::vector<RowNo>* dependants) const {
  if (unidentified_ == 0) return;
  const Row& row = (*rows_)[no];
  const auto append = [&](const absl::flat_hash_map<Key, std::vector<RowNo>>& map, Key key) {
    auto found = map.find(key);
    if (found == map.end()) return;
    for (RowNo other : found->second) {
      if (other != no && !(*rows_)[other].identified()) dependants->push_back(other);
    }
  };
  if (!row.leg.details->conversation_id.empty()) {
    append(conversations_, Key(row.leg.source, row.leg.details->conversation_id));
  }
  append(children_, Key(row.leg.source, row.leg.id));
}

std::vector<RowNo> Threads::Group(RowNo no) const {
  std::vector<RowNo> group{no};
  absl::flat_hash_set<RowNo> seen{no};
  for (size_t i = 0; i < group.size(); ++i) {
    std::vector<RowNo> near;
    AppendDependants(group[i], &near);
    const Row& row = (*rows_)[group[i]];
    if (!row.leg.details->parent_id.empty()) {
      near.push_back(rows_->Find({row.leg.source, row.leg.details->parent_id}));
    }
    for (RowNo other : near) {
      if (other == kNoRow || !(*rows_)[other].counts()) continue;
      if ((*rows_)[other].holder != kNoIdentifier) continue;
      if (seen.insert(other).second) group.push_back(other);
    }
  }
  return group;
}

}  // namespace cxjourney::tracker
