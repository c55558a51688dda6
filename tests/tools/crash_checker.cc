// Checks a store that cxj_crash_writer wrote and something interrupted or damaged.
//
//   cxj_crash_checker DIR [ACKS]
//
// Exits with 0: the store is consistent, holds every operation listed in ACKS with the right
// content, no half operation and nothing that was never written. 2: the store itself reports
// damage. 1: something is wrong or lost.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>

#include "tests/tools/crash_plan.h"

namespace {

using crash::Kind;
using cxjourney::Touchpoint;
using cxjourney::Tracker;

int failures = 0;

void Fail(const std::string& what) {
  if (++failures <= 10) std::fprintf(stderr, "WRONG: %s\n", what.c_str());
}

[[noreturn]] void Reported(const cxjourney::Status& status) {
  std::fprintf(stderr, "REPORTED: %s\n", status.ToString().c_str());
  std::exit(2);
}

std::set<uint64_t> ReadAcks(const char* path) {
  std::set<uint64_t> acks;
  std::ifstream file(path);
  for (uint64_t n = 0; file >> n;) acks.insert(n);
  return acks;
}

bool SameContent(const Touchpoint& held, const Touchpoint& written) {
  bool same = held.event_time == written.event_time && held.channel == written.channel &&
              held.purpose == written.purpose && held.topics == written.topics &&
              held.queue == written.queue && held.revision == written.revision &&
              held.attributes.size() == 1 && held.identifiers.size() == written.identifiers.size();
  if (!same) return false;
  for (const auto& identifier : written.identifiers) {
    const std::string shown = crash::HasDisplayValues() ? identifier.value : "";
    bool found = false;
    for (const auto& other : held.identifiers) {
      found |= other.name_space == identifier.name_space && other.value == shown;
    }
    if (!found) return false;
  }
  const auto* note = std::get_if<std::string>(&held.attributes[0].value);
  return held.attributes[0].key == "note" && held.attributes[0].personal && note != nullptr &&
         *note == std::get<std::string>(written.attributes[0].value);
}

// Everything in the store: revision held, by operation and part.
using Held = std::map<std::pair<uint64_t, unsigned>, uint32_t>;

void TakeTouchpoint(const Touchpoint& touchpoint, Held* held) {
  unsigned long long n = 0;
  unsigned part = 0;
  char rest = 0;
  bool known = touchpoint.source == "crash" &&
               std::sscanf(touchpoint.id.c_str(), "%llu.%u%c", &n, &part, &rest) == 2 &&
               part < crash::PartsOf(n);
  if (!known) return Fail("a touchpoint that was never written: " + touchpoint.id);
  if (touchpoint.revision > (crash::KindOf(n) == Kind::kRevise ? 1U : 0U) ||
      !SameContent(touchpoint, crash::TouchpointOf(n, part, touchpoint.revision))) {
    return Fail("content of " + touchpoint.id);
  }
  if (!held->emplace(std::pair(n, part), touchpoint.revision).second) {
    Fail("held twice: " + touchpoint.id);
  }
}

Held ReadStore(const Tracker& tracker) {
  Held held;
  cxjourney::HistoryQuery query;
  query.limit = 1'000'000;
  auto after = cxjourney::CustomerId::kNone;
  while (true) {
    auto customers = tracker.ListCustomers(after, 1000);
    if (!customers.ok()) Reported(customers.status());
    if (customers->empty()) return held;
    for (auto customer : *customers) {
      auto journey = tracker.History(customer, query);
      if (!journey.ok()) Reported(journey.status());
      for (const Touchpoint& touchpoint : journey->touchpoints) TakeTouchpoint(touchpoint, &held);
    }
    after = customers->back();
  }
}

void CheckOperation(const Tracker& tracker, const Held& held, uint64_t n) {
  auto pair = crash::PairOf(n);
  auto a = tracker.Resolve(pair[0]);
  auto b = tracker.Resolve(pair[1]);
  for (unsigned part = 0; part < crash::PartsOf(n); ++part) {
    if (!held.contains({n, part})) Fail("lost: touchpoint " + std::to_string(n));
  }
  if (crash::KindOf(n) == Kind::kMustLink && !(a.ok() && b.ok() && *a == *b)) {
    Fail("lost: must-link " + std::to_string(n));
  }
  if (crash::KindOf(n) == Kind::kUnlink && !(a.ok() && b.ok() && *a != *b)) {
    Fail("lost: unlink " + std::to_string(n));
  }
  if (crash::KindOf(n) == Kind::kRevise && held.contains({n, 0}) && held.at({n, 0}) != 1) {
    Fail("lost: revision of " + std::to_string(n));
  }
}

void CheckBatches(const Held& held) {
  for (const auto& [place, revision] : held) {
    if (crash::KindOf(place.first) != Kind::kBatch) continue;
    for (unsigned part = 0; part < crash::PartsOf(place.first); ++part) {
      if (!held.contains({place.first, part})) Fail("half a batch: " + std::to_string(place.first));
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s DIR [ACKS]\n", argv[0]);
    return 64;
  }
  crash::FixedKey key;
  auto opened = Tracker::Open(argv[1], crash::StoreOptions(&key));
  if (!opened.ok()) Reported(opened.status());
  Tracker& tracker = **opened;
  Held held = ReadStore(tracker);
  CheckBatches(held);
  if (argc > 2) {
    for (uint64_t n : ReadAcks(argv[2])) CheckOperation(tracker, held, n);
  }
  auto verified = tracker.Verify();
  if (!verified.ok()) Reported(verified.status());
  for (const std::string& problem : verified->problems) Fail("verify: " + problem);
  if (auto closed = tracker.Close(); !closed.ok()) Reported(closed);
  return failures == 0 ? 0 : 1;
}
