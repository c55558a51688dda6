#include "interchange/fields.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include "interchange/names.h"

namespace cxjourney::interchange {
namespace {

template <class N>
bool ParseNumber(std::string_view text, N& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

bool ParseBool(std::string_view text, bool& flag) {
  for (const char* yes : {"true", "True", "TRUE", "1", "yes"}) {
    if (text == yes) return flag = true;
  }
  for (const char* no : {"false", "False", "FALSE", "0", "no"}) {
    if (text == no) return !(flag = false);
  }
  return false;
}

template <class N>
bool ParseOptional(std::string_view text, std::optional<N>& number) {
  return ParseNumber(text, number.emplace());
}

struct Setting {
  std::string_view text;
  const TimeFormat& times;
  Touchpoint& t;
  PendingFields& pending;

  bool Time(std::optional<Timestamp>& time) const {
    time = times.Parse(text);
    return time.has_value();
  }
  bool Text(std::string& field) const {
    field = std::string(text);
    return true;
  }
  // Each mapped column is an answer of its own: score.nps, score.csat, ...
  bool Answer(ScoreKind kind) const {
    t.scores.push_back({kind, 0, 0, {}});
    return ParseNumber(text, t.scores.back().value);
  }
  Value& Money() const { return t.value ? *t.value : t.value.emplace(); }
};

bool SetChannel(const Setting& s) {
  constexpr std::string_view kCustom = "custom:";
  if (s.text.substr(0, kCustom.size()) != kCustom) return ParseName(s.text, s.t.channel);
  s.t.channel = Channel::kCustom;
  s.t.custom_channel = std::string(s.text.substr(kCustom.size()));
  return true;
}

bool SetDurationSeconds(const Setting& s) {
  double seconds = 0;
  // Above 2^53 ms a double no longer counts in milliseconds.
  if (!ParseNumber(s.text, seconds) || !(seconds >= 0 && seconds < 9e12)) return false;
  s.t.duration_ms = std::llround(seconds * 1000);
  return true;
}

struct Field {
  std::string_view name;
  bool (*set)(const Setting&);
};

constexpr Field kFields[] = {
    {"source", [](const Setting& s) { return s.Text(s.t.source); }},
    {"id", [](const Setting& s) { return s.Text(s.t.id); }},
    {"tenant", [](const Setting& s) { return ParseNumber(s.text, s.pending.tenant); }},
    {"revision", [](const Setting& s) { return ParseNumber(s.text, s.t.revision); }},
    {"void", [](const Setting& s) { return ParseBool(s.text, s.t.voided); }},
    {"event_time", [](const Setting& s) { return s.Time(s.t.event_time); }},
    {"end_time", [](const Setting& s) { return s.Time(s.t.end_time); }},
    {"duration_ms", [](const Setting& s) { return ParseOptional(s.text, s.t.duration_ms); }},
    {"duration_s", SetDurationSeconds},
    {"sent_time", [](const Setting& s) { return s.Time(s.t.sent_time); }},
    {"utc_offset_min", [](const Setting& s) { return ParseOptional(s.text, s.t.utc_offset_min); }},
    {"channel", SetChannel},
    {"custom_channel", [](const Setting& s) { return s.Text(s.t.custom_channel); }},
    {"channel_detail", [](const Setting& s) { return s.Text(s.t.channel_detail); }},
    {"visibility", [](const Setting& s) { return ParseName(s.text, s.t.visibility); }},
    {"reach", [](const Setting& s) { return ParseNumber(s.text, s.t.reach); }},
    {"direction", [](const Setting& s) { return ParseName(s.text, s.t.direction); }},
    {"initiation", [](const Setting& s) { return ParseName(s.text, s.t.initiation); }},
    {"purpose", [](const Setting& s) { return ParseName(s.text, s.t.purpose); }},
    {"topic", [](const Setting& s) { return s.Text(s.t.topics.emplace_back()); }},
    {"outcome", [](const Setting& s) { return ParseName(s.text, s.t.outcome); }},
    {"follow_up_due", [](const Setting& s) { return s.Time(s.t.follow_up_due); }},
    {"handled_by", [](const Setting& s) { return ParseName(s.text, s.t.handled_by); }},
    {"automated", [](const Setting& s) { return ParseBool(s.text, s.t.automated); }},
    {"template", [](const Setting& s) { return ParseBool(s.text, s.t.canned); }},
    {"conversation_id", [](const Setting& s) { return s.Text(s.t.conversation_id); }},
    {"parent_id", [](const Setting& s) { return s.Text(s.t.parent_id); }},
    {"relation", [](const Setting& s) { return ParseName(s.text, s.t.relation); }},
    {"agent", [](const Setting& s) { return s.Text(s.t.agent); }},
    {"queue", [](const Setting& s) { return s.Text(s.t.queue); }},
    {"team", [](const Setting& s) { return s.Text(s.t.team); }},
    {"timings.queue_ms",
     [](const Setting& s) { return ParseOptional(s.text, s.t.timings.queue_ms); }},
    {"timings.talk_ms",
     [](const Setting& s) { return ParseOptional(s.text, s.t.timings.talk_ms); }},
    {"timings.hold_ms",
     [](const Setting& s) { return ParseOptional(s.text, s.t.timings.hold_ms); }},
    {"timings.wrap_ms",
     [](const Setting& s) { return ParseOptional(s.text, s.t.timings.wrap_ms); }},
    {"timings.first_response_ms",
     [](const Setting& s) { return ParseOptional(s.text, s.t.timings.first_response_ms); }},
    {"score.nps", [](const Setting& s) { return s.Answer(ScoreKind::kNps); }},
    {"score.csat", [](const Setting& s) { return s.Answer(ScoreKind::kCsat); }},
    {"score.ces", [](const Setting& s) { return s.Answer(ScoreKind::kCes); }},
    {"score.fcr", [](const Setting& s) { return s.Answer(ScoreKind::kFcr); }},
    {"sentiment", [](const Setting& s) { return ParseOptional(s.text, s.t.sentiment); }},
    {"emotion", [](const Setting& s) { return s.Text(s.t.emotion); }},
    {"value.amount_minor",
     [](const Setting& s) { return ParseNumber(s.text, s.Money().amount_minor); }},
    {"value.amount", [](const Setting& s) { return s.Text(s.pending.amount); }},
    {"value.currency", [](const Setting& s) { return s.Text(s.Money().currency); }},
    {"value.kind", [](const Setting& s) { return ParseName(s.text, s.Money().kind); }},
    {"text", [](const Setting& s) { return s.Text(s.t.text.emplace()); }},
    {"consent", [](const Setting& s) { return ParseName(s.text, s.t.consent); }},
    {"retention_class", [](const Setting& s) { return ParseName(s.text, s.t.retention_class); }},
};

const Field* Find(std::string_view name) {
  const auto* field = std::find_if(std::begin(kFields), std::end(kFields),
                                   [&](const Field& f) { return f.name == name; });
  return field == std::end(kFields) ? nullptr : field;
}

}  // namespace

bool IsField(std::string_view name) { return Find(name) != nullptr; }

bool SetField(std::string_view name, std::string_view text, const TimeFormat& times,
              Touchpoint& touchpoint, PendingFields& pending) {
  return Find(name)->set({text, times, touchpoint, pending});
}

std::string_view FinishFields(const PendingFields& pending, Touchpoint& touchpoint) {
  if (pending.amount.empty()) return {};
  Value& money = touchpoint.value ? *touchpoint.value : touchpoint.value.emplace();
  if (!ParseAmount(pending.amount, money.currency, money.amount_minor)) return "value.amount";
  return {};
}

bool IsAttributeFlag(std::string_view flag) {
  for (const char* known : {"string", "int", "double", "bool", "fact", "personal"}) {
    if (flag == known) return true;
  }
  return false;
}

bool SetAttributeValue(std::string_view type, std::string_view text, Attribute& attribute) {
  if (type == "int") return ParseNumber(text, attribute.value.emplace<int64_t>());
  if (type == "double") return ParseNumber(text, attribute.value.emplace<double>());
  if (type == "bool") return ParseBool(text, attribute.value.emplace<bool>());
  attribute.value = std::string(text);
  return true;
}

int MinorDigits(std::string_view currency) {
  static constexpr std::array<std::string_view, 16> kNone = {
      "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW",
      "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XPF"};
  static constexpr std::array<std::string_view, 7> kThree = {"BHD", "IQD", "JOD", "KWD",
                                                             "LYD", "OMR", "TND"};
  if (std::find(kNone.begin(), kNone.end(), currency) != kNone.end() || currency == "XOF") return 0;
  return std::find(kThree.begin(), kThree.end(), currency) != kThree.end() ? 3 : 2;
}

bool ParseAmount(std::string_view text, std::string_view currency, int64_t& minor) {
  const bool negative = !text.empty() && text[0] == '-';
  if (negative) text.remove_prefix(1);
  const size_t point = text.find('.');
  std::string digits(text.substr(0, point));
  if (digits.empty()) return false;
  std::string_view fraction = point == std::string_view::npos ? "" : text.substr(point + 1);
  while (!fraction.empty() && fraction.back() == '0') fraction.remove_suffix(1);
  const auto places = static_cast<size_t>(MinorDigits(currency));
  if (fraction.size() > places) return false;
  digits += fraction;
  digits.append(places - fraction.size(), '0');
  if (digits.find_first_not_of("0123456789") != std::string::npos) return false;
  if (!ParseNumber<int64_t>(digits, minor)) return false;
  if (negative) minor = -minor;
  return true;
}

}  // namespace cxjourney::interchange
