// Lists that are nearly always short: so many elements lie in the owner, without an allocation.
#pragma once

#include <absl/container/inlined_vector.h>

#include <algorithm>

namespace cxjourney::base {

template <class T, size_t N>
using ShortList = absl::InlinedVector<T, N>;

template <class T, size_t N>
void EraseValue(ShortList<T, N>* list, const T& value) {
  list->erase(std::remove(list->begin(), list->end(), value), list->end());
}

// In order, each value once. `List` is a ShortList or a std::vector.
template <class List>
void SortUnique(List* list) {
  std::sort(list->begin(), list->end());
  list->erase(std::unique(list->begin(), list->end()), list->end());
}

}  // namespace cxjourney::base
