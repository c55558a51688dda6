#include <fmt/format.h>

#include "cxj/render.h"
#include "interchange/names.h"
#include "interchange/time_text.h"

namespace cxjourney::cli {
namespace {

struct HistoryOptions {
  std::vector<std::string> identifiers = {};
  std::string from = {};
  std::string until = {};
  std::string as_of = {};
  uint32_t limit = 1000;
};

HistoryQuery QueryOf(const HistoryOptions& options) {
  HistoryQuery query;
  if (!options.from.empty()) query.from = ParseTime(options.from);
  if (!options.until.empty()) query.until = ParseTime(options.until);
  if (!options.as_of.empty()) query.as_of = ParseTime(options.as_of);
  query.limit = options.limit;
  return query;
}

Table HistoryTable(const Journey& journey, const Masker& masker) {
  Table table({{"time"},
               {"channel"},
               {"direction"},
               {"purpose"},
               {"topic"},
               {"outcome"},
               {"feeling", Table::Align::kRight},
               {"value", Table::Align::kRight},
               {"touchpoint"},
               {"identifiers"}});
  for (const Touchpoint& t : journey.touchpoints) {
    std::vector<std::string> identifiers;
    for (const Identifier& identifier : t.identifiers) {
      identifiers.push_back(masker.Labelled(identifier));
    }
    std::string channel = interchange::ChannelLabel(t.channel, t.custom_channel);
    if (!t.channel_detail.empty()) channel += " (" + t.channel_detail + ")";
    table.Add({interchange::IsoTime(*t.event_time), channel,
               t.direction == Direction::kUnspecified ? "in" : interchange::Name(t.direction),
               t.purpose == Purpose::kUnspecified ? "-" : interchange::Name(t.purpose),
               TopicsText(t.topics),
               t.outcome == Outcome::kUnspecified ? "-" : interchange::Name(t.outcome),
               t.sentiment ? fmt::format("{:+.1f}", *t.sentiment) : "",
               t.value ? MoneyText(t.value->amount_minor, t.value->currency) : "",
               masker.Key({t.source, t.id}), Joined(identifiers, " ")});
  }
  return table;
}

Json HistoryJson(const Identifier& identifier, const Journey& journey, const Masker& masker) {
  Json json;
  json["identifier"] = masker.Labelled(identifier);
  json["customer"] = CustomerText(journey.customer);
  json["more"] = journey.next.has_value();
  json["touchpoints"] = Json::array();
  for (const Touchpoint& touchpoint : journey.touchpoints) {
    json["touchpoints"].push_back(JsonOf(touchpoint, masker));
  }
  return json;
}

int RunOne(const Program& program, const Tracker& tracker, const HistoryOptions& options,
           const Identifier& identifier) {
  const Result<Journey> journey = tracker.History(identifier, QueryOf(options));
  if (!journey.ok()) return program.Fail(journey.status());
  Masker masker(program.show_identifiers);
  masker.Learn(identifier);
  for (const Touchpoint& touchpoint : journey->touchpoints) masker.Learn(touchpoint);
  if (const auto customer = tracker.GetCustomer(journey->customer); customer.ok()) {
    masker.Learn(*customer);
  }
  if (program.format() == Output::kJson) {
    // One line for each identifier, so that many are JSON Lines.
    Print(HistoryJson(identifier, *journey, masker)
              .dump(-1, ' ', false, Json::error_handler_t::replace) +
          "\n");
    return kExitOk;
  }
  const Table table = HistoryTable(*journey, masker);
  if (program.format() == Output::kCsv) {
    Print(table.Csv());
    return kExitOk;
  }
  Print(fmt::format(
      "customer {} by {}: {} touchpoints{}\n\n", CustomerText(journey->customer),
      masker.Labelled(identifier), journey->touchpoints.size(),
      journey->next ? fmt::format(" (the newest {}; --limit shows more)", options.limit) : ""));
  Print(table.Text());
  return kExitOk;
}

int Run(const Program& program, const HistoryOptions& options) {
  const Result<TrackerPtr> tracker = OpenToRead(program);
  if (!tracker.ok()) return program.Fail(tracker.status());
  int code = kExitOk;
  for (const std::string& identifier : options.identifiers) {
    const int one = RunOne(program, **tracker, options, ParseIdentifier(identifier));
    if (code == kExitOk) code = one;
  }
  return CloseStore(program, **tracker, code);
}

}  // namespace

void AddHistory(CLI::App& app, Program& program) {
  const auto options = std::make_shared<HistoryOptions>();
  CLI::App* command =
      AddCommand(app, program, "history", "Show the touchpoints of a customer, oldest first",
                 [&program, options] { return Run(program, *options); });
  command->add_option("IDENTIFIER", options->identifiers, "NAMESPACE:VALUE of the customer")
      ->required()
      ->check(CheckIdentifier)
      ->type_name("");
  AddTime(*command, "--from", options->from, "From this time on");
  AddTime(*command, "--until", options->until, "Before this time");
  AddTime(*command, "--as-of", options->as_of, "Up to this time, included");
  command->add_option("--limit", options->limit, "At most so many, the newest (default: 1000)")
      ->check(CLI::Range(1, 1000000))
      ->type_name("N");
}

}  // namespace cxjourney::cli
