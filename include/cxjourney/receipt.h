// Receipt: what became of a touchpoint, and what the store learned on the way.
#ifndef CXJOURNEY_RECEIPT_H_
#define CXJOURNEY_RECEIPT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cxjourney/export.h"
#include "cxjourney/identity.h"
#include "cxjourney/policy.h"
#include "cxjourney/status.h"
#include "cxjourney/time.h"
#include "cxjourney/touchpoint.h"

namespace cxjourney {
inline namespace v1 {

// Why something was refused, left out or noticed. Numbers are for ever.
enum class Reason : uint16_t {
  kNone = 0,
  // The touchpoint was refused; nothing of it is stored.
  kNoIdNorTime = 1,
  kTooManyIdentifiers = 2,
  kFieldTooLong = 3,
  kBadTime = 4,
  kTimeInFuture = 5,
  kEndBeforeStart = 6,
  kBadEnum = 7,
  kBadNumber = 8,
  kBadUtf8 = 9,
  kUnknownNamespace = 10,
  kBadCurrency = 11,
  kTooManyItems = 12,
  kRevisionConflict = 13,
  kCustomChannelName = 14,
  kBatchRefused = 15,  // all_or_nothing, and another touchpoint of the batch was refused.
  // The touchpoint is stored; one of its identifiers is no evidence.
  kBlankValue = 100,
  kBlockedValue = 101,
  kRoleMailbox = 102,
  kOwnPhone = 103,
  kInvalidPhone = 104,
  kInvalidEmail = 105,
  kRepeatedCharacter = 106,
  kNotCustomerRole = 107,
  kTierNone = 108,
  kBlockedByAssertion = 109,
  kValueTooLong = 110,
  kInvalidValue = 111,
  // Too many customers share it (NamespaceRule::quarantine_above): only a must-link joins it.
  kQuarantined = 112,
  // The touchpoint is stored, but is no identity evidence as a whole.
  kTwoUniqueValues = 150,
  // A link this touchpoint carries does not join (see Tracker::Why).
  kVetoUniqueNamespace = 160,
  kVetoPerCustomerLimit = 161,
  kVetoIdentifiersPerCustomer = 162,
  kVetoCannotLink = 163,
  // Worth knowing.
  kUnidentified = 200,
  kOldRevision = 201,
  kVoided = 202,
  kRetracted = 203,
  kTextDropped = 204,
  kPurposeDefaulted = 205,
  kClockCorrected = 206,
};

// Lower-case name, for example "revision_conflict". Lives as long as the program.
CXJ_API const char* ReasonName(Reason reason) noexcept;

// A reason and what it is about: the name of a field or of a namespace, never a value.
struct Remark {
  Reason reason = Reason::kNone;
  std::string about = {};
};

enum class RecordOutcome : uint8_t {
  kRecorded = 1,   // Stored: it is the newest revision of its key.
  kDuplicate = 2,  // An equal copy of this revision is stored already; nothing was written.
  kStored = 3,     // Stored as evidence of an older revision, or retracted: no answer changes.
  kRefused = 4,    // Nothing was written; Receipt::remarks says why.
};

// A contact's identity: the key of its first leg.
using ContactId = TouchpointKey;
// An episode's identity: its root contact's.
using EpisodeId = ContactId;

// Is the contact a repeat, under one policy?
struct RepeatVerdict {
  std::string policy = {};
  std::optional<ContactId> repeat_of = {};  // The prior contact; absent: not a repeat.
  Duration gap = Duration::zero();        // From the prior's anchor point to this contact's start.
  std::optional<EpisodeId> episode = {};  // Absent: belongs to none.
  uint32_t contacts_in_episode = 0;
};

enum class NoticeType : uint8_t {
  kDetected = 1,
  kRevised = 2,
  kRetracted = 3
};

// A contact's prior appeared, changed or disappeared under a registered policy.
struct Notice {
  NoticeType type = NoticeType::kDetected;
  std::string policy = {};
  ContactId contact = {};
  Timestamp start = {};                     // Of the contact.
  std::optional<ContactId> prior = {};      // kDetected, kRevised.
  std::optional<ContactId> old_prior = {};  // kRevised, kRetracted.
};

// The company said it would come back.
struct Promise {
  TouchpointKey touchpoint = {};
  Timestamp made = {};
  Timestamp due = {};
  bool broken = false;  // Past due at the watermark, and not kept. Otherwise it is open.
  std::string agent = {};
  std::string queue = {};
};

// An episode that was left open.
struct OpenEpisode {
  EpisodeId id = {};
  Timestamp start = {};  // Of the root contact.
  Timestamp last_contact_end = {};
  std::vector<std::string> topics = {};          // Of the last contact that has any.
  Outcome last_outcome = Outcome::kUnspecified;  // Last known one.
  std::optional<float> last_sentiment = {};
  std::string last_emotion = {};
  uint32_t transfers = 0;
  uint32_t agents = 0;                   // Distinct agents, over all legs.
  std::vector<ContactId> contacts = {};  // Oldest first; at most 64, the newest ones.
  uint32_t contact_count = 0;
  std::vector<Promise> promises = {};  // Open and broken ones.
};

// Of one touchpoint handed to Record or RecordAll.
struct Receipt {
  RecordOutcome outcome = RecordOutcome::kRefused;
  Status status = {};  // OK unless refused.
  std::vector<Remark> remarks = {};
  TouchpointKey key = {};                   // With the fingerprint for an id, where none was given.
  uint64_t sequence = 0;                    // Of the stored evidence; 0: nothing was written.
  CustomerId customer = CustomerId::kNone;  // kNone: unidentified.
  std::vector<CustomerId> merged = {};      // Primary ids that now belong to `customer`.
  std::optional<ContactId> contact = {};    // Absent: history only. Under the default policy.
  std::vector<RepeatVerdict> verdicts = {};  // One for each registered policy, in their order.
  std::vector<OpenEpisode> open = {};        // Left open, under the default policy; newest first,
                                             // at most 8.
  std::vector<Notice> changes = {};  // This contact's own first, then elsewhere; at most 64.
  bool more_changes = false;         // There were more.

  // The verdict under the default policy.
  const RepeatVerdict* verdict() const { return verdicts.empty() ? nullptr : &verdicts.front(); }
};

// Of an assertion: link, unlink, retract, block.
struct AssertionReceipt {
  AssertionId id = AssertionId::kNone;
  std::vector<Remark> remarks = {};  // For example a veto that keeps a must-link from joining.
  std::vector<CustomerId> customers = {};  // Primary ids of what it touched, as they are now.
  std::vector<Notice> changes = {};        // All of them, in order.
};

}  // namespace v1
}  // namespace cxjourney

#endif  // CXJOURNEY_RECEIPT_H_
