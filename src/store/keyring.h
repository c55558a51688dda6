// The file `keys` of a store: which segments there are, how far the log is known to be durable,
// and the wrapped keys.
//
// It is an array of 128-byte cells in pages of 4 KiB, every page twice. A cell is changed in
// its first copy, which is synced, and only then in its second, so that a write torn by a power
// cut and a damaged page each leave one whole copy. Nothing is written by loading.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cxjourney/status.h"
#include "cxjourney/time.h"
#include "store/file.h"
#include "store/format.h"
#include "store/secret.h"

namespace cxjourney::store {

// How far the log is known to be whole and synced. Sealed: it ends exactly there.
struct LogState {
  bool sealed = true;
  uint64_t segment = 0;  // 0: no segment yet.
  uint64_t end = 0;
  uint64_t chain = 0;
  uint64_t next_sequence = 0;
};

// Not thread-safe.
class Keyring {
 public:
  // Makes the file of a new store, durably and all at once.
  static Status Create(Folder* folder, const StoreId& store_id, uint32_t tenant,
                       const Secret& store_key, Timestamp created);
  // kNotFound: no file. kFailedPrecondition: of a newer version.
  static Result<std::unique_ptr<Keyring>> Load(Folder* folder);

  // Makes the wrapped keys usable. kFailedPrecondition: not the key the store was made with.
  Status Unlock(const Secret& store_key);
  // Wipes what Unlock made.
  void Lock() { wrap_key_.reset(); }

  const StoreId& store_id() const { return store_id_; }
  uint32_t tenant() const { return tenant_; }
  const LogState& state() const { return state_; }
  const std::string& path() const { return file_->path(); }

  // Segment numbers are 1 to this.
  uint64_t segment_count() const { return segments_.size(); }
  uint64_t segment_id(uint64_t number) const { return segments_[number - 1].id; }
  Status SegmentKey(uint64_t number, Secret* key) const;

  // Before the first change: writes all again from what was loaded. After a failed sync the
  // system may show bytes that never reached the disk; nothing may depend on them.
  Status Refresh();
  // Each is durable when it returns.
  Status SetState(const LogState& state);
  Status AddSegment(uint64_t id, const Secret& key);

 private:
  struct Cell {
    uint32_t generation = 0;  // Counts the changes; the newer copy wins.
    CellKind kind = CellKind::kEmpty;
    uint8_t state = 0;
    std::string payload;
  };
  struct SegmentCell {
    uint64_t id = 0;
    std::string wrapped;  // Nonce and sealed key.
  };

  explicit Keyring(std::unique_ptr<File> file) : file_(std::move(file)) {}

  static std::string EncodeHeader(const StoreId& store_id, uint32_t tenant, const Secret& store_key,
                                  Timestamp created, uint64_t offset);
  static std::string EncodeState(const LogState& state);
  std::string EncodeCell(size_t index, size_t copy) const;
  bool DecodeCell(std::string_view bytes, uint64_t offset, Cell* cell) const;
  Status LoadHeader();
  Status LoadCells();
  Status LoadCell(std::string_view first, std::string_view second, size_t index);
  Status Interpret(size_t index);
  Status WriteCell(size_t index);
  std::string SegmentPosition(uint64_t number, uint64_t id) const;

  std::unique_ptr<File> file_;
  StoreId store_id_ = {};
  uint32_t tenant_ = 0;
  std::string header_;  // The whole header cell but its check.
  std::vector<Cell> cells_;
  std::vector<bool> first_differs_;  // By cell: its first copy is not the one that counts.
  LogState state_;
  std::vector<SegmentCell> segments_;
  SecretPointer wrap_key_;
};

}  // namespace cxjourney::store
