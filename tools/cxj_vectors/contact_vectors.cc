// A vector of repeat contacts: operations in arrival order, and checks between them.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "tools/cxj_vectors/contact_checks.h"
#include "tools/cxj_vectors/contact_model.h"
#include "tools/cxj_vectors/vectors.h"

namespace cxjourney::vectors {
namespace {

constexpr size_t kRegisteredMax = 8;

struct FileDefaults {
  Json touch = Json::object();
  Json policy = Json::object();
};

struct Check {
  int64_t after = 0;
  RepeatQuery query;
  Json expect;
  std::string where;
};

class ContactVector {
 public:
  ContactVector(const Json& json, const std::string& id, const FileDefaults& defaults,
                Problems* problems)
      : json_(json), id_(id), defaults_(defaults), problems_(problems) {}

  void Run(const SubjectFactory& open) {
    ObjectReader reader(json_, id_, problems_);
    for (const char* words : {"id", "title", "why", "source", "basis", "note"}) reader.Take(words);
    const Json* ops = reader.Take("ops");
    const Json* checks = reader.Take("checks");
    reader.Finish();
    if (ops == nullptr || !ops->is_array()) return reader.Problem("ops", "not a list");
    if (checks == nullptr || !checks->is_array()) return reader.Problem("checks", "not a list");
    for (size_t i = 0; i < checks->size(); ++i) ReadCheck((*checks)[i], i);
    if (!problems_->empty()) return;  // What was not understood cannot be judged.
    if (!Open(open)) return;
    RunChecks(0);
    for (size_t i = 0; i < ops->size(); ++i) {
      Apply((*ops)[i], fmt::format("{}: op {}", id_, i + 1));
      RunChecks(static_cast<int64_t>(i) + 1);
    }
    for (const Check& check : checks_) {
      if (check.after < 0 || check.after > static_cast<int64_t>(ops->size())) {
        problems_->push_back(check.where + ": after: there are not so many operations");
      }
    }
  }

 private:
  void ReadCheck(const Json& json, size_t index) {
    Check check;
    check.where = fmt::format("{}: check {}", id_, index + 1);
    ObjectReader reader(json, check.where, problems_);
    check.after = reader.Integer("after", -1);
    check.query.watermark = reader.Time("watermark");
    check.query.from = reader.Time("from").value_or(Timestamp::min());
    check.query.until = reader.Time("to").value_or(Timestamp::max());
    const Json* policy = reader.Take("policy");
    const Json own = policy == nullptr || policy->is_null() ? Json::object() : *policy;
    check.query.policy = ReadPolicy(own, defaults_.policy, check.where, problems_);
    check.query.net_of_topics = reader.Texts("net_of_topics");
    for (const std::string& topic : ReadNetTopics(own)) check.query.net_of_topics.push_back(topic);
    check.query.list_contacts = true;
    check.query.list_episodes = true;
    if (const Json* expect = reader.Take("expect")) check.expect = *expect;
    reader.Finish();
    check.query.policy.name = Register(own, check.query.policy);
    checks_.push_back(std::move(check));
  }

  // Checks that name the same policy share a registered one.
  std::string Register(const Json& own, Policy policy) {
    const auto [known, is_new] = names_.try_emplace(own.dump(), fmt::format("p{}", names_.size()));
    policy.name = known->second;
    if (is_new && registered_.size() < kRegisteredMax) registered_.push_back(policy);
    return known->second;
  }

  bool Open(const SubjectFactory& open) {
    IdentityRules rules;
    NamespaceRule profile;
    profile.name = kProfile;
    profile.tier = Tier::kPerson;
    profile.priority = 1;
    rules.namespaces = {profile};
    Result<std::unique_ptr<Subject>> subject = open(rules, registered_);
    if (!subject.ok()) {
      problems_->push_back(id_ + ": open: " + subject.status().ToString());
      return false;
    }
    subject_ = *std::move(subject);
    return true;
  }

  void Apply(const Json& op, const std::string& where) {
    const Json kind = op.is_object() ? op.value("op", Json()) : Json();
    if (kind == "touch") return Touch(op, where);
    if (kind == "link" || kind == "unlink") return LinkOrUnlink(op, kind == "link", where);
    problems_->push_back(where + ": op: unknown word");
  }

  void Touch(const Json& op, const std::string& where) {
    const Touchpoint touchpoint = ReadTouch(op, defaults_.touch, where, problems_);
    const Result<RecordAnswer> answer = subject_->Record(touchpoint);
    if (!answer.ok()) return problems_->push_back(where + ": " + answer.status().ToString());
    Take(answer->changes);
    const TouchpointKey key = {touchpoint.source, touchpoint.id};
    const auto [entry, is_new] = handed_in_.try_emplace(key, touchpoint);
    if (!is_new && entry->second.revision < touchpoint.revision) entry->second = touchpoint;
  }

  void LinkOrUnlink(const Json& op, bool link, const std::string& where) {
    ObjectReader reader(op, where, problems_);
    reader.Take("op");
    const std::string a = reader.Text("a", "");
    const std::string b = reader.Text("b", "");
    reader.Finish();
    const Result<std::vector<Notice>> changes =
        link ? subject_->Link(Profile(a), Profile(b)) : subject_->Unlink(Profile(a), Profile(b));
    if (!changes.ok()) return problems_->push_back(where + ": " + changes.status().ToString());
    Take(*changes);
  }

  void Take(const std::vector<Notice>& changes) {
    for (const Notice& notice : changes) changes_[notice.policy].push_back(notice);
  }

  // All touchpoints that count: those of customers from their histories. Unidentified ones
  // belong to no customer whose history could be asked for, so they come from what was handed
  // in.
  std::vector<Touchpoint> AllTouchpoints() const {
    std::vector<Touchpoint> all = subject_->Histories();
    std::set<TouchpointKey> found;
    for (const Touchpoint& t : all) found.insert({t.source, t.id});
    for (const auto& [key, t] : handed_in_) {
      if (t.identifiers.empty() && !t.voided && found.count(key) == 0) all.push_back(t);
    }
    std::sort(all.begin(), all.end(), [](const Touchpoint& x, const Touchpoint& y) {
      return std::tie(x.event_time, x.source, x.id) < std::tie(y.event_time, y.source, y.id);
    });
    return all;
  }

  void RunChecks(int64_t after) {
    for (const Check& check : checks_) {
      if (check.after != after) continue;
      RepeatQuery whole = check.query;
      whole.from = Timestamp::min();
      whole.until = Timestamp::max();
      Result<RepeatReport> of_period = subject_->Repeats(check.query);
      Result<RepeatReport> of_all = subject_->Repeats(whole);
      if (!of_period.ok() || !of_all.ok()) {
        const Status status = of_period.ok() ? of_all.status() : of_period.status();
        problems_->push_back(check.where + ": " + status.ToString());
        continue;
      }
      Answers answers;
      answers.period = *std::move(of_period);
      answers.whole = *std::move(of_all);
      answers.touchpoints = AllTouchpoints();
      answers.touchpoint_count = subject_->TouchpointCount();
      answers.changes = std::exchange(changes_[check.query.policy.name], {});
      CheckExpectations(check.expect, answers, check.where, problems_);
    }
  }

  const Json& json_;
  const std::string id_;
  const FileDefaults& defaults_;
  Problems* problems_;
  std::vector<Check> checks_;
  std::map<std::string, std::string> names_;  // Policy as written: its registered name.
  std::vector<Policy> registered_;
  std::unique_ptr<Subject> subject_;
  std::map<std::string, std::vector<Notice>> changes_;  // By policy, since its previous check.
  std::map<TouchpointKey, Touchpoint> handed_in_;       // Newest revision.
};

void RunVectors(const Json& file, const std::string& path, const SubjectFactory& open,
                Problems* of_file, Tally* tally) {
  ObjectReader reader(file, path, of_file);
  for (const char* words : {"about", "conventions", "channel_groups", "service_purposes"}) {
    reader.Take(words);
  }
  FileDefaults defaults;
  if (const Json* touch = reader.Take("touch_defaults")) defaults.touch = *touch;
  if (const Json* policy = reader.Take("policy_defaults")) defaults.policy = *policy;
  const Json* vectors = reader.Take("vectors");
  reader.Finish();
  if (vectors == nullptr || !vectors->is_array()) return reader.Problem("vectors", "not a list");
  for (const Json& vector : *vectors) {
    Problems problems;
    const bool named = vector.is_object() && vector.contains("id") && vector["id"].is_string();
    const std::string id = named ? vector["id"].get<std::string>() : "(vector without id)";
    ContactVector(vector, id, defaults, &problems).Run(open);
    (problems.empty() ? tally->passed : tally->failed) += 1;
    tally->failures.insert(tally->failures.end(), problems.begin(), problems.end());
  }
}

}  // namespace

void RunContactFile(const std::string& path, const SubjectFactory& open, Tally* tally) {
  Problems of_file;
  if (const std::optional<Json> file = ReadJsonFile(path, &of_file)) {
    RunVectors(*file, path, open, &of_file, tally);
  }
  if (!of_file.empty()) tally->failed += 1;
  tally->failures.insert(tally->failures.end(), of_file.begin(), of_file.end());
}

}  // namespace cxjourney::vectors
