// Touchpoints as the engine holds them: one row per key, whatever its revisions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/chunks.h"
#include "base/pages.h"
#include "base/prefetch.h"
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
using IdentifierHashes = base::ShortList<identity::Hash128, 4>;

// One accepted revision of a key.
struct Revision {
  uint32_t number = 0;
  uint64_t sequence = 0;
};

// A touchpoint's stored body and what belongs to it.
struct Stored {
  std::string_view body;
  Timestamp received = {};
  uint64_t sequence = 0;
};

// Number of an island (islands.h) in the vault.
using IslandNo = uint32_t;
constexpr IslandNo kNoIsland = ~IslandNo{0};

struct CarriedIdentifier {
  IdentifierNo no = kNoIdentifier;
  Role role = Role::kCustomer;

  bool is_customers() const { return role == Role::kCustomer || role == Role::kUnspecified; }
};

struct Row {
  using Carried = base::ShortList<CarriedIdentifier, 3>;
  static constexpr size_t kInFront = sizeof(std::string_view) + sizeof(int64_t) + sizeof(Carried);

  // What a history reads lies in front, in one line of memory.
  std::string_view body;    // Stored record body of the newest revision.
  int64_t received_us = 0;  // Of the newest revision.
  Carried carried;
  journey::Leg leg;                        // Of the newest revision; views into the tables.
  uint64_t key_hash = 0;                   // Of source and id.
  base::ShortList<Revision, 1> revisions;  // By number; the last one counts.
  uint64_t first_sequence = 0;             // Of the first accepted copy of any revision.
  identity::IdentifierList sighting;       // The evidence it is right now; may be empty.
  IdentifierNo anchor = kNoIdentifier;     // Strongest of the sighting.
  IdentifierNo holder = kNoIdentifier;     // Whose class's timeline it is in; kNoIdentifier: none.
  uint32_t retractions = 0;                // Live ones.
  uint32_t node = 0;                       // Of Components.
  bool voided = false;
  bool two_unique = false;  // Refused as evidence: two values of a unique namespace.

  // Whose `leg` this is. Reading the row's number there would be a wait for memory of its own.
  static const Row& Of(const journey::Leg* leg) {
    return *reinterpret_cast<const Row*>(reinterpret_cast<const char*>(leg) - kInFront);
  }
  bool counts() const { return !voided && retractions == 0; }
  bool identified() const { return anchor != kNoIdentifier; }
  uint64_t sequence() const { return revisions.back().sequence; }
  Stored stored() const {
    return {body, Timestamp(Duration(received_us)), revisions.back().sequence};
  }
  TouchpointKey key() const { return {std::string(leg.source), std::string(leg.id)}; }
};

// All rows, found by key. Rows never move and never go.
class RowTable {
 public:
  RowTable() : by_key_(0, KeyHash{this}, KeyEqual{this}) {}
  RowTable(const RowTable&) = delete;
  RowTable& operator=(const RowTable&) = delete;

  RowNo Find(const journey::KeyView& key) const {
    auto found = by_key_.find(key);
    return found == by_key_.end() ? kNoRow : *found;
  }
  // Asks for the memory that Find reads first.
  void PrefetchPlace(const journey::KeyView& key) const { base::PrefetchFind(by_key_, key); }
  // `key.source` must outlive the table. REQUIRES: Find knows no such key.
  RowNo Add(const journey::KeyView& key) {
    const RowNo no = size();
    Row& row = rows_.Add();
    row.leg.source = key.source;
    row.leg.id = bytes_.Copy(key.id);
    row.key_hash = key.hash;
    row.leg.evidence = no;
    by_key_.insert(no);
    return no;
  }
  // A body that lives as long as the table; what an older revision's took stays taken.
  std::string_view Keep(std::string_view body) { return bytes_.Copy(body); }
  // Details likewise.
  const journey::LegDetails* Keep(const journey::LegDetails& details) {
    if (details == journey::kNoLegDetails) return &journey::kNoLegDetails;
    return &(details_.Add() = details);
  }
  uint64_t bytes() const { return bytes_.bytes(); }
  Row& operator[](RowNo no) { return rows_[no]; }
  const Row& operator[](RowNo no) const { return rows_[no]; }
  RowNo size() const { return static_cast<RowNo>(rows_.size()); }

  // From here on rows may be older than those so far: an island is coming in.
  void BeginRun() {
    if (size() > runs_.back()) runs_.push_back(size());
  }
  // The row whose first copy has this sequence, or kNoRow. Cost: a search in every run.
  RowNo FindByFirstSequence(uint64_t sequence) const;
  // First sequences ascend with rows.
  bool ascending() const { return runs_.size() == 1; }
  // The first row whose first sequence is above this one, or size(). REQUIRES: ascending().
  RowNo FirstBehind(uint64_t sequence) const { return FirstBehind(sequence, 0, size()); }

 private:
  RowNo FirstBehind(uint64_t sequence, RowNo low, RowNo high) const;

  struct KeyHash {
    using is_transparent = void;
    const RowTable* table;
    size_t operator()(const journey::KeyView& key) const { return key.hash; }
    size_t operator()(RowNo no) const { return (*table)[no].key_hash; }
  };
  struct KeyEqual {
    using is_transparent = void;
    const RowTable* table;
    bool operator()(RowNo a, RowNo b) const { return a == b; }
    bool operator()(RowNo a, const journey::KeyView& b) const { return b.IsOf((*table)[a].leg); }
    bool operator()(const journey::KeyView& a, RowNo b) const { return (*this)(b, a); }
  };

  base::Chunks<Row, 128> rows_;
  std::vector<RowNo> runs_ = {0};  // First rows of runs in which first sequences ascend.
  base::Arena bytes_;              // Ids and bodies.
  base::Chunks<journey::LegDetails, 128> details_;
  base::BigSet<RowNo, KeyHash, KeyEqual> by_key_;
};

}  // namespace cxjourney::tracker
