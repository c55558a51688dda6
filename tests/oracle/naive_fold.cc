// Step 2 of the definition: legs fold into contacts. And before that: whose legs they are.
#include <algorithm>
#include <map>
#include <utility>

#include "tests/oracle/naive_contacts.h"

namespace cxjourney::oracle {
namespace {

using Conversation = std::pair<std::string, std::string>;  // (source, conversation id)

bool IsService(Purpose purpose) {
  return purpose == Purpose::kQuestion || purpose == Purpose::kRequest ||
         purpose == Purpose::kComplaint || purpose == Purpose::kReturnGoods;
}

bool IsKnown(Outcome outcome) {
  return outcome != Outcome::kUnspecified && outcome != Outcome::kUnknown;
}

bool IsResolved(Outcome outcome) {
  return outcome == Outcome::kResolved || outcome == Outcome::kResolvedConfirmed;
}

bool Starts(const Touchpoint& x, const Policy& policy) {
  if (DirectionOf(x) != Direction::kIn || !IsService(PurposeOf(x)) || x.automated) return false;
  const bool misdial = HandledOf(x) == HandledBy::kNone && HasEnd(x) &&
                       EndOf(x) - *x.event_time < policy.short_abandon;
  return !misdial;
}

bool IsMaterial(const Touchpoint& x) {
  return DirectionOf(x) != Direction::kInternal && IsService(PurposeOf(x)) && !x.automated;
}

void AddLeg(const Touchpoint& x, NaiveContact* contact) {
  if (contact->legs.empty()) contact->start = contact->end = *x.event_time;
  contact->legs.push_back(x);
  if (IsMaterial(x)) {
    contact->end = std::max(contact->end, EndOf(x));
    if (HandledOf(x) != HandledBy::kNone) contact->handled = true;
  }
  if (IsKnown(x.outcome)) contact->outcome = x.outcome;
  if (!x.topics.empty()) contact->topics = x.topics;
}

// The contacts of one timeline, while its legs are walked in order.
class Folder {
 public:
  Folder(const NaiveTimeline& timeline, size_t index, const Policy& policy)
      : timeline_(timeline), index_(index), policy_(policy) {}

  std::vector<NaiveContact> Fold() {
    for (const Touchpoint& x : timeline_.touchpoints) {
      if (const auto contact = ContactFor(x)) Take(x, *contact);
    }
    return contacts_;
  }

 private:
  // Index of the contact that x becomes a leg of; a new one where x starts one.
  std::optional<size_t> ContactFor(const Touchpoint& x) {
    if (const auto contact = OfParent(x)) return contact;
    const bool starts = Starts(x, policy_);
    if (const auto latest = OfConversation(x)) {
      const NaiveContact& c = contacts_[*latest];
      const bool reopened =
          starts && (IsResolved(c.outcome) || *x.event_time - c.end > policy_.fold_gap);
      if (!reopened) return latest;
    }
    if (!starts) return std::nullopt;
    if (const auto forwarded = ForwardedTo(x)) return forwarded;
    contacts_.emplace_back();
    contacts_.back().identified = timeline_.customer.has_value();
    contacts_.back().timeline = index_;
    return contacts_.size() - 1;
  }

  std::optional<size_t> OfParent(const Touchpoint& x) const {
    if (x.parent_id.empty()) return std::nullopt;
    const auto found = contact_of_.find({x.source, x.parent_id});  // Earlier legs only.
    if (found == contact_of_.end()) return std::nullopt;
    return found->second;
  }

  std::optional<size_t> OfConversation(const Touchpoint& x) const {
    if (x.conversation_id.empty()) return std::nullopt;
    const auto found = latest_.find({x.source, x.conversation_id});
    if (found == latest_.end()) return std::nullopt;
    return found->second;
  }

  // The option for data without transfer links: a call that starts so soon ("< 15 min") after the
  // start of another on its channel was forwarded. Unidentified callers are different people.
  std::optional<size_t> ForwardedTo(const Touchpoint& x) const {
    if (policy_.forwarded_within <= Duration::zero() || !timeline_.customer) return std::nullopt;
    std::optional<size_t> last;
    for (size_t i = 0; i < contacts_.size(); ++i) {
      const Touchpoint& first = contacts_[i].legs.front();
      const bool same_channel =
          first.channel == x.channel && first.custom_channel == x.custom_channel;
      const bool soon = *x.event_time - contacts_[i].start < policy_.forwarded_within;
      if (same_channel && soon) last = i;
    }
    return last;
  }

  void Take(const Touchpoint& x, size_t contact) {
    AddLeg(x, &contacts_[contact]);
    contact_of_[{x.source, x.id}] = contact;
    if (!x.conversation_id.empty()) latest_[{x.source, x.conversation_id}] = contact;
  }

  const NaiveTimeline& timeline_;
  const size_t index_;
  const Policy& policy_;
  std::vector<NaiveContact> contacts_;
  std::map<TouchpointKey, size_t> contact_of_;
  std::map<Conversation, size_t> latest_;
};

// Finds whose timeline an unidentified touchpoint joins as a leg.
class Ownership {
 public:
  Ownership(const NaiveIdentity& identity, const std::vector<Touchpoint>& counting)
      : identity_(identity), counting_(counting) {}

  std::optional<std::set<Id>> OwnerOf(const Touchpoint& x) const {
    if (const auto customer = identity_.CustomerOf(x)) return customer;
    if (const Touchpoint* parent = ParentOf(x)) {
      if (const auto owner = OwnerOf(*parent)) return owner;
    }
    if (x.conversation_id.empty()) return std::nullopt;
    std::set<std::set<Id>> customers;
    for (const Touchpoint& other : counting_) {
      if (other.source != x.source || other.conversation_id != x.conversation_id) continue;
      if (const auto customer = identity_.CustomerOf(other)) customers.insert(*customer);
    }
    if (customers.size() != 1) return std::nullopt;
    return *customers.begin();
  }

 private:
  const Touchpoint* ParentOf(const Touchpoint& x) const {
    if (x.parent_id.empty()) return nullptr;
    for (const Touchpoint& y : counting_) {
      if (y.source == x.source && y.id == x.parent_id && EarlierInOrder(y, x)) return &y;
    }
    return nullptr;
  }

  const NaiveIdentity& identity_;
  const std::vector<Touchpoint>& counting_;
};

}  // namespace

bool HasEnd(const Touchpoint& x) { return x.end_time.has_value() || x.duration_ms.has_value(); }

Timestamp EndOf(const Touchpoint& x) {
  Timestamp end = *x.event_time;
  if (x.end_time) end = *x.end_time;
  if (!x.end_time && x.duration_ms) end += std::chrono::milliseconds(*x.duration_ms);
  return std::max(end, *x.event_time);
}

Purpose PurposeOf(const Touchpoint& x) {
  if (x.purpose != Purpose::kUnspecified) return x.purpose;
  switch (x.channel) {
    case Channel::kUnspecified:
    case Channel::kWeb:
    case Channel::kApp:
    case Channel::kKiosk:
      return Purpose::kBrowse;
    default:
      return Purpose::kRequest;
  }
}

HandledBy HandledOf(const Touchpoint& x) {
  return x.handled_by == HandledBy::kUnspecified ? HandledBy::kHuman : x.handled_by;
}

Direction DirectionOf(const Touchpoint& x) {
  return x.direction == Direction::kUnspecified ? Direction::kIn : x.direction;
}

std::vector<NaiveTimeline> Timelines(const NaiveIdentity& identity,
                                     const std::vector<Touchpoint>& counting) {
  const Ownership ownership(identity, counting);
  std::map<std::set<Id>, NaiveTimeline> of_customers;
  std::map<std::string, NaiveTimeline> of_sources;
  for (const Touchpoint& x : counting) {
    const auto owner = ownership.OwnerOf(x);
    NaiveTimeline& timeline = owner ? of_customers[*owner] : of_sources[x.source];
    timeline.customer = owner;
    timeline.touchpoints.push_back(x);
  }
  std::vector<NaiveTimeline> timelines;
  for (auto& [customer, timeline] : of_customers) timelines.push_back(std::move(timeline));
  for (auto& [source, timeline] : of_sources) timelines.push_back(std::move(timeline));
  return timelines;
}

// Defined here because folding is the greater part of it.
std::vector<NaiveContact> Contacts(const std::vector<NaiveTimeline>& timelines,
                                   const Policy& policy) {
  std::vector<NaiveContact> contacts;
  for (size_t i = 0; i < timelines.size(); ++i) {
    for (NaiveContact& contact : Folder(timelines[i], i, policy).Fold()) {
      const std::vector<Channel>& only = policy.only_channels;
      const Channel channel = contact.legs.front().channel;
      const bool exists =
          only.empty() || std::find(only.begin(), only.end(), channel) != only.end();
      if (exists) contacts.push_back(std::move(contact));
    }
  }
  std::sort(contacts.begin(), contacts.end(), [](const NaiveContact& a, const NaiveContact& b) {
    return EarlierInOrder(a.legs.front(), b.legs.front());
  });
  LinkRepeats(policy, &contacts);
  return contacts;
}

}  // namespace cxjourney::oracle
