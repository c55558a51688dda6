// Touchpoints as the engine holds them: one row per key, whatever its revisions.
#pragma once

#include <absl/container/flat_hash_set.h>

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "cxjourney/touchpoint.h"
#include "identity/identifier_table.h"
#include "identity/keyed_hash.h"
#include "journey/leg.h"

namespace cxjourney::tracker {

using identity::IdentifierNo;
using identity::kNoIdentifier;

using RowNo = uint32_t;
constexpr RowNo kNoRow = ~RowNo{0};

// One accepted revision of a key.
struct Revision {
  uint32_t number = 0;
  uint64_t sequence = 0;
  identity::Hash128 digest;  // Keyed hash of the content digest.
};

struct CarriedIdentifier {
  IdentifierNo no = kNoIdentifier;
  Role role = Role::kCustomer;
};

struct Row {
  std::string id;
  journey::Leg leg;                 // Of the newest revision; views into this row or the names.
  std::vector<Revision> revisions;  // By number; the last one counts.
  std::string body;                 // Stored record body of the newest revision.
  int64_t received_us = 0;          // Of the newest revision.
  uint64_t first_sequence = 0;      // Of the first accepted copy of any revision.
  std::vector<CarriedIdentifier> carried;
  std::vector<IdentifierNo> sighting;   // The evidence it is right now; may be empty.
  IdentifierNo anchor = kNoIdentifier;  // Strongest of the sighting.
  IdentifierNo holder = kNoIdentifier;  // Whose class's timeline it is in; kNoIdentifier: none.
  uint32_t retractions = 0;             // Live ones.
  bool voided = false;
  bool two_unique = false;  // Refused as evidence: two values of a unique namespace.

  bool counts() const { return !voided && retractions == 0; }
  bool identified() const { return anchor != kNoIdentifier; }
  uint64_t sequence() const { return revisions.back().sequence; }
  TouchpointKey key() const { return {std::string(leg.source), id}; }
};

// All rows, found by key. Rows never move and never go.
class RowTable {
 public:
  RowTable() : by_key_(0, KeyHash{this}, KeyEqual{this}) {}
  RowTable(const RowTable&) = delete;
  RowTable& operator=(const RowTable&) = delete;

  RowNo Find(std::string_view source, std::string_view id) const {
    auto found = by_key_.find(KeyView{source, id});
    return found == by_key_.end() ? kNoRow : *found;
  }
  // `source` must outlive the table. REQUIRES: Find knows no such key.
  RowNo Add(std::string_view source, std::string_view id) {
    auto no = static_cast<RowNo>(rows_.size());
    Row& row = rows_.emplace_back();
    row.id = id;
    row.leg.source = source;
    row.leg.id = row.id;
    row.leg.evidence = no;
    by_key_.insert(no);
    return no;
  }
  Row& operator[](RowNo no) { return rows_[no]; }
  const Row& operator[](RowNo no) const { return rows_[no]; }
  RowNo size() const { return static_cast<RowNo>(rows_.size()); }

  // The row whose first copy has this sequence, or kNoRow. First sequences ascend with rows.
  RowNo FindByFirstSequence(uint64_t sequence) const;
  // The first row whose first sequence is above this one, or size().
  RowNo FirstBehind(uint64_t sequence) const;

 private:
  struct KeyView {
    std::string_view source;
    std::string_view id;
  };
  struct KeyHash {
    using is_transparent = void;
    const RowTable* table;
    size_t operator()(const KeyView& key) const { return absl::HashOf(key.source, key.id); }
    size_t operator()(RowNo no) const { return (*this)(table->KeyOf(no)); }
  };
  struct KeyEqual {
    using is_transparent = void;
    const RowTable* table;
    bool Same(const KeyView& a, const KeyView& b) const {
      return a.id == b.id && a.source == b.source;
    }
    bool operator()(RowNo a, RowNo b) const { return a == b; }
    bool operator()(RowNo a, const KeyView& b) const { return Same(table->KeyOf(a), b); }
    bool operator()(const KeyView& a, RowNo b) const { return Same(a, table->KeyOf(b)); }
  };
  KeyView KeyOf(RowNo no) const { return {rows_[no].leg.source, rows_[no].id}; }

  std::deque<Row> rows_;
  absl::flat_hash_set<RowNo, KeyHash, KeyEqual> by_key_;
};

}  // namespace cxjourney::tracker
