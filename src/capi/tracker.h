// The tracker's handle, and what the functions on it have in common.
#pragma once

#include "capi/answers.h"

struct cxj_tracker {
  std::unique_ptr<cxjourney::Tracker> tracker;
  // Answers that live as long as the handle.
  cxjourney::capi::Arena arena;
  cxj_open_report* open_report = nullptr;
  cxj_identity_rules* identity_rules = nullptr;
  std::vector<cxj_policy*> policies;
};

namespace cxjourney::capi {

// Runs `ask(tracker)`, which gives a Result, and hands its value over as an answer.
template <class View, class Ask>
cxj_code Answer(const cxj_tracker* handle, const View** out, cxj_error** error, const Ask& ask) {
  return Guard(error, [&]() -> Status {
    Status given = NotNull(handle, "tracker");
    if (given.ok()) given = NotNull(out, "the place for the answer");
    if (!given.ok()) return given;
    auto result = ask(*handle->tracker);
    if (!result.ok()) return result.status();
    Give(*std::move(result), out, Filler());
    return Status();
  });
}

}  // namespace cxjourney::capi
