// Asking for memory ahead of its use.
#pragma once

namespace cxjourney::base {

// g++ takes a function that does nothing but ask for memory for one without effect, and leaves its
// calls out: hence the assembly of no instruction.
inline void Prefetch(const void* at) {
  asm volatile("" : : "r"(at));
  __builtin_prefetch(at);
}

}  // namespace cxjourney::base
