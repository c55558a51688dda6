// Islands: the unit in which evidence is sealed, and comes back into memory.
//
// An island is a connected component of all evidence: touchpoints (every revision, also what is
// void or retracted) with the identifiers they carry, their conversations, their parents and their
// own keys, and assertions with what they name. Nothing outside an island can change an answer
// about it. Evidence only grows, so islands grow and join, and never fall apart.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "cxjourney/identity.h"
#include "identity/keyed_hash.h"
#include "store/store.h"
#include "store/vault.h"
#include "tracker/rows.h"

namespace cxjourney::tracker {

// The lists are views into what found it.
struct Island {
  IslandNo no = kNoIsland;                 // Under which it is being sealed.
  std::span<const IdentifierNo> listed;    // Ascending: those that `main` lists in the vault.
  std::span<const IdentifierNo> unlisted;  // Ascending: the others.
  std::span<const RowNo> rows;             // In front those of which `main` may not hold all.
  size_t new_rows = 0;                     // So many of them.
  std::span<const uint64_t> assertions;    // Sequences.
  std::span<const IslandNo> before;        // Ascending: those in the vault that are one now.
  IslandNo main = kNoIsland;               // Of these the one that holds most of it.
  std::span<const uint32_t> unsealed;      // Nodes of Components that are not under `main`.
};

// What of the evidence is sealed: everything before these.
struct Seal {
  uint32_t identifiers = 0;  // Stable number.
  uint64_t next_sequence = 1;
};

// What islands are found by: keyed hashes, so that nothing can be guessed from the files.
class Directory {
 public:
  void SetKeys(const store::Secret& root, uint32_t tenant);

  static store::VaultKey OfIdentifier(const identity::Hash128& hash) { return Cut(hash); }
  // The first bytes of the keys of identifiers whose own id this is.
  static store::VaultPrefix OfCustomer(CustomerId id);
  store::VaultKey OfTouchpoint(std::string_view source, std::string_view id) const {
    return Cut(touchpoint_.OfTexts(source, id));
  }
  store::VaultKey OfConversation(std::string_view source, std::string_view id) const {
    return Cut(conversation_.OfTexts(source, id));
  }
  store::VaultKey OfAssertion(uint64_t sequence) const { return OfNumber(assertion_, sequence); }
  // Of an identifier that joins nothing: one key for each island that lists it, and how they all
  // begin.
  store::VaultKey OfMention(const identity::Hash128& hash, IslandNo island) const;
  store::VaultPrefix MentionsOf(const identity::Hash128& hash) const;

 private:
  static store::VaultKey Cut(const identity::Hash128& hash);
  static store::VaultKey OfNumber(const identity::KeyedHash& hash, uint64_t number);

  identity::KeyedHash touchpoint_;
  identity::KeyedHash conversation_;
  identity::KeyedHash assertion_;
  identity::KeyedHash mention_;
};

// What stands in the vault under an island's number.
enum class VaultEntry : uint8_t {
  kIsland = 1,
  kJoined = 2,    // The island became part of another one: its number.
  kStrings = 3,   // A part of the log's dictionary.
  kAddition = 4,  // What a later seal added to an island.
};

}  // namespace cxjourney::tracker
