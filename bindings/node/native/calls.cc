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

void WriteTouchpoint(Out& out, const cxj_touchpoint& touchpoint) { Write(out, touchpoint); }

}  // namespace cxj_node
