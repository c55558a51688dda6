// Times as people and programs write them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cxjourney/time.h"

namespace cxjourney::interchange {

// ISO 8601: "2026-03-02T09:00:00.25Z", "2026-03-02T12:00:00+03:00", and with a space for the T,
// without seconds, or a date alone. Without an offset it is UTC. Fractions below a microsecond are
// cut off. Nothing for anything else.
std::optional<Timestamp> ParseIsoTime(std::string_view text);

// "2026-03-02T09:00:00Z", with six digits of fraction where there is a fraction.
std::string IsoTime(Timestamp time);

// Reads times of one strftime-like format in one time zone. Formats "epoch_s", "epoch_ms" and
// "epoch_us" are numbers; "iso" is ParseIsoTime, in the zone where no offset is given.
class TimeFormat {
 public:
  // False: no such zone. An empty zone is UTC.
  bool Set(std::string_view format, std::string_view zone);
  std::optional<Timestamp> Parse(std::string_view text) const;

 private:
  std::string format_ = "iso";
  std::string zone_ = "UTC";
};

}  // namespace cxjourney::interchange
