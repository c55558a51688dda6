// Engine: everything that is derived from the evidence, in memory.
//
// Each answer is a function of (evidence, rules, time); the engine is a cache of it that is
// brought up to date after every piece of evidence. Loading builds the same state in one go,
// without the short cuts, so Verify can hold the two against each other.
//
// Not thread-safe: the tracker's lock covers it. Const methods may run at the same time.
#pragma once

#include <absl/container/btree_set.h>
#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/chunks.h"
#include "base/pages.h"
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
#include "tracker/components.h"
#include "tracker/island_text.h"
#include "tracker/islands.h"
#include "tracker/rows.h"
#include "tracker/threads.h"

namespace cxjourney::tracker {

// One customer's timeline and what it is under each registered policy.
struct CustomerState {
  journey::Timeline timeline;
  // In the order of the registered policies; none while nothing of the timeline may matter to any:
  // see Engine::JourneyOf.
  std::vector<journey::PolicyJourney> journeys;
  // By policy, a bit: the journey has something to measure. A scan leaves the others where they
  // lie.
  uint32_t measured = 0;

  bool empty() const { return timeline.empty(); }
  void NoteMeasured() {
    for (size_t i = 0; i < journeys.size(); ++i) measured |= uint32_t{journeys[i].measured()} << i;
  }
};

// An assertion and whether it counts.
struct AssertionState {
  store::RecordKind kind = store::RecordKind::kMustLink;
  AssertionBody body;
  uint32_t retractions = 0;  // Live ones.
  Timestamp received = {};
  uint32_t node = 0;  // Of Components.
};

// What is known of the whole store, whatever of its evidence is in memory.
struct Ledger {
  model::StringTable strings;  // The log's dictionary.
  uint32_t identifiers = 0;    // Stable numbers handed out.
  bool has_bare = false;       // Some of them were recorded without a value.
  uint64_t last_sequence = 0;
  Timestamp last_received = {};
  uint64_t evidence = 0;  // Records.
  // The newest rules and policies on record, as stored; empty: none.
  std::string rules;
  std::string policies;

  void Note(uint64_t sequence, Timestamp received) {
    last_sequence = sequence;
    last_received = std::max(last_received, received);
    ++evidence;
  }
};

// What is stored of an identifier: its value, or what is known without it (see IdentifierEntry).
struct StoredName {
  std::string value = {};
  bool is_bare = false;
  identity::Hash128 hash = {};  // Of a bare one, like what follows.
  Reason recorded = Reason::kNone;

  // Why it is no evidence under these rules.
  Reason ReasonUnder(const model::Canonicalizer& rules, std::string_view name_space) const {
    return is_bare ? rules.ReasonOf(name_space, recorded) : rules.ReasonOf(name_space, value);
  }
};

class Engine {
 public:
  // `canonicalizer` holds the rules; it, the policies and the ledger outlive the engine.
  Engine(const model::Canonicalizer* canonicalizer,
         const std::vector<std::unique_ptr<journey::CompiledPolicy>>* policies, uint32_t tenant,
         Ledger* ledger);

  void SetKeys(const store::Secret& hash_root);
  // Whether the values of identifiers that are first seen from now on are kept.
  void SetKeepsValues(bool keeps) { keeps_values_ = keeps; }

  // Loading: batches in order and islands, each before the batch that needs it, then
  // FinishLoading once.
  Status Load(const store::Batch& batch);
  void FinishLoading();

  // Islands (islands.cc) -----------------------------------------------------------------------
  // Takes in a sealed island that is not in here, while loading or later; ledger and answers about
  // everything else stay as they are. A failure leaves the engine unusable.
  Status LoadIsland(IslandNo island, const std::vector<std::string>& texts);
  // Which evidence is one island, and what changed since the last seal.
  Components& components() { return components_; }
  // Once all that is new is sealed.
  void ForgetSecrets(const std::vector<IdentifierNo>& idle);
  const Directory& directory() const { return directory_; }
  // The identifiers that a sealed island lists.
  using VisitIdentifier =
      std::function<void(uint32_t stable, std::string_view name_space, const StoredName& name)>;
  Status VisitIdentifiers(const std::vector<std::string>& texts,
                          const VisitIdentifier& visit) const;
  // What carries the identifier is one island now, and was several when it was sealed.
  void NoteRejoined(uint32_t stable);
  // What finds all that carries an identifier, as far as this engine may not hold it: ask again
  // when that is in.
  void ListAll(const model::CanonicalIdentifier& identifier, std::vector<store::VaultKey>* keys,
               std::vector<store::VaultPrefix>* prefixes) const;
  // The keys of what a touchpoint may be connected with and this engine does not hold.
  void ListUnknown(const model::CanonicalTouchpoint& touchpoint,
                   std::vector<store::VaultKey>* keys) const;
  // While batches are loaded: asked to load the islands that are found by these keys, or that have
  // these numbers, before the record that needs them. Null: there are none.
  using BringIn = std::function<Status(const std::vector<store::VaultKey>& keys,
                                       const std::vector<IslandNo>& islands)>;
  void SetBringIn(BringIn bring_in) { bring_in_ = std::move(bring_in); }
  // Estimate of what the engine takes.
  uint64_t memory_bytes() const;

  // Definitions. New ones are written with the batch that first needs them. ------------------
  model::StringTable& strings() { return ledger_->strings; }
  // The identifier's number; `*added` says whether it is new and needs a kIdentifier record.
  // `hash`: of HashesOf.
  IdentifierNo InternIdentifier(const model::CanonicalIdentifier& identifier,
                                const identity::Hash128& hash, bool* added);
  // As it was typed when it was seen first.
  void NoteTyped(IdentifierNo no, std::string_view typed) {
    if (!typed.empty() && typed != identifiers_[no].value) typed_.emplace(no, typed);
  }
  const identity::IdentifierTable& identifiers() const { return identifiers_; }
  const store::Secret& RenewSecret(IdentifierNo no) {
    renewed_.insert(no);
    return identifiers_.RenewSecret(no);
  }
  // Numbers as they stand in stored bodies, whichever identifiers are in here, and those of this
  // engine. kNoIdentifier stays what it is.
  uint32_t StableOf(IdentifierNo no) const {
    return no == kNoIdentifier ? kNoIdentifier : identifiers_[no].stable;
  }
  identity::IdentifierList StableOf(std::span<const IdentifierNo> numbers) const;
  IdentifierNo FindStable(uint32_t stable) const;

  // Live evidence. Each settles completely before it returns. --------------------------------
  struct Effect {
    std::vector<Notice> changes;
  };
  // A touchpoint's new revision, or an old one (then no answer changes).
  struct Arrival {
    const model::CanonicalTouchpoint& touchpoint;
    journey::KeyView key;                            // Of the touchpoint.
    std::span<const IdentifierNo> ids;               // Of touchpoint.identifiers.
    const std::optional<identity::Hash128>& digest;  // Unless it follows from the body.
    Stored stored;
  };
  RowNo ApplyTouchpoint(const Arrival& arrival, Effect* effect);
  // A touchpoint with these identifiers is about to be applied: what that will touch is asked for,
  // a step further from `stage` 0 to 2. Memory answers many at once as fast as one.
  static constexpr size_t kPrefetchStages = 3;
  void PrefetchFor(std::span<const IdentifierNo> ids, size_t stage) const;
  // The same for who asks: for StateOf, and then for PrimaryId.
  void PrefetchCustomer(identity::ClassNo no) const;
  void PrefetchMembers(identity::ClassNo no) const;
  void ApplyAssertion(store::RecordKind kind, AssertionBody body, uint64_t sequence,
                      Timestamp received, Effect* effect);

  // Looking things up. -----------------------------------------------------------------------
  const RowTable& rows() const { return rows_; }
  const identity::Graph& graph() const { return graph_; }
  const IdentityRules& rules() const { return *rules_; }
  // By priority, then namespace name and value: which identifier anchors a touchpoint.
  bool StrongerThan(IdentifierNo a, IdentifierNo b) const;
  IdentifierNo FindIdentifier(const model::CanonicalIdentifier& identifier) const;
  // What they are found by.
  IdentifierHashes HashesOf(std::span<const model::CanonicalIdentifier> identifiers) const;
  // Asks for the memory that finding them reads, and where they are sealed, step by step.
  static constexpr size_t kFindStages = 3;
  void PrefetchFind(const IdentifierHashes& hashes, size_t stage) const;
  identity::Hash128 DigestOf(const model::CanonicalTouchpoint& touchpoint) const;
  // The digest as it follows from what is stored of the touchpoint, or will be.
  identity::Hash128 StoredDigestOf(const model::CanonicalTouchpoint& touchpoint) const;
  // Of one of the row's revisions.
  identity::Hash128 DigestOf(const Row& row, const Revision& revision) const;
  identity::Hash128 KeyHashOf(const Touchpoint& content) const;
  const AssertionState* FindAssertion(uint64_t sequence) const;
  bool IsLive(const AssertionState& assertion) const { return assertion.retractions == 0; }
  const store::Secret& SecretOf(IdentifierNo sealed_by) const;

  CustomerId PrimaryId(identity::ClassNo no) const;
  // Null: no customer, or one without a touchpoint. Good until the engine changes.
  const journey::PolicyJourney& JourneyOf(const CustomerState& state, size_t policy) const {
    return (state.journeys.empty() ? no_journeys_ : state.journeys)[policy];
  }
  const CustomerState* StateOf(identity::ClassNo no) const {
    return no < customers_.size() && !customers_[no].empty() ? &customers_[no] : nullptr;
  }
  identity::ClassNo ClassOfRow(const Row& row) const;
  const RowList& CarriersOf(IdentifierNo id) const { return carriers_[id]; }
  // Members, strongest first.
  std::vector<IdentifierNo> MembersByStrength(identity::ClassNo no) const;
  // The full touchpoint, as given back to callers.
  std::vector<Touchpoint> FetchAll(std::span<const journey::TimelineEntry> legs) const;
  // One after the other, in one object.
  void VisitAll(std::span<const journey::TimelineEntry> legs, const TouchpointVisitor& visit) const;
  Touchpoint Fetch(const Row& row) const {
    Touchpoint touchpoint;
    Shown shown;
    FetchInto(row, &touchpoint, &shown);
    return touchpoint;
  }
  Touchpoint Fetch(const journey::Leg& leg) const { return Fetch(Row::Of(&leg)); }
  std::string EmotionOf(const journey::Leg& leg) const { return Fetch(leg).emotion; }
  Link DescribeLink(identity::PairKey pair) const;
  Identifier Name(IdentifierNo id) const;
  // Unidentified rows that belong to nobody, in the groups that fold together.
  std::vector<journey::Timeline> UnidentifiedGroups() const;
  journey::Timeline GroupOf(RowNo no) const;

  // Adds what this engine holds; ledger, identifiers and memory are the caller's.
  void AddStats(Stats* stats) const;
  Ledger& ledger() { return *ledger_; }
  const Ledger& ledger() const { return *ledger_; }
  // Differences from another engine over the same evidence, or over all of it where this one holds
  // a part; no customer's data in them.
  std::vector<std::string> CompareWith(const Engine& other, bool is_part) const;

 private:
  friend class IslandEncoder;

  // What a stored touchpoint says. Views are into its bytes and the tables.
  struct Decoded {
    TouchpointBody body;
    model::CanonicalTouchpoint touchpoint;
    std::vector<IdentifierNo> ids;  // Of its identifiers, in their order.
  };
  // Loading (load.cc, and islands.cc what comes from islands). A record of the log may be about
  // what is in the vault and has not been brought in; what comes from an island is about nothing
  // else.
  Status LoadRecord(const store::Batch& batch, const store::Record& record, size_t* secrets_used,
                    uint64_t* sequence);
  Status LoadEvidence(store::RecordKind kind, const Stored& stored);
  Status LoadLoggedTouchpoint(const Stored& stored);
  Status LoadLoggedAssertion(store::RecordKind kind, const Stored& stored);
  Status BringInIsland(std::string_view body);
  Status BringInTarget(const AssertionBody& body);
  Status BringInThreads(const Touchpoint& content);
  Status LoadIdentifier(std::string_view body, const store::Secret& secret);
  Status LoadNewSecret(uint32_t stable, const store::Secret& secret);
  Status LoadBareIdentifier(std::string_view body);
  // `secret` null: it has none, or another place holds it.
  IdentifierNo AddKnownIdentifier(std::string_view name_space, const StoredName& name,
                                  std::string_view typed, const store::Secret* secret,
                                  uint32_t stable);
  Status LoadIslandText(IslandReader* reader);
  Status LoadIslandIdentifier(const IslandIdentifier& identifier);
  Status TakeAssertion(store::RecordKind kind, AssertionBody body, const Stored& stored);
  Status TakeTouchpoint(const Stored& stored, Decoded decoded);
  // The steps of decoding; `ids` are stable numbers until NameIdentifiers.
  Status DecodeContent(const Stored& stored, Decoded* decoded) const;
  Status NameIdentifiers(Decoded* decoded) const;
  Result<Decoded> Decode(const Stored& stored) const;
  // What the engine keeps beside the table of one that was just added to it.
  void Enrol(IdentifierNo no, uint32_t stable);
  // The row of the touchpoint's key; a new one without revisions where there is none.
  RowNo RowOf(journey::KeyView key, uint64_t sequence);
  identity::Hash128 DigestOf(const Stored& stored) const;
  // Takes the revision in; true if it is the newest of its key now.
  bool AddRevision(RowNo no, uint32_t number, const std::optional<identity::Hash128>& digest,
                   const Stored& stored);
  void SetContent(RowNo no, const model::CanonicalTouchpoint& touchpoint,
                  std::span<const IdentifierNo> ids, const Stored& stored);
  // What a revision hangs together with, whether it is the newest or not.
  void JoinTouchpoint(RowNo no, const Touchpoint& content, std::span<const IdentifierNo> ids);
  void JoinAssertion(const AssertionState& assertion);

  void PrefetchRows(std::span<const journey::TimelineEntry> legs) const;
  template <class Visit>  // void(size_t index, const Row&)
  void ForEachRow(std::span<const journey::TimelineEntry> legs, Visit visit) const;
  // What an object shows that one touchpoint after the other is fetched into: what two have in
  // common stays. A fresh one goes with a fresh touchpoint.
  struct Shown {
    model::DecodedInto content;
    identity::IdentifierList identifiers;
  };
  void FetchInto(const Row& row, Touchpoint* touchpoint, Shown* shown) const;
  // See Leg::says_all; of a stored touchpoint's body.
  static bool LegSaysAll(std::string_view body);
  Status ReadContent(const Row& row, Touchpoint* touchpoint, model::DecodedInto* into) const;

  // islands.cc
  store::VaultKey KeyOf(const model::CanonicalIdentifier& identifier) const;
  void ListUnknownThreads(const Touchpoint& content, std::vector<store::VaultKey>* keys) const;
  // Evidence in and out of the graph and the threads.
  void Withdraw(RowNo no);
  void Deposit(RowNo no);
  identity::IdentifierList SightingOf(const Row& row, bool* two_unique) const;
  IdentifierNo AnchorOf(const Row& row) const;
  void Attach(RowNo no);
  void Detach(RowNo no);
  void FollowQuarantines();
  bool PrimaryBefore(IdentifierNo a, IdentifierNo b) const;
  bool SameRow(const Row& here, const Engine& other) const;
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

  // Bringing customers up to date with the graph. Null: what that changes is nobody's business.
  void Settle(Effect* effect);
  bool SettleSimply(const identity::Settlement& settlement, Effect* effect);
  void SettleFully(const identity::Settlement& settlement, Effect* effect);
  std::vector<identity::ClassNo> Reholder(const identity::Settlement& settlement);
  void SetHolder(RowNo no, IdentifierNo holder);
  std::vector<journey::PolicyJourney> NewJourneys() const;
  CustomerState BuildState(identity::ClassNo no) const;
  void AddToState(const journey::TimelineEntry& entry, CustomerState* state, Effect* effect) const;
  void PutState(identity::ClassNo no, CustomerState state);
  CustomerState TakeState(identity::ClassNo no);
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
  bool keeps_values_ = true;

  Ledger* ledger_;
  Directory directory_;
  Components components_;
  model::StringTable names_;  // Strings that legs point at and the dictionary does not hold.
  identity::IdentifierTable identifiers_;
  identity::Graph graph_;
  RowTable rows_;
  Threads threads_;
  base::BigMap<uint32_t, IdentifierNo> by_stable_;
  // Those that are not the newest of their key: evidence, though no answer depends on them.
  absl::flat_hash_map<RowNo, std::vector<Stored>> old_revisions_;
  // Keyed hashes of content digests, by sequence of the revision, of those that don't follow from
  // their row's body.
  absl::flat_hash_map<uint64_t, identity::Hash128> digests_;
  absl::flat_hash_map<IdentifierNo, std::string> typed_;  // Where it is not the value.
  absl::flat_hash_set<IdentifierNo> renewed_;             // Got another secret since the last seal.
  BringIn bring_in_;

  // By identifier number.
  base::Chunks<RowList, 1024> carriers_;      // Rows that carry it, in any role.
  base::Chunks<RowList, 1024> held_;          // Rows whose holder it is.
  base::BigVector<uint64_t> first_recorded_;  // Sequence of its first sighting; ~0: none.

  absl::flat_hash_map<uint64_t, AssertionState> assertions_;  // By sequence.
  // Blocks and unblocks of an identifier, by sequence.
  absl::flat_hash_map<IdentifierNo, std::vector<uint64_t>> blocks_;
  // By class; those without a touchpoint are empty.
  base::Chunks<CustomerState, 256> customers_;
  const std::vector<journey::PolicyJourney> no_journeys_;  // Of timelines in which nothing matters.

  bool loading_ = true;
  absl::btree_set<RowNo> unidentified_;  // Rows that count and have no anchor.
  // Since the last Settle.
  std::vector<RowNo> deposited_;
  std::vector<std::pair<RowNo, identity::ClassNo>> withdrawn_;  // With the class they were in.
  // Unidentified rows that depended on the withdrawn ones as those were: a new revision may be in
  // another conversation.
  std::vector<RowNo> left_behind_;
};

}  // namespace cxjourney::tracker
