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

// For where `table`, one of Abseil's, looks `key` up. Its `prefetch` is such a function too: called
// by a pointer of which g++ can't know what it points to.
template <class Table, class Key>
void PrefetchFind(const Table& table, const Key& key) {
  void (Table::*ask)(const Key&) const = &Table::template prefetch<Key>;
  asm volatile("" : "+m"(ask));
  (table.*ask)(key);
}

// For all from `from` on up to `end`.
inline void PrefetchBetween(const void* from, const void* end) {
  constexpr size_t kLineBytes = 64;
  for (auto at = static_cast<const char*>(from); at < end; at += kLineBytes) Prefetch(at);
}

}  // namespace cxjourney::base
