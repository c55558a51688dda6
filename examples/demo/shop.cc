// An invented shop with every channel: 100,000 touchpoints.
#include <fmt/format.h>

#include <algorithm>

#include "demo/demo.h"
#include "interchange/time_text.h"
#include "shop_generator/shop.h"

namespace cxjourney::examples {
namespace {

void ShowGroups(const RepeatReport& report) {
  fmt::print("  {:<14} {:>9} {:>9} {:>9} {:>12} {:>12}\n", "channel", "contacts", "repeats", "rate",
             "no return", "first time");
  const auto line = [](const std::string& label, const Measures& m) {
    fmt::print("  {:<14} {:>9} {:>9} {:>9} {:>12} {:>12}\n", label,
               Number(static_cast<uint64_t>(m.contacts)),
               Number(static_cast<uint64_t>(m.rcr.numerator)), Percent(m.rcr),
               Percent(m.fcr_forward), Percent(m.fcr_issue));
  };
  for (const MeasureGroup& group : report.groups) line(group.label, group.measures);
  line("all", report.total);
}

Status RecordShop(const std::vector<Touchpoint>& touchpoints, Tracker& tracker) {
  const auto start = std::chrono::steady_clock::now();
  Imported counts;
  for (size_t i = 0; i < touchpoints.size(); i += 1000) {
    const auto begin = touchpoints.begin() + static_cast<std::ptrdiff_t>(i);
    const auto end =
        begin + static_cast<std::ptrdiff_t>(std::min<size_t>(1000, touchpoints.size() - i));
    const Result<std::vector<Receipt>> receipts = tracker.RecordAll({begin, end});
    if (!receipts.ok()) return receipts.status();
    for (const Receipt& receipt : *receipts) {
      if (receipt.outcome == RecordOutcome::kRecorded) ++counts.recorded;
      if (receipt.outcome == RecordOutcome::kDuplicate) ++counts.duplicate;
      if (receipt.outcome == RecordOutcome::kRefused) ++counts.refused;
    }
  }
  const double seconds = SecondsSince(start);
  fmt::print(
      "  {} recorded, {} duplicate, {} refused in {:.1f} s: {} a second, all of them synced\n",
      Number(counts.recorded), Number(counts.duplicate), Number(counts.refused), seconds,
      Number(static_cast<uint64_t>(static_cast<double>(touchpoints.size()) / seconds)));
  return Status();
}

Status ShowRepeats(const Tracker& tracker) {
  RepeatQuery query;
  query.registered = tracker.policies().front().name;
  query.group_by = RepeatQuery::GroupBy::kChannel;
  query.watermark = interchange::ParseIsoTime("2025-05-01");
  const Result<RepeatReport> report = tracker.Repeats(query);
  if (!report.ok()) return report.status();
  Subline("Repeat contacts within 7 days, by channel of the repeat");
  ShowGroups(*report);
  fmt::print("  {} of the repeats came on another channel than the contact before; {} identified\n",
             Number(static_cast<uint64_t>(report->total.channel_switch_repeats)),
             Percent(report->total.identified));
  return Status();
}

}  // namespace

Status ShowShop(const Folders& folders) {
  Headline("An invented shop: 100,000 touchpoints on every channel");
  const std::vector<Touchpoint> touchpoints = GenerateShop({});
  const std::string path = folders.stores + "/shop";
  Result<std::unique_ptr<Tracker>> opened = Tracker::Open(path);
  if (!opened.ok()) return opened.status();
  if (Status status = RecordShop(touchpoints, **opened); !status.ok()) return status;
  const Result<Stats> stats = (*opened)->GetStats();
  if (!stats.ok()) return stats.status();
  fmt::print("  {} customers with {} identifiers; {:.1f} MB on disk\n", Number(stats->customers),
             Number(stats->identifiers),
             static_cast<double>(stats->log_bytes + stats->sealed_bytes) / 1e6);
  if (Status status = ShowRepeats(**opened); !status.ok()) return status;
  if (Status status = (*opened)->Close(); !status.ok()) return status;

  Subline("Opened again, everything re-derived and compared");
  const auto start = std::chrono::steady_clock::now();
  opened = Tracker::Open(path);
  if (!opened.ok()) return opened.status();
  const double seconds = SecondsSince(start);
  const Result<VerifyReport> verified = (*opened)->Verify();
  if (!verified.ok()) return verified.status();
  fmt::print("  open {:.1f} s; verified {} records, {} touchpoints, {} contacts: {} problems\n",
             seconds, Number(verified->records), Number(verified->touchpoints),
             Number(verified->contacts), verified->problems.size());
  return (*opened)->Close();
}

}  // namespace cxjourney::examples
