// Transitions and funnels: told cases, and random timelines against the definitions.
#include "journey/flow.h"

#include <gtest/gtest.h>

#include <functional>
#include <random>
#include <string>
#include <vector>

#include "journey/channels.h"
#include "tests/journey/story.h"

namespace cxjourney::journey {
namespace {

// "start>phone 1": each transition and its count.
std::string Told(const TransitionReport& report) {
  const auto name = [](const std::optional<Channel>& channel, const char* nowhere) {
    return channel ? std::string(ChannelName(*channel)) : std::string(nowhere);
  };
  std::string text;
  for (const Transition& transition : report.transitions) {
    if (!text.empty()) text += ", ";
    text += name(transition.from, "start") + ">" + name(transition.to, "end") + " " +
            std::to_string(transition.count);
  }
  return text;
}

TEST(TransitionTest, CountsWhatDirectlyFollowsWhat) {
  Story first;
  first.Add("a", 0).channel = Channel::kWebChat;
  first.Add("c", 2 * kHour);
  first.Add("b", kHour);  // Told late: the order is that of the times.
  Story second;
  second.Add("a", 0);
  TransitionBuilder builder({});
  builder.Add(first.timeline());
  builder.Add(second.timeline());
  builder.Add({});
  const TransitionReport report = builder.Finish();
  EXPECT_EQ(report.journeys, 2);
  EXPECT_EQ(report.touchpoints, 4);
  EXPECT_EQ(Told(report),
            "phone>end 2, start>phone 1, start>web_chat 1, phone>phone 1, web_chat>phone 1");
}

TEST(TransitionTest, WhatIsOutsideThePeriodIsNotThere) {
  Story story;
  story.Add("a", 0);
  story.Add("b", kHour).channel = Channel::kEmail;
  story.Add("c", 2 * kHour).channel = Channel::kSms;
  story.Add("d", 3 * kHour);
  TransitionBuilder builder({At(kHour), At(3 * kHour)});
  builder.Add(story.timeline());
  EXPECT_EQ(Told(builder.Finish()), "start>email 1, sms>end 1, email>sms 1");
  EXPECT_EQ(builder.Finish().touchpoints, 2);
}

FunnelStep On(Purpose purpose) { return {{}, {purpose}, {}}; }

FunnelReport Funnel(const FunnelQuery& query, const std::vector<const Story*>& stories) {
  EXPECT_TRUE(ValidateFunnel(query).ok());
  FunnelBuilder builder(query);
  for (const Story* story : stories) builder.Add(story->timeline());
  return builder.Finish();
}

TEST(FunnelTest, TheWindowIsThatOfTheFirstStep) {
  Story in_time;
  in_time.Add("a", 0).purpose = Purpose::kBrowse;
  in_time.Add("b", kDay);
  in_time.Add("c", 7 * kDay).purpose = Purpose::kPurchase;
  Story late;
  late.Add("a", 0).purpose = Purpose::kBrowse;
  late.Add("b", kDay);
  late.Add("c", 7 * kDay + 1).purpose = Purpose::kPurchase;
  Story begun_anew;  // The second view's window takes the purchase, but no request is behind it.
  begun_anew.Add("a", 0).purpose = Purpose::kBrowse;
  begun_anew.Add("b", kDay);
  begun_anew.Add("c", 2 * kDay).purpose = Purpose::kBrowse;
  begun_anew.Add("d", 8 * kDay).purpose = Purpose::kPurchase;
  const FunnelQuery query = {{On(Purpose::kBrowse), On(Purpose::kRequest), On(Purpose::kPurchase)},
                             std::chrono::hours(7 * 24)};
  EXPECT_EQ(Funnel(query, {&in_time}).reached, (std::vector<int64_t>{1, 1, 1}));
  EXPECT_EQ(Funnel(query, {&late}).reached, (std::vector<int64_t>{1, 1, 0}));
  EXPECT_EQ(Funnel(query, {&begun_anew}).reached, (std::vector<int64_t>{1, 1, 0}));
  EXPECT_EQ(Funnel(query, {&in_time, &late, &begun_anew}).reached, (std::vector<int64_t>{3, 3, 1}));
  EXPECT_EQ(Funnel(query, {&in_time, &late}).journeys, 2);
}

TEST(FunnelTest, ATouchpointIsOneStepOnly) {
  Story story;
  story.Add("a", 0);
  FunnelQuery query = {{On(Purpose::kRequest), On(Purpose::kRequest)}};
  EXPECT_EQ(Funnel(query, {&story}).reached, (std::vector<int64_t>{1, 0}));
  story.Add("b", 0);
  EXPECT_EQ(Funnel(query, {&story}).reached, (std::vector<int64_t>{1, 1}));
}

TEST(FunnelTest, StepsSayChannelPurposeAndDirection) {
  Story story;
  story.Add("a", 0).channel = Channel::kEmail;
  FunnelStep step = {{Channel::kPhone, Channel::kEmail}, {Purpose::kRequest}, Direction::kIn};
  EXPECT_EQ(Funnel({{step}}, {&story}).reached.front(), 1);
  step.direction = Direction::kOut;
  EXPECT_EQ(Funnel({{step}}, {&story}).reached.front(), 0);
  step = {{Channel::kPhone}, {}, {}};
  EXPECT_EQ(Funnel({{step}}, {&story}).reached.front(), 0);
  EXPECT_EQ(Funnel({{FunnelStep()}}, {&story}).reached.front(), 1);
}

TEST(FunnelTest, RefusesWhatIsNoFunnel) {
  EXPECT_FALSE(ValidateFunnel({}).ok());
  EXPECT_FALSE(ValidateFunnel({std::vector<FunnelStep>(33)}).ok());
  EXPECT_TRUE(ValidateFunnel({std::vector<FunnelStep>(32)}).ok());
  EXPECT_FALSE(ValidateFunnel({{FunnelStep()}, Duration::zero()}).ok());
  EXPECT_FALSE(ValidateFunnel({{FunnelStep{{static_cast<Channel>(18)}, {}, {}}}}).ok());
}

// The definition: the longest prefix of steps for which legs can be chosen, in order.
size_t LevelByDefinition(const FunnelQuery& query, const Timeline& timeline) {
  const auto takes = [&](size_t step, const Leg& leg) {
    return query.steps[step].purposes.front() == leg.purpose;
  };
  size_t best = 0;
  const std::function<void(size_t, size_t, int64_t)> choose = [&](size_t step, size_t first,
                                                                  int64_t start_us) {
    best = std::max(best, step);
    if (step == query.steps.size()) return;
    for (size_t i = first; i < timeline.size(); ++i) {
      if (!takes(step, *timeline[i])) continue;
      const int64_t begun = step == 0 ? timeline[i]->time_us : start_us;
      if (timeline[i]->time_us - begun <= query.window.count()) choose(step + 1, i + 1, begun);
    }
  };
  choose(0, 0, 0);
  return best;
}

TEST(FunnelTest, AgreesWithTheDefinitionOnRandomTimelines) {
  std::mt19937_64 random(42);
  const auto below = [&](uint64_t n) { return static_cast<int64_t>(random() % n); };
  constexpr Purpose kPurposes[] = {Purpose::kBrowse, Purpose::kRequest, Purpose::kPurchase};
  const auto purpose = [&] { return kPurposes[below(3)]; };
  int whole = 0;
  for (int round = 0; round < 3000; ++round) {
    Story story;
    for (int64_t i = below(9); i > 0; --i) {
      story.Add(std::to_string(i), below(20) * kHour).purpose = purpose();
    }
    FunnelQuery query;
    for (int64_t i = 1 + below(4); i > 0; --i) query.steps.push_back(On(purpose()));
    query.window = std::chrono::hours(1 + below(20));
    const size_t level = LevelByDefinition(query, story.timeline());
    const FunnelReport report = Funnel(query, {&story});
    for (size_t step = 0; step < query.steps.size(); ++step) {
      ASSERT_EQ(report.reached[step], step < level ? 1 : 0) << "round " << round;
    }
    whole += level == query.steps.size() ? 1 : 0;
  }
  EXPECT_GT(whole, 300);
}

}  // namespace
}  // namespace cxjourney::journey
