// How customers move: from channel to channel, and through the steps of a funnel.
#ifndef CXJOURNEY_FLOW_H_
#define CXJOURNEY_FLOW_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "cxjourney/time.h"
#include "cxjourney/touchpoint.h"

namespace cxjourney {
inline namespace v1 {

// Over the journeys of all customers; touchpoints that belong to nobody are journeys of their own,
// conversation by conversation. What lies outside the period is as if it were not there.
struct TransitionQuery {
  Timestamp from = Timestamp::min();   // By event time; included.
  Timestamp until = Timestamp::max();  // Not included.
};

struct Transition {
  std::optional<Channel> from = {};  // Absent: a journey starts.
  std::optional<Channel> to = {};    // Absent: a journey ends.
  int64_t count = 0;
};

// Directly-follows counts of channels, as in process mining (van der Aalst, Process Mining, 2016,
// 6.1): how often a touchpoint on one channel comes right behind one on another. Channels with
// names of their own are one, Channel::kCustom.
struct TransitionReport {
  int64_t journeys = 0;
  int64_t touchpoints = 0;
  std::vector<Transition> transitions =
      {};  // By descending count, then channels; none with count 0.
};

// What a touchpoint must be to be a step. An empty list or an absent direction allows all.
struct FunnelStep {
  std::vector<Channel> channels = {};
  std::vector<Purpose> purposes =
      {};  // As recorded, or what the channel says where none was given.
  std::optional<Direction> direction = {};
};

struct FunnelQuery {
  std::vector<FunnelStep> steps = {};  // 1 to 32.
  Duration window = Duration::max();   // From the first step, included; more than 0.
  Timestamp from = Timestamp::min();   // By event time; included.
  Timestamp until = Timestamp::max();  // Not included.
};

// How far journeys came: the longest prefix of the steps that different touchpoints of a journey
// make, in order, with whatever between them, all within the window of the first.
struct FunnelReport {
  int64_t journeys = 0;
  std::vector<int64_t> reached = {};  // For each step the journeys that came at least so far.
};

}  // namespace v1
}  // namespace cxjourney

#endif  // CXJOURNEY_FLOW_H_
