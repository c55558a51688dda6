// cxjourney, through its public API. With the workload's rules (no limits per customer, the
// placeholders blocked) its customers are those of the other stores, so answers can be compared;
// with the default rules it does more than they do.
#include <algorithm>
#include <cstdio>

#include "bench/peers/peer.h"
#include "cxjourney/tracker.h"

namespace cxjourney::bench {
namespace {

constexpr const char* kNamespaces[kIdentifierTypes] = {"phone",     "email",       "anonymous_id",
                                                       "device_id", "customer_id", "social_id"};
constexpr uint32_t kAll = 1'000'000;

template <class T>
T Must(Result<T> result) {
  if (!result.ok()) Die("cxjourney: " + result.status().ToString());
  return *std::move(result);
}

IdentityRules WorkloadRules() {
  IdentityRules rules;
  uint32_t priority = 0;
  for (const char* name : kNamespaces) {
    NamespaceRule rule;
    rule.name = name;
    rule.tier = Tier::kPerson;
    rule.priority = ++priority;
    rules.namespaces.push_back(rule);
  }
  rules.namespaces[0].normalizer = Normalizer::kPhone;
  rules.namespaces[1].normalizer = Normalizer::kEmail;
  rules.blocked_values.assign(std::begin(kJunk), std::end(kJunk));
  rules.identifiers_per_customer_max = kAll;
  return rules;
}

// What the other stores count: an inbound contact repeats the last one of its topic if that
// started within 7 days.
Policy WorkloadPolicy() {
  Policy policy;
  policy.name = "workload";
  policy.anchor = AnchorPoint::kStart;
  policy.topic = TopicMatch::kSame;
  policy.unknown_topic_matches = false;
  policy.short_abandon = Duration::zero();
  return policy;
}

Channel ChannelOf(EventChannel channel) {
  static constexpr Channel kChannels[] = {
      Channel::kPhone, Channel::kIvr,     Channel::kSms,    Channel::kEmail, Channel::kWeb,
      Channel::kApp,   Channel::kWebChat, Channel::kSocial, Channel::kStore, Channel::kWhatsapp};
  return kChannels[static_cast<size_t>(channel)];
}

// A return is "other" here because the other stores do not count it as a contact.
constexpr Purpose kPurposes[] = {Purpose::kBrowse,    Purpose::kRequest, Purpose::kComplaint,
                                 Purpose::kPurchase,  Purpose::kOther,   Purpose::kNotification,
                                 Purpose::kMarketing, Purpose::kFeedback};
constexpr Outcome kOutcomes[] = {Outcome::kUnspecified, Outcome::kResolved, Outcome::kUnresolved,
                                 Outcome::kEscalated, Outcome::kAbandoned};

std::string Hex(const EventId& id) {
  std::string out;
  for (uint8_t byte : id) {
    out.push_back("0123456789abcdef"[byte >> 4]);
    out.push_back("0123456789abcdef"[byte & 15]);
  }
  return out;
}

EventId FromHex(const std::string& text) {
  auto digit = [](char c) { return static_cast<uint8_t>(c <= '9' ? c - '0' : c - 'a' + 10); };
  EventId id = {};
  for (size_t i = 0; i < id.size() && 2 * i + 1 < text.size(); ++i) {
    id[i] = static_cast<uint8_t>(digit(text[2 * i]) << 4 | digit(text[2 * i + 1]));
  }
  return id;
}

Timestamp TimeOf(int64_t time_ms) { return Timestamp(std::chrono::milliseconds(time_ms)); }

Touchpoint TouchpointOf(const Event& event) {
  Touchpoint touchpoint;
  touchpoint.source = "shop";
  touchpoint.id = Hex(event.id);
  for (int i = 0; i < event.identifier_count; ++i) {
    const EventIdentifier& identifier = event.identifiers[static_cast<size_t>(i)];
    touchpoint.identifiers.push_back(
        {kNamespaces[static_cast<size_t>(identifier.type)], std::string(identifier.value())});
  }
  touchpoint.event_time = TimeOf(event.time_ms);
  touchpoint.channel = ChannelOf(event.channel);
  touchpoint.direction = event.outbound ? Direction::kOut : Direction::kIn;
  touchpoint.purpose = kPurposes[static_cast<size_t>(event.kind)];
  touchpoint.topics = {"t" + std::to_string(event.topic)};
  touchpoint.outcome = kOutcomes[static_cast<size_t>(event.outcome)];
  if (event.duration_s > 0) touchpoint.duration_ms = int64_t{event.duration_s} * 1000;
  if (event.sentiment != 0) touchpoint.sentiment = static_cast<float>(event.sentiment) / 100;
  if (event.order_cents >= 0) {
    touchpoint.value = Value{event.order_cents, "TRY", ValueKind::kRevenue};
  }
  return touchpoint;
}

template <class Table, class T>
auto IndexIn(const Table& table, T value) {
  return static_cast<uint8_t>(std::find(std::begin(table), std::end(table), value) -
                              std::begin(table));
}

Row RowOf(const Touchpoint& touchpoint) {
  Row row;
  row.id = FromHex(touchpoint.id);
  row.time_ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                    touchpoint.event_time->time_since_epoch())
                    .count();
  if (touchpoint.value) row.order_cents = touchpoint.value->amount_minor;
  if (touchpoint.end_time) {  // A history says when, whichever way it was given.
    row.duration_s = static_cast<uint32_t>(std::chrono::duration_cast<std::chrono::seconds>(
                                               *touchpoint.end_time - *touchpoint.event_time)
                                               .count());
  }
  row.topic = static_cast<uint16_t>(std::stoi(touchpoint.topics.front().substr(1)));
  for (int i = 0; i <= static_cast<int>(EventChannel::kMessenger); ++i) {
    auto channel = static_cast<EventChannel>(i);
    if (ChannelOf(channel) == touchpoint.channel) row.channel = channel;
  }
  row.kind = static_cast<EventKind>(IndexIn(kPurposes, touchpoint.purpose));
  row.outcome = static_cast<EventOutcome>(IndexIn(kOutcomes, touchpoint.outcome));
  row.outbound = touchpoint.direction == Direction::kOut;
  float sentiment = touchpoint.sentiment.value_or(0) * 100;
  row.sentiment = static_cast<int8_t>(sentiment < 0 ? sentiment - 0.5F : sentiment + 0.5F);
  return row;
}

class CxjourneyPeer final : public Peer {
 public:
  explicit CxjourneyPeer(bool default_rules) : default_rules_(default_rules) {}

  std::string Name() const override { return default_rules_ ? "cxjourney default" : "cxjourney"; }

  void Open(const std::string& folder) override {
    Options options;
    if (!default_rules_) {
      options.identity_rules = WorkloadRules();
      options.policies = {WorkloadPolicy()};
    }
    tracker_ = Must(Tracker::Open(folder + "/store", options));
  }

  void Close() override {
    if (Status status = tracker_->Close(); !status.ok()) Die(status.ToString());
    tracker_.reset();
  }

  void Ingest(const std::vector<Event>& events) override {
    touchpoints_.clear();
    for (const Event& event : events) touchpoints_.push_back(TouchpointOf(event));
    for (const Receipt& receipt : Must(tracker_->RecordAll(touchpoints_))) {
      if (receipt.outcome != RecordOutcome::kRecorded) Die(receipt.status.ToString());
    }
  }

  uint64_t UsedBytes() override { return tracker_->GetStats().log_bytes; }

  void History(const LookUp& who, size_t limit, std::vector<Row>* rows) override {
    HistoryQuery query;
    query.limit = limit == 0 ? kAll : static_cast<uint32_t>(limit);
    Journey journey = Must(tracker_->History(IdentifierOf(who), query));
    for (auto it = journey.touchpoints.rbegin(); it != journey.touchpoints.rend(); ++it) {
      rows->push_back(RowOf(*it));
    }
  }

  bool Repeat(const RepeatLookUp& question) override {
    HistoryQuery query;
    query.from = TimeOf(question.time_ms - kWeekMs);
    query.until = TimeOf(question.time_ms);
    Journey journey = Must(tracker_->History(IdentifierOf(question.who), query));
    std::string topic = "t" + std::to_string(question.topic);
    return std::any_of(journey.touchpoints.begin(), journey.touchpoints.end(),
                       [&](const Touchpoint& touchpoint) {
                         return touchpoint.direction == Direction::kIn &&
                                (touchpoint.purpose == Purpose::kRequest ||
                                 touchpoint.purpose == Purpose::kComplaint) &&
                                touchpoint.topics.front() == topic;
                       });
  }

  RepeatCount RepeatAll() override {
    RepeatQuery query;
    query.policy = WorkloadPolicy();
    RepeatReport report = Must(tracker_->Repeats(query));
    return {static_cast<uint64_t>(report.total.contacts),
            static_cast<uint64_t>(report.total.rcr.numerator)};
  }

  bool ReadBack(const Event& event, Row* row) override {
    HistoryQuery query;
    query.from = TimeOf(event.time_ms);
    query.until = TimeOf(event.time_ms + 1);
    for (int i = 0; i < event.identifier_count; ++i) {
      const EventIdentifier& identifier = event.identifiers[static_cast<size_t>(i)];
      if (IsJunk(identifier.value())) continue;
      LookUp who{identifier.type, std::string(identifier.value())};
      for (const Touchpoint& touchpoint :
           Must(tracker_->History(IdentifierOf(who), query)).touchpoints) {
        if (touchpoint.id != Hex(event.id)) continue;
        *row = RowOf(touchpoint);
        return true;
      }
    }
    return false;
  }

 private:
  static Identifier IdentifierOf(const LookUp& who) {
    return {kNamespaces[static_cast<size_t>(who.type)], who.value};
  }

  bool default_rules_;
  std::unique_ptr<Tracker> tracker_;
  std::vector<Touchpoint> touchpoints_;
};

}  // namespace

std::unique_ptr<Peer> NewCxjourneyPeer(bool default_rules) {
  return std::make_unique<CxjourneyPeer>(default_rules);
}

}  // namespace cxjourney::bench
