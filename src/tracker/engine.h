// Engine: everything that is derived from the evidence, in memory.
//
// Each answer is a function of (evidence, rules, time); the engine is a cache of it that is
// brought up to date after every piece of evidence. Loading builds the same state in one go,
// without the short cuts, so Verify can hold the two against each other.
//
// Not thread-safe: the tracker's lock covers it. Const methods may run at the same time.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cxjourney/options.h"
#include "cxjourney/query.h"
#include "cxjourney/receipt.h"
#include "identity/graph.h"
#include "identity/identifier_table.h"
#include "journey/journey.h"
#include "model/canonical.h"
#include "model/codec.h"
#include "store/store.h"
#include "tracker/body.h"
#include "tracker/rows.h"
#include "tracker/threads.h"

namespace cxjourney::tracker {

// One customer's timeline and what it is under each registered policy.
struct CustomerState {
  journey::Timeline timeline;
  std::vector<journey::PolicyJourney> journeys;  // In the order of the registered policies.
};

// An assertion and whether it counts.
struct AssertionState {
  store::RecordKind kind = store::RecordKind::kMustLink;
  AssertionBody body;
  uint32_t retractions = 0;  // Live ones.
};

class Engine {
 public:
  // `canonicalizer` holds the rules; it and the policies outlive the engine.
  Engine(const model::Canonicalizer* canonicalizer,
         const std::vector<std::unique_ptr<journey::CompiledPolicy>>* policies, uint32_t tenant);

  void SetKeys(const store::Secret& hash_root);

  // Loading: every batch in order, then FinishLoading once.
  Status Load(const store::Batch& batch);
  void FinishLoading();

  // Definitions. New ones are written with the batch that first needs them. ------------------
  model::StringTable& strings() { return strings_; }
  // The identifier's number; `*added` says whether it is new and needs a kIdentifier record.
  IdentifierNo InternIdentifier(const model::CanonicalIdentifier& identifier, bool* added);
  const identity::IdentifierTable& identifiers() const { return identifiers_; }

  // Live evidence. Each settles completely before it returns. --------------------------------
  struct Effect {
    std::vector<Notice> changes;
  };
  // A touchpoint's new revision, or an old one (then no answer changes).
  RowNo ApplyTouchpoint(const model::CanonicalTouchpoint& touchpoint,
                        const std::vector<IdentifierNo>& ids, const identity::Hash128& digest,
                        std::string_view body, uint64_t sequence, Timestamp received,
                        Effect* effect);
  // A touchpoint with these identifiers is about to be applied: what that will touch is asked for,
  // a step further from `stage` 0 to 2. Memory answers many at once as fast as one.
  static constexpr size_t kPrefetchStages = 3;
  void PrefetchFor(const std::vector<IdentifierNo>& ids, size_t stage) const;
  void ApplyAssertion(store::RecordKind kind, AssertionBody body, uint64_t sequence,
                      Effect* effect);

  // Looking things up. -----------------------------------------------------------------------
  const RowTable& rows() const { return rows_; }
  const identity::Graph& graph() const { return graph_; }
  const IdentityRules& rules() const { return *rules_; }
  // By priority, then namespace name and value: which identifier anchors a touchpoint.
  bool StrongerThan(IdentifierNo a, IdentifierNo b) const;
  IdentifierNo FindIdentifier(const model::CanonicalIdentifier& identifier) const;
  identity::Hash128 DigestOf(const model::CanonicalTouchpoint& touchpoint) const;
  // Of the newest revision.
  identity::Hash128 DigestOf(const Row& row) const;
  identity::Hash128 KeyHashOf(const Touchpoint& content) const;
  const AssertionState* FindAssertion(uint64_t sequence) const;
  bool IsLive(const AssertionState& assertion) const { return assertion.retractions == 0; }
  const store::Secret& SecretOf(IdentifierNo sealed_by) const;

  CustomerId PrimaryId(identity::ClassNo no) const;
  const CustomerState* StateOf(identity::ClassNo no) const;
  identity::ClassNo ClassOfRow(const Row& row) const;
  const RowList& CarriersOf(IdentifierNo id) const { return carriers_[id]; }
  // Members, strongest first.
  std::vector<IdentifierNo> MembersByStrength(identity::ClassNo no) const;
  // The full touchpoint, as given back to callers.
  std::vector<Touchpoint> FetchAll(std::span<const journey::Leg* const> legs) const;
  Touchpoint Fetch(const Row& row) const {
    Touchpoint touchpoint;
    FetchInto(row, &touchpoint);
    return touchpoint;
  }
  Touchpoint Fetch(const journey::Leg& leg) const { return Fetch(rows_[RowNo(leg.evidence)]); }
  std::string EmotionOf(const journey::Leg& leg) const { return Fetch(leg).emotion; }
  Link DescribeLink(identity::PairKey pair) const;
  Identifier Name(IdentifierNo id) const;
  // Unidentified rows that belong to nobody, in the groups that fold together.
  std::vector<journey::Timeline> UnidentifiedGroups() const;
  journey::Timeline GroupOf(RowNo no) const;

  void FillStats(Stats* stats) const;
  uint64_t last_sequence() const { return last_sequence_; }
  Timestamp last_received() const { return last_received_; }
  // The newest rules and policies on record, as stored; empty: none.
  const std::string& stored_rules() const { return stored_rules_; }
  const std::string& stored_policies() const { return stored_policies_; }
  void NoteReceived(Timestamp received) { last_received_ = received; }
  // Differences from another engine over the same evidence; no customer's data in them.
  std::vector<std::string> CompareWith(const Engine& other) const;

 private:
  Status LoadRecord(const store::Batch& batch, const store::Record& record, size_t* secrets_used,
                    uint64_t* sequence);
  Status LoadIdentifier(const store::Record& record, const store::Secret& secret);
  Status LoadAssertion(const store::Record& record, uint64_t sequence);
  Status LoadTouchpoint(const store::Batch& batch, const store::Record& record, uint64_t sequence);
  Result<model::CanonicalTouchpoint> Decode(const TouchpointBody& body, Timestamp received,
                                            uint64_t sequence,
                                            std::vector<IdentifierNo>* ids) const;
  // Takes the revision in; true if it is the newest of its key now.
  bool AddRevision(RowNo no, const Revision& revision);
  void SetContent(RowNo no, const model::CanonicalTouchpoint& touchpoint,
                  const std::vector<IdentifierNo>& ids, std::string_view body, Timestamp received);

  void FetchInto(const Row& row, Touchpoint* touchpoint) const;
  Status ReadContent(const Row& row, Touchpoint* touchpoint) const;

  // Evidence in and out of the graph and the threads.
  void Withdraw(RowNo no);
  void Deposit(RowNo no);
  identity::IdentifierList SightingOf(const Row& row, bool* two_unique) const;
  bool PrimaryBefore(IdentifierNo a, IdentifierNo b) const;
  void CompareIdentifier(const Engine& other, IdentifierNo id,
                         std::vector<std::string>* problems) const;
  IdentifierNo StrongestOf(const identity::IdentifierList& ids) const;
  int64_t NewestSighting(IdentifierNo a, IdentifierNo b) const;
  // Rows whose sighting depends on these identifiers' must-link classes or blocks.
  void Reconsider(const std::vector<IdentifierNo>& ids);
  // An assertion starts or stops counting, with all that follows from it.
  void SetLive(uint64_t sequence, bool live);
  void CarryOut(uint64_t sequence, const AssertionState& assertion, bool live);
  void SetBlocked(IdentifierNo id);

  // Bringing customers up to date with the graph.
  void Settle(Effect* effect);
  bool SettleSimply(const identity::Settlement& settlement, Effect* effect);
  void SettleFully(const identity::Settlement& settlement, Effect* effect);
  std::vector<identity::ClassNo> Reholder(const identity::Settlement& settlement);
  void SetHolder(RowNo no, IdentifierNo holder);
  std::unique_ptr<CustomerState> BuildState(identity::ClassNo no) const;
  void PutState(identity::ClassNo no, std::unique_ptr<CustomerState> state);
  std::unique_ptr<CustomerState> TakeState(identity::ClassNo no);
  // Maps are from a contact's first leg to its prior's.
  static std::vector<journey::PriorChange> DiffPriors(
      const absl::flat_hash_map<const journey::Leg*, const journey::Leg*>& before,
      const absl::flat_hash_map<const journey::Leg*, const journey::Leg*>& after);
  void AppendNotices(size_t policy, const std::vector<journey::PriorChange>& changes,
                     std::vector<Notice>* notices) const;

  const model::Canonicalizer* canonicalizer_;
  const IdentityRules* rules_;
  const std::vector<std::unique_ptr<journey::CompiledPolicy>>* policies_;
  uint32_t tenant_;
  identity::KeyedHash digest_hash_;
  identity::KeyedHash key_hash_;
  store::Secret nobodys_secret_{};

  model::StringTable strings_;  // The log's dictionary.
  model::StringTable names_;    // Strings that legs point at and the dictionary does not hold.
  identity::IdentifierTable identifiers_;
  identity::Graph graph_;
  RowTable rows_;
  Threads threads_;

  // By identifier number.
  std::vector<RowList> carriers_;         // Rows that carry it, in any role.
  std::vector<RowList> held_;             // Rows whose holder it is.
  std::vector<uint64_t> first_recorded_;  // Sequence of its first sighting; ~0: none.

  absl::flat_hash_map<uint64_t, AssertionState> assertions_;  // By sequence.
  // Blocks and unblocks of an identifier, by sequence.
  absl::flat_hash_map<IdentifierNo, std::vector<uint64_t>> blocks_;
  std::vector<std::unique_ptr<CustomerState>> customers_;  // By class.

  bool loading_ = true;
  // Since the last Settle.
  std::vector<RowNo> deposited_;
  std::vector<std::pair<RowNo, identity::ClassNo>> withdrawn_;  // With the class they were in.
  // Unidentified rows that depended on the withdrawn ones as those were: a new revision may be in
  // another conversation.
  std::vector<RowNo> left_behind_;

  uint64_t last_sequence_ = 0;
  Timestamp last_received_ = {};
  uint64_t evidence_ = 0;
  std::string stored_rules_;
  std::string stored_policies_;
};

}  // namespace cxjourney::tracker
