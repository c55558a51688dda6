// What is read ahead is what the vault says, in whatever order it is asked for.
#include "tracker/islands_ahead.h"

#include <gtest/gtest.h>

#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "store/memory_disk.h"

namespace cxjourney::tracker {
namespace {

constexpr uint32_t kIslands = 3000;
constexpr size_t kBytes = 1000;  // All together are more than is kept ready.

class IslandsAheadTest : public ::testing::Test {
 protected:
  void SetUp() override {
    vault_ = *store::Vault::Open(folder_.get(), {1, 2, 3}, 7, {});
    ASSERT_TRUE(vault_->Begin().ok());
    for (uint32_t island = 0; island < kIslands; ++island) {
      ASSERT_TRUE(vault_->Put(island, TextOf(island)).ok());
    }
    ASSERT_TRUE(vault_->Finish({}).ok());
  }

  static std::string TextOf(uint32_t island) {
    return std::to_string(island) + std::string(kBytes, 'x');
  }
  static std::vector<uint32_t> All() {
    std::vector<uint32_t> all(kIslands);
    std::iota(all.begin(), all.end(), 0u);
    return all;
  }
  // What Take gives, or "none".
  static std::string Taken(IslandsAhead* ahead, uint32_t island) {
    const std::optional<IslandsAhead::Texts> texts = ahead->Take(island);
    if (!texts) return "none";
    return texts->ok() ? (*texts)->front() : texts->status().ToString();
  }

  std::unique_ptr<store::Folder> folder_ =
      store::OpenMemoryFolder(std::make_shared<store::MemoryDisk>());
  std::unique_ptr<store::Vault> vault_;
};

TEST_F(IslandsAheadTest, ReadsAllInOrder) {
  IslandsAhead ahead(vault_.get(), All());
  for (uint32_t island = 0; island < kIslands; ++island) {
    ASSERT_EQ(Taken(&ahead, island), TextOf(island));
  }
  EXPECT_EQ(Taken(&ahead, 0), "none");
}

TEST_F(IslandsAheadTest, ReadsOnceWhatIsNamedAgain) {
  IslandsAhead ahead(vault_.get(), {4, 7, 4, 9});
  for (const uint32_t island : {4u, 7u, 9u}) EXPECT_EQ(Taken(&ahead, island), TextOf(island));
  EXPECT_EQ(Taken(&ahead, 4), "none");
}

TEST_F(IslandsAheadTest, PassesOverWhatNobodyAskedFor) {
  IslandsAhead ahead(vault_.get(), All());
  for (const uint32_t island : {5u, 6u, 200u, 201u, 400u}) {
    EXPECT_EQ(Taken(&ahead, island), TextOf(island));
    EXPECT_EQ(Taken(&ahead, island), "none");      // Once only.
    EXPECT_EQ(Taken(&ahead, island - 3), "none");  // It went by.
    EXPECT_EQ(Taken(&ahead, kIslands), "none");    // Not in the list.
  }
}

TEST_F(IslandsAheadTest, OneAskedForOutOfTurnPassesOverNothing) {
  IslandsAhead ahead(vault_.get(), All());
  EXPECT_EQ(Taken(&ahead, 5), TextOf(5));
  EXPECT_EQ(Taken(&ahead, 2000), "none");
  EXPECT_EQ(Taken(&ahead, 6), TextOf(6));
  EXPECT_EQ(Taken(&ahead, 2000), "none");
  EXPECT_EQ(Taken(&ahead, 7), TextOf(7));
}

TEST_F(IslandsAheadTest, GoesOnWithWhoGoesOnFartherAhead) {
  IslandsAhead ahead(vault_.get(), All());
  EXPECT_EQ(Taken(&ahead, 5), TextOf(5));
  EXPECT_EQ(Taken(&ahead, 2000), "none");
  for (const uint32_t island : {2003u, 2004u}) EXPECT_EQ(Taken(&ahead, island), TextOf(island));
  EXPECT_EQ(Taken(&ahead, 6), "none");
}

TEST_F(IslandsAheadTest, HandsOnWhyOneCannotBeRead) {
  IslandsAhead ahead(vault_.get(), {1, kIslands + 1, 2});
  EXPECT_EQ(Taken(&ahead, 1), TextOf(1));
  const std::optional<IslandsAhead::Texts> texts = ahead.Take(kIslands + 1);
  ASSERT_TRUE(texts.has_value());
  EXPECT_EQ(texts->status().code(), Code::kNotFound);
  EXPECT_EQ(Taken(&ahead, 2), TextOf(2));
}

TEST_F(IslandsAheadTest, EndsWhileThereIsMoreToRead) {
  for (int i = 0; i < 20; ++i) {
    IslandsAhead ahead(vault_.get(), All());
    if (i % 2 == 0) {
      EXPECT_EQ(Taken(&ahead, 10), TextOf(10));
    }
  }
}

}  // namespace
}  // namespace cxjourney::tracker
