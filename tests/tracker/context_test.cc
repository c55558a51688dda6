// What an agent sees when a contact starts: one call across channels, feelings, orders, facts.
#include "tests/tracker/shop.h"

namespace cxjourney::tracker_tests {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

Touchpoint Order(const std::string& id, Timestamp time, const std::string& order, int64_t amount) {
  Touchpoint purchase = Call(id, time, {Email("ann")});
  purchase.channel = Channel::kWeb;
  purchase.purpose = Purpose::kPurchase;
  purchase.duration_ms.reset();
  purchase.refs = {{RefType::kOrder, order}};
  purchase.value = Value{amount, "TRY", ValueKind::kRevenue};
  return purchase;
}

// Ann buys, calls, is rewarded, and tells her story twice; e-mail, phone and cookie are hers.
class ContextTest : public BothStores {
 protected:
  void Tell() {
    Open();
    Record(Order("order-1", kNoon - 100 * kDay, "A-1", 10'000));
    Touchpoint reward = Call("reward", kNoon - 60 * kDay, {Email("ann"), Phone(1)});
    reward.direction = Direction::kOut;
    reward.purpose = Purpose::kReward;
    Record(reward);
    Touchpoint happy = Call("happy", kNoon - 40 * kDay, {Phone(1)});
    happy.outcome = Outcome::kResolved;
    happy.scores = {{ScoreKind::kCsat, 4, 5, ""}};
    happy.agent = "eda";
    Record(happy);
    Record(Order("order-2", kNoon - 10 * kDay, "A-2", 5'000));
    Record(Complaint());
    Record(Chat());
  }
  static Touchpoint Complaint() {
    Touchpoint call = Call("complaint", kNoon - 5 * kDay, {Phone(1)});
    call.purpose = Purpose::kComplaint;
    call.topics = {"order/late"};
    call.outcome = Outcome::kUnresolved;
    call.sentiment = -0.5f;
    call.emotion = "annoyed";
    call.agent = "eda";
    call.scores = {{ScoreKind::kCsat, 1, 5, ""}, {ScoreKind::kNps, 3, 10, ""}};
    call.attributes = {{"card_statement", std::string("sent"), true, true},
                       {"ivr_path", std::string("1-2"), false, false}};
    return call;
  }
  static Touchpoint Chat() {
    Touchpoint chat = Call("chat", kNoon - 2 * kDay, {{"anonymous_id", "cookie-1"}, Email("ann")});
    chat.channel = Channel::kWebChat;
    chat.purpose = Purpose::kComplaint;
    chat.outcome = Outcome::kPendingCompany;
    chat.follow_up_due = kNoon + kDay;
    chat.sentiment = -0.9f;
    chat.emotion = "angry";
    chat.agent = "can";
    chat.attributes = {{"card_statement", std::string("received"), true, true},
                       {"iban_checked", true, false, true}};
    return chat;
  }
};
CXJ_OVER_BOTH_STORES(ContextTest);

TEST_P(ContextTest, OneCallReturnsProfileTimelineOpenEpisodesScoresAndOrders) {
  Tell();
  Result<Context> context = tracker->GetContext({"anonymous_id", "cookie-1"});
  ASSERT_TRUE(context.ok()) << context.status().ToString();
  EXPECT_EQ(context->now, kNoon);
  EXPECT_EQ(context->customer.id, Who(Phone(1)));
  EXPECT_EQ(context->customer.identifiers.size(), 3u);
  EXPECT_EQ(context->customer.touchpoints, 6u);
  EXPECT_EQ(context->first_seen, kNoon - 100 * kDay);
  EXPECT_EQ(context->last_contact, kNoon - 2 * kDay);
  EXPECT_EQ(context->contacts, 3u);
  EXPECT_EQ(context->contacts_7d, 2u);
  EXPECT_EQ(context->contacts_30d, 2u);
  EXPECT_EQ(context->contacts_90d, 3u);
  std::vector<std::string> recent;
  for (const Touchpoint& touchpoint : context->recent) recent.push_back(touchpoint.id);
  EXPECT_THAT(recent, ElementsAre("chat", "complaint", "order-2", "happy", "reward", "order-1"));
}

TEST_P(ContextTest, OutcomesFeelingsAndScores) {
  Tell();
  Result<Context> context = tracker->GetContext(Email("ann"));
  ASSERT_TRUE(context.ok());
  EXPECT_EQ(context->last_outcome, Outcome::kPendingCompany);
  EXPECT_THAT(context->recent_outcomes,
              ElementsAre(Pair(kNoon - 2 * kDay, Outcome::kPendingCompany),
                          Pair(kNoon - 5 * kDay, Outcome::kUnresolved),
                          Pair(kNoon - 40 * kDay, Outcome::kResolved)));
  EXPECT_THAT(context->recent_sentiments,
              ElementsAre(Pair(kNoon - 2 * kDay, -0.9f), Pair(kNoon - 5 * kDay, -0.5f)));
  EXPECT_EQ(context->last_emotion, "angry");
  ASSERT_EQ(context->last_scores.size(), 2u);
  EXPECT_EQ(context->last_scores[0].kind, ScoreKind::kNps);
  EXPECT_EQ(context->last_scores[1].kind, ScoreKind::kCsat);
  EXPECT_EQ(context->last_scores[1].value, 1);  // The newest of its kind.
}

TEST_P(ContextTest, OrdersMoneyAndLoyalty) {
  Tell();
  Result<Context> context = tracker->GetContext(Email("ann"));
  ASSERT_TRUE(context.ok());
  EXPECT_EQ(context->orders, 2u);
  EXPECT_EQ(context->first_order, kNoon - 100 * kDay);
  EXPECT_EQ(context->last_order, kNoon - 10 * kDay);
  EXPECT_THAT(context->last_order_ids, ElementsAre("A-2", "A-1"));
  ASSERT_EQ(context->money.size(), 1u);
  EXPECT_EQ(context->money[0].currency, "TRY");
  EXPECT_EQ(context->money[0].amount_minor, 15'000);
  EXPECT_EQ(context->money[0].count, 2u);
  EXPECT_EQ(context->last_reward, kNoon - 60 * kDay);
}

// "They made me tell the same things again": evidence on file and observed effort.
TEST_P(ContextTest, FactsOnFileAndRepeatedEffort) {
  Tell();
  Result<Context> context = tracker->GetContext(Phone(1));
  ASSERT_TRUE(context.ok());
  ASSERT_EQ(context->facts.size(), 2u);
  EXPECT_EQ(context->facts[0].attribute.key, "card_statement");
  EXPECT_EQ(std::get<std::string>(context->facts[0].attribute.value), "received");
  EXPECT_TRUE(context->facts[0].attribute.personal);
  EXPECT_EQ(context->facts[0].touchpoint, Key("chat"));
  EXPECT_EQ(context->facts[0].time, kNoon - 2 * kDay);
  EXPECT_EQ(context->facts[1].attribute.key, "iban_checked");
  ASSERT_EQ(context->open_episodes.size(), 1u);
  const OpenEpisode& open = context->open_episodes[0];
  EXPECT_EQ(open.id, Key("complaint"));
  EXPECT_THAT(open.contacts, ElementsAre(Key("complaint"), Key("chat")));
  EXPECT_EQ(open.contact_count, 2u);
  EXPECT_EQ(open.agents, 2u);
  EXPECT_EQ(open.last_outcome, Outcome::kPendingCompany);
  EXPECT_THAT(open.topics, ElementsAre("order/late"));
  EXPECT_EQ(open.last_sentiment, -0.9f);
  EXPECT_EQ(open.last_emotion, "angry");
  ASSERT_EQ(open.promises.size(), 1u);
  EXPECT_EQ(open.promises[0].due, kNoon + kDay);
  EXPECT_FALSE(open.promises[0].broken);
  EXPECT_TRUE(context->repeated_effort);
}

TEST_P(ContextTest, AtAPastMomentNothingLaterIsKnown) {
  Tell();
  Result<Context> context = tracker->GetContext(Phone(1), kNoon - 3 * kDay);
  ASSERT_TRUE(context.ok());
  EXPECT_EQ(context->now, kNoon - 3 * kDay);
  EXPECT_EQ(context->contacts, 2u);
  EXPECT_EQ(context->contacts_7d, 1u);
  EXPECT_EQ(context->last_contact, kNoon - 5 * kDay);
  EXPECT_EQ(context->last_outcome, Outcome::kUnresolved);
  EXPECT_EQ(context->last_emotion, "annoyed");
  ASSERT_EQ(context->open_episodes.size(), 1u);
  EXPECT_EQ(context->open_episodes[0].contact_count, 1u);
  EXPECT_THAT(context->open_episodes[0].promises, IsEmpty());
  EXPECT_FALSE(context->repeated_effort);
  ASSERT_EQ(context->facts.size(), 1u);
  EXPECT_EQ(std::get<std::string>(context->facts[0].attribute.value), "sent");
  EXPECT_EQ(context->recent.front().id, "complaint");
  // Before everything: a known customer without a past.
  context = tracker->GetContext(Phone(1), kNoon - 300 * kDay);
  ASSERT_TRUE(context.ok());
  EXPECT_EQ(context->contacts, 0u);
  EXPECT_EQ(context->first_seen, std::nullopt);
  EXPECT_THAT(context->recent, IsEmpty());
}

TEST_P(ContextTest, TheClockDecidesOnPromisesAndAges) {
  Tell();
  clock.Set(kNoon + kDay);
  EXPECT_FALSE(tracker->GetContext(Phone(1))->open_episodes[0].promises[0].broken);
  clock.Advance(Duration(1));
  EXPECT_TRUE(tracker->GetContext(Phone(1))->open_episodes[0].promises[0].broken);
  clock.Set(kNoon + 88 * kDay);
  EXPECT_EQ(tracker->GetContext(Phone(1))->open_episodes.size(), 1u);
  clock.Set(kNoon + 88 * kDay + minutes(5));  // 90 days after the last contact's end.
  Result<Context> context = tracker->GetContext(Phone(1));
  EXPECT_THAT(context->open_episodes, IsEmpty());
  EXPECT_FALSE(context->repeated_effort);
  EXPECT_EQ(context->contacts_90d, 0u);
  EXPECT_EQ(context->contacts, 3u);
}

TEST_P(ContextTest, TheLastDaysAreHalfOpen) {
  Open();
  Record(Call("1", kNoon - 7 * kDay, {Email("ann")}));
  Record(Call("2", kNoon - 7 * kDay + Duration(1), {Email("ann")}));
  Record(Call("3", kNoon, {Email("ann")}));
  Record(Call("4", kNoon + hours(2), {Email("ann")}));
  Result<Context> context = tracker->GetContext(Email("ann"));
  EXPECT_EQ(context->contacts_7d, 2u);
  EXPECT_EQ(context->contacts_30d, 3u);
  EXPECT_EQ(context->contacts, 3u);
}

TEST_P(ContextTest, ATransferIsRepeatedEffort) {
  Open();
  Record(Call("1", kNoon - kDay, {Email("ann")}));
  EXPECT_FALSE(tracker->GetContext(Email("ann"))->repeated_effort);
  Touchpoint leg = Call("2", kNoon - kDay + minutes(5), {Email("ann")});
  leg.parent_id = "1";
  leg.relation = Relation::kTransfer;
  Record(leg);
  Result<Context> context = tracker->GetContext(Email("ann"));
  EXPECT_EQ(context->contacts, 1u);
  ASSERT_EQ(context->open_episodes.size(), 1u);
  EXPECT_EQ(context->open_episodes[0].transfers, 1u);
  EXPECT_TRUE(context->repeated_effort);
}

// Repeats through the tracker: the measures themselves are tested with the journeys.
TEST_P(ContextTest, RepeatsAnswerForRegisteredAndOtherPolicies) {
  Tell();
  Record(Call("nobody", kNoon - kDay, {}));
  RepeatQuery query;
  query.registered = "next_contact_7d";
  query.list_contacts = true;
  query.list_episodes = true;
  Result<RepeatReport> report = tracker->Repeats(query);
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->watermark, kNoon);
  EXPECT_EQ(report->total.contacts, 4);
  EXPECT_EQ(report->total.rcr.numerator, 1);
  EXPECT_EQ(report->total.identified.numerator, 3);
  EXPECT_EQ(report->contacts.size(), 4u);
  EXPECT_EQ(report->contacts[2].prior, Key("complaint"));
  EXPECT_EQ(report->contacts[2].customer, Who(Phone(1)));
  EXPECT_EQ(report->contacts[3].customer, CustomerId::kNone);
  query.registered = "";
  query.policy = *ParsePolicy("next_contact_7d,window=1d");
  report = tracker->Repeats(query);
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->total.rcr.numerator, 0);
  query.registered = "same_topic_30d";
  EXPECT_EQ(tracker->Repeats(query).status().code(), Code::kNotFound);
  query.registered = "";
  query.policy.window = Duration(-1);
  EXPECT_EQ(tracker->Repeats(query).status().code(), Code::kInvalidArgument);
}

}  // namespace
}  // namespace cxjourney::tracker_tests
