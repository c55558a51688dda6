// Evidence and customers in the words of the public API.
#include <absl/container/flat_hash_set.h>
#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "tracker/engine.h"

namespace cxjourney::tracker {

using identity::ClassNo;
using identity::PairKey;

// Identifiers ------------------------------------------------------------------------------------

// Strength within a customer: priority, then first recorded (those without a sighting last), then
// value.
std::vector<IdentifierNo> Engine::MembersByStrength(ClassNo no) const {
  const identity::IdentifierList& all = graph_.GetClass(no).members;
  std::vector<IdentifierNo> members(all.begin(), all.end());
  std::sort(members.begin(), members.end(),
            [&](IdentifierNo a, IdentifierNo b) { return PrimaryBefore(a, b); });
  return members;
}

bool Engine::PrimaryBefore(IdentifierNo a, IdentifierNo b) const {
  uint32_t priority_a = rules_->namespaces[identifiers_[a].name_space].priority;
  uint32_t priority_b = rules_->namespaces[identifiers_[b].name_space].priority;
  if (priority_a != priority_b) return priority_a < priority_b;
  if (first_recorded_[a] != first_recorded_[b]) return first_recorded_[a] < first_recorded_[b];
  return StrongerThan(a, b);
}

CustomerId Engine::PrimaryId(ClassNo no) const {
  const identity::IdentifierList& members = graph_.GetClass(no).members;
  IdentifierNo best =
      *std::min_element(members.begin(), members.end(),
                        [&](IdentifierNo a, IdentifierNo b) { return PrimaryBefore(a, b); });
  return identifiers_[best].id;
}

Identifier Engine::Name(IdentifierNo id) const {
  return {std::string(identifiers_[id].name_space_name), identifiers_[id].value, Role::kCustomer};
}

Link Engine::DescribeLink(PairKey pair) const {
  constexpr size_t kTouchpointsListed = 8;
  Link link;
  IdentifierNo a = identity::FirstOf(pair);
  IdentifierNo b = identity::SecondOf(pair);
  link.a = Name(a);
  link.b = Name(b);
  link.must_link = AssertionId{graph_.MustLinkOf(pair)};
  auto found = graph_.links().find(pair);
  if (found == graph_.links().end()) return link;
  link.newest = Timestamp(Duration(found->second.newest_us));
  std::vector<const Row*> rows;
  for (RowNo no : carriers_[carriers_[a].size() < carriers_[b].size() ? a : b]) {
    const identity::IdentifierList& ids = rows_[no].sighting;
    if (std::find(ids.begin(), ids.end(), a) != ids.end() &&
        std::find(ids.begin(), ids.end(), b) != ids.end()) {
      rows.push_back(&rows_[no]);
    }
  }
  std::sort(rows.begin(), rows.end(), [](const Row* x, const Row* y) { return y->leg < x->leg; });
  if (rows.size() > kTouchpointsListed) rows.resize(kTouchpointsListed);
  for (const Row* row : rows) link.touchpoints.push_back(row->key());
  return link;
}

// Unidentified ------------------------------------------------------------------------------------

journey::Timeline Engine::GroupOf(RowNo no) const {
  journey::Timeline timeline;
  for (RowNo member : threads_.Group(no)) timeline.push_back(&rows_[member].leg);
  std::sort(timeline.begin(), timeline.end());
  return timeline;
}

std::vector<journey::Timeline> Engine::UnidentifiedGroups() const {
  std::vector<journey::Timeline> groups;
  absl::flat_hash_set<RowNo> seen;
  for (RowNo no : unidentified_) {
    if (rows_[no].holder != kNoIdentifier || seen.contains(no)) continue;
    groups.push_back(GroupOf(no));
    for (const journey::Leg* leg : groups.back()) seen.insert(static_cast<RowNo>(leg->evidence));
  }
  return groups;
}

// Statistics -------------------------------------------------------------------------------------

void Engine::AddStats(Stats* stats) const {
  for (RowNo no = 0; no < rows_.size(); ++no) {
    const Row& row = rows_[no];
    stats->touchpoints += row.counts() ? 1 : 0;
    stats->voided += row.voided ? 1 : 0;
    stats->retracted += row.retractions > 0 ? 1 : 0;
    stats->unidentified_touchpoints += row.counts() && !row.identified() ? 1 : 0;
  }
  for (const auto& [sequence, assertion] : assertions_) stats->assertions += IsLive(assertion);
  stats->customers += graph_.class_count();
  stats->links += graph_.links().size();
  stats->vetoed_links += graph_.vetoes().size();
}

// Comparing --------------------------------------------------------------------------------------

namespace {

// What must agree between a customer in two engines; equal for equal derived state.
std::string Fingerprint(const CustomerState& state) {
  std::string out;
  for (const journey::Leg* leg : state.timeline) {
    out += fmt::format("{}/{}@{};", leg->source, leg->id, leg->time_us);
  }
  for (const journey::PolicyJourney& one : state.journeys) {
    out += '|';
    for (size_t i = 0; i < one.contacts().size(); ++i) {
      const journey::FoldedContact& contact = one.contacts()[i];
      out += fmt::format("{}/{}:{}..{},{}{}{},{},{},{};", contact.first().source,
                         contact.first().id, contact.start_us, contact.end_us, contact.legs.size(),
                         contact.base ? 'b' : '-', contact.handled ? 'h' : '-',
                         static_cast<int>(contact.outcome), contact.prior,
                         one.GapOf(static_cast<int32_t>(i)));
    }
    for (const journey::FoldedEpisode& episode : one.episodes()) {
      out += fmt::format("({})", fmt::join(episode.contacts, ","));
    }
  }
  return out;
}

}  // namespace

std::vector<std::string> Engine::CompareWith(const Engine& other, bool is_part) const {
  std::vector<std::string> problems;
  const auto compare = [&](const char* what, uint64_t here, uint64_t there) {
    if (here != there) {
      problems.push_back(
          fmt::format("{}: {} held, {} derived from the evidence", what, here, there));
    }
  };
  compare("evidence records", ledger_->evidence, other.ledger_->evidence);
  compare("identifiers handed out", ledger_->identifiers, other.ledger_->identifiers);
  if (!is_part) {
    compare("touchpoint keys", rows_.size(), other.rows_.size());
    compare("identifiers", identifiers_.size(), other.identifiers_.size());
    compare("customers", graph_.class_count(), other.graph_.class_count());
    compare("links", graph_.links().size(), other.graph_.links().size());
    compare("vetoed links", graph_.vetoes().size(), other.graph_.vetoes().size());
  }
  if (!problems.empty()) return problems;
  for (IdentifierNo id = 0; id < identifiers_.size(); ++id) CompareIdentifier(other, id, &problems);
  for (RowNo no = 0; no < rows_.size(); ++no) {
    if (!SameRow(rows_[no], other)) {
      problems.push_back(fmt::format("touchpoint of sequence {} differs", rows_[no].sequence()));
    }
  }
  return problems;
}

bool Engine::SameRow(const Row& here, const Engine& other) const {
  const RowNo no = other.rows_.Find(journey::KeyView(here.leg));
  if (no == kNoRow) return false;
  const Row& there = other.rows_[no];
  return here.body == there.body && StableOf(here.sighting) == other.StableOf(there.sighting) &&
         StableOf(here.anchor) == other.StableOf(there.anchor) && here.counts() == there.counts() &&
         here.two_unique == there.two_unique;
}

void Engine::CompareIdentifier(const Engine& other, IdentifierNo id,
                               std::vector<std::string>* problems) const {
  const uint32_t stable = StableOf(id);
  const IdentifierNo other_id = other.FindStable(stable);
  ClassNo here = graph_.ClassOf(id);
  ClassNo there = other_id == kNoIdentifier ? identity::kNoClass : other.graph_.ClassOf(other_id);
  if ((here == identity::kNoClass) != (there == identity::kNoClass)) {
    problems->push_back(fmt::format("identifier {} has a customer on one side only", stable));
    return;
  }
  if (here == identity::kNoClass) return;
  std::vector<IdentifierNo> members = MembersByStrength(here);
  if (members.front() != id) return;  // Each customer once, by its primary identifier.
  if (StableOf(members) != other.StableOf(other.MembersByStrength(there))) {
    problems->push_back(fmt::format("customer {:016x} holds other identifiers",
                                    static_cast<uint64_t>(identifiers_[id].id)));
    return;
  }
  const CustomerState* state = StateOf(here);
  const CustomerState* derived = other.StateOf(there);
  bool same = (state == nullptr) == (derived == nullptr) &&
              (state == nullptr || Fingerprint(*state) == Fingerprint(*derived));
  if (!same) {
    problems->push_back(fmt::format("customer {:016x} has another journey",
                                    static_cast<uint64_t>(identifiers_[id].id)));
  }
}

}  // namespace cxjourney::tracker
