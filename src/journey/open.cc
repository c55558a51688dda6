// Episodes that were left open, kept up to date leg by leg: a receipt lists them for every
// touchpoint, also where a customer has very many.
#include <algorithm>
#include <chrono>
#include <string>

#include "journey/compiled.h"
#include "journey/journey.h"
#include "journey/rules.h"
#include "model/vocabulary.h"

namespace cxjourney::journey {
namespace {

// Below this, walking an episode's legs is cheaper than remembering what they say.
constexpr size_t kBigEpisodeLegs = 32;
constexpr size_t kListedContacts = 64;  // OpenEpisode::contacts.

bool LeavesOpen(Outcome outcome) {
  return outcome != Outcome::kResolved && outcome != Outcome::kResolvedConfirmed;
}

Timestamp ToTimestamp(int64_t time_us) { return Timestamp(Duration(time_us)); }

}  // namespace

void PolicyJourney::UpdateOpen(int32_t contact) {
  const FoldedContact& last = Get(contact);
  const bool is_last =
      last.episode >= 0 && episodes_[static_cast<size_t>(last.episode)].contacts.back() == contact;
  SetOpen(contact, is_last && LeavesOpen(last.outcome));
}

void PolicyJourney::SetOpen(int32_t contact, bool open) {
  const auto place = std::lower_bound(open_.begin(), open_.end(), contact);
  const bool was_open = place != open_.end() && *place == contact;
  if (open && !was_open) open_.insert(place, contact);
  if (was_open && !open) open_.erase(place);
}

// Brings what is remembered of big episodes up to date after one leg joined `contact`. A late
// promise costs the legs of its episode: which reply keeps it?
void PolicyJourney::NoteLegs(const Leg* leg, int32_t contact, Relinking* relinking) {
  auto& touched = relinking->touched;
  const int32_t own = Get(contact).episode;
  EpisodeLegs* own_legs = nullptr;
  if (touched.size() > 1) base::SortUnique(&touched);
  if (rare_ != nullptr) {
    for (int32_t episode : touched) rare_->big_episodes.erase(episode);
    const auto it = rare_->big_episodes.find(own);
    if (it != rare_->big_episodes.end()) own_legs = &it->second;
  }
  if (own_legs != nullptr && *own_legs->newest < *leg) {
    AddLeg(*leg, contact, own_legs);
  } else if (own_legs != nullptr && !IsReply(*leg) && !IsPromise(*leg)) {
    AddFacts(*leg, contact, own_legs);
  } else if (own >= 0) {
    if (own_legs != nullptr) rare_->big_episodes.erase(own);
    touched.push_back(own);
  }
  for (int32_t episode : touched) KeepLegs(episode);
}

void PolicyJourney::KeepLegs(int32_t episode) {
  if (episode >= static_cast<int32_t>(episodes_.size())) return;
  if (rare().big_episodes.contains(episode)) return;
  size_t legs = 0;
  for (int32_t contact : episodes_[static_cast<size_t>(episode)].contacts) {
    legs += Get(contact).legs.size();
    if (legs > kBigEpisodeLegs) {
      AddRare().big_episodes.emplace(episode, CollectLegs(episode));
      return;
    }
  }
}

PolicyJourney::EpisodeLegs PolicyJourney::CollectLegs(int32_t episode) const {
  std::vector<std::pair<const Leg*, int32_t>> legs;
  for (int32_t contact : episodes_[static_cast<size_t>(episode)].contacts) {
    for (const Leg* leg : Get(contact).legs) legs.emplace_back(leg, contact);
  }
  // Contacts may overlap.
  std::sort(legs.begin(), legs.end(),
            [](const auto& a, const auto& b) { return *a.first < *b.first; });
  EpisodeLegs collected;
  for (const auto& [leg, contact] : legs) AddLeg(*leg, contact, &collected);
  return collected;
}

// What the leg says about its episode in whatever order legs are added.
void PolicyJourney::AddFacts(const Leg& leg, int32_t contact, EpisodeLegs* legs) {
  const auto note = [&leg](const Leg** newest) {
    if (*newest == nullptr || **newest < leg) *newest = &leg;
  };
  if (leg.relation == Relation::kTransfer) ++legs->transfers;
  if (!leg.details->agent.empty()) legs->agents.insert(leg.details->agent);
  if (leg.has_sentiment) note(&legs->sentiment);
  if (leg.has_emotion) note(&legs->emotion);
  if (HasTopics(leg)) legs->topics = std::max(legs->topics, contact);
  if (model::IsKnownOutcome(leg.outcome)) legs->outcome = std::max(legs->outcome, contact);
}

// REQUIRES: the leg comes after those added so far.
void PolicyJourney::AddLeg(const Leg& leg, int32_t contact, EpisodeLegs* legs) const {
  legs->newest = &leg;
  AddFacts(leg, contact, legs);

  const auto claimed = rare().claimed.find(&leg);
  if (claimed != rare().claimed.end()) {
    legs->promises.insert(legs->promises.end(), claimed->second.begin(), claimed->second.end());
  }
  if (IsReply(leg)) {
    const auto kept = std::remove_if(
        legs->promises.begin() + static_cast<std::ptrdiff_t>(legs->settled), legs->promises.end(),
        [&leg](const Leg* promise) { return leg.time_us <= promise->details->follow_up_due_us; });
    legs->promises.erase(kept, legs->promises.end());
    legs->settled = legs->promises.size();
  }
  if (IsPromise(leg)) legs->promises.push_back(&leg);
}

OpenEpisode PolicyJourney::Describe(
    int32_t contact, Timestamp watermark,
    const std::function<std::string(const Leg&)>& emotion_of) const {
  const FoldedContact& last = Get(contact);
  const auto& members = episodes_[static_cast<size_t>(last.episode)].contacts;
  const FoldedContact& root = Get(members.front());
  const auto big = rare().big_episodes.find(last.episode);
  const bool is_big = big != rare().big_episodes.end();
  const EpisodeLegs collected = is_big ? EpisodeLegs() : CollectLegs(last.episode);
  const EpisodeLegs& legs = is_big ? big->second : collected;

  OpenEpisode open;
  open.id = {std::string(root.first().source), std::string(root.first().id)};
  open.start = ToTimestamp(root.start_us);
  open.last_contact_end = ToTimestamp(last.end_us);
  if (legs.topics >= 0) {
    const auto& topics = Get(legs.topics).topics->topics;
    open.topics.assign(topics.begin(), topics.end());
  }
  if (legs.outcome >= 0) open.last_outcome = Get(legs.outcome).outcome;
  if (legs.sentiment != nullptr) open.last_sentiment = legs.sentiment->sentiment;
  if (legs.emotion != nullptr) open.last_emotion = emotion_of(*legs.emotion);
  open.transfers = legs.transfers;
  open.agents = static_cast<uint32_t>(legs.agents.size());
  open.contact_count = static_cast<uint32_t>(members.size());
  const size_t listed = std::min(members.size(), kListedContacts);
  open.contacts.reserve(listed);
  for (size_t i = members.size() - listed; i < members.size(); ++i) {
    const Leg& first = Get(members[i]).first();
    open.contacts.push_back({std::string(first.source), std::string(first.id)});
  }
  DescribePromises(legs, watermark, &open);
  return open;
}

void PolicyJourney::DescribePromises(const EpisodeLegs& legs, Timestamp watermark,
                                     OpenEpisode* open) const {
  for (const Leg* leg : legs.promises) {
    if (rare().kept.contains(leg)) continue;
    Promise& promise = open->promises.emplace_back();
    promise.touchpoint = {std::string(leg->source), std::string(leg->id)};
    promise.made = ToTimestamp(leg->time_us);
    promise.due = ToTimestamp(leg->details->follow_up_due_us);
    promise.broken = watermark > promise.due;
    promise.agent = std::string(leg->details->agent);
    promise.queue = std::string(leg->details->queue);
  }
}

std::vector<OpenEpisode> OpenEpisodes(const Timeline& /*timeline*/, const PolicyJourney& journey,
                                      Timestamp watermark, Duration max_age, size_t limit,
                                      const std::function<std::string(const Leg&)>& emotion_of) {
  std::vector<OpenEpisode> result;
  const int64_t oldest_us =
      SaturatingSubtract(watermark.time_since_epoch().count(), max_age.count());
  for (auto it = journey.open_.rbegin(); it != journey.open_.rend(); ++it) {
    const FoldedContact& last = journey.Get(*it);
    if (result.size() >= limit || SaturatingAdd(last.start_us, journey.longest_us_) <= oldest_us) {
      break;
    }
    if (last.end_us <= oldest_us) continue;
    result.push_back(journey.Describe(*it, watermark, emotion_of));
  }
  return result;
}

}  // namespace cxjourney::journey
