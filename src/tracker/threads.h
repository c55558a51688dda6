// Conversations and parents across timelines: whose timeline an unidentified touchpoint joins.
//
// The rule (docs/ARCHITECTURE.md, "Unidentified touchpoints"): a touchpoint without an accepted
// identifier belongs to the customer of its parent, where that is an earlier touchpoint of the
// same source and belongs to one; else to the only customer whose identified touchpoints carry
// its conversation; else to nobody.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <string_view>
#include <utility>
#include <vector>

#include "identity/graph.h"
#include "tracker/rows.h"

namespace cxjourney::tracker {

class Threads {
 public:
  Threads(const RowTable* rows, const identity::Graph* graph) : rows_(rows), graph_(graph) {}

  // A counting row came or went. (Its `anchor` must be set while it is in.)
  void Add(RowNo no);
  void Remove(RowNo no);

  // The identifier whose class the unidentified row joins, or kNoIdentifier.
  IdentifierNo HolderOf(RowNo no) const;

  // Unidentified rows whose answer can depend directly on this row.
  void AppendDependants(RowNo no, std::vector<RowNo>* dependants) const;
  // Any unidentified row in a conversation or with a parent at all?
  bool MayHaveDependants() const { return unidentified_ > 0; }

  // The unidentified rows that fold together with this one: connected by conversation or parent
  // through rows that belong to nobody; the row itself included.
  std::vector<RowNo> Group(RowNo no) const;

 private:
  // Source and conversation or touchpoint id.
  using Key = std::pair<std::string_view, std::string_view>;
  static bool IsLinked(const Row& row) {
    return !row.leg.details->conversation_id.empty() || !row.leg.details->parent_id.empty();
  }

  IdentifierNo HolderByParent(const Row& row) const;

  const RowTable* rows_;
  const identity::Graph* graph_;
  absl::flat_hash_map<Key, std::vector<RowNo>> conversations_;
  absl::flat_hash_map<Key, std::vector<RowNo>> children_;  // By their parent's key.
  size_t unidentified_ = 0;
};

}  // namespace cxjourney::tracker
