// Random timelines: appending leg by leg equals rebuilding from scratch after every leg, the
// changes it reports are the difference, and links, returns and episodes are what the definition
// says when it is read out naively.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "journey/compiled.h"
#include "journey/rules.h"
#include "tests/journey/story.h"

namespace cxjourney::journey {
namespace {

using Rng = std::mt19937_64;

int64_t Below(Rng* rng, int64_t limit) {
  return static_cast<int64_t>((*rng)() % static_cast<uint64_t>(limit));
}
bool OneIn(Rng* rng, int64_t n) { return Below(rng, n) == 0; }

template <class T>
T Pick(Rng* rng, const std::vector<T>& from) {
  return from[static_cast<size_t>(Below(rng, static_cast<int64_t>(from.size())))];
}

// `lone`: hardly any leg has a parent or a conversation.
void AddRandomLeg(Rng* rng, int64_t i, int64_t pace_us, bool lone, Story* story) {
  // Multiples of six hours, so that windows are hit exactly and ties occur.
  const int64_t at = i * pace_us / (6 * kHour) * (6 * kHour) + Below(rng, 8) * 6 * kHour;
  ToldLeg& leg = story->Add(std::to_string(1000 + i), at);
  leg.source = Pick<std::string_view>(rng, {"crm", "crm", "pbx"});
  if (OneIn(rng, 3)) {
    leg.has_end = true;
    leg.end_us = leg.time_us + (OneIn(rng, 8) ? Below(rng, 12) * kDay : Below(rng, 9) * kSecond);
  }
  if (OneIn(rng, 2)) leg.conversation_id = Pick<std::string_view>(rng, {"j", "k", "l"});
  if (i > 0 && OneIn(rng, 8)) {
    leg.parent_id = story->Keep(std::to_string(1000 + std::max<int64_t>(0, i - Below(rng, 9))));
    leg.relation = Pick<Relation>(rng, {Relation::kTransfer, Relation::kCallback});
  }
  leg.topics = Pick<Topics>(rng, {{}, {"a/b"}, {"a/c"}, {"b"}, {"a/b", "b"}, {""}});
  leg.channel = Pick<Channel>(
      rng, {Channel::kPhone, Channel::kPhone, Channel::kSms, Channel::kWebChat, Channel::kCustom});
  leg.custom_channel = Pick<std::string_view>(rng, {"fax", "pager"});
  leg.direction = Pick<Direction>(rng, {Direction::kIn, Direction::kIn, Direction::kUnspecified,
                                        Direction::kOut, Direction::kInternal});
  leg.purpose = Pick<Purpose>(rng, {Purpose::kRequest, Purpose::kQuestion, Purpose::kThanks});
  leg.handled_by = Pick<HandledBy>(rng, {HandledBy::kHuman, HandledBy::kBot, HandledBy::kNone});
  leg.outcome = Pick<Outcome>(rng, {Outcome::kUnspecified, Outcome::kUnknown, Outcome::kResolved,
                                    Outcome::kUnresolved, Outcome::kPendingCompany});
  leg.has_follow_up = OneIn(rng, 2);
  leg.follow_up_due_us = leg.time_us + Below(rng, 10) * kDay;
  leg.automated = OneIn(rng, 10);
  leg.agent = Pick<std::string_view>(rng, {"", "ann", "bob"});
  leg.has_sentiment = OneIn(rng, 3);
  leg.sentiment = static_cast<float>(i);
  if (lone && !OneIn(rng, 20)) leg.conversation_id = {};
  if (lone && !OneIn(rng, 20)) leg.parent_id = {};
}

Story RandomStory(Rng* rng, bool lone) {
  Story story;
  const int64_t legs = 20 + Below(rng, 120);
  const int64_t pace_us = Pick<int64_t>(rng, {kMinute, 3 * kHour, 12 * kHour, 3 * kDay});
  for (int64_t i = 0; i < legs; ++i) AddRandomLeg(rng, i, pace_us, lone, &story);
  return story;
}

// Everything that can be asked of a journey, as text.
std::string Describe(const Timeline& timeline, const PolicyJourney& journey) {
  std::string text =
      ContactsOf(journey) + "\n" + RepeatsOf(journey) + "\n" + EpisodesOf(journey) + "\n";
  const Contacts& contacts = journey.contacts();
  for (size_t i = 0; i < contacts.size(); ++i) {
    const FoldedContact& c = contacts[i];
    text += std::to_string(c.end_us) + "," + std::to_string(static_cast<int>(c.outcome)) + "," +
            std::to_string(c.handled) + std::to_string(c.base) +
            std::to_string(journey.HasReturn(static_cast<int32_t>(i))) + "," +
            std::to_string(c.episode) + "," +
            std::to_string(journey.GapOf(static_cast<int32_t>(i))) + "," +
            (c.topics == nullptr ? "-" : std::string(c.topics->id)) + ";";
  }
  const Timestamp now = timeline.empty() ? At(0) : Timestamp(Duration(timeline.back()->time_us));
  for (const OpenEpisode& open :
       OpenEpisodes(timeline, journey, now, std::chrono::hours(24 * 20), 5, NoEmotion)) {
    text += "\nopen " + open.id.source + open.id.id + " " + std::to_string(open.transfers) + " " +
            std::to_string(open.agents) + " " + std::to_string(open.contact_count) + " " +
            std::to_string(open.contacts.size()) + " " +
            std::to_string(open.last_sentiment.value_or(-1)) + " " +
            std::to_string(static_cast<int>(open.last_outcome));
    for (const std::string& topic : open.topics) text += " " + topic;
    for (const Promise& promise : open.promises) {
      text += " " + promise.touchpoint.id + (promise.broken ? "!" : "?");
    }
  }
  return text;
}

using Priors = std::map<const Leg*, const Leg*>;

Priors PriorsOf(const PolicyJourney& journey) {
  Priors priors;
  for (const FoldedContact& contact : journey.contacts()) {
    if (contact.prior < 0) continue;
    priors[&contact.first()] = &journey.contacts()[static_cast<size_t>(contact.prior)].first();
  }
  return priors;
}

void ExpectReturns(const PolicyJourney& journey, const std::vector<bool>& returned) {
  for (size_t i = 0; i < returned.size(); ++i) {
    ASSERT_EQ(journey.HasReturn(static_cast<int32_t>(i)), returned[i]) << i;
  }
}

// from_first as it is written: the newest episode whose root matches, else a root of its own.
void ExpectFromFirstDefinition(const PolicyJourney& journey) {
  const Contacts& contacts = journey.contacts();
  const CompiledPolicy::Impl& rules = journey.policy().impl();
  std::vector<std::vector<int32_t>> episodes;
  std::vector<bool> returned(contacts.size());
  for (size_t b = 0; b < contacts.size(); ++b) {
    std::vector<int32_t>* joined = nullptr;
    for (std::vector<int32_t>& episode : episodes) {
      const FoldedContact& root = contacts[static_cast<size_t>(episode.front())];
      if (journey.identified() && rules.Matches(root, contacts[b])) joined = &episode;
    }
    int32_t prior = kNoContact;
    if (joined != nullptr) {
      for (int32_t member : *joined) {
        if (contacts[static_cast<size_t>(member)].base) prior = member;
      }
      returned[static_cast<size_t>(prior)] = true;
      joined->push_back(static_cast<int32_t>(b));
    } else if (contacts[b].base) {
      episodes.push_back({static_cast<int32_t>(b)});
    }
    ASSERT_EQ(contacts[b].prior, prior);
  }
  ExpectReturns(journey, returned);
  std::vector<std::vector<int32_t>> actual;
  for (const FoldedEpisode& episode : journey.episodes())
    actual.emplace_back(episode.contacts.begin(), episode.contacts.end());
  ASSERT_EQ(actual, episodes);
}

// Open and broken promises of open episodes, from the whole timeline.
void ExpectPromises(const Timeline& timeline, const PolicyJourney& journey) {
  const Timestamp now(Duration(timeline.back()->time_us));
  for (const OpenEpisode& open :
       OpenEpisodes(timeline, journey, now, std::chrono::hours(24 * 9000), 1000, NoEmotion)) {
    const int32_t root = journey.ContactOf(open.id.source, open.id.id);
    const int32_t episode = journey.contacts()[static_cast<size_t>(root)].episode;
    const auto inside = [&](const Leg* leg) {
      const int32_t contact = journey.ContactOf(leg);
      return contact >= 0 && journey.contacts()[static_cast<size_t>(contact)].episode == episode;
    };
    const auto keeps = [&](const Leg* promise, const Leg* reply) {
      const bool same_conversation =
          !promise->details->conversation_id.empty() && promise->source == reply->source &&
          promise->details->conversation_id == reply->details->conversation_id;
      return *promise < *reply && reply->time_us <= promise->details->follow_up_due_us &&
             IsReply(*reply) && (same_conversation || inside(reply));
    };
    std::set<std::string> expected;
    for (const Leg* promise : timeline) {
      if (!IsPromise(*promise) || !inside(promise)) continue;
      const bool kept = std::any_of(timeline.begin(), timeline.end(),
                                    [&](const Leg* leg) { return keeps(promise, leg); });
      if (!kept) expected.insert(std::string(promise->id));
    }
    std::set<std::string> actual;
    for (const Promise& promise : open.promises) {
      // Promises of a conversation's time before its first contact are tested by hand.
      if (journey.ContactOf(promise.touchpoint.source, promise.touchpoint.id) < 0) continue;
      actual.insert(promise.touchpoint.id);
    }
    ASSERT_EQ(actual, expected);
  }
}

// Step 3 and 4, rolling, as they are written: every pair, and connected components.
void ExpectRollingDefinition(const PolicyJourney& journey) {
  const Contacts& contacts = journey.contacts();
  const CompiledPolicy::Impl& rules = journey.policy().impl();
  std::vector<int32_t> component(contacts.size());
  std::vector<bool> returned(contacts.size());
  for (size_t b = 0; b < contacts.size(); ++b) {
    int32_t prior = kNoContact;
    for (size_t a = 0; a < b; ++a) {
      const bool repeats =
          journey.identified() && contacts[a].base && rules.Matches(contacts[a], contacts[b]);
      if (!repeats) continue;
      prior = static_cast<int32_t>(a);
      returned[a] = true;
    }
    ASSERT_EQ(contacts[b].prior, prior);
    component[b] = prior < 0 ? static_cast<int32_t>(b) : component[static_cast<size_t>(prior)];
  }
  ExpectReturns(journey, returned);
  std::map<int32_t, std::vector<int32_t>> components;
  for (size_t i = 0; i < contacts.size(); ++i) {
    components[component[i]].push_back(static_cast<int32_t>(i));
  }
  std::vector<std::vector<int32_t>> expected;
  for (const auto& [root, members] : components) {
    if (std::any_of(members.begin(), members.end(),
                    [&](int32_t i) { return contacts[static_cast<size_t>(i)].base; })) {
      expected.push_back(members);
    }
  }
  std::vector<std::vector<int32_t>> actual;
  for (const FoldedEpisode& episode : journey.episodes())
    actual.emplace_back(episode.contacts.begin(), episode.contacts.end());
  ASSERT_EQ(actual, expected);
}

void ExpectChangesAreTheDifference(const Priors& before, const Priors& after,
                                   const std::vector<PriorChange>& changes) {
  Priors patched = before;
  for (const PriorChange& change : changes) {
    const auto it = before.find(change.contact);
    ASSERT_EQ(change.old_prior, it == before.end() ? nullptr : it->second);
    ASSERT_NE(change.prior, change.old_prior);
    if (change.prior == nullptr) {
      patched.erase(change.contact);
    } else {
      patched[change.contact] = change.prior;
    }
  }
  ASSERT_EQ(patched, after);
  for (size_t i = 1; i < changes.size(); ++i) {
    ASSERT_TRUE(*changes[i - 1].contact < *changes[i].contact);
  }
}

class JourneyPropertyTest : public testing::TestWithParam<std::tuple<std::string, int>> {
 protected:
  void SetUp() override {
    const Result<Policy> parsed = ParsePolicy(std::get<0>(GetParam()));
    ASSERT_TRUE(parsed.ok()) << parsed.status().ToString();
    compiled_.emplace(*parsed);
  }
  const CompiledPolicy& policy() const { return *compiled_; }

  const int seed_ = std::get<1>(GetParam());
  Rng rng_{static_cast<uint64_t>(seed_)};

 private:
  std::optional<CompiledPolicy> compiled_;
};

TEST_P(JourneyPropertyTest, AppendEqualsRebuildAfterEveryLeg) {
  const Story story = RandomStory(&rng_, false);
  const bool identified = seed_ % 5 != 0;

  PolicyJourney appended(&policy(), identified);
  Timeline prefix;
  for (const Leg* leg : story.timeline()) {
    SCOPED_TRACE("seed " + std::to_string(seed_) + ", leg " + std::string(leg->id));
    const Priors before = PriorsOf(appended);
    std::vector<PriorChange> changes;
    prefix.push_back(leg);
    appended.Append(leg, &changes);
    PolicyJourney rebuilt(&policy(), identified);
    rebuilt.Rebuild(prefix);
    ASSERT_EQ(Describe(prefix, appended), Describe(prefix, rebuilt));
    ExpectChangesAreTheDifference(before, PriorsOf(appended), changes);
    if (policy().policy().chain == Chain::kRolling) ExpectRollingDefinition(rebuilt);
    if (policy().policy().chain == Chain::kFromFirst) ExpectFromFirstDefinition(rebuilt);
    ExpectPromises(prefix, rebuilt);
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST_P(JourneyPropertyTest, InsertInAnyOrderEqualsRebuildAfterEveryLeg) {
  const Story story = RandomStory(&rng_, seed_ % 4 != 0);
  const bool identified = seed_ % 5 != 0;
  Timeline shuffled = story.timeline();
  std::shuffle(shuffled.begin(), shuffled.end(), rng_);

  PolicyJourney inserted(&policy(), identified);
  Timeline timeline;
  size_t alone = 0;
  for (const TimelineEntry& leg : shuffled) {
    SCOPED_TRACE("seed " + std::to_string(seed_) + ", leg " + std::string(leg->id));
    const Priors before = PriorsOf(inserted);
    std::vector<PriorChange> changes;
    const bool newest = timeline.empty() || timeline.back() < leg;
    timeline.insert(std::lower_bound(timeline.begin(), timeline.end(), leg), leg);
    PolicyJourney rebuilt(&policy(), identified);
    rebuilt.Rebuild(timeline);
    if (newest) inserted.Append(leg, &changes);
    if (newest || inserted.Insert(leg, &changes)) {
      alone += newest ? 0 : 1;
      ASSERT_EQ(Describe(timeline, inserted), Describe(timeline, rebuilt));
      ExpectChangesAreTheDifference(before, PriorsOf(inserted), changes);
      for (const Leg* other : timeline) {
        ASSERT_EQ(inserted.ContactOf(other), rebuilt.ContactOf(other));
      }
    } else {
      ASSERT_TRUE(changes.empty());
      ASSERT_EQ(PriorsOf(inserted), before);
      inserted.Rebuild(timeline);
    }
    if (testing::Test::HasFatalFailure()) return;
  }
  // A transfer that is guessed from times can be brought about by any leg.
  EXPECT_EQ(alone > 0, policy().policy().forwarded_within == Duration::zero());
}

TEST_P(JourneyPropertyTest, WhatCannotMatterLeavesNothing) {
  const Story story = RandomStory(&rng_, true);
  Timeline matter;
  for (const TimelineEntry& leg : story.timeline()) {
    if (MayMatter(*leg)) matter.push_back(leg);
  }
  ASSERT_LT(matter.size(), story.timeline().size());

  PolicyJourney of_all(&policy(), true);
  of_all.Rebuild(story.timeline());
  PolicyJourney of_these(&policy(), true);
  of_these.Rebuild(matter);
  EXPECT_EQ(Describe(story.timeline(), of_all), Describe(story.timeline(), of_these));
  EXPECT_EQ(of_all.has_answers(), of_these.has_answers());
}

INSTANTIATE_TEST_SUITE_P(
    Seeds, JourneyPropertyTest,
    testing::Combine(testing::Values("next_contact_7d", "same_topic_7d", "topic=prefix:1,window=2d",
                                     "topic=same,unknown_topic=nomatch,window=30d", "callback_24h",
                                     "calendar_days(2@Europe/Berlin)",
                                     "calendar=3@Europe/Istanbul,anchor=end,topic=same",
                                     "queuemetrics_168h", "channels=same,exclude_base_topics=a/b",
                                     "channels=same_group,window=3d", "chain=from_first",
                                     "chain=from_first,topic=same,window=10d",
                                     "chain=from_first,channels=same,anchor=start,window=4d",
                                     "forwarded_within=7h,only_channels=phone|sms"),
                     testing::Range(1, 21)));

// Long episodes, whose legs are remembered: late legs of all kinds, promises and replies among
// them.
TEST(JourneyScaleTest, LateLegsOfBigEpisodesEqualRebuild) {
  for (std::string_view text : {"next_contact_7d", "same_topic_7d", "chain=from_first"}) {
    const Result<Policy> parsed = ParsePolicy(text);
    ASSERT_TRUE(parsed.ok());
    const CompiledPolicy policy(*parsed);
    Rng rng(7);
    Story story;
    for (int64_t i = 0; i < 300; ++i) {
      ToldLeg& leg = story.Add(story.Keep(std::to_string(1000 + i)), Below(&rng, 1000) * kMinute);
      leg.topics = Pick<Topics>(&rng, {{}, {"a"}, {"b"}});
      leg.agent = story.Keep("agent " + std::to_string(i));
      leg.outcome = Pick<Outcome>(&rng, {Outcome::kUnspecified, Outcome::kUnresolved,
                                         Outcome::kUnresolved, Outcome::kPendingCompany});
      leg.has_follow_up = OneIn(&rng, 8);
      leg.follow_up_due_us = leg.time_us + Below(&rng, 500) * kMinute;
      if (OneIn(&rng, 6)) leg.direction = Direction::kOut;
      leg.has_sentiment = OneIn(&rng, 40);
      leg.sentiment = static_cast<float>(i);
    }
    Timeline shuffled = story.timeline();
    std::shuffle(shuffled.begin(), shuffled.end(), rng);
    PolicyJourney inserted(&policy, true);
    Timeline timeline;
    for (const TimelineEntry& leg : shuffled) {
      timeline.insert(std::lower_bound(timeline.begin(), timeline.end(), leg), leg);
      ASSERT_TRUE(inserted.Insert(leg, nullptr));
      PolicyJourney rebuilt(&policy, true);
      rebuilt.Rebuild(timeline);
      ASSERT_EQ(Describe(timeline, inserted), Describe(timeline, rebuilt)) << text;
    }
  }
}

// A shared line with very many contacts: neither links nor open episodes walk all of them.
TEST(JourneyScaleTest, AppendAndOpenEpisodesStayBounded) {
  for (std::string_view text : {"next_contact_7d", "same_topic_30d", "chain=from_first"}) {
    const Result<Policy> parsed = ParsePolicy(text);
    ASSERT_TRUE(parsed.ok());
    const CompiledPolicy policy(*parsed);
    Story story;
    constexpr int64_t kLegs = 20000;
    for (int64_t i = 0; i < kLegs; ++i) {
      ToldLeg& leg = story.Add(story.Keep(std::to_string(100000 + i)), i * kMinute);
      leg.topics = {"a/b"};
      leg.agent = i % 2 == 0 ? "ann" : "bob";
      leg.outcome = i % 3 == 0 ? Outcome::kResolved : Outcome::kUnresolved;
    }
    PolicyJourney journey(&policy, true);
    const Timeline timeline = story.timeline();
    size_t open = 0;
    for (const Leg* leg : timeline) {
      journey.Append(leg, nullptr);
      if (leg->outcome == Outcome::kResolved) continue;
      open += OpenEpisodes(timeline, journey, Timestamp(Duration(leg->time_us)),
                           std::chrono::hours(24 * 90), 8, NoEmotion)
                  .size();
    }
    EXPECT_EQ(journey.contacts().size(), static_cast<size_t>(kLegs));
    EXPECT_GE(open, static_cast<size_t>(kLegs / 2));
  }
}

}  // namespace
}  // namespace cxjourney::journey
