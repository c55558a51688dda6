// A tracker and the oracle, side by side: both do every operation, and must answer the same.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "cxjourney/tracker.h"
#include "tests/oracle/naive_tracker.h"
#include "tests/random/operations.h"

namespace cxjourney::random_tests {

class SetClock : public Clock {
 public:
  Timestamp Now() override { return now_; }
  void Set(Timestamp now) { now_ = now; }

 private:
  Timestamp now_ = {};
};

enum class StoreKind {
  kMemory,
  kLog,
  kSealed,       // A log that is sealed after every write.
  kPaged,        // The same, and nothing stays in memory.
  kPagedMemory,  // Nothing stays in memory but the files.
};

enum class DisplayValues {
  kKept,
  kMixed,  // Of some identifiers none, and of those that come later it depends on the opening.
};

class Duel {
 public:
  Duel(StoreKind store, const IdentityRules& rules, const std::vector<Policy>& policies,
       DisplayValues display_values = DisplayValues::kKept);
  ~Duel();

  // Does the operation on both and compares what they say about it. Empty: they agree.
  // Otherwise a description of the first difference.
  std::string Do(const Operation& operation);

  // Compares customers, histories, and contacts, repeats and measures under every policy.
  std::string CompareAnswers();
  // The engine's comparison of its state with what it re-derives.
  std::string VerifyEngine();

  // Every answer of the engine as one text without ids of customers.
  std::string DescribeEngine() const;
  // Labels of the operations that were accepted, and places of refused touchpoints.
  const std::set<uint32_t>& accepted() const { return accepted_; }
  bool refused_any_touchpoint() const { return refused_any_touchpoint_; }

 private:
  std::string Open();
  std::string MeetIdentifiers();
  std::string Meet(const oracle::Id& id);
  std::string Crash();
  std::string CompactNowAndThen(const Operation& operation);
  std::string Record(const Operation& operation);
  std::string RecordAll(const Operation& operation);
  std::string Assert(const Operation& operation);
  oracle::Id OracleId(const oracle::Id& id) const;
  RecordOutcome RecordOnOracle(Touchpoint touchpoint);
  oracle::AssertionAnswer AssertOnOracle(const Operation& operation);
  Result<AssertionReceipt> AssertOnEngine(const Operation& operation);

  std::string CompareReceipt(const Receipt& receipt, const oracle::NaiveAnswers& answers);
  std::string CompareNotices(std::vector<Notice> got, bool more);
  std::string CompareNoticesOfBatch(const std::vector<Receipt>& receipts);
  std::vector<oracle::Priors> AllPriors(const oracle::NaiveAnswers& answers) const;

  std::string ComparePartition(const oracle::NaiveAnswers& answers);
  std::string CompareHolders(const oracle::NaiveAnswers& answers);
  std::string CompareChecks(const oracle::NaiveAnswers& answers);
  std::string CompareReports(const oracle::NaiveAnswers& answers);
  std::vector<RepeatQuery> Queries() const;
  std::map<CustomerId, std::set<oracle::Id>> EngineCustomers() const;

  bool forgets() const { return options_.in_memory; }  // When it is closed.

  std::filesystem::path folder_;
  int crashes_ = 0;
  SetClock clock_;
  Options options_;
  std::vector<Policy> policies_;
  std::unique_ptr<Tracker> engine_;
  std::vector<Receipt> receipts_;  // Of the last batch; used again.
  std::string open_problem_;
  oracle::NaiveTracker oracle_;
  std::vector<oracle::Priors> priors_;  // Of the oracle, for each policy, as they were last.
  std::set<oracle::Id> seen_;           // Every identifier that was ever handed in.
  // What stands for the values that the engine does not keep, where values decide.
  std::map<oracle::Id, std::string> stand_ins_;

  struct AssertionIds {
    AssertionId engine = AssertionId::kNone;
    uint64_t oracle = 0;
  };
  std::map<uint32_t, AssertionIds> assertions_;  // By label.
  size_t checks_ = 0;  // Questions about repeats so far: each is another one.
  std::set<uint32_t> accepted_;
  bool refused_any_touchpoint_ = false;
};

}  // namespace cxjourney::random_tests
