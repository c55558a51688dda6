// What an agent must see when a contact starts.
#include <algorithm>
#include <chrono>
#include <iterator>
#include <map>
#include <string>
#include <utility>

#include "journey/compiled.h"
#include "journey/journey.h"
#include "model/vocabulary.h"

namespace cxjourney::journey {
namespace {

constexpr size_t kRecentTouchpoints = 10;
constexpr size_t kRecentFeelings = 5;
constexpr size_t kRecentOutcomes = 5;
constexpr size_t kRecentOrders = 5;

Timestamp ToTimestamp(int64_t time_us) { return Timestamp(Duration(time_us)); }

// Collects what stands in full touchpoints, newest first, each decoded at most once.
class TouchpointFacts {
 public:
  TouchpointFacts(const std::function<Touchpoint(const Leg&)>& fetch, Context* context)
      : fetch_(fetch), context_(context) {}

  void Add(const Leg& leg) {
    const bool recent = context_->recent.size() < kRecentTouchpoints;
    const bool order = leg.has_orders && leg.purpose == Purpose::kPurchase &&
                       context_->last_order_ids.size() < kRecentOrders;
    const bool emotion = leg.has_emotion && context_->last_emotion.empty();
    if (!recent && !order && !emotion && !leg.has_facts && !leg.has_money && !leg.has_scores) {
      return;
    }
    Touchpoint touchpoint = fetch_(leg);
    if (order) AddOrders(touchpoint);
    if (emotion) context_->last_emotion = touchpoint.emotion;
    if (leg.has_facts) AddFacts(leg, touchpoint);
    if (leg.has_money && touchpoint.value) AddMoney(*touchpoint.value);
    // Of one touchpoint the last answer of a kind is the newest.
    for (auto it = touchpoint.scores.rbegin(); it != touchpoint.scores.rend(); ++it) {
      scores_.emplace(it->kind, *it);
    }
    if (recent) context_->recent.push_back(std::move(touchpoint));
  }

  void Finish() {
    for (auto& [kind, score] : scores_) context_->last_scores.push_back(std::move(score));
    for (auto& [key, fact] : facts_) context_->facts.push_back(std::move(fact));
    for (auto& [key, sum] : money_) context_->money.push_back(std::move(sum));
  }

 private:
  void AddOrders(const Touchpoint& touchpoint) {
    std::vector<std::string>& ids = context_->last_order_ids;
    for (const Ref& ref : touchpoint.refs) {
      if (ref.type != RefType::kOrder || ids.size() >= kRecentOrders) continue;
      if (std::find(ids.begin(), ids.end(), ref.id) == ids.end()) ids.push_back(ref.id);
    }
  }

  void AddFacts(const Leg& leg, const Touchpoint& touchpoint) {
    for (auto it = touchpoint.attributes.rbegin(); it != touchpoint.attributes.rend(); ++it) {
      if (!it->fact || facts_.contains(it->key)) continue;
      facts_[it->key] = {.attribute = *it,
                         .time = ToTimestamp(leg.time_us),
                         .touchpoint = {std::string(leg.source), std::string(leg.id)}};
    }
  }

  void AddMoney(const Value& value) {
    MoneySum& sum = money_[std::pair(value.currency, value.kind)];
    sum.currency = value.currency;
    sum.kind = value.kind;
    sum.amount_minor = SaturatingAdd(sum.amount_minor, value.amount_minor);
    ++sum.count;
  }

  const std::function<Touchpoint(const Leg&)>& fetch_;
  Context* context_;
  std::map<ScoreKind, Score> scores_;
  std::map<std::string, Fact> facts_;
  std::map<std::pair<std::string, ValueKind>, MoneySum> money_;
};

void FillContacts(const PolicyJourney& journey, Timestamp now, Context* context) {
  const Contacts& contacts = journey.contacts();
  context->contacts = contacts.size();
  if (!contacts.empty()) context->last_contact = ToTimestamp(contacts.back().start_us);
  const auto within = [&](int days) {
    const int64_t after_us = SaturatingSubtract(now.time_since_epoch().count(),
                                                Duration(std::chrono::hours(24 * days)).count());
    const auto first = std::upper_bound(
        contacts.begin(), contacts.end(), after_us,
        [](int64_t time, const FoldedContact& contact) { return time < contact.start_us; });
    return static_cast<uint64_t>(contacts.end() - first);
  };
  context->contacts_7d = within(7);
  context->contacts_30d = within(30);
  context->contacts_90d = within(90);
  for (auto it = contacts.rbegin(); it != contacts.rend(); ++it) {
    if (!model::IsKnownOutcome(it->outcome)) continue;
    context->recent_outcomes.emplace_back(ToTimestamp(it->start_us), it->outcome);
    if (context->recent_outcomes.size() == kRecentOutcomes) break;
  }
  if (!context->recent_outcomes.empty()) {
    context->last_outcome = context->recent_outcomes.front().second;
  }
}

void FillTimeline(const Timeline& timeline, Context* context) {
  if (timeline.empty()) return;
  context->first_seen = ToTimestamp(timeline.front()->time_us);
  for (const Leg* leg : timeline) {
    const Timestamp time = ToTimestamp(leg->time_us);
    if (leg->purpose == Purpose::kReward) context->last_reward = time;
    if (leg->purpose != Purpose::kPurchase) continue;
    if (context->orders++ == 0) context->first_order = time;
    context->last_order = time;
  }
}

}  // namespace

void FillContext(const Timeline& timeline, const PolicyJourney& journey, Timestamp now,
                 Duration open_max_age, const std::function<Touchpoint(const Leg&)>& fetch,
                 Context* context) {
  context->now = now;
  FillContacts(journey, now, context);
  FillTimeline(timeline, context);
  TouchpointFacts facts(fetch, context);
  for (auto it = timeline.rbegin(); it != timeline.rend(); ++it) {
    const Leg& leg = **it;
    if (leg.has_sentiment && context->recent_sentiments.size() < kRecentFeelings) {
      context->recent_sentiments.emplace_back(ToTimestamp(leg.time_us), leg.sentiment);
    }
    facts.Add(leg);
  }
  facts.Finish();
  context->open_episodes =
      OpenEpisodes(timeline, journey, now, open_max_age, journey.contacts().size(),
                   [&fetch](const Leg& leg) { return fetch(leg).emotion; });
  if (!context->open_episodes.empty()) {
    const OpenEpisode& newest = context->open_episodes.front();
    context->repeated_effort =
        newest.agents >= 2 || newest.transfers > 0 || newest.contact_count >= 2;
  }
}

}  // namespace cxjourney::journey
