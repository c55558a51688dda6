// Histories, visits, cursors, contexts, repeats.
#include <array>
#include <functional>

#include "base/status_macros.h"
#include "capi/arguments.h"
#include "capi/pages.h"
#include "capi/tracker.h"

using namespace cxjourney::capi;  // The C functions live in no namespace.
using cxjourney::CustomerId;
using cxjourney::HistoryQuery;
using cxjourney::Identifier;
using cxjourney::Journey;
using cxjourney::Result;
using cxjourney::ScannedTouchpoint;
using cxjourney::Status;
using cxjourney::Timestamp;
using cxjourney::Touchpoint;
using cxjourney::TouchpointVisitor;
using cxjourney::Tracker;

struct cxj_cursor {
  explicit cxj_cursor(TouchpointPages source) : pages(std::move(source)) {}

  // Fetches the next page. What it replaces is no longer lent.
  Status Turn() {
    CXJ_ASSIGN_OR_RETURN(std::vector<ScannedTouchpoint> next_page, pages.Next());
    page = std::move(next_page);
    arena.emplace();
    position = 0;
    return Status();
  }

  TouchpointPages pages;
  std::vector<ScannedTouchpoint> page;
  std::optional<Arena> arena;  // Of the page.
  size_t position = 0;
  cxj_customer_id customer = 0;
};

namespace {

// Shows touchpoints to a function of the caller's, all in one struct.
class Visitor {
 public:
  Visitor(cxj_visit_fn visit, void* user) : visit_(visit), user_(user) {}

  void operator()(const Touchpoint& touchpoint) {
    arena_.Clear();
    view_ = {};
    view_.struct_size = sizeof(view_);
    Fill(touchpoint, arena_, &view_);
    visit_(&view_, user_);
  }

 private:
  cxj_visit_fn visit_;
  void* user_;
  cxj_touchpoint view_;
  // More than the lists of a touchpoint take that has all that it may have.
  alignas(std::max_align_t) std::array<std::byte, 16384> room_;
  Arena arena_{room_};
};

// A history, asked for with a visitor.
auto HistoryOf(const cxj_identifier* identifier, const cxj_history_query* query) {
  return [=](const Tracker& tracker, const TouchpointVisitor& visitor) -> Result<Journey> {
    CXJ_ASSIGN_OR_RETURN(Identifier who, ReadIdentifier(identifier, "identifier"));
    CXJ_ASSIGN_OR_RETURN(HistoryQuery what, ReadHistoryQuery(query));
    return tracker.VisitHistory(who, what, visitor);
  };
}
auto HistoryOf(cxj_customer_id customer, const cxj_history_query* query) {
  return [=](const Tracker& tracker, const TouchpointVisitor& visitor) -> Result<Journey> {
    CXJ_ASSIGN_OR_RETURN(HistoryQuery what, ReadHistoryQuery(query));
    return tracker.VisitHistory(CustomerId{customer}, what, visitor);
  };
}

// Hands a history over, whose touchpoints lie in the answer's own memory.
template <class History>
cxj_code GiveHistory(const cxj_tracker* handle, const cxj_journey** journey, cxj_error** error,
                     const History& history) {
  return Guard(error, [&]() -> Status {
    CXJ_RETURN_IF_ERROR(NotNull(handle, "tracker"));
    CXJ_RETURN_IF_ERROR(NotNull(journey, "the place for the answer"));
    auto answer = std::make_unique<Owned<cxj_journey, Journey>>(Journey());
    std::vector<const cxj_touchpoint*> kept;
    const auto keep = [&](const Touchpoint& touchpoint) {
      kept.push_back(Keep(touchpoint, answer->arena));
    };
    CXJ_ASSIGN_OR_RETURN(answer->answer, history(*handle->tracker, keep));
    Fill(answer->answer, answer->arena, answer.get());
    FillValues(kept, answer->arena, &answer->touchpoints, &answer->touchpoint_count,
               [](const cxj_touchpoint* touchpoint) { return touchpoint; });
    *journey = answer.release();
    return Status();
  });
}

// Shows a history, and hands the rest of the journey over if it is wanted.
template <class History>
cxj_code ShowHistory(const cxj_tracker* handle, cxj_visit_fn visit, void* user,
                     const cxj_journey** journey, cxj_error** error, const History& history) {
  return Guard(error, [&]() -> Status {
    CXJ_RETURN_IF_ERROR(NotNull(handle, "tracker"));
    CXJ_RETURN_IF_ERROR(NotNull(reinterpret_cast<const void*>(visit), "visit"));
    Visitor visitor(visit, user);
    CXJ_ASSIGN_OR_RETURN(Journey answer, history(*handle->tracker, std::ref(visitor)));
    if (journey != nullptr) Give(std::move(answer), journey, Filler());
    return Status();
  });
}

// A cursor over these pages, with its first one fetched: what is wrong is said here.
template <class MakePages>
cxj_code OpenCursor(cxj_cursor** cursor, cxj_error** error, const MakePages& make_pages) {
  return Guard(error, [&]() -> Status {
    CXJ_RETURN_IF_ERROR(NotNull(cursor, "cursor"));
    CXJ_ASSIGN_OR_RETURN(TouchpointPages pages, make_pages());
    auto made = std::make_unique<cxj_cursor>(std::move(pages));
    CXJ_RETURN_IF_ERROR(made->Turn());
    *cursor = made.release();
    return Status();
  });
}

}  // namespace

void cxj_journey_free(const cxj_journey* journey) { Free<cxj_journey, Journey>(journey); }

cxj_code cxj_history(const cxj_tracker* tracker, const cxj_identifier* identifier,
                     const cxj_history_query* query, const cxj_journey** journey,
                     cxj_error** error) {
  return GiveHistory(tracker, journey, error, HistoryOf(identifier, query));
}

cxj_code cxj_customer_history(const cxj_tracker* tracker, cxj_customer_id customer,
                              const cxj_history_query* query, const cxj_journey** journey,
                              cxj_error** error) {
  return GiveHistory(tracker, journey, error, HistoryOf(customer, query));
}

cxj_code cxj_visit_history(const cxj_tracker* tracker, const cxj_identifier* identifier,
                           const cxj_history_query* query, cxj_visit_fn visit, void* user,
                           const cxj_journey** journey, cxj_error** error) {
  return ShowHistory(tracker, visit, user, journey, error, HistoryOf(identifier, query));
}

cxj_code cxj_visit_customer_history(const cxj_tracker* tracker, cxj_customer_id customer,
                                    const cxj_history_query* query, cxj_visit_fn visit, void* user,
                                    const cxj_journey** journey, cxj_error** error) {
  return ShowHistory(tracker, visit, user, journey, error, HistoryOf(customer, query));
}

cxj_code cxj_history_cursor(const cxj_tracker* tracker, const cxj_identifier* identifier,
                            const cxj_history_query* query, cxj_cursor** cursor,
                            cxj_error** error) {
  return OpenCursor(cursor, error,
                    [&] { return TouchpointPages::OfIdentifier(tracker, identifier, query); });
}

cxj_code cxj_customer_history_cursor(const cxj_tracker* tracker, cxj_customer_id customer,
                                     const cxj_history_query* query, cxj_cursor** cursor,
                                     cxj_error** error) {
  return OpenCursor(cursor, error,
                    [&] { return TouchpointPages::OfCustomer(tracker, customer, query); });
}

cxj_code cxj_scan_cursor(const cxj_tracker* tracker, const cxj_history_query* query,
                         cxj_cursor** cursor, cxj_error** error) {
  return OpenCursor(cursor, error, [&] { return TouchpointPages::OfEverything(tracker, query); });
}

cxj_code cxj_cursor_next(cxj_cursor* cursor, const cxj_touchpoint** touchpoint, cxj_error** error) {
  return Guard(error, [&]() -> Status {
    CXJ_RETURN_IF_ERROR(NotNull(cursor, "cursor"));
    CXJ_RETURN_IF_ERROR(NotNull(touchpoint, "touchpoint"));
    if (cursor->position == cursor->page.size()) CXJ_RETURN_IF_ERROR(cursor->Turn());
    if (cursor->page.empty()) {
      cursor->customer = 0;
      *touchpoint = nullptr;
      return Status();
    }
    const ScannedTouchpoint& next = cursor->page[cursor->position];
    cxj_touchpoint* view = cursor->arena->Sized<cxj_touchpoint>();
    Fill(next.touchpoint, *cursor->arena, view);
    cursor->customer = static_cast<cxj_customer_id>(next.customer);
    ++cursor->position;
    *touchpoint = view;
    return Status();
  });
}

cxj_customer_id cxj_cursor_customer(const cxj_cursor* cursor) {
  return cursor == nullptr ? 0 : cursor->customer;
}
void cxj_cursor_free(cxj_cursor* cursor) { delete cursor; }

void cxj_context_free(const cxj_context* context) {
  Free<cxj_context, cxjourney::Context>(context);
}

cxj_code cxj_context_of(const cxj_tracker* tracker, const cxj_identifier* identifier,
                        const cxj_time* now_us, const cxj_context** context, cxj_error** error) {
  return Answer(tracker, context, error, [&](const Tracker& t) -> Result<cxjourney::Context> {
    CXJ_ASSIGN_OR_RETURN(Identifier who, ReadIdentifier(identifier, "identifier"));
    if (now_us == nullptr) return t.GetContext(who);
    return t.GetContext(who, Timestamp(cxjourney::Duration(*now_us)));
  });
}

void cxj_repeat_report_free(const cxj_repeat_report* report) {
  Free<cxj_repeat_report, cxjourney::RepeatReport>(report);
}

cxj_code cxj_repeats(const cxj_tracker* tracker, const cxj_repeat_query* query,
                     const cxj_repeat_report** report, cxj_error** error) {
  return Answer(tracker, report, error, [&](const Tracker& t) -> Result<cxjourney::RepeatReport> {
    CXJ_ASSIGN_OR_RETURN(cxjourney::RepeatQuery what, ReadRepeatQuery(query));
    return t.Repeats(what);
  });
}

void cxj_verdict_free(const cxj_verdict* verdict) {
  Free<cxj_verdict, cxjourney::RepeatVerdict>(verdict);
}

cxj_code cxj_check_repeat(const cxj_tracker* tracker, const cxj_identifier* identifier,
                          const cxj_repeat_check* check, const cxj_verdict** verdict,
                          cxj_error** error) {
  return Answer(tracker, verdict, error, [&](const Tracker& t) -> Result<cxjourney::RepeatVerdict> {
    CXJ_ASSIGN_OR_RETURN(Identifier who, ReadIdentifier(identifier, "identifier"));
    CXJ_ASSIGN_OR_RETURN(cxjourney::RepeatCheck what, ReadRepeatCheck(check));
    return t.CheckRepeat(who, what);
  });
}

void cxj_transition_report_free(const cxj_transition_report* report) {
  Free<cxj_transition_report, cxjourney::TransitionReport>(report);
}

cxj_code cxj_transitions(const cxj_tracker* tracker, const cxj_transition_query* query,
                         const cxj_transition_report** report, cxj_error** error) {
  return Answer(tracker, report, error,
                [&](const Tracker& t) -> Result<cxjourney::TransitionReport> {
                  CXJ_ASSIGN_OR_RETURN(cxjourney::TransitionQuery what, ReadTransitionQuery(query));
                  return t.Transitions(what);
                });
}

void cxj_funnel_report_free(const cxj_funnel_report* report) {
  Free<cxj_funnel_report, cxjourney::FunnelReport>(report);
}

cxj_code cxj_funnel(const cxj_tracker* tracker, const cxj_funnel_query* query,
                    const cxj_funnel_report** report, cxj_error** error) {
  return Answer(tracker, report, error, [&](const Tracker& t) -> Result<cxjourney::FunnelReport> {
    CXJ_ASSIGN_OR_RETURN(cxjourney::FunnelQuery what, ReadFunnelQuery(query));
    return t.Funnel(what);
  });
}
