// What only a folder of the operating system has: modes, symbolic links, the key file, locks
// between processes.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "store/file.h"
#include "store/segment.h"
#include "tests/store/world.h"

namespace cxjourney::store::testing {
namespace {

namespace fs = std::filesystem;

class FolderTest : public ::testing::Test {
 protected:
  FolderTest() {
    std::string pattern = (fs::temp_directory_path() / "cxj-folder-XXXXXX").string();
    root_ = ::mkdtemp(pattern.data());
    path_ = (root_ / "store").string();
    options_.segment_bytes = 16 * 1024;
  }
  ~FolderTest() override { fs::remove_all(root_); }

  Status OpenOnce() {
    auto store = OpenLogStore(path_, options_);
    if (!store.ok()) return store.status();
    Replayed replayed = ReplayAll(store->get());
    if (!replayed.status.ok()) return replayed.status;
    uint64_t next = NextSequence(replayed.batches);
    auto position = (*store)->Commit(MakeBatch(replayed.batches.size(), next), Durability::kOs);
    if (!position.ok()) return position.status();
    return (*store)->Close();
  }

  static mode_t ModeOf(const fs::path& path) {
    struct stat status = {};
    EXPECT_EQ(::lstat(path.c_str(), &status), 0) << path;
    return status.st_mode & 07777;
  }

  fs::path root_;
  std::string path_;
  Options options_;
};

TEST_F(FolderTest, ModesAreTightWhateverTheUmask) {
  for (mode_t mask : {0u, 0777u}) {
    mode_t before = ::umask(mask);
    Status status = OpenOnce();
    ::umask(before);
    ASSERT_TRUE(status.ok()) << status.ToString();
    EXPECT_EQ(ModeOf(path_), 0700u);
    EXPECT_EQ(ModeOf(path_ + ".key"), 0600u);
    int files = 0;
    for (const auto& entry : fs::directory_iterator(path_)) {
      EXPECT_EQ(ModeOf(entry.path()), 0600u) << entry.path();
      ++files;
    }
    EXPECT_EQ(files, 3);  // lock, keys and one segment.
    fs::remove_all(path_);
    fs::remove(path_ + ".key");
  }
}

TEST_F(FolderTest, PlantedLinksAreRefused) {
  ASSERT_TRUE(OpenOnce().ok());
  fs::path target = root_ / "target";
  for (const std::string& name : {std::string("lock"), std::string("keys"), SegmentName(1)}) {
    fs::path planted = fs::path(path_) / name;
    fs::rename(planted, target);
    fs::create_symlink(target, planted);
    EXPECT_EQ(OpenOnce().code(), Code::kFailedPrecondition) << name;
    fs::remove(planted);
    fs::rename(target, planted);
  }
  fs::rename(path_ + ".key", target);
  fs::create_symlink(target, path_ + ".key");
  EXPECT_EQ(OpenOnce().code(), Code::kFailedPrecondition);
  fs::remove(path_ + ".key");
  fs::rename(target, path_ + ".key");
  ASSERT_TRUE(OpenOnce().ok());

  fs::create_directory_symlink(path_, root_ / "link");
  EXPECT_EQ(OpenLogStore((root_ / "link").string(), options_).status().code(),
            Code::kFailedPrecondition);

  // At a name that is about to be made: the link is removed or refused, never followed.
  fs::remove_all(path_);
  fs::remove(path_ + ".key");
  fs::create_directory(path_);
  for (const char* name : {"keys.new"}) fs::create_symlink(target, fs::path(path_) / name);
  fs::create_symlink(target, path_ + ".key.new");
  fs::create_symlink(target, fs::path(path_) / SegmentName(2));
  Status status = OpenOnce();
  EXPECT_FALSE(fs::exists(target));
}

TEST_F(FolderTest, AnotherProcessIsKeptOut) {
  auto store = OpenLogStore(path_, options_);
  ASSERT_TRUE(store.ok()) << store.status().ToString();
  pid_t child = ::fork();
  if (child == 0) {
    ::_exit(OpenLogStore(path_, options_).status().code() == Code::kUnavailable ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

TEST_F(FolderTest, TheKeyFileIsNeeded) {
  ASSERT_TRUE(OpenOnce().ok());
  std::string key_file = path_ + ".key";
  fs::path kept = root_ / "kept";
  fs::rename(key_file, kept);
  Status status = OpenOnce();
  EXPECT_EQ(status.code(), Code::kFailedPrecondition);
  EXPECT_NE(status.message().find("key file"), std::string::npos) << status.message();
  EXPECT_FALSE(fs::exists(key_file));  // No new one for an old store.

  // Another store's key, then a damaged one.
  std::string other = (root_ / "other").string();
  ASSERT_TRUE(OpenLogStore(other, options_).ok());
  fs::copy_file(other + ".key", key_file);
  EXPECT_EQ(OpenOnce().code(), Code::kFailedPrecondition);
  std::ifstream in(kept);
  std::string text((std::istreambuf_iterator<char>(in)), {});
  ASSERT_EQ(text.size(), 104u);
  for (size_t at = 0; at < text.size(); ++at) {
    std::string damaged = text;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    std::ofstream(key_file, std::ios::trunc) << damaged;
    ASSERT_EQ(OpenOnce().code(), Code::kDataLoss) << at;
  }
  std::ofstream(key_file, std::ios::trunc) << text;
  EXPECT_TRUE(OpenOnce().ok());
}

TEST_F(FolderTest, AnExistingKeyFileIsUsedForANewStore) {
  options_.key_file = (root_ / "shared.key").string();
  ASSERT_TRUE(OpenOnce().ok());
  std::ifstream in(options_.key_file);
  std::string text((std::istreambuf_iterator<char>(in)), {});
  path_ = (root_ / "second").string();
  ASSERT_TRUE(OpenOnce().ok());
  std::ifstream again(options_.key_file);
  EXPECT_EQ(std::string((std::istreambuf_iterator<char>(again)), {}), text);
  EXPECT_FALSE(fs::exists(path_ + ".key"));
}

TEST_F(FolderTest, MissingStoresAreNotMadeUnasked) {
  options_.create_if_missing = false;
  EXPECT_EQ(OpenOnce().code(), Code::kNotFound);
  EXPECT_FALSE(fs::exists(path_));
  fs::create_directory(path_);
  EXPECT_EQ(OpenOnce().code(), Code::kNotFound);
  EXPECT_FALSE(fs::exists(fs::path(path_) / "keys"));
}

TEST_F(FolderTest, RefusesSegmentSizesOutOfBounds) {
  for (uint64_t bytes : {uint64_t{16 * 1024 - 1}, (uint64_t{1} << 30) + 1}) {
    options_.segment_bytes = bytes;
    EXPECT_EQ(OpenOnce().code(), Code::kInvalidArgument);
  }
  options_.segment_bytes = 16 * 1024;
  EXPECT_TRUE(OpenOnce().ok());
}

// Room is reserved ahead, so that a commit does not wait for the file system; while nobody has the
// store open it is of no use.
TEST_F(FolderTest, ACleanCloseGivesReservedRoomBack) {
  constexpr uint64_t kSegmentBytes = 8 << 20;
  options_.segment_bytes = kSegmentBytes;
  const auto taken = [&] {
    struct stat status = {};
    EXPECT_EQ(::stat((path_ + "/" + SegmentName(1)).c_str(), &status), 0);
    EXPECT_EQ(static_cast<uint64_t>(status.st_size), kSegmentBytes);
    return static_cast<uint64_t>(status.st_blocks) * 512;
  };
  for (int round = 0; round < 2; ++round) {
    SCOPED_TRACE(round);
    auto store = OpenLogStore(path_, options_);
    ASSERT_TRUE(store.ok()) << store.status().ToString();
    Replayed replayed = ReplayAll(store->get());
    ASSERT_TRUE(replayed.status.ok()) << replayed.status.ToString();
    EXPECT_EQ(replayed.batches.size(), static_cast<size_t>(round));
    const uint64_t next = NextSequence(replayed.batches);
    ASSERT_TRUE((*store)->Commit(MakeBatch(replayed.batches.size(), next), Durability::kOs).ok());
    EXPECT_GE(taken(), kSegmentBytes);
    ASSERT_TRUE((*store)->Close().ok());
    EXPECT_LE(taken(), 64u << 10);
  }
}

// The process is killed after its seal and before `keys` says so, again and again: the torture runs
// found that the seals of such closes ran over the end of the segment.
TEST_F(FolderTest, ClosesAfterCrashesStayInsideTheSegment) {
  const auto read = [&](const std::string& name) {
    std::ifstream file(path_ + "/" + name, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  {
    auto store = OpenLogStore(path_, options_);
    ASSERT_TRUE(store.ok()) << store.status().ToString();
    ASSERT_TRUE(ReplayAll(store->get()).status.ok());
    ASSERT_TRUE((*store)->Commit(MakeBatch(0, 1), Durability::kOs).ok());
  }
  const std::string open_keys = read("keys");
  for (int crash = 0; crash < 300; ++crash) {
    auto store = OpenLogStore(path_, options_);
    ASSERT_TRUE(store.ok()) << store.status().ToString();
    const Replayed replayed = ReplayAll(store->get());
    ASSERT_TRUE(replayed.status.ok()) << crash << ": " << replayed.status.ToString();
    ASSERT_EQ(replayed.batches.size(), 1u);
    ASSERT_TRUE((*store)->Close().ok());
    ASSERT_EQ(fs::file_size(path_ + "/" + SegmentName(1)), options_.segment_bytes);
    std::ofstream(path_ + "/keys", std::ios::binary) << open_keys;
  }
}

TEST_F(FolderTest, SecretsAndKeysAreNotInTheFiles) {
  Secret root;
  {
    auto store = OpenLogStore(path_, options_);
    ASSERT_TRUE(ReplayAll(store->get()).status.ok());
    Batch batch;
    batch.Add(RecordKind::kIdentifier, "who");
    Secret secret;
    secret.fill(0x5a);
    batch.secrets.push_back(secret);
    ASSERT_TRUE((*store)->Commit(batch, Durability::kOs).ok());
    root = (*store)->hash_root();
    ASSERT_TRUE((*store)->Close().ok());
  }
  for (const auto& entry : fs::recursive_directory_iterator(root_)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    std::string bytes((std::istreambuf_iterator<char>(in)), {});
    EXPECT_EQ(bytes.find(std::string(8, 0x5a)), std::string::npos) << entry.path();
    EXPECT_EQ(bytes.find(std::string(root.begin(), root.begin() + 8)), std::string::npos);
  }
}

TEST(SplitTest, TakesPathsApart) {
  auto pair = [](std::string_view path) {
    SplitPath split = Split(path);
    return split.parent + "|" + split.name;
  };
  EXPECT_EQ(pair("a/b"), "a|b");
  EXPECT_EQ(pair("a/b//"), "a|b");
  EXPECT_EQ(pair("b"), ".|b");
  EXPECT_EQ(pair("b/"), ".|b");
  EXPECT_EQ(pair("/b"), "/|b");
}

}  // namespace
}  // namespace cxjourney::store::testing
