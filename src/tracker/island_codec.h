// Evidence as islands hold it: the records of the log, byte for byte, in fewer bytes.
//
// What looks random (ids, keyed hashes, what is encrypted) stands behind everything else, so that
// it does not spoil the compression of the rest.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "store/store.h"
#include "tracker/rows.h"

namespace cxjourney::tracker {

// What the next piece of evidence is written as a difference to.
struct EvidenceBefore {
  uint64_t sequence = 0;
  int64_t received_us = 0;
  int64_t time_us = 0;
};

// One touchpoint's share of an island.
struct EvidenceParts {
  std::string front;  // What it is, and how much of the noise is its.
  std::string rest;
  std::string noise;

  void Clear() {
    front.clear();
    rest.clear();
    noise.clear();
  }
};

// Room that is used again, as much of the work would be getting it.
struct EvidenceRoom {
  std::string open;
  std::string body;
};

class EvidenceWriter {
 public:
  // Whatever was written before. `identifiers` are the island's, by their stable numbers,
  // ascending.
  void Start(std::span<const uint32_t> identifiers);
  // In the order of sequence numbers.
  void Add(store::RecordKind kind, const Stored& stored);
  // Appends all of it but the noise.
  void AppendTo(std::string* bytes) const;
  std::string_view noise() const { return noise_; }

 private:
  std::span<const uint32_t> identifiers_;
  EvidenceBefore before_;
  uint64_t count_ = 0;
  std::string fronts_;
  std::string rests_;
  std::string noise_;
  EvidenceParts parts_;
  EvidenceRoom room_;
};

class EvidenceReader {
 public:
  // Takes what AppendTo wrote from the front of `reader`, as far as it says how much noise stands
  // at the end. False: malformed.
  bool Open(base::Reader* reader);
  uint64_t noise_bytes() const { return noise_bytes_; }
  // The rest of it, and the noise.
  void Start(std::span<const uint32_t> identifiers, std::string_view rests, std::string_view noise);

  bool AtEnd() const { return next_ == fronts_.size(); }
  // The body lives until the next call. False: malformed.
  bool Next(store::RecordKind* kind, Stored* stored);
  // At the end: whether nothing is left over.
  bool IsWhole() const { return rests_.ok() && rests_.AtEnd() && noise_.ok() && noise_.AtEnd(); }

  struct Front {
    uint64_t lead = 0;
    uint64_t id_head = 0;    // Of an id in the open part: its length and form; 0: none.
    uint64_t encrypted = 0;  // Bytes.
    uint64_t noise_bytes() const;
  };

 private:
  std::vector<Front> fronts_;
  size_t next_ = 0;
  uint64_t noise_bytes_ = 0;
  std::span<const uint32_t> identifiers_;
  base::Reader rests_{{}};
  base::Reader noise_{{}};
  EvidenceBefore before_;
  EvidenceRoom room_;
};

}  // namespace cxjourney::tracker
