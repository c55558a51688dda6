#include "model/packed_text.h"

#include <cstring>

#include "model/text.h"

namespace cxjourney::model {
namespace {

int DigitOf(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "big-endian hosts need byte swaps here");

// The eight digits of four bytes, all at once: half a byte to each byte of a word, then those above
// 9 are letters.
uint64_t DigitsOf(uint32_t bytes) {
  uint64_t word = bytes;
  word = (word | word << 16) & 0x0000ffff0000ffff;
  word = (word | word << 8) & 0x00ff00ff00ff00ff;
  word = (word >> 4 & 0x000f000f000f000f) | (word & 0x000f000f000f000f) << 8;
  const uint64_t letters = (word + 0x0606060606060606) >> 4 & 0x0101010101010101;
  return word + 0x3030303030303030 + letters * ('a' - 10 - '0');
}

void WriteHex(std::string_view bytes, char* out) {
  for (; bytes.size() >= sizeof(uint32_t); bytes.remove_prefix(sizeof(uint32_t))) {
    uint32_t four = 0;
    std::memcpy(&four, bytes.data(), sizeof four);
    const uint64_t digits = DigitsOf(four);
    std::memcpy(out, &digits, sizeof digits);
    out += sizeof digits;
  }
  for (const char byte : bytes) {
    const uint64_t digits = DigitsOf(static_cast<uint8_t>(byte));
    std::memcpy(out, &digits, 2);
    out += 2;
  }
}

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
  if (!uuid) {
    text->resize(bytes.size() * 2);
    WriteHex(bytes, text->data());
    return true;
  }
  text->assign(kUuidBytes * 2 + 4, '-');
  char* out = text->data();
  for (const size_t group : {4, 2, 2, 2, 6}) {
    WriteHex(bytes.substr(0, group), out);
    bytes.remove_prefix(group);
    out += 2 * group + 1;
  }
  return true;
}

}  // namespace cxjourney::model
