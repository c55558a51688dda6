#include "interchange/time_text.h"

#include <absl/time/time.h>

#include <charconv>
#include <cstdint>

namespace cxjourney::interchange {
namespace {

std::optional<Timestamp> FromAbsl(absl::Time time) {
  if (time == absl::InfiniteFuture() || time == absl::InfinitePast()) return std::nullopt;
  return Timestamp(Duration(absl::ToUnixMicros(time)));
}

std::optional<Timestamp> ParseWith(absl::string_view format, std::string_view text,
                                   absl::TimeZone zone) {
  absl::Time time;
  std::string error;
  if (!absl::ParseTime(format, absl::string_view(text.data(), text.size()), zone, &time, &error)) {
    return std::nullopt;
  }
  return FromAbsl(time);
}

// absl's formats skip white space and know "infinite-future"; ISO text starts with a digit.
std::optional<Timestamp> ParseIsoIn(std::string_view text, absl::TimeZone zone) {
  if (text.size() < 10 || text.size() > 40 || text[0] < '0' || text[0] > '9') return std::nullopt;
  static constexpr const char* kFormats[] = {
      "%Y-%m-%d%ET%H:%M:%E*S%Ez", "%Y-%m-%d%ET%H:%M:%E*S", "%Y-%m-%d %H:%M:%E*S%Ez",
      "%Y-%m-%d %H:%M:%E*S",      "%Y-%m-%d%ET%H:%M%Ez",   "%Y-%m-%d%ET%H:%M",
      "%Y-%m-%d %H:%M%Ez",        "%Y-%m-%d %H:%M",        "%Y-%m-%d",
  };
  for (const char* format : kFormats) {
    if (auto time = ParseWith(format, text, zone)) return time;
  }
  return std::nullopt;
}

std::optional<Timestamp> ParseEpoch(std::string_view text, int64_t unit_us) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  int64_t micros = 0;
  if (__builtin_mul_overflow(number, unit_us, &micros)) return std::nullopt;
  return Timestamp(Duration(micros));
}

}  // namespace

std::optional<Timestamp> ParseIsoTime(std::string_view text) {
  return ParseIsoIn(text, absl::UTCTimeZone());
}

std::string IsoTime(Timestamp time) {
  const int64_t micros = time.time_since_epoch().count();
  const char* format = micros % 1000000 == 0 ? "%Y-%m-%d%ET%H:%M:%SZ" : "%Y-%m-%d%ET%H:%M:%E6SZ";
  return absl::FormatTime(format, absl::FromUnixMicros(micros), absl::UTCTimeZone());
}

bool TimeFormat::Set(std::string_view format, std::string_view zone) {
  absl::TimeZone loaded;
  if (zone.empty()) zone = "UTC";
  if (!absl::LoadTimeZone(absl::string_view(zone.data(), zone.size()), &loaded)) return false;
  format_ = format.empty() ? "iso" : std::string(format);
  zone_ = std::string(zone);
  return true;
}

std::optional<Timestamp> TimeFormat::Parse(std::string_view text) const {
  if (format_ == "epoch_s") return ParseEpoch(text, 1000000);
  if (format_ == "epoch_ms") return ParseEpoch(text, 1000);
  if (format_ == "epoch_us") return ParseEpoch(text, 1);
  absl::TimeZone zone;
  absl::LoadTimeZone(zone_, &zone);  // Set has loaded it before; absl keeps zones.
  if (format_ == "iso") return ParseIsoIn(text, zone);
  return ParseWith(format_, text, zone);
}

}  // namespace cxjourney::interchange
