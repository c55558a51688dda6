// Opening to answer only, beside a process that writes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <map>
#include <string>
#include <thread>

#include "tests/tracker/shop.h"

namespace cxjourney::tracker_tests {
namespace {

namespace fs = std::filesystem;

class ReadOnlyTest : public testing::Test {
 protected:
  Options Settings(bool read_only) {
    Options options;
    options.key_provider = &key;
    options.clock = &clock;
    options.durability = Durability::kOs;
    options.seal_bytes = seal_bytes;
    options.read_only = read_only;
    return options;
  }
  std::unique_ptr<Tracker> Open(bool read_only) {
    auto opened = Tracker::Open(folder.Store(), Settings(read_only));
    EXPECT_TRUE(opened.ok()) << opened.status().ToString();
    return opened.ok() ? *std::move(opened) : nullptr;
  }
  static size_t CallsOf(const Tracker& tracker, int customer) {
    auto journey = tracker.History(Phone(customer));
    return journey.ok() ? journey->touchpoints.size() : 0;
  }
  std::map<std::string, std::string> Files() const {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::directory_iterator(folder.Store())) {
      std::ifstream in(entry.path(), std::ios::binary);
      files[entry.path().filename()] = {std::istreambuf_iterator<char>(in), {}};
    }
    return files;
  }
  void Record(Tracker* tracker, int n) {
    auto receipt =
        tracker->Record(Call("c" + std::to_string(n), kNoon + seconds(n % 3600), {Phone(n % 9)}));
    ASSERT_TRUE(receipt.ok()) << receipt.status().ToString();
  }

  TempFolder folder;
  FixedKey key;
  FixedClock clock;
  uint64_t seal_bytes = Options().seal_bytes;
};

TEST_F(ReadOnlyTest, AnswersAsOfItsOpeningWhileAnotherOneWrites) {
  std::unique_ptr<Tracker> writer = Open(false);
  Record(writer.get(), 1);
  std::unique_ptr<Tracker> reader = Open(true);
  EXPECT_EQ(CallsOf(*reader, 1), 1u);
  Record(writer.get(), 10);
  EXPECT_EQ(CallsOf(*writer, 1), 2u);
  EXPECT_EQ(CallsOf(*reader, 1), 1u);
  EXPECT_EQ(CallsOf(*Open(true), 1), 2u);
}

TEST_F(ReadOnlyTest, ReadsWhatIsSealedAndWhatTheWriterSealsLaterAway) {
  seal_bytes = 0;
  std::unique_ptr<Tracker> writer = Open(false);
  for (int n = 0; n < 40; ++n) Record(writer.get(), n);
  std::unique_ptr<Tracker> reader = Open(true);
  EXPECT_TRUE(reader->Verify()->problems.empty());
  for (int n = 40; n < 200; ++n) Record(writer.get(), n);  // Merges and removes files.
  size_t calls = 0;
  for (int customer = 0; customer < 9; ++customer) calls += CallsOf(*reader, customer);
  EXPECT_EQ(calls, 40u);
  EXPECT_EQ(reader->Verify().status().code(), Code::kUnavailable);  // Its log is gone.
}

TEST_F(ReadOnlyTest, ChangesNothing) {
  Record(Open(false).get(), 1);
  const auto before = Files();
  std::unique_ptr<Tracker> reader = Open(true);
  EXPECT_EQ(CallsOf(*reader, 1), 1u);
  const Assertion by = {"test", ""};
  const std::vector<Status> refused = {
      reader->Record(Call("c2", kNoon, {Phone(1)})).status(),
      reader->MustLink({Phone(1), Phone(2)}, by).status(),
      reader->Block(Phone(1), by).status(),
      reader->Retract(TouchpointKey{"crm", "c1"}, by).status(),
  };
  for (const Status& status : refused) {
    EXPECT_EQ(status.code(), Code::kFailedPrecondition);
    EXPECT_THAT(status.message(), testing::HasSubstr("opened to be read only"));
  }
  EXPECT_TRUE(reader->Sync().ok());
  EXPECT_TRUE(reader->Close().ok());
  EXPECT_EQ(Files(), before);
}

TEST_F(ReadOnlyTest, NeedsAStore) {
  EXPECT_EQ(Tracker::Open(folder.Store(), Settings(true)).status().code(), Code::kNotFound);
  EXPECT_FALSE(fs::exists(folder.Store()));
  Options both = Settings(true);
  both.in_memory = true;
  EXPECT_EQ(Tracker::Open("", both).status().code(), Code::kInvalidArgument);
}

TEST_F(ReadOnlyTest, OpensAtAnyMomentOfAWriter) {
  seal_bytes = 2000;
  std::unique_ptr<Tracker> writer = Open(false);
  Record(writer.get(), 0);
  std::atomic<int> recorded{1};
  std::atomic<bool> stop{false};
  std::thread writing([&] {
    for (int n = 1; !stop; ++n) {
      Record(writer.get(), n);
      recorded = n + 1;
    }
  });
  for (int i = 0; i < 60; ++i) {
    const int least = recorded;
    std::unique_ptr<Tracker> reader = Open(true);
    ASSERT_NE(reader, nullptr);
    auto stats = reader->GetStats();
    ASSERT_TRUE(stats.ok()) << stats.status().ToString();
    EXPECT_GE(stats->touchpoints, static_cast<uint64_t>(least));
  }
  stop = true;
  writing.join();
}

}  // namespace
}  // namespace cxjourney::tracker_tests
