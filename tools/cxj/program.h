// What the commands share: the options every command takes, opening the store, printing.
#pragma once

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cxj/exit_codes.h"
#include "cxj/mask.h"
#include "cxj/table.h"
#include "cxjourney/tracker.h"

namespace cxjourney::cli {

// Keeps members in the order in which they are written.
using Json = nlohmann::ordered_json;

enum class Output : uint8_t {
  kTable = 1,
  kJson = 2,
  kCsv = 3
};

// Options of every command, and what is to be run once the command line is understood.
struct Program {
  std::string db = {};
  std::string key_file = {};
  std::string output = "table";
  uint32_t tenant = 0;
  bool show_identifiers = false;
  std::function<int()> run = {};

  Output format() const;
  Options StoreOptions() const;  // Of an existing store.
  // Reports a failure on standard error and gives the exit code.
  int Fail(const Status& status) const;
  int FailUsage(const std::string& message) const;
};

using TrackerPtr = std::unique_ptr<Tracker>;

// Adds a command with the options of every command. `run` is called when the command was given.
CLI::App* AddCommand(CLI::App& app, Program& program, const std::string& name,
                     const std::string& description, std::function<int()> run);

// Opens the store and warns of what recovery cut off.
Result<TrackerPtr> OpenStore(const Program& program, const Options& options);
Result<TrackerPtr> OpenStore(const Program& program);
// Also while a backend has the store open.
Result<TrackerPtr> OpenToRead(const Program& program);
// Closes it; the first failure of `code` and the close is the exit code.
int CloseStore(const Program& program, Tracker& tracker, int code);

void Print(std::string_view text);
void PrintJson(const Json& json);

// "phone:0532 111 22 33". The namespace ends at the first colon. REQUIRES for use as an option:
// CheckIdentifier.
Identifier ParseIdentifier(const std::string& text);
std::string CheckIdentifier(const std::string& text);  // Empty, or what is wrong with it.
Timestamp ParseTime(const std::string& text);          // REQUIRES: CheckTime.
std::string CheckTime(const std::string& text);

// Adds an option that is a time.
CLI::Option* AddTime(CLI::App& command, const std::string& name, std::string& text,
                     const std::string& description);

std::string CustomerText(CustomerId id);      // 16 hexadecimal digits, or "-".
std::string DurationText(Duration duration);  // "2d 03:04:05".
std::string Joined(const std::vector<std::string>& texts, std::string_view separator);
std::string MoneyText(int64_t amount_minor, const std::string& currency);

// The commands, one file each.
void AddImport(CLI::App& app, Program& program);
void AddHistory(CLI::App& app, Program& program);
void AddRepeats(CLI::App& app, Program& program);
void AddContext(CLI::App& app, Program& program);
void AddWhy(CLI::App& app, Program& program);
void AddAssertions(CLI::App& app, Program& program);  // link, unlink, block, unblock, retract
void AddStats(CLI::App& app, Program& program);
void AddVerify(CLI::App& app, Program& program);
void AddCompact(CLI::App& app, Program& program);

}  // namespace cxjourney::cli
