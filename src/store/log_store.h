// The store of a log in a folder: opening, replay, reading back.
#pragma once

#include <memory>
#include <vector>

#include "store/file.h"
#include "store/keyring.h"
#include "store/log_writer.h"
#include "store/segment_reader.h"
#include "store/store.h"
#include "store/store_key.h"
#include "store/vault.h"

namespace cxjourney::store {

class LogStore final : public EvidenceStore {
 public:
  // Locks the folder. `parent` may be null; otherwise the folder's own name is made durable
  // there before a new store counts as made. Neither it nor the source is kept.
  static Result<std::unique_ptr<EvidenceStore>> Open(std::unique_ptr<Folder> folder, Folder* parent,
                                                     const KeySource& key_source,
                                                     const Options& options);

  // Without Close the store is left as a crash leaves it.
  ~LogStore() override = default;

  Result<OpenReport> Replay(const BatchVisitor& visitor) override;
  Result<CommitPosition> Commit(const Batch& batch, Durability durability) override;
  Status WaitDurable(CommitPosition position) override;
  Status Sync() override;
  Vault* vault() override { return vault_.get(); }
  Status Seal(const std::function<Status(Vault* vault, std::string* meta)>& fill) override;
  Status Close() override;
  Status ReadBack(const BatchVisitor& visitor) override;
  uint64_t used_bytes() const override;
  const Secret& hash_root() const override { return *hash_root_; }

 private:
  LogStore(std::unique_ptr<Folder> folder, const LogSettings& settings)
      : folder_(std::move(folder)), settings_(settings) {}

  Status Make(Folder* parent, const KeySource& key_source, const Options& options);
  Status Unlock(const KeySource& key_source, const Options& options);

  Status CheckNames(const std::vector<std::string>& names) const;
  Status CheckLeftover(uint64_t number) const;
  Result<std::unique_ptr<File>> OpenSegment(uint64_t number) const;
  Result<Segment> ReadHeader(const File& file, uint64_t number, uint64_t id) const;
  Status LoadSegments(LogTail* tail) const;
  Status ReplaySegments(LogTail* tail, const BatchVisitor& visitor, OpenReport* report) const;
  Status ReplayLast(SegmentReader* reader, LogTail* tail, Cursor* cursor,
                    const BatchVisitor& visitor) const;
  Status FinishSeal(VaultHead head);
  Status RemoveSealed() const;
  Status Ready() const;

  std::unique_ptr<Folder> folder_;
  const LogSettings settings_;
  bool created_ = false;
  bool read_only_ = false;
  std::unique_ptr<Keyring> keyring_;
  SecretPointer hash_root_;
  std::unique_ptr<Vault> vault_;
  std::unique_ptr<LogWriter> writer_;  // Once Replay has succeeded.
};

}  // namespace cxjourney::store
