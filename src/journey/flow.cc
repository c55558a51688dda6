#include "journey/flow.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <tuple>

#include "base/micros.h"
#include "journey/compiled.h"

namespace cxjourney::journey {
namespace {

using base::Micros;

constexpr size_t kStepsMax = 32;

// Calls visit(leg) for each leg of the period, in order.
template <class Visit>
void ForEachLeg(const Timeline& timeline, int64_t from_us, int64_t until_us, const Visit& visit) {
  for (const LegBrief& leg : timeline) {
    if (leg.time_us >= from_us && leg.time_us < until_us) visit(leg);
  }
}

}  // namespace

TransitionBuilder::TransitionBuilder(const TransitionQuery& query)
    : from_us_(Micros(query.from)), until_us_(Micros(query.until)) {}

void TransitionBuilder::Add(const Timeline& timeline) {
  size_t last = kNowhere;
  ForEachLeg(timeline, from_us_, until_us_, [&](const LegBrief& leg) {
    const auto channel = static_cast<size_t>(leg.channel);
    ++counts_[last][channel];
    ++touchpoints_;
    last = channel;
  });
  if (last == kNowhere) return;
  ++counts_[last][kNowhere];
  ++journeys_;
}

TransitionReport TransitionBuilder::Finish() const {
  const auto channel = [](size_t number) {
    return number == kNowhere ? std::nullopt : std::optional(static_cast<Channel>(number));
  };
  TransitionReport report;
  report.journeys = journeys_;
  report.touchpoints = touchpoints_;
  for (size_t from = 0; from <= kChannels; ++from) {
    for (size_t to = 0; to <= kChannels; ++to) {
      if (counts_[from][to] == 0) continue;
      report.transitions.push_back({channel(from), channel(to), counts_[from][to]});
    }
  }
  std::sort(report.transitions.begin(), report.transitions.end(),
            [](const Transition& a, const Transition& b) {
              if (a.count != b.count) return a.count > b.count;
              return std::tie(a.from, a.to) < std::tie(b.from, b.to);
            });
  return report;
}

Status ValidateFunnel(const FunnelQuery& query) {
  if (query.steps.empty() || query.steps.size() > kStepsMax) {
    return Status(Code::kInvalidArgument,
                  fmt::format("FunnelQuery::steps has {} steps; it must have 1 to {}",
                              query.steps.size(), kStepsMax));
  }
  if (query.window <= Duration::zero()) {
    return Status(Code::kInvalidArgument, "FunnelQuery::window must be more than 0");
  }
  for (const FunnelStep& step : query.steps) {
    const bool channels = std::all_of(step.channels.begin(), step.channels.end(),
                                      [](Channel c) { return c <= Channel::kCustom; });
    const bool purposes = std::all_of(step.purposes.begin(), step.purposes.end(),
                                      [](Purpose p) { return p <= Purpose::kOther; });
    if (!channels || !purposes || step.direction.value_or(Direction::kIn) > Direction::kInternal) {
      return Status(Code::kInvalidArgument,
                    "FunnelQuery::steps names a channel, purpose or direction that is not known");
    }
  }
  return Status();
}

FunnelBuilder::FunnelBuilder(const FunnelQuery& query)
    : from_us_(Micros(query.from)),
      until_us_(Micros(query.until)),
      window_us_(query.window.count()),
      reached_(query.steps.size()) {
  const auto bits = [](const auto& values) {
    uint32_t set = values.empty() ? ~uint32_t{0} : 0;
    for (auto value : values) set |= uint32_t{1} << static_cast<unsigned>(value);
    return set;
  };
  for (const FunnelStep& step : query.steps) {
    const uint32_t directions =
        step.direction ? uint32_t{1} << static_cast<unsigned>(*step.direction) : ~uint32_t{0};
    steps_.push_back({bits(step.channels), bits(step.purposes), directions});
  }
}

void FunnelBuilder::Add(const Timeline& timeline) {
  // For each step the latest first step from which it was reached: the others' windows end sooner.
  std::array<int64_t, kStepsMax> begun;
  size_t level = 0;
  bool any = false;
  ForEachLeg(timeline, from_us_, until_us_, [&](const LegBrief& leg) {
    any = true;
    // From the last step to the first, so that no leg is two steps.
    for (size_t step = std::min(level, steps_.size() - 1); step > 0; --step) {
      if (!steps_[step].Takes(leg)) continue;
      if (SaturatingSubtract(leg.time_us, begun[step - 1]) > window_us_) continue;
      begun[step] = step == level ? begun[step - 1] : std::max(begun[step], begun[step - 1]);
      level = std::max(level, step + 1);
    }
    if (!steps_[0].Takes(leg)) return;
    begun[0] = leg.time_us;
    level = std::max<size_t>(level, 1);
  });
  if (any) ++journeys_;
  for (size_t step = 0; step < level; ++step) ++reached_[step];
}

FunnelReport FunnelBuilder::Finish() const { return {journeys_, reached_}; }

}  // namespace cxjourney::journey
