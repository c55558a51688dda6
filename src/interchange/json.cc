#include "interchange/json.h"

#include <google/protobuf/util/json_util.h>

#include <array>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>
#include <vector>

#include "interchange/convert.h"
#include "interchange/time_text.h"

namespace cxjourney::interchange {
namespace {

using Json = nlohmann::ordered_json;

// Fields that are times: {name, camelCase name}.
constexpr std::array<std::pair<const char*, const char*>, 5> kTimeFields = {{
    {"event_time", "eventTime"},
    {"end_time", "endTime"},
    {"sent_time", "sentTime"},
    {"received_time", "receivedTime"},
    {"follow_up_due", "followUpDue"},
}};

bool IsInteger(std::string_view text) {
  return !text.empty() &&
         text.find_first_not_of("0123456789", text[0] == '-' ? 1 : 0) == std::string_view::npos;
}

// Parses one JSON object and refuses keys that occur twice in an object, which JSON libraries
// would silently resolve, each in its own way.
bool ParseStrict(std::string_view text, Json& json) {
  std::vector<std::set<std::string>> open;
  bool repeated = false;
  const auto watch = [&](int, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::object_start) open.emplace_back();
    if (event == Json::parse_event_t::object_end) open.pop_back();
    if (event == Json::parse_event_t::key && !open.back().insert(parsed.get<std::string>()).second)
      repeated = true;
    return true;
  };
  json = Json::parse(text, watch, /*allow_exceptions=*/false);
  return !json.is_discarded() && json.is_object() && !repeated;
}

bool RewriteTimes(Json& json, Refusal& refusal) {
  for (const auto& [name, camel] : kTimeFields) {
    for (const char* key : {name, camel}) {
      const auto field = json.find(key);
      if (field == json.end() || !field->is_string()) continue;
      const auto& text = field->get_ref<const std::string&>();
      if (IsInteger(text)) continue;
      const auto time = ParseIsoTime(text);
      if (!time) {
        refusal = {"bad_time", name};
        return false;
      }
      *field = time->time_since_epoch().count();
    }
  }
  return true;
}

bool LooksLikeFieldName(std::string_view text) {
  return !text.empty() && text.size() <= 40 && !(text[0] >= '0' && text[0] <= '9') &&
         text.find_first_not_of(
             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") ==
             std::string_view::npos;
}

// protobuf's messages are "(path): invalid value ..." and "(path) key: Cannot find field."; only
// the path, which is made of field names, and a key that looks like one may go on.
Refusal RefusalOf(std::string_view message) {
  Refusal refusal{"bad_value", ""};
  if (!message.empty() && message[0] == '(') {
    const size_t end = message.find(')');
    refusal.field = std::string(message.substr(1, end - 1));
    message.remove_prefix(end == std::string_view::npos ? message.size() : end + 1);
  }
  const size_t unknown = message.find(": Cannot find field");
  if (unknown == std::string_view::npos) return refusal;
  refusal.reason = "unknown_field";
  std::string_view key = message.substr(0, unknown);
  if (!key.empty() && key[0] == ' ') key.remove_prefix(1);
  if (!LooksLikeFieldName(key)) return refusal;
  if (!refusal.field.empty()) refusal.field += '.';
  refusal.field += key;
  return refusal;
}

}  // namespace

std::string ToJson(const Touchpoint& touchpoint, JsonTimes times, uint32_t tenant) {
  std::string text;
  // Cannot fail for a message of a compiled type, except for text that is not UTF-8, which the
  // store does not take.
  (void)google::protobuf::util::MessageToJsonString(ToMessage(touchpoint, tenant), &text);
  if (times == JsonTimes::kMicros) return text;
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return text;
  const auto rewrite = [&json](const char* key, const std::optional<Timestamp>& time) {
    if (const auto field = json.find(key); field != json.end() && time) *field = IsoTime(*time);
  };
  rewrite("eventTime", touchpoint.event_time);
  rewrite("endTime", touchpoint.end_time);
  rewrite("sentTime", touchpoint.sent_time);
  rewrite("receivedTime", touchpoint.received_time);
  rewrite("followUpDue", touchpoint.follow_up_due);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

bool FromJson(std::string_view text, Touchpoint& touchpoint, uint32_t& tenant, Refusal& refusal) {
  Json json;
  if (!ParseStrict(text, json)) {
    refusal = {"bad_json", ""};
    return false;
  }
  if (!RewriteTimes(json, refusal)) return false;
  wire::Touchpoint message;
  const auto parsed = google::protobuf::util::JsonStringToMessage(
      json.dump(-1, ' ', false, Json::error_handler_t::replace), &message);
  if (!parsed.ok()) {
    const auto reason = parsed.message();
    refusal = RefusalOf(std::string_view(reason.data(), reason.size()));
    return false;
  }
  Result<Touchpoint> converted = FromMessage(message);
  if (!converted.ok()) {
    const std::string& problem = converted.status().message();
    refusal = {"bad_value", problem.substr(0, problem.find(':'))};
    return false;
  }
  touchpoint = *std::move(converted);
  tenant = message.tenant();
  return true;
}

}  // namespace cxjourney::interchange
