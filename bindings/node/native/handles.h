// What JavaScript's handles hold. All of it belongs to one thread, that of the environment.
#ifndef CXJOURNEY_NODE_HANDLES_H_
#define CXJOURNEY_NODE_HANDLES_H_

#include <cstdint>
#include <set>
#include <utility>

#include "cxjourney/c.h"

namespace cxj_node {

// Must outlive the trackers that use it, so each of them holds a reference.
struct Clock {
  explicit Clock(cxj_clock* given) : clock(given) {}
  ~Clock() { End(); }
  void End() { cxj_clock_free(std::exchange(clock, nullptr)); }

  cxj_clock* clock;  // Null: freed.
  uint32_t refs = 1;
};

inline void Unref(Clock* clock) {
  if (--clock->refs == 0) delete clock;
}

struct Cursor;

// Closed by its last reference, if nobody closes it before: JavaScript's handle, each cursor and
// each task hold one, so nothing is freed under anyone's feet in whatever order a collector or the
// end of a worker lets go.
struct Tracker {
  Tracker(cxj_tracker* opened, Clock* used) : tracker(opened), clock(used) {
    if (clock != nullptr) ++clock->refs;
  }
  ~Tracker() {
    cxj_close(TakeForClose(), nullptr);
    if (clock != nullptr) Unref(clock);
  }
  Tracker(const Tracker&) = delete;
  Tracker& operator=(const Tracker&) = delete;

  // Ends the cursors; cxj_close is left to the caller.
  cxj_tracker* TakeForClose();

  cxj_tracker* tracker;  // Null: closed.
  Clock* clock;
  uint32_t refs = 1;
  uint32_t busy = 0;  // Tasks under way.
  std::set<Cursor*> cursors;
};

inline void Unref(Tracker* tracker) {
  if (--tracker->refs == 0) delete tracker;
}

struct Cursor {
  Cursor(Tracker* owner, cxj_cursor* opened) : cursor(opened), tracker(owner) {
    ++tracker->refs;
    tracker->cursors.insert(this);
  }
  ~Cursor() {
    End();
    Unref(tracker);
  }
  Cursor(const Cursor&) = delete;
  Cursor& operator=(const Cursor&) = delete;

  void End() {
    cxj_cursor_free(std::exchange(cursor, nullptr));
    tracker->cursors.erase(this);
  }

  cxj_cursor* cursor;  // Null: freed.
  Tracker* tracker;
  bool busy = false;
};

inline cxj_tracker* Tracker::TakeForClose() {
  while (!cursors.empty()) (*cursors.begin())->End();
  return std::exchange(tracker, nullptr);
}

}  // namespace cxj_node

#endif  // CXJOURNEY_NODE_HANDLES_H_
