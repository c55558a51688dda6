// What the crash writer writes and the crash checker expects: operation n, for ever the same.
//
// Kinds of operations, by n modulo 8:
//   0..3  one touchpoint
//   4     a batch of three touchpoints: one commit, so all of them or none
//   5     a must-link of two identifiers that nothing else names
//   6     a touchpoint that links two identifiers, then an unlink that parts them
//   7     a touchpoint and its second revision
#pragma once

#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "cxjourney/tracker.h"

namespace crash {

using namespace cxjourney;  // NOLINT: this header is one program's, in two parts.

enum class Kind {
  kOne,
  kBatch,
  kMustLink,
  kUnlink,
  kRevise
};

inline Kind KindOf(uint64_t n) {
  switch (n % 8) {
    case 4:
      return Kind::kBatch;
    case 5:
      return Kind::kMustLink;
    case 6:
      return Kind::kUnlink;
    case 7:
      return Kind::kRevise;
    default:
      return Kind::kOne;
  }
}

// The two identifiers of a must-link or an unlink.
inline std::array<Identifier, 2> PairOf(uint64_t n) {
  std::string no = std::to_string(n);
  return {Identifier{"login_id", "a-" + no}, Identifier{"login_id", "b-" + no}};
}

// Part `part` of operation n; everything in it follows from the two numbers.
inline Touchpoint TouchpointOf(uint64_t n, unsigned part, uint32_t revision = 0) {
  Touchpoint touchpoint;
  touchpoint.source = "crash";
  touchpoint.id = std::to_string(n) + "." + std::to_string(part);
  touchpoint.revision = revision;
  touchpoint.event_time = Timestamp(std::chrono::seconds(1'700'000'000 + n * 60 + part));
  touchpoint.channel = static_cast<Channel>(1 + n % 9);
  touchpoint.purpose = static_cast<Purpose>(1 + n % 3);
  touchpoint.topics = {"topic/" + std::to_string(n % 5)};
  touchpoint.queue = "queue " + std::to_string(n % 7);
  touchpoint.attributes = {
      {"note", "revision " + std::to_string(revision) + " of " + touchpoint.id, true, false}};
  if (KindOf(n) == Kind::kUnlink) {
    auto pair = PairOf(n);
    touchpoint.identifiers = {pair[0], pair[1]};
  } else {
    touchpoint.identifiers = {{"customer_id", "customer " + std::to_string(n % 29)},
                              {"anonymous_id", "cookie-" + std::to_string(n)}};
  }
  return touchpoint;
}

inline unsigned PartsOf(uint64_t n) {
  switch (KindOf(n)) {
    case Kind::kBatch:
      return 3;
    case Kind::kMustLink:
      return 0;
    default:
      return 1;
  }
}

// A key of the test's own, so that nothing of the store lies outside its folder.
class FixedKey final : public KeyProvider {
 public:
  Result<std::array<uint8_t, 32>> StoreKey(const std::array<uint8_t, 16>&) override {
    std::array<uint8_t, 32> key{};
    for (size_t i = 0; i < key.size(); ++i) key[i] = static_cast<uint8_t>(i * 7 + 1);
    return key;
  }
};

inline bool HasDisplayValues() { return std::getenv("CXJ_NO_DISPLAY_VALUES") == nullptr; }

inline Options StoreOptions(FixedKey* key) {
  Options options;
  options.key_provider = key;
  options.segment_bytes = 16 * 1024;
  options.lock_wait_ms = 10'000;  // Whoever was killed may take a while to go.
  options.display_values = HasDisplayValues();
  // How often writers and checkers seal, and how little they keep in memory.
  if (const char* bytes = std::getenv("CXJ_SEAL_BYTES")) {
    options.seal_bytes = std::strtoull(bytes, nullptr, 10);
  }
  if (const char* bytes = std::getenv("CXJ_MEMORY_BYTES")) {
    options.memory_budget_bytes = std::strtoull(bytes, nullptr, 10);
  }
  return options;
}

}  // namespace crash
