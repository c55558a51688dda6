// Every identifier the store has ever seen, whatever its role, with a dense number each.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "base/chunks.h"
#include "base/pages.h"
#include "base/prefetch.h"
#include "base/short_list.h"
#include "cxjourney/identity.h"
#include "cxjourney/receipt.h"
#include "identity/keyed_hash.h"
#include "store/store.h"

namespace cxjourney::identity {

using IdentifierNo = uint32_t;
constexpr IdentifierNo kNoIdentifier = ~IdentifierNo{0};
// Those of a touchpoint or a customer.
using IdentifierList = base::ShortList<IdentifierNo, 4>;
constexpr uint16_t kNoNamespace = 0xffff;  // The rules don't know it any more: never evidence.

struct IdentifierEntry {
  std::string_view name_space_name;  // Of the table that owns the strings; never freed.
  std::string value;                 // Normalised. Empty where it is bare.
  Hash128 hash;                      // Of the value, with `salt` where hashes collided.
  uint32_t salt = 0;
  uint16_t name_space = kNoNamespace;  // Index into the rules.
  Reason reason = Reason::kNone;       // Why the value can't be evidence.
  bool blocked = false;                // By a live Block assertion.
  // The rules refuse the value and no assertion names it: what carries it hangs together by other
  // things only, so that a placeholder does not make one island of everybody.
  bool apart = false;
  uint32_t stable =
      0;  // The owner's number of it in stored bodies; dense numbers are this table's.
  CustomerId id = CustomerId::kNone;
  store::Secret secret{};           // Key of everything personal that hangs on this identifier.
  bool has_secret = true;           // False: nothing hangs on it, and its secret was forgotten.
  bool is_bare = false;             // The store keeps no value of it.
  Reason recorded = Reason::kNone;  // Of a bare one: `reason` as it was while the value was known.

  // What stands for it in orders and digests, the same before and after a reopening: the value, or
  // the bytes of the hash. Good as long as the entry.
  std::string_view text() const {
    if (!is_bare) return value;
    return {reinterpret_cast<const char*>(&hash), sizeof hash};
  }
  bool may_be_evidence() const { return reason == Reason::kNone && !blocked; }
};

// Not thread-safe; the engine's lock covers it.
class IdentifierTable {
 public:
  IdentifierTable() : by_hash_(0, EntryHash{&entries_}, SameHash{&entries_}) {}
  IdentifierTable(const IdentifierTable&) = delete;
  IdentifierTable& operator=(const IdentifierTable&) = delete;

  // `root` is the store's root of keyed hashes.
  void SetKeys(const store::Secret& root, uint32_t tenant);

  // The number of an identifier, or kNoIdentifier. Exact where values are kept: equal hashes are
  // told apart by value.
  IdentifierNo Find(std::string_view name_space, std::string_view value) const;
  // The same with `hash`, HashOf them, at hand.
  IdentifierNo Find(std::string_view name_space, std::string_view value, const Hash128& hash) const;
  // Asks for the memory in which Find looks the hash up, and LikelyOf.
  void PrefetchPlace(const Hash128& hash) const { base::PrefetchFind(by_hash_, hash); }
  // Asks for the memory besides in which Add writes, of an identifier that Find does not know.
  void PrefetchAdd(const Hash128& hash) const { base::PrefetchFind(by_id_, hash.low); }
  // What Find by this hash finds, if it finds anything, nearly always; without a look at it.
  IdentifierNo LikelyOf(const Hash128& hash) const {
    const auto found = by_hash_.find(Likely{hash});
    return found == by_hash_.end() ? kNoIdentifier : *found;
  }

  // Adds an identifier that Find does not know. `hash`: HashOf it. `secret` null: a fresh random
  // one.
  IdentifierNo Add(std::string_view name_space, std::string_view value, const Hash128& hash,
                   uint16_t rule, Reason reason, const store::Secret* secret);
  IdentifierNo Add(std::string_view name_space, std::string_view value, uint16_t rule,
                   Reason reason, const store::Secret* secret) {
    return Add(name_space, value, HashOf(name_space, value), rule, reason, secret);
  }

  // The same of one that is known by its hash alone; it has no secret.
  IdentifierNo AddBare(std::string_view name_space, const Hash128& hash, uint16_t rule,
                       Reason reason, Reason recorded);

  const IdentifierEntry& operator[](IdentifierNo no) const { return entries_[no]; }
  // Asks for the memory of its names.
  void Prefetch(IdentifierNo no) const { base::Prefetch(&entries_[no]); }
  IdentifierEntry& at(IdentifierNo no) { return entries_[no]; }
  uint32_t size() const { return static_cast<uint32_t>(entries_.size()); }

  // Of one whose secret was forgotten: a fresh one.
  const store::Secret& RenewSecret(IdentifierNo no);
  void SetSecret(IdentifierNo no, const store::Secret& secret);
  void ForgetSecret(IdentifierNo no);

  // What the table knows an identifier by, unless another one has the same.
  Hash128 HashOf(std::string_view name_space, std::string_view value) const;
  // The same of one that is in the table. Of a bare one it is all that is known.
  Hash128 OwnHashOf(const IdentifierEntry& entry) const {
    return entry.salt == 0 || entry.is_bare ? entry.hash
                                            : HashOf(entry.name_space_name, entry.value);
  }
  // The identifier whose own id this is, or kNoIdentifier.
  IdentifierNo FindById(CustomerId id) const;

 private:
  struct NamespaceKey {
    KeyedHash hash;
    std::string name;
  };
  const NamespaceKey* FindKey(std::string_view name_space) const;
  KeyedHash DeriveHash(std::string_view name_space) const;
  const NamespaceKey& KeyOf(std::string_view name_space) const;
  Hash128 HashOf(const NamespaceKey& key, std::string_view value, uint32_t salt) const;

  // A new entry under the hash, and under the id that follows from it and `text`.
  IdentifierNo Place(const NamespaceKey& key, std::string_view text, const Hash128& hash);
  store::Secret FreshSecret();

  static constexpr size_t kFreshSecrets = 128;
  std::vector<store::Secret> fresh_;  // Random, to be used once each.

  store::Secret root_{};
  uint32_t tenant_ = 0;
  // Filled on first use of a namespace; the engine calls Find under its shared lock, so every
  // namespace is prepared by SetKeys or Add before.
  mutable std::deque<NamespaceKey> keys_;
  using Entries = base::Chunks<IdentifierEntry, 256>;
  // Keyed hashes are spread as evenly as any hash of them.
  struct Likely {
    const Hash128& hash;
  };
  struct EntryHash {
    using is_transparent = void;
    const Entries* entries;
    size_t operator()(IdentifierNo no) const { return (*entries)[no].hash.low; }
    size_t operator()(const Hash128& hash) const { return hash.low; }
    size_t operator()(const Likely& likely) const { return likely.hash.low; }
  };
  struct SameHash {
    using is_transparent = void;
    const Entries* entries;
    bool operator()(IdentifierNo a, IdentifierNo b) const { return (*this)(a, (*entries)[b].hash); }
    bool operator()(IdentifierNo a, const Hash128& b) const { return (*entries)[a].hash == b; }
    bool operator()(IdentifierNo, const Likely&) const { return true; }
  };

  Entries entries_;
  base::BigSet<IdentifierNo, EntryHash, SameHash> by_hash_;
  base::BigMap<uint64_t, IdentifierNo> by_id_;
};

}  // namespace cxjourney::identity
