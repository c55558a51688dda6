// The words for the enums of the touchpoint, as mapping files and the command line spell them:
// the exchange format's names without their prefix, in lower case ("web_chat", "pending_company").
#pragma once

#include <string>
#include <string_view>

#include "cxjourney/touchpoint.h"

namespace cxjourney::interchange {

// "unspecified" for 0; the number itself for a value that has no name.
std::string Name(Channel value);
std::string Name(Visibility value);
std::string Name(Direction value);
std::string Name(Initiation value);
std::string Name(Purpose value);
std::string Name(Outcome value);
std::string Name(HandledBy value);
std::string Name(Relation value);
std::string Name(ScoreKind value);
std::string Name(ValueKind value);
std::string Name(RefType value);
std::string Name(Consent value);
std::string Name(RetentionClass value);
std::string Name(Role value);

// Understands what Name gives, ASCII case-insensitively; false otherwise.
bool ParseName(std::string_view text, Channel& value);
bool ParseName(std::string_view text, Visibility& value);
bool ParseName(std::string_view text, Direction& value);
bool ParseName(std::string_view text, Initiation& value);
bool ParseName(std::string_view text, Purpose& value);
bool ParseName(std::string_view text, Outcome& value);
bool ParseName(std::string_view text, HandledBy& value);
bool ParseName(std::string_view text, Relation& value);
bool ParseName(std::string_view text, ScoreKind& value);
bool ParseName(std::string_view text, ValueKind& value);
bool ParseName(std::string_view text, RefType& value);
bool ParseName(std::string_view text, Consent& value);
bool ParseName(std::string_view text, RetentionClass& value);
bool ParseName(std::string_view text, Role& value);

// "web_chat", or a custom channel's own name.
std::string ChannelLabel(Channel channel, std::string_view custom_channel);

}  // namespace cxjourney::interchange
