// Senzing's truth set: 159 records of three sources, and the key that says who is who.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <utility>

#include "demo/demo.h"
#include "interchange/csv.h"
#include "interchange/input.h"
#include "interchange/rules_file.h"
#include "interchange/time_text.h"

namespace cxjourney::examples {
namespace {

using Json = nlohmann::json;
using Pair = std::pair<std::string, std::string>;

// One record of one source becomes one touchpoint that carries all its identifiers.
Touchpoint TouchpointOf(const Json& record) {
  Touchpoint t;
  t.source = record.at("DATA_SOURCE").get<std::string>();
  t.id = record.at("RECORD_ID").get<std::string>();
  t.event_time = interchange::ParseIsoTime("2020-01-01");
  t.channel = Channel::kStore;
  t.purpose = Purpose::kIdentity;
  t.identifiers.push_back({"record", t.source + ":" + t.id, Role::kCustomer});
  static const std::map<std::string, std::string> kNamespaces = {
      {"PHONE_NUMBER", "phone"},
      {"EMAIL_ADDRESS", "email"},
      {"SSN_NUMBER", "ssn"},
      {"PASSPORT_NUMBER", "passport"},
      {"DRIVERS_LICENSE_NUMBER", "drivers_license"},
      {"NATIONAL_ID_NUMBER", "national_id"},
      {"TAX_ID_NUMBER", "tax_id"},
      {"LEI_NUMBER", "lei"}};
  for (const Json& feature : record.at("FEATURES")) {
    for (const auto& [name, value] : feature.items()) {
      const auto name_space = kNamespaces.find(name);
      if (name_space == kNamespaces.end()) continue;
      t.identifiers.push_back({name_space->second, value.get<std::string>(), Role::kCustomer});
    }
  }
  return t;
}

Result<std::vector<Touchpoint>> ReadRecords(const Folders& folders) {
  std::vector<Touchpoint> touchpoints;
  for (const char* name : {"customers", "reference", "watchlist"}) {
    const Result<std::string> text =
        interchange::ReadWholeFile(fmt::format("{}/senzing/{}.jsonl", folders.data, name), 1 << 20);
    if (!text.ok()) return text.status();
    std::istringstream lines(*text);
    for (std::string line; std::getline(lines, line);) {
      const Json record = Json::parse(line, nullptr, /*allow_exceptions=*/false);
      if (!record.is_object()) return Status(Code::kInvalidArgument, "a record is no JSON object");
      touchpoints.push_back(TouchpointOf(record));
    }
  }
  return touchpoints;
}

// Record to person.
Result<std::map<std::string, std::string>> ReadKey(const Folders& folders) {
  const Result<std::string> text =
      interchange::ReadWholeFile(folders.data + "/senzing/actual_truthset_key.csv", 1 << 20);
  if (!text.ok()) return text.status();
  std::map<std::string, std::string> key;
  std::istringstream lines(*text);
  std::string line;
  std::getline(lines, line);  // TEST_GROUP, CLUSTER_ID, DATA_SOURCE, RECORD_ID
  interchange::CsvRowParser parser(',');
  while (std::getline(lines, line)) {
    parser.Start();
    parser.Feed(line);
    const std::vector<std::string>& cells = parser.values();
    if (cells.size() != 4) return Status(Code::kInvalidArgument, "the key has four columns");
    key[cells[2] + ":" + cells[3]] = cells[1];
  }
  return key;
}

template <class Group>
std::set<Pair> PairsOf(const std::map<std::string, Group>& group_of) {
  std::set<Pair> pairs;
  for (auto a = group_of.begin(); a != group_of.end(); ++a) {
    for (auto b = std::next(a); b != group_of.end(); ++b) {
      if (a->second == b->second) pairs.emplace(a->first, b->first);
    }
  }
  return pairs;
}

std::string RuleText(const Veto& veto) {
  if (veto.rule == VetoRule::kUniqueNamespace) return "two values of " + veto.name_space;
  return "too many of " + veto.name_space;
}

// Shared values are what makes the set hard.
Status ShowTraps(const Tracker& tracker, const std::map<std::string, std::string>& key) {
  const Result<CustomerId> owner = tracker.Resolve({"email", "info@ca-state.gov"});
  fmt::print(
      "  trap: info@ca-state.gov stands on 21 records of 19 people\n"
      "    a role mailbox: stored and searchable, but it links nobody ({})\n",
      owner.ok() ? "somebody holds it" : "nobody holds it");
  for (const Identifier& shared :
       {Identifier{"email", "kusha123@hmail.com"}, Identifier{"phone", "702-221-2211"},
        Identifier{"phone", "+39 0352 6553537"}}) {
    const Result<Journey> journey = tracker.History(shared);
    if (!journey.ok()) return journey.status();
    std::set<std::string> people;
    std::set<CustomerId> customers;
    std::set<std::string> vetoes;
    for (const auto& [record, person] : key) {
      const Result<CustomerId> customer = tracker.Resolve({"record", record});
      const Result<WhyAnswer> why = tracker.Why(shared, {"record", record});
      if (!customer.ok() || !why.ok()) continue;
      if (why->same_customer) people.insert(person);
      if (why->same_customer) customers.insert(*customer);
      for (const Veto& veto : why->vetoes) vetoes.insert(RuleText(veto));
    }
    fmt::print("  trap: {} on records of several people\n    its customer holds records of {} {}",
               shared.value, people.size(), people.size() == 1 ? "person" : "people");
    for (const std::string& veto : vetoes) fmt::print("; kept apart: {}", veto);
    fmt::print("\n");
  }
  return Status();
}

void ShowPairs(const std::map<std::string, CustomerId>& customer_of,
               const std::map<std::string, std::string>& person_of) {
  const std::set<Pair> found = PairsOf(customer_of);
  const std::set<Pair> truth = PairsOf(person_of);
  std::set<CustomerId> customers;
  for (const auto& [record, customer] : customer_of) customers.insert(customer);
  std::set<std::string> people;
  for (const auto& [record, person] : person_of) people.insert(person);
  std::vector<Pair> wrong;
  std::set_difference(found.begin(), found.end(), truth.begin(), truth.end(),
                      std::back_inserter(wrong));
  const auto right = static_cast<int64_t>(found.size() - wrong.size());
  fmt::print("  {} records of 3 sources are {} customers; the key says {} people\n",
             customer_of.size(), customers.size(), people.size());
  fmt::print("  pairs: {} found, {} of them right, {} in the key\n", found.size(), right,
             truth.size());
  fmt::print("  \033[1mprecision {}   recall {}\033[0m\n",
             Percent({right, static_cast<int64_t>(found.size())}),
             Percent({right, static_cast<int64_t>(truth.size())}));
  fmt::print("    identifiers alone: names, addresses and birthdays are not compared\n");
  for (const Pair& pair : wrong) fmt::print("    wrong: {} and {}\n", pair.first, pair.second);
}

}  // namespace

Status ShowTruthSet(const Folders& folders) {
  Headline("Who is who: Senzing's truth set");
  Result<IdentityRules> rules =
      interchange::LoadIdentityRules(folders.mappings + "/senzing_rules.json");
  if (!rules.ok()) return rules.status();
  Options options;
  options.identity_rules = *std::move(rules);
  Result<std::unique_ptr<Tracker>> opened = Tracker::Open(folders.stores + "/senzing", options);
  if (!opened.ok()) return opened.status();
  Tracker& tracker = **opened;
  const Result<std::vector<Touchpoint>> records = ReadRecords(folders);
  if (!records.ok()) return records.status();
  const Result<std::vector<Receipt>> receipts = tracker.RecordAll(*records);
  if (!receipts.ok()) return receipts.status();

  std::map<std::string, CustomerId> customer_of;
  for (const Touchpoint& record : *records) {
    const Result<CustomerId> customer = tracker.Resolve(record.identifiers.front());
    if (!customer.ok()) return customer.status();
    customer_of[record.identifiers.front().value] = *customer;
  }
  const Result<std::map<std::string, std::string>> key = ReadKey(folders);
  if (!key.ok()) return key.status();
  ShowPairs(customer_of, *key);
  if (Status status = ShowTraps(tracker, *key); !status.ok()) return status;
  return tracker.Close();
}

}  // namespace cxjourney::examples
