// What a call to Record or RecordAll will write, before anything is written.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/prefetch.h"
#include "cxjourney/receipt.h"
#include "model/canonical.h"
#include "model/codec.h"
#include "store/store.h"
#include "tracker/definitions.h"
#include "tracker/engine.h"

namespace cxjourney::tracker {

// What a receipt that is used again has room for, apart until it is filled: nothing of its last
// touchpoint may be seen then.
struct ReceiptRoom {
  std::vector<RepeatVerdict> verdicts;
  std::optional<ContactId> contact;
};

// One touchpoint of the call on its way.
struct Planned {
  model::CanonicalTouchpoint touchpoint;
  journey::KeyView key;                          // Unless it was refused by its looks.
  Receipt* receipt = nullptr;                    // The caller's.
  ReceiptRoom room;                              // Of the receipt.
  bool write = false;                            // Goes into the batch.
  std::optional<identity::Hash128> kept_digest;  // With `write`: unless it follows from the record.
  IdentifierHashes hashes;                       // With `write`, of the touchpoint's identifiers.
  identity::IdentifierList ids;
  size_t record = 0;  // Of the batch, with `write`.

  bool refused() const { return !receipt->status.ok(); }
  // Asks for the memory that filling it in will write.
  void PrefetchReceipt() const {
    base::PrefetchBetween(receipt, receipt + 1);
    const RepeatVerdict* first = room.verdicts.data();
    base::PrefetchBetween(first, first + room.verdicts.size());
  }
  void Refuse(Status status, Reason reason, std::string about);
};

// Plans a call: what of it is new, and the batch that says so.
class Plan {
 public:
  // Of a call of `count` touchpoints. REQUIRES: nobody else changes the engine for as long as the
  // plan is in use.
  Plan(Engine* engine, uint32_t tenant, Timestamp received, size_t count)
      : engine_(engine), definitions_(engine, &batch_) {
    known_.reserve(count);
    batch_.records.reserve(2 * count);  // With what they define.
    batch_.bodies.reserve(kBytesEach * count);
    batch_.tenant = tenant;
    batch_.received = received;
    batch_.first_sequence = engine->ledger().last_sequence + 1;
  }

  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;

  // Duplicates and conflicts, against the store and the touchpoints before it in the call.
  // `planned` stays where it is for as long as the plan is in use.
  void Judge(Planned* planned);
  // Asks for the memory that this reads first.
  void PrefetchFor(const Planned& planned) const {
    if (!planned.refused()) engine_->rows().PrefetchPlace(planned.key);
  }
  // Definitions and the record. REQUIRES: the engine may be changed (new identifiers, strings).
  void Encode(Planned* planned);
  store::Batch& batch() { return batch_; }

 private:
  static constexpr size_t kBytesEach = 160;  // Of most, with what they define.

  struct Known {
    RowNo stored = kNoRow;
    base::ShortList<const Planned*, 1> here;  // Revisions of this call, accepted before.
  };
  // The revision's digest, or nothing: not known.
  std::optional<identity::Hash128> DigestOf(const Known& known, uint32_t revision) const;
  IdentifierNo Strongest(const Planned& planned) const;

  Engine* engine_;
  store::Batch batch_;
  Definitions definitions_;
  uint64_t records_ = 0;
  model::EncodedTouchpoint encoded_;  // Room for one after the other.
  // Views into the touchpoints of the call.
  absl::flat_hash_map<journey::KeyView, Known, journey::KeyViewHash> known_;
};

}  // namespace cxjourney::tracker
