// The tests that a policy makes, with everything it says in words parsed once.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <limits>
#include <string_view>

#include "cxjourney/policy.h"
#include "journey/journey.h"
#include "journey/leg.h"

namespace cxjourney::journey {

// Event times come from outside: adding a window to the last possible one must not wrap.
inline int64_t SaturatingAdd(int64_t a, int64_t b) {
  int64_t sum = 0;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return b < 0 ? std::numeric_limits<int64_t>::min() : std::numeric_limits<int64_t>::max();
}
inline int64_t SaturatingSubtract(int64_t a, int64_t b) {
  int64_t difference = 0;
  if (!__builtin_sub_overflow(a, b, &difference)) return difference;
  return b > 0 ? std::numeric_limits<int64_t>::min() : std::numeric_limits<int64_t>::max();
}

// A leg whose topics are known: an empty path says nothing.
bool HasTopics(const Leg& leg);

// Are the first segments of `path` those of `prefix`? "a/b" is a prefix of "a/b/c", not of "a/bc".
bool IsPathPrefix(std::string_view prefix, std::string_view path);

// The same channel; custom ones compare their names.
bool SameChannel(const Leg& a, const Leg& b);
// Of their first legs, which are looked at only where a name decides.
bool SameChannel(const FoldedContact& a, const FoldedContact& b);

struct CompiledPolicy::Impl {
  explicit Impl(const Policy& given);

  // Contacts of this channel exist under the policy.
  bool Exists(const Leg& first) const;
  // The topics (of a leg, or null) keep a contact out of the base.
  bool Excludes(const Leg* topics) const;
  // Where the contact's window starts.
  int64_t Anchor(const FoldedContact& contact) const;
  // A contact that starts at `start_us` is inside the window of that anchor point.
  bool InWindow(int64_t anchor_us, int64_t start_us) const;
  // When the window of that anchor point is over.
  int64_t MatureAt(int64_t anchor_us) const;
  // Window, topics and channels: `later` would repeat `earlier` if that is a base contact.
  bool Matches(const FoldedContact& earlier, const FoldedContact& later) const;

  Policy policy;
  absl::TimeZone zone;      // Of the calendar.
  int64_t window_us = 0;    // Without a calendar.
  int64_t reach_us = 0;     // No window is longer; exact without a calendar.
  uint32_t channels = ~0u;  // Bit per channel that exists.

 private:
  bool TopicsMatch(const FoldedContact& a, const FoldedContact& b) const;
  bool ChannelsMatch(const Leg& a, const Leg& b) const;
  absl::CivilDay LocalDay(int64_t time_us) const;
};

}  // namespace cxjourney::journey
