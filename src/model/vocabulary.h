// What the enums mean for contacts: defaults for unspecified values, service purposes, channel
// groups, names. Used by journey, interchange (through the public header's names) and tools.
#pragma once

#include <string_view>

#include "cxjourney/touchpoint.h"

namespace cxjourney::model {

enum class ChannelGroup : uint8_t {
  kNone = 0,
  kVoice,
  kMessaging,
  kMail,
  kSocial,
  kInPerson,
  kSelfService,
  kCustom,
};

// kCustom channels are a group of their own each: compare the names as well.
ChannelGroup GroupOf(Channel channel);

// The purpose an unspecified one counts as, on this channel: kRequest or kBrowse.
Purpose DefaultPurpose(Channel channel);

// kQuestion, kRequest, kComplaint or kReturnGoods.
bool IsServicePurpose(Purpose purpose);

// Known: neither kUnspecified nor kUnknown.
bool IsKnownOutcome(Outcome outcome);

}  // namespace cxjourney::model
