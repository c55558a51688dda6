// Stores that earlier builds wrote and every later one must read: tests/golden/format-N (all of it
// in the log), format-N-sealed (all of it in the vault) and format-N-additions (written since seals
// add to islands), under the test key. Made anew, only for
// a format that was never released, by
//   CXJ_WRITE_GOLDEN=tests/golden build/release/bin/tracker_tests --gtest_filter='*Golden*'
#include <cstdlib>

#include "tests/tracker/shop.h"

namespace cxjourney::tracker_tests {
namespace {

namespace fs = std::filesystem;

// Every kind of record, and every way a touchpoint's body is written.
void Fill(Shop* shop) {
  Tracker& tracker = *shop->tracker;
  Touchpoint full = Call("6f1c1e7e-8a7b-4c6d-9e0f-001122334455", kNoon, {Email("ann"), Phone(1)});
  full.topics = {"order/delivery", "order"};
  full.outcome = Outcome::kPendingCompany;
  full.follow_up_due = kNoon + kDay;
  full.sentiment = -0.75F;
  full.agent = "Ayşe";
  full.value = Value{12345, "TRY", ValueKind::kRevenue};
  full.attributes = {{"note", std::string("gizli"), true, false},
                     {"size", int64_t{42}, false, true}};
  full.scores = {{ScoreKind::kCsat, 4, 5, ""}};
  full.refs = {{RefType::kOrder, "A-1"}};
  Touchpoint plain = Call("00ff00ff00ff00ff", kNoon + minutes(1), {Phone(1)});
  plain.sentiment = 1.0F / 3;
  Touchpoint other = Call("c3", kNoon + kDay, {Email("bob")});
  other.identifiers.push_back({"phone", "unknown"});
  Touchpoint nobodys = Call("c4", kNoon + kDay, {});
  nobodys.conversation_id = "thread";
  shop->clock.Set(kNoon + 2 * kDay);
  const auto receipts = tracker.RecordAll({full, plain, other, nobodys});
  ASSERT_TRUE(receipts.ok()) << receipts.status().ToString();
  for (const Receipt& receipt : *receipts) {
    ASSERT_TRUE(receipt.status.ok()) << receipt.status.ToString();
  }
  other.revision = 1;
  other.outcome = Outcome::kResolved;
  ASSERT_TRUE(tracker.Record(other).ok());
  ASSERT_TRUE(tracker.MustLink({Phone(1), Identifier{"loyalty_id", "L77"}}).ok());
  ASSERT_TRUE(tracker.Unlink(Email("ann"), Email("bob")).ok());
  ASSERT_TRUE(tracker.Block(Identifier{"device_id", "kiosk-1"}).ok());
}

class GoldenTest : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Formats, GoldenTest,
                         testing::Values("format-1", "format-1-sealed", "format-1-additions"));

TEST_P(GoldenTest, StillReadsWhatItWrote) {
  Shop shop;
  shop.options.segment_bytes = 16 * 1024;
  if (const char* golden = std::getenv("CXJ_WRITE_GOLDEN")) {
    const fs::path out = fs::path(golden) / GetParam();
    const bool in_log = out.string().ends_with("format-1");
    if (!in_log) shop.options.seal_bytes = 0;
    shop.Open(false);
    Fill(&shop);
    ASSERT_TRUE(shop.tracker->Close().ok());
    fs::remove_all(out);
    fs::copy(shop.folder.Store(), out, fs::copy_options::recursive);
    GTEST_SKIP() << "written to " << out.string();
  }
  fs::copy(fs::path(CXJ_SOURCE_DIR) / "tests/golden" / GetParam(), shop.folder.Store(),
           fs::copy_options::recursive);
  fs::permissions(shop.folder.Store(), fs::perms::owner_all);
  for (const auto& file : fs::directory_iterator(shop.folder.Store())) {
    fs::permissions(file.path(), fs::perms::owner_read | fs::perms::owner_write);
  }
  shop.clock.Set(kNoon + 3 * kDay);
  shop.Open(false);
  Tracker& tracker = *shop.tracker;

  const Stats stats = *tracker.GetStats();
  EXPECT_EQ(stats.touchpoints, 4u);
  EXPECT_EQ(stats.unidentified_touchpoints, 1u);
  EXPECT_EQ(stats.assertions, 3u);
  EXPECT_TRUE(tracker.Verify()->problems.empty());

  Result<Journey> journey = tracker.History(Identifier{"loyalty_id", "L77"});
  ASSERT_TRUE(journey.ok()) << journey.status().ToString();
  ASSERT_THAT(IdsOf(*journey),
              testing::ElementsAre("6f1c1e7e-8a7b-4c6d-9e0f-001122334455", "00ff00ff00ff00ff"));
  const Touchpoint& full = journey->touchpoints[0];
  EXPECT_THAT(full.topics, testing::ElementsAre("order/delivery", "order"));
  EXPECT_EQ(full.follow_up_due, kNoon + kDay);
  EXPECT_EQ(full.sentiment, -0.75F);
  EXPECT_EQ(full.agent, "Ayşe");
  EXPECT_EQ(full.value->amount_minor, 12345);
  ASSERT_EQ(full.attributes.size(), 2u);
  EXPECT_EQ(std::get<std::string>(full.attributes[0].value), "gizli");
  EXPECT_EQ(full.scores.at(0).value, 4);
  EXPECT_EQ(full.refs.at(0).id, "A-1");
  EXPECT_EQ(journey->touchpoints[1].sentiment, 1.0F / 3);
  EXPECT_EQ(tracker.GetContext(Phone(1))->open_episodes.at(0).promises.size(), 1u);

  // Copies are known as such: of what is stored whole, of what has a digest beside it, of both
  // revisions.
  Touchpoint copy = Call("c3", kNoon + kDay, {Email("bob")});
  copy.identifiers.push_back({"phone", "unknown"});
  EXPECT_EQ(tracker.Record(copy)->outcome, RecordOutcome::kDuplicate);
  copy.revision = 1;
  copy.outcome = Outcome::kResolved;
  EXPECT_EQ(tracker.Record(copy)->outcome, RecordOutcome::kDuplicate);
  copy.outcome = Outcome::kUnresolved;
  EXPECT_EQ(tracker.Record(copy).status().code(), Code::kAlreadyExists);
}

}  // namespace
}  // namespace cxjourney::tracker_tests
