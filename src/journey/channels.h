// The channels' names in policies and reports.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cxjourney/touchpoint.h"

namespace cxjourney::journey {

// "phone", "web_chat", ...; empty for kUnspecified.
std::string_view ChannelName(Channel channel);

// The channel of that name, or nothing.
std::optional<Channel> FindChannel(std::string_view name);

}  // namespace cxjourney::journey
