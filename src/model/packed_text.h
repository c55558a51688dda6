// Texts that machines make, in half of their bytes where they are hexadecimal digits.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "model/codec_layout.h"
#include "model/limits.h"

namespace cxjourney::model {

// Refers to the text it is made of.
class PackedText {
 public:
  explicit PackedText(std::string_view text);
  PackedText(const PackedText&) = delete;
  PackedText& operator=(const PackedText&) = delete;

  // How many bytes, and their form.
  uint64_t head() const { return bytes_.size() << kTextFormBits | static_cast<unsigned>(form_); }
  std::string_view bytes() const { return bytes_; }

 private:
  TextForm Pack(std::string_view text);

  std::array<char, kIdBytesMax / 2> room_;
  TextForm form_;
  std::string_view bytes_;
};

inline TextForm FormOf(uint64_t head) {
  return static_cast<TextForm>(head & ((1u << kTextFormBits) - 1));
}
inline uint64_t PackedBytes(uint64_t head) { return head >> kTextFormBits; }

// False: there is no such form.
bool UnpackText(uint64_t head, std::string_view bytes, std::string* text);

}  // namespace cxjourney::model
