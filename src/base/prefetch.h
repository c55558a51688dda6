// Asking for memory ahead of its use.
#pragma once

#include <cstddef>

namespace cxjourney::base {

// g++ takes a function that does nothing but ask for memory for one without effect, and leaves its
// calls out: hence the assembly of no instruction.
inline void Prefetch(const void* at) {
  asm volatile("" : : "r"(at));
  __builtin_prefetch(at);
}

// For all from `from` on up to `end`.
inline void PrefetchBetween(const void* from, const void* end) {
  constexpr size_t kLineBytes = 64;
  for (auto at = static_cast<const char*>(from); at < end; at += kLineBytes) Prefetch(at);
}

}  // namespace cxjourney::base
