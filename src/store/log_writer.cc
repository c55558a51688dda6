#include "store/log_writer.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "base/clock.h"
#include "base/status_macros.h"
#include "base/thread.h"

namespace cxjourney::store {
namespace {

using base::MutexLock;

constexpr uint64_t kCopyBytes = 1024 * 1024;
// Memory that one big batch took is given back.
constexpr size_t kPendingKeptBytes = 4 * 1024 * 1024;

uint64_t RandomId() {
  uint64_t id = 0;
  while (id == 0) randombytes_buf(&id, sizeof id);
  return id;
}

}  // namespace

LogWriter::LogWriter(Folder* folder, Keyring* keyring, const LogSettings& settings, LogTail tail)
    : folder_(folder),
      settings_(settings),
      keyring_(keyring),
      segments_(std::move(tail.segments)),
      file_(std::move(tail.file)),
      next_sequence_(tail.next_sequence),
      received_(tail.received),
      synced_at_open_(tail.synced),
      tail_end_(tail.tail_end) {
  uint64_t used = 0;
  for (const Segment& segment : segments_) used += segment.end;
  used_bytes_ = used;
  if (segments_.empty()) return;
  written_ = synced_ = segments_.back().end;
  written_chain_ = segments_.back().end_chain;
  start_needed_ = true;
}

LogWriter::~LogWriter() { StopFlusher(); }

Status LogWriter::ReadOnly() const {
  if (!failure_.ok()) {
    return Status(Code::kFailedPrecondition,
                  "the store is read-only until it is opened again, since: " + failure_.message());
  }
  if (closed_) return Status(Code::kFailedPrecondition, "the store is closed");
  return Status();
}

Status LogWriter::Poison(Status status) {
  if (failure_.ok()) failure_ = status;
  changed_.notify_all();
  return status;
}

Status LogWriter::Validate(const Batch& batch) const {
  if (batch.tenant != keyring_->tenant()) {
    return Status(Code::kInvalidArgument, "the batch is of another tenant than the store");
  }
  size_t identifiers = 0;
  for (const Record& record : batch.records) {
    if (record.kind == RecordKind::kIdentifier) ++identifiers;
  }
  if (identifiers != batch.secrets.size()) {
    return Status(Code::kInvalidArgument, fmt::format("the batch has {} identifiers and {} secrets",
                                                      identifiers, batch.secrets.size()));
  }
  if (next_sequence_.value_or(batch.first_sequence) != batch.first_sequence) {
    return Status(Code::kInvalidArgument,
                  fmt::format("the batch begins with sequence number {}; the next one is {}",
                              batch.first_sequence, *next_sequence_));
  }
  if (batch.received < received_) {
    return Status(Code::kInvalidArgument, "the batch was received before the one before it");
  }
  uint64_t size = EncodedBatchBytes(batch);
  if (size <= kBatchBytesMax) return Status();
  return Status(Code::kInvalidArgument,
                fmt::format("the batch takes {} bytes; the limit is {}", size, kBatchBytesMax));
}

Result<CommitPosition> LogWriter::Append(const Batch& batch, Durability durability) {
  MutexLock lock(&mutex_);
  CXJ_RETURN_IF_ERROR(ReadOnly());
  CXJ_RETURN_IF_ERROR(Validate(batch));
  Status room = MakeRoom(EncodedBatchBytes(batch), batch.first_sequence);
  if (!room.ok()) return Poison(room);
  if (start_needed_) EncodeMark(kFlagStart);
  start_needed_ = false;
  Status encoded = Encode(batch);
  if (!encoded.ok()) return Poison(encoded);
  if (durability == Durability::kDefault) durability = settings_.durability;
  switch (durability) {
    case Durability::kBuffered:
      CXJ_RETURN_IF_ERROR(Buffered());
      break;
    case Durability::kOs:
      CXJ_RETURN_IF_ERROR(Flush());
      break;
    default:
      CXJ_RETURN_IF_ERROR(FlushAndStartSync());
  }
  return base_ + last().end;
}

Status LogWriter::MakeRoom(uint64_t batch_bytes, uint64_t first_sequence) {
  CXJ_RETURN_IF_ERROR(Prepare());
  if (segments_.empty()) return NewSegment(batch_bytes, first_sequence);
  // A seal must always find room.
  uint64_t needed = batch_bytes + (start_needed_ ? kMarkerBytes : 0) + kMarkerBytes;
  if (last().end + needed <= last().header.capacity) return Status();
  return NewSegment(batch_bytes, first_sequence);
}

Status LogWriter::Prepare() {
  if (prepared_) return Status();
  CXJ_RETURN_IF_ERROR(folder_->Sync());
  CXJ_RETURN_IF_ERROR(keyring_->Refresh());
  if (file_ != nullptr) {
    if (keyring_->state().sealed) {
      // A clean close gave back the room that nothing had been written to.
      CXJ_RETURN_IF_ERROR(file_->Allocate(last().header.capacity));
    } else {
      CXJ_RETURN_IF_ERROR(RewriteTail());
    }
  }
  CXJ_RETURN_IF_ERROR(keyring_->SetState(StateNow(false)));
  prepared_ = true;
  return Status();
}

// What recovery read above the last known sync may be in the system's memory only, even marked
// clean there after a failed sync. Written again and synced, it can be built on. Torn bytes
// behind it are overwritten with zeros.
Status LogWriter::RewriteTail() {
  for (uint64_t at = synced_at_open_; at < last().end; at += kCopyBytes) {
    CXJ_ASSIGN_OR_RETURN(std::string bytes,
                         ReadPadded(*file_, at, std::min(kCopyBytes, last().end - at)));
    CXJ_RETURN_IF_ERROR(file_->WriteAt(at, bytes));
  }
  for (uint64_t at = last().end; at < tail_end_; at += kCopyBytes) {
    CXJ_RETURN_IF_ERROR(
        file_->WriteAt(at, std::string(std::min(kCopyBytes, tail_end_ - at), '\0')));
  }
  return file_->Sync();
}

LogState LogWriter::StateNow(bool sealed) const {
  LogState state;
  state.sealed = sealed;
  state.next_sequence = next_sequence_.value_or(0);
  if (segments_.empty()) return state;
  state.segment = last().header.number;
  state.end = last().end;
  state.chain = last().end_chain;
  return state;
}

Status LogWriter::NewSegment(uint64_t batch_bytes, uint64_t first_sequence) {
  CXJ_RETURN_IF_ERROR(SyncAll());
  SegmentHeader header;
  header.tenant = keyring_->tenant();
  header.store_id = keyring_->store_id();
  header.number = keyring_->segment_count() + 1;
  header.id = RandomId();
  header.capacity =
      std::max(settings_.segment_bytes, kSegmentHeaderBytes + batch_bytes + kMarkerBytes);
  header.first_sequence = first_sequence;
  header.created = base::Now(settings_.clock);
  if (!segments_.empty()) {
    header.previous_id = last().header.id;
    header.previous_end = last().end;
    header.previous_chain = last().end_chain;
  }
  std::unique_ptr<File> file;
  CXJ_RETURN_IF_ERROR(WriteSegmentFile(header, &file));
  CXJ_ASSIGN_OR_RETURN(SecretPointer key, NewSecret());
  randombytes_buf(key->data(), key->size());
  // From here on the segment must be there; its file and its name are durable already.
  Status added = keyring_->AddSegment(header.id, *key);
  if (!added.ok()) return Poison(added);
  Segment segment;
  segment.header = header;
  segment.end = kSegmentHeaderBytes;
  std::string encoded = EncodeSegmentHeader(header);
  Status decoded =
      DecodeSegmentHeader(encoded, file->path(), &segment.header, &segment.first_chain);
  if (!decoded.ok()) return Poison(decoded);
  segment.end_chain = segment.first_chain;
  base_ = written_;
  written_ = synced_ = base_ + kSegmentHeaderBytes;
  written_chain_ = segment.end_chain;
  segments_.push_back(std::move(segment));
  file_ = std::move(file);
  segment_key_ = std::move(key);
  start_needed_ = false;  // The segment's id is new, so nothing of old can follow in it.
  used_bytes_ += kSegmentHeaderBytes;
  return Status();
}

Status LogWriter::Cut(uint64_t* segment, uint64_t* next_sequence) {
  MutexLock lock(&mutex_);
  CXJ_RETURN_IF_ERROR(ReadOnly());
  if (segments_.empty() || !next_sequence_) {
    return Status(Code::kFailedPrecondition, "there is nothing to seal");
  }
  CXJ_RETURN_IF_ERROR(Prepare());
  if (last().end > kSegmentHeaderBytes) {
    // Where the disk has no room for it, nothing has happened yet.
    CXJ_RETURN_IF_ERROR(NewSegment(0, *next_sequence_));
  }
  *segment = last().header.number;
  *next_sequence = *next_sequence_;
  return Status();
}

Status LogWriter::Fail(const Status& reason) {
  MutexLock lock(&mutex_);
  return Poison(reason);
}

void LogWriter::Forget(uint64_t first_segment) {
  MutexLock lock(&mutex_);
  const auto kept = std::find_if(segments_.begin(), segments_.end(), [&](const Segment& segment) {
    return segment.header.number >= first_segment;
  });
  for (auto it = segments_.begin(); it != kept; ++it) used_bytes_ -= it->end;
  segments_.erase(segments_.begin(), kept);
}

Status LogWriter::WriteSegmentFile(const SegmentHeader& header, std::unique_ptr<File>* file) {
  std::string name = SegmentName(header.number);
  // A crash may have left one that was never used.
  CXJ_RETURN_IF_ERROR(folder_->Remove(name));
  CXJ_ASSIGN_OR_RETURN(*file, folder_->Create(name));
  CXJ_RETURN_IF_ERROR((*file)->Allocate(header.capacity));
  CXJ_RETURN_IF_ERROR((*file)->WriteAt(0, EncodeSegmentHeader(header)));
  CXJ_RETURN_IF_ERROR((*file)->Sync());
  return folder_->Sync();
}

BatchContext LogWriter::ContextHere() const {
  BatchContext context;
  context.place = {last().header.number, last().header.id, last().end};
  context.previous = last().end_chain;
  context.synced = synced_ - base_;
  context.store_id = &last().header.store_id;
  return context;
}

void LogWriter::Account(uint64_t bytes_before, uint64_t chain) {
  uint64_t added = pending_.size() - bytes_before;
  if (bytes_before == 0) pending_since_ = std::chrono::steady_clock::now();
  last().end += added;
  last().end_chain = chain;
  used_bytes_ += added;
}

void LogWriter::EncodeMark(uint32_t flag) {
  uint64_t before = pending_.size();
  uint64_t chain = EncodeMarker(flag, keyring_->tenant(), next_sequence_.value_or(0), received_,
                                ContextHere(), &pending_);
  Account(before, chain);
}

Status LogWriter::Encode(const Batch& batch) {
  uint64_t before = pending_.size();
  BatchContext context = ContextHere();
  if (!batch.secrets.empty() && segment_key_ == nullptr) {
    CXJ_ASSIGN_OR_RETURN(SecretPointer key, NewSecret());
    CXJ_RETURN_IF_ERROR(keyring_->SegmentKey(last().header.number, key.get()));
    segment_key_ = std::move(key);
  }
  context.key = segment_key_.get();
  Account(before, EncodeBatch(batch, context, &pending_));
  for (const Record& record : batch.records) {
    if (IsEvidence(record.kind)) next_sequence_ = next_sequence_.value_or(batch.first_sequence) + 1;
  }
  received_ = batch.received;
  return Status();
}

Status LogWriter::Flush() {
  if (pending_.empty()) return Status();
  Status written = file_->WriteAt(written_ - base_, pending_);
  if (!written.ok()) return Poison(written);
  written_ += pending_.size();
  written_chain_ = last().end_chain;
  pending_.clear();
  if (pending_.capacity() > kPendingKeptBytes) pending_.shrink_to_fit();
  return Status();
}

// The disk works while the caller does what is left to do before it waits. A sync under way is not
// put behind it.
Status LogWriter::FlushAndStartSync() {
  const uint64_t from = written_ - base_;
  CXJ_RETURN_IF_ERROR(Flush());
  if (syncing_) return Status();
  Status started = file_->StartSync(from, written_ - base_ - from);
  return started.ok() ? Status() : Poison(started);
}

Status LogWriter::SyncOnce() {
  syncing_ = true;
  CommitPosition target = written_;
  std::shared_ptr<File> file = file_;
  mutex_.unlock();
  Status synced = file->Sync();
  mutex_.lock();
  syncing_ = false;
  if (!synced.ok()) return Poison(synced);
  synced_ = std::max(synced_, target);
  changed_.notify_all();
  return Status();
}

Status LogWriter::SyncAll() { return segments_.empty() ? Status() : WaitFor(base_ + last().end); }

Status LogWriter::WaitFor(CommitPosition position) {
  bool waited = false;
  while (synced_ < position) {
    // Who was waiting when it happened learns the reason itself.
    if (!failure_.ok()) return waited ? failure_ : ReadOnly();
    waited = true;
    if (syncing_) {
      changed_.wait(mutex_);
      continue;
    }
    // The first to come syncs for all who wait by then; whoever commits meanwhile is covered by
    // the next one.
    CXJ_RETURN_IF_ERROR(Flush());
    CXJ_RETURN_IF_ERROR(SyncOnce());
  }
  return Status();
}

Status LogWriter::WaitDurable(CommitPosition position) {
  MutexLock lock(&mutex_);
  return WaitFor(position);
}

Status LogWriter::Sync() {
  MutexLock lock(&mutex_);
  CXJ_RETURN_IF_ERROR(ReadOnly());
  if (!prepared_ && !keyring_->state().sealed) {
    // What was recovered is committed as well, but may not have reached the disk.
    Status prepared = Prepare();
    if (!prepared.ok()) return Poison(prepared);
  }
  return SyncAll();
}

Status LogWriter::Seal() {
  StopFlusher();
  MutexLock lock(&mutex_);
  if (closed_) return Status();
  Status usable = ReadOnly();
  closed_ = true;
  CXJ_RETURN_IF_ERROR(usable);
  if (!prepared_ && keyring_->state().sealed) return Status();
  Status prepared = Prepare();
  if (!prepared.ok()) return Poison(prepared);
  // Only behind something new is room for a seal for certain: a crash between a seal and the state
  // leaves one, and the next close without a write would set another behind it.
  if (!segments_.empty() && !start_needed_) {
    EncodeMark(kFlagSeal);
    CXJ_RETURN_IF_ERROR(SyncAll());
  }
  Status sealed = keyring_->SetState(StateNow(true));
  if (!sealed.ok()) return Poison(sealed);
  if (file_ != nullptr) file_->Release(last().end);
  segment_key_.reset();
  keyring_->Lock();
  return Status();
}

Result<std::vector<Segment>> LogWriter::Snapshot() {
  MutexLock lock(&mutex_);
  if (closed_) return ReadOnly();
  if (failure_.ok()) CXJ_RETURN_IF_ERROR(Flush());
  std::vector<Segment> segments = segments_;
  if (!failure_.ok() && !segments.empty()) {
    segments.back().end = written_ - base_;
    segments.back().end_chain = written_chain_;
  }
  return segments;
}

Status LogWriter::SegmentKey(uint64_t number, Secret* key) {
  MutexLock lock(&mutex_);
  if (closed_) return ReadOnly();
  return keyring_->SegmentKey(number, key);
}

Status LogWriter::Buffered() {
  if (pending_.size() >= settings_.buffered_bytes) return Flush();
  if (!flusher_.joinable()) {
    try {
      flusher_ = base::StartThread([this] { FlushLoop(); });
    } catch (const std::system_error&) {
      return Flush();  // Without a thread nothing may wait in memory.
    }
  }
  changed_.notify_all();
  return Status();
}

void LogWriter::FlushLoop() {
  MutexLock lock(&mutex_);
  while (!stopping_) {
    if (pending_.empty() || !failure_.ok()) {
      changed_.wait(mutex_);
      continue;
    }
    auto due = pending_since_ + std::chrono::milliseconds(settings_.buffered_ms);
    if (std::chrono::steady_clock::now() < due) {
      changed_.wait_until(mutex_, due);
      continue;
    }
    // A failure is kept; the next commit and every sync tell it.
    Status flushed = Flush();
    if (!flushed.ok()) continue;
  }
}

void LogWriter::StopFlusher() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  if (flusher_.joinable()) flusher_.join();
}

}  // namespace cxjourney::store
