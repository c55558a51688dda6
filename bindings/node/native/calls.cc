#include "calls.h"

#include <algorithm>
#include <new>
#include <utility>
#include <vector>

#include "arrow.h"

namespace cxj_node {

#include "generated.inc"

const size_t kCallBytes = kLargestCall;

void ReadOptions(In& in, cxj_options* options) { Read(in, options); }

uint8_t* WriteTouchpoint(Out& out, uint8_t* at, const cxj_touchpoint& touchpoint) {
  return Write(out, at, touchpoint);
}

}  // namespace cxj_node
