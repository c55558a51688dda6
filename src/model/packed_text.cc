#include "model/packed_text.h"

#include <cstring>

#include "model/text.h"

namespace cxjourney::model {
namespace {

int DigitOf(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// The two digits of every byte.
constexpr std::array<char, 512> kHexPairs = [] {
  std::array<char, 512> pairs = {};
  for (size_t byte = 0; byte < 256; ++byte) {
    pairs[2 * byte] = "0123456789abcdef"[byte >> 4];
    pairs[2 * byte + 1] = "0123456789abcdef"[byte & 15];
  }
  return pairs;
}();

}  // namespace

PackedText::PackedText(std::string_view text) : form_(Pack(text)) {
  const size_t digits = form_ == TextForm::kUuid ? kUuidBytes * 2 : text.size();
  bytes_ = form_ == TextForm::kPlain ? text : std::string_view(room_.data(), digits / 2);
}

// The form that the text can be written in; then its bytes are in the room.
TextForm PackedText::Pack(std::string_view text) {
  const bool uuid = text.size() == kUuidBytes * 2 + 4 && text[8] == '-';
  if (text.size() > kIdBytesMax || (!uuid && text.size() % 2 != 0)) return TextForm::kPlain;
  size_t digits = 0;
  int high = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (uuid && HasHyphenBefore(digits) && text[i] == '-' && i == digits + digits / 4 - 2) continue;
    const int digit = DigitOf(text[i]);
    if (digit < 0) return TextForm::kPlain;
    if (digits % 2 == 0) {
      high = digit;
    } else {
      room_[digits / 2] = static_cast<char>(high << 4 | digit);
    }
    ++digits;
  }
  if (!uuid) return TextForm::kHex;
  return digits == kUuidBytes * 2 ? TextForm::kUuid : TextForm::kPlain;
}

bool UnpackText(uint64_t head, std::string_view bytes, std::string* text) {
  const TextForm form = FormOf(head);
  if (form == TextForm::kPlain) {
    *text = bytes;
    return true;
  }
  const bool uuid = form == TextForm::kUuid;
  if (form != TextForm::kHex && (!uuid || bytes.size() != kUuidBytes)) return false;
  text->assign(bytes.size() * 2 + (uuid ? 4 : 0), '-');
  char* out = text->data();
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (uuid && HasHyphenBefore(2 * i)) ++out;
    std::memcpy(out, &kHexPairs[2 * static_cast<uint8_t>(bytes[i])], 2);
    out += 2;
  }
  return true;
}

}  // namespace cxjourney::model
