// Writes operations for ever (or --count of them) and prints the number of each one that the
// store acknowledged, for the crash, power-cut and fault-injection tools beside this file.
//
//   cxj_crash_writer DIR [FIRST] [--threads W] [--count N] [--go-on]
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <thread>

#include "tests/tools/crash_plan.h"

namespace {

using crash::Kind;

struct Settings {
  std::string dir;
  uint64_t first = 1;
  uint64_t count = 0;  // 0: no end.
  unsigned threads = 4;
  bool go_on = false;  // After a failure, as a careless caller would.
};

cxjourney::Status Carry(cxjourney::Tracker* tracker, uint64_t n) {
  auto pair = crash::PairOf(n);
  switch (crash::KindOf(n)) {
    case Kind::kOne:
      return tracker->Record(crash::TouchpointOf(n, 0)).status();
    case Kind::kBatch: {
      auto receipts = tracker->RecordAll(
          {crash::TouchpointOf(n, 0), crash::TouchpointOf(n, 1), crash::TouchpointOf(n, 2)});
      return receipts.status();
    }
    case Kind::kMustLink:
      return tracker->MustLink({pair[0], pair[1]}, {"crash", "test"}).status();
    case Kind::kUnlink: {
      auto recorded = tracker->Record(crash::TouchpointOf(n, 0));
      if (!recorded.ok()) return recorded.status();
      return tracker->Unlink(pair[0], pair[1], {"crash", "test"}).status();
    }
    case Kind::kRevise: {
      auto recorded = tracker->Record(crash::TouchpointOf(n, 0));
      if (!recorded.ok()) return recorded.status();
      return tracker->Record(crash::TouchpointOf(n, 0, 1)).status();
    }
  }
  return cxjourney::Status();
}

void Acknowledge(uint64_t n) {
  static std::mutex mutex;
  std::lock_guard<std::mutex> lock(mutex);
  std::printf("%llu\n", static_cast<unsigned long long>(n));
  std::fflush(stdout);
}

Settings Parse(int argc, char** argv) {
  Settings settings;
  for (int i = 1; i < argc; ++i) {
    std::string word = argv[i];
    if (word == "--go-on") {
      settings.go_on = true;
    } else if (word == "--threads" && i + 1 < argc) {
      settings.threads = static_cast<unsigned>(std::strtoul(argv[++i], nullptr, 10));
    } else if (word == "--count" && i + 1 < argc) {
      settings.count = std::strtoull(argv[++i], nullptr, 10);
    } else if (settings.dir.empty()) {
      settings.dir = word;
    } else {
      settings.first = std::strtoull(word.c_str(), nullptr, 10);
    }
  }
  return settings;
}

}  // namespace

int main(int argc, char** argv) {
  Settings settings = Parse(argc, argv);
  if (settings.dir.empty()) {
    std::fprintf(stderr, "usage: %s DIR [FIRST] [--threads W] [--count N] [--go-on]\n", argv[0]);
    return 64;
  }
  crash::FixedKey key;
  auto tracker = cxjourney::Tracker::Open(settings.dir, crash::StoreOptions(&key));
  if (!tracker.ok()) {
    std::fprintf(stderr, "%s\n", tracker.status().ToString().c_str());
    return 3;
  }
  std::atomic<uint64_t> next{settings.first};
  std::atomic<bool> failed{false};
  const auto work = [&] {
    while (settings.go_on || !failed) {
      uint64_t n = next++;
      if (settings.count != 0 && n >= settings.first + settings.count) return;
      cxjourney::Status status = Carry(tracker->get(), n);
      if (status.ok()) {
        Acknowledge(n);
      } else {
        failed = true;
      }
    }
  };
  std::vector<std::thread> threads;
  for (unsigned i = 1; i < settings.threads; ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  bool closed = (*tracker)->Close().ok();
  return failed || !closed ? 3 : 0;
}
