// What single legs are to contacts and promises.
#pragma once

#include "cxjourney/policy.h"
#include "journey/leg.h"

namespace cxjourney::journey {

// An unspecified direction counts as inbound.
inline bool IsInbound(const Leg& leg) {
  return leg.direction == Direction::kIn || leg.direction == Direction::kUnspecified;
}

// Service itself, in either direction: what a contact's end and handling are taken from.
bool IsMaterial(const Leg& leg);

// The company said that it would come back.
bool IsPromise(const Leg& leg);

// The company came back: outbound, of a service purpose and not automated.
bool IsReply(const Leg& leg);

}  // namespace cxjourney::journey
