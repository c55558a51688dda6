// Where everything stands that is sealed: some bytes for each, in memory.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/prefetch.h"

namespace cxjourney::store {

// What has a place of its own: an island by its number, or with this bit an addition by its own.
using VaultEntryId = uint64_t;
constexpr VaultEntryId kAdditionBit = uint64_t{1} << 32;
constexpr bool IsAddition(VaultEntryId id) { return (id & kAdditionBit) != 0; }
constexpr uint32_t NumberOf(VaultEntryId id) { return static_cast<uint32_t>(id); }

// The blocks in which entries begin are numbered while a vault is open, those of one file in a row:
// 4 bytes say where something stands, and how far into the file only the file knows. Numbers are
// not used again; 8 TB can be written until the vault must be opened anew.
using BlockNo = uint32_t;
constexpr BlockNo kNowhere = 0;
constexpr BlockNo kBlockNoMax = 0x7fffffff;

// As many can there be: what is more is damage.
constexpr uint32_t kAdditionsMax = 0x7fffffff;

// An array without end, of zeros at first. A copy shares what neither changes, so that a seal can
// change its own while others read. What a seal changes lies all over it, so chunks are small.
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

  // Behind all that was ever set.
  uint64_t limit() const { return chunks_.size() * uint64_t{kChunk}; }

  T Get(uint32_t index) const {
    size_t at = index / kChunk;
    if (at >= chunks_.size() || chunks_[at] == nullptr) return {};
    return (*chunks_[at])[index % kChunk];
  }

  // It will be asked for soon.
  void Prefetch(uint32_t index) const {
    const size_t at = index / kChunk;
    if (at < chunks_.size() && chunks_[at] != nullptr) {
      base::Prefetch(&(*chunks_[at])[index % kChunk]);
    }
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
    return held_ * (sizeof(Chunk) + kChunkHead) + chunks_.size() * sizeof(chunks_[0]);
  }

 private:
  static constexpr uint32_t kChunk = 64;
  static constexpr uint64_t kChunkHead = 32;  // Its counts, and what the heap takes.
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
    copy.additions_ = additions_.Share();
    copy.limit_ = limit_;
    copy.free_ = free_;
    copy.free_count_ = free_count_;
    return copy;
  }

  BlockNo Get(VaultEntryId id) const {
    if (IsAddition(id)) return additions_.Get(NumberOf(id)).block;
    Link link = islands_.Get(NumberOf(id));
    while (IsToAddition(link)) link = additions_.Get(AdditionOf(link)).behind;
    return link;
  }
  // REQUIRES of an addition: it is one of an island.
  void Set(VaultEntryId id, BlockNo block) {
    if (!IsAddition(id)) return SetOwn(NumberOf(id), block);
    Addition addition = additions_.Get(NumberOf(id));
    addition.block = block;
    additions_.Set(NumberOf(id), addition);
  }

  bool HasAdditions(uint32_t island) const { return IsToAddition(islands_.Get(island)); }
  uint32_t IslandOf(VaultEntryId id) const {
    return IsAddition(id) ? additions_.Get(NumberOf(id)).island : NumberOf(id);
  }
  // In no particular order.
  std::vector<VaultEntryId> AdditionsOf(uint32_t island) const {
    std::vector<VaultEntryId> ids;
    for (Link link = islands_.Get(island); IsToAddition(link);
         link = additions_.Get(AdditionOf(link)).behind) {
      ids.push_back(kAdditionBit | AdditionOf(link));
    }
    return ids;
  }
  uint64_t additions() const { return limit_ - free_count_; }
  // Islands have lower numbers.
  uint64_t island_limit() const { return islands_.limit(); }

  // A new addition, nowhere so far. Numbers are used again. REQUIRES: fewer than kAdditionsMax.
  VaultEntryId AddTo(uint32_t island) {
    uint32_t number = limit_;
    if (free_ == 0) {
      ++limit_;
    } else {
      number = free_ - 1;
      free_ = additions_.Get(number).behind;
      --free_count_;
    }
    LinkTo(island, number, kNowhere);
    return kAdditionBit | number;
  }
  void ForgetAdditions(uint32_t island) {
    if (!HasAdditions(island)) return;
    const BlockNo own = Get(island);
    for (VaultEntryId id : AdditionsOf(island)) Free(NumberOf(id));
    islands_.Set(island, own);
  }

  // Gives back the memory for additions. REQUIRES: there are none.
  void GiveBackAdditions() {
    additions_ = {};
    limit_ = free_ = free_count_ = 0;
  }

  // While places are loaded; the last one counts. LinkLoaded at the end of that.
  void LoadAddition(VaultEntryId id, BlockNo block, uint32_t island) {
    limit_ = std::max(limit_, NumberOf(id) + 1);
    additions_.Set(NumberOf(id), {block, 0, island});
  }
  void LinkLoaded() {
    constexpr uint32_t kAhead = 16;  // Islands lie anywhere.
    for (uint32_t number = 0; number < limit_; ++number) {
      islands_.Prefetch(additions_.Get(number + kAhead).island);
      const Addition addition = additions_.Get(number);
      if (addition.block == kNowhere) {
        Free(number);
      } else {
        LinkTo(addition.island, number, addition.block);
      }
    }
  }

  uint64_t resident_bytes() const {
    return islands_.resident_bytes() + additions_.resident_bytes();
  }

 private:
  // An island's newest addition; where there is none, its own block. So most islands take 4 bytes.
  using Link = uint32_t;
  static constexpr Link kToAddition = Link{1} << 31;
  static bool IsToAddition(Link link) { return (link & kToAddition) != 0; }
  static uint32_t AdditionOf(Link link) { return link & ~kToAddition; }

  struct Addition {
    BlockNo block = kNowhere;
    Link behind = 0;  // As of an island with one addition less. Of a free one: the next plus 1.
    uint32_t island = 0;
  };

  void LinkTo(uint32_t island, uint32_t number, BlockNo block) {
    additions_.Set(number, {block, islands_.Get(island), island});
    islands_.Set(island, kToAddition | number);
  }
  void Free(uint32_t number) {
    additions_.Set(number, {kNowhere, free_, 0});
    free_ = number + 1;
    ++free_count_;
  }
  void SetOwn(uint32_t island, BlockNo block) {
    Link link = islands_.Get(island);
    if (!IsToAddition(link)) return islands_.Set(island, block);
    uint32_t last = AdditionOf(link);
    Addition addition = additions_.Get(last);
    while (IsToAddition(addition.behind)) {
      last = AdditionOf(addition.behind);
      addition = additions_.Get(last);
    }
    addition.behind = block;
    additions_.Set(last, addition);
  }

  SharedArray<Link> islands_;
  SharedArray<Addition> additions_;
  uint32_t limit_ = 0;  // Numbers of additions are lower.
  uint32_t free_ = 0;   // Of those not used the first, plus 1; 0: none.
  uint32_t free_count_ = 0;
};

}  // namespace cxjourney::store
