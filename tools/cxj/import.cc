#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <utility>

#include "cxj/program.h"
#include "cxj/progress.h"
#include "cxj/refused_file.h"
#include "interchange/reader.h"
#include "interchange/rules_file.h"

namespace cxjourney::cli {
namespace {

constexpr size_t kBatch = 1000;

struct ImportOptions {
  std::string format = {};
  std::string map = {};
  std::string rules = {};
  std::string refused = {};
  std::string durability = "durable";
  bool keep_text = false;
  bool no_display_values = false;
  std::vector<std::string> files = {};
};

struct Counts {
  uint64_t rows = 0;
  uint64_t recorded = 0;
  uint64_t duplicate = 0;
  uint64_t stored = 0;  // Evidence of an older revision, or retracted: no answer changes.
  uint64_t refused = 0;
  uint64_t unidentified = 0;
  uint64_t purpose_defaulted = 0;
  std::map<std::string, uint64_t> refused_by_reason = {};
  std::map<std::string, uint64_t> remarks = {};  // Identifiers that link nothing, vetoes, ...
};

// The file for refused lines must lie outside the store: it is no part of it, and not encrypted.
std::string RefusedPath(const std::string& db, const std::string& wanted) {
  if (wanted == "none") return {};
  if (!wanted.empty()) return wanted;
  std::string base = db;
  while (base.size() > 1 && base.back() == '/') base.pop_back();
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return fmt::format("{}.refused-{}-{}.jsonl", base,
                     std::chrono::duration_cast<std::chrono::seconds>(now).count(), getpid());
}

bool IsInside(const std::string& path, const std::string& folder) {
  std::error_code error;
  const auto inner = std::filesystem::weakly_canonical(std::filesystem::absolute(path), error);
  std::string outer =
      std::filesystem::weakly_canonical(std::filesystem::absolute(folder), error).string();
  if (outer.empty() || outer.back() != '/') outer += '/';
  return inner.string().compare(0, outer.size(), outer) == 0;
}

class Import {
 public:
  Import(const Program& program, const ImportOptions& options)
      : program_(program), options_(options), refused_(RefusedPath(program.db, options.refused)) {}

  int Run() {
    if (Status status = Prepare(); !status.ok()) {
      program_.Fail(status);
      return status.code() == Code::kInvalidArgument ? kExitUsage : ExitCodeOf(status.code());
    }
    Status status;
    for (const std::string& file : options_.files) {
      status = ImportFile(file);
      if (!status.ok()) break;
    }
    if (Status closed = refused_.Close(); status.ok()) status = closed;
    if (Status closed = tracker_->Close(); status.ok()) status = closed;
    Report();
    if (!status.ok()) {
      fmt::print(stderr, "cxj: the import stopped early; what is counted above is in the store\n");
      return program_.Fail(status);
    }
    return counts_.refused > 0 ? kExitRefused : kExitOk;
  }

 private:
  // Everything that can be wrong is found before the store is touched.
  Status Prepare() {
    if (options_.format == "csv") {
      Result<interchange::Mapping> mapping = interchange::LoadMapping(options_.map);
      if (!mapping.ok()) return mapping.status();
      mapping_ = *std::move(mapping);
    }
    for (const std::string& file : options_.files) {
      const auto reader = OpenReader(file);
      if (!reader.ok()) return reader.status();
    }
    if (!refused_.path().empty() && IsInside(refused_.path(), program_.db)) {
      return Status(Code::kInvalidArgument, "the file of refused lines lies inside the store");
    }
    Options options = program_.StoreOptions();
    options.create_if_missing = true;
    options.keep_text = options_.keep_text;
    options.display_values = !options_.no_display_values;
    if (!options_.rules.empty()) {
      Result<IdentityRules> rules = interchange::LoadIdentityRules(options_.rules);
      if (!rules.ok()) return rules.status();
      options.identity_rules = *std::move(rules);
    }
    Result<TrackerPtr> tracker = OpenStore(program_, options);
    if (!tracker.ok()) return tracker.status();
    tracker_ = *std::move(tracker);
    return Status();
  }

  Result<std::unique_ptr<interchange::Reader>> OpenReader(const std::string& file) const {
    if (options_.format == "csv") return interchange::OpenCsv(file, mapping_);
    if (options_.format == "segment") return interchange::OpenSegment(file);
    return interchange::OpenJsonLines(file);
  }

  Status ImportFile(const std::string& file) {
    Result<std::unique_ptr<interchange::Reader>> opened = OpenReader(file);
    if (!opened.ok()) return opened.status();
    interchange::Reader& reader = **opened;
    ProgressBar progress(std::filesystem::path(file).filename().string());
    for (bool more = true; more;) {
      std::vector<interchange::Row> rows;
      while (rows.size() < kBatch && more) {
        interchange::Row row;
        const Result<bool> next = reader.Next(row);
        if (!next.ok()) return next.status();
        more = *next;
        if (more) rows.push_back(std::move(row));
      }
      if (Status status = RecordRows(file, rows); !status.ok()) return status;
      progress.Show(reader.bytes_read(), reader.bytes_total(), counts_.rows);
    }
    return Status();
  }

  Status RecordRows(const std::string& file, std::vector<interchange::Row>& rows) {
    std::vector<Touchpoint> batch;
    std::vector<size_t> positions;
    for (size_t i = 0; i < rows.size(); ++i) {
      interchange::Row& row = rows[i];
      if (!row.refusal && row.tenant != 0 && row.tenant != program_.tenant) {
        row.refusal = interchange::Refusal{"other_tenant", "tenant"};
      }
      if (row.refusal) continue;
      batch.push_back(std::move(row.touchpoint));
      positions.push_back(i);
    }
    std::vector<Receipt> receipts;
    if (!batch.empty()) {
      Result<std::vector<Receipt>> recorded = tracker_->RecordAll(batch, RecordAllOptions());
      if (!recorded.ok()) return recorded.status();
      receipts = *std::move(recorded);
    }
    for (size_t i = 0; i < receipts.size(); ++i) Count(receipts[i], rows[positions[i]]);
    for (const interchange::Row& row : rows) {
      ++counts_.rows;
      if (!row.refusal) continue;
      ++counts_.refused;
      ++counts_.refused_by_reason[row.refusal->reason];
      Status status =
          refused_.Add(file, row.number, row.refusal->reason, row.refusal->field, row.text);
      if (!status.ok()) return status;
    }
    return Status();
  }

  RecordOptions RecordAllOptions() const {
    RecordOptions options;
    if (options_.durability == "os") options.durability = Durability::kOs;
    if (options_.durability == "buffered") options.durability = Durability::kBuffered;
    if (options_.durability == "durable") options.durability = Durability::kDurable;
    return options;
  }

  void Count(const Receipt& receipt, interchange::Row& row) {
    if (receipt.outcome == RecordOutcome::kRefused) {
      interchange::Refusal& refusal = row.refusal.emplace();
      refusal.reason = receipt.remarks.empty() ? CodeName(receipt.status.code())
                                               : ReasonName(receipt.remarks.front().reason);
      if (!receipt.remarks.empty()) refusal.field = receipt.remarks.front().about;
      return;
    }
    if (receipt.outcome == RecordOutcome::kDuplicate) {
      ++counts_.duplicate;
      return;
    }
    ++(receipt.outcome == RecordOutcome::kRecorded ? counts_.recorded : counts_.stored);
    if (receipt.customer == CustomerId::kNone) ++counts_.unidentified;
    for (const Remark& remark : receipt.remarks) {
      if (remark.reason == Reason::kPurposeDefaulted) {
        ++counts_.purpose_defaulted;
      } else if (remark.reason != Reason::kUnidentified) {
        ++counts_.remarks[ReasonName(remark.reason)];
      }
    }
  }

  std::vector<std::pair<std::string, uint64_t>> Lines() const {
    std::vector<std::pair<std::string, uint64_t>> lines = {{"recorded", counts_.recorded},
                                                           {"duplicate", counts_.duplicate}};
    if (counts_.stored > 0) lines.emplace_back("stored, changes no answer", counts_.stored);
    lines.emplace_back("refused", counts_.refused);
    for (const auto& [reason, count] : counts_.refused_by_reason) {
      lines.emplace_back("refused: " + reason, count);
    }
    lines.emplace_back("unidentified", counts_.unidentified);
    lines.emplace_back("purpose defaulted", counts_.purpose_defaulted);
    for (const auto& [reason, count] : counts_.remarks) lines.emplace_back(reason, count);
    return lines;
  }

  void Report() const {
    if (program_.format() == Output::kJson) return PrintJson(ReportJson());
    Table table({{"rows", Table::Align::kLeft}, {Grouped(counts_.rows), Table::Align::kRight}});
    Table csv({{"what"}, {"count"}});
    csv.Add({"rows", std::to_string(counts_.rows)});
    for (const auto& [what, count] : Lines()) {
      table.Add({what, Grouped(count)});
      csv.Add({what, std::to_string(count)});
    }
    const bool as_csv = program_.format() == Output::kCsv;
    Print(as_csv ? csv.Csv() : table.Text());
    if (!refused_.created()) return;
    fmt::print(as_csv ? stderr : stdout, "refused lines: {}\n", refused_.path());
  }

  Json ReportJson() const {
    Json json;
    json["rows"] = counts_.rows;
    json["recorded"] = counts_.recorded;
    json["duplicate"] = counts_.duplicate;
    json["stored"] = counts_.stored;
    json["refused"] = counts_.refused;
    json["refused_by_reason"] = counts_.refused_by_reason;
    json["unidentified"] = counts_.unidentified;
    json["purpose_defaulted"] = counts_.purpose_defaulted;
    json["remarks"] = counts_.remarks;
    json["refused_file"] = refused_.created() ? Json(refused_.path()) : Json();
    return json;
  }

  const Program& program_;
  const ImportOptions& options_;
  RefusedFile refused_;
  interchange::Mapping mapping_;
  TrackerPtr tracker_;
  Counts counts_;
};

}  // namespace

void AddImport(CLI::App& app, Program& program) {
  const auto options = std::make_shared<ImportOptions>();
  CLI::App* command =
      AddCommand(app, program, "import", "Record the touchpoints of files", [&program, options] {
        if ((options->format == "csv") == options->map.empty()) {
          return program.FailUsage("--map goes with --format csv, and csv needs it");
        }
        return Import(program, *options).Run();
      });
  command->add_option("--format", options->format, "jsonl, csv or segment")
      ->required()
      ->check(CLI::IsMember({"jsonl", "csv", "segment"}))
      ->type_name("FORMAT");
  command->add_option("--map", options->map, "Mapping of the columns, for csv")->type_name("FILE");
  command->add_option("--rules", options->rules, "Identity rules (JSON); kept by the store")
      ->type_name("FILE");
  command
      ->add_option("--refused", options->refused,
                   "File for refused lines (default: DIR.refused-...; \"none\": only count)")
      ->type_name("FILE");
  command->add_option("--durability", options->durability, "durable (default), os or buffered")
      ->check(CLI::IsMember({"durable", "os", "buffered"}))
      ->type_name("LEVEL");
  command->add_flag("--keep-text", options->keep_text, "Store the texts of messages, encrypted");
  command->add_flag("--no-display-values", options->no_display_values,
                    "Of identifiers first seen now keep keyed hashes alone");
  command->add_option("FILE", options->files, "Files; .gz is uncompressed on the way")
      ->required()
      ->type_name("");
}

}  // namespace cxjourney::cli
