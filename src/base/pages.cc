#include "base/pages.h"

#include <malloc.h>
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

// Not from the heap: it would keep what it is given back, in pieces that are no huge pages.
void* AllocateHuge(size_t least) {
  const size_t bytes = RoundUp(least, kHugePageBytes);
  // Only addresses are taken in excess, so that the start can be aligned.
  void* mapped = mmap(nullptr, bytes + kHugePageBytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  // There is no memory: the heap says so in its way when it is asked for more than there can be.
  if (mapped == MAP_FAILED) return ::operator new(static_cast<size_t>(PTRDIFF_MAX));
  auto* begin = static_cast<char*>(mapped);
  const auto address = reinterpret_cast<uintptr_t>(begin);
  const size_t before = RoundUp(address, kHugePageBytes) - address;
  if (before > 0) munmap(begin, before);
  if (before < kHugePageBytes) munmap(begin + before + bytes, kHugePageBytes - before);
  madvise(begin + before, bytes, MADV_HUGEPAGE);  // A system that has none has others.
  return begin + before;
}

void FreeHuge(void* start, size_t least) { munmap(start, RoundUp(least, kHugePageBytes)); }

void ReturnFreedMemory() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

PagePool::~PagePool() {
  for (const Region& region : regions_) {
    if (region.huge_bytes > 0) {
      FreeHuge(region.start, region.huge_bytes);
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
    region.huge_bytes = bytes;
  }
  next_ = static_cast<char*>(region.start);
  left_ = bytes;
  bytes_ += bytes;
}

}  // namespace cxjourney::base
