// Sealed evidence: islands, and a directory that finds them, in files of our own.
//
// An island is an opaque text with a number: a connected component of evidence. What it means is
// decided by the engine above. A seal replaces islands, adds to them and enters keys, all of it at
// once; what it wrote is never changed, only left out by a later seal (docs/FORMAT.md).
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "cxjourney/status.h"
#include "store/file.h"
#include "store/format.h"
#include "store/store.h"

namespace cxjourney::store {

class BlockFile;
class Decompressors;
struct VaultContext;

// A keyed hash, so evenly spread and not to be guessed: no identifier can be found from it.
using VaultKey = std::array<uint8_t, 12>;

// The first bytes of one.
using VaultPrefix = std::array<uint8_t, 8>;

struct VaultHead {
  uint64_t generation = 0;     // Counts the seals; 0: nothing was sealed yet.
  uint64_t first_segment = 1;  // Of the log: those before it are sealed.
  uint64_t next_sequence = 1;  // Of the first evidence that is not sealed.
  std::string meta;            // The caller's.
};

// Thread rule: head, Find, FindPrefix, Read, ForEach and the figures from any thread, also while a
// seal is under way: they see the last finished one. Begin to Finish or Abandon from one thread at
// a time.
class Vault {
 public:
  // Reads the head, the bounds and filters of the directory and the places of the islands, but not
  // the islands; writes nothing. A folder in which nothing was ever sealed gives generation 0. What
  // is encrypted is so under keys derived from `key`. The folder outlives the vault.
  static Result<std::unique_ptr<Vault>> Open(Folder* folder, const StoreId& store_id,
                                             uint32_t tenant, const Secret& key);
  ~Vault();
  Vault(const Vault&) = delete;
  Vault& operator=(const Vault&) = delete;

  // Of the newest seal; the reference is good until Begin or Finish is called.
  const VaultHead& head() const;
  Result<std::optional<uint32_t>> Find(const VaultKey& key) const;
  // Asks for the memory that finding it reads first.
  void PrefetchFind(const VaultKey& key) const;
  // An entry whose first eight bytes are these (any one).
  Result<std::optional<uint32_t>> FindPrefix(const VaultPrefix& prefix) const;
  // The islands of all of them, of some more than once.
  Result<std::vector<uint32_t>> FindAll(const VaultPrefix& prefix) const;
  // What was put, and behind it what was added since, in no particular order. kNotFound: never put,
  // or dropped. kDataLoss: damaged.
  using Texts = std::vector<std::string>;
  Result<Texts> Read(uint32_t island) const;
  // These will be read soon: the disk may bring them all together. Promises nothing.
  void ReadAhead(std::span<const uint32_t> islands) const;
  // Every island once, in the order in which they stand; then those that something was added to.
  using Visit = std::function<Status(uint32_t island, const Texts& texts)>;
  Status ForEach(const Visit& visit) const;
  // Those alone, in the order of their numbers.
  Status ForEachAddedTo(const Visit& visit) const;
  size_t CountAdditions(uint32_t island) const;

  // One seal: Begin; then Put, Add, Drop and Enter in any order; then Finish: all of it becomes
  // visible and durable at once, or nothing does. After a failure the old state can still be read,
  // and another Begin tries again. Begin abandons a seal that is under way.
  Status Begin();
  // New or replaced, with all that was added to it. The last `noise_bytes` look random, so that
  // compressing them is of no use. kInvalidArgument: more than 1 GiB.
  Status Put(uint32_t island, std::string_view bytes, size_t noise_bytes = 0);
  // As Put, to what is there already; kInvalidArgument if nothing is.
  Status Add(uint32_t island, std::string_view bytes, size_t noise_bytes = 0);
  Status Drop(uint32_t island);
  // Replaces the value of an equal key.
  Status Enter(const VaultKey& key, uint32_t island);
  // This seal leaves nothing dead: it rewrites what it does not replace.
  void RewriteAll();
  // Writes all of it but what makes it count; nothing can be put behind that. A disk without room
  // is found out here, when nothing is lost yet but the seal. Finish does it if nobody did.
  Status Prepare();
  // The generation is set by the vault. After a failure the whole seal may still be found by an
  // opening later on, so keep what it makes superfluous until a Finish succeeds.
  Status Finish(VaultHead head);
  // Leaves nothing of the seal; files that can't be removed now are by the next Begin.
  void Abandon();

  // Nothing is dead, or in more files or more pieces than it needs.
  bool IsCompact() const;
  uint64_t disk_bytes() const;       // Of block, directory and head files.
  uint64_t directory_bytes() const;  // Of these the directory.
  uint64_t resident_bytes() const;   // Memory it holds: filters, bounds, places.
  uint64_t written_bytes() const;    // Since Open, compaction included.

 private:
  struct State;
  struct Seal;
  class RecentBlocks;
  using BlockFiles = std::vector<std::shared_ptr<const BlockFile>>;
  using StatePointer = std::shared_ptr<const State>;

  explicit Vault(std::unique_ptr<VaultContext> context);
  StatePointer state() const;
  Result<std::optional<uint32_t>> FindBeginning(std::string_view beginning) const;
  Status RequireSeal() const;
  Status Fail(Status status);
  Status NeedWriter();
  Status EndWriter(bool last);
  static Status CheckSize(uint32_t island, std::string_view bytes);
  Status PutEntry(uint64_t id, std::string_view bytes, size_t noise_bytes);
  Status DropEntry(uint64_t id);
  Status DropAdditions(uint32_t island);
  Status LeaveOpenBlock(uint64_t id);
  static Status ForEachAddedToIn(const State& state, const Visit& visit);
  BlockFiles FilesToCopy() const;
  Status Compact();
  Status MergeDirectory();
  Status PrepareFiles();
  Status WriteSealHead(VaultHead head);
  Status RemoveUnlisted();

  std::unique_ptr<VaultContext> context_;
  std::unique_ptr<Decompressors> decompressors_;
  mutable base::Mutex mutex_;
  StatePointer state_ CXJ_GUARDED_BY(mutex_);
  std::unique_ptr<Seal> seal_;  // The one under way.
};

}  // namespace cxjourney::store
