#include "base/pages.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "base/arena.h"
#include "base/chunks.h"

namespace cxjourney::base {
namespace {

constexpr size_t kMany = 5 * kSmallBytes;

TEST(PagesTest, GivesWholePages) {
  void* start = AllocateHuge(kMany + 1);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(start) % (2 * kSmallBytes), 0u);
  std::memset(start, 1, kMany + 1);
  FreeHuge(start, kMany + 1);
}

// A sanitizer's allocator ends the program instead.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST(PagesTest, RefusesWhatNoMachineHas) {
  EXPECT_THROW(AllocateHuge(SIZE_MAX), std::bad_alloc);
  PagePool pool;
  EXPECT_NE(pool.Allocate(1), nullptr);
  EXPECT_THROW(pool.Allocate(SIZE_MAX), std::bad_alloc);
  EXPECT_NE(pool.Allocate(1), nullptr);
}
#endif

// What lies between pieces that stay, too. A sanitizer's allocator keeps it for a while.
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
size_t ResidentPages() {
  size_t size = 0;
  size_t resident = 0;
  std::ifstream("/proc/self/statm") >> size >> resident;
  return resident;
}

TEST(PagesTest, ReturnsWhatWasFreed) {
  constexpr size_t kPiece = 8192;
  std::vector<std::unique_ptr<char[]>> pieces;
  for (int i = 0; i < 4000; ++i) {
    pieces.push_back(std::make_unique<char[]>(kPiece));
    std::memset(pieces.back().get(), 1, kPiece);
  }
  const size_t before = ResidentPages();
  for (size_t i = 0; i < pieces.size(); ++i) {
    if (i % 100 != 99) pieces[i].reset();
  }
  ReturnFreedMemory();
  EXPECT_LT(ResidentPages() + 6000, before);
}
#endif

TEST(PagesTest, APoolHandsOutSmallAndLarge) {
  PagePool pool;
  std::vector<std::pair<char*, size_t>> all;
  for (size_t size : {1u, 100u, 70'000u, 900'000u, 300'000u, 3'000'000u, 64u}) {
    char* bytes = static_cast<char*>(pool.Allocate(size));
    EXPECT_EQ(reinterpret_cast<uintptr_t>(bytes) % 64, 0u);
    std::memset(bytes, static_cast<int>(all.size()), size);
    all.emplace_back(bytes, size);
  }
  for (size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i].first[0], static_cast<char>(i));
    EXPECT_EQ(all[i].first[all[i].second - 1], static_cast<char>(i));
  }
  EXPECT_GE(pool.bytes(), 4'270'165u);
}

// Counts those that live.
struct Counted {
  Counted() { ++living; }
  Counted(const Counted&) = delete;
  ~Counted() { --living; }
  std::string text = "something that does not fit into the string itself";
  static int living;
};
int Counted::living = 0;

TEST(PagesTest, ChunksKeepElementsWhereTheyAre) {
  {
    Chunks<Counted, 128> chunks;
    std::vector<Counted*> places;
    for (size_t i = 0; i < 100'000; ++i) {
      places.push_back(&chunks.Add());
      places.back()->text += std::to_string(i);
    }
    EXPECT_EQ(Counted::living, 100'000);
    for (size_t i = 0; i < chunks.size(); ++i) {
      ASSERT_EQ(&chunks[i], places[i]);
      ASSERT_EQ(chunks[i].text.substr(50), std::to_string(i));
    }
  }
  EXPECT_EQ(Counted::living, 0);
}

TEST(PagesTest, AnArenaKeepsTexts) {
  Arena arena;
  std::vector<std::string_view> copies;
  for (size_t i = 0; i < 100'000; ++i) copies.push_back(arena.Copy("text " + std::to_string(i)));
  const std::string large(kMany, 'x');
  EXPECT_EQ(arena.Copy(large), large);
  for (size_t i = 0; i < copies.size(); ++i) ASSERT_EQ(copies[i], "text " + std::to_string(i));
  EXPECT_EQ(arena.Copy(""), "");
}

TEST(PagesTest, ContainersGrowOverTheBorder) {
  BigVector<uint64_t> list;
  BigMap<uint64_t, uint64_t> map;
  for (uint64_t i = 0; i < kMany / 8; ++i) {
    list.push_back(i);
    map[i] = i * i;
  }
  for (uint64_t i = 0; i < list.size(); ++i) {
    ASSERT_EQ(list[i], i);
    ASSERT_EQ(map.at(i), i * i);
  }
  const BigVector<uint64_t> copy = list;
  EXPECT_EQ(copy, list);
}

}  // namespace
}  // namespace cxjourney::base
