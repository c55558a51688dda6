// Queries and their answers: history, context, repeats, statistics, verification.
#ifndef CXJOURNEY_QUERY_H_
#define CXJOURNEY_QUERY_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cxjourney/identity.h"
#include "cxjourney/policy.h"
#include "cxjourney/receipt.h"
#include "cxjourney/time.h"
#include "cxjourney/touchpoint.h"

namespace cxjourney {
inline namespace v1 {

// Position in a journey. Order is (event time, source, id), never arrival.
struct JourneyPosition {
  Timestamp time = {};
  TouchpointKey key = {};
};

struct HistoryQuery {
  Timestamp from = Timestamp::min();           // Included.
  Timestamp until = Timestamp::max();          // Not included.
  Timestamp as_of = Timestamp::max();          // Touchpoints up to here, included.
  uint32_t limit = 1000;                       // The newest ones; 1 to 1,000,000.
  std::optional<JourneyPosition> before = {};  // To page back: Journey::next of the page before.
};

struct Journey {
  CustomerId customer = CustomerId::kNone;
  std::vector<Touchpoint> touchpoints = {};  // Oldest first; event_time always set.
  std::optional<JourneyPosition> next = {};  // Set: there are older ones.
};

// Sees one touchpoint of a history; the object is used again for the next one.
using TouchpointVisitor = std::function<void(const Touchpoint& touchpoint)>;

struct ScanQuery {
  Timestamp from = Timestamp::min();   // By event time; included.
  Timestamp until = Timestamp::max();  // Not included.
  uint64_t after = 0;                  // To go on: ScanPage::next of the page before.
  uint32_t limit = 1000;               // 1 to 1,000,000.
};

struct ScannedTouchpoint {
  CustomerId customer = CustomerId::kNone;  // kNone: it belongs to nobody.
  Touchpoint touchpoint = {};               // event_time always set.
};

struct ScanPage {
  std::vector<ScannedTouchpoint> touchpoints = {};
  uint64_t next = 0;  // 0: that was all.
};

// A fact on file: the newest value of an attribute marked `fact`.
struct Fact {
  Attribute attribute = {};
  Timestamp time = {};
  TouchpointKey touchpoint = {};
};

// Money of one currency and kind.
struct MoneySum {
  std::string currency = {};
  ValueKind kind = ValueKind::kUnspecified;
  int64_t amount_minor = 0;
  uint64_t count = 0;
};

// What an agent must see when a contact starts.
struct Context {
  Customer customer = {};
  Timestamp now = {};                        // The watermark it was computed for.
  std::optional<Timestamp> first_seen = {};  // Tenure: since when we know the customer.
  std::optional<Timestamp> last_contact = {};
  std::vector<OpenEpisode> open_episodes = {};   // Newest first; all of them.
  Outcome last_outcome = Outcome::kUnspecified;  // Last known, over all contacts.
  std::vector<std::pair<Timestamp, Outcome>> recent_outcomes = {};  // Newest first, at most 5.
  std::vector<std::pair<Timestamp, float>> recent_sentiments = {};  // Newest first, at most 5.
  std::string last_emotion = {};
  uint64_t contacts_7d = 0;  // Contacts that start in (now - 7 x 24 h, now].
  uint64_t contacts_30d = 0;
  uint64_t contacts_90d = 0;
  uint64_t contacts = 0;  // All.
  uint64_t orders = 0;    // Purchases.
  std::optional<Timestamp> first_order = {};
  std::optional<Timestamp> last_order = {};
  std::vector<std::string> last_order_ids = {};  // Newest first, distinct, at most 5.
  std::vector<MoneySum> money = {};
  std::optional<Timestamp> last_reward = {};  // Loyalty: the last touchpoint of purpose reward.
  std::vector<Score> last_scores = {};        // Newest of each kind.
  std::vector<Fact> facts = {};               // By key.
  // Observed effort in the newest open episode: told the story again?
  bool repeated_effort = false;  // Two or more agents, or a transfer, or two or more contacts.
  std::vector<Touchpoint> recent = {};  // The newest 10, newest first.
};

// A contact that starts, before anything of it is recorded.
struct RepeatCheck {
  std::string registered = {};              // Name of a registered policy; empty: the first one.
  Channel channel = Channel::kUnspecified;  // Under policies that tell channels apart.
  std::string custom_channel = {};          // With Channel::kCustom.
  std::vector<std::string> topics = {};     // As in Touchpoint; empty: not known.
  std::optional<Timestamp> start = {};      // Absent: the store's clock.
};

struct RepeatQuery {
  // Name of a registered policy, or empty for `policy` below.
  std::string registered = {};
  Policy policy = {};
  Timestamp from = Timestamp::min();   // By contact start; included.
  Timestamp until = Timestamp::max();  // Not included.
  // The time the question is asked at; absent: the store's clock. Decides maturity.
  std::optional<Timestamp> watermark = {};
  enum class GroupBy : uint8_t {
    kNone = 0,
    kChannel = 1,
    kTopic = 2,
    kQueue = 3
  };
  GroupBy group_by = GroupBy::kNone;
  bool list_contacts = false;  // Fill RepeatReport::contacts.
  bool list_episodes = false;  // Fill RepeatReport::episodes.
  // Net variants: topics (path prefixes) that the first level can't solve leave the base, on top
  // of the policy's own; empty: no net measures.
  std::vector<std::string> net_of_topics = {};
};

struct Contact {
  ContactId id = {};
  CustomerId customer = CustomerId::kNone;
  Timestamp start = {};
  Timestamp end = {};
  Channel channel = Channel::kUnspecified;  // The first leg's.
  std::string custom_channel = {};
  Purpose purpose = Purpose::kUnspecified;  // The first leg's, defaulted.
  std::vector<std::string> topics = {};
  Outcome outcome = Outcome::kUnspecified;  // Last known.
  std::string queue = {};                   // The first leg's that has one.
  bool base = false;                        // Had a chance to resolve.
  bool mature = false;                      // Its window is over at the watermark.
  bool has_return = false;
  std::optional<ContactId> prior = {};
  Duration gap = Duration::zero();
  std::optional<EpisodeId> episode = {};
  std::vector<TouchpointKey> legs = {};  // In order.
  uint32_t transfers = 0;                // Legs with relation kTransfer.
  uint32_t agent_replies = 0;            // Outbound legs that are not automated.
  uint32_t customer_messages = 0;        // Inbound legs.
};

struct Episode {
  EpisodeId id = {};
  CustomerId customer = CustomerId::kNone;
  std::vector<ContactId> contacts = {};  // In order.
  std::vector<Channel> channels = {};    // Of the contacts.
  Timestamp start = {};                  // Root contact's start.
  Timestamp end = {};                    // Last contact's end.
};

struct MeasureGroup {
  std::string label = {};  // Channel name, topic path or queue; "(none)" where there is none.
  Measures measures = {};
  std::vector<std::pair<std::string, int64_t>> repeats_by_prior = {};  // Label of the prior: count.
};

struct RepeatReport {
  Policy policy = {};
  Timestamp from = {};
  Timestamp until = {};
  Timestamp watermark = {};
  Measures total = {};
  std::optional<Measures> net = {};
  std::vector<MeasureGroup> groups = {};  // By descending number of contacts, then label.
  std::vector<Contact> contacts = {};     // Of the period, by (start, id).
  std::vector<Episode> episodes = {};     // Whose root starts in the period, by (start, id).
};

struct Stats {
  uint64_t touchpoints = 0;  // Distinct keys that count.
  uint64_t evidence = 0;     // Records in the log, assertions and rules included.
  uint64_t voided = 0;
  uint64_t retracted = 0;
  uint64_t identifiers = 0;
  uint64_t customers = 0;  // Classes with a touchpoint or a link.
  uint64_t links = 0;
  uint64_t vetoed_links = 0;
  uint64_t unidentified_touchpoints = 0;
  uint64_t assertions = 0;  // Live ones.
  uint64_t last_sequence = 0;
  uint64_t log_bytes = 0;     // Used, of the segments.
  uint64_t sealed_bytes = 0;  // Of the files that sealed evidence is in.
  uint64_t memory_bytes = 0;  // Estimate of what evidence and derived state take in memory.
  std::vector<std::pair<Reason, uint64_t>> refused = {};  // Since open.
};

struct VerifyReport {
  uint64_t records = 0;  // Evidence records read back.
  uint64_t touchpoints = 0;
  uint64_t customers = 0;
  uint64_t contacts = 0;                   // Over all registered policies.
  std::vector<std::string> problems = {};  // Empty: everything agrees. No customer's data.
};

}  // namespace v1
}  // namespace cxjourney

#endif  // CXJOURNEY_QUERY_H_
