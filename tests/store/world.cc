#include "tests/store/world.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

namespace cxjourney::store::testing {
namespace {

namespace fs = std::filesystem;

class FolderWorld final : public World {
 public:
  FolderWorld() {
    std::string pattern = (fs::temp_directory_path() / "cxj-store-XXXXXX").string();
    root_ = ::mkdtemp(pattern.data());
    path_ = (fs::path(root_) / "store").string();
  }
  ~FolderWorld() override { fs::remove_all(root_); }

  Result<std::unique_ptr<EvidenceStore>> Open(const Options& options) override {
    return OpenLogStore(path_, options);
  }

  Contents Read() const override {
    Contents contents;
    for (const auto& entry : fs::directory_iterator(path_)) {
      if (entry.path().filename() == "lock") continue;
      std::ifstream in(entry.path(), std::ios::binary);
      contents[entry.path().filename().string()].assign(std::istreambuf_iterator<char>(in), {});
    }
    return contents;
  }

  void Write(const Contents& contents) override {
    for (const auto& entry : fs::directory_iterator(path_)) {
      if (contents.count(entry.path().filename().string()) == 0) fs::remove(entry.path());
    }
    for (const auto& [name, bytes] : contents) {
      std::ofstream out(fs::path(path_) / name, std::ios::binary | std::ios::trunc);
      out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    }
  }

 private:
  std::string root_;
  std::string path_;
};

class MemoryWorld final : public World {
 public:
  Result<std::unique_ptr<EvidenceStore>> Open(const Options& options) override {
    return OpenMemoryStore(disk_, options);
  }
  Contents Read() const override { return disk_->Read(); }
  void Write(const Contents& contents) override { disk_->Replace(contents); }

 private:
  std::shared_ptr<MemoryDisk> disk_ = std::make_shared<MemoryDisk>();
};

}  // namespace

std::unique_ptr<World> MakeWorld(const std::string& kind) {
  if (kind == "memory") return std::make_unique<MemoryWorld>();
  return std::make_unique<FolderWorld>();
}

Options SmallOptions() {
  static FixedKey key(7);
  Options options;
  options.segment_bytes = 16 * 1024;
  options.key_provider = &key;
  return options;
}

Batch MakeBatch(uint64_t n, uint64_t first_sequence) {
  Batch batch;
  batch.first_sequence = first_sequence;
  batch.received = Timestamp(Duration(static_cast<int64_t>(1'000'000 + n)));
  batch.Add(RecordKind::kString, fmt::format("topic {}", n));
  if (n % 2 == 0) {
    batch.Add(RecordKind::kIdentifier, fmt::format("identifier {}", n));
    Secret secret;
    secret.fill(static_cast<uint8_t>(n));
    batch.secrets.push_back(secret);
  }
  for (uint64_t i = 0; i <= n % 3; ++i) {
    std::string body(static_cast<size_t>(10 + 37 * (n % 11)), static_cast<char>('a' + n % 26));
    batch.Add(RecordKind::kTouchpoint, body + std::to_string(n * 10 + i));
  }
  if (n % 5 == 4) batch.Add(RecordKind::kMustLink, std::string("\0link", 5));
  return batch;
}

bool SameBatch(const Batch& a, const Batch& b) {
  if (a.tenant != b.tenant || a.first_sequence != b.first_sequence || a.received != b.received ||
      a.secrets != b.secrets || a.records.size() != b.records.size()) {
    return false;
  }
  for (size_t i = 0; i < a.records.size(); ++i) {
    if (a.records[i].kind != b.records[i].kind ||
        a.BodyOf(a.records[i]) != b.BodyOf(b.records[i])) {
      return false;
    }
  }
  return true;
}

Replayed ReplayAll(EvidenceStore* store) {
  Replayed replayed;
  auto report = store->Replay([&](const Batch& batch) {
    replayed.batches.push_back(batch);
    return Status();
  });
  replayed.status = report.status();
  if (report.ok()) replayed.report = *report;
  return replayed;
}

std::vector<Batch> ReadBackAll(EvidenceStore* store) {
  std::vector<Batch> batches;
  Status status = store->ReadBack([&](const Batch& batch) {
    batches.push_back(batch);
    return Status();
  });
  EXPECT_TRUE(status.ok()) << status.ToString();
  return batches;
}

uint64_t NextSequence(const std::vector<Batch>& batches) {
  uint64_t next = 1;
  for (const Batch& batch : batches) {
    for (const Record& record : batch.records) next += IsEvidence(record.kind) ? 1 : 0;
  }
  return next;
}

std::unique_ptr<EvidenceStore> OpenAndCommit(World* world, const Options& options, uint64_t from,
                                             uint64_t until) {
  auto store = world->Open(options);
  EXPECT_TRUE(store.ok()) << store.status().ToString();
  if (!store.ok()) return nullptr;
  Replayed replayed = ReplayAll(store->get());
  EXPECT_TRUE(replayed.status.ok()) << replayed.status.ToString();
  EXPECT_TRUE(HoldsStory(replayed.batches, from));
  uint64_t next = NextSequence(replayed.batches);
  for (uint64_t n = from; n < until; ++n) {
    Batch batch = MakeBatch(n, next);
    auto position = (*store)->Commit(batch, Durability::kDurable);
    EXPECT_TRUE(position.ok()) << position.status().ToString();
    if (!position.ok()) return nullptr;
    Status durable = (*store)->WaitDurable(*position);
    EXPECT_TRUE(durable.ok()) << durable.ToString();
    next += NextSequence({batch}) - 1;
  }
  return *std::move(store);
}

::testing::AssertionResult HoldsStory(const std::vector<Batch>& batches, uint64_t count) {
  if (batches.size() != count) {
    return ::testing::AssertionFailure() << batches.size() << " batches instead of " << count;
  }
  uint64_t next = 1;
  for (uint64_t n = 0; n < count; ++n) {
    Batch expected = MakeBatch(n, next);
    if (!SameBatch(batches[n], expected)) {
      return ::testing::AssertionFailure() << "batch " << n << " is another one";
    }
    next += NextSequence({expected}) - 1;
  }
  return ::testing::AssertionSuccess();
}

}  // namespace cxjourney::store::testing
