#include "tests/oracle/naive_evidence.h"

#include <algorithm>
#include <map>
#include <sstream>
#include <tuple>
#include <type_traits>

namespace cxjourney::oracle {
namespace {

// Writes fields so that two different lists of fields never give the same text.
class FieldWriter {
 public:
  template <class T>
  requires(!std::is_enum_v<T>) FieldWriter& operator<<(const T& value) {
    std::ostringstream text;
    text.precision(17);
    text << value;
    return Append(text.str());
  }
  template <class T>
  FieldWriter& operator<<(const std::optional<T>& value) {
    return value ? *this << 1 << *value : *this << 0;
  }
  FieldWriter& operator<<(const Timestamp& time) {
    return *this << time.time_since_epoch().count();
  }
  FieldWriter& operator<<(const Bytes& bytes) { return Append(bytes.data); }
  template <class E>
  requires std::is_enum_v<E> FieldWriter& operator<<(E value) {
    return *this << static_cast<int64_t>(value);
  }
  std::string text() const { return out_.str(); }

 private:
  FieldWriter& Append(const std::string& field) {
    out_ << field.size() << ':' << field << ';';
    return *this;
  }
  std::ostringstream out_;
};

void WriteIdentifiers(const Touchpoint& t, FieldWriter* out) {
  std::set<std::tuple<std::string, std::string, Role>> distinct;
  for (const Identifier& i : t.identifiers) {
    const Role role = i.role == Role::kUnspecified ? Role::kCustomer : i.role;
    distinct.emplace(i.name_space, i.value, role);
  }
  *out << distinct.size();
  for (const auto& [name_space, value, role] : distinct) *out << name_space << value << role;
}

void WriteLists(const Touchpoint& t, FieldWriter* out) {
  *out << t.topics.size();
  for (const std::string& topic : t.topics) *out << topic;
  *out << t.scores.size();
  for (const Score& s : t.scores) *out << s.kind << s.value << s.max << s.about_id;
  *out << t.refs.size();
  for (const Ref& r : t.refs) *out << r.type << r.id;
  *out << t.attributes.size();
  for (const Attribute& a : t.attributes) {
    *out << a.key << a.personal << a.fact << a.value.index();
    std::visit([out](const auto& value) { *out << value; }, a.value);
  }
  *out << t.value.has_value();
  if (t.value) *out << t.value->amount_minor << t.value->currency << t.value->kind;
}

TouchpointKey KeyOf(const Touchpoint& touchpoint) { return {touchpoint.source, touchpoint.id}; }

}  // namespace

std::string ContentText(const Touchpoint& t) {
  FieldWriter out;
  out << t.source << t.id << t.revision << t.voided;
  WriteIdentifiers(t, &out);
  out << t.event_time << t.end_time << t.duration_ms << t.utc_offset_min;
  out << t.channel << t.custom_channel << t.channel_detail << t.visibility << t.reach;
  out << t.direction << t.initiation << t.purpose << t.outcome << t.follow_up_due << t.handled_by;
  out << t.automated << t.canned << t.conversation_id << t.parent_id << t.relation;
  out << t.agent << t.queue << t.team;
  out << t.timings.queue_ms << t.timings.talk_ms << t.timings.hold_ms << t.timings.wrap_ms;
  out << t.timings.first_response_ms << t.sentiment << t.emotion;
  out << t.text_digest << t.text << t.consent << t.retention_class;
  WriteLists(t, &out);
  return out.text();
}

bool EarlierInOrder(const Touchpoint& a, const Touchpoint& b) {
  return std::tie(*a.event_time, a.source, a.id) < std::tie(*b.event_time, b.source, b.id);
}

RecordOutcome Evidence::Record(const Touchpoint& touchpoint, Timestamp now) {
  const std::string content = ContentText(touchpoint);
  bool newest = true;
  for (const AcceptedTouchpoint& known : touchpoints_) {
    if (!(KeyOf(known.touchpoint) == KeyOf(touchpoint))) continue;
    if (known.touchpoint.revision == touchpoint.revision) {
      return known.content == content ? RecordOutcome::kDuplicate : RecordOutcome::kRefused;
    }
    if (known.touchpoint.revision > touchpoint.revision) newest = false;
  }
  AcceptedTouchpoint accepted{touchpoint, content};
  if (!accepted.touchpoint.event_time) accepted.touchpoint.event_time = now;
  touchpoints_.push_back(std::move(accepted));
  const bool counts = newest && !IsRetracted(KeyOf(touchpoint));
  return counts ? RecordOutcome::kRecorded : RecordOutcome::kStored;
}

uint64_t Evidence::Assert(AcceptedAssertion assertion) {
  assertion.sequence = assertions_.size() + 1;
  assertions_.push_back(std::move(assertion));
  return assertions_.back().sequence;
}

bool Evidence::IsLive(const AcceptedAssertion& assertion) const {
  return std::none_of(assertions_.begin(), assertions_.end(), [&](const AcceptedAssertion& other) {
    return other.kind == AssertionKind::kRetractAssertion && other.target == assertion.sequence &&
           IsLive(other);
  });
}

std::vector<AcceptedAssertion> Evidence::LiveAssertions() const {
  std::vector<AcceptedAssertion> live;
  for (const AcceptedAssertion& assertion : assertions_) {
    if (IsLive(assertion)) live.push_back(assertion);
  }
  return live;
}

std::set<Id> Evidence::BlockedIds() const {
  std::set<Id> blocked;
  for (const AcceptedAssertion& assertion : LiveAssertions()) {  // Oldest first.
    if (assertion.kind == AssertionKind::kBlock) blocked.insert(assertion.ids.front());
    if (assertion.kind == AssertionKind::kUnblock) blocked.erase(assertion.ids.front());
  }
  return blocked;
}

bool Evidence::IsRetracted(const TouchpointKey& key) const {
  for (const AcceptedAssertion& assertion : LiveAssertions()) {
    if (assertion.kind == AssertionKind::kRetractTouchpoint && assertion.key == key) return true;
  }
  return false;
}

bool Evidence::HasAssertion(uint64_t id) const { return id >= 1 && id <= assertions_.size(); }

bool Evidence::HasTouchpoint(const TouchpointKey& key) const {
  return std::any_of(touchpoints_.begin(), touchpoints_.end(),
                     [&](const AcceptedTouchpoint& t) { return KeyOf(t.touchpoint) == key; });
}

std::vector<Touchpoint> Evidence::CountingTouchpoints() const {
  std::map<TouchpointKey, Touchpoint> newest;
  for (const AcceptedTouchpoint& accepted : touchpoints_) {
    const TouchpointKey key = KeyOf(accepted.touchpoint);
    const auto found = newest.find(key);
    if (found == newest.end() || found->second.revision < accepted.touchpoint.revision) {
      newest[key] = accepted.touchpoint;
    }
  }
  std::vector<Touchpoint> counting;
  for (const auto& [key, touchpoint] : newest) {
    if (!touchpoint.voided && !IsRetracted(key)) counting.push_back(touchpoint);
  }
  std::sort(counting.begin(), counting.end(), EarlierInOrder);
  return counting;
}

}  // namespace cxjourney::oracle
