#include "tests/oracle/naive_tracker.h"

#include <algorithm>

namespace cxjourney::oracle {
namespace {

// One contact as the public type tells it.
Contact Describe(const NaiveContact& c, const std::vector<NaiveContact>& all, const Policy& policy,
                 Timestamp watermark) {
  Contact out;
  out.id = c.key();
  out.customer = static_cast<CustomerId>(c.timeline + 1);
  out.start = c.start;
  out.end = c.end;
  out.channel = c.legs.front().channel;
  out.custom_channel = c.legs.front().custom_channel;
  out.purpose = PurposeOf(c.legs.front());
  out.topics = c.topics;
  out.outcome = c.outcome;
  out.base = c.base;
  out.mature = IsMature(c, policy, watermark);
  out.has_return = c.has_return;
  if (c.prior) out.prior = all[*c.prior].key();
  out.gap = c.gap;
  if (c.episode) out.episode = all[*c.episode].key();
  for (const Touchpoint& leg : c.legs) {
    const Direction direction = DirectionOf(leg);
    out.legs.push_back({leg.source, leg.id});
    if (out.queue.empty()) out.queue = leg.queue;
    if (leg.relation == Relation::kTransfer) out.transfers += 1;
    if (direction == Direction::kOut && !leg.automated) out.agent_replies += 1;
    if (direction == Direction::kIn) out.customer_messages += 1;
  }
  return out;
}

// The episodes by root, each with its contacts in order.
std::vector<Episode> DescribeEpisodes(const std::vector<NaiveContact>& all) {
  std::map<size_t, Episode> episodes;
  for (const NaiveContact& c : all) {
    if (!c.episode) continue;
    Episode& episode = episodes[*c.episode];
    if (episode.contacts.empty()) {
      episode.id = c.key();
      episode.customer = static_cast<CustomerId>(c.timeline + 1);
      episode.start = c.start;
    }
    episode.contacts.push_back(c.key());
    episode.channels.push_back(c.legs.front().channel);
    episode.end = c.end;
  }
  std::vector<Episode> list;
  for (auto& [root, episode] : episodes) list.push_back(std::move(episode));
  return list;
}

}  // namespace

NaiveAnswers::NaiveAnswers(const IdentityRules& rules, const Evidence& evidence)
    : identity_(rules, evidence),
      counting_(evidence.CountingTouchpoints()),
      timelines_(Timelines(identity_, counting_)) {}

std::vector<TouchpointKey> NaiveAnswers::History(const std::set<Id>& customer) const {
  std::vector<TouchpointKey> keys;
  for (const NaiveTimeline& timeline : timelines_) {
    if (timeline.customer != customer) continue;
    for (const Touchpoint& x : timeline.touchpoints) keys.push_back({x.source, x.id});
  }
  return keys;
}

RepeatReport NaiveAnswers::Repeats(const RepeatQuery& query, Timestamp watermark) const {
  const auto in_period = [&](Timestamp time) { return query.from <= time && time < query.until; };
  const std::vector<NaiveContact> contacts = Contacts(timelines_, query.policy);
  RepeatReport report;
  report.policy = query.policy;
  report.from = query.from;
  report.until = query.until;
  report.watermark = watermark;
  report.total =
      ComputeMeasures(contacts, counting_, query.policy, query.from, query.until, watermark);
  for (const NaiveContact& c : contacts) {
    if (in_period(c.start)) {
      report.contacts.push_back(Describe(c, contacts, query.policy, watermark));
    }
  }
  for (Episode& episode : DescribeEpisodes(contacts)) {
    if (in_period(episode.start)) report.episodes.push_back(std::move(episode));
  }
  if (!query.net_of_topics.empty()) {
    Policy net = query.policy;
    net.exclude_base_topics.insert(net.exclude_base_topics.end(), query.net_of_topics.begin(),
                                   query.net_of_topics.end());
    report.net = ComputeMeasures(Contacts(timelines_, net), counting_, net, query.from, query.until,
                                 watermark);
  }
  return report;
}

Priors NaiveAnswers::PriorsUnder(const Policy& policy) const {
  const std::vector<NaiveContact> contacts = Contacts(timelines_, policy);
  Priors priors;
  for (const NaiveContact& c : contacts) {
    if (c.prior) priors[c.key()] = {c.start, contacts[*c.prior].key()};
  }
  return priors;
}

std::optional<NaiveAnswers::Verdict> NaiveAnswers::VerdictOn(const TouchpointKey& key,
                                                             const Policy& policy) const {
  const std::vector<NaiveContact> contacts = Contacts(timelines_, policy);
  for (const NaiveContact& c : contacts) {
    const bool holds = std::any_of(c.legs.begin(), c.legs.end(), [&](const Touchpoint& leg) {
      return leg.source == key.source && leg.id == key.id;
    });
    if (!holds) continue;
    Verdict verdict;
    verdict.contact = c.key();
    verdict.repeat.policy = policy.name;
    if (c.prior) verdict.repeat.repeat_of = contacts[*c.prior].key();
    verdict.repeat.gap = c.gap;
    if (!c.episode) return verdict;
    verdict.repeat.episode = contacts[*c.episode].key();
    verdict.repeat.contacts_in_episode = static_cast<uint32_t>(
        std::count_if(contacts.begin(), contacts.end(),
                      [&](const NaiveContact& other) { return other.episode == c.episode; }));
    return verdict;
  }
  return std::nullopt;
}

// The customer's contacts that start before, and this one behind them, linked anew. One that would
// be taken for forwarded is a leg of the contact before it, which nothing comes behind then.
RepeatVerdict NaiveAnswers::Foresee(const std::set<Id>& customer, const RepeatCheck& check,
                                    const Policy& policy) const {
  RepeatVerdict verdict;
  verdict.policy = policy.name;
  const std::vector<Channel>& only = policy.only_channels;
  if (!only.empty() && std::count(only.begin(), only.end(), check.channel) == 0) return verdict;
  std::vector<NaiveContact> own;
  for (NaiveContact& c : Contacts(timelines_, policy)) {
    if (timelines_[c.timeline].customer != customer || c.start >= *check.start) continue;
    c.prior.reset();
    c.episode.reset();
    own.push_back(std::move(c));
  }
  if (own.empty()) return verdict;
  NaiveContact next;
  next.timeline = own.front().timeline;
  next.identified = true;
  next.start = next.end = *check.start;
  next.topics = check.topics;
  next.legs.emplace_back();
  next.legs.front().channel = check.channel;
  next.legs.front().custom_channel = check.custom_channel;
  const auto taker = std::find_if(own.rbegin(), own.rend(), [&](const NaiveContact& c) {
    return c.legs.front().channel == check.channel &&
           c.legs.front().custom_channel == check.custom_channel;
  });
  if (taker != own.rend() && *check.start - taker->start < policy.forwarded_within) {
    if (!check.topics.empty()) taker->topics = check.topics;
    own.erase(taker.base(), own.end());
  } else {
    own.push_back(std::move(next));
  }
  LinkRepeats(policy, &own);
  const NaiveContact& last = own.back();
  if (!last.prior) return verdict;
  verdict.repeat_of = own[*last.prior].key();
  verdict.gap = last.gap;
  verdict.episode = own[*last.episode].key();
  verdict.contacts_in_episode = static_cast<uint32_t>(std::count_if(
      own.begin(), own.end(), [&](const NaiveContact& c) { return c.episode == last.episode; }));
  return verdict;
}

RecordOutcome NaiveTracker::Record(const Touchpoint& touchpoint, Timestamp now) {
  return evidence_.Record(touchpoint, now);
}

AssertionAnswer NaiveTracker::MustLink(const std::vector<Id>& ids) {
  if (NaiveIdentity(rules_, evidence_).RefusesMustLink(ids)) {
    return {Code::kFailedPrecondition, 0};
  }
  return {Code::kOk, evidence_.Assert({AssertionKind::kMustLink, 0, ids, 0, {}})};
}

AssertionAnswer NaiveTracker::CannotLink(const Id& a, const Id& b) {
  return {Code::kOk, evidence_.Assert({AssertionKind::kCannotLink, 0, {a, b}, 0, {}})};
}

AssertionAnswer NaiveTracker::Block(const Id& id) {
  return {Code::kOk, evidence_.Assert({AssertionKind::kBlock, 0, {id}, 0, {}})};
}

AssertionAnswer NaiveTracker::Unblock(const Id& id) {
  if (evidence_.BlockedIds().count(id) == 0) return {Code::kNotFound, 0};
  return {Code::kOk, evidence_.Assert({AssertionKind::kUnblock, 0, {id}, 0, {}})};
}

AssertionAnswer NaiveTracker::Retract(uint64_t assertion) {
  if (!evidence_.HasAssertion(assertion)) return {Code::kNotFound, 0};
  return {Code::kOk, evidence_.Assert({AssertionKind::kRetractAssertion, 0, {}, assertion, {}})};
}

AssertionAnswer NaiveTracker::Retract(const TouchpointKey& key) {
  if (!evidence_.HasTouchpoint(key)) return {Code::kNotFound, 0};
  return {Code::kOk, evidence_.Assert({AssertionKind::kRetractTouchpoint, 0, {}, 0, key})};
}

}  // namespace cxjourney::oracle
