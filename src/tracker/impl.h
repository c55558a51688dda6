// Tracker::Impl: the locks, the store, and the engine behind them.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "cxjourney/tracker.h"
#include "journey/journey.h"
#include "model/canonical.h"
#include "store/store.h"
#include "tracker/engine.h"
#include "tracker/plan.h"

namespace cxjourney {
inline namespace v1 {

// Lock order: writer_mutex, then state_mutex. A writer holds writer_mutex from planning until its
// evidence is applied, and state_mutex only while the engine changes; nobody holds a lock while
// waiting for a sync.
struct Tracker::Impl {
  // Constant after Open.
  Options options;
  std::string path;
  OpenReport report;
  IdentityRules rules;
  std::vector<Policy> policies;
  std::unique_ptr<model::Canonicalizer> canonicalizer;
  std::vector<std::unique_ptr<journey::CompiledPolicy>> compiled;
  std::unique_ptr<store::EvidenceStore> store;

  base::Mutex writer_mutex;
  mutable base::SharedMutex state_mutex;
  std::unique_ptr<tracker::Engine> engine;  // Guarded by state_mutex; only writers change it.
  std::vector<std::pair<Reason, uint64_t>> refused CXJ_GUARDED_BY(writer_mutex);
  std::atomic<bool> broken{false};     // An invariant broke: see kInternal in tracker.h.
  std::atomic<bool> read_only{false};  // A write failed.
  std::atomic<bool> closed{false};

  // open.cc
  Status Open();
  Status ChooseRules(const std::string& stored_rules, const std::string& stored_policies);
  static Status CheckNormalizersUnchanged(const IdentityRules& before, const IdentityRules& after);
  Status RecordRules();
  std::unique_ptr<tracker::Engine> NewEngine() const;

  Timestamp Now() const;
  Status Usable() const;
  Status Writable() const;
  Timestamp NextReceived() const;
  Durability Level(Durability asked) const {
    return asked == Durability::kDefault ? options.durability : asked;
  }

  // record.cc
  Result<std::vector<Receipt>> RecordAll(const Touchpoint* touchpoints, size_t count,
                                         const RecordOptions& record_options);
  Status Carry(tracker::Plan* plan, std::vector<tracker::Planned>* planned, Durability level,
               store::CommitPosition* position);
  Status ApplyAll(const store::Batch& batch, std::vector<tracker::Planned>* planned);
  Status Guarded(const std::function<Status()>& change);
  void Apply(const store::Batch& batch,
             tracker::Planned* planned);  // The caller holds state_mutex.
  void FillReceipt(tracker::RowNo no, Timestamp watermark, Receipt* receipt) const;
  void CountRefused(const std::vector<tracker::Planned>& planned) CXJ_REQUIRES(writer_mutex);

  // assert.cc
  Result<AssertionReceipt> Assert(store::RecordKind kind,
                                  const std::vector<Identifier>& identifiers,
                                  const Assertion& assertion);
  Result<AssertionReceipt> Retract(bool touchpoint, uint64_t target, const Assertion& assertion);
  Status CheckAgainstEvidence(store::RecordKind kind,
                              const std::vector<model::CanonicalIdentifier>& names) const;
  Result<AssertionReceipt> TakeIn(store::RecordKind kind,
                                  const std::vector<model::CanonicalIdentifier>& names,
                                  tracker::AssertionBody body,
                                  const std::function<Status()>& check);
  Status CommitAssertion(store::RecordKind kind,
                         const std::vector<model::CanonicalIdentifier>& names,
                         tracker::AssertionBody body, AssertionReceipt* receipt,
                         store::CommitPosition* position);

  // answer.cc: parts of answers. The caller holds state_mutex.
  Result<tracker::IdentifierNo> Find(const Identifier& identifier) const;
  Customer Describe(identity::ClassNo no) const;
  void FillVerdicts(const tracker::Row& row, Timestamp watermark, Receipt* receipt) const;
  std::function<std::string(const journey::Leg&)> EmotionOf() const;
};

// What a receipt says about a link that does not join.
Remark VetoRemark(const identity::VetoInfo& veto, const tracker::Engine& engine);

// Notices of one change, in order: own contact first, then by (start, source, id).
void SortNotices(const std::optional<ContactId>& own, std::vector<Notice>* notices);

}  // namespace v1
}  // namespace cxjourney
