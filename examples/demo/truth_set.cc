// Senzing's truth set: 159 records of three sources, and the key that says who is who.
#include <fmt/format.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "demo/demo.h"
#include "interchange/csv.h"
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
    std::ifstream file(fmt::format("{}/senzing/{}.jsonl", folders.data, name));
    for (std::string line; std::getline(file, line);) {
      const Json record = Json::parse(line, nullptr, /*allow_exceptions=*/false);
      if (record.is_object()) touchpoints.push_back(TouchpointOf(record));
    }
  }
  if (touchpoints.empty()) return Status(Code::kNotFound, "no records of the truth set");
  return touchpoints;
}

// Record to entity.
std::map<std::string, std::string> ReadKey(const Folders& folders) {
  std::map<std::string, std::string> key;
  std::ifstream file(folders.data + "/senzing/actual_truthset_key.csv");
  interchange::CsvRowParser parser(',');
  for (std::string line; std::getline(file, line);) {
    parser.Start();
    if (parser.Feed(line) != interchange::CsvRowParser::State::kDone) continue;
    const std::vector<std::string>& cells = parser.values();
    if (cells.size() == 4) key[cells[2] + ":" + cells[3]] = cells[1];
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

// Two namespaces of a record, so that traps can be looked at one by one.
Status ShowTraps(const Tracker& tracker) {
  struct Trap {
    Identifier a;
    Identifier b;
    const char* what;
  };
  const Trap traps[] = {
      {{"email", "info@ca-state.gov"},
       {"record", "CUSTOMERS:1001"},
       "info@ca-state.gov stands on 21 records of 19 people: a role mailbox, it links nobody"},
      {{"record", "CUSTOMERS:1171"}, {"record", "CUSTOMERS:1172"}, nullptr},
  };
  fmt::print("  {}\n", traps[0].what);
  const Result<CustomerId> owner = tracker.Resolve(traps[0].a);
  fmt::print("    who holds it: {}\n", owner.ok() ? "somebody" : "nobody");
  return Status();
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
  const std::set<Pair> found = PairsOf(customer_of);
  const std::map<std::string, std::string> key = ReadKey(folders);
  const std::set<Pair> truth = PairsOf(key);
  std::vector<Pair> wrong;
  for (const Pair& pair : found) {
    if (truth.count(pair) == 0) wrong.push_back(pair);
  }
  const auto right = static_cast<int64_t>(found.size() - wrong.size());
  fmt::print("  {} records, {} customers (the key has {} people, {} true pairs)\n", records->size(),
             tracker.GetStats().customers,
             std::set<std::string>([&] {
               std::set<std::string> people;
               for (const auto& [record, person] : key) people.insert(person);
               return people;
             }())
                 .size(),
             truth.size());
  fmt::print("  pairs found {}, right {}:  precision {}   recall {}\n", found.size(), right,
             Percent({right, static_cast<int64_t>(found.size())}),
             Percent({right, static_cast<int64_t>(truth.size())}));
  for (const Pair& pair : wrong) fmt::print("    wrong: {} and {}\n", pair.first, pair.second);
  if (Status status = ShowTraps(tracker); !status.ok()) return status;
  return tracker.Close();
}

}  // namespace cxjourney::examples
