// Steps 3 and 4 of the definition: repeat links, and the episodes they make.
#include <unicode/timezone.h>

#include <algorithm>
#include <memory>

#include "tests/oracle/naive_contacts.h"

namespace cxjourney::oracle {
namespace {

constexpr int64_t kMillisecondsADay = 86'400'000;

std::vector<std::string> Segments(const std::string& path) {
  std::vector<std::string> segments = {""};
  for (const char c : path) {
    if (c == '/') {
      segments.emplace_back();
    } else {
      segments.back() += c;
    }
  }
  return segments;
}

// The first k segments are equal; a path shorter than k matches only an equal one.
bool SamePrefix(const std::string& a, const std::string& b, size_t k) {
  const std::vector<std::string> x = Segments(a);
  const std::vector<std::string> y = Segments(b);
  if (x.size() < k || y.size() < k) return a == b;
  for (size_t i = 0; i < k; ++i) {
    if (x[i] != y[i]) return false;
  }
  return true;
}

bool IsUnder(const std::string& path, const std::string& prefix) {
  return path == prefix || path.compare(0, prefix.size() + 1, prefix + "/") == 0;
}

bool IsBase(const NaiveContact& c, const Policy& policy) {
  for (const std::string& topic : c.topics) {
    for (const std::string& prefix : policy.exclude_base_topics) {
      if (IsUnder(topic, prefix)) return false;
    }
  }
  return c.handled;
}

bool TopicsMatch(const NaiveContact& a, const NaiveContact& b, const Policy& policy) {
  if (policy.topic == TopicMatch::kAny) return true;
  if (a.topics.empty() || b.topics.empty()) return policy.unknown_topic_matches;
  for (const std::string& x : a.topics) {
    for (const std::string& y : b.topics) {
      if (policy.topic == TopicMatch::kSame && x == y) return true;
      if (policy.topic == TopicMatch::kPrefix && SamePrefix(x, y, policy.topic_prefix)) return true;
    }
  }
  return false;
}

std::string ChannelGroup(const Touchpoint& x) {
  switch (x.channel) {
    case Channel::kPhone:
    case Channel::kIvr:
    case Channel::kVideo:
      return "voice";
    case Channel::kSms:
    case Channel::kWebChat:
    case Channel::kAppChat:
    case Channel::kWhatsapp:
      return "messaging";
    case Channel::kEmail:
    case Channel::kLetter:
      return "mail";
    case Channel::kSocial:
    case Channel::kCommunity:
    case Channel::kReviewSite:
      return "social";
    case Channel::kStore:
    case Channel::kKiosk:
      return "in_person";
    case Channel::kWeb:
    case Channel::kApp:
      return "self_service";
    case Channel::kCustom:
      return "custom:" + x.custom_channel;
    case Channel::kUnspecified:
      break;
  }
  return "";
}

bool ChannelsMatch(const NaiveContact& a, const NaiveContact& b, const Policy& policy) {
  const Touchpoint& x = a.legs.front();
  const Touchpoint& y = b.legs.front();
  if (policy.channels == ChannelMatch::kAll) return true;
  if (policy.channels == ChannelMatch::kSameGroup) return ChannelGroup(x) == ChannelGroup(y);
  return x.channel == y.channel && x.custom_channel == y.custom_channel;
}

Timestamp Anchor(const NaiveContact& c, const Policy& policy) {
  return policy.anchor == AnchorPoint::kEnd ? c.end : c.start;
}

bool InWindow(const NaiveContact& a, const NaiveContact& b, const Policy& policy) {
  const Timestamp anchor = Anchor(a, policy);
  if (policy.calendar) {
    const int64_t days = LocalDay(b.start, *policy.calendar) - LocalDay(anchor, *policy.calendar);
    return days <= static_cast<int64_t>(policy.calendar->days);
  }
  return std::max(Duration::zero(), b.start - anchor) <= policy.window;
}

bool Matches(const NaiveContact& a, const NaiveContact& b, const Policy& policy) {
  return TopicsMatch(a, b, policy) && ChannelsMatch(a, b, policy) && InWindow(a, b, policy);
}

void SetPrior(const Policy& policy, size_t prior, size_t index, std::vector<NaiveContact>* all) {
  NaiveContact& b = (*all)[index];
  b.prior = prior;
  b.gap = std::max(Duration::zero(), b.start - Anchor((*all)[prior], policy));
}

// Whether a stands before b in one identified customer's timeline. `a` and `b` are indices into
// the ordered list.
bool SameCustomerBefore(const std::vector<NaiveContact>& all, size_t a, size_t b) {
  return a < b && all[a].timeline == all[b].timeline && all[a].identified;
}

void LinkRolling(const Policy& policy, std::vector<NaiveContact>* all) {
  for (size_t b = 0; b < all->size(); ++b) {
    for (size_t a = 0; a < b; ++a) {
      if (!SameCustomerBefore(*all, a, b) || !(*all)[a].base) continue;
      if (!Matches((*all)[a], (*all)[b], policy)) continue;
      (*all)[a].has_return = true;
      SetPrior(policy, a, b, all);  // The last one found stays.
    }
  }
  for (size_t i = 0; i < all->size(); ++i) {
    NaiveContact& c = (*all)[i];
    if (c.prior) {
      c.episode = (*all)[*c.prior].episode;  // The prior is earlier, so its episode is known.
    } else if (c.base) {
      c.episode = i;
    }
  }
}

void LinkFromFirst(const Policy& policy, std::vector<NaiveContact>* all) {
  for (size_t b = 0; b < all->size(); ++b) {
    NaiveContact& contact = (*all)[b];
    std::optional<size_t> newest_root;
    for (size_t root = 0; root < b; ++root) {
      const bool is_root = (*all)[root].episode == root;
      if (is_root && SameCustomerBefore(*all, root, b) && Matches((*all)[root], contact, policy)) {
        newest_root = root;
      }
    }
    if (!newest_root) {
      if (contact.base) contact.episode = b;
      continue;
    }
    contact.episode = newest_root;
    for (size_t a = 0; a < b; ++a) {
      if ((*all)[a].episode == newest_root && (*all)[a].base) SetPrior(policy, a, b, all);
    }
    (*all)[*contact.prior].has_return = true;
  }
}

int64_t Milliseconds(Timestamp time) {
  return std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

int64_t FloorDiv(int64_t value, int64_t by) { return value / by - (value % by < 0 ? 1 : 0); }

}  // namespace

void LinkRepeats(const Policy& policy, std::vector<NaiveContact>* contacts) {
  for (NaiveContact& contact : *contacts) contact.base = IsBase(contact, policy);
  if (policy.chain == Chain::kRolling) {
    LinkRolling(policy, contacts);
  } else {
    LinkFromFirst(policy, contacts);
  }
}

// ICU knows the zones here; an unknown name falls back to the offset.
int64_t LocalDay(Timestamp time, const CalendarRule& calendar) {
  const int64_t utc_ms = Milliseconds(time);
  int64_t offset_ms = int64_t{calendar.utc_offset_min} * 60'000;
  if (!calendar.zone.empty()) {
    const std::unique_ptr<icu::TimeZone> zone(
        icu::TimeZone::createTimeZone(icu::UnicodeString::fromUTF8(calendar.zone)));
    if (*zone != icu::TimeZone::getUnknown()) {
      int32_t raw = 0;
      int32_t daylight = 0;
      UErrorCode status = U_ZERO_ERROR;
      zone->getOffset(static_cast<UDate>(utc_ms), false, raw, daylight, status);
      offset_ms = int64_t{raw} + daylight;
    }
  }
  return FloorDiv(utc_ms + offset_ms, kMillisecondsADay);
}

// With a calendar: at the end of the local day of the anchor + N, that is as soon as the
// watermark stands in a later day.
bool IsMature(const NaiveContact& contact, const Policy& policy, Timestamp watermark) {
  const Timestamp anchor = Anchor(contact, policy);
  if (!policy.calendar) return watermark - policy.window >= anchor;
  return LocalDay(watermark, *policy.calendar) >
         LocalDay(anchor, *policy.calendar) + static_cast<int64_t>(policy.calendar->days);
}

}  // namespace cxjourney::oracle
