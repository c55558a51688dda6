#include "store/log_store.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <new>
#include <utility>

#include "base/clock.h"
#include "base/status_macros.h"

namespace cxjourney::store {
namespace {

Status CheckOptions(const Options& options) {
  if (options.segment_bytes >= kSegmentBytesMin && options.segment_bytes <= kSegmentBytesMax) {
    return Status();
  }
  return Status(Code::kInvalidArgument,
                fmt::format("Options::segment_bytes is {}; the limits are {} and {}",
                            options.segment_bytes, kSegmentBytesMin, kSegmentBytesMax));
}

bool HoldsSegments(const std::vector<std::string>& names) {
  return std::any_of(names.begin(), names.end(),
                     [](const std::string& name) { return SegmentNumber(name) != 0; });
}

}  // namespace

Result<std::unique_ptr<EvidenceStore>> LogStore::Open(std::unique_ptr<Folder> folder,
                                                      Folder* parent, const KeySource& key_source,
                                                      const Options& options) {
  CXJ_RETURN_IF_ERROR(CheckOptions(options));
  if (!options.read_only) {
    CXJ_RETURN_IF_ERROR(folder->Lock(std::chrono::milliseconds(options.lock_wait_ms)));
  }
  LogSettings settings;
  settings.segment_bytes = options.segment_bytes;
  settings.durability = options.durability;
  settings.buffered_ms = options.buffered_ms;
  settings.buffered_bytes = options.buffered_bytes;
  settings.clock = options.clock;
  std::unique_ptr<LogStore> store(new LogStore(std::move(folder), settings));
  store->read_only_ = options.read_only;
  auto keyring = Keyring::Load(store->folder_.get());
  if (keyring.status().code() == Code::kNotFound && !options.read_only) {
    CXJ_RETURN_IF_ERROR(store->Make(parent, key_source, options));
    keyring = Keyring::Load(store->folder_.get());
  }
  if (!keyring.ok()) return keyring.status();
  store->keyring_ = *std::move(keyring);
  CXJ_RETURN_IF_ERROR(store->Unlock(key_source, options));
  return std::unique_ptr<EvidenceStore>(std::move(store));
}

Status LogStore::Make(Folder* parent, const KeySource& key_source, const Options& options) {
  CXJ_ASSIGN_OR_RETURN(std::vector<std::string> names, folder_->List());
  if (HoldsSegments(names)) {
    return Status(Code::kDataLoss, folder_->path() + " holds a log but its file `keys` is missing");
  }
  if (!options.create_if_missing) {
    return Status(Code::kNotFound, folder_->path() + " holds no store");
  }
  if (parent != nullptr) CXJ_RETURN_IF_ERROR(parent->Sync());
  CXJ_ASSIGN_OR_RETURN(SecretPointer key, NewSecret());
  StoreId store_id;
  randombytes_buf(store_id.data(), store_id.size());
  CXJ_RETURN_IF_ERROR(key_source(store_id, true, key.get()));
  Timestamp now = base::Now(options.clock);
  CXJ_RETURN_IF_ERROR(Keyring::Create(folder_.get(), store_id, options.tenant, *key, now));
  created_ = true;
  return Status();
}

Status LogStore::Unlock(const KeySource& key_source, const Options& options) {
  if (keyring_->tenant() != options.tenant) {
    return Status(Code::kFailedPrecondition,
                  fmt::format("{} is of tenant {}, not of {} (Options::tenant)", folder_->path(),
                              keyring_->tenant(), options.tenant));
  }
  CXJ_ASSIGN_OR_RETURN(SecretPointer key, NewSecret());
  CXJ_RETURN_IF_ERROR(key_source(keyring_->store_id(), false, key.get()));
  CXJ_RETURN_IF_ERROR(keyring_->Unlock(*key));
  CXJ_ASSIGN_OR_RETURN(hash_root_, NewSecret());
  // Of no store in particular: customer ids are the same wherever the key is.
  DeriveSecret(*key, "cxj hash root", StoreId{}, hash_root_.get());
  CXJ_ASSIGN_OR_RETURN(SecretPointer vault_key, NewSecret());
  DeriveSecret(*key, "cxj vault", keyring_->store_id(), vault_key.get());
  CXJ_ASSIGN_OR_RETURN(
      vault_, Vault::Open(folder_.get(), keyring_->store_id(), keyring_->tenant(), *vault_key));
  return Status();
}

// At most one segment may be there that is not listed: a crash came between making the file and
// listing it. Of the sealed ones a crash may have left some.
Status LogStore::CheckNames(const std::vector<std::string>& names) const {
  uint64_t count = keyring_->segment_count();
  for (const std::string& name : names) {
    uint64_t number = SegmentNumber(name);
    if (number <= count) continue;  // No segment's name has number 0.
    if (number == count + 1) {
      CXJ_RETURN_IF_ERROR(CheckLeftover(number));
    } else {
      return Status(Code::kDataLoss,
                    fmt::format("{}/{} is no segment of this store", folder_->path(), name));
    }
  }
  return Status();
}

// A file behind the last listed segment never held a batch, unless the list is an old one or
// the file is a copy.
Status LogStore::CheckLeftover(uint64_t number) const {
  CXJ_ASSIGN_OR_RETURN(auto file, OpenSegment(number));
  CXJ_ASSIGN_OR_RETURN(std::string head,
                       ReadPadded(*file, 0, kSegmentHeaderBytes + kBatchHeaderBytes));
  Segment segment;
  std::string_view header = std::string_view(head).substr(0, kSegmentHeaderBytes);
  Status decoded = DecodeSegmentHeader(header, file->path(), &segment.header, &segment.first_chain);
  if (decoded.code() == Code::kFailedPrecondition) return decoded;
  if (!decoded.ok()) return Status();  // Torn while it was made.
  BatchHeader batch;
  Place place{segment.header.number, segment.header.id, kSegmentHeaderBytes};
  bool used = DecodeBatchHeader(std::string_view(head).substr(kSegmentHeaderBytes), place, &batch);
  if (!used && segment.header.number == number && segment.header.store_id == keyring_->store_id()) {
    return Status();
  }
  return DamageAt(file->path(), 0, "this segment is not in the list of the file `keys`");
}

Result<std::unique_ptr<File>> LogStore::OpenSegment(uint64_t number) const {
  return OpenListed(folder_.get(), SegmentName(number));
}

Result<Segment> LogStore::ReadHeader(const File& file, uint64_t number, uint64_t id) const {
  CXJ_ASSIGN_OR_RETURN(std::string bytes, ReadPadded(file, 0, kSegmentHeaderBytes));
  Segment segment;
  CXJ_RETURN_IF_ERROR(
      DecodeSegmentHeader(bytes, file.path(), &segment.header, &segment.first_chain));
  const SegmentHeader& header = segment.header;
  if (header.store_id != keyring_->store_id() || header.tenant != keyring_->tenant()) {
    return DamageAt(file.path(), 0, "the segment is of another store");
  }
  if (header.number != number || header.id != id) {
    return DamageAt(file.path(), 0,
                    fmt::format("this is not segment {} but segment {}", number, header.number));
  }
  CXJ_ASSIGN_OR_RETURN(uint64_t size, file.Size());
  if (size < header.capacity) {
    return DamageAt(file.path(), size,
                    fmt::format("the file is cut off; it had {} bytes", header.capacity));
  }
  segment.end = kSegmentHeaderBytes;
  segment.end_chain = segment.first_chain;
  return segment;
}

Status LogStore::LoadSegments(LogTail* tail) const {
  CXJ_ASSIGN_OR_RETURN(std::vector<std::string> names, folder_->List());
  CXJ_RETURN_IF_ERROR(CheckNames(names));
  const VaultHead& head = vault_->head();
  if (head.generation > 0 && head.first_segment > keyring_->segment_count()) {
    return Status(Code::kDataLoss, keyring_->path() + " knows fewer segments than are sealed");
  }
  for (uint64_t number = head.first_segment; number <= keyring_->segment_count(); ++number) {
    CXJ_ASSIGN_OR_RETURN(auto file, OpenSegment(number));
    CXJ_ASSIGN_OR_RETURN(Segment segment, ReadHeader(*file, number, keyring_->segment_id(number)));
    if (!tail->segments.empty()) {
      Segment& before = tail->segments.back();
      before.end = segment.header.previous_end;
      before.end_chain = segment.header.previous_chain;
      if (segment.header.previous_id != before.header.id) {
        return DamageAt(file->path(), 0, "the segment does not follow the one before it");
      }
    }
    tail->segments.push_back(segment);
    tail->file = std::move(file);  // The last one stays open.
  }
  const LogState& state = keyring_->state();
  uint64_t count = keyring_->segment_count();
  if (state.segment > count || (state.sealed && state.segment != count)) {
    return Status(Code::kDataLoss,
                  fmt::format("{} knows segments up to {} but says that the log ends in {}",
                              keyring_->path(), count, state.segment));
  }
  return Status();
}

Status LogStore::ReplaySegments(LogTail* tail, const BatchVisitor& visitor,
                                OpenReport* report) const {
  Cursor cursor;
  CXJ_ASSIGN_OR_RETURN(SecretPointer key, NewSecret());
  for (Segment& segment : tail->segments) {
    uint64_t number = segment.header.number;
    bool is_last = number == keyring_->segment_count();
    CXJ_RETURN_IF_ERROR(keyring_->SegmentKey(number, key.get()));
    CXJ_ASSIGN_OR_RETURN(auto file, OpenSegment(number));
    SegmentReader reader(file.get(), &segment, &keyring_->store_id(), key.get());
    cursor.offset = kSegmentHeaderBytes;
    cursor.chain = segment.first_chain;
    cursor.synced = kSegmentHeaderBytes;
    if (!cursor.next_sequence) {
      cursor.next_sequence = vault_->head().generation > 0 ? vault_->head().next_sequence
                                                           : segment.header.first_sequence;
    }
    if (*cursor.next_sequence != segment.header.first_sequence) {
      return DamageAt(file->path(), 0, "the sequence numbers have a gap");
    }
    if (is_last) {
      CXJ_RETURN_IF_ERROR(ReplayLast(&reader, tail, &cursor, visitor));
      segment.end = cursor.offset;
      segment.end_chain = cursor.chain;
      continue;
    }
    CXJ_RETURN_IF_ERROR(reader.Walk(segment.end, &cursor, visitor));
    if (cursor.chain != segment.end_chain) {
      return DamageAt(file->path(), cursor.offset, "the segment does not end as it should");
    }
  }
  tail->next_sequence = cursor.next_sequence;
  tail->received = cursor.received;
  report->batches = cursor.batches;
  report->records = cursor.records;
  return Status();
}

Status LogStore::ReplayLast(SegmentReader* reader, LogTail* tail, Cursor* cursor,
                            const BatchVisitor& visitor) const {
  const LogState& state = keyring_->state();
  const std::string& path = tail->file->path();
  bool state_is_here = state.segment == keyring_->segment_count();
  if (state.sealed) {
    CXJ_RETURN_IF_ERROR(reader->Walk(state.end, cursor, visitor));
    tail->synced = tail->tail_end = state.end;
    if (cursor->chain != state.chain || *cursor->next_sequence != state.next_sequence) {
      return DamageAt(path, cursor->offset, "the log does not end as it was sealed");
    }
    CXJ_ASSIGN_OR_RETURN(bool continues, reader->Continues(*cursor));
    return continues ? DamageAt(path, state.end, "the log goes on behind its seal") : Status();
  }
  CXJ_RETURN_IF_ERROR(reader->Walk(std::nullopt, cursor, visitor));
  CXJ_ASSIGN_OR_RETURN(Tail behind, reader->ScanTail(cursor->offset));
  uint64_t synced = std::max(cursor->synced, behind.synced);
  if (state_is_here) synced = std::max(synced, state.end);
  if (cursor->offset < synced) {
    return DamageAt(path, cursor->offset,
                    fmt::format("a batch is damaged that was synced (up to {})", synced));
  }
  tail->synced = synced;
  tail->tail_end = behind.end;
  return Status();
}

Result<OpenReport> LogStore::Replay(const BatchVisitor& visitor) {
  if (writer_ != nullptr) {
    return Status(Code::kFailedPrecondition, "the store was replayed already");
  }
  OpenReport report;
  report.created = created_;
  report.sealed = keyring_->state().sealed;
  LogTail tail;
  CXJ_RETURN_IF_ERROR(LoadSegments(&tail));
  CXJ_RETURN_IF_ERROR(ReplaySegments(&tail, visitor, &report));
  if (!tail.segments.empty()) {
    report.recovered_bytes_dropped = tail.tail_end - tail.segments.back().end;
  }
  writer_ = std::make_unique<LogWriter>(folder_.get(), keyring_.get(), settings_, std::move(tail));
  return report;
}

Status LogStore::Ready() const {
  if (writer_ != nullptr) return Status();
  return Status(Code::kFailedPrecondition, "the store was not replayed yet");
}

Result<CommitPosition> LogStore::Commit(const Batch& batch, Durability durability) {
  CXJ_RETURN_IF_ERROR(Ready());
  return writer_->Append(batch, durability);
}

Status LogStore::WaitDurable(CommitPosition position) {
  CXJ_RETURN_IF_ERROR(Ready());
  return writer_->WaitDurable(position);
}

Status LogStore::Sync() {
  CXJ_RETURN_IF_ERROR(Ready());
  if (read_only_) return Status();
  return writer_->Sync();
}

// The log is cut first: what stands behind the cut is not sealed, whatever happens to the seal.
Status LogStore::Seal(const std::function<Status(Vault* vault, std::string* meta)>& fill) {
  CXJ_RETURN_IF_ERROR(Ready());
  VaultHead head;
  CXJ_RETURN_IF_ERROR(writer_->Cut(&head.first_segment, &head.next_sequence));
  CXJ_RETURN_IF_ERROR(vault_->Begin());
  Status filled = fill(vault_.get(), &head.meta);
  if (filled.ok()) filled = vault_->Prepare();
  if (!filled.ok()) {
    vault_->Abandon();
    return filled;
  }
  const Status no_memory(Code::kResourceExhausted, "memory ran out while a seal was finished");
  try {
    return FinishSeal(std::move(head));
  } catch (const std::bad_alloc&) {
    return writer_->Fail(no_memory);
  }
}

Status LogStore::FinishSeal(VaultHead head) {
  const uint64_t first_segment = head.first_segment;
  Status finished = vault_->Finish(std::move(head));
  // It may be on the disk all the same; what is written from now on can't be right for both cases.
  if (!finished.ok()) return writer_->Fail(finished);
  writer_->Forget(first_segment);
  // The seal stands whatever happens now; what can't be removed is by the next one.
  static_cast<void>(RemoveSealed());
  return Status();
}

// The files of sealed segments, also those that a crash or a failure left.
Status LogStore::RemoveSealed() const {
  CXJ_ASSIGN_OR_RETURN(std::vector<std::string> names, folder_->List());
  for (const std::string& name : names) {
    const uint64_t number = SegmentNumber(name);
    if (number == 0 || number >= vault_->head().first_segment) continue;
    CXJ_RETURN_IF_ERROR(folder_->Remove(name));
  }
  return Status();
}

Status LogStore::Close() {
  if (read_only_) return Status();
  Status sealed = writer_ != nullptr ? writer_->Seal() : Status();
  // The folder is given free even where the seal failed: opening it again recovers. The rest
  // stays, as other threads may still be in here.
  folder_->Unlock();
  return sealed;
}

Status LogStore::ReadBack(const BatchVisitor& visitor) {
  CXJ_RETURN_IF_ERROR(Ready());
  CXJ_ASSIGN_OR_RETURN(std::vector<Segment> segments, writer_->Snapshot());
  CXJ_ASSIGN_OR_RETURN(SecretPointer key, NewSecret());
  Cursor cursor;
  for (const Segment& segment : segments) {
    uint64_t number = segment.header.number;
    CXJ_RETURN_IF_ERROR(writer_->SegmentKey(number, key.get()));
    auto opened = folder_->Open(SegmentName(number));
    if (read_only_ && opened.status().code() == Code::kNotFound) {
      return Status(Code::kUnavailable, "the log was sealed by its writer; open the store again");
    }
    CXJ_ASSIGN_OR_RETURN(auto file, std::move(opened));
    CXJ_RETURN_IF_ERROR(ReadHeader(*file, number, segment.header.id).status());
    SegmentReader reader(file.get(), &segment, &segment.header.store_id, key.get());
    cursor.offset = kSegmentHeaderBytes;
    cursor.chain = segment.first_chain;
    CXJ_RETURN_IF_ERROR(reader.Walk(segment.end, &cursor, visitor));
    if (cursor.chain != segment.end_chain) {
      return DamageAt(file->path(), cursor.offset, "the segment does not end as it should");
    }
  }
  return Status();
}

uint64_t LogStore::used_bytes() const { return writer_ != nullptr ? writer_->used_bytes() : 0; }

Result<std::unique_ptr<EvidenceStore>> OpenLogStore(const std::string& path,
                                                    const Options& options) {
  auto [parent_path, name] = Split(path);
  if (name.empty()) return Status(Code::kInvalidArgument, "the store needs a path");
  std::string clean = parent_path == "." ? name : path.substr(0, path.find_last_not_of('/') + 1);
  CXJ_ASSIGN_OR_RETURN(auto parent, OpenFolder(parent_path, {.follow_symlink = true}));
  const bool create = options.create_if_missing && !options.read_only;
  CXJ_ASSIGN_OR_RETURN(auto folder,
                       OpenFolder(clean, {.create = create, .read_only = options.read_only}));
  std::string key_file = options.key_file.empty() ? clean + ".key" : options.key_file;
  KeySource source =
      options.key_provider != nullptr ? FromProvider(options.key_provider) : FromFile(key_file);
  return LogStore::Open(std::move(folder), parent.get(), source, options);
}

}  // namespace cxjourney::store
