// How legs fold into contacts.
#include <gtest/gtest.h>

#include "tests/journey/story.h"

namespace cxjourney::journey {
namespace {

Policy WithOnly(Channel channel) {
  Policy policy;
  policy.only_channels = {channel};
  return policy;
}

// Contacts of the story, after checking that appending gives the same as rebuilding.
std::string Fold(const Story& story, const Policy& given = Policy(), bool identified = true) {
  const CompiledPolicy policy(given);
  PolicyJourney rebuilt(&policy, identified);
  rebuilt.Rebuild(story.timeline());
  PolicyJourney appended(&policy, identified);
  for (const Leg* leg : story.timeline()) appended.Append(leg, nullptr);
  EXPECT_EQ(ContactsOf(rebuilt), ContactsOf(appended));
  return ContactsOf(rebuilt);
}

TEST(FoldTest, OnlyInboundServiceStartsAContact) {
  const struct {
    std::string_view what;
    void (*change)(Leg*);
    std::string_view contacts;
  } kCases[] = {
      {"a request", [](Leg*) {}, "x"},
      {"a question", [](Leg* l) { l->purpose = Purpose::kQuestion; }, "x"},
      {"a complaint", [](Leg* l) { l->purpose = Purpose::kComplaint; }, "x"},
      {"goods returned", [](Leg* l) { l->purpose = Purpose::kReturnGoods; }, "x"},
      {"no direction", [](Leg* l) { l->direction = Direction::kUnspecified; }, "x"},
      {"outbound", [](Leg* l) { l->direction = Direction::kOut; }, ""},
      {"internal", [](Leg* l) { l->direction = Direction::kInternal; }, ""},
      {"automatic", [](Leg* l) { l->automated = true; }, ""},
      {"thanks", [](Leg* l) { l->purpose = Purpose::kThanks; }, ""},
      {"a survey answer", [](Leg* l) { l->purpose = Purpose::kFeedback; }, ""},
      {"a purchase", [](Leg* l) { l->purpose = Purpose::kPurchase; }, ""},
      {"browsing", [](Leg* l) { l->purpose = Purpose::kBrowse; }, ""},
      {"spam", [](Leg* l) { l->purpose = Purpose::kSpam; }, ""},
      {"a test", [](Leg* l) { l->purpose = Purpose::kTest; }, ""},
      {"self-service", [](Leg* l) { l->handled_by = HandledBy::kSelfService; }, "x"},
  };
  for (const auto& test : kCases) {
    Story story;
    test.change(&story.Add("x", 0));
    EXPECT_EQ(Fold(story), test.contacts) << test.what;
  }
}

TEST(FoldTest, MisdialsAreUnhandledHaveAnEndAndAreShorterThanTheLimit) {
  const struct {
    std::string_view what;
    HandledBy handled;
    bool has_end;
    int64_t lasts_us;
    std::string_view contacts;
  } kCases[] = {
      {"just shorter", HandledBy::kNone, true, 5 * kSecond - 1, ""},
      {"as long as the limit", HandledBy::kNone, true, 5 * kSecond, "x"},
      {"no end known", HandledBy::kNone, false, 0, "x"},
      {"handled", HandledBy::kHuman, true, kSecond, "x"},
      {"unspecified is handled", HandledBy::kUnspecified, true, kSecond, "x"},
  };
  for (const auto& test : kCases) {
    Story story;
    ToldLeg& leg = story.Add("x", 0, test.lasts_us);
    leg.handled_by = test.handled;
    leg.has_end = test.has_end;
    EXPECT_EQ(Fold(story), test.contacts) << test.what;
  }
}

TEST(FoldTest, TransfersConsultsAndCallbacksFoldByParent) {
  Story story;
  story.Add("a", 0, 5 * kMinute);
  ToldLeg& b = story.Add("b", 5 * kMinute, 9 * kMinute);
  b.parent_id = "a";
  b.relation = Relation::kTransfer;
  ToldLeg& c = story.Add("c", 9 * kMinute, 20 * kMinute);
  c.parent_id = "b";
  c.relation = Relation::kTransfer;
  EXPECT_EQ(Fold(story), "a b c");
}

TEST(FoldTest, AParentMustBeAnEarlierLegOfAContactInTheSameSource) {
  Story other_source;
  other_source.Add("a", 0);
  ToldLeg& b = other_source.Add("b", kMinute);
  b.parent_id = "a";
  b.source = "pbx";
  EXPECT_EQ(Fold(other_source), "a|b");

  Story later;
  later.Add("a", 0).parent_id = "b";
  later.Add("b", kMinute);
  EXPECT_EQ(Fold(later), "a|b");

  Story itself;
  itself.Add("a", 0).parent_id = "a";
  EXPECT_EQ(Fold(itself), "a");

  Story history;
  history.Add("a", 0).purpose = Purpose::kMarketing;
  history.Add("b", kMinute).parent_id = "a";
  EXPECT_EQ(Fold(history), "b");
}

TEST(FoldTest, AConversationStaysOneContactUntilResolvedOrSilent) {
  const struct {
    std::string_view what;
    Outcome outcome;
    int64_t silent_us;
    Purpose purpose;
    std::string_view contacts;
  } kCases[] = {
      {"open", Outcome::kUnspecified, 24 * kHour, Purpose::kRequest, "a b"},
      {"silent", Outcome::kUnspecified, 24 * kHour + 1, Purpose::kRequest, "a|b"},
      {"resolved", Outcome::kResolved, 1, Purpose::kRequest, "a|b"},
      {"confirmed", Outcome::kResolvedConfirmed, 1, Purpose::kRequest, "a|b"},
      {"pending", Outcome::kPendingCustomer, 1, Purpose::kRequest, "a b"},
      {"thanks never reopens", Outcome::kResolved, 30 * kDay, Purpose::kThanks, "a b"},
  };
  for (const auto& test : kCases) {
    Story story;
    ToldLeg& a = story.Add("a", 0, kHour);
    a.conversation_id = "k";
    a.outcome = test.outcome;
    ToldLeg& b = story.Add("b", kHour + test.silent_us);
    b.conversation_id = "k";
    b.purpose = test.purpose;
    EXPECT_EQ(Fold(story), test.contacts) << test.what;
  }
}

TEST(FoldTest, AutomaticRepliesDoNotKeepAConversationAlive) {
  // A chaser days later is a new contact, also when a machine has answered meanwhile.
  Story story;
  story.Add("a", 0).conversation_id = "k";
  ToldLeg& automatic = story.Add("b", 40 * kHour);
  automatic.conversation_id = "k";
  automatic.direction = Direction::kOut;
  automatic.automated = true;
  story.Add("c", 50 * kHour).conversation_id = "k";
  EXPECT_EQ(Fold(story), "a b|c");
}

TEST(FoldTest, ConversationsArePerSource) {
  Story story;
  story.Add("a", 0).conversation_id = "k";
  ToldLeg& b = story.Add("b", kMinute);
  b.conversation_id = "k";
  b.source = "pbx";
  EXPECT_EQ(Fold(story), "a|b");
}

TEST(FoldTest, TheLatestContactOfAConversationIsTheOneThatLastTookALegOfIt) {
  Story story;
  ToldLeg& a = story.Add("a", 0);
  a.conversation_id = "k";
  a.outcome = Outcome::kResolved;
  story.Add("b", kHour).conversation_id = "k";
  // Joins a's contact by its parent, and with that brings the conversation back there.
  ToldLeg& c = story.Add("c", 2 * kHour);
  c.conversation_id = "k";
  c.parent_id = "a";
  c.direction = Direction::kOut;
  ToldLeg& d = story.Add("d", 3 * kHour);
  d.conversation_id = "k";
  d.purpose = Purpose::kThanks;
  EXPECT_EQ(Fold(story), "a c d|b");
}

TEST(FoldTest, TheEndIsOfMaterialLegsAndOutcomeAndTopicsOfAnyLeg) {
  Story story;
  ToldLeg& a = story.Add("a", 0, kHour);
  a.conversation_id = "k";
  a.topics = {"billing/refund"};
  ToldLeg& reply = story.Add("b", 2 * kHour, 3 * kHour);
  reply.conversation_id = "k";
  reply.direction = Direction::kOut;
  reply.topics = {""};
  reply.outcome = Outcome::kUnresolved;
  ToldLeg& note = story.Add("c", 4 * kHour);
  note.conversation_id = "k";
  note.direction = Direction::kInternal;
  note.outcome = Outcome::kUnknown;
  ToldLeg& thanks = story.Add("d", 5 * kHour);
  thanks.conversation_id = "k";
  thanks.purpose = Purpose::kThanks;
  thanks.topics = {"praise", "billing"};
  thanks.outcome = Outcome::kAbandoned;
  const CompiledPolicy policy{Policy()};
  PolicyJourney journey(&policy, true);
  journey.Rebuild(story.timeline());
  ASSERT_EQ(ContactsOf(journey), "a b c d");
  const FoldedContact& contact = journey.contacts().front();
  EXPECT_EQ(contact.end_us, kMarch + 3 * kHour);
  EXPECT_EQ(contact.outcome, Outcome::kAbandoned);
  EXPECT_EQ(contact.topics, &thanks);
  EXPECT_EQ(journey.ContactOf(&note), 0);
  EXPECT_EQ(journey.ContactOf("crm", "d"), 0);
  EXPECT_EQ(journey.ContactOf("crm", "e"), kNoContact);
}

TEST(FoldTest, ABaseWasHandledAndIsNotOfAnExcludedTopic) {
  const struct {
    std::string_view what;
    HandledBy handled;
    Topics topics;
    bool base;
  } kCases[] = {
      {"abandoned", HandledBy::kNone, {}, false},
      {"bot", HandledBy::kBot, {}, true},
      {"unspecified", HandledBy::kUnspecified, {}, true},
      {"excluded", HandledBy::kHuman, {"hardware/repair"}, false},
      {"below excluded", HandledBy::kHuman, {"faq", "hardware/repair/screen"}, false},
      {"beside excluded", HandledBy::kHuman, {"hardware/repairs"}, true},
      {"above excluded", HandledBy::kHuman, {"hardware"}, true},
  };
  Policy given;
  given.exclude_base_topics = {"hardware/repair"};
  const CompiledPolicy policy(given);
  for (const auto& test : kCases) {
    Story story;
    ToldLeg& leg = story.Add("x", 0);
    leg.handled_by = test.handled;
    leg.topics = test.topics;
    PolicyJourney journey(&policy, true);
    journey.Rebuild(story.timeline());
    EXPECT_EQ(journey.contacts().front().base, test.base) << test.what;
  }
}

TEST(FoldTest, SoonAfterTheStartOfTheLatestOnItsChannelIsForwarded) {
  Policy policy;
  policy.forwarded_within = std::chrono::minutes(15);
  const auto fold = [&policy](int64_t second_us, Channel channel) {
    Story story;
    story.Add("a", 0, kHour);
    story.Add("b", second_us).channel = channel;
    return Fold(story, policy);
  };
  EXPECT_EQ(fold(15 * kMinute - 1, Channel::kPhone), "a b");
  EXPECT_EQ(fold(15 * kMinute, Channel::kPhone), "a|b");
  EXPECT_EQ(fold(kMinute, Channel::kEmail), "a|b");
  Story between;  // An e-mail between two calls changes nothing about them.
  between.Add("a", 0, kHour);
  between.Add("b", kMinute).channel = Channel::kEmail;
  between.Add("c", 2 * kMinute);
  EXPECT_EQ(Fold(between, policy), "a c|b");
}

TEST(FoldTest, ContactsOfOtherChannelsFoldButDoNotExist) {
  Story story;
  story.Add("a", 0).channel = Channel::kWebChat;
  story.Add("b", kMinute).parent_id = "a";  // A call inside the chat's contact.
  story.Add("c", kHour);
  EXPECT_EQ(Fold(story), "a b|c");
  EXPECT_EQ(Fold(story, WithOnly(Channel::kPhone)), "c");
  const CompiledPolicy policy(WithOnly(Channel::kPhone));
  PolicyJourney journey(&policy, true);
  journey.Rebuild(story.timeline());
  EXPECT_EQ(journey.ContactOf("crm", "b"), kNoContact);
  EXPECT_EQ(journey.ContactOf("crm", "c"), 0);
  EXPECT_EQ(RepeatsOf(journey), "");
}

TEST(FoldTest, UnidentifiedLegsFoldAmongThemselves) {
  Story story;
  story.Add("a", 0).conversation_id = "k";
  story.Add("b", kMinute);
  story.Add("c", 2 * kMinute).conversation_id = "k";
  story.Add("d", 3 * kMinute).parent_id = "b";
  Policy policy;
  policy.forwarded_within = std::chrono::hours(1);  // Needs a customer.
  EXPECT_EQ(Fold(story, policy, false), "a c|b d");
}

}  // namespace
}  // namespace cxjourney::journey
