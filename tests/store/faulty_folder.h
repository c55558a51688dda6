// A folder over another one whose changes fail from a chosen one on, so that a test can stop at
// each of them.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "store/file.h"

namespace cxjourney::store::testing {

class FaultyFolder final : public Folder {
 public:
  explicit FaultyFolder(Folder* folder) : folder_(folder) {}

  // This many more writes, syncs and changes of names succeed. `once`: only the next one fails.
  void FailAfter(int changes, bool once = false) {
    left_ = changes;
    once_ = once;
  }
  void Heal() { left_ = kNever; }
  bool failed() const { return left_ < 0; }

  Result<std::unique_ptr<File>> Open(const std::string& name) override {
    auto file = folder_->Open(name);
    if (!file.ok()) return file;
    return Wrap(*std::move(file));
  }
  Result<std::unique_ptr<File>> Create(const std::string& name) override {
    if (Status status = Change(); !status.ok()) return status;
    auto file = folder_->Create(name);
    if (!file.ok()) return file;
    return Wrap(*std::move(file));
  }
  Status Remove(const std::string& name) override {
    Status status = Change();
    return status.ok() ? folder_->Remove(name) : status;
  }
  Status Rename(const std::string& from, const std::string& to) override {
    Status status = Change();
    return status.ok() ? folder_->Rename(from, to) : status;
  }
  Result<std::vector<std::string>> List() override { return folder_->List(); }
  Status Sync() override {
    Status status = Change();
    return status.ok() ? folder_->Sync() : status;
  }
  Status Lock(std::chrono::milliseconds wait) override { return folder_->Lock(wait); }
  void Unlock() override { folder_->Unlock(); }
  const std::string& path() const override { return folder_->path(); }

 private:
  static constexpr int kNever = 1 << 30;

  class FaultyFile final : public File {
   public:
    FaultyFile(FaultyFolder* folder, std::unique_ptr<File> file)
        : folder_(folder), file_(std::move(file)) {}
    Result<size_t> ReadAt(uint64_t offset, char* data, size_t size) const override {
      return file_->ReadAt(offset, data, size);
    }
    Status WriteAt(uint64_t offset, std::string_view bytes) override {
      Status status = folder_->Change();
      return status.ok() ? file_->WriteAt(offset, bytes) : status;
    }
    Status StartSync(uint64_t offset, uint64_t size) override {
      return file_->StartSync(offset, size);
    }
    Status Allocate(uint64_t size) override { return file_->Allocate(size); }
    void Release(uint64_t offset) override { file_->Release(offset); }
    Status Sync() override {
      Status status = folder_->Change();
      return status.ok() ? file_->Sync() : status;
    }
    Result<uint64_t> Size() const override { return file_->Size(); }
    const std::string& path() const override { return file_->path(); }

   private:
    FaultyFolder* folder_;
    std::unique_ptr<File> file_;
  };

  std::unique_ptr<File> Wrap(std::unique_ptr<File> file) {
    return std::make_unique<FaultyFile>(this, std::move(file));
  }
  Status Change() {
    const int left = left_--;
    if (left > 0 || (once_ && left < 0)) return Status();
    return Status(Code::kUnavailable, "a failure that the test wants");
  }

  Folder* folder_;
  std::atomic<int> left_ = kNever;
  bool once_ = false;
};

}  // namespace cxjourney::store::testing
