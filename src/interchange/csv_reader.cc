#include <algorithm>
#include <utility>

#include "interchange/csv.h"
#include "interchange/fields.h"
#include "interchange/input.h"
#include "interchange/names.h"
#include "interchange/reader.h"
#include "interchange/row_id.h"

namespace cxjourney::interchange {
namespace {

constexpr size_t kNoColumn = static_cast<size_t>(-1);

// A template whose columns are known by position, with what replaces their values.
struct BoundPart {
  std::string text = {};
  size_t column = kNoColumn;
  const std::map<std::string, std::string>* values = nullptr;
};
using BoundTemplate = std::vector<BoundPart>;

struct BoundField {
  BoundTemplate name;
  BoundTemplate value;
  const MappedField* mapped;
};

class CsvReader : public Reader {
 public:
  CsvReader(InputFile input, Mapping mapping)
      : input_(std::move(input)),
        mapping_(std::move(mapping)),
        parser_(mapping_.delimiter),
        row_id_(input_.path()) {}

  Status Start() {
    std::string text;
    std::optional<Refusal> refusal;
    const Result<bool> any = NextRow(text, refusal);
    if (!any.ok()) return any.status();
    if (!*any || refusal) {
      return Status(Code::kInvalidArgument, input_.path() + ": has no readable header line");
    }
    header_ = parser_.values();
    for (auto [fields, bound] : {std::pair{&mapping_.fields, &fields_},
                                 {&mapping_.identifiers, &identifiers_},
                                 {&mapping_.refs, &refs_},
                                 {&mapping_.attributes, &attributes_}}) {
      for (const MappedField& field : *fields) {
        bound->push_back({{}, {}, &field});
        if (Status s = Bind(field.name, field, bound->back().name); !s.ok()) return s;
        if (Status s = Bind(field.value, field, bound->back().value); !s.ok()) return s;
      }
    }
    return Status();
  }

  Result<bool> Next(Row& row) override {
    row = Row();
    do {
      row.number = input_.lines() + 1;
      const Result<bool> any = NextRow(row.text, row.refusal);
      if (!any.ok()) return any.status();
      if (!*any) return false;
    } while (row.text.empty());
    ++rows_;
    if (row.refusal) return true;
    if (parser_.values().size() != header_.size()) {
      row.refusal = Refusal{"column_count", ""};
      return true;
    }
    row.refusal = Fill(row);
    if (!row.refusal && row.touchpoint.id.empty()) {
      if (Status status = row_id_.Set(rows_, row.touchpoint.id); !status.ok()) return status;
    }
    return true;
  }

  uint64_t bytes_read() const override { return input_.bytes_read(); }
  uint64_t bytes_total() const override { return input_.bytes_total(); }

 private:
  // Reads one row, which may be several lines, into the parser.
  Result<bool> NextRow(std::string& text, std::optional<Refusal>& refusal) {
    parser_.Start();
    text.clear();
    std::string line;
    for (bool first = true;; first = false) {
      const Result<InputFile::Line> next = input_.NextLine(line);
      if (!next.ok()) return next.status();
      if (*next == InputFile::Line::kEnd) {
        if (first) return false;
        refusal = Refusal{"bad_csv", ""};
        return true;
      }
      if (!first) text += '\n';
      text += line;
      if (*next == InputFile::Line::kTooLong || text.size() > kLineBytesMax) {
        refusal = Refusal{"line_too_long", ""};
        return true;
      }
      const CsvRowParser::State state = parser_.Feed(line);
      if (state == CsvRowParser::State::kOpen) continue;
      if (state == CsvRowParser::State::kBad) refusal = Refusal{"bad_csv", ""};
      return true;
    }
  }

  Status Bind(const Template& text, const MappedField& field, BoundTemplate& bound) const {
    for (const Template::Part& part : text.parts) {
      BoundPart& out = bound.emplace_back();
      out.text = part.text;
      if (!part.column) continue;
      const auto column = std::find(header_.begin(), header_.end(), part.text);
      if (column == header_.end()) {
        return Status(Code::kInvalidArgument, input_.path() + ": has no column \"" + part.text +
                                                  "\" (mapping line " + std::to_string(field.line) +
                                                  ")");
      }
      out.column = static_cast<size_t>(column - header_.begin());
      const auto values = mapping_.values.find(part.text);
      if (values != mapping_.values.end()) out.values = &values->second;
    }
    return Status();
  }

  std::string_view Value(const BoundPart& part) {
    if (part.column == kNoColumn) return part.text;
    std::string_view value = parser_.values()[part.column];
    for (const std::string& empty : mapping_.empty_values) {
      if (value == empty) return {};
    }
    if (part.values == nullptr) return value;
    auto replaced = part.values->find(std::string(value));
    if (replaced == part.values->end()) replaced = part.values->find("*");
    return replaced == part.values->end() ? value : std::string_view(replaced->second);
  }

  // Empty when the template has columns and none of them has a value.
  std::string Render(const BoundTemplate& bound) {
    std::string text;
    bool columns = false;
    bool any = false;
    for (const BoundPart& part : bound) {
      const std::string_view value = Value(part);
      text += value;
      columns = columns || part.column != kNoColumn;
      any = any || (part.column != kNoColumn && !value.empty());
    }
    return columns && !any ? std::string() : text;
  }

  // A path ends before its first empty column: "{topic}/{subtopic}" gives "billing", never
  // "billing/".
  std::string RenderTopic(const BoundTemplate& bound) {
    std::string text;
    for (const BoundPart& part : bound) {
      const std::string_view value = Value(part);
      if (part.column != kNoColumn && value.empty()) break;
      text += value;
    }
    while (!text.empty() && text.back() == '/') text.pop_back();
    return text;
  }

  std::optional<Refusal> Fill(Row& row) {
    PendingFields pending;
    for (const BoundField& field : fields_) {
      const std::string& name = field.mapped->name.parts[0].text;
      const std::string text = name == "topic" ? RenderTopic(field.value) : Render(field.value);
      if (text.empty()) continue;
      if (!SetField(name, text, mapping_.time_format, row.touchpoint, pending)) {
        const bool time = name.find("time") != std::string::npos || name == "follow_up_due";
        return Refusal{time ? "bad_time" : "bad_value", name};
      }
    }
    row.tenant = pending.tenant;
    if (const auto bad = FinishFields(pending, row.touchpoint); !bad.empty()) {
      return Refusal{"bad_value", std::string(bad)};
    }
    return FillLists(row.touchpoint);
  }

  std::optional<Refusal> FillLists(Touchpoint& touchpoint) {
    for (const BoundField& field : identifiers_) {
      Identifier identifier{Render(field.name), Render(field.value), Role::kUnspecified};
      if (identifier.value.empty() || identifier.name_space.empty()) continue;
      if (!field.mapped->flags.empty()) ParseName(field.mapped->flags[0], identifier.role);
      touchpoint.identifiers.push_back(std::move(identifier));
    }
    for (const BoundField& field : refs_) {
      Ref ref{RefType::kUnspecified, Render(field.value)};
      if (ref.id.empty()) continue;
      ParseName(field.mapped->name.parts[0].text, ref.type);
      touchpoint.refs.push_back(std::move(ref));
    }
    for (const BoundField& field : attributes_) {
      const std::string text = Render(field.value);
      if (text.empty()) continue;
      Attribute attribute;
      attribute.key = field.mapped->name.parts[0].text;
      std::string_view type = "string";
      for (const std::string& flag : field.mapped->flags) {
        if (flag == "fact") attribute.fact = true;
        if (flag == "personal") attribute.personal = true;
        if (flag != "fact" && flag != "personal") type = flag;
      }
      if (!SetAttributeValue(type, text, attribute)) {
        return Refusal{"bad_value", "attributes." + attribute.key};
      }
      touchpoint.attributes.push_back(std::move(attribute));
    }
    return std::nullopt;
  }

  InputFile input_;
  Mapping mapping_;
  CsvRowParser parser_;
  RowId row_id_;
  std::vector<std::string> header_;
  std::vector<BoundField> fields_;
  std::vector<BoundField> identifiers_;
  std::vector<BoundField> refs_;
  std::vector<BoundField> attributes_;
  uint64_t rows_ = 0;
};

}  // namespace

Result<std::unique_ptr<Reader>> OpenCsv(const std::string& path, const Mapping& mapping) {
  Result<InputFile> input = InputFile::Open(path);
  if (!input.ok()) return input.status();
  auto reader = std::make_unique<CsvReader>(*std::move(input), mapping);
  if (Status status = reader->Start(); !status.ok()) return status;
  return std::unique_ptr<Reader>(std::move(reader));
}

}  // namespace cxjourney::interchange
