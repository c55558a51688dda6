#include "cxj/render.h"

namespace cxjourney::cli {
namespace {

int Run(const Program& program) {
  const Result<TrackerPtr> tracker = OpenToRead(program);
  if (!tracker.ok()) return program.Fail(tracker.status());
  const Result<Stats> counted = (*tracker)->GetStats();
  if (!counted.ok()) return program.Fail(counted.status());
  const Stats& stats = *counted;
  const std::vector<std::pair<const char*, uint64_t>> lines = {
      {"touchpoints", stats.touchpoints},
      {"evidence", stats.evidence},
      {"voided", stats.voided},
      {"retracted", stats.retracted},
      {"customers", stats.customers},
      {"identifiers", stats.identifiers},
      {"links", stats.links},
      {"vetoed_links", stats.vetoed_links},
      {"unidentified_touchpoints", stats.unidentified_touchpoints},
      {"assertions", stats.assertions},
      {"last_sequence", stats.last_sequence},
      {"log_bytes", stats.log_bytes},
      {"sealed_bytes", stats.sealed_bytes},
      {"memory_bytes", stats.memory_bytes},
  };
  if (program.format() == Output::kJson) {
    Json json;
    for (const auto& [name, number] : lines) json[name] = number;
    PrintJson(json);
  } else if (program.format() == Output::kCsv) {
    Table table({{"what"}, {"count"}});
    for (const auto& [name, number] : lines) table.Add({name, std::to_string(number)});
    Print(table.Csv());
  } else {
    Table table({{"what"}, {"count", Table::Align::kRight}});
    for (const auto& [name, number] : lines) table.Add({name, Grouped(number)});
    Print(table.Text());
  }
  return CloseStore(program, **tracker, kExitOk);
}

}  // namespace

void AddStats(CLI::App& app, Program& program) {
  AddCommand(app, program, "stats", "Count what the store holds",
             [&program] { return Run(program); });
}

}  // namespace cxjourney::cli
