// Writes islands as the vault holds them: all of one, or what is new in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "identity/identifier_table.h"
#include "store/vault.h"
#include "tracker/components.h"
#include "tracker/engine.h"
#include "tracker/island_text.h"
#include "tracker/islands.h"

namespace cxjourney::tracker {

// Good until the next one is encoded.
struct EncodedIsland {
  std::string_view bytes;
  size_t noise_bytes = 0;          // At the end: they look random.
  bool is_addition = false;        // To what is sealed under the island's main number.
  std::vector<IdentifierNo> idle;  // Nothing is sealed with their secrets, so it holds none.
};

// For one seal. Not thread-safe; the engine outlives it and does not change meanwhile.
class IslandEncoder {
 public:
  IslandEncoder(const Engine& engine, const Seal& seal) : engine_(engine), seal_(seal) {}

  // Asks for the memory that encoding what is new of it reads, step by step.
  static constexpr size_t kPrefetchStages = 2;
  void Prefetch(const Island& island, size_t stage) const;
  // All of it.
  const EncodedIsland& EncodeAll(const Island& island);
  // What is newer than the seal, unless `additions` were made since all of it was written and it is
  // time for that again.
  const EncodedIsland& EncodeWhatIsNew(const Island& island, size_t additions);
  // What the island is found by, of what is newer in it than the seal. Good until the next call.
  const std::vector<store::VaultKey>& ListKeys(const Island& island);

 private:
  // A piece of evidence on its way into an island.
  struct Evidence {
    store::RecordKind kind = store::RecordKind::kTouchpoint;
    Stored stored;
  };
  // What of an island goes into a text.
  struct Selection {
    std::vector<Evidence> evidence;
    std::vector<std::string> bodies;        // Of assertions; they stay where they are.
    std::vector<IdentifierNo> identifiers;  // What is to be said of them is new.
    std::vector<IdentifierNo> named;        // By the evidence; maybe again and again.
    std::vector<IdentifierNo> known;        // Said already; ascending.
    std::vector<uint32_t> secrets;          // In use by the evidence, by stable number; ascending.
    bool joins = false;                     // Evidence of islands that were others.

    void Clear();
  };

  template <class IsWanted>
  void Select(const Island& island, size_t rows, IsWanted is_wanted);
  void SelectRow(const Row& row, const Stored& stored);
  void SelectAssertion(uint64_t sequence, const AssertionState& assertion);
  void SelectKnown(const Island& island);
  void NoteIdle();
  const EncodedIsland& Write(const IslandTextHead& head);
  void WriteIdentifier(IdentifierNo no);
  bool IsUsed(uint32_t stable) const;
  bool NeedsSecret(IdentifierNo no, bool is_known) const;
  std::span<const Stored> OldRevisions(RowNo no) const;
  void ListRow(RowNo no);
  void ListThreads(std::string_view source, std::string_view conversation, std::string_view parent);

  const Engine& engine_;
  const Seal seal_;
  // Room that is used again, as much of the work would be getting it.
  Selection selection_;
  std::vector<uint32_t> stable_;
  IslandWriter writer_;
  EncodedIsland encoded_;
  std::vector<store::VaultKey> keys_;
};

}  // namespace cxjourney::tracker
