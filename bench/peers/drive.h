// Runs one store through the workload and its queries, and times it.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "bench/peers/peer.h"

namespace cxjourney::bench {

struct DriveOptions {
  uint64_t events = 200'000;
  size_t batch = 1000;            // Events a commit.
  uint64_t single_events = 2000;  // Recorded one a commit, behind the rest.
  size_t queries = 20'000;
};

// Name and value, in the order they were measured.
using Figures = std::vector<std::pair<std::string, double>>;

struct DriveResult {
  Figures figures;
  std::string check;  // A digest of the answers: equal for stores with equal rules.
};

// `folder` is empty. Ends the process when something that was read back differs from what went in.
DriveResult Drive(Peer* peer, const std::string& folder, const DriveOptions& options);

}  // namespace cxjourney::bench
