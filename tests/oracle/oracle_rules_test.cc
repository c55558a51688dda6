// Cases worked out by hand from the specification, where the vector files have none.
#include <gtest/gtest.h>

#include "tests/oracle/naive_tracker.h"

namespace cxjourney::oracle {
namespace {

constexpr Timestamp kNow = Timestamp(std::chrono::hours(24 * 365 * 60));

NamespaceRule Rule(const char* name, Tier tier, uint32_t priority, uint32_t limit) {
  NamespaceRule rule;
  rule.name = name;
  rule.tier = tier;
  rule.priority = priority;
  rule.per_customer_max = limit;
  return rule;
}

IdentityRules Rules() {
  IdentityRules rules;
  rules.namespaces = {Rule("crm", Tier::kPerson, 1, 1), Rule("mail", Tier::kPerson, 2, 0),
                      Rule("phone", Tier::kPerson, 3, 2), Rule("cookie", Tier::kCookie, 4, 0)};
  return rules;
}

Touchpoint Touch(const std::string& id, int64_t hour, const std::vector<Id>& ids) {
  Touchpoint t;
  t.source = "s";
  t.id = id;
  t.channel = Channel::kPhone;
  t.event_time = Timestamp(std::chrono::hours(hour));
  for (const Id& i : ids) t.identifiers.push_back({i.first, i.second, Role::kUnspecified});
  return t;
}

using Partition = std::set<std::set<Id>>;

Partition Customers(const NaiveTracker& tracker) {
  const std::vector<std::set<Id>> all = tracker.Answers().identity().Customers();
  return Partition(all.begin(), all.end());
}

const Id kC1 = {"crm", "1"};
const Id kC2 = {"crm", "2"};
const Id kM1 = {"mail", "1"};
const Id kM2 = {"mail", "2"};

TEST(OracleIdentityTest, TheNewerLinkOfEqualPrioritiesWins) {
  NaiveTracker tracker(Rules());
  tracker.Record(Touch("a", 2, {kC1, kM1}), kNow);
  tracker.Record(Touch("b", 1, {kC2, kM1}), kNow);
  EXPECT_EQ(Customers(tracker), (Partition{{kC1, kM1}, {kC2}}));
}

TEST(OracleIdentityTest, AMustLinkedPairOfUniqueValuesIsOneValue) {
  NaiveTracker tracker(Rules());
  tracker.Record(Touch("a", 1, {kC1, kC2, kM1}), kNow);
  EXPECT_TRUE(Customers(tracker).empty());
  const AssertionAnswer link = tracker.MustLink({kC1, kC2});
  ASSERT_EQ(link.code, Code::kOk);
  EXPECT_EQ(Customers(tracker), (Partition{{kC1, kC2, kM1}}));
  const AssertionAnswer retract = tracker.Retract(link.id);
  EXPECT_TRUE(Customers(tracker).empty());
  tracker.Retract(retract.id);
  EXPECT_EQ(Customers(tracker), (Partition{{kC1, kC2, kM1}}));
}

TEST(OracleIdentityTest, RefusesAMustLinkThatPutsTwoUnnamedUniqueValuesTogether) {
  NaiveTracker tracker(Rules());
  tracker.Record(Touch("a", 1, {kC1, kM1}), kNow);
  tracker.Record(Touch("b", 1, {kC2, kM2}), kNow);
  EXPECT_EQ(tracker.MustLink({kM1, kM2}).code, Code::kFailedPrecondition);
  EXPECT_EQ(tracker.MustLink({kC1, kM2}).code, Code::kOk);
  EXPECT_EQ(Customers(tracker), (Partition{{kC1, kM1, kM2}, {kC2}}));
}

TEST(OracleIdentityTest, CannotLinkBeatsMustLinkAndBlockBeatsBoth) {
  NaiveTracker tracker(Rules());
  tracker.Record(Touch("a", 1, {kM1}), kNow);
  tracker.Record(Touch("b", 1, {kM2}), kNow);
  tracker.MustLink({kM1, kM2});
  EXPECT_EQ(Customers(tracker), (Partition{{kM1, kM2}}));
  const AssertionAnswer cannot = tracker.CannotLink(kM2, kM1);
  EXPECT_EQ(Customers(tracker), (Partition{{kM1}, {kM2}}));
  tracker.Retract(cannot.id);
  tracker.Block(kM2);
  EXPECT_EQ(Customers(tracker), (Partition{{kM1}}));
  EXPECT_EQ(tracker.Unblock(kM1).code, Code::kNotFound);
  EXPECT_EQ(tracker.Unblock(kM2).code, Code::kOk);
  EXPECT_EQ(Customers(tracker), (Partition{{kM1, kM2}}));
}

TEST(OracleIdentityTest, TheOldestLinkLosesAtAPerCustomerLimit) {
  NaiveTracker tracker(Rules());
  const Id p1 = {"phone", "1"};
  const Id p2 = {"phone", "2"};
  const Id p3 = {"phone", "3"};
  tracker.Record(Touch("a", 1, {kC1, p1}), kNow);
  tracker.Record(Touch("b", 2, {kC1, p2}), kNow);
  tracker.Record(Touch("c", 3, {kC1, p3}), kNow);
  EXPECT_EQ(Customers(tracker), (Partition{{kC1, p2, p3}, {p1}}));
}

TEST(OracleIdentityTest, OnlyTheHighestRevisionSights) {
  NaiveTracker tracker(Rules());
  Touchpoint t = Touch("a", 1, {kC1, kM1});
  EXPECT_EQ(tracker.Record(t, kNow), RecordOutcome::kRecorded);
  EXPECT_EQ(tracker.Record(t, kNow), RecordOutcome::kDuplicate);
  t.topics = {"other"};
  EXPECT_EQ(tracker.Record(t, kNow), RecordOutcome::kRefused);
  t = Touch("a", 1, {kC2, kM1});
  t.revision = 2;
  EXPECT_EQ(tracker.Record(t, kNow), RecordOutcome::kRecorded);
  t.revision = 1;
  EXPECT_EQ(tracker.Record(t, kNow), RecordOutcome::kStored);
  EXPECT_EQ(Customers(tracker), (Partition{{kC2, kM1}}));
  t.revision = 3;
  t.voided = true;
  EXPECT_EQ(tracker.Record(t, kNow), RecordOutcome::kRecorded);
  EXPECT_TRUE(Customers(tracker).empty());
}

TEST(OracleContactsTest, AnUnidentifiedTouchpointFollowsItsConversation) {
  NaiveTracker tracker(Rules());
  Touchpoint known = Touch("a", 1, {kC1});
  known.conversation_id = "c";
  Touchpoint nobody = Touch("b", 2, {});
  nobody.conversation_id = "c";
  tracker.Record(known, kNow);
  tracker.Record(nobody, kNow);
  tracker.Record(Touch("c", 3, {}), kNow);
  EXPECT_EQ(tracker.Answers().History({kC1}).size(), 2u);
  RepeatQuery query;
  const RepeatReport report = tracker.Answers().Repeats(query, kNow);
  ASSERT_EQ(report.contacts.size(), 2u);
  EXPECT_EQ(report.contacts[0].legs.size(), 2u);
  EXPECT_FALSE(report.contacts[1].prior.has_value());
  EXPECT_EQ(report.total.identified.numerator, 1);

  // As soon as a second customer carries the conversation, it is nobody's again.
  Touchpoint other = Touch("d", 4, {kC2});
  other.conversation_id = "c";
  tracker.Record(other, kNow);
  EXPECT_EQ(tracker.Answers().History({kC1}).size(), 1u);
}

TEST(OracleContactsTest, AnotherWindowCanHaveAnotherPrior) {
  NaiveTracker tracker(Rules());
  Touchpoint longest = Touch("a", 0, {kC1});
  longest.end_time = Timestamp(std::chrono::hours(20));
  tracker.Record(longest, kNow);
  tracker.Record(Touch("b", 1, {kC1}), kNow);
  tracker.Record(Touch("c", 21, {kC1}), kNow);
  Policy policy;
  EXPECT_EQ(tracker.Answers().PriorsUnder(policy).at({"s", "c"}).prior.id, "b");
  policy.window = std::chrono::hours(2);
  EXPECT_EQ(tracker.Answers().PriorsUnder(policy).at({"s", "c"}).prior.id, "a");
}

}  // namespace
}  // namespace cxjourney::oracle
