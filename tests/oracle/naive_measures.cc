// The measures of the definition, one after the other.
#include <algorithm>
#include <map>

#include "tests/oracle/naive_contacts.h"

namespace cxjourney::oracle {
namespace {

bool LeftOpen(Outcome outcome) {
  return outcome == Outcome::kUnresolved || outcome == Outcome::kEscalated ||
         outcome == Outcome::kPendingCompany || outcome == Outcome::kFailed;
}

bool HasTransfer(const NaiveContact& c) {
  return std::any_of(c.legs.begin(), c.legs.end(),
                     [](const Touchpoint& leg) { return leg.relation == Relation::kTransfer; });
}

bool BotOnly(const NaiveContact& c) {
  return std::all_of(c.legs.begin(), c.legs.end(),
                     [](const Touchpoint& leg) { return HandledOf(leg) == HandledBy::kBot; });
}

void Count(bool hit, Ratio* ratio) {
  ratio->denominator += 1;
  if (hit) ratio->numerator += 1;
}

void CountContact(const NaiveContact& c, const std::vector<NaiveContact>& all, bool mature,
                  Measures* m) {
  m->contacts += 1;
  Count(c.identified, &m->identified);
  Count(c.prior.has_value(), &m->rcr);
  if (c.prior) {
    const Touchpoint& prior = all[*c.prior].legs.front();
    const Touchpoint& own = c.legs.front();
    const bool same = prior.channel == own.channel && prior.custom_channel == own.custom_channel;
    if (!same) m->channel_switch_repeats += 1;
  }
  if (!c.base) return;
  m->base_contacts += 1;
  if (!mature) m->immature_base += 1;
  if (mature) Count(!c.has_return, &m->fcr_forward);
  if (mature && BotOnly(c)) Count(!c.has_return, &m->bot_contained_no_return);
  Count(mature && !c.has_return, &m->fcr_forward_bounds.lower);
  Count(!c.has_return, &m->fcr_forward_bounds.upper);
}

void CountEpisode(const std::vector<const NaiveContact*>& contacts, bool mature, Measures* m) {
  const NaiveContact& root = *contacts.front();
  const auto size = static_cast<int64_t>(contacts.size());
  const bool good = size == 1 && !LeftOpen(root.outcome);
  const bool resolved =
      root.outcome == Outcome::kResolved || root.outcome == Outcome::kResolvedConfirmed;
  m->episodes += 1;
  m->longest_episode = std::max(m->longest_episode, size);
  Count(mature && good, &m->fcr_issue_bounds.lower);
  Count(good, &m->fcr_issue_bounds.upper);
  if (!mature) {
    m->immature_episodes += 1;
    return;
  }
  Count(good, &m->fcr_issue);
  Count(good && !HasTransfer(root), &m->fpr_issue);
  Count(good && resolved, &m->resolved_strict);
  m->one_and_done.denominator += size;
  if (size == 1) m->one_and_done.numerator += 1;
}

}  // namespace

Measures ComputeMeasures(const std::vector<NaiveContact>& contacts,
                         const std::vector<Touchpoint>& counting, const Policy& policy,
                         Timestamp from, Timestamp until, Timestamp watermark) {
  const auto in_period = [&](Timestamp time) { return from <= time && time < until; };
  Measures m;
  std::map<size_t, std::vector<const NaiveContact*>> episodes;
  for (const NaiveContact& c : contacts) {
    if (c.episode) episodes[*c.episode].push_back(&c);
    if (in_period(c.start)) CountContact(c, contacts, IsMature(c, policy, watermark), &m);
  }
  for (const auto& [root, members] : episodes) {
    const NaiveContact& first = *members.front();
    if (in_period(first.start)) CountEpisode(members, IsMature(first, policy, watermark), &m);
  }
  for (const Touchpoint& x : counting) {
    if (!in_period(*x.event_time)) continue;
    if (x.purpose == Purpose::kUnspecified) m.defaulted_purposes += 1;
    for (const Score& score : x.scores) {
      if (score.kind == ScoreKind::kFcr) Count(score.value > 0, &m.fcr_survey);
    }
  }
  return m;
}

}  // namespace cxjourney::oracle
