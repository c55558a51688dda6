// Every measure by a small case of its own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <utility>

#include "tests/journey/story.h"

namespace cxjourney {
inline namespace v1 {

// For comparisons and failure messages; found by argument, so in the type's own namespace.
static bool operator==(const Ratio& a, const Ratio& b) {
  return a.numerator == b.numerator && a.denominator == b.denominator;
}
static void PrintTo(const Ratio& ratio, std::ostream* out) {
  *out << ratio.numerator << "/" << ratio.denominator;
}

}  // namespace v1

namespace journey {
namespace {

using testing::ElementsAre;
using testing::Pair;

class Question {
 public:
  explicit Question(std::string_view policy = "next_contact_7d") : policy_(*ParsePolicy(policy)) {}

  Question& Add(Story story, bool identified = true) {
    journeys_.emplace_back(std::move(story), identified);
    return *this;
  }

  RepeatReport Ask(int64_t watermark_us = 60 * kDay) const {
    MeasureBuilder builder(&policy_, query, At(watermark_us));
    uint64_t customer = 0;
    for (const auto& [story, identified] : journeys_) {
      const Timeline timeline = story.timeline();
      PolicyJourney journey(&policy_, identified);
      journey.Rebuild(timeline);
      builder.Add(static_cast<CustomerId>(++customer), timeline, journey, scores);
    }
    return builder.Finish();
  }
  Measures Total(int64_t watermark_us = 60 * kDay) const { return Ask(watermark_us).total; }

  RepeatQuery query;
  std::function<std::vector<Score>(const Leg&)> scores = NoScores;

 private:
  CompiledPolicy policy_;
  std::deque<std::pair<Story, bool>> journeys_;
};

Story One(Outcome outcome, std::string_view topic = "") {
  Story story;
  ToldLeg& leg = story.Add("x", 0);
  leg.outcome = outcome;
  if (!topic.empty()) leg.topics = {topic};
  return story;
}

// Tom once, John twice, Betty once: four definitions of the same thing.
TEST(MeasuresTest, FourPublishedDefinitionsOfOneDataSet) {
  Story tom, john, betty;
  tom.Add("t1", 0);
  john.Add("j1", kHour);
  john.Add("j2", 2 * kHour);
  betty.Add("b1", 3 * kHour);
  const Measures measures =
      Question().Add(std::move(tom)).Add(std::move(john)).Add(std::move(betty)).Total();
  EXPECT_EQ(measures.contacts, 4);
  EXPECT_EQ(measures.base_contacts, 4);
  EXPECT_EQ(measures.episodes, 3);
  EXPECT_EQ(measures.longest_episode, 2);
  EXPECT_EQ(measures.rcr, (Ratio{1, 4}));
  EXPECT_EQ(measures.fcr_forward, (Ratio{3, 4}));
  EXPECT_EQ(measures.fcr_issue, (Ratio{2, 3}));
  EXPECT_EQ(measures.one_and_done, (Ratio{2, 4}));
  EXPECT_EQ(measures.identified, (Ratio{4, 4}));
}

TEST(MeasuresTest, NothingIsNoShare) {
  const Measures measures = Question().Total();
  for (const Ratio& ratio :
       {measures.identified, measures.rcr, measures.fcr_forward, measures.fcr_issue,
        measures.fpr_issue, measures.one_and_done, measures.resolved_strict, measures.fcr_survey,
        measures.bot_contained_no_return, measures.fcr_forward_bounds.lower,
        measures.fcr_issue_bounds.upper}) {
    EXPECT_EQ(ratio, (Ratio{0, 0}));
    EXPECT_FALSE(ratio.value().has_value());
  }
}

TEST(MeasuresTest, TheOutcomeDecidesAboutAnIssueOfOneContact) {
  const struct {
    Outcome outcome;
    int64_t issue;
    int64_t strict;
  } kCases[] = {
      {Outcome::kUnspecified, 1, 0},     {Outcome::kUnknown, 1, 0},
      {Outcome::kResolved, 1, 1},        {Outcome::kResolvedConfirmed, 1, 1},
      {Outcome::kUnresolved, 0, 0},      {Outcome::kEscalated, 0, 0},
      {Outcome::kPendingCustomer, 1, 0}, {Outcome::kPendingCompany, 0, 0},
      {Outcome::kAbandoned, 1, 0},       {Outcome::kFailed, 0, 0},
  };
  for (const auto& test : kCases) {
    const Measures measures = Question().Add(One(test.outcome)).Total();
    EXPECT_EQ(measures.fcr_issue, (Ratio{test.issue, 1})) << static_cast<int>(test.outcome);
    EXPECT_EQ(measures.resolved_strict, (Ratio{test.strict, 1})) << static_cast<int>(test.outcome);
    EXPECT_EQ(measures.fcr_forward, (Ratio{1, 1}));
    EXPECT_EQ(measures.one_and_done, (Ratio{1, 1}));
  }
}

TEST(MeasuresTest, ATransferFailsTheFirstPointOnly) {
  for (Relation relation : {Relation::kTransfer, Relation::kConsult, Relation::kCallback}) {
    Story story;
    story.Add("a", 0);
    ToldLeg& second = story.Add("b", kMinute);
    second.parent_id = "a";
    second.relation = relation;
    const Measures measures = Question().Add(std::move(story)).Total();
    EXPECT_EQ(measures.fcr_issue, (Ratio{1, 1}));
    EXPECT_EQ(measures.fpr_issue, (Ratio{relation == Relation::kTransfer ? 0 : 1, 1}));
  }
}

TEST(MeasuresTest, ImmatureContactsAreReportedWithBounds) {
  Story returned, quiet, fresh, fresh_returned;
  returned.Add("a", 0);
  returned.Add("b", kDay);
  quiet.Add("c", 0);
  fresh.Add("d", 8 * kDay);
  fresh_returned.Add("e", 8 * kDay);
  fresh_returned.Add("f", 9 * kDay).outcome = Outcome::kResolved;
  const Measures measures = Question()
                                .Add(std::move(returned))
                                .Add(std::move(quiet))
                                .Add(std::move(fresh))
                                .Add(std::move(fresh_returned))
                                .Total(10 * kDay);
  EXPECT_EQ(measures.base_contacts, 6);
  EXPECT_EQ(measures.immature_base, 3);
  EXPECT_EQ(measures.fcr_forward, (Ratio{2, 3}));  // Of a, b, c: b and c.
  EXPECT_EQ(measures.fcr_forward_bounds.lower, (Ratio{2, 6}));
  EXPECT_EQ(measures.fcr_forward_bounds.upper, (Ratio{4, 6}));  // And d and f so far.
  EXPECT_EQ(measures.episodes, 4);
  EXPECT_EQ(measures.immature_episodes, 2);
  EXPECT_EQ(measures.fcr_issue, (Ratio{1, 2}));
  EXPECT_EQ(measures.fcr_issue_bounds.lower, (Ratio{1, 4}));
  EXPECT_EQ(measures.fcr_issue_bounds.upper, (Ratio{2, 4}));
  EXPECT_EQ(measures.one_and_done, (Ratio{1, 3}));
}

TEST(MeasuresTest, ThePeriodIsByStartAndLooksBack) {
  Story story;
  story.Add("a", 0);
  story.Add("b", 3 * kDay);
  story.Add("c", 10 * kDay);
  story.Add("d", 12 * kDay);
  Question question;
  question.Add(std::move(story));
  question.query.from = At(3 * kDay);
  question.query.until = At(12 * kDay);
  question.query.list_contacts = true;
  question.query.list_episodes = true;
  const RepeatReport report = question.Ask();
  EXPECT_EQ(report.total.contacts, 2);                 // b at `from` and c; not d at `until`.
  EXPECT_EQ(report.total.rcr, (Ratio{2, 2}));          // b repeats a, before the period.
  EXPECT_EQ(report.total.fcr_forward, (Ratio{0, 2}));  // c has d, after the period.
  EXPECT_EQ(report.total.episodes, 0);                 // The root is before the period.
  EXPECT_EQ(report.total.fcr_issue, (Ratio{0, 0}));
  EXPECT_EQ(report.contacts.size(), 2u);
  EXPECT_TRUE(report.episodes.empty());
}

TEST(MeasuresTest, UnidentifiedContactsCountAndNeverRepeat) {
  Story known, unknown;
  known.Add("a", 0);
  known.Add("b", kHour);
  unknown.Add("c", 0);
  unknown.Add("d", kHour);
  const Measures measures = Question().Add(std::move(known)).Add(std::move(unknown), false).Total();
  EXPECT_EQ(measures.identified, (Ratio{2, 4}));
  EXPECT_EQ(measures.rcr, (Ratio{1, 4}));
  EXPECT_EQ(measures.fcr_forward, (Ratio{3, 4}));
  EXPECT_EQ(measures.fcr_issue, (Ratio{2, 3}));
}

TEST(MeasuresTest, NetLeavesTopicsOutOfTheBaseOnly) {
  Question question;
  question.Add(One(Outcome::kUnresolved, "hardware/repair")).Add(One(Outcome::kResolved, "faq"));
  EXPECT_FALSE(question.Ask().net.has_value());
  question.query.net_of_topics = {"hardware"};
  const RepeatReport report = question.Ask();
  EXPECT_EQ(report.total.fcr_issue, (Ratio{1, 2}));
  ASSERT_TRUE(report.net.has_value());
  EXPECT_EQ(report.net->contacts, 2);
  EXPECT_EQ(report.net->base_contacts, 1);
  EXPECT_EQ(report.net->rcr, (Ratio{0, 2}));
  EXPECT_EQ(report.net->fcr_forward, (Ratio{1, 1}));
  EXPECT_EQ(report.net->fcr_issue, (Ratio{1, 1}));
}

TEST(MeasuresTest, BotContainmentLooksAtEveryLeg) {
  const auto bot = [](HandledBy second, Purpose purpose) {
    Story story;
    ToldLeg& a = story.Add("a", 0);
    a.handled_by = HandledBy::kBot;
    a.conversation_id = "k";
    ToldLeg& b = story.Add("b", kMinute);
    b.handled_by = second;
    b.purpose = purpose;
    b.conversation_id = "k";
    return Question().Add(std::move(story)).Total().bot_contained_no_return;
  };
  EXPECT_EQ(bot(HandledBy::kBot, Purpose::kRequest), (Ratio{1, 1}));
  EXPECT_EQ(bot(HandledBy::kHuman, Purpose::kRequest), (Ratio{0, 0}));
  EXPECT_EQ(bot(HandledBy::kBot, Purpose::kThanks), (Ratio{1, 1}));
  EXPECT_EQ(bot(HandledBy::kHuman, Purpose::kThanks), (Ratio{0, 0}));

  Story then_human;
  then_human.Add("a", 0).handled_by = HandledBy::kBot;
  then_human.Add("b", kHour);
  const Measures measures = Question().Add(std::move(then_human)).Total();
  EXPECT_EQ(measures.bot_contained_no_return, (Ratio{0, 1}));
}

TEST(MeasuresTest, SurveyAnswersCountByTheTimeOfTheAnswer) {
  Story story;
  ToldLeg& call = story.Add("a", 0);
  call.topics = {"t"};
  for (std::string_view id : {"s1", "s2", "s3"}) {
    ToldLeg& answer = story.Add(id, id == "s3" ? 40 * kDay : kDay);
    answer.purpose = Purpose::kFeedback;
    answer.has_scores = true;
  }
  Question question;
  question.Add(std::move(story));
  question.query.until = At(30 * kDay);
  question.query.group_by = RepeatQuery::GroupBy::kTopic;
  question.scores = [](const Leg& leg) -> std::vector<Score> {
    Score fcr;
    fcr.kind = ScoreKind::kFcr;
    fcr.value = leg.id == "s1" ? 1 : 0;
    fcr.about_id = "a";
    Score nps;
    nps.kind = ScoreKind::kNps;
    nps.value = 10;
    return {fcr, nps};
  };
  const RepeatReport report = question.Ask();
  EXPECT_EQ(report.total.fcr_survey, (Ratio{1, 2}));
  ASSERT_EQ(report.groups.size(), 1u);  // Both answers are about a call of topic t.
  EXPECT_EQ(report.groups[0].label, "t");
  EXPECT_EQ(report.groups[0].measures.fcr_survey, (Ratio{1, 2}));
}

TEST(MeasuresTest, DefaultedPurposesAreCountedInThePeriod) {
  Story story;
  story.Add("a", 0).purpose_defaulted = true;
  ToldLeg& visit = story.Add("b", kDay);
  visit.purpose = Purpose::kBrowse;
  visit.purpose_defaulted = true;
  story.Add("c", 9 * kDay).purpose_defaulted = true;
  Question question;
  question.Add(std::move(story));
  question.query.until = At(5 * kDay);
  EXPECT_EQ(question.Total().defaulted_purposes, 2);
}

TEST(MeasuresTest, ChannelSwitchesCompareCustomChannelsByName) {
  Story story;
  const std::string_view kNames[] = {"", "fax", "fax", "pager"};
  for (int i = 0; i < 4; ++i) {
    ToldLeg& leg = story.Add(story.Keep(std::to_string(i)), i * kHour);
    if (i > 0) leg.channel = Channel::kCustom;
    leg.custom_channel = kNames[i];
  }
  EXPECT_EQ(Question().Add(std::move(story)).Total().channel_switch_repeats, 2);
}

TEST(MeasuresTest, GroupsAreByCountThenLabelWithTheirPriors) {
  Story first, second;
  first.Add("a", 0).channel = Channel::kWebChat;
  first.Add("b", kHour);
  first.Add("c", 2 * kHour);
  second.Add("d", 0).channel = Channel::kEmail;
  Question question;
  question.Add(std::move(first)).Add(std::move(second));
  question.query.group_by = RepeatQuery::GroupBy::kChannel;
  const RepeatReport report = question.Ask();
  ASSERT_EQ(report.groups.size(), 3u);
  EXPECT_EQ(report.groups[0].label, "phone");
  EXPECT_EQ(report.groups[0].measures.rcr, (Ratio{2, 2}));
  EXPECT_THAT(report.groups[0].repeats_by_prior,
              ElementsAre(Pair("phone", 1), Pair("web_chat", 1)));
  EXPECT_EQ(report.groups[1].label, "email");
  EXPECT_EQ(report.groups[2].label, "web_chat");
  EXPECT_EQ(report.groups[2].measures.fcr_issue, (Ratio{0, 1}));  // The root's group.
}

TEST(MeasuresTest, AContactOfSeveralTopicsCountsInEach) {
  Story story;
  story.Add("a", 0).topics = {"x", "y", "x"};
  story.Add("b", kHour).queue = "second";
  Question question;
  question.Add(std::move(story));
  question.query.group_by = RepeatQuery::GroupBy::kTopic;
  const RepeatReport topics = question.Ask();
  ASSERT_EQ(topics.groups.size(), 3u);
  EXPECT_EQ(topics.groups[0].label, "(none)");
  EXPECT_THAT(topics.groups[0].repeats_by_prior, ElementsAre(Pair("x", 1), Pair("y", 1)));
  EXPECT_EQ(topics.groups[1].label, "x");
  EXPECT_EQ(topics.groups[1].measures.contacts, 1);
  EXPECT_EQ(topics.total.contacts, 2);
  question.query.group_by = RepeatQuery::GroupBy::kQueue;
  const RepeatReport queues = question.Ask();
  ASSERT_EQ(queues.groups.size(), 2u);
  EXPECT_EQ(queues.groups[1].label, "second");
}

TEST(MeasuresTest, ListsSayEverythingAboutContactsAndEpisodes) {
  Story story;
  ToldLeg& a = story.Add("a", kHour, 2 * kHour);
  a.channel = Channel::kWebChat;
  a.conversation_id = "k";
  a.topics = {"t"};
  ToldLeg& b = story.Add("b", 3 * kHour);
  b.conversation_id = "k";
  b.direction = Direction::kOut;
  b.relation = Relation::kTransfer;
  b.queue = "q";
  ToldLeg& c = story.Add("c", 4 * kHour);
  c.conversation_id = "k";
  c.direction = Direction::kOut;
  c.automated = true;
  story.Add("d", 5 * kHour, 6 * kHour).outcome = Outcome::kResolved;
  Question question;
  question.Add(std::move(story));
  question.query.list_contacts = true;
  question.query.list_episodes = true;
  const RepeatReport report = question.Ask(7 * kDay + 4 * kHour);
  ASSERT_EQ(report.contacts.size(), 2u);
  const Contact& first = report.contacts[0];
  EXPECT_EQ(first.id, (TouchpointKey{"crm", "a"}));
  EXPECT_EQ(first.customer, static_cast<CustomerId>(1));
  EXPECT_EQ(first.start, At(kHour));
  EXPECT_EQ(first.end, At(3 * kHour));
  EXPECT_EQ(first.channel, Channel::kWebChat);
  EXPECT_EQ(first.purpose, Purpose::kRequest);
  EXPECT_THAT(first.topics, ElementsAre("t"));
  EXPECT_EQ(first.queue, "q");
  EXPECT_TRUE(first.base && first.mature && first.has_return);
  EXPECT_FALSE(first.prior.has_value());
  EXPECT_EQ(first.legs.size(), 3u);
  EXPECT_EQ(first.transfers, 1u);
  EXPECT_EQ(first.agent_replies, 1u);
  EXPECT_EQ(first.customer_messages, 1u);
  const Contact& second = report.contacts[1];
  EXPECT_FALSE(second.mature);
  EXPECT_EQ(second.outcome, Outcome::kResolved);
  EXPECT_EQ(second.prior, first.id);
  EXPECT_EQ(second.gap, std::chrono::hours(2));
  EXPECT_EQ(second.episode, first.id);
  ASSERT_EQ(report.episodes.size(), 1u);
  EXPECT_EQ(report.episodes[0].id, first.id);
  EXPECT_THAT(report.episodes[0].contacts, ElementsAre(first.id, second.id));
  EXPECT_THAT(report.episodes[0].channels, ElementsAre(Channel::kWebChat, Channel::kPhone));
  EXPECT_EQ(report.episodes[0].start, At(kHour));
  EXPECT_EQ(report.episodes[0].end, At(6 * kHour));
}

}  // namespace
}  // namespace journey
}  // namespace cxjourney
