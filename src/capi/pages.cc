#include "capi/pages.h"

#include "base/status_macros.h"

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

TouchpointPages TouchpointPages::OfIdentifier(const Tracker* tracker, Identifier identifier,
                                              HistoryQuery query) {
  return OfJourney(tracker, std::move(identifier), std::move(query));
}

TouchpointPages TouchpointPages::OfCustomer(const Tracker* tracker, CustomerId customer,
                                            HistoryQuery query) {
  return OfJourney(tracker, customer, std::move(query));
}

TouchpointPages TouchpointPages::OfEverything(const Tracker* tracker, ScanQuery query) {
  return TouchpointPages(
      [tracker, query](bool* last) mutable -> Result<std::vector<ScannedTouchpoint>> {
        CXJ_ASSIGN_OR_RETURN(ScanPage page, tracker->Scan(query));
        *last = page.next == 0;
        query.after = page.next;
        return std::move(page.touchpoints);
      });
}

Result<std::vector<ScannedTouchpoint>> TouchpointPages::Next() {
  if (last_) return std::vector<ScannedTouchpoint>();
  return ask_(&last_);
}

}  // namespace cxjourney::capi
