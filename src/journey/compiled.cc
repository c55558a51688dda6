#include "journey/compiled.h"

#include <algorithm>
#include <memory>
#include <string>

#include "model/vocabulary.h"

namespace cxjourney::journey {
namespace {

constexpr int64_t kDayUs = 24 * INT64_C(3600) * 1000 * 1000;

absl::TimeZone ZoneOf(const CalendarRule& rule) {
  absl::TimeZone zone;
  // "localtime" would be whatever this machine is set to.
  if (!rule.zone.empty() && rule.zone != "localtime" && absl::LoadTimeZone(rule.zone, &zone)) {
    return zone;
  }
  return absl::FixedTimeZone(rule.utc_offset_min * 60);
}

// The first `segments` segments of a path, or nothing where it has fewer.
std::string_view Head(std::string_view path, uint32_t segments) {
  size_t at = 0;
  for (uint32_t i = 1;; ++i) {
    at = path.find('/', at);
    if (i == segments) return path.substr(0, at);
    if (at == std::string_view::npos) return {};
    ++at;
  }
}

bool PathsMatch(std::string_view a, std::string_view b, uint32_t segments) {
  if (a.empty() || b.empty()) return false;
  if (a == b) return true;
  if (segments == 0) return false;
  const std::string_view head = Head(a, segments);
  return !head.empty() && head == Head(b, segments);
}

}  // namespace

bool HasTopics(const Leg& leg) {
  return std::any_of(leg.topics.begin(), leg.topics.end(),
                     [](std::string_view path) { return !path.empty(); });
}

bool IsPathPrefix(std::string_view prefix, std::string_view path) {
  if (path.substr(0, prefix.size()) != prefix) return false;
  return path.size() == prefix.size() || path[prefix.size()] == '/';
}

bool SameChannel(const Leg& a, const Leg& b) {
  if (a.channel != b.channel) return false;
  return a.channel != Channel::kCustom || a.details->custom_channel == b.details->custom_channel;
}

bool SameChannel(const FoldedContact& a, const FoldedContact& b) {
  if (a.channel != b.channel) return false;
  return a.channel != Channel::kCustom || SameChannel(a.first(), b.first());
}

CompiledPolicy::CompiledPolicy(const Policy& policy) : impl_(std::make_unique<Impl>(policy)) {}
CompiledPolicy::~CompiledPolicy() = default;
const Policy& CompiledPolicy::policy() const { return impl_->policy; }

CompiledPolicy::Impl::Impl(const Policy& given) : policy(given) {
  window_us = policy.window.count();
  reach_us = window_us;
  if (policy.calendar) {
    zone = ZoneOf(*policy.calendar);
    // The locality interval is N + 1 days; one more covers clocks that are put back at midnight.
    reach_us = (static_cast<int64_t>(policy.calendar->days) + 2) * kDayUs;
  }
  if (!policy.only_channels.empty()) channels = 0;
  for (Channel channel : policy.only_channels) channels |= 1u << static_cast<unsigned>(channel);
}

bool CompiledPolicy::Impl::Exists(const Leg& first) const {
  return (channels >> static_cast<unsigned>(first.channel) & 1u) != 0;
}

bool CompiledPolicy::Impl::Excludes(const Leg* topics) const {
  if (topics == nullptr) return false;
  for (const std::string& prefix : policy.exclude_base_topics) {
    for (std::string_view path : topics->topics) {
      if (IsPathPrefix(prefix, path)) return true;
    }
  }
  return false;
}

int64_t CompiledPolicy::Impl::Anchor(const FoldedContact& contact) const {
  return policy.anchor == AnchorPoint::kEnd ? contact.end_us : contact.start_us;
}

absl::CivilDay CompiledPolicy::Impl::LocalDay(int64_t time_us) const {
  return absl::ToCivilDay(absl::FromUnixMicros(time_us), zone);
}

bool CompiledPolicy::Impl::InWindow(int64_t anchor_us, int64_t start_us) const {
  if (start_us <= anchor_us) return true;
  if (SaturatingSubtract(start_us, anchor_us) > reach_us) return false;
  if (!policy.calendar) return true;
  return LocalDay(start_us) - LocalDay(anchor_us) <= static_cast<int64_t>(policy.calendar->days);
}

int64_t CompiledPolicy::Impl::MatureAt(int64_t anchor_us) const {
  if (!policy.calendar) return SaturatingAdd(anchor_us, window_us);
  const absl::CivilDay next =
      LocalDay(anchor_us) + (static_cast<int64_t>(policy.calendar->days) + 1);
  return absl::ToUnixMicros(absl::FromCivil(next, zone));
}

bool CompiledPolicy::Impl::Matches(const FoldedContact& earlier, const FoldedContact& later) const {
  return InWindow(Anchor(earlier), later.start_us) &&
         ChannelsMatch(earlier.first(), later.first()) && TopicsMatch(earlier, later);
}

bool CompiledPolicy::Impl::TopicsMatch(const FoldedContact& a, const FoldedContact& b) const {
  if (policy.topic == TopicMatch::kAny) return true;
  if (a.topics == nullptr || b.topics == nullptr) return policy.unknown_topic_matches;
  const uint32_t segments = policy.topic == TopicMatch::kPrefix ? policy.topic_prefix : 0;
  // Tells most pairs that don't match without a look at the legs.
  const bool hashed = a.topic_hash != 0 && b.topic_hash != 0;
  if (segments == 0 && hashed && a.topic_hash != b.topic_hash) return false;
  for (std::string_view left : a.topics->topics) {
    for (std::string_view right : b.topics->topics) {
      if (PathsMatch(left, right, segments)) return true;
    }
  }
  return false;
}

bool CompiledPolicy::Impl::ChannelsMatch(const Leg& a, const Leg& b) const {
  if (policy.channels == ChannelMatch::kAll) return true;
  if (policy.channels == ChannelMatch::kSame) return SameChannel(a, b);
  const model::ChannelGroup group = model::GroupOf(a.channel);
  if (group != model::GroupOf(b.channel)) return false;
  // Custom channels, and a channel that is not known, are a group of their own each.
  if (group == model::ChannelGroup::kCustom || group == model::ChannelGroup::kNone) {
    return SameChannel(a, b);
  }
  return true;
}

}  // namespace cxjourney::journey
