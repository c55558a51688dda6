// Repeat links, returns, maturity and episodes.
#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "tests/journey/story.h"

namespace cxjourney::journey {
namespace {

struct Linked {
  explicit Linked(const Story& story, const Policy& given = Policy(), bool identified = true)
      : policy(given), journey(&policy, identified) {
    journey.Rebuild(story.timeline());
  }
  std::string returns() const {
    std::string ids;
    for (size_t i = 0; i < journey.contacts().size(); ++i) {
      if (journey.HasReturn(static_cast<int32_t>(i))) ids += journey.contacts()[i].first().id;
    }
    return ids;
  }
  CompiledPolicy policy;
  PolicyJourney journey;
};

Policy Parsed(std::string_view text) {
  const Result<Policy> policy = ParsePolicy(text);
  EXPECT_TRUE(policy.ok()) << policy.status().ToString();
  return policy.ok() ? *policy : Policy();
}

TEST(LinkTest, TheWindowIsInclusiveFromTheEndOrTheStart) {
  const struct {
    std::string_view policy;
    int64_t second_us;
    std::string_view repeats;
  } kCases[] = {
      {"next_contact_7d", kHour + 7 * kDay, "b>a:604800"},
      {"next_contact_7d", kHour + 7 * kDay + 1, ""},
      {"anchor=start", 7 * kDay, "b>a:604800"},
      {"anchor=start", 7 * kDay + 1, ""},
      {"next_contact_7d", kMinute, "b>a:0"},
  };
  for (const auto& test : kCases) {
    Story story;
    story.Add("a", 0, kHour);
    story.Add("b", test.second_us);
    EXPECT_EQ(RepeatsOf(Linked(story, Parsed(test.policy)).journey), test.repeats) << test.policy;
  }
}

TEST(LinkTest, ThePriorIsTheLastThatMatchesUnderThisWindow) {
  // a is long and ends last: a short window finds a, a longer one finds b.
  Story story;
  story.Add("a", 0, 10 * kDay);
  story.Add("b", kDay, kDay + kHour);
  story.Add("c", 11 * kDay);
  EXPECT_EQ(RepeatsOf(Linked(story, Parsed("window=2d")).journey), "b>a:0 c>a:86400");
  EXPECT_EQ(RepeatsOf(Linked(story, Parsed("window=20d")).journey), "b>a:0 c>b:860400");
  // Both have a return, though only one of them is the prior.
  EXPECT_EQ(Linked(story, Parsed("window=20d")).returns(), "ab");
}

TEST(LinkTest, AnAbandonedCallIsAReturnButNoBase) {
  Story story;
  story.Add("a", 0);
  story.Add("b", kDay, kDay + kMinute).handled_by = HandledBy::kNone;
  story.Add("c", 2 * kDay);
  const Linked linked(story);
  EXPECT_EQ(RepeatsOf(linked.journey), "b>a:86400 c>a:172800");
  EXPECT_EQ(linked.returns(), "a");
  EXPECT_EQ(EpisodesOf(linked.journey), "a b c");
}

TEST(LinkTest, AnAbandonedCallAloneIsInNoEpisode) {
  Story story;
  story.Add("a", 0, kMinute).handled_by = HandledBy::kNone;
  story.Add("b", kHour);
  const Linked linked(story);
  EXPECT_EQ(EpisodesOf(linked.journey), "b");
  EXPECT_EQ(linked.journey.contacts().front().episode, -1);
}

TEST(LinkTest, TopicsMatchByAnyPair) {
  const struct {
    std::string_view policy;
    Topics first;
    Topics second;
    bool repeats;
  } kCases[] = {
      {"topic=same", {"a/b"}, {"a/b"}, true},
      {"topic=same", {"a/b"}, {"a/c"}, false},
      {"topic=same", {"x", "a/b"}, {"a/b", "y"}, true},
      {"topic=same", {}, {"a/b"}, true},
      {"topic=same", {""}, {"a/b"}, true},
      {"topic=same,unknown_topic=nomatch", {}, {"a/b"}, false},
      {"topic=same,unknown_topic=nomatch", {}, {}, false},
      {"topic=prefix:1", {"a/b"}, {"a/c"}, true},
      {"topic=prefix:1", {"a"}, {"a/c"}, true},
      {"topic=prefix:1", {"ab"}, {"a"}, false},
      {"topic=prefix:2", {"a/b/c"}, {"a/b/d"}, true},
      {"topic=prefix:2", {"a/b/c"}, {"a/c/c"}, false},
      {"topic=prefix:2", {"a"}, {"a/b"}, false},
      {"topic=prefix:2", {"a"}, {"a"}, true},
      {"topic=any", {"a"}, {"b"}, true},
  };
  for (const auto& test : kCases) {
    Story story;
    story.Add("a", 0).topics = test.first;
    story.Add("b", kHour).topics = test.second;
    EXPECT_EQ(!RepeatsOf(Linked(story, Parsed(test.policy)).journey).empty(), test.repeats)
        << test.policy << " " << testing::PrintToString(test.first);
  }
}

TEST(LinkTest, ChannelsMatchAllSameOrByGroup) {
  const struct {
    std::string_view policy;
    Channel first;
    Channel second;
    std::string_view first_name;
    std::string_view second_name;
    bool repeats;
  } kCases[] = {
      {"channels=all", Channel::kPhone, Channel::kSms, "", "", true},
      {"channels=same", Channel::kPhone, Channel::kIvr, "", "", false},
      {"channels=same", Channel::kPhone, Channel::kPhone, "", "", true},
      {"channels=same", Channel::kCustom, Channel::kCustom, "fax", "fax", true},
      {"channels=same", Channel::kCustom, Channel::kCustom, "fax", "pager", false},
      {"channels=same_group", Channel::kPhone, Channel::kIvr, "", "", true},
      {"channels=same_group", Channel::kPhone, Channel::kSms, "", "", false},
      {"channels=same_group", Channel::kWeb, Channel::kApp, "", "", true},
      {"channels=same_group", Channel::kStore, Channel::kKiosk, "", "", true},
      {"channels=same_group", Channel::kCustom, Channel::kCustom, "fax", "pager", false},
      {"channels=same_group", Channel::kCustom, Channel::kCustom, "fax", "fax", true},
  };
  for (const auto& test : kCases) {
    Story story;
    ToldLeg& a = story.Add("a", 0);
    a.channel = test.first;
    a.custom_channel = test.first_name;
    ToldLeg& b = story.Add("b", kHour);
    b.channel = test.second;
    b.custom_channel = test.second_name;
    EXPECT_EQ(!RepeatsOf(Linked(story, Parsed(test.policy)).journey).empty(), test.repeats)
        << test.policy << " " << static_cast<int>(test.first);
  }
}

TEST(LinkTest, FromFirstMeasuresFromTheRoot) {
  Story story;
  story.Add("a", 0);
  story.Add("b", 5 * kDay);
  story.Add("c", 10 * kDay);
  story.Add("d", 15 * kDay);
  const Linked linked(story, Parsed("chain=from_first"));
  EXPECT_EQ(RepeatsOf(linked.journey), "b>a:432000 d>c:432000");
  EXPECT_EQ(EpisodesOf(linked.journey), "a b|c d");
  EXPECT_EQ(linked.returns(), "ac");
}

TEST(LinkTest, FromFirstTestsTopicsAgainstTheRootAndJoinsTheNewestEpisode) {
  Story story;
  story.Add("a", 0).topics = {"x"};
  story.Add("b", kDay).topics = {"y"};
  story.Add("c", 2 * kDay);  // Unknown matches both: the newer.
  story.Add("d", 3 * kDay).topics = {"x"};
  const Linked linked(story, Parsed("chain=from_first,topic=same"));
  EXPECT_EQ(EpisodesOf(linked.journey), "a d|b c");
  EXPECT_EQ(RepeatsOf(linked.journey), "c>b:86400 d>a:259200");
}

TEST(LinkTest, FromFirstNonBaseContactsBelongButAreNoPriors) {
  Story story;
  story.Add("z", -kDay, -kDay + kMinute).handled_by = HandledBy::kNone;
  story.Add("a", 0);
  story.Add("b", kDay, kDay + kMinute).handled_by = HandledBy::kNone;
  story.Add("c", 2 * kDay);
  const Linked linked(story, Parsed("chain=from_first"));
  EXPECT_EQ(RepeatsOf(linked.journey), "b>a:86400 c>a:172800");
  EXPECT_EQ(EpisodesOf(linked.journey), "a b c");
  EXPECT_EQ(linked.journey.contacts().front().episode, -1);
  EXPECT_EQ(linked.returns(), "a");
}

TEST(LinkTest, CalendarComparesLocalDates) {
  const struct {
    std::string_view zone;
    int64_t first_us;
    int64_t second_us;
    bool repeats;
  } kCases[] = {
      // 23:00 on 1 March and 00:30 on 9 March in Istanbul.
      {"Europe/Istanbul", 20 * kHour, 7 * kDay + 21 * kHour + 30 * kMinute, false},
      // 00:30 on 1 March and 23:30 on 8 March in Istanbul.
      {"Europe/Istanbul", -150 * kMinute, 7 * kDay + 20 * kHour + 30 * kMinute, true},
      {"+03:00", 20 * kHour, 7 * kDay + 21 * kHour + 30 * kMinute, false},
      {"+03:00", -150 * kMinute, 7 * kDay + 20 * kHour + 30 * kMinute, true},
      {"+00:00", 20 * kHour, 7 * kDay + 21 * kHour + 30 * kMinute, true},
      // Clocks go forward in Berlin on 29 March: 22 to 29 March is 167 hours.
      {"Europe/Berlin", 21 * kDay, 28 * kDay + 21 * kHour, true},
      {"Europe/Berlin", 21 * kDay, 28 * kDay + 22 * kHour, false},
  };
  for (const auto& test : kCases) {
    Story story;
    story.Add("a", test.first_us);
    story.Add("b", test.second_us);
    const Policy policy = Parsed("calendar_days(7@" + std::string(test.zone) + ")");
    EXPECT_EQ(!RepeatsOf(Linked(story, policy).journey).empty(), test.repeats)
        << test.zone << " " << test.first_us / kMinute;
  }
}

TEST(LinkTest, AnUnknownZoneFallsBackToTheOffset) {
  Story story;
  story.Add("a", 20 * kHour);
  story.Add("b", 7 * kDay + 21 * kHour + 30 * kMinute);
  Policy policy = Parsed("calendar_days");
  policy.calendar->zone = "Europe/Nowhere";
  EXPECT_EQ(RepeatsOf(Linked(story, policy).journey), "b>a:610200");
  policy.calendar->utc_offset_min = 180;
  EXPECT_EQ(RepeatsOf(Linked(story, policy).journey), "");
}

TEST(LinkTest, MatureWhenTheWindowIsOver) {
  Story story;
  story.Add("a", 0, kHour);
  const struct {
    std::string_view policy;
    int64_t mature_at_us;
  } kCases[] = {
      {"next_contact_7d", 7 * kDay + kHour},
      {"anchor=start", 7 * kDay},
      {"calendar_days(7)", 8 * kDay},
      {"calendar_days(7@Europe/Istanbul)", 8 * kDay - 3 * kHour},
      // The clocks went forward meanwhile.
      {"calendar_days(30@Europe/Berlin)", 31 * kDay - 2 * kHour},
  };
  for (const auto& test : kCases) {
    const Linked linked(story, Parsed(test.policy));
    EXPECT_FALSE(linked.journey.IsMature(0, kMarch + test.mature_at_us - 1)) << test.policy;
    EXPECT_TRUE(linked.journey.IsMature(0, kMarch + test.mature_at_us)) << test.policy;
  }
}

TEST(LinkTest, TheLastAndTheFirstMomentOfTimeDoNotOverflow) {
  Story story;
  ToldLeg& first = story.Add("a", 0);
  first.time_us = first.end_us = std::numeric_limits<int64_t>::min() + 1;
  ToldLeg& last = story.Add("b", 0);
  last.time_us = last.end_us = std::numeric_limits<int64_t>::max() - 1;
  for (std::string_view text : {"next_contact_7d", "calendar_days(7)", "chain=from_first"}) {
    const Linked linked(story, Parsed(text));
    EXPECT_EQ(RepeatsOf(linked.journey), "") << text;
    EXPECT_EQ(linked.returns(), "") << text;
    EXPECT_TRUE(linked.journey.IsMature(0, kMarch)) << text;
  }
}

TEST(LinkTest, UnidentifiedContactsNeverRepeat) {
  Story story;
  story.Add("a", 0);
  story.Add("b", kHour);
  story.Add("c", 2 * kHour, 2 * kHour + kMinute).handled_by = HandledBy::kNone;
  for (std::string_view text : {"next_contact_7d", "chain=from_first"}) {
    const Linked linked(story, Parsed(text), false);
    EXPECT_EQ(RepeatsOf(linked.journey), "");
    EXPECT_EQ(linked.returns(), "");
    EXPECT_EQ(EpisodesOf(linked.journey), "a|b");
  }
}

TEST(LinkTest, AppendReportsOwnAndOtherChanges) {
  // The chat's topic becomes known only after a call about it: the call was no repeat of it.
  Story story;
  ToldLeg& chat = story.Add("a", 0);
  chat.conversation_id = "k";
  chat.topics = {"x"};
  story.Add("b", kHour).topics = {"y"};
  ToldLeg& late = story.Add("c", 2 * kHour);
  late.conversation_id = "k";
  late.topics = {"y"};
  const CompiledPolicy policy(Parsed("topic=same"));
  PolicyJourney journey(&policy, true);
  std::vector<PriorChange> changes;
  const Timeline timeline = story.timeline();
  journey.Append(timeline[0], &changes);
  journey.Append(timeline[1], &changes);
  EXPECT_TRUE(changes.empty());
  journey.Append(timeline[2], &changes);
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].contact, timeline[1]);
  EXPECT_EQ(changes[0].prior, timeline[0]);
  EXPECT_EQ(changes[0].old_prior, nullptr);
  EXPECT_EQ(EpisodesOf(journey), "a b");
}

}  // namespace
}  // namespace cxjourney::journey
