#include "cxj/mask.h"

#include <algorithm>

namespace cxjourney::cli {
namespace {

// Values shorter than this are inside other ids by chance; they count only as a word of their own.
constexpr size_t kContainedMin = 5;
constexpr size_t kNumberDigitsMin = 7;

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

std::string Digits(std::string_view text) {
  std::string digits;
  std::copy_if(text.begin(), text.end(), std::back_inserter(digits),
               [](char c) { return c >= '0' && c <= '9'; });
  return digits;
}

bool IsWordCharacter(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80;
}

bool ContainsWord(std::string_view text, std::string_view word) {
  for (size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const size_t end = at + word.size();
    if ((at == 0 || !IsWordCharacter(text[at - 1])) &&
        (end == text.size() || !IsWordCharacter(text[end]))) {
      return true;
    }
  }
  return false;
}

// Number of bytes of the first `count` characters.
size_t Prefix(std::string_view text, size_t count) {
  size_t bytes = 0;
  while (bytes < text.size() && count > 0) {
    ++bytes;
    while (bytes < text.size() && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) ++bytes;
    --count;
  }
  return bytes;
}

size_t SuffixStart(std::string_view text, size_t count) {
  size_t start = text.size();
  while (start > 0 && count > 0) {
    --start;
    while (start > 0 && (static_cast<unsigned char>(text[start]) & 0xC0) == 0x80) --start;
    --count;
  }
  return start;
}

std::string Hide(std::string_view value, size_t first, size_t last) {
  // At least half stays hidden, however short the value is.
  if (value.size() < 2 * (first + last)) return "*****";
  return std::string(value.substr(0, Prefix(value, first))) + "*****" +
         std::string(value.substr(SuffixStart(value, last)));
}

}  // namespace

void Masker::Learn(const Identifier& identifier) {
  if (show_ || identifier.value.empty()) return;
  const std::string value = Lower(identifier.value);
  if (std::find(values_.begin(), values_.end(), value) != values_.end()) return;
  values_.push_back(value);
  std::string digits = Digits(value);
  const bool numeric = digits.size() * 2 > value.size();
  if (!numeric || digits.size() < kNumberDigitsMin) return;
  if (digits.size() > 10) digits.erase(0, digits.size() - 10);
  digits_.push_back(std::move(digits));
}

void Masker::Learn(const Customer& customer) {
  for (const HeldIdentifier& held : customer.identifiers) {
    Learn(Identifier{held.name_space, held.value, Role::kUnspecified});
  }
}

void Masker::Learn(const Touchpoint& touchpoint) {
  for (const Identifier& identifier : touchpoint.identifiers) Learn(identifier);
}

std::string Masker::Value(std::string_view name_space, std::string_view value) const {
  if (show_) return std::string(value);
  if (name_space == "email") {
    const size_t at = value.find('@');
    if (at == std::string_view::npos) return Hide(value, 1, 1);
    return std::string(value.substr(0, Prefix(value.substr(0, at), 1))) + "*****" +
           std::string(value.substr(at));
  }
  return name_space == "phone" ? Hide(value, 4, 2) : Hide(value, 2, 2);
}

std::string Masker::Labelled(const Identifier& identifier) const {
  return identifier.name_space + ":" + Value(identifier.name_space, identifier.value);
}

bool Masker::Reveals(std::string_view id) const {
  // An address, also one that belongs to nobody or to somebody else by now.
  if (id.find('@') != std::string_view::npos) return true;
  const std::string lower = Lower(id);
  for (const std::string& value : values_) {
    if (value.size() >= kContainedMin ? lower.find(value) != std::string::npos
                                      : ContainsWord(lower, value)) {
      return true;
    }
  }
  const std::string digits = Digits(id);
  return std::any_of(digits_.begin(), digits_.end(), [&](const std::string& number) {
    return digits.find(number) != std::string::npos;
  });
}

std::string Masker::Id(std::string_view id) const {
  return show_ || !Reveals(id) ? std::string(id) : Hide(id, 1, 1);
}

std::string Masker::Key(const TouchpointKey& key) const {
  return key.source.empty() ? Id(key.id) : key.source + "/" + Id(key.id);
}

std::string Masker::UnsureKey(const TouchpointKey& key) const {
  if (show_ || Digits(key.id).size() < kNumberDigitsMin) return Key(key);
  return key.source.empty() ? Hide(key.id, 1, 1) : key.source + "/" + Hide(key.id, 1, 1);
}

Touchpoint Masker::Masked(Touchpoint touchpoint) const {
  if (show_) return touchpoint;
  touchpoint.id = Id(touchpoint.id);
  touchpoint.conversation_id = Id(touchpoint.conversation_id);
  touchpoint.parent_id = Id(touchpoint.parent_id);
  for (Score& score : touchpoint.scores) score.about_id = Id(score.about_id);
  for (Ref& ref : touchpoint.refs) ref.id = Id(ref.id);
  for (Identifier& identifier : touchpoint.identifiers) {
    identifier.value = Value(identifier.name_space, identifier.value);
  }
  for (Attribute& attribute : touchpoint.attributes) {
    if (attribute.personal) attribute.value = std::string("*****");
    if (auto* text = std::get_if<std::string>(&attribute.value)) *text = Id(*text);
  }
  if (touchpoint.text) touchpoint.text = "*****";
  touchpoint.text_digest.clear();  // Of a short text a digest is no secret.
  return touchpoint;
}

}  // namespace cxjourney::cli
