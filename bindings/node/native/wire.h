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

// What runs for each of a touchpoint's fifty fields is worth its copies in the code.
#define CXJ_INLINE inline __attribute__((always_inline))

namespace cxj_node {

// Structs and arrays that live until a call is over. Their memory is kept for the next call, in one
// block: a batch like the one before finds its room without asking for any.
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
      const size_t all = total_ < kKept ? total_ : kKept;
      blocks_.clear();
      total_ = capacity_ = 0;
      Grow(all);
    }
    used_ = 0;
  }

 private:
  static constexpr size_t kBlock = 16384;
  // What a thread may keep between calls: enough for a batch of 1,000 touchpoints.
  static constexpr size_t kKept = 1 << 20;

  void Grow(size_t bytes) {
    const size_t capacity = bytes > kBlock ? bytes : kBlock;
    // Not make_unique: what is made here is written by who asked for it.
    blocks_.push_back(std::unique_ptr<uint8_t[]>(new uint8_t[capacity]));
    block_ = blocks_.back().get();
    capacity_ = capacity;
    total_ += capacity;
    used_ = 0;
  }

  std::vector<std::unique_ptr<uint8_t[]>> blocks_;
  uint8_t* block_ = nullptr;
  size_t used_ = 0;
  size_t capacity_ = 0;
  size_t total_ = 0;  // Of all blocks.
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
// heap. Where it is written goes from hand to hand as `at`, so that it stays in a register.
class Out {
 public:
  // Behind a mask or a text there is always so much room, so the numbers that follow need not ask.
  // generated.inc asserts that it is enough for any struct.
  static constexpr size_t kSlack = 2048;

  Out(uint8_t* memory, size_t capacity) : begin_(memory), room_end_(memory), last_(memory) {
    if (capacity > kSlack) room_end_ += capacity - kSlack;
  }
  // On the heap from the start.
  Out() : begin_(nullptr), room_end_(nullptr), last_(nullptr) { last_ = Grow(nullptr, 0); }
  // What lies on the heap moves; what lies in the caller's memory stays there.
  Out(Out&& other) noexcept
      : begin_(other.begin_),
        room_end_(other.room_end_),
        last_(other.last_),
        heap_(std::exchange(other.heap_, nullptr)) {}
  ~Out() { std::free(heap_); }
  Out(const Out&) = delete;
  Out& operator=(const Out&) = delete;

  size_t size() const { return static_cast<size_t>(last_ - begin_); }
  const uint8_t* data() const { return begin_; }
  bool on_heap() const { return heap_ != nullptr; }

  // The end of what was written, to go on from and to come back to.
  uint8_t* end() const { return last_; }
  void End(uint8_t* at) { last_ = at; }

  size_t Place(const uint8_t* at) const { return static_cast<size_t>(at - begin_); }
  void Patch(size_t place, uint32_t value) { std::memcpy(begin_ + place, &value, sizeof(value)); }

  CXJ_INLINE uint8_t* Room(uint8_t* at, size_t bytes) {
    return __builtin_expect(room_end_ - at < static_cast<ptrdiff_t>(bytes), 0) ? Grow(at, bytes)
                                                                               : at;
  }

  template <class T>
  static uint8_t* Put(uint8_t* at, T value) {
    static_assert(std::is_arithmetic_v<T>);
    std::memcpy(at, &value, sizeof(T));
    return at + sizeof(T);
  }

  // Put, with room asked for: for the items of a list.
  template <class T>
  uint8_t* Number(uint8_t* at, T value) {
    return Put(Room(at, sizeof(T)), value);
  }

  CXJ_INLINE uint8_t* Text(uint8_t* at, cxj_str text) {
    at = Put(Room(at, sizeof(uint32_t) + text.size), static_cast<uint32_t>(text.size));
    Copy(at, text.data, text.size);
    return at + text.size;
  }

  uint8_t* Append(uint8_t* at, const std::vector<uint8_t>& bytes) {
    at = Room(at, bytes.size());
    if (!bytes.empty()) std::memcpy(at, bytes.data(), bytes.size());
    return at + bytes.size();
  }

 private:
  struct Words {
    uint64_t low, high;
  };

  template <class T>
  static void CopyEnds(uint8_t* to, const char* from, size_t size) {
    T first;
    T last;
    std::memcpy(&first, from, sizeof(T));
    std::memcpy(&last, from + size - sizeof(T), sizeof(T));
    std::memcpy(to, &first, sizeof(T));
    std::memcpy(to + size - sizeof(T), &last, sizeof(T));
  }

  // Most texts are short: two overlapping words cost less than a call of memcpy.
  CXJ_INLINE static void Copy(uint8_t* to, const char* from, size_t size) {
    if (size > 32) {
      std::memcpy(to, from, size);
    } else if (size >= 16) {
      CopyEnds<Words>(to, from, size);
    } else if (size >= 8) {
      CopyEnds<uint64_t>(to, from, size);
    } else if (size >= 4) {
      CopyEnds<uint32_t>(to, from, size);
    } else if (size != 0) {
      // One to three bytes: the first, the one in the middle, the last.
      to[0] = static_cast<uint8_t>(from[0]);
      to[size / 2] = static_cast<uint8_t>(from[size / 2]);
      to[size - 1] = static_cast<uint8_t>(from[size - 1]);
    }
  }

  __attribute__((noinline, cold)) uint8_t* Grow(uint8_t* at, size_t bytes) {
    const size_t used = Place(at);
    const size_t capacity = (used + bytes + kSlack) * 2;
    auto* larger = static_cast<uint8_t*>(std::realloc(heap_, capacity));
    if (larger == nullptr) throw std::bad_alloc();
    if (heap_ == nullptr && used != 0) std::memcpy(larger, begin_, used);
    heap_ = begin_ = larger;
    room_end_ = begin_ + capacity - kSlack;
    return begin_ + used;
  }

  uint8_t* begin_;
  uint8_t* room_end_;  // kSlack before the end of the memory.
  uint8_t* last_;
  uint8_t* heap_ = nullptr;
};

template <class T>
bool Given(T value) {
  static_assert(std::is_arithmetic_v<T>);
  if constexpr (std::is_floating_point_v<T>) return value < 0 || value > 0 || value != value;
  return value != T{};
}

// What `write` writes, behind its length, so that a reader can pass over it.
template <class Function>
uint8_t* Sized(Out& out, uint8_t* at, const Function& write) {
  at = out.Room(at, sizeof(uint32_t));
  const size_t place = out.Place(at);
  at = write(at + sizeof(uint32_t));
  out.Patch(place, static_cast<uint32_t>(out.Place(at) - place - sizeof(uint32_t)));
  return at;
}

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
