// What a store says of itself when its bytes were torn, damaged, moved or removed.
#include <gtest/gtest.h>

#include <xxhash.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "store/format.h"
#include "store/segment.h"
#include "tests/store/world.h"

namespace cxjourney::store::testing {
namespace {

// All on the disk in memory: it takes thousands of openings. The conformance suite and the
// folder tests show that folders behave alike.
class DamageTest : public ::testing::Test {
 protected:
  // A store of `count` batches, sealed or as a crash leaves it.
  Contents Make(uint64_t count, bool sealed) {
    auto store = OpenAndCommit(world_.get(), SmallOptions(), 0, count);
    EXPECT_NE(store, nullptr);
    if (sealed) {
      EXPECT_TRUE(store->Close().ok());
    }
    store.reset();
    return world_->Read();
  }

  Replayed Reopen(const Contents& contents) {
    world_->Write(contents);
    auto store = world_->Open(SmallOptions());
    if (store.ok()) return ReplayAll(store->get());
    Replayed replayed;
    replayed.status = store.status();
    return replayed;
  }

  // The right answer, or a report of damage: never anything else.
  ::testing::AssertionResult RightOrReported(const Contents& contents, uint64_t count,
                                             Code* reported = nullptr) {
    Replayed replayed = Reopen(contents);
    Code code = replayed.status.code();
    if (reported != nullptr) *reported = code;
    if (code == Code::kDataLoss || code == Code::kFailedPrecondition) {
      return ::testing::AssertionSuccess();
    }
    if (!replayed.status.ok()) return ::testing::AssertionFailure() << replayed.status.ToString();
    return HoldsStory(replayed.batches, count);
  }

  std::unique_ptr<World> world_ = MakeWorld("memory");
};

// Where the written part of the one segment ends.
uint64_t UsedBytes(const std::string& segment) { return segment.find_last_not_of('\0') + 1; }

TEST_F(DamageTest, EveryByteOfASealedStoreIsRightOrReported) {
  Contents whole = Make(12, true);
  int runs = 0;
  int reported = 0;
  for (const auto& [name, bytes] : whole) {
    if (name == "store.key") continue;
    // Behind the used part bytes mean nothing; some of them are tried.
    uint64_t used = UsedBytes(bytes);
    for (uint64_t at = 0; at < bytes.size(); at += at < used ? 1 : 97) {
      Contents damaged = whole;
      damaged[name][at] = static_cast<char>(damaged[name][at] ^ (at % 2 == 0 ? 0xff : 0x10));
      Code code = Code::kOk;
      ASSERT_TRUE(RightOrReported(damaged, 12, &code)) << name << " at " << at;
      ++runs;
      if (name == "keys" || at >= used) continue;
      ASSERT_EQ(code, Code::kDataLoss) << name << " at " << at;
      ++reported;
    }
  }
  EXPECT_GT(runs, 3000);
  EXPECT_GT(reported, 2000);
}

TEST_F(DamageTest, ASealedStoreCutZeroedOrShortenedIsReported) {
  Contents whole = Make(110, true);
  ASSERT_GT(whole.size(), 3u);  // Keys and at least two segments.
  for (const auto& [name, bytes] : whole) {
    if (name == "store.key") continue;
    Contents damaged = whole;
    damaged.erase(name);
    EXPECT_EQ(Reopen(damaged).status.code(), Code::kDataLoss) << name << " removed";
    for (uint64_t size = 0; size < bytes.size(); size += 64) {
      damaged = whole;
      damaged[name].resize(size);
      ASSERT_TRUE(RightOrReported(damaged, 110)) << name << " cut at " << size;
    }
    for (uint64_t block : {512u, 4096u}) {
      for (uint64_t at = 0; at < bytes.size(); at += block) {
        uint64_t size = std::min<uint64_t>(block, bytes.size() - at);
        damaged = whole;
        damaged[name].replace(at, size, std::string(size, '\0'));
        ASSERT_TRUE(RightOrReported(damaged, 110)) << name << " zeroed at " << at;
        if (at < block) continue;
        damaged = whole;
        damaged[name].replace(at, size, bytes.substr(at - block, size));
        ASSERT_TRUE(RightOrReported(damaged, 110)) << name << " repeated at " << at;
      }
    }
  }
}

TEST_F(DamageTest, SegmentsThatAreSwappedCopiedOrOfAnotherStoreAreReported) {
  Contents whole = Make(90, true);
  std::string first = SegmentName(1);
  std::string second = SegmentName(2);
  uint64_t count = 1;
  while (whole.count(SegmentName(count + 1)) != 0) ++count;
  ASSERT_GE(count, 3u);

  Contents swapped = whole;
  std::swap(swapped[first], swapped[second]);
  EXPECT_EQ(Reopen(swapped).status.code(), Code::kDataLoss);
  Contents doubled = whole;
  doubled[second] = whole[first];
  EXPECT_EQ(Reopen(doubled).status.code(), Code::kDataLoss);
  for (uint64_t more : {1u, 2u, 40u}) {
    Contents copied = whole;
    copied[SegmentName(count + more)] = whole[SegmentName(count)];
    EXPECT_EQ(Reopen(copied).status.code(), Code::kDataLoss) << more;
  }

  auto elsewhere = MakeWorld("memory");
  ASSERT_TRUE(OpenAndCommit(elsewhere.get(), SmallOptions(), 0, 90)->Close().ok());
  Contents other = elsewhere->Read();
  for (const auto& [name, bytes] : whole) {
    if (name == "store.key") continue;
    Contents mixed = whole;
    mixed[name] = other[name];
    EXPECT_EQ(Reopen(mixed).status.code(), Code::kDataLoss) << name;
  }
}

TEST_F(DamageTest, AFileOfAnOlderStateIsReported) {
  Contents older = Make(10, true);
  Contents newer;
  {
    world_->Write(older);
    auto store = OpenAndCommit(world_.get(), SmallOptions(), 10, 20);
    ASSERT_TRUE(store->Close().ok());
    newer = world_->Read();
  }
  for (const std::string name : {"keys", "log-0000000001.cxj"}) {
    Contents mixed = newer;
    mixed[name] = older[name];
    EXPECT_EQ(Reopen(mixed).status.code(), Code::kDataLoss) << name;
  }
}

TEST_F(DamageTest, TheLastBatchTornAtAnyByteIsCutOffAndSaidSo) {
  auto store = OpenAndCommit(world_.get(), SmallOptions(), 0, 7);
  Contents before = world_->Read();
  uint64_t next = NextSequence(ReadBackAll(store.get()));
  ASSERT_TRUE(store->Commit(MakeBatch(7, next), Durability::kOs).ok());
  Contents after = world_->Read();
  store.reset();
  const std::string name = SegmentName(1);
  uint64_t from = (UsedBytes(before[name]) + 7) / 8 * 8;
  uint64_t until = UsedBytes(after[name]);
  ASSERT_GT(until, from + kBatchHeaderBytes);
  for (uint64_t cut = from; cut < until; ++cut) {
    Contents torn = before;
    torn[name].replace(from, cut - from, after[name].substr(from, cut - from));
    Replayed replayed = Reopen(torn);
    ASSERT_TRUE(replayed.status.ok()) << replayed.status.ToString();
    ASSERT_TRUE(HoldsStory(replayed.batches, 7)) << cut;
    EXPECT_FALSE(replayed.report.sealed);
    if (cut >= from + 4) {
      EXPECT_GT(replayed.report.recovered_bytes_dropped, 0u) << cut;
    }
    EXPECT_LE(replayed.report.recovered_bytes_dropped, cut - from + 7) << cut;
  }
  EXPECT_TRUE(HoldsStory(Reopen(after).batches, 8));
}

TEST_F(DamageTest, DamageBelowTheLastSyncIsNeverTakenForATornTail) {
  Contents whole = Make(20, false);
  const std::string name = SegmentName(1);
  uint64_t used = UsedBytes(whole[name]);
  int lost = 0;
  int cut = 0;
  for (uint64_t at = 0; at < used; ++at) {
    Contents damaged = whole;
    damaged[name][at] = static_cast<char>(damaged[name][at] ^ 0xff);
    Replayed replayed = Reopen(damaged);
    if (replayed.status.ok()) {
      // Only the last batch: nothing behind it says that it was synced.
      ASSERT_TRUE(HoldsStory(replayed.batches, 19)) << at;
      ASSERT_GT(replayed.report.recovered_bytes_dropped, 0u);
      ++cut;
    } else {
      ASSERT_EQ(replayed.status.code(), Code::kDataLoss) << replayed.status.ToString();
      ASSERT_NE(replayed.status.message().find("at offset"), std::string::npos);
      ++lost;
    }
  }
  EXPECT_GT(cut, 0);
  EXPECT_GT(lost, cut * 5);
}

TEST_F(DamageTest, WhatWasCutOffNeverComesBack) {
  // Two batches reach the disk the wrong way round: the second one only.
  auto store = OpenAndCommit(world_.get(), SmallOptions(), 0, 5);
  Contents before = world_->Read();
  uint64_t next = NextSequence(ReadBackAll(store.get()));
  Batch lost = MakeBatch(5, next);
  ASSERT_TRUE(store->Commit(lost, Durability::kOs).ok());
  Contents middle = world_->Read();
  Batch stale = MakeBatch(6, next + NextSequence({lost}) - 1);
  ASSERT_TRUE(store->Commit(stale, Durability::kOs).ok());
  Contents after = world_->Read();
  store.reset();
  const std::string name = SegmentName(1);
  uint64_t from = (UsedBytes(before[name]) + 7) / 8 * 8;
  uint64_t second = (UsedBytes(middle[name]) + 7) / 8 * 8;
  Contents holed = after;
  holed[name].replace(from, second - from, std::string(second - from, '\0'));

  Replayed replayed = Reopen(holed);
  ASSERT_TRUE(replayed.status.ok()) << replayed.status.ToString();
  EXPECT_TRUE(HoldsStory(replayed.batches, 5));
  EXPECT_GT(replayed.report.recovered_bytes_dropped, second - from);

  // The same batch again, at the same place and of the same bytes: the stale one stays away,
  // even if the zeros that were written over it never reached the disk.
  world_->Write(holed);
  store = OpenAndCommit(world_.get(), SmallOptions(), 5, 6);
  store.reset();
  Contents again = world_->Read();
  Contents unscrubbed = again;
  uint64_t used = UsedBytes(again[name]);
  for (uint64_t at = (used + 7) / 8 * 8; at < unscrubbed[name].size(); ++at) {
    unscrubbed[name][at] = after[name][at];
  }
  for (const Contents& contents : {again, unscrubbed}) {
    replayed = Reopen(contents);
    ASSERT_TRUE(replayed.status.ok()) << replayed.status.ToString();
    EXPECT_TRUE(HoldsStory(replayed.batches, 6));
  }
}

TEST_F(DamageTest, BytesBehindTheEndMeanNothing) {
  for (bool sealed : {true, false}) {
    world_->Write({});
    Contents whole = Make(9, sealed);
    const std::string name = SegmentName(1);
    uint64_t used = (UsedBytes(whole[name]) + 7) / 8 * 8;
    std::string& bytes = whole[name];
    for (const std::string& garbage :
         {std::string(300, '\xff'), bytes.substr(kSegmentHeaderBytes, used - kSegmentHeaderBytes),
          std::string("CXJB") + std::string(200, '\x01')}) {
      Contents dirty = whole;
      dirty[name].replace(used, garbage.size(), garbage);
      dirty[name] += garbage;
      Replayed replayed = Reopen(dirty);
      ASSERT_TRUE(replayed.status.ok()) << replayed.status.ToString();
      EXPECT_TRUE(HoldsStory(replayed.batches, 9));
      auto store = OpenAndCommit(world_.get(), SmallOptions(), 9, 12);
      ASSERT_TRUE(store->Close().ok());
      EXPECT_TRUE(HoldsStory(Reopen(world_->Read()).batches, 12));
    }
  }
}

// The first 16 bytes of a file of the next version.
std::string NewerPrologue(std::string_view magic) {
  std::string prologue;
  AppendPrologue(magic, &prologue);
  prologue[8] = 2;
  auto check = static_cast<uint32_t>(XXH3_64bits_withSeed(prologue.data(), 12, 0));
  std::memcpy(&prologue[12], &check, sizeof check);
  return prologue;
}

TEST_F(DamageTest, ANewerFormatIsRefused) {
  Contents whole = Make(3, true);
  Contents later = whole;
  later["keys"].replace(0, kPrologueBytes, NewerPrologue(kKeysMagic));
  EXPECT_EQ(Reopen(later).status.code(), Code::kFailedPrecondition);
  later = whole;
  later[SegmentName(1)].replace(0, kPrologueBytes, NewerPrologue(kSegmentMagic));
  Status status = Reopen(later).status;
  EXPECT_EQ(status.code(), Code::kFailedPrecondition);
  EXPECT_NE(status.message().find("version 2"), std::string::npos) << status.message();
}

// Where the batches of a segment end, and how the next one must be written.
BatchContext ContextAtEnd(const std::string& bytes) {
  SegmentHeader segment;
  BatchContext context;
  EXPECT_TRUE(DecodeSegmentHeader(bytes, "test", &segment, &context.previous).ok());
  context.place = {segment.number, segment.id, kSegmentHeaderBytes};
  BatchHeader header;
  while (DecodeBatchHeader(std::string_view(bytes).substr(context.place.offset), context.place,
                           &header)) {
    context.place.offset += kBatchHeaderBytes + header.body_bytes;
    context.previous = header.chain;
  }
  return context;
}

TEST_F(DamageTest, EvidenceOfANewerVersionIsRefused) {
  Contents whole = Make(3, false);
  const std::string name = SegmentName(1);
  BatchContext context = ContextAtEnd(whole[name]);
  uint64_t next = NextSequence(Reopen(whole).batches);
  for (int kind : {1, 9, 16, 17, 18, 19, 20, 36, 255}) {
    Batch batch;
    batch.first_sequence = next;
    batch.received = MakeBatch(3, next).received;
    batch.Add(static_cast<RecordKind>(kind), "body");
    std::string bytes;
    EncodeBatch(batch, context, &bytes);
    Contents later = whole;
    later[name].replace(context.place.offset, bytes.size(), bytes);
    Status status = Reopen(later).status;
    EXPECT_EQ(status.code(), kind == 1 ? Code::kOk : Code::kFailedPrecondition) << kind;
  }
  std::string bytes;
  EncodeMarker(4, 0, next, MakeBatch(3, next).received, context, &bytes);
  Contents later = whole;
  later[name].replace(context.place.offset, bytes.size(), bytes);
  EXPECT_EQ(Reopen(later).status.code(), Code::kFailedPrecondition);
}

TEST_F(DamageTest, AFailedWriteOrSyncMakesTheStoreReadOnlyUntilReopened) {
  for (bool write : {true, false}) {
    auto disk = std::make_shared<MemoryDisk>();
    auto store = *OpenMemoryStore(disk, SmallOptions());
    ASSERT_TRUE(ReplayAll(store.get()).status.ok());
    Batch first = MakeBatch(0, 1);
    ASSERT_TRUE(store->WaitDurable(*store->Commit(first, Durability::kDurable)).ok());
    Status broken(Code::kResourceExhausted, "no room");
    write ? disk->FailWrites(broken) : disk->FailSyncs(broken);
    Batch second = MakeBatch(1, 2);
    auto position = store->Commit(second, Durability::kDurable);
    if (write) {
      EXPECT_EQ(position.status().code(), Code::kResourceExhausted);
    } else {
      ASSERT_TRUE(position.ok());
      EXPECT_EQ(store->WaitDurable(*position).code(), Code::kResourceExhausted);
    }
    disk->FailWrites(Status());
    disk->FailSyncs(Status());
    // It would work again, but nothing may pretend so.
    EXPECT_EQ(store->Commit(second, Durability::kOs).status().code(), Code::kFailedPrecondition);
    EXPECT_EQ(store->Sync().code(), Code::kFailedPrecondition);
    EXPECT_TRUE(HoldsStory(ReadBackAll(store.get()), write ? 1 : 2));
    EXPECT_EQ(store->Close().code(), Code::kFailedPrecondition);
    disk->CutPower();
    store = *OpenMemoryStore(disk, SmallOptions());
    Replayed replayed = ReplayAll(store.get());
    ASSERT_TRUE(replayed.status.ok()) << replayed.status.ToString();
    EXPECT_TRUE(HoldsStory(replayed.batches, 1));
    ASSERT_TRUE(store->WaitDurable(*store->Commit(second, Durability::kDurable)).ok());
    ASSERT_TRUE(store->Close().ok());
  }
}

TEST_F(DamageTest, APowerCutKeepsWhatWasAcknowledgedAndAPrefixOfTheRest) {
  auto disk = std::make_shared<MemoryDisk>();
  uint64_t acknowledged = 0;
  uint64_t committed = 0;
  for (uint64_t life = 0; life < 60; ++life) {
    auto store = *OpenMemoryStore(disk, SmallOptions());
    Replayed replayed = ReplayAll(store.get());
    ASSERT_TRUE(replayed.status.ok()) << replayed.status.ToString();
    ASSERT_GE(replayed.batches.size(), acknowledged) << life;
    ASSERT_LE(replayed.batches.size(), committed) << life;
    ASSERT_TRUE(HoldsStory(replayed.batches, replayed.batches.size())) << life;
    acknowledged = committed = replayed.batches.size();
    uint64_t next = NextSequence(replayed.batches);
    for (uint64_t i = 0; i < life % 7 + 3; ++i) {
      Batch batch = MakeBatch(committed, next);
      auto position = store->Commit(batch, Durability::kOs);
      ASSERT_TRUE(position.ok());
      next += NextSequence({batch}) - 1;
      ++committed;
      if (i >= life % 7) continue;
      ASSERT_TRUE(store->WaitDurable(*position).ok());
      acknowledged = committed;
    }
    if (life % 5 == 0) {
      ASSERT_TRUE(store->Close().ok());
      acknowledged = committed;
    }
    disk->CutPower();
  }
  EXPECT_GT(acknowledged, 200u);
}

}  // namespace
}  // namespace cxjourney::store::testing
