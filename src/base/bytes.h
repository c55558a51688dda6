// Writing and reading the compact encodings: varints, zigzag, length-prefixed strings.
//
// All multi-byte fixed integers are little-endian. A Reader never reads past its end: the first
// failure makes ok() false and every later read give zero or empty, so decoders check once.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace cxjourney::base {

// Bytes in the making, without an allocation as long as they are few. Takes the place of a
// std::string below a writer where records are encoded by the thousand.
class Buffer {
 public:
  Buffer() = default;
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  void push_back(char byte) {
    if (size_ == capacity_) Grow(1);
    data_[size_++] = byte;
  }
  void append(const char* bytes, size_t size) {
    if (size > capacity_ - size_) Grow(size);
    if (size > 0) std::memcpy(data_ + size_, bytes, size);
    size_ += size;
  }
  void append(std::string_view bytes) { append(bytes.data(), bytes.size()); }
  std::string_view view() const { return {data_, size_}; }
  bool empty() const { return size_ == 0; }

 private:
  void Grow(size_t more) {
    const size_t capacity = 2 * capacity_ + more;
    auto larger = std::make_unique<char[]>(capacity);
    std::memcpy(larger.get(), data_, size_);
    heap_ = std::move(larger);
    data_ = heap_.get();
    capacity_ = capacity;
  }

  static constexpr size_t kInlineBytes = 384;
  size_t size_ = 0;
  size_t capacity_ = kInlineBytes;
  std::unique_ptr<char[]> heap_;
  char inline_[kInlineBytes];
  char* data_ = inline_;
};

// A signed number as one without a sign, small where it is near to 0; and back.
inline uint64_t Zigzag(int64_t value) {
  return (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
}
inline int64_t Unzigzag(uint64_t value) {
  return static_cast<int64_t>((value >> 1) ^ (~(value & 1) + 1));
}

// `Sink` is std::string or Buffer.
template <class Sink>
class BasicWriter {
 public:
  explicit BasicWriter(Sink* out) : out_(out) {}

  void Byte(uint8_t value) { out_->push_back(static_cast<char>(value)); }
  void Varint(uint64_t value) {
    while (value >= 0x80) {
      Byte(static_cast<uint8_t>(value | 0x80));
      value >>= 7;
    }
    Byte(static_cast<uint8_t>(value));
  }
  void Signed(int64_t value) { Varint(Zigzag(value)); }
  void Fixed32(uint32_t value) { Raw(&value, sizeof value); }
  void Fixed64(uint64_t value) { Raw(&value, sizeof value); }
  void Double(double value) { Raw(&value, sizeof value); }
  void Float(float value) { Raw(&value, sizeof value); }
  void String(std::string_view text) {
    Varint(text.size());
    out_->append(text);
  }
  void Append(std::string_view bytes) { out_->append(bytes); }

 private:
  static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "big-endian hosts need byte swaps here");
  void Raw(const void* data, size_t size) { out_->append(static_cast<const char*>(data), size); }

  Sink* out_;
};

using Writer = BasicWriter<std::string>;
using BufferWriter = BasicWriter<Buffer>;

class Reader {
 public:
  explicit Reader(std::string_view bytes) : at_(bytes.data()), end_(at_ + bytes.size()) {}

  bool ok() const { return ok_; }
  bool AtEnd() const { return at_ == end_; }
  size_t remaining() const { return static_cast<size_t>(end_ - at_); }

  uint8_t Byte() {
    if (at_ == end_) return Fail();
    return static_cast<uint8_t>(*at_++);
  }
  uint64_t Varint() {
    // Nearly all take a byte.
    if (at_ != end_ && static_cast<uint8_t>(*at_) < 0x80) return static_cast<uint8_t>(*at_++);
    return LongVarint();
  }
  // Passes over one and says what its lowest seven bits are.
  uint8_t SkipVarint() {
    const char* const first = at_;
    while (at_ != end_ && static_cast<uint8_t>(*at_) >= 0x80) ++at_;
    if (at_ == end_) return Fail();
    ++at_;
    return *first & 0x7f;
  }
  int64_t Signed() { return Unzigzag(Varint()); }
  uint32_t Fixed32() { return Raw<uint32_t>(); }
  uint64_t Fixed64() { return Raw<uint64_t>(); }
  double Double() { return Raw<double>(); }
  float Float() { return Raw<float>(); }
  std::string_view String() { return Bytes(Varint()); }
  std::string_view Bytes(uint64_t size) {
    if (size > remaining() || !ok_) {
      Fail();
      return {};
    }
    const char* from = at_;
    at_ += size;
    return {from, static_cast<size_t>(size)};
  }

 private:
  // Out of line: nearly all varints are short, and a decoder has dozens.
  [[gnu::noinline]] uint64_t LongVarint() {
    // Up to eight bytes are taken together: where the last one is, then seven bits of each.
    uint64_t word = 0;
    if (remaining() >= sizeof word) {
      std::memcpy(&word, at_, sizeof word);
      const uint64_t ends = ~word & 0x8080808080808080;
      if (ends != 0) {
        const int last = __builtin_ctzll(ends);  // The bit above the value's highest seven.
        at_ += (last + 1) / 8;
        word &= (uint64_t{1} << last) - 1;
        word = (word & 0x007f007f007f007f) | (word & 0x7f007f007f007f00) >> 1;
        word = (word & 0x00003fff00003fff) | (word & 0x3fff00003fff0000) >> 2;
        return (word & 0x000000000fffffff) | (word & 0x0fffffff00000000) >> 4;
      }
    }
    return LastVarint();
  }
  uint64_t LastVarint() {
    const char* at = at_;
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && at != end_; shift += 7) {
      const auto byte = static_cast<uint8_t>(*at++);
      if (shift == 63 && byte > 1) break;
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) {
        at_ = at;
        return value;
      }
    }
    return Fail();
  }
  uint8_t Fail() {
    ok_ = false;
    at_ = end_;
    return 0;
  }
  template <class T>
  T Raw() {
    T value{};
    std::string_view raw = Bytes(sizeof value);
    if (ok_) std::memcpy(&value, raw.data(), sizeof value);
    return value;
  }

  const char* at_;
  const char* end_;
  bool ok_ = true;
};

}  // namespace cxjourney::base
