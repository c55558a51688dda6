#include "bench/peers/stream.h"

#include <fmt/format.h>

namespace cxjourney::bench {
namespace {

void SetIdentifiers(Event* event, const std::string& account, const std::string& device) {
  event->identifiers = {};
  event->identifier_count = 0;
  auto add = [&](IdentifierType type, const std::string& value) {
    if (value.empty()) return;
    EventIdentifier& identifier = event->identifiers[event->identifier_count++];
    identifier.type = type;
    identifier.Append(value);
  };
  add(IdentifierType::kAccount, account);
  add(IdentifierType::kDevice, device);
}

std::string Device(uint64_t number) {
  uint64_t x = Mix(number);
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", x & 0xffffffff, x >> 32 & 0xffff,
                     x >> 48, Mix(x) & 0xffff, Mix(x) >> 16);
}

}  // namespace

bool Stream::Next(Event* event) {
  if (!shop_.Next(event)) return false;
  switch (kind_) {
    case StreamKind::kShop:
      break;
    case StreamKind::kOneCustomer:
      SetIdentifiers(event, "TR00000001", "");
      break;
    case StreamKind::kSharedIdentifier:
      SetIdentifiers(event, fmt::format("TR{:08}", event->customer), Device(0));
      break;
    case StreamKind::kAllLate:
      event->time_ms = 2 * kEpochMs + kSpanMs - event->time_ms;
      break;
    case StreamKind::kAllNew:
      SetIdentifiers(event, fmt::format("TR{:09}", made_), Device(made_ + 1));
      break;
  }
  ++made_;
  return true;
}

}  // namespace cxjourney::bench
