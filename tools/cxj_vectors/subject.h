// What a vector file is run against: a tracker behind the few calls that the vectors need. The
// program puts a Tracker behind it; the tests put their oracle behind it, too.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "cxjourney/identity.h"
#include "cxjourney/policy.h"
#include "cxjourney/query.h"
#include "cxjourney/receipt.h"
#include "cxjourney/status.h"

namespace cxjourney::vectors {

struct RecordAnswer {
  bool rejected = false;  // No identity evidence: two values of a unique namespace.
  std::vector<Notice> changes;
};

class Subject {
 public:
  virtual ~Subject() = default;
  virtual Result<RecordAnswer> Record(const Touchpoint& touchpoint) = 0;
  // Makes a must-link.
  virtual Result<std::vector<Notice>> Link(const Identifier& a, const Identifier& b) = 0;
  // Retracts every must-link that Link made of these two.
  virtual Result<std::vector<Notice>> Unlink(const Identifier& a, const Identifier& b) = 0;
  // The customer that holds the identifier; kNone: nobody.
  virtual CustomerId Resolve(const Identifier& identifier) const = 0;
  // Report with contacts and episodes. `query.registered` is empty; `query.policy` may be one
  // of the registered ones.
  virtual Result<RepeatReport> Repeats(const RepeatQuery& query) const = 0;
  // Touchpoints of all customers.
  virtual std::vector<Touchpoint> Histories() const = 0;
  // Distinct keys that count.
  virtual int64_t TouchpointCount() const = 0;
};

// Makes an empty subject with these rules and registered policies.
using SubjectFactory = std::function<Result<std::unique_ptr<Subject>>(
    const IdentityRules& rules, const std::vector<Policy>& policies)>;

// Through the public API, in memory.
Result<std::unique_ptr<Subject>> OpenTrackerSubject(const IdentityRules& rules,
                                                    const std::vector<Policy>& policies);

}  // namespace cxjourney::vectors
