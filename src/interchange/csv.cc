#include "interchange/csv.h"

namespace cxjourney::interchange {

void CsvRowParser::Start() {
  open_ = false;
  values_.assign(1, {});
}

CsvRowParser::State CsvRowParser::Feed(std::string_view line) {
  if (open_) values_.back() += '\n';
  bool at_start = !open_;  // Of a value.
  bool closed = false;     // A quoted value has ended; only the delimiter may follow.
  for (size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (open_) {
      if (c != '"') {
        values_.back() += c;
      } else if (i + 1 < line.size() && line[i + 1] == '"') {
        values_.back() += '"';
        ++i;
      } else {
        open_ = false;
        closed = true;
      }
    } else if (c == delimiter_) {
      values_.emplace_back();
      at_start = true;
      closed = false;
      continue;
    } else if (c == '"' && at_start) {
      open_ = true;
    } else if (c == '"' || closed) {
      return State::kBad;
    } else {
      values_.back() += c;
    }
    at_start = false;
  }
  return open_ ? State::kOpen : State::kDone;
}

}  // namespace cxjourney::interchange
