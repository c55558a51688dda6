#include "cxj/render.h"

namespace cxjourney::cli {
namespace {

int Run(const Program& program) {
  const Result<TrackerPtr> tracker = OpenStore(program);
  if (!tracker.ok()) return program.Fail(tracker.status());
  const Status compacted = (*tracker)->Compact();
  if (!compacted.ok()) return CloseStore(program, **tracker, program.Fail(compacted));
  const Result<Stats> stats = (*tracker)->GetStats();
  if (!stats.ok()) return CloseStore(program, **tracker, program.Fail(stats.status()));
  if (program.format() == Output::kJson) {
    Json json;
    json["sealed_bytes"] = stats->sealed_bytes;
    PrintJson(json);
  } else {
    Table table({{"compacted"}, {"count", Table::Align::kRight}});
    table.Add({"sealed_bytes", Grouped(stats->sealed_bytes)});
    Print(program.format() == Output::kCsv ? table.Csv() : table.Text());
  }
  return CloseStore(program, **tracker, kExitOk);
}

}  // namespace

void AddCompact(CLI::App& app, Program& program) {
  AddCommand(app, program, "compact", "Rewrite the sealed files so that they take little room",
             [&program] { return Run(program); });
}

}  // namespace cxjourney::cli
