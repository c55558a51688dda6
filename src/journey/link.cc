// Repeat links between contacts, and the episodes they make.
//
// Only a base contact is ever a prior. So an episode is a tree that grows from its root: a
// contact belongs to its prior's episode, a base contact without a prior roots one, and any other
// contact belongs to none.
#include <algorithm>

#include "journey/compiled.h"
#include "journey/journey.h"

namespace cxjourney::journey {

bool PolicyJourney::IsMature(int32_t contact, int64_t watermark_us) const {
  const CompiledPolicy::Impl& rules = policy_->impl();
  return watermark_us >= rules.MatureAt(rules.Anchor(Get(contact)));
}

bool PolicyJourney::HasReturn(int32_t contact) const {
  const FoldedContact& base = Get(contact);
  if (!identified_ || !base.base) return false;
  if (policy_->policy().chain == Chain::kFromFirst) {
    // The next one that joined took the episode's last base contact as its prior.
    return episodes_[static_cast<size_t>(base.episode)].contacts.back() != contact;
  }
  const CompiledPolicy::Impl& rules = policy_->impl();
  const int64_t last_start_us = SaturatingAdd(rules.Anchor(base), rules.reach_us);
  for (size_t i = static_cast<size_t>(contact) + 1; i < contacts_.size(); ++i) {
    if (contacts_[i].start_us > last_start_us) return false;
    // A prior matches; to find that out again means to look at the legs.
    if (contacts_[i].prior == contact || rules.Matches(base, contacts_[i])) return true;
  }
  return false;
}

void PolicyJourney::LinkAll() {
  Relinking relinking;
  const int32_t count = static_cast<int32_t>(contacts_.size());
  if (policy_->policy().chain == Chain::kFromFirst) {
    RelinkFromFirst(0, &relinking);
  } else {
    for (int32_t i = 0; i < count; ++i) SetPrior(i, FindPrior(Get(i), i), &relinking);
    FillEpisodes(0, &relinking);
  }
}

void PolicyJourney::Relink(const FoldChange& change, Relinking* relinking) {
  const int32_t first = FirstToRelink(change);
  if (first == static_cast<int32_t>(contacts_.size())) return;
  if (policy_->policy().chain == Chain::kFromFirst) {
    RelinkFromFirst(first, relinking);
  } else {
    RelinkRolling(first, change, relinking);
  }
  // A contact of one leg at the end of an episode: that leg is all that is new in the episode.
  if (change.created && change.contact + 1 == static_cast<int32_t>(contacts_.size())) {
    relinking->touched.clear();
  }
}

// The first contact whose link can have changed.
int32_t PolicyJourney::FirstToRelink(const FoldChange& change) const {
  if (change.created || change.match_changed) return change.contact;
  const FoldedContact& contact = Get(change.contact);
  const bool anchor_moved = policy_->policy().anchor == AnchorPoint::kEnd && contact.base &&
                            contact.end_us != change.old_end_us;
  if (!anchor_moved) return static_cast<int32_t>(contacts_.size());
  // What starts before the old end is inside the window of either end, with a gap of 0.
  return std::max(change.contact + 1, FirstStartingAfter(change.old_end_us));
}

int32_t PolicyJourney::FirstStartingAfter(int64_t time_us) const {
  const auto it = std::upper_bound(
      contacts_.begin(), contacts_.end(), time_us,
      [](int64_t time, const FoldedContact& contact) { return time < contact.start_us; });
  return static_cast<int32_t>(it - contacts_.begin());
}

void PolicyJourney::RelinkRolling(int32_t first, const FoldChange& change, Relinking* relinking) {
  if (change.created) return LinkNew(change.contact, relinking);
  const CompiledPolicy::Impl& rules = policy_->impl();
  // Contacts beyond the changed one's window can't have had it as a prior and do not get it: an
  // end never moves back.
  const int32_t last =
      FirstStartingAfter(SaturatingAdd(rules.Anchor(Get(change.contact)), rules.reach_us));
  // A contact that became a base, or ceased to be one, may root an episode without any new link.
  int32_t lowest = change.match_changed ? change.contact : last;
  for (int32_t i = first; i < last; ++i) {
    if (SetPrior(i, FindPrior(Get(i), i), relinking)) lowest = std::min(lowest, i);
  }
  if (lowest < last) FillEpisodes(lowest, relinking);
}

void PolicyJourney::LinkNew(int32_t index, Relinking* relinking) {
  const int32_t prior = FindPrior(Get(index), index);
  SetPrior(index, prior, relinking);
  const int32_t episode = prior < 0 ? -1 : Get(prior).episode;
  if (index + 1 == static_cast<int32_t>(contacts_.size()))
    return AddToEpisode(index, episode, relinking);
  const bool roots = prior < 0 && Get(index).base;
  if (TakeOver(index, relinking) && !roots) {
    InsertIntoEpisode(index, episode);
  } else {
    FillEpisodes(index, relinking);
  }
}

// The new contact becomes the prior of those behind it that it is nearer to than theirs. True: all
// of them belong to its own prior's episode already.
bool PolicyJourney::TakeOver(int32_t index, Relinking* relinking) {
  const FoldedContact& added = Get(index);
  if (!identified_ || !added.base) return true;
  const CompiledPolicy::Impl& rules = policy_->impl();
  const int32_t episode = added.prior < 0 ? -1 : Get(added.prior).episode;
  const int32_t last = FirstStartingAfter(SaturatingAdd(rules.Anchor(added), rules.reach_us));
  bool inside = true;
  for (int32_t i = index + 1; i < last; ++i) {
    const FoldedContact& later = Get(i);
    if (later.prior > index || !rules.Matches(added, later)) continue;
    inside = inside && later.prior >= 0 && later.episode == episode;
    SetPrior(i, index, relinking);
  }
  return inside;
}

// -1: into none. REQUIRES: no other contact changes its episode, and those behind it have their new
// numbers.
void PolicyJourney::InsertIntoEpisode(int32_t index, int32_t episode) {
  const auto renumber = [index](auto* ascending) {
    for (auto it = ascending->rbegin(); it != ascending->rend() && *it >= index; ++it) ++*it;
  };
  for (FoldedEpisode& one : episodes_) renumber(&one.contacts);
  renumber(&open_);
  if (episode < 0) return;
  auto& members = episodes_[static_cast<size_t>(episode)].contacts;
  if (members.back() < index) SetOpen(members.back(), false);
  members.insert(std::lower_bound(members.begin(), members.end(), index), index);
  Get(index).episode = episode;
}

void PolicyJourney::RelinkFromFirst(int32_t first, Relinking* relinking) {
  TruncateEpisodes(first, relinking);
  const int32_t count = static_cast<int32_t>(contacts_.size());
  for (int32_t i = first; i < count; ++i) {
    const int32_t episode = FindEpisode(Get(i), i);
    SetPrior(i, episode < 0 ? kNoContact : LastBase(episode, i), relinking);
    AddToEpisode(i, episode, relinking);
  }
}

// True: the prior is another one than before.
bool PolicyJourney::SetPrior(int32_t index, int32_t prior, Relinking* relinking) {
  FoldedContact& contact = Get(index);
  const int32_t old_prior = contact.prior;
  contact.prior = prior;
  if (prior == old_prior) return false;
  if (relinking->changes != nullptr) {
    const auto first_leg = [this](int32_t i) { return i < 0 ? nullptr : &Get(i).first(); };
    relinking->changes->push_back({&contact.first(), first_leg(prior), first_leg(old_prior)});
  }
  return true;
}

int64_t PolicyJourney::GapOf(int32_t contact) const {
  const int32_t prior = Get(contact).prior;
  return prior < 0 ? 0 : GapFrom(Get(prior), Get(contact));
}

int64_t PolicyJourney::GapFrom(const FoldedContact& prior, const FoldedContact& later) const {
  const int64_t anchor_us = policy_->impl().Anchor(prior);
  return std::max<int64_t>(0, SaturatingSubtract(later.start_us, anchor_us));
}

// No window of `earlier`, or of anything before it, gets as far as `later`.
bool PolicyJourney::OutOfReach(const FoldedContact& earlier, const FoldedContact& later) const {
  const int64_t latest_anchor_us = policy_->policy().anchor == AnchorPoint::kEnd
                                       ? SaturatingAdd(earlier.start_us, longest_us_)
                                       : earlier.start_us;
  return SaturatingSubtract(later.start_us, latest_anchor_us) > policy_->impl().reach_us;
}

int32_t PolicyJourney::FindPrior(const FoldedContact& later, int32_t end) const {
  if (!identified_) return kNoContact;
  for (int32_t i = end - 1; i >= 0; --i) {
    const FoldedContact& earlier = Get(i);
    if (OutOfReach(earlier, later)) break;
    if (earlier.base && policy_->impl().Matches(earlier, later)) return i;
  }
  return kNoContact;
}

// The newest episode whose root the contact matches, or -1.
int32_t PolicyJourney::FindEpisode(const FoldedContact& later, int32_t end) const {
  if (!identified_) return -1;
  const auto behind = std::partition_point(
      episodes_.begin(), episodes_.end(),
      [&](const FoldedEpisode& episode) { return episode.contacts.front() < end; });
  for (auto e = static_cast<size_t>(behind - episodes_.begin()); e-- > 0;) {
    const FoldedContact& root = Get(episodes_[e].contacts.front());
    if (OutOfReach(root, later)) break;
    if (policy_->impl().Matches(root, later)) return static_cast<int32_t>(e);
  }
  return -1;
}

// How many of the episode's contacts come before `end`.
size_t PolicyJourney::CountBefore(int32_t episode, int32_t end) const {
  const auto& contacts = episodes_[static_cast<size_t>(episode)].contacts;
  return static_cast<size_t>(std::lower_bound(contacts.begin(), contacts.end(), end) -
                             contacts.begin());
}

int32_t PolicyJourney::LastBase(int32_t episode, int32_t end) const {
  const int32_t last =
      episodes_[static_cast<size_t>(episode)].contacts[CountBefore(episode, end) - 1];
  return Get(last).base ? last : Get(last).prior;
}

PolicyJourney::Prospect PolicyJourney::Foresee(const Leg& leg) const {
  if (!policy_->impl().Exists(leg)) return {};
  const auto from = std::lower_bound(
      contacts_.begin(), contacts_.end(), leg.time_us,
      [](const FoldedContact& earlier, int64_t time_us) { return earlier.start_us < time_us; });
  auto end = static_cast<int32_t>(from - contacts_.begin());
  FoldedContact contact{.legs = {&leg}, .start_us = leg.time_us, .end_us = leg.time_us};
  if (const Ref taken = Forwarded(leg, static_cast<size_t>(end)); taken != kNoContact) {
    contact = Get(taken);
    end = taken;
  }
  if (HasTopics(leg)) {
    contact.topics = &leg;
    contact.topic_hash = leg.topic_hash;
  }
  Prospect prospect;
  if (policy_->policy().chain == Chain::kFromFirst) {
    const int32_t episode = FindEpisode(contact, end);
    if (episode >= 0) prospect.prior = LastBase(episode, end);
  } else {
    prospect.prior = FindPrior(contact, end);
  }
  if (prospect.prior == kNoContact) return prospect;
  prospect.gap_us = GapFrom(Get(prospect.prior), contact);
  prospect.contacts_in_episode =
      1 + static_cast<uint32_t>(CountBefore(Get(prospect.prior).episode, end));
  return prospect;
}

// Rolling: puts the contacts from `first` on into the episodes that their links say.
void PolicyJourney::FillEpisodes(int32_t first, Relinking* relinking) {
  TruncateEpisodes(first, relinking);
  const int32_t count = static_cast<int32_t>(contacts_.size());
  for (int32_t i = first; i < count; ++i) {
    const int32_t prior = Get(i).prior;
    AddToEpisode(i, prior < 0 ? -1 : Get(prior).episode, relinking);
  }
}

// -1: a new episode if the contact can root one, else none.
void PolicyJourney::AddToEpisode(int32_t index, int32_t episode, Relinking* relinking) {
  FoldedContact& contact = Get(index);
  if (episode < 0) {
    if (!contact.base) return;
    episode = static_cast<int32_t>(episodes_.size());
    episodes_.emplace_back();
  }
  auto& members = episodes_[static_cast<size_t>(episode)].contacts;
  if (!members.empty()) SetOpen(members.back(), false);
  members.push_back(index);
  contact.episode = episode;
  relinking->touched.push_back(episode);
  UpdateOpen(index);
}

// Takes the contacts from `first` on out of their episodes.
void PolicyJourney::TruncateEpisodes(int32_t first, Relinking* relinking) {
  for (int32_t i = static_cast<int32_t>(contacts_.size()); i-- > first;) {
    FoldedContact& contact = Get(i);
    if (contact.episode < 0) continue;
    // Contacts are taken from the newest to the oldest, so each is the last of its episode.
    episodes_[static_cast<size_t>(contact.episode)].contacts.pop_back();
    relinking->touched.push_back(contact.episode);
    contact.episode = -1;
  }
  open_.erase(std::lower_bound(open_.begin(), open_.end(), first), open_.end());
  while (!episodes_.empty() && episodes_.back().contacts.empty()) episodes_.pop_back();
  for (int32_t episode : relinking->touched) {
    if (episode < static_cast<int32_t>(episodes_.size())) {
      UpdateOpen(episodes_[static_cast<size_t>(episode)].contacts.back());
    }
  }
}

}  // namespace cxjourney::journey
