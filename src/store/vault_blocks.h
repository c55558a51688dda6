// Block files: islands packed into blocks, each compressed and encrypted; at the end a table that
// says where they stand.
//
// A block is bound to its store, file, offset and seal: a block that was moved or that an earlier
// seal left does not open.
#pragma once

#include <zstd.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "store/vault_file.h"
#include "store/vault_places.h"

namespace cxjourney::store {

struct TableEntry {
  VaultEntryId id = 0;
  uint32_t offset = 0;  // Of its block; 0: it was dropped.
  uint32_t island = 0;  // What an addition was added to.
};

// Contexts of zstd, kept between reads because making one costs more than a read. Thread-safe.
class Decompressors {
 public:
  struct Deleter {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };
  using Pointer = std::unique_ptr<ZSTD_DCtx, Deleter>;

  Pointer Take();  // Null if there is no memory.
  void GiveBack(Pointer context);

 private:
  base::Mutex mutex_;
  std::vector<Pointer> free_ CXJ_GUARDED_BY(mutex_);
};

// The blocks of one file in which entries begin: their numbers, and their offsets.
struct BlockNumbers {
  BlockNo first = 1;
  std::vector<uint32_t> offsets;  // Ascending.

  // Behind its own: each file has one at least, so that files are told apart by their first.
  BlockNo end() const { return first + std::max(uint32_t{1}, count()); }
  bool contains(BlockNo block) const { return block >= first && block - first < count(); }
  uint32_t OffsetOf(BlockNo block) const { return offsets[block - first]; }
  // kNowhere: no entry that is listed begins there.
  BlockNo Find(uint32_t offset) const;

 private:
  uint32_t count() const { return static_cast<uint32_t>(offsets.size()); }
};

// One that is complete. Thread-safe.
class BlockFile {
 public:
  // The last `noise_bytes` of an entry look random.
  using Visitor = std::function<Status(VaultEntryId id, BlockNo block, std::string_view bytes,
                                       size_t noise_bytes)>;
  using TableVisitor = std::function<void(const TableEntry& entry)>;
  using LoadVisitor = std::function<void(const TableEntry& entry, BlockNo block)>;

  // The context and the decompressors outlive it. Visits what its table says, and where that
  // stands, when blocks are numbered from `first` on.
  static Result<std::shared_ptr<const BlockFile>> Open(const VaultContext* context,
                                                       Decompressors* decompressors,
                                                       const VaultFile& info, BlockNo first,
                                                       const LoadVisitor& visit);
  BlockFile(const VaultContext* context, Decompressors* decompressors, const VaultFile& info,
            std::unique_ptr<File> file, BlockNumbers numbers)
      : context_(context),
        decompressors_(decompressors),
        info_(info),
        file_(std::move(file)),
        numbers_(std::move(numbers)) {}

  const VaultFile& info() const { return info_; }
  const BlockNumbers& numbers() const { return numbers_; }
  uint64_t resident_bytes() const { return numbers_.offsets.size() * sizeof(uint32_t); }
  // What a block holds, to take entries out of. REQUIRES: it is one of this file.
  struct Block {
    std::string content;
    uint64_t offset = 0;
    uint64_t next = 0;  // Where the next one stands.
  };
  Result<Block> ReadBlock(BlockNo block) const;
  // The entry that stands in this block.
  Result<std::string> Take(VaultEntryId id, const Block& block) const;
  Result<std::string> Read(VaultEntryId id, BlockNo block) const;
  // This block will be read soon.
  void ReadAhead(BlockNo block) const;
  // Every entry that was put into the file, replaced ones included, in the order in which they
  // stand. `wanted` decides, before its bytes are put together, whether one is visited.
  Status ForEach(const std::function<bool(VaultEntryId id, BlockNo block)>& wanted,
                 const Visitor& visit) const;
  Status ReadTable(const TableVisitor& visit) const;

 private:
  Status Load(const LoadVisitor& visit);
  // Reads the parts of the table one after the other; false from `take`: it is none.
  Status ForEachTablePart(const std::function<bool(std::string content)>& take) const;
  // Reads and opens the block at `offset`, which ends at `end` at the latest; sets where the next
  // one stands.
  Result<std::string> ReadBlock(uint64_t offset, uint64_t end, uint64_t* next) const;
  Result<std::string> Decompress(std::string_view compressed, uint64_t offset) const;
  // Appends the other parts of an entry, of which one was read.
  Status ReadParts(VaultEntryId id, uint64_t total, uint64_t next, std::string* bytes,
                   uint64_t* end) const;
  Status Damaged(uint64_t offset, std::string_view what) const;

  const VaultContext* context_;
  Decompressors* decompressors_;
  VaultFile info_;
  std::unique_ptr<File> file_;
  BlockNumbers numbers_;
};

// Writes one. Not thread-safe. After a failure only its end is left to do.
class BlockWriter {
 public:
  // Numbers its blocks from `first` on.
  static Result<std::unique_ptr<BlockWriter>> Create(const VaultContext* context, uint32_t number,
                                                     uint64_t generation, BlockNo first);

  const VaultFile& info() const { return info_; }
  // The block that is being filled; kNowhere: the next entry begins one.
  BlockNo open_block() const { return count_ == 0 ? kNowhere : numbers_.end() - 1; }
  // `island`: what an addition is added to.
  Result<BlockNo> Add(VaultEntryId id, uint32_t island, std::string_view bytes, size_t noise_bytes);
  // Writes the block that is being filled: an entry stands in a block once only.
  Status CloseBlock();
  // These stand nowhere any more; that needs saying where there are older files.
  void Drop(const std::vector<VaultEntryId>& ids, bool older_files);
  // Ends the file durably.
  Result<std::shared_ptr<const BlockFile>> Finish(Decompressors* decompressors);

 private:
  struct CompressorDeleter {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  };
  BlockWriter(const VaultContext* context, VaultFile info, BlockNo first)
      : context_(context), info_(info), numbers_{first, {}}, compressor_(ZSTD_createCCtx()) {}
  Status AddParts(VaultEntryId id, std::string_view bytes, size_t noise_bytes);
  // Of one kind of entries; where one stands, or that it was dropped.
  struct TableRow {
    uint32_t number = 0;
    uint32_t offset = 0;
    uint32_t island = 0;
  };
  using TableRows = std::vector<TableRow>;
  TableRows* TableOf(VaultEntryId id) { return IsAddition(id) ? &additions_ : &table_; }
  // `noise` is written as it is, behind what compresses.
  Status WriteBlock(std::string_view content, std::string_view noise = {});
  Status WriteOut();
  Status WriteTable(bool of_additions, TableRows* table);
  Status WriteTablePart(bool of_additions, std::span<const TableRow> rows);

  const VaultContext* context_;
  VaultFile info_;
  BlockNumbers numbers_;
  std::unique_ptr<File> file_;
  std::unique_ptr<ZSTD_CCtx, CompressorDeleter> compressor_;
  std::string lengths_;  // Of the entries in the block that is being filled, with their numbers.
  std::string islands_;  // Their bytes that compress.
  std::string noise_;    // Those that do not.
  size_t count_ = 0;
  TableRows table_;      // Of islands.
  TableRows additions_;  // The table of those.
  bool list_dropped_ = false;
  std::string unwritten_;  // The end of the file, in memory so far.
  std::string content_;    // Room that is used again.
  std::string sealed_;
};

}  // namespace cxjourney::store
