#include "tests/random/operations.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "tests/oracle/naive_evidence.h"

namespace cxjourney::random_tests {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Timestamp kFirstDay = Timestamp(seconds(1772323200));  // 2026-03-01T00:00:00Z.
constexpr int kHours = 24 * 20;

// Draws from a seed; the same numbers with every compiler and standard library.
class Dice {
 public:
  explicit Dice(uint64_t seed) : engine_(seed) {}
  int Below(int limit) { return static_cast<int>(engine_() % static_cast<uint64_t>(limit)); }
  bool Percent(int share) { return Below(100) < share; }
  template <class T>
  T Pick(const std::vector<T>& list) {
    return list[static_cast<size_t>(Below(static_cast<int>(list.size())))];
  }

 private:
  std::mt19937_64 engine_;
};

struct ValueRange {
  const char* name_space;
  int values;
  int weight;
};
constexpr std::array<ValueRange, 8> kRanges = {{{"crm", 5, 14},
                                                {"card", 4, 8},
                                                {"login", 5, 16},
                                                {"mail", 6, 22},
                                                {"order", 5, 8},
                                                {"device", 5, 12},
                                                {"cookie", 7, 18},
                                                {"ip", 3, 2}}};

class Generator {
 public:
  Generator(uint64_t seed, const GeneratorOptions& options) : dice_(seed), options_(options) {}

  Operation Next(uint32_t label) {
    Operation operation;
    operation.label = label;
    const int roll = dice_.Below(100);
    if (roll < 62 || touched_.empty()) {
      operation.touchpoints = {AnyTouchpoint()};
    } else if (roll < 71) {
      operation.kind = OperationKind::kRecordAll;
      const int size = 1 + dice_.Below(6);
      for (int i = 0; i < size; ++i) operation.touchpoints.push_back(AnyTouchpoint());
    } else if (roll < 97) {
      MakeAssertion(&operation);
    } else {
      operation.kind = roll < 99 ? OperationKind::kReopen : OperationKind::kCrash;
    }
    return operation;
  }

 private:
  oracle::Id AnyId() {
    int roll = dice_.Below(98);  // Everything but ip.
    for (const ValueRange& range : kRanges) {
      roll -= range.weight;
      if (roll < 0) return {range.name_space, ValueIn(range)};
    }
    return {"mail", "m0"};
  }

  // Mostly the value of one person, so that the graph is more than one heap.
  std::string ValueIn(const ValueRange& range) {
    const int number = dice_.Percent(80) ? person_ : dice_.Below(range.values);
    return fmt::format("{}{}", range.name_space[0], number % range.values);
  }

  void MakeAssertion(Operation* operation) {
    person_ = dice_.Below(options_.people);
    const int roll = dice_.Below(26);
    if (roll < 7) {
      operation->kind = OperationKind::kMustLink;
      const size_t size = dice_.Percent(75) ? 2 : 3;
      PickIds(size, operation);
    } else if (roll < 12) {
      operation->kind = OperationKind::kCannotLink;
      PickIds(2, operation);
    } else if (roll < 15) {
      operation->kind = OperationKind::kBlock;
      operation->ids = {AnyId()};
    } else if (roll < 17) {
      operation->kind = OperationKind::kUnblock;
      operation->ids = {blocked_.empty() || dice_.Percent(20) ? AnyId() : dice_.Pick(blocked_)};
    } else if (roll < 20 || assertions_.empty()) {
      operation->kind = OperationKind::kRetractTouchpoint;
      const Touchpoint known = dice_.Pick(touched_);
      operation->key = {known.source, known.id};
    } else {
      operation->kind = OperationKind::kRetractAssertion;
      operation->target = dice_.Pick(assertions_);
    }
    if (operation->kind == OperationKind::kBlock) blocked_.push_back(operation->ids[0]);
    assertions_.push_back(operation->label);
  }

  // Distinct ones, of different people.
  void PickIds(size_t count, Operation* operation) {
    while (operation->ids.size() < count) {
      const oracle::Id id = AnyId();
      person_ = dice_.Below(options_.people);
      if (std::find(operation->ids.begin(), operation->ids.end(), id) == operation->ids.end()) {
        operation->ids.push_back(id);
      }
    }
  }

  // New, or another copy, revision or void of an earlier one.
  Touchpoint AnyTouchpoint() {
    const int roll = dice_.Below(100);
    if (touched_.empty() || roll < 78) return Remember(NewTouchpoint());
    Touchpoint known = dice_.Pick(touched_);
    if (roll < 85) {
      std::reverse(known.identifiers.begin(), known.identifiers.end());
      return known;  // A copy.
    }
    Touchpoint revision = roll < 93 ? NewTouchpoint() : known;
    revision.source = known.source;
    revision.id = known.id;
    revision.revision = known.revision + static_cast<uint32_t>(dice_.Below(3));
    revision.voided = roll >= 93 && roll < 98;
    return Remember(revision);
  }

  Touchpoint Remember(Touchpoint touchpoint) {
    touched_.push_back(touchpoint);
    return touchpoint;
  }

  Touchpoint NewTouchpoint() {
    person_ = dice_.Below(options_.people);
    Touchpoint t;
    t.source = dice_.Percent(70) ? "s1" : "s2";
    t.id = fmt::format("t{:02}", ++last_id_);
    t.revision = dice_.Percent(80) ? 1 : 0;
    FillIdentifiers(&t);
    FillTimes(&t);
    FillKind(&t);
    FillContext(&t);
    return t;
  }

  void FillIdentifiers(Touchpoint* t) {
    static const std::vector<int> kCounts = {0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3, 4};
    const int count = dice_.Pick(kCounts);
    for (int i = 0; i < count; ++i) {
      const oracle::Id id = AnyId();
      Identifier identifier = {id.first, id.second, Role::kUnspecified};
      if (dice_.Percent(2)) identifier.value = "VOID";  // Blocked by the rules.
      if (dice_.Percent(4)) identifier.role = Role::kAgent;
      if (dice_.Percent(2)) identifier = {"ip", "i1", Role::kUnspecified};
      t->identifiers.push_back(identifier);
    }
  }

  void FillTimes(Touchpoint* t) {
    Timestamp time = kFirstDay + hours(dice_.Below(kHours));
    if (dice_.Percent(30)) time = kFirstDay + hours(12 * dice_.Below(kHours / 12));
    if (dice_.Percent(35) && !touched_.empty()) {
      static const std::vector<int> kSteps = {0, 1, 4, 60, 600, 7200, 86'400, 259'200, 604'800};
      time = dice_.Pick(touched_).event_time.value_or(time) + seconds(dice_.Pick(kSteps));
    }
    time = std::min(time, kFirstDay + hours(24 * 38));  // Before every NowOf.
    if (!options_.absent_times || !dice_.Percent(4)) t->event_time = time;
    static const std::vector<int> kLengths = {0, 3, 5, 60, 1200, 18'000, 144'000};
    const int length = dice_.Pick(kLengths);
    // Without an event time it happens "now", and an end may not lie far behind that.
    const bool known = t->event_time.has_value();
    if (dice_.Percent(25) && known) {
      t->end_time = time + seconds(length);
    } else if (dice_.Percent(35)) {
      t->duration_ms = (known ? length : 60) * 1000;
    }
  }

  void FillKind(Touchpoint* t) {
    static const std::vector<Channel> kChannels = {
        Channel::kPhone,  Channel::kPhone,      Channel::kPhone, Channel::kEmail,
        Channel::kEmail,  Channel::kWebChat,    Channel::kSms,   Channel::kSocial,
        Channel::kWeb,    Channel::kIvr,        Channel::kStore, Channel::kCustom,
        Channel::kLetter, Channel::kUnspecified};
    static const std::vector<Direction> kDirections = {
        Direction::kIn, Direction::kIn,  Direction::kIn,       Direction::kIn,
        Direction::kIn, Direction::kOut, Direction::kInternal, Direction::kUnspecified};
    static const std::vector<Purpose> kPurposes = {
        Purpose::kQuestion,   Purpose::kRequest,     Purpose::kRequest, Purpose::kComplaint,
        Purpose::kComplaint,  Purpose::kReturnGoods, Purpose::kThanks,  Purpose::kFeedback,
        Purpose::kPurchase,   Purpose::kMarketing,   Purpose::kBrowse,  Purpose::kUnspecified,
        Purpose::kUnspecified};
    static const std::vector<HandledBy> kHandlers = {
        HandledBy::kHuman,       HandledBy::kHuman, HandledBy::kBot,  HandledBy::kBot,
        HandledBy::kSelfService, HandledBy::kNone,  HandledBy::kNone, HandledBy::kUnspecified};
    t->channel = dice_.Pick(kChannels);
    if (t->channel == Channel::kCustom) t->custom_channel = dice_.Percent(50) ? "fair" : "fax";
    t->direction = dice_.Pick(kDirections);
    t->purpose = dice_.Pick(kPurposes);
    t->handled_by = dice_.Pick(kHandlers);
    t->automated = dice_.Percent(8);
    if (dice_.Percent(50)) t->outcome = static_cast<Outcome>(dice_.Below(10));
  }

  void FillContext(Touchpoint* t) {
    static const std::vector<std::string> kTopics = {"a",   "a/b", "a/b/c", "a/b/d",
                                                     "a/d", "b",   "b/c",   "bb"};
    const int topics = dice_.Percent(30) ? 0 : 1 + dice_.Below(2);
    for (int i = 0; i < topics; ++i) t->topics.push_back(dice_.Pick(kTopics));
    if (dice_.Percent(40)) t->conversation_id = fmt::format("c{}", dice_.Below(8));
    if (dice_.Percent(20)) t->parent_id = fmt::format("t{:02}", 1 + dice_.Below(last_id_ + 3));
    if (dice_.Percent(20)) t->relation = static_cast<Relation>(dice_.Below(5));
    if (dice_.Percent(20)) t->queue = dice_.Percent(50) ? "first" : "second";
    if (dice_.Percent(6)) {
      t->scores.push_back({ScoreKind::kFcr, dice_.Percent(50) ? 1.0 : 0.0, 1.0, ""});
    }
  }

  Dice dice_;
  GeneratorOptions options_;
  std::vector<Touchpoint> touched_;
  std::vector<oracle::Id> blocked_;
  std::vector<uint32_t> assertions_;
  int person_ = 0;
  int last_id_ = 0;
};

NamespaceRule Rule(const char* name, Tier tier, uint32_t priority, uint32_t limit) {
  NamespaceRule rule;
  rule.name = name;
  rule.tier = tier;
  rule.priority = priority;
  rule.per_customer_max = limit;
  return rule;
}

Policy Named(const char* name, Duration window) {
  Policy policy;
  policy.name = name;
  policy.window = window;
  return policy;
}

std::string Ids(const Operation& operation) {
  std::string text;
  for (const oracle::Id& id : operation.ids) text += fmt::format(" {}:{}", id.first, id.second);
  return text;
}

std::string ToText(const Touchpoint& t) {
  std::string text =
      fmt::format("{}/{} rev {}{}", t.source, t.id, t.revision, t.voided ? " void" : "");
  const auto second = [](Timestamp time) {
    return std::chrono::duration_cast<seconds>(time - kFirstDay).count();
  };
  if (t.event_time) text += fmt::format(" t={}s", second(*t.event_time));
  if (t.end_time) text += fmt::format(" end={}s", second(*t.end_time));
  if (t.duration_ms) text += fmt::format(" duration={}ms", *t.duration_ms);
  for (const Identifier& i : t.identifiers) {
    text += fmt::format(" {}:{}{}", i.name_space, i.value, i.role == Role::kAgent ? "(agent)" : "");
  }
  text += fmt::format(" ch={}{} dir={} purpose={} handled={} outcome={}{}", int(t.channel),
                      t.custom_channel, int(t.direction), int(t.purpose), int(t.handled_by),
                      int(t.outcome), t.automated ? " auto" : "");
  for (const std::string& topic : t.topics) text += " topic=" + topic;
  if (!t.conversation_id.empty()) text += " conv=" + t.conversation_id;
  if (!t.parent_id.empty()) text += " parent=" + t.parent_id;
  if (t.relation != Relation::kUnspecified) text += fmt::format(" rel={}", int(t.relation));
  for (const Score& score : t.scores) text += fmt::format(" fcr={}", score.value);
  return text;
}

}  // namespace

Timestamp NowOf(const Operation& operation) {
  return kFirstDay + hours(24 * 40) + minutes(operation.label);
}

std::string ToString(const Operation& operation) {
  static const char* const kNames[] = {"record", "record_all", "must_link", "cannot_link",
                                       "block",  "unblock",    "retract",   "retract_assertion",
                                       "reopen", "crash"};
  std::string text = fmt::format("#{} {}{}", operation.label,
                                 kNames[static_cast<size_t>(operation.kind)], Ids(operation));
  if (operation.kind == OperationKind::kRetractTouchpoint) {
    text += fmt::format(" {}/{}", operation.key.source, operation.key.id);
  }
  if (operation.kind == OperationKind::kRetractAssertion)
    text += fmt::format(" #{}", operation.target);
  for (const Touchpoint& t : operation.touchpoints) text += "\n    " + ToText(t);
  return text;
}

IdentityRules RandomTestRules(uint32_t identifiers_per_customer_max, Quarantine quarantine) {
  IdentityRules rules;
  rules.namespaces = {Rule("crm", Tier::kPerson, 1, 1),      Rule("card", Tier::kPerson, 2, 1),
                      Rule("login", Tier::kPerson, 3, 2),    Rule("mail", Tier::kPerson, 3, 3),
                      Rule("order", Tier::kReference, 5, 0), Rule("device", Tier::kHardware, 6, 2),
                      Rule("cookie", Tier::kCookie, 7, 0),   Rule("ip", Tier::kNone, 9, 0)};
  if (quarantine == Quarantine::kStrict) {
    for (NamespaceRule& rule : rules.namespaces) {
      if (!rule.unique()) rule.quarantine_above = rule.name == "mail" ? 2 : 1;
    }
  }
  rules.blocked_values = {"void"};
  rules.identifiers_per_customer_max = identifiers_per_customer_max;
  return rules;
}

std::vector<Policy> RandomTestPolicies() {
  Policy same = Named("same", hours(72));
  same.topic = TopicMatch::kSame;
  same.unknown_topic_matches = false;
  same.anchor = AnchorPoint::kStart;
  Policy prefix = Named("prefix", hours(24 * 5));
  prefix.topic = TopicMatch::kPrefix;
  prefix.topic_prefix = 1;
  prefix.chain = Chain::kFromFirst;
  Policy istanbul = Named("istanbul", hours(1));
  istanbul.calendar = CalendarRule{3, "Europe/Istanbul", 0};
  istanbul.anchor = AnchorPoint::kStart;
  Policy group = Named("group", hours(48));
  group.channels = ChannelMatch::kSameGroup;
  group.chain = Chain::kFromFirst;
  Policy channel = Named("channel", hours(24));
  channel.channels = ChannelMatch::kSame;
  channel.fold_gap = hours(2);
  channel.short_abandon = seconds(60);
  channel.exclude_base_topics = {"a/b", "b"};
  Policy only = Named("only", hours(24 * 7));
  only.only_channels = {Channel::kPhone, Channel::kEmail, Channel::kCustom};
  only.forwarded_within = hours(2);
  Policy new_york = Named("new_york", hours(1));  // Daylight time begins on 8 March 2026.
  new_york.calendar = CalendarRule{2, "America/New_York", 0};
  new_york.chain = Chain::kFromFirst;
  new_york.topic = TopicMatch::kPrefix;
  new_york.topic_prefix = 2;
  return {Policy(), same, prefix, istanbul, group, channel, only, new_york};
}

std::vector<oracle::Id> AllIdentifiers() {
  std::vector<oracle::Id> all;
  for (const ValueRange& range : kRanges) {
    if (range.name_space == std::string_view("ip")) continue;
    for (int i = 0; i < range.values; ++i) {
      all.emplace_back(range.name_space, fmt::format("{}{}", range.name_space[0], i));
    }
  }
  return all;
}

std::vector<Operation> GenerateOperations(uint64_t seed, size_t count,
                                          const GeneratorOptions& options) {
  Generator generator(seed, options);
  std::vector<Operation> operations;
  for (size_t i = 1; i <= count; ++i) {
    operations.push_back(generator.Next(static_cast<uint32_t>(i)));
  }
  return operations;
}

}  // namespace cxjourney::random_tests
