// E-mail addresses as identifiers.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cxjourney::model {

// Lower case by the root locale, NFC, and the domain as IDNA spells it in ASCII. Dots, plus tags
// and alias domains of providers are kept: two libraries never agree on them. Nothing for what is
// no bare address ("Ayse <ayse@x.com>", "ayse.x.com"). `trimmed` is valid UTF-8 without white
// space at its ends.
std::optional<std::string> NormalizeEmail(std::string_view trimmed);

// The part before the last '@'.
std::string_view EmailLocalPart(std::string_view email);

}  // namespace cxjourney::model
