// A store that does the work of the comparison. Each runs in a process of its own.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/must.h"
#include "bench/workload.h"

namespace cxjourney::bench {

// The order of a history: by time, then id.
inline bool IsNewer(const Row& a, const Row& b) {
  return a.time_ms != b.time_ms ? a.time_ms > b.time_ms : a.id > b.id;
}

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

// Questions over everything that is stored.
enum class Analysis : uint8_t {
  kRepeats,      // Inbound contacts, and how many repeat one of the same topic within 7 days.
  kTransitions,  // How often one channel directly follows another in a journey.
  kFunnel,       // View, then inbound contact, then purchase, within 7 days of the view.
};

inline constexpr size_t kEventChannels = 10;

struct Answers {
  uint64_t contacts = 0;
  uint64_t repeats = 0;
  std::array<uint64_t, kEventChannels* kEventChannels> transitions = {};  // From x 10 + to.
  std::array<uint64_t, 3> funnel = {};  // Customers that came this far.

  friend bool operator==(const Answers&, const Answers&) = default;
};

// Every method ends the process with a message on a failure: a figure of a broken run is none.
class Peer {
 public:
  virtual ~Peer() = default;
  virtual std::string Name() const = 0;
  virtual void Open(const std::string& folder) = 0;  // With all it holds.
  virtual void Close() = 0;                          // Everything on disk.

  // Makes the store's own input objects of the next events to ingest; not timed, as a caller of
  // that store has them from the start. Encoding and normalising are the store's work: timed.
  virtual void Prepare(const std::vector<Event>& events) = 0;
  // Returns when what was prepared is durable and linked: a look-up by any identifier finds it.
  virtual void Ingest() = 0;
  // Whatever makes the store its best after a bulk load; timed apart.
  virtual void Finish() {}
  // Commits each event by itself, durably, from as many threads as there are lists; seconds that
  // took by the clock. Negative: the store has one writer.
  virtual double IngestFromThreads(const std::vector<std::vector<Event>>& events) {
    static_cast<void>(events);
    return -1;
  }

  // Questions that take milliseconds each are asked less often.
  virtual size_t QuestionsMax() const { return SIZE_MAX; }
  // Where a server does the work: its share, from when it was first opened.
  virtual double ServerCpuSeconds() const { return 0; }
  virtual double ServerWrittenBytes() const { return 0; }
  // On disk; 0: everything in the folder counts.
  virtual uint64_t UsedBytes() { return 0; }
  // What of its bytes on disk is stated apart; asked while it is closed, and closed afterwards.
  virtual std::vector<std::pair<std::string, double>> DiskParts(const std::string& folder) {
    static_cast<void>(folder);
    return {};
  }
  // Newest first; limit 0: all. The answer stays in the store's own form until the next question.
  virtual void History(const LookUp& who, size_t limit) = 0;
  // The last answer, converted for the comparison: not timed.
  virtual std::vector<Row> Rows() const = 0;
  virtual bool Repeat(const RepeatLookUp& question) = 0;
  virtual void Analyze(Analysis analysis, Answers* answers) = 0;
  // The event as it is stored, found by its id (or by identifier and time, where a store has no
  // such query).
  virtual bool ReadBack(const Event& event, Row* row) = 0;
};

// What every store but cxjourney takes as input, and how it answers: plain structs.
class PlainPeer : public Peer {
 public:
  void Prepare(const std::vector<Event>& events) override { prepared_ = events; }
  std::vector<Row> Rows() const override { return rows_; }

 protected:
  std::vector<Event> prepared_;
  std::vector<Row> rows_;
};

// How cxjourney is set up for a run.
enum class Setting : uint8_t {
  kWorkloadRules,    // The other stores' customers: no limits, the placeholders blocked.
  kDefaultRules,     // A new store's rules, the placeholders blocked.
  kNoPolicies,       // kWorkloadRules with one policy under which no contact exists.
  kBudget,           // kDefaultRules with kBudgetMib of memory.
  kNoDisplayValues,  // kWorkloadRules, and identifiers' values are not kept.
};
inline constexpr uint64_t kBudgetMib = 256;

std::unique_ptr<Peer> NewCxjourneyPeer(Setting setting);
enum class Ids : uint8_t {
  kUnique,  // The events' ids under a unique index, as everywhere.
  kNone,    // Left out, as the bars of the project were set without them.
};
std::unique_ptr<Peer> NewFloorPeer(Ids ids);
std::unique_ptr<Peer> NewDuckdbPeer();  // Where it was found by the build: CXJ_HAVE_DUCKDB.
std::unique_ptr<Peer> NewLmdbPeer();
enum class Identifiers : uint8_t {
  kInStore,
  kInMemory,  // A map beside the store, read at open: look-ups cost memory, not reads.
};
std::unique_ptr<Peer> NewPostgresPeer();  // As above: CXJ_POSTGRES.
std::unique_ptr<Peer> NewRocksdbPeer(Identifiers identifiers);
std::unique_ptr<Peer> NewSqlitePeer();

// What the other stores do to a value before they look it up: just enough for this workload's two
// spellings of a phone, which costs them nothing like a real normaliser.
EventIdentifier NormalizeForPeer(IdentifierType type, std::string_view value);

}  // namespace cxjourney::bench
