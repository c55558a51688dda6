// Opening, closing and looking after a store.
#include "base/status_macros.h"
#include "capi/arguments.h"
#include "capi/tracker.h"

using namespace cxjourney::capi;  // The C functions live in no namespace.
using cxjourney::Status;
using cxjourney::Tracker;

namespace {

// What the handle lends out for its whole life.
void FillLent(cxj_tracker* handle) {
  Arena& arena = handle->arena;
  handle->open_report = arena.Sized<cxj_open_report>();
  Fill(handle->tracker->open_report(), arena, handle->open_report);
  handle->identity_rules = arena.Sized<cxj_identity_rules>();
  Fill(handle->tracker->identity_rules(), arena, handle->identity_rules);
  for (const cxjourney::Policy& policy : handle->tracker->policies()) {
    handle->policies.push_back(arena.Sized<cxj_policy>());
    Fill(policy, arena, handle->policies.back());
  }
}

}  // namespace

cxj_code cxj_open(cxj_str path, const cxj_options* options, cxj_tracker** tracker,
                  cxj_error** error) {
  return Guard(error, [&]() -> Status {
    CXJ_RETURN_IF_ERROR(NotNull(tracker, "tracker"));
    CXJ_ASSIGN_OR_RETURN(std::string_view folder, ReadView(path, "path"));
    OpenArguments arguments;
    CXJ_RETURN_IF_ERROR(arguments.Read(options));
    auto handle = std::make_unique<cxj_tracker>();
    CXJ_ASSIGN_OR_RETURN(handle->tracker, Tracker::Open(std::string(folder), arguments.options()));
    FillLent(handle.get());
    *tracker = handle.release();
    return Status();
  });
}

cxj_code cxj_close(cxj_tracker* tracker, cxj_error** error) {
  std::unique_ptr<cxj_tracker> handle(tracker);
  return Guard(error,
               [&]() -> Status { return handle == nullptr ? Status() : handle->tracker->Close(); });
}

const cxj_open_report* cxj_tracker_open_report(const cxj_tracker* tracker) {
  return tracker == nullptr ? nullptr : tracker->open_report;
}
const cxj_identity_rules* cxj_tracker_identity_rules(const cxj_tracker* tracker) {
  return tracker == nullptr ? nullptr : tracker->identity_rules;
}
const cxj_policy* cxj_tracker_policy(const cxj_tracker* tracker, size_t index) {
  if (tracker == nullptr || index >= tracker->policies.size()) return nullptr;
  return tracker->policies[index];
}

cxj_code cxj_sync(cxj_tracker* tracker, cxj_error** error) {
  return Guard(error, [&]() -> Status {
    CXJ_RETURN_IF_ERROR(NotNull(tracker, "tracker"));
    return tracker->tracker->Sync();
  });
}

cxj_code cxj_compact(cxj_tracker* tracker, cxj_error** error) {
  return Guard(error, [&]() -> Status {
    CXJ_RETURN_IF_ERROR(NotNull(tracker, "tracker"));
    return tracker->tracker->Compact();
  });
}

cxj_code cxj_stats_of(const cxj_tracker* tracker, const cxj_stats** stats, cxj_error** error) {
  return Answer(tracker, stats, error, [](const Tracker& t) { return t.GetStats(); });
}
void cxj_stats_free(const cxj_stats* stats) { Free<cxj_stats, cxjourney::Stats>(stats); }

cxj_code cxj_verify(const cxj_tracker* tracker, const cxj_verify_report** report,
                    cxj_error** error) {
  return Answer(tracker, report, error, [](const Tracker& t) { return t.Verify(); });
}
void cxj_verify_report_free(const cxj_verify_report* report) {
  Free<cxj_verify_report, cxjourney::VerifyReport>(report);
}
