#include "store/memory_store.h"

#include <sodium.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/status_macros.h"
#include "store/log_store.h"

namespace cxjourney::store {
namespace {

constexpr char kKeyName[] = "store.key";

// The key of tests is kept on the disk itself, as it is.
KeySource FromMemory(std::shared_ptr<MemoryDisk> disk) {
  return [disk = std::move(disk)](const StoreId&, bool create, Secret* key) {
    auto folder = OpenMemoryFolder(disk);
    auto file = folder->Open(kKeyName);
    if (file.status().code() == Code::kNotFound && create) {
      randombytes_buf(key->data(), key->size());
      CXJ_ASSIGN_OR_RETURN(auto made, folder->Create(kKeyName));
      CXJ_RETURN_IF_ERROR(made->WriteAt(0, std::string(key->begin(), key->end())));
      CXJ_RETURN_IF_ERROR(made->Sync());
      return folder->Sync();
    }
    if (!file.ok()) return file.status();
    CXJ_ASSIGN_OR_RETURN(std::string bytes, ReadPadded(**file, 0, key->size()));
    std::copy(bytes.begin(), bytes.end(), key->begin());
    return Status();
  };
}

// Opens when it is replayed, so that making one can't fail.
class MemoryStore final : public EvidenceStore {
 public:
  explicit MemoryStore(const Options& options) : options_(options) {}

  Result<OpenReport> Replay(const BatchVisitor& visitor) override {
    if (log_ == nullptr) {
      CXJ_ASSIGN_OR_RETURN(log_, OpenMemoryStore(std::make_shared<MemoryDisk>(), options_));
    }
    return log_->Replay(visitor);
  }
  Result<CommitPosition> Commit(const Batch& batch, Durability durability) override {
    if (log_ == nullptr) return NotReplayed();
    return log_->Commit(batch, durability);
  }
  Status WaitDurable(CommitPosition position) override {
    return log_ == nullptr ? NotReplayed() : log_->WaitDurable(position);
  }
  Status Sync() override { return log_ == nullptr ? NotReplayed() : log_->Sync(); }
  Vault* vault() override { return log_ == nullptr ? nullptr : log_->vault(); }
  Status Seal(const std::function<Status(Vault* vault, std::string* meta)>& fill) override {
    return log_ == nullptr ? NotReplayed() : log_->Seal(fill);
  }
  Status Close() override { return log_ == nullptr ? Status() : log_->Close(); }
  Status ReadBack(const BatchVisitor& visitor) override {
    return log_ == nullptr ? NotReplayed() : log_->ReadBack(visitor);
  }
  uint64_t used_bytes() const override { return log_ == nullptr ? 0 : log_->used_bytes(); }
  const Secret& hash_root() const override { return log_ == nullptr ? none_ : log_->hash_root(); }

 private:
  static Status NotReplayed() {
    return Status(Code::kFailedPrecondition, "the store was not replayed yet");
  }

  const Options options_;
  const Secret none_ = {};
  std::unique_ptr<EvidenceStore> log_;
};

}  // namespace

Result<std::unique_ptr<EvidenceStore>> OpenMemoryStore(const std::shared_ptr<MemoryDisk>& disk,
                                                       const Options& options) {
  KeySource source =
      options.key_provider != nullptr ? FromProvider(options.key_provider) : FromMemory(disk);
  return LogStore::Open(OpenMemoryFolder(disk), nullptr, source, options);
}

std::unique_ptr<EvidenceStore> NewMemoryStore(const Options& options) {
  return std::make_unique<MemoryStore>(options);
}

}  // namespace cxjourney::store
