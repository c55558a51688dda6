// A store that does the work of the comparison. Each runs in a process of its own.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bench/workload.h"

namespace cxjourney::bench {

// A row of a history, as every store must hand it back.
struct Row {
  EventId id = {};
  int64_t time_ms = 0;
  int64_t order_cents = -1;
  uint32_t duration_s = 0;
  uint16_t topic = 0;
  EventChannel channel = EventChannel::kVoice;
  EventKind kind = EventKind::kView;
  EventOutcome outcome = EventOutcome::kNone;
  bool outbound = false;
  int8_t sentiment = 0;

  friend bool operator==(const Row&, const Row&) = default;
};

Row RowOf(const Event& event);

// An identifier as somebody types it to look a customer up.
struct LookUp {
  IdentifierType type = IdentifierType::kPhone;
  std::string value;
};

// Did this customer contact us about this topic in the 7 days before?
struct RepeatLookUp {
  LookUp who;
  int64_t time_ms = 0;
  uint16_t topic = 0;
};

struct RepeatCount {
  uint64_t contacts = 0;
  uint64_t repeats = 0;

  friend bool operator==(const RepeatCount&, const RepeatCount&) = default;
};

// Every method ends the process with a message on a failure: a figure of a broken run is none.
class Peer {
 public:
  virtual ~Peer() = default;
  virtual std::string Name() const = 0;
  virtual void Open(const std::string& folder) = 0;  // With all it holds.
  virtual void Close() = 0;                          // Everything on disk.
  // Returns when the events are durable and linked: a look-up by any identifier finds them.
  virtual void Ingest(const std::vector<Event>& events) = 0;
  // Whatever makes the store its best after a bulk load; timed apart.
  virtual void Finish() {}
  // On disk, without room that is only reserved; 0: everything in the folder counts.
  virtual uint64_t UsedBytes() { return 0; }
  // Newest first; limit 0: all.
  virtual void History(const LookUp& who, size_t limit, std::vector<Row>* rows) = 0;
  virtual bool Repeat(const RepeatLookUp& question) = 0;
  // Over all inbound contacts: how many repeat one of the same customer and topic within 7 days.
  virtual RepeatCount RepeatAll() = 0;
  // The event as it is stored, found by its id (or by identifier and time, where a store has no
  // such query).
  virtual bool ReadBack(const Event& event, Row* row) = 0;
};

std::unique_ptr<Peer> NewCxjourneyPeer(bool default_rules);
std::unique_ptr<Peer> NewSqlitePeer();
std::unique_ptr<Peer> NewRocksdbPeer();

[[noreturn]] void Die(const std::string& what);

// What the other stores do to a value before they look it up: just enough for this workload's two
// spellings of a phone, which costs them nothing like a real normaliser.
std::string NormalizeForPeer(IdentifierType type, std::string_view value);

}  // namespace cxjourney::bench
