// What is sealed and let go comes back as it was.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iomanip>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "tests/tracker/shop.h"

namespace cxjourney::tracker_tests {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

class PagingTest : public testing::Test, public Shop {
 protected:
  // Everything is sealed after each write, and nothing stays.
  void OpenForgetful() {
    options.memory_budget_bytes = 1;
    options.keep_text = true;
    Shop::Open(false);
  }
  // What is written from now on stays in the log.
  void ReopenWithLongLog() {
    options.seal_bytes = Options().seal_bytes;
    options.memory_budget_bytes = 0;
    Reopen();
  }
  // As a killed process leaves it: everything recorded is in the kernel.
  std::unique_ptr<Tracker> OpenAfterCrash() {
    const std::string left = folder.Store() + "-crashed";
    fs::copy(folder.Store(), left, fs::copy_options::recursive);
    auto opened = Tracker::Open(left, options);
    EXPECT_TRUE(opened.ok()) << opened.status().ToString();
    return opened.ok() ? *std::move(opened) : nullptr;
  }
};

TEST_F(PagingTest, PersonalFieldsAndOldRevisionsComeBack) {
  OpenForgetful();
  Touchpoint call = Call("c1", kNoon, {Email("ann"), Phone(1)});
  call.text = "where is my parcel?";
  call.conversation_id = "t1";
  Attribute size;
  size.key = "shoe_size";
  size.value = std::string("39");
  size.personal = true;
  call.attributes = {size};
  Record(call);
  call.revision = 1;
  call.text = "where is my other parcel?";
  Record(call);
  const Result<Journey> journey = tracker->History(Phone(1));
  ASSERT_TRUE(journey.ok());
  ASSERT_EQ(journey->touchpoints.size(), 1u);
  EXPECT_EQ(journey->touchpoints.front().text, call.text);
  EXPECT_EQ(journey->touchpoints.front().attributes.front().key, "shoe_size");
  EXPECT_EQ(Record(call).outcome, RecordOutcome::kDuplicate);
  call.revision = 0;
  EXPECT_EQ(tracker->Record(call).status().code(), Code::kAlreadyExists);  // Other text.
  ExpectSound();
}

TEST_F(PagingTest, ATouchpointWithoutAnIdIsKnownAgain) {
  OpenForgetful();
  Touchpoint call = Call("", kNoon, {Email("ann")});
  call.text = "hello";
  EXPECT_EQ(Record(call).outcome, RecordOutcome::kRecorded);
  EXPECT_EQ(Record(call).outcome, RecordOutcome::kDuplicate);
  Reopen();
  EXPECT_EQ(Record(call).outcome, RecordOutcome::kDuplicate);
}

TEST_F(PagingTest, WhatTheLogSaysOfSealedEvidenceSurvivesACrash) {
  OpenForgetful();
  Touchpoint call = Call("c1", kNoon, {Email("ann"), Phone(1)});
  call.text = "where is my parcel?";
  Record(call);
  Record(Call("c2", kNoon + hours(1), {Phone(1)}));
  Record(Call("c3", kNoon + hours(2), {Email("bob")}));
  const Result<AssertionReceipt> link = tracker->MustLink({Email("ann"), Email("bob")}, {"t", ""});
  ASSERT_TRUE(link.ok()) << link.status().ToString();
  ReopenWithLongLog();
  ASSERT_TRUE(tracker->Retract(Key("c2"), {"t", ""}).ok());
  ASSERT_TRUE(tracker->Retract(link->id, {"t", ""}).ok());
  call.revision = 1;
  call.text = "it is here";
  Record(call);
  std::unique_ptr<Tracker> crashed = OpenAfterCrash();
  ASSERT_NE(crashed, nullptr);
  const Result<Journey> journey = crashed->History(Phone(1));
  ASSERT_TRUE(journey.ok());
  EXPECT_THAT(IdsOf(*journey), ElementsAre("c1"));
  EXPECT_EQ(journey->touchpoints.front().text, "it is here");
  const Result<CustomerId> ann = crashed->Resolve(Email("ann"));
  const Result<CustomerId> bob = crashed->Resolve(Email("bob"));
  ASSERT_TRUE(ann.ok()) << ann.status().ToString();
  ASSERT_TRUE(bob.ok()) << bob.status().ToString();
  EXPECT_NE(*ann, *bob);
  const Result<VerifyReport> verified = crashed->Verify();
  ASSERT_TRUE(verified.ok()) << verified.status().ToString();
  EXPECT_THAT(verified->problems, testing::IsEmpty());
}

TEST_F(PagingTest, StaysWithinItsBudget) {
  constexpr int kBatches = 30;
  constexpr int kBatch = 500;
  options.memory_budget_bytes = 4 << 20;
  Shop::Open(false);
  uint64_t most = 0;
  for (int b = 0; b < kBatches; ++b) {
    std::vector<Touchpoint> calls;
    for (int i = 0; i < kBatch; ++i) {
      const int n = b * kBatch + i;
      calls.push_back(
          Call("c" + std::to_string(n), kNoon + seconds(n), {Email(std::to_string(n % 4000))}));
    }
    ASSERT_TRUE(tracker->RecordAll(calls).ok());
    most = std::max(most, tracker->GetStats()->memory_bytes);
  }
  EXPECT_LE(most, options.memory_budget_bytes + options.memory_budget_bytes / 10);
  EXPECT_EQ(tracker->GetStats()->touchpoints, uint64_t{kBatches} * kBatch);
  EXPECT_EQ(History(Email("77")).size(), 4u);  // 77, 4077, 8077 and 12077.
  ExpectSound();
}

TEST_F(PagingTest, CustomersAreFoundByTheirIds) {
  OpenForgetful();
  Record(Call("c1", kNoon, {Email("ann")}));
  Record(Call("c2", kNoon + hours(1), {Email("ann"), Phone(1)}));
  const CustomerId ann = Who(Email("ann"));
  Record(Call("c3", kNoon, {Email("bob")}));  // Ann is let go.
  EXPECT_EQ(tracker->GetCustomer(ann)->identifiers.size(), 2u);
  Record(Call("c4", kNoon, {Email("bob")}));
  EXPECT_THAT(IdsOf(*tracker->History(ann)), ElementsAre("c1", "c2"));
  EXPECT_EQ(tracker->ListCustomers(CustomerId::kNone, 10)->size(), 2u);
}

// What a failed seal had in mind must not be taken for what is in the vault.
TEST_F(PagingTest, ASealThatFailedIsMadeUpFor) {
  options.seal_bytes = 0;
  Shop::Open(false);
  Record(Call("c1", kNoon, {Phone(1)}));
  Record(Call("c2", kNoon, {Email("ann")}));  // Islands of their own.
  const Stats before = *tracker->GetStats();
  const fs::path in_the_way = fs::path(folder.Store()) / "blocks-9999999999.cxj";
  fs::create_directory(in_the_way);  // It can't be removed as a file.
  Record(Call("c3", kNoon + minutes(1), {Phone(1), Email("ann")}));
  Record(Call("c4", kNoon + minutes(1), {Phone(1), Email("bob")}));
  EXPECT_EQ(tracker->GetStats()->sealed_bytes, before.sealed_bytes);
  ASSERT_TRUE(tracker->Retract(TouchpointKey{"crm", "c2"}).ok());
  EXPECT_THAT(OpenAfterCrash()->Verify()->problems, testing::IsEmpty());
  fs::remove(in_the_way);
  Record(Call("c5", kNoon + minutes(1), {Phone(1)}));
  EXPECT_GT(tracker->GetStats()->sealed_bytes, before.sealed_bytes);
  Reopen();
  EXPECT_THAT(IdsOf(*tracker->History(Email("ann"))), ElementsAre("c1", "c3", "c4", "c5"));
  EXPECT_THAT(IdsOf(*tracker->History(Email("bob"))), ElementsAre("c1", "c3", "c4", "c5"));
  EXPECT_THAT(tracker->Verify()->problems, testing::IsEmpty());
}

// Whoever has nothing sealed under its secret loses it at a seal, and gets another one in time.
TEST_F(PagingTest, SecretsComeWhenTheyAreNeeded) {
  OpenForgetful();
  Record(Call("c1", kNoon, {Phone(1)}));
  ReopenWithLongLog();
  for (int i = 2; i < 5; ++i) {
    Touchpoint call = Call("c" + std::to_string(i), kNoon + minutes(i), {Phone(1)});
    call.text = "parcel " + std::to_string(i);
    Record(call);
    std::unique_ptr<Tracker> crashed = OpenAfterCrash();
    ASSERT_NE(crashed, nullptr);
    EXPECT_EQ(crashed->History(Phone(1))->touchpoints.back().text, call.text);
    EXPECT_THAT(crashed->Verify()->problems, testing::IsEmpty());
    crashed.reset();
    fs::remove_all(folder.Store() + "-crashed");
    if (i == 3) {
      ASSERT_TRUE(tracker->Compact().ok());
    }
  }
  Reopen();
  EXPECT_EQ(tracker->History(Phone(1))->touchpoints.size(), 4u);
  ExpectSound();
}

// After many seals compaction leaves one file of each kind, and says the same.
TEST_F(PagingTest, CompactionLeavesNothingDead) {
  options.seal_bytes = 0;
  Shop::Open(false);
  for (int i = 0; i < 20; ++i) {
    Record(Call("c" + std::to_string(i), kNoon + minutes(i), {Phone(i % 3), Email("ann")}));
  }
  const uint64_t before = tracker->GetStats()->sealed_bytes;
  const std::vector<std::string> history = IdsOf(*tracker->History(Phone(1)));
  ASSERT_TRUE(tracker->Compact().ok());
  const uint64_t after = tracker->GetStats()->sealed_bytes;
  EXPECT_LT(after, before);
  ASSERT_TRUE(tracker->Compact().ok());  // Nothing is left to do.
  EXPECT_EQ(tracker->GetStats()->sealed_bytes, after);
  EXPECT_EQ(IdsOf(*OpenAfterCrash()->History(Phone(1))), history);
  ExpectSound();
  Reopen();
  EXPECT_EQ(IdsOf(*tracker->History(Phone(1))), history);
  ASSERT_TRUE(tracker->Close().ok());
  EXPECT_EQ(tracker->Compact().code(), Code::kFailedPrecondition);
}

// Islands that are large enough for seals to add to them.
class AdditionsTest : public PagingTest {
 protected:
  // Calls of one customer, in one batch.
  void RecordCalls(const std::string& customer, int from, int count) {
    std::vector<Touchpoint> calls;
    for (int i = from; i < from + count; ++i) {
      calls.push_back(Call(IdOf(customer, i), kNoon + minutes(i), {Email(customer)}));
    }
    ASSERT_TRUE(tracker->RecordAll(calls).ok());
  }
  // Random to whoever compresses.
  static std::string IdOf(const std::string& customer, int i) {
    std::mt19937_64 random(static_cast<uint64_t>(customer.front()) << 32 |
                           static_cast<uint64_t>(i));
    std::ostringstream digits;
    digits << std::hex << std::setfill('0') << std::setw(16) << random() << std::setw(16)
           << random();
    return digits.str();
  }
  // Of the newest file of blocks.
  uintmax_t NewestBlocks() const {
    fs::path newest;
    for (const auto& entry : fs::directory_iterator(folder.Store())) {
      const bool is_blocks = entry.path().filename().string().rfind("blocks-", 0) == 0;
      if (is_blocks && entry.path() > newest) newest = entry.path();
    }
    return fs::file_size(newest);
  }
  void ExpectSameAfterCrash(const std::vector<std::string>& ids, const Identifier& of) {
    std::unique_ptr<Tracker> crashed = OpenAfterCrash();
    ASSERT_NE(crashed, nullptr);
    const Result<Journey> journey = crashed->History(of);
    ASSERT_TRUE(journey.ok()) << journey.status().ToString();
    EXPECT_EQ(IdsOf(*journey), ids);
    const Result<VerifyReport> verified = crashed->Verify();
    ASSERT_TRUE(verified.ok()) << verified.status().ToString();
    EXPECT_THAT(verified->problems, testing::IsEmpty());
    crashed.reset();
    fs::remove_all(folder.Store() + "-crashed");
  }
  std::vector<std::string> HistoryOf(const Identifier& identifier) {
    HistoryQuery query;
    query.limit = 1000;
    return IdsOf(*tracker->History(identifier, query));
  }
};

TEST_F(AdditionsTest, ASealWritesOnlyWhatIsNew) {
  options.seal_bytes = 0;
  Shop::Open(false);
  RecordCalls("ann", 0, 400);
  const uintmax_t all = NewestBlocks();
  std::vector<std::string> ids;
  for (int i = 0; i < 403; ++i) ids.push_back(IdOf("ann", i));
  for (int i = 400; i < 403; ++i) {
    RecordCalls("ann", i, 1);
    EXPECT_LT(NewestBlocks() * 8, all);
  }
  EXPECT_EQ(HistoryOf(Email("ann")), ids);
  Reopen();
  EXPECT_EQ(HistoryOf(Email("ann")), ids);
  ExpectSound();
}

// However often something is added, what has to be read for an island stays bounded.
TEST_F(AdditionsTest, AllOfAnIslandIsWrittenNowAndThen) {
  OpenForgetful();
  RecordCalls("ann", 0, 40);
  const uintmax_t all = NewestBlocks();
  int whole = 0;
  for (int i = 40; i < 76; ++i) {
    RecordCalls("ann", i, 1);
    whole += NewestBlocks() * 10 > all * 9 ? 1 : 0;
  }
  EXPECT_GE(whole, 3);
  EXPECT_LE(whole, 6);
  EXPECT_EQ(HistoryOf(Email("ann")).size(), 76u);
  ExpectSound();
}

TEST_F(AdditionsTest, WhatIsAddedIsAboutWhatWasSealed) {
  OpenForgetful();
  RecordCalls("ann", 0, 20);
  RecordCalls("bob", 0, 20);
  // Her secret was forgotten, and comes with an addition.
  Touchpoint call = Call(IdOf("ann", 3), kNoon + minutes(3), {Email("ann")});
  call.revision = 2;
  call.text = "where is my parcel?";
  Record(call);
  call.revision = 1;  // Late.
  call.text = "where is it?";
  Record(call);
  ASSERT_TRUE(tracker->Retract(Key(IdOf("ann", 5)), {"t", ""}).ok());
  const Result<AssertionReceipt> link = tracker->MustLink({Email("ann"), Email("bob")}, {"t", ""});
  ASSERT_TRUE(link.ok()) << link.status().ToString();
  EXPECT_EQ(Who(Email("ann")), Who(Email("bob")));
  EXPECT_EQ(HistoryOf(Email("bob")).size(), 39u);
  ASSERT_TRUE(tracker->Retract(link->id, {"t", ""}).ok());
  EXPECT_NE(Who(Email("ann")), Who(Email("bob")));
  EXPECT_EQ(HistoryOf(Email("bob")).size(), 20u);
  const std::vector<std::string> ids = HistoryOf(Email("ann"));
  EXPECT_EQ(ids.size(), 19u);
  EXPECT_EQ(tracker->History(Email("ann"))->touchpoints[3].text, "where is my parcel?");
  EXPECT_EQ(Record(Call(IdOf("ann", 7), kNoon + minutes(7), {Email("ann")})).outcome,
            RecordOutcome::kDuplicate);
  ExpectSound();
  ExpectSameAfterCrash(ids, Email("ann"));
  ASSERT_TRUE(tracker->Compact().ok());
  EXPECT_EQ(HistoryOf(Email("ann")), ids);
  EXPECT_EQ(tracker->History(Email("ann"))->touchpoints[3].text, "where is my parcel?");
  ExpectSound();
}

// The smaller one is written into the larger, whichever was there first; both numbers find it.
TEST_F(AdditionsTest, IslandsThatJoinAreOne) {
  OpenForgetful();
  RecordCalls("bob", 0, 3);
  RecordCalls("ann", 0, 200);
  RecordCalls("bob", 3, 1);
  const uintmax_t alone = NewestBlocks();
  Record(Call("both", kNoon + hours(10), {Email("ann"), Email("bob")}));
  EXPECT_LT(NewestBlocks(), alone * 4);
  EXPECT_EQ(HistoryOf(Email("bob")).size(), 205u);
  RecordCalls("bob", 4, 1);
  RecordCalls("ann", 200, 1);
  const std::vector<std::string> ids = HistoryOf(Email("ann"));
  EXPECT_EQ(ids.size(), 207u);
  ExpectSameAfterCrash(IdsOf(*tracker->History(Email("bob"))), Email("bob"));
  ExpectSound();
  ASSERT_TRUE(tracker->Compact().ok());
  Reopen();
  EXPECT_EQ(HistoryOf(Email("bob")), ids);
  ExpectSound();
}

// Also in islands that nobody asked for since the store was opened.
TEST_F(AdditionsTest, CompactionMakesIslandsWhole) {
  options.seal_bytes = 0;
  options.keep_text = true;
  Shop::Open(false);
  for (const std::string name : {"ann", "bob", "eve"}) RecordCalls(name, 0, 50);
  for (int i = 50; i < 54; ++i) {
    for (const std::string name : {"ann", "bob"}) {
      const Identifier phone = Phone(name == "ann" ? i : i + 10);
      Touchpoint call = Call(IdOf(name, i), kNoon + minutes(i), {Email(name), phone});
      call.text = "parcel";
      Record(call);
    }
  }
  const std::vector<std::string> ids = HistoryOf(Email("ann"));
  Reopen();
  RecordCalls("bob", 54, 1);
  const uint64_t before = tracker->GetStats()->sealed_bytes;
  ASSERT_TRUE(tracker->Compact().ok());
  const uint64_t after = tracker->GetStats()->sealed_bytes;
  EXPECT_LT(after, before);
  ASSERT_TRUE(tracker->Compact().ok());  // Nothing is left to do.
  EXPECT_EQ(tracker->GetStats()->sealed_bytes, after);
  EXPECT_EQ(HistoryOf(Email("ann")), ids);
  EXPECT_EQ(tracker->History(Email("ann"))->touchpoints.back().text, "parcel");
  ExpectSound();
  ExpectSameAfterCrash(ids, Email("ann"));
}

TEST_F(AdditionsTest, ASealThatFailedLeavesNothingBehind) {
  options.seal_bytes = 0;
  Shop::Open(false);
  RecordCalls("ann", 0, 50);
  RecordCalls("ann", 50, 1);
  const fs::path in_the_way = fs::path(folder.Store()) / "blocks-9999999999.cxj";
  fs::create_directory(in_the_way);  // It can't be removed as a file.
  RecordCalls("ann", 51, 1);
  ASSERT_TRUE(tracker->Retract(Key(IdOf("ann", 7)), {"t", ""}).ok());
  const std::vector<std::string> ids = HistoryOf(Email("ann"));
  EXPECT_EQ(ids.size(), 51u);
  ExpectSameAfterCrash(ids, Email("ann"));
  fs::remove(in_the_way);
  RecordCalls("bob", 0, 1);
  ExpectSameAfterCrash(ids, Email("ann"));
  ExpectSound();
}

TEST_F(PagingTest, AQuestionAboutTwoKeepsBoth) {
  OpenForgetful();
  Record(Call("c1", kNoon, {Email("ann")}));
  Record(Call("c2", kNoon, {Email("bob")}));
  EXPECT_NE(Who(Email("ann")), CustomerId::kNone);
  const Result<WhyAnswer> why = tracker->Why(Email("ann"), Email("bob"));
  ASSERT_TRUE(why.ok()) << why.status().ToString();
  EXPECT_FALSE(why->same_customer);
}

// Identifiers that the rules refuse: everybody's mailbox.
class PlaceholderTest : public PagingTest {
 protected:
  const Identifier info_ = Email("info");

  void OpenWithRules(bool refused) {
    options.identity_rules = DefaultIdentityRules();
    if (!refused) options.identity_rules->role_mailboxes.clear();
    if (tracker == nullptr) {
      OpenForgetful();
    } else {
      Reopen();
    }
  }
  void RecordThree() {
    Record(Call("c1", kNoon, {Email("ann"), info_}));
    Record(Call("c2", kNoon + hours(1), {Email("bob"), info_}));
    Record(Call("c3", kNoon + hours(2), {info_}));
  }
};

TEST_F(PlaceholderTest, MakesNoIslandOfEverybody) {
  constexpr int kCustomers = 2000;
  OpenWithRules(true);
  std::vector<Touchpoint> calls;
  for (int i = 0; i < kCustomers; ++i) {
    calls.push_back(
        Call("c" + std::to_string(i), kNoon + seconds(i), {Email(std::to_string(i)), info_}));
  }
  ASSERT_TRUE(tracker->RecordAll(calls).ok());
  EXPECT_EQ(History(Email("77")).size(), 1u);
  EXPECT_LE(tracker->GetStats()->memory_bytes, 100'000u);
  EXPECT_EQ(tracker->GetStats()->identifiers, kCustomers + 1u);
  HistoryQuery all;
  all.limit = 2 * kCustomers;
  EXPECT_EQ(History(info_, all).size(), size_t{kCustomers});
  ExpectSound();
}

TEST_F(PlaceholderTest, WhatCarriesItIsFound) {
  OpenWithRules(true);
  RecordThree();
  EXPECT_THAT(History(info_), ElementsAre("c1", "c2", "c3"));
  EXPECT_NE(Who(Email("ann")), Who(Email("bob")));
  ReopenWithLongLog();
  Record(Call("c4", kNoon + hours(3), {Email("bob"), info_}));
  Touchpoint without = Call("c2", kNoon + hours(1), {Email("bob")});
  without.revision = 1;
  Record(without);
  EXPECT_THAT(History(info_), ElementsAre("c1", "c3", "c4"));
  tracker = OpenAfterCrash();
  EXPECT_THAT(History(info_), ElementsAre("c1", "c3", "c4"));
  ExpectSound();
}

TEST_F(PlaceholderTest, JoinsWhenTheRulesLetIt) {
  OpenWithRules(true);
  RecordThree();
  OpenWithRules(false);
  EXPECT_EQ(Who(Email("ann")), Who(Email("bob")));
  EXPECT_THAT(History(Email("ann")), ElementsAre("c1", "c2", "c3"));
  ExpectSound();
  OpenWithRules(true);
  EXPECT_NE(Who(Email("ann")), Who(Email("bob")));
  Record(Call("c4", kNoon + hours(3), {Email("eve"), info_}));
  ExpectSound();
  options.memory_budget_bytes = 0;
  options.seal_bytes = Options().seal_bytes;
  OpenWithRules(false);
  tracker = OpenAfterCrash();  // Joined, and not sealed yet.
  EXPECT_THAT(History(Email("eve")), ElementsAre("c1", "c2", "c3", "c4"));
  Record(Call("c5", kNoon + hours(4), {Email("dan"), info_}));
  EXPECT_EQ(Who(Email("dan")), Who(Email("ann")));
  ExpectSound();
}

TEST_F(PlaceholderTest, AReaderWithOtherRulesKeepsWhatItJoined) {
  OpenWithRules(true);
  RecordThree();
  ASSERT_TRUE(tracker->Close().ok());
  options.read_only = true;
  options.identity_rules->role_mailboxes.clear();
  Shop::Open(false);
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(History(Email("bob")), ElementsAre("c1", "c2", "c3"));
    EXPECT_EQ(Who(Email("ann")), Who(Email("bob")));
  }
}

TEST_F(PlaceholderTest, AnAssertionIsAboutAllThatCarriesIt) {
  OpenWithRules(true);
  RecordThree();
  ReopenWithLongLog();
  ASSERT_TRUE(tracker->MustLink({info_, Email("zoe")}, {"t", ""}).ok());
  Record(Call("c4", kNoon + hours(3), {Email("dan"), info_}));
  std::unique_ptr<Tracker> crashed = OpenAfterCrash();
  ASSERT_NE(crashed, nullptr);
  const Result<VerifyReport> verified = crashed->Verify();
  ASSERT_TRUE(verified.ok()) << verified.status().ToString();
  EXPECT_THAT(verified->problems, testing::IsEmpty());
  crashed.reset();
  options.memory_budget_bytes = 1;
  Reopen();
  EXPECT_THAT(History(info_), ElementsAre("c1", "c2", "c3", "c4"));
  ASSERT_TRUE(tracker->Block(info_, {"t", ""}).ok());
  OpenWithRules(false);
  EXPECT_NE(Who(Email("ann")), Who(Email("bob")));
  ASSERT_TRUE(tracker->Unblock(info_, {"t", ""}).ok());
  EXPECT_THAT(History(Email("zoe")), ElementsAre("c1", "c2", "c3", "c4"));
  ExpectSound();
}

// Placeholders in islands that are added to, beside a store in which nothing is sealed.
class MentionsTest : public PlaceholderTest {
 protected:
  Shop unsealed_;

  void OpenBoth(bool refused) {
    OpenWithRules(refused);
    unsealed_.options.keep_text = true;
    unsealed_.options.identity_rules = options.identity_rules;
    if (unsealed_.tracker == nullptr) {
      unsealed_.Open(false);
    } else {
      unsealed_.Reopen();
    }
  }
  void RecordBoth(const Touchpoint& touchpoint) {
    Record(touchpoint);
    unsealed_.Record(touchpoint);
  }
  // Of one customer, in one batch.
  void RecordCalls(const std::string& customer, int from, int to, Identifiers others) {
    others.push_back(Email(customer));
    std::vector<Touchpoint> calls;
    for (int i = from; i < to; ++i) {
      calls.push_back(Call(customer + std::to_string(i), kNoon + minutes(i), others));
      calls.back().text = "said by " + customer;
    }
    ASSERT_TRUE(tracker->RecordAll(calls).ok());
    ASSERT_TRUE(unsealed_.tracker->RecordAll(calls).ok());
  }
  static std::vector<std::string> TextsOf(const Shop& shop, const Identifier& identifier) {
    HistoryQuery query;
    query.limit = 1000;
    const Result<Journey> journey = shop.tracker->History(identifier, query);
    if (!journey.ok()) return {journey.status().ToString()};
    std::vector<std::string> texts;
    for (const Touchpoint& touchpoint : journey->touchpoints) {
      texts.push_back(touchpoint.id + ": " + touchpoint.text.value_or("-"));
    }
    return texts;
  }
  void ExpectSame() {
    for (const std::string name : {"ann", "bob", "eve", "info"}) {
      EXPECT_EQ(TextsOf(*this, Email(name)), TextsOf(unsealed_, Email(name))) << name;
    }
    EXPECT_EQ(Who(Email("ann")) == Who(Email("bob")),
              unsealed_.Who(Email("ann")) == unsealed_.Who(Email("bob")));
    ExpectSound();
  }
  // The mailbox was evidence once, so that something of ann's island is sealed with its secret.
  // Then it was refused, and three islands list it.
  void RecordMentions() {
    OpenBoth(false);
    RecordCalls("ann", 0, 8, {});
    for (const Identifier& identifier : {info_, Email("ann")}) {
      Touchpoint call = Call("to " + identifier.value, kNoon + hours(2), {identifier});
      call.conversation_id = "t1";
      call.text = "open sesame";
      RecordBoth(call);
    }
    OpenBoth(true);
    RecordCalls("bob", 0, 30, {});
    for (int i = 30; i < 33; ++i) RecordCalls("bob", i, i + 1, {info_});
    RecordCalls("ann", 8, 9, {info_});
    RecordCalls("eve", 0, 1, {info_});
    ExpectSame();
    EXPECT_EQ(TextsOf(*this, info_).size(), 6u);
    EXPECT_NE(Who(Email("ann")), Who(Email("bob")));
  }
};

TEST_F(MentionsTest, AreListedByTheAdditionsOfEachIsland) {
  RecordMentions();
  for (const std::string name : {"bob", "ann", "bob"}) {
    Reopen();
    const std::vector<std::string> texts = TextsOf(*this, Email(name));
    EXPECT_EQ(texts, TextsOf(unsealed_, Email(name)));
    const int next = static_cast<int>(texts.size());
    RecordCalls(name, next, next + 1, {info_});
  }
  ExpectSame();
  ASSERT_TRUE(tracker->Compact().ok());
  ExpectSame();
}

TEST_F(MentionsTest, AssertionsJoinWhatIsAddedTo) {
  RecordMentions();
  ASSERT_TRUE(tracker->MustLink({info_, Email("zoe")}, {"t", ""}).ok());
  ASSERT_TRUE(unsealed_.tracker->MustLink({info_, Email("zoe")}, {"t", ""}).ok());
  ExpectSame();
  RecordCalls("bob", 33, 34, {info_});
  RecordCalls("eve", 1, 2, {info_});
  Reopen();
  ExpectSame();
  ASSERT_TRUE(tracker->Compact().ok());
  ExpectSame();
  OpenBoth(false);
  ExpectSame();
  Touchpoint late = Call("late", kNoon + hours(3), {info_});
  late.text = "once more";
  RecordBoth(late);
  ExpectSame();
  EXPECT_EQ(TextsOf(*this, info_).back(), "late: once more");
  Reopen();
  ExpectSame();
}

TEST_F(MentionsTest, OtherRulesJoinWhatIsAddedTo) {
  RecordMentions();
  OpenBoth(false);
  ExpectSame();
  EXPECT_EQ(Who(Email("ann")), Who(Email("bob")));
  RecordCalls("bob", 33, 34, {info_});
  Reopen();
  ExpectSame();
  const Status compacted = tracker->Compact();
  ASSERT_TRUE(compacted.ok()) << compacted.ToString();
  OpenBoth(true);
  RecordCalls("eve", 1, 2, {info_});
  ExpectSame();
}

}  // namespace
}  // namespace cxjourney::tracker_tests
