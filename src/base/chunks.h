// A growing array whose elements never move: chunks of a fixed number of them.
//
// Beside std::deque its chunks are large, so that finding one is no wait for memory of its own.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace cxjourney::base {

template <class T, size_t kChunk>
class Chunks {
 public:
  // A new, value-initialised one at the end.
  T& Add() {
    if (size_ % kChunk == 0) chunks_.push_back(std::make_unique<T[]>(kChunk));
    return (*this)[size_++];
  }
  T& operator[](size_t at) { return chunks_[at / kChunk][at % kChunk]; }
  const T& operator[](size_t at) const { return chunks_[at / kChunk][at % kChunk]; }
  size_t size() const { return size_; }

 private:
  std::vector<std::unique_ptr<T[]>> chunks_;
  size_t size_ = 0;
};

}  // namespace cxjourney::base
