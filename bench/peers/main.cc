// cxj_peers: the same workload and questions on cxjourney, SQLite and RocksDB, as a table of
// ratios. docs/PERFORMANCE.md explains the rows.
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

[[noreturn]] void Die(const std::string& what) {
  fmt::print(stderr, "{}\n", what);
  std::exit(1);
}

namespace {

using Factory = std::function<std::unique_ptr<Peer>()>;

const std::map<std::string, Factory>& Factories() {
  static const std::map<std::string, Factory> factories = {
      {"cxjourney", [] { return NewCxjourneyPeer(false); }},
      {"cxjourney-default", [] { return NewCxjourneyPeer(true); }},
      {"sqlite", NewSqlitePeer},
      {"rocksdb", NewRocksdbPeer}};
  return factories;
}

// In a process of its own, so that memory and processor time are this store's alone. The result
// comes back through a file.
DriveResult DriveApart(const std::string& name, const std::string& folder,
                       const DriveOptions& options) {
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  std::string report = folder + ".report";
  pid_t child = fork();
  if (child < 0) Die("fork failed");
  if (child == 0) {
    DriveResult result = Drive(Factories().at(name)().get(), folder, options);
    std::ofstream out(report);
    out << result.check << '\n';
    for (const auto& [figure, value] : result.figures) out << value << ' ' << figure << '\n';
    out.close();
    std::_Exit(out ? 0 : 1);
  }
  int status = 0;
  if (waitpid(child, &status, 0) != child || status != 0) Die(name + ": the run failed");
  DriveResult result;
  std::ifstream in(report);
  std::getline(in, result.check);
  double value = 0;
  for (std::string figure; in >> value && in.ignore(1) && std::getline(in, figure);) {
    result.figures.emplace_back(figure, value);
  }
  std::filesystem::remove_all(folder);
  std::filesystem::remove(report);
  return result;
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// Medians over the rounds, each behind the ratio to the first store.
void PrintTable(const std::vector<std::string>& names,
                const std::map<std::string, std::vector<DriveResult>>& runs) {
  fmt::print("| figure |");
  for (const std::string& name : names) fmt::print(" {} |", name);
  fmt::print("\n|---|");
  for (size_t i = 0; i < names.size(); ++i) fmt::print("---|");
  fmt::print("\n");
  size_t figures = runs.at(names.front()).front().figures.size();
  for (size_t row = 0; row < figures; ++row) {
    fmt::print("| {} |", runs.at(names.front()).front().figures[row].first);
    double first = 0;
    for (const std::string& name : names) {
      std::vector<double> values;
      for (const DriveResult& run : runs.at(name)) values.push_back(run.figures[row].second);
      double median = Median(values);
      if (name == names.front()) {
        first = median;
        fmt::print(" {:.4g} |", median);
      } else if (first > 0) {
        fmt::print(" {:.4g} (x {:.2g}) |", median, median / first);
      } else {
        fmt::print(" {:.4g} |", median);
      }
    }
    fmt::print("\n");
  }
}

int Run(const DriveOptions& options, const std::vector<std::string>& names, int rounds,
        const std::string& folder) {
  std::map<std::string, std::vector<DriveResult>> runs;
  for (int round = 0; round < rounds; ++round) {
    for (const std::string& name : names) {
      double start = WallSeconds();
      runs[name].push_back(DriveApart(name, folder, options));
      fmt::print(stderr, "round {} {}: {:.0f} s\n", round + 1, name, WallSeconds() - start);
    }
  }
  fmt::print("{}\n{} touchpoints, {} a commit, median of {} rounds; (x N): N times cxjourney's\n\n",
             MachineDescription(), options.events, options.batch, rounds);
  PrintTable(names, runs);
  std::string check;
  for (const std::string& name : names) {
    if (name == "cxjourney-default") continue;  // Other rules, other customers.
    for (const DriveResult& run : runs.at(name)) {
      if (check.empty()) check = run.check;
      if (run.check != check) {
        fmt::print("\nANSWERS DIFFER: {} says {}, not {}\n", name, run.check, check);
        return 1;
      }
    }
  }
  fmt::print("\nall stores gave the same answers: {}\n", check);
  return 0;
}

}  // namespace
}  // namespace cxjourney::bench

int main(int argc, char** argv) {
  using namespace cxjourney::bench;
  CLI::App app("The same work on cxjourney, SQLite and RocksDB");
  DriveOptions options;
  std::vector<std::string> names = {"cxjourney", "cxjourney-default", "sqlite", "rocksdb"};
  int rounds = 1;
  std::string folder = (std::filesystem::temp_directory_path() / "cxj_peers").string();
  app.add_option("--touchpoints", options.events, "how many")->check(CLI::Range(1000, 100000000));
  app.add_option("--batch", options.batch, "touchpoints a commit")->check(CLI::Range(1, 10000));
  app.add_option("--queries", options.queries, "of each kind")->check(CLI::Range(100, 1000000));
  app.add_option("--peers", names, "stores to run; the first is the one to compare with")
      ->delimiter(',')
      ->check(CLI::IsMember(Factories()));
  app.add_option("--rounds", rounds, "rounds over all stores")->check(CLI::Range(1, 99));
  app.add_option("--folder", folder, "work folder: emptied before and after");
  CLI11_PARSE(app, argc, argv);
  return Run(options, names, rounds, folder + "-" + std::to_string(getpid()));
}
