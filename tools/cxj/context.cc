#include <fmt/format.h>

#include "cxj/render.h"
#include "interchange/names.h"
#include "interchange/time_text.h"

namespace cxjourney::cli {
namespace {

using interchange::IsoTime;
using interchange::Name;

struct ContextOptions {
  std::string identifier = {};
  std::string now = {};
};

Json TimeJson(const std::optional<Timestamp>& time) { return time ? Json(IsoTime(*time)) : Json(); }

std::string TimeText(const std::optional<Timestamp>& time) { return time ? IsoTime(*time) : "-"; }

std::string AttributeText(const Attribute& attribute, const Masker& masker) {
  if (attribute.personal && !masker.show()) return "*****";
  if (const auto* text = std::get_if<std::string>(&attribute.value)) return masker.Id(*text);
  if (const auto* number = std::get_if<int64_t>(&attribute.value)) return std::to_string(*number);
  if (const auto* real = std::get_if<double>(&attribute.value)) return fmt::format("{:g}", *real);
  if (const auto* flag = std::get_if<bool>(&attribute.value)) return *flag ? "true" : "false";
  return fmt::format("{} bytes", std::get<Bytes>(attribute.value).data.size());
}

Json IdentifiersJson(const Customer& customer, const Masker& masker) {
  Json list = Json::array();
  for (const HeldIdentifier& held : customer.identifiers) {
    const bool seen = held.first_seen <= held.last_seen;
    list.push_back({{"namespace", held.name_space},
                    {"value", masker.Value(held.name_space, held.value)},
                    {"first_seen", seen ? Json(IsoTime(held.first_seen)) : Json()},
                    {"last_seen", seen ? Json(IsoTime(held.last_seen)) : Json()},
                    {"id", CustomerText(held.id)}});
  }
  return list;
}

void AddPast(const Context& context, const Masker& masker, Json& json) {
  json["last_outcome"] =
      context.last_outcome == Outcome::kUnspecified ? Json() : Json(Name(context.last_outcome));
  json["recent_outcomes"] = Json::array();
  for (const auto& [time, outcome] : context.recent_outcomes) {
    json["recent_outcomes"].push_back({{"time", IsoTime(time)}, {"outcome", Name(outcome)}});
  }
  json["recent_sentiments"] = Json::array();
  for (const auto& [time, sentiment] : context.recent_sentiments) {
    json["recent_sentiments"].push_back({{"time", IsoTime(time)}, {"sentiment", sentiment}});
  }
  json["last_emotion"] = context.last_emotion;
  json["orders"] = context.orders;
  json["first_order"] = TimeJson(context.first_order);
  json["last_order"] = TimeJson(context.last_order);
  json["last_order_ids"] = Json::array();
  for (const std::string& id : context.last_order_ids) {
    json["last_order_ids"].push_back(masker.Id(id));
  }
  json["money"] = Json::array();
  for (const MoneySum& sum : context.money) {
    json["money"].push_back({{"currency", sum.currency},
                             {"kind", Name(sum.kind)},
                             {"amount_minor", sum.amount_minor},
                             {"count", sum.count}});
  }
  json["last_reward"] = TimeJson(context.last_reward);
  json["last_scores"] = Json::array();
  for (const Score& score : context.last_scores) json["last_scores"].push_back(JsonOf(score));
}

Json ContextJson(const Context& context, const Masker& masker) {
  Json json;
  json["customer"] = CustomerText(context.customer.id);
  json["identifiers"] = IdentifiersJson(context.customer, masker);
  json["touchpoints"] = context.customer.touchpoints;
  json["now"] = IsoTime(context.now);
  json["first_seen"] = TimeJson(context.first_seen);
  json["last_contact"] = TimeJson(context.last_contact);
  json["open_episodes"] = Json::array();
  for (const OpenEpisode& episode : context.open_episodes) {
    json["open_episodes"].push_back(JsonOf(episode, masker));
  }
  json["contacts_7d"] = context.contacts_7d;
  json["contacts_30d"] = context.contacts_30d;
  json["contacts_90d"] = context.contacts_90d;
  json["contacts"] = context.contacts;
  AddPast(context, masker, json);
  json["facts"] = Json::array();
  for (const Fact& fact : context.facts) {
    json["facts"].push_back({{"key", fact.attribute.key},
                             {"value", AttributeText(fact.attribute, masker)},
                             {"time", IsoTime(fact.time)},
                             {"touchpoint", masker.Key(fact.touchpoint)}});
  }
  json["repeated_effort"] = context.repeated_effort;
  json["recent"] = Json::array();
  for (const Touchpoint& touchpoint : context.recent) {
    json["recent"].push_back(JsonOf(touchpoint, masker));
  }
  return json;
}

Table SummaryTable(const Context& context, const Masker& masker) {
  Table table({{"context"}, {CustomerText(context.customer.id)}});
  std::vector<std::string> identifiers;
  for (const HeldIdentifier& held : context.customer.identifiers) {
    identifiers.push_back(held.name_space + ":" + masker.Value(held.name_space, held.value));
  }
  table.Add({"identifiers", Joined(identifiers, "  ")});
  table.Add({"known since", TimeText(context.first_seen)});
  table.Add({"touchpoints", Grouped(context.customer.touchpoints)});
  table.Add({"contacts", fmt::format("{} ({} in 7 days, {} in 30, {} in 90), last {}",
                                     context.contacts, context.contacts_7d, context.contacts_30d,
                                     context.contacts_90d, TimeText(context.last_contact))});
  std::vector<std::string> feelings;
  for (const auto& [time, sentiment] : context.recent_sentiments) {
    feelings.push_back(fmt::format("{:+.1f}", sentiment));
  }
  table.Add({"last outcome",
             context.last_outcome == Outcome::kUnspecified ? "-" : Name(context.last_outcome)});
  table.Add({"feelings, newest first", Joined(feelings, " ") + " " + context.last_emotion});
  std::vector<std::string> money;
  for (const MoneySum& sum : context.money) {
    money.push_back(Name(sum.kind) + " " + MoneyText(sum.amount_minor, sum.currency));
  }
  table.Add({"orders", fmt::format("{}, last {}", context.orders, TimeText(context.last_order))});
  table.Add({"value", Joined(money, ", ")});
  table.Add({"last reward", TimeText(context.last_reward)});
  std::vector<std::string> scores;
  for (const Score& score : context.last_scores) scores.push_back(ScoreText(score));
  table.Add({"scores", Joined(scores, ", ")});
  table.Add({"told the story before", context.repeated_effort ? "yes" : "no"});
  return table;
}

Table EpisodeTable(const Context& context, const Masker& masker) {
  Table table({{"open since"},
               {"last contact"},
               {"contacts", Table::Align::kRight},
               {"topic"},
               {"outcome"},
               {"feeling"},
               {"agents", Table::Align::kRight},
               {"transfers", Table::Align::kRight},
               {"promises"},
               {"episode"}});
  for (const OpenEpisode& episode : context.open_episodes) {
    std::vector<std::string> promises;
    for (const Promise& promise : episode.promises) {
      promises.push_back((promise.broken ? "BROKEN, was due " : "due ") + IsoTime(promise.due));
    }
    const std::string feeling =
        episode.last_sentiment ? fmt::format("{:+.1f} ", *episode.last_sentiment) : "";
    table.Add({IsoTime(episode.start), IsoTime(episode.last_contact_end),
               std::to_string(episode.contact_count), TopicsText(episode.topics),
               episode.last_outcome == Outcome::kUnspecified ? "-" : Name(episode.last_outcome),
               feeling + episode.last_emotion, std::to_string(episode.agents),
               std::to_string(episode.transfers), Joined(promises, "; "), masker.Key(episode.id)});
  }
  return table;
}

Table FactTable(const Context& context, const Masker& masker) {
  Table table({{"fact on file"}, {"value"}, {"since"}, {"touchpoint"}});
  for (const Fact& fact : context.facts) {
    table.Add({fact.attribute.key, AttributeText(fact.attribute, masker), IsoTime(fact.time),
               masker.Key(fact.touchpoint)});
  }
  return table;
}

int Run(const Program& program, const ContextOptions& options) {
  const Result<TrackerPtr> tracker = OpenToRead(program);
  if (!tracker.ok()) return program.Fail(tracker.status());
  const Identifier identifier = ParseIdentifier(options.identifier);
  const Result<Context> context = options.now.empty()
                                      ? (*tracker)->GetContext(identifier)
                                      : (*tracker)->GetContext(identifier, ParseTime(options.now));
  if (!context.ok()) return CloseStore(program, **tracker, program.Fail(context.status()));
  Masker masker(program.show_identifiers);
  masker.Learn(identifier);
  masker.Learn(context->customer);
  for (const Touchpoint& touchpoint : context->recent) masker.Learn(touchpoint);
  if (program.format() == Output::kJson) {
    PrintJson(ContextJson(*context, masker));
  } else if (program.format() == Output::kCsv) {
    Print(SummaryTable(*context, masker).Csv());
  } else {
    Print(SummaryTable(*context, masker).Text());
    const Table episodes = EpisodeTable(*context, masker);
    if (!episodes.empty()) Print("\n" + episodes.Text());
    const Table facts = FactTable(*context, masker);
    if (!facts.empty()) Print("\n" + facts.Text());
  }
  return CloseStore(program, **tracker, kExitOk);
}

}  // namespace

void AddContext(CLI::App& app, Program& program) {
  const auto options = std::make_shared<ContextOptions>();
  CLI::App* command =
      AddCommand(app, program, "context", "Show what an agent must see when a contact starts",
                 [&program, options] { return Run(program, *options); });
  command->add_option("IDENTIFIER", options->identifier, "NAMESPACE:VALUE of the customer")
      ->required()
      ->check(CheckIdentifier)
      ->type_name("");
  AddTime(*command, "--now", options->now, "The time the contact starts at (default: now)");
}

}  // namespace cxjourney::cli
