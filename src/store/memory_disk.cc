#include "store/memory_disk.h"

#include <algorithm>
#include <utility>

namespace cxjourney::store {

using base::MutexLock;

class MemoryFile final : public File {
 public:
  MemoryFile(std::shared_ptr<MemoryDisk> disk, std::shared_ptr<MemoryDisk::Node> node,
             std::string path)
      : disk_(std::move(disk)), node_(std::move(node)), path_(std::move(path)) {}

  Result<size_t> ReadAt(uint64_t offset, char* data, size_t size) const override {
    MutexLock lock(&disk_->mutex_);
    if (offset >= node_->size) return size_t{0};
    size = std::min<uint64_t>(size, node_->size - offset);
    std::fill_n(data, size, '\0');
    if (offset < node_->bytes.size()) node_->bytes.copy(data, size, offset);
    return size;
  }

  Status WriteAt(uint64_t offset, std::string_view bytes) override {
    MutexLock lock(&disk_->mutex_);
    if (!disk_->fail_writes_.ok()) return disk_->fail_writes_;
    if (node_->bytes.size() < offset + bytes.size()) node_->bytes.resize(offset + bytes.size());
    node_->bytes.replace(offset, bytes.size(), bytes);
    node_->dirty_from = std::min(node_->dirty_from, offset);
    node_->dirty_until = std::max<uint64_t>(node_->dirty_until, offset + bytes.size());
    node_->size = std::max<uint64_t>(node_->size, node_->bytes.size());
    return Status();
  }

  Status Allocate(uint64_t size) override {
    MutexLock lock(&disk_->mutex_);
    if (!disk_->fail_writes_.ok()) return disk_->fail_writes_;
    node_->size = std::max(node_->size, size);
    return Status();
  }

  void Release(uint64_t) override {}

  Status StartSync(uint64_t, uint64_t) override { return Status(); }

  Status Sync() override {
    MutexLock lock(&disk_->mutex_);
    if (!disk_->fail_syncs_.ok()) return disk_->fail_syncs_;
    MemoryDisk::Node& node = *node_;
    if (node.dirty_from < node.dirty_until) {
      node.durable.resize(node.bytes.size());
      size_t size = node.dirty_until - node.dirty_from;
      node.durable.replace(node.dirty_from, size, node.bytes, node.dirty_from, size);
    }
    node.dirty_from = UINT64_MAX;
    node.dirty_until = 0;
    node.durable_size = node.size;
    return Status();
  }

  Result<uint64_t> Size() const override {
    MutexLock lock(&disk_->mutex_);
    return node_->size;
  }

  const std::string& path() const override { return path_; }

 private:
  std::shared_ptr<MemoryDisk> disk_;
  std::shared_ptr<MemoryDisk::Node> node_;
  std::string path_;
};

class MemoryFolder final : public Folder {
 public:
  explicit MemoryFolder(std::shared_ptr<MemoryDisk> disk) : disk_(std::move(disk)) {}
  ~MemoryFolder() override { Unlock(); }
  MemoryFolder(const MemoryFolder&) = delete;
  MemoryFolder& operator=(const MemoryFolder&) = delete;

  Result<std::unique_ptr<File>> Open(const std::string& name) override {
    MutexLock lock(&disk_->mutex_);
    auto found = disk_->names_.find(name);
    if (found == disk_->names_.end()) return Status(Code::kNotFound, name + " does not exist");
    return std::unique_ptr<File>(
        std::make_unique<MemoryFile>(disk_, found->second, path_ + "/" + name));
  }

  Result<std::unique_ptr<File>> Create(const std::string& name) override {
    MutexLock lock(&disk_->mutex_);
    if (!disk_->fail_writes_.ok()) return disk_->fail_writes_;
    auto [place, created] = disk_->names_.try_emplace(name);
    if (!created) return Status(Code::kAlreadyExists, name + " exists already");
    place->second = std::make_shared<MemoryDisk::Node>();
    return std::unique_ptr<File>(
        std::make_unique<MemoryFile>(disk_, place->second, path_ + "/" + name));
  }

  Status Remove(const std::string& name) override {
    MutexLock lock(&disk_->mutex_);
    if (!disk_->fail_writes_.ok()) return disk_->fail_writes_;
    disk_->names_.erase(name);
    return Status();
  }

  Status Rename(const std::string& from, const std::string& to) override {
    MutexLock lock(&disk_->mutex_);
    if (!disk_->fail_writes_.ok()) return disk_->fail_writes_;
    auto found = disk_->names_.find(from);
    if (found == disk_->names_.end()) return Status(Code::kNotFound, from + " does not exist");
    if (!disk_->names_.try_emplace(to, found->second).second) {
      return Status(Code::kAlreadyExists, to + " exists already");
    }
    disk_->names_.erase(from);
    return Status();
  }

  Result<std::vector<std::string>> List() override {
    MutexLock lock(&disk_->mutex_);
    std::vector<std::string> names;
    for (const auto& [name, node] : disk_->names_) names.push_back(name);
    return names;
  }

  Status Sync() override {
    MutexLock lock(&disk_->mutex_);
    if (!disk_->fail_syncs_.ok()) return disk_->fail_syncs_;
    disk_->durable_names_ = disk_->names_;
    return Status();
  }

  Status Lock(std::chrono::milliseconds) override {
    MutexLock lock(&disk_->mutex_);
    if (disk_->locked_) return Status(Code::kUnavailable, path_ + " is open already");
    disk_->locked_ = holds_lock_ = true;
    return Status();
  }

  void Unlock() final {
    MutexLock lock(&disk_->mutex_);
    if (holds_lock_) disk_->locked_ = false;
    holds_lock_ = false;
  }

  const std::string& path() const override { return path_; }

 private:
  std::shared_ptr<MemoryDisk> disk_;
  bool holds_lock_ = false;
  std::string path_ = "memory";
};

void MemoryDisk::CutPower() {
  MutexLock lock(&mutex_);
  names_ = durable_names_;
  for (auto& [name, node] : names_) {
    node->bytes = node->durable;
    node->size = node->durable_size;
    node->dirty_from = UINT64_MAX;
    node->dirty_until = 0;
  }
}

MemoryDisk::Contents MemoryDisk::Read() const {
  MutexLock lock(&mutex_);
  Contents contents;
  for (const auto& [name, node] : names_) {
    contents[name] = node->bytes;
    contents[name].resize(node->size);
  }
  return contents;
}

void MemoryDisk::Replace(const Contents& contents) {
  MutexLock lock(&mutex_);
  names_.clear();
  for (const auto& [name, bytes] : contents) {
    auto node = std::make_shared<Node>();
    node->bytes = node->durable = bytes;
    node->size = node->durable_size = bytes.size();
    names_[name] = std::move(node);
  }
  durable_names_ = names_;
}

void MemoryDisk::FailWrites(Status status) {
  MutexLock lock(&mutex_);
  fail_writes_ = std::move(status);
}

void MemoryDisk::FailSyncs(Status status) {
  MutexLock lock(&mutex_);
  fail_syncs_ = std::move(status);
}

std::unique_ptr<Folder> OpenMemoryFolder(std::shared_ptr<MemoryDisk> disk) {
  return std::make_unique<MemoryFolder>(std::move(disk));
}

}  // namespace cxjourney::store
