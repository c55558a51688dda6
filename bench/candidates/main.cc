// cxj_index_candidates: what an index of our blocks costs in each store that could hold it. The
// directory of the vault maps keyed hashes of 12 bytes to numbers of islands; here the same entries
// go, seal by seal, each seal durable when it returns, into
//   own      the vault itself, with seals that only enter keys: its runs, their merging, its heads
//   rocksdb  a table of keys; words behind it choose: -ingest hands it a sorted file at each seal,
//            -log keeps a log and syncs it at each seal; with neither the memtable is flushed;
//            -universal instead of levels; -lz4 compresses; -small has a block cache of 8 MiB
//            instead of 1 GiB
//   lmdb     one transaction a seal, its keys sorted
// The entries are those of the peers' workload: a key for each touchpoint, one for each identifier
// when it is new. Left out: islands (one for each customer is pretended, none ever joins), the
// placeholders' entries, and the look-up of each key before a seal enters it, which is shown apart.
// Every candidate runs in processes of its own.
#include <absl/container/flat_hash_set.h>
#include <fmt/format.h>
#include <malloc.h>
#include <sodium.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "bench/candidates/index.h"
#include "bench/peers/machine.h"
#include "bench/workload.h"

namespace cxjourney::bench {

namespace {

Key KeyOf(int kind, std::string_view text) {
  constexpr std::array<uint8_t, crypto_shorthash_siphashx24_KEYBYTES> kHashKey = {7};
  const std::string bytes = static_cast<char>(kind) + std::string(text);
  std::array<uint8_t, crypto_shorthash_siphashx24_BYTES> hash;
  crypto_shorthash_siphashx24(hash.data(), reinterpret_cast<const uint8_t*>(bytes.data()),
                              bytes.size(), kHashKey.data());
  Key key;
  std::copy_n(hash.begin(), key.size(), key.begin());
  return key;
}

// The two spellings of a phone have their last ten digits in common.
Key KeyOf(const EventIdentifier& identifier) {
  std::string text(identifier.value());
  if (identifier.type == IdentifierType::kPhone) {
    std::erase(text, ' ');
    text.erase(0, text.size() - std::min<size_t>(text.size(), 10));
  }
  return KeyOf(1 + static_cast<int>(identifier.type), text);
}

// One list for each seal.
std::vector<Entries> MakeSeals(uint64_t touchpoints, uint64_t touchpoints_per_seal) {
  std::vector<Entries> seals;
  Workload workload(touchpoints);
  std::vector<uint32_t> islands(workload.customers() + 1);
  uint32_t next_island = 1;
  absl::flat_hash_set<std::string> known;
  Event event;
  for (uint64_t made = 0; workload.Next(&event); ++made) {
    if (made % touchpoints_per_seal == 0) seals.emplace_back();
    uint32_t& island = islands[event.customer];
    if (island == 0) island = next_island++;
    const std::string_view id(reinterpret_cast<const char*>(event.id.data()), event.id.size());
    seals.back().push_back({KeyOf(0, id), island});
    for (size_t i = 0; i < event.identifier_count; ++i) {
      if (IsJunk(event.identifiers[i].value())) continue;
      const Key key = KeyOf(event.identifiers[i]);
      if (known.emplace(key.begin(), key.end()).second) seals.back().push_back({key, island});
    }
  }
  return seals;
}

// What the child processes write and the parent reads.
struct Figures {
  double cpu_s = 0;
  double wall_s = 0;
  double written = 0;
  double present_us = 0;
  double absent_us = 0;
  double cold_us = 0;
  double open_ms = 0;
  double memory_mib = 0;
  uint64_t wrong = 0;
  uint64_t damage = 0;
};

// The signal that ended it, or 0.
int InChild(const std::function<void()>& run) {
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child < 0) Die("fork");
  if (child == 0) {
    run();
    std::_Exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) != 0) Die("a child failed");
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

// What is freed is given back first, so that only what is held counts.
double AnonymousMib() {
  malloc_trim(0);
  std::ifstream in("/proc/self/status");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("RssAnon:")) return std::stod(line.substr(8)) / 1024;
  }
  return 0;
}

struct Trial {
  std::string name;
  std::string folder;
  const std::vector<Entries>* seals = nullptr;
  Entries all;  // In the order of their keys.
  Figures* figures = nullptr;
};

void Write(const Trial& trial) {
  Figures& figures = *trial.figures;
  const double wall = WallSeconds();
  const double cpu = CpuSeconds();
  const double written = WrittenBytes();
  std::unique_ptr<Index> index = MakeIndex(trial.name);
  if (!index->Open(trial.folder)) Die(trial.name + " does not open");
  for (Entries entries : *trial.seals) index->Seal(&entries);
  index->Settle();
  index.reset();
  figures.cpu_s = CpuSeconds() - cpu;
  figures.wall_s = WallSeconds() - wall;
  figures.written = WrittenBytes() - written;
}

constexpr uint64_t kLookUps = 100'000;
constexpr uint64_t kColdLookUps = 50;

Key Absent(uint64_t number) { return KeyOf(99, std::to_string(number)); }

const Entry& Present(const Trial& trial, uint64_t number) {
  return trial.all[Mix(number) % trial.all.size()];
}

double MicrosecondsOfPass(const Trial& trial, Index* index, bool present) {
  std::vector<Key> keys;
  for (uint64_t i = 0; i < kLookUps; ++i) {
    keys.push_back(present ? Present(trial, i).key : Absent(i));
  }
  uint32_t island = 0;
  uint64_t found = 0;
  const double start = WallSeconds();
  for (const Key& key : keys) found += index->Find(key, &island) == Found::kYes ? 1 : 0;
  const double seconds = WallSeconds() - start;
  if (found != (present ? kLookUps : 0)) Die(trial.name + " answers wrongly");
  return seconds * 1e6 / static_cast<double>(kLookUps);
}

void LookUpWarm(const Trial& trial) {
  const double memory = AnonymousMib();
  std::unique_ptr<Index> index = MakeIndex(trial.name);
  if (!index->Open(trial.folder)) Die(trial.name + " does not open");
  for (bool present : {true, false}) MicrosecondsOfPass(trial, index.get(), present);
  // The keys that were drawn are gone again: what is left is the store's.
  trial.figures->memory_mib = AnonymousMib() - memory;
  trial.figures->present_us = MicrosecondsOfPass(trial, index.get(), true);
  trial.figures->absent_us = MicrosecondsOfPass(trial, index.get(), false);
}

double MedianOf(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
  return values[values.size() / 2];
}

// Opened anew for each, because nobody can drop pages that a process has mapped.
void LookUpCold(const Trial& trial) {
  std::vector<double> opened;
  std::vector<double> found;
  for (uint64_t i = 0; i < kColdLookUps; ++i) {
    std::unique_ptr<Index> index = MakeIndex(trial.name);
    DropCache(trial.folder);
    const double start = WallSeconds();
    if (!index->Open(trial.folder)) Die(trial.name + " does not open");
    opened.push_back((WallSeconds() - start) * 1e3);
    DropCache(trial.folder);
    uint32_t island = 0;
    const double asked = WallSeconds();
    if (index->Find(Present(trial, i).key, &island) != Found::kYes) Die("not found");
    found.push_back((WallSeconds() - asked) * 1e6);
  }
  trial.figures->open_ms = MedianOf(std::move(opened));
  trial.figures->cold_us = MedianOf(std::move(found));
}

void LookUpEverything(const Trial& trial, const std::string& folder) {
  alarm(120);  // A tree with a damaged page may have a circle.
  trial.figures->wrong = 0;
  trial.figures->damage = 1;
  std::unique_ptr<Index> index = MakeIndex(trial.name);
  if (!index->Open(folder)) return;
  trial.figures->damage = 0;
  for (const Entry& entry : trial.all) {
    uint32_t island = 0;
    const Found found = index->Find(entry.key, &island);
    if (found == Found::kDamage) {
      ++trial.figures->damage;
    } else if (found == Found::kNo || island != entry.island) {
      ++trial.figures->wrong;
    }
  }
}

void FlipByte(const std::string& folder, int part, int parts) {
  std::filesystem::path largest;
  uint64_t size = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file() || entry.file_size() <= size) continue;
    largest = entry.path();
    size = entry.file_size();
  }
  std::fstream file(largest, std::ios::in | std::ios::out | std::ios::binary);
  const auto at =
      static_cast<std::streamoff>(size * (2 * uint64_t(part) + 1) / (2 * uint64_t(parts)));
  file.seekg(at);
  const int byte = file.get();
  file.seekp(at);
  file.put(static_cast<char>(~byte));
}

struct Flips {
  int detected = 0;
  int crashed = 0;
  int wrong = 0;
  int unnoticed = 0;
};

// Of copies of the store, each with another byte of its largest file flipped.
Flips TryFlips(const Trial& trial, int flips) {
  Flips result;
  for (int i = 0; i < flips; ++i) {
    const std::string copy = trial.folder + ".flipped";
    std::filesystem::copy(trial.folder, copy, std::filesystem::copy_options::recursive);
    FlipByte(copy, i, flips);
    const int signal = InChild([&] { LookUpEverything(trial, copy); });
    std::filesystem::remove_all(copy);
    if (signal != 0) {
      ++result.crashed;
    } else if (trial.figures->wrong > 0) {
      ++result.wrong;
    } else {
      ++(trial.figures->damage > 0 ? result.detected : result.unnoticed);
    }
  }
  return result;
}

void PrintHead() {
  fmt::print(
      "us of processor and by the clock, bytes written and on disk: of a touchpoint; look-ups\n");
  fmt::print(
      "of keys that are present, absent, and present with files cold; opening with files cold;\n");
  fmt::print("flipped bytes: detected/crashed/wrong answers/unnoticed, with right answers\n");
  fmt::print("{:>9} {:<34} {:>6} {:>6} {:>7} {:>6} {:>7} {:>6} {:>5} {:>5} {:>5} {}\n", "", "",
             "cpu us", "us", "written", "disk", "present", "absent", "cold", "ms", "MiB", "flips");
}

void PrintRow(const Trial& trial, const Figures& figures, double count, double disk,
              const Flips& flips) {
  fmt::print(
      "{:>9.0f} {:<34} {:>6.2f} {:>6.2f} {:>7.0f} {:>6.1f} {:>7.2f} {:>6.2f} {:>5.0f}"
      " {:>5.1f} {:>5.1f} {}/{}/{}/{}\n",
      count, trial.name, figures.cpu_s * 1e6 / count, figures.wall_s * 1e6 / count,
      figures.written / count, disk / count, figures.present_us, figures.absent_us, figures.cold_us,
      figures.open_ms, figures.memory_mib, flips.detected, flips.crashed, flips.wrong,
      flips.unnoticed);
  std::fflush(stdout);
}

void Run(Trial* trial, uint64_t touchpoints, int flips) {
  std::filesystem::create_directories(trial->folder);
  const auto in_child = [&](void (*part)(const Trial&)) {
    if (InChild([&] { part(*trial); }) != 0) Die(trial->name + " was ended by a signal");
  };
  in_child(Write);
  const double disk = static_cast<double>(DiskBytes(trial->folder));
  in_child(LookUpWarm);
  in_child(LookUpCold);
  const Figures figures = *trial->figures;
  const Flips flipped = TryFlips(*trial, flips);
  std::filesystem::remove_all(trial->folder);
  PrintRow(*trial, figures, static_cast<double>(touchpoints), disk, flipped);
}

struct Arguments {
  std::vector<uint64_t> touchpoints = {200'000, 2'000'000};
  std::vector<std::string> indexes = {"own", "rocksdb-log", "rocksdb-ingest-universal",
                                      "rocksdb-ingest-universal-lz4-small", "lmdb"};
  uint64_t seal = 40'000;  // Touchpoints: what Options::seal_bytes leads to.
  int rounds = 2;
  int flips = 5;
  std::string folder = std::filesystem::temp_directory_path().string();
};

void RunAll(const Arguments& arguments) {
  void* shared =
      mmap(nullptr, sizeof(Figures), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) Die("mmap");
  fmt::print("{}, {} touchpoints a seal\n", MachineDescription(), arguments.seal);
  PrintHead();
  for (uint64_t touchpoints : arguments.touchpoints) {
    const std::vector<Entries> seals = MakeSeals(touchpoints, arguments.seal);
    Trial trial;
    trial.seals = &seals;
    trial.figures = new (shared) Figures;
    for (const Entries& seal : seals) trial.all.insert(trial.all.end(), seal.begin(), seal.end());
    SortByKey(&trial.all);
    fmt::print("{:>9} {:.2f} keys a touchpoint, {} seals\n", touchpoints,
               static_cast<double>(trial.all.size()) / static_cast<double>(touchpoints),
               seals.size());
    for (int round = 0; round < arguments.rounds; ++round) {
      for (const std::string& name : arguments.indexes) {
        trial.name = name;
        trial.folder = fmt::format("{}/cxj_index.{}", arguments.folder, getpid());
        Run(&trial, touchpoints, arguments.flips);
      }
    }
  }
  munmap(shared, sizeof(Figures));
}

}  // namespace
}  // namespace cxjourney::bench

int main(int argc, char** argv) {
  cxjourney::bench::Arguments arguments;
  CLI::App app("Stores as the index of the vault's blocks");
  app.add_option("--touchpoints", arguments.touchpoints)->delimiter(',');
  app.add_option("--indexes", arguments.indexes, "See the head of the source")->delimiter(',');
  app.add_option("--seal", arguments.seal, "Touchpoints a seal");
  app.add_option("--rounds", arguments.rounds);
  app.add_option("--flips", arguments.flips, "Copies to flip a byte in");
  app.add_option("--folder", arguments.folder, "On the disk to measure")
      ->check(CLI::ExistingDirectory);
  CLI11_PARSE(app, argc, argv);
  if (sodium_init() < 0) return 1;
  cxjourney::bench::RunAll(arguments);
  return 0;
}
