// The directory of a vault: immutable sorted runs of keys with their islands.
//
// A run's pages stay on disk; the first key of each page and a filter that knows most absent keys
// are kept in memory. Of two runs that hold a key the newer one counts.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/prefetch.h"
#include "store/vault_file.h"

namespace cxjourney::store {

struct DirectoryEntry {
  std::array<uint8_t, 12> key = {};
  uint32_t island = 0;
};

// A blocked Bloom filter over the first eight bytes of keys: one cache line an answer.
class DirectoryFilter {
 public:
  explicit DirectoryFilter(uint64_t blocks) : blocks_(blocks) {}
  // For so many keys: ten bits each.
  static uint64_t BlocksFor(uint64_t keys) { return keys / kKeysPerBlock + 1; }

  void Add(uint64_t prefix);
  bool MayHold(uint64_t prefix) const;
  void Prefetch(uint64_t prefix) const { base::Prefetch(&blocks_[BlockOf(prefix)]); }
  uint64_t blocks() const { return blocks_.size(); }
  char* data() { return reinterpret_cast<char*>(blocks_.data()); }
  std::string_view bytes() const {
    return {reinterpret_cast<const char*>(blocks_.data()), blocks_.size() * sizeof(Block)};
  }

 private:
  static constexpr uint64_t kKeysPerBlock = 51;
  using Block = std::array<uint64_t, kDirectoryFilterBlockBytes / 8>;
  size_t BlockOf(uint64_t prefix) const;

  std::vector<Block> blocks_;
};

// Thread-safe.
class DirectoryRun {
 public:
  static Result<std::shared_ptr<const DirectoryRun>> Open(const VaultContext& context,
                                                          const VaultFile& info);
  DirectoryRun(const VaultFile& info, std::unique_ptr<File> file, std::vector<uint64_t> bounds,
               DirectoryFilter filter)
      : info_(info),
        file_(std::move(file)),
        bounds_(std::move(bounds)),
        filter_(std::move(filter)) {}

  const VaultFile& info() const { return info_; }
  uint64_t resident_bytes() const { return bounds_.size() * 8 + filter_.bytes().size(); }
  // The island of an entry whose key begins with this: a key, or the first eight bytes of one.
  Result<std::optional<uint32_t>> Find(std::string_view beginning) const;
  void PrefetchFind(const std::array<uint8_t, 12>& key) const;
  // Appends the islands of all entries whose key begins with this.
  Status FindAll(const std::array<uint8_t, 8>& prefix, std::vector<uint32_t>* islands) const;
  // Entries from page `page` on, as many pages as `entries` has room for; none behind the end.
  Status ReadPages(uint64_t page, uint64_t pages, std::vector<DirectoryEntry>* entries) const;

 private:
  // Pages that may hold keys with this prefix: from the last one that begins before it to the last
  // one that begins with it.
  std::pair<uint64_t, uint64_t> PagesWith(uint64_t prefix) const;

  VaultFile info_;
  std::unique_ptr<File> file_;
  std::vector<uint64_t> bounds_;  // By page: the first eight bytes of its first key.
  DirectoryFilter filter_;
};

using DirectoryRuns = std::vector<std::shared_ptr<const DirectoryRun>>;

// By key, each once: of those entered twice the last one counts.
void SortEntries(std::vector<DirectoryEntry>* entries);

// Writes one run of `fresh` (sorted, no key twice) and of these older runs, from old to new.
Result<std::shared_ptr<const DirectoryRun>> MergeRuns(const VaultContext& context, uint32_t number,
                                                      uint64_t generation,
                                                      const DirectoryRuns& runs,
                                                      const std::vector<DirectoryEntry>& fresh);

}  // namespace cxjourney::store
