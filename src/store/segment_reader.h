// Walking through the batches of one segment file, checking everything.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cxjourney/status.h"
#include "store/file.h"
#include "store/segment.h"
#include "store/store.h"

namespace cxjourney::store {

// A segment as the store knows it. Everything before `end` is whole.
struct Segment {
  SegmentHeader header;
  uint64_t first_chain = 0;  // What the first batch's `previous` is.
  uint64_t end = 0;
  uint64_t end_chain = 0;
};

// Where a walk stands, across segments.
struct Cursor {
  uint64_t offset = 0;
  uint64_t chain = 0;
  std::optional<uint64_t> next_sequence;  // Absent: nothing was read yet, any will do.
  Timestamp received = Timestamp::min();
  uint64_t synced = 0;   // In this segment: what the batches say was synced.
  uint64_t batches = 0;  // Starts and seals not counted.
  uint64_t records = 0;  // Evidence.
};

// What stands behind the last whole batch.
struct Tail {
  uint64_t end = 0;     // Behind the last byte that is not zero, or the walk's offset.
  uint64_t synced = 0;  // The highest position that a batch found there says was synced.
};

// One thread at a time.
class SegmentReader {
 public:
  // Nothing is owned; all must outlive the reader.
  SegmentReader(const File* file, const Segment* segment, const StoreId* store_id,
                const Secret* key);

  // Visits the batches from the cursor on. With an `end`, all must be whole up to exactly there;
  // without, stops at the first that is not. kDataLoss names file and offset.
  Status Walk(std::optional<uint64_t> end, Cursor* cursor, const BatchVisitor& visitor);

  // True if a whole batch follows at the cursor.
  Result<bool> Continues(const Cursor& cursor);

  // Looks at everything from `offset` to the end of the file.
  Result<Tail> ScanTail(uint64_t offset);

 private:
  enum class Found {
    kBatch,
    kNothing,  // What stands here is no whole batch that continues the chain.
  };

  // The bytes there, from a window of the file that moves on; fewer where the file ends.
  Result<std::string_view> View(uint64_t offset, uint64_t size);
  Result<Found> Read(const Cursor& cursor, BatchHeader* header, std::string_view* body);
  Status Take(const BatchHeader& header, std::string_view body, Cursor* cursor,
              const BatchVisitor& visitor);
  Place PlaceAt(uint64_t offset) const;

  const File* file_;
  const Segment* segment_;
  const StoreId* store_id_;
  const Secret* key_;
  std::string window_;
  uint64_t window_at_ = 0;
  Batch batch_;  // Kept to reuse its memory.
};

}  // namespace cxjourney::store
