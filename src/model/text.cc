#include "model/text.h"

#include <unicode/bytestream.h>
#include <unicode/casemap.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <cstring>

#include "model/limits.h"

namespace cxjourney::model {
namespace {

icu::StringPiece Piece(std::string_view text) {
  return icu::StringPiece(text.data(), static_cast<int32_t>(text.size()));
}

bool IsAsciiSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// The code point at *next, moving it behind; text is valid UTF-8.
UChar32 FirstOf(std::string_view text, int32_t* next) {
  UChar32 c = 0;
  U8_NEXT_UNSAFE(text.data(), *next, c);
  return c;
}

}  // namespace

bool IsAscii(std::string_view text) {
  const char* p = text.data();
  size_t left = text.size();
  for (; left >= 8; left -= 8, p += 8) {
    uint64_t word = 0;
    std::memcpy(&word, p, 8);
    if (word & 0x8080808080808080u) return false;
  }
  return std::all_of(p, p + left, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool IsUtf8(std::string_view text) {
  if (IsAscii(text)) return true;
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  const auto size = static_cast<int64_t>(text.size());
  for (int64_t i = 0; i < size;) {
    UChar32 c = 0;
    U8_NEXT(bytes, i, size, c);
    if (c < 0) return false;
  }
  return true;
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && IsAsciiSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsAsciiSpace(text.back())) text.remove_suffix(1);
  if (text.empty() || (!(text.front() & 0x80) && !(text.back() & 0x80))) return text;
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  const auto size = static_cast<int32_t>(text.size());
  int32_t begin = 0;
  for (int32_t next = 0; next < size; begin = next) {
    if (!u_isUWhiteSpace(FirstOf(text, &next))) break;
  }
  int32_t end = size;
  for (int32_t before = size; before > begin; end = before) {
    UChar32 c = 0;
    U8_PREV(bytes, begin, before, c);
    if (!u_isUWhiteSpace(c)) break;
  }
  return text.substr(static_cast<size_t>(begin), static_cast<size_t>(end - begin));
}

std::optional<std::string> ToNfc(std::string_view text) {
  if (IsAscii(text)) return std::string(text);
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* nfc = icu::Normalizer2::getNFCInstance(error);
  std::string result;
  icu::StringByteSink<std::string> sink(&result);
  if (U_SUCCESS(error)) nfc->normalizeUTF8(0, Piece(text), sink, nullptr, error);
  if (U_FAILURE(error)) return std::nullopt;
  return result;
}

std::string AsciiLowered(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), AsciiLower);
  return result;
}

std::optional<std::string> ToLowerRoot(std::string_view text) {
  if (IsAscii(text)) return AsciiLowered(text);
  UErrorCode error = U_ZERO_ERROR;
  std::string result;
  icu::StringByteSink<std::string> sink(&result);
  icu::CaseMap::utf8ToLower("", 0, Piece(text), sink, nullptr, error);
  if (U_FAILURE(error)) return std::nullopt;
  return result;
}

std::optional<std::string> ToUpperRoot(std::string_view text) {
  if (IsAscii(text)) {
    std::string ascii(text);
    std::transform(ascii.begin(), ascii.end(), ascii.begin(), AsciiUpper);
    return ascii;
  }
  UErrorCode error = U_ZERO_ERROR;
  std::string result;
  icu::StringByteSink<std::string> sink(&result);
  icu::CaseMap::utf8ToUpper("", 0, Piece(text), sink, nullptr, error);
  if (U_FAILURE(error)) return std::nullopt;
  return result;
}

std::string LettersAndDigits(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  const auto size = static_cast<int32_t>(text.size());
  for (int32_t i = 0; i < size;) {
    const int32_t begin = i;
    if (u_isalnum(FirstOf(text, &i))) {
      result.append(text.substr(static_cast<size_t>(begin), static_cast<size_t>(i - begin)));
    }
  }
  return result;
}

bool IsRepeatedCharacter(std::string_view text) {
  if (text.empty()) return false;
  int32_t width = 0;
  FirstOf(text, &width);
  const auto step = static_cast<size_t>(width);
  if (text.size() < step * kRepeatedCharactersMin) return false;
  // Equal to itself moved by one character.
  return text.substr(step) == text.substr(0, text.size() - step);
}

bool IsZeros(std::string_view text) { return text.find_first_not_of("0-") == text.npos; }

std::string_view WithoutSlashes(std::string_view topic) {
  while (!topic.empty() && topic.front() == '/') topic.remove_prefix(1);
  while (!topic.empty() && topic.back() == '/') topic.remove_suffix(1);
  return topic;
}

}  // namespace cxjourney::model
