#include "store/keyring.h"

#include <fmt/format.h>
#include <sodium.h>
#include <xxhash.h>

#include <algorithm>

#include "base/bytes.h"
#include "base/status_macros.h"
#include "store/segment.h"

namespace cxjourney::store {
namespace {

constexpr char kName[] = "keys";
constexpr char kTemporaryName[] = "keys.new";
constexpr size_t kCheckBytes = 8;
constexpr size_t kCellHead = 8;  // Generation, kind, state.
constexpr size_t kPayloadBytes = kCellBytes - kCellHead - kCheckBytes;
constexpr size_t kKeyCheckBytes = 16;
constexpr size_t kStateCell = 1;
constexpr size_t kCopies[] = {0, 1};  // Of every cell.
constexpr size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr size_t kWrappedBytes =
    kNonceBytes + sizeof(Secret) + crypto_aead_xchacha20poly1305_ietf_ABYTES;

// State bytes of cells.
constexpr uint8_t kOpen = 1;
constexpr uint8_t kSealed = 2;
constexpr uint8_t kKeyPresent = 1;  // 2 is reserved: the key was destroyed.

uint64_t CellOffset(size_t index, size_t copy) {
  return (index / kCellsPerPage * 2 + copy) * kPageBytes + index % kCellsPerPage * kCellBytes;
}

uint64_t CellCheck(std::string_view bytes, const StoreId& store_id, uint64_t offset) {
  uint64_t seed = XXH3_64bits_withSeed(store_id.data(), store_id.size(), offset);
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

std::string KeyCheck(const Secret& store_key, const StoreId& store_id) {
  Secret derived;
  DeriveSecret(store_key, "cxj key check", store_id, &derived);
  return std::string(derived.begin(), derived.begin() + kKeyCheckBytes);
}

const uint8_t* Bytes(std::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}

bool IsZero(std::string_view bytes) { return bytes.find_first_not_of('\0') == bytes.npos; }

}  // namespace

std::string Keyring::EncodeHeader(const StoreId& store_id, uint32_t tenant, const Secret& store_key,
                                  Timestamp created, uint64_t offset) {
  std::string bytes;
  base::Writer writer(&bytes);
  AppendPrologue(kKeysMagic, &bytes);
  AppendOwner(tenant, store_id, &bytes);
  writer.Fixed64(static_cast<uint64_t>(created.time_since_epoch().count()));
  bytes += KeyCheck(store_key, store_id);
  bytes.resize(kCellBytes - kCheckBytes);
  writer.Fixed64(CellCheck(bytes, store_id, offset));
  return bytes;
}

std::string Keyring::EncodeState(const LogState& state) {
  std::string payload;
  base::Writer writer(&payload);
  writer.Fixed64(state.segment);
  writer.Fixed64(state.end);
  writer.Fixed64(state.chain);
  writer.Fixed64(state.next_sequence);
  return payload;
}

Status Keyring::Create(Folder* folder, const StoreId& store_id, uint32_t tenant,
                       const Secret& store_key, Timestamp created) {
  CXJ_RETURN_IF_ERROR(folder->Remove(kTemporaryName));
  CXJ_ASSIGN_OR_RETURN(auto file, folder->Create(kTemporaryName));
  Keyring ring(std::move(file));
  ring.store_id_ = store_id;
  ring.cells_.resize(2);
  ring.cells_[kStateCell] = {1, CellKind::kLogState, kSealed, EncodeState(LogState())};
  std::string image(2 * kPageBytes, '\0');
  for (size_t copy : kCopies) {
    uint64_t at = CellOffset(0, copy);
    image.replace(at, kCellBytes, EncodeHeader(store_id, tenant, store_key, created, at));
    image.replace(CellOffset(kStateCell, copy), kCellBytes, ring.EncodeCell(kStateCell, copy));
  }
  CXJ_RETURN_IF_ERROR(ring.file_->WriteAt(0, image));
  CXJ_RETURN_IF_ERROR(ring.file_->Sync());
  CXJ_RETURN_IF_ERROR(folder->Rename(kTemporaryName, kName));
  return folder->Sync();
}

Result<std::unique_ptr<Keyring>> Keyring::Load(Folder* folder) {
  CXJ_ASSIGN_OR_RETURN(auto file, folder->Open(kName));
  std::unique_ptr<Keyring> ring(new Keyring(std::move(file)));
  CXJ_RETURN_IF_ERROR(ring->LoadHeader());
  CXJ_RETURN_IF_ERROR(ring->LoadCells());
  return ring;
}

Status Keyring::LoadHeader() {
  Status damage;
  for (size_t copy : kCopies) {
    uint64_t at = CellOffset(0, copy);
    CXJ_ASSIGN_OR_RETURN(std::string bytes, ReadPadded(*file_, at, kCellBytes));
    Status prologue = CheckPrologue(bytes, kKeysMagic, path());
    if (prologue.code() == Code::kFailedPrecondition) return prologue;
    base::Reader reader(std::string_view(bytes).substr(kPrologueBytes));
    uint32_t tenant = reader.Fixed32();
    reader.Fixed32();
    StoreId store_id;
    std::string_view id = reader.Bytes(store_id.size());
    std::copy(id.begin(), id.end(), store_id.begin());
    uint64_t check =
        base::Reader(std::string_view(bytes).substr(kCellBytes - kCheckBytes)).Fixed64();
    bytes.resize(kCellBytes - kCheckBytes);
    if (!prologue.ok() || check != CellCheck(bytes, store_id, at)) {
      damage = DamageAt(path(), at, "both copies of the header are damaged");
      continue;
    }
    tenant_ = tenant;
    store_id_ = store_id;
    first_differs_.assign(1, copy == 1);
    header_ = std::move(bytes);
    return Status();
  }
  return damage;
}

Status Keyring::LoadCells() {
  CXJ_ASSIGN_OR_RETURN(uint64_t size, file_->Size());
  cells_.assign(1, {1, CellKind::kHeader, 0, {}});
  size_t pages = static_cast<size_t>((size + 2 * kPageBytes - 1) / (2 * kPageBytes));
  for (size_t page = 0; page < pages; ++page) {
    CXJ_ASSIGN_OR_RETURN(std::string both,
                         ReadPadded(*file_, page * 2 * kPageBytes, 2 * kPageBytes));
    for (size_t i = page == 0 ? 1 : 0; i < kCellsPerPage; ++i) {
      std::string_view first = std::string_view(both).substr(i * kCellBytes, kCellBytes);
      std::string_view second =
          std::string_view(both).substr(kPageBytes + i * kCellBytes, kCellBytes);
      CXJ_RETURN_IF_ERROR(LoadCell(first, second, page * kCellsPerPage + i));
    }
  }
  // Behind the last one in use there is nothing to keep.
  while (cells_.size() > kStateCell + 1 && cells_.back().kind == CellKind::kEmpty &&
         !first_differs_.back()) {
    cells_.pop_back();
    first_differs_.pop_back();
  }
  if (cells_.size() <= kStateCell || cells_[kStateCell].kind != CellKind::kLogState) {
    return DamageAt(path(), CellOffset(kStateCell, 0), "the state of the log is missing");
  }
  return Status();
}

Status Keyring::LoadCell(std::string_view first, std::string_view second, size_t index) {
  Cell a;
  Cell b;
  bool first_whole = DecodeCell(first, CellOffset(index, 0), &a);
  bool second_whole = DecodeCell(second, CellOffset(index, 1), &b);
  if (!first_whole && !second_whole) {
    return DamageAt(path(), CellOffset(index, 0), "both copies of a cell are damaged");
  }
  bool same = first_whole && second_whole && a.generation == b.generation && a.kind == b.kind &&
              a.state == b.state && a.payload == b.payload;
  if (first_whole && second_whole && !same && a.generation == b.generation) {
    return DamageAt(path(), CellOffset(index, 0), "the two copies of a cell contradict");
  }
  bool first_wins = first_whole && (!second_whole || a.generation >= b.generation);
  first_differs_.push_back(!first_wins || !same);
  cells_.push_back(first_wins ? std::move(a) : std::move(b));
  return Interpret(index);
}

bool Keyring::DecodeCell(std::string_view bytes, uint64_t offset, Cell* cell) const {
  if (IsZero(bytes)) return true;
  base::Reader check(bytes.substr(kCellBytes - kCheckBytes));
  std::string_view rest = bytes.substr(0, kCellBytes - kCheckBytes);
  if (check.Fixed64() != CellCheck(rest, store_id_, offset)) return false;
  base::Reader reader(rest);
  cell->generation = reader.Fixed32();
  cell->kind = static_cast<CellKind>(reader.Byte());
  cell->state = reader.Byte();
  reader.Bytes(2);
  cell->payload.assign(reader.Bytes(kPayloadBytes));
  return true;
}

std::string Keyring::EncodeCell(size_t index, size_t copy) const {
  uint64_t offset = CellOffset(index, copy);
  std::string bytes;
  base::Writer writer(&bytes);
  if (index == 0) {
    bytes = header_;
  } else {
    const Cell& cell = cells_[index];
    if (cell.kind == CellKind::kEmpty) return std::string(kCellBytes, '\0');
    writer.Fixed32(cell.generation);
    writer.Byte(static_cast<uint8_t>(cell.kind));
    writer.Byte(cell.state);
    bytes.resize(kCellHead);
    bytes += cell.payload;
    bytes.resize(kCellBytes - kCheckBytes);
  }
  writer.Fixed64(CellCheck(bytes, store_id_, offset));
  return bytes;
}

Status Keyring::Interpret(size_t index) {
  const Cell& cell = cells_[index];
  base::Reader reader(cell.payload);
  if (cell.kind == CellKind::kEmpty) return Status();
  if (cell.kind == CellKind::kLogState && index == kStateCell) {
    state_.sealed = cell.state == kSealed;
    state_.segment = reader.Fixed64();
    state_.end = reader.Fixed64();
    state_.chain = reader.Fixed64();
    state_.next_sequence = reader.Fixed64();
    return Status();
  }
  if (cell.kind == CellKind::kSegmentKey && cell.state == kKeyPresent) {
    uint64_t number = reader.Fixed64();
    uint64_t id = reader.Fixed64();
    if (number != segments_.size() + 1) {
      return DamageAt(path(), CellOffset(index, 0),
                      fmt::format("segment {} is missing in the list", segments_.size() + 1));
    }
    segments_.push_back({id, std::string(reader.Bytes(kWrappedBytes))});
    return Status();
  }
  return Status(Code::kFailedPrecondition,
                fmt::format("{} was written by a newer version: cell of kind {}, state {}", path(),
                            static_cast<int>(cell.kind), static_cast<int>(cell.state)));
}

Status Keyring::Unlock(const Secret& store_key) {
  std::string expected = header_.substr(kPrologueBytes + 8 + sizeof store_id_ + 8, kKeyCheckBytes);
  if (sodium_memcmp(KeyCheck(store_key, store_id_).data(), expected.data(), kKeyCheckBytes) != 0) {
    return Status(Code::kFailedPrecondition,
                  "the store key given is not the one that the store of " + path() +
                      " was made with (Options::key_provider, Options::key_file)");
  }
  CXJ_ASSIGN_OR_RETURN(wrap_key_, NewSecret());
  DeriveSecret(store_key, "cxj wrap", store_id_, wrap_key_.get());
  return Status();
}

// What a wrapped key is bound to: moved to another cell or store it does not open.
std::string Keyring::SegmentPosition(uint64_t number, uint64_t id) const {
  std::string bytes("cxj segment key ");
  base::Writer writer(&bytes);
  bytes.append(store_id_.begin(), store_id_.end());
  writer.Fixed64(number);
  writer.Fixed64(id);
  return bytes;
}

Status Keyring::SegmentKey(uint64_t number, Secret* key) const {
  const SegmentCell& cell = segments_[number - 1];
  std::string position = SegmentPosition(number, cell.id);
  const uint8_t* nonce = Bytes(cell.wrapped);
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(key->data(), nullptr, nullptr, nonce + kNonceBytes,
                                                 kWrappedBytes - kNonceBytes, Bytes(position),
                                                 position.size(), nonce, wrap_key_->data()) != 0) {
    return Status(Code::kDataLoss,
                  fmt::format("{}: the key of segment {} does not open", path(), number));
  }
  return Status();
}

Status Keyring::Refresh() {
  // A first copy that agrees with the second was synced before the second was written, so only
  // those that differ are in doubt; of the second copies any may be.
  bool any = false;
  for (size_t i = 0; i < cells_.size(); ++i) {
    if (!first_differs_[i]) continue;
    CXJ_RETURN_IF_ERROR(file_->WriteAt(CellOffset(i, 0), EncodeCell(i, 0)));
    any = true;
  }
  if (any) CXJ_RETURN_IF_ERROR(file_->Sync());
  for (size_t i = 0; i < cells_.size(); ++i) {
    CXJ_RETURN_IF_ERROR(file_->WriteAt(CellOffset(i, 1), EncodeCell(i, 1)));
  }
  CXJ_RETURN_IF_ERROR(file_->Sync());
  first_differs_.assign(cells_.size(), false);
  return Status();
}

Status Keyring::WriteCell(size_t index) {
  for (size_t copy : kCopies) {
    CXJ_RETURN_IF_ERROR(file_->WriteAt(CellOffset(index, copy), EncodeCell(index, copy)));
    CXJ_RETURN_IF_ERROR(file_->Sync());
  }
  return Status();
}

Status Keyring::SetState(const LogState& state) {
  Cell& cell = cells_[kStateCell];
  cell.generation += 1;
  cell.state = state.sealed ? kSealed : kOpen;
  cell.payload = EncodeState(state);
  CXJ_RETURN_IF_ERROR(WriteCell(kStateCell));
  state_ = state;
  return Status();
}

Status Keyring::AddSegment(uint64_t id, const Secret& key) {
  uint64_t number = segments_.size() + 1;
  SegmentCell segment{id, std::string(kWrappedBytes, '\0')};
  auto* nonce = reinterpret_cast<uint8_t*>(segment.wrapped.data());
  randombytes_buf(nonce, kNonceBytes);
  std::string position = SegmentPosition(number, id);
  crypto_aead_xchacha20poly1305_ietf_encrypt(nonce + kNonceBytes, nullptr, key.data(), key.size(),
                                             Bytes(position), position.size(), nullptr, nonce,
                                             wrap_key_->data());
  Cell cell{1, CellKind::kSegmentKey, kKeyPresent, {}};
  base::Writer writer(&cell.payload);
  writer.Fixed64(number);
  writer.Fixed64(id);
  writer.Append(segment.wrapped);
  cells_.push_back(std::move(cell));
  first_differs_.push_back(false);
  segments_.push_back(std::move(segment));
  return WriteCell(cells_.size() - 1);
}

}  // namespace cxjourney::store
