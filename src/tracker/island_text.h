// The texts that an island is in the vault: all of it, or what a later seal added. They differ in
// what they say of identifiers: an addition names those that its evidence is about and the island
// knows already by their numbers alone.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/status_macros.h"
#include "identity/keyed_hash.h"
#include "model/packed_text.h"
#include "store/store.h"
#include "tracker/island_codec.h"
#include "tracker/rows.h"

namespace cxjourney::tracker {

// Heads of what stands in the place of a value that is not kept: its keyed hash in 16 bytes, as
// WriteHash writes it, and, unless it could be evidence, 2 of the reason why not. No text's.
inline constexpr uint64_t kBareForm = (1u << model::kTextFormBits) - 1;
inline constexpr uint64_t kBareHead =
    uint64_t{sizeof(identity::Hash128)} << model::kTextFormBits | kBareForm;
inline constexpr uint64_t kBareRefusedHead =
    uint64_t{sizeof(identity::Hash128) + 2} << model::kTextFormBits | kBareForm;

struct IslandIdentifier {
  uint32_t stable = 0;
  // Number of its string. 0, which names none: the island knows the identifier already, and of the
  // rest only a secret may be new.
  uint32_t name_space = 0;
  uint64_t value_head = 0;
  std::string_view value;  // Packed, or what is there in its place.
  std::string_view typed;
  std::string_view secret;  // Empty: nothing is sealed with it, or the island knows it.

  bool is_known() const { return name_space == 0; }
  bool is_bare() const { return value_head == kBareHead || value_head == kBareRefusedHead; }
};

struct IslandTextHead {
  bool is_addition = false;
  uint64_t since = 0;  // Of an addition: the first sequence number of the seal that made it.
};

// What is sealed under an island's number.
struct IslandText {
  std::string bytes;
  size_t noise_bytes = 0;  // At the end: they look random.
};

class IslandWriter {
 public:
  // A text, whatever was written before. `stable`: the numbers of the identifiers that will be
  // added, ascending; they stay until Finish.
  void Start(const IslandTextHead& head, std::span<const uint32_t> stable);
  // In the order of their numbers.
  void Add(const IslandIdentifier& identifier);
  // In the order of sequence numbers.
  void Add(store::RecordKind kind, const Stored& stored) { evidence_.Add(kind, stored); }
  // Good until Start.
  const IslandText& Finish();

 private:
  IslandText text_;
  std::string noise_;
  uint32_t last_stable_ = 0;
  EvidenceWriter evidence_;
};

// Gives views into what it reads.
class IslandReader {
 public:
  // Whatever was read before.
  Status Open(std::string_view bytes);

  const IslandTextHead& head() const { return head_; }
  const std::vector<IslandIdentifier>& identifiers() const { return identifiers_; }
  bool AtEnd() const { return evidence_.AtEnd(); }
  // The body lives until the next call.
  Status Next(store::RecordKind* kind, Stored* stored);
  // At the end.
  Status CheckWhole() const;

 private:
  bool ReadHead(base::Reader* reader);
  bool ReadIdentifiers(base::Reader* reader);
  bool TakeNoise(base::Reader* noise);

  IslandTextHead head_;
  std::vector<IslandIdentifier> identifiers_;
  std::vector<uint32_t> stable_;
  std::vector<bool> has_secret_;
  uint64_t identifier_noise_ = 0;
  EvidenceReader evidence_;
};

// The texts of one island, in the order of the seals that made them: the first `texts.size()` of
// the readers, of which there may be more.
Status OpenIsland(std::span<const std::string> texts, std::vector<IslandReader>* readers);

// Makes all of an island one text again. Not thread-safe.
class IslandMerger {
 public:
  // Good until the next one.
  Result<const IslandText*> Merge(std::span<const std::string> texts);

 private:
  struct Evidence {
    store::RecordKind kind{};
    Stored stored;
    size_t body = 0;  // Where it begins among all bodies.
    size_t body_bytes = 0;
  };
  Status MergeIdentifiers(std::span<const IslandReader> readers);
  Status CollectEvidence(IslandReader* reader);

  // Room that is used again.
  std::vector<IslandReader> readers_;
  std::vector<IslandIdentifier> listed_;  // Of all texts.
  std::vector<IslandIdentifier> identifiers_;
  std::vector<uint32_t> stable_;
  std::string bodies_;
  std::vector<Evidence> evidence_;
  IslandWriter writer_;
};

}  // namespace cxjourney::tracker
