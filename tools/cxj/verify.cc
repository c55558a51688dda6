#include "cxj/render.h"

namespace cxjourney::cli {
namespace {

int Run(const Program& program) {
  const Result<TrackerPtr> tracker = OpenToRead(program);
  if (!tracker.ok()) return program.Fail(tracker.status());
  const Result<VerifyReport> report = (*tracker)->Verify();
  if (!report.ok()) return CloseStore(program, **tracker, program.Fail(report.status()));
  if (program.format() == Output::kJson) {
    Json json;
    json["records"] = report->records;
    json["touchpoints"] = report->touchpoints;
    json["customers"] = report->customers;
    json["contacts"] = report->contacts;
    json["problems"] = report->problems;
    PrintJson(json);
  } else {
    Table table({{"verified"}, {"count", Table::Align::kRight}});
    table.Add({"records", Grouped(report->records)});
    table.Add({"touchpoints", Grouped(report->touchpoints)});
    table.Add({"customers", Grouped(report->customers)});
    table.Add({"contacts", Grouped(report->contacts)});
    table.Add({"problems", Grouped(report->problems.size())});
    Print(program.format() == Output::kCsv ? table.Csv() : table.Text());
    for (const std::string& problem : report->problems) Print("problem: " + problem + "\n");
  }
  return CloseStore(program, **tracker, report->problems.empty() ? kExitOk : kExitDataLoss);
}

}  // namespace

void AddVerify(CLI::App& app, Program& program) {
  AddCommand(app, program, "verify", "Re-derive everything from the evidence and compare",
             [&program] { return Run(program); });
}

}  // namespace cxjourney::cli
