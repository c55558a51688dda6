#include "cxjourney/policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace cxjourney {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;

Policy Parse(std::string_view text) {
  const Result<Policy> policy = ParsePolicy(text);
  EXPECT_TRUE(policy.ok()) << text << ": " << policy.status().ToString();
  return policy.ok() ? *policy : Policy();
}

TEST(PolicyPresetTest, NamesAllParseToThemselvesAndAreValid) {
  EXPECT_THAT(PolicyPresetNames(),
              ElementsAre("next_contact_7d", "same_topic_7d", "same_topic_30d", "callback_24h",
                          "calendar_days", "queuemetrics_168h"));
  for (const std::string& name : PolicyPresetNames()) {
    const Policy policy = Parse(name);
    EXPECT_EQ(policy.name, name);
    EXPECT_TRUE(ValidatePolicy(policy).ok()) << name;
  }
}

TEST(PolicyPresetTest, SaysWhatItsNamePromises) {
  EXPECT_EQ(Parse("next_contact_7d").window, hours(168));
  EXPECT_EQ(Parse("next_contact_7d").topic, TopicMatch::kAny);
  EXPECT_EQ(Parse("next_contact_7d").anchor, AnchorPoint::kEnd);
  EXPECT_EQ(Parse("same_topic_7d").topic, TopicMatch::kSame);
  EXPECT_EQ(Parse("same_topic_30d").window, hours(30 * 24));
  EXPECT_EQ(Parse("same_topic_30d").topic, TopicMatch::kSame);
  EXPECT_EQ(Parse("callback_24h").window, hours(24));
  EXPECT_THAT(Parse("queuemetrics_168h").only_channels, ElementsAre(Channel::kPhone));
  EXPECT_EQ(Parse("queuemetrics_168h").window, hours(168));

  const Policy days = Parse("calendar_days");
  ASSERT_TRUE(days.calendar.has_value());
  EXPECT_EQ(days.calendar->days, 7u);
  EXPECT_EQ(days.anchor, AnchorPoint::kStart);
}

TEST(ParsePolicyTest, ReadsEveryField) {
  const Policy policy = Parse(
      "same_topic_7d,name=mine,window=3d,anchor=start,topic=prefix:2,unknown_topic=nomatch,"
      "channels=same_group,chain=from_first,fold_gap=12h,short_abandon=10s,"
      "exclude_base_topics=a/b|c,calendar=45@Europe/Istanbul,only_channels=phone|web_chat,"
      "forwarded_within=15m");
  EXPECT_EQ(policy.name, "mine");
  EXPECT_EQ(policy.window, hours(72));
  EXPECT_EQ(policy.anchor, AnchorPoint::kStart);
  EXPECT_EQ(policy.topic, TopicMatch::kPrefix);
  EXPECT_EQ(policy.topic_prefix, 2u);
  EXPECT_FALSE(policy.unknown_topic_matches);
  EXPECT_EQ(policy.channels, ChannelMatch::kSameGroup);
  EXPECT_EQ(policy.chain, Chain::kFromFirst);
  EXPECT_EQ(policy.fold_gap, hours(12));
  EXPECT_EQ(policy.short_abandon, seconds(10));
  EXPECT_THAT(policy.exclude_base_topics, ElementsAre("a/b", "c"));
  ASSERT_TRUE(policy.calendar.has_value());
  EXPECT_EQ(policy.calendar->days, 45u);
  EXPECT_EQ(policy.calendar->zone, "Europe/Istanbul");
  EXPECT_THAT(policy.only_channels, ElementsAre(Channel::kPhone, Channel::kWebChat));
  EXPECT_EQ(policy.forwarded_within, seconds(900));
}

TEST(ParsePolicyTest, NamesAVariantAfterItsTextUnlessItHasAName) {
  EXPECT_EQ(Parse("next_contact_7d,window=3d").name, "next_contact_7d,window=3d");
  EXPECT_EQ(Parse("window=3d").name, "window=3d");
  EXPECT_EQ(Parse("calendar_days(45)").name, "calendar_days(45)");
  EXPECT_EQ(Parse("window=3d,name=three").name, "three");
}

TEST(ParsePolicyTest, ReadsCalendars) {
  EXPECT_EQ(Parse("calendar_days(45)").calendar->days, 45u);
  EXPECT_EQ(Parse("calendar_days(45)").anchor, AnchorPoint::kStart);
  EXPECT_EQ(Parse("calendar_days(45@Asia/Tokyo)").calendar->zone, "Asia/Tokyo");
  EXPECT_EQ(Parse("calendar=7@+03:00").calendar->utc_offset_min, 180);
  EXPECT_EQ(Parse("calendar=7@-03:30").calendar->utc_offset_min, -210);
  EXPECT_FALSE(Parse("calendar_days,calendar=off").calendar.has_value());
}

TEST(ParsePolicyTest, NamesTheKeyThatItDoesNotUnderstand) {
  const struct {
    std::string_view text;
    std::string_view named;
  } kCases[] = {
      {"", "empty"},
      {"sametopic", "sametopic"},
      {"window=3d,same_topic_7d", "same_topic_7d"},
      {"next_contact_7d,", "is not key=value"},
      {"windows=3d", "windows"},
      {"window=3", "window"},
      {"window=", "window"},
      {"window=d", "window"},
      {"window=-3d", "window"},
      {"window=3.5d", "window"},
      {"window=3661d", "window"},
      {"window=9223372036854775807d", "window"},
      {"window=99999999999999999999d", "window"},
      {"fold_gap=1w", "fold_gap"},
      {"short_abandon=x", "short_abandon"},
      {"forwarded_within=15", "forwarded_within"},
      {"anchor=middle", "anchor"},
      {"topic=prefix", "topic"},
      {"topic=prefix:", "topic"},
      {"topic=prefix:0", "topic"},
      {"topic=prefix:65", "topic"},
      {"topic=prefix:-1", "topic"},
      {"unknown_topic=yes", "unknown_topic"},
      {"channels=some", "channels"},
      {"chain=loose", "chain"},
      {"exclude_base_topics=a||b", "exclude_base_topics"},
      {"calendar=week", "calendar"},
      {"calendar=3661", "calendar"},
      {"calendar=7@Europe/Nowhere", "calendar"},
      {"calendar=7@", "calendar"},
      {"calendar=7@+19:00", "calendar"},
      {"calendar_days()", "calendar_days"},
      {"calendar_days(7", "calendar_days"},
      {"only_channels=telegraph", "only_channels"},
      {"name=", "name"},
  };
  for (const auto& test : kCases) {
    const Result<Policy> policy = ParsePolicy(test.text);
    ASSERT_FALSE(policy.ok()) << test.text;
    EXPECT_EQ(policy.status().code(), Code::kInvalidArgument) << test.text;
    EXPECT_THAT(policy.status().message(), HasSubstr(std::string(test.named))) << test.text;
  }
}

TEST(ValidatePolicyTest, HoldsTheLimits) {
  const struct {
    std::string_view field;
    std::function<void(Policy*)> at_limit;
    std::function<void(Policy*)> beyond;
  } kCases[] = {
      {"name", [](Policy* p) { p->name = std::string(256, 'n'); },
       [](Policy* p) { p->name = std::string(257, 'n'); }},
      {"window", [](Policy* p) { p->window = hours(24 * 3660); },
       [](Policy* p) { p->window = hours(24 * 3660) + Duration(1); }},
      {"window", [](Policy* p) { p->window = Duration(0); },
       [](Policy* p) { p->window = Duration(-1); }},
      {"fold_gap", [](Policy* p) { p->fold_gap = Duration(0); },
       [](Policy* p) { p->fold_gap = Duration(-1); }},
      {"short_abandon", [](Policy* p) { p->short_abandon = Duration(0); },
       [](Policy* p) { p->short_abandon = Duration(-1); }},
      {"forwarded_within", [](Policy* p) { p->forwarded_within = Duration(0); },
       [](Policy* p) { p->forwarded_within = Duration(-1); }},
      {"anchor", [](Policy* p) { p->anchor = AnchorPoint::kStart; },
       [](Policy* p) { p->anchor = static_cast<AnchorPoint>(3); }},
      {"topic", [](Policy* p) { p->topic = TopicMatch::kSame; },
       [](Policy* p) { p->topic = static_cast<TopicMatch>(0); }},
      {"channels", [](Policy* p) { p->channels = ChannelMatch::kSameGroup; },
       [](Policy* p) { p->channels = static_cast<ChannelMatch>(4); }},
      {"chain", [](Policy* p) { p->chain = Chain::kFromFirst; },
       [](Policy* p) { p->chain = static_cast<Chain>(3); }},
      {"calendar", [](Policy* p) { p->calendar = CalendarRule{.days = 3660}; },
       [](Policy* p) { p->calendar = CalendarRule{.days = 3661}; }},
      {"calendar", [](Policy* p) { p->calendar = CalendarRule{.utc_offset_min = -1080}; },
       [](Policy* p) { p->calendar = CalendarRule{.utc_offset_min = -1081}; }},
      {"exclude_base_topics", [](Policy* p) { p->exclude_base_topics.assign(1000, "a"); },
       [](Policy* p) { p->exclude_base_topics.assign(1001, "a"); }},
      {"exclude_base_topics", [](Policy* p) { p->exclude_base_topics = {std::string(1024, 'a')}; },
       [](Policy* p) { p->exclude_base_topics = {std::string(1025, 'a')}; }},
      {"only_channels", [](Policy* p) { p->only_channels = {Channel::kCustom}; },
       [](Policy* p) { p->only_channels = {static_cast<Channel>(18)}; }},
  };
  for (const auto& test : kCases) {
    Policy policy;
    test.at_limit(&policy);
    EXPECT_TRUE(ValidatePolicy(policy).ok()) << test.field;
    test.beyond(&policy);
    EXPECT_EQ(ValidatePolicy(policy).code(), Code::kInvalidArgument) << test.field;
    EXPECT_THAT(ValidatePolicy(policy).message(), HasSubstr(std::string(test.field)));
  }
}

}  // namespace
}  // namespace cxjourney
