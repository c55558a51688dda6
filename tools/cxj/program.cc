#include "cxj/program.h"

#include <fmt/format.h>

#include <cstdio>
#include <utility>

#include "interchange/fields.h"
#include "interchange/time_text.h"

namespace cxjourney::cli {

Output Program::format() const {
  if (output == "json") return Output::kJson;
  return output == "csv" ? Output::kCsv : Output::kTable;
}

Options Program::StoreOptions() const {
  Options options;
  options.create_if_missing = false;
  options.key_file = key_file;
  options.tenant = tenant;
  return options;
}

int Program::Fail(const Status& status) const {
  fmt::print(stderr, "cxj: {}\n", status.ToString());
  return ExitCodeOf(status.code());
}

int Program::FailUsage(const std::string& message) const {
  fmt::print(stderr, "cxj: {}\n", message);
  return kExitUsage;
}

CLI::App* AddCommand(CLI::App& app, Program& program, const std::string& name,
                     const std::string& description, std::function<int()> run) {
  CLI::App* command = app.add_subcommand(name, description);
  command->add_option("--db", program.db, "Folder of the store")->required()->type_name("DIR");
  command->add_option("--key-file", program.key_file, "File of the store's key (default: DIR.key)")
      ->type_name("FILE");
  command->add_option("--tenant", program.tenant, "Tenant to read and write (default: 0)")
      ->type_name("N");
  command->add_option("--output", program.output, "table (default), json or csv")
      ->check(CLI::IsMember({"table", "json", "csv"}))
      ->type_name("FORMAT");
  command->add_flag("--show-identifiers", program.show_identifiers,
                    "Print identifiers, and ids that contain them, unmasked");
  command->callback([&program, run = std::move(run)] { program.run = run; });
  return command;
}

Result<TrackerPtr> OpenStore(const Program& program, const Options& options) {
  Result<TrackerPtr> tracker = Tracker::Open(program.db, options);
  if (!tracker.ok()) return tracker;
  const uint64_t dropped = (*tracker)->open_report().recovered_bytes_dropped;
  if (dropped > 0) {
    fmt::print(stderr,
               "cxj: warning: the last writer was interrupted; {} bytes of an unfinished commit "
               "were cut off\n",
               dropped);
  }
  return tracker;
}

Result<TrackerPtr> OpenStore(const Program& program) {
  return OpenStore(program, program.StoreOptions());
}

Result<TrackerPtr> OpenToRead(const Program& program) {
  Options options = program.StoreOptions();
  options.read_only = true;
  return Tracker::Open(program.db, options);
}

int CloseStore(const Program& program, Tracker& tracker, int code) {
  const Status closed = tracker.Close();
  if (closed.ok()) return code;
  const int failed = program.Fail(closed);
  return code == kExitOk ? failed : code;
}

void Print(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

void PrintJson(const Json& json) {
  Print(json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

Identifier ParseIdentifier(const std::string& text) {
  const size_t colon = text.find(':');
  return {text.substr(0, colon), text.substr(colon + 1), Role::kUnspecified};
}

std::string CheckIdentifier(const std::string& text) {
  const size_t colon = text.find(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == text.size()) {
    return "an identifier is NAMESPACE:VALUE";
  }
  return {};
}

Timestamp ParseTime(const std::string& text) { return *interchange::ParseIsoTime(text); }

std::string CheckTime(const std::string& text) {
  if (interchange::ParseIsoTime(text)) return {};
  return "a time is 2026-03-02T09:00:00Z, 2026-03-02T12:00:00+03:00 or '2026-03-02 09:00:00' (UTC)";
}

CLI::Option* AddTime(CLI::App& command, const std::string& name, std::string& text,
                     const std::string& description) {
  return command.add_option(name, text, description)->check(CheckTime)->type_name("TIME");
}

std::string CustomerText(CustomerId id) {
  if (id == CustomerId::kNone) return "-";
  return fmt::format("{:016x}", static_cast<uint64_t>(id));
}

std::string DurationText(Duration duration) {
  const int64_t seconds = std::chrono::duration_cast<std::chrono::seconds>(duration).count();
  const std::string clock =
      fmt::format("{:02}:{:02}:{:02}", seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
  return seconds < 86400 ? clock : fmt::format("{}d {}", seconds / 86400, clock);
}

std::string Joined(const std::vector<std::string>& texts, std::string_view separator) {
  return fmt::format("{}", fmt::join(texts, fmt::string_view(separator.data(), separator.size())));
}

std::string MoneyText(int64_t amount_minor, const std::string& currency) {
  const auto digits = static_cast<size_t>(interchange::MinorDigits(currency));
  std::string text = std::to_string(amount_minor);
  const size_t sign = amount_minor < 0 ? 1 : 0;
  if (text.size() - sign <= digits) text.insert(sign, digits + 1 - (text.size() - sign), '0');
  if (digits > 0) text.insert(text.size() - digits, 1, '.');
  return currency.empty() ? text : text + " " + currency;
}

}  // namespace cxjourney::cli
