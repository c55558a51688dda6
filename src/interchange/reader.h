// Readers: files of touchpoints in the formats that other programs write.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "cxjourney/status.h"
#include "cxjourney/touchpoint.h"
#include "interchange/json.h"
#include "interchange/mapping.h"

namespace cxjourney::interchange {

// One row of the file: a touchpoint, or why it is none.
struct Row {
  uint64_t number = 0;  // Line it starts on; the first one is 1.
  std::string text = {};
  Touchpoint touchpoint = {};
  uint32_t tenant = 0;
  std::optional<Refusal> refusal = {};
};

// Reads one file from front to end. A row that has no id of its own gets
// "<digest of the file>:<number of the row>": a file imported twice is idempotent, and equal rows
// inside one file stay. Not thread-safe.
class Reader {
 public:
  virtual ~Reader() = default;
  // False: the end. A failure means that the rest of the file can't be read.
  virtual Result<bool> Next(Row& row) = 0;
  virtual uint64_t bytes_read() const = 0;  // For a progress bar.
  virtual uint64_t bytes_total() const = 0;
};

// One touchpoint a line, as FromJson reads it. Empty lines are skipped.
Result<std::unique_ptr<Reader>> OpenJsonLines(const std::string& path);
// RFC 4180 with a header line; `mapping` says what the columns are. kInvalidArgument: the mapping
// names a column that the file does not have.
Result<std::unique_ptr<Reader>> OpenCsv(const std::string& path, const Mapping& mapping);
// One call of the Segment (or RudderStack) spec a line.
Result<std::unique_ptr<Reader>> OpenSegment(const std::string& path);

}  // namespace cxjourney::interchange
