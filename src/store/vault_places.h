// Where every island stands: 8 bytes each, in memory.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

namespace cxjourney::store {

// File 0: nowhere.
struct VaultPlace {
  uint32_t file = 0;
  uint32_t offset = 0;  // Of its block.
  bool operator==(const VaultPlace&) const = default;
};

// A copy shares what neither changes, so that a seal can change its own while others read.
class VaultPlaces {
 public:
  VaultPlaces() = default;
  VaultPlaces(VaultPlaces&&) = default;
  VaultPlaces& operator=(VaultPlaces&&) = default;

  VaultPlaces Share() const {
    VaultPlaces copy;
    copy.chunks_ = chunks_;
    copy.own_.assign(chunks_.size(), false);
    copy.held_ = held_;
    return copy;
  }

  VaultPlace Get(uint32_t island) const {
    size_t at = island / kChunk;
    if (at >= chunks_.size() || chunks_[at] == nullptr) return {};
    return (*chunks_[at])[island % kChunk];
  }

  void Set(uint32_t island, VaultPlace place) {
    size_t at = island / kChunk;
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
    (*chunks_[at])[island % kChunk] = place;
  }

  uint64_t resident_bytes() const {
    return held_ * sizeof(Chunk) + chunks_.size() * (sizeof(chunks_[0]) + 1);
  }

 private:
  static constexpr uint32_t kChunk = 1024;
  using Chunk = std::array<VaultPlace, kChunk>;

  std::vector<std::shared_ptr<Chunk>> chunks_;
  std::vector<bool> own_;  // By chunk: no other copy shares it.
  uint64_t held_ = 0;      // Chunks that are there.
};

}  // namespace cxjourney::store
