// The questions over everything, for stores that hand journeys over in order of time.
#pragma once

#include <algorithm>
#include <vector>

#include "bench/peers/peer.h"

namespace cxjourney::bench {

// What of a row the questions ask for.
struct Step {
  int64_t time_ms = 0;
  uint16_t topic = 0;
  EventChannel channel = EventChannel::kVoice;
  EventKind kind = EventKind::kView;
  bool outbound = false;
};

// Between Begin and End: one journey, oldest first. The newest view that can start the chain is
// kept, so the funnel is exact.
template <Analysis analysis>
class Analyzer {
 public:
  explicit Analyzer(Answers* answers)
      : answers_(answers), last_(kTopics), journey_of_last_(kTopics, 0) {}

  void Begin() {
    ++journey_;
    previous_ = kNone;
    view_ms_ = contacted_view_ms_ = INT64_MIN;
    reached_ = 0;
  }

  void Visit(const Step& step) {
    if constexpr (analysis == Analysis::kRepeats) {
      if (!IsInboundContact(step.kind, step.outbound)) return;
      ++answers_->contacts;
      bool known = journey_of_last_[step.topic] == journey_;
      if (known && step.time_ms - last_[step.topic] <= kWeekMs) ++answers_->repeats;
      journey_of_last_[step.topic] = journey_;
      last_[step.topic] = step.time_ms;
    } else if constexpr (analysis == Analysis::kTransitions) {
      auto channel = static_cast<size_t>(step.channel);
      if (previous_ != kNone) ++answers_->transitions[previous_ * kEventChannels + channel];
      previous_ = channel;
    } else {
      VisitFunnel(step);
    }
  }

  void End() {
    for (size_t level = 0; level < reached_; ++level) ++answers_->funnel[level];
  }

 private:
  static constexpr size_t kNone = ~size_t{0};

  void VisitFunnel(const Step& step) {
    auto within = [&](int64_t since_ms) {
      return since_ms != INT64_MIN && step.time_ms - since_ms <= kWeekMs;
    };
    if (step.kind == EventKind::kView) {
      view_ms_ = step.time_ms;
      reached_ = std::max<size_t>(reached_, 1);
    } else if (IsInboundContact(step.kind, step.outbound)) {
      if (!within(view_ms_)) return;
      contacted_view_ms_ = view_ms_;
      reached_ = std::max<size_t>(reached_, 2);
    } else if (step.kind == EventKind::kPurchase && within(contacted_view_ms_)) {
      reached_ = 3;
    }
  }

  Answers* answers_;
  std::vector<int64_t> last_;              // By topic: when it was last asked about,
  std::vector<uint32_t> journey_of_last_;  // and in which journey.
  uint32_t journey_ = 0;
  size_t previous_ = kNone;
  size_t reached_ = 0;
  int64_t view_ms_ = INT64_MIN;
  int64_t contacted_view_ms_ = INT64_MIN;
};

// Calls `run` with an analyzer of the kind that is asked for.
template <class Run>
void WithAnalyzer(Analysis analysis, Answers* answers, Run run) {
  switch (analysis) {
    case Analysis::kRepeats: {
      Analyzer<Analysis::kRepeats> analyzer(answers);
      return run(&analyzer);
    }
    case Analysis::kTransitions: {
      Analyzer<Analysis::kTransitions> analyzer(answers);
      return run(&analyzer);
    }
    case Analysis::kFunnel: {
      Analyzer<Analysis::kFunnel> analyzer(answers);
      return run(&analyzer);
    }
  }
}

// A step that belongs to a group which is only known in parts; sorted, it makes journeys.
struct GroupedStep {
  uint64_t group = 0;
  EventId id = {};
  Step step;

  friend bool operator<(const GroupedStep& a, const GroupedStep& b) {
    if (a.group != b.group) return a.group < b.group;
    if (a.step.time_ms != b.step.time_ms) return a.step.time_ms < b.step.time_ms;
    return a.id < b.id;
  }
};

template <class AnyAnalyzer>
void VisitGroups(std::vector<GroupedStep>* steps, AnyAnalyzer* analyzer) {
  std::sort(steps->begin(), steps->end());
  for (size_t i = 0; i < steps->size(); ++i) {
    bool first = i == 0 || (*steps)[i - 1].group != (*steps)[i].group;
    if (first && i > 0) analyzer->End();
    if (first) analyzer->Begin();
    analyzer->Visit((*steps)[i].step);
  }
  if (!steps->empty()) analyzer->End();
}

}  // namespace cxjourney::bench
