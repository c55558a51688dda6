// The oracle: what a tracker must answer, computed from scratch for every question.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "cxjourney/identity.h"
#include "cxjourney/policy.h"
#include "cxjourney/query.h"
#include "cxjourney/status.h"
#include "tests/oracle/naive_contacts.h"
#include "tests/oracle/naive_evidence.h"
#include "tests/oracle/naive_identity.h"

namespace cxjourney::oracle {

// An assertion's id, or why it was refused.
struct AssertionAnswer {
  Code code = Code::kOk;
  uint64_t id = 0;
};

// A contact's prior, and where the contact stands in order.
struct PriorEntry {
  Timestamp start = {};
  ContactId prior = {};
};
using Priors = std::map<ContactId, PriorEntry>;

// Everything that follows from the evidence at one moment: ask it, then throw it away.
class NaiveAnswers {
 public:
  NaiveAnswers(const IdentityRules& rules, const Evidence& evidence);

  const NaiveIdentity& identity() const { return identity_; }
  const std::vector<Touchpoint>& touchpoints() const { return counting_; }
  const std::vector<NaiveTimeline>& timelines() const { return timelines_; }
  // Touchpoints of the customer with these identifiers, in order.
  std::vector<TouchpointKey> History(const std::set<Id>& customer) const;
  // Contacts and episodes are always listed. CustomerIds are numbers of timelines, from 1.
  RepeatReport Repeats(const RepeatQuery& query, Timestamp watermark) const;
  Priors PriorsUnder(const Policy& policy) const;
  // The verdict about the contact that holds the touchpoint; absent: history only.
  struct Verdict {
    ContactId contact = {};
    RepeatVerdict repeat = {};
  };
  std::optional<Verdict> VerdictOn(const TouchpointKey& key, const Policy& policy) const;
  // The verdict about a contact of the customer that would start like this.
  RepeatVerdict Foresee(const std::set<Id>& customer, const RepeatCheck& check,
                        const Policy& policy) const;

 private:
  NaiveIdentity identity_;
  std::vector<Touchpoint> counting_;
  std::vector<NaiveTimeline> timelines_;
};

class NaiveTracker {
 public:
  explicit NaiveTracker(IdentityRules rules) : rules_(std::move(rules)) {}

  RecordOutcome Record(const Touchpoint& touchpoint, Timestamp now);
  AssertionAnswer MustLink(const std::vector<Id>& ids);
  AssertionAnswer CannotLink(const Id& a, const Id& b);
  AssertionAnswer Block(const Id& id);
  AssertionAnswer Unblock(const Id& id);
  AssertionAnswer Retract(uint64_t assertion);
  AssertionAnswer Retract(const TouchpointKey& key);

  NaiveAnswers Answers() const { return NaiveAnswers(rules_, evidence_); }

 private:
  IdentityRules rules_;
  Evidence evidence_;
};

}  // namespace cxjourney::oracle
