// Memory for what may grow to megabytes and is given back all at once.
//
// Small things that are looked up all over many megabytes wait for page tables more than for the
// memory itself, so from some size on it comes in huge pages where the system has them.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <cstddef>
#include <new>
#include <utility>
#include <vector>

namespace cxjourney::base {

// What is smaller than this is left to the heap: a small store shall not take a huge page for each
// of its tables.
inline constexpr size_t kSmallBytes = size_t{1} << 20;

// At least so many bytes, zeroed, in whole huge pages. std::bad_alloc as operator new.
void* AllocateHuge(size_t least);
void FreeHuge(void* start, size_t least);

// To the system, what the heap keeps of what was given back to it. Takes milliseconds, and what is
// taken again is made anew page by page.
void ReturnFreedMemory();

// For a container of which there is one in a store and which grows with it.
template <class T>
struct PageAllocator {
  using value_type = T;

  PageAllocator() = default;
  template <class U>
  PageAllocator(const PageAllocator<U>&) {}

  T* allocate(size_t count) {
    const size_t bytes = count * sizeof(T);
    return static_cast<T*>(bytes < kSmallBytes ? ::operator new(bytes) : AllocateHuge(bytes));
  }
  void deallocate(T* start, size_t count) {
    if (count * sizeof(T) < kSmallBytes) {
      ::operator delete(start);
    } else {
      FreeHuge(start, count * sizeof(T));
    }
  }
  friend bool operator==(const PageAllocator&, const PageAllocator&) { return true; }
};

template <class T>
using BigVector = std::vector<T, PageAllocator<T>>;
template <class Key, class Value>
using BigMap = absl::flat_hash_map<Key, Value, typename absl::flat_hash_map<Key, Value>::hasher,
                                   typename absl::flat_hash_map<Key, Value>::key_equal,
                                   PageAllocator<std::pair<const Key, Value>>>;
template <class T, class Hash, class Equal>
using BigSet = absl::flat_hash_set<T, Hash, Equal, PageAllocator<T>>;

class PagePool {
 public:
  PagePool() = default;
  ~PagePool();
  PagePool(const PagePool&) = delete;
  PagePool& operator=(const PagePool&) = delete;

  // Aligned to a cache line; lives as long as the pool. std::bad_alloc as operator new.
  void* Allocate(size_t bytes);
  // Allocated, used or not.
  size_t bytes() const { return bytes_; }

 private:
  struct Region {
    void* start = nullptr;
    size_t huge_bytes = 0;  // 0: it is from the heap.
  };
  void AddRegion(size_t least);

  std::vector<Region> regions_;
  char* next_ = nullptr;
  size_t left_ = 0;
  size_t bytes_ = 0;
};

}  // namespace cxjourney::base
