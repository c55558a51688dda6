#include "model/packed_text.h"

#include <cstring>

#include "model/text.h"

namespace cxjourney::model {
namespace {

// What each character is worth as a digit; -1: it is none.
constexpr std::array<int8_t, 256> MakeDigits() {
  std::array<int8_t, 256> digits = {};
  digits.fill(-1);
  for (int8_t i = 0; i < 10; ++i) digits['0' + static_cast<size_t>(i)] = i;
  for (int8_t i = 0; i < 6; ++i) digits['a' + static_cast<size_t>(i)] = static_cast<int8_t>(10 + i);
  return digits;
}
constexpr std::array<int8_t, 256> kDigits = MakeDigits();

// False: there is something else in it. REQUIRES: an even number of characters.
bool ReadHex(std::string_view digits, char* out) {
  for (size_t i = 0; i < digits.size(); i += 2) {
    const int high = kDigits[static_cast<uint8_t>(digits[i])];
    const int low = kDigits[static_cast<uint8_t>(digits[i + 1])];
    if ((high | low) < 0) return false;
    *out++ = static_cast<char>(high << 4 | low);
  }
  return true;
}

// Digits between the hyphens of a UUID.
constexpr size_t kUuidGroups[] = {8, 4, 4, 4, 12};

bool ReadUuid(std::string_view text, char* out) {
  for (const size_t group : kUuidGroups) {
    if (!ReadHex(text.substr(0, group), out)) return false;
    text.remove_prefix(group);
    out += group / 2;
    if (text.empty()) continue;
    if (text.front() != '-') return false;
    text.remove_prefix(1);
  }
  return true;
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
  if (text.size() == kUuidBytes * 2 + 4 && text[8] == '-') {
    return ReadUuid(text, room_.data()) ? TextForm::kUuid : TextForm::kPlain;
  }
  const bool fits = text.size() <= kIdBytesMax && text.size() % 2 == 0;
  return fits && ReadHex(text, room_.data()) ? TextForm::kHex : TextForm::kPlain;
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
  for (const size_t group : kUuidGroups) {
    WriteHex(bytes.substr(0, group / 2), out);
    bytes.remove_prefix(group / 2);
    out += group + 1;
  }
  return true;
}

}  // namespace cxjourney::model
