// cxj_demo: the library's main job, on the project's own data.
//
//   cxj_demo EXAMPLES_FOLDER STORES_FOLDER
#include "demo/demo.h"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <utility>

namespace cxjourney::examples {

Result<Imported> Import(interchange::Reader& reader, Tracker& tracker,
                        std::vector<Notice>* notices) {
  Imported counts;
  for (bool more = true; more;) {
    std::vector<Touchpoint> batch;
    while (more && batch.size() < 1000) {
      interchange::Row row;
      const Result<bool> next = reader.Next(row);
      if (!next.ok()) return next.status();
      more = *next;
      if (!more) break;
      ++counts.rows;
      if (row.refusal) {
        ++counts.refused;
      } else {
        batch.push_back(std::move(row.touchpoint));
      }
    }
    if (batch.empty()) continue;
    const Result<std::vector<Receipt>> receipts = tracker.RecordAll(batch);
    if (!receipts.ok()) return receipts.status();
    for (const Receipt& receipt : *receipts) {
      if (receipt.outcome == RecordOutcome::kRecorded) ++counts.recorded;
      if (receipt.outcome == RecordOutcome::kDuplicate) ++counts.duplicate;
      if (receipt.outcome == RecordOutcome::kRefused) ++counts.refused;
      if (notices != nullptr) {
        notices->insert(notices->end(), receipt.changes.begin(), receipt.changes.end());
      }
    }
  }
  return counts;
}

void Headline(std::string_view text) {
  fmt::print("\n\033[1m{}\033[0m\n", text);
  for (size_t i = 0; i < text.size(); ++i) fmt::print("═");
  fmt::print("\n");
}

void Subline(std::string_view text) { fmt::print("\n\033[1m{}\033[0m\n", text); }

std::string Number(uint64_t number) {
  std::string text = std::to_string(number);
  for (size_t i = text.size(); i > 3;) {
    i -= 3;
    text.insert(i, 1, ',');
  }
  return text;
}

std::string Percent(const Ratio& ratio) {
  const std::optional<double> value = ratio.value();
  return value ? fmt::format("{:.1f} %", *value * 100) : "none";
}

double SecondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace cxjourney::examples

int main(int argc, char** argv) {
  namespace examples = cxjourney::examples;
  if (argc != 3) {
    fmt::print(stderr, "usage: cxj_demo EXAMPLES_FOLDER STORES_FOLDER\n");
    return 1;
  }
  const std::string base = argv[1];
  const examples::Folders folders = {base + "/data", base + "/mappings", argv[2]};
  std::error_code error;
  if (!std::filesystem::is_empty(folders.stores, error) || error) {
    fmt::print(stderr, "cxj_demo: {} is no empty folder\n", folders.stores);
    return 1;
  }
  for (const auto show :
       {examples::ShowStory, examples::ShowPurchases, examples::ShowTruthSet, examples::ShowShop}) {
    const cxjourney::Status status = show(folders);
    if (status.ok()) continue;
    fmt::print(stderr, "cxj_demo: {}\n", status.ToString());
    return 1;
  }
  return 0;
}
