// Histories: order, ranges, pages, and touchpoints without identifiers.
#include "tests/tracker/shop.h"

namespace cxjourney::tracker_tests {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class HistoryTest : public BothStores {};
CXJ_OVER_BOTH_STORES(HistoryTest);

TEST_P(HistoryTest, GivesBackEveryField) {
  options.keep_text = true;
  Open();
  Touchpoint call = Call("1", kNoon - kDay, {Email("ann"), {"agent_device", "desk-7"}});
  call.identifiers.push_back({"phone", "+902121112233", Role::kAgent});
  call.topics = {"order/delivery", "order"};
  call.text = "The parcel is late.";
  call.attributes = {{"mood", std::string("bad"), true, false}, {"vip", true, false, true}};
  call.scores = {{ScoreKind::kCsat, 2, 5, "1"}};
  call.value = Value{-1250, "TRY", ValueKind::kRefund};
  call.refs = {{RefType::kOrder, "A-1"}};
  call.sentiment = -0.5f;
  call.emotion = "angry";
  call.timings.talk_ms = 1234;
  Record(call);
  Result<Journey> journey = tracker->History(Email("ann"));
  ASSERT_TRUE(journey.ok());
  EXPECT_EQ(journey->customer, Who(Email("ann")));
  ASSERT_EQ(journey->touchpoints.size(), 1u);
  const Touchpoint& back = journey->touchpoints[0];
  EXPECT_EQ(back.source, "crm");
  EXPECT_EQ(back.event_time, kNoon - kDay);
  EXPECT_EQ(back.end_time, kNoon - kDay + minutes(5));
  EXPECT_EQ(back.received_time, kNoon);
  EXPECT_THAT(back.topics, ElementsAre("order/delivery", "order"));
  EXPECT_EQ(back.text, "The parcel is late.");
  ASSERT_EQ(back.attributes.size(), 2u);
  EXPECT_EQ(std::get<std::string>(back.attributes[0].value), "bad");
  EXPECT_TRUE(back.attributes[0].personal);
  EXPECT_TRUE(back.attributes[1].fact);
  EXPECT_EQ(back.scores.front().value, 2);
  EXPECT_EQ(back.value->amount_minor, -1250);
  EXPECT_EQ(back.refs.front().id, "A-1");
  EXPECT_EQ(back.sentiment, -0.5f);
  EXPECT_EQ(back.emotion, "angry");
  EXPECT_EQ(back.timings.talk_ms, 1234u);
  ASSERT_EQ(back.identifiers.size(), 3u);
  for (const Identifier& identifier : back.identifiers) {
    EXPECT_EQ(identifier.role == Role::kAgent, identifier.name_space == "phone");
  }
}

TEST_P(HistoryTest, CanBeVisited) {
  Open();
  for (int i = 0; i < 40; ++i) {
    std::vector<Identifier> identifiers = {Email("ann"), Phone(1), {"agent_device", "desk-7"}};
    identifiers.resize(1 + static_cast<size_t>(i % 3));
    Touchpoint call = Call(std::to_string(i), kNoon - kDay + minutes(i), identifiers);
    if (i % 2 == 0) call.agent = "somebody with a long name";
    Record(call);
  }
  HistoryQuery query;
  for (query.limit = 1; query.limit < 50; query.limit += 6) {
    const Result<Journey> journey = tracker->History(Email("ann"), query);
    std::vector<std::string> seen;
    const auto visit = [&](const Touchpoint& touchpoint) {
      const Touchpoint& expected = journey->touchpoints.at(seen.size() % query.limit);
      EXPECT_EQ(touchpoint.agent, expected.agent);
      EXPECT_EQ(touchpoint.event_time, expected.event_time);
      EXPECT_EQ(touchpoint.identifiers.size(), expected.identifiers.size());
      seen.push_back(touchpoint.id);
    };
    const Result<Journey> visited = tracker->VisitHistory(Email("ann"), query, visit);
    ASSERT_TRUE(visited.ok());
    EXPECT_EQ(seen, IdsOf(*journey));
    EXPECT_THAT(visited->touchpoints, IsEmpty());
    EXPECT_EQ(visited->customer, journey->customer);
    EXPECT_EQ(visited->next.has_value(), journey->next.has_value());
    seen.clear();
    ASSERT_TRUE(tracker->VisitHistory(journey->customer, query, visit).ok());
    EXPECT_EQ(seen, IdsOf(*journey));
  }
}

TEST_P(HistoryTest, AVisitorMayThrow) {
  Open();
  Record(Call("1", kNoon - kDay, {Email("ann")}));
  const auto leave = [](const Touchpoint&) { throw std::runtime_error("enough"); };
  EXPECT_THROW(static_cast<void>(tracker->VisitHistory(Email("ann"), {}, leave)),
               std::runtime_error);
  Record(Call("2", kNoon - kDay, {Email("ann")}));  // No lock is left behind.
  EXPECT_THAT(History(Email("ann")), ElementsAre("1", "2"));
  EXPECT_EQ(tracker->VisitHistory(Email("bob"), {}, leave).status().code(), Code::kNotFound);
}

TEST_P(HistoryTest, OrderIsByTimeSourceAndId) {
  Open();
  Touchpoint web = Call("1", kNoon - kDay, {Email("ann")});
  web.source = "web";
  Record(web);
  Record(Call("b", kNoon - kDay, {Email("ann")}));
  Record(Call("a", kNoon - kDay, {Email("ann")}));
  Record(Call("z", kNoon - 2 * kDay, {Email("ann")}));
  EXPECT_THAT(History(Email("ann")), ElementsAre("z", "a", "b", "1"));
}

TEST_P(HistoryTest, RangesAndAsOf) {
  Open();
  for (int i = 1; i <= 5; ++i) {
    Record(Call(std::to_string(i), kNoon - (6 - i) * kDay, {Email("ann")}));
  }
  HistoryQuery query;
  query.from = kNoon - 4 * kDay;
  EXPECT_THAT(History(Email("ann"), query), ElementsAre("2", "3", "4", "5"));
  query.until = kNoon - 2 * kDay;
  EXPECT_THAT(History(Email("ann"), query), ElementsAre("2", "3"));
  query.as_of = kNoon - 4 * kDay;
  EXPECT_THAT(History(Email("ann"), query), ElementsAre("2"));
  query = {};
  query.as_of = kNoon - 2 * kDay;
  EXPECT_THAT(History(Email("ann"), query), ElementsAre("1", "2", "3", "4"));
  query.as_of = kNoon - 2 * kDay - Duration(1);
  EXPECT_THAT(History(Email("ann"), query), ElementsAre("1", "2", "3"));
  query.as_of = kNoon - 50 * kDay;
  EXPECT_THAT(History(Email("ann"), query), IsEmpty());
  query = {};
  query.from = kNoon;
  query.until = kNoon - 5 * kDay;
  EXPECT_THAT(History(Email("ann"), query), IsEmpty());
}

TEST_P(HistoryTest, PagesGoBackWithoutGapOrOverlap) {
  Open();
  std::vector<std::string> all;
  for (int i = 10; i < 33; ++i) {
    // Every two share a time, so that a page can end between equals.
    Record(Call(std::to_string(i), kNoon - kDay + minutes(i / 2), {Email("ann")}));
    all.push_back(std::to_string(i));
  }
  for (uint32_t limit : {1u, 4u, 22u, 23u, 24u}) {
    std::vector<std::string> paged;
    HistoryQuery query;
    query.limit = limit;
    for (int pages = 0; pages < 50; ++pages) {
      Result<Journey> page = tracker->History(Email("ann"), query);
      ASSERT_TRUE(page.ok());
      std::vector<std::string> ids = IdsOf(*page);
      paged.insert(paged.begin(), ids.begin(), ids.end());
      query.before = page->next;
      if (!page->next) break;
      EXPECT_EQ(ids.size(), limit);
    }
    EXPECT_EQ(paged, all) << "limit " << limit;
  }
}

TEST_P(HistoryTest, LimitsAreChecked) {
  Open();
  Record(Call("1", kNoon, {Email("ann")}));
  HistoryQuery query;
  query.limit = 0;
  EXPECT_EQ(tracker->History(Email("ann"), query).status().code(), Code::kInvalidArgument);
  query.limit = 1'000'001;
  EXPECT_EQ(tracker->History(Email("ann"), query).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(tracker->History(Who(Email("ann")), query).status().code(), Code::kInvalidArgument);
  query.limit = 1'000'000;
  EXPECT_TRUE(tracker->History(Email("ann"), query).ok());
}

TEST_P(HistoryTest, ByAnIdentifierThatIsNoEvidence) {
  Open();
  Record(Call("1", kNoon - 3 * kDay, {Email("ann"), {"ip", "10.0.0.1"}}));
  Record(Call("2", kNoon - 2 * kDay, {Email("bob"), {"ip", "10.0.0.1"}}));
  Record(Call("3", kNoon - kDay, {Email("bob"), {"phone", "+902121112233", Role::kAgent}}));
  Record(Call("4", kNoon, {{"ip", "10.0.0.1"}}));
  EXPECT_THAT(History({"ip", "10.0.0.1"}), ElementsAre("1", "2", "4"));
  EXPECT_THAT(History({"phone", "+902121112233"}), ElementsAre("3"));
  EXPECT_EQ(tracker->History({"ip", "10.0.0.1"})->customer, CustomerId::kNone);
  HistoryQuery query;
  query.limit = 2;
  EXPECT_THAT(History({"ip", "10.0.0.1"}, query), ElementsAre("2", "4"));
  EXPECT_EQ(Who({"phone", "+902121112233"}), CustomerId::kNone);
  ASSERT_TRUE(tracker->Retract(Key("4")).ok());
  EXPECT_THAT(History({"ip", "10.0.0.1"}), ElementsAre("1", "2"));
}

// Touchpoints without identifiers ----------------------------------------------------------------

Touchpoint Chat(const std::string& id, Timestamp time, Identifiers identifiers,
                const std::string& conversation) {
  Touchpoint chat = Call(id, time, std::move(identifiers));
  chat.channel = Channel::kWebChat;
  chat.conversation_id = conversation;
  return chat;
}

TEST_P(HistoryTest, AnUnidentifiedOneJoinsItsParentsCustomer) {
  Open();
  Record(Call("1", kNoon - 3 * kDay, {Email("ann")}));
  Touchpoint leg = Call("2", kNoon - 3 * kDay + minutes(9), {});
  leg.parent_id = "1";
  leg.relation = Relation::kTransfer;
  Receipt receipt = Record(leg);
  EXPECT_EQ(receipt.customer, Who(Email("ann")));
  EXPECT_EQ(receipt.contact, Key("1"));
  Touchpoint grandchild = Call("3", kNoon - 3 * kDay + minutes(20), {});
  grandchild.parent_id = "2";
  Record(grandchild);
  EXPECT_THAT(History(Email("ann")), ElementsAre("1", "2", "3"));
  // The parent must be an earlier touchpoint of the same source.
  Touchpoint early = Call("0", kNoon - 4 * kDay, {});
  early.parent_id = "1";
  EXPECT_EQ(Record(early).customer, CustomerId::kNone);
  Touchpoint foreign = Call("4", kNoon, {});
  foreign.source = "web";
  foreign.parent_id = "1";
  EXPECT_EQ(Record(foreign).customer, CustomerId::kNone);
  ASSERT_TRUE(tracker->Retract(Key("1")).ok());
  EXPECT_THAT(History(Email("ann")), ElementsAre("NOT_FOUND"));
}

TEST_P(HistoryTest, AnUnidentifiedChildMayComeBeforeItsParent) {
  Open();
  Touchpoint grandchild = Call("3", kNoon - kDay + minutes(20), {});
  grandchild.parent_id = "2";
  Record(grandchild);
  Touchpoint child = Call("2", kNoon - kDay + minutes(9), {});
  child.parent_id = "1";
  Record(child);
  EXPECT_EQ(tracker->GetStats()->unidentified_touchpoints, 2u);
  Record(Call("1", kNoon - kDay, {Email("ann")}));
  EXPECT_THAT(History(Email("ann")), ElementsAre("1", "2", "3"));
}

TEST_P(HistoryTest, AnUnidentifiedOneJoinsTheOnlyCustomerOfItsConversation) {
  Open();
  EXPECT_EQ(Record(Chat("1", kNoon - kDay, {}, "c-1")).customer, CustomerId::kNone);
  Record(Chat("2", kNoon - kDay + minutes(9), {Email("ann")}, "c-1"));
  EXPECT_THAT(History(Email("ann")), ElementsAre("1", "2"));
  // A second customer in the conversation: nobody's.
  Record(Chat("3", kNoon - kDay + minutes(12), {Email("bob")}, "c-1"));
  EXPECT_THAT(History(Email("ann")), ElementsAre("2"));
  EXPECT_THAT(History(Email("bob")), ElementsAre("3"));
  // They turn out to be one person, and then they do not.
  auto linked = tracker->MustLink({Email("ann"), Email("bob")});
  EXPECT_THAT(History(Email("ann")), ElementsAre("1", "2", "3"));
  ASSERT_TRUE(tracker->Retract(linked->id).ok());
  EXPECT_THAT(History(Email("ann")), ElementsAre("2"));
  // Another source has conversations of its own.
  Touchpoint foreign = Chat("4", kNoon, {}, "c-2");
  foreign.source = "web";
  Record(foreign);
  Record(Chat("5", kNoon, {Email("ann")}, "c-2"));
  EXPECT_THAT(History(Email("ann")), ElementsAre("2", "5"));
}

TEST_P(HistoryTest, ARevisionThatLeavesAConversationTakesItsCustomerAlong) {
  Open();
  Touchpoint named = Chat("1", kNoon - kDay, {Email("ann")}, "c-1");
  Record(named);
  Record(Chat("2", kNoon - kDay + minutes(9), {}, "c-1"));
  Record(Chat("3", kNoon - kDay + minutes(19), {}, "c-2"));
  EXPECT_THAT(History(Email("ann")), ElementsAre("1", "2"));
  named.revision = 1;
  named.conversation_id = "c-2";
  Record(named);
  EXPECT_THAT(History(Email("ann")), ElementsAre("1", "3"));
}

TEST_P(HistoryTest, ARevisionThatMovesInTimeChangesWhoseParentItIs) {
  Open();
  Touchpoint parent = Call("1", kNoon - 2 * kDay, {Email("ann")});
  Record(parent);
  Touchpoint child = Call("2", kNoon - kDay, {});
  child.parent_id = "1";
  Record(child);
  EXPECT_THAT(History(Email("ann")), ElementsAre("1", "2"));
  parent.revision = 1;
  parent.event_time = kNoon - hours(1);
  Record(parent);
  EXPECT_THAT(History(Email("ann")), ElementsAre("1"));
  parent.revision = 2;
  parent.event_time = kNoon - 3 * kDay;
  Record(parent);
  EXPECT_THAT(History(Email("ann")), ElementsAre("1", "2"));
}

}  // namespace
}  // namespace cxjourney::tracker_tests
