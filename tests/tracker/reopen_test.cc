// What a store remembers when it is opened again, and what it refuses.
#include <algorithm>
#include <fstream>

#include "tests/tracker/shop.h"

namespace cxjourney::tracker_tests {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;

class ReopenTest : public testing::Test, public Shop {
 protected:
  void SetUp() override { Shop::Open(false); }
  void TearDown() override {
    if (tracker != nullptr) ExpectSound();
  }
  Status TryOpen() {
    tracker.reset();
    return Tracker::Open(folder.Store(), options).status();
  }
  // Opens a copy of the folder as it is now, as after a crash.
  std::unique_ptr<Shop> Crashed() {
    auto other = std::make_unique<Shop>();
    fs::copy(folder.Store(), other->folder.Store(), fs::copy_options::recursive);
    other->clock.Set(clock.Now());
    other->Open(false);
    return other;
  }
};

// Touchpoints that use every role and tier, to be told apart by content.
std::vector<Touchpoint> Mixture() {
  Touchpoint plain = Call("1", kNoon - 9 * kDay, {Email("ann"), {"customer_id", "C-1"}});
  Touchpoint roles = Call("2", kNoon - 8 * kDay, {Phone(1), Email("ann"), {"ip", "10.0.0.1"}});
  roles.identifiers.push_back({"phone", "+902121112233", Role::kAgent});
  roles.identifiers.push_back({"device_id", "device-1"});
  Touchpoint nameless = Call("", kNoon - 7 * kDay, {{"device_id", "device-1"}, Phone(2)});
  Touchpoint blocked = Call("3", kNoon - 6 * kDay, {{"email", "info@example.com"}, Phone(3)});
  return {plain, roles, nameless, blocked};
}

std::vector<RecordOutcome> Outcomes(Tracker* tracker, const std::vector<Touchpoint>& batch) {
  std::vector<RecordOutcome> outcomes;
  auto receipts = tracker->RecordAll(batch);
  EXPECT_TRUE(receipts.ok()) << receipts.status().ToString();
  if (!receipts.ok()) return outcomes;
  for (const Receipt& receipt : *receipts) outcomes.push_back(receipt.outcome);
  return outcomes;
}

// Rules and policies -----------------------------------------------------------------------------

TEST_F(ReopenTest, EverythingIsThereAgain) {
  for (const Touchpoint& one : Mixture()) Record(one);
  auto linked = tracker->MustLink({Phone(3), {"loyalty_id", "L1"}}, {"tester", "said so"});
  auto unlinked = tracker->Unlink(Phone(2), {"device_id", "device-1"});
  ASSERT_TRUE(tracker->Block(Phone(1)).ok());
  ASSERT_TRUE(tracker->Retract(Key("1")).ok());
  Stats before = *tracker->GetStats();
  std::vector<CustomerId> customers = *tracker->ListCustomers(CustomerId::kNone, 100);
  Reopen();
  Stats after = *tracker->GetStats();
  EXPECT_EQ(after.evidence, before.evidence);
  EXPECT_EQ(after.last_sequence, before.last_sequence);
  EXPECT_EQ(after.links, before.links);
  EXPECT_EQ(after.assertions, before.assertions);
  EXPECT_EQ(*tracker->ListCustomers(CustomerId::kNone, 100), customers);
  EXPECT_EQ(tracker->open_report().records, before.evidence);
  EXPECT_TRUE(tracker->open_report().sealed);
  EXPECT_FALSE(tracker->open_report().created);
  EXPECT_EQ(Who(Phone(1)), CustomerId::kNone);
  EXPECT_EQ(tracker->Why(Phone(3), {"loyalty_id", "L1"})->path[0].must_link, linked->id);
  ASSERT_TRUE(tracker->Retract(unlinked->id).ok());
  EXPECT_EQ(Who(Phone(2)), Who({"device_id", "device-1"}));
  EXPECT_THAT(Outcomes(tracker.get(), Mixture()), Each(RecordOutcome::kDuplicate));
}

TEST_F(ReopenTest, RulesAndPoliciesAreRemembered) {
  NamespaceRule badge;
  badge.name = "badge";
  badge.tier = Tier::kPerson;
  badge.priority = 4;
  IdentityRules rules = DefaultIdentityRules();
  rules.namespaces.push_back(badge);
  options.identity_rules = rules;
  options.policies = {*ParsePolicy("callback_24h"), *ParsePolicy("calendar_days(45)")};
  Reopen();
  Record(Call("1", kNoon - kDay, {{"badge", "B-7"}}));
  options.identity_rules.reset();
  options.policies.reset();
  Reopen();
  EXPECT_THAT(History({"badge", "B-7"}), ElementsAre("1"));
  ASSERT_EQ(tracker->policies().size(), 2u);
  EXPECT_EQ(tracker->policies()[0].name, "callback_24h");
  EXPECT_EQ(tracker->policies()[1].calendar->days, 45u);
  EXPECT_EQ(tracker->identity_rules().namespaces.back().name, "badge");
  // They stand on record once, not once for each opening.
  EXPECT_EQ(tracker->GetStats()->evidence, 5u);
}

TEST_F(ReopenTest, ChangedPoliciesTakeEffect) {
  Record(Call("1", kNoon - 20 * kDay, {Email("ann")}));
  EXPECT_EQ(Record(Call("2", kNoon - 5 * kDay, {Email("ann")})).verdict()->repeat_of, std::nullopt);
  options.policies = {*ParsePolicy("same_topic_30d")};
  Reopen();
  RepeatQuery query;
  query.registered = "same_topic_30d";
  EXPECT_EQ(tracker->Repeats(query)->total.rcr.numerator, 1);
  Receipt third = Record(Call("3", kNoon, {Email("ann")}));
  EXPECT_EQ(third.verdict()->policy, "same_topic_30d");
  EXPECT_EQ(third.verdict()->contacts_in_episode, 3u);
  query.registered = "next_contact_7d";
  EXPECT_EQ(tracker->Repeats(query).status().code(), Code::kNotFound);
}

TEST_F(ReopenTest, BadRulesAndPoliciesAreRefused) {
  options.policies = std::vector<Policy>();
  EXPECT_EQ(TryOpen().code(), Code::kInvalidArgument);
  options.policies = std::vector<Policy>(2);
  EXPECT_EQ(TryOpen().code(), Code::kInvalidArgument);
  options.policies.reset();
  IdentityRules rules = DefaultIdentityRules();
  rules.namespaces.push_back(rules.namespaces.front());
  options.identity_rules = rules;
  EXPECT_EQ(TryOpen().code(), Code::kInvalidArgument);
}

TEST_F(ReopenTest, AnotherNormalizerIsRefused) {
  Record(Call("1", kNoon, {Email("ann")}));
  IdentityRules rules = DefaultIdentityRules();
  const auto email = std::find_if(rules.namespaces.begin(), rules.namespaces.end(),
                                  [](const NamespaceRule& rule) { return rule.name == "email"; });
  email->normalizer = Normalizer::kTrim;
  options.identity_rules = rules;
  EXPECT_EQ(TryOpen().code(), Code::kFailedPrecondition);
  rules = DefaultIdentityRules();
  rules.default_region = "DE";
  options.identity_rules = rules;
  EXPECT_EQ(TryOpen().code(), Code::kFailedPrecondition);
  options.identity_rules.reset();
  Shop::Open(false);
  EXPECT_THAT(History(Email("ann")), ElementsAre("1"));
}

TEST_F(ReopenTest, NamespacesMayBeAddedAndReordered) {
  for (const Touchpoint& one : Mixture()) Record(one);
  CustomerId ann = Who(Email("ann"));
  std::vector<std::string> history = History(Email("ann"));
  IdentityRules rules = DefaultIdentityRules();
  std::reverse(rules.namespaces.begin(), rules.namespaces.end());
  NamespaceRule badge;
  badge.name = "badge";
  badge.tier = Tier::kPerson;
  badge.priority = 4;
  rules.namespaces.insert(rules.namespaces.begin(), badge);
  options.identity_rules = rules;
  Reopen();
  EXPECT_EQ(Who(Email("ann")), ann);
  EXPECT_EQ(History(Email("ann")), history);
  EXPECT_THAT(Outcomes(tracker.get(), Mixture()), Each(RecordOutcome::kDuplicate));
  Record(Call("9", kNoon, {{"badge", "B-7"}, Email("ann")}));
  options.identity_rules.reset();
  Reopen();
  EXPECT_EQ(Who({"badge", "B-7"}), Who(Email("ann")));
  options.identity_rules = DefaultIdentityRules();
  options.identity_rules->namespaces.push_back(badge);
  Reopen();
  EXPECT_THAT(Outcomes(tracker.get(), Mixture()), Each(RecordOutcome::kDuplicate));
}

TEST_F(ReopenTest, ANamespaceThatIsGoneLinksNothingUntilItIsBack) {
  for (const Touchpoint& one : Mixture()) Record(one);
  EXPECT_EQ(Who(Phone(1)), Who(Phone(2)));  // Over the device.
  IdentityRules rules = DefaultIdentityRules();
  std::erase_if(rules.namespaces, [](const auto& rule) { return rule.name == "device_id"; });
  options.identity_rules = rules;
  Reopen();
  EXPECT_NE(Who(Phone(1)), Who(Phone(2)));
  EXPECT_EQ(tracker->Resolve({"device_id", "device-1"}).status().code(), Code::kInvalidArgument);
  Result<Journey> journey = tracker->History(Phone(2));
  ASSERT_TRUE(journey.ok());
  EXPECT_EQ(journey->touchpoints.front().identifiers.size(), 2u);
  ExpectSound();
  options.identity_rules = DefaultIdentityRules();
  Reopen();
  EXPECT_EQ(Who(Phone(1)), Who(Phone(2)));
}

TEST_F(ReopenTest, ChangedBlockListsAndLimitsRederiveTheCustomers) {
  Record(Call("1", kNoon - 3 * kDay, {Phone(1), {"email", "Shop@Example.com"}}));
  Record(Call("2", kNoon - 2 * kDay, {Phone(2), {"email", "shop@example.com"}}));
  Record(Call("3", kNoon - kDay, {Phone(3), {"login_id", "Kasa"}}));
  Record(Call("4", kNoon, {Phone(4), {"login_id", "Kasa"}}));
  EXPECT_EQ(Who(Phone(1)), Who(Phone(2)));
  EXPECT_EQ(Who(Phone(3)), Who(Phone(4)));
  IdentityRules rules = DefaultIdentityRules();
  rules.role_mailboxes.push_back("shop");
  rules.blocked_values.push_back("kasa");
  rules.own_phones.push_back(Phone(3).value);
  options.identity_rules = rules;
  Reopen();
  EXPECT_NE(Who(Phone(1)), Who(Phone(2)));
  EXPECT_EQ(Who(Phone(3)), CustomerId::kNone);
  EXPECT_NE(Who(Phone(4)), CustomerId::kNone);
  EXPECT_THAT(History({"login_id", "Kasa"}), ElementsAre("3", "4"));
  // Copies are copies under any rules.
  EXPECT_EQ(Record(Call("2", kNoon - 2 * kDay, {Phone(2), {"email", "shop@example.com"}})).outcome,
            RecordOutcome::kDuplicate);
  EXPECT_EQ(Record(Call("3", kNoon - kDay, {Phone(3), {"login_id", "Kasa"}})).outcome,
            RecordOutcome::kDuplicate);
  rules = DefaultIdentityRules();
  rules.identifiers_per_customer_max = 2;
  options.identity_rules = rules;
  Reopen();
  EXPECT_NE(Who(Phone(1)), Who(Phone(2)));
  EXPECT_GT(tracker->GetStats()->vetoed_links, 0u);
}

// Opening and closing ----------------------------------------------------------------------------

TEST_F(ReopenTest, OneOpenerAtATime) {
  Options second = options;
  second.lock_wait_ms = 20;
  EXPECT_EQ(Tracker::Open(folder.Store(), second).status().code(), Code::kUnavailable);
  ASSERT_TRUE(tracker->Close().ok());
  Result<std::unique_ptr<Tracker>> other = Tracker::Open(folder.Store(), second);
  EXPECT_TRUE(other.ok()) << other.status().ToString();
  tracker.reset();
}

TEST_F(ReopenTest, NothingIsThereWithoutCreate) {
  options.create_if_missing = false;
  TempFolder empty;
  EXPECT_EQ(Tracker::Open(empty.Store(), options).status().code(), Code::kNotFound);
  EXPECT_FALSE(fs::exists(empty.Store()));
}

TEST_F(ReopenTest, AWrongKeyOrTenantIsRefused) {
  Record(Call("1", kNoon, {Email("ann")}));
  FixedKey wrong(99);
  options.key_provider = &wrong;
  EXPECT_EQ(TryOpen().code(), Code::kFailedPrecondition);
  options.key_provider = &key;
  options.tenant = 4;
  EXPECT_EQ(TryOpen().code(), Code::kFailedPrecondition);
  options.tenant = 0;
  Shop::Open(false);
  EXPECT_THAT(History(Email("ann")), ElementsAre("1"));
}

TEST_F(ReopenTest, AKeyProvidersFailureIsOpens) {
  class NoKey : public KeyProvider {
   public:
    Result<std::array<uint8_t, 32>> StoreKey(const std::array<uint8_t, 16>&) override {
      return Status(Code::kUnavailable, "the vault is locked");
    }
  };
  NoKey none;
  options.key_provider = &none;
  Status status = TryOpen();
  EXPECT_EQ(status.code(), Code::kUnavailable);
  EXPECT_EQ(status.message(), "the vault is locked");
}

TEST_F(ReopenTest, AfterCloseEveryCallSaysSo) {
  Receipt receipt = Record(Call("1", kNoon, {Email("ann")}));
  auto linked = tracker->MustLink({Email("ann"), Phone(1)});
  ASSERT_TRUE(tracker->Close().ok());
  const std::vector<Status> statuses = {
      tracker->Close(),
      tracker->Record(Call("2", kNoon, {})).status(),
      tracker->RecordAll({}).status(),
      tracker->Sync(),
      tracker->Resolve(Email("ann")).status(),
      tracker->GetCustomer(receipt.customer).status(),
      tracker->Why(Email("ann"), Phone(1)).status(),
      tracker->MustLink({Email("ann"), Phone(2)}).status(),
      tracker->Unlink(Email("ann"), Phone(2)).status(),
      tracker->Block(Phone(2)).status(),
      tracker->Unblock(Phone(2)).status(),
      tracker->Retract(linked->id).status(),
      tracker->Retract(Key("1")).status(),
      tracker->History(Email("ann")).status(),
      tracker->History(receipt.customer).status(),
      tracker->GetContext(Email("ann")).status(),
      tracker->GetContext(Email("ann"), kNoon).status(),
      tracker->Repeats(RepeatQuery()).status(),
      tracker->Verify().status(),
  };
  for (size_t i = 0; i < statuses.size(); ++i) {
    EXPECT_EQ(statuses[i].code(), Code::kFailedPrecondition) << "call " << i;
  }
  EXPECT_EQ(tracker->ListCustomers(CustomerId::kNone, 9).status().code(),
            Code::kFailedPrecondition);
  EXPECT_EQ(tracker->GetStats().status().code(), Code::kFailedPrecondition);
  EXPECT_EQ(tracker->policies().size(), 1u);
  Shop::Open(false);
}

// Durability -------------------------------------------------------------------------------------

TEST_F(ReopenTest, EachDurabilityLevelKeepsItsPromise) {
  options.durability = Durability::kBuffered;
  options.buffered_ms = 600'000;
  Reopen();
  const auto record = [&](const std::string& id, Durability durability) {
    RecordOptions how;
    how.durability = durability;
    ASSERT_TRUE(tracker->Record(Call(id, kNoon, {Email("ann")}), how).ok());
  };
  record("buffered", Durability::kDefault);
  EXPECT_THAT(History(Email("ann")), ElementsAre("buffered"));  // Seen at once by queries.
  // What survives is a prefix: a stronger level carries along what came before.
  record("os", Durability::kOs);
  EXPECT_THAT(Crashed()->History(Email("ann")), ElementsAre("buffered", "os"));
  record("durable", Durability::kDurable);
  EXPECT_EQ(Crashed()->History(Email("ann")).size(), 3u);
  record("late", Durability::kBuffered);
  ASSERT_TRUE(tracker->Sync().ok());
  std::unique_ptr<Shop> crashed = Crashed();
  EXPECT_EQ(crashed->History(Email("ann")).size(), 4u);
  EXPECT_FALSE(crashed->tracker->open_report().sealed);
  crashed->ExpectSound();
  ASSERT_TRUE(tracker->MustLink({Email("ann"), Phone(1)}).ok());
  ASSERT_TRUE(tracker->Sync().ok());
  EXPECT_EQ(Crashed()->Who(Phone(1)), Who(Email("ann")));
}

TEST_F(ReopenTest, BufferedEvidenceIsWrittenAfterItsTime) {
  options.durability = Durability::kBuffered;
  options.buffered_ms = 20;
  Reopen();
  Record(Call("1", kNoon, {Email("ann")}));
  bool written = false;
  for (int i = 0; i < 200 && !written; ++i) {
    ::usleep(20'000);
    written = Crashed()->History(Email("ann")) == std::vector<std::string>{"1"};
  }
  EXPECT_TRUE(written);
}

// Damage -----------------------------------------------------------------------------------------

std::vector<fs::path> FilesOf(const std::string& store) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(store)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

void Flip(const fs::path& file, uint64_t offset) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekg(static_cast<std::streamoff>(offset));
  char byte = static_cast<char>(stream.get());
  stream.seekp(static_cast<std::streamoff>(offset));
  stream.put(static_cast<char>(byte ^ 0xff));
}

fs::path LargestOf(const std::string& store) {
  std::vector<fs::path> files = FilesOf(store);
  return *std::max_element(files.begin(), files.end(), [](const fs::path& a, const fs::path& b) {
    return fs::file_size(a) < fs::file_size(b);
  });
}

TEST_F(ReopenTest, VerifyFindsBytesThatChangedUnderIt) {
  for (int i = 0; i < 50; ++i) Record(Call(std::to_string(i), kNoon - hours(i), {Email("ann")}));
  ASSERT_TRUE(tracker->Sync().ok());
  Result<VerifyReport> report = tracker->Verify();
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->touchpoints, 50u);
  EXPECT_EQ(report->customers, 1u);
  EXPECT_EQ(report->contacts, 50u);
  EXPECT_EQ(report->records, tracker->GetStats()->evidence);
  fs::path segment = LargestOf(folder.Store());
  uint64_t middle = tracker->GetStats()->log_bytes / 2;
  Flip(segment, middle);
  EXPECT_EQ(tracker->Verify().status().code(), Code::kDataLoss);
  EXPECT_EQ(History(Email("ann")).size(), 50u);  // Reads go on from memory.
  Flip(segment, middle);
  ExpectSound();
}

TEST_F(ReopenTest, ADamagedByteIsAnsweredRightOrReported) {
  for (int i = 0; i < 20; ++i) Record(Call(std::to_string(i), kNoon - hours(i), {Email("ann")}));
  ASSERT_TRUE(tracker->MustLink({Email("ann"), Phone(1)}).ok());
  const std::vector<std::string> history = History(Email("ann"));
  uint64_t used = tracker->GetStats()->log_bytes;
  ASSERT_TRUE(tracker->Close().ok());
  tracker.reset();
  fs::path segment = LargestOf(folder.Store());
  ASSERT_GT(used, 1000u);
  size_t reported = 0;
  for (uint64_t offset = 3; offset < used; offset += 41) {
    TempFolder damaged;
    fs::copy(folder.Store(), damaged.Store(), fs::copy_options::recursive);
    Flip(fs::path(damaged.Store()) / segment.filename(), offset);
    Result<std::unique_ptr<Tracker>> opened = Tracker::Open(damaged.Store(), options);
    if (!opened.ok()) {
      EXPECT_TRUE(opened.status().code() == Code::kDataLoss ||
                  opened.status().code() == Code::kFailedPrecondition)
          << offset << ": " << opened.status().ToString();
      ++reported;
      continue;
    }
    Result<Journey> journey = (*opened)->History(Phone(1));
    ASSERT_TRUE(journey.ok()) << offset;
    EXPECT_EQ(IdsOf(*journey), history) << offset;
  }
  EXPECT_GT(reported, 20u);
}

}  // namespace
}  // namespace cxjourney::tracker_tests
