// Tracker::Impl: the locks, the store, and the engine behind them.
#pragma once

#include <absl/container/flat_hash_set.h>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/status_macros.h"
#include "cxjourney/tracker.h"
#include "journey/journey.h"
#include "model/canonical.h"
#include "store/store.h"
#include "tracker/commit_queue.h"
#include "tracker/engine.h"
#include "tracker/island_encoder.h"
#include "tracker/islands_ahead.h"
#include "tracker/plan.h"

namespace cxjourney {
inline namespace v1 {

// What of the evidence is sealed, and what of that is in memory. Guarded like the engine.
struct Paging {
  tracker::Seal seal;
  tracker::IslandNo next_island = 0;
  std::vector<tracker::IslandNo> strings;  // Where the log's dictionary is.
  uint32_t sealed_strings = 0;
  // Islands whose evidence the engine holds, also by the numbers they had before they joined.
  absl::flat_hash_set<tracker::IslandNo> resident;
  bool partial = false;  // There may be islands that are not resident.
  uint64_t log_bytes_at_seal = 0;
  // The vault was sealed under other rules than those in force.
  bool rules_changed = false;
  // What is several islands in the vault is one in memory: it must not be let go before a seal.
  bool rejoined = false;

  bool IsAllSealed(const tracker::Ledger& ledger) const {
    return ledger.last_sequence < seal.next_sequence;
  }
  void NoteSealed(const tracker::Ledger& ledger) {
    seal = {ledger.identifiers, ledger.last_sequence + 1};
    sealed_strings = ledger.strings.size();
  }
};

// What a question or a write needs: islands, and whatever these keys find, or keys that begin so.
struct Wanted {
  std::vector<store::VaultKey> keys;
  std::vector<tracker::IslandNo> islands;
  std::vector<store::VaultPrefix> prefixes;
};

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

  tracker::CommitQueue commits;
  // How far the log must be synced for those that were taken in together, and whether there were
  // some that wrote nothing.
  std::atomic<store::CommitPosition> queued_until{0};
  std::atomic<bool> queued_copies{false};
  base::Mutex writer_mutex;
  mutable base::SharedMutex state_mutex;
  // Guarded by state_mutex; only holders of writer_mutex change them.
  tracker::Ledger ledger;
  std::unique_ptr<tracker::Engine> engine;
  Paging paging;
  std::unique_ptr<tracker::IslandsAhead> islands_ahead;  // While the log is loaded.
  std::vector<std::pair<Reason, uint64_t>> refused CXJ_GUARDED_BY(writer_mutex);

  std::atomic<bool> broken{false};     // An invariant broke: see kInternal in tracker.h.
  std::atomic<bool> read_only{false};  // A write failed.
  std::atomic<bool> closed{false};

  // open.cc
  Status Open();
  Status DeriveAgain(tracker::Ledger* derived_ledger, tracker::Engine* derived) const;
  Status ChooseRules(const std::string& stored_rules, const std::string& stored_policies);
  static Status CheckNormalizersUnchanged(const IdentityRules& before, const IdentityRules& after);
  Status RecordRules();
  std::unique_ptr<tracker::Engine> NewEngine(tracker::Ledger* of) const;
  void StartReadAhead(const std::vector<store::Batch>& batches);
  Status LoadLog(std::vector<store::Batch> batches);
  Status BringInFreed(const std::string& rules_at_seal);

  Timestamp Now() const;
  Status Usable() const;
  Status Writable() const;
  Timestamp NextReceived() const;
  Durability Level(Durability asked) const {
    return asked == Durability::kDefault ? options.durability : asked;
  }

  // paging.cc. Those that change anything want writer_mutex held.
  std::string EncodeMeta(const std::vector<tracker::IslandNo>& strings) const;
  Status ParseMeta(tracker::Ledger* of, Paging* state) const;
  Status RestoreMeta();
  using IslandTexts = store::Vault::Texts;
  using VisitIsland = store::Vault::Visit;
  Status ForEachIsland(const VisitIsland& visit) const;
  Status ForEachAbsent(const VisitIsland& visit) const;
  Status SealForClose();
  Status SealEvidence();
  enum class SealExtent : uint8_t {
    kWhatIsNew,
    kEverything  // What is sealed already is rewritten.
  };
  Status WriteSeal(SealExtent extent);
  Status WriteSealGuarded(SealExtent extent);
  void NameChanged(tracker::Components::ChangedIslands* changed);
  Status SealIslands(const std::vector<tracker::Island>& islands, SealExtent extent,
                     store::Vault* vault, std::vector<tracker::IdentifierNo>* idle);
  static Status SealIsland(const tracker::Island& island, const tracker::EncodedIsland& encoded,
                           store::Vault* vault);
  Status SealKeys(const std::vector<tracker::Island>& islands,
                  const std::vector<store::VaultKey>& keys, const std::vector<size_t>& keys_until,
                  store::Vault* vault);
  static Status MergeOthers(const std::vector<tracker::Island>& sealed, store::Vault* vault);
  Status CheckSameIsland(tracker::IslandNo known, const tracker::Island& island) const;
  Status SealStrings(store::Vault* vault, std::vector<tracker::IslandNo>* parts);
  void SealIfDue();
  bool OverBudget() const;
  Status LetGo();
  Result<std::optional<tracker::IslandNo>> ReadIsland(tracker::IslandNo island,
                                                      IslandTexts* texts) const;
  Status FindAbsent(const Wanted& wanted, std::vector<tracker::IslandNo>* absent) const;
  Status BringIn(const std::vector<tracker::IslandNo>& islands);
  Status Admit(tracker::IslandNo island, const IslandTexts& texts);
  Status MakeRoom();
  Status BringInForWrite(const Wanted& wanted);
  using List = std::function<Status(Wanted* wanted)>;
  Status BringInListed(const List& list);
  Status BringInForRead(const List& list);
  // Visits engines that hold all customers between them, each island in one of them. What is not
  // in memory is brought in for good first where there is no budget (VisitAll), or only to be
  // looked at (ForEachPart; the caller holds state_mutex).
  using Visit = std::function<Status(const tracker::Engine&)>;
  Status VisitAll(const Visit& visit);
  Status ForEachPart(const Visit& visit);
  Status BringInAll();
  uint64_t MemoryBytes() const;

  // Answers a question under the reader lock, once everything is in memory that `list` names
  // (Status(Wanted*)). `answer` gives a Result.
  template <class ListWanted, class Answer>
  auto Ask(ListWanted list, Answer answer) -> decltype(answer()) {
    while (true) {
      CXJ_RETURN_IF_ERROR(Usable());
      std::vector<tracker::IslandNo> absent;
      {
        base::ReaderLock state_lock(&state_mutex);
        if (paging.partial) {
          Wanted wanted;
          CXJ_RETURN_IF_ERROR(list(&wanted));
          CXJ_RETURN_IF_ERROR(FindAbsent(wanted, &absent));
        }
        if (absent.empty()) return answer();
      }
      CXJ_RETURN_IF_ERROR(BringInForRead(list));
    }
  }
  // `answer` takes the identifier's number; kNotFound where it was never seen.
  template <class Answer>
  auto AskAbout(const Identifier& identifier, Answer answer)
      -> decltype(answer(tracker::kNoIdentifier)) {
    CXJ_ASSIGN_OR_RETURN(model::CanonicalIdentifier canonical, Canonical(identifier));
    const auto list = [&](Wanted* wanted) {
      engine->ListAll(canonical, &wanted->keys, &wanted->prefixes);
      return Status();
    };
    return Ask(list, [&]() -> decltype(answer(tracker::kNoIdentifier)) {
      CXJ_ASSIGN_OR_RETURN(tracker::IdentifierNo id, Find(canonical));
      return answer(id);
    });
  }
  // `answer` takes the customer's class; kNotFound where no customer has the id.
  template <class Answer>
  auto AskAbout(CustomerId id, Answer answer) {
    const auto answer_by_class = [&]() -> decltype(answer(identity::kNoClass)) {
      const tracker::IdentifierNo alias = engine->identifiers().FindById(id);
      const identity::ClassNo no =
          alias == tracker::kNoIdentifier ? identity::kNoClass : engine->graph().ClassOf(alias);
      if (no == identity::kNoClass) return Status(Code::kNotFound, "no customer has this id");
      return answer(no);
    };
    return Ask([&](Wanted* wanted) { return ListOf(id, wanted); }, answer_by_class);
  }
  Status ListOf(CustomerId id, Wanted* wanted) const;

  // record.cc
  // Each into its receipt, whatever that held.
  Status RecordAll(const Touchpoint* touchpoints, size_t count, const RecordOptions& record_options,
                   Receipt* receipts);
  // The touchpoints of one commit. They are their callers'.
  using Batch = std::vector<tracker::Planned*>;
  Status TakeIn(const Batch& batch, const RecordOptions& record_options,
                store::CommitPosition* position) CXJ_REQUIRES(writer_mutex);
  using QueuedCall = tracker::CommitQueue::Call;
  bool TakeInCalls(QueuedCall* first, const QueuedCall* until) CXJ_REQUIRES(writer_mutex);
  void TakeInTogether(QueuedCall* first);
  Status TakeInAlone(std::vector<tracker::Planned>* planned, const RecordOptions& record_options);
  Status Prepare(const Batch& batch) CXJ_REQUIRES(writer_mutex);
  Status BringInFor(const Batch& batch);
  Status Carry(tracker::Plan* plan, const Batch& batch, Durability level,
               store::CommitPosition* position);
  Status ApplyAll(const store::Batch& written, const Batch& batch);
  Status Guarded(const std::function<Status()>& change);
  void Apply(const store::Batch& batch,
             tracker::Planned* planned);  // The caller holds state_mutex.
  void FillReceipt(tracker::RowNo no, Timestamp watermark, tracker::Planned* planned) const;
  void CountRefused(const Batch& batch) CXJ_REQUIRES(writer_mutex);

  // assert.cc
  // Whether what is known allows the assertion; may fill in what it names. With writer_mutex held.
  using AssertionCheck = std::function<Status(tracker::AssertionBody* body)>;
  Result<AssertionReceipt> Assert(store::RecordKind kind,
                                  const std::vector<Identifier>& identifiers,
                                  const Assertion& assertion);
  Status BringInFor(const std::vector<model::CanonicalIdentifier>& names,
                    const tracker::AssertionBody& body);
  Status BringInTouchpoint(const TouchpointKey& key);
  Status CheckAgainstEvidence(store::RecordKind kind,
                              const std::vector<model::CanonicalIdentifier>& names) const;
  Result<AssertionReceipt> TakeIn(store::RecordKind kind,
                                  const std::vector<model::CanonicalIdentifier>& names,
                                  tracker::AssertionBody body, const AssertionCheck& check);
  Status CommitAssertion(store::RecordKind kind,
                         const std::vector<model::CanonicalIdentifier>& names,
                         tracker::AssertionBody body, AssertionReceipt* receipt,
                         store::CommitPosition* position);

  // answer.cc: parts of answers.
  // These take the lock themselves.
  Result<Journey> History(const Identifier& identifier, const HistoryQuery& query,
                          const TouchpointVisitor* visit);
  Result<Journey> History(CustomerId customer, const HistoryQuery& query,
                          const TouchpointVisitor* visit);
  // The rest: the caller holds state_mutex.
  Result<WhyAnswer> Why(tracker::IdentifierNo a, tracker::IdentifierNo b) const;
  Result<Context> GetContext(tracker::IdentifierNo id, Timestamp now) const;
  Result<model::CanonicalIdentifier> Canonical(const Identifier& identifier) const;
  Result<tracker::IdentifierNo> Find(const model::CanonicalIdentifier& canonical) const;
  Customer Describe(identity::ClassNo no) const;
  // In place of what verdicts and contact the receipt has.
  void FillVerdicts(const tracker::Row& row, Timestamp watermark, Receipt* receipt) const;
  std::function<std::string(const journey::Leg&)> EmotionOf() const;
  RepeatVerdict Foresee(identity::ClassNo no, size_t policy, const journey::Leg& leg) const;

  // analyze.cc
  Result<size_t> FindPolicy(const std::string& name) const;
};

// What a receipt says about a link that does not join.
Remark VetoRemark(const identity::VetoInfo& veto, const tracker::Engine& engine);

// Notices of one change, in order: own contact first, then by (start, source, id).
void SortNotices(const std::optional<ContactId>& own, std::vector<Notice>* notices);

}  // namespace v1
}  // namespace cxjourney
