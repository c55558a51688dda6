// Runs one store through a stream of events and its questions, and times it.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "bench/peers/peer.h"
#include "bench/peers/stream.h"

namespace cxjourney::bench {

enum class Extent : uint8_t {
  kIngest,   // Ingest, close, open again, read back.
  kHistory,  // And histories.
  kAll,      // And the questions over everything, single commits, cold files.
};

struct DriveOptions {
  StreamKind stream = StreamKind::kShop;
  Extent extent = Extent::kAll;
  uint64_t events = 200'000;
  size_t batch = 1000;  // Events a commit.
  size_t queries = 20'000;
  size_t read_backs = 10'000;
  size_t cold_queries = 300;
  size_t singles = 1000;  // Recorded one a commit, behind the rest.
  // Beside every commit, write as many bytes to a plain log, and beside every single one sync a
  // small write to a file that grows and into a preallocated one: what the machine allows at that
  // moment.
  bool limits = false;
};

// Name and value, in the order they were measured. "_cpu_" is processor time, background threads
// included; the others are by the clock.
using Figures = std::vector<std::pair<std::string, double>>;

struct DriveResult {
  Figures figures;
  std::string check;  // A digest of the answers: equal for stores with equal rules.
};

// `folder` is empty. Ends the process when something that was read back differs from what went in.
DriveResult Drive(Peer* peer, const std::string& folder, const DriveOptions& options);

// Records the same batches into two stores in turn; what the first costs more, by processor time.
DriveResult DrivePair(Peer* a, Peer* b, const std::string& folder, const DriveOptions& options);

// Records everything and ends the process as a crash would.
[[noreturn]] void DriveToCrash(Peer* peer, const std::string& folder, const DriveOptions& options);

// How long a store takes to open and to give its first answer. The files are dropped from the page
// cache before.
DriveResult DriveOpen(Peer* peer, const std::string& folder, const DriveOptions& options);

}  // namespace cxjourney::bench
