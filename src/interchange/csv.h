// Rows of comma-separated values, RFC 4180.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cxjourney::interchange {

// Takes a row line by line, because a quoted value may hold line ends.
class CsvRowParser {
 public:
  explicit CsvRowParser(char delimiter) : delimiter_(delimiter) {}

  enum class State : unsigned char {
    kDone = 1,
    kOpen = 2,  // Inside quotes: the row goes on with the next line.
    kBad = 3,   // A quote where none may stand.
  };
  void Start();
  State Feed(std::string_view line);
  std::vector<std::string>& values() { return values_; }

 private:
  char delimiter_;
  bool open_ = false;
  std::vector<std::string> values_;
};

}  // namespace cxjourney::interchange
