#include "store/segment_reader.h"

#include <algorithm>
#include <cstring>

#include "base/status_macros.h"

namespace cxjourney::store {
namespace {

constexpr uint64_t kWindowBytes = 1024 * 1024;

}  // namespace

SegmentReader::SegmentReader(const File* file, const Segment* segment, const StoreId* store_id,
                             const Secret* key)
    : file_(file), segment_(segment), store_id_(store_id), key_(key) {}

Place SegmentReader::PlaceAt(uint64_t offset) const {
  return {segment_->header.number, segment_->header.id, offset};
}

Result<std::string_view> SegmentReader::View(uint64_t offset, uint64_t size) {
  uint64_t window_end = window_at_ + window_.size();
  if (offset < window_at_ || offset + size > window_end) {
    uint64_t room = segment_->header.capacity - std::min(offset, segment_->header.capacity);
    window_.resize(std::min(std::max(size, kWindowBytes), room));
    window_at_ = offset;
    CXJ_ASSIGN_OR_RETURN(size_t got, file_->ReadAt(offset, window_.data(), window_.size()));
    window_.resize(got);
  }
  return std::string_view(window_).substr(offset - window_at_, size);
}

Result<SegmentReader::Found> SegmentReader::Read(const Cursor& cursor, BatchHeader* header,
                                                 std::string_view* body) {
  Place place = PlaceAt(cursor.offset);
  CXJ_ASSIGN_OR_RETURN(std::string_view head, View(cursor.offset, kBatchHeaderBytes));
  if (!DecodeBatchHeader(head, place, header) || header->previous != cursor.chain) {
    return Found::kNothing;
  }
  uint64_t body_at = cursor.offset + kBatchHeaderBytes;
  if (header->body_bytes > segment_->header.capacity - body_at) return Found::kNothing;
  CXJ_ASSIGN_OR_RETURN(*body, View(body_at, header->body_bytes));
  if (body->size() != header->body_bytes || !BodyIsWhole(*body, place, *header)) {
    return Found::kNothing;
  }
  return Found::kBatch;
}

Status SegmentReader::Take(const BatchHeader& header, std::string_view body, Cursor* cursor,
                           const BatchVisitor& visitor) {
  CXJ_RETURN_IF_ERROR(
      DecodeBody(body, header, PlaceAt(cursor->offset), *store_id_, *key_, file_->path(), &batch_));
  if (cursor->next_sequence.value_or(header.first_sequence) != header.first_sequence) {
    return DamageAt(file_->path(), cursor->offset, "the sequence numbers have a gap");
  }
  uint64_t evidence = 0;
  for (const Record& record : batch_.records) evidence += IsEvidence(record.kind) ? 1 : 0;
  if (header.flags == 0) {
    CXJ_RETURN_IF_ERROR(visitor(batch_));
    cursor->batches += 1;
    cursor->records += evidence;
  }
  cursor->offset += kBatchHeaderBytes + header.body_bytes;
  cursor->chain = header.chain;
  cursor->next_sequence = header.first_sequence + evidence;
  cursor->received = batch_.received;
  cursor->synced = std::max<uint64_t>(cursor->synced, header.synced);
  return Status();
}

Status SegmentReader::Walk(std::optional<uint64_t> end, Cursor* cursor,
                           const BatchVisitor& visitor) {
  while (cursor->offset < end.value_or(UINT64_MAX)) {
    BatchHeader header;
    std::string_view body;
    CXJ_ASSIGN_OR_RETURN(Found found, Read(*cursor, &header, &body));
    if (found == Found::kNothing) {
      if (!end) return Status();
      return DamageAt(file_->path(), cursor->offset, "a batch is damaged");
    }
    CXJ_RETURN_IF_ERROR(Take(header, body, cursor, visitor));
  }
  if (cursor->offset == end) return Status();
  return DamageAt(file_->path(), cursor->offset, "the segment does not end where it should");
}

Result<bool> SegmentReader::Continues(const Cursor& cursor) {
  BatchHeader header;
  std::string_view body;
  CXJ_ASSIGN_OR_RETURN(Found found, Read(cursor, &header, &body));
  return found == Found::kBatch;
}

Result<Tail> SegmentReader::ScanTail(uint64_t offset) {
  Tail tail{offset, 0};
  // Windows overlap by a header, which may begin in one and end in the next.
  constexpr uint64_t kStepBytes = kWindowBytes - kBatchHeaderBytes;
  const uint64_t capacity = segment_->header.capacity;
  for (uint64_t at = offset; at < capacity; at += kStepBytes) {
    uint64_t step = std::min(kStepBytes, capacity - at);
    CXJ_ASSIGN_OR_RETURN(std::string_view window, View(at, std::min(kWindowBytes, capacity - at)));
    for (uint64_t i = 0; i < std::min<uint64_t>(step, window.size()); i += kBatchAlignment) {
      uint64_t word = 0;
      size_t size = std::min<size_t>(sizeof word, window.size() - i);
      std::memcpy(&word, window.data() + i, size);
      if (word == 0) continue;
      tail.end = at + i + size;
      BatchHeader header;
      if (static_cast<uint32_t>(word) == kBatchMagic &&
          DecodeBatchHeader(window.substr(i, kBatchHeaderBytes), PlaceAt(at + i), &header)) {
        tail.synced = std::max<uint64_t>(tail.synced, header.synced);
      }
    }
  }
  return tail;
}

}  // namespace cxjourney::store
