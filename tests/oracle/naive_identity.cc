#include "tests/oracle/naive_identity.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace cxjourney::oracle {
namespace {

std::string AsciiLower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

// Every pair of a list, each as (smaller, greater), without equal ones.
std::set<std::pair<Id, Id>> Pairs(const std::vector<Id>& ids) {
  std::set<std::pair<Id, Id>> pairs;
  for (const Id& a : ids) {
    for (const Id& b : ids) {
      if (a < b) pairs.emplace(a, b);
    }
  }
  return pairs;
}

std::set<Id> Union(std::set<Id> a, const std::set<Id>& b) {
  a.insert(b.begin(), b.end());
  return a;
}

}  // namespace

void Classes::Add(const Id& id) { label_.emplace(id, label_.size()); }

void Classes::Join(const Id& a, const Id& b) {
  const size_t from = label_.at(b);
  const size_t to = label_.at(a);
  for (auto& [id, label] : label_) {
    if (label == from) label = to;
  }
}

std::set<Id> Classes::ClassOf(const Id& id) const {
  std::set<Id> members = {id};
  const auto found = label_.find(id);
  if (found == label_.end()) return members;
  for (const auto& [other, label] : label_) {
    if (label == found->second) members.insert(other);
  }
  return members;
}

bool Classes::Same(const Id& a, const Id& b) const { return ClassOf(a).count(b) > 0; }

std::vector<std::set<Id>> Classes::All() const {
  std::map<size_t, std::set<Id>> by_label;
  for (const auto& [id, label] : label_) by_label[label].insert(id);
  std::vector<std::set<Id>> all;
  for (auto& [label, members] : by_label) all.push_back(std::move(members));
  return all;
}

NaiveIdentity::NaiveIdentity(const IdentityRules& rules, const Evidence& evidence)
    : rules_(rules),
      touchpoints_(evidence.CountingTouchpoints()),
      assertions_(evidence.LiveAssertions()),
      blocked_(evidence.BlockedIds()) {
  ReplayMustLinks();
  ListQuarantined();
  ReplayAllLinks();
}

const NamespaceRule& NaiveIdentity::RuleOf(const Id& id) const {
  return *std::find_if(rules_.namespaces.begin(), rules_.namespaces.end(),
                       [&](const NamespaceRule& rule) { return rule.name == id.first; });
}

bool NaiveIdentity::IsBlocked(const Id& id) const {
  if (blocked_.count(id) > 0) return true;
  for (const std::string& value : rules_.blocked_values) {
    if (AsciiLower(value) == AsciiLower(id.second)) return true;
  }
  return false;
}

// Section 3: blank, blocked and non-customer-role values are dropped first. Strongest first:
// by priority, then namespace name and value.
std::vector<Id> NaiveIdentity::Usable(const Touchpoint& touchpoint) const {
  std::set<std::tuple<uint32_t, std::string, std::string>> usable;
  for (const Identifier& i : touchpoint.identifiers) {
    const Id id = {i.name_space, i.value};
    const bool customer = i.role == Role::kUnspecified || i.role == Role::kCustomer;
    if (!customer || i.value.empty() || IsBlocked(id)) continue;
    const NamespaceRule& rule = RuleOf(id);
    if (rule.tier != Tier::kNone) usable.emplace(rule.priority, id.first, id.second);
  }
  std::vector<Id> ids;
  for (const auto& [priority, name_space, value] : usable) ids.emplace_back(name_space, value);
  return ids;
}

// Distinct values of a unique namespace; values of one must-link class are one.
size_t NaiveIdentity::UniqueValues(const std::set<Id>& ids, const std::string& name_space) const {
  std::set<Id> representatives;
  for (const Id& id : ids) {
    if (id.first != name_space) continue;
    representatives.insert(*must_link_classes_.ClassOf(id).begin());
  }
  return representatives.size();
}

bool NaiveIdentity::IsRefused(const Touchpoint& touchpoint) const {
  const std::vector<Id> usable = Usable(touchpoint);
  const std::set<Id> ids(usable.begin(), usable.end());
  for (const NamespaceRule& rule : rules_.namespaces) {
    if (rule.unique() && UniqueValues(ids, rule.name) > 1) return true;
  }
  return false;
}

std::vector<Id> NaiveIdentity::Sighting(const Touchpoint& touchpoint) const {
  return IsRefused(touchpoint) ? std::vector<Id>() : Usable(touchpoint);
}

// Section 3, quarantine: for some unique namespace, more of its values were seen together with the
// identifier than its own namespace allows.
bool NaiveIdentity::IsQuarantined(const Id& id) const {
  const NamespaceRule& own = RuleOf(id);
  if (own.unique() || own.quarantine_above == 0) return false;
  std::set<Id> together;
  for (const Touchpoint& touchpoint : touchpoints_) {
    const std::vector<Id> sighting = Sighting(touchpoint);
    if (std::count(sighting.begin(), sighting.end(), id) == 0) continue;
    together.insert(sighting.begin(), sighting.end());
  }
  for (const NamespaceRule& rule : rules_.namespaces) {
    if (rule.unique() && UniqueValues(together, rule.name) > own.quarantine_above) return true;
  }
  return false;
}

void NaiveIdentity::ListQuarantined() {
  std::set<Id> all;
  for (const Touchpoint& touchpoint : touchpoints_) {
    for (const Id& id : Sighting(touchpoint)) all.insert(id);
  }
  for (const Id& id : all) {
    if (IsQuarantined(id)) quarantined_.insert(id);
  }
}

bool NaiveIdentity::IsMustLinked(const Id& id) const {
  const std::vector<NaiveLink> links = MustLinks();
  return std::any_of(links.begin(), links.end(),
                     [&](const NaiveLink& link) { return link.a == id || link.b == id; });
}

bool NaiveIdentity::HoldsCannotLink(const std::set<Id>& ids) const {
  for (const AcceptedAssertion& assertion : assertions_) {
    if (assertion.kind != AssertionKind::kCannotLink) continue;
    if (ids.count(assertion.ids[0]) > 0 && ids.count(assertion.ids[1]) > 0) return true;
  }
  return false;
}

// A unique namespace counts must-link classes; every other limit counts values.
bool NaiveIdentity::ExceedsLimit(const std::set<Id>& ids) const {
  if (ids.size() > rules_.identifiers_per_customer_max) return true;
  for (const NamespaceRule& rule : rules_.namespaces) {
    if (rule.unique()) {
      if (UniqueValues(ids, rule.name) > 1) return true;
      continue;
    }
    const auto values =
        std::count_if(ids.begin(), ids.end(), [&](const Id& id) { return id.first == rule.name; });
    if (rule.per_customer_max > 0 && values > static_cast<int64_t>(rule.per_customer_max)) {
      return true;
    }
  }
  return false;
}

// Section 4, the order of the replay. The first layer is the must-links, newest sequence first;
// those of one assertion are ordered by the last tie-break alone. The other layers are the tiers.
bool NaiveIdentity::InReplayOrder(const NaiveLink& x, const NaiveLink& y) const {
  if (x.must_link != y.must_link) return x.must_link > y.must_link;  // 0, no must-link, is last.
  const bool by_text = std::tie(x.a, x.b) < std::tie(y.a, y.b);
  if (x.must_link != 0) return by_text;
  const auto tier = [&](const NaiveLink& l) {
    return std::max(RuleOf(l.a).tier, RuleOf(l.b).tier);  // The weaker one.
  };
  const auto sum = [&](const NaiveLink& l) {
    return uint64_t{RuleOf(l.a).priority} + RuleOf(l.b).priority;
  };
  if (tier(x) != tier(y)) return tier(x) < tier(y);
  if (tier(x) == Tier::kPerson && sum(x) != sum(y)) return sum(x) < sum(y);
  if (x.seen != y.seen) return x.seen > y.seen;  // Newest first.
  if (sum(x) != sum(y)) return sum(x) < sum(y);
  return by_text;
}

std::vector<NaiveLink> NaiveIdentity::MustLinks() const {
  std::map<std::pair<Id, Id>, uint64_t> newest;
  for (const AcceptedAssertion& assertion : assertions_) {  // Oldest first.
    if (assertion.kind != AssertionKind::kMustLink) continue;
    for (const auto& pair : Pairs(assertion.ids)) {
      if (!IsBlocked(pair.first) && !IsBlocked(pair.second)) newest[pair] = assertion.sequence;
    }
  }
  std::vector<NaiveLink> links;
  for (const auto& [pair, sequence] : newest) {
    links.push_back({pair.first, pair.second, sequence, 0});
  }
  return links;
}

// Section 3, must-link class: the live must-links alone, vetoed by cannot-links only.
void NaiveIdentity::ReplayMustLinks() {
  std::vector<NaiveLink> links = MustLinks();
  std::sort(links.begin(), links.end(),
            [this](const NaiveLink& x, const NaiveLink& y) { return InReplayOrder(x, y); });
  for (const NaiveLink& link : links) {
    must_link_classes_.Add(link.a);
    must_link_classes_.Add(link.b);
    const std::set<Id> joined =
        Union(must_link_classes_.ClassOf(link.a), must_link_classes_.ClassOf(link.b));
    if (!HoldsCannotLink(joined)) must_link_classes_.Join(link.a, link.b);
  }
}

// Must-links and pairs seen together, with the newest time at which they were.
std::vector<NaiveLink> NaiveIdentity::AllLinks() const {
  std::map<std::pair<Id, Id>, NaiveLink> links;
  for (const NaiveLink& link : MustLinks()) links[{link.a, link.b}] = link;
  for (const Touchpoint& touchpoint : touchpoints_) {
    const int64_t time = touchpoint.event_time->time_since_epoch().count();
    for (const auto& pair : Pairs(Sighting(touchpoint))) {
      if (quarantined_.count(pair.first) + quarantined_.count(pair.second) > 0) continue;
      const auto [link, is_new] =
          links.try_emplace(pair, NaiveLink{pair.first, pair.second, 0, time});
      link->second.seen = is_new ? time : std::max(link->second.seen, time);
    }
  }
  std::vector<NaiveLink> all;
  for (auto& [pair, link] : links) all.push_back(link);
  return all;
}

void NaiveIdentity::ReplayAllLinks() {
  for (const Touchpoint& touchpoint : touchpoints_) {
    for (const Id& id : Sighting(touchpoint)) {
      if (quarantined_.count(id) > 0 && !IsMustLinked(id)) continue;
      sighted_.insert(id);
      classes_.Add(id);
    }
  }
  std::vector<NaiveLink> links = AllLinks();
  std::sort(links.begin(), links.end(),
            [this](const NaiveLink& x, const NaiveLink& y) { return InReplayOrder(x, y); });
  for (const NaiveLink& link : links) {
    classes_.Add(link.a);
    classes_.Add(link.b);
    if (classes_.Same(link.a, link.b)) continue;
    const std::set<Id> joined = Union(classes_.ClassOf(link.a), classes_.ClassOf(link.b));
    if (!ExceedsLimit(joined) && !HoldsCannotLink(joined)) classes_.Join(link.a, link.b);
  }
}

std::optional<std::set<Id>> NaiveIdentity::CustomerOf(const Id& id) const {
  const std::set<Id> members = classes_.ClassOf(id);
  if (members.size() == 1 && sighted_.count(id) == 0) return std::nullopt;
  return members;
}

std::optional<std::set<Id>> NaiveIdentity::CustomerOf(const Touchpoint& touchpoint) const {
  const std::vector<Id> sighting = Sighting(touchpoint);
  for (const bool quarantined : {false, true}) {  // One of these only if there is no other.
    for (const Id& id : sighting) {
      if ((quarantined_.count(id) > 0) == quarantined && sighted_.count(id) > 0) {
        return classes_.ClassOf(id);
      }
    }
  }
  return std::nullopt;
}

std::vector<std::set<Id>> NaiveIdentity::Customers() const {
  std::vector<std::set<Id>> customers;
  for (const std::set<Id>& members : classes_.All()) {
    if (members.size() > 1 || sighted_.count(*members.begin()) > 0) customers.push_back(members);
  }
  return customers;
}

bool NaiveIdentity::RefusesMustLink(const std::vector<Id>& ids) const {
  std::set<Id> joined;
  for (const Id& id : ids) joined = Union(joined, classes_.ClassOf(id));
  std::set<Id> unnamed;  // Values whose must-link class holds none of the named identifiers.
  for (const Id& id : joined) {
    const std::set<Id> must_link_class = must_link_classes_.ClassOf(id);
    const bool named = std::any_of(ids.begin(), ids.end(),
                                   [&](const Id& name) { return must_link_class.count(name) > 0; });
    if (!named) unnamed.insert(id);
  }
  for (const NamespaceRule& rule : rules_.namespaces) {
    if (rule.unique() && UniqueValues(unnamed, rule.name) > 1) return true;
  }
  return false;
}

}  // namespace cxjourney::oracle
