#include "interchange/segment.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>
#include <utility>

#include "interchange/fields.h"
#include "interchange/time_text.h"

namespace cxjourney::interchange {
namespace {

using Json = nlohmann::json;

// The value of the first of these members that is there; null otherwise.
const Json& Get(const Json& object, std::initializer_list<const char*> names) {
  static const Json kNull;
  if (!object.is_object()) return kNull;
  for (const char* name : names) {
    const auto found = object.find(name);
    if (found != object.end() && !found->is_null()) return *found;
  }
  return kNull;
}

// Ids come as text, and from careless clients as numbers.
std::string Text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_integer()) return value.dump();
  return {};
}

std::string Text(const Json& object, std::initializer_list<const char*> names) {
  return Text(Get(object, names));
}

std::string Lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

// A name as one segment of a topic path: "Order Completed" becomes "order-completed".
std::string Segment(std::string name) {
  name = Lower(std::move(name));
  for (char& c : name) {
    if (c == ' ' || c == '/') c = '-';
  }
  return name;
}

class SegmentCall {
 public:
  SegmentCall(const Json& call, Touchpoint& touchpoint, Refusal& refusal)
      : call_(call),
        context_(Get(call, {"context"})),
        properties_(Get(call, {"properties"})),
        t_(touchpoint),
        refusal_(refusal) {}

  bool Read() {
    const std::string type = Lower(Text(call_, {"type", "action"}));
    if (type == "group") return Refuse("segment_group", "type");
    if (!ReadCommon()) return false;
    if (type == "identify") return ReadIdentify();
    if (type == "alias") return ReadAlias();
    if (type == "page") return ReadVisit("page", Channel::kWeb);
    if (type == "screen") return ReadVisit("screen", Channel::kApp);
    if (type == "track") return ReadTrack();
    return Refuse("segment_type", "type");
  }

 private:
  bool Refuse(const char* reason, const char* field) {
    refusal_ = {reason, field};
    return false;
  }

  void Identify(const char* name_space, std::string value) {
    if (value.empty()) return;
    for (const Identifier& known : t_.identifiers) {
      if (known.name_space == name_space && known.value == value) return;
    }
    t_.identifiers.push_back({name_space, std::move(value), Role::kUnspecified});
  }

  bool ReadTime(const char* name, std::optional<Timestamp>& time) {
    const Json& value = Get(call_, {name});
    if (value.is_null()) return true;
    if (value.is_string()) time = ParseIsoTime(value.get_ref<const std::string&>());
    return time ? true : Refuse("bad_time", name);
  }

  // `timestamp` is the corrected time. Where it is missing it is made by Segment's own formula, so
  // that an import years later does not correct the clock against the day of the import.
  bool ReadEventTime() {
    std::optional<Timestamp> original;
    std::optional<Timestamp> sent;
    std::optional<Timestamp> received;
    if (!ReadTime("timestamp", t_.event_time) || !ReadTime("originalTimestamp", original) ||
        !ReadTime("sentAt", sent) || !ReadTime("receivedAt", received)) {
      return false;
    }
    if (t_.event_time) return true;
    if (original && sent && received) {
      t_.event_time = *received - (*sent - *original);
    } else if (original) {
      t_.event_time = original;
    } else {
      t_.event_time = sent ? sent : received;
    }
    return true;
  }

  bool ReadCommon() {
    t_.source = "segment";
    // RudderStack's and Segment's `channel` says which of their sources sent the call.
    if (const std::string channel = Text(call_, {"channel"}); !channel.empty()) {
      t_.source += "/" + channel;
    }
    t_.id = Text(call_, {"messageId", "message_id"});
    Identify("customer_id", Text(call_, {"userId", "user_id"}));
    Identify("anonymous_id", Text(call_, {"anonymousId", "anonymous_id"}));
    for (const Json* traits : {&Get(call_, {"traits"}), &Get(context_, {"traits"})}) {
      Identify("email", Text(*traits, {"email"}));
      Identify("phone", Text(*traits, {"phone"}));
    }
    const Json& device = Get(context_, {"device"});
    Identify("device_id", Text(device, {"id"}));
    Identify("ad_id", Text(device, {"advertisingId", "advertising_id"}));
    Identify("push_token", Text(device, {"token"}));
    t_.channel =
        device.is_object() || t_.source == "segment/mobile" ? Channel::kApp : Channel::kWeb;
    t_.direction = Direction::kIn;
    return ReadEventTime();
  }

  bool ReadIdentify() {
    t_.purpose = Purpose::kIdentity;
    return true;
  }

  bool ReadAlias() {
    t_.purpose = Purpose::kIdentity;
    std::string previous = Text(call_, {"previousId", "previous_id"});
    if (previous.empty()) return Refuse("missing_field", "previousId");
    // Usually the anonymous id. As a second customer_id the two would be two customers.
    const bool mail = previous.find('@') != std::string::npos;
    Identify(mail ? "email" : "anonymous_id", std::move(previous));
    return true;
  }

  bool ReadVisit(const char* kind, Channel channel) {
    t_.purpose = Purpose::kBrowse;
    t_.channel = channel;
    std::string name = Text(call_, {"name"});
    if (name.empty()) name = Text(properties_, {"name"});
    t_.topics = {name.empty() ? std::string(kind) : kind + ("/" + Segment(std::move(name)))};
    return true;
  }

  bool ReadTrack() {
    const std::string event = Lower(Text(call_, {"event"}));
    if (event.empty()) return Refuse("missing_field", "event");
    t_.topics = {"track/" + Segment(event)};
    t_.purpose = Purpose::kOther;
    if (StartsWith(event, "live chat ")) return ReadChat(event.substr(10), HandledBy::kHuman);
    if (event == "order completed") return ReadOrder(Purpose::kPurchase, ValueKind::kRevenue);
    if (event == "order refunded") return ReadOrder(Purpose::kOther, ValueKind::kRefund);
    if (StartsWith(event, "email ") || event == "unsubscribed") return ReadEmail(event);
    if (StartsWith(event, "push notification ")) return ReadPush(event);
    if (!Text(properties_, {"conversationId", "conversation_id"}).empty()) {
      return ReadChat(event, HandledBy::kBot);  // The spec's assistants ("copilot").
    }
    for (const char* prefix : {"viewed ", "product ", "video ", "application ", "deep link "}) {
      if (StartsWith(event, prefix)) t_.purpose = Purpose::kBrowse;
    }
    if (StartsWith(event, "application ")) t_.channel = Channel::kApp;
    return true;
  }

  // In Segment's live chats the customer sends and receives.
  bool ReadChat(std::string_view event, HandledBy handled_by) {
    t_.channel = Channel::kWebChat;
    t_.handled_by = handled_by;
    t_.conversation_id = Text(properties_, {"conversation_id", "conversationId"});
    t_.agent = Text(properties_, {"agent_id", "agentId"});
    if (event == "conversation started" || event == "message sent") {
      t_.purpose = Purpose::kQuestion;
    } else if (event == "message received") {
      t_.purpose = Purpose::kQuestion;
      t_.direction = Direction::kOut;
    } else {
      t_.direction = Direction::kInternal;
    }
    if (event == "feedback submitted") return ReadFeedback();
    return true;
  }

  bool ReadFeedback() {
    t_.purpose = Purpose::kFeedback;
    t_.direction = Direction::kIn;
    const Json& rating = Get(properties_, {"rating"});
    if (rating.is_number()) t_.scores = {{ScoreKind::kCsat, rating.get<double>(), 0, {}}};
    return true;
  }

  bool ReadOrder(Purpose purpose, ValueKind kind) {
    t_.purpose = purpose;
    std::string order = Text(properties_, {"order_id", "orderId"});
    if (!order.empty()) {
      t_.refs = {{RefType::kOrder, order}};
      Identify("order_id", std::move(order));
    }
    const Json& amount = Get(properties_, {"revenue", "total", "value"});
    if (amount.is_null()) return true;
    Value& value = t_.value.emplace();
    value.kind = kind;
    value.currency = Text(properties_, {"currency"});
    if (value.currency.empty()) value.currency = "USD";  // Segment's own default.
    const std::string digits = amount.is_string() ? amount.get<std::string>() : amount.dump();
    if (!ParseAmount(digits, value.currency, value.amount_minor)) {
      return Refuse("bad_value", "properties.revenue");
    }
    return true;
  }

  bool ReadEmail(std::string_view event) {
    t_.channel = Channel::kEmail;
    t_.purpose = Purpose::kMarketing;
    if (event == "email delivered" || event == "email bounced") t_.direction = Direction::kOut;
    if (std::string campaign = Text(properties_, {"campaign_id"}); !campaign.empty()) {
      t_.refs = {{RefType::kCampaign, std::move(campaign)}};
    }
    return true;
  }

  bool ReadPush(std::string_view event) {
    t_.channel = Channel::kApp;
    t_.purpose = Purpose::kNotification;
    if (event != "push notification tapped") t_.direction = Direction::kOut;
    return true;
  }

  const Json& call_;
  const Json& context_;
  const Json& properties_;
  Touchpoint& t_;
  Refusal& refusal_;
};

}  // namespace

bool FromSegment(std::string_view text, Touchpoint& touchpoint, Refusal& refusal) {
  const Json call = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!call.is_object()) {
    refusal = {"bad_json", ""};
    return false;
  }
  return SegmentCall(call, touchpoint, refusal).Read();
}

}  // namespace cxjourney::interchange
