// Open episodes with their promises, and the context of a customer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/journey/story.h"

namespace cxjourney::journey {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

std::vector<OpenEpisode> Open(const Story& story, int64_t watermark_us, size_t limit = 100,
                              std::string_view policy_text = "next_contact_7d") {
  const CompiledPolicy policy(*ParsePolicy(policy_text));
  PolicyJourney journey(&policy, true);
  const Timeline timeline = story.timeline();
  journey.Rebuild(timeline);
  return OpenEpisodes(timeline, journey, At(watermark_us), std::chrono::hours(90 * 24), limit,
                      [](const Leg& leg) { return "emotion of " + std::string(leg.id); });
}

// "a? b!": open and broken promises of the newest open episode.
std::string Promises(const Story& story, int64_t watermark_us) {
  const std::vector<OpenEpisode> open = Open(story, watermark_us);
  std::string text;
  if (open.empty()) return text;
  for (const Promise& promise : open.front().promises) {
    text += promise.touchpoint.id + (promise.broken ? "!" : "?");
  }
  return text;
}

ToldLeg& AddPromise(Story* story, std::string_view id, int64_t at, int64_t due) {
  ToldLeg& leg = story->Add(id, at);
  leg.outcome = Outcome::kPendingCompany;
  leg.has_follow_up = true;
  leg.follow_up_due_us = kMarch + due;
  return leg;
}

ToldLeg& AddReply(Story* story, std::string_view id, int64_t at) {
  ToldLeg& leg = story->Add(id, at);
  leg.direction = Direction::kOut;
  return leg;
}

TEST(OpenEpisodesTest, TheLastContactsOutcomeDecides) {
  const struct {
    Outcome outcome;
    bool open;
  } kCases[] = {
      {Outcome::kUnspecified, true},     {Outcome::kUnknown, true},
      {Outcome::kResolved, false},       {Outcome::kResolvedConfirmed, false},
      {Outcome::kUnresolved, true},      {Outcome::kEscalated, true},
      {Outcome::kPendingCustomer, true}, {Outcome::kPendingCompany, true},
      {Outcome::kAbandoned, true},       {Outcome::kFailed, true},
  };
  for (const auto& test : kCases) {
    Story story;
    story.Add("a", 0).outcome = Outcome::kResolved;
    story.Add("b", kDay).outcome = test.outcome;
    EXPECT_EQ(Open(story, 2 * kDay).size(), test.open ? 1u : 0u) << static_cast<int>(test.outcome);
  }
}

TEST(OpenEpisodesTest, AreForgottenAfterNinetyDaysFromTheLastContactsEnd) {
  Story story;
  story.Add("a", 0, kDay);
  EXPECT_EQ(Open(story, 91 * kDay - 1).size(), 1u);
  EXPECT_THAT(Open(story, 91 * kDay), IsEmpty());
}

TEST(OpenEpisodesTest, NewestLastContactFirstAndNoMoreThanAskedFor) {
  Story story;
  story.Add("a", 0).topics = {"x"};
  story.Add("b", kDay).topics = {"y"};
  story.Add("c", 2 * kDay).topics = {"z"};
  story.Add("d", 3 * kDay).topics = {"x"};
  const std::vector<OpenEpisode> all = Open(story, 4 * kDay, 100, "same_topic_7d");
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].id.id, "a");
  EXPECT_EQ(all[1].id.id, "c");
  EXPECT_EQ(all[2].id.id, "b");
  EXPECT_EQ(Open(story, 4 * kDay, 2, "same_topic_7d").size(), 2u);
}

TEST(OpenEpisodesTest, SayWhatTheAgentNeeds) {
  Story story;
  ToldLeg& a = story.Add("a", 0);
  a.agent = "ann";
  a.topics = {"x", "y"};
  a.outcome = Outcome::kUnresolved;
  a.has_emotion = true;
  a.has_sentiment = true;
  a.sentiment = -0.5f;
  ToldLeg& b = story.Add("b", kMinute);
  b.parent_id = "a";
  b.relation = Relation::kTransfer;
  b.agent = "bob";
  ToldLeg& c = story.Add("c", kDay, kDay + kHour);
  c.agent = "ann";
  const std::vector<OpenEpisode> open = Open(story, 2 * kDay);
  ASSERT_EQ(open.size(), 1u);
  EXPECT_EQ(open[0].id, (TouchpointKey{"crm", "a"}));
  EXPECT_EQ(open[0].start, At(0));
  EXPECT_EQ(open[0].last_contact_end, At(kDay + kHour));
  EXPECT_THAT(open[0].topics, ElementsAre("x", "y"));
  EXPECT_EQ(open[0].last_outcome, Outcome::kUnresolved);
  EXPECT_EQ(open[0].last_sentiment, -0.5f);
  EXPECT_EQ(open[0].last_emotion, "emotion of a");
  EXPECT_EQ(open[0].transfers, 1u);
  EXPECT_EQ(open[0].agents, 2u);
  EXPECT_EQ(open[0].contact_count, 2u);
  EXPECT_EQ(open[0].contacts.size(), 2u);
  EXPECT_EQ(open[0].contacts[1].id, "c");
}

TEST(OpenEpisodesTest, ListTheNewest64Contacts) {
  Story story;
  for (int i = 0; i < 65; ++i) story.Add(story.Keep(std::to_string(100 + i)), i * kHour);
  const std::vector<OpenEpisode> open = Open(story, 4 * kDay);
  ASSERT_EQ(open.size(), 1u);
  EXPECT_EQ(open[0].contact_count, 65u);
  EXPECT_EQ(open[0].contacts.size(), 64u);
  EXPECT_EQ(open[0].contacts.front().id, "101");
  EXPECT_EQ(open[0].contacts.back().id, "164");
}

TEST(PromiseTest, IsOpenUntilDueThenBroken) {
  Story story;
  ToldLeg& promise = AddPromise(&story, "p", 0, kDay);
  promise.agent = "ann";
  promise.queue = "second";
  EXPECT_EQ(Promises(story, kDay), "p?");
  EXPECT_EQ(Promises(story, kDay + 1), "p!");
  const std::vector<OpenEpisode> open = Open(story, kHour);
  EXPECT_EQ(open[0].promises[0].made, At(0));
  EXPECT_EQ(open[0].promises[0].due, At(kDay));
  EXPECT_EQ(open[0].promises[0].agent, "ann");
  EXPECT_EQ(open[0].promises[0].queue, "second");
}

TEST(PromiseTest, IsKeptByAReplyInTheConversationOrTheEpisodeInTime) {
  const struct {
    std::string_view what;
    int64_t at;
    std::string_view conversation;
    std::string_view parent;
    void (*change)(Leg*);
    std::string_view promises;
  } kCases[] = {
      {"same conversation", kDay, "k", "", [](Leg*) {}, ""},
      {"same episode", kDay, "", "p", [](Leg*) {}, ""},
      {"too late", kDay + 1, "k", "", [](Leg*) {}, "p!"},
      {"elsewhere", kDay, "", "", [](Leg*) {}, "p!"},
      {"other conversation", kDay, "m", "", [](Leg*) {}, "p!"},
      {"automatic", kDay, "k", "", [](Leg* l) { l->automated = true; }, "p!"},
      {"marketing", kDay, "k", "", [](Leg* l) { l->purpose = Purpose::kMarketing; }, "p!"},
      {"inbound", kDay, "k", "", [](Leg* l) { l->direction = Direction::kIn; }, "p!"},
      {"before", -1, "k", "", [](Leg*) {}, "p!"},
  };
  for (const auto& test : kCases) {
    Story story;
    AddPromise(&story, "p", 0, kDay).conversation_id = "k";
    ToldLeg& reply = AddReply(&story, "r", test.at);
    reply.conversation_id = test.conversation;
    reply.parent_id = test.parent;
    test.change(&reply);
    EXPECT_EQ(Promises(story, 3 * kDay), test.promises) << test.what;
  }
}

TEST(PromiseTest, AReplyInAnotherContactOfTheEpisodeKeepsIt) {
  Story story;
  AddPromise(&story, "p", 0, 3 * kDay);
  story.Add("a", kDay);
  AddReply(&story, "r", 2 * kDay).parent_id = "a";
  EXPECT_EQ(Promises(story, 4 * kDay), "");
}

TEST(PromiseTest, AReplyCanPromiseAgain) {
  Story story;
  story.Add("a", 0).conversation_id = "k";
  for (int i = 1; i <= 2; ++i) {
    ToldLeg& again =
        AddPromise(&story, story.Keep("p" + std::to_string(i)), i * kHour, (i + 1) * kHour);
    again.direction = Direction::kOut;
    again.conversation_id = "k";
  }
  EXPECT_EQ(Promises(story, kDay), "p2!");
}

TEST(PromiseTest, OfAConversationBeforeItsFirstContactBelongsToThatContact) {
  Story story;
  ToldLeg& promise = AddPromise(&story, "p", 0, 2 * kDay);
  promise.direction = Direction::kOut;
  promise.conversation_id = "k";
  story.Add("a", kDay).conversation_id = "k";
  EXPECT_EQ(Promises(story, kDay), "p?");
  EXPECT_EQ(Promises(story, 3 * kDay), "p!");
  AddReply(&story, "r", 2 * kDay).conversation_id = "k";
  EXPECT_EQ(Promises(story, 3 * kDay), "");
}

// A customer with something of everything; the full touchpoints are by id.
class ContextTest : public testing::Test {
 protected:
  Context Fill(int64_t now_us) {
    const CompiledPolicy policy{Policy()};
    PolicyJourney journey(&policy, true);
    const Timeline timeline = story_.timeline();
    journey.Rebuild(timeline);
    Context context;
    FillContext(
        timeline, journey, At(now_us), std::chrono::hours(90 * 24),
        [this](const Leg& leg) {
          ++fetched_;
          Touchpoint touchpoint = full_[std::string(leg.id)];
          touchpoint.id = std::string(leg.id);
          return touchpoint;
        },
        &context);
    return context;
  }

  Story story_;
  std::map<std::string, Touchpoint> full_;
  int fetched_ = 0;
};

TEST_F(ContextTest, NobodyHasNothing) {
  const Context context = Fill(0);
  EXPECT_EQ(context.now, At(0));
  EXPECT_FALSE(context.first_seen.has_value());
  EXPECT_FALSE(context.last_contact.has_value());
  EXPECT_EQ(context.contacts, 0u);
  EXPECT_THAT(context.recent, IsEmpty());
  EXPECT_FALSE(context.repeated_effort);
}

TEST_F(ContextTest, CountsContactsByPeriodsThatIncludeNow) {
  const int64_t now = 100 * kDay;
  story_.Add("a", now - 91 * kDay);
  story_.Add("b", now - 90 * kDay);
  story_.Add("c", now - 90 * kDay + 1);
  story_.Add("d", now - 30 * kDay);
  story_.Add("e", now - 7 * kDay);
  story_.Add("f", now - 7 * kDay + 1);
  story_.Add("g", now);
  const Context context = Fill(now);
  EXPECT_EQ(context.contacts_7d, 2u);
  EXPECT_EQ(context.contacts_30d, 3u);
  EXPECT_EQ(context.contacts_90d, 5u);
  EXPECT_EQ(context.contacts, 7u);
  EXPECT_EQ(context.first_seen, At(now - 91 * kDay));
  EXPECT_EQ(context.last_contact, At(now));
}

TEST_F(ContextTest, ListsOutcomesAndFeelingsNewestFirst) {
  for (int i = 0; i < 7; ++i) {
    ToldLeg& leg = story_.Add(story_.Keep(std::to_string(i)), i * kHour);
    leg.outcome = i == 6 ? Outcome::kUnknown : i == 5 ? Outcome::kEscalated : Outcome::kResolved;
    leg.has_sentiment = i != 5;
    leg.sentiment = static_cast<float>(i);
    leg.has_emotion = i == 2 || i == 3;
    full_[std::to_string(i)].emotion = "emotion " + std::to_string(i);
  }
  const Context context = Fill(kDay);
  EXPECT_EQ(context.last_outcome, Outcome::kEscalated);
  ASSERT_EQ(context.recent_outcomes.size(), 5u);
  EXPECT_THAT(context.recent_outcomes.front(), Pair(At(5 * kHour), Outcome::kEscalated));
  EXPECT_THAT(context.recent_outcomes.back(), Pair(At(kHour), Outcome::kResolved));
  EXPECT_THAT(
      context.recent_sentiments,
      ElementsAre(Pair(At(6 * kHour), 6.0f), Pair(At(4 * kHour), 4.0f), Pair(At(3 * kHour), 3.0f),
                  Pair(At(2 * kHour), 2.0f), Pair(At(kHour), 1.0f)));
  EXPECT_EQ(context.last_emotion, "emotion 3");
}

TEST_F(ContextTest, SumsOrdersAndMoney) {
  for (int i = 0; i < 7; ++i) {
    const std::string id = std::to_string(i);
    ToldLeg& leg = story_.Add(story_.Keep(id), i * kDay);
    leg.purpose = Purpose::kPurchase;
    leg.has_orders = true;
    leg.has_money = true;
    full_[id].refs = {{RefType::kProduct, "shoe"}, {RefType::kOrder, i == 6 ? "o5" : "o" + id}};
    full_[id].value = Value{
        .amount_minor = 100 + i, .currency = i == 0 ? "EUR" : "TRY", .kind = ValueKind::kRevenue};
  }
  ToldLeg& complaint = story_.Add("c", 8 * kDay);
  complaint.has_orders = true;
  full_["c"].refs = {{RefType::kOrder, "o1"}};
  ToldLeg& reward = story_.Add("r", 9 * kDay);
  reward.purpose = Purpose::kReward;
  const Context context = Fill(10 * kDay);
  EXPECT_EQ(context.orders, 7u);
  EXPECT_EQ(context.first_order, At(0));
  EXPECT_EQ(context.last_order, At(6 * kDay));
  EXPECT_THAT(context.last_order_ids, ElementsAre("o5", "o4", "o3", "o2", "o1"));
  EXPECT_EQ(context.last_reward, At(9 * kDay));
  ASSERT_EQ(context.money.size(), 2u);
  EXPECT_EQ(context.money[0].currency, "EUR");
  EXPECT_EQ(context.money[0].amount_minor, 100);
  EXPECT_EQ(context.money[1].currency, "TRY");
  EXPECT_EQ(context.money[1].amount_minor, 621);
  EXPECT_EQ(context.money[1].count, 6u);
}

TEST_F(ContextTest, KeepsTheNewestScoreOfAKindAndTheNewestFactOfAKey) {
  const auto fact = [](std::string key, std::string value, bool on_file) {
    return Attribute{.key = std::move(key), .value = std::move(value), .fact = on_file};
  };
  for (int i = 0; i < 3; ++i) {
    ToldLeg& leg = story_.Add(story_.Keep(std::to_string(i)), i * kDay);
    leg.has_scores = true;
    leg.has_facts = true;
  }
  full_["0"].scores = {{ScoreKind::kNps, 3}, {ScoreKind::kCsat, 4}};
  full_["1"].scores = {{ScoreKind::kNps, 9}};
  full_["0"].attributes = {fact("size", "41", true), fact("pet", "cat", true)};
  full_["1"].attributes = {fact("size", "42", true), fact("note", "x", false)};
  full_["2"].attributes = {fact("size", "43", false)};
  const Context context = Fill(10 * kDay);
  ASSERT_EQ(context.last_scores.size(), 2u);
  EXPECT_EQ(context.last_scores[0].kind, ScoreKind::kNps);
  EXPECT_EQ(context.last_scores[0].value, 9);
  EXPECT_EQ(context.last_scores[1].value, 4);
  ASSERT_EQ(context.facts.size(), 2u);
  EXPECT_EQ(context.facts[0].attribute.key, "pet");
  EXPECT_EQ(std::get<std::string>(context.facts[1].attribute.value), "42");
  EXPECT_EQ(context.facts[1].touchpoint.id, "1");
  EXPECT_EQ(context.facts[1].time, At(kDay));
}

TEST_F(ContextTest, ShowsTheNewestTenAndFetchesNothingElse) {
  for (int i = 0; i < 30; ++i) story_.Add(story_.Keep(std::to_string(100 + i)), i * kHour);
  const Context context = Fill(10 * kDay);
  ASSERT_EQ(context.recent.size(), 10u);
  EXPECT_EQ(context.recent.front().id, "129");
  EXPECT_EQ(context.recent.back().id, "120");
  EXPECT_EQ(fetched_, 10);
}

TEST_F(ContextTest, RepeatedEffortIsOfTheNewestOpenEpisode) {
  const struct {
    std::string_view what;
    void (*add)(Story*);
    bool repeated;
  } kCases[] = {
      {"one contact", [](Story*) {}, false},
      {"two contacts", [](Story* s) { s->Add("b", kDay); }, true},
      {"a transfer",
       [](Story* s) {
         ToldLeg& leg = s->Add("b", kMinute);
         leg.parent_id = "a";
         leg.relation = Relation::kTransfer;
       },
       true},
      {"two agents",
       [](Story* s) {
         ToldLeg& leg = s->Add("b", kMinute);
         leg.parent_id = "a";
         leg.agent = "bob";
       },
       true},
      {"two contacts, resolved", [](Story* s) { s->Add("b", kDay).outcome = Outcome::kResolved; },
       false},
      {"a newer episode", [](Story* s) { s->Add("b", 20 * kDay); }, false},
  };
  for (const auto& test : kCases) {
    story_ = Story();
    story_.Add("a", 0).agent = "ann";
    test.add(&story_);
    EXPECT_EQ(Fill(30 * kDay).repeated_effort, test.repeated) << test.what;
  }
}

}  // namespace
}  // namespace cxjourney::journey
