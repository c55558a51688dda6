// Where everything stands that is sealed: some bytes for each, in memory.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/short_list.h"

namespace cxjourney::store {

// What has a place of its own: an island by its number, or with this bit an addition by its own.
using VaultEntryId = uint64_t;
constexpr VaultEntryId kAdditionBit = uint64_t{1} << 32;
constexpr bool IsAddition(VaultEntryId id) { return (id & kAdditionBit) != 0; }
constexpr uint32_t NumberOf(VaultEntryId id) { return static_cast<uint32_t>(id); }

// File 0: nowhere.
struct VaultPlace {
  uint32_t file = 0;
  uint32_t offset = 0;  // Of its block.
  bool operator==(const VaultPlace&) const = default;
};

// An array without end, of zeros at first. A copy shares what neither changes, so that a seal can
// change its own while others read.
template <class T>
class SharedArray {
 public:
  SharedArray() = default;
  SharedArray(SharedArray&&) noexcept = default;
  SharedArray& operator=(SharedArray&&) noexcept = default;

  SharedArray Share() const {
    SharedArray copy;
    copy.chunks_ = chunks_;
    copy.own_.assign(chunks_.size(), false);
    copy.held_ = held_;
    return copy;
  }

  T Get(uint32_t index) const {
    size_t at = index / kChunk;
    if (at >= chunks_.size() || chunks_[at] == nullptr) return {};
    return (*chunks_[at])[index % kChunk];
  }

  void Set(uint32_t index, T value) {
    size_t at = index / kChunk;
    if (at >= chunks_.size()) {
      chunks_.resize(at + 1);
      own_.resize(at + 1, false);
    }
    if (!own_[at]) {
      if (chunks_[at] == nullptr) ++held_;
      chunks_[at] = chunks_[at] == nullptr ? std::make_shared<Chunk>()
                                           : std::make_shared<Chunk>(*chunks_[at]);
      own_[at] = true;
    }
    (*chunks_[at])[index % kChunk] = value;
  }

  uint64_t resident_bytes() const {
    return held_ * sizeof(Chunk) + chunks_.size() * (sizeof(chunks_[0]) + 1);
  }

 private:
  static constexpr uint32_t kChunk = 1024;
  using Chunk = std::array<T, kChunk>;

  std::vector<std::shared_ptr<Chunk>> chunks_;
  std::vector<bool> own_;  // By chunk: no other copy shares it.
  uint64_t held_ = 0;      // Chunks that are there.
};

// The places of islands and of what was added to them.
class VaultPlaces {
 public:
  VaultPlaces Share() const {
    VaultPlaces copy;
    copy.islands_ = islands_.Share();
    copy.newest_ = newest_.Share();
    copy.additions_ = additions_.Share();
    copy.free_ = free_;
    copy.limit_ = limit_;
    return copy;
  }

  VaultPlace Get(VaultEntryId id) const {
    return IsAddition(id) ? additions_.Get(NumberOf(id)).place : islands_.Get(NumberOf(id));
  }
  // REQUIRES of an addition: it is one of an island.
  void Set(VaultEntryId id, VaultPlace place) {
    if (!IsAddition(id)) return islands_.Set(NumberOf(id), place);
    Addition addition = additions_.Get(NumberOf(id));
    addition.place = place;
    additions_.Set(NumberOf(id), addition);
  }

  bool HasAdditions(uint32_t island) const { return newest_.Get(island) != 0; }
  uint32_t IslandOf(VaultEntryId id) const {
    return IsAddition(id) ? additions_.Get(NumberOf(id)).island : NumberOf(id);
  }
  // In no particular order.
  std::vector<VaultEntryId> AdditionsOf(uint32_t island) const {
    std::vector<VaultEntryId> ids;
    for (uint32_t next = newest_.Get(island); next != 0; next = additions_.Get(next - 1).next) {
      ids.push_back(kAdditionBit | (next - 1));
    }
    return ids;
  }
  // Islands that have additions, ascending.
  std::vector<uint32_t> AddedTo() const {
    std::vector<uint32_t> islands;
    for (uint32_t number = 0; additions() > 0 && number < limit_; ++number) {
      const Addition addition = additions_.Get(number);
      if (addition.place.file != 0) islands.push_back(addition.island);
    }
    base::SortUnique(&islands);
    return islands;
  }
  uint64_t additions() const { return limit_ - free_.size(); }

  // A new addition, nowhere so far. Numbers are used again.
  VaultEntryId AddTo(uint32_t island) {
    uint32_t number = limit_;
    if (free_.empty()) {
      ++limit_;
    } else {
      number = free_.back();
      free_.pop_back();
    }
    Link(number, island);
    return kAdditionBit | number;
  }
  void ForgetAdditions(uint32_t island) {
    for (VaultEntryId id : AdditionsOf(island)) {
      additions_.Set(NumberOf(id), {});
      free_.push_back(NumberOf(id));
    }
    if (HasAdditions(island)) newest_.Set(island, 0);
  }

  // Gives back the memory for additions. REQUIRES: there are none.
  void GiveBackAdditions() {
    newest_ = {};
    additions_ = {};
    free_ = {};
    limit_ = 0;
  }

  // While places are loaded; the last one counts. LinkLoaded at the end of that.
  void LoadAddition(VaultEntryId id, VaultPlace place, uint32_t island) {
    limit_ = std::max(limit_, NumberOf(id) + 1);
    additions_.Set(NumberOf(id), {place, island, 0});
  }
  void LinkLoaded() {
    for (uint32_t number = 0; number < limit_; ++number) {
      const Addition addition = additions_.Get(number);
      if (addition.place.file == 0) {
        free_.push_back(number);
      } else {
        Link(number, addition.island);
      }
    }
  }

  uint64_t resident_bytes() const {
    return islands_.resident_bytes() + newest_.resident_bytes() + additions_.resident_bytes() +
           free_.size() * sizeof free_[0];
  }

 private:
  struct Addition {
    VaultPlace place;
    uint32_t island = 0;
    uint32_t next = 0;  // Of the same island: its number plus 1; 0: none.
  };

  void Link(uint32_t number, uint32_t island) {
    additions_.Set(number, {additions_.Get(number).place, island, newest_.Get(island)});
    newest_.Set(island, number + 1);
  }

  SharedArray<VaultPlace> islands_;
  SharedArray<uint32_t> newest_;  // By island: its newest addition's number plus 1; 0: none.
  SharedArray<Addition> additions_;
  std::vector<uint32_t> free_;  // Numbers of additions below the limit that are not used.
  uint32_t limit_ = 0;
};

}  // namespace cxjourney::store
