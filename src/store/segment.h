// The bytes of a segment: its header and its batches (docs/FORMAT.md).
//
// Everything here is pure: bytes in, bytes out. Every check is seeded with the segment's random
// id and the offset, so that bytes of another segment, of another place or of an earlier life of
// the disk block are never taken for a batch.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cxjourney/status.h"
#include "store/format.h"
#include "store/store.h"

namespace cxjourney::store {

struct SegmentHeader {
  uint32_t tenant = 0;
  StoreId store_id = {};
  uint64_t number = 0;    // 1, 2, 3 ...
  uint64_t id = 0;        // Random.
  uint64_t capacity = 0;  // Bytes of the file.
  uint64_t first_sequence = 0;
  uint64_t previous_id = 0;     // Of the segment before; 0 in the first one.
  uint64_t previous_end = 0;    // Where it ends: all of it was synced before this one was made.
  uint64_t previous_chain = 0;  // Its last chain value.
  Timestamp created = {};
};

// 128 bytes.
std::string EncodeSegmentHeader(const SegmentHeader& header);

// kFailedPrecondition for a newer version, kDataLoss for anything wrong. `chain` receives what
// the first batch's `previous` must be.
Status DecodeSegmentHeader(std::string_view bytes, const std::string& path, SegmentHeader* header,
                           uint64_t* chain);

// Checks the first 16 bytes of a file; the same rule for segments and the key file.
void AppendPrologue(std::string_view magic, std::string* out);
Status CheckPrologue(std::string_view bytes, std::string_view magic, const std::string& path);

// What follows it in the header of every file: whose file it is.
void AppendOwner(uint32_t tenant, const StoreId& store_id, std::string* out);

// Check of bytes that belong at this place of the file with this random id, and nowhere else.
uint64_t CheckAt(std::string_view bytes, uint64_t file_id, uint64_t offset);

// Where a batch stands.
struct Place {
  uint64_t segment_number = 0;
  uint64_t segment_id = 0;
  uint64_t offset = 0;
};

// The 64 bytes in front of every batch.
struct BatchHeader {
  uint32_t body_bytes = 0;
  uint32_t flags = 0;
  uint32_t tenant = 0;
  uint32_t record_count = 0;
  uint32_t synced = 0;  // Offset in this segment up to which all was known to be synced.
  uint64_t first_sequence = 0;
  int64_t received = 0;
  uint64_t previous = 0;  // Chain value of the batch before.
  uint64_t body_check = 0;
  uint64_t chain = 0;  // Check of the header itself, which the next batch repeats.
};

// What a batch is written with besides what it holds.
struct BatchContext {
  Place place;
  uint64_t previous = 0;
  uint64_t synced = 0;
  const StoreId* store_id = nullptr;
  const Secret* key = nullptr;  // Of the segment.
};

// Bytes that EncodeBatch will append.
uint64_t EncodedBatchBytes(const Batch& batch);
// Appends the batch and returns its chain value.
uint64_t EncodeBatch(const Batch& batch, const BatchContext& context, std::string* out);
// The same for a start or a seal; its body is random.
uint64_t EncodeMarker(uint32_t flag, uint32_t tenant, uint64_t next_sequence, Timestamp received,
                      const BatchContext& context, std::string* out);

// False if the 64 bytes are no header that was written for this place.
bool DecodeBatchHeader(std::string_view bytes, const Place& place, BatchHeader* header);
// False if the body is not the one the header was written with.
bool BodyIsWhole(std::string_view body, const Place& place, const BatchHeader& header);
// Takes a whole body apart. kFailedPrecondition for kinds or flags of a newer version, kDataLoss
// for anything else that does not fit.
Status DecodeBody(std::string_view body, const BatchHeader& header, const Place& place,
                  const StoreId& store_id, const Secret& key, const std::string& path,
                  Batch* batch);

// "log-0000000001.cxj", and its number; 0 if the name is no segment's.
std::string SegmentName(uint64_t number);
uint64_t SegmentNumber(std::string_view name);

Status DamageAt(const std::string& path, uint64_t offset, std::string_view what);

}  // namespace cxjourney::store
