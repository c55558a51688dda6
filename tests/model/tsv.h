// Reads the tables of tests/data: tab-separated, names of the columns in the first line.
#pragma once

#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace cxjourney::model {

using TsvRow = std::map<std::string, std::string>;

inline std::vector<std::string> SplitTabs(const std::string& line) {
  std::vector<std::string> cells(1);
  for (char c : line) {
    if (c == '\t') {
      cells.emplace_back();
    } else {
      cells.back() += c;
    }
  }
  return cells;
}

// Empty when the file is not there: tests check the number of rows.
inline std::vector<TsvRow> ReadTsv(const std::string& path_in_project) {
  std::ifstream file(std::string(CXJ_SOURCE_DIR) + "/" + path_in_project);
  std::string line;
  std::getline(file, line);
  const std::vector<std::string> names = SplitTabs(line);
  std::vector<TsvRow> rows;
  while (std::getline(file, line)) {
    const std::vector<std::string> cells = SplitTabs(line);
    TsvRow row;
    for (size_t i = 0; i < names.size() && i < cells.size(); ++i) row[names[i]] = cells[i];
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace cxjourney::model
