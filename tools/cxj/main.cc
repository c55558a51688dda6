// cxj: the library's main job as a program.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "cxj/program.h"

namespace {

constexpr const char* kFooter = R"(
Times are ISO 8601 ("2026-03-02T09:00:00Z", "2026-03-02 09:00:00" is UTC).
Identifiers are NAMESPACE:VALUE ("phone:0532 111 22 33", "email:a@example.com").

Exit codes:
  0  done
  1  the command line is wrong
  2  not found: no such store, file, customer or assertion
  3  refused: import recorded everything but some lines; other commands changed nothing
  4  data loss: stored or imported bytes are damaged, or verify found a difference
  5  unavailable: the store is in use, the disk is full, the system refused
  6  internal: a bug
)";

int Run(int argc, char** argv) {
  CLI::App app("Customer journeys: record touchpoints, stitch customers, find repeat contacts.",
               "cxj");
  app.set_version_flag("--version", std::string(CXJ_VERSION));
  app.require_subcommand(1);
  app.footer(kFooter);
  cxjourney::cli::Program program;
  cxjourney::cli::AddImport(app, program);
  cxjourney::cli::AddHistory(app, program);
  cxjourney::cli::AddRepeats(app, program);
  cxjourney::cli::AddContext(app, program);
  cxjourney::cli::AddWhy(app, program);
  cxjourney::cli::AddAssertions(app, program);
  cxjourney::cli::AddStats(app, program);
  cxjourney::cli::AddVerify(app, program);
  cxjourney::cli::AddCompact(app, program);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? cxjourney::cli::kExitOk : cxjourney::cli::kExitUsage;
  }
  const int code = program.run();
  // A full disk or a closed pipe shows up here at the latest.
  if (std::fflush(stdout) != 0) return cxjourney::cli::kExitUnavailable;
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return Run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "cxj: %s\n", error.what());
    return cxjourney::cli::kExitInternal;
  }
}
