// Touchpoints page by page, whatever they are asked for by: what cursors and Arrow streams read.
#pragma once

#include <functional>
#include <vector>

#include "capi/handles.h"

namespace cxjourney::capi {

class TouchpointPages {
 public:
  static TouchpointPages OfIdentifier(const Tracker* tracker, Identifier identifier,
                                      HistoryQuery query);
  static TouchpointPages OfCustomer(const Tracker* tracker, CustomerId customer,
                                    HistoryQuery query);
  static TouchpointPages OfEverything(const Tracker* tracker, ScanQuery query);

  // The next page; empty: that was all. After a failure the same page is asked for again.
  Result<std::vector<ScannedTouchpoint>> Next();

 private:
  using Ask = std::function<Result<std::vector<ScannedTouchpoint>>(bool* last)>;
  explicit TouchpointPages(Ask ask) : ask_(std::move(ask)) {}
  template <class Who>
  static TouchpointPages OfJourney(const Tracker* tracker, Who who, HistoryQuery query);

  Ask ask_;
  bool last_ = false;
};

}  // namespace cxjourney::capi
