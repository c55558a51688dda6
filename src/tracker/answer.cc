// Questions: who, why, what happened, what is open, what repeats.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/micros.h"
#include "base/prefetch.h"
#include "base/status_macros.h"
#include "identity/explain.h"
#include "model/text.h"
#include "tracker/impl.h"

namespace cxjourney {
inline namespace v1 {

namespace {

using base::Micros;
using identity::ClassNo;
using identity::kNoClass;
using journey::Leg;
using journey::PolicyJourney;
using journey::Timeline;
using tracker::CustomerState;
using tracker::Engine;
using tracker::IdentifierNo;
using tracker::kNoIdentifier;
using tracker::Row;
using tracker::RowNo;

constexpr uint32_t kHistoryMax = 1'000'000;
constexpr size_t kOpenEpisodesInReceipt = 8;
const Timeline kNoTimeline;

TouchpointKey KeyOf(const Leg& leg) { return {std::string(leg.source), std::string(leg.id)}; }

// Position of a leg against a point in the order.
bool Before(const Leg& leg, const JourneyPosition& position) {
  if (leg.time_us != Micros(position.time)) return leg.time_us < Micros(position.time);
  if (leg.source != position.key.source) return leg.source < position.key.source;
  return leg.id < position.key.id;
}

bool IsEarlier(const journey::LegBrief& leg, int64_t time_us) { return leg.time_us < time_us; }
bool IsLater(int64_t time_us, const journey::LegBrief& leg) { return time_us < leg.time_us; }

// The slice of a timeline that a query asks for, newest page first. With `visit` it is shown to
// that instead.
Journey Slice(const Engine& engine, const Timeline& timeline, const HistoryQuery& query,
              const TouchpointVisitor* visit) {
  auto first = timeline.begin();
  auto last = timeline.end();
  constexpr size_t kTogether = 64;
  base::PrefetchBetween(last - std::min({timeline.size(), size_t{query.limit}, kTogether}), last);
  last = std::lower_bound(first, last, Micros(query.until), IsEarlier);
  last = std::upper_bound(first, last, Micros(query.as_of), IsLater);
  first = std::lower_bound(first, last, Micros(query.from), IsEarlier);
  if (query.before) {
    last = std::partition_point(first, last,
                                [&](const Leg* leg) { return Before(*leg, *query.before); });
  }
  Journey journey;
  if (last - first > static_cast<ptrdiff_t>(query.limit)) {
    first = last - static_cast<ptrdiff_t>(query.limit);
    journey.next = JourneyPosition{Timestamp(Duration((*first)->time_us)), KeyOf(**first)};
  }
  if (visit == nullptr) {
    journey.touchpoints = engine.FetchAll({first, last});
  } else {
    engine.VisitAll({first, last}, *visit);
  }
  return journey;
}

Status CheckLimit(const char* name, uint32_t limit) {
  if (limit >= 1 && limit <= kHistoryMax) return Status();
  return Status(Code::kInvalidArgument,
                std::string(name) + " is " + std::to_string(limit) + "; it must be 1 to 1,000,000");
}

Status CheckVisitor(const TouchpointVisitor& visit) {
  if (visit) return Status();
  return Status(Code::kInvalidArgument, "VisitHistory has no visitor");
}

Status NotSeen(std::string_view name_space, std::string_view value) {
  return Status(Code::kNotFound,
                fmt::format("no customer has {} {}", name_space, model::MaskValue(value)));
}

Status NotSeen(const Engine& engine, IdentifierNo id) {
  const identity::IdentifierEntry& entry = engine.identifiers()[id];
  return NotSeen(entry.name_space_name, entry.value);
}

// Touchpoints that carry an identifier but belong to no customer by it.
Timeline CarriedBy(const Engine& engine, IdentifierNo id) {
  Timeline timeline;
  for (RowNo no : engine.CarriersOf(id)) {
    if (engine.rows()[no].counts()) timeline.push_back(&engine.rows()[no].leg);
  }
  std::sort(timeline.begin(), timeline.end());
  return timeline;
}

Journey HistoryOf(const Engine& engine, ClassNo no, const HistoryQuery& query,
                  const TouchpointVisitor* visit) {
  engine.PrefetchMembers(no);
  const CustomerState* customer = engine.StateOf(no);
  Journey journey =
      Slice(engine, customer == nullptr ? kNoTimeline : customer->timeline, query, visit);
  journey.customer = engine.PrimaryId(no);
  return journey;
}

// The next page of a scan, in the order of first recording, from engines one after the other.
class PageBuilder {
 public:
  explicit PageBuilder(const ScanQuery& query) : query_(query) {}

  void Add(const Engine& engine) {
    const tracker::RowTable& rows = engine.rows();
    const RowNo first = rows.ascending() ? rows.FirstBehind(query_.after) : 0;
    for (RowNo no = first; no < rows.size(); ++no) {
      const Row& row = rows[no];
      if (row.first_sequence <= query_.after || !row.counts() ||
          row.leg.time_us < Micros(query_.from) || row.leg.time_us >= Micros(query_.until)) {
        continue;
      }
      if (found_.size() > query_.limit) {
        const auto last = std::prev(found_.end());
        if (row.first_sequence > last->first) {
          if (rows.ascending()) return;
          continue;
        }
        found_.erase(last);
      }
      ClassNo customer = engine.ClassOfRow(row);
      found_.emplace(
          row.first_sequence,
          ScannedTouchpoint{customer == kNoClass ? CustomerId::kNone : engine.PrimaryId(customer),
                            engine.Fetch(row)});
    }
  }

  ScanPage Finish() {
    ScanPage page;
    const bool more = found_.size() > query_.limit;
    if (more) found_.erase(std::prev(found_.end()));
    for (auto& [sequence, touchpoint] : found_) page.touchpoints.push_back(std::move(touchpoint));
    if (more) page.next = std::prev(found_.end())->first;
    return page;
  }

 private:
  const ScanQuery& query_;
  std::map<uint64_t, ScannedTouchpoint> found_;  // One more than the page, to know of a next one.
};

// The contact's, in the room of what was there; of a number below 0: none.
void SetContact(const PolicyJourney& journey, int32_t contact, std::optional<ContactId>* id) {
  if (contact < 0) return id->reset();
  const Leg& first = journey.contacts()[static_cast<size_t>(contact)].first();
  if (!*id) id->emplace();
  (*id)->source.assign(first.source);
  (*id)->id.assign(first.id);
}

// One policy's, in place of what the receipt has of it.
void SetVerdict(const PolicyJourney& journey, const Leg& leg, size_t policy, Receipt* receipt) {
  RepeatVerdict& verdict = receipt->verdicts[policy];
  verdict.policy = journey.policy().policy().name;
  const int32_t no = journey.ContactOf(&leg);
  if (policy == 0) SetContact(journey, no, &receipt->contact);
  const journey::FoldedContact* contact =
      no < 0 ? nullptr : &journey.contacts()[static_cast<size_t>(no)];
  const bool repeat = contact != nullptr && contact->prior >= 0;
  SetContact(journey, repeat ? contact->prior : journey::kNoContact, &verdict.repeat_of);
  verdict.gap = Duration(repeat ? journey.GapOf(no) : 0);
  const journey::FoldedEpisode* episode =
      contact == nullptr || contact->episode < 0
          ? nullptr
          : &journey.episodes()[static_cast<size_t>(contact->episode)];
  SetContact(journey, episode == nullptr ? journey::kNoContact : episode->contacts.front(),
             &verdict.episode);
  verdict.contacts_in_episode =
      episode == nullptr ? 0 : static_cast<uint32_t>(episode->contacts.size());
}

}  // namespace

Result<model::CanonicalIdentifier> Tracker::Impl::Canonical(const Identifier& identifier) const {
  return canonicalizer->CanonicalizeIdentifier(identifier.name_space, identifier.value);
}

// The number of an identifier that was seen.
Result<IdentifierNo> Tracker::Impl::Find(const model::CanonicalIdentifier& canonical) const {
  IdentifierNo no = engine->FindIdentifier(canonical);
  if (no == kNoIdentifier) return NotSeen(canonical.name, canonical.value);
  return no;
}

Customer Tracker::Impl::Describe(ClassNo no) const {
  Customer customer;
  for (IdentifierNo id : engine->MembersByStrength(no)) {
    const identity::IdentifierEntry& entry = engine->identifiers()[id];
    HeldIdentifier held;
    held.name_space = std::string(entry.name_space_name);
    held.value = entry.value;
    held.id = entry.id;
    for (RowNo row_no : engine->CarriersOf(id)) {
      const Row& row = engine->rows()[row_no];
      if (std::find(row.sighting.begin(), row.sighting.end(), id) == row.sighting.end()) continue;
      Timestamp time{Duration(row.leg.time_us)};
      held.first_seen = std::min(held.first_seen, time);
      held.last_seen = std::max(held.last_seen, time);
    }
    if (customer.identifiers.empty()) customer.id = entry.id;
    customer.identifiers.push_back(std::move(held));
  }
  const CustomerState* state = engine->StateOf(no);
  customer.touchpoints = state == nullptr ? 0 : state->timeline.size();
  return customer;
}

std::function<std::string(const Leg&)> Tracker::Impl::EmotionOf() const {
  return [this](const Leg& leg) { return engine->EmotionOf(leg); };
}

void Tracker::Impl::FillVerdicts(const Row& row, Timestamp watermark, Receipt* receipt) const {
  ClassNo own = engine->ClassOfRow(row);
  const CustomerState* state = own == kNoClass ? nullptr : engine->StateOf(own);
  receipt->verdicts.resize(compiled.size());
  if (state == nullptr) {
    const Timeline group = engine->GroupOf(static_cast<RowNo>(row.leg.evidence));
    for (size_t i = 0; i < compiled.size(); ++i) {
      PolicyJourney alone(compiled[i].get(), false);  // An unidentified one folds with its like.
      alone.Rebuild(group);
      SetVerdict(alone, row.leg, i, receipt);
    }
    return;
  }
  for (size_t i = 0; i < compiled.size(); ++i) {
    SetVerdict(engine->JourneyOf(*state, i), row.leg, i, receipt);
  }
  receipt->open =
      journey::OpenEpisodes(state->timeline, engine->JourneyOf(*state, 0), watermark,
                            options.open_episode_max_age, kOpenEpisodesInReceipt, EmotionOf());
}

Result<WhyAnswer> Tracker::Impl::Why(IdentifierNo id_a, IdentifierNo id_b) const {
  ClassNo class_a = engine->graph().ClassOf(id_a);
  ClassNo class_b = engine->graph().ClassOf(id_b);
  WhyAnswer answer;
  if (class_a != kNoClass) answer.customer_a = engine->PrimaryId(class_a);
  if (class_b != kNoClass) answer.customer_b = engine->PrimaryId(class_b);
  answer.same_customer = class_a != kNoClass && class_a == class_b;
  if (class_a == kNoClass || class_b == kNoClass) return answer;
  std::vector<identity::PairKey> pairs = identity::FindPath(engine->graph(), id_a, id_b);
  answer.connected = answer.same_customer || !pairs.empty();
  for (identity::PairKey pair : pairs) {
    if (answer.same_customer) {
      answer.path.push_back(engine->DescribeLink(pair));
      continue;
    }
    auto found = engine->graph().vetoes().find(pair);
    if (found == engine->graph().vetoes().end()) continue;
    const identity::VetoInfo& info = found->second;
    Veto veto;
    veto.link = engine->DescribeLink(pair);
    veto.rule = info.rule;
    if (info.name_space != identity::kNoNamespace) {
      veto.name_space = rules.namespaces[info.name_space].name;
    }
    if (info.rival_a != kNoIdentifier) {
      veto.rival_a = engine->Name(info.rival_a);
      veto.rival_b = engine->Name(info.rival_b);
    }
    veto.cannot_link = AssertionId{info.cannot_link};
    answer.vetoes.push_back(std::move(veto));
  }
  return answer;
}

// Identity ---------------------------------------------------------------------------------------

Result<CustomerId> Tracker::Resolve(const Identifier& identifier) const {
  return impl_->AskAbout(identifier, [&](IdentifierNo id) -> Result<CustomerId> {
    ClassNo no = impl_->engine->graph().ClassOf(id);
    if (no == kNoClass) return NotSeen(*impl_->engine, id);
    return impl_->engine->PrimaryId(no);
  });
}

Result<Customer> Tracker::GetCustomer(CustomerId id) const {
  return impl_->AskAbout(id, [&](ClassNo no) -> Result<Customer> { return impl_->Describe(no); });
}

Result<std::vector<CustomerId>> Tracker::ListCustomers(CustomerId after, uint32_t limit) const {
  std::vector<CustomerId> ids;
  CXJ_RETURN_IF_ERROR(impl_->VisitAll([&](const Engine& engine) {
    const identity::Graph& graph = engine.graph();
    for (ClassNo no = 0; no < graph.class_limit(); ++no) {
      if (!graph.IsAlive(no)) continue;
      CustomerId id = engine.PrimaryId(no);
      if (id > after) ids.push_back(id);
    }
    return Status();
  }));
  size_t count = std::min<size_t>(limit, ids.size());
  std::partial_sort(ids.begin(), ids.begin() + static_cast<ptrdiff_t>(count), ids.end());
  ids.resize(count);
  return ids;
}

Result<WhyAnswer> Tracker::Why(const Identifier& a, const Identifier& b) const {
  CXJ_ASSIGN_OR_RETURN(model::CanonicalIdentifier canonical_a, impl_->Canonical(a));
  CXJ_ASSIGN_OR_RETURN(model::CanonicalIdentifier canonical_b, impl_->Canonical(b));
  const auto list = [&](Wanted* wanted) {
    impl_->engine->ListAll(canonical_a, &wanted->keys, &wanted->prefixes);
    impl_->engine->ListAll(canonical_b, &wanted->keys, &wanted->prefixes);
    return Status();
  };
  return impl_->Ask(list, [&]() -> Result<WhyAnswer> {
    CXJ_ASSIGN_OR_RETURN(IdentifierNo id_a, impl_->Find(canonical_a));
    CXJ_ASSIGN_OR_RETURN(IdentifierNo id_b, impl_->Find(canonical_b));
    return impl_->Why(id_a, id_b);
  });
}

// Histories --------------------------------------------------------------------------------------

Result<Journey> Tracker::Impl::History(const Identifier& identifier, const HistoryQuery& query,
                                       const TouchpointVisitor* visit) {
  CXJ_RETURN_IF_ERROR(CheckLimit("HistoryQuery::limit", query.limit));
  return AskAbout(identifier, [&](IdentifierNo id) -> Result<Journey> {
    ClassNo no = engine->graph().ClassOf(id);
    if (no != kNoClass) return HistoryOf(*engine, no, query, visit);
    Timeline carried = CarriedBy(*engine, id);
    if (carried.empty()) return NotSeen(*engine, id);
    return Slice(*engine, carried, query, visit);
  });
}

Result<Journey> Tracker::Impl::History(CustomerId customer, const HistoryQuery& query,
                                       const TouchpointVisitor* visit) {
  CXJ_RETURN_IF_ERROR(CheckLimit("HistoryQuery::limit", query.limit));
  return AskAbout(customer, [&](ClassNo no) -> Result<Journey> {
    return HistoryOf(*engine, no, query, visit);
  });
}

Result<Journey> Tracker::History(const Identifier& identifier, const HistoryQuery& query) const {
  return impl_->History(identifier, query, nullptr);
}

Result<Journey> Tracker::History(CustomerId customer, const HistoryQuery& query) const {
  return impl_->History(customer, query, nullptr);
}

Result<Journey> Tracker::VisitHistory(const Identifier& identifier, const HistoryQuery& query,
                                      const TouchpointVisitor& visit) const {
  CXJ_RETURN_IF_ERROR(CheckVisitor(visit));
  return impl_->History(identifier, query, &visit);
}

Result<Journey> Tracker::VisitHistory(CustomerId customer, const HistoryQuery& query,
                                      const TouchpointVisitor& visit) const {
  CXJ_RETURN_IF_ERROR(CheckVisitor(visit));
  return impl_->History(customer, query, &visit);
}

Result<ScanPage> Tracker::Scan(const ScanQuery& query) const {
  CXJ_RETURN_IF_ERROR(CheckLimit("ScanQuery::limit", query.limit));
  PageBuilder page(query);
  CXJ_RETURN_IF_ERROR(impl_->VisitAll([&](const Engine& engine) {
    page.Add(engine);
    return Status();
  }));
  return page.Finish();
}

// Repeats ----------------------------------------------------------------------------------------

Result<RepeatVerdict> Tracker::CheckRepeat(const Identifier& identifier,
                                           const RepeatCheck& check) const {
  size_t policy = 0;
  if (!check.registered.empty()) {
    CXJ_ASSIGN_OR_RETURN(policy, impl_->FindPolicy(check.registered));
  }
  if (check.channel > Channel::kCustom) {
    return Status(Code::kInvalidArgument, "RepeatCheck::channel is not a known channel");
  }
  if ((check.channel == Channel::kCustom) == check.custom_channel.empty()) {
    return Status(Code::kInvalidArgument,
                  "RepeatCheck::custom_channel must be given with Channel::kCustom, and only then");
  }
  Leg leg;
  leg.time_us = Micros(check.start ? *check.start : impl_->Now());
  leg.channel = check.channel;
  journey::LegDetails details;
  details.custom_channel = check.custom_channel;
  leg.details = &details;
  for (const std::string& topic : check.topics) {
    leg.topics.push_back(model::WithoutSlashes(topic));
  }
  base::EraseValue(&leg.topics, std::string_view());
  leg.topic_hash = journey::HashTopics(leg.topics);
  return impl_->AskAbout(identifier, [&](IdentifierNo id) -> Result<RepeatVerdict> {
    const ClassNo no = impl_->engine->graph().ClassOf(id);
    if (no == kNoClass) return NotSeen(*impl_->engine, id);
    return impl_->Foresee(no, policy, leg);
  });
}

RepeatVerdict Tracker::Impl::Foresee(ClassNo no, size_t policy, const Leg& leg) const {
  RepeatVerdict verdict;
  verdict.policy = policies[policy].name;
  const CustomerState* state = engine->StateOf(no);
  if (state == nullptr) return verdict;
  const PolicyJourney& journey = engine->JourneyOf(*state, policy);
  const PolicyJourney::Prospect prospect = journey.Foresee(leg);
  if (prospect.prior == journey::kNoContact) return verdict;
  const journey::Contacts& contacts = journey.contacts();
  const journey::FoldedContact& prior = contacts[static_cast<size_t>(prospect.prior)];
  const auto& episode = journey.episodes()[static_cast<size_t>(prior.episode)].contacts;
  verdict.repeat_of = KeyOf(prior.first());
  verdict.gap = Duration(prospect.gap_us);
  verdict.episode = KeyOf(contacts[static_cast<size_t>(episode.front())].first());
  verdict.contacts_in_episode = prospect.contacts_in_episode;
  return verdict;
}

// Contexts and statistics ------------------------------------------------------------------------

Result<Context> Tracker::GetContext(const Identifier& identifier) const {
  return GetContext(identifier, impl_->Now());
}

Result<Context> Tracker::GetContext(const Identifier& identifier, Timestamp now) const {
  return impl_->AskAbout(identifier, [&](IdentifierNo id) { return impl_->GetContext(id, now); });
}

// As it was at that moment: what came later is left out.
Result<Context> Tracker::Impl::GetContext(IdentifierNo id, Timestamp now) const {
  ClassNo no = engine->graph().ClassOf(id);
  if (no == kNoClass) return NotSeen(*engine, id);
  Context context;
  context.customer = Describe(no);
  context.now = now;
  const CustomerState* customer = engine->StateOf(no);
  if (customer == nullptr) return context;
  const auto fetch = [&](const Leg& leg) { return engine->Fetch(leg); };
  if (customer->timeline.back()->time_us <= Micros(now)) {
    journey::FillContext(customer->timeline, engine->JourneyOf(*customer, 0), now,
                         options.open_episode_max_age, fetch, &context);
    return context;
  }
  Timeline past = customer->timeline;
  past.erase(std::upper_bound(past.begin(), past.end(), Micros(now), IsLater), past.end());
  PolicyJourney journey(compiled.front().get(), true);
  journey.Rebuild(past);
  journey::FillContext(past, journey, now, options.open_episode_max_age, fetch, &context);
  return context;
}

Result<Stats> Tracker::GetStats() const {
  CXJ_RETURN_IF_ERROR(impl_->Usable());
  Stats stats;
  {
    base::MutexLock writer(&impl_->writer_mutex);
    stats.refused = impl_->refused;
  }
  base::ReaderLock state(&impl_->state_mutex);
  // Whoever only counts does not want all of it in memory afterwards.
  CXJ_RETURN_IF_ERROR(impl_->ForEachPart([&](const Engine& engine) {
    engine.AddStats(&stats);
    return Status();
  }));
  stats.identifiers = impl_->ledger.identifiers;
  stats.evidence = impl_->ledger.evidence;
  stats.last_sequence = impl_->ledger.last_sequence;
  stats.log_bytes = impl_->store->used_bytes();
  stats.sealed_bytes = impl_->store->vault()->disk_bytes();
  stats.memory_bytes = impl_->MemoryBytes();
  return stats;
}

}  // namespace v1
}  // namespace cxjourney
