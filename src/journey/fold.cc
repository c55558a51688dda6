// Legs to contacts: the fold, leg by leg in order.
#include <algorithm>
#include <span>
#include <utility>

#include "journey/compiled.h"
#include "journey/journey.h"
#include "journey/rules.h"
#include "model/vocabulary.h"

namespace cxjourney::journey {
namespace {

bool IsResolved(Outcome outcome) {
  return outcome == Outcome::kResolved || outcome == Outcome::kResolvedConfirmed;
}

// The leg says that the customer wants something.
bool Asks(const Leg& leg) {
  return IsInbound(leg) && model::IsServicePurpose(leg.purpose) && !leg.automated;
}

// And not by a slip of the finger.
bool Starts(const Leg& leg, const Policy& policy) {
  if (!Asks(leg)) return false;
  return !(leg.handled_by == HandledBy::kNone && leg.has_end &&
           SaturatingSubtract(leg.end_us, leg.time_us) < policy.short_abandon.count());
}

}  // namespace

bool IsMaterial(const Leg& leg) {
  return leg.direction != Direction::kInternal && model::IsServicePurpose(leg.purpose) &&
         !leg.automated;
}

bool MayMatter(const Leg& leg) {
  return Asks(leg) || leg.has_scores || leg.purpose_defaulted ||
         !leg.details->conversation_id.empty() || !leg.details->parent_id.empty();
}

bool IsPromise(const Leg& leg) {
  return leg.outcome == Outcome::kPendingCompany && leg.has_follow_up;
}

bool IsReply(const Leg& leg) { return leg.direction == Direction::kOut && IsMaterial(leg); }

// Made when it is first asked for: whoever opens a store before main() asks early.
const PolicyJourney::Rare& PolicyJourney::NothingRare() {
  static const Rare nothing;
  return nothing;
}

PolicyJourney::PolicyJourney(const CompiledPolicy* policy, bool identified)
    : policy_(policy), identified_(identified) {}

void PolicyJourney::Clear() { *this = PolicyJourney(policy_, identified_); }

void PolicyJourney::Rebuild(const Timeline& timeline) {
  Clear();
  for (const Leg* leg : timeline) {
    if (MayMatter(*leg)) Fold(leg);
  }
  LinkAll();
  for (size_t i = 0; i < episodes_.size(); ++i) KeepLegs(static_cast<int32_t>(i));
}

void PolicyJourney::Append(const Leg* leg, std::vector<PriorChange>* changes) {
  Update(leg, Fold(leg), changes);
}

bool PolicyJourney::Insert(const Leg* leg, std::vector<PriorChange>* changes) {
  if (!StandsAlone(*leg)) return false;
  const auto behind = std::upper_bound(
      contacts_.begin(), contacts_.end(), leg, [](const Leg* late, const FoldedContact& contact) {
        return late->time_us != contact.start_us ? late->time_us < contact.start_us
                                                 : *late < contact.first();
      });
  const auto place = static_cast<size_t>(behind - contacts_.begin());
  Update(leg, Place(leg, kNoContact, Starts(*leg, policy_->policy()), place), changes);
  return true;
}

// Whatever the leg's place in order, it joins no contact, and nothing that is there joins its own.
bool PolicyJourney::StandsAlone(const Leg& leg) const {
  if (policy_->policy().forwarded_within.count() > 0) return false;
  if (rare().awaited.contains(std::pair(leg.source, leg.id))) return false;
  const std::string_view conversation = leg.details->conversation_id;
  const std::string_view parent = leg.details->parent_id;
  if (!parent.empty() && RefOf(leg.source, parent) != kNoContact) return false;
  return conversation.empty() ||
         !rare().conversations.contains(std::pair(leg.source, conversation));
}

void PolicyJourney::Update(const Leg* leg, const FoldChange& change,
                           std::vector<PriorChange>* changes) {
  if (change.contact < 0) return;
  Relinking relinking{changes, {}};
  Relink(change, &relinking);
  UpdateOpen(change.contact);
  NoteLegs(leg, change.contact, &relinking);
}

int32_t PolicyJourney::ContactOf(const Leg* leg) const {
  return MayBeOfContact(*leg) ? std::max(RefOf(leg), kNoContact) : kNoContact;
}

int32_t PolicyJourney::ContactOf(std::string_view source, std::string_view id) const {
  return std::max(RefOf(source, id), kNoContact);
}

// The newest first: who has just recorded one asks for it.
template <class IsWanted>
PolicyJourney::Ref PolicyJourney::WalkLegs(IsWanted is_wanted) const {
  const auto has = [&](const FoldedContact& contact) {
    return std::any_of(contact.legs.begin(), contact.legs.end(), is_wanted);
  };
  for (size_t i = contacts_.size(); i-- > 0;) {
    if (has(contacts_[i])) return static_cast<Ref>(i);
  }
  const std::vector<FoldedContact>& hidden = rare().hidden;
  for (size_t i = 0; i < hidden.size(); ++i) {
    if (has(hidden[i])) return Hidden(i);
  }
  return kNoContact;
}

PolicyJourney::Ref PolicyJourney::RefOf(const Leg* leg) const {
  if (legs_ != nullptr) return RefOf(leg->source, leg->id);
  return WalkLegs([leg](const Leg* other) { return other == leg; });
}

PolicyJourney::Ref PolicyJourney::RefOf(std::string_view source, std::string_view id) const {
  if (legs_ == nullptr) {
    return WalkLegs([&](const Leg* leg) { return leg->id == id && leg->source == source; });
  }
  const auto found = legs_->find(KeyView(source, id));
  return found == legs_->end() ? kNoContact : found->second;
}

// REQUIRES: the contact has it.
void PolicyJourney::NoteLeg(const Leg* leg, Ref ref) {
  if (++leg_count_ <= kWalkedLegs) return;
  if (legs_ != nullptr) {
    legs_->emplace(leg, ref);
    return;
  }
  legs_ = std::make_unique<LegTable>();
  const auto add = [this](const FoldedContact& contact, Ref of) {
    for (const Leg* member : contact.legs) legs_->emplace(member, of);
  };
  for (size_t i = 0; i < contacts_.size(); ++i) add(contacts_[i], static_cast<Ref>(i));
  for (size_t i = 0; i < rare().hidden.size(); ++i) add(rare().hidden[i], Hidden(i));
}

const FoldedContact& PolicyJourney::Get(Ref ref) const {
  return ref >= 0 ? contacts_[static_cast<size_t>(ref)]
                  : rare_->hidden[static_cast<size_t>(-2 - ref)];
}
FoldedContact& PolicyJourney::Get(Ref ref) {
  return const_cast<FoldedContact&>(std::as_const(*this).Get(ref));
}

PolicyJourney::FoldChange PolicyJourney::Fold(const Leg* leg) {
  const bool starts = Starts(*leg, policy_->policy());
  return Place(leg, FindContact(*leg, starts), starts, contacts_.size());
}

// Into its contact; into a new one, at that place among the others; or nowhere.
PolicyJourney::FoldChange PolicyJourney::Place(const Leg* leg, Ref ref, bool starts, size_t place) {
  has_answers_ = has_answers_ || leg->has_scores || leg->purpose_defaulted;
  if (!leg->details->parent_id.empty() &&
      RefOf(leg->source, leg->details->parent_id) == kNoContact) {
    AddRare().awaited.emplace(leg->source, leg->details->parent_id);
  }
  FoldChange change;
  if (ref != kNoContact) {
    change = Join(leg, ref);
  } else if (starts) {
    ref = NewContact(leg, place);
    change = FoldChange{.contact = ref, .created = true};
  }
  if (ref != kNoContact) NoteLeg(leg, ref);
  if (!leg->details->conversation_id.empty()) NoteConversation(leg, ref);
  return change;
}

// The contact that takes the leg, or kNoContact: it starts one, or is history only.
PolicyJourney::Ref PolicyJourney::FindContact(const Leg& leg, bool starts) const {
  if (!leg.details->parent_id.empty()) {
    const Ref parent = RefOf(leg.source, leg.details->parent_id);
    if (parent != kNoContact) return parent;
  }
  if (!leg.details->conversation_id.empty()) {
    const auto& conversations = rare().conversations;
    const auto it = conversations.find(std::pair(leg.source, leg.details->conversation_id));
    if (it != conversations.end() && it->second.contact != kNoContact) {
      const FoldedContact& contact = Get(it->second.contact);
      const bool reopens = starts && (IsResolved(contact.outcome) ||
                                      SaturatingSubtract(leg.time_us, contact.end_us) >
                                          policy_->policy().fold_gap.count());
      if (!reopens) return it->second.contact;
    }
  }
  return starts ? Forwarded(leg, contacts_.size()) : kNoContact;
}

// Otherwise FindContact finds none, whatever else there is.
bool PolicyJourney::MayBeOfContact(const Leg& leg) const {
  return Starts(leg, policy_->policy()) || !leg.details->parent_id.empty() ||
         !leg.details->conversation_id.empty();
}

// Where no link between the legs of a transfer is recorded, a second start on the same channel
// soon after the first is taken for one.
PolicyJourney::Ref PolicyJourney::Forwarded(const Leg& leg, size_t existing) const {
  const int64_t within_us = policy_->policy().forwarded_within.count();
  if (within_us <= 0 || !identified_) return kNoContact;
  // Contacts of one channel all exist under the policy, or are all hidden.
  const bool exist = policy_->impl().Exists(leg);
  const auto contacts = exist ? std::span<const FoldedContact>(contacts_).first(existing)
                              : std::span<const FoldedContact>(rare().hidden);
  for (size_t i = contacts.size(); i-- > 0;) {
    if (SaturatingSubtract(leg.time_us, contacts[i].start_us) >= within_us) break;
    if (SameChannel(contacts[i].first(), leg)) return exist ? static_cast<Ref>(i) : Hidden(i);
  }
  return kNoContact;
}

PolicyJourney::Ref PolicyJourney::NewContact(const Leg* leg, size_t place) {
  const bool exists = policy_->impl().Exists(*leg);
  if (exists && place < contacts_.size()) Renumber(static_cast<Ref>(place));
  const Ref ref = exists ? static_cast<Ref>(place) : Hidden(rare().hidden.size());
  const bool last = place == contacts_.size();
  FoldedContact& contact =
      !exists ? AddRare().hidden.emplace_back()
      : last  ? contacts_.emplace_back()
              : *contacts_.emplace(contacts_.begin() + static_cast<ptrdiff_t>(place));
  contact.start_us = leg->time_us;
  contact.end_us = leg->time_us;
  contact.channel = leg->channel;
  Join(leg, ref);
  return ref;
}

// Makes room for a contact at `first`, but in the lists of episodes: they are filled anew from
// there on, or see InsertIntoEpisode.
void PolicyJourney::Renumber(Ref first) {
  const auto move = [first](Ref* ref) {
    if (*ref >= first) ++*ref;
  };
  for (size_t i = static_cast<size_t>(first); i < contacts_.size(); ++i) move(&contacts_[i].prior);
  if (legs_ != nullptr) RenumberLegs(first);
  if (rare_ == nullptr) return;
  for (auto& [key, conversation] : rare_->conversations) move(&conversation.contact);
  for (auto& [episode, legs] : rare_->big_episodes) {
    move(&legs.topics);
    move(&legs.outcome);
  }
}

// One by one those of the contacts behind, which are few where a touchpoint is little late.
void PolicyJourney::RenumberLegs(Ref first) {
  constexpr size_t kFew = 8;  // Finding one costs as much as going over so many.
  const std::span<const FoldedContact> contacts(contacts_);
  const auto behind = contacts.subspan(static_cast<size_t>(first));
  if (behind.size() > contacts.size() / kFew) {
    for (auto& [leg, contact] : *legs_) contact += contact >= first ? 1 : 0;
    return;
  }
  for (const FoldedContact& contact : behind) {
    for (const Leg* leg : contact.legs) {
      const auto found = legs_->find(leg);
      if (found != legs_->end()) ++found->second;
    }
  }
}

PolicyJourney::FoldChange PolicyJourney::Join(const Leg* leg, Ref ref) {
  FoldedContact& contact = Get(ref);
  FoldChange change{.contact = ref, .old_end_us = contact.end_us};
  contact.legs.push_back(leg);
  if (leg->relation == Relation::kTransfer) ++contact.transfers;
  contact.bots_only = contact.bots_only && leg->handled_by == HandledBy::kBot;
  if (IsMaterial(*leg)) {
    contact.end_us = std::max(contact.end_us, leg->end_us);
    contact.handled = contact.handled || leg->handled_by != HandledBy::kNone;
  }
  if (model::IsKnownOutcome(leg->outcome)) contact.outcome = leg->outcome;
  if (HasTopics(*leg)) {
    change.match_changed = policy_->policy().topic != TopicMatch::kAny &&
                           (contact.topics == nullptr || contact.topics->topics != leg->topics);
    contact.topics = leg;
    contact.topic_hash = leg->topic_hash;
  }
  const bool base = contact.handled && !policy_->impl().Excludes(contact.topics);
  change.match_changed = change.match_changed || base != contact.base;
  contact.base = base;
  if (ref >= 0) {
    longest_us_ = std::max(longest_us_, SaturatingSubtract(contact.end_us, contact.start_us));
  }
  return change;
}

// Follows the conversation: which contact has it, and which of its promises wait for a reply.
void PolicyJourney::NoteConversation(const Leg* leg, Ref ref) {
  Rare& rare = AddRare();
  Conversation& conversation =
      rare.conversations[std::pair(leg->source, leg->details->conversation_id)];
  if (ref != kNoContact) conversation.contact = ref;
  if (ref >= 0 && !conversation.unclaimed.empty()) {
    rare.claimed[leg] = std::move(conversation.unclaimed);
    conversation.unclaimed.clear();
  }
  if (IsReply(*leg) && !conversation.promises.empty()) {
    // What this reply is too late for, every later one is too late for as well.
    for (const Leg* promise : conversation.promises) {
      if (leg->time_us <= promise->details->follow_up_due_us) rare.kept.insert(promise);
    }
    conversation.promises.clear();
  }
  if (IsPromise(*leg)) {
    conversation.promises.push_back(leg);
    if (ref == kNoContact) conversation.unclaimed.push_back(leg);
  }
}

}  // namespace cxjourney::journey
