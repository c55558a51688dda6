// Scans: every touchpoint that counts, once, in the order of first recording.
#include "tests/tracker/shop.h"

namespace cxjourney::tracker_tests {
namespace {

class ScanTest : public BothStores {
 protected:
  // Ids in pages of `limit`, each with a star when it belongs to nobody.
  std::string Scan(ScanQuery query = {}) {
    std::string ids;
    for (;;) {
      Result<ScanPage> page = tracker->Scan(query);
      if (!page.ok()) return page.status().ToString();
      EXPECT_LE(page->touchpoints.size(), query.limit);
      for (const ScannedTouchpoint& scanned : page->touchpoints) {
        EXPECT_TRUE(scanned.touchpoint.event_time.has_value());
        ids += scanned.touchpoint.id;
        ids += scanned.customer == CustomerId::kNone ? "* " : " ";
      }
      if (page->next == 0) return ids;
      query.after = page->next;
    }
  }
};
CXJ_OVER_BOTH_STORES(ScanTest);

TEST_P(ScanTest, SeesEachKeyOnceInTheOrderOfRecording) {
  Open();
  Record(Call("late", kNoon - kDay, {Email("ann")}));
  Record(Call("early", kNoon - 2 * kDay, {Email("bob")}));
  Record(Call("nobody", kNoon, {}));
  Touchpoint revised = Call("late", kNoon - kDay, {Email("bob")});
  revised.revision = 2;
  Record(revised);
  for (uint32_t limit : {1u, 2u, 3u, 1000u}) {
    ScanQuery query;
    query.limit = limit;
    EXPECT_EQ(Scan(query), "late early nobody* ");
  }
  Result<ScanPage> page = tracker->Scan();
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->touchpoints[0].customer, Who(Email("bob")));
  EXPECT_EQ(page->touchpoints[0].touchpoint.revision, 2u);
}

TEST_P(ScanTest, LeavesOutWhatDoesNotCount) {
  Open();
  for (const char* id : {"1", "2", "3"}) Record(Call(id, kNoon, {Email("ann")}));
  Touchpoint voided = Call("1", kNoon, {Email("ann")});
  voided.revision = 1;
  voided.voided = true;
  Record(voided);
  ASSERT_TRUE(tracker->Retract(TouchpointKey{"crm", "3"}).ok());
  EXPECT_EQ(Scan(), "2 ");
}

TEST_P(ScanTest, TakesTimesAndLimits) {
  Open();
  Record(Call("1", kNoon - 2 * kDay, {Email("ann")}));
  Record(Call("2", kNoon - kDay, {Email("ann")}));
  Record(Call("3", kNoon, {Email("ann")}));
  ScanQuery query;
  query.from = kNoon - kDay;
  EXPECT_EQ(Scan(query), "2 3 ");
  query.until = kNoon;
  EXPECT_EQ(Scan(query), "2 ");
  query.limit = 0;
  EXPECT_EQ(Scan(query), "INVALID_ARGUMENT: ScanQuery::limit is 0; it must be 1 to 1,000,000");
  query.limit = 1'000'001;
  EXPECT_EQ(tracker->Scan(query).status().code(), Code::kInvalidArgument);
}

TEST_P(ScanTest, IsTheSameAfterReopening) {
  Open();
  Record(Call("1", kNoon, {Email("ann")}));
  Record(Call("2", kNoon, {}));
  const std::string before = Scan();
  if (!GetParam()) Reopen();  // What is in memory goes with its tracker.
  EXPECT_EQ(Scan(), before);
  EXPECT_EQ(before, "1 2* ");
}

}  // namespace
}  // namespace cxjourney::tracker_tests
