// Room for many small texts and lists that stay for as long as their owner: one allocation for
// thousands.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/pages.h"

namespace cxjourney::base {

class Arena {
 public:
  // A copy that lives as long as the arena.
  std::string_view Copy(std::string_view text) {
    if (text.empty()) return {};
    if (text.size() > left_) Grow(text.size());
    std::memcpy(next_, text.data(), text.size());
    const std::string_view copy(next_, text.size());
    next_ += text.size();
    left_ -= text.size();
    return copy;
  }
  template <class T>
  std::span<const T> Copy(const std::vector<T>& list) {
    static_assert(std::is_trivially_copyable_v<T>);
    if (list.empty()) return {};
    const size_t rest = reinterpret_cast<uintptr_t>(next_) % alignof(T);
    const size_t gap = std::min(left_, rest == 0 ? 0 : alignof(T) - rest);
    next_ += gap;
    left_ -= gap;
    const size_t bytes = list.size() * sizeof(T);
    const std::string_view copy = Copy({reinterpret_cast<const char*>(list.data()), bytes});
    return {reinterpret_cast<const T*>(copy.data()), list.size()};
  }
  // Allocated, used or not.
  size_t bytes() const { return pool_.bytes(); }

 private:
  static constexpr size_t kChunkBytes = size_t{64} << 10;
  void Grow(size_t least) {
    const size_t bytes = least > kChunkBytes ? least : kChunkBytes;
    next_ = static_cast<char*>(pool_.Allocate(bytes));
    left_ = bytes;
  }

  PagePool pool_;
  char* next_ = nullptr;
  size_t left_ = 0;
};

}  // namespace cxjourney::base
