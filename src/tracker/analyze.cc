// Answers over the whole store: repeats and measures, transitions, funnels.
#include <algorithm>
#include <memory>

#include "base/status_macros.h"
#include "journey/flow.h"
#include "tracker/impl.h"

namespace cxjourney {
inline namespace v1 {

using identity::ClassNo;
using journey::Leg;
using journey::PolicyJourney;
using journey::Timeline;
using tracker::CustomerState;
using tracker::Engine;

namespace {

// From a customer to what a scan reads of it is three steps in memory, `second` and `third` being
// the steps behind the state; those of the next customers are made ahead.
template <class Second, class Third>
void Prefetch(const Engine& engine, ClassNo no, const Second& second, const Third& third) {
  constexpr ClassNo kAhead = 5;
  if (const CustomerState* state = engine.StateOf(no + 3 * kAhead)) __builtin_prefetch(state);
  if (const CustomerState* state = engine.StateOf(no + 2 * kAhead)) second(*state);
  if (const CustomerState* state = engine.StateOf(no + kAhead)) third(*state);
}

void PrefetchContacts(const Engine& engine, ClassNo no, size_t policy) {
  Prefetch(
      engine, no, [&](const CustomerState& state) { state.journeys[policy].Prefetch(); },
      [&](const CustomerState& state) {
        const std::vector<journey::FoldedContact>& contacts = state.journeys[policy].contacts();
        __builtin_prefetch(contacts.data());
        __builtin_prefetch(contacts.data() + 1);
      });
}

void PrefetchLegs(const Engine& engine, ClassNo no) {
  constexpr size_t kLegs = 8;
  Prefetch(
      engine, no, [](const CustomerState& state) { __builtin_prefetch(state.timeline.data()); },
      [&](const CustomerState& state) {
        const size_t legs = std::min(kLegs, state.timeline.size());
        for (size_t i = 0; i < legs; ++i) __builtin_prefetch(state.timeline[i]);
      });
}

// Adds every customer's timeline, and what belongs to nobody.
template <class Builder>
void AddJourneys(const Engine& engine, Builder* builder) {
  const ClassNo limit = engine.graph().class_limit();
  for (ClassNo no = 0; no < limit; ++no) {
    PrefetchLegs(engine, no);
    if (const CustomerState* customer = engine.StateOf(no)) builder->Add(customer->timeline);
  }
  for (const Timeline& group : engine.UnidentifiedGroups()) builder->Add(group);
}

// The contacts of every customer under the policy; `held`: its number, where customers hold them
// ready.
void AddContacts(const Engine& engine, const RepeatQuery& query,
                 const journey::CompiledPolicy* policy, std::optional<size_t> held,
                 journey::MeasureBuilder* builder) {
  const auto scores = [&](const Leg& leg) { return engine.Fetch(leg).scores; };
  const ClassNo limit = engine.graph().class_limit();
  for (ClassNo no = 0; no < limit; ++no) {
    if (held) PrefetchContacts(engine, no, *held);
    const CustomerState* customer = engine.StateOf(no);
    if (customer == nullptr) continue;
    CustomerId id =
        query.list_contacts || query.list_episodes ? engine.PrimaryId(no) : CustomerId::kNone;
    if (held) {
      builder->Add(id, customer->timeline, customer->journeys[*held], scores);
      continue;
    }
    PolicyJourney journey(policy, true);
    journey.Rebuild(customer->timeline);
    builder->Add(id, customer->timeline, journey, scores);
  }
  for (const Timeline& group : engine.UnidentifiedGroups()) {
    PolicyJourney journey(policy, false);
    journey.Rebuild(group);
    builder->Add(CustomerId::kNone, group, journey, scores);
  }
}

}  // namespace

Result<RepeatReport> Tracker::Repeats(const RepeatQuery& query) const {
  CXJ_RETURN_IF_ERROR(impl_->Usable());
  const auto& compiled = impl_->compiled;
  size_t registered = compiled.size();
  std::unique_ptr<journey::CompiledPolicy> own;
  if (query.registered.empty()) {
    CXJ_RETURN_IF_ERROR(ValidatePolicy(query.policy));
    own = std::make_unique<journey::CompiledPolicy>(query.policy);
  } else {
    for (size_t i = 0; i < compiled.size(); ++i) {
      if (compiled[i]->policy().name == query.registered) registered = i;
    }
    if (registered == compiled.size()) {
      return Status(Code::kNotFound, "no policy is registered as '" + query.registered + "'");
    }
  }
  const journey::CompiledPolicy* policy = own ? own.get() : compiled[registered].get();
  journey::MeasureBuilder builder(policy, query, query.watermark.value_or(impl_->Now()));
  const std::optional<size_t> held = own == nullptr ? std::optional(registered) : std::nullopt;
  CXJ_RETURN_IF_ERROR(impl_->VisitAll([&](const Engine& engine) {
    AddContacts(engine, query, policy, held, &builder);
    return Status();
  }));
  return builder.Finish();
}

Result<TransitionReport> Tracker::Transitions(const TransitionQuery& query) const {
  CXJ_RETURN_IF_ERROR(impl_->Usable());
  journey::TransitionBuilder builder(query);
  CXJ_RETURN_IF_ERROR(impl_->VisitAll([&](const Engine& engine) {
    AddJourneys(engine, &builder);
    return Status();
  }));
  return builder.Finish();
}

Result<FunnelReport> Tracker::Funnel(const FunnelQuery& query) const {
  CXJ_RETURN_IF_ERROR(journey::ValidateFunnel(query));
  CXJ_RETURN_IF_ERROR(impl_->Usable());
  journey::FunnelBuilder builder(query);
  CXJ_RETURN_IF_ERROR(impl_->VisitAll([&](const Engine& engine) {
    AddJourneys(engine, &builder);
    return Status();
  }));
  return builder.Finish();
}

}  // namespace v1
}  // namespace cxjourney
