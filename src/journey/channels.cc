#include "journey/channels.h"

#include <array>
#include <utility>

namespace cxjourney::journey {
namespace {

constexpr std::array<std::pair<Channel, std::string_view>, 17> kNames = {{
    {Channel::kPhone, "phone"},
    {Channel::kSms, "sms"},
    {Channel::kWebChat, "web_chat"},
    {Channel::kAppChat, "app_chat"},
    {Channel::kWhatsapp, "whatsapp"},
    {Channel::kEmail, "email"},
    {Channel::kSocial, "social"},
    {Channel::kCommunity, "community"},
    {Channel::kStore, "store"},
    {Channel::kWeb, "web"},
    {Channel::kApp, "app"},
    {Channel::kIvr, "ivr"},
    {Channel::kKiosk, "kiosk"},
    {Channel::kLetter, "letter"},
    {Channel::kVideo, "video"},
    {Channel::kReviewSite, "review_site"},
    {Channel::kCustom, "custom"},
}};

}  // namespace

std::string_view ChannelName(Channel channel) {
  for (const auto& [known, name] : kNames) {
    if (known == channel) return name;
  }
  return {};
}

std::optional<Channel> FindChannel(std::string_view name) {
  for (const auto& [channel, known] : kNames) {
    if (known == name) return channel;
  }
  return std::nullopt;
}

}  // namespace cxjourney::journey
