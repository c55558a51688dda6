#include "capi/pages.h"

#include "base/status_macros.h"
#include "capi/arguments.h"
#include "capi/tracker.h"

namespace cxjourney::capi {

// Pages of a journey come newest first, and so do the touchpoints in them.
template <class Who>
TouchpointPages TouchpointPages::OfJourney(const Tracker* tracker, Who who, HistoryQuery query) {
  return TouchpointPages([tracker, who = std::move(who), query = std::move(query)](
                             bool* last) mutable -> Result<std::vector<ScannedTouchpoint>> {
    CXJ_ASSIGN_OR_RETURN(Journey journey, tracker->History(who, query));
    std::vector<ScannedTouchpoint> page;
    page.reserve(journey.touchpoints.size());
    for (auto it = journey.touchpoints.rbegin(); it != journey.touchpoints.rend(); ++it) {
      page.push_back({journey.customer, std::move(*it)});
    }
    *last = !journey.next;
    query.before = std::move(journey.next);
    return page;
  });
}

Result<TouchpointPages> TouchpointPages::OfIdentifier(const cxj_tracker* handle,
                                                      const cxj_identifier* identifier,
                                                      const cxj_history_query* query) {
  CXJ_RETURN_IF_ERROR(NotNull(handle, "tracker"));
  CXJ_ASSIGN_OR_RETURN(Identifier who, ReadIdentifier(identifier, "identifier"));
  CXJ_ASSIGN_OR_RETURN(HistoryQuery what, ReadHistoryQuery(query));
  return OfJourney(handle->tracker.get(), std::move(who), std::move(what));
}

Result<TouchpointPages> TouchpointPages::OfCustomer(const cxj_tracker* handle,
                                                    cxj_customer_id customer,
                                                    const cxj_history_query* query) {
  CXJ_RETURN_IF_ERROR(NotNull(handle, "tracker"));
  CXJ_ASSIGN_OR_RETURN(HistoryQuery what, ReadHistoryQuery(query));
  return OfJourney(handle->tracker.get(), CustomerId{customer}, std::move(what));
}

Result<TouchpointPages> TouchpointPages::OfEverything(const cxj_tracker* handle,
                                                      const cxj_history_query* query) {
  CXJ_RETURN_IF_ERROR(NotNull(handle, "tracker"));
  CXJ_ASSIGN_OR_RETURN(ScanQuery what, ReadScanQuery(query));
  return TouchpointPages([tracker = handle->tracker.get(),
                          what](bool* last) mutable -> Result<std::vector<ScannedTouchpoint>> {
    CXJ_ASSIGN_OR_RETURN(ScanPage page, tracker->Scan(what));
    *last = page.next == 0;
    what.after = page.next;
    return std::move(page.touchpoints);
  });
}

Result<std::vector<ScannedTouchpoint>> TouchpointPages::Next() {
  if (last_) return std::vector<ScannedTouchpoint>();
  return ask_(&last_);
}

}  // namespace cxjourney::capi
