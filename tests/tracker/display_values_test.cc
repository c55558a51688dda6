// Stores that keep no display values: identifiers are known by their keyed hashes alone.
#include <filesystem>

#include "tests/tracker/shop.h"

namespace cxjourney::tracker_tests {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

class DisplayValuesTest : public testing::Test, public Shop {
 protected:
  void SetUp() override {
    options.display_values = false;
    Open(false);
  }
  void TearDown() override { ExpectSound(); }
  Customer Describe(const Identifier& identifier) {
    Result<Customer> customer = tracker->GetCustomer(Who(identifier));
    EXPECT_TRUE(customer.ok()) << customer.status().ToString();
    return customer.ok() ? *customer : Customer();
  }
};

TEST_F(DisplayValuesTest, FindsByValueAndShowsNone) {
  Record(Call("one", kNoon, {Email("ann"), Phone(1)}));
  Record(Call("two", kNoon + hours(1), {Phone(1)}));
  for (int round = 0; round < 2; ++round) {
    EXPECT_THAT(History(Email("ann")), ElementsAre("one", "two"));
    EXPECT_EQ(Who(Email("ann")), Who(Phone(1)));
    EXPECT_EQ(Who(Email("bob")), CustomerId::kNone);
    Result<Journey> journey = tracker->History(Phone(1), {});
    ASSERT_TRUE(journey.ok());
    for (const Touchpoint& touchpoint : journey->touchpoints) {
      ASSERT_FALSE(touchpoint.identifiers.empty());
      for (const Identifier& shown : touchpoint.identifiers) {
        EXPECT_FALSE(shown.name_space.empty());
        EXPECT_EQ(shown.value, "");
      }
    }
    Reopen();
  }
}

TEST_F(DisplayValuesTest, TellsCopiesFromConflicts) {
  const Touchpoint call = Call("one", kNoon, {Email("ann"), Phone(1)});
  EXPECT_EQ(Record(call).outcome, RecordOutcome::kRecorded);
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(Record(call).outcome, RecordOutcome::kDuplicate);
    // With another identifier of the same namespace it is no copy.
    const Result<Receipt> other = tracker->Record(Call("one", kNoon, {Email("bob"), Phone(1)}));
    EXPECT_EQ(other.status().code(), Code::kAlreadyExists);
    Reopen();
  }
}

TEST_F(DisplayValuesTest, AValueStaysAsItWasFirstStored) {
  options.display_values = true;
  Reopen();
  const Touchpoint shown = Call("one", kNoon, {Email("ann")});
  const Touchpoint both = Call("two", kNoon + hours(1), {Email("ann"), Phone(1)});
  Record(shown);
  options.display_values = false;
  Reopen();
  Record(both);
  options.display_values = true;
  Reopen();
  Record(Call("three", kNoon + hours(2), {Phone(1)}));
  EXPECT_EQ(Record(shown).outcome, RecordOutcome::kDuplicate);
  EXPECT_EQ(Record(both).outcome, RecordOutcome::kDuplicate);
  EXPECT_THAT(History(Email("ann")), ElementsAre("one", "two", "three"));
  for (const HeldIdentifier& held : Describe(Phone(1)).identifiers) {
    EXPECT_EQ(held.value, held.name_space == "email" ? "ann@example.com" : "");
  }
  Reopen();
  EXPECT_EQ(Record(both).outcome, RecordOutcome::kDuplicate);
}

TEST_F(DisplayValuesTest, WhatWasRefusedStaysRefused) {
  IdentityRules rules = DefaultIdentityRules();
  rules.blocked_values.push_back("shop@example.com");
  options.identity_rules = rules;
  Reopen();
  Record(Call("one", kNoon, {Email("shop"), Phone(1)}));
  Record(Call("two", kNoon, {Email("shop"), Phone(2)}));
  EXPECT_NE(Who(Phone(1)), Who(Phone(2)));
  // Its value is not there to be judged by other rules.
  options.identity_rules = DefaultIdentityRules();
  Reopen();
  EXPECT_NE(Who(Phone(1)), Who(Phone(2)));
}

TEST_F(DisplayValuesTest, OpensWhatIsSealedWithAnIdentifier) {
  options.keep_text = true;
  Reopen();
  Touchpoint call = Call("one", kNoon, {Email("ann")});
  call.text = "Where is my parcel?";
  Record(call);
  Record(Call("two", kNoon + hours(1), {Email("ann"), Phone(1)}));
  Reopen();
  call.id = "three";
  call.event_time = kNoon + hours(2);
  Record(call);
  Reopen();
  Result<Journey> journey = tracker->History(Phone(1), {});
  ASSERT_TRUE(journey.ok());
  ASSERT_THAT(journey->touchpoints, SizeIs(3));
  EXPECT_EQ(journey->touchpoints[0].text, "Where is my parcel?");
  EXPECT_EQ(journey->touchpoints[2].text, "Where is my parcel?");
  EXPECT_EQ(Record(call).outcome, RecordOutcome::kDuplicate);
}

// Two customers with the same times, and many identifiers each: what decides by values decides the
// same by hashes whether the store was closed in between or not. Verify compares with a replay.
TEST_F(DisplayValuesTest, DecidesTheSameAfterAReopening) {
  for (int i = 0; i < 40; ++i) {
    Record(Call("call " + std::to_string(i), kNoon + minutes(i % 5),
                {Email("user" + std::to_string(i % 7)), Phone(i % 11), Phone(11 + i % 3)}));
  }
  ExpectSound();
  std::vector<CustomerId> before;
  for (int i = 0; i < 14; ++i) before.push_back(Who(Phone(i)));
  Reopen();
  std::vector<CustomerId> after;
  for (int i = 0; i < 14; ++i) after.push_back(Who(Phone(i)));
  EXPECT_EQ(before, after);
}

// What a killed process leaves has to be replayed from the log.
TEST_F(DisplayValuesTest, IsReplayedFromTheLog) {
  const Touchpoint call = Call("one", kNoon, {Email("ann"), Phone(1)});
  Record(call);
  const CustomerId who = Who(Phone(1));
  const std::string left = folder.Store() + "-left";
  std::filesystem::copy(folder.Store(), left, std::filesystem::copy_options::recursive);
  Result<std::unique_ptr<Tracker>> opened = Tracker::Open(left, options);
  ASSERT_TRUE(opened.ok()) << opened.status().ToString();
  const Result<CustomerId> found = (*opened)->Resolve(Email("ann"));
  ASSERT_TRUE(found.ok()) << found.status().ToString();
  EXPECT_EQ(*found, who);
  const Result<Receipt> copy = (*opened)->Record(call);
  ASSERT_TRUE(copy.ok()) << copy.status().ToString();
  EXPECT_EQ(copy->outcome, RecordOutcome::kDuplicate);
  const Result<VerifyReport> report = (*opened)->Verify();
  ASSERT_TRUE(report.ok()) << report.status().ToString();
  EXPECT_THAT(report->problems, testing::IsEmpty());
}

}  // namespace
}  // namespace cxjourney::tracker_tests
