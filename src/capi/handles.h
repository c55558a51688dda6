// The handles of the C API, errors, and the guard around every function.
#pragma once

#include <atomic>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cxjourney/c.h"
#include "cxjourney/tracker.h"

struct cxj_error {
  cxj_code code;
  std::string message;
};

struct cxj_clock final : cxjourney::Clock {
  std::atomic<int64_t> now_us{0};
  cxjourney::Timestamp Now() override {
    return cxjourney::Timestamp(cxjourney::Duration(now_us.load()));
  }
};

namespace cxjourney::capi {

inline cxj_str View(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view Text(cxj_str text) { return {text.data, text.size}; }

// Hands a status over; allocates nothing on success.
cxj_code Report(const Status& status, cxj_error** error);
// For the guard, where allocating may be what failed.
cxj_code ReportOutOfMemory(cxj_error** error);
cxj_code ReportUnknown(const char* what, cxj_error** error);

// Runs the body of a C function, which returns a Status: nothing is thrown through the ABI.
template <class Body>
cxj_code Guard(cxj_error** error, Body&& body) noexcept {
  try {
    return Report(std::forward<Body>(body)(), error);
  } catch (const std::bad_alloc&) {
    return ReportOutOfMemory(error);
  } catch (const std::exception& problem) {
    return ReportUnknown(problem.what(), error);
  } catch (...) {
    return ReportUnknown("an exception of unknown type", error);
  }
}

// kInvalidArgument: "`name` is NULL".
Status NotNull(const void* pointer, const char* name);

}  // namespace cxjourney::capi
