// Transitions and funnels through the public API: over journeys as they are now.
#include "tests/tracker/shop.h"

namespace cxjourney::tracker_tests {
namespace {

class FlowTest : public BothStores {
 protected:
  // How often `to` directly follows `from`.
  int64_t Follows(Channel from, Channel to) {
    Result<TransitionReport> report = tracker->Transitions();
    EXPECT_TRUE(report.ok()) << report.status().ToString();
    for (const Transition& transition : report->transitions) {
      if (transition.from == from && transition.to == to) return transition.count;
    }
    return 0;
  }

  std::vector<int64_t> Reached() {
    FunnelQuery query;
    query.steps = {{{Channel::kWebChat}, {}, {}}, {{Channel::kPhone}, {}, {}}};
    query.window = kDay;
    Result<FunnelReport> report = tracker->Funnel(query);
    EXPECT_TRUE(report.ok()) << report.status().ToString();
    return report->reached;
  }

  static Touchpoint Chat(const std::string& id, Timestamp time, std::vector<Identifier> who) {
    Touchpoint chat = Call(id, time, std::move(who));
    chat.channel = Channel::kWebChat;
    return chat;
  }
};
CXJ_OVER_BOTH_STORES(FlowTest);

TEST_P(FlowTest, FollowJourneysThatMergeAndChange) {
  Open();
  Record(Call("call", kNoon, {Phone(1)}));
  Record(Chat("chat", kNoon - hours(1), {Email("ann")}));
  Record(Chat("nobody's", kNoon, {}));
  EXPECT_EQ(Follows(Channel::kWebChat, Channel::kPhone), 0);
  EXPECT_EQ(Reached(), (std::vector<int64_t>{2, 0}));

  Record(Call("both", kNoon + hours(1), {Phone(1), Email("ann")}));
  EXPECT_EQ(Follows(Channel::kWebChat, Channel::kPhone), 1);
  EXPECT_EQ(Follows(Channel::kPhone, Channel::kPhone), 1);
  EXPECT_EQ(Reached(), (std::vector<int64_t>{2, 1}));
  EXPECT_EQ(tracker->Transitions()->journeys, 2);
  EXPECT_EQ(tracker->Transitions()->touchpoints, 4);

  ASSERT_TRUE(tracker->Retract(TouchpointKey{"crm", "both"}).ok());
  EXPECT_EQ(Follows(Channel::kWebChat, Channel::kPhone), 0);
  EXPECT_EQ(Reached(), (std::vector<int64_t>{2, 0}));
}

TEST_P(FlowTest, RefusesWhatIsNoFunnel) {
  Open();
  Result<FunnelReport> none = tracker->Funnel({});
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.status().code(), Code::kInvalidArgument);
  EXPECT_NE(none.status().message().find("steps"), std::string::npos);
}

}  // namespace
}  // namespace cxjourney::tracker_tests
