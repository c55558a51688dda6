// A growing array whose elements never move: chunks of a fixed number of them.
//
// Beside std::deque its chunks are large, so that finding one is no wait for memory of its own.
#pragma once

#include <cstddef>
#include <new>
#include <vector>

#include "base/pages.h"

namespace cxjourney::base {

template <class T, size_t kChunk>
class Chunks {
 public:
  Chunks() = default;
  ~Chunks() {
    for (size_t at = 0; at < size_; ++at) (*this)[at].~T();
  }
  Chunks(const Chunks&) = delete;
  Chunks& operator=(const Chunks&) = delete;

  // A new, value-initialised one at the end.
  T& Add() {
    if (size_ == chunks_.size() * kChunk) {
      chunks_.push_back(static_cast<T*>(pool_.Allocate(kChunk * sizeof(T))));
    }
    T* added = new (&(*this)[size_]) T();
    ++size_;
    return *added;
  }
  T& operator[](size_t at) { return chunks_[at / kChunk][at % kChunk]; }
  const T& operator[](size_t at) const { return chunks_[at / kChunk][at % kChunk]; }
  size_t size() const { return size_; }

 private:
  PagePool pool_;
  std::vector<T*> chunks_;
  size_t size_ = 0;
};

}  // namespace cxjourney::base
