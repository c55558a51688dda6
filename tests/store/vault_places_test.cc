// Places against plain maps: what a copy says stays, whatever the other changes.
#include "store/vault_places.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <random>
#include <utility>
#include <vector>

namespace cxjourney::store {
namespace {

constexpr uint32_t kIslands = 500;

struct Model {
  std::map<uint32_t, BlockNo> islands;
  struct Addition {
    uint32_t island = 0;
    BlockNo block = kNowhere;
  };
  std::map<VaultEntryId, Addition> additions;

  std::vector<VaultEntryId> Of(uint32_t island) const {
    std::vector<VaultEntryId> ids;
    for (const auto& [id, addition] : additions) {
      if (addition.island == island) ids.push_back(id);
    }
    return ids;
  }
};

void ExpectSame(const VaultPlaces& places, const Model& model) {
  ASSERT_EQ(places.additions(), model.additions.size());
  for (uint32_t island = 0; island < kIslands; ++island) {
    const auto found = model.islands.find(island);
    ASSERT_EQ(places.Get(island), found == model.islands.end() ? kNowhere : found->second);
    std::vector<VaultEntryId> ids = places.AdditionsOf(island);
    std::sort(ids.begin(), ids.end());
    ASSERT_EQ(ids, model.Of(island));
    ASSERT_EQ(places.HasAdditions(island), !ids.empty());
    if (!ids.empty()) {
      ASSERT_LT(island, places.island_limit());
    }
  }
  for (const auto& [id, addition] : model.additions) {
    ASSERT_EQ(places.Get(id), addition.block);
    ASSERT_EQ(places.IslandOf(id), addition.island);
  }
}

class VaultPlacesTest : public ::testing::Test {
 protected:
  uint32_t Below(uint32_t limit) { return static_cast<uint32_t>(random_() % limit); }
  BlockNo Block() { return 1 + Below(kBlockNoMax); }

  void Change(VaultPlaces* places, Model* model) {
    const uint32_t island = Below(kIslands);
    if (model->islands.count(island) == 0 || Below(4) == 0) {
      model->islands[island] = Block();
      places->Set(island, model->islands[island]);
    } else if (Below(3) > 0) {
      const VaultEntryId id = places->AddTo(island);
      ASSERT_TRUE(model->additions.try_emplace(id, Model::Addition{island, Block()}).second);
      places->Set(id, model->additions[id].block);
    } else {
      ForgetAdditions(island, places, model);
      if (Below(2) == 0) return;
      model->islands.erase(island);
      places->Set(island, kNowhere);
    }
    if (model->additions.empty()) return;
    auto moved = std::next(model->additions.begin(), Below(10) % model->additions.size());
    moved->second.block = Block();
    places->Set(moved->first, moved->second.block);
  }

  static void ForgetAdditions(uint32_t island, VaultPlaces* places, Model* model) {
    for (VaultEntryId id : model->Of(island)) model->additions.erase(id);
    places->ForgetAdditions(island);
  }

  std::mt19937_64 random_{20261123};
};

TEST_F(VaultPlacesTest, TheyAreWhatMapsAre) {
  VaultPlaces places;
  Model model;
  for (int step = 0; step < 20'000; ++step) {
    ASSERT_NO_FATAL_FAILURE(Change(&places, &model));
    if (step % 500 == 0) {
      ASSERT_NO_FATAL_FAILURE(ExpectSame(places, model));
    }
  }
  ASSERT_NO_FATAL_FAILURE(ExpectSame(places, model));
}

// As seals do: one follows the other, or is given up.
TEST_F(VaultPlacesTest, ACopyStaysAsItIs) {
  VaultPlaces places;
  Model model;
  for (int seal = 0; seal < 200; ++seal) {
    VaultPlaces next = places.Share();
    Model next_model = model;
    for (int step = 0; step < 100; ++step) {
      ASSERT_NO_FATAL_FAILURE(Change(&next, &next_model));
    }
    ASSERT_NO_FATAL_FAILURE(ExpectSame(places, model));
    ASSERT_NO_FATAL_FAILURE(ExpectSame(next, next_model));
    if (seal % 5 == 0) continue;
    places = std::move(next);
    model = std::move(next_model);
  }
  EXPECT_FALSE(model.additions.empty());
}

// In the order of files: what a later one says counts.
TEST_F(VaultPlacesTest, WhatIsLoadedIsLinked) {
  for (int round = 0; round < 20; ++round) {
    VaultPlaces places;
    Model model;
    for (uint32_t island = 0; island < kIslands; island += 2) {
      places.Set(island, Block());
      places.Set(island, model.islands[island] = Block());
    }
    for (int i = 0; i < 1000; ++i) {
      const VaultEntryId id = kAdditionBit | Below(700);
      const uint32_t island = Below(kIslands / 2) * 2;
      if (Below(3) == 0) {
        places.LoadAddition(id, kNowhere, island);
        model.additions.erase(id);
      } else {
        model.additions[id] = {island, Block()};
        places.LoadAddition(id, model.additions[id].block, island);
      }
    }
    places.LinkLoaded();
    ASSERT_NO_FATAL_FAILURE(ExpectSame(places, model));
    for (int step = 0; step < 1000; ++step) {
      ASSERT_NO_FATAL_FAILURE(Change(&places, &model));
    }
    ASSERT_NO_FATAL_FAILURE(ExpectSame(places, model));
  }
}

TEST_F(VaultPlacesTest, WithoutAdditionsTheirMemoryIsGivenBack) {
  VaultPlaces places;
  Model model;
  for (uint32_t island = 0; island < kIslands; ++island) {
    places.Set(island, model.islands[island] = Block());
  }
  const uint64_t alone = places.resident_bytes();
  EXPECT_LE(alone, kIslands * 6);
  for (int i = 0; i < 5000; ++i) places.Set(places.AddTo(Below(kIslands)), Block());
  EXPECT_GT(places.resident_bytes(), alone);
  EXPECT_LE(places.resident_bytes(), alone + 5000 * 14);
  for (uint32_t island = 0; island < kIslands; ++island) places.ForgetAdditions(island);
  EXPECT_EQ(places.additions(), 0u);
  places.GiveBackAdditions();
  EXPECT_EQ(places.resident_bytes(), alone);
  ASSERT_NO_FATAL_FAILURE(ExpectSame(places, model));
}

}  // namespace
}  // namespace cxjourney::store
