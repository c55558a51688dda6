#include "model/email.h"

#include <unicode/bytestream.h>
#include <unicode/idna.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <memory>

#include "model/limits.h"
#include "model/text.h"

namespace cxjourney::model {
namespace {

// Characters that only quoted local parts may hold, and white space. A quoted local part is
// refused: what looks like one is a display name or damage.
bool IsBadLocalByte(char c) {
  static constexpr std::string_view kBad = "\"(),:;<>@[\\]";
  const auto byte = static_cast<unsigned char>(c);
  return byte <= ' ' || byte == 0x7f || kBad.find(c) != kBad.npos;
}

bool HasUnicodeSpaceOrControl(std::string_view text) {
  const auto size = static_cast<int32_t>(text.size());
  for (int32_t i = 0; i < size;) {
    UChar32 c = 0;
    U8_NEXT_UNSAFE(text.data(), i, c);
    if (u_isUWhiteSpace(c) || u_iscntrl(c)) return true;
  }
  return false;
}

// Labels of letters, digits, hyphens and (seen in the wild) underscores.
bool IsDomain(std::string_view domain) {
  if (domain.empty() || domain.size() > kEmailDomainBytesMax) return false;
  size_t label = 0;
  for (char c : domain) {
    if (c == '.') {
      if (label == 0) return false;
      label = 0;
      continue;
    }
    if (!IsDigit(c) && !(c >= 'a' && c <= 'z') && c != '-' && c != '_') return false;
    if (++label > kDomainLabelBytesMax) return false;
  }
  return label > 0;
}

// UTS 46, non-transitional: faß.de and fass.de are two domains, as registries see it.
std::optional<std::string> DomainToAscii(std::string_view domain) {
  UErrorCode error = U_ZERO_ERROR;
  // Immutable, and costly to make.
  static const std::unique_ptr<const icu::IDNA> idna(icu::IDNA::createUTS46Instance(
      UIDNA_NONTRANSITIONAL_TO_ASCII | UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ, error));
  if (U_FAILURE(error) || idna == nullptr) return std::nullopt;
  std::string result;
  icu::StringByteSink<std::string> sink(&result);
  icu::IDNAInfo info;
  idna->nameToASCII_UTF8(icu::StringPiece(domain.data(), static_cast<int32_t>(domain.size())), sink,
                         info, error);
  if (U_FAILURE(error) || info.hasErrors()) return std::nullopt;
  return result;
}

}  // namespace

std::string_view EmailLocalPart(std::string_view email) {
  return email.substr(0, email.rfind('@'));
}

std::optional<std::string> NormalizeEmail(std::string_view trimmed) {
  const size_t at = trimmed.rfind('@');
  if (at == trimmed.npos || at == 0 || at > kEmailLocalBytesMax) return std::nullopt;
  const std::string_view local = trimmed.substr(0, at);
  const std::string_view domain = trimmed.substr(at + 1);
  if (std::any_of(local.begin(), local.end(), IsBadLocalByte)) return std::nullopt;

  if (IsAscii(trimmed)) {
    std::string lower = AsciiLowered(trimmed);
    const std::string_view lower_domain = std::string_view(lower).substr(at + 1);
    if (lower_domain.find("xn--") == lower_domain.npos) {
      if (!IsDomain(lower_domain)) return std::nullopt;
      return lower;
    }
  }
  if (HasUnicodeSpaceOrControl(trimmed)) return std::nullopt;
  std::optional<std::string> lower = ToLowerRoot(local);
  if (lower) lower = ToNfc(*lower);
  const std::optional<std::string> ascii = DomainToAscii(domain);
  if (!lower || !ascii || !IsDomain(*ascii)) return std::nullopt;
  return *lower + '@' + *ascii;
}

}  // namespace cxjourney::model
