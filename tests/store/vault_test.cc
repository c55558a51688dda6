// The vault: what was sealed comes back, and nothing else, whatever happens to the disk.
#include "store/vault.h"

#include <gtest/gtest.h>
#include <xxhash.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "store/memory_disk.h"
#include "store/segment.h"
#include "tests/store/faulty_folder.h"

namespace cxjourney::store::testing {
namespace {

// The runs that take minutes: CXJ_VAULT_LONG=1.
bool IsLong() { return std::getenv("CXJ_VAULT_LONG") != nullptr; }

constexpr StoreId kStoreId = {1, 2, 3};
constexpr uint32_t kTenant = 7;

Secret FixedSecret(uint8_t byte = 0x42) {
  Secret secret;
  secret.fill(byte);
  return secret;
}

// Evenly spread, like the keyed hashes that it stands for.
VaultKey KeyOf(uint64_t n) {
  VaultKey key;
  const uint64_t high = XXH3_64bits_withSeed(&n, sizeof n, 1);
  const uint64_t low = XXH3_64bits_withSeed(&n, sizeof n, 2);
  std::memcpy(key.data(), &high, 8);
  std::memcpy(key.data() + 8, &low, 4);
  return key;
}

std::array<uint8_t, 8> PrefixOf(const VaultKey& key) {
  std::array<uint8_t, 8> prefix;
  std::copy_n(key.begin(), 8, prefix.begin());
  return prefix;
}

// Half of it compresses.
std::string Content(std::mt19937_64& random, size_t size) {
  std::string bytes(size, 'x');
  for (size_t i = 0; i < size; i += 2) bytes[i] = static_cast<char>(random());
  return bytes;
}

// What a vault should hold.
struct Model {
  VaultHead head;
  std::map<uint32_t, std::string> islands;
  std::map<uint32_t, std::vector<std::string>> additions;  // By island.
  std::map<VaultKey, uint32_t> keys;
};

constexpr size_t kBlockFilesMax = 17;  // Sixteen small ones become one.
constexpr uint32_t kIslands = 300;     // Numbers that the tests use.
constexpr uint64_t kKeys = 500;

// Additions come in no particular order.
Vault::Texts Ordered(Vault::Texts texts) {
  if (!texts.empty()) std::sort(texts.begin() + 1, texts.end());
  return texts;
}

std::string Join(const Vault::Texts& texts) {
  std::string all;
  for (const std::string& text : texts) all += text;
  return all;
}

Vault::Texts TextsOf(const Model& model, uint32_t island) {
  Vault::Texts texts = {model.islands.at(island)};
  const auto added = model.additions.find(island);
  if (added != model.additions.end()) {
    texts.insert(texts.end(), added->second.begin(), added->second.end());
  }
  return Ordered(texts);
}

// Everything that can be asked, against the model. `damage`: an answer may be missing with
// kDataLoss or kFailedPrecondition, but never be wrong.
::testing::AssertionResult Holds(const Vault& vault, const Model& model, bool damage = false) {
  const auto excused = [&](const Status& status) {
    return damage &&
           (status.code() == Code::kDataLoss || status.code() == Code::kFailedPrecondition);
  };
  if (vault.head().generation != model.head.generation || vault.head().meta != model.head.meta ||
      vault.head().first_segment != model.head.first_segment ||
      vault.head().next_sequence != model.head.next_sequence) {
    return ::testing::AssertionFailure()
           << "head " << vault.head().generation << " instead of " << model.head.generation;
  }
  for (uint32_t island = 0; island < kIslands + 2; ++island) {
    auto texts = vault.Read(island);
    if (excused(texts.status())) continue;
    const bool right = model.islands.count(island) == 0
                           ? texts.status().code() == Code::kNotFound
                           : texts.ok() && Ordered(*texts) == TextsOf(model, island);
    if (!right) {
      return ::testing::AssertionFailure() << "island " << island << texts.status().ToString();
    }
  }
  for (uint64_t n = 0; n < kKeys + 50; n += damage ? 4 : 1) {
    const VaultKey key = KeyOf(n);
    auto expected = model.keys.find(key);
    for (const auto& found : {vault.Find(key), vault.FindPrefix(PrefixOf(key))}) {
      if (excused(found.status())) continue;
      if (!found.ok()) return ::testing::AssertionFailure() << found.status().ToString();
      if (found->has_value() != (expected != model.keys.end()) ||
          (found->has_value() && **found != expected->second)) {
        return ::testing::AssertionFailure() << "key " << n;
      }
    }
  }
  std::set<uint32_t> seen;
  std::string wrong;
  Status visited = vault.ForEach([&](uint32_t island, const Vault::Texts& texts) {
    const bool right = model.islands.count(island) != 0 && Ordered(texts) == TextsOf(model, island);
    if (!right) wrong = "other bytes";
    if (!seen.insert(island).second) wrong = "twice";
    return Status();
  });
  if (!wrong.empty()) return ::testing::AssertionFailure() << "ForEach: " << wrong;
  if (excused(visited)) return ::testing::AssertionSuccess();
  if (!visited.ok() || seen.size() != model.islands.size()) {
    return ::testing::AssertionFailure()
           << "ForEach: " << seen.size() << " islands, " << visited.ToString();
  }
  return ::testing::AssertionSuccess();
}

class VaultTest : public ::testing::Test {
 protected:
  Result<std::unique_ptr<Vault>> TryOpen() {
    return Vault::Open(&folder_, kStoreId, kTenant, FixedSecret());
  }
  std::unique_ptr<Vault> Open() {
    auto vault = TryOpen();
    EXPECT_TRUE(vault.ok()) << vault.status().ToString();
    return vault.ok() ? *std::move(vault) : nullptr;
  }

  // Puts, drops and enters at random: into the vault until it fails, into the model all of it.
  Status Change(Vault* vault, Model* model, int changes, size_t bytes_max = 400) {
    Status status;
    for (int i = 0; i < changes; ++i) {
      const auto island = static_cast<uint32_t>(random_() % kIslands);
      const uint64_t what = random_() % 10;
      Status done;
      if (what < 5) {
        std::string bytes = Content(random_, random_() % bytes_max);
        const uint64_t noise_bytes = random_() % (bytes.size() + 1);
        if (what > 1 && model->islands.count(island) != 0) {
          done = vault->Add(island, bytes, noise_bytes);
          model->additions[island].push_back(bytes);
        } else {
          done = vault->Put(island, bytes, noise_bytes);
          model->islands[island] = bytes;
          model->additions.erase(island);
        }
      } else if (what < 6) {
        done = vault->Drop(island);
        model->islands.erase(island);
        model->additions.erase(island);
      } else {
        const VaultKey key = KeyOf(random_() % kKeys);
        done = vault->Enter(key, island);
        model->keys[key] = island;
      }
      if (status.ok()) status = done;
    }
    model->head.first_segment = random_() % 1000;
    model->head.next_sequence = random_();
    model->head.meta = Content(random_, random_() % 50);
    return status;
  }

  // One seal; the model becomes what it should leave.
  Status Seal(Vault* vault, Model* model, int changes, size_t bytes_max = 400) {
    Model next = *model;
    Status status = vault->Begin();
    if (!status.ok()) return status;
    if (rewrite_all_) vault->RewriteAll();
    status = Change(vault, &next, changes, bytes_max);
    if (status.ok()) status = vault->Finish(next.head);
    next.head.generation = model->head.generation + 1;
    *model = std::move(next);
    return status;
  }

  size_t Files(std::string_view prefix) const {
    size_t count = 0;
    for (const auto& [name, bytes] : disk_->Read())
      count += name.substr(0, prefix.size()) == prefix;
    return count;
  }

  std::mt19937_64 random_{1};
  bool rewrite_all_ = false;  // In every seal.
  std::shared_ptr<MemoryDisk> disk_ = std::make_shared<MemoryDisk>();
  std::unique_ptr<Folder> memory_ = OpenMemoryFolder(disk_);
  FaultyFolder folder_{memory_.get()};
};

TEST_F(VaultTest, AnEmptyFolderHoldsNothing) {
  auto vault = Open();
  EXPECT_TRUE(Holds(*vault, Model()));
  EXPECT_EQ(vault->Read(0).status().code(), Code::kNotFound);
  EXPECT_EQ(vault->disk_bytes(), 0u);
  EXPECT_TRUE(disk_->Read().empty());  // Opening writes nothing.
  EXPECT_EQ(vault->Put(1, "x").code(), Code::kFailedPrecondition);
  EXPECT_EQ(vault->Finish({}).code(), Code::kFailedPrecondition);
  vault->Abandon();
}

TEST_F(VaultTest, SealsAreReadBackReplacedAndDropped) {
  auto vault = Open();
  Model model;
  const auto check = [&] {
    EXPECT_TRUE(Holds(*vault, model));
    vault = Open();
    EXPECT_TRUE(Holds(*vault, model));
  };
  ASSERT_TRUE(vault->Begin().ok());
  ASSERT_TRUE(vault->Put(3, "three").ok());
  ASSERT_TRUE(vault->Put(0, "").ok());
  ASSERT_TRUE(vault->Put(3, "third").ok());
  ASSERT_TRUE(vault->Put(4, "four").ok());
  ASSERT_TRUE(vault->Drop(4).ok());
  ASSERT_TRUE(vault->Put(4, "fourth").ok());
  ASSERT_TRUE(vault->Put(5, "five").ok());
  ASSERT_TRUE(vault->Drop(5).ok());
  ASSERT_TRUE(vault->Enter(KeyOf(1), 3).ok());
  ASSERT_TRUE(vault->Enter(KeyOf(1), 4).ok());
  EXPECT_TRUE(Holds(*vault, model));  // Not visible yet.
  model.head = {1, 5, 6, "words of customers"};
  ASSERT_TRUE(vault->Finish({77, 5, 6, "words of customers"}).ok());
  model.islands = {{0, ""}, {3, "third"}, {4, "fourth"}};
  model.keys = {{KeyOf(1), 4}};
  check();

  ASSERT_TRUE(vault->Begin().ok());
  ASSERT_TRUE(vault->Drop(3).ok());
  ASSERT_TRUE(vault->Drop(299).ok());
  ASSERT_TRUE(vault->Finish({}).ok());
  model.head = {2, 1, 1, ""};
  model.islands.erase(3);
  check();

  ASSERT_TRUE(vault->Begin().ok());
  ASSERT_TRUE(vault->Put(3, "again").ok());
  ASSERT_TRUE(vault->Enter(KeyOf(1), 3).ok());
  ASSERT_TRUE(vault->Finish({}).ok());
  model.head.generation = 3;
  model.islands[3] = "again";
  model.keys[KeyOf(1)] = 3;
  check();

  ASSERT_TRUE(vault->Begin().ok());
  ASSERT_TRUE(vault->Finish({}).ok());
  model.head.generation = 4;
  check();
}

TEST_F(VaultTest, AnAbandonedSealLeavesNothing) {
  auto vault = Open();
  Model model;
  ASSERT_TRUE(Seal(vault.get(), &model, 50).ok());
  const auto before = disk_->Read();
  for (int way = 0; way < 3; ++way) {
    SCOPED_TRACE(way);
    Model lost = model;
    ASSERT_TRUE(vault->Begin().ok());
    ASSERT_TRUE(Change(vault.get(), &lost, 3000).ok());
    EXPECT_GT(disk_->Read().size(), before.size());
    EXPECT_TRUE(Holds(*vault, model));
    if (way == 0) vault->Abandon();
    if (way == 1) {
      ASSERT_TRUE(vault->Begin().ok());
    }
    if (way == 2) {
      vault = Open();
      EXPECT_TRUE(Holds(*vault, model));
      ASSERT_TRUE(vault->Begin().ok());
    }
    EXPECT_EQ(disk_->Read(), before);
    EXPECT_TRUE(Holds(*vault, model));
  }
  vault->Abandon();
}

TEST_F(VaultTest, LargeIslandsAreSealedInParts) {
  auto vault = Open();
  Model model;
  for (int round = 0; round < 2; ++round) {
    ASSERT_TRUE(vault->Begin().ok());
    uint32_t island = 0;
    for (size_t size : {size_t{16} << 10, (size_t{16} << 10) + 1, size_t{1} << 20,
                        (size_t{1} << 20) + 1, (size_t{3} << 20) + 12345, size_t{10}}) {
      model.islands[island] = Content(random_, size);
      ASSERT_TRUE(vault->Put(island, model.islands[island]).ok());
      ++island;
    }
    model.islands[island] = std::string(size_t{2} << 20, 'z');
    ASSERT_TRUE(vault->Put(island, model.islands[island]).ok());
    ASSERT_TRUE(vault->Finish({}).ok());
    ++model.head.generation;
    EXPECT_TRUE(Holds(*vault, model));
    vault = Open();
    EXPECT_TRUE(Holds(*vault, model));
    EXPECT_EQ(Files("blocks-"), 1u);  // What is all replaced goes.
  }
  // One live island is moved out of its file when that one is mostly dead.
  ASSERT_TRUE(vault->Begin().ok());
  for (uint32_t island : {0u, 1u, 2u, 3u, 5u, 6u}) {
    ASSERT_TRUE(vault->Drop(island).ok());
    model.islands.erase(island);
  }
  ASSERT_TRUE(vault->Finish({}).ok());
  ++model.head.generation;
  EXPECT_TRUE(Holds(*vault, model));
  EXPECT_LT(vault->disk_bytes(), size_t{4} << 20);

  ASSERT_TRUE(vault->Begin().ok());
  const std::string too_large((size_t{1} << 30) + 1, 'x');
  EXPECT_EQ(vault->Put(0, too_large).code(), Code::kInvalidArgument);
  ASSERT_TRUE(vault->Finish({}).ok());
}

TEST_F(VaultTest, KeysWithEqualPrefixesAreToldApart) {
  auto vault = Open();
  constexpr uint32_t kMany = 2000;  // Some pages of one prefix.
  const auto key_of = [](uint32_t n) {
    VaultKey key = KeyOf(n < kMany / 4 ? 1 : n < kMany * 3 / 4 ? 2 : 3);
    std::memcpy(&key[8], &n, 4);
    return key;
  };
  for (uint32_t seal = 0; seal < 4; ++seal) {  // So many that they become one run.
    ASSERT_TRUE(vault->Begin().ok());
    for (uint32_t n = seal; n < kMany; n += 4) ASSERT_TRUE(vault->Enter(key_of(n), n).ok());
    ASSERT_TRUE(vault->Finish({}).ok());
  }
  EXPECT_EQ(Files("index-"), 1u);
  for (uint32_t n = 0; n < kMany; ++n) {
    ASSERT_EQ(*vault->Find(key_of(n)), n);
    VaultKey other = key_of(n);
    other[11] = 0xff;
    EXPECT_EQ(*vault->Find(other), std::nullopt);
    auto any = vault->FindPrefix(PrefixOf(other));
    ASSERT_TRUE(any.ok() && any->has_value());
    EXPECT_EQ(PrefixOf(key_of(**any)), PrefixOf(other));
  }
}

TEST_F(VaultTest, ManySealsAtRandomHoldWhatAMapHolds) {
  for (int run = 0; run < (IsLong() ? 30 : 1); ++run) {
    SCOPED_TRACE(run);
    random_.seed(static_cast<uint64_t>(run));
    disk_->Replace({});
    auto vault = Open();
    Model model;
    std::set<std::string> names;
    size_t most_blocks = 0;
    size_t most_index = 0;
    for (int seal = 0; seal < 60; ++seal) {
      const int changes = static_cast<int>(random_() % (seal % 10 == 0 ? 1500 : 60));
      const size_t bytes_max = random_() % 20 == 0 ? 60'000 : 600;
      if (random_() % 4 == 0) {
        Model lost = model;
        ASSERT_TRUE(vault->Begin().ok());
        ASSERT_TRUE(Change(vault.get(), &lost, changes).ok());
      }
      rewrite_all_ = random_() % 8 == 0;
      ASSERT_TRUE(Seal(vault.get(), &model, changes, bytes_max).ok());
      ASSERT_TRUE(Holds(*vault, model)) << seal;
      ASSERT_LE(Files("index-"), rewrite_all_ ? 1u : 12u);
      uint64_t bytes = 0;
      for (const auto& [name, content] : disk_->Read()) {
        names.insert(name);
        bytes += content.size();
      }
      EXPECT_EQ(bytes, vault->disk_bytes());
      most_blocks = std::max(most_blocks, Files("blocks-"));
      most_index = std::max(most_index, Files("index-"));
      if (random_() % 3 == 0) {
        if (random_() % 2 == 0) disk_->CutPower();
        vault = Open();
        ASSERT_NE(vault, nullptr);
        ASSERT_TRUE(Holds(*vault, model)) << seal;
      }
    }
    const auto made = [&](const char* prefix) {
      return static_cast<size_t>(std::count_if(names.begin(), names.end(), [&](const auto& name) {
        return name.substr(0, 6) == std::string(prefix).substr(0, 6);
      }));
    };
    // Files were compacted and runs were merged, so that there were never many.
    EXPECT_GT(made("blocks-"), 40u);
    EXPECT_GT(made("index-"), 40u);
    EXPECT_LE(most_blocks, kBlockFilesMax);
    EXPECT_LE(most_index, 12u);
    EXPECT_EQ(Files("head-"), 1u);
  }
}

// Each addition stands by itself, wherever files are compacted, until its island is put or dropped;
// its number is used again.
TEST_F(VaultTest, AdditionsStayWithTheirIsland) {
  auto vault = Open();
  Model model;
  ASSERT_TRUE(vault->Begin().ok());
  EXPECT_EQ(vault->Add(1, "to nothing").code(), Code::kInvalidArgument);
  for (uint32_t island = 0; island < 50; ++island) {
    model.islands[island] = std::string(2000, 'a');
    ASSERT_TRUE(vault->Put(island, model.islands[island]).ok());
  }
  ASSERT_TRUE(vault->Finish({}).ok());
  ++model.head.generation;
  uint64_t most_resident = 0;
  for (uint32_t seal = 0; seal < 120; ++seal) {
    ASSERT_TRUE(vault->Begin().ok());
    for (uint32_t i = 0; i < 10; ++i) {
      const uint32_t island = (seal * 7 + i) % 50;
      if (seal % 12 == 11) {
        model.islands[island] = "all of it";
        model.additions.erase(island);
        ASSERT_TRUE(vault->Put(island, "all of it").ok());
      }
      const std::string bytes = Content(random_, i == 0 ? 6000 : 30);
      ASSERT_TRUE(vault->Add(island, bytes, i).ok());
      model.additions[island].push_back(bytes);
    }
    ASSERT_TRUE(vault->Finish({}).ok());
    ++model.head.generation;
    EXPECT_TRUE(Holds(*vault, model)) << seal;
    EXPECT_FALSE(vault->IsCompact());
    vault = Open();
    ASSERT_TRUE(Holds(*vault, model)) << seal;
    ASSERT_LE(Files("blocks-"), kBlockFilesMax);
    if (seal == 60) most_resident = vault->resident_bytes();
  }
  EXPECT_LE(vault->resident_bytes(), most_resident * 2);
  ASSERT_TRUE(vault->Begin().ok());
  for (uint32_t island = 0; island < 50; ++island) ASSERT_TRUE(vault->Drop(island).ok());
  ASSERT_TRUE(vault->Put(7, "alone").ok());
  ASSERT_TRUE(vault->Finish({}).ok());
  ++model.head.generation;
  model.islands = {{7, "alone"}};
  model.additions.clear();
  vault = Open();
  EXPECT_TRUE(Holds(*vault, model));
}

// Nothing that was dropped comes back when the file that says so is compacted away.
TEST_F(VaultTest, DroppedIslandsStayDropped) {
  auto vault = Open();
  Model model;
  ASSERT_TRUE(vault->Begin().ok());
  for (uint32_t island = 0; island < 250; ++island) {
    model.islands[island] = std::string(2000, 'a');
    ASSERT_TRUE(vault->Put(island, model.islands[island]).ok());
  }
  ASSERT_TRUE(vault->Finish({}).ok());
  ++model.head.generation;
  for (uint32_t seal = 0; seal < 80; ++seal) {
    ASSERT_TRUE(vault->Begin().ok());
    ASSERT_TRUE(vault->Drop(seal).ok());
    model.islands.erase(seal);
    if (seal >= 40) {
      ASSERT_TRUE(vault->Put(280, "again").ok());
      model.islands[280] = "again";
    }
    ASSERT_TRUE(vault->Finish({}).ok());
    ++model.head.generation;
    vault = Open();
    ASSERT_TRUE(Holds(*vault, model)) << seal;
    ASSERT_LE(Files("blocks-"), kBlockFilesMax);
  }
}

TEST_F(VaultTest, ARewriteLeavesNothingDead) {
  auto vault = Open();
  Model model;
  for (int seal = 0; seal < 5; ++seal) ASSERT_TRUE(Seal(vault.get(), &model, 300).ok());
  EXPECT_FALSE(vault->IsCompact());
  const uint64_t before = vault->disk_bytes();
  ASSERT_TRUE(vault->Begin().ok());
  vault->RewriteAll();
  // What an island is with its additions only its owner knows.
  ASSERT_TRUE(vault
                  ->ForEachAddedTo([&](uint32_t island, const Vault::Texts& texts) {
                    EXPECT_EQ(vault->CountAdditions(island) + 1, texts.size());
                    model.islands[island] = Join(Ordered(texts));
                    return vault->Put(island, model.islands[island]);
                  })
                  .ok());
  EXPECT_FALSE(model.additions.empty());
  model.additions.clear();
  ASSERT_TRUE(vault->Finish(model.head).ok());
  ++model.head.generation;
  EXPECT_TRUE(vault->IsCompact());
  EXPECT_LT(vault->disk_bytes(), before);
  EXPECT_EQ(Files("blocks-"), 1u);
  EXPECT_EQ(Files("index-"), 1u);
  EXPECT_TRUE(Holds(*vault, model));
  vault = Open();
  EXPECT_TRUE(vault->IsCompact());
  EXPECT_TRUE(Holds(*vault, model));
}

// What a seal has put and drops again stands in a file of its own by then, even where it rewrites
// everything; files full of entries are left alone.
TEST_F(VaultTest, ManyEntriesAreSeveralFiles) {
  constexpr uint32_t kOfOneFile = uint32_t{1} << 19;
  auto vault = Open();
  for (bool rewritten : {false, true}) {
    ASSERT_TRUE(vault->Begin().ok());
    if (rewritten) vault->RewriteAll();
    for (uint32_t island = 0; island < kOfOneFile + 5; ++island) {
      ASSERT_TRUE(vault->Put(island, rewritten ? "new" : "old").ok());
    }
    ASSERT_TRUE(vault->Drop(7).ok());
    ASSERT_TRUE(vault->Drop(kOfOneFile + 2).ok());
    ASSERT_TRUE(vault->Finish({}).ok());
    EXPECT_EQ(Files("blocks-"), 2u);
    vault = Open();
    for (uint32_t island : {0u, 6u, 8u, kOfOneFile - 1, kOfOneFile + 4}) {
      EXPECT_EQ(*vault->Read(island), Vault::Texts{rewritten ? "new" : "old"}) << island;
    }
    for (uint32_t island : {7u, kOfOneFile + 2, kOfOneFile + 5}) {
      EXPECT_EQ(vault->Read(island).status().code(), Code::kNotFound) << island;
    }
    for (int seal = 0; seal < 12; ++seal) {
      const uint64_t before = vault->written_bytes();
      ASSERT_TRUE(vault->Begin().ok());
      ASSERT_TRUE(vault->Put(3, "again").ok());
      ASSERT_TRUE(vault->Finish({}).ok());
      EXPECT_LT(vault->written_bytes() - before, 100'000u);
    }
  }
  ASSERT_TRUE(vault->Begin().ok());
  vault->RewriteAll();
  ASSERT_TRUE(vault->Finish({}).ok());
  EXPECT_EQ(Files("blocks-"), 2u);
  EXPECT_TRUE(vault->IsCompact());
}

// A power cut, or failures from there on, or one failure, at every change of a seal.
TEST_F(VaultTest, FailuresAtEveryPointLeaveTheStateBeforeOrAfter) {
  for (const std::string seal : {"later", "first", "rewriting"}) {
    Model before;
    disk_->Replace({});
    rewrite_all_ = false;
    for (int i = 0; seal != "first" && i < 8; ++i) {
      auto vault = Open();
      ASSERT_TRUE(Seal(vault.get(), &before, i == 0 ? 800 : 20).ok());
    }
    rewrite_all_ = seal == "rewriting";
    const auto whole = disk_->Read();
    for (const std::string way : {"cut", "fail", "once", "crash"}) {
      bool finished = false;
      int points = 0;
      for (; !finished; points += IsLong() ? 1 : 3) {
        SCOPED_TRACE(seal + ", " + way + " at " + std::to_string(points));
        disk_->Replace(whole);
        folder_.Heal();
        auto vault = Open();
        ASSERT_NE(vault, nullptr);
        folder_.FailAfter(points, way == "once");
        random_.seed(77);
        Model after = before;
        Status status = Seal(vault.get(), &after, 200);
        finished = !folder_.failed();
        if (status.ok()) {
          ASSERT_TRUE(Holds(*vault, after));
        } else {
          ASSERT_TRUE(Holds(*vault, before));
          after.head.generation = before.head.generation + 1;
        }
        if (way == "cut") disk_->CutPower();
        folder_.Heal();
        if (way == "cut" || way == "crash") {
          vault = Open();
          ASSERT_NE(vault, nullptr);
          const bool is_after = vault->head().generation == after.head.generation;
          ASSERT_TRUE(is_after || !status.ok());
          ASSERT_TRUE(Holds(*vault, is_after ? after : before));
          if (!is_after) after = before;
        } else if (!status.ok()) {
          after = before;
        }
        ASSERT_TRUE(Seal(vault.get(), &after, 100).ok());
        ASSERT_TRUE(Holds(*vault, after));
        disk_->CutPower();
        vault = Open();
        ASSERT_NE(vault, nullptr);
        ASSERT_TRUE(Holds(*vault, after));
      }
      EXPECT_GT(points, 20) << way;
    }
  }
}

TEST_F(VaultTest, AFullDiskOrAFailingOneKeepsWhatWasSealed) {
  auto vault = Open();
  Model model;
  ASSERT_TRUE(Seal(vault.get(), &model, 300).ok());
  for (bool writes : {true, false}) {
    const Status failure(writes ? Code::kResourceExhausted : Code::kUnavailable, "no more");
    writes ? disk_->FailWrites(failure) : disk_->FailSyncs(failure);
    for (int i = 0; i < 3; ++i) {
      Model lost = model;
      EXPECT_EQ(Seal(vault.get(), &lost, 300).code(), failure.code());
      EXPECT_TRUE(Holds(*vault, model));
      vault = Open();
      EXPECT_TRUE(Holds(*vault, model));
    }
    writes ? disk_->FailWrites(Status()) : disk_->FailSyncs(Status());
    ASSERT_TRUE(Seal(vault.get(), &model, 300).ok());
    EXPECT_TRUE(Holds(*vault, model));
  }
}

class VaultDamageTest : public VaultTest {
 protected:
  // Some block files and runs.
  void SetUp() override {
    auto vault = Open();
    for (int changes : {1200, 150, 20}) ASSERT_TRUE(Seal(vault.get(), &model_, changes).ok());
    whole_ = disk_->Read();
    ASSERT_GE(Files("blocks-"), 2u);
    ASSERT_GE(Files("index-"), 2u);
  }

  // The right answers, or reports of damage.
  ::testing::AssertionResult RightOrReported(const MemoryDisk::Contents& contents) {
    disk_->Replace(contents);
    auto vault = TryOpen();
    if (vault.ok()) return Holds(**vault, model_, true);
    const Code code = vault.status().code();
    if (code == Code::kDataLoss || code == Code::kFailedPrecondition) {
      return ::testing::AssertionSuccess();
    }
    return ::testing::AssertionFailure() << vault.status().ToString();
  }

  Model model_;
  MemoryDisk::Contents whole_;
};

TEST_F(VaultDamageTest, ChangedBytesAreRightOrReported) {
  for (const auto& [name, bytes] : whole_) {
    const size_t stride = std::max<size_t>(1, bytes.size() / (IsLong() ? 2000 : 40));
    for (size_t at = 0; at < bytes.size(); at += at < 100 ? (IsLong() ? 1 : 3) : stride) {
      auto damaged = whole_;
      damaged[name][at] = static_cast<char>(damaged[name][at] ^ (at % 2 == 0 ? 0xff : 0x10));
      ASSERT_TRUE(RightOrReported(damaged)) << name << " at " << at;
    }
  }
}

TEST_F(VaultDamageTest, MissingCutLongerAndSwappedFilesAreReported) {
  for (const auto& [name, bytes] : whole_) {
    auto damaged = whole_;
    damaged.erase(name);
    disk_->Replace(damaged);
    EXPECT_EQ(TryOpen().status().code(), Code::kDataLoss) << name;
    for (size_t size = 0; size < bytes.size(); size += bytes.size() / 20 + 1) {
      damaged[name] = bytes.substr(0, size);
      disk_->Replace(damaged);
      EXPECT_EQ(TryOpen().status().code(), Code::kDataLoss) << name << " cut at " << size;
    }
    damaged[name] = bytes + "more";
    disk_->Replace(damaged);
    EXPECT_EQ(TryOpen().status().code(), Code::kDataLoss) << name;
    for (const auto& [other, other_bytes] : whole_) {
      if (other == name) continue;
      damaged = whole_;
      std::swap(damaged[name], damaged[other]);
      disk_->Replace(damaged);
      auto vault = TryOpen();
      EXPECT_EQ(vault.status().code(), Code::kDataLoss) << name << " for " << other;
      EXPECT_NE(vault.status().message().find(".cxj"), std::string::npos);
    }
  }
}

TEST_F(VaultDamageTest, AnotherSealsFilesAndHeadsAreReported) {
  auto vault = Open();
  Model later = model_;
  ASSERT_TRUE(Seal(vault.get(), &later, 20).ok());
  const std::string head = "head-0000000003.cxj";
  ASSERT_EQ(whole_.count(head), 1u);
  auto damaged = whole_;
  damaged["head-0000000009.cxj"] = damaged[head];
  disk_->Replace(damaged);
  EXPECT_EQ(TryOpen().status().code(), Code::kDataLoss);
  // The same seals, again, on another disk: nothing of them fits here.
  disk_->Replace({});
  vault = Open();
  random_.seed(1);
  Model again;
  for (int changes : {1200, 150, 20}) ASSERT_TRUE(Seal(vault.get(), &again, changes).ok());
  const auto other = disk_->Read();
  for (const auto& [name, bytes] : whole_) {
    ASSERT_EQ(other.count(name), 1u) << name;
    if (name == head) continue;
    damaged = whole_;
    damaged[name] = other.at(name);
    disk_->Replace(damaged);
    EXPECT_EQ(TryOpen().status().code(), Code::kDataLoss) << name;
  }
  disk_->Replace(whole_);
  EXPECT_EQ(Vault::Open(&folder_, kStoreId, kTenant, FixedSecret(1)).status().code(),
            Code::kDataLoss);
  EXPECT_EQ(Vault::Open(&folder_, kStoreId, kTenant + 1, FixedSecret()).status().code(),
            Code::kDataLoss);
}

TEST_F(VaultDamageTest, NewerFormatsAreRefusedAsSuch) {
  for (const auto& [name, bytes] : whole_) {
    auto changed = whole_;
    changed[name][8] = 2;
    const uint64_t check = XXH3_64bits_withSeed(changed[name].data(), 12, 0);
    std::memcpy(&changed[name][12], &check, 4);
    disk_->Replace(changed);
    EXPECT_EQ(TryOpen().status().code(), Code::kFailedPrecondition) << name;
  }
}

TEST_F(VaultDamageTest, NothingOfTheContentIsInTheClear) {
  auto vault = Open();
  ASSERT_TRUE(vault->Begin().ok());
  ASSERT_TRUE(vault->Put(1, "a customer's words").ok());
  ASSERT_TRUE(vault->Finish({0, 1, 1, "other words of hers"}).ok());
  for (const auto& [name, bytes] : disk_->Read()) {
    EXPECT_EQ(bytes.find("customer"), std::string::npos) << name;
    EXPECT_EQ(bytes.find("words"), std::string::npos) << name;
  }
}

// While seals come and go every reader sees one state: all islands tell of the same seal as their
// directory entries allow.
TEST_F(VaultTest, ReadersSeeWholeSealsWhileOthersAreMade) {
  constexpr uint32_t kShared = 50;
  auto vault = Open();
  const auto seal = [&](uint32_t n) {
    EXPECT_TRUE(vault->Begin().ok());
    for (uint32_t island = 0; island < kShared; ++island) {
      EXPECT_TRUE(vault->Put(island, std::string(500, 'a') + std::to_string(n)).ok());
      EXPECT_TRUE(vault->Add(island, "seal " + std::to_string(n)).ok());
      EXPECT_TRUE(vault->Enter(KeyOf(island + n), island).ok());
    }
    EXPECT_TRUE(vault->Finish({}).ok());
  };
  seal(0);
  std::atomic<bool> done = false;
  std::atomic<uint64_t> answers = 0;
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      for (uint32_t n = 0; !done; ++n) {
        std::set<std::string> seen;
        Status status = vault->ForEach([&](uint32_t, const Vault::Texts& texts) {
          seen.insert(Join(texts));
          return Status();
        });
        EXPECT_TRUE(status.ok()) << status.ToString();
        EXPECT_EQ(seen.size(), 1u);
        EXPECT_TRUE(vault->Read(n % kShared).ok());
        auto found = vault->Find(KeyOf(n % kShared));
        EXPECT_TRUE(found.ok() && found->has_value());
        EXPECT_GT(vault->disk_bytes() + vault->resident_bytes() + vault->written_bytes(), 0u);
        ++answers;
      }
    });
  }
  for (uint32_t n = 1; n <= 60 || answers < 100; ++n) seal(n);
  done = true;
  for (std::thread& reader : readers) reader.join();
}

}  // namespace
}  // namespace cxjourney::store::testing
