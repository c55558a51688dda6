// What every store does, whatever it stands on.
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "store/memory_disk.h"
#include "store/memory_store.h"
#include "tests/store/world.h"

namespace cxjourney::store::testing {
namespace {

class ConformanceTest : public ::testing::TestWithParam<std::string> {
 protected:
  std::unique_ptr<World> world_ = MakeWorld(GetParam());
};

INSTANTIATE_TEST_SUITE_P(Stores, ConformanceTest, ::testing::Values("folder", "memory"),
                         [](const auto& store) { return store.param; });

TEST_P(ConformanceTest, AnEmptyStoreOpensAndCloses) {
  for (int i = 0; i < 3; ++i) {
    auto store = world_->Open(SmallOptions());
    ASSERT_TRUE(store.ok()) << store.status().ToString();
    Replayed replayed = ReplayAll(store->get());
    ASSERT_TRUE(replayed.status.ok()) << replayed.status.ToString();
    EXPECT_EQ(replayed.report.created, i == 0);
    EXPECT_TRUE(replayed.report.sealed);
    EXPECT_EQ(replayed.report.batches, 0u);
    EXPECT_TRUE((*store)->Close().ok());
  }
}

TEST_P(ConformanceTest, GivesBatchesBackInOrderWithTheirSecretsAcrossReopening) {
  uint64_t count = 0;
  for (int life = 0; life < 4; ++life) {
    auto store = OpenAndCommit(world_.get(), SmallOptions(), count, count + 60);
    ASSERT_NE(store, nullptr);
    count += 60;
    EXPECT_TRUE(HoldsStory(ReadBackAll(store.get()), count));
    EXPECT_TRUE(store->Close().ok());
  }
  auto store = world_->Open(SmallOptions());
  ASSERT_TRUE(store.ok());
  Replayed replayed = ReplayAll(store->get());
  EXPECT_TRUE(HoldsStory(replayed.batches, count));
  EXPECT_TRUE(replayed.report.sealed);
  EXPECT_EQ(replayed.report.batches, count);
  EXPECT_EQ(replayed.report.records, NextSequence(replayed.batches) - 1);
  EXPECT_EQ(replayed.report.recovered_bytes_dropped, 0u);
  EXPECT_GT((*store)->used_bytes(), 16u * 1024u);  // More than one segment.
}

TEST_P(ConformanceTest, WithoutCloseEverythingAcknowledgedIsThere) {
  uint64_t count = 0;
  for (int life = 0; life < 6; ++life) {
    auto store = OpenAndCommit(world_.get(), SmallOptions(), count, count + 25);
    ASSERT_NE(store, nullptr);
    count += 25;
  }
  auto store = world_->Open(SmallOptions());
  ASSERT_TRUE(store.ok());
  Replayed replayed = ReplayAll(store->get());
  ASSERT_TRUE(replayed.status.ok()) << replayed.status.ToString();
  EXPECT_TRUE(HoldsStory(replayed.batches, count));
  EXPECT_FALSE(replayed.report.sealed);
  EXPECT_EQ(replayed.report.recovered_bytes_dropped, 0u);
}

TEST_P(ConformanceTest, TheHashRootFollowsTheStoreKeyOnly) {
  auto store = OpenAndCommit(world_.get(), SmallOptions(), 0, 1);
  Secret root = store->hash_root();
  EXPECT_TRUE(store->Close().ok());
  store = OpenAndCommit(world_.get(), SmallOptions(), 1, 1);
  EXPECT_EQ(store->hash_root(), root);
  auto other = MakeWorld(GetParam());
  auto second = OpenAndCommit(other.get(), SmallOptions(), 0, 0);
  EXPECT_EQ(second->hash_root(), root);  // The same key: customers have the same ids.
}

TEST_P(ConformanceTest, TheVisitorsFailureIsReplaysFailure) {
  ASSERT_TRUE(OpenAndCommit(world_.get(), SmallOptions(), 0, 5)->Close().ok());
  auto store = world_->Open(SmallOptions());
  int seen = 0;
  auto report = (*store)->Replay(
      [&](const Batch&) { return ++seen == 3 ? Status(Code::kInternal, "stop here") : Status(); });
  EXPECT_EQ(report.status().code(), Code::kInternal);
  EXPECT_EQ(seen, 3);
}

TEST_P(ConformanceTest, ABatchLargerThanASegmentGetsOneOfItsOwn) {
  auto store = world_->Open(SmallOptions());
  ASSERT_TRUE(ReplayAll(store->get()).status.ok());
  std::vector<Batch> batches;
  for (size_t size : {size_t{10}, size_t{100'000}, size_t{20}, size_t{3'000'000}, size_t{30}}) {
    Batch batch;
    batch.first_sequence = 1 + batches.size();
    batch.Add(RecordKind::kTouchpoint, std::string(size, 'x'));
    auto position = (*store)->Commit(batch, Durability::kOs);
    ASSERT_TRUE(position.ok()) << position.status().ToString();
    batches.push_back(batch);
  }
  ASSERT_TRUE((*store)->Close().ok());
  store = world_->Open(SmallOptions());
  Replayed replayed = ReplayAll(store->get());
  ASSERT_EQ(replayed.batches.size(), batches.size());
  for (size_t i = 0; i < batches.size(); ++i) {
    EXPECT_TRUE(SameBatch(replayed.batches[i], batches[i])) << i;
  }
}

TEST_P(ConformanceTest, RefusesWhatTheCallerMustNotDo) {
  auto store = OpenAndCommit(world_.get(), SmallOptions(), 0, 3);
  uint64_t next = NextSequence(ReadBackAll(store.get()));
  Batch good = MakeBatch(3, next);
  Batch gap = MakeBatch(3, next + 1);
  Batch earlier = good;
  earlier.received = Timestamp(Duration(1));
  Batch no_secret = good;
  no_secret.Add(RecordKind::kIdentifier, "x");
  Batch foreign = good;
  foreign.tenant = 9;
  for (const Batch* batch : {&gap, &earlier, &no_secret, &foreign}) {
    EXPECT_EQ(store->Commit(*batch, Durability::kOs).status().code(), Code::kInvalidArgument);
  }
  EXPECT_TRUE(store->Commit(good, Durability::kOs).ok());
  ASSERT_TRUE(store->Close().ok());
  EXPECT_EQ(store->Commit(good, Durability::kOs).status().code(), Code::kFailedPrecondition);
  EXPECT_TRUE(store->Close().ok());
}

TEST_P(ConformanceTest, ASecondOpenerIsRefused) {
  auto store = OpenAndCommit(world_.get(), SmallOptions(), 0, 1);
  EXPECT_EQ(world_->Open(SmallOptions()).status().code(), Code::kUnavailable);
  ASSERT_TRUE(store->Close().ok());
  EXPECT_TRUE(world_->Open(SmallOptions()).ok());
}

TEST_P(ConformanceTest, AWrongKeyOrTenantIsRefused) {
  ASSERT_TRUE(OpenAndCommit(world_.get(), SmallOptions(), 0, 3)->Close().ok());
  FixedKey wrong(8);
  Options options = SmallOptions();
  options.key_provider = &wrong;
  EXPECT_EQ(world_->Open(options).status().code(), Code::kFailedPrecondition);
  options = SmallOptions();
  options.tenant = 3;
  EXPECT_EQ(world_->Open(options).status().code(), Code::kFailedPrecondition);
  EXPECT_TRUE(world_->Open(SmallOptions()).ok());
}

TEST_P(ConformanceTest, BufferedCommitsReachTheFilesByAgeAndBySize) {
  Options options = SmallOptions();
  options.buffered_ms = 20;
  options.buffered_bytes = 2000;
  auto store = OpenAndCommit(world_.get(), options, 0, 0);
  Batch batch = MakeBatch(0, 1);
  ASSERT_TRUE(store->Commit(batch, Durability::kBuffered).ok());
  // By age: found in the files without anybody asking for it.
  bool found = false;
  for (int i = 0; i < 500 && !found; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    for (const auto& [name, bytes] : world_->Read()) {
      found = found || bytes.find("topic 0") != bytes.npos;
    }
  }
  EXPECT_TRUE(found);
  ASSERT_TRUE(store->Close().ok());

  // By size: the big one takes the waiting one with it at once.
  options.buffered_ms = 3'600'000;
  store = OpenAndCommit(world_.get(), options, 1, 1);
  ASSERT_TRUE(store->Commit(MakeBatch(1, 2), Durability::kBuffered).ok());
  auto holds = [&](const std::string& text) {
    for (const auto& [name, bytes] : world_->Read()) {
      if (bytes.find(text) != bytes.npos) return true;
    }
    return false;
  };
  EXPECT_FALSE(holds("topic 1"));
  Batch big;
  big.first_sequence = 4;
  big.received = MakeBatch(1, 2).received;
  big.Add(RecordKind::kTouchpoint, std::string(3000, 'b'));
  ASSERT_TRUE(store->Commit(big, Durability::kBuffered).ok());
  EXPECT_TRUE(holds("topic 1") && holds(std::string(3000, 'b')));
  EXPECT_TRUE(store->Close().ok());
}

TEST_P(ConformanceTest, SyncAndDurableCommitsTakeBufferedOnesAlong) {
  Options options = SmallOptions();
  options.buffered_ms = 3'600'000;
  auto store = OpenAndCommit(world_.get(), options, 0, 0);
  uint64_t next = 1;
  for (uint64_t n = 0; n < 200; ++n) {
    Batch batch = MakeBatch(n, next);
    auto durability = n % 7 == 6 ? Durability::kDurable : Durability::kBuffered;
    auto position = store->Commit(batch, durability);
    ASSERT_TRUE(position.ok());
    if (n % 7 == 6) {
      ASSERT_TRUE(store->WaitDurable(*position).ok());
    }
    next += NextSequence({batch}) - 1;
  }
  ASSERT_TRUE(store->Sync().ok());
  store.reset();  // A crash.
  store = OpenAndCommit(world_.get(), options, 200, 200);
  ASSERT_TRUE(store->Commit(MakeBatch(200, next), Durability::kBuffered).ok());
  store.reset();  // A crash: this one was in memory only.
  EXPECT_NE(OpenAndCommit(world_.get(), options, 200, 200), nullptr);
}

TEST_P(ConformanceTest, ManyThreadsShareSyncs) {
  auto store = OpenAndCommit(world_.get(), SmallOptions(), 0, 0);
  base::Mutex mutex;
  uint64_t next = 1;
  uint64_t n = 0;
  constexpr int kThreads = 8;
  constexpr int kEach = 50;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        CommitPosition position = 0;
        {
          base::MutexLock lock(&mutex);
          Batch batch = MakeBatch(n++, next);
          next += NextSequence({batch}) - 1;
          auto committed = store->Commit(batch, Durability::kDurable);
          ASSERT_TRUE(committed.ok()) << committed.status().ToString();
          position = *committed;
        }
        ASSERT_TRUE(store->WaitDurable(position).ok());
        if (t == 0 && i % 10 == 0) {
          ASSERT_TRUE(store->ReadBack([](const Batch&) { return Status(); }).ok());
        }
        if (t == 1 && i % 10 == 0) {
          ASSERT_TRUE(store->Sync().ok());
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(HoldsStory(ReadBackAll(store.get()), kThreads * kEach));
  ASSERT_TRUE(store->Close().ok());
  EXPECT_NE(OpenAndCommit(world_.get(), SmallOptions(), kThreads * kEach, kThreads * kEach),
            nullptr);
}

// Without a provider the key of a store in memory stands on its disk.
TEST(MemoryStoreTest, MakesItsKeyOnceAndFindsItAgain) {
  Options options = SmallOptions();
  options.key_provider = nullptr;
  auto disk = std::make_shared<MemoryDisk>();
  Secret roots[2];
  for (Secret& root : roots) {
    auto store = OpenMemoryStore(disk, options);
    ASSERT_TRUE(store.ok()) << store.status().ToString();
    Replayed replayed = ReplayAll(store->get());
    ASSERT_TRUE(replayed.status.ok()) << replayed.status.ToString();
    root = (*store)->hash_root();
    EXPECT_TRUE((*store)->Close().ok());
  }
  EXPECT_EQ(roots[0], roots[1]);
  EXPECT_NE(roots[0], Secret());

  auto other = *OpenMemoryStore(std::make_shared<MemoryDisk>(), options);
  ASSERT_TRUE(ReplayAll(other.get()).status.ok());
  EXPECT_NE(other->hash_root(), roots[0]);
}

TEST(MemoryStoreTest, SaysWhenItWasNotReplayed) {
  std::unique_ptr<EvidenceStore> store = NewMemoryStore(SmallOptions());
  const auto ignore = [](const Batch&) { return Status(); };
  EXPECT_EQ(store->Commit(MakeBatch(0, 1), Durability::kOs).status().code(),
            Code::kFailedPrecondition);
  EXPECT_EQ(store->WaitDurable(0).code(), Code::kFailedPrecondition);
  EXPECT_EQ(store->Sync().code(), Code::kFailedPrecondition);
  EXPECT_EQ(store->ReadBack(ignore).code(), Code::kFailedPrecondition);
  EXPECT_EQ(store->used_bytes(), 0u);
  EXPECT_TRUE(store->Close().ok());
}

}  // namespace
}  // namespace cxjourney::store::testing
