// Unicode as identifiers need it: root casing only (İ, ı, I and i are four letters; a Turkish
// locale is for display), normal form C, white space. ASCII text never reaches the library.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cxjourney::model {

bool IsAscii(std::string_view text);
bool IsUtf8(std::string_view text);

// These require valid UTF-8.
std::string_view Trim(std::string_view text);  // Unicode white space at both ends.
std::optional<std::string> ToNfc(std::string_view text);
std::optional<std::string> ToLowerRoot(std::string_view text);
std::optional<std::string> ToUpperRoot(std::string_view text);
std::string LettersAndDigits(std::string_view text);

inline char AsciiLower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
inline char AsciiUpper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }
inline bool IsDigit(char c) { return c >= '0' && c <= '9'; }
std::string AsciiLowered(std::string_view text);

// One code point repeated at least kRepeatedCharactersMin times.
bool IsRepeatedCharacter(std::string_view text);
// Zeros and hyphens alone.
bool IsZeros(std::string_view text);

// A topic's canonical form.
std::string_view WithoutSlashes(std::string_view topic);

}  // namespace cxjourney::model
