// A folder in memory that knows what a power cut would leave of it. For tests and for stores
// that are kept in memory.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/mutex.h"
#include "store/file.h"

namespace cxjourney::store {

// The bytes. Outlives the stores that are opened on it, one at a time. Thread-safe.
class MemoryDisk {
 public:
  // What stands on the disk at a moment, by name.
  using Contents = std::map<std::string, std::string>;

  // Loses every write and every name that was not synced.
  void CutPower();
  // The files as a reader sees them now, with their preallocated room.
  Contents Read() const;
  // Replaces everything, as if it had always been there.
  void Replace(const Contents& contents);

  // From now on writes, or syncs, fail with this; OK: they work again.
  void FailWrites(Status status);
  void FailSyncs(Status status);

 private:
  friend class MemoryFile;
  friend class MemoryFolder;

  struct Node {
    std::string bytes;                 // As a reader sees them; behind them zeros up to `size`.
    std::string durable;               // As a power cut leaves them.
    uint64_t dirty_from = UINT64_MAX;  // Where the two may differ.
    uint64_t dirty_until = 0;
    uint64_t size = 0;
    uint64_t durable_size = 0;
  };
  using Names = std::map<std::string, std::shared_ptr<Node>>;  // Shared with open files.

  mutable base::Mutex mutex_;
  Names names_ CXJ_GUARDED_BY(mutex_);
  Names durable_names_ CXJ_GUARDED_BY(mutex_);
  bool locked_ CXJ_GUARDED_BY(mutex_) = false;
  Status fail_writes_ CXJ_GUARDED_BY(mutex_);
  Status fail_syncs_ CXJ_GUARDED_BY(mutex_);
};

// Shared: a test keeps the disk while stores on it come and go.
std::unique_ptr<Folder> OpenMemoryFolder(std::shared_ptr<MemoryDisk> disk);

}  // namespace cxjourney::store
