// The calls of c.h as objects: what one needs to run on another thread and to give its answer back.
#ifndef CXJOURNEY_NODE_CALLS_H_
#define CXJOURNEY_NODE_CALLS_H_

#include "cxjourney/c.h"
#include "wire.h"

namespace cxj_node {

class Call {
 public:
  Call() = default;
  virtual ~Call() = default;
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  // Reads the arguments. They point into the bytes and the arena of `in`.
  virtual void Decode(In& /*in*/) {}
  // Calls the library; on any thread. What the library only shows is written to `out` meanwhile.
  virtual cxj_code Run(void* handle, Out& out, cxj_error** error) = 0;
  // Writes the answer of a call that succeeded, behind that.
  virtual void Encode(Out& /*out*/) const {}
  // The cursor that the call made, if that is what it makes.
  virtual cxj_cursor* TakeCursor() { return nullptr; }
};

// Enough for any call, so that one that does not leave its thread needs no memory of its own.
extern const size_t kCallBytes;

// Makes call number `number` of lib/generated/calls.ts at `place` (null: on the heap).
Call* NewCall(uint32_t number, void* place);

void ReadOptions(In& in, cxj_options* options);
uint8_t* WriteTouchpoint(Out& out, uint8_t* at, const cxj_touchpoint& touchpoint);

}  // namespace cxj_node

#endif  // CXJOURNEY_NODE_CALLS_H_
