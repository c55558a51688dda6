// The parts of the demonstration, and what they share.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "cxjourney/tracker.h"
#include "interchange/reader.h"

namespace cxjourney::examples {

// Where the data lies and where the stores go.
struct Folders {
  std::string data = {};      // examples/data
  std::string mappings = {};  // examples/mappings
  std::string stores = {};    // A new, empty folder.
};

// What became of a file.
struct Imported {
  uint64_t rows = 0;
  uint64_t recorded = 0;
  uint64_t duplicate = 0;
  uint64_t refused = 0;
};

// A clock that stands still, so that the demonstration says the same every day.
class FixedClock : public Clock {
 public:
  explicit FixedClock(Timestamp now) : now_(now) {}
  Timestamp Now() override { return now_; }

 private:
  Timestamp now_;
};

// Records everything the reader gives, 1,000 touchpoints a commit. Notices of all receipts are
// appended to `notices` when that is not null.
Result<Imported> Import(interchange::Reader& reader, Tracker& tracker,
                        std::vector<Notice>* notices = nullptr);

// Each prints its part; the first failure ends the demonstration.
Status ShowStory(const Folders& folders);
Status ShowPurchases(const Folders& folders);
Status ShowTruthSet(const Folders& folders);
Status ShowShop(const Folders& folders);

void Headline(std::string_view text);
void Subline(std::string_view text);
std::string Number(uint64_t number);  // "1,234,567"
std::string Percent(const Ratio& ratio);
double SecondsSince(std::chrono::steady_clock::time_point start);

}  // namespace cxjourney::examples
