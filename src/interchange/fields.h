// Fields of a touchpoint set from text by name, for formats whose values are all text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cxjourney/touchpoint.h"
#include "interchange/time_text.h"

namespace cxjourney::interchange {

// Is there a field of this name? Those of the exchange format; parts after a dot
// ("timings.talk_ms", "value.amount_minor", "score.nps"); "topic" once for each path; "duration_s"
// and "value.amount" for what other programs export.
bool IsField(std::string_view name);

// What can't be set before the whole row is known.
struct PendingFields {
  std::string amount = {};  // In major units, "12.50": needs the currency.
  uint32_t tenant = 0;
};

// Sets the field; false when the text is none of its values. REQUIRES: IsField(name).
bool SetField(std::string_view name, std::string_view text, const TimeFormat& times,
              Touchpoint& touchpoint, PendingFields& pending);

// Sets what was left pending; the name of the field that is wrong, or empty.
std::string_view FinishFields(const PendingFields& pending, Touchpoint& touchpoint);

bool IsAttributeFlag(std::string_view flag);

// "int", "double", "bool" or "string"; false when the text is no such value.
bool SetAttributeValue(std::string_view type, std::string_view text, Attribute& attribute);

// Digits behind the point of an amount in this currency (ISO 4217): 2 for most.
int MinorDigits(std::string_view currency);

// Minor units of an amount written in decimal ("25", "25.5", "-3.10"), exactly; false when it has
// more digits than the currency, or is no number.
bool ParseAmount(std::string_view text, std::string_view currency, int64_t& minor);

}  // namespace cxjourney::interchange
