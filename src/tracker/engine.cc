// Evidence in: loading, revisions, sightings.
#include "tracker/engine.h"

#include <algorithm>
#include <tuple>

#include "base/bytes.h"
#include "base/micros.h"
#include "base/prefetch.h"
#include "base/status_macros.h"
#include "model/vocabulary.h"

namespace cxjourney::tracker {

using identity::ClassNo;

constexpr uint64_t kNeverRecorded = ~uint64_t{0};
// Numbers are handed out in order, so where a later one will be entered can be asked for ahead.
constexpr uint32_t kNumbersAhead = 4;

RowNo RowTable::FindByFirstSequence(uint64_t sequence) const {
  if (sequence == 0) return kNoRow;
  // What is asked for came in lately as a rule: with the island that asks, or at the end.
  RowNo end = size();
  for (size_t run = runs_.size(); run-- > 0;) {
    const RowNo no = FirstBehind(sequence - 1, runs_[run], end);
    if (no < end && (*this)[no].first_sequence == sequence) return no;
    end = runs_[run];
  }
  return kNoRow;
}

RowNo RowTable::FirstBehind(uint64_t sequence, RowNo low, RowNo high) const {
  while (low < high) {
    const RowNo middle = low + (high - low) / 2;
    if ((*this)[middle].first_sequence > sequence) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

Engine::Engine(const model::Canonicalizer* canonicalizer,
               const std::vector<std::unique_ptr<journey::CompiledPolicy>>* policies,
               uint32_t tenant, Ledger* ledger)
    : canonicalizer_(canonicalizer),
      rules_(&canonicalizer->rules()),
      policies_(policies),
      tenant_(tenant),
      ledger_(ledger),
      graph_(&identifiers_, rules_),
      threads_(&rows_, &graph_),
      no_journeys_(NewJourneys()) {}

void Engine::SetKeys(const store::Secret& hash_root) {
  identifiers_.SetKeys(hash_root, tenant_);
  key_hash_ = identity::KeyedHash::Derive(hash_root, tenant_, "touchpoint key");
  digest_hash_ = identity::KeyedHash::Derive(hash_root, tenant_, "content");
  directory_.SetKeys(hash_root, tenant_);
  identity::KeyedHash nobody = identity::KeyedHash::Derive(hash_root, tenant_, "nobody");
  identity::Hash128 halves[2] = {nobody("0"), nobody("1")};
  static_assert(sizeof halves == sizeof nobodys_secret_);
  std::memcpy(nobodys_secret_.data(), halves, sizeof halves);
}

// Definitions ------------------------------------------------------------------------------------

IdentifierNo Engine::FindIdentifier(const model::CanonicalIdentifier& identifier) const {
  const identity::Hash128 hash = identifiers_.HashOf(identifier.name, identifier.value);
  identifiers_.PrefetchPlace(hash);
  const IdentifierNo likely = identifiers_.LikelyOf(hash);
  if (likely == kNoIdentifier) return kNoIdentifier;
  // Who asks for it asks for its customer next: waiting for all of it at once is waiting once.
  graph_.Prefetch(likely);
  identifiers_.Prefetch(likely);
  if (const ClassNo no = graph_.ClassOf(likely); no != identity::kNoClass) PrefetchCustomer(no);
  return identifiers_.Find(identifier.name, identifier.value, hash);
}

void Engine::PrefetchCustomer(ClassNo no) const {
  graph_.PrefetchClass(no);
  if (no < customers_.size()) base::PrefetchBetween(&customers_[no], &customers_[no] + 1);
}

void Engine::PrefetchMembers(ClassNo no) const {
  constexpr size_t kMost = 16;
  const identity::IdentifierList& members = graph_.GetClass(no).members;
  for (size_t i = 0; i < std::min(members.size(), kMost); ++i) {
    identifiers_.Prefetch(members[i]);
    base::Prefetch(&first_recorded_[members[i]]);
  }
}

IdentifierHashes Engine::HashesOf(std::span<const model::CanonicalIdentifier> identifiers) const {
  IdentifierHashes hashes;
  for (const model::CanonicalIdentifier& identifier : identifiers) {
    hashes.push_back(identifiers_.HashOf(identifier.name, identifier.value));
  }
  return hashes;
}

void Engine::PrefetchFind(const IdentifierHashes& hashes, size_t stage) const {
  for (const identity::Hash128& hash : hashes) {
    if (stage == 0) {
      identifiers_.PrefetchPlace(hash);
      continue;
    }
    const IdentifierNo no = identifiers_.LikelyOf(hash);
    if (no == kNoIdentifier) {
      if (stage == 1) identifiers_.PrefetchAdd(hash);
      continue;
    }
    if (stage == 1) {
      identifiers_.Prefetch(no);
      components_.PrefetchNumber(no);
    } else {
      base::Prefetch(identifiers_[no].value.data());
      components_.Prefetch(no);
    }
  }
}

IdentifierNo Engine::InternIdentifier(const model::CanonicalIdentifier& identifier,
                                      const identity::Hash128& hash, bool* added) {
  const std::string_view name = identifier.name;
  IdentifierNo no = identifiers_.Find(name, identifier.value, hash);
  *added = no == kNoIdentifier;
  if (!*added) return no;
  // The role is the occurrence's affair, and how it was spelled, not the value's.
  const Reason own =
      identifier.evidence() ? Reason::kNone : canonicalizer_->ReasonOf(name, identifier.value);
  const Reason reason = identifier.reason == Reason::kNotCustomerRole ? own : identifier.reason;
  // One that is blank says nothing of anybody.
  if (keeps_values_ || identifier.value.empty()) {
    no = identifiers_.Add(name, identifier.value, hash, identifier.name_space, reason, nullptr);
  } else {
    no = identifiers_.AddBare(name, hash, identifier.name_space, reason, own);
    ledger_->has_bare = true;
  }
  Enrol(no, ledger_->identifiers++);
  base::PrefetchFind(by_stable_, ledger_->identifiers + kNumbersAhead);
  // The value alone decides: whoever loads it knows no more.
  identifiers_.at(no).apart = own != Reason::kNone;
  return no;
}

void Engine::Enrol(IdentifierNo no, uint32_t stable) {
  identifiers_.at(no).stable = stable;
  by_stable_.emplace(stable, no);
  components_.AddIdentifier(no);
  graph_.Grow();
  carriers_.Add();
  held_.Add();
  first_recorded_.push_back(kNeverRecorded);
}

identity::IdentifierList Engine::StableOf(std::span<const IdentifierNo> numbers) const {
  identity::IdentifierList stable;
  stable.reserve(numbers.size());
  for (IdentifierNo no : numbers) stable.push_back(StableOf(no));
  return stable;
}

IdentifierNo Engine::FindStable(uint32_t stable) const {
  auto found = by_stable_.find(stable);
  return found == by_stable_.end() ? kNoIdentifier : found->second;
}

identity::Hash128 Engine::DigestOf(const model::CanonicalTouchpoint& touchpoint) const {
  const model::ContentDigest digest =
      touchpoint.digest ? *touchpoint.digest : model::DigestContent(touchpoint);
  return digest_hash_({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

identity::Hash128 Engine::StoredDigestOf(const model::CanonicalTouchpoint& touchpoint) const {
  if (keeps_values_ && !ledger_->has_bare) return DigestOf(touchpoint);
  model::CanonicalTouchpoint stored = touchpoint;
  for (model::CanonicalIdentifier& identifier : stored.identifiers) {
    const identity::Hash128 hash = identifiers_.HashOf(identifier.name, identifier.value);
    const IdentifierNo no = identifiers_.Find(identifier.name, identifier.value, hash);
    if (no != kNoIdentifier) {
      identifier.value = identifiers_[no].text();
    } else if (!keeps_values_ && !identifier.value.empty()) {
      identifier.value.assign(reinterpret_cast<const char*>(&hash), sizeof hash);
    }
  }
  stored.digest = model::DigestContent(stored);
  return DigestOf(stored);
}

identity::Hash128 Engine::KeyHashOf(const Touchpoint& content) const {
  return key_hash_.OfTexts(content.source, content.id);
}

const store::Secret& Engine::SecretOf(IdentifierNo sealed_by) const {
  return sealed_by == kNoIdentifier ? nobodys_secret_ : identifiers_[sealed_by].secret;
}

// Revisions --------------------------------------------------------------------------------------

identity::Hash128 Engine::DigestOf(const Row& row, const Revision& revision) const {
  const auto kept = digests_.find(revision.sequence);
  return kept != digests_.end() ? kept->second : DigestOf(row.stored());
}

identity::Hash128 Engine::DigestOf(const Stored& stored) const {
  // It was decoded when it came in, so this can't fail; if it does, no copy is equal to it.
  const auto decoded = Decode(stored);
  return decoded.ok() ? DigestOf(decoded->touchpoint) : identity::Hash128();
}

RowNo Engine::RowOf(journey::KeyView key, uint64_t sequence) {
  RowNo no = rows_.Find(key);
  if (no != kNoRow) return no;
  model::StringTable& strings = ledger_->strings;
  key.source = strings.Get(strings.Intern(key.source));
  no = rows_.Add(key);
  rows_[no].first_sequence = sequence;
  rows_[no].node = components_.AddRow(no);
  if (components_.awaits()) {
    components_.Arrive(directory_.OfTouchpoint(key.source, key.id), rows_[no].node);
  }
  return no;
}

bool Engine::AddRevision(RowNo no, uint32_t number, const std::optional<identity::Hash128>& digest,
                         const Stored& stored) {
  Row& row = rows_[no];
  auto& revisions = row.revisions;
  auto place =
      std::lower_bound(revisions.begin(), revisions.end(), number,
                       [](const Revision& known, uint32_t other) { return known.number < other; });
  const bool newest = place == revisions.end();
  if (newest && !revisions.empty()) {
    // The digest of the one before may follow from the row's body, which is about to be another.
    digests_.try_emplace(revisions.back().sequence, DigestOf(row, revisions.back()));
    old_revisions_[no].push_back(row.stored());
    place = revisions.end();
  } else if (!newest) {
    old_revisions_[no].push_back({rows_.Keep(stored.body), stored.received, stored.sequence});
  }
  revisions.insert(place, {number, stored.sequence});
  if (digest) {
    digests_.emplace(stored.sequence, *digest);
  } else if (!newest) {
    digests_.emplace(stored.sequence, DigestOf(stored));
  }
  return newest;
}

namespace {

// What contacts are computed from, of a canonical touchpoint.
void FillLeg(const model::CanonicalTouchpoint& touchpoint, model::StringTable* names,
             journey::Leg* leg) {
  const Touchpoint& content = *touchpoint.content;
  leg->time_us = base::Micros(touchpoint.time);
  leg->end_us = base::Micros(touchpoint.end);
  leg->topics.clear();
  for (const std::string& topic : content.topics) {
    leg->topics.push_back(names->Get(names->Intern(topic)));
  }
  leg->topic_hash = journey::HashTopics(leg->topics);
  leg->has_follow_up = content.follow_up_due.has_value();
  leg->has_sentiment = content.sentiment.has_value();
  leg->sentiment = content.sentiment.value_or(0);
  leg->channel = content.channel;
  leg->direction = content.direction;
  leg->purpose_defaulted = content.purpose == Purpose::kUnspecified;
  leg->purpose = leg->purpose_defaulted ? model::DefaultPurpose(content.channel) : content.purpose;
  leg->outcome = content.outcome;
  leg->handled_by = content.handled_by;
  leg->relation = content.relation;
  leg->has_end = touchpoint.has_end;
  leg->automated = content.automated;
  leg->has_facts = std::any_of(content.attributes.begin(), content.attributes.end(),
                               [](const Attribute& attribute) { return attribute.fact; });
  leg->has_money = content.value.has_value();
  leg->has_orders = std::any_of(content.refs.begin(), content.refs.end(),
                                [](const Ref& ref) { return ref.type == RefType::kOrder; });
  leg->has_scores = !content.scores.empty();
  leg->has_emotion = !content.emotion.empty();
}

journey::LegDetails DetailsOf(const Touchpoint& content, model::StringTable* names) {
  const auto name = [&](const std::string& text) {
    return text.empty() ? std::string_view() : names->Get(names->Intern(text));
  };
  journey::LegDetails details;
  details.conversation_id = name(content.conversation_id);
  details.parent_id = name(content.parent_id);
  details.custom_channel = name(content.custom_channel);
  details.agent = name(content.agent);
  details.queue = name(content.queue);
  if (content.follow_up_due) details.follow_up_due_us = base::Micros(*content.follow_up_due);
  if (content.value) {
    details.amount_minor = content.value->amount_minor;
    details.currency = name(content.value->currency);
    details.value_kind = content.value->kind;
  }
  return details;
}

}  // namespace

void Engine::SetContent(RowNo no, const model::CanonicalTouchpoint& touchpoint,
                        std::span<const IdentifierNo> ids, const Stored& stored) {
  Row& row = rows_[no];
  for (const CarriedIdentifier& carried : row.carried) base::EraseValue(&carriers_[carried.no], no);
  row.carried.clear();
  for (size_t i = 0; i < ids.size(); ++i) {
    row.carried.push_back({ids[i], touchpoint.identifiers[i].role});
    RowList& carriers = carriers_[ids[i]];
    if (carriers.empty() || carriers.back() != no) carriers.push_back(no);
  }
  FillLeg(touchpoint, &names_, &row.leg);
  row.leg.details = rows_.Keep(DetailsOf(*touchpoint.content, &names_));
  row.voided = touchpoint.content->voided;
  row.body = rows_.Keep(stored.body);
  row.leg.says_all = LegSaysAll(row.body);
  row.received_us = base::Micros(stored.received);
}

// Sightings --------------------------------------------------------------------------------------

bool Engine::StrongerThan(IdentifierNo a, IdentifierNo b) const {
  const identity::IdentifierEntry& x = identifiers_[a];
  const identity::IdentifierEntry& y = identifiers_[b];
  uint32_t priority_x = rules_->namespaces[x.name_space].priority;
  uint32_t priority_y = rules_->namespaces[y.name_space].priority;
  return std::make_tuple(priority_x, x.name_space_name, x.text()) <
         std::make_tuple(priority_y, y.name_space_name, y.text());
}

IdentifierNo Engine::StrongestOf(const identity::IdentifierList& ids) const {
  if (ids.empty()) return kNoIdentifier;
  return *std::min_element(ids.begin(), ids.end(),
                           [&](IdentifierNo a, IdentifierNo b) { return StrongerThan(a, b); });
}

identity::IdentifierList Engine::SightingOf(const Row& row, bool* two_unique) const {
  identity::IdentifierList ids;
  for (const CarriedIdentifier& carried : row.carried) {
    const identity::IdentifierEntry& entry = identifiers_[carried.no];
    if (!carried.is_customers() || !entry.may_be_evidence() ||
        entry.name_space == identity::kNoNamespace) {
      continue;
    }
    if (std::find(ids.begin(), ids.end(), carried.no) == ids.end()) ids.push_back(carried.no);
  }
  *two_unique = false;
  for (size_t i = 0; i < ids.size(); ++i) {
    uint16_t name_space = identifiers_[ids[i]].name_space;
    if (!rules_->namespaces[name_space].unique()) continue;
    for (size_t j = i + 1; j < ids.size(); ++j) {
      *two_unique |= identifiers_[ids[j]].name_space == name_space &&
                     !graph_.SameMustLinkClass(ids[i], ids[j]);
    }
  }
  if (*two_unique) ids.clear();
  return ids;
}

// The strongest of those that link; of quarantined ones, which somebody may have by a must-link,
// only if there is no other.
IdentifierNo Engine::AnchorOf(const Row& row) const {
  identity::IdentifierList linking;
  identity::IdentifierList others;
  for (IdentifierNo id : row.sighting) {
    if (!graph_.IsQuarantined(id)) {
      linking.push_back(id);
    } else if (graph_.IsMustLinked(id)) {
      others.push_back(id);
    }
  }
  return StrongestOf(linking.empty() ? others : linking);
}

// To whoever has its anchor, once all is settled.
void Engine::Attach(RowNo no) {
  Row& row = rows_[no];
  row.anchor = AnchorOf(row);
  if (!row.identified()) unidentified_.insert(no);
  threads_.Add(no);
  deposited_.push_back(no);
}

// From whoever has it.
void Engine::Detach(RowNo no) {
  withdrawn_.emplace_back(no, ClassOfRow(rows_[no]));
  threads_.AppendDependants(no, &left_behind_);
  threads_.Remove(no);
  SetHolder(no, kNoIdentifier);
  rows_[no].anchor = kNoIdentifier;
  unidentified_.erase(no);
}

void Engine::Deposit(RowNo no) {
  Row& row = rows_[no];
  row.sighting = SightingOf(row, &row.two_unique);
  if (!row.sighting.empty()) graph_.AddSighting(row.sighting, row.leg.time_us);
  for (IdentifierNo id : row.sighting) {
    first_recorded_[id] = std::min(first_recorded_[id], row.first_sequence);
  }
  Attach(no);
}

void Engine::Withdraw(RowNo no) {
  Row& row = rows_[no];
  Detach(no);
  identity::IdentifierList sighting;
  sighting.swap(row.sighting);  // Gone before the graph asks for what is left.
  if (!sighting.empty()) {
    graph_.RemoveSighting(sighting, row.leg.time_us,
                          [&](IdentifierNo a, IdentifierNo b) { return NewestSighting(a, b); });
  }
  for (IdentifierNo id : sighting) {
    if (first_recorded_[id] != row.first_sequence) continue;
    first_recorded_[id] = kNeverRecorded;
    for (RowNo other : carriers_[id]) {
      const identity::IdentifierList& ids = rows_[other].sighting;
      if (std::find(ids.begin(), ids.end(), id) != ids.end()) {
        first_recorded_[id] = std::min(first_recorded_[id], rows_[other].first_sequence);
      }
    }
  }
  row.two_unique = false;
  std::erase(deposited_, no);
}

// Touchpoints that a quarantine gave another anchor go to whoever has that.
void Engine::FollowQuarantines() {
  std::vector<IdentifierNo> changed = graph_.TakeChangedQuarantines();
  base::SortUnique(&changed);
  for (IdentifierNo id : changed) {
    for (RowNo no : carriers_[id]) {
      const Row& row = rows_[no];
      if (!row.counts() || AnchorOf(row) == row.anchor) continue;
      Detach(no);
      Attach(no);
    }
  }
}

int64_t Engine::NewestSighting(IdentifierNo a, IdentifierNo b) const {
  const RowList& rows = carriers_[a].size() < carriers_[b].size() ? carriers_[a] : carriers_[b];
  int64_t newest = INT64_MIN;
  for (RowNo no : rows) {
    const identity::IdentifierList& ids = rows_[no].sighting;
    if (std::find(ids.begin(), ids.end(), a) != ids.end() &&
        std::find(ids.begin(), ids.end(), b) != ids.end()) {
      newest = std::max(newest, rows_[no].leg.time_us);
    }
  }
  return newest;
}

void Engine::Reconsider(const std::vector<IdentifierNo>& ids) {
  if (loading_) return;  // FinishLoading judges every row.
  for (IdentifierNo id : ids) {
    const RowList rows = carriers_[id];
    for (RowNo no : rows) {
      const Row& row = rows_[no];
      if (!row.counts()) continue;
      bool two_unique = false;
      if (SightingOf(row, &two_unique) == row.sighting && two_unique == row.two_unique) continue;
      Withdraw(no);
      Deposit(no);
    }
  }
}

// Applying ---------------------------------------------------------------------------------------

RowNo Engine::ApplyTouchpoint(const Arrival& arrival, Effect* effect) {
  const Stored& stored = arrival.stored;
  const Touchpoint& content = *arrival.touchpoint.content;
  ledger_->Note(stored.sequence, stored.received);
  const RowNo no = RowOf(arrival.key, stored.sequence);
  const bool fresh = rows_[no].revisions.empty();
  JoinTouchpoint(no, content, arrival.ids);
  if (!AddRevision(no, content.revision, arrival.digest, stored)) return no;
  if (!fresh && rows_[no].counts()) Withdraw(no);
  SetContent(no, arrival.touchpoint, arrival.ids, stored);
  if (rows_[no].counts()) Deposit(no);
  Settle(effect);
  return no;
}

void Engine::PrefetchFor(std::span<const IdentifierNo> ids, size_t stage) const {
  for (IdentifierNo id : ids) {
    if (stage == 0) {
      graph_.Prefetch(id);
      base::Prefetch(&carriers_[id]);
      base::Prefetch(&held_[id]);
      base::Prefetch(&identifiers_[id]);
      continue;
    }
    const ClassNo no = graph_.ClassOf(id);
    if (no == identity::kNoClass) continue;
    const CustomerState* state = StateOf(no);
    if (stage == 1) {
      graph_.PrefetchClass(no);
      if (state != nullptr) base::Prefetch(state);
    } else if (state != nullptr) {
      if (!state->timeline.empty()) base::Prefetch(&state->timeline.back());
      for (const journey::PolicyJourney& one : state->journeys) one.Prefetch();
    }
  }
}

// Assertions -------------------------------------------------------------------------------------

const AssertionState* Engine::FindAssertion(uint64_t sequence) const {
  auto found = assertions_.find(sequence);
  return found == assertions_.end() ? nullptr : &found->second;
}

void Engine::ApplyAssertion(store::RecordKind kind, AssertionBody body, uint64_t sequence,
                            Timestamp received, Effect* effect) {
  if (kind == store::RecordKind::kBlock || kind == store::RecordKind::kUnblock) {
    blocks_[body.identifiers.front()].push_back(sequence);
  }
  const uint32_t node = components_.AddAssertion(sequence);
  AssertionState assertion{kind, std::move(body), 0, received, node};
  JoinAssertion(assertion);
  assertions_.emplace(sequence, std::move(assertion));
  SetLive(sequence, true);
  if (!loading_) Settle(effect);
}

void Engine::SetLive(uint64_t sequence, bool live) {
  // A retraction's target may itself be a retraction: follow the chain until nothing changes.
  while (true) {
    const AssertionState& assertion = assertions_.at(sequence);
    if (assertion.kind != store::RecordKind::kRetract) {
      CarryOut(sequence, assertion, live);
      return;
    }
    uint64_t target = assertion.body.target;
    if (assertion.body.target_is_touchpoint) {
      RowNo no = rows_.FindByFirstSequence(target);
      Row& row = rows_[no];
      bool counted = row.counts();
      row.retractions += live ? 1 : -1u;
      if (loading_) return;
      if (counted && !row.counts()) Withdraw(no);
      if (!counted && row.counts()) Deposit(no);
      return;
    }
    AssertionState& other = assertions_.at(target);
    bool counted = IsLive(other);
    other.retractions += live ? 1 : -1u;
    if (counted == IsLive(other)) return;
    sequence = target;
    live = IsLive(other);
  }
}

void Engine::CarryOut(uint64_t sequence, const AssertionState& assertion, bool live) {
  const identity::IdentifierList& ids = assertion.body.identifiers;
  switch (assertion.kind) {
    case store::RecordKind::kMustLink:
      Reconsider(graph_.SetMustLink(sequence, ids, live));
      break;
    case store::RecordKind::kCannotLink:
      Reconsider(graph_.SetCannotLink(sequence, ids[0], ids[1], live));
      break;
    case store::RecordKind::kBlock:
    case store::RecordKind::kUnblock:
      SetBlocked(ids[0]);
      break;
    default:
      break;
  }
}

// An identifier is blocked when the newest live block or unblock of it is a block.
void Engine::SetBlocked(IdentifierNo id) {
  bool blocked = false;
  for (uint64_t sequence : blocks_[id]) {
    const AssertionState& assertion = assertions_.at(sequence);
    if (IsLive(assertion)) blocked = assertion.kind == store::RecordKind::kBlock;
  }
  if (identifiers_[id].blocked == blocked) return;
  identifiers_.at(id).blocked = blocked;
  std::vector<IdentifierNo> touched = graph_.BlockChanged(id);
  touched.push_back(id);
  Reconsider(touched);
}

}  // namespace cxjourney::tracker
