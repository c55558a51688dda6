// Measures over journeys: what is counted, and by which label.
#include <algorithm>
#include <chrono>
#include <map>
#include <string>

#include "journey/channels.h"
#include "journey/compiled.h"
#include "journey/journey.h"
#include "journey/rules.h"
#include "model/vocabulary.h"

namespace cxjourney::journey {
namespace {

constexpr std::string_view kNone = "(none)";

using GroupBy = RepeatQuery::GroupBy;

struct Period {
  int64_t from_us;
  int64_t until_us;
  bool Holds(int64_t time_us) const { return time_us >= from_us && time_us < until_us; }
};

TouchpointKey KeyOf(const Leg& leg) { return {std::string(leg.source), std::string(leg.id)}; }

Timestamp ToTimestamp(int64_t time_us) { return Timestamp(Duration(time_us)); }

std::string_view QueueOf(const FoldedContact& contact) {
  for (const Leg* leg : contact.legs) {
    if (!leg->details->queue.empty()) return leg->details->queue;
  }
  return {};
}

std::string_view LabelOfChannel(const Leg& leg) {
  const std::string_view custom = leg.details->custom_channel;
  return leg.channel == Channel::kCustom && !custom.empty() ? custom : ChannelName(leg.channel);
}

using Labels = base::ShortList<std::string_view, 1>;

Labels OrNone(Labels labels) {
  base::EraseValue(&labels, std::string_view());
  base::SortUnique(&labels);
  if (labels.empty()) labels.push_back(kNone);
  return labels;
}

// The groups that a contact counts in: several topics, several groups.
Labels LabelsOf(const FoldedContact& contact, GroupBy by) {
  switch (by) {
    case GroupBy::kNone:
      return {};
    case GroupBy::kChannel:
      return OrNone({LabelOfChannel(contact.first())});
    case GroupBy::kTopic:
      return OrNone(contact.topics == nullptr ? Labels() : contact.topics->topics);
    case GroupBy::kQueue:
      return OrNone({QueueOf(contact)});
  }
  return {};
}

Labels LabelsOf(const Leg& leg, GroupBy by) {
  switch (by) {
    case GroupBy::kNone:
      return {};
    case GroupBy::kChannel:
      return OrNone({LabelOfChannel(leg)});
    case GroupBy::kTopic:
      return OrNone(leg.topics);
    case GroupBy::kQueue:
      return OrNone({leg.details->queue});
  }
  return {};
}

void CountIf(bool condition, int64_t* count) {
  if (condition) ++*count;
}

// One observation for a share.
void Observe(bool yes, Ratio* ratio) {
  CountIf(yes, &ratio->numerator);
  ++ratio->denominator;
}

// What one contact adds.
struct ContactFacts {
  bool identified = false;
  bool base = false;
  bool mature = false;
  bool has_return = false;
  bool has_prior = false;
  bool switched_channel = false;
  bool bots_only = false;
};

ContactFacts FactsOf(const PolicyJourney& journey, int32_t index, int64_t watermark_us) {
  const FoldedContact& contact = journey.contacts()[static_cast<size_t>(index)];
  ContactFacts facts;
  facts.identified = journey.identified();
  facts.base = contact.base;
  facts.mature = contact.base && journey.IsMature(index, watermark_us);
  facts.has_return = contact.base && journey.HasReturn(index);
  facts.bots_only = contact.base && contact.bots_only;
  facts.has_prior = contact.prior != kNoContact;
  if (facts.has_prior) {
    const FoldedContact& prior = journey.contacts()[static_cast<size_t>(contact.prior)];
    facts.switched_channel = !SameChannel(prior, contact);
  }
  return facts;
}

void AddContact(const ContactFacts& facts, Measures* measures) {
  ++measures->contacts;
  Observe(facts.identified, &measures->identified);
  Observe(facts.has_prior, &measures->rcr);
  CountIf(facts.switched_channel, &measures->channel_switch_repeats);
  if (!facts.base) return;
  ++measures->base_contacts;
  Observe(facts.mature && !facts.has_return, &measures->fcr_forward_bounds.lower);
  Observe(!facts.has_return, &measures->fcr_forward_bounds.upper);
  CountIf(!facts.mature, &measures->immature_base);
  if (!facts.mature) return;
  Observe(!facts.has_return, &measures->fcr_forward);
  if (facts.bots_only) Observe(!facts.has_return, &measures->bot_contained_no_return);
}

// What one episode adds.
struct EpisodeFacts {
  int64_t contacts = 0;
  bool mature = false;
  bool first_contact = false;  // One contact, and its outcome does not say that it was not enough.
  bool first_point = false;    // And no transfer.
  bool strict = false;         // And resolved.
};

EpisodeFacts FactsOf(const PolicyJourney& journey, const FoldedEpisode& episode,
                     int64_t watermark_us) {
  const int32_t root = episode.contacts.front();
  const FoldedContact& first = journey.contacts()[static_cast<size_t>(root)];
  EpisodeFacts facts;
  facts.contacts = static_cast<int64_t>(episode.contacts.size());
  facts.mature = journey.IsMature(root, watermark_us);
  const bool left_open =
      first.outcome == Outcome::kUnresolved || first.outcome == Outcome::kEscalated ||
      first.outcome == Outcome::kPendingCompany || first.outcome == Outcome::kFailed;
  facts.first_contact = facts.contacts == 1 && !left_open;
  facts.first_point = facts.first_contact && first.transfers == 0;
  facts.strict = facts.first_contact && (first.outcome == Outcome::kResolved ||
                                         first.outcome == Outcome::kResolvedConfirmed);
  return facts;
}

void AddEpisode(const EpisodeFacts& facts, Measures* measures) {
  ++measures->episodes;
  measures->longest_episode = std::max(measures->longest_episode, facts.contacts);
  Observe(facts.mature && facts.first_contact, &measures->fcr_issue_bounds.lower);
  Observe(facts.first_contact, &measures->fcr_issue_bounds.upper);
  CountIf(!facts.mature, &measures->immature_episodes);
  if (!facts.mature) return;
  Observe(facts.first_contact, &measures->fcr_issue);
  Observe(facts.first_point, &measures->fpr_issue);
  Observe(facts.strict, &measures->resolved_strict);
  measures->one_and_done.denominator += facts.contacts;
  if (facts.contacts == 1) ++measures->one_and_done.numerator;
}

struct Group {
  Measures measures;
  std::map<std::string, int64_t, std::less<>> repeats_by_prior;
};

// By descending number of contacts, then label.
template <class Name>
void SortByCount(std::vector<Name>* named) {
  std::sort(named->begin(), named->end(), [](const Name& a, const Name& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
}

}  // namespace

struct MeasureBuilder::Impl {
  // What one variant, gross or net, adds up.
  struct Sums {
    GroupBy by = GroupBy::kNone;
    Measures total;
    std::map<std::string, Group, std::less<>> groups;

    template <class Add>
    void ForEach(const Labels& labels, const Add& add) {
      add(&total);
      for (std::string_view label : labels) add(&GroupOf(label).measures);
    }
    Group& GroupOf(std::string_view label) {
      const auto it = groups.find(label);
      return it != groups.end() ? it->second : groups[std::string(label)];
    }
  };

  void AddJourney(const PolicyJourney& journey, Sums* sums) const;
  void AddTouchpoints(const Timeline& timeline, const PolicyJourney& journey,
                      const std::function<std::vector<Score>(const Leg&)>& scores,
                      Sums* sums) const;
  void AddPrior(const PolicyJourney& journey, const FoldedContact& contact, const Labels& labels,
                Sums* sums) const;
  Labels LabelsOfAnswer(const PolicyJourney& journey, const Leg& leg, const Score& score) const;
  void ListContacts(CustomerId customer, const PolicyJourney& journey);
  void ListEpisodes(CustomerId customer, const PolicyJourney& journey);

  const CompiledPolicy* policy = nullptr;
  std::unique_ptr<CompiledPolicy> net_policy;  // Null: no net measures.
  RepeatQuery query;
  Period period = {};
  int64_t watermark_us = 0;
  Sums gross;
  Sums net;
  RepeatReport report;
};

MeasureBuilder::MeasureBuilder(const CompiledPolicy* policy, const RepeatQuery& query,
                               Timestamp watermark)
    : impl_(std::make_unique<Impl>()) {
  impl_->policy = policy;
  impl_->query = query;
  impl_->period = {query.from.time_since_epoch().count(), query.until.time_since_epoch().count()};
  impl_->watermark_us = watermark.time_since_epoch().count();
  impl_->gross.by = query.group_by;
  impl_->report.policy = policy->policy();
  impl_->report.from = query.from;
  impl_->report.until = query.until;
  impl_->report.watermark = watermark;
  if (query.net_of_topics.empty()) return;
  // Net is the same question under a policy whose base leaves these topics out as well: links,
  // returns and episodes follow from the base.
  Policy net = policy->policy();
  net.exclude_base_topics.insert(net.exclude_base_topics.end(), query.net_of_topics.begin(),
                                 query.net_of_topics.end());
  impl_->net_policy = std::make_unique<CompiledPolicy>(net);
}

MeasureBuilder::~MeasureBuilder() = default;

void MeasureBuilder::Add(CustomerId customer, const Timeline& timeline,
                         const PolicyJourney& journey,
                         const std::function<std::vector<Score>(const Leg&)>& scores) {
  impl_->AddJourney(journey, &impl_->gross);
  impl_->AddTouchpoints(timeline, journey, scores, &impl_->gross);
  if (impl_->query.list_contacts) impl_->ListContacts(customer, journey);
  if (impl_->query.list_episodes) impl_->ListEpisodes(customer, journey);
  if (impl_->net_policy == nullptr) return;
  PolicyJourney net(impl_->net_policy.get(), journey.identified());
  net.Rebuild(timeline);
  impl_->AddJourney(net, &impl_->net);
  impl_->AddTouchpoints(timeline, net, scores, &impl_->net);
}

void MeasureBuilder::Impl::AddJourney(const PolicyJourney& journey, Sums* sums) const {
  const Contacts& contacts = journey.contacts();
  for (size_t i = 0; i < contacts.size(); ++i) {
    if (!period.Holds(contacts[i].start_us)) continue;
    const ContactFacts facts = FactsOf(journey, static_cast<int32_t>(i), watermark_us);
    const Labels labels = LabelsOf(contacts[i], sums->by);
    sums->ForEach(labels, [&](Measures* measures) { AddContact(facts, measures); });
    AddPrior(journey, contacts[i], labels, sums);
  }
  for (const FoldedEpisode& episode : journey.episodes()) {
    const FoldedContact& root = contacts[static_cast<size_t>(episode.contacts.front())];
    if (!period.Holds(root.start_us)) continue;
    const EpisodeFacts facts = FactsOf(journey, episode, watermark_us);
    sums->ForEach(LabelsOf(root, sums->by),
                  [&](Measures* measures) { AddEpisode(facts, measures); });
  }
}

void MeasureBuilder::Impl::AddPrior(const PolicyJourney& journey, const FoldedContact& contact,
                                    const Labels& labels, Sums* sums) const {
  if (contact.prior == kNoContact) return;
  const FoldedContact& prior = journey.contacts()[static_cast<size_t>(contact.prior)];
  const Labels prior_labels = LabelsOf(prior, sums->by);
  for (std::string_view label : labels) {
    Group& group = sums->GroupOf(label);
    for (std::string_view prior_label : prior_labels) {
      ++group.repeats_by_prior[std::string(prior_label)];
    }
  }
}

// Defaulted purposes and survey answers are facts of touchpoints: the touchpoint's own time
// decides whether they are in the period.
void MeasureBuilder::Impl::AddTouchpoints(
    const Timeline& timeline, const PolicyJourney& journey,
    const std::function<std::vector<Score>(const Leg&)>& scores, Sums* sums) const {
  if (!journey.has_answers()) return;
  const Contacts& contacts = journey.contacts();
  for (const Leg* leg : timeline) {
    if (!period.Holds(leg->time_us)) continue;
    if (leg->purpose_defaulted) {
      const int32_t contact = sums->by == GroupBy::kNone ? kNoContact : journey.ContactOf(leg);
      const Labels labels = contact < 0
                                ? LabelsOf(*leg, sums->by)
                                : LabelsOf(contacts[static_cast<size_t>(contact)], sums->by);
      sums->ForEach(labels, [](Measures* measures) { ++measures->defaulted_purposes; });
    }
    if (!leg->has_scores) continue;
    for (const Score& score : scores(*leg)) {
      if (score.kind != ScoreKind::kFcr) continue;
      const bool yes = score.value >= 0.5;  // The answer is 0 or 1.
      sums->ForEach(LabelsOfAnswer(journey, *leg, score),
                    [yes](Measures* measures) { Observe(yes, &measures->fcr_survey); });
    }
  }
}

// A survey answer counts where the contact it is about counts.
Labels MeasureBuilder::Impl::LabelsOfAnswer(const PolicyJourney& journey, const Leg& leg,
                                            const Score& score) const {
  int32_t contact = kNoContact;
  if (!score.about_id.empty()) contact = journey.ContactOf(leg.source, score.about_id);
  if (contact == kNoContact) contact = journey.ContactOf(&leg);
  if (contact == kNoContact) return LabelsOf(leg, query.group_by);
  return LabelsOf(journey.contacts()[static_cast<size_t>(contact)], query.group_by);
}

void MeasureBuilder::Impl::ListContacts(CustomerId customer, const PolicyJourney& journey) {
  const Contacts& contacts = journey.contacts();
  for (size_t i = 0; i < contacts.size(); ++i) {
    const FoldedContact& folded = contacts[i];
    if (!period.Holds(folded.start_us)) continue;
    const ContactFacts facts = FactsOf(journey, static_cast<int32_t>(i), watermark_us);
    Contact& contact = report.contacts.emplace_back();
    contact.id = KeyOf(folded.first());
    contact.customer = customer;
    contact.start = ToTimestamp(folded.start_us);
    contact.end = ToTimestamp(folded.end_us);
    contact.channel = folded.first().channel;
    contact.custom_channel = std::string(folded.first().details->custom_channel);
    contact.purpose = folded.first().purpose;
    if (folded.topics != nullptr) {
      contact.topics.assign(folded.topics->topics.begin(), folded.topics->topics.end());
    }
    contact.outcome = folded.outcome;
    contact.queue = std::string(QueueOf(folded));
    contact.base = facts.base;
    contact.mature = facts.mature;
    contact.has_return = facts.has_return;
    if (facts.has_prior) {
      contact.prior = KeyOf(contacts[static_cast<size_t>(folded.prior)].first());
      contact.gap = Duration(journey.GapOf(static_cast<int32_t>(i)));
    }
    if (folded.episode >= 0) {
      const FoldedEpisode& episode = journey.episodes()[static_cast<size_t>(folded.episode)];
      contact.episode = KeyOf(contacts[static_cast<size_t>(episode.contacts.front())].first());
    }
    contact.transfers = folded.transfers;
    for (const Leg* leg : folded.legs) {
      contact.legs.push_back(KeyOf(*leg));
      if (IsInbound(*leg)) ++contact.customer_messages;
      if (leg->direction == Direction::kOut && !leg->automated) ++contact.agent_replies;
    }
  }
}

void MeasureBuilder::Impl::ListEpisodes(CustomerId customer, const PolicyJourney& journey) {
  const Contacts& contacts = journey.contacts();
  for (const FoldedEpisode& folded : journey.episodes()) {
    const FoldedContact& root = contacts[static_cast<size_t>(folded.contacts.front())];
    if (!period.Holds(root.start_us)) continue;
    Episode& episode = report.episodes.emplace_back();
    episode.id = KeyOf(root.first());
    episode.customer = customer;
    episode.start = ToTimestamp(root.start_us);
    for (int32_t index : folded.contacts) {
      const FoldedContact& contact = contacts[static_cast<size_t>(index)];
      episode.contacts.push_back(KeyOf(contact.first()));
      episode.channels.push_back(contact.first().channel);
      episode.end = ToTimestamp(contact.end_us);
    }
  }
}

RepeatReport MeasureBuilder::Finish() {
  RepeatReport report = std::move(impl_->report);
  report.total = impl_->gross.total;
  if (impl_->net_policy != nullptr) report.net = impl_->net.total;
  for (auto& [label, group] : impl_->gross.groups) {
    MeasureGroup& out = report.groups.emplace_back();
    out.label = label;
    out.measures = group.measures;
    out.repeats_by_prior.assign(group.repeats_by_prior.begin(), group.repeats_by_prior.end());
    SortByCount(&out.repeats_by_prior);
  }
  std::sort(report.groups.begin(), report.groups.end(),
            [](const MeasureGroup& a, const MeasureGroup& b) {
              return a.measures.contacts != b.measures.contacts
                         ? a.measures.contacts > b.measures.contacts
                         : a.label < b.label;
            });
  const auto by_start = [](const auto& a, const auto& b) {
    return a.start != b.start ? a.start < b.start : a.id < b.id;
  };
  std::sort(report.contacts.begin(), report.contacts.end(), by_start);
  std::sort(report.episodes.begin(), report.episodes.end(), by_start);
  return report;
}

}  // namespace cxjourney::journey
