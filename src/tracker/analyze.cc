// Answers over the whole store: repeats and measures, transitions, funnels.
#include <memory>
#include <optional>

#include "base/prefetch.h"
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

// From a customer to what a scan reads of it is some steps in memory; those of the next customers
// are made ahead.
constexpr ClassNo kAhead = 8;

bool IsMeasured(const CustomerState* state, size_t policy) {
  return state != nullptr && (state->measured >> policy & 1) != 0;
}

void PrefetchContacts(const Engine& engine, ClassNo no, size_t policy) {
  const CustomerState* far = engine.StateOf(no + 2 * kAhead);
  if (IsMeasured(far, policy)) far->journeys[policy].PrefetchLists();
  const CustomerState* near = engine.StateOf(no + kAhead);
  if (IsMeasured(near, policy)) near->journeys[policy].PrefetchContacts();
}

void PrefetchTimeline(const Engine& engine, ClassNo no) {
  if (const CustomerState* state = engine.StateOf(no + kAhead)) {
    base::Prefetch(state->timeline.data());
  }
}

// Adds every customer's timeline, and what belongs to nobody.
template <class Builder>
void AddJourneys(const Engine& engine, Builder* builder) {
  const ClassNo limit = engine.graph().class_limit();
  for (ClassNo no = 0; no < limit; ++no) {
    PrefetchTimeline(engine, no);
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
    if (held ? !IsMeasured(customer, *held) : customer == nullptr) continue;
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

Result<size_t> Tracker::Impl::FindPolicy(const std::string& name) const {
  for (size_t i = 0; i < policies.size(); ++i) {
    if (policies[i].name == name) return i;
  }
  return Status(Code::kNotFound, "no policy is registered as '" + name + "'");
}

Result<RepeatReport> Tracker::Repeats(const RepeatQuery& query) const {
  CXJ_RETURN_IF_ERROR(impl_->Usable());
  std::unique_ptr<journey::CompiledPolicy> own;
  std::optional<size_t> held;
  if (query.registered.empty()) {
    CXJ_RETURN_IF_ERROR(ValidatePolicy(query.policy));
    own = std::make_unique<journey::CompiledPolicy>(query.policy);
  } else {
    CXJ_ASSIGN_OR_RETURN(held, impl_->FindPolicy(query.registered));
  }
  const journey::CompiledPolicy* policy = own ? own.get() : impl_->compiled[*held].get();
  journey::MeasureBuilder builder(policy, query, query.watermark.value_or(impl_->Now()));
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
