// Answers as Arrow streams.
#include <algorithm>

#include "base/status_macros.h"
#include "capi/arguments.h"
#include "capi/pages.h"
#include "capi/tables.h"
#include "capi/tracker.h"

using namespace cxjourney::capi;  // The C functions live in no namespace.
using cxjourney::RepeatQuery;
using cxjourney::RepeatReport;
using cxjourney::Result;
using cxjourney::ScannedTouchpoint;
using cxjourney::Status;

namespace {

constexpr size_t kRowsInBatch = 65'536;

// The first page is asked for here, so that what is wrong with the question is said at once.
template <class MakePages>
cxj_code StreamTouchpoints(ArrowArrayStream* stream, cxj_error** error,
                           const MakePages& make_pages) {
  return Guard(error, [&]() -> Status {
    CXJ_RETURN_IF_ERROR(NotNull(stream, "stream"));
    CXJ_ASSIGN_OR_RETURN(TouchpointPages pages, make_pages());
    CXJ_ASSIGN_OR_RETURN(std::vector<ScannedTouchpoint> first, pages.Next());
    const auto next = [pages = std::move(pages), first = std::move(first),
                       begun = false]() mutable -> Result<Column> {
      std::vector<ScannedTouchpoint> page = std::move(first);
      if (begun) {
        CXJ_ASSIGN_OR_RETURN(page, pages.Next());
      }
      begun = true;
      Column table = EmptyTouchpoints();
      for (const ScannedTouchpoint& scanned : page) Append(scanned, &table);
      return table;
    };
    ExportStream(EmptyTouchpoints(), next, stream);
    return Status();
  });
}

// One list of a report, which `wanted` switches on in the query.
template <class Item>
cxj_code StreamReport(const cxj_tracker* tracker, const cxj_repeat_query* query,
                      bool RepeatQuery::*wanted, std::vector<Item> RepeatReport::*list,
                      Column (*empty)(), ArrowArrayStream* stream, cxj_error** error) {
  return Guard(error, [&]() -> Status {
    CXJ_RETURN_IF_ERROR(NotNull(tracker, "tracker"));
    CXJ_RETURN_IF_ERROR(NotNull(stream, "stream"));
    CXJ_ASSIGN_OR_RETURN(RepeatQuery what, ReadRepeatQuery(query));
    what.list_contacts = what.list_episodes = false;
    what.*wanted = true;
    CXJ_ASSIGN_OR_RETURN(RepeatReport report, tracker->tracker->Repeats(what));
    const auto next = [items = std::move(report.*list), empty,
                       at = size_t{0}]() mutable -> Result<Column> {
      Column table = empty();
      const size_t end = std::min(items.size(), at + kRowsInBatch);
      for (; at < end; ++at) Append(items[at], &table);
      return table;
    };
    ExportStream(empty(), next, stream);
    return Status();
  });
}

}  // namespace

cxj_code cxj_history_arrow(const cxj_tracker* tracker, const cxj_identifier* identifier,
                           const cxj_history_query* query, struct ArrowArrayStream* stream,
                           cxj_error** error) {
  return StreamTouchpoints(
      stream, error, [&] { return TouchpointPages::OfIdentifier(tracker, identifier, query); });
}

cxj_code cxj_scan_arrow(const cxj_tracker* tracker, const cxj_history_query* query,
                        struct ArrowArrayStream* stream, cxj_error** error) {
  return StreamTouchpoints(stream, error,
                           [&] { return TouchpointPages::OfEverything(tracker, query); });
}

cxj_code cxj_contacts_arrow(const cxj_tracker* tracker, const cxj_repeat_query* query,
                            struct ArrowArrayStream* stream, cxj_error** error) {
  return StreamReport(tracker, query, &RepeatQuery::list_contacts, &RepeatReport::contacts,
                      EmptyContacts, stream, error);
}

cxj_code cxj_episodes_arrow(const cxj_tracker* tracker, const cxj_repeat_query* query,
                            struct ArrowArrayStream* stream, cxj_error** error) {
  return StreamReport(tracker, query, &RepeatQuery::list_episodes, &RepeatReport::episodes,
                      EmptyEpisodes, stream, error);
}
