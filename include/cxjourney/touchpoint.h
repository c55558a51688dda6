// Touchpoint: one recorded fact between a customer and the company, and its vocabulary.
//
// Every enum starts with kUnspecified = 0 and its numbers are for ever: they stand on disk, in
// the exchange format (proto/cxjourney/v1/touchpoint.proto) and in the C ABI.
#ifndef CXJOURNEY_TOUCHPOINT_H_
#define CXJOURNEY_TOUCHPOINT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "cxjourney/time.h"

namespace cxjourney {
inline namespace v1 {

// Where it happened. kCustom goes with Touchpoint::custom_channel.
enum class Channel : uint8_t {
  kUnspecified = 0,
  kPhone = 1,
  kSms = 2,
  kWebChat = 3,
  kAppChat = 4,
  kWhatsapp = 5,
  kEmail = 6,
  kSocial = 7,
  kCommunity = 8,
  kStore = 9,
  kWeb = 10,
  kApp = 11,
  kIvr = 12,
  kKiosk = 13,
  kLetter = 14,
  kVideo = 15,
  kReviewSite = 16,
  kCustom = 17,
};

enum class Visibility : uint8_t {
  kUnspecified = 0,
  kPrivate = 1,
  kPublic = 2
};

// Which side it came from. Unspecified counts as kIn.
enum class Direction : uint8_t {
  kUnspecified = 0,
  kIn = 1,
  kOut = 2,
  kInternal = 3
};

// How it was started.
enum class Initiation : uint8_t {
  kUnspecified = 0,
  kInbound = 1,
  kOutbound = 2,
  kTransfer = 3,
  kCallback = 4,
  kConsult = 5,
  kApi = 6,
  kAuto = 7,
  kCampaign = 8,
  kReply = 9,
};

// What it was for; decides whether it starts a contact. Unspecified counts by channel: kRequest
// on service channels, kBrowse elsewhere (docs/GLOSSARY.md).
enum class Purpose : uint8_t {
  kUnspecified = 0,
  kQuestion = 1,
  kRequest = 2,
  kComplaint = 3,
  kThanks = 4,
  kFeedback = 5,
  kPurchase = 6,
  kReturnGoods = 7,
  kBrowse = 8,
  kMarketing = 9,
  kNotification = 10,
  kReward = 11,
  kIdentity = 12,
  kSpam = 13,
  kTest = 14,
  kOther = 15,
};

// How it ended. kPendingCompany with Touchpoint::follow_up_due is a promise.
enum class Outcome : uint8_t {
  kUnspecified = 0,
  kUnknown = 1,
  kResolved = 2,
  kResolvedConfirmed = 3,
  kUnresolved = 4,
  kEscalated = 5,
  kPendingCustomer = 6,
  kPendingCompany = 7,
  kAbandoned = 8,
  kFailed = 9,
};

// Who served it. Unspecified counts as kHuman.
enum class HandledBy : uint8_t {
  kUnspecified = 0,
  kHuman = 1,
  kBot = 2,
  kSelfService = 3,
  kNone = 4,
};

// What this touchpoint is to its parent.
enum class Relation : uint8_t {
  kUnspecified = 0,
  kTransfer = 1,
  kCallback = 2,
  kConsult = 3,
  kReply = 4,
};

enum class ScoreKind : uint8_t {
  kUnspecified = 0,
  kNps = 1,
  kCsat = 2,
  kCes = 3,
  kFcr = 4,
  kCustom = 5,
};
enum class ValueKind : uint8_t {
  kUnspecified = 0,
  kRevenue = 1,
  kCost = 2,
  kRefund = 3,
  kCredit = 4,
};
enum class RefType : uint8_t {
  kUnspecified = 0,
  kOrder = 1,
  kProduct = 2,
  kShipment = 3,
  kCase = 4,
  kCampaign = 5,
};
enum class Consent : uint8_t {
  kUnspecified = 0,
  kGranted = 1,
  kDenied = 2,
  kWithdrawn = 3
};
enum class RetentionClass : uint8_t {
  kUnspecified = 0,
  kShort = 1,
  kStandard = 2,
  kLong = 3
};

// Whose identifier it is. Only kCustomer (also the meaning of kUnspecified) is identity evidence;
// the others are stored and searchable, never linked.
enum class Role : uint8_t {
  kUnspecified = 0,
  kCustomer = 1,
  kAgent = 2,
  kOther = 3
};

// Something that points at a person: {"phone", "0532 111 22 33"} equals
// {"phone", "+905321112233"}, because the namespace's rule normalises the value.
struct Identifier {
  std::string name_space = {};  // A namespace of IdentityRules, for example "email".
  std::string value = {};  // As typed, up to 1,024 bytes; shown empty: Options::display_values.
  Role role = Role::kUnspecified;
};

// Idempotency key of a touchpoint, and with it the identity of a contact (its first leg's key).
struct TouchpointKey {
  std::string source = {};
  std::string id = {};

  friend bool operator==(const TouchpointKey& a, const TouchpointKey& b) {
    return a.source == b.source && a.id == b.id;
  }
  friend bool operator!=(const TouchpointKey& a, const TouchpointKey& b) { return !(a == b); }
  // Bytewise: source, then id.
  friend bool operator<(const TouchpointKey& a, const TouchpointKey& b) {
    return a.source != b.source ? a.source < b.source : a.id < b.id;
  }
};

// Where a contact's time went. Components, never totals; absent where unknown. Milliseconds.
struct Timings {
  std::optional<uint32_t> queue_ms = {};
  std::optional<uint32_t> talk_ms = {};
  std::optional<uint32_t> hold_ms = {};
  std::optional<uint32_t> wrap_ms = {};
  std::optional<uint32_t> first_response_ms = {};
};

// An answer to a survey. For kFcr the value is 0 or 1: "was it resolved at the first contact?".
struct Score {
  ScoreKind kind = ScoreKind::kUnspecified;
  double value = 0;
  double max = 0;             // Top of the scale; 0 when not known.
  std::string about_id = {};  // Id of the contact that was rated, within the same source.
};

// An amount in minor units (kurus, cents); never a float.
struct Value {
  int64_t amount_minor = 0;
  std::string currency = {};  // ISO 4217, three capital letters.
  ValueKind kind = ValueKind::kUnspecified;
};

// A business object the touchpoint is about. Never identity evidence.
struct Ref {
  RefType type = RefType::kUnspecified;
  std::string id = {};
};

struct Bytes {
  std::string data = {};

  friend bool operator==(const Bytes& a, const Bytes& b) { return a.data == b.data; }
  friend bool operator!=(const Bytes& a, const Bytes& b) { return !(a == b); }
};

struct Attribute {
  std::string key = {};
  std::variant<std::string, int64_t, double, bool, Bytes> value = {};
  bool personal = false;  // Encrypted on disk under the customer's key, and erasable.
  bool fact = false;      // Shown as "on file" by Tracker::GetContext.
};

// One recorded fact: a message, call, visit, order, post, survey answer.
struct Touchpoint {
  // Identity of the record. A source and id seen twice are one touchpoint, for ever; the highest
  // revision wins. An empty id is replaced by a fingerprint of the content (needs event_time).
  std::string source = {};  // The system it came from, for example "crm"; at most 256 bytes.
  std::string id = {};      // At most 256 bytes.
  uint32_t revision = 0;
  bool voided = false;  // On the highest revision: takes the touchpoint out of every answer.

  std::vector<Identifier> identifiers = {};  // At most 20. None is legal: unidentified.

  // Times. At most 24 h in the future of the store's clock at receipt.
  std::optional<Timestamp> event_time = {};  // When it happened; absent: when received.
  std::optional<Timestamp> end_time = {};    // When it ended; or give duration_ms.
  std::optional<int64_t> duration_ms = {};
  std::optional<Timestamp> sent_time = {};  // Client's clock when sending; corrects event_time.
  Timestamp received_time = {};             // Set by the store; ignored on the way in.
  std::optional<int32_t> utc_offset_min = {};

  Channel channel = Channel::kUnspecified;
  std::string custom_channel = {};  // Name, for Channel::kCustom only.
  std::string channel_detail = {};  // "twitter", a line, an inbox.
  Visibility visibility = Visibility::kUnspecified;
  uint64_t reach = 0;  // How many people may have seen a public post.
  Direction direction = Direction::kUnspecified;
  Initiation initiation = Initiation::kUnspecified;
  Purpose purpose = Purpose::kUnspecified;
  std::vector<std::string> topics = {};  // Paths: "order/delivery/late".
  Outcome outcome = Outcome::kUnspecified;
  std::optional<Timestamp> follow_up_due = {};
  HandledBy handled_by = HandledBy::kUnspecified;
  bool automated = false;            // An automatic reply.
  bool canned = false;               // Template text.
  std::string conversation_id = {};  // Same conversation, same source: legs fold together.
  std::string parent_id = {};        // Id of the touchpoint this one continues, same source.
  Relation relation = Relation::kUnspecified;
  std::string agent = {};
  std::string queue = {};
  std::string team = {};
  Timings timings = {};
  std::vector<Score> scores = {};
  std::optional<float> sentiment = {};  // -1 (angry) to 1 (delighted).
  std::string emotion = {};
  std::optional<Value> value = {};
  std::vector<Ref> refs = {};
  std::vector<Attribute> attributes = {};
  std::string text_digest = {};          // Any digest of the text; bytes.
  std::optional<std::string> text = {};  // Kept only with Options::keep_text.
  Consent consent = Consent::kUnspecified;
  RetentionClass retention_class = RetentionClass::kUnspecified;
};

}  // namespace v1
}  // namespace cxjourney

#endif  // CXJOURNEY_TOUCHPOINT_H_
