// The partition case by case: the order of the replay, vetoes and their rivals, assertions.
#include "identity/graph.h"

#include <gtest/gtest.h>

#include "tests/identity/graph_world.h"

namespace cxjourney::identity {
namespace {

struct Seen {
  GraphWorld::Names names;
  int64_t time_us;
};

// Sightings, and the partition and vetoed links that they make in any order of arrival.
struct OrderCase {
  const char* name;
  std::vector<Seen> seen;
  const char* partition;
  const char* vetoed;
};

void PrintTo(const OrderCase& one, std::ostream* out) { *out << one.name; }

class ReplayOrderTest : public testing::TestWithParam<OrderCase> {};

TEST_P(ReplayOrderTest, WhateverArrivesFirst) {
  std::vector<size_t> order(GetParam().seen.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  do {
    GraphWorld world;
    for (size_t i : order) {
      world.See(GetParam().seen[i].names, GetParam().seen[i].time_us);
      world.Settle();
    }
    EXPECT_EQ(world.Partition(), GetParam().partition);
    EXPECT_EQ(world.Vetoed(), GetParam().vetoed);
  } while (std::next_permutation(order.begin(), order.end()));
}

INSTANTIATE_TEST_SUITE_P(
    Cases, ReplayOrderTest,
    testing::Values(
        OrderCase{"PairwiseLinks",
                  {{{"email:a", "phone:1", "cookie:x"}, 1}, {{"phone:1", "device:d"}, 2}},
                  "{cookie:x device:d email:a phone:1}",
                  ""},
        // A shared device between two customers: the newer link keeps it.
        OrderCase{"WeakTierNewestFirst",
                  {{{"cid:1", "device:d"}, 10}, {{"cid:2", "device:d"}, 20}},
                  "{cid:1} {cid:2 device:d}",
                  "cid:1~device:d"},
        // Inside the person tier the priority comes before the time: crm (1+2) before email (1+5).
        OrderCase{
            "PersonTierPriorityFirst",
            {{{"cid:1", "crm:7"}, 10}, {{"crm:7", "email:a"}, 20}, {{"cid:2", "email:a"}, 30}},
            "{cid:1 crm:7} {cid:2 email:a}",
            "crm:7~email:a"},
        OrderCase{"PersonTierSamePriorityNewestFirst",
                  {{{"cid:1", "email:a"}, 10}, {{"cid:2", "email:a"}, 20}},
                  "{cid:1} {cid:2 email:a}",
                  "cid:1~email:a"},
        // A person link that is old comes before a device link that is new.
        OrderCase{"TierBeforeTime",
                  {{{"cid:1", "email:a"}, 10},
                   {{"email:a", "device:d"}, 15},
                   {{"cid:2", "device:d"}, 99}},
                  "{cid:1 email:a} {cid:2 device:d}",
                  "device:d~email:a"},
        // Weaker tiers: time, then priority sum: cid (1+9) wins over email (5+9) at one time.
        OrderCase{
            "WeakTierPriorityBreaksTies",
            {{{"cid:2", "device:d"}, 10}, {{"email:a", "device:d"}, 10}, {{"cid:1", "email:a"}, 1}},
            "{cid:1 email:a} {cid:2 device:d}",
            "device:d~email:a"},
        // Last of all the text of the pair.
        OrderCase{"TextBreaksTies",
                  {{{"cid:2", "email:a"}, 10}, {{"cid:1", "email:a"}, 10}},
                  "{cid:1 email:a} {cid:2}",
                  "cid:2~email:a"},
        // "10" < "9" bytewise.
        OrderCase{"TextIsComparedBytewise",
                  {{{"cid:9", "email:a"}, 10}, {{"cid:10", "email:a"}, 10}},
                  "{cid:10 email:a} {cid:9}",
                  "cid:9~email:a"},
        // The newest sighting counts, not the first.
        OrderCase{
            "NewestSightingOfAPair",
            {{{"cid:1", "device:d"}, 10}, {{"cid:2", "device:d"}, 20}, {{"cid:1", "device:d"}, 30}},
            "{cid:1 device:d} {cid:2}",
            "cid:2~device:d"},
        // At most two e-mails a customer: the oldest link loses.
        OrderCase{
            "PerCustomerLimit",
            {{{"cid:1", "email:a"}, 10}, {{"cid:1", "email:b"}, 20}, {{"cid:1", "email:c"}, 30}},
            "{cid:1 email:b email:c} {email:a}",
            "cid:1~email:a"}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(GraphVetoTest, UniqueNamespaceNamesTheRivals) {
  GraphWorld world;
  world.See({"cid:1", "email:a"}, 10);
  world.See({"cid:2", "phone:1"}, 20);
  world.See({"email:a", "phone:1"}, 30);
  world.Settle();
  EXPECT_EQ(world.Partition(), "{cid:1 email:a} {cid:2 phone:1}");
  const VetoInfo& veto = world.VetoOf("email:a", "phone:1");
  EXPECT_EQ(veto.rule, VetoRule::kUniqueNamespace);
  EXPECT_EQ(GraphTestRules().namespaces[veto.name_space].name, "cid");
  // Rival a stands on the side of the pair's first identifier, which is the one added first.
  EXPECT_EQ(world.NameOf(veto.rival_a), "cid:1");
  EXPECT_EQ(world.NameOf(veto.rival_b), "cid:2");
}

TEST(GraphVetoTest, LimitsNameTheirRule) {
  IdentityRules rules = GraphTestRules();
  rules.identifiers_per_customer_max = 4;
  GraphWorld world(rules);
  world.See({"email:a", "email:b", "cookie:x"}, 10);
  world.See({"email:c", "cookie:y"}, 20);
  world.See({"cookie:x", "cookie:y"}, 5);
  world.Settle();
  EXPECT_EQ(world.VetoOf("cookie:x", "cookie:y").rule, VetoRule::kPerCustomerLimit);
  EXPECT_EQ(GraphTestRules().namespaces[world.VetoOf("cookie:x", "cookie:y").name_space].name,
            "email");
  world.See({"cookie:x", "order:1"}, 6);
  world.See({"cookie:x", "order:2"}, 4);
  world.Settle();
  EXPECT_EQ(world.VetoOf("cookie:x", "order:2").rule, VetoRule::kIdentifiersPerCustomer);
  EXPECT_EQ(world.Partition(), "{cookie:x email:a email:b order:1} {cookie:y email:c} {order:2}");
}

TEST(GraphVetoTest, GoesWithItsLink) {
  GraphWorld world;
  world.See({"cid:1", "email:a"}, 10);
  size_t second = world.See({"cid:2", "email:a"}, 20);
  world.Settle();
  EXPECT_EQ(world.Vetoed(), "cid:1~email:a");
  world.Unsee(second);
  world.Settle();
  EXPECT_EQ(world.Vetoed(), "");
  EXPECT_EQ(world.Partition(), "{cid:1 email:a}");
  EXPECT_EQ(world.graph().class_count(), 1u);
}

TEST(GraphMustLinkTest, ValuesOfOneMustLinkClassAreOne) {
  GraphWorld world;
  world.See({"cid:1", "email:a"}, 10);
  world.See({"cid:2", "phone:1"}, 20);
  uint64_t link = world.Must({"cid:1", "cid:2"});
  world.Settle();
  EXPECT_TRUE(world.graph().SameMustLinkClass(world.Id("cid:1"), world.Id("cid:2")));
  EXPECT_EQ(world.Partition(), "{cid:1 cid:2 email:a phone:1}");
  // A third value is still another customer.
  world.See({"cid:3", "phone:1"}, 5);
  world.Settle();
  EXPECT_EQ(world.Partition(), "{cid:1 cid:2 email:a phone:1} {cid:3}");
  world.Undo(link);
  world.Settle();
  EXPECT_FALSE(world.graph().SameMustLinkClass(world.Id("cid:1"), world.Id("cid:2")));
  EXPECT_EQ(world.Partition(), "{cid:1 email:a} {cid:2 phone:1} {cid:3}");
}

TEST(GraphMustLinkTest, JoinsIdentifiersThatWereNeverSeen) {
  GraphWorld world;
  uint64_t link = world.Must({"email:a", "phone:1", "cookie:x"});
  world.Settle();
  EXPECT_EQ(world.Partition(), "{cookie:x email:a phone:1}");
  world.Undo(link);
  world.Settle();
  EXPECT_EQ(world.Partition(), "");
  EXPECT_EQ(world.graph().class_count(), 0u);
}

TEST(GraphMustLinkTest, ComesBeforeEverySighting) {
  GraphWorld world;
  world.See({"cid:1", "device:d"}, 90);
  world.See({"cid:2", "cookie:x"}, 1);
  uint64_t link = world.Must({"cid:2", "device:d"});
  world.Settle();
  EXPECT_EQ(world.Partition(), "{cid:1} {cid:2 cookie:x device:d}");
  EXPECT_EQ(world.graph().MustLinkOf(PairOf(world.Id("cid:2"), world.Id("device:d"))), link);
  world.Undo(link);
  world.Settle();
  EXPECT_EQ(world.Partition(), "{cid:1 device:d} {cid:2 cookie:x}");
}

TEST(GraphMustLinkTest, MakesOneOfUniqueValuesThroughThirdIdentifiers) {
  GraphWorld world;
  world.Must({"cid:1", "email:a"});
  world.Must({"cid:2", "email:a"});
  world.Settle();
  EXPECT_TRUE(world.graph().SameMustLinkClass(world.Id("cid:1"), world.Id("cid:2")));
  EXPECT_EQ(world.Partition(), "{cid:1 cid:2 email:a}");
}

TEST(GraphMustLinkTest, NewestFirst) {
  GraphWorld world;
  world.See({"cid:1"}, 1);
  world.See({"cid:2"}, 1);
  world.Cannot("cid:1", "cid:2");
  world.Must({"cid:1", "email:a"});
  uint64_t newer = world.Must({"cid:2", "email:a"});
  world.Settle();
  EXPECT_EQ(world.Partition(), "{cid:1} {cid:2 email:a}");
  EXPECT_EQ(world.Vetoed(), "cid:1~email:a");
  world.Undo(newer);
  world.Settle();
  EXPECT_EQ(world.Partition(), "{cid:1 email:a} {cid:2}");
}

TEST(GraphMustLinkTest, TwoOfOnePairCountUntilBothAreGone) {
  GraphWorld world;
  uint64_t first = world.Must({"email:a", "phone:1"});
  uint64_t second = world.Must({"email:a", "phone:1"});
  world.Undo(second);
  world.Settle();
  EXPECT_EQ(world.Partition(), "{email:a phone:1}");
  world.Undo(first);
  world.Settle();
  EXPECT_EQ(world.Partition(), "");
}

TEST(GraphCannotLinkTest, BeatsSightingsAndMustLinks) {
  GraphWorld world;
  world.See({"email:a", "phone:1"}, 10);
  uint64_t must = world.Must({"email:a", "phone:1"});
  uint64_t cannot = world.Cannot("email:a", "phone:1");
  world.Settle();
  EXPECT_EQ(world.Partition(), "{email:a} {phone:1}");
  const VetoInfo& veto = world.VetoOf("email:a", "phone:1");
  EXPECT_EQ(veto.rule, VetoRule::kCannotLink);
  EXPECT_EQ(veto.cannot_link, cannot);
  EXPECT_FALSE(world.graph().SameMustLinkClass(world.Id("email:a"), world.Id("phone:1")));
  world.Undo(must);
  world.Settle();
  EXPECT_EQ(world.Partition(), "{email:a} {phone:1}");
  world.Undo(cannot);
  world.Settle();
  EXPECT_EQ(world.Partition(), "{email:a phone:1}");
}

TEST(GraphCannotLinkTest, HoldsThroughThirdIdentifiers) {
  GraphWorld world;
  world.Cannot("email:a", "phone:1");
  world.See({"email:a", "device:d"}, 10);
  world.See({"phone:1", "device:d"}, 20);
  world.Settle();
  EXPECT_EQ(world.Partition(), "{device:d phone:1} {email:a}");
  const VetoInfo& veto = world.VetoOf("email:a", "device:d");
  EXPECT_EQ(veto.rule, VetoRule::kCannotLink);
  EXPECT_EQ(world.NameOf(veto.rival_a), "email:a");
  EXPECT_EQ(world.NameOf(veto.rival_b), "phone:1");
}

TEST(GraphCannotLinkTest, BreaksAMustLinkClassAtItsOldestLink) {
  GraphWorld world;
  world.Must({"cid:1", "cid:2"});
  world.Must({"cid:2", "cid:3"});
  world.Cannot("cid:1", "cid:3");
  world.Settle();
  EXPECT_EQ(world.Partition(), "{cid:1} {cid:2 cid:3}");
}

TEST(GraphBlockTest, ABlockedValueLinksNothing) {
  GraphWorld world;
  world.See({"email:a", "phone:1"}, 10);
  world.See({"email:b", "phone:1"}, 20);
  world.Must({"cookie:x", "phone:1"});
  world.Settle();
  EXPECT_EQ(world.Partition(), "{cookie:x email:a email:b phone:1}");
  world.SetBlocked("phone:1", true);
  world.Settle();
  EXPECT_EQ(world.Partition(), "{cookie:x} {email:a} {email:b}");
  EXPECT_EQ(world.graph().ClassOf(world.Id("phone:1")), kNoClass);
  world.SetBlocked("phone:1", false);
  world.Settle();
  EXPECT_EQ(world.Partition(), "{cookie:x email:a email:b phone:1}");
}

class GraphQuarantineTest : public testing::Test {
 protected:
  std::string Partition() {
    world_.Settle();
    return world_.Partition();
  }

  GraphWorld world_{QuarantineTestRules()};
};

TEST_F(GraphQuarantineTest, PastItsLimitAValueLinksNothingAndBelongsToNobody) {
  world_.See({"email:a", "cid:1"}, 1);
  world_.See({"email:a", "cid:2", "phone:2"}, 2);
  EXPECT_EQ(Partition(), "{cid:1} {cid:2 email:a phone:2}");
  const size_t third = world_.See({"email:a", "cid:3"}, 3);
  EXPECT_EQ(Partition(), "{cid:1} {cid:2 phone:2} {cid:3}");
  EXPECT_EQ(world_.Vetoed(), "");
  world_.See({"email:a", "phone:4"}, 4);
  world_.See({"email:a", "cid:1"}, 5);
  EXPECT_EQ(Partition(), "{cid:1} {cid:2 phone:2} {cid:3} {phone:4}");
  world_.Unsee(third);
  EXPECT_EQ(Partition(), "{cid:1 email:a phone:4} {cid:2 phone:2}");  // Seen with 1 last.
}

TEST_F(GraphQuarantineTest, CountsTheLargestUniqueNamespaceAlone) {
  world_.See({"email:a", "cid:1", "crm:1"}, 1);
  world_.See({"email:a", "cid:2", "crm:2"}, 2);
  EXPECT_EQ(Partition(), "{cid:1 crm:1} {cid:2 crm:2 email:a}");
  world_.See({"email:a", "crm:3"}, 3);
  EXPECT_EQ(Partition(), "{cid:1 crm:1} {cid:2 crm:2} {crm:3}");
}

TEST_F(GraphQuarantineTest, UniqueNamespacesHaveNone) {
  for (int i = 1; i <= 4; ++i) world_.See({"cid:1", fmt::format("crm:{}", i)}, i);
  EXPECT_EQ(Partition(), "{cid:1 crm:4} {crm:1} {crm:2} {crm:3}");
}

TEST_F(GraphQuarantineTest, ValuesOfOneMustLinkClassAreOne) {
  for (int i = 1; i <= 3; ++i) world_.See({"email:a", fmt::format("cid:{}", i)}, i);
  EXPECT_EQ(Partition(), "{cid:1} {cid:2} {cid:3}");
  const uint64_t must = world_.Must({"cid:1", "cid:2"});
  EXPECT_EQ(Partition(), "{cid:1 cid:2} {cid:3 email:a}");
  world_.Undo(must);
  EXPECT_EQ(Partition(), "{cid:1} {cid:2} {cid:3}");
}

TEST_F(GraphQuarantineTest, AMustLinkStillJoins) {
  for (int i = 1; i <= 3; ++i) world_.See({"email:a", fmt::format("cid:{}", i)}, i);
  world_.Must({"email:a", "cid:1"});
  EXPECT_EQ(Partition(), "{cid:1 email:a} {cid:2} {cid:3}");
  EXPECT_EQ(world_.Path("email:a", "cid:1"), "cid:1~email:a");
  EXPECT_EQ(world_.Path("cid:1", "cid:2"), "");
  world_.SetBlocked("cid:1", true);
  EXPECT_EQ(Partition(), "{cid:2} {cid:3 email:a}");  // Two values are left.
}

TEST(GraphConflictTest, CountsMustLinkClassesThatAreNotNamed) {
  GraphWorld world;
  world.See({"cid:1", "email:a"}, 10);
  world.See({"cid:2", "email:b"}, 10);
  world.Settle();
  const auto conflict = [&](const GraphWorld::Names& names) {
    std::vector<IdentifierNo> ids;
    for (const std::string& name : names) ids.push_back(world.Id(name));
    uint16_t name_space = world.graph().MustLinkConflict(ids);
    return name_space == kNoNamespace ? "" : GraphTestRules().namespaces[name_space].name;
  };
  EXPECT_EQ(conflict({"email:a", "email:b"}), "cid");
  EXPECT_EQ(conflict({"cid:1", "cid:2"}), "");
  EXPECT_EQ(conflict({"email:a", "email:b", "cid:1", "cid:2"}), "");
  EXPECT_EQ(conflict({"email:a", "cid:1"}), "");
  EXPECT_EQ(conflict({"email:a", "email:new"}), "");
  world.Must({"cid:1", "cid:2"});
  world.Settle();
  EXPECT_EQ(conflict({"email:a", "email:b"}), "");
}

TEST(FindPathTest, IsAShortestChainInsideOneCustomer) {
  GraphWorld world;
  world.See({"email:a", "phone:1"}, 1);
  world.See({"phone:1", "device:d"}, 2);
  world.See({"device:d", "cookie:x"}, 3);
  world.See({"phone:1", "cookie:x"}, 4);
  world.Settle();
  EXPECT_EQ(world.Path("email:a", "cookie:x"), "email:a~phone:1 cookie:x~phone:1");
  EXPECT_EQ(world.Path("email:a", "phone:1"), "email:a~phone:1");
  EXPECT_EQ(world.Path("email:a", "email:a"), "");
}

TEST(FindPathTest, CrossesAsFewCustomersAsPossible) {
  GraphWorld world;
  world.See({"cid:1", "email:a"}, 50);
  world.See({"cid:2", "phone:1"}, 50);
  world.See({"email:a", "phone:1"}, 10);
  world.Settle();
  EXPECT_EQ(world.Path("cid:1", "cid:2"), "cid:1~email:a email:a~phone:1 cid:2~phone:1");
  // A chain over a third customer would be shorter in links, but crosses twice.
  world.See({"cid:3", "cookie:x"}, 90);
  world.See({"cid:1", "cookie:x"}, 1);
  world.See({"cid:2", "cookie:x"}, 1);
  world.Settle();
  EXPECT_EQ(world.Path("cid:1", "cid:2"), "cid:1~email:a email:a~phone:1 cid:2~phone:1");
}

TEST(FindPathTest, IsEmptyWhereNoEvidenceConnects) {
  GraphWorld world;
  world.See({"email:a"}, 1);
  world.See({"email:b"}, 1);
  world.Settle();
  EXPECT_EQ(world.Path("email:a", "email:b"), "");
}

TEST(GraphSettlementTest, SaysWhatChanged) {
  GraphWorld world;
  world.See({"email:a", "phone:1"}, 1);
  Settlement first = world.Settle();
  EXPECT_EQ(first.after, ClassList{world.graph().ClassOf(world.Id("email:a"))});
  world.See({"phone:1", "email:a"}, 9);
  Settlement again = world.Settle();
  EXPECT_TRUE(again.before.empty());
  EXPECT_TRUE(again.after.empty());
  world.See({"device:d"}, 2);
  world.Settle();
  ClassNo a = world.graph().ClassOf(world.Id("email:a"));
  ClassNo d = world.graph().ClassOf(world.Id("device:d"));
  world.See({"device:d", "email:a"}, 3);
  Settlement joined = world.Settle();
  EXPECT_EQ(joined.before, (ClassList{std::min(a, d), std::max(a, d)}));
  EXPECT_EQ(joined.after, ClassList{world.graph().ClassOf(world.Id("device:d"))});
}

}  // namespace
}  // namespace cxjourney::identity
