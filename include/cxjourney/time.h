// Time as the library uses it: microseconds, UTC.
#ifndef CXJOURNEY_TIME_H_
#define CXJOURNEY_TIME_H_

#include <chrono>

namespace cxjourney {
inline namespace v1 {

using Duration = std::chrono::microseconds;

// Microseconds since 1970-01-01T00:00:00Z, leap seconds not counted. 0 is 1970, not "now".
using Timestamp = std::chrono::time_point<std::chrono::system_clock, Duration>;

// The library's only source of "now". Implement it to run tests or replays at a chosen time.
// Now() must be callable from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Timestamp Now() = 0;
};

}  // namespace v1
}  // namespace cxjourney

#endif  // CXJOURNEY_TIME_H_
