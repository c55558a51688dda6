// Readers of formats that hold one JSON object a line.
#include <utility>

#include "interchange/input.h"
#include "interchange/reader.h"
#include "interchange/row_id.h"
#include "interchange/segment.h"

namespace cxjourney::interchange {
namespace {

bool ParseJsonLine(std::string_view line, Row& row, Refusal& refusal) {
  return FromJson(line, row.touchpoint, row.tenant, refusal);
}

bool ParseSegmentLine(std::string_view line, Row& row, Refusal& refusal) {
  return FromSegment(line, row.touchpoint, refusal);
}

using ParseLine = bool (*)(std::string_view, Row&, Refusal&);

class LineReader : public Reader {
 public:
  LineReader(InputFile input, ParseLine parse)
      : input_(std::move(input)), parse_(parse), row_id_(input_.path()) {}

  Result<bool> Next(Row& row) override {
    row = Row();
    InputFile::Line state = InputFile::Line::kOk;
    do {
      const Result<InputFile::Line> next = input_.NextLine(row.text);
      if (!next.ok()) return next.status();
      state = *next;
      if (state == InputFile::Line::kEnd) return false;
    } while (row.text.find_first_not_of(" \t") == std::string::npos);
    ++rows_;
    row.number = input_.lines();
    if (state == InputFile::Line::kTooLong) {
      row.refusal = Refusal{"line_too_long", ""};
      return true;
    }
    Refusal refusal;
    if (!parse_(row.text, row, refusal)) {
      row.refusal = std::move(refusal);
      return true;
    }
    if (row.touchpoint.id.empty()) {
      if (Status status = row_id_.Set(rows_, row.touchpoint.id); !status.ok()) return status;
    }
    return true;
  }

  uint64_t bytes_read() const override { return input_.bytes_read(); }
  uint64_t bytes_total() const override { return input_.bytes_total(); }

 private:
  InputFile input_;
  ParseLine parse_;
  RowId row_id_;
  uint64_t rows_ = 0;
};

Result<std::unique_ptr<Reader>> OpenLines(const std::string& path, ParseLine parse) {
  Result<InputFile> input = InputFile::Open(path);
  if (!input.ok()) return input.status();
  return std::unique_ptr<Reader>(std::make_unique<LineReader>(*std::move(input), parse));
}

}  // namespace

Result<std::unique_ptr<Reader>> OpenJsonLines(const std::string& path) {
  return OpenLines(path, ParseJsonLine);
}

Result<std::unique_ptr<Reader>> OpenSegment(const std::string& path) {
  return OpenLines(path, ParseSegmentLine);
}

}  // namespace cxjourney::interchange
