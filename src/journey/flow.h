// Transitions and funnels over many timelines: add each, then finish.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "cxjourney/flow.h"
#include "cxjourney/status.h"
#include "journey/leg.h"

namespace cxjourney::journey {

class TransitionBuilder {
 public:
  explicit TransitionBuilder(const TransitionQuery& query);
  void Add(const Timeline& timeline);
  TransitionReport Finish() const;

 private:
  static constexpr size_t kChannels = static_cast<size_t>(Channel::kCustom) + 1;
  static constexpr size_t kNowhere = kChannels;  // Before a journey's start and behind its end.

  int64_t from_us_;
  int64_t until_us_;
  int64_t journeys_ = 0;
  int64_t touchpoints_ = 0;
  std::array<std::array<int64_t, kChannels + 1>, kChannels + 1> counts_ = {};  // From, to.
};

Status ValidateFunnel(const FunnelQuery& query);

class FunnelBuilder {
 public:
  explicit FunnelBuilder(const FunnelQuery& query);  // REQUIRES: ValidateFunnel(query).ok().
  void Add(const Timeline& timeline);
  FunnelReport Finish() const;

 private:
  // Bits by the numbers of the enums.
  struct Step {
    uint32_t channels = 0;
    uint32_t purposes = 0;
    uint32_t directions = 0;
    bool Takes(const LegBrief& leg) const {
      return (channels >> static_cast<unsigned>(leg.channel) &
              purposes >> static_cast<unsigned>(leg.purpose) &
              directions >> static_cast<unsigned>(leg.direction) & 1) != 0;
    }
  };

  int64_t from_us_;
  int64_t until_us_;
  int64_t window_us_;
  std::vector<Step> steps_;
  int64_t journeys_ = 0;
  std::vector<int64_t> reached_;
};

}  // namespace cxjourney::journey
