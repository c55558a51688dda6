// Appending to the log: batches, shared syncs, new segments, the seal.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "cxjourney/options.h"
#include "cxjourney/status.h"
#include "store/file.h"
#include "store/keyring.h"
#include "store/segment_reader.h"
#include "store/store.h"

namespace cxjourney::store {

struct LogSettings {
  uint64_t segment_bytes = 0;
  Durability durability = Durability::kDurable;
  uint32_t buffered_ms = 0;
  uint32_t buffered_bytes = 0;
  Clock* clock = nullptr;
};

// What recovery found, to go on from.
struct LogTail {
  std::vector<Segment> segments;
  std::unique_ptr<File> file;  // Of the last segment; null if there is none.
  std::optional<uint64_t> next_sequence;
  Timestamp received = Timestamp::min();
  uint64_t synced = 0;    // In the last segment: known to be on the disk.
  uint64_t tail_end = 0;  // In the last segment: torn bytes reach up to here.
};

// Thread rule as in EvidenceStore: Append and Seal from one thread at a time, the rest from any.
class LogWriter {
 public:
  // Nothing but the tail is owned.
  LogWriter(Folder* folder, Keyring* keyring, const LogSettings& settings, LogTail tail);
  // Without Seal first, what was buffered is lost, as in a crash.
  ~LogWriter();
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  Result<CommitPosition> Append(const Batch& batch, Durability durability);
  Status WaitDurable(CommitPosition position);
  Status Sync();
  // Syncs, and begins a new segment unless the last one is empty: what comes now stands in it or
  // behind. Its number, and the first sequence number that is not in one before.
  Status Cut(uint64_t* segment, uint64_t* next_sequence);
  // Lets nothing in any more, for this reason, which it returns.
  Status Fail(const Status& reason);
  // Segments before this one are no longer of the log.
  void Forget(uint64_t first_segment);
  // Syncs, marks the end, wipes the keys and lets nothing in any more. No failure the second time.
  Status Seal();

  // What is committed now, in the files; to be read without holding up writers.
  Result<std::vector<Segment>> Snapshot();
  Status SegmentKey(uint64_t number, Secret* key);
  uint64_t used_bytes() const { return used_bytes_.load(std::memory_order_relaxed); }

 private:
  Status Validate(const Batch& batch) const CXJ_REQUIRES(mutex_);
  Status ReadOnly() const CXJ_REQUIRES(mutex_);
  Status Poison(Status status) CXJ_REQUIRES(mutex_);

  // Everything that must be durable before the first write of this opening.
  Status Prepare() CXJ_REQUIRES(mutex_);
  Status RewriteTail() CXJ_REQUIRES(mutex_);
  LogState StateNow(bool sealed) const CXJ_REQUIRES(mutex_);

  Status MakeRoom(uint64_t batch_bytes, uint64_t first_sequence) CXJ_REQUIRES(mutex_);
  Status NewSegment(uint64_t batch_bytes, uint64_t first_sequence) CXJ_REQUIRES(mutex_);
  Status WriteSegmentFile(const SegmentHeader& header, std::unique_ptr<File>* file);
  Status Encode(const Batch& batch) CXJ_REQUIRES(mutex_);
  void EncodeMark(uint32_t flag) CXJ_REQUIRES(mutex_);
  BatchContext ContextHere() const CXJ_REQUIRES(mutex_);
  void Account(uint64_t bytes_before, uint64_t chain) CXJ_REQUIRES(mutex_);

  Status Flush() CXJ_REQUIRES(mutex_);
  Status FlushAndStartSync() CXJ_REQUIRES(mutex_);
  // Gives the lock free while the disk works.
  Status SyncOnce() CXJ_REQUIRES(mutex_);
  Status SyncAll() CXJ_REQUIRES(mutex_);
  Status WaitFor(CommitPosition position) CXJ_REQUIRES(mutex_);

  Status Buffered() CXJ_REQUIRES(mutex_);
  void FlushLoop();
  void StopFlusher();

  Segment& last() CXJ_REQUIRES(mutex_) { return segments_.back(); }
  const Segment& last() const CXJ_REQUIRES(mutex_) { return segments_.back(); }

  Folder* const folder_;
  const LogSettings settings_;

  base::Mutex mutex_;
  base::Condition changed_;  // synced_, syncing_, failure_, pending_ or stopping_.
  Keyring* const keyring_ CXJ_GUARDED_BY(mutex_);
  std::vector<Segment> segments_ CXJ_GUARDED_BY(mutex_);  // last().end: with pending_.
  std::shared_ptr<File> file_ CXJ_GUARDED_BY(mutex_);     // Shared with a sync under way.
  SecretPointer segment_key_ CXJ_GUARDED_BY(mutex_);      // Of the last segment, once needed.
  std::optional<uint64_t> next_sequence_ CXJ_GUARDED_BY(mutex_);
  Timestamp received_ CXJ_GUARDED_BY(mutex_);
  const uint64_t synced_at_open_;
  const uint64_t tail_end_;

  // Positions count bytes over all segments: offset in the last one + base_.
  CommitPosition base_ CXJ_GUARDED_BY(mutex_) = 0;
  CommitPosition written_ CXJ_GUARDED_BY(mutex_) = 0;
  CommitPosition synced_ CXJ_GUARDED_BY(mutex_) = 0;
  uint64_t written_chain_ CXJ_GUARDED_BY(mutex_) = 0;
  std::string pending_ CXJ_GUARDED_BY(mutex_);  // Encoded, behind written_.
  std::chrono::steady_clock::time_point pending_since_ CXJ_GUARDED_BY(mutex_);

  bool prepared_ CXJ_GUARDED_BY(mutex_) = false;
  bool start_needed_ CXJ_GUARDED_BY(mutex_) = false;
  bool syncing_ CXJ_GUARDED_BY(mutex_) = false;
  bool closed_ CXJ_GUARDED_BY(mutex_) = false;
  bool stopping_ CXJ_GUARDED_BY(mutex_) = false;
  Status failure_ CXJ_GUARDED_BY(mutex_);
  std::atomic<uint64_t> used_bytes_{0};
  std::thread flusher_;  // Started by the first buffered commit.
};

}  // namespace cxjourney::store
