// Recording: outcomes, revisions, batches, and everything a receipt says.
#include "tests/tracker/shop.h"

namespace cxjourney::tracker_tests {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

class RecordTest : public BothStores {};
CXJ_OVER_BOTH_STORES(RecordTest);

// Outcomes ---------------------------------------------------------------------------------------

TEST_P(RecordTest, ANewTouchpointIsRecorded) {
  Open();
  Receipt receipt = Record(Call("1", kNoon - kDay, {Email("ann"), Phone(1)}));
  EXPECT_EQ(receipt.outcome, RecordOutcome::kRecorded);
  EXPECT_TRUE(receipt.status.ok());
  EXPECT_THAT(receipt.remarks, IsEmpty());
  EXPECT_EQ(receipt.key, Key("1"));
  EXPECT_GT(receipt.sequence, 0u);
  EXPECT_NE(receipt.customer, CustomerId::kNone);
  EXPECT_EQ(receipt.customer, Who(Phone(1)));
  EXPECT_THAT(receipt.merged, IsEmpty());
  EXPECT_EQ(receipt.contact, Key("1"));
  ASSERT_EQ(receipt.verdicts.size(), 1u);
  EXPECT_EQ(receipt.verdict()->policy, "next_contact_7d");
  EXPECT_EQ(receipt.verdict()->repeat_of, std::nullopt);
  EXPECT_EQ(receipt.verdict()->episode, Key("1"));
  EXPECT_EQ(receipt.verdict()->contacts_in_episode, 1u);
  EXPECT_THAT(receipt.changes, IsEmpty());
  EXPECT_FALSE(receipt.more_changes);
}

TEST_P(RecordTest, AnEqualCopyIsADuplicate) {
  Open();
  Touchpoint call = Call("1", kNoon - kDay, {Email("ann")});
  Receipt first = Record(call);
  uint64_t sequence = tracker->GetStats()->last_sequence;
  clock.Advance(minutes(90));
  call.sent_time = kNoon - minutes(3);
  call.received_time = kNoon + kDay;
  Receipt copy = Record(call);
  EXPECT_EQ(copy.outcome, RecordOutcome::kDuplicate);
  EXPECT_TRUE(copy.status.ok());
  EXPECT_EQ(copy.sequence, 0u);
  EXPECT_EQ(copy.key, first.key);
  EXPECT_EQ(copy.customer, first.customer);
  EXPECT_EQ(copy.contact, first.contact);
  EXPECT_EQ(tracker->GetStats()->last_sequence, sequence);
  EXPECT_EQ(*tracker->History(Email("ann"))->touchpoints.front().event_time, kNoon - kDay);
}

TEST_P(RecordTest, IdentifiersInOtherSpellingAndOrderAreTheSameContent) {
  Open();
  Record(Call("1", kNoon - kDay, {{"phone", "+905321110012"}, {"email", "Ann@Example.com"}}));
  Receipt copy =
      Record(Call("1", kNoon - kDay, {{"email", " ann@example.com"}, {"phone", "0532 111 00 12"}}));
  EXPECT_EQ(copy.outcome, RecordOutcome::kDuplicate);
}

TEST_P(RecordTest, OtherContentInTheSameRevisionIsRefused) {
  Open();
  Touchpoint call = Call("1", kNoon - kDay, {Email("ann")});
  Record(call);
  call.topics = {"billing"};
  Result<Receipt> refused = tracker->Record(call);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.status().code(), Code::kAlreadyExists);
  auto receipts = tracker->RecordAll({call});
  ASSERT_TRUE(receipts.ok());
  EXPECT_EQ(receipts->front().outcome, RecordOutcome::kRefused);
  EXPECT_EQ(receipts->front().status.code(), Code::kAlreadyExists);
  EXPECT_THAT(ReasonsOf(receipts->front().remarks), ElementsAre(Reason::kRevisionConflict));
  EXPECT_THAT(tracker->GetStats()->refused,
              ElementsAre(testing::Pair(Reason::kRevisionConflict, 2u)));
  EXPECT_THAT(tracker->History(Email("ann"))->touchpoints.front().topics, IsEmpty());
}

TEST_P(RecordTest, TheHighestRevisionWins) {
  Open();
  Touchpoint call = Call("1", kNoon - kDay, {Email("ann")});
  const auto revise = [&](uint32_t revision, const std::string& topic, const std::string& who) {
    call.revision = revision;
    call.topics = {topic};
    call.identifiers = {Email(who)};
    return Record(call);
  };
  EXPECT_EQ(revise(2, "two", "ann").outcome, RecordOutcome::kRecorded);
  EXPECT_EQ(revise(5, "five", "bob").outcome, RecordOutcome::kRecorded);
  EXPECT_THAT(History(Email("ann")), ElementsAre("NOT_FOUND"));
  Receipt older = revise(3, "three", "eve");
  EXPECT_EQ(older.outcome, RecordOutcome::kStored);
  EXPECT_THAT(ReasonsOf(older.remarks), Contains(Reason::kOldRevision));
  EXPECT_EQ(older.customer, Who(Email("bob")));
  EXPECT_EQ(revise(3, "three", "eve").outcome, RecordOutcome::kDuplicate);
  EXPECT_EQ(revise(2, "two", "ann").outcome, RecordOutcome::kDuplicate);
  Result<Journey> journey = tracker->History(Email("bob"));
  ASSERT_EQ(journey->touchpoints.size(), 1u);
  EXPECT_EQ(journey->touchpoints.front().revision, 5u);
  EXPECT_THAT(journey->touchpoints.front().topics, ElementsAre("five"));
  EXPECT_EQ(tracker->GetStats()->touchpoints, 1u);
}

TEST_P(RecordTest, VoidOnTheHighestRevisionTakesItOut) {
  Open();
  Touchpoint call = Call("1", kNoon - kDay, {Email("ann")});
  call.revision = 3;
  Record(call);
  Touchpoint old_void = call;
  old_void.revision = 1;
  old_void.voided = true;
  EXPECT_EQ(Record(old_void).outcome, RecordOutcome::kStored);
  EXPECT_THAT(History(Email("ann")), ElementsAre("1"));
  call.revision = 4;
  call.voided = true;
  Receipt voided = Record(call);
  EXPECT_EQ(voided.outcome, RecordOutcome::kRecorded);
  EXPECT_THAT(ReasonsOf(voided.remarks), Contains(Reason::kVoided));
  EXPECT_EQ(voided.customer, CustomerId::kNone);
  EXPECT_THAT(voided.verdicts, IsEmpty());
  EXPECT_THAT(History(Email("ann")), ElementsAre("NOT_FOUND"));
  EXPECT_EQ(tracker->GetStats()->voided, 1u);
  EXPECT_EQ(tracker->GetStats()->touchpoints, 0u);
  call.revision = 5;
  call.voided = false;
  EXPECT_EQ(Record(call).outcome, RecordOutcome::kRecorded);
  EXPECT_THAT(History(Email("ann")), ElementsAre("1"));
}

TEST_P(RecordTest, WithoutAnIdTheContentIsTheKey) {
  Open();
  Touchpoint call = Call("", kNoon - kDay, {Email("ann")});
  Receipt first = Record(call);
  EXPECT_EQ(first.key.source, "crm");
  EXPECT_EQ(first.key.id.size(), 32u);
  call.sent_time = kNoon;
  Receipt copy = Record(call);
  EXPECT_EQ(copy.outcome, RecordOutcome::kDuplicate);
  EXPECT_EQ(copy.key, first.key);
  call.queue = "billing";
  EXPECT_EQ(Record(call).outcome, RecordOutcome::kRecorded);
  call.event_time.reset();
  auto refused = tracker->RecordAll({call});
  EXPECT_EQ(refused->front().status.code(), Code::kInvalidArgument);
  EXPECT_THAT(ReasonsOf(refused->front().remarks), ElementsAre(Reason::kNoIdNorTime));
}

TEST_P(RecordTest, TheEventTimeIsFixedByTheFirstCopy) {
  Open();
  Touchpoint call = Call("1", kNoon, {Email("ann")});
  call.event_time.reset();
  Record(call);
  clock.Advance(kDay);
  EXPECT_EQ(Record(call).outcome, RecordOutcome::kDuplicate);
  EXPECT_EQ(*tracker->History(Email("ann"))->touchpoints.front().event_time, kNoon);
}

// Retraction -------------------------------------------------------------------------------------

TEST_P(RecordTest, ALaterCopyOfARetractedTouchpointStaysRetracted) {
  Open();
  Touchpoint call = Call("1", kNoon - kDay, {Email("ann")});
  Record(call);
  auto retracted = tracker->Retract(Key("1"), {"tester", "wrong person"});
  ASSERT_TRUE(retracted.ok()) << retracted.status().ToString();
  EXPECT_THAT(History(Email("ann")), ElementsAre("NOT_FOUND"));
  EXPECT_EQ(tracker->GetStats()->retracted, 1u);
  Receipt copy = Record(call);
  EXPECT_EQ(copy.outcome, RecordOutcome::kDuplicate);
  EXPECT_THAT(ReasonsOf(copy.remarks), Contains(Reason::kRetracted));
  call.revision = 1;
  call.topics = {"billing"};
  Receipt revised = Record(call);
  EXPECT_EQ(revised.outcome, RecordOutcome::kStored);
  EXPECT_THAT(ReasonsOf(revised.remarks), Contains(Reason::kRetracted));
  EXPECT_THAT(ReasonsOf(revised.remarks), Not(Contains(Reason::kOldRevision)));
  EXPECT_EQ(revised.customer, CustomerId::kNone);
  EXPECT_THAT(History(Email("ann")), ElementsAre("NOT_FOUND"));
  ASSERT_TRUE(tracker->Retract(retracted->id).ok());
  Result<Journey> journey = tracker->History(Email("ann"));
  ASSERT_TRUE(journey.ok());
  ASSERT_EQ(journey->touchpoints.size(), 1u);
  EXPECT_THAT(journey->touchpoints.front().topics, ElementsAre("billing"));
}

TEST_P(RecordTest, RetractingARetractionRestoresAndSoOn) {
  Open();
  Record(Call("1", kNoon - kDay, {Email("ann")}));
  auto first = tracker->Retract(Key("1"));
  auto second = tracker->Retract(first->id);
  EXPECT_THAT(History(Email("ann")), ElementsAre("1"));
  auto third = tracker->Retract(second->id);
  EXPECT_THAT(History(Email("ann")), ElementsAre("NOT_FOUND"));
  // Another retraction of its own: both must go.
  auto other = tracker->Retract(Key("1"));
  ASSERT_TRUE(tracker->Retract(third->id).ok());
  EXPECT_THAT(History(Email("ann")), ElementsAre("NOT_FOUND"));
  ASSERT_TRUE(tracker->Retract(other->id).ok());
  EXPECT_THAT(History(Email("ann")), ElementsAre("1"));
}

TEST_P(RecordTest, RetractingWhatIsNotThereIsNotFound) {
  Open();
  Record(Call("1", kNoon - kDay, {Email("ann")}));
  EXPECT_EQ(tracker->Retract(Key("2")).status().code(), Code::kNotFound);
  EXPECT_EQ(tracker->Retract(TouchpointKey{"web", "1"}).status().code(), Code::kNotFound);
  EXPECT_EQ(tracker->Retract(AssertionId{999}).status().code(), Code::kNotFound);
  // A touchpoint's sequence is no assertion.
  uint64_t sequence = tracker->GetStats()->last_sequence;
  EXPECT_EQ(tracker->Retract(AssertionId{sequence}).status().code(), Code::kNotFound);
}

// Batches ----------------------------------------------------------------------------------------

std::vector<Touchpoint> MixedBatch() {
  Touchpoint good = Call("1", kNoon - kDay, {Email("ann")});
  Touchpoint unknown = Call("2", kNoon - kDay, {{"passport", "X1"}});
  Touchpoint future = Call("3", kNoon + 2 * kDay, {Email("ann")});
  Touchpoint revised = good;
  revised.revision = 1;
  revised.topics = {"billing"};
  Touchpoint conflict = good;
  conflict.topics = {"delivery"};
  return {good, unknown, good, future, revised, conflict, Call("4", kNoon, {Email("bob")})};
}

TEST_P(RecordTest, ARefusedTouchpointHarmsNoOther) {
  Open();
  auto receipts = tracker->RecordAll(MixedBatch());
  ASSERT_TRUE(receipts.ok()) << receipts.status().ToString();
  std::vector<RecordOutcome> outcomes;
  std::vector<uint64_t> sequences;
  for (const Receipt& receipt : *receipts) {
    outcomes.push_back(receipt.outcome);
    if (receipt.sequence > 0) sequences.push_back(receipt.sequence);
  }
  EXPECT_THAT(outcomes, ElementsAre(RecordOutcome::kRecorded, RecordOutcome::kRefused,
                                    RecordOutcome::kDuplicate, RecordOutcome::kRefused,
                                    RecordOutcome::kRecorded, RecordOutcome::kRefused,
                                    RecordOutcome::kRecorded));
  ASSERT_EQ(sequences.size(), 3u);
  EXPECT_EQ(sequences[1], sequences[0] + 1);
  EXPECT_EQ(sequences[2], sequences[0] + 2);
  EXPECT_THAT(ReasonsOf((*receipts)[1].remarks), ElementsAre(Reason::kUnknownNamespace));
  EXPECT_EQ((*receipts)[1].key, Key("2"));
  EXPECT_THAT(ReasonsOf((*receipts)[3].remarks), ElementsAre(Reason::kTimeInFuture));
  EXPECT_THAT(ReasonsOf((*receipts)[5].remarks), ElementsAre(Reason::kRevisionConflict));
  EXPECT_THAT(History(Email("ann")), ElementsAre("1"));
  EXPECT_EQ(tracker->History(Email("ann"))->touchpoints.front().revision, 1u);
  EXPECT_EQ(tracker->GetStats()->refused.size(), 3u);
}

TEST_P(RecordTest, AllOrNothingWritesNothing) {
  Open();
  uint64_t sequence = tracker->GetStats()->last_sequence;
  RecordOptions whole;
  whole.all_or_nothing = true;
  auto receipts = tracker->RecordAll(MixedBatch(), whole);
  ASSERT_TRUE(receipts.ok());
  for (const Receipt& receipt : *receipts) {
    EXPECT_EQ(receipt.outcome, RecordOutcome::kRefused);
    EXPECT_FALSE(receipt.status.ok());
    EXPECT_EQ(receipt.sequence, 0u);
  }
  EXPECT_THAT(ReasonsOf((*receipts)[0].remarks), ElementsAre(Reason::kBatchRefused));
  EXPECT_THAT(ReasonsOf((*receipts)[1].remarks), ElementsAre(Reason::kUnknownNamespace));
  EXPECT_EQ(tracker->GetStats()->last_sequence, sequence);
  EXPECT_EQ(tracker->GetStats()->identifiers, 0u);
  EXPECT_EQ(Who(Email("bob")), CustomerId::kNone);
  // Nothing stays behind that would make the good ones duplicates later.
  auto again = tracker->RecordAll({MixedBatch().front()}, whole);
  EXPECT_EQ(again->front().outcome, RecordOutcome::kRecorded);
}

TEST_P(RecordTest, ABatchHasAtMostTenThousand) {
  Open();
  std::vector<Touchpoint> batch(10'001, Call("1", kNoon, {Email("ann")}));
  auto refused = tracker->RecordAll(batch);
  EXPECT_EQ(refused.status().code(), Code::kInvalidArgument);
  EXPECT_EQ(tracker->GetStats()->touchpoints, 0u);
  batch.pop_back();
  auto receipts = tracker->RecordAll(batch);
  ASSERT_TRUE(receipts.ok());
  EXPECT_EQ(receipts->front().outcome, RecordOutcome::kRecorded);
  EXPECT_EQ(receipts->back().outcome, RecordOutcome::kDuplicate);
  auto none = tracker->RecordAll({});
  ASSERT_TRUE(none.ok());
  EXPECT_THAT(*none, IsEmpty());
}

TEST_P(RecordTest, EachReceiptIsAboutTheStoreRightAfterItsTouchpoint) {
  Open();
  auto receipts = tracker->RecordAll({Call("1", kNoon - 3 * kDay, {Email("ann")}),
                                      Call("2", kNoon - 2 * kDay, {Email("ann")}),
                                      Call("3", kNoon - kDay, {Email("ann")})});
  ASSERT_TRUE(receipts.ok());
  for (uint32_t i = 0; i < 3; ++i) {
    EXPECT_EQ((*receipts)[i].verdict()->contacts_in_episode, i + 1);
  }
  EXPECT_EQ((*receipts)[0].verdict()->repeat_of, std::nullopt);
  EXPECT_EQ((*receipts)[2].verdict()->repeat_of, Key("2"));
}

// Everything set to what no touchpoint of these tests gives.
Receipt StaleReceipt() {
  return {RecordOutcome::kStored,
          Status(Code::kInternal, "stale"),
          {{Reason::kVoided, "stale"}},
          Key("stale"),
          99,
          CustomerId{99},
          {CustomerId{98}},
          Key("stale"),
          std::vector<RepeatVerdict>(3, {"stale", Key("stale"), minutes(9), Key("stale"), 9}),
          {{Key("stale"), kNoon}},
          {{NoticeType::kRevised, "stale", Key("stale"), kNoon}},
          true};
}

void ExpectSame(const RepeatVerdict& got, const RepeatVerdict& fresh) {
  EXPECT_EQ(got.policy, fresh.policy);
  EXPECT_EQ(got.repeat_of, fresh.repeat_of);
  EXPECT_EQ(got.gap, fresh.gap);
  EXPECT_EQ(got.episode, fresh.episode);
  EXPECT_EQ(got.contacts_in_episode, fresh.contacts_in_episode);
}

void ExpectSame(const Receipt& got, const Receipt& fresh) {
  EXPECT_EQ(got.outcome, fresh.outcome);
  EXPECT_EQ(got.status.ToString(), fresh.status.ToString());
  EXPECT_EQ(ReasonsOf(got.remarks), ReasonsOf(fresh.remarks));
  EXPECT_EQ(got.key, fresh.key);
  EXPECT_EQ(got.sequence, fresh.sequence);
  EXPECT_EQ(got.customer == CustomerId::kNone, fresh.customer == CustomerId::kNone);
  EXPECT_EQ(got.merged.size(), fresh.merged.size());
  EXPECT_EQ(got.contact, fresh.contact);
  EXPECT_EQ(got.open.size(), fresh.open.size());
  EXPECT_EQ(got.changes.size(), fresh.changes.size());
  EXPECT_EQ(got.more_changes, fresh.more_changes);
  ASSERT_EQ(got.verdicts.size(), fresh.verdicts.size());
  for (size_t i = 0; i < got.verdicts.size(); ++i) ExpectSame(got.verdicts[i], fresh.verdicts[i]);
}

TEST_P(RecordTest, AReceiptThatIsUsedAgainSaysNothingOfItsLastTouchpoint) {
  options.policies = {*ParsePolicy("next_contact_7d"), *ParsePolicy("same_topic_30d")};
  std::vector<Touchpoint> batch = MixedBatch();
  batch.push_back(Call("5", kNoon - kDay, {}));  // Nobody's.
  Touchpoint taken_back = Call("6", kNoon - kDay, {Email("ann")});
  taken_back.voided = true;
  batch.push_back(taken_back);
  batch.push_back(Call("7", kNoon - minutes(9), {Email("ann")}));  // A repeat.
  Touchpoint view = Call("8", kNoon, {Email("ann")});
  view.purpose = Purpose::kBrowse;  // In the history only.
  batch.push_back(view);
  Open();
  const auto fresh = tracker->RecordAll(batch);
  ASSERT_TRUE(fresh.ok()) << fresh.status().ToString();
  EXPECT_TRUE((*fresh)[9].verdict()->repeat_of);
  EXPECT_FALSE((*fresh)[10].contact);

  Options another = options;
  another.in_memory = true;
  const auto other = Tracker::Open("", another);
  ASSERT_TRUE(other.ok()) << other.status().ToString();
  std::vector<Receipt> receipts(batch.size() + 3, StaleReceipt());
  const Status recorded = (*other)->RecordAllInto(batch, &receipts);
  ASSERT_TRUE(recorded.ok()) << recorded.ToString();
  ASSERT_EQ(receipts.size(), batch.size());
  for (size_t i = 0; i < batch.size(); ++i) {
    SCOPED_TRACE(i);
    ExpectSame(receipts[i], (*fresh)[i]);
  }
}

// What a receipt says ----------------------------------------------------------------------------

TEST_P(RecordTest, MergedNamesTheIdsThatNowBelongHere) {
  Open();
  CustomerId by_email = Record(Call("1", kNoon - 3 * kDay, {Email("ann")})).customer;
  CustomerId by_phone = Record(Call("2", kNoon - 2 * kDay, {Phone(1)})).customer;
  CustomerId by_cookie = Record(Call("3", kNoon - kDay, {{"anonymous_id", "cookie-1"}})).customer;
  Receipt joined = Record(Call("4", kNoon, {Phone(1), {"anonymous_id", "cookie-1"}, Email("ann")}));
  EXPECT_EQ(joined.customer, by_email);  // E-mail is the strongest namespace of the three.
  EXPECT_THAT(joined.merged, testing::UnorderedElementsAre(by_phone, by_cookie));
  EXPECT_EQ(tracker->GetCustomer(by_phone)->id, by_email);
  EXPECT_EQ(tracker->GetCustomer(by_cookie)->id, by_email);
  // A stronger identifier renames the customer.
  Receipt renamed = Record(Call("5", kNoon, {Email("ann"), {"customer_id", "C-1"}}));
  EXPECT_NE(renamed.customer, by_email);
  EXPECT_THAT(renamed.merged, ElementsAre(by_email));
  EXPECT_THAT(Record(Call("6", kNoon, {Email("ann")})).merged, IsEmpty());
}

TEST_P(RecordTest, OneVerdictForEachPolicy) {
  options.policies = {*ParsePolicy("next_contact_7d"), *ParsePolicy("same_topic_30d"),
                      *ParsePolicy("callback_24h")};
  Open();
  Touchpoint first = Call("1", kNoon - 4 * kDay, {Email("ann")});
  first.topics = {"billing"};
  Record(first);
  Touchpoint second = Call("2", kNoon - kDay, {Email("ann")});
  second.topics = {"delivery"};
  Receipt receipt = Record(second);
  ASSERT_EQ(receipt.verdicts.size(), 3u);
  EXPECT_EQ(receipt.verdict(), &receipt.verdicts[0]);
  EXPECT_EQ(receipt.verdicts[0].policy, "next_contact_7d");
  EXPECT_EQ(receipt.verdicts[0].repeat_of, Key("1"));
  EXPECT_EQ(receipt.verdicts[0].gap, 3 * kDay - minutes(5));
  EXPECT_EQ(receipt.verdicts[0].episode, Key("1"));
  EXPECT_EQ(receipt.verdicts[0].contacts_in_episode, 2u);
  EXPECT_EQ(receipt.verdicts[1].policy, "same_topic_30d");
  EXPECT_EQ(receipt.verdicts[1].repeat_of, std::nullopt);
  EXPECT_EQ(receipt.verdicts[1].contacts_in_episode, 1u);
  EXPECT_EQ(receipt.verdicts[2].repeat_of, std::nullopt);
  ASSERT_EQ(receipt.changes.size(), 1u);
  EXPECT_EQ(receipt.changes[0].type, NoticeType::kDetected);
  EXPECT_EQ(receipt.changes[0].policy, "next_contact_7d");
  EXPECT_EQ(receipt.changes[0].contact, Key("2"));
  EXPECT_EQ(receipt.changes[0].start, kNoon - kDay);
  EXPECT_EQ(receipt.changes[0].prior, Key("1"));
}

TEST_P(RecordTest, ALateTouchpointChangesTheNextContactsPrior) {
  Open();
  Record(Call("1", kNoon - 6 * kDay, {Email("ann")}));
  Record(Call("3", kNoon - 2 * kDay, {Email("ann")}));
  Receipt late = Record(Call("2", kNoon - 4 * kDay, {Email("ann")}));
  ASSERT_EQ(late.changes.size(), 2u);
  EXPECT_EQ(late.changes[0].type, NoticeType::kDetected);
  EXPECT_EQ(late.changes[0].contact, Key("2"));
  EXPECT_EQ(late.changes[1].type, NoticeType::kRevised);
  EXPECT_EQ(late.changes[1].contact, Key("3"));
  EXPECT_EQ(late.changes[1].prior, Key("2"));
  EXPECT_EQ(late.changes[1].old_prior, Key("1"));
  auto retracted = tracker->Retract(Key("2"));
  ASSERT_EQ(retracted->changes.size(), 2u);
  EXPECT_EQ(retracted->changes[0].type, NoticeType::kRetracted);
  EXPECT_EQ(retracted->changes[0].contact, Key("2"));
  EXPECT_EQ(retracted->changes[0].old_prior, Key("1"));
  EXPECT_EQ(retracted->changes[1].type, NoticeType::kRevised);
  EXPECT_EQ(retracted->changes[1].prior, Key("1"));
}

// Two customers whose contacts alternate: joining them gives nearly every contact another prior.
std::vector<Touchpoint> Alternating(int pairs) {
  std::vector<Touchpoint> calls;
  for (int i = 0; i < pairs; ++i) {
    Timestamp time = kNoon - hours(4 * (pairs - i) + 8);
    calls.push_back(Call("a" + std::to_string(1000 + i), time, {Email("ann")}));
    calls.push_back(Call("b" + std::to_string(1000 + i), time + hours(2), {Phone(1)}));
  }
  return calls;
}

TEST_P(RecordTest, AtMost64ChangesAndAFlag) {
  Open();
  ASSERT_TRUE(tracker->RecordAll(Alternating(50)).ok());
  Receipt joined = Record(Call("link", kNoon, {Email("ann"), Phone(1)}));
  EXPECT_EQ(joined.changes.size(), 64u);
  EXPECT_TRUE(joined.more_changes);
  EXPECT_EQ(joined.changes[0].contact, Key("link"));
  for (size_t i = 2; i < joined.changes.size(); ++i) {
    EXPECT_LT(joined.changes[i - 1].start, joined.changes[i].start);
  }
  EXPECT_EQ(joined.changes[1].contact, Key("b1000"));
  EXPECT_EQ(joined.changes[1].prior, Key("a1000"));
  // An assertion lists them all: 99 of the alternating ones, and the link's own contact.
  auto retracted = tracker->Retract(Key("link"));
  EXPECT_EQ(retracted->changes.size(), 100u);
  auto linked = tracker->MustLink({Email("ann"), Phone(1)});
  EXPECT_EQ(linked->changes.size(), 99u);
}

TEST_P(RecordTest, OpenEpisodesNewestFirstAtMostEight) {
  Open();
  Receipt receipt;
  for (int i = 10; i >= 1; --i) {
    Touchpoint call = Call(std::to_string(100 - i), kNoon - 8 * i * kDay, {Email("ann")});
    call.outcome = Outcome::kUnresolved;
    call.agent = "agent " + std::to_string(i);
    receipt = Record(call);
  }
  ASSERT_EQ(receipt.open.size(), 8u);
  EXPECT_EQ(receipt.open.front().id, Key("99"));
  EXPECT_EQ(receipt.open.front().last_outcome, Outcome::kUnresolved);
  EXPECT_EQ(receipt.open.front().last_contact_end, kNoon - 8 * kDay + minutes(5));
  EXPECT_EQ(receipt.open.front().agents, 1u);
  EXPECT_THAT(receipt.open.front().contacts, ElementsAre(Key("99")));
  EXPECT_EQ(receipt.open.back().id, Key("92"));
}

TEST_P(RecordTest, PromisesAreOpenThenBrokenOrKept) {
  Open();
  Touchpoint call = Call("1", kNoon - 3 * kDay, {Email("ann")});
  call.outcome = Outcome::kPendingCompany;
  call.follow_up_due = kNoon + kDay;
  call.agent = "eda";
  call.queue = "claims";
  Receipt receipt = Record(call);
  ASSERT_EQ(receipt.open.size(), 1u);
  ASSERT_EQ(receipt.open[0].promises.size(), 1u);
  const Promise& promise = receipt.open[0].promises[0];
  EXPECT_EQ(promise.touchpoint, Key("1"));
  EXPECT_EQ(promise.made, kNoon - 3 * kDay);
  EXPECT_EQ(promise.due, kNoon + kDay);
  EXPECT_FALSE(promise.broken);
  EXPECT_EQ(promise.agent, "eda");
  EXPECT_EQ(promise.queue, "claims");
  clock.Advance(2 * kDay);
  receipt = Record(Call("2", kNoon + 2 * kDay, {Email("ann")}));
  ASSERT_EQ(receipt.open.size(), 1u);
  ASSERT_EQ(receipt.open[0].promises.size(), 1u);
  EXPECT_TRUE(receipt.open[0].promises[0].broken);
  // A late record of the reply that was made in time.
  Touchpoint reply = Call("3", kNoon, {Email("ann")});
  reply.direction = Direction::kOut;
  reply.parent_id = "1";
  receipt = Record(reply);
  ASSERT_EQ(receipt.open.size(), 1u);
  EXPECT_THAT(receipt.open[0].promises, IsEmpty());
}

TEST_P(RecordTest, AnUnidentifiedContactIsNobodysAndNeverARepeat) {
  Open();
  Record(Call("1", kNoon - 2 * kDay, {}));
  Receipt receipt = Record(Call("2", kNoon - kDay, {{"email", "info@example.com"}}));
  EXPECT_EQ(receipt.customer, CustomerId::kNone);
  EXPECT_THAT(ReasonsOf(receipt.remarks), ElementsAre(Reason::kRoleMailbox, Reason::kUnidentified));
  EXPECT_EQ(receipt.contact, Key("2"));
  EXPECT_EQ(receipt.verdict()->repeat_of, std::nullopt);
  EXPECT_EQ(tracker->GetStats()->unidentified_touchpoints, 2u);
}

TEST_P(RecordTest, TwoValuesOfAUniqueNamespaceAreNoEvidence) {
  Open();
  Identifier one{"customer_id", "C-1"};
  Identifier two{"customer_id", "C-2"};
  Receipt receipt = Record(Call("1", kNoon - kDay, {one, two, Email("ann")}));
  EXPECT_EQ(receipt.outcome, RecordOutcome::kRecorded);
  EXPECT_EQ(receipt.customer, CustomerId::kNone);
  EXPECT_THAT(ReasonsOf(receipt.remarks), Contains(Reason::kTwoUniqueValues));
  EXPECT_EQ(Who(Email("ann")), CustomerId::kNone);
  EXPECT_THAT(History(Email("ann")), ElementsAre("1"));
  // Re-evaluated like everything else: a must-link makes the two values one.
  ASSERT_TRUE(tracker->MustLink({one, two}).ok());
  EXPECT_EQ(Who(Email("ann")), Who(one));
  EXPECT_NE(Who(one), CustomerId::kNone);
}

TEST_P(RecordTest, AVetoedLinkIsRemarkedUpon) {
  Open();
  Record(Call("1", kNoon - 2 * kDay, {{"customer_id", "C-1"}, Phone(1)}));
  Receipt receipt = Record(Call("2", kNoon - 3 * kDay, {{"customer_id", "C-2"}, Phone(1)}));
  EXPECT_THAT(receipt.remarks.size(), 1u);
  EXPECT_EQ(receipt.remarks[0].reason, Reason::kVetoUniqueNamespace);
  EXPECT_EQ(receipt.remarks[0].about, "customer_id");
  EXPECT_NE(receipt.customer, Who(Phone(1)));
}

TEST_P(RecordTest, ALinkBeyondALimitIsRemarkedUpon) {
  IdentityRules rules = DefaultIdentityRules();
  for (NamespaceRule& rule : rules.namespaces) {
    if (rule.name == "phone") rule.per_customer_max = 2;
  }
  rules.identifiers_per_customer_max = 4;
  options.identity_rules = rules;
  Open();
  const Identifier order{"order_id", "O-1"};
  const Identifier other_order{"order_id", "O-2"};
  // The older link of a kind gives way.
  EXPECT_THAT(Record(Call("1", kNoon - 1 * kDay, {Email("ann"), Phone(1)})).remarks, IsEmpty());
  EXPECT_THAT(Record(Call("2", kNoon - 2 * kDay, {Email("ann"), Phone(2)})).remarks, IsEmpty());
  Receipt third_phone = Record(Call("3", kNoon - 3 * kDay, {Email("ann"), Phone(3)}));
  ASSERT_THAT(ReasonsOf(third_phone.remarks), ElementsAre(Reason::kVetoPerCustomerLimit));
  EXPECT_EQ(third_phone.remarks[0].about, "phone");
  EXPECT_THAT(Record(Call("4", kNoon - 4 * kDay, {Email("ann"), order})).remarks, IsEmpty());
  Receipt fifth = Record(Call("5", kNoon - 5 * kDay, {Email("ann"), other_order}));
  ASSERT_THAT(ReasonsOf(fifth.remarks), ElementsAre(Reason::kVetoIdentifiersPerCustomer));
  EXPECT_EQ(fifth.remarks[0].about, "");
  EXPECT_EQ(Who(order), Who(Email("ann")));
  EXPECT_NE(Who(other_order), Who(Email("ann")));
}

TEST_P(RecordTest, WhatWasDefaultedOrDroppedIsSaid) {
  Open();
  Touchpoint call = Call("1", kNoon - kDay, {Email("ann")});
  call.purpose = Purpose::kUnspecified;
  call.text = "hello";
  Receipt receipt = Record(call);
  EXPECT_THAT(ReasonsOf(receipt.remarks),
              testing::UnorderedElementsAre(Reason::kPurposeDefaulted, Reason::kTextDropped));
  EXPECT_EQ(tracker->History(Email("ann"))->touchpoints.front().text, std::nullopt);
}

TEST_P(RecordTest, TheClientsClockErrorIsCorrected) {
  Open();
  Touchpoint call = Call("1", kNoon - 2 * kDay - hours(1), {Email("ann")});
  call.sent_time = kNoon - 2 * kDay;  // Two days slow: sent right now by the store's clock.
  Receipt receipt = Record(call);
  EXPECT_THAT(ReasonsOf(receipt.remarks), Contains(Reason::kClockCorrected));
  EXPECT_EQ(*tracker->History(Email("ann"))->touchpoints.front().event_time, kNoon - hours(1));
}

}  // namespace
}  // namespace cxjourney::tracker_tests
