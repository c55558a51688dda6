// Leg: what contacts are computed from; the hot part of one touchpoint that counts (newest
// revision, not void, not retracted).
#pragma once

#include <compare>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/short_list.h"
#include "base/string_map.h"
#include "cxjourney/touchpoint.h"

namespace cxjourney::journey {

using Topics = base::ShortList<std::string_view, 1>;

// When and what: as much as most scans read. Enums are as recorded, except `purpose`, which is
// defaulted (model::DefaultPurpose).
struct LegBrief {
  int64_t time_us = 0;
  Channel channel = Channel::kUnspecified;
  Direction direction = Direction::kUnspecified;
  Purpose purpose = Purpose::kUnspecified;
};

// What few legs have anything of. All views point into tables that outlive it.
struct LegDetails {
  std::string_view conversation_id;  // Empty: none. Within the source.
  std::string_view parent_id;        // Empty: none. Within the source.
  std::string_view custom_channel;
  std::string_view agent;
  std::string_view queue;
  int64_t follow_up_due_us = 0;  // With Leg::has_follow_up.
  // With Leg::has_money.
  int64_t amount_minor = 0;
  std::string_view currency;
  ValueKind value_kind = ValueKind::kUnspecified;

  friend bool operator==(const LegDetails&, const LegDetails&) = default;
};
inline constexpr LegDetails kNoLegDetails;

// All pointers and views point into tables that outlive the leg.
struct Leg : LegBrief {
  Outcome outcome = Outcome::kUnspecified;
  HandledBy handled_by = HandledBy::kUnspecified;
  Relation relation = Relation::kUnspecified;
  bool has_end = false;
  bool automated = false;
  bool purpose_defaulted = false;
  bool has_follow_up = false;
  bool has_sentiment = false;
  // Whether the full touchpoint is worth decoding for a context.
  bool has_facts = false;
  bool has_money = false;
  bool has_orders = false;
  bool has_scores = false;
  bool has_emotion = false;
  int64_t end_us = 0;  // max(time, given end); the time itself where none was given.
  std::string_view source;
  std::string_view id;
  const LegDetails* details = &kNoLegDetails;
  Topics topics;            // Paths; empty: not known.
  uint32_t evidence = 0;    // The owner's number of the touchpoint, to fetch the rest with.
  float sentiment = 0;      // With has_sentiment.
  uint32_t topic_hash = 0;  // Of the only topic; 0: none, several, or not known.
  // Nothing was recorded that is not here or in `details`, but who it was and when it arrived.
  bool says_all = false;
};

// Leg::topic_hash of these.
inline uint32_t HashTopics(const Topics& topics) {
  return topics.size() == 1 ? static_cast<uint32_t>(base::HashText(topics.front())) : 0;
}

// A touchpoint's key with its hash, which is not the same in every process. Both texts are the
// owner's.
struct KeyView {
  KeyView() = default;
  KeyView(std::string_view key_source, std::string_view key_id)
      : source(key_source), id(key_id), hash(base::HashText(key_id, base::HashText(key_source))) {}
  explicit KeyView(const Leg& leg) : KeyView(leg.source, leg.id) {}

  bool IsOf(const Leg& leg) const { return leg.id == id && leg.source == source; }
  friend bool operator==(const KeyView& a, const KeyView& b) {
    return a.id == b.id && a.source == b.source;
  }

  std::string_view source;
  std::string_view id;
  uint64_t hash = 0;
};
struct KeyViewHash {
  size_t operator()(const KeyView& key) const { return key.hash; }
};

// The order of everything: (event time, source, id as bytes).
inline std::strong_ordering operator<=>(const Leg& a, const Leg& b) {
  if (auto order = a.time_us <=> b.time_us; order != 0) return order;
  if (auto order = a.source.compare(b.source); order != 0) return order <=> 0;
  return a.id.compare(b.id) <=> 0;
}
inline bool operator==(const Leg& a, const Leg& b) { return (a <=> b) == 0; }

// A leg of a timeline, with a copy of its brief: legs lie where they were recorded, so each that is
// looked at is a wait for memory.
class TimelineEntry : public LegBrief {
 public:
  TimelineEntry(const Leg* leg) : LegBrief(*leg), leg_(leg) {}
  operator const Leg*() const { return leg_; }
  const Leg& operator*() const { return *leg_; }
  const Leg* operator->() const { return leg_; }

  friend bool operator<(const TimelineEntry& a, const TimelineEntry& b) {
    return a.time_us != b.time_us ? a.time_us < b.time_us : *a < *b;
  }

 private:
  const Leg* leg_;
};

// Sorted by the order above. Most customers are seen once or twice.
using Timeline = base::ShortList<TimelineEntry, 2>;

}  // namespace cxjourney::journey
