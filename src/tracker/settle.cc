// Bringing customers up to date with the graph, and saying what that changed.
#include <absl/container/flat_hash_map.h>

#include <algorithm>

#include "base/short_list.h"
#include "tracker/engine.h"

namespace cxjourney::tracker {

using identity::ClassNo;
using identity::kNoClass;
using identity::Settlement;
using journey::Leg;
using journey::PolicyJourney;
using journey::PriorChange;

namespace {

// A contact's prior under one policy.
using Priors = absl::flat_hash_map<const Leg*, const Leg*>;

Priors PriorsOf(const PolicyJourney& one) {
  Priors priors;
  for (const journey::FoldedContact& contact : one.contacts()) {
    if (contact.prior == journey::kNoContact) continue;
    priors.emplace(&contact.first(), &one.contacts()[static_cast<size_t>(contact.prior)].first());
  }
  return priors;
}

}  // namespace

// Customers --------------------------------------------------------------------------------------

void Engine::PutState(ClassNo no, CustomerState state) {
  while (customers_.size() <= no) customers_.Add();
  customers_[no] = std::move(state);
}

CustomerState Engine::TakeState(ClassNo no) {
  return no < customers_.size() ? std::exchange(customers_[no], {}) : CustomerState();
}

ClassNo Engine::ClassOfRow(const Row& row) const {
  return row.holder == kNoIdentifier ? kNoClass : graph_.ClassOf(row.holder);
}

void Engine::SetHolder(RowNo no, IdentifierNo holder) {
  Row& row = rows_[no];
  if (row.holder == holder) return;
  if (row.holder != kNoIdentifier) base::EraseValue(&held_[row.holder], no);
  if (holder != kNoIdentifier) held_[holder].push_back(no);
  row.holder = holder;
}

std::vector<PolicyJourney> Engine::NewJourneys() const {
  std::vector<PolicyJourney> journeys;
  journeys.reserve(policies_->size());
  for (const auto& policy : *policies_) journeys.emplace_back(policy.get(), true);
  return journeys;
}

// A customer from scratch; empty where there is no touchpoint.
CustomerState Engine::BuildState(ClassNo no) const {
  CustomerState state;
  for (IdentifierNo id : graph_.GetClass(no).members) {
    for (RowNo row : held_[id]) state.timeline.push_back(&rows_[row].leg);
  }
  if (state.empty()) return state;
  std::sort(state.timeline.begin(), state.timeline.end());
  if (std::any_of(state.timeline.begin(), state.timeline.end(),
                  [](const Leg* leg) { return journey::MayMatter(*leg); })) {
    state.journeys = NewJourneys();
  }
  for (PolicyJourney& journey : state.journeys) journey.Rebuild(state.timeline);
  state.NoteMeasured();
  return state;
}

// Settling ---------------------------------------------------------------------------------------

void Engine::Settle(Effect* effect) {
  FollowQuarantines();
  Settlement settlement = graph_.Settle();
  if (effect == nullptr || !SettleSimply(settlement, effect)) SettleFully(settlement, effect);
  deposited_.clear();
  withdrawn_.clear();
  left_behind_.clear();
}

// The usual case: one new touchpoint of one customer, who at most gained identifiers without a
// history. Nothing but its own timeline can change.
bool Engine::SettleSimply(const Settlement& settlement, Effect* effect) {
  if (!withdrawn_.empty() || deposited_.size() != 1) return false;
  RowNo no = deposited_.front();
  Row& row = rows_[no];
  if (!row.identified()) return false;
  ClassNo own = graph_.ClassOf(row.anchor);
  if (settlement.after.size() > 1 ||
      (settlement.after.size() == 1 && settlement.after.front() != own)) {
    return false;
  }
  ClassNo history = kNoClass;  // The one class so far that has a timeline.
  const auto consider = [&](ClassNo candidate) {
    if (candidate == history || StateOf(candidate) == nullptr) return true;
    bool first = history == kNoClass;
    history = candidate;
    return first;
  };
  for (ClassNo before : settlement.before) {
    if (!consider(before)) return false;
  }
  if (!consider(own)) return false;
  std::vector<RowNo> dependants;
  threads_.AppendDependants(no, &dependants);
  if (!dependants.empty()) return false;

  SetHolder(no, row.anchor);
  if (history == kNoClass) {
    PutState(own, BuildState(own));
    return true;
  }
  if (history != own) PutState(own, TakeState(history));
  AddToState(journey::TimelineEntry(&row.leg), &customers_[own], effect);
  return true;
}

void Engine::AddToState(const journey::TimelineEntry& entry, CustomerState* state,
                        Effect* effect) const {
  const bool newest = state->timeline.back() < entry;
  const auto place = newest
                         ? state->timeline.end()
                         : std::lower_bound(state->timeline.begin(), state->timeline.end(), entry);
  state->timeline.insert(place, entry);
  if (!journey::MayMatter(*entry)) return;
  if (state->journeys.empty()) state->journeys = NewJourneys();  // Nothing before it matters.
  std::vector<PriorChange> changes;
  for (size_t policy = 0; policy < state->journeys.size(); ++policy) {
    PolicyJourney& journey = state->journeys[policy];
    changes.clear();
    if (newest) {
      journey.Append(entry, &changes);
    } else if (!journey.Insert(entry, &changes)) {
      const Priors before = PriorsOf(journey);
      journey.Rebuild(state->timeline);
      changes = DiffPriors(before, PriorsOf(journey));
    }
    AppendNotices(policy, changes, &effect->changes);
  }
  state->NoteMeasured();
}

// Moves unidentified touchpoints to whoever holds their conversation or parent now; returns the
// classes that lost or gained one.
std::vector<ClassNo> Engine::Reholder(const Settlement& settlement) {
  std::vector<ClassNo> touched;
  std::vector<RowNo> ask = left_behind_;
  for (RowNo no : deposited_) {
    if (rows_[no].identified()) {
      SetHolder(no, rows_[no].anchor);
    } else {
      ask.push_back(no);
    }
    threads_.AppendDependants(no, &ask);
  }
  for (const auto& [no, old_class] : withdrawn_) {
    if (old_class != kNoClass) touched.push_back(old_class);
  }
  if (threads_.MayHaveDependants()) {
    for (ClassNo no : settlement.after) {
      for (IdentifierNo id : graph_.GetClass(no).members) {
        for (RowNo row : held_[id]) threads_.AppendDependants(row, &ask);
      }
    }
  }
  for (size_t i = 0; i < ask.size(); ++i) {
    RowNo no = ask[i];
    if (!rows_[no].counts() || rows_[no].identified()) continue;
    IdentifierNo holder = threads_.HolderOf(no);
    if (holder == rows_[no].holder) continue;
    if (ClassNo old_class = ClassOfRow(rows_[no]); old_class != kNoClass) {
      touched.push_back(old_class);
    }
    SetHolder(no, holder);
    threads_.AppendDependants(no, &ask);
  }
  for (RowNo no : ask) {
    if (ClassNo own = ClassOfRow(rows_[no]); own != kNoClass) touched.push_back(own);
  }
  for (RowNo no : deposited_) {
    if (ClassNo own = ClassOfRow(rows_[no]); own != kNoClass) touched.push_back(own);
  }
  return touched;
}

void Engine::SettleFully(const Settlement& settlement, Effect* effect) {
  std::vector<ClassNo> involved = Reholder(settlement);
  involved.insert(involved.end(), settlement.before.begin(), settlement.before.end());
  involved.insert(involved.end(), settlement.after.begin(), settlement.after.end());
  base::SortUnique(&involved);
  std::vector<CustomerState> before;
  for (ClassNo no : involved) {
    if (StateOf(no) != nullptr) before.push_back(TakeState(no));
  }
  for (ClassNo no : involved) {
    if (graph_.IsAlive(no)) PutState(no, BuildState(no));
  }
  if (effect == nullptr) return;
  for (size_t policy = 0; policy < policies_->size(); ++policy) {
    Priors old_priors;
    Priors new_priors;
    for (const auto& state : before) {
      Priors priors = PriorsOf(JourneyOf(state, policy));
      old_priors.insert(priors.begin(), priors.end());
    }
    for (ClassNo no : involved) {
      const CustomerState* state = StateOf(no);
      if (state == nullptr) continue;
      Priors priors = PriorsOf(JourneyOf(*state, policy));
      new_priors.insert(priors.begin(), priors.end());
    }
    AppendNotices(policy, DiffPriors(old_priors, new_priors), &effect->changes);
  }
}

// Notices ----------------------------------------------------------------------------------------

std::vector<PriorChange> Engine::DiffPriors(
    const absl::flat_hash_map<const Leg*, const Leg*>& before,
    const absl::flat_hash_map<const Leg*, const Leg*>& after) {
  std::vector<PriorChange> changes;
  for (const auto& [contact, prior] : after) {
    auto old = before.find(contact);
    const Leg* old_prior = old == before.end() ? nullptr : old->second;
    if (old_prior != prior) changes.push_back({contact, prior, old_prior});
  }
  for (const auto& [contact, prior] : before) {
    if (!after.contains(contact)) changes.push_back({contact, nullptr, prior});
  }
  return changes;
}

void Engine::AppendNotices(size_t policy, const std::vector<PriorChange>& changes,
                           std::vector<Notice>* notices) const {
  const auto key = [](const Leg* leg) {
    return TouchpointKey{std::string(leg->source), std::string(leg->id)};
  };
  for (const PriorChange& change : changes) {
    Notice notice;
    notice.policy = (*policies_)[policy]->policy().name;
    notice.contact = key(change.contact);
    notice.start = Timestamp(Duration(change.contact->time_us));
    if (change.prior != nullptr) notice.prior = key(change.prior);
    if (change.old_prior != nullptr) notice.old_prior = key(change.old_prior);
    notice.type = change.old_prior == nullptr ? NoticeType::kDetected
                  : change.prior == nullptr   ? NoticeType::kRetracted
                                              : NoticeType::kRevised;
    notices->push_back(std::move(notice));
  }
}

}  // namespace cxjourney::tracker
