// Customers: ids, why, and assertions with all that follows from them.
#include "tests/tracker/shop.h"

namespace cxjourney::tracker_tests {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

bool Is(const Identifier& identifier, const Identifier& other) {
  return identifier.name_space == other.name_space && identifier.value == other.value;
}

class CustomerTest : public BothStores {};
CXJ_OVER_BOTH_STORES(CustomerTest);

TEST_P(CustomerTest, HoldsIdentifiersStrongestFirst) {
  Open();
  Record(Call("1", kNoon - 3 * kDay, {Email("ann"), {"anonymous_id", "cookie-1"}}));
  Record(Call("2", kNoon - kDay, {Email("ann"), {"customer_id", "C-1"}}));
  Result<Customer> customer = tracker->GetCustomer(Who(Email("ann")));
  ASSERT_TRUE(customer.ok());
  EXPECT_EQ(customer->touchpoints, 2u);
  ASSERT_EQ(customer->identifiers.size(), 3u);
  EXPECT_EQ(customer->identifiers[0].name_space, "customer_id");
  EXPECT_EQ(customer->identifiers[0].id, customer->id);
  EXPECT_EQ(customer->identifiers[1].name_space, "email");
  EXPECT_EQ(customer->identifiers[1].value, "ann@example.com");
  EXPECT_EQ(customer->identifiers[1].first_seen, kNoon - 3 * kDay);
  EXPECT_EQ(customer->identifiers[1].last_seen, kNoon - kDay);
  EXPECT_EQ(customer->identifiers[2].name_space, "anonymous_id");
  EXPECT_EQ(customer->identifiers[2].last_seen, kNoon - 3 * kDay);
  for (const HeldIdentifier& held : customer->identifiers) {
    EXPECT_EQ(tracker->GetCustomer(held.id)->id, customer->id);  // Each own id is an alias.
  }
}

TEST_P(CustomerTest, EquallyStrongIdentifiersByFirstRecorded) {
  Open();
  CustomerId first = Record(Call("1", kNoon - kDay, {Email("zoe")})).customer;
  Record(Call("2", kNoon - 2 * kDay, {Email("zoe"), Email("ann")}));
  EXPECT_EQ(Who(Email("ann")), first);
}

TEST_P(CustomerTest, UnknownOnesAreNotFound) {
  Open();
  Record(Call("1", kNoon, {Email("ann"), {"ip", "10.0.0.1"}}));
  EXPECT_EQ(tracker->Resolve(Email("bob")).status().code(), Code::kNotFound);
  EXPECT_EQ(tracker->Resolve({"ip", "10.0.0.1"}).status().code(), Code::kNotFound);
  EXPECT_EQ(tracker->Resolve({"passport", "X"}).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(tracker->GetCustomer(CustomerId{12345}).status().code(), Code::kNotFound);
  EXPECT_EQ(tracker->GetCustomer(CustomerId::kNone).status().code(), Code::kNotFound);
  EXPECT_EQ(tracker->History(CustomerId{12345}).status().code(), Code::kNotFound);
  EXPECT_EQ(tracker->Why(Email("ann"), Email("bob")).status().code(), Code::kNotFound);
  EXPECT_EQ(tracker->GetContext(Email("bob")).status().code(), Code::kNotFound);
}

TEST_P(CustomerTest, MessagesNeverHoldAValue) {
  Open();
  Record(Call("raw-id-1", kNoon, {Email("ann")}));
  for (const Identifier& raw :
       {Identifier{"customer_id", "7"}, Identifier{"customer_id", "4711"},
        Identifier{"customer_id", "CUST-4711"}, Identifier{"phone", "+905321112233"},
        Identifier{"email", "veronica@example.com"}, Identifier{"phone", "no phone at all"},
        Identifier{"email", "not an address"}, Identifier{"passport", "U1234567"}}) {
    Touchpoint conflict = Call("raw-id-1", kNoon, {raw});
    for (const Status& status :
         {tracker->Resolve(raw).status(), tracker->History(raw).status(),
          tracker->GetContext(raw).status(), tracker->Why(raw, Email("ann")).status(),
          tracker->Why(Email("ann"), raw).status(), tracker->Unblock(raw).status(),
          tracker->MustLink({raw, raw}).status(), tracker->Unlink(raw, raw).status(),
          tracker->Retract(TouchpointKey{"crm", raw.value}).status(),
          tracker->Record(conflict).status()}) {
      EXPECT_FALSE(status.ok()) << raw.name_space;
      EXPECT_THAT(status.message(), Not(HasSubstr(raw.value)));
      EXPECT_THAT(status.message(), Not(HasSubstr("raw-id-1")));
    }
  }
}

TEST_P(CustomerTest, ListingPages) {
  Open();
  for (int i = 0; i < 25; ++i) {
    Record(Call(std::to_string(i), kNoon, {Email("user" + std::to_string(i))}));
  }
  std::vector<CustomerId> all = *tracker->ListCustomers(CustomerId::kNone, 100);
  EXPECT_EQ(all.size(), 25u);
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end()));
  std::vector<CustomerId> paged;
  for (CustomerId after = CustomerId::kNone;;) {
    std::vector<CustomerId> page = *tracker->ListCustomers(after, 7);
    if (page.empty()) break;
    EXPECT_LE(page.size(), 7u);
    paged.insert(paged.end(), page.begin(), page.end());
    after = page.back();
  }
  EXPECT_EQ(paged, all);
  EXPECT_THAT(*tracker->ListCustomers(CustomerId::kNone, 0), IsEmpty());
}

// Why --------------------------------------------------------------------------------------------

TEST_P(CustomerTest, WhyIsAPathOfEvidence) {
  Open();
  for (int i = 0; i < 10; ++i) {
    Record(Call(std::to_string(10 + i), kNoon - kDay + minutes(i), {Email("ann"), Phone(1)}));
  }
  auto linked = tracker->MustLink({Phone(1), {"loyalty_id", "L1"}});
  Result<WhyAnswer> why = tracker->Why(Email("ann"), {"loyalty_id", "L1"});
  ASSERT_TRUE(why.ok()) << why.status().ToString();
  EXPECT_TRUE(why->same_customer);
  EXPECT_TRUE(why->connected);
  EXPECT_EQ(why->customer_a, why->customer_b);
  EXPECT_THAT(why->vetoes, IsEmpty());
  ASSERT_EQ(why->path.size(), 2u);
  const Link& seen = why->path[0];
  EXPECT_TRUE(Is(seen.a, Email("ann")) || Is(seen.b, Email("ann")));
  EXPECT_EQ(seen.must_link, AssertionId::kNone);
  EXPECT_EQ(seen.newest, kNoon - kDay + minutes(9));
  ASSERT_EQ(seen.touchpoints.size(), 8u);
  EXPECT_EQ(seen.touchpoints.front(), Key("19"));
  EXPECT_EQ(seen.touchpoints.back(), Key("12"));
  EXPECT_EQ(why->path[1].must_link, linked->id);
  EXPECT_THAT(why->path[1].touchpoints, IsEmpty());
  EXPECT_EQ(why->path[1].newest, Timestamp::min());
}

TEST_P(CustomerTest, WhyNotIsTheVeto) {
  Open();
  Identifier one{"customer_id", "C-1"};
  Identifier two{"customer_id", "C-2"};
  Record(Call("1", kNoon - 2 * kDay, {one, Email("ann")}));
  Record(Call("2", kNoon - 2 * kDay, {two, Phone(1)}));
  Record(Call("3", kNoon - kDay, {Email("ann"), Phone(1)}));
  Result<WhyAnswer> why = tracker->Why(one, two);
  ASSERT_TRUE(why.ok());
  EXPECT_FALSE(why->same_customer);
  EXPECT_TRUE(why->connected);
  EXPECT_NE(why->customer_a, why->customer_b);
  ASSERT_EQ(why->vetoes.size(), 1u);
  const Veto& veto = why->vetoes[0];
  EXPECT_EQ(veto.rule, VetoRule::kUniqueNamespace);
  EXPECT_EQ(veto.name_space, "customer_id");
  EXPECT_THAT(veto.link.touchpoints, ElementsAre(Key("3")));
  EXPECT_TRUE((Is(veto.rival_a, one) && Is(veto.rival_b, two)) ||
              (Is(veto.rival_a, two) && Is(veto.rival_b, one)));
  EXPECT_EQ(veto.cannot_link, AssertionId::kNone);
}

TEST_P(CustomerTest, WhyNotIsTheCannotLink) {
  Open();
  Record(Call("1", kNoon - kDay, {Email("ann"), Phone(1)}));
  auto unlinked = tracker->Unlink(Email("ann"), Phone(1), {"tester", "two people"});
  ASSERT_TRUE(unlinked.ok());
  Result<WhyAnswer> why = tracker->Why(Email("ann"), Phone(1));
  ASSERT_EQ(why->vetoes.size(), 1u);
  EXPECT_EQ(why->vetoes[0].rule, VetoRule::kCannotLink);
  EXPECT_EQ(why->vetoes[0].cannot_link, unlinked->id);
}

TEST_P(CustomerTest, WhyNotIsThatNothingConnectsThem) {
  Open();
  Record(Call("1", kNoon - kDay, {Email("ann")}));
  Record(Call("2", kNoon - kDay, {Email("bob"), {"ip", "10.0.0.1"}}));
  Result<WhyAnswer> why = tracker->Why(Email("ann"), Email("bob"));
  ASSERT_TRUE(why.ok());
  EXPECT_FALSE(why->same_customer);
  EXPECT_FALSE(why->connected);
  EXPECT_THAT(why->path, IsEmpty());
  EXPECT_THAT(why->vetoes, IsEmpty());
  // An identifier that is no evidence has no customer.
  why = tracker->Why(Email("bob"), {"ip", "10.0.0.1"});
  ASSERT_TRUE(why.ok());
  EXPECT_FALSE(why->same_customer);
  EXPECT_EQ(why->customer_b, CustomerId::kNone);
}

// Assertions -------------------------------------------------------------------------------------

TEST_P(CustomerTest, MustLinkJoinsAndItsRetractionTakesItBack) {
  Open();
  CustomerId ann = Record(Call("1", kNoon - 2 * kDay, {Email("ann")})).customer;
  CustomerId phone = Record(Call("2", kNoon - kDay, {Phone(1)})).customer;
  auto linked = tracker->MustLink({Email("ann"), Phone(1)}, {"tester", "same person"});
  ASSERT_TRUE(linked.ok());
  EXPECT_NE(linked->id, AssertionId::kNone);
  EXPECT_THAT(linked->remarks, IsEmpty());
  EXPECT_THAT(linked->customers, ElementsAre(ann));
  ASSERT_EQ(linked->changes.size(), 1u);
  EXPECT_EQ(linked->changes[0].type, NoticeType::kDetected);
  EXPECT_EQ(linked->changes[0].contact, Key("2"));
  EXPECT_THAT(History(Phone(1)), ElementsAre("1", "2"));
  auto retracted = tracker->Retract(linked->id);
  ASSERT_EQ(retracted->changes.size(), 1u);
  EXPECT_EQ(retracted->changes[0].type, NoticeType::kRetracted);
  EXPECT_EQ(retracted->changes[0].old_prior, Key("1"));
  EXPECT_EQ(Who(Phone(1)), phone);
  EXPECT_THAT(History(Phone(1)), ElementsAre("2"));
  EXPECT_EQ(tracker->GetStats()->assertions, 1u);  // The retraction itself.
}

TEST_P(CustomerTest, MustLinkThatWouldMixUniqueValuesIsRefused) {
  Open();
  Identifier one{"customer_id", "C-1"};
  Identifier two{"customer_id", "C-2"};
  Record(Call("1", kNoon - 2 * kDay, {one, Email("ann")}));
  Record(Call("2", kNoon - kDay, {two, Email("bob")}));
  uint64_t sequence = tracker->GetStats()->last_sequence;
  auto refused = tracker->MustLink({Email("ann"), Email("bob")});
  EXPECT_EQ(refused.status().code(), Code::kFailedPrecondition);
  EXPECT_THAT(refused.status().message(), HasSubstr("customer_id"));
  EXPECT_EQ(tracker->GetStats()->last_sequence, sequence);  // It is no evidence,
  ASSERT_TRUE(tracker->Retract(Key("2")).ok());
  EXPECT_NE(Who(Email("ann")), Who(Email("bob")));  // and is not tried again.
  ASSERT_TRUE(tracker->MustLink({one, two}).ok());
  EXPECT_EQ(Who(one), Who(two));
  Record(Call("3", kNoon, {two, Email("bob")}));
  EXPECT_EQ(Who(Email("ann")), Who(Email("bob")));
}

TEST_P(CustomerTest, MustLinkOfIdentifiersNobodyHasSeen) {
  Open();
  auto linked = tracker->MustLink({Email("ann"), Phone(1)});
  ASSERT_TRUE(linked.ok());
  ASSERT_EQ(linked->customers.size(), 1u);
  Result<Customer> customer = tracker->GetCustomer(linked->customers[0]);
  ASSERT_TRUE(customer.ok());
  EXPECT_EQ(customer->touchpoints, 0u);
  ASSERT_EQ(customer->identifiers.size(), 2u);
  EXPECT_EQ(customer->identifiers[0].first_seen, Timestamp::max());
  EXPECT_EQ(customer->identifiers[0].last_seen, Timestamp::min());
  EXPECT_THAT(History(Email("ann")), IsEmpty());
  EXPECT_EQ(tracker->GetContext(Email("ann"))->contacts, 0u);
  EXPECT_EQ(tracker->GetStats()->customers, 1u);
}

TEST_P(CustomerTest, AVetoedMustLinkIsKeptAndSaysSo) {
  Open();
  Record(Call("1", kNoon - kDay, {Email("ann")}));
  auto unlinked = tracker->Unlink(Email("ann"), Phone(1));
  ASSERT_TRUE(unlinked.ok());
  auto linked = tracker->MustLink({Email("ann"), Phone(1)});
  ASSERT_TRUE(linked.ok());
  EXPECT_THAT(ReasonsOf(linked->remarks), ElementsAre(Reason::kVetoCannotLink));
  EXPECT_NE(Who(Email("ann")), Who(Phone(1)));
  ASSERT_TRUE(tracker->Retract(unlinked->id).ok());
  EXPECT_EQ(Who(Email("ann")), Who(Phone(1)));
}

TEST_P(CustomerTest, AssertionsAreChecked) {
  Open();
  EXPECT_EQ(tracker->MustLink({Email("ann")}).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(tracker->MustLink({}).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(tracker->MustLink({Email("ann"), {"email", "ANN@example.com"}}).status().code(),
            Code::kInvalidArgument);
  EXPECT_EQ(tracker->Unlink(Email("ann"), Email("ann")).status().code(), Code::kInvalidArgument);
  Assertion long_actor{std::string(257, 'a'), ""};
  Assertion long_reason{"", std::string(1025, 'r')};
  EXPECT_EQ(tracker->Block(Email("ann"), long_actor).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(tracker->Block(Email("ann"), long_reason).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(tracker->GetStats()->assertions, 0u);
}

TEST_P(CustomerTest, UnlinkSplitsAndItsRetractionJoins) {
  Open();
  Record(Call("1", kNoon - 3 * kDay, {Email("ann")}));
  Record(Call("2", kNoon - 2 * kDay, {Email("ann"), Phone(1)}));
  CustomerId before = Who(Phone(1));
  auto unlinked = tracker->Unlink(Phone(1), Email("ann"));
  ASSERT_TRUE(unlinked.ok());
  EXPECT_EQ(unlinked->customers.size(), 2u);
  EXPECT_NE(Who(Phone(1)), Who(Email("ann")));
  // The touchpoint that carries both goes with its anchor, the e-mail.
  EXPECT_THAT(History(Email("ann")), ElementsAre("1", "2"));
  EXPECT_THAT(History(Phone(1)), IsEmpty());
  ASSERT_TRUE(tracker->Retract(unlinked->id).ok());
  EXPECT_EQ(Who(Phone(1)), before);
}

TEST_P(CustomerTest, AValueThatTooManyCustomersShareBelongsToNobody) {
  Open();
  const auto number = [](int i) { return Identifier{"customer_id", std::to_string(i)}; };
  Record(Call("alone", kNoon - 9 * kDay, {Phone(1)}));
  for (int i = 1; i <= 4; ++i) {
    Record(Call(std::to_string(i), kNoon - (9 - i) * kDay, {number(i), Phone(1)}));
  }
  EXPECT_EQ(Who(Phone(1)), Who(number(4)));
  EXPECT_THAT(History(number(4)), ElementsAre("alone", "4"));
  const Receipt fifth = Record(Call("5", kNoon - 4 * kDay, {number(5), Phone(1)}));
  EXPECT_THAT(ReasonsOf(fifth.remarks), ElementsAre(Reason::kQuarantined));
  EXPECT_EQ(fifth.customer, Who(number(5)));
  EXPECT_EQ(Who(Phone(1)), CustomerId::kNone);
  EXPECT_THAT(History(number(4)), ElementsAre("4"));
  EXPECT_THAT(History(Phone(1)), ElementsAre("alone", "1", "2", "3", "4", "5"));  // Found by it.
  const Receipt sixth = Record(Call("6", kNoon - 3 * kDay, {Phone(1)}));
  EXPECT_THAT(ReasonsOf(sixth.remarks), ElementsAre(Reason::kQuarantined, Reason::kUnidentified));
  if (!options.in_memory) Reopen();
  EXPECT_EQ(Who(Phone(1)), CustomerId::kNone);
  // Somebody says whose it is.
  const Result<AssertionReceipt> link = tracker->MustLink({number(2), Phone(1)}, {"tester", ""});
  ASSERT_TRUE(link.ok()) << link.status().ToString();
  EXPECT_THAT(History(number(2)), ElementsAre("alone", "2", "6"));
  ASSERT_TRUE(tracker->Retract(link->id, {"tester", ""}).ok());
  EXPECT_THAT(History(number(2)), ElementsAre("2"));
  // Without the fifth so many never shared it.
  ASSERT_TRUE(tracker->Retract(Key("5"), {"tester", ""}).ok());
  EXPECT_THAT(History(number(4)), ElementsAre("alone", "4", "6"));
  ExpectSound();
}

// It has become unidentified, so from now on its conversation says whose it is.
TEST_P(CustomerTest, WhoLosesItsCustomerToAQuarantineFollowsItsConversation) {
  Open();
  const auto number = [](int i) { return Identifier{"customer_id", std::to_string(i)}; };
  const auto in_chat = [&](const std::string& id, int day, Identifiers identifiers) {
    Touchpoint message = Call(id, kNoon - (9 - day) * kDay, std::move(identifiers));
    message.conversation_id = "k";
    Record(message);
  };
  in_chat("lost", 0, {Phone(1)});
  in_chat("a", 1, {number(1)});
  in_chat("b", 1, {number(2)});
  for (int i = 11; i <= 15; ++i) {
    Record(Call(std::to_string(i), kNoon - 5 * kDay, {number(i), Phone(1)}));
  }
  EXPECT_THAT(History(number(1)), ElementsAre("a"));  // The conversation is of two customers.
  ASSERT_TRUE(tracker->MustLink({number(1), number(2)}, {"tester", ""}).ok());
  EXPECT_THAT(History(number(1)), ElementsAre("lost", "a", "b"));
  ExpectSound();
}

TEST_P(CustomerTest, ABlockedIdentifierLinksNothingAndBelongsToNobody) {
  Open();
  Record(Call("1", kNoon - 3 * kDay, {Email("ann"), Phone(1)}));
  Record(Call("2", kNoon - 2 * kDay, {Email("bob"), Phone(1)}));
  Record(Call("3", kNoon - kDay, {Phone(1)}));
  EXPECT_EQ(Who(Email("ann")), Who(Email("bob")));
  EXPECT_EQ(tracker->Unblock(Phone(1)).status().code(), Code::kNotFound);
  auto blocked = tracker->Block(Phone(1), {"tester", "family line"});
  ASSERT_TRUE(blocked.ok());
  EXPECT_THAT(blocked->customers, ::testing::UnorderedElementsAre(
                                      Who(Email("ann")), Who(Email("bob"))));  // Who were one.
  EXPECT_NE(Who(Email("ann")), Who(Email("bob")));
  EXPECT_EQ(Who(Phone(1)), CustomerId::kNone);
  EXPECT_THAT(History(Phone(1)), ElementsAre("1", "2", "3"));  // Still found by it.
  Receipt receipt = Record(Call("4", kNoon, {Email("ann"), Phone(1)}));
  EXPECT_THAT(ReasonsOf(receipt.remarks), Contains(Reason::kBlockedByAssertion));
  EXPECT_THAT(History(Email("ann")), ElementsAre("1", "4"));
  ASSERT_TRUE(tracker->Unblock(Phone(1)).ok());
  EXPECT_EQ(Who(Email("ann")), Who(Email("bob")));
  EXPECT_EQ(tracker->Unblock(Phone(1)).status().code(), Code::kNotFound);
  ASSERT_TRUE(tracker->Block(Phone(1)).ok());
  EXPECT_NE(Who(Email("ann")), Who(Email("bob")));
}

TEST_P(CustomerTest, RetractingABlockUndoesIt) {
  Open();
  Record(Call("1", kNoon - 3 * kDay, {Email("ann"), Phone(1)}));
  auto blocked = tracker->Block(Phone(1));
  EXPECT_EQ(Who(Phone(1)), CustomerId::kNone);
  auto retracted = tracker->Retract(blocked->id);
  EXPECT_THAT(retracted->customers, ElementsAre(Who(Email("ann"))));
  EXPECT_EQ(Who(Phone(1)), Who(Email("ann")));
  EXPECT_EQ(tracker->Unblock(Phone(1)).status().code(), Code::kNotFound);
  ASSERT_TRUE(tracker->Retract(retracted->id).ok());
  EXPECT_EQ(Who(Phone(1)), CustomerId::kNone);
}

TEST_P(CustomerTest, BlockedValuesWinOverMustLinks) {
  Open();
  Record(Call("1", kNoon - kDay, {Email("ann")}));
  auto linked = tracker->MustLink({Email("ann"), Phone(1)});
  ASSERT_TRUE(tracker->Block(Phone(1)).ok());
  EXPECT_EQ(Who(Phone(1)), CustomerId::kNone);
  auto again = tracker->MustLink({{"email", "info@example.com"}, Email("ann")});
  ASSERT_TRUE(again.ok());
  EXPECT_THAT(ReasonsOf(again->remarks), Contains(Reason::kRoleMailbox));
  EXPECT_EQ(Who({"email", "info@example.com"}), CustomerId::kNone);
}

// Ids over time ----------------------------------------------------------------------------------

TEST(CustomerIdTest, AreEqualInEveryStoreWithTheKeyAndAcrossReopening) {
  Shop shop;
  shop.Open(false);
  CustomerId phone = shop.Record(Call("1", kNoon - 2 * kDay, {Phone(1)})).customer;
  CustomerId merged = shop.Record(Call("2", kNoon - kDay, {Phone(1), Email("ann")})).customer;
  EXPECT_NE(phone, merged);
  shop.Reopen();
  EXPECT_EQ(shop.Who(Phone(1)), merged);
  EXPECT_EQ(shop.tracker->GetCustomer(phone)->id, merged);  // An old primary id stays an alias.
  EXPECT_EQ(*shop.tracker->Resolve(Email("ann")), merged);
  EXPECT_THAT(IdsOf(*shop.tracker->History(phone)), ElementsAre("1", "2"));
  ASSERT_TRUE(shop.tracker->Unlink(Phone(1), Email("ann")).ok());
  EXPECT_EQ(shop.Who(Phone(1)), phone);
  EXPECT_EQ(shop.Who(Email("ann")), merged);
  shop.ExpectSound();
}

TEST(CustomerIdTest, DependOnTheKeyTheTenantAndNothingElse) {
  const auto id_of = [](bool in_memory, uint8_t byte, uint32_t tenant) {
    Shop shop;
    FixedKey key(byte);
    shop.options.key_provider = &key;
    shop.options.tenant = tenant;
    shop.Open(in_memory);
    shop.Record(Call("other", kNoon, {Phone(static_cast<int>(byte))}));
    return shop.Record(Call("1", kNoon, {Email("ann")})).customer;
  };
  EXPECT_NE(id_of(false, 5, 0), CustomerId::kNone);
  EXPECT_NE(id_of(false, 5, 0), id_of(false, 6, 0));
  EXPECT_NE(id_of(false, 5, 0), id_of(false, 5, 1));
}

TEST(CustomerIdTest, OtherStoresWithTheSameKeyAgree) {
  std::vector<CustomerId> ids;
  for (int round = 0; round < 2; ++round) {
    Shop shop;
    shop.Open(false);
    if (round == 1) shop.Record(Call("0", kNoon, {Email("bob")}));
    ids.push_back(shop.Record(Call("1", kNoon, {Email("ann")})).customer);
  }
  EXPECT_EQ(ids[0], ids[1]);
}

}  // namespace
}  // namespace cxjourney::tracker_tests
