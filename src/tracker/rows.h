// Touchpoints as the engine holds them: one row per key, whatever its revisions.
#pragma once

#include <absl/container/flat_hash_set.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/short_list.h"
#include "cxjourney/touchpoint.h"
#include "identity/identifier_table.h"
#include "identity/keyed_hash.h"
#include "journey/leg.h"

namespace cxjourney::tracker {

using identity::IdentifierNo;
using identity::kNoIdentifier;

using RowNo = uint32_t;
constexpr RowNo kNoRow = ~RowNo{0};
using RowList = base::ShortList<RowNo, 4>;

// One accepted revision of a key.
struct Revision {
  uint32_t number = 0;
  uint64_t sequence = 0;
  // Keyed hash of the content digest. Absent: it follows from the row's body (Engine::DigestOf).
  std::optional<identity::Hash128> digest;
};

struct CarriedIdentifier {
  IdentifierNo no = kNoIdentifier;
  Role role = Role::kCustomer;
};

struct Row {
  journey::Leg leg;                        // Of the newest revision; views into the tables.
  uint64_t key_hash = 0;                   // Of source and id.
  base::ShortList<Revision, 1> revisions;  // By number; the last one counts.
  std::string_view body;                   // Stored record body of the newest revision.
  int64_t received_us = 0;                 // Of the newest revision.
  uint64_t first_sequence = 0;             // Of the first accepted copy of any revision.
  base::ShortList<CarriedIdentifier, 3> carried;
  identity::IdentifierList sighting;    // The evidence it is right now; may be empty.
  IdentifierNo anchor = kNoIdentifier;  // Strongest of the sighting.
  IdentifierNo holder = kNoIdentifier;  // Whose class's timeline it is in; kNoIdentifier: none.
  uint32_t retractions = 0;             // Live ones.
  bool voided = false;
  bool two_unique = false;  // Refused as evidence: two values of a unique namespace.

  bool counts() const { return !voided && retractions == 0; }
  bool identified() const { return anchor != kNoIdentifier; }
  uint64_t sequence() const { return revisions.back().sequence; }
  TouchpointKey key() const { return {std::string(leg.source), std::string(leg.id)}; }
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
    if (size_ % kChunkRows == 0) chunks_.push_back(std::make_unique<Row[]>(kChunkRows));
    const RowNo no = size_++;
    Row& row = (*this)[no];
    row.leg.source = source;
    row.leg.id = bytes_.Copy(id);
    row.key_hash = journey::HashOfKey(source, id);
    row.leg.evidence = no;
    by_key_.insert(no);
    return no;
  }
  // What an older revision's body took stays taken.
  void SetBody(RowNo no, std::string_view body) { (*this)[no].body = bytes_.Copy(body); }
  uint64_t bytes() const { return bytes_.bytes(); }
  Row& operator[](RowNo no) { return chunks_[no / kChunkRows][no % kChunkRows]; }
  const Row& operator[](RowNo no) const { return chunks_[no / kChunkRows][no % kChunkRows]; }
  RowNo size() const { return size_; }

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
    size_t operator()(const KeyView& key) const { return journey::HashOfKey(key.source, key.id); }
    size_t operator()(RowNo no) const { return (*table)[no].key_hash; }
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
  KeyView KeyOf(RowNo no) const { return {(*this)[no].leg.source, (*this)[no].leg.id}; }

  static constexpr RowNo kChunkRows = 128;
  std::vector<std::unique_ptr<Row[]>> chunks_;
  RowNo size_ = 0;
  base::Arena bytes_;  // Ids and bodies.
  absl::flat_hash_set<RowNo, KeyHash, KeyEqual> by_key_;
};

}  // namespace cxjourney::tracker
