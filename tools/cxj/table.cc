#include "cxj/table.h"

#include <algorithm>

namespace cxjourney::cli {
namespace {

// Characters, not bytes: good enough for the scripts that stand one cell wide.
size_t Width(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

// Values come from outside: a control character must not reach the terminal.
std::string Printable(std::string_view text) {
  std::string clean(text);
  for (char& c : clean) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  return clean;
}

bool IsNumber(std::string_view text) {
  return text.find_first_not_of("0123456789.,-+%") == std::string_view::npos;
}

std::string CsvCell(std::string_view text) {
  std::string cell(text);
  const bool formula =
      !cell.empty() && std::string_view("=+-@\t\r").find(cell[0]) != std::string_view::npos;
  if (formula && !IsNumber(cell)) cell.insert(0, "'");
  if (cell.find_first_of(",\"\r\n") == std::string::npos) return cell;
  std::string quoted = "\"";
  for (const char c : cell) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace

std::string Table::Text() const {
  std::vector<size_t> widths;
  for (const Column& column : columns_) widths.push_back(Width(column.name));
  for (const auto& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], Width(row[i]));
  }
  std::string text;
  const auto add_row = [&](const auto& cell_of) {
    std::string line;
    for (size_t i = 0; i < columns_.size(); ++i) {
      const std::string cell = Printable(cell_of(i));
      const std::string padding(widths[i] - std::min(widths[i], Width(cell)), ' ');
      if (i > 0) line += "  ";
      line += columns_[i].align == Align::kRight ? padding + cell : cell + padding;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  };
  add_row([&](size_t i) -> const std::string& { return columns_[i].name; });
  for (size_t i = 0; i < widths.size(); ++i) {
    if (i > 0) text += "  ";
    for (size_t j = 0; j < widths[i]; ++j) text += "─";
  }
  text += '\n';
  for (const auto& row : rows_) {
    add_row([&](size_t i) -> const std::string& { return row[i]; });
  }
  return text;
}

std::string Table::Csv() const {
  std::string text;
  for (size_t i = 0; i < columns_.size(); ++i) {
    text += (i > 0 ? "," : "") + CsvCell(columns_[i].name);
  }
  text += "\r\n";
  for (const auto& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i) text += (i > 0 ? "," : "") + CsvCell(row[i]);
    text += "\r\n";
  }
  return text;
}

std::string Grouped(uint64_t number) {
  std::string text = std::to_string(number);
  for (size_t i = text.size(); i > 3;) {
    i -= 3;
    text.insert(i, 1, ',');
  }
  return text;
}

}  // namespace cxjourney::cli
