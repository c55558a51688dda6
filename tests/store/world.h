// What the store tests run on: a folder of the operating system or a disk in memory, with the
// same means to crash it, look at its bytes and change them.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cxjourney/options.h"
#include "store/memory_store.h"
#include "store/store.h"

namespace cxjourney::store::testing {

using Contents = std::map<std::string, std::string>;

// A provider with a fixed key, so that every test has the same one at hand.
class FixedKey final : public KeyProvider {
 public:
  explicit FixedKey(uint8_t byte) { key_.fill(byte); }
  Result<std::array<uint8_t, 32>> StoreKey(const std::array<uint8_t, 16>&) override { return key_; }

 private:
  std::array<uint8_t, 32> key_;
};

class World {
 public:
  virtual ~World() = default;
  virtual Result<std::unique_ptr<EvidenceStore>> Open(const Options& options) = 0;
  virtual Contents Read() const = 0;
  virtual void Write(const Contents& contents) = 0;
};

std::unique_ptr<World> MakeWorld(const std::string& kind);

// Small segments, fixed key.
Options SmallOptions();

// The batch number `n` of a test's own story: reproducible contents of some kinds and sizes.
Batch MakeBatch(uint64_t n, uint64_t first_sequence);
bool SameBatch(const Batch& a, const Batch& b);

// Everything that a replay gives.
struct Replayed {
  Status status;
  OpenReport report;
  std::vector<Batch> batches;
};
Replayed ReplayAll(EvidenceStore* store);
std::vector<Batch> ReadBackAll(EvidenceStore* store);

// Opens, replays and commits batches [from, until) durably; returns the open store.
std::unique_ptr<EvidenceStore> OpenAndCommit(World* world, const Options& options, uint64_t from,
                                             uint64_t until);
// Whether the batches are exactly those MakeBatch makes for [0, count).
::testing::AssertionResult HoldsStory(const std::vector<Batch>& batches, uint64_t count);
uint64_t NextSequence(const std::vector<Batch>& batches);

}  // namespace cxjourney::store::testing
