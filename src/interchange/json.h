// Touchpoints as JSON, by the rules of protobuf.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cxjourney/status.h"
#include "cxjourney/touchpoint.h"

namespace cxjourney::interchange {

// Why a piece of input is no touchpoint. Never holds a value of the input.
struct Refusal {
  std::string reason = {};  // "bad_json", "unknown_field", "bad_value", "bad_time", ...
  std::string field = {};   // Path of the field: "identifiers[0].role"; empty where none is known.
};

enum class JsonTimes : uint8_t {
  kMicros = 1,  // Exactly protobuf: 64-bit integers as text.
  kIso = 2,     // RFC 3339 text, which FromJson reads as well.
};

// One line, fields in the order of the message, those that are not set left out.
std::string ToJson(const Touchpoint& touchpoint, JsonTimes times = JsonTimes::kMicros,
                   uint32_t tenant = 0);

// Strict: unknown fields, repeated keys and values of the wrong type are refused. Beyond protobuf's
// rules it takes RFC 3339 text for times. True fills `touchpoint` and `tenant`, false `refusal`.
bool FromJson(std::string_view text, Touchpoint& touchpoint, uint32_t& tenant, Refusal& refusal);

}  // namespace cxjourney::interchange
