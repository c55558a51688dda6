#include "tools/cxj_vectors/reader.h"

#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <utility>

namespace cxjourney::vectors {

std::optional<Timestamp> ParseTime(const std::string& text) {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  int hour = 0;
  int minute = 0;
  double second = 0;
  char zone = 0;
  char rest = 0;
  const int fields = std::sscanf(text.c_str(), "%d-%u-%uT%d:%d:%lf%c%c", &year, &month, &day, &hour,
                                 &minute, &second, &zone, &rest);
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(day)};
  if (fields != 7 || zone != 'Z' || !date.ok()) return std::nullopt;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second >= 60) {
    return std::nullopt;
  }
  const auto fraction = std::chrono::round<Duration>(std::chrono::duration<double>(second));
  return Timestamp(std::chrono::sys_days(date)) + std::chrono::hours(hour) +
         std::chrono::minutes(minute) + fraction;
}

ObjectReader::ObjectReader(const Json& object, std::string where, Problems* problems)
    : object_(object), where_(std::move(where)), problems_(problems) {
  if (!object_.is_object()) problems_->push_back(where_ + ": not an object");
}

const Json* ObjectReader::Take(const std::string& key) {
  taken_.insert(key);
  if (!object_.is_object()) return nullptr;
  const auto found = object_.find(key);
  return found == object_.end() ? nullptr : &*found;
}

std::string ObjectReader::Text(const std::string& key, const std::string& otherwise) {
  const Json* value = Take(key);
  if (value == nullptr || value->is_null()) return otherwise;
  if (value->is_string()) return value->get<std::string>();
  Problem(key, "not a string");
  return otherwise;
}

int64_t ObjectReader::Integer(const std::string& key, int64_t otherwise) {
  const Json* value = Take(key);
  if (value == nullptr || value->is_null()) return otherwise;
  if (value->is_number_integer()) return value->get<int64_t>();
  Problem(key, "not a whole number");
  return otherwise;
}

bool ObjectReader::Flag(const std::string& key, bool otherwise) {
  const Json* value = Take(key);
  if (value == nullptr || value->is_null()) return otherwise;
  if (value->is_boolean()) return value->get<bool>();
  Problem(key, "not true or false");
  return otherwise;
}

std::optional<Timestamp> ObjectReader::Time(const std::string& key) {
  const Json* value = Take(key);
  if (value == nullptr || value->is_null()) return std::nullopt;
  std::optional<Timestamp> time;
  if (value->is_string()) time = ParseTime(value->get<std::string>());
  if (value->is_number_integer()) time = Timestamp(std::chrono::seconds(value->get<int64_t>()));
  if (!time) Problem(key, "not a time");
  return time;
}

std::vector<std::string> ObjectReader::Texts(const std::string& key) {
  const Json* value = Take(key);
  std::vector<std::string> texts;
  if (value == nullptr || value->is_null()) return texts;
  const Json list = value->is_array() ? *value : Json::array({*value});
  for (const Json& item : list) {
    if (!item.is_string()) {
      Problem(key, "not a string");
    } else if (!item.get<std::string>().empty()) {
      texts.push_back(item.get<std::string>());
    }
  }
  return texts;
}

void ObjectReader::Problem(const std::string& key, const std::string& what) {
  problems_->push_back(fmt::format("{}: {}: {}", where_, key, what));
}

void ObjectReader::Finish() {
  if (!object_.is_object()) return;
  for (const auto& [key, value] : object_.items()) {
    if (taken_.count(key) == 0) Problem(key, "unknown key");
  }
}

std::optional<Json> ReadJsonFile(const std::string& path, Problems* problems) {
  std::ifstream in(path);
  if (!in) {
    problems->push_back(path + ": cannot be read");
    return std::nullopt;
  }
  Json json = Json::parse(in, nullptr, false);
  if (json.is_discarded()) {
    problems->push_back(path + ": is not JSON");
    return std::nullopt;
  }
  return json;
}

std::string Word(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == '-' || c == ' ') c = '_';
  }
  return text;
}

}  // namespace cxjourney::vectors
