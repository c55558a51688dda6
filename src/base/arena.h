// Room for many small texts that stay for as long as their owner: one allocation for thousands.
#pragma once

#include <cstring>
#include <string_view>

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
