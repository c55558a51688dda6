#include "calls.h"

#include <algorithm>
#include <new>
#include <utility>
#include <vector>

#include "arrow.h"

namespace cxj_node {
namespace {

// A history on its way out: the number of touchpoints, and each behind its length, as it is shown.
class Visited {
 public:
  explicit Visited(Out& out) : out_(out), place_(out.size()), at_(out.Number(out.end(), count_)) {}

  static void See(const cxj_touchpoint* touchpoint, void* visited) {
    static_cast<Visited*>(visited)->Add(*touchpoint);
  }

  void End() {
    out_.Patch(place_, count_);
    out_.End(at_);
  }

 private:
  void Add(const cxj_touchpoint& touchpoint) {
    at_ = Sized(out_, at_, [&](uint8_t* at) { return WriteTouchpoint(out_, at, touchpoint); });
    ++count_;
  }

  Out& out_;
  uint32_t count_ = 0;
  size_t place_;
  uint8_t* at_;
};

}  // namespace

#include "generated.inc"

const size_t kCallBytes = kLargestCall;

void ReadOptions(In& in, cxj_options* options) { Read(in, options); }

uint8_t* WriteTouchpoint(Out& out, uint8_t* at, const cxj_touchpoint& touchpoint) {
  return Write(out, at, touchpoint);
}

}  // namespace cxj_node
