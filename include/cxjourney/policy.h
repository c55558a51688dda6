// Policy: what counts as a repeat contact. Measures: what is computed over repeats.
//
// A touchpoint is a leg of a contact; contacts joined by repeat links are an episode. The
// definitions are in docs/GLOSSARY.md; several policies run at once.
#ifndef CXJOURNEY_POLICY_H_
#define CXJOURNEY_POLICY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cxjourney/export.h"
#include "cxjourney/status.h"
#include "cxjourney/time.h"
#include "cxjourney/touchpoint.h"

namespace cxjourney {
inline namespace v1 {

enum class AnchorPoint : uint8_t {
  kEnd = 1,
  kStart = 2
};
enum class TopicMatch : uint8_t {
  kAny = 1,
  kSame = 2,
  kPrefix = 3
};
enum class ChannelMatch : uint8_t {
  kAll = 1,
  kSame = 2,
  kSameGroup = 3
};
enum class Chain : uint8_t {
  kRolling = 1,
  kFromFirst = 2
};

// Local days instead of elapsed time.
struct CalendarRule {
  uint32_t days = 7;      // Local dates may differ by at most this many days.
  std::string zone = {};  // IANA name; empty or unknown: utc_offset_min.
  int32_t utc_offset_min = 0;
};

struct Policy {
  std::string name = "next_contact_7d";          // Unique among the registered ones.
  Duration window = std::chrono::hours(7 * 24);  // Inclusive. Ignored with a calendar.
  AnchorPoint anchor = AnchorPoint::kEnd;  // The window starts at this point of the base contact.
  TopicMatch topic = TopicMatch::kAny;
  uint32_t topic_prefix = 0;          // Segments compared, for TopicMatch::kPrefix.
  bool unknown_topic_matches = true;  // Does a contact without a topic match every topic?
  ChannelMatch channels = ChannelMatch::kAll;
  Chain chain = Chain::kRolling;
  Duration fold_gap = std::chrono::hours(24);         // A silent conversation stays one contact.
  Duration short_abandon = std::chrono::seconds(5);   // Shorter unhandled calls are misdials.
  std::vector<std::string> exclude_base_topics = {};  // Path prefixes that can't be a base.
  std::optional<CalendarRule> calendar = {};
  std::vector<Channel> only_channels = {};       // Empty: all. Other contacts do not exist.
  Duration forwarded_within = Duration::zero();  // > 0: a contact that starts this soon after the
                                                 // start of one on its channel is a leg of it.
};

// The presets: next_contact_7d, same_topic_7d, same_topic_30d, callback_24h, calendar_days
// (N = 7), queuemetrics_168h.
CXJ_API std::vector<std::string> PolicyPresetNames();

// Reads "same_topic_7d", "next_contact_7d,window=3d,topic=prefix:1" or "calendar_days(45)".
// Keys are the fields above: window, anchor, topic, unknown_topic, channels, chain, fold_gap,
// short_abandon, exclude_base_topics (separated by '|'), calendar (days[@zone]), only_channels
// ('|'), forwarded_within, name. Durations are a number and one of s, m, h, d.
// kInvalidArgument names the key that was not understood.
CXJ_API Result<Policy> ParsePolicy(std::string_view text);

// kInvalidArgument when a field is out of range, naming it.
CXJ_API Status ValidatePolicy(const Policy& policy);

// A share. A denominator of 0 has no value: report "none", never 0 or 100 %.
struct Ratio {
  int64_t numerator = 0;
  int64_t denominator = 0;
  std::optional<double> value() const {
    if (denominator == 0) return std::nullopt;
    return static_cast<double>(numerator) / static_cast<double>(denominator);
  }
};

// What a share can still become once everything immature has matured.
struct Bounds {
  Ratio lower = {};
  Ratio upper = {};
};

// The named measures over the contacts that start in a period. Sources: docs/GLOSSARY.md.
struct Measures {
  int64_t contacts = 0;       // Starting in the period.
  int64_t base_contacts = 0;  // Of those, the ones that had a chance to resolve.
  int64_t immature_base = 0;  // Base contacts whose window is still open at the watermark.
  int64_t episodes = 0;       // Whose root starts in the period.
  int64_t immature_episodes = 0;
  Ratio identified = {};   // Coverage: identified contacts / contacts.
  Ratio rcr = {};          // Contacts with a prior / contacts.
  Ratio fcr_forward = {};  // Mature base contacts with no return / mature base contacts.
  Bounds fcr_forward_bounds = {};
  Ratio fcr_issue = {};  // One-contact episodes not left open / mature episodes.
  Bounds fcr_issue_bounds = {};
  Ratio fpr_issue = {};        // As fcr_issue, and no transfer.
  Ratio one_and_done = {};     // Contacts in one-contact episodes / contacts of those episodes.
  Ratio resolved_strict = {};  // As fcr_issue, and outcome resolved.
  Ratio fcr_survey = {};       // "Resolved at first contact" answers / answers in the period.
  Ratio bot_contained_no_return = {};  // Of mature base contacts handled by bots only.
  int64_t defaulted_purposes = 0;      // Touchpoints whose purpose was not given.
  int64_t longest_episode = 0;         // Contacts in the largest episode of the period.
  int64_t channel_switch_repeats = 0;  // Repeats on another channel than their prior.
};

}  // namespace v1
}  // namespace cxjourney

#endif  // CXJOURNEY_POLICY_H_
