// The narrow door to durable evidence: whole intents, no keys and values.
//
// A store keeps batches of evidence, each one atomic commit, and gives them back in order. What
// the evidence means (dedupe, identity, contacts) is decided by the engine above; the store
// applies what was decided. Today's stores replay their batches when they are opened; a block
// store adds reading timelines without replay, and a shared store adds resolving and applying
// against versions, behind the same door (docs/ARCHITECTURE.md).
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cxjourney/options.h"
#include "cxjourney/status.h"
#include "cxjourney/time.h"

namespace cxjourney::store {

// What a record is. Stands on disk: never renumber.
enum class RecordKind : uint8_t {
  // Evidence: has a sequence number.
  kTouchpoint = 1,
  kMustLink = 2,
  kCannotLink = 3,
  kRetract = 4,
  kBlock = 5,
  kUnblock = 6,
  kRules = 7,
  kPolicies = 8,
  // Evidence of later versions; this one refuses to open a store that holds any.
  kConsent = 16,
  kRestriction = 17,
  kRectification = 18,
  kErasure = 19,
  // Definitions that later records refer to by number, in the order they appear.
  kString = 32,
  kIdentifier = 33,
  kIsland = 34,          // A sealed island that the evidence behind it is about.
  kBareIdentifier = 35,  // One whose value is not kept; it has no secret.
};

// Evidence kinds take one sequence number each; definitions take none.
inline bool IsEvidence(RecordKind kind) { return static_cast<uint8_t>(kind) < 32; }

// Its body is Batch::BodyOf.
struct Record {
  RecordKind kind = RecordKind::kTouchpoint;
  size_t begin = 0;
  size_t size = 0;
};

// A secret of an identifier: the key of everything personal that hangs on it.
using Secret = std::array<uint8_t, 32>;

// One atomic commit. Views given to a visitor live until it returns.
struct Batch {
  uint32_t tenant = 0;
  uint64_t first_sequence = 0;  // Of its first evidence record; the others follow on.
  Timestamp received = {};      // Never before that of an earlier batch.
  std::vector<Record> records;
  std::string bodies;  // Where the bodies of `records` stand, in their order.
  // Secrets of the kIdentifier records, in their order. The store wraps them: they are never in
  // the clear on disk.
  std::vector<Secret> secrets;

  std::string_view BodyOf(const Record& record) const {
    return std::string_view(bodies).substr(record.begin, record.size);
  }
  void Add(RecordKind kind, std::string_view body) {
    const size_t begin = bodies.size();
    bodies.append(body);
    AddFrom(begin, kind);
  }
  // Its body is what was appended to `bodies` since it had so many bytes.
  void AddFrom(size_t begin, RecordKind kind) {
    records.push_back({kind, begin, bodies.size() - begin});
  }
};

using BatchVisitor = std::function<Status(const Batch& batch)>;

// Position behind a commit, to wait for.
using CommitPosition = uint64_t;

class Vault;  // vault.h

// Thread rule: Replay first and alone; then Commit and Close from one thread at a time (the
// caller serialises its writers), WaitDurable, Sync, ReadBack and used_bytes from any.
class EvidenceStore {
 public:
  virtual ~EvidenceStore() = default;

  // Hands every committed batch behind the last Seal to the visitor, in order, and makes the store
  // ready to append. A failure of the visitor is returned as it is. kDataLoss names file and
  // offset.
  virtual Result<OpenReport> Replay(const BatchVisitor& visitor) = 0;

  // Appends one batch: all of it or nothing is ever replayed. On return it is at least where
  // kOs or kBuffered promise; for kDurable call WaitDurable with the position next, outside
  // every lock, so that writers share syncs. After a failure of this or of a sync every further
  // Commit fails with kFailedPrecondition: the store is read-only until it is opened again.
  // A full disk is kResourceExhausted.
  virtual Result<CommitPosition> Commit(const Batch& batch, Durability durability) = 0;

  // Returns when everything up to the position is durable.
  virtual Status WaitDurable(CommitPosition position) = 0;

  // Everything committed so far becomes durable.
  virtual Status Sync() = 0;

  // What is sealed; null before Replay. Changed by Seal alone.
  virtual Vault* vault() = 0;

  // Writes everything committed so far into the vault in another form: `fill` puts it there and
  // gives the vault's meta. All of it or nothing; afterwards the log begins anew, and Replay hands
  // out only what was committed later. From the writers' thread; no Commit at the same time.
  virtual Status Seal(const std::function<Status(Vault* vault, std::string* meta)>& fill) = 0;

  // Sync, seal, give the folder free.
  virtual Status Close() = 0;

  // Reads every committed batch behind the last Seal again from the stored bytes, checking every
  // checksum.
  virtual Status ReadBack(const BatchVisitor& visitor) = 0;

  // Of the log, without preallocated room.
  virtual uint64_t used_bytes() const = 0;

  // 32 bytes that never leave the process, derived from the store key: the root of the keyed
  // hashes. Valid once Replay has succeeded.
  virtual const Secret& hash_root() const = 0;
};

// The log in folder `path`; creates it if options.create_if_missing. Locks the folder.
Result<std::unique_ptr<EvidenceStore>> OpenLogStore(const std::string& path,
                                                    const Options& options);

// Keeps the batches in memory, encoded and wrapped as on disk. For tests.
std::unique_ptr<EvidenceStore> NewMemoryStore(const Options& options);

}  // namespace cxjourney::store
