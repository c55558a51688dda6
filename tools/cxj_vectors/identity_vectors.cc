// A vector of identity: inputs in arrival order, and the partition that must result.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <set>
#include <utility>

#include "tools/cxj_vectors/vectors.h"
#include "tools/cxj_vectors/words.h"

namespace cxjourney::vectors {
namespace {

using Partition = std::set<std::set<std::string>>;  // Of "namespace:value".

struct Input {
  Touchpoint touchpoint;
  std::set<std::string> names;  // Its identifiers.
  bool rejected = false;
};

std::string NameOf(const Identifier& id) { return id.name_space + ":" + id.value; }

Identifier ParseName(const std::string& name) {
  const size_t colon = name.find(':');
  if (colon == std::string::npos) return {"", name, Role::kUnspecified};
  return {name.substr(0, colon), name.substr(colon + 1), Role::kUnspecified};
}

class IdentityVector {
 public:
  IdentityVector(const Json& json, const std::string& id, Problems* problems)
      : json_(json), id_(id), problems_(problems) {}

  void Run(const SubjectFactory& open) {
    ObjectReader reader(json_, id_, problems_);
    for (const char* words : {"id", "title", "basis", "source", "why", "note"}) reader.Take(words);
    const Json* config = reader.Take("config");
    const Json* input = reader.Take("input");
    const Json* expect = reader.Take("expect");
    reader.Finish();
    if (config == nullptr || input == nullptr || expect == nullptr) {
      problems_->push_back(id_ + ": config, input or expect is missing");
      return;
    }
    ReadRules(*config);
    ReadInputs(*input);
    if (!problems_->empty()) return;  // What was not understood cannot be judged.
    Result<std::unique_ptr<Subject>> subject = open(rules_, {});
    if (!subject.ok()) return Fail("open", "a store", subject.status().ToString());
    subject_ = *std::move(subject);
    for (size_t i = 0; i < inputs_.size(); ++i) Record(i);
    Check(*expect);
  }

 private:
  void Fail(const std::string& key, const std::string& expected, const std::string& got) {
    problems_->push_back(fmt::format("{}: {}: expected {}, got {}", id_, key, expected, got));
  }

  void ReadRules(const Json& config) {
    ObjectReader reader(config, id_ + ": config", problems_);
    const Json* namespaces = reader.Take("namespaces");
    reader.Finish();
    if (namespaces == nullptr || !namespaces->is_array()) {
      return reader.Problem("namespaces", "not a list");
    }
    for (const Json& item : *namespaces) {
      ObjectReader fields(item, id_ + ": namespace", problems_);
      NamespaceRule rule;
      rule.name = fields.Text("ns", "");
      rule.priority = static_cast<uint32_t>(fields.Integer("priority", 0));
      rule.per_customer_max = fields.Flag("unique", false) ? 1 : 0;
      const std::optional<Tier> tier = TierOf(fields.Text("tier", "person"));
      if (!tier) fields.Problem("tier", "unknown word");
      rule.tier = tier.value_or(Tier::kPerson);
      fields.Finish();
      rules_.namespaces.push_back(rule);
    }
  }

  void ReadInputs(const Json& list) {
    if (!list.is_array()) return problems_->push_back(id_ + ": input: not a list");
    for (size_t i = 0; i < list.size(); ++i) {
      ObjectReader fields(list[i], fmt::format("{}: input {}", id_, i), problems_);
      Input input;
      Touchpoint& touchpoint = input.touchpoint;
      touchpoint.source = "vector";
      touchpoint.id = fmt::format("input-{}", i);
      touchpoint.channel = Channel::kWeb;
      touchpoint.event_time =
          fields.Time("t").value_or(Timestamp(std::chrono::seconds(static_cast<int64_t>(i))));
      const Json* ids = fields.Take("ids");
      fields.Finish();
      if (ids == nullptr || !ids->is_array()) fields.Problem("ids", "not a list");
      for (const Json& pair : ids != nullptr ? *ids : Json::array()) {
        if (!pair.is_array() || pair.size() != 2 || !pair[0].is_string() || !pair[1].is_string()) {
          fields.Problem("ids", "not [namespace, value]");
          continue;
        }
        const Identifier id = {pair[0].get<std::string>(), pair[1].get<std::string>(),
                               Role::kUnspecified};
        touchpoint.identifiers.push_back(id);
        input.names.insert(NameOf(id));
      }
      inputs_.push_back(std::move(input));
    }
  }

  void Record(size_t i) {
    const Result<RecordAnswer> answer = subject_->Record(inputs_[i].touchpoint);
    if (!answer.ok()) {
      return Fail(fmt::format("input {}", i), "it is recorded", answer.status().ToString());
    }
    inputs_[i].rejected = answer->rejected;
  }

  void Check(const Json& expect) {
    ObjectReader reader(expect, id_ + ": expect", problems_);
    if (const Json* partitions = reader.Take("partitions")) CheckPartitions(*partitions);
    if (const Json* rejected = reader.Take("rejected_events")) CheckRejected(*rejected);
    if (const Json* removed = reader.Take("removed_links")) CheckRemoved(*removed);
    if (const Json* owners = reader.Take("last_owner_as_of")) {
      Fail("last_owner_as_of", owners->dump(),
           "nothing: the library has no ownership intervals yet, so it cannot be asked");
    }
    reader.Finish();
  }

  // Of the identifiers that occur on an accepted input with two or more.
  Partition GetPartition() const {
    std::map<CustomerId, std::set<std::string>> classes;
    Partition partition;
    for (const Input& input : inputs_) {
      if (input.rejected || input.names.size() < 2) continue;
      for (const std::string& name : input.names) {
        const CustomerId customer = subject_->Resolve(ParseName(name));
        if (customer == CustomerId::kNone) {
          partition.insert({name + " (nobody's)"});
        } else {
          classes[customer].insert(name);
        }
      }
    }
    for (const auto& [customer, names] : classes) partition.insert(names);
    return partition;
  }

  void CheckPartitions(const Json& expected) {
    Partition wanted;
    bool understood = expected.is_array();
    for (const Json& part : expected) {
      understood = understood && part.is_array();
      std::set<std::string> names;
      for (const Json& name : part) {
        if (name.is_string()) names.insert(name.get<std::string>());
      }
      wanted.insert(std::move(names));
    }
    const Partition got = GetPartition();
    if (!understood || got != wanted) {
      Fail("partitions", fmt::format("{}", wanted), fmt::format("{}", got));
    }
  }

  void CheckRejected(const Json& expected) {
    Json got = Json::array();
    for (size_t i = 0; i < inputs_.size(); ++i) {
      if (inputs_[i].rejected) got.push_back(i);
    }
    if (got != expected) Fail("rejected_events", expected.dump(), got.dump());
  }

  void CheckRemoved(const Json& expected) {
    for (const Json& pair : expected) {
      if (!pair.is_array() || pair.size() != 2 || !pair[0].is_string() || !pair[1].is_string()) {
        Fail("removed_links", "pairs of identifiers", pair.dump());
        continue;
      }
      const CustomerId a = subject_->Resolve(ParseName(pair[0].get<std::string>()));
      const CustomerId b = subject_->Resolve(ParseName(pair[1].get<std::string>()));
      if (a == b || a == CustomerId::kNone || b == CustomerId::kNone) {
        Fail("removed_links", pair.dump() + " in two classes",
             a == b ? "one class" : "an end that is nobody's");
      }
    }
  }

  const Json& json_;
  const std::string id_;
  Problems* problems_;
  IdentityRules rules_;
  std::vector<Input> inputs_;
  std::unique_ptr<Subject> subject_;
};

}  // namespace

void RunIdentityFile(const std::string& path, const SubjectFactory& open, Tally* tally) {
  Problems of_file;
  const std::optional<Json> file = ReadJsonFile(path, &of_file);
  if (file) {
    ObjectReader reader(*file, path, &of_file);
    reader.Take("about");
    reader.Take("conventions");
    const Json* vectors = reader.Take("vectors");
    reader.Finish();
    if (vectors == nullptr || !vectors->is_array()) reader.Problem("vectors", "not a list");
    for (const Json& vector : vectors != nullptr ? *vectors : Json::array()) {
      Problems problems;
      const bool named = vector.is_object() && vector.contains("id") && vector["id"].is_string();
      const std::string id = named ? vector["id"].get<std::string>() : "(vector without id)";
      IdentityVector(vector, id, &problems).Run(open);
      (problems.empty() ? tally->passed : tally->failed) += 1;
      tally->failures.insert(tally->failures.end(), problems.begin(), problems.end());
    }
  }
  if (!of_file.empty()) tally->failed += 1;
  tally->failures.insert(tally->failures.end(), of_file.begin(), of_file.end());
}

}  // namespace cxjourney::vectors
