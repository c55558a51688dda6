// Status and Result: how every call of the library says that it worked, or why not.
//
// Errors are values; nothing in this API throws on purpose (std::bad_alloc from the standard
// library may pass through). Messages name the thing and the limit, and never hold a customer's
// data: an identifier in a message is masked.
#ifndef CXJOURNEY_STATUS_H_
#define CXJOURNEY_STATUS_H_

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "cxjourney/export.h"

namespace cxjourney {
inline namespace v1 {

// What kind of failure it was. The numbers are those of gRPC and absl::StatusCode and part of
// the C ABI: never renumber.
enum class Code : int32_t {
  kOk = 0,
  kInvalidArgument = 3,     // The input is wrong, whatever the state of the store.
  kNotFound = 5,            // Nothing of that name is stored.
  kAlreadyExists = 6,       // Same key and revision, other content.
  kResourceExhausted = 8,   // The disk is full, or memory ran out.
  kFailedPrecondition = 9,  // Not in this state: read-only after a failed write, locked, ...
  kInternal = 13,           // An invariant of the library broke; the store is closed to writes.
  kUnavailable = 14,        // The operating system refused; trying again may help.
  kDataLoss = 15,           // Stored bytes are damaged or missing.
};

// Name of the code in capitals, for example "NOT_FOUND". Lives as long as the program.
CXJ_API const char* CodeName(Code code) noexcept;

// OK, or a code with a message. Cheap to copy. Thread-safe as std::string is.
class [[nodiscard]] CXJ_API Status {
 public:
  Status() noexcept = default;  // OK; allocates nothing.
  Status(Code code, std::string message);

  bool ok() const noexcept { return rep_ == nullptr; }
  Code code() const noexcept;
  const std::string& message() const noexcept;
  // "NOT_FOUND: no customer has phone +90532*****33", or "OK".
  std::string ToString() const;

 private:
  struct Rep {
    Code code;
    std::string message;
  };
  std::shared_ptr<const Rep> rep_;  // Shared because it never changes; null is OK.
};

// A T, or the reason why there is none. Reading the value of a failed Result is a bug of the
// caller and aborts the program, as dereferencing a null pointer would.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : rep_(std::in_place_index<1>, std::move(value)) {}
  Result(Status error) : rep_(std::in_place_index<0>, std::move(error)) {
    if (std::get<0>(rep_).ok()) std::abort();  // An OK status carries no value.
  }

  bool ok() const noexcept { return rep_.index() == 1; }
  Status status() const { return ok() ? Status() : std::get<0>(rep_); }

  const T& operator*() const& { return Get(); }
  T& operator*() & { return Get(); }
  T&& operator*() && { return std::move(Get()); }
  const T* operator->() const { return &Get(); }
  T* operator->() { return &Get(); }

 private:
  const T& Get() const {
    if (!ok()) std::abort();
    return *std::get_if<1>(&rep_);
  }
  T& Get() {
    if (!ok()) std::abort();
    return *std::get_if<1>(&rep_);
  }

  std::variant<Status, T> rep_;
};

}  // namespace v1
}  // namespace cxjourney

#endif  // CXJOURNEY_STATUS_H_
