// Touchpoints page by page, whatever they are asked for by: what cursors and Arrow streams read.
#pragma once

#include <functional>
#include <vector>

#include "capi/handles.h"

namespace cxjourney::capi {

class TouchpointPages {
 public:
  // What the C functions are given; kInvalidArgument as its readers say.
  static Result<TouchpointPages> OfIdentifier(const cxj_tracker* handle,
                                              const cxj_identifier* identifier,
                                              const cxj_history_query* query);
  static Result<TouchpointPages> OfCustomer(const cxj_tracker* handle, cxj_customer_id customer,
                                            const cxj_history_query* query);
  static Result<TouchpointPages> OfEverything(const cxj_tracker* handle,
                                              const cxj_history_query* query);

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
