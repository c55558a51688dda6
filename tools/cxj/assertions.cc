// link, unlink, block, unblock and retract: what people know and touchpoints do not say.
#include <fmt/format.h>

#include "cxj/render.h"
#include "interchange/time_text.h"

namespace cxjourney::cli {
namespace {

struct AssertionOptions {
  std::vector<std::string> identifiers = {};
  std::string actor = "cxj";
  std::string reason = {};
  uint64_t assertion = 0;
  std::vector<std::string> touchpoint = {};  // Source and id.
};

using Assert = Result<AssertionReceipt> (*)(Tracker&, const AssertionOptions&, const Assertion&);

Json ReceiptJson(const AssertionReceipt& receipt, const Masker& masker) {
  Json json;
  json["assertion"] = static_cast<uint64_t>(receipt.id);
  json["remarks"] = Json::array();
  for (const Remark& remark : receipt.remarks) {
    json["remarks"].push_back({{"reason", ReasonName(remark.reason)}, {"about", remark.about}});
  }
  json["customers"] = Json::array();
  for (const CustomerId id : receipt.customers) json["customers"].push_back(CustomerText(id));
  json["changes"] = Json::array();
  for (const Notice& notice : receipt.changes) json["changes"].push_back(JsonOf(notice, masker));
  return json;
}

Table ChangeTable(const AssertionReceipt& receipt, const Masker& masker) {
  Table table({{"repeat"}, {"policy"}, {"start"}, {"contact"}, {"repeat of"}, {"before"}});
  for (const Notice& notice : receipt.changes) {
    table.Add({NoticeName(notice.type), notice.policy, interchange::IsoTime(notice.start),
               masker.UnsureKey(notice.contact),
               notice.prior ? masker.UnsureKey(*notice.prior) : "",
               notice.old_prior ? masker.UnsureKey(*notice.old_prior) : ""});
  }
  return table;
}

void PrintReceipt(const Program& program, const AssertionReceipt& receipt, const Masker& masker) {
  if (program.format() == Output::kJson) return PrintJson(ReceiptJson(receipt, masker));
  const Table changes = ChangeTable(receipt, masker);
  if (program.format() == Output::kCsv) return Print(changes.Csv());
  std::vector<std::string> customers;
  for (const CustomerId id : receipt.customers) customers.push_back(CustomerText(id));
  Print(fmt::format("assertion {} recorded; customers now: {}\n", static_cast<uint64_t>(receipt.id),
                    Joined(customers, ", ")));
  for (const Remark& remark : receipt.remarks) {
    Print(fmt::format("note: {} {}\n", ReasonName(remark.reason), remark.about));
  }
  if (!changes.empty()) Print("\n" + changes.Text());
}

void LearnCustomer(const Tracker& tracker, CustomerId id, Masker& masker) {
  if (const auto customer = tracker.GetCustomer(id); customer.ok()) masker.Learn(*customer);
}

int Run(const Program& program, const AssertionOptions& options, Assert assert_it) {
  const Result<TrackerPtr> tracker = OpenStore(program);
  if (!tracker.ok()) return program.Fail(tracker.status());
  Masker masker(program.show_identifiers);
  // The changes can name contacts of customers that the assertion takes apart.
  for (const std::string& text : options.identifiers) {
    const Identifier identifier = ParseIdentifier(text);
    masker.Learn(identifier);
    const Result<CustomerId> customer = (*tracker)->Resolve(identifier);
    if (customer.ok()) LearnCustomer(**tracker, *customer, masker);
  }
  const Result<AssertionReceipt> receipt =
      assert_it(**tracker, options, {options.actor, options.reason});
  if (!receipt.ok()) return CloseStore(program, **tracker, program.Fail(receipt.status()));
  for (const CustomerId id : receipt->customers) LearnCustomer(**tracker, id, masker);
  PrintReceipt(program, *receipt, masker);
  return CloseStore(program, **tracker, kExitOk);
}

Result<AssertionReceipt> Link(Tracker& tracker, const AssertionOptions& options,
                              const Assertion& assertion) {
  std::vector<Identifier> identifiers;
  for (const std::string& text : options.identifiers) identifiers.push_back(ParseIdentifier(text));
  return tracker.MustLink(identifiers, assertion);
}

Result<AssertionReceipt> Unlink(Tracker& tracker, const AssertionOptions& options,
                                const Assertion& assertion) {
  return tracker.Unlink(ParseIdentifier(options.identifiers[0]),
                        ParseIdentifier(options.identifiers[1]), assertion);
}

Result<AssertionReceipt> Block(Tracker& tracker, const AssertionOptions& options,
                               const Assertion& assertion) {
  return tracker.Block(ParseIdentifier(options.identifiers[0]), assertion);
}

Result<AssertionReceipt> Unblock(Tracker& tracker, const AssertionOptions& options,
                                 const Assertion& assertion) {
  return tracker.Unblock(ParseIdentifier(options.identifiers[0]), assertion);
}

Result<AssertionReceipt> Retract(Tracker& tracker, const AssertionOptions& options,
                                 const Assertion& assertion) {
  if (!options.touchpoint.empty()) {
    return tracker.Retract(TouchpointKey{options.touchpoint[0], options.touchpoint[1]}, assertion);
  }
  return tracker.Retract(static_cast<AssertionId>(options.assertion), assertion);
}

CLI::App* AddAssertion(CLI::App& app, Program& program, const char* name, const char* description,
                       const std::shared_ptr<AssertionOptions>& options, Assert assert_it) {
  CLI::App* command = AddCommand(app, program, name, description, [&program, options, assert_it] {
    return Run(program, *options, assert_it);
  });
  command->add_option("--actor", options->actor, "Who says so (default: cxj)")->type_name("NAME");
  command->add_option("--reason", options->reason, "Why; no customer's data")->type_name("TEXT");
  return command;
}

void AddForIdentifiers(CLI::App& app, Program& program, const char* name, const char* description,
                       Assert assert_it, int count) {
  const auto options = std::make_shared<AssertionOptions>();
  CLI::App* command = AddAssertion(app, program, name, description, options, assert_it);
  CLI::Option* identifiers =
      command->add_option("IDENTIFIERS", options->identifiers, "NAMESPACE:VALUE of each")
          ->required()
          ->check(CheckIdentifier)
          ->type_name("");
  if (count > 0) {
    identifiers->expected(count);
  } else {
    identifiers->expected(2, 1000);
  }
}

}  // namespace

void AddAssertions(CLI::App& app, Program& program) {
  AddForIdentifiers(app, program, "link", "Assert that identifiers are one customer", Link, 0);
  AddForIdentifiers(app, program, "unlink", "Assert that two identifiers are two customers", Unlink,
                    2);
  AddForIdentifiers(app, program, "block", "Assert that an identifier links nothing", Block, 1);
  AddForIdentifiers(app, program, "unblock", "Undo block", Unblock, 1);
  const auto options = std::make_shared<AssertionOptions>();
  CLI::App* retract = AddAssertion(
      app, program, "retract", "Take back an assertion or a touchpoint, as if it had never been",
      options, Retract);
  CLI::Option_group* what = retract->add_option_group("what", "What to take back");
  what->add_option("--assertion", options->assertion, "Number of the assertion")->type_name("N");
  what->add_option("--touchpoint", options->touchpoint, "Source and id of the touchpoint")
      ->expected(2)
      ->type_name("SOURCE ID");
  what->require_option(1);
}

}  // namespace cxjourney::cli
