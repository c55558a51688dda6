// The bytes that JavaScript and the addon exchange: a mask of the fields that are not zero, 32 to a
// word, then those fields in order, numbers in the machine's own order. generated.inc has the
// structs, lib/wire.ts the other half.
#ifndef CXJOURNEY_NODE_WIRE_H_
#define CXJOURNEY_NODE_WIRE_H_

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

#include "cxjourney/c.h"

namespace cxj_node {

// Structs and arrays that live until a call is over. The first block is kept for the next call.
class Arena {
 public:
  template <class T>
  T* Make(size_t count) {
    static_assert(alignof(T) <= alignof(std::max_align_t));
    const size_t bytes = (count * sizeof(T) + alignof(std::max_align_t) - 1) /
                         alignof(std::max_align_t) * alignof(std::max_align_t);
    if (used_ + bytes > capacity_) Grow(bytes);
    void* place = block_ + used_;
    used_ += bytes;
    return static_cast<T*>(place);
  }

  void Clear() {
    if (blocks_.size() > 1) {
      blocks_.clear();
      capacity_ = 0;
    }
    used_ = 0;
  }

 private:
  static constexpr size_t kBlock = 16384;

  void Grow(size_t bytes) {
    capacity_ = bytes > kBlock ? bytes : kBlock;
    blocks_.push_back(std::make_unique<uint8_t[]>(capacity_));
    block_ = blocks_.back().get();
    used_ = 0;
  }

  std::vector<std::unique_ptr<uint8_t[]>> blocks_;
  uint8_t* block_ = nullptr;
  size_t used_ = 0;
  size_t capacity_ = 0;
};

// Arguments on their way in. Texts point into the bytes.
class In {
 public:
  In(const uint8_t* bytes, Arena* arena) : at_(bytes), arena_(arena) {}

  template <class T>
  T Number() {
    T value;
    std::memcpy(&value, at_, sizeof(T));
    at_ += sizeof(T);
    return value;
  }

  cxj_str Text() {
    const uint32_t size = Number<uint32_t>();
    const cxj_str text = {reinterpret_cast<const char*>(at_), size};
    at_ += size;
    return text;
  }

  template <class T>
  const T* One() {
    T* item = arena_->Make<T>(1);
    Item(item);
    return item;
  }

  template <class T>
  const T* List(size_t* count) {
    *count = Number<uint32_t>();
    T* items = arena_->Make<T>(*count);
    for (size_t i = 0; i < *count; ++i) Item(&items[i]);
    return items;
  }

  template <class T>
  const T* const* Pointers(size_t* count) {
    const T* items = List<T>(count);
    const T** pointers = arena_->Make<const T*>(*count);
    for (size_t i = 0; i < *count; ++i) pointers[i] = &items[i];
    return pointers;
  }

 private:
  void Item(cxj_str* item) { *item = Text(); }
  template <class T>
  void Item(T* item) {
    if constexpr (std::is_arithmetic_v<T>) {
      *item = Number<T>();
    } else {
      Read(*this, item);  // In generated.inc, by the argument's type.
    }
  }

  const uint8_t* at_;
  Arena* arena_;
};

// An answer on its way out: written to the caller's memory as long as it fits, and then to the
// heap.
class Out {
 public:
  Out(uint8_t* memory, size_t capacity) : begin_(memory), at_(memory), end_(memory + capacity) {}
  Out() : Out(nullptr, 0) {}
  ~Out() { std::free(heap_); }
  // What lies on the heap moves; what lies in the caller's memory stays there.
  Out(Out&& other) noexcept
      : begin_(other.begin_),
        at_(other.at_),
        end_(other.end_),
        heap_(std::exchange(other.heap_, nullptr)) {}
  Out(const Out&) = delete;
  Out& operator=(const Out&) = delete;

  size_t size() const { return static_cast<size_t>(at_ - begin_); }
  const uint8_t* data() const { return begin_; }
  bool on_heap() const { return heap_ != nullptr; }

  template <class T>
  static bool Given(T value) {
    static_assert(std::is_arithmetic_v<T>);
    if constexpr (std::is_floating_point_v<T>) return value < 0 || value > 0 || value != value;
    return value != T{};
  }

  template <class T>
  void Number(T value) {
    static_assert(std::is_arithmetic_v<T>);
    Need(sizeof(T));
    std::memcpy(at_, &value, sizeof(T));
    at_ += sizeof(T);
  }

  void Text(cxj_str text) {
    Number(static_cast<uint32_t>(text.size));
    Bytes(text.data, text.size);
  }

  void Bytes(const void* bytes, size_t size) {
    Need(size);
    if (size != 0) std::memcpy(at_, bytes, size);
    at_ += size;
  }

  void Append(const std::vector<uint8_t>& bytes) { Bytes(bytes.data(), bytes.size()); }

  size_t Skip(size_t bytes) {
    Need(bytes);
    const size_t place = size();
    at_ += bytes;
    return place;
  }

  void Patch(size_t place, uint32_t value) { std::memcpy(begin_ + place, &value, sizeof(value)); }

 private:
  void Need(size_t bytes) {
    if (static_cast<size_t>(end_ - at_) < bytes) Grow(bytes);
  }

  void Grow(size_t bytes) {
    const size_t used = size();
    const size_t capacity = (used + bytes) * 2 + 1024;
    auto* larger = static_cast<uint8_t*>(std::realloc(heap_, capacity));
    if (larger == nullptr) throw std::bad_alloc();
    if (heap_ == nullptr && used != 0) std::memcpy(larger, begin_, used);
    heap_ = begin_ = larger;
    at_ = begin_ + used;
    end_ = begin_ + capacity;
  }

  uint8_t* begin_;
  uint8_t* at_;
  uint8_t* end_;
  uint8_t* heap_ = nullptr;
};

// The mask of a struct, written behind its fields.
template <size_t kWords>
class Mask {
 public:
  explicit Mask(Out& out) : out_(out), place_(out.Skip(sizeof(bits_))) {}
  ~Mask() {
    for (size_t i = 0; i < kWords; ++i) out_.Patch(place_ + i * sizeof(uint32_t), bits_[i]);
  }
  Mask(const Mask&) = delete;
  Mask& operator=(const Mask&) = delete;
  void Set(size_t field) { bits_[field / 32] |= uint32_t{1} << (field % 32); }

 private:
  Out& out_;
  uint32_t bits_[kWords] = {};
  size_t place_;
};

// The length of what follows, so that a reader can pass over it.
class Sized {
 public:
  explicit Sized(Out& out) : out_(out), place_(out.Skip(sizeof(uint32_t))) {}
  ~Sized() { out_.Patch(place_, static_cast<uint32_t>(out_.size() - place_ - sizeof(uint32_t))); }
  Sized(const Sized&) = delete;
  Sized& operator=(const Sized&) = delete;

 private:
  Out& out_;
  size_t place_;
};

// An answer of an older library is shorter: what it does not have is zero.
template <class T>
const T& Whole(const T& given, T& copy) {
  if (given.struct_size >= sizeof(T)) return given;
  copy = {};
  std::memcpy(&copy, &given, given.struct_size);
  return copy;
}

}  // namespace cxj_node

#endif  // CXJOURNEY_NODE_WIRE_H_
