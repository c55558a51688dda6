#include "tests/oracle/oracle_subject.h"

#include <algorithm>
#include <map>
#include <utility>

#include "tests/oracle/naive_tracker.h"
#include "tests/oracle/notices.h"

namespace cxjourney::oracle {
namespace {

constexpr Timestamp kNow = Timestamp(std::chrono::seconds(4102444799));  // The end of 2099.

class OracleSubject : public vectors::Subject {
 public:
  OracleSubject(const IdentityRules& rules, std::vector<Policy> policies)
      : tracker_(rules), policies_(std::move(policies)) {
    TakeChanges();
  }

  Result<vectors::RecordAnswer> Record(const Touchpoint& touchpoint) override {
    if (tracker_.Record(touchpoint, kNow) == RecordOutcome::kRefused) {
      return Status(Code::kAlreadyExists, "other content");
    }
    vectors::RecordAnswer answer;
    answer.rejected = tracker_.Answers().identity().IsRefused(touchpoint);
    answer.changes = TakeChanges();
    return answer;
  }

  Result<std::vector<Notice>> Link(const Identifier& a, const Identifier& b) override {
    const AssertionAnswer answer = tracker_.MustLink({IdOf(a), IdOf(b)});
    if (answer.code != Code::kOk) return Status(answer.code, "refused");
    must_links_[std::minmax(IdOf(a), IdOf(b))].push_back(answer.id);
    return TakeChanges();
  }

  Result<std::vector<Notice>> Unlink(const Identifier& a, const Identifier& b) override {
    const auto found = must_links_.find(std::minmax(IdOf(a), IdOf(b)));
    if (found == must_links_.end()) return Status(Code::kNotFound, "the two were never linked");
    for (const uint64_t must_link : found->second) tracker_.Retract(must_link);
    must_links_.erase(found);
    return TakeChanges();
  }

  CustomerId Resolve(const Identifier& identifier) const override {
    const NaiveAnswers answers = tracker_.Answers();
    const auto wanted = answers.identity().CustomerOf(IdOf(identifier));
    uint64_t number = 0;
    for (const std::set<Id>& customer : answers.identity().Customers()) {
      ++number;
      if (customer == wanted) return static_cast<CustomerId>(number);
    }
    return CustomerId::kNone;
  }

  Result<RepeatReport> Repeats(const RepeatQuery& query) const override {
    return tracker_.Answers().Repeats(query, query.watermark.value_or(kNow));
  }

  std::vector<Touchpoint> Histories() const override {
    std::vector<Touchpoint> all;
    const NaiveAnswers answers = tracker_.Answers();
    for (const NaiveTimeline& timeline : answers.timelines()) {
      if (!timeline.customer) continue;
      all.insert(all.end(), timeline.touchpoints.begin(), timeline.touchpoints.end());
    }
    return all;
  }

  int64_t TouchpointCount() const override {
    return static_cast<int64_t>(tracker_.Answers().touchpoints().size());
  }

 private:
  static Id IdOf(const Identifier& identifier) { return {identifier.name_space, identifier.value}; }

  std::vector<Notice> TakeChanges() {
    const NaiveAnswers answers = tracker_.Answers();
    std::vector<Notice> changes;
    for (const Policy& policy : policies_) {
      Priors now = answers.PriorsUnder(policy);
      for (Notice& notice : NoticesBetween(policy.name, priors_[policy.name], now)) {
        changes.push_back(std::move(notice));
      }
      priors_[policy.name] = std::move(now);
    }
    return changes;
  }

  NaiveTracker tracker_;
  std::vector<Policy> policies_;
  std::map<std::string, Priors> priors_;
  std::map<std::pair<Id, Id>, std::vector<uint64_t>> must_links_;
};

}  // namespace

Result<std::unique_ptr<vectors::Subject>> OpenOracleSubject(const IdentityRules& rules,
                                                            const std::vector<Policy>& policies) {
  return std::unique_ptr<vectors::Subject>(std::make_unique<OracleSubject>(rules, policies));
}

}  // namespace cxjourney::oracle
