#include <fmt/format.h>

#include <algorithm>

#include "cxj/render.h"
#include "interchange/names.h"
#include "interchange/time_text.h"

namespace cxjourney::cli {
namespace {

struct RepeatsOptions {
  std::vector<std::string> policies = {};
  std::string from = {};
  std::string until = {};
  std::string watermark = {};
  std::string by = {};
  std::string net_of = {};
  bool list = false;
};

// "window=3d,..." alone changes the default preset.
std::string WithPreset(const std::string& text) {
  const size_t equals = text.find('=');
  return equals != std::string::npos && equals < text.find(',') ? "next_contact_7d," + text : text;
}

Result<RepeatQuery> QueryOf(const Tracker& tracker, const RepeatsOptions& options,
                            const std::string& policy_text) {
  RepeatQuery query;
  for (const Policy& policy : tracker.policies()) {
    if (policy.name == policy_text) query.registered = policy_text;
  }
  if (query.registered.empty()) {
    Result<Policy> policy = ParsePolicy(WithPreset(policy_text));
    if (!policy.ok()) return policy.status();
    query.policy = *std::move(policy);
  }
  if (!options.from.empty()) query.from = ParseTime(options.from);
  if (!options.until.empty()) query.until = ParseTime(options.until);
  if (!options.watermark.empty()) query.watermark = ParseTime(options.watermark);
  if (options.by == "channel") query.group_by = RepeatQuery::GroupBy::kChannel;
  if (options.by == "topic") query.group_by = RepeatQuery::GroupBy::kTopic;
  if (options.by == "queue") query.group_by = RepeatQuery::GroupBy::kQueue;
  for (std::string_view rest = options.net_of; !rest.empty();) {
    const size_t bar = rest.find('|');
    query.net_of_topics.emplace_back(rest.substr(0, bar));
    rest.remove_prefix(bar == std::string_view::npos ? rest.size() : bar + 1);
  }
  query.list_contacts = options.list;
  query.list_episodes = options.list;
  return query;
}

std::vector<std::string> MeasureCells(const std::string& label, const Measures& m) {
  return {label,
          Grouped(static_cast<uint64_t>(m.contacts)),
          Grouped(static_cast<uint64_t>(m.rcr.numerator)),
          PercentText(m.rcr),
          PercentText(m.fcr_forward),
          PercentText(m.fcr_issue),
          Grouped(static_cast<uint64_t>(m.episodes)),
          Grouped(static_cast<uint64_t>(m.longest_episode)),
          Grouped(static_cast<uint64_t>(m.channel_switch_repeats)),
          PercentText(m.identified)};
}

Table MeasureTable(const std::string& first) {
  constexpr auto kRight = Table::Align::kRight;
  return Table({{first},
                {"contacts", kRight},
                {"repeats", kRight},
                {"rcr", kRight},
                {"fcr forward", kRight},
                {"fcr issue", kRight},
                {"episodes", kRight},
                {"longest", kRight},
                {"switches", kRight},
                {"identified", kRight}});
}

std::string PeriodText(const RepeatReport& report) {
  const std::string from =
      report.from == Timestamp::min() ? "the beginning" : interchange::IsoTime(report.from);
  const std::string until =
      report.until == Timestamp::max() ? "now" : interchange::IsoTime(report.until);
  return fmt::format("contacts that start from {} until {}; maturity as of {}", from, until,
                     interchange::IsoTime(report.watermark));
}

Table DetailTable(const Measures& m) {
  Table table({{"measure"}, {"value"}});
  table.Add({"contacts", Grouped(static_cast<uint64_t>(m.contacts))});
  table.Add({"base contacts", fmt::format("{} ({} immature)", m.base_contacts, m.immature_base)});
  table.Add({"episodes", fmt::format("{} ({} immature)", m.episodes, m.immature_episodes)});
  table.Add({"identified", RatioText(m.identified)});
  table.Add({"rcr, repeat contact rate", RatioText(m.rcr)});
  table.Add({"fcr_forward, no return", RatioText(m.fcr_forward)});
  table.Add({"  can become", PercentText(m.fcr_forward_bounds.lower) + " to " +
                                 PercentText(m.fcr_forward_bounds.upper)});
  table.Add({"fcr_issue, solved at first contact", RatioText(m.fcr_issue)});
  table.Add({"  can become", PercentText(m.fcr_issue_bounds.lower) + " to " +
                                 PercentText(m.fcr_issue_bounds.upper)});
  table.Add({"fpr_issue, and without a transfer", RatioText(m.fpr_issue)});
  table.Add({"one_and_done", RatioText(m.one_and_done)});
  table.Add({"resolved_strict", RatioText(m.resolved_strict)});
  table.Add({"fcr_survey", RatioText(m.fcr_survey)});
  table.Add({"bot_contained_no_return", RatioText(m.bot_contained_no_return)});
  table.Add({"longest episode", Grouped(static_cast<uint64_t>(m.longest_episode))});
  table.Add(
      {"repeats on another channel", Grouped(static_cast<uint64_t>(m.channel_switch_repeats))});
  table.Add({"touchpoints with a defaulted purpose",
             Grouped(static_cast<uint64_t>(m.defaulted_purposes))});
  return table;
}

Table ContactTable(const std::vector<const RepeatReport*>& reports, CustomerMasks& masks) {
  Table table({{"policy"},
               {"start"},
               {"customer"},
               {"channel"},
               {"purpose"},
               {"topic"},
               {"outcome"},
               {"contact"},
               {"repeat of"},
               {"after", Table::Align::kRight},
               {"episode"}});
  for (const RepeatReport* report : reports) {
    for (const Contact& contact : report->contacts) {
      const Masker& masker = masks.Of(contact.customer);
      table.Add(
          {report->policy.name, interchange::IsoTime(contact.start), CustomerText(contact.customer),
           interchange::ChannelLabel(contact.channel, contact.custom_channel),
           interchange::Name(contact.purpose), TopicsText(contact.topics),
           contact.outcome == Outcome::kUnspecified ? "-" : interchange::Name(contact.outcome),
           masker.Key(contact.id), contact.prior ? masker.Key(*contact.prior) : "",
           contact.prior ? DurationText(contact.gap) : "",
           contact.episode ? masker.Key(*contact.episode) : ""});
    }
  }
  return table;
}

Json GroupJson(const MeasureGroup& group) {
  Json json;
  json["label"] = group.label;
  json["measures"] = JsonOf(group.measures);
  json["repeats_by_prior"] = Json::object();
  for (const auto& [label, count] : group.repeats_by_prior) json["repeats_by_prior"][label] = count;
  return json;
}

Json ReportJson(const std::string& asked, const RepeatReport& report, bool list,
                CustomerMasks& masks) {
  Json json;
  json["asked"] = asked;
  json["policy"] = JsonOf(report.policy);
  json["from"] = report.from == Timestamp::min() ? Json() : Json(interchange::IsoTime(report.from));
  json["until"] =
      report.until == Timestamp::max() ? Json() : Json(interchange::IsoTime(report.until));
  json["watermark"] = interchange::IsoTime(report.watermark);
  json["total"] = JsonOf(report.total);
  if (report.net) json["net"] = JsonOf(*report.net);
  json["groups"] = Json::array();
  for (const MeasureGroup& group : report.groups) json["groups"].push_back(GroupJson(group));
  if (!list) return json;
  json["contacts"] = Json::array();
  for (const Contact& contact : report.contacts) {
    json["contacts"].push_back(JsonOf(contact, masks.Of(contact.customer)));
  }
  json["episodes"] = Json::array();
  for (const Episode& episode : report.episodes) {
    json["episodes"].push_back(JsonOf(episode, masks.Of(episode.customer)));
  }
  return json;
}

Table GroupTable(const std::string& by, const RepeatReport& report) {
  Table table = MeasureTable(by);
  for (const MeasureGroup& group : report.groups) {
    table.Add(MeasureCells(group.label, group.measures));
  }
  table.Add(MeasureCells("all", report.total));
  return table;
}

class Repeats {
 public:
  Repeats(const Program& program, const RepeatsOptions& options, const Tracker& tracker)
      : program_(program),
        options_(options),
        tracker_(tracker),
        masks_(tracker, program.show_identifiers) {}

  int Run() {
    std::vector<std::string> asked = options_.policies;
    if (asked.empty()) {
      for (const Policy& policy : tracker_.policies()) asked.push_back(policy.name);
    }
    for (const std::string& text : asked) {
      const Result<RepeatQuery> query = QueryOf(tracker_, options_, text);
      if (!query.ok()) return program_.FailUsage(query.status().message());
      Result<RepeatReport> report = tracker_.Repeats(*query);
      if (!report.ok()) return program_.Fail(report.status());
      reports_.push_back(*std::move(report));
    }
    if (program_.format() == Output::kJson) {
      Json json;
      json["reports"] = Json::array();
      for (size_t i = 0; i < reports_.size(); ++i) {
        json["reports"].push_back(ReportJson(asked[i], reports_[i], options_.list, masks_));
      }
      PrintJson(json);
    } else if (program_.format() == Output::kCsv) {
      PrintCsv();
    } else {
      PrintTables(asked);
    }
    return kExitOk;
  }

 private:
  std::vector<const RepeatReport*> Pointers() const {
    std::vector<const RepeatReport*> pointers;
    for (const RepeatReport& report : reports_) pointers.push_back(&report);
    return pointers;
  }

  // Contacts with --list, else a line for each group, or for each policy.
  void PrintCsv() {
    if (options_.list) return Print(ContactTable(Pointers(), masks_).Csv());
    Table table({{"policy"},
                 {"group"},
                 {"contacts"},
                 {"base_contacts"},
                 {"immature_base"},
                 {"repeats"},
                 {"fcr_forward"},
                 {"fcr_forward_of"},
                 {"fcr_issue"},
                 {"fcr_issue_of"},
                 {"episodes"},
                 {"longest_episode"},
                 {"channel_switch_repeats"},
                 {"identified"}});
    const auto add = [&](const std::string& policy, const std::string& group, const Measures& m) {
      std::vector<std::string> cells = {policy, group};
      for (const int64_t number :
           {m.contacts, m.base_contacts, m.immature_base, m.rcr.numerator, m.fcr_forward.numerator,
            m.fcr_forward.denominator, m.fcr_issue.numerator, m.fcr_issue.denominator, m.episodes,
            m.longest_episode, m.channel_switch_repeats, m.identified.numerator}) {
        cells.push_back(std::to_string(number));
      }
      table.Add(std::move(cells));
    };
    for (const RepeatReport& report : reports_) {
      for (const MeasureGroup& group : report.groups) {
        add(report.policy.name, group.label, group.measures);
      }
      add(report.policy.name, "", report.total);
    }
    Print(table.Csv());
  }

  void PrintTables(const std::vector<std::string>& asked) {
    Print(PeriodText(reports_.front()) + "\n\n");
    if (reports_.size() > 1) {
      Table table = MeasureTable("policy");
      for (size_t i = 0; i < reports_.size(); ++i) {
        table.Add(MeasureCells(asked[i], reports_[i].total));
      }
      Print(table.Text());
    } else {
      Print(fmt::format("policy {}\n\n", asked.front()));
      Print(DetailTable(reports_.front().total).Text());
    }
    for (size_t i = 0; i < reports_.size() && !options_.by.empty(); ++i) {
      Print(fmt::format("\n{} by {}\n\n", asked[i], options_.by));
      Print(GroupTable(options_.by, reports_[i]).Text());
    }
    if (options_.list) Print("\n" + ContactTable(Pointers(), masks_).Text());
  }

  const Program& program_;
  const RepeatsOptions& options_;
  const Tracker& tracker_;
  CustomerMasks masks_;
  std::vector<RepeatReport> reports_;
};

int Run(const Program& program, const RepeatsOptions& options) {
  const Result<TrackerPtr> tracker = OpenToRead(program);
  if (!tracker.ok()) return program.Fail(tracker.status());
  const int code = Repeats(program, options, **tracker).Run();
  return CloseStore(program, **tracker, code);
}

}  // namespace

void AddRepeats(CLI::App& app, Program& program) {
  const auto options = std::make_shared<RepeatsOptions>();
  CLI::App* command = AddCommand(app, program, "repeats", "Find repeat contacts and measure them",
                                 [&program, options] { return Run(program, *options); });
  const std::string presets = Joined(PolicyPresetNames(), ", ");
  command
      ->add_option("--policy", options->policies,
                   "What counts as a repeat: a preset (" + presets +
                       ") and changes to it, \"same_topic_7d,window=3d,chain=from_first\"; may be "
                       "repeated (default: the store's policies)")
      ->allow_extra_args(false)
      ->type_name("POLICY");
  AddTime(*command, "--from", options->from, "Contacts that start from this time on");
  AddTime(*command, "--until", options->until, "Contacts that start before this time");
  AddTime(*command, "--watermark", options->watermark,
          "The time the question is asked at; decides maturity (default: now)");
  command->add_option("--by", options->by, "Group by channel, topic or queue")
      ->check(CLI::IsMember({"channel", "topic", "queue"}))
      ->type_name("WHAT");
  command
      ->add_option("--net-of", options->net_of,
                   "Topics that the first level can't solve, separated by |: adds net measures")
      ->type_name("TOPICS");
  command->add_flag("--list", options->list, "List the contacts (and in JSON the episodes)");
}

}  // namespace cxjourney::cli
