#include "base/pages.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <new>

namespace cxjourney::base {
namespace {

constexpr size_t kLineBytes = 64;
constexpr size_t kHugePageBytes = size_t{2} << 20;

// Of more than there can be, so much that asking for it fails.
constexpr size_t RoundUp(size_t bytes, size_t to) {
  return (std::min<size_t>(bytes, PTRDIFF_MAX - to) + to - 1) / to * to;
}

}  // namespace

void* AllocateHuge(size_t least) {
  const size_t bytes = RoundUp(least, kHugePageBytes);
  void* start = ::operator new (bytes, std::align_val_t{kHugePageBytes});
  madvise(start, bytes, MADV_HUGEPAGE);  // A system that has none has others.
  return start;
}

void FreeHuge(void* start) { ::operator delete (start, std::align_val_t{kHugePageBytes}); }

PagePool::~PagePool() {
  for (const Region& region : regions_) {
    if (region.huge) {
      FreeHuge(region.start);
    } else {
      ::operator delete (region.start, std::align_val_t{kLineBytes});
    }
  }
}

void* PagePool::Allocate(size_t bytes) {
  const size_t rounded = RoundUp(bytes, kLineBytes);
  if (rounded > left_) AddRegion(rounded);
  void* allocated = next_;
  next_ += rounded;
  left_ -= rounded;
  return allocated;
}

void PagePool::AddRegion(size_t least) {
  Region& region = regions_.emplace_back();
  size_t bytes = least;
  if (least < kSmallBytes && bytes_ < kSmallBytes) {
    region.start = ::operator new (bytes, std::align_val_t{kLineBytes});
  } else {
    bytes = RoundUp(least, kHugePageBytes);
    region.start = AllocateHuge(bytes);
    region.huge = true;
  }
  next_ = static_cast<char*>(region.start);
  left_ = bytes;
  bytes_ += bytes;
}

}  // namespace cxjourney::base
