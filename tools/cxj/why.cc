#include <fmt/format.h>

#include "cxj/render.h"
#include "interchange/time_text.h"

namespace cxjourney::cli {
namespace {

struct WhyOptions {
  std::string a = {};
  std::string b = {};
};

Json WhyJson(const WhyAnswer& why, const Masker& masker) {
  Json json;
  json["same_customer"] = why.same_customer;
  json["customer_a"] = CustomerText(why.customer_a);
  json["customer_b"] = CustomerText(why.customer_b);
  json["connected"] = why.same_customer || why.connected;
  json["path"] = Json::array();
  for (const Link& link : why.path) json["path"].push_back(JsonOf(link, masker));
  json["vetoes"] = Json::array();
  for (const Veto& veto : why.vetoes) {
    Json item;
    item["link"] = JsonOf(veto.link, masker);
    item["rule"] = VetoName(veto.rule);
    item["namespace"] = veto.name_space;
    item["rival_a"] = veto.rival_a.value.empty() ? Json() : Json(masker.Labelled(veto.rival_a));
    item["rival_b"] = veto.rival_b.value.empty() ? Json() : Json(masker.Labelled(veto.rival_b));
    item["cannot_link"] = veto.cannot_link == AssertionId::kNone
                              ? Json()
                              : Json(static_cast<uint64_t>(veto.cannot_link));
    json["vetoes"].push_back(std::move(item));
  }
  return json;
}

std::string EvidenceText(const Link& link, const Masker& masker) {
  if (link.must_link != AssertionId::kNone) {
    return fmt::format("assertion {}", static_cast<uint64_t>(link.must_link));
  }
  std::vector<std::string> keys;
  for (const TouchpointKey& key : link.touchpoints) keys.push_back(masker.Key(key));
  return Joined(keys, ", ");
}

Table PathTable(const WhyAnswer& why, const Masker& masker) {
  Table table({{"from"}, {"to"}, {"last seen together"}, {"evidence"}});
  for (const Link& link : why.path) {
    table.Add({masker.Labelled(link.a), masker.Labelled(link.b),
               link.newest == Timestamp::min() ? "-" : interchange::IsoTime(link.newest),
               EvidenceText(link, masker)});
  }
  return table;
}

std::string VetoText(const Veto& veto, const Masker& masker) {
  const std::string rivals = veto.rival_a.value.empty() ? ""
                                                        : masker.Labelled(veto.rival_a) + " and " +
                                                              masker.Labelled(veto.rival_b);
  switch (veto.rule) {
    case VetoRule::kUniqueNamespace:
      return "a customer has one " + veto.name_space + ", these would be two: " + rivals;
    case VetoRule::kPerCustomerLimit:
      return "the customer would have too many " + veto.name_space;
    case VetoRule::kIdentifiersPerCustomer:
      return "the customer would have too many identifiers";
    case VetoRule::kCannotLink:
      return fmt::format("assertion {} keeps apart {}", static_cast<uint64_t>(veto.cannot_link),
                         rivals);
  }
  return {};
}

Table VetoTable(const WhyAnswer& why, const Masker& masker) {
  Table table({{"from"}, {"to"}, {"evidence"}, {"rule"}, {"why it does not join"}});
  for (const Veto& veto : why.vetoes) {
    table.Add({masker.Labelled(veto.link.a), masker.Labelled(veto.link.b),
               EvidenceText(veto.link, masker), VetoName(veto.rule), VetoText(veto, masker)});
  }
  return table;
}

void PrintText(const WhyAnswer& why, const Masker& masker) {
  if (why.same_customer) {
    Print(fmt::format("one customer, {}: this evidence connects them\n\n",
                      CustomerText(why.customer_a)));
    Print(PathTable(why, masker).Text());
    return;
  }
  Print(fmt::format("two customers, {} and {}: {}\n", CustomerText(why.customer_a),
                    CustomerText(why.customer_b),
                    why.connected ? "evidence connects them, but it does not join them"
                                  : "no evidence connects them"));
  if (!why.vetoes.empty()) Print("\n" + VetoTable(why, masker).Text());
}

int Run(const Program& program, const WhyOptions& options) {
  const Result<TrackerPtr> tracker = OpenToRead(program);
  if (!tracker.ok()) return program.Fail(tracker.status());
  const Identifier a = ParseIdentifier(options.a);
  const Identifier b = ParseIdentifier(options.b);
  const Result<WhyAnswer> why = (*tracker)->Why(a, b);
  if (!why.ok()) return CloseStore(program, **tracker, program.Fail(why.status()));
  Masker masker(program.show_identifiers);
  masker.Learn(a);
  masker.Learn(b);
  for (const CustomerId id : {why->customer_a, why->customer_b}) {
    if (const auto customer = (*tracker)->GetCustomer(id); customer.ok()) masker.Learn(*customer);
  }
  if (program.format() == Output::kJson) {
    PrintJson(WhyJson(*why, masker));
  } else if (program.format() == Output::kCsv) {
    Print((why->same_customer ? PathTable(*why, masker) : VetoTable(*why, masker)).Csv());
  } else {
    PrintText(*why, masker);
  }
  return CloseStore(program, **tracker, kExitOk);
}

}  // namespace

void AddWhy(CLI::App& app, Program& program) {
  const auto options = std::make_shared<WhyOptions>();
  CLI::App* command =
      AddCommand(app, program, "why", "Explain why two identifiers are one customer, or are not",
                 [&program, options] { return Run(program, *options); });
  command->add_option("A", options->a, "NAMESPACE:VALUE")
      ->required()
      ->check(CheckIdentifier)
      ->type_name("");
  command->add_option("B", options->b, "NAMESPACE:VALUE")
      ->required()
      ->check(CheckIdentifier)
      ->type_name("");
}

}  // namespace cxjourney::cli
