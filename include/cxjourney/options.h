// Options of a store: durability, keys, rules, policies, limits.
#ifndef CXJOURNEY_OPTIONS_H_
#define CXJOURNEY_OPTIONS_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cxjourney/identity.h"
#include "cxjourney/policy.h"
#include "cxjourney/status.h"
#include "cxjourney/time.h"

namespace cxjourney {
inline namespace v1 {

// What an acknowledgement promises.
enum class Durability : uint8_t {
  kDefault = 0,   // In a call: what the store was opened with. In Options: kDurable.
  kDurable = 1,   // Synced before it is acknowledged: survives power loss. Threads share syncs.
  kOs = 2,        // In the kernel: survives kill -9; a power cut keeps a prefix.
  kBuffered = 3,  // In memory for at most Options::buffered_ms and buffered_bytes: a crash keeps
                  // a prefix.
};

// Gives the 32-byte key that protects everything else in a store. Called by Open, once more when
// it makes the store; the same id must always get the same key.
class KeyProvider {
 public:
  virtual ~KeyProvider() = default;
  // `store_id` names the store (16 bytes, public). A failure is Open's failure.
  virtual Result<std::array<uint8_t, 32>> StoreKey(const std::array<uint8_t, 16>& store_id) = 0;
};

struct Options {
  // Parameters that affect behaviour --------------------------------------------------------

  bool create_if_missing = true;  // Otherwise opening a folder without a store is kNotFound.
  // Keep everything in memory and nothing on disk: for tests. The path is ignored.
  bool in_memory = false;

  // Open to answer only: nothing is written, no lock is taken, and another process may have the
  // folder open and write. The answers are those of the moment of opening: open again for newer
  // ones. Writing calls fail with kFailedPrecondition. Not with in_memory.
  bool read_only = false;

  uint32_t tenant = 0;  // The tenant this handle reads and writes.

  Durability durability = Durability::kDurable;  // Of calls that do not say.
  uint32_t buffered_ms = 100;                    // kBuffered: at most this old,
  uint32_t buffered_bytes = 1024 * 1024;         // and at most this much is lost by a crash.

  // Identity rules. Absent: those the store was last opened with, else DefaultIdentityRules().
  std::optional<IdentityRules> identity_rules = {};
  // Registered policies, computed at every record; the first is the default one. At most 8.
  // Absent: those the store was last opened with, else the preset next_contact_7d alone.
  std::optional<std::vector<Policy>> policies = {};

  bool keep_text = false;  // Store Touchpoint::text (encrypted). Off by default (KVKK).

  // Keep what identifiers were (encrypted, each under a key of its own), so that answers can show
  // it. False: of an identifier that is first seen now the store keeps its keyed hash alone. It is
  // found by its value all the same and counts as ever, but answers show an empty value, and what
  // the rules decide by the value (blocked values, placeholders) stays as it was decided then. What
  // was stored with a value keeps it, and what was stored without never gets one. What a touchpoint
  // says besides is kept as ever, also where an identifier stands in it: in its text, or in an id
  // of the source's, which is encrypted then.
  bool display_values = true;

  // An episode that was left open is listed as open for this long after its last contact.
  Duration open_episode_max_age = std::chrono::hours(90 * 24);

  // Time source. Not owned; must outlive the tracker. Null: the system clock.
  Clock* clock = nullptr;
  // Source of the store key. Not owned; used during Open only. Null: the file key_file.
  KeyProvider* key_provider = nullptr;
  // File (mode 0600) that holds the store key; created with the store. Empty: the store's path
  // with ".key" behind it. Lose it and the store can't be read; keep it out of backups of the
  // store.
  std::string key_file = {};

  // How long Open waits for another process to give the folder free: a backend that was killed
  // may still be on its way out when its successor starts. Then Open fails with kUnavailable.
  uint32_t lock_wait_ms = 1000;

  // Parameters that affect performance ------------------------------------------------------

  // Size of a log segment; segments are preallocated. 16 KiB to 1 GiB.
  uint64_t segment_bytes = 64 * 1024 * 1024;

  // Evidence is sealed, that is written into compact files that need no replay, when the log has
  // grown by this much, and at Close. It bounds how long Open takes after a crash, and a write that
  // seals takes longer than others. 0: after every write, for tests.
  uint64_t seal_bytes = 8 * 1024 * 1024;
  // About how much memory evidence and what is derived from it may take; 0: all of it stays once it
  // was needed. Above it everything is sealed, let go, and read again where it is asked for: a
  // budget that is too small for the customers in use makes every call slow, and none fail.
  uint64_t memory_budget_bytes = 0;
};

// What Open found and did.
struct OpenReport {
  bool created = false;
  bool sealed = false;                   // The last close was clean.
  uint64_t batches = 0;                  // Commits read.
  uint64_t records = 0;                  // Evidence records in them.
  uint64_t recovered_bytes_dropped = 0;  // Torn bytes behind the last whole commit, cut off.
};

}  // namespace v1
}  // namespace cxjourney

#endif  // CXJOURNEY_OPTIONS_H_
