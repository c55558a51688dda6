// cxj_peers: the same stream of events and the same questions on several stores, as a table of
// ratios and as lines of JSON. docs/BENCH.md explains the figures; scripts/bench runs it.
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>

#include "bench/peers/drive.h"
#include "bench/peers/machine.h"
#include "bench/peers/peer.h"

namespace cxjourney::bench {

namespace {

using Run = std::function<DriveResult(const std::string& folder, const DriveOptions& options)>;

struct Entry {
  Run run;
  bool compared = true;  // Its answers must be those of the others.
};

constexpr size_t kSinglesOfOthers = 200;  // Nothing is scaled by them.

Entry Store(std::function<std::unique_ptr<Peer>()> make, bool compared = true) {
  return {[make](const std::string& folder, DriveOptions options) {
            options.singles = std::min(options.singles, kSinglesOfOthers);
            return Drive(make().get(), folder, options);
          },
          compared};
}

// With the limits of the machine beside it. With the default rules its answers are others, so that
// histories are the last thing asked.
Entry Cxjourney(Setting setting) {
  bool compared = setting == Setting::kWorkloadRules;
  return {[=](const std::string& folder, DriveOptions options) {
            options.limits = true;
            if (!compared) options.extent = std::min(options.extent, Extent::kHistory);
            return Drive(NewCxjourneyPeer(setting).get(), folder, options);
          },
          compared};
}

DriveResult DrivePolicies(const std::string& folder, const DriveOptions& options) {
  auto three = NewCxjourneyPeer(Setting::kWorkloadRules);
  auto none = NewCxjourneyPeer(Setting::kNoPolicies);
  return DrivePair(three.get(), none.get(), folder, options);
}

// How much more memory the process takes with a store that has a budget than without any store.
DriveResult DriveBudget(const std::string& folder, DriveOptions options) {
  options.extent = std::min(options.extent, Extent::kHistory);
  const double before = PeakMemoryMib();
  DriveResult result = Drive(NewCxjourneyPeer(Setting::kBudget).get(), folder, options);
  result.figures.emplace_back("memory_over_budget",
                              (PeakMemoryMib() - before) / static_cast<double>(kBudgetMib));
  return result;
}

DriveResult DriveClean(const std::string& folder, const DriveOptions& options) {
  auto peer = NewCxjourneyPeer(Setting::kDefaultRules);
  DriveOptions ingest = options;
  ingest.extent = Extent::kIngest;
  Drive(peer.get(), folder, ingest);
  return DriveOpen(peer.get(), folder, options);
}

// A child records everything and is gone.
DriveResult DriveCrash(const std::string& folder, const DriveOptions& options) {
  pid_t child = fork();
  if (child == 0) DriveToCrash(NewCxjourneyPeer(Setting::kDefaultRules).get(), folder, options);
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child || status != 0) Die("the writer failed");
  return DriveOpen(NewCxjourneyPeer(Setting::kDefaultRules).get(), folder, options);
}

const std::map<std::string, Entry>& Entries() {
  static const std::map<std::string, Entry> entries = {
      {"cxjourney", Cxjourney(Setting::kWorkloadRules)},
      {"cxjourney-default", Cxjourney(Setting::kDefaultRules)},
      {"cxjourney-no-display-values", Cxjourney(Setting::kNoDisplayValues)},
      {"cxjourney-policies", {DrivePolicies, false}},
      {"cxjourney-budget", {DriveBudget, false}},
      {"cxjourney-open-clean", {DriveClean, false}},
      {"cxjourney-open-crash", {DriveCrash, false}},
#ifdef CXJ_HAVE_DUCKDB
      {"duckdb", Store(NewDuckdbPeer)},
#endif
      {"floor", Store([] { return NewFloorPeer(Ids::kUnique); })},
      {"floor-without-ids", Store([] { return NewFloorPeer(Ids::kNone); }, false)},
      {"lmdb", Store(NewLmdbPeer)},
#ifdef CXJ_POSTGRES
      {"postgres", Store(NewPostgresPeer)},
#endif
      {"rocksdb", Store([] { return NewRocksdbPeer(Identifiers::kInStore); })},
      {"rocksdb-map", Store([] { return NewRocksdbPeer(Identifiers::kInMemory); })},
      {"sqlite", Store(NewSqlitePeer)}};
  return entries;
}

// In a process of its own, so that memory and processor time are this store's alone. The result
// comes back through a file.
DriveResult RunApart(const std::string& name, const std::string& folder,
                     const DriveOptions& options) {
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  std::string report = folder + ".report";
  pid_t child = fork();
  if (child < 0) Die("fork failed");
  if (child == 0) {
    DriveResult result = Entries().at(name).run(folder, options);
    std::ofstream out(report);
    out << result.check << '\n';
    for (const auto& [figure, value] : result.figures) {
      out << fmt::format("{} {}\n", value, figure);
    }
    out.close();
    std::_Exit(out ? 0 : 1);
  }
  int status = 0;
  bool ended = waitpid(child, &status, 0) == child && status == 0;
  DriveResult result;
  std::ifstream in(report);
  std::getline(in, result.check);
  double value = 0;
  for (std::string figure; in >> value && in.ignore(1) && std::getline(in, figure);) {
    result.figures.emplace_back(figure, value);
  }
  std::filesystem::remove_all(folder);
  std::filesystem::remove(report);
  if (!ended || result.figures.empty()) Die(name + ": the run failed");
  return result;
}

void AppendJson(const std::string& path, const std::string& name, const DriveOptions& options,
                const DriveResult& result) {
  std::string figures;
  for (const auto& [figure, value] : result.figures) {
    figures += fmt::format("{}\"{}\":{}", figures.empty() ? "" : ",", figure, value);
  }
  std::ofstream out(path, std::ios::app);
  out << fmt::format(
      "{{\"store\":\"{}\",\"events\":{},\"batch\":{},\"check\":\"{}\",\"figures\":"
      "{{{}}}}}\n",
      name, options.events, options.batch, result.check, figures);
  if (!out.flush()) Die("cannot write " + path);
}

using Results = std::map<std::string, std::vector<DriveResult>>;

// Nothing, where the store has no such figure.
std::vector<double> ValuesOf(const std::vector<DriveResult>& runs, const std::string& figure) {
  std::vector<double> values;
  for (const DriveResult& run : runs) {
    for (const auto& [name, value] : run.figures) {
      if (name == figure) values.push_back(value);
    }
  }
  std::sort(values.begin(), values.end());
  return values;
}

// Medians over the rounds, each behind the ratio to the first store.
void PrintTable(const std::vector<std::string>& names, const Results& results) {
  fmt::print("| figure |");
  for (const std::string& name : names) fmt::print(" {} |", name);
  fmt::print("\n|---|");
  for (size_t i = 0; i < names.size(); ++i) fmt::print("---|");
  fmt::print("\n");
  std::vector<std::string> figures;
  for (const std::string& name : names) {
    for (const auto& [figure, value] : results.at(name).front().figures) {
      if (std::find(figures.begin(), figures.end(), figure) == figures.end()) {
        figures.push_back(figure);
      }
    }
  }
  for (const std::string& figure : figures) {
    fmt::print("| {} |", figure);
    double first = 0;
    for (const std::string& name : names) {
      std::vector<double> values = ValuesOf(results.at(name), figure);
      double median = values.empty() ? 0 : values[values.size() / 2];
      if (name == names.front()) first = median;
      if (values.empty()) {
        fmt::print(" |");
      } else if (name == names.front() || first <= 0) {
        fmt::print(" {:.4g} |", median);
      } else {
        fmt::print(" {:.4g} (x {:.2g}) |", median, median / first);
      }
    }
    fmt::print("\n");
  }
}

int CompareAnswers(const std::vector<std::string>& names, const Results& results) {
  std::string check;
  for (const std::string& name : names) {
    if (!Entries().at(name).compared) continue;
    for (const DriveResult& run : results.at(name)) {
      if (check.empty()) check = run.check;
      if (run.check == check) continue;
      fmt::print("\nANSWERS DIFFER: {} says {}, not {}\n", name, run.check, check);
      return 1;
    }
  }
  if (!check.empty()) fmt::print("\nall stores gave the same answers: {}\n", check);
  return 0;
}

int RunAll(const DriveOptions& options, const std::vector<std::string>& names, int rounds,
           const std::string& folder, const std::string& json) {
  Results results;
  for (int round = 0; round < rounds; ++round) {
    for (const std::string& name : names) {
      double start = WallSeconds();
      results[name].push_back(RunApart(name, folder, options));
      if (!json.empty()) AppendJson(json, name, options, results[name].back());
      fmt::print(stderr, "round {} {}: {:.1f} s\n", round + 1, name, WallSeconds() - start);
    }
  }
  fmt::print("{}\n{} touchpoints, {} a commit, median of {} rounds; (x N): N times {}'s\n\n",
             MachineDescription(), options.events, options.batch, rounds, names.front());
  PrintTable(names, results);
  return CompareAnswers(names, results);
}

const std::map<std::string, StreamKind> kStreams = {
    {"shop", StreamKind::kShop},
    {"one_customer", StreamKind::kOneCustomer},
    {"shared_identifier", StreamKind::kSharedIdentifier},
    {"all_late", StreamKind::kAllLate},
    {"all_new", StreamKind::kAllNew}};
const std::map<std::string, Extent> kExtents = {
    {"ingest", Extent::kIngest}, {"history", Extent::kHistory}, {"all", Extent::kAll}};

}  // namespace
}  // namespace cxjourney::bench

int main(int argc, char** argv) {
  using namespace cxjourney::bench;
  CLI::App app("The same work on several stores");
  DriveOptions options;
  std::vector<std::string> names = {"cxjourney", "floor", "sqlite", "rocksdb", "lmdb"};
  int rounds = 1;
  std::string folder = (std::filesystem::temp_directory_path() / "cxj_peers").string();
  std::string json;
  app.add_option("--touchpoints", options.events, "how many")->check(CLI::Range(1000, 100000000));
  app.add_option("--batch", options.batch, "touchpoints a commit")->check(CLI::Range(1, 10000));
  app.add_option("--queries", options.queries, "of each kind")->check(CLI::Range(100, 1000000));
  app.add_option("--cold-queries", options.cold_queries, "with cold files");
  app.add_option("--singles", options.singles, "single commits")->check(CLI::Range(5, 100000));
  app.add_option("--stream", options.stream, "what is recorded")
      ->transform(CLI::CheckedTransformer(kStreams));
  app.add_option("--extent", options.extent, "how much is measured")
      ->transform(CLI::CheckedTransformer(kExtents));
  app.add_option("--stores", names, "in turn; the first is the one to compare with")
      ->delimiter(',')
      ->check(CLI::IsMember(Entries()));
  app.add_option("--rounds", rounds, "rounds over all stores")->check(CLI::Range(1, 99));
  app.add_option("--folder", folder, "work folder: emptied before and after");
  app.add_option("--json", json, "file to which every run is appended, a line each");
  CLI11_PARSE(app, argc, argv);
  return RunAll(options, names, rounds, folder + "-" + std::to_string(getpid()), json);
}
