#include "store/segment.h"

#include <fmt/format.h>
#include <sodium.h>
#include <xxhash.h>

#include <algorithm>

#include "base/bytes.h"
#include "base/status_macros.h"
#include "store/names.h"

namespace cxjourney::store {
namespace {

constexpr std::string_view kLogPrefix = "log";
constexpr size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;

uint32_t RecordCheck(std::string_view bytes, const Place& place, uint64_t offset) {
  return static_cast<uint32_t>(CheckAt(bytes, place.segment_id, offset));
}

uint64_t Aligned(uint64_t size) {
  return (size + kBatchAlignment - 1) / kBatchAlignment * kBatchAlignment;
}

uint64_t VarintBytes(uint64_t value) {
  uint64_t bytes = 1;
  while (value >= 0x80) {
    value >>= 7;
    ++bytes;
  }
  return bytes;
}

// What the secrets of a batch are bound to: moved elsewhere they do not open.
std::string SecretsPosition(const Place& place, const StoreId& store_id) {
  std::string bytes("cxj secrets ");
  base::Writer writer(&bytes);
  bytes.append(store_id.begin(), store_id.end());
  writer.Fixed64(place.segment_number);
  writer.Fixed64(place.segment_id);
  writer.Fixed64(place.offset);
  return bytes;
}

uint8_t* Bytes(std::string& text, size_t at) { return reinterpret_cast<uint8_t*>(&text[at]); }
const uint8_t* Bytes(std::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}

void AppendSecrets(const std::vector<Secret>& secrets, const BatchContext& context,
                   std::string* out) {
  size_t nonce_at = out->size();
  size_t plain_bytes = secrets.size() * sizeof(Secret);
  out->resize(nonce_at + kNonceBytes + plain_bytes + kTagBytes);
  uint8_t* nonce = Bytes(*out, nonce_at);
  randombytes_buf(nonce, kNonceBytes);
  std::string position = SecretsPosition(context.place, *context.store_id);
  // An array of arrays has no padding, so the secrets stand one behind the other already.
  static_assert(sizeof(Secret) == 32);
  crypto_aead_xchacha20poly1305_ietf_encrypt(nonce + kNonceBytes, nullptr, secrets.front().data(),
                                             plain_bytes, Bytes(position), position.size(), nullptr,
                                             nonce, context.key->data());
}

void AppendRecord(RecordKind kind, std::string_view body, const Place& place, size_t batch_at,
                  std::string* out) {
  size_t at = out->size();
  base::Writer writer(out);
  writer.Byte(static_cast<uint8_t>(kind));
  writer.String(body);
  std::string_view bytes = std::string_view(*out).substr(at);
  writer.Fixed32(RecordCheck(bytes, place, place.offset + (at - batch_at)));
}

// Fills in the header, for which 64 bytes were left at `batch_at`.
uint64_t FinishBatch(BatchHeader header, const BatchContext& context, size_t batch_at,
                     std::string* out) {
  out->resize(batch_at + Aligned(out->size() - batch_at));
  size_t body_at = batch_at + kBatchHeaderBytes;
  std::string_view body = std::string_view(*out).substr(body_at);
  uint64_t body_offset = context.place.offset + kBatchHeaderBytes;
  std::string bytes;
  base::Writer writer(&bytes);
  writer.Fixed32(kBatchMagic);
  writer.Fixed32(static_cast<uint32_t>(body.size()));
  writer.Fixed32(header.flags);
  writer.Fixed32(header.tenant);
  writer.Fixed32(header.record_count);
  writer.Fixed32(static_cast<uint32_t>(context.synced));
  writer.Fixed64(header.first_sequence);
  writer.Fixed64(static_cast<uint64_t>(header.received));
  writer.Fixed64(context.previous);
  writer.Fixed64(CheckAt(body, context.place.segment_id, body_offset));
  uint64_t chain = CheckAt(bytes, context.place.segment_id, context.place.offset);
  writer.Fixed64(chain);
  out->replace(batch_at, kBatchHeaderBytes, bytes);
  return chain;
}

bool KindIsKnown(uint8_t kind) {
  return (kind >= static_cast<uint8_t>(RecordKind::kTouchpoint) &&
          kind <= static_cast<uint8_t>(RecordKind::kPolicies)) ||
         kind == static_cast<uint8_t>(RecordKind::kString) ||
         kind == static_cast<uint8_t>(RecordKind::kIdentifier) ||
         kind == static_cast<uint8_t>(RecordKind::kIsland) ||
         kind == static_cast<uint8_t>(RecordKind::kBareIdentifier);
}

Status Newer(const std::string& path, uint64_t offset, std::string_view what) {
  return Status(
      Code::kFailedPrecondition,
      fmt::format("{} was written by a newer version: {} at offset {}", path, what, offset));
}

Status OpenSecrets(std::string_view sealed, size_t count, const Place& place,
                   const StoreId& store_id, const Secret& key, const std::string& path,
                   std::vector<Secret>* secrets) {
  secrets->resize(count);
  if (count == 0) return Status();
  std::string position = SecretsPosition(place, store_id);
  const uint8_t* nonce = Bytes(sealed);
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(
          secrets->front().data(), nullptr, nullptr, nonce + kNonceBytes,
          sealed.size() - kNonceBytes, Bytes(position), position.size(), nonce, key.data()) != 0) {
    return DamageAt(path, place.offset, "the secrets of the batch do not open");
  }
  return Status();
}

// Reads one record of the batch's body; true if it is whole.
bool DecodeRecord(base::Reader* reader, std::string_view body, const Place& place, Record* record) {
  size_t at = body.size() - reader->remaining();
  record->kind = static_cast<RecordKind>(reader->Byte());
  record->size = reader->String().size();
  record->begin = body.size() - reader->remaining() - record->size;
  std::string_view bytes = body.substr(at, body.size() - reader->remaining() - at);
  uint32_t check = reader->Fixed32();
  return reader->ok() && check == RecordCheck(bytes, place, place.offset + kBatchHeaderBytes + at);
}

}  // namespace

Status DamageAt(const std::string& path, uint64_t offset, std::string_view what) {
  return Status(Code::kDataLoss, fmt::format("{}: {}, at offset {}", path, what, offset));
}

uint64_t CheckAt(std::string_view bytes, uint64_t file_id, uint64_t offset) {
  // The odd factor spreads offsets over all bits of the seed.
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), file_id ^ (offset * 0x9e3779b97f4a7c15u));
}

void AppendOwner(uint32_t tenant, const StoreId& store_id, std::string* out) {
  base::Writer writer(out);
  writer.Fixed32(tenant);
  writer.Fixed32(0);
  out->append(store_id.begin(), store_id.end());
}

void AppendPrologue(std::string_view magic, std::string* out) {
  size_t at = out->size();
  base::Writer writer(out);
  writer.Append(magic);
  writer.Fixed32(kFormatVersion);
  writer.Fixed32(static_cast<uint32_t>(CheckAt(std::string_view(*out).substr(at), 0, 0)));
}

Status CheckPrologue(std::string_view bytes, std::string_view magic, const std::string& path) {
  base::Reader reader(bytes);
  std::string_view found = reader.Bytes(magic.size());
  uint32_t version = reader.Fixed32();
  uint32_t check = reader.Fixed32();
  if (!reader.ok() || found != magic ||
      check != static_cast<uint32_t>(CheckAt(bytes.substr(0, kPrologueBytes - 4), 0, 0))) {
    return DamageAt(path, 0, "this is not the beginning of such a file");
  }
  if (version == kFormatVersion) return Status();
  if (version == 0) return DamageAt(path, magic.size(), "format version 0 does not exist");
  return Status(Code::kFailedPrecondition,
                fmt::format("{} has format version {}; this library reads up to version {}", path,
                            version, kFormatVersion));
}

std::string EncodeSegmentHeader(const SegmentHeader& header) {
  std::string bytes;
  base::Writer writer(&bytes);
  AppendPrologue(kSegmentMagic, &bytes);
  AppendOwner(header.tenant, header.store_id, &bytes);
  writer.Fixed64(header.number);
  writer.Fixed64(header.id);
  writer.Fixed64(header.capacity);
  writer.Fixed64(header.first_sequence);
  writer.Fixed64(header.previous_id);
  writer.Fixed64(header.previous_end);
  writer.Fixed64(header.previous_chain);
  writer.Fixed64(static_cast<uint64_t>(header.created.time_since_epoch().count()));
  bytes.resize(kSegmentHeaderBytes - 8);
  writer.Fixed64(CheckAt(bytes, 0, 0));
  return bytes;
}

Status DecodeSegmentHeader(std::string_view bytes, const std::string& path, SegmentHeader* header,
                           uint64_t* chain) {
  CXJ_RETURN_IF_ERROR(CheckPrologue(bytes, kSegmentMagic, path));
  base::Reader check(bytes.substr(kSegmentHeaderBytes - 8));
  *chain = check.Fixed64();
  if (*chain != CheckAt(bytes.substr(0, kSegmentHeaderBytes - 8), 0, 0)) {
    return DamageAt(path, 0, "the segment's header is damaged");
  }
  base::Reader reader(bytes.substr(kPrologueBytes));
  header->tenant = reader.Fixed32();
  reader.Fixed32();
  std::string_view store_id = reader.Bytes(sizeof header->store_id);
  std::copy(store_id.begin(), store_id.end(), header->store_id.begin());
  header->number = reader.Fixed64();
  header->id = reader.Fixed64();
  header->capacity = reader.Fixed64();
  header->first_sequence = reader.Fixed64();
  header->previous_id = reader.Fixed64();
  header->previous_end = reader.Fixed64();
  header->previous_chain = reader.Fixed64();
  header->created = Timestamp(Duration(static_cast<int64_t>(reader.Fixed64())));
  return Status();
}

uint64_t EncodedBatchBytes(const Batch& batch) {
  uint64_t size = kBatchHeaderBytes;
  for (const Record& record : batch.records) {
    size += 1 + VarintBytes(record.size) + 4 + record.size;
  }
  if (!batch.secrets.empty()) {
    size += kNonceBytes + batch.secrets.size() * sizeof(Secret) + kTagBytes;
  }
  return Aligned(size);
}

uint64_t EncodeBatch(const Batch& batch, const BatchContext& context, std::string* out) {
  size_t batch_at = out->size();
  out->resize(batch_at + kBatchHeaderBytes);
  for (const Record& record : batch.records) {
    AppendRecord(record.kind, batch.BodyOf(record), context.place, batch_at, out);
  }
  if (!batch.secrets.empty()) AppendSecrets(batch.secrets, context, out);
  BatchHeader header;
  header.tenant = batch.tenant;
  header.record_count = static_cast<uint32_t>(batch.records.size());
  header.first_sequence = batch.first_sequence;
  header.received = batch.received.time_since_epoch().count();
  return FinishBatch(header, context, batch_at, out);
}

uint64_t EncodeMarker(uint32_t flag, uint32_t tenant, uint64_t next_sequence, Timestamp received,
                      const BatchContext& context, std::string* out) {
  size_t batch_at = out->size();
  out->resize(batch_at + kMarkerBytes);
  randombytes_buf(Bytes(*out, batch_at + kBatchHeaderBytes), kMarkerBodyBytes);
  BatchHeader header;
  header.flags = flag;
  header.tenant = tenant;
  header.first_sequence = next_sequence;
  header.received = received.time_since_epoch().count();
  return FinishBatch(header, context, batch_at, out);
}

bool DecodeBatchHeader(std::string_view bytes, const Place& place, BatchHeader* header) {
  base::Reader reader(bytes);
  if (reader.Fixed32() != kBatchMagic) return false;
  header->body_bytes = reader.Fixed32();
  header->flags = reader.Fixed32();
  header->tenant = reader.Fixed32();
  header->record_count = reader.Fixed32();
  header->synced = reader.Fixed32();
  header->first_sequence = reader.Fixed64();
  header->received = static_cast<int64_t>(reader.Fixed64());
  header->previous = reader.Fixed64();
  header->body_check = reader.Fixed64();
  header->chain = reader.Fixed64();
  return reader.ok() && header->chain == CheckAt(bytes.substr(0, kBatchHeaderBytes - 8),
                                                 place.segment_id, place.offset);
}

bool BodyIsWhole(std::string_view body, const Place& place, const BatchHeader& header) {
  return CheckAt(body, place.segment_id, place.offset + kBatchHeaderBytes) == header.body_check;
}

Status DecodeBody(std::string_view body, const BatchHeader& header, const Place& place,
                  const StoreId& store_id, const Secret& key, const std::string& path,
                  Batch* batch) {
  if ((header.flags & ~(kFlagStart | kFlagSeal)) != 0) return Newer(path, place.offset, "a flag");
  batch->tenant = header.tenant;
  batch->first_sequence = header.first_sequence;
  batch->received = Timestamp(Duration(header.received));
  batch->secrets.clear();
  batch->records.resize(std::min<size_t>(header.record_count, body.size()));
  batch->bodies.assign(body);
  if (header.flags != 0) {
    if (header.record_count == 0 && body.size() == kMarkerBodyBytes) return Status();
    return DamageAt(path, place.offset, "a start or a seal holds records");
  }
  base::Reader reader(body);
  size_t identifiers = 0;
  for (Record& record : batch->records) {
    size_t at = body.size() - reader.remaining();
    if (!DecodeRecord(&reader, body, place, &record)) {
      return DamageAt(path, place.offset + kBatchHeaderBytes + at, "a record is damaged");
    }
    if (!KindIsKnown(static_cast<uint8_t>(record.kind))) {
      return Newer(path, place.offset + kBatchHeaderBytes + at,
                   fmt::format("a record of kind {}", static_cast<int>(record.kind)));
    }
    if (record.kind == RecordKind::kIdentifier) ++identifiers;
  }
  size_t sealed_bytes =
      identifiers == 0 ? 0 : kNonceBytes + identifiers * sizeof(Secret) + kTagBytes;
  std::string_view sealed = reader.Bytes(sealed_bytes);
  std::string_view padding = reader.Bytes(reader.remaining());
  if (!reader.ok() || batch->records.size() != header.record_count ||
      padding.size() >= kBatchAlignment || padding.find_first_not_of('\0') != padding.npos) {
    return DamageAt(path, place.offset, "the batch does not hold what its header says");
  }
  return OpenSecrets(sealed, identifiers, place, store_id, key, path, &batch->secrets);
}

std::string SegmentName(uint64_t number) { return NumberedName(kLogPrefix, number); }

uint64_t SegmentNumber(std::string_view name) {
  uint64_t number = 0;
  return ParseNumberedName(name, kLogPrefix, &number) ? number : 0;
}

}  // namespace cxjourney::store
