// cxjourney, through its public API, with default privacy and three registered policies. With the
// workload's rules (no limits per customer, the placeholders blocked) its customers are those of
// the other stores, so answers can be compared; with the default rules it does more than they do.
#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <thread>

#include "bench/must.h"
#include "bench/peers/machine.h"
#include "bench/peers/peer.h"
#include "cxjourney/tracker.h"

namespace cxjourney::bench {
namespace {

constexpr const char* kNamespaces[kIdentifierTypes] = {"phone",     "email",       "anonymous_id",
                                                       "device_id", "customer_id", "social_id"};
constexpr uint32_t kAll = 1'000'000;

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

// The rules of a new store, and the placeholders of this workload that they don't know: the other
// stores pass over them, too.
IdentityRules DefaultRules() {
  IdentityRules rules = DefaultIdentityRules();
  std::vector<std::string>& blocked = rules.blocked_values;
  for (std::string_view junk : kJunk) {
    if (std::find(blocked.begin(), blocked.end(), junk) == blocked.end())
      blocked.emplace_back(junk);
  }
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

std::vector<Policy> PoliciesOf(Setting setting) {
  if (setting == Setting::kNoPolicies) {
    Policy none = WorkloadPolicy();  // A store has one policy at least: this one sees no contact.
    none.only_channels = {Channel::kCustom};
    return {none};
  }
  return {WorkloadPolicy(), Must(ParsePolicy("next_contact_7d")),
          Must(ParsePolicy("same_topic_30d"))};
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

// Eight digits at a time: what the harness does to compare should not be what is measured.
EventId FromHex(const std::string& text) {
  EventId id = {};
  if (text.size() != 2 * id.size()) return id;
  for (size_t i = 0; i < id.size(); i += 4) {
    uint64_t word = 0;
    std::memcpy(&word, text.data() + 2 * i, sizeof word);
    word = (word & 0x0f0f0f0f0f0f0f0f) + 9 * (word >> 6 & 0x0101010101010101);
    word = (word << 4 | word >> 8) & 0x00ff00ff00ff00ff;
    word = (word | word >> 8) & 0x0000ffff0000ffff;
    const auto four = static_cast<uint32_t>(word | word >> 16);
    std::memcpy(&id[i], &four, sizeof four);
  }
  return id;
}

Timestamp TimeOf(int64_t time_ms) { return Timestamp(std::chrono::milliseconds(time_ms)); }

bool HasDefaultRules(Setting setting) {
  return setting == Setting::kDefaultRules || setting == Setting::kBudget;
}

// The default rules want a social handle with its network.
Identifier IdentifierOf(IdentifierType type, std::string_view value, Setting setting) {
  Identifier identifier{kNamespaces[static_cast<size_t>(type)], std::string(value)};
  if (type == IdentifierType::kSocial && HasDefaultRules(setting)) {
    identifier.value = "instagram:" + identifier.value.substr(1);
  }
  return identifier;
}

Touchpoint TouchpointOf(const Event& event, Setting setting) {
  Touchpoint touchpoint;
  touchpoint.source = "shop";
  touchpoint.id = Hex(event.id);
  for (int i = 0; i < event.identifier_count; ++i) {
    const EventIdentifier& identifier = event.identifiers[static_cast<size_t>(i)];
    touchpoint.identifiers.push_back(IdentifierOf(identifier.type, identifier.value(), setting));
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

int64_t MillisecondsOf(Timestamp time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

// By channel: its number plus 1, or 0.
using EventChannels = std::array<uint8_t, static_cast<size_t>(Channel::kCustom) + 1>;

EventChannels MakeEventChannels() {
  EventChannels numbers = {};
  for (int i = 0; i <= static_cast<int>(EventChannel::kMessenger); ++i) {
    const auto channel = static_cast<size_t>(ChannelOf(static_cast<EventChannel>(i)));
    numbers[channel] = static_cast<uint8_t>(i + 1);
  }
  return numbers;
}

EventChannel EventChannelOf(Channel channel) {
  static const EventChannels numbers = MakeEventChannels();
  const uint8_t number = numbers[static_cast<size_t>(channel)];
  if (number == 0) Die("cxjourney: a channel that was never recorded");
  return static_cast<EventChannel>(number - 1);
}

uint16_t TopicOf(const std::string& topic) {
  uint16_t number = 0;
  std::from_chars(topic.data() + 1, topic.data() + topic.size(), number);
  return number;
}

Row RowOf(const Touchpoint& touchpoint) {
  Row row;
  row.id = FromHex(touchpoint.id);
  row.time_ms = MillisecondsOf(*touchpoint.event_time);
  row.topic = TopicOf(touchpoint.topics.front());
  row.channel = EventChannelOf(touchpoint.channel);
  row.kind = static_cast<EventKind>(IndexIn(kPurposes, touchpoint.purpose));
  row.outbound = touchpoint.direction == Direction::kOut;
  if (touchpoint.value) row.order_cents = touchpoint.value->amount_minor;
  if (touchpoint.end_time) {  // A history says when, whichever way it was given.
    row.duration_s = static_cast<uint32_t>(std::chrono::duration_cast<std::chrono::seconds>(
                                               *touchpoint.end_time - *touchpoint.event_time)
                                               .count());
  }
  row.outcome = static_cast<EventOutcome>(IndexIn(kOutcomes, touchpoint.outcome));
  float sentiment = touchpoint.sentiment.value_or(0) * 100;
  row.sentiment = static_cast<int8_t>(sentiment < 0 ? sentiment - 0.5F : sentiment + 0.5F);
  return row;
}

// In their normal form, as a history shows them, and without placeholders, which it leaves out.
std::vector<std::pair<std::string, std::string>> Shown(const std::vector<Identifier>& identifiers) {
  std::vector<std::pair<std::string, std::string>> shown;
  for (const Identifier& identifier : identifiers) {
    if (IsJunk(identifier.value)) continue;
    auto type = static_cast<IdentifierType>(IndexIn(kNamespaces, identifier.name_space));
    shown.emplace_back(identifier.name_space, NormalizeForPeer(type, identifier.value).value());
  }
  std::sort(shown.begin(), shown.end());
  return shown;
}

bool ShowsNoValues(const std::vector<Identifier>& identifiers) {
  return std::all_of(identifiers.begin(), identifiers.end(),
                     [](const Identifier& identifier) { return identifier.value.empty(); });
}

// What a Row has no room for; the rest is compared as a Row.
bool HasRestOf(const Touchpoint& stored, const Touchpoint& given, Setting setting) {
  const bool has_identifiers = setting == Setting::kNoDisplayValues
                                   ? stored.identifiers.size() == given.identifiers.size() &&
                                         ShowsNoValues(stored.identifiers)
                                   : Shown(stored.identifiers) == Shown(given.identifiers);
  return stored.source == given.source && stored.id == given.id && stored.topics == given.topics &&
         has_identifiers && stored.value.has_value() == given.value.has_value() &&
         (!given.value || (stored.value->currency == given.value->currency &&
                           stored.value->kind == given.value->kind)) &&
         !stored.voided && stored.attributes.empty() && stored.refs.empty() &&
         stored.scores.empty() && stored.agent.empty() && stored.queue.empty();
}

class CxjourneyPeer final : public Peer {
 public:
  explicit CxjourneyPeer(Setting setting) : setting_(setting) {}

  std::string Name() const override {
    if (setting_ == Setting::kNoDisplayValues) return "cxjourney without display values";
    return HasDefaultRules(setting_) ? "cxjourney default" : "cxjourney";
  }

  void Open(const std::string& folder) override {
    Options options;
    options.identity_rules = HasDefaultRules(setting_) ? DefaultRules() : WorkloadRules();
    if (setting_ == Setting::kBudget) options.memory_budget_bytes = kBudgetMib << 20;
    options.display_values = setting_ != Setting::kNoDisplayValues;
    options.policies = PoliciesOf(setting_);
    tracker_ = Must(Tracker::Open(folder + "/store", options));
  }

  void Close() override {
    Must(tracker_->Close());
    tracker_.reset();
  }

  void Prepare(const std::vector<Event>& events) override {
    touchpoints_.clear();
    for (const Event& event : events) touchpoints_.push_back(TouchpointOf(event, setting_));
  }

  void Ingest() override {
    Must(tracker_->RecordAllInto(touchpoints_, &receipts_));
    for (const Receipt& receipt : receipts_) CheckRecorded(receipt);
  }

  void Finish() override { Must(tracker_->Compact()); }

  // The directory has one entry for each touchpoint's key and for each identifier: this workload
  // has no conversations, parents or assertions. Entries are equally large, with their share of
  // bounds and filter. Of an id its 16 random bytes are stored as they are.
  std::vector<std::pair<std::string, double>> DiskParts(const std::string& folder) override {
    Open(folder);
    const Stats stats = Must(tracker_->GetStats());
    Close();
    const auto touchpoints = static_cast<double>(stats.touchpoints);
    const double entries = touchpoints + static_cast<double>(stats.identifiers);
    const auto directory = static_cast<double>(DiskBytes(folder, "index-"));
    return {{"disk_source_id_bytes", touchpoints * static_cast<double>(sizeof(EventId))},
            {"disk_dedupe_index_bytes", directory * touchpoints / entries},
            {"disk_identifier_index_bytes", directory * (entries - touchpoints) / entries}};
  }

  double IngestFromThreads(const std::vector<std::vector<Event>>& events) override {
    std::vector<std::vector<Touchpoint>> touchpoints(events.size());
    for (size_t i = 0; i < events.size(); ++i) {
      for (const Event& event : events[i]) touchpoints[i].push_back(TouchpointOf(event, setting_));
    }
    std::vector<std::thread> threads;
    double start = WallSeconds();
    for (const std::vector<Touchpoint>& own : touchpoints) {
      threads.emplace_back([this, &own] {
        for (const Touchpoint& touchpoint : own) CheckRecorded(Must(tracker_->Record(touchpoint)));
      });
    }
    for (std::thread& thread : threads) thread.join();
    return WallSeconds() - start;
  }

  void History(const LookUp& who, size_t limit) override {
    HistoryQuery query;
    query.limit = limit == 0 ? kAll : static_cast<uint32_t>(limit);
    rows_.clear();
    Must(tracker_->VisitHistory(IdentifierOf(who), query, [this](const Touchpoint& touchpoint) {
      rows_.push_back(RowOf(touchpoint));
    }));
  }

  std::vector<Row> Rows() const override { return {rows_.rbegin(), rows_.rend()}; }

  bool Repeat(const RepeatLookUp& question) override {
    RepeatCheck check;
    check.topics = {"t" + std::to_string(question.topic)};
    check.start = TimeOf(question.time_ms);
    return Must(tracker_->CheckRepeat(IdentifierOf(question.who), check)).repeat_of.has_value();
  }

  void Analyze(Analysis analysis, Answers* answers) override {
    if (analysis == Analysis::kRepeats) {
      RepeatQuery query;
      query.registered = WorkloadPolicy().name;
      RepeatReport report = Must(tracker_->Repeats(query));
      answers->contacts = static_cast<uint64_t>(report.total.contacts);
      answers->repeats = static_cast<uint64_t>(report.total.rcr.numerator);
      return;
    }
    if (analysis == Analysis::kTransitions) {
      for (const Transition& transition : Must(tracker_->Transitions()).transitions) {
        if (!transition.from || !transition.to) continue;
        const auto from = static_cast<size_t>(EventChannelOf(*transition.from));
        const auto to = static_cast<size_t>(EventChannelOf(*transition.to));
        answers->transitions[from * kEventChannels + to] = uint64_t(transition.count);
      }
      return;
    }
    FunnelQuery query;
    query.steps = {{{}, {Purpose::kBrowse}, {}},
                   {{}, {Purpose::kRequest, Purpose::kComplaint}, Direction::kIn},
                   {{}, {Purpose::kPurchase}, {}}};
    query.window = std::chrono::milliseconds(kWeekMs);
    const FunnelReport report = Must(tracker_->Funnel(query));
    std::copy(report.reached.begin(), report.reached.end(), answers->funnel.begin());
  }

  bool ReadBack(const Event& event, Row* row) override {
    HistoryQuery query;
    query.from = TimeOf(event.time_ms);
    query.until = TimeOf(event.time_ms + 1);
    Touchpoint given = TouchpointOf(event, setting_);
    for (const Identifier& identifier : given.identifiers) {
      if (IsJunk(identifier.value)) continue;
      for (const Touchpoint& stored : Must(tracker_->History(identifier, query)).touchpoints) {
        if (stored.id != given.id) continue;
        if (!HasRestOf(stored, given, setting_)) Die("cxjourney: a touchpoint came back changed");
        *row = RowOf(stored);
        return true;
      }
    }
    return false;
  }

 private:
  Identifier IdentifierOf(const LookUp& who) const {
    return bench::IdentifierOf(who.type, who.value, setting_);
  }

  static void CheckRecorded(const Receipt& receipt) {
    if (receipt.outcome != RecordOutcome::kRecorded) Die(receipt.status.ToString());
  }

  Setting setting_;
  std::unique_ptr<Tracker> tracker_;
  std::vector<Touchpoint> touchpoints_;  // Prepared.
  std::vector<Receipt> receipts_;
  std::vector<Row> rows_;  // Of the last history, oldest first.
};

}  // namespace

std::unique_ptr<Peer> NewCxjourneyPeer(Setting setting) {
  return std::make_unique<CxjourneyPeer>(setting);
}

}  // namespace cxjourney::bench
