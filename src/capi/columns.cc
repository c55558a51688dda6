// Answers as Arrow streams.
#include "base/status_macros.h"
#include "capi/arguments.h"
#include "capi/pages.h"
#include "capi/tables.h"
#include "capi/tracker.h"

using namespace cxjourney::capi;  // The C functions live in no namespace.
using cxjourney::Identifier;
using cxjourney::RepeatReport;
using cxjourney::Result;
using cxjourney::ScannedTouchpoint;
using cxjourney::Status;

namespace {

constexpr size_t kRowsInBatch = 65'536;

// The first page is asked for here, so that what is wrong with the question is said at once.
Status StreamTouchpoints(TouchpointPages pages, ArrowArrayStream* stream) {
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
}

template <class Item>
void StreamItems(std::vector<Item> items, Column (*empty)(), ArrowArrayStream* stream) {
  const auto next = [items = std::move(items), empty, at = size_t{0}]() mutable -> Result<Column> {
    Column table = empty();
    const size_t end = std::min(items.size(), at + kRowsInBatch);
    for (; at < end; ++at) Append(items[at], &table);
    return table;
  };
  ExportStream(empty(), next, stream);
}

// The report with the list that `list` switches on.
Result<RepeatReport> Ask(const cxj_tracker* tracker, const cxj_repeat_query* query,
                         const ArrowArrayStream* stream, bool cxjourney::RepeatQuery::*list) {
  CXJ_RETURN_IF_ERROR(NotNull(tracker, "tracker"));
  CXJ_RETURN_IF_ERROR(NotNull(stream, "stream"));
  CXJ_ASSIGN_OR_RETURN(cxjourney::RepeatQuery what, ReadRepeatQuery(query));
  what.list_contacts = what.list_episodes = false;
  what.*list = true;
  return tracker->tracker->Repeats(what);
}

}  // namespace

cxj_code cxj_history_arrow(const cxj_tracker* tracker, const cxj_identifier* identifier,
                           const cxj_history_query* query, struct ArrowArrayStream* stream,
                           cxj_error** error) {
  return Guard(error, [&]() -> Status {
    CXJ_RETURN_IF_ERROR(NotNull(tracker, "tracker"));
    CXJ_RETURN_IF_ERROR(NotNull(stream, "stream"));
    CXJ_ASSIGN_OR_RETURN(Identifier who, ReadIdentifier(identifier, "identifier"));
    CXJ_ASSIGN_OR_RETURN(cxjourney::HistoryQuery what, ReadHistoryQuery(query));
    return StreamTouchpoints(TouchpointPages::OfIdentifier(tracker->tracker.get(), who, what),
                             stream);
  });
}

cxj_code cxj_scan_arrow(const cxj_tracker* tracker, const cxj_history_query* query,
                        struct ArrowArrayStream* stream, cxj_error** error) {
  return Guard(error, [&]() -> Status {
    CXJ_RETURN_IF_ERROR(NotNull(tracker, "tracker"));
    CXJ_RETURN_IF_ERROR(NotNull(stream, "stream"));
    CXJ_ASSIGN_OR_RETURN(cxjourney::ScanQuery what, ReadScanQuery(query));
    return StreamTouchpoints(TouchpointPages::OfEverything(tracker->tracker.get(), what), stream);
  });
}

cxj_code cxj_contacts_arrow(const cxj_tracker* tracker, const cxj_repeat_query* query,
                            struct ArrowArrayStream* stream, cxj_error** error) {
  return Guard(error, [&]() -> Status {
    CXJ_ASSIGN_OR_RETURN(RepeatReport report,
                         Ask(tracker, query, stream, &cxjourney::RepeatQuery::list_contacts));
    StreamItems(std::move(report.contacts), EmptyContacts, stream);
    return Status();
  });
}

cxj_code cxj_episodes_arrow(const cxj_tracker* tracker, const cxj_repeat_query* query,
                            struct ArrowArrayStream* stream, cxj_error** error) {
  return Guard(error, [&]() -> Status {
    CXJ_ASSIGN_OR_RETURN(RepeatReport report,
                         Ask(tracker, query, stream, &cxjourney::RepeatQuery::list_episodes));
    StreamItems(std::move(report.episodes), EmptyEpisodes, stream);
    return Status();
  });
}
