// Policies by name and in words.
#include "cxjourney/policy.h"

#include <absl/time/time.h>
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <utility>

#include "base/status_macros.h"
#include "journey/channels.h"

namespace cxjourney {
inline namespace v1 {
namespace {

using std::chrono::hours;

constexpr int64_t kDaysMax = 3660;  // Ten years: nobody asks for more, and sums fit.
constexpr Duration kDurationMax = hours(24 * kDaysMax);
constexpr size_t kNameBytesMax = 256;        // Names stand in every receipt.
constexpr size_t kExcludedTopicsMax = 1000;  // Each is compared with every contact's topics.
constexpr size_t kTopicBytesMax = 1024;
constexpr uint32_t kTopicPrefixMax = 64;
constexpr int32_t kOffsetMinutesMax = 18 * 60;  // No zone is farther from UTC.

// Every preset says all of its fields, so that a changed default changes none of them.
Policy Preset(std::string name, Duration window, TopicMatch topic) {
  Policy policy;
  policy.name = std::move(name);
  policy.window = window;
  policy.anchor = AnchorPoint::kEnd;
  policy.topic = topic;
  policy.topic_prefix = 0;
  policy.unknown_topic_matches = true;
  policy.channels = ChannelMatch::kAll;
  policy.chain = Chain::kRolling;
  policy.fold_gap = hours(24);
  policy.short_abandon = std::chrono::seconds(5);
  policy.exclude_base_topics = {};
  policy.calendar = std::nullopt;
  policy.only_channels = {};
  policy.forwarded_within = Duration::zero();
  return policy;
}

Policy CalendarDays() {
  Policy policy = Preset("calendar_days", hours(7 * 24), TopicMatch::kAny);
  policy.anchor = AnchorPoint::kStart;
  policy.calendar = CalendarRule{.days = 7, .zone = "", .utc_offset_min = 0};
  return policy;
}

Policy QueueMetrics() {
  Policy policy = Preset("queuemetrics_168h", hours(168), TopicMatch::kAny);
  policy.only_channels = {Channel::kPhone};
  return policy;
}

std::array<Policy, 6> Presets() {
  return {Preset("next_contact_7d", hours(7 * 24), TopicMatch::kAny),
          Preset("same_topic_7d", hours(7 * 24), TopicMatch::kSame),
          Preset("same_topic_30d", hours(30 * 24), TopicMatch::kSame),
          Preset("callback_24h", hours(24), TopicMatch::kAny),
          CalendarDays(),
          QueueMetrics()};
}

Status Invalid(std::string_view key, std::string_view why) {
  return Status(Code::kInvalidArgument, fmt::format("policy: {}: {}", key, why));
}

template <class Number>
bool ParseNumber(std::string_view text, Number* number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *number);
  return error == std::errc() && end == text.data() + text.size();
}

// The parts of a list; an empty text is an empty list.
std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) break;
    text.remove_prefix(at + 1);
    if (text.empty()) parts.push_back(text);
  }
  return parts;
}

Status ParseDuration(std::string_view key, std::string_view text, Duration* duration) {
  int64_t count = 0;
  const char unit = text.empty() ? '\0' : text.back();
  const int64_t seconds = unit == 's'   ? 1
                          : unit == 'm' ? 60
                          : unit == 'h' ? 3600
                          : unit == 'd' ? 24 * 3600
                                        : 0;
  if (seconds == 0 || !ParseNumber(text.substr(0, text.size() - 1), &count) || count < 0) {
    return Invalid(key, fmt::format("\"{}\" is not a number and one of s, m, h, d", text));
  }
  if (count > kDaysMax * 24 * 3600 / seconds) {
    return Invalid(key, fmt::format("more than {} days", kDaysMax));
  }
  *duration = std::chrono::seconds(count * seconds);
  return Status();
}

template <class Value>
using Words = std::initializer_list<std::pair<std::string_view, Value>>;

template <class Value>
Status ParseWord(std::string_view key, std::string_view text, Words<Value> words, Value* value) {
  std::string known;
  for (const auto& [word, meaning] : words) {
    if (word == text) {
      *value = meaning;
      return Status();
    }
    known += fmt::format("{}{}", known.empty() ? "" : ", ", word);
  }
  return Invalid(key, fmt::format("\"{}\" is none of {}", text, known));
}

Status ParseTopic(std::string_view key, std::string_view text, Policy* policy) {
  constexpr std::string_view kPrefix = "prefix:";
  if (text.substr(0, kPrefix.size()) != kPrefix) {
    policy->topic_prefix = 0;
    if (text != "any" && text != "same") {
      return Invalid(key, fmt::format("\"{}\" is none of any, same, prefix:<segments>", text));
    }
    policy->topic = text == "any" ? TopicMatch::kAny : TopicMatch::kSame;
    return Status();
  }
  if (!ParseNumber(text.substr(kPrefix.size()), &policy->topic_prefix)) {
    return Invalid(key, fmt::format("\"{}\" is not prefix: and a number of segments", text));
  }
  policy->topic = TopicMatch::kPrefix;
  return Status();
}

// "+03:00" is an offset from UTC; anything else names a zone.
bool ParseOffset(std::string_view text, int32_t* minutes) {
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return false;
  uint32_t hour = 0;
  uint32_t minute = 0;
  if (!ParseNumber(text.substr(1, 2), &hour) || !ParseNumber(text.substr(4), &minute)) return false;
  if (minute > 59) return false;
  const int32_t total = static_cast<int32_t>(hour * 60 + minute);
  *minutes = text[0] == '-' ? -total : total;
  return true;
}

Status ParseCalendar(std::string_view key, std::string_view text, Policy* policy) {
  if (text == "off") {
    policy->calendar.reset();
    return Status();
  }
  const size_t at = text.find('@');
  CalendarRule rule;
  if (!ParseNumber(text.substr(0, at), &rule.days)) {
    return Invalid(key, fmt::format("\"{}\" is neither off nor days[@zone]", text));
  }
  if (at != std::string_view::npos) {
    const std::string_view zone = text.substr(at + 1);
    absl::TimeZone ignored;
    if (!ParseOffset(zone, &rule.utc_offset_min)) {
      rule.zone = std::string(zone);
      if (zone.empty() || !absl::LoadTimeZone(rule.zone, &ignored)) {
        return Invalid(key, fmt::format("no time zone is called \"{}\"", zone));
      }
    }
  }
  policy->calendar = std::move(rule);
  return Status();
}

Status ParseOnlyChannels(std::string_view key, std::string_view text, Policy* policy) {
  policy->only_channels.clear();
  for (std::string_view name : Split(text, '|')) {
    const std::optional<Channel> channel = journey::FindChannel(name);
    if (!channel) return Invalid(key, fmt::format("no channel is called \"{}\"", name));
    policy->only_channels.push_back(*channel);
  }
  return Status();
}

Status SetField(std::string_view key, std::string_view text, Policy* policy) {
  if (key == "name") {
    policy->name = std::string(text);
    return Status();
  }
  if (key == "window") return ParseDuration(key, text, &policy->window);
  if (key == "fold_gap") return ParseDuration(key, text, &policy->fold_gap);
  if (key == "short_abandon") return ParseDuration(key, text, &policy->short_abandon);
  if (key == "forwarded_within") return ParseDuration(key, text, &policy->forwarded_within);
  if (key == "anchor") {
    return ParseWord<AnchorPoint>(
        key, text, {{"end", AnchorPoint::kEnd}, {"start", AnchorPoint::kStart}}, &policy->anchor);
  }
  if (key == "topic") return ParseTopic(key, text, policy);
  if (key == "unknown_topic") {
    return ParseWord<bool>(key, text, {{"match", true}, {"nomatch", false}},
                           &policy->unknown_topic_matches);
  }
  if (key == "channels") {
    return ParseWord<ChannelMatch>(key, text,
                                   {{"all", ChannelMatch::kAll},
                                    {"same", ChannelMatch::kSame},
                                    {"same_group", ChannelMatch::kSameGroup}},
                                   &policy->channels);
  }
  if (key == "chain") {
    return ParseWord<Chain>(key, text,
                            {{"rolling", Chain::kRolling}, {"from_first", Chain::kFromFirst}},
                            &policy->chain);
  }
  if (key == "exclude_base_topics") {
    const std::vector<std::string_view> topics = Split(text, '|');
    policy->exclude_base_topics.assign(topics.begin(), topics.end());
    return Status();
  }
  if (key == "calendar") return ParseCalendar(key, text, policy);
  if (key == "only_channels") return ParseOnlyChannels(key, text, policy);
  return Invalid(key, "no such field");
}

// "same_topic_7d" or "calendar_days(45)".
Status ParsePreset(std::string_view text, Policy* policy) {
  constexpr std::string_view kCalendar = "calendar_days(";
  for (Policy& preset : Presets()) {
    if (preset.name != text) continue;
    *policy = std::move(preset);
    return Status();
  }
  if (text.substr(0, kCalendar.size()) == kCalendar && text.back() == ')') {
    *policy = CalendarDays();
    policy->name = std::string(text);
    text.remove_prefix(kCalendar.size());
    return ParseCalendar("calendar_days", text.substr(0, text.size() - 1), policy);
  }
  return Invalid(text, "neither a preset nor key=value");
}

Status CheckDuration(std::string_view key, Duration duration) {
  if (duration >= Duration::zero() && duration <= kDurationMax) return Status();
  return Invalid(key, fmt::format("must be from 0 to {} days", kDaysMax));
}

template <class Enum>
Status CheckEnum(std::string_view key, Enum value, Enum last) {
  if (static_cast<int>(value) >= 1 && value <= last) return Status();
  return Invalid(key, fmt::format("{} has no meaning", static_cast<int>(value)));
}

Status CheckCalendar(const CalendarRule& rule) {
  if (rule.days > kDaysMax) return Invalid("calendar", fmt::format("more than {} days", kDaysMax));
  if (rule.utc_offset_min < -kOffsetMinutesMax || rule.utc_offset_min > kOffsetMinutesMax) {
    return Invalid("calendar",
                   fmt::format("the UTC offset is beyond {} minutes", kOffsetMinutesMax));
  }
  return Status();
}

Status CheckLists(const Policy& policy) {
  if (policy.exclude_base_topics.size() > kExcludedTopicsMax) {
    return Invalid("exclude_base_topics", fmt::format("more than {} topics", kExcludedTopicsMax));
  }
  for (const std::string& topic : policy.exclude_base_topics) {
    if (topic.empty() || topic.size() > kTopicBytesMax) {
      return Invalid("exclude_base_topics",
                     fmt::format("a topic must have 1 to {} bytes", kTopicBytesMax));
    }
  }
  for (Channel channel : policy.only_channels) {
    CXJ_RETURN_IF_ERROR(CheckEnum("only_channels", channel, Channel::kCustom));
  }
  return Status();
}

}  // namespace

std::vector<std::string> PolicyPresetNames() {
  std::vector<std::string> names;
  for (Policy& preset : Presets()) names.push_back(std::move(preset.name));
  return names;
}

Result<Policy> ParsePolicy(std::string_view text) {
  if (text.empty()) return Invalid("preset", "the text is empty");
  Policy policy = Preset("next_contact_7d", hours(7 * 24), TopicMatch::kAny);
  const std::vector<std::string_view> parts = Split(text, ',');
  bool named = false;
  for (size_t i = 0; i < parts.size(); ++i) {
    const size_t at = parts[i].find('=');
    if (at == std::string_view::npos) {
      if (i > 0) return Invalid(parts[i], "is not key=value");
      CXJ_RETURN_IF_ERROR(ParsePreset(parts[i], &policy));
      continue;
    }
    const std::string_view key = parts[i].substr(0, at);
    CXJ_RETURN_IF_ERROR(SetField(key, parts[i].substr(at + 1), &policy));
    named = named || key == "name";
  }
  // A variant of a preset is another policy than the preset; what was typed tells them apart.
  const bool is_preset = parts.size() == 1 && parts[0].find('=') == std::string_view::npos;
  if (!named && !is_preset) policy.name = std::string(text);
  CXJ_RETURN_IF_ERROR(ValidatePolicy(policy));
  return policy;
}

Status ValidatePolicy(const Policy& policy) {
  if (policy.name.empty() || policy.name.size() > kNameBytesMax) {
    return Invalid("name", fmt::format("must have 1 to {} bytes", kNameBytesMax));
  }
  CXJ_RETURN_IF_ERROR(CheckDuration("window", policy.window));
  CXJ_RETURN_IF_ERROR(CheckDuration("fold_gap", policy.fold_gap));
  CXJ_RETURN_IF_ERROR(CheckDuration("short_abandon", policy.short_abandon));
  CXJ_RETURN_IF_ERROR(CheckDuration("forwarded_within", policy.forwarded_within));
  CXJ_RETURN_IF_ERROR(CheckEnum("anchor", policy.anchor, AnchorPoint::kStart));
  CXJ_RETURN_IF_ERROR(CheckEnum("topic", policy.topic, TopicMatch::kPrefix));
  CXJ_RETURN_IF_ERROR(CheckEnum("channels", policy.channels, ChannelMatch::kSameGroup));
  CXJ_RETURN_IF_ERROR(CheckEnum("chain", policy.chain, Chain::kFromFirst));
  if (policy.topic == TopicMatch::kPrefix &&
      (policy.topic_prefix == 0 || policy.topic_prefix > kTopicPrefixMax)) {
    return Invalid("topic", fmt::format("prefix must be 1 to {} segments", kTopicPrefixMax));
  }
  if (policy.calendar) CXJ_RETURN_IF_ERROR(CheckCalendar(*policy.calendar));
  return CheckLists(policy);
}

}  // namespace v1
}  // namespace cxjourney
