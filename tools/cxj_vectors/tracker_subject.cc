#include <map>
#include <string>
#include <utility>

#include "cxjourney/tracker.h"
#include "tools/cxj_vectors/subject.h"

namespace cxjourney::vectors {
namespace {

// A clock that stands at the end of 2099, so that no vector's time lies in the future.
class LateClock : public Clock {
 public:
  Timestamp Now() override { return Timestamp(std::chrono::seconds(4102444799)); }
};

using Ends = std::pair<std::string, std::string>;

Ends EndsOf(const Identifier& a, const Identifier& b) {
  const std::string x = a.name_space + ":" + a.value;
  const std::string y = b.name_space + ":" + b.value;
  return x < y ? Ends(x, y) : Ends(y, x);
}

class TrackerSubject : public Subject {
 public:
  Status Open(const IdentityRules& rules, const std::vector<Policy>& policies) {
    Options options;
    options.in_memory = true;
    options.identity_rules = rules;
    if (!policies.empty()) options.policies = policies;
    options.clock = &clock_;
    Result<std::unique_ptr<Tracker>> tracker = Tracker::Open("", options);
    if (!tracker.ok()) return tracker.status();
    tracker_ = *std::move(tracker);
    return Status();
  }

  Result<RecordAnswer> Record(const Touchpoint& touchpoint) override {
    Result<Receipt> receipt = tracker_->Record(touchpoint);
    if (!receipt.ok()) return receipt.status();
    RecordAnswer answer;
    for (const Remark& remark : receipt->remarks) {
      if (remark.reason == Reason::kTwoUniqueValues) answer.rejected = true;
    }
    answer.changes = receipt->changes;
    return answer;
  }

  Result<std::vector<Notice>> Link(const Identifier& a, const Identifier& b) override {
    Result<AssertionReceipt> receipt = tracker_->MustLink({a, b}, {"cxj_vectors", "link"});
    if (!receipt.ok()) return receipt.status();
    must_links_[EndsOf(a, b)].push_back(receipt->id);
    return receipt->changes;
  }

  Result<std::vector<Notice>> Unlink(const Identifier& a, const Identifier& b) override {
    const auto found = must_links_.find(EndsOf(a, b));
    if (found == must_links_.end()) return Status(Code::kNotFound, "the two were never linked");
    std::vector<Notice> changes;
    for (const AssertionId must_link : found->second) {
      Result<AssertionReceipt> receipt = tracker_->Retract(must_link, {"cxj_vectors", "unlink"});
      if (!receipt.ok()) return receipt.status();
      changes.insert(changes.end(), receipt->changes.begin(), receipt->changes.end());
    }
    must_links_.erase(found);
    return changes;
  }

  CustomerId Resolve(const Identifier& identifier) const override {
    const Result<CustomerId> customer = tracker_->Resolve(identifier);
    return customer.ok() ? *customer : CustomerId::kNone;
  }

  Result<RepeatReport> Repeats(const RepeatQuery& query) const override {
    RepeatQuery asked = query;
    for (const Policy& policy : tracker_->policies()) {
      if (policy.name == query.policy.name) asked.registered = policy.name;
    }
    return tracker_->Repeats(asked);
  }

  std::vector<Touchpoint> Histories() const override {
    HistoryQuery query;
    query.limit = 1'000'000;
    std::vector<Touchpoint> all;
    const std::vector<CustomerId> customers =
        *tracker_->ListCustomers(CustomerId::kNone, 1'000'000);
    for (const CustomerId id : customers) {
      const Result<Journey> journey = tracker_->History(id, query);
      if (!journey.ok()) continue;
      all.insert(all.end(), journey->touchpoints.begin(), journey->touchpoints.end());
    }
    return all;
  }

  int64_t TouchpointCount() const override {
    return static_cast<int64_t>(tracker_->GetStats()->touchpoints);
  }

 private:
  LateClock clock_;
  std::unique_ptr<Tracker> tracker_;
  std::map<Ends, std::vector<AssertionId>> must_links_;  // More than one: linked again.
};

}  // namespace

Result<std::unique_ptr<Subject>> OpenTrackerSubject(const IdentityRules& rules,
                                                    const std::vector<Policy>& policies) {
  auto subject = std::make_unique<TrackerSubject>();
  if (Status status = subject->Open(rules, policies); !status.ok()) return status;
  return std::unique_ptr<Subject>(std::move(subject));
}

}  // namespace cxjourney::vectors
