// 6,919 real purchases of 2,357 customers of a music shop.
#include <fmt/format.h>

#include <algorithm>

#include "demo/demo.h"
#include "interchange/time_text.h"

namespace cxjourney::examples {
namespace {

Result<Imported> ImportCsv(const std::string& path, const std::string& mapping_path,
                           Tracker& tracker) {
  const Result<interchange::Mapping> mapping = interchange::LoadMapping(mapping_path);
  if (!mapping.ok()) return mapping.status();
  Result<std::unique_ptr<interchange::Reader>> reader = interchange::OpenCsv(path, *mapping);
  if (!reader.ok()) return reader.status();
  return Import(**reader, tracker);
}

struct Buyer {
  std::string customer_id;
  uint64_t orders = 0;
  int64_t cents = 0;
};

Result<std::vector<Buyer>> Buyers(const Tracker& tracker, Timestamp now) {
  std::vector<Buyer> buyers;
  CustomerId after = CustomerId::kNone;
  for (;;) {
    const Result<std::vector<CustomerId>> page = tracker.ListCustomers(after, 1000);
    if (!page.ok()) return page.status();
    if (page->empty()) return buyers;
    after = page->back();
    for (const CustomerId id : *page) {
      const Result<Customer> customer = tracker.GetCustomer(id);
      if (!customer.ok()) return customer.status();
      const HeldIdentifier& strongest = customer->identifiers.front();
      const Result<Context> context =
          tracker.GetContext({strongest.name_space, strongest.value, Role::kUnspecified}, now);
      if (!context.ok()) return context.status();
      Buyer buyer{strongest.value, context->orders, 0};
      for (const MoneySum& sum : context->money) buyer.cents += sum.amount_minor;
      buyers.push_back(std::move(buyer));
    }
  }
}

}  // namespace

Status ShowPurchases(const Folders& folders) {
  Headline("Real purchases: CDNOW, January 1997 to June 1998");
  Result<std::unique_ptr<Tracker>> opened = Tracker::Open(folders.stores + "/cdnow");
  if (!opened.ok()) return opened.status();
  Tracker& tracker = **opened;
  const std::string file = folders.data + "/cdnow/touchpoints_sample.csv";
  const auto start = std::chrono::steady_clock::now();
  for (int round = 1; round <= 2; ++round) {
    const Result<Imported> imported = ImportCsv(file, folders.mappings + "/cdnow.map", tracker);
    if (!imported.ok()) return imported.status();
    fmt::print("  import {}: {} rows, {} recorded, {} duplicate, {} refused\n", round,
               Number(imported->rows), Number(imported->recorded), Number(imported->duplicate),
               Number(imported->refused));
  }
  fmt::print("  both in {:.1f} s, durable\n", SecondsSince(start));
  const Timestamp now = *interchange::ParseIsoTime("1998-07-01");
  Result<std::vector<Buyer>> buyers = Buyers(tracker, now);
  if (!buyers.ok()) return buyers.status();
  int64_t cents = 0;
  uint64_t orders = 0;
  for (const Buyer& buyer : *buyers) {
    cents += buyer.cents;
    orders += buyer.orders;
  }
  const auto again = std::count_if(buyers->begin(), buyers->end(),
                                   [](const Buyer& buyer) { return buyer.orders > 1; });
  fmt::print("  {} customers, {} purchases worth {}.{:02} USD; {} bought again\n",
             Number(buyers->size()), Number(orders), Number(static_cast<uint64_t>(cents / 100)),
             cents % 100, Number(static_cast<uint64_t>(again)));
  std::sort(buyers->begin(), buyers->end(),
            [](const Buyer& a, const Buyer& b) { return a.cents > b.cents; });
  for (size_t i = 0; i < 3 && i < buyers->size(); ++i) {
    const Buyer& buyer = (*buyers)[i];
    fmt::print("    customer {}: {} purchases, {}.{:02} USD\n", buyer.customer_id, buyer.orders,
               Number(static_cast<uint64_t>(buyer.cents / 100)), buyer.cents % 100);
  }
  RepeatQuery query;
  query.registered = tracker.policies().front().name;
  query.watermark = now;
  const Result<RepeatReport> report = tracker.Repeats(query);
  if (!report.ok()) return report.status();
  fmt::print("  service contacts among them: {} (a purchase is no contact)\n",
             report->total.contacts);
  return tracker.Close();
}

}  // namespace cxjourney::examples
