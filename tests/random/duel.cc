#include "tests/random/duel.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "tests/oracle/notices.h"
#include "tests/random/describe.h"

namespace cxjourney::random_tests {
namespace {

constexpr uint64_t kSmallSegment = 16 * 1024;
constexpr size_t kReceiptChangesMax = 64;

Identifier ToIdentifier(const oracle::Id& id) { return {id.first, id.second, Role::kUnspecified}; }

std::vector<Identifier> ToIdentifiers(const std::vector<oracle::Id>& ids) {
  std::vector<Identifier> identifiers;
  for (const oracle::Id& id : ids) identifiers.push_back(ToIdentifier(id));
  return identifiers;
}

std::filesystem::path MakeFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "cxj_random_XXXXXX").string();
  return mkdtemp(name.data()) == nullptr ? std::filesystem::path() : std::filesystem::path(name);
}

// The bytes of its keyed hash, as far as an id shows them: they put identifiers in the same order.
std::string BytesOf(CustomerId id) {
  std::string bytes;
  for (unsigned shift = 0; shift < 64; shift += 8) {
    bytes.push_back(static_cast<char>(static_cast<uint64_t>(id) >> shift & 0xff));
  }
  return bytes;
}

std::set<oracle::Id> IdsOf(const Customer& customer) {
  std::set<oracle::Id> ids;
  for (const HeldIdentifier& held : customer.identifiers) {
    ids.emplace(held.name_space, held.value.empty() ? BytesOf(held.id) : held.value);
  }
  return ids;
}

std::vector<TouchpointKey> KeysOf(const Journey& journey) {
  std::vector<TouchpointKey> keys;
  for (const Touchpoint& t : journey.touchpoints) keys.push_back({t.source, t.id});
  return keys;
}

std::string ToText(const std::vector<TouchpointKey>& keys) {
  std::string text;
  for (const TouchpointKey& key : keys) text += " " + random_tests::ToText(key);
  return text;
}

std::string Lines(const std::vector<Notice>& notices) {
  std::string text;
  for (const Notice& notice : notices) text += random_tests::ToText(notice) + "\n";
  return text;
}

std::string SortedLines(const std::vector<Notice>& notices) {
  std::set<std::string> lines;
  for (const Notice& notice : notices) lines.insert(random_tests::ToText(notice) + "\n");
  std::string text;
  for (const std::string& line : lines) text += line;
  return text;
}

const char* NameOf(RecordOutcome outcome) {
  static constexpr std::array<const char*, 5> kNames = {"?", "recorded", "duplicate", "stored",
                                                        "refused"};
  return kNames[static_cast<size_t>(outcome)];
}

}  // namespace

Duel::Duel(StoreKind store, const IdentityRules& rules, const std::vector<Policy>& policies,
           DisplayValues display_values)
    : policies_(policies), oracle_(rules), priors_(policies.size()) {
  options_.identity_rules = rules;
  options_.policies = policies;
  options_.clock = &clock_;
  options_.durability = Durability::kOs;
  options_.segment_bytes = kSmallSegment;
  options_.in_memory = store == StoreKind::kMemory || store == StoreKind::kPagedMemory;
  if (!options_.in_memory) folder_ = MakeFolder();
  if (store == StoreKind::kSealed) options_.seal_bytes = 0;
  if (store == StoreKind::kPaged || store == StoreKind::kPagedMemory) {
    options_.memory_budget_bytes = 1;
  }
  options_.key_file = (folder_ / "key").string();
  clock_.Set(NowOf(Operation()));
  options_.display_values = display_values == DisplayValues::kKept;
  open_problem_ = Open();
  if (open_problem_.empty() && !options_.display_values) open_problem_ = MeetIdentifiers();
}

Duel::~Duel() {
  engine_.reset();
  std::error_code ignored;
  if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
}

std::string Duel::Open() {
  engine_.reset();
  const std::filesystem::path store = folder_ / fmt::format("store{}", crashes_);
  Result<std::unique_ptr<Tracker>> opened = Tracker::Open(store.string(), options_);
  if (!opened.ok()) return "open: " + opened.status().ToString();
  engine_ = *std::move(opened);
  return "";
}

// Every second identifier of all with its value, if they can be told apart by closing the store.
std::string Duel::MeetIdentifiers() {
  for (const bool with_value : {false, true}) {
    if (with_value && !forgets()) {
      options_.display_values = true;
      if (std::string problem = Open(); !problem.empty()) return problem;
    }
    bool is_first_half = false;
    for (const oracle::Id& id : AllIdentifiers()) {
      is_first_half = !is_first_half;
      if (is_first_half == with_value) continue;
      if (std::string problem = Meet(id); !problem.empty()) return problem;
    }
  }
  return "";
}

// Lets it be seen in a touchpoint, which is voided again.
std::string Duel::Meet(const oracle::Id& id) {
  Touchpoint touchpoint;
  touchpoint.source = "first";
  touchpoint.id = id.first + id.second;
  touchpoint.event_time = clock_.Now();
  touchpoint.identifiers = {ToIdentifier(id)};
  const Result<Receipt> receipt = engine_->Record(touchpoint);
  if (!receipt.ok()) return "meet: " + receipt.status().ToString();
  const Result<Customer> customer = engine_->GetCustomer(receipt->customer);
  if (!customer.ok()) return "meet: " + customer.status().ToString();
  if (!options_.display_values) stand_ins_[id] = BytesOf(customer->id);
  if (IdsOf(*customer) != std::set<oracle::Id>{OracleId(id)}) return "meet: another identifier";
  RecordOnOracle(touchpoint);
  touchpoint.revision = 1;
  touchpoint.voided = true;
  RecordOnOracle(touchpoint);
  return engine_->Record(touchpoint).status().ok() ? "" : "meet: not voided";
}

oracle::Id Duel::OracleId(const oracle::Id& id) const {
  const auto stand_in = stand_ins_.find(id);
  return stand_in == stand_ins_.end() ? id : oracle::Id(id.first, stand_in->second);
}

RecordOutcome Duel::RecordOnOracle(Touchpoint touchpoint) {
  for (Identifier& i : touchpoint.identifiers) i.value = OracleId({i.name_space, i.value}).second;
  return oracle_.Record(touchpoint, clock_.Now());
}

// Everything acknowledged is in the kernel, so a copy of the files, taken while the store is open
// and without its seal, is what a killed process leaves.
std::string Duel::Crash() {
  const std::filesystem::path alive = folder_ / fmt::format("store{}", crashes_);
  const std::filesystem::path left = folder_ / fmt::format("store{}", ++crashes_);
  std::error_code error;
  std::filesystem::copy(alive, left, std::filesystem::copy_options::recursive, error);
  if (error) return "crash: " + error.message();
  engine_.reset();
  std::filesystem::remove_all(alive, error);
  if (!stand_ins_.empty()) options_.display_values = !options_.display_values;
  return Open();
}

std::string Duel::CompactNowAndThen(const Operation& operation) {
  if (operation.label % 3 != 0) return "";
  const Status compacted = engine_->Compact();
  return compacted.ok() ? "" : "compact: " + compacted.ToString();
}

std::string Duel::Do(const Operation& operation) {
  if (!open_problem_.empty()) return open_problem_;
  clock_.Set(NowOf(operation));
  for (const Touchpoint& t : operation.touchpoints) {
    for (const Identifier& i : t.identifiers) seen_.emplace(i.name_space, i.value);
  }
  seen_.insert(operation.ids.begin(), operation.ids.end());
  switch (operation.kind) {
    case OperationKind::kRecord:
      return Record(operation);
    case OperationKind::kRecordAll:
      return RecordAll(operation);
    case OperationKind::kReopen:
      if (std::string problem = CompactNowAndThen(operation); !problem.empty()) return problem;
      if (forgets()) return "";
      if (Status closed = engine_->Close(); !closed.ok()) return "close: " + closed.ToString();
      if (!stand_ins_.empty()) options_.display_values = !options_.display_values;
      return Open();
    case OperationKind::kCrash:
      if (std::string problem = CompactNowAndThen(operation); !problem.empty()) return problem;
      return forgets() ? "" : Crash();
    default:
      return Assert(operation);
  }
}

std::string Duel::Record(const Operation& operation) {
  const Touchpoint& touchpoint = operation.touchpoints.front();
  const RecordOutcome expected = RecordOnOracle(touchpoint);
  const Result<Receipt> receipt = engine_->Record(touchpoint);
  const RecordOutcome got = receipt.ok() ? receipt->outcome : RecordOutcome::kRefused;
  if (got != expected) {
    return fmt::format("outcome: oracle {}, engine {} ({})", NameOf(expected), NameOf(got),
                       receipt.status().ToString());
  }
  if (expected == RecordOutcome::kRefused) {
    refused_any_touchpoint_ = true;
    return receipt.status().code() == Code::kAlreadyExists ? "" : receipt.status().ToString();
  }
  accepted_.insert(operation.label);
  if (std::string problem = CompareNotices(receipt->changes, receipt->more_changes);
      !problem.empty()) {
    return problem;
  }
  // What is void or changes nothing is in no contact, so there is nothing to judge.
  if (expected != RecordOutcome::kRecorded || touchpoint.voided) return "";
  return CompareReceipt(*receipt, oracle_.Answers());
}

std::string Duel::RecordAll(const Operation& operation) {
  const Status recorded = engine_->RecordAllInto(operation.touchpoints, &receipts_);
  if (!recorded.ok()) return "record_all: " + recorded.ToString();
  if (receipts_.size() != operation.touchpoints.size()) return "record_all: number of receipts";
  for (size_t i = 0; i < receipts_.size(); ++i) {
    const RecordOutcome expected = RecordOnOracle(operation.touchpoints[i]);
    const RecordOutcome got = receipts_[i].outcome;
    if (expected == RecordOutcome::kRefused) refused_any_touchpoint_ = true;
    if (got != expected) {
      return fmt::format("outcome of {}: oracle {}, engine {}", i, NameOf(expected), NameOf(got));
    }
  }
  accepted_.insert(operation.label);
  return CompareNoticesOfBatch(receipts_);
}

oracle::AssertionAnswer Duel::AssertOnOracle(const Operation& operation) {
  std::vector<oracle::Id> ids;
  for (const oracle::Id& id : operation.ids) ids.push_back(OracleId(id));
  switch (operation.kind) {
    case OperationKind::kMustLink:
      return oracle_.MustLink(ids);
    case OperationKind::kCannotLink:
      return oracle_.CannotLink(ids[0], ids[1]);
    case OperationKind::kBlock:
      return oracle_.Block(ids[0]);
    case OperationKind::kUnblock:
      return oracle_.Unblock(ids[0]);
    case OperationKind::kRetractTouchpoint:
      return oracle_.Retract(operation.key);
    default:
      return oracle_.Retract(assertions_.at(operation.target).oracle);
  }
}

Result<AssertionReceipt> Duel::AssertOnEngine(const Operation& operation) {
  const Assertion by = {"random test", ToString(operation).substr(0, 200)};
  switch (operation.kind) {
    case OperationKind::kMustLink:
      return engine_->MustLink(ToIdentifiers(operation.ids), by);
    case OperationKind::kCannotLink:
      return engine_->Unlink(ToIdentifier(operation.ids[0]), ToIdentifier(operation.ids[1]), by);
    case OperationKind::kBlock:
      return engine_->Block(ToIdentifier(operation.ids[0]), by);
    case OperationKind::kUnblock:
      return engine_->Unblock(ToIdentifier(operation.ids[0]), by);
    case OperationKind::kRetractTouchpoint:
      return engine_->Retract(operation.key, by);
    default:
      return engine_->Retract(assertions_.at(operation.target).engine, by);
  }
}

std::string Duel::Assert(const Operation& operation) {
  const bool of_assertion = operation.kind == OperationKind::kRetractAssertion;
  if (of_assertion && assertions_.count(operation.target) == 0) return "";  // It was refused.
  const oracle::AssertionAnswer expected = AssertOnOracle(operation);
  const Result<AssertionReceipt> receipt = AssertOnEngine(operation);
  if (receipt.status().code() != expected.code) {
    return fmt::format("assertion: oracle {}, engine {}", CodeName(expected.code),
                       receipt.status().ToString());
  }
  if (!receipt.ok()) return "";
  assertions_[operation.label] = {receipt->id, expected.id};
  accepted_.insert(operation.label);
  return CompareNotices(receipt->changes, false);
}

std::string Duel::CompareReceipt(const Receipt& receipt, const oracle::NaiveAnswers& answers) {
  for (const oracle::NaiveTimeline& timeline : answers.timelines()) {
    for (const Touchpoint& t : timeline.touchpoints) {
      if (t.source != receipt.key.source || t.id != receipt.key.id) continue;
      const bool identified = answers.identity().CustomerOf(t).has_value();
      if (receipt.customer == CustomerId::kNone && !identified) continue;
      const Result<Customer> got = engine_->GetCustomer(receipt.customer);
      if (!got.ok()) return "receipt: customer: " + got.status().ToString();
      const std::string expected =
          timeline.customer ? random_tests::ToText(*timeline.customer) : "nobody";
      if (random_tests::ToText(IdsOf(*got)) != expected) {
        return Difference("receipt: customer", expected, random_tests::ToText(IdsOf(*got)));
      }
    }
  }
  if (receipt.verdicts.size() != policies_.size()) return "receipt: number of verdicts";
  std::string expected;
  std::string got;
  for (size_t i = 0; i < policies_.size(); ++i) {
    const auto verdict = answers.VerdictOn(receipt.key, policies_[i]);
    RepeatVerdict none;
    none.policy = policies_[i].name;
    expected += random_tests::ToText(verdict ? verdict->repeat : none) + "\n";
    got += random_tests::ToText(receipt.verdicts[i]) + "\n";
    if (i > 0) continue;
    expected += "contact " + (verdict ? random_tests::ToText(verdict->contact) : "none") + "\n";
    got += "contact " + (receipt.contact ? random_tests::ToText(*receipt.contact) : "none") + "\n";
  }
  return Difference("receipt", expected, got);
}

std::vector<oracle::Priors> Duel::AllPriors(const oracle::NaiveAnswers& answers) const {
  std::vector<oracle::Priors> priors;
  for (const Policy& policy : policies_) priors.push_back(answers.PriorsUnder(policy));
  return priors;
}

// The difference of the priors, as notices. A receipt has its own contact's first and at most 64.
std::string Duel::CompareNotices(std::vector<Notice> got, bool more) {
  std::vector<oracle::Priors> now = AllPriors(oracle_.Answers());
  std::vector<Notice> expected;
  for (size_t i = 0; i < policies_.size(); ++i) {
    for (Notice& n : oracle::NoticesBetween(policies_[i].name, priors_[i], now[i])) {
      expected.push_back(std::move(n));
    }
  }
  priors_ = std::move(now);
  if (more || expected.size() > kReceiptChangesMax) {
    const bool full = more && got.size() == kReceiptChangesMax;
    return full || got.size() == expected.size() ? "" : "changes: " + Lines(got);
  }
  return Difference("changes", SortedLines(expected), SortedLines(got));
}

// Each receipt of a batch tells what its touchpoint changed: applied one after the other they
// lead from the priors before the batch to those after it.
std::string Duel::CompareNoticesOfBatch(const std::vector<Receipt>& receipts) {
  const std::vector<oracle::Priors> now = AllPriors(oracle_.Answers());
  std::string expected;
  std::string got;
  for (size_t i = 0; i < policies_.size(); ++i) {
    std::map<ContactId, ContactId> reached;
    for (const auto& [contact, entry] : priors_[i]) reached[contact] = entry.prior;
    for (const Receipt& receipt : receipts) {
      for (const Notice& n : receipt.changes) {
        if (n.policy != policies_[i].name) continue;
        if (n.prior) reached[n.contact] = *n.prior;
        if (!n.prior) reached.erase(n.contact);
      }
    }
    for (const auto& [contact, entry] : now[i]) {
      expected += fmt::format("{} {} {}\n", policies_[i].name, random_tests::ToText(contact),
                              random_tests::ToText(entry.prior));
    }
    for (const auto& [contact, prior] : reached) {
      got += fmt::format("{} {} {}\n", policies_[i].name, random_tests::ToText(contact),
                         random_tests::ToText(prior));
    }
  }
  priors_ = now;
  const bool cut = std::any_of(receipts.begin(), receipts.end(),
                               [](const Receipt& receipt) { return receipt.more_changes; });
  return cut ? "" : Difference("priors after the notices of the batch", expected, got);
}

std::map<CustomerId, std::set<oracle::Id>> Duel::EngineCustomers() const {
  std::map<CustomerId, std::set<oracle::Id>> customers;
  CustomerId last = CustomerId::kNone;
  while (true) {
    const std::vector<CustomerId> page = *engine_->ListCustomers(last, 5);
    if (page.empty()) return customers;
    for (const CustomerId id : page) {
      const Result<Customer> customer = engine_->GetCustomer(id);
      customers[id] = customer.ok() ? IdsOf(*customer) : std::set<oracle::Id>();
    }
    last = page.back();
  }
}

std::string Duel::CompareAnswers() {
  const oracle::NaiveAnswers answers = oracle_.Answers();
  for (const auto compare : {&Duel::ComparePartition, &Duel::CompareHolders, &Duel::CompareChecks,
                             &Duel::CompareReports}) {
    if (std::string problem = (this->*compare)(answers); !problem.empty()) return problem;
  }
  return "";
}

// Every customer with its identifiers and its touchpoints.
std::string Duel::ComparePartition(const oracle::NaiveAnswers& answers) {
  std::set<std::string> expected;
  for (const std::set<oracle::Id>& ids : answers.identity().Customers()) {
    expected.insert(random_tests::ToText(ids) + ToText(answers.History(ids)) + "\n");
  }
  std::set<std::string> got;
  for (const auto& [id, ids] : EngineCustomers()) {
    const Result<Journey> journey = engine_->History(id);
    const Result<Customer> customer = engine_->GetCustomer(id);
    if (!journey.ok()) return "history: " + journey.status().ToString();
    if (!customer.ok()) return "customer: " + customer.status().ToString();
    if (customer->id != id) return "customer: a listed id is not the primary one";
    // Named by an assertion and never seen, joined to nothing: the specification does not say
    // whether that is a customer.
    const bool only_named =
        ids.size() == 1 && customer->identifiers.front().first_seen == Timestamp::max();
    if (only_named) continue;
    if (customer->touchpoints != journey->touchpoints.size()) {
      return fmt::format("customer {}: {} touchpoints, history of {}", random_tests::ToText(ids),
                         customer->touchpoints, journey->touchpoints.size());
    }
    got.insert(random_tests::ToText(ids) + ToText(KeysOf(*journey)) + "\n");
  }
  std::string expected_text;
  std::string got_text;
  for (const std::string& line : expected) expected_text += line;
  for (const std::string& line : got) got_text += line;
  return Difference("customers", expected_text, got_text);
}

// Whom every identifier belongs to, and when it was seen.
std::string Duel::CompareHolders(const oracle::NaiveAnswers& answers) {
  for (const oracle::Id& id : seen_) {
    const auto holder = answers.identity().CustomerOf(OracleId(id));
    const std::string expected = holder ? random_tests::ToText(*holder) : "nobody";
    std::string got = "nobody";
    const Result<CustomerId> resolved = engine_->Resolve(ToIdentifier(id));
    if (resolved.ok()) {
      const Result<Customer> customer = engine_->GetCustomer(*resolved);
      if (!customer.ok()) return "customer: " + customer.status().ToString();
      got = random_tests::ToText(IdsOf(*customer));
      for (const HeldIdentifier& held : customer->identifiers) {
        const Result<Customer> by_alias = engine_->GetCustomer(held.id);
        if (!by_alias.ok() || by_alias->id != *resolved) return "an alias is another customer";
      }
    }
    // An identifier that was only named by an assertion and joins nothing may be a customer of
    // its own or nobody's: the specification speaks of neither.
    const bool only_named =
        !holder && got == random_tests::ToText(std::set<oracle::Id>{OracleId(id)});
    if (got != expected && !only_named) {
      return Difference("holder of " + random_tests::ToText(id), expected, got);
    }
  }
  const Stats stats = *engine_->GetStats();
  return Difference("touchpoints in all", fmt::format("{}", answers.touchpoints().size()),
                    fmt::format("{}", stats.touchpoints));
}

// Every identifier's customer is about to make contact like some touchpoint did, at that moment or
// a while behind it.
std::string Duel::CompareChecks(const oracle::NaiveAnswers& answers) {
  const std::vector<Touchpoint>& all = answers.touchpoints();
  if (all.empty()) return "";
  for (const oracle::Id& id : seen_) {
    const auto customer = answers.identity().CustomerOf(OracleId(id));
    if (!customer) continue;
    const Policy& policy = policies_[checks_ % policies_.size()];
    const Touchpoint& like = all[checks_ * 7919 % all.size()];
    RepeatCheck check;
    check.registered = policy.name;
    check.channel = like.channel;
    check.custom_channel = like.custom_channel;
    check.topics = like.topics;
    check.start = like.event_time.value_or(clock_.Now()) +
                  std::chrono::hours(checks_ / policies_.size() % 5 * 12);
    ++checks_;
    const Result<RepeatVerdict> got = engine_->CheckRepeat(ToIdentifier(id), check);
    if (!got.ok()) return "check: " + got.status().ToString();
    const std::string expected = random_tests::ToText(answers.Foresee(*customer, check, policy));
    if (std::string problem = Difference("check", expected, random_tests::ToText(*got));
        !problem.empty()) {
      return problem;
    }
  }
  return "";
}

// Registered policies over everything and over a period in the middle, seen from a watermark at
// which not all is mature; and one that is not registered.
std::vector<RepeatQuery> Duel::Queries() const {
  const Timestamp first_day = NowOf(Operation()) - std::chrono::hours(24 * 40);
  std::vector<RepeatQuery> queries;
  for (const Policy& policy : policies_) {
    RepeatQuery query;
    query.registered = policy.name;
    query.policy = policy;
    query.watermark = first_day + std::chrono::hours(24 * 12);
    queries.push_back(query);
    query.from = first_day + std::chrono::hours(24 * 5);
    query.until = first_day + std::chrono::hours(24 * 15);
    query.watermark.reset();
    query.net_of_topics = {"a/b"};
    queries.push_back(query);
  }
  RepeatQuery other;
  other.policy.name = "other";
  other.policy.window = std::chrono::hours(36);
  other.policy.topic = TopicMatch::kPrefix;
  other.policy.topic_prefix = 2;
  other.policy.calendar = CalendarRule{1, "", -300};
  queries.push_back(other);
  for (RepeatQuery& query : queries) query.list_contacts = query.list_episodes = true;
  return queries;
}

std::string Duel::CompareReports(const oracle::NaiveAnswers& answers) {
  const std::map<CustomerId, std::set<oracle::Id>> customers = EngineCustomers();
  const auto of_engine = [&](CustomerId id) {
    const auto found = customers.find(id);
    return found == customers.end() ? "nobody" : random_tests::ToText(found->second);
  };
  const auto of_oracle = [&](CustomerId id) {
    const auto& customer = answers.timelines()[static_cast<size_t>(id) - 1].customer;
    return customer ? random_tests::ToText(*customer) : "nobody";
  };
  for (const RepeatQuery& query : Queries()) {
    const Result<RepeatReport> got = engine_->Repeats(query);
    if (!got.ok()) return "repeats: " + got.status().ToString();
    const RepeatReport expected = answers.Repeats(query, query.watermark.value_or(clock_.Now()));
    const std::string difference =
        Difference("report under " + query.policy.name, random_tests::ToText(expected, of_oracle),
                   random_tests::ToText(*got, of_engine));
    if (!difference.empty()) return difference;
  }
  return "";
}

std::string Duel::VerifyEngine() {
  const Result<VerifyReport> report = engine_->Verify();
  if (!report.ok()) return "verify: " + report.status().ToString();
  return report->problems.empty() ? "" : "verify: " + report->problems.front();
}

std::string Duel::DescribeEngine() const {
  const std::map<CustomerId, std::set<oracle::Id>> customers = EngineCustomers();
  const auto name = [&](CustomerId id) {
    const auto found = customers.find(id);
    return found == customers.end() ? "nobody" : random_tests::ToText(found->second);
  };
  std::set<std::string> lines;
  for (const auto& [id, ids] : customers) {
    const Result<Journey> journey = engine_->History(id);
    lines.insert(random_tests::ToText(ids) + (journey.ok() ? ToText(KeysOf(*journey)) : "?"));
  }
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  for (RepeatQuery query : Queries()) {
    if (!query.watermark) query.watermark = NowOf(Operation()) + std::chrono::hours(24);
    const Result<RepeatReport> report = engine_->Repeats(query);
    text += report.ok() ? random_tests::ToText(*report, name) : report.status().ToString();
  }
  return text;
}

}  // namespace cxjourney::random_tests
