// What is asked of every store, drawn from the events it was given.
#pragma once

#include <vector>

#include "bench/peers/drive.h"

namespace cxjourney::bench {

struct Questions {
  std::vector<LookUp> active;   // By activity: the customer of a random event.
  std::vector<LookUp> uniform;  // A customer, each equally likely.
  std::vector<RepeatLookUp> repeats;
  std::vector<Event> read_back;
};

Questions MakeQuestions(const DriveOptions& options);

}  // namespace cxjourney::bench
