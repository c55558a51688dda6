// Tables for people and programs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cxjourney::cli {

class Table {
 public:
  enum class Align : uint8_t {
    kLeft = 1,
    kRight = 2
  };
  struct Column {
    std::string name;
    Align align = Align::kLeft;
  };
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  void Add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  bool empty() const { return rows_.empty(); }

  // Aligned, with a rule under the header.
  std::string Text() const;
  // RFC 4180. A cell that a spreadsheet would run as a formula gets an apostrophe.
  std::string Csv() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// "1,234,567".
std::string Grouped(uint64_t number);

}  // namespace cxjourney::cli
