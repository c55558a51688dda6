#include "interchange/mapping.h"

#include <fmt/format.h>

#include <utility>

#include "interchange/fields.h"
#include "interchange/input.h"
#include "interchange/names.h"

namespace cxjourney::interchange {
namespace {

constexpr size_t kMappingBytesMax = size_t{1} << 20;

std::string_view Trim(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

// False: a brace is not closed, or names no column.
bool ParseTemplate(std::string_view text, Template& result) {
  std::string literal;
  const auto flush = [&] {
    if (!literal.empty()) result.parts.push_back({std::exchange(literal, {}), false});
  };
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool doubled = i + 1 < text.size() && text[i + 1] == c;
    if ((c == '{' || c == '}') && doubled) {
      literal += c;
      ++i;
    } else if (c == '{') {
      const size_t close = text.find('}', i);
      if (close == std::string_view::npos || close == i + 1) return false;
      flush();
      result.parts.push_back({std::string(text.substr(i + 1, close - i - 1)), true});
      i = close;
    } else if (c == '}') {
      return false;
    } else {
      literal += c;
    }
  }
  flush();
  return true;
}

std::vector<std::string> SplitColons(std::string_view text) {
  std::vector<std::string> parts;
  for (;;) {
    const size_t colon = text.find(':');
    parts.emplace_back(Trim(text.substr(0, colon)));
    if (colon == std::string_view::npos) return parts;
    text.remove_prefix(colon + 1);
  }
}

class MappingParser {
 public:
  Result<Mapping> Parse(std::string_view text) {
    while (!text.empty()) {
      const size_t end = text.find('\n');
      ++line_;
      const std::string_view line = Trim(text.substr(0, end));
      text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
      if (line.empty() || line[0] == '#') continue;
      if (Status status = ParseLine(line); !status.ok()) return status;
    }
    if (!mapping_.time_format.Set(time_format_, zone_)) return Bad("unknown time zone");
    if (mapping_.fields.empty()) return Bad("the section [touchpoint] is missing");
    return std::move(mapping_);
  }

 private:
  Status Bad(std::string_view problem) const {
    return Status(Code::kInvalidArgument, fmt::format("mapping line {}: {}", line_, problem));
  }

  Status ParseLine(std::string_view line) {
    if (line[0] == '[') return ParseSection(line);
    const size_t equals = line.find('=');
    if (equals == std::string_view::npos) return Bad("neither [section] nor key = value");
    const std::string_view key = Trim(line.substr(0, equals));
    const std::string_view value = Trim(line.substr(equals + 1));
    if (key.empty()) return Bad("nothing stands before the equals sign");
    if (section_ == "file") return ParseFileLine(key, value);
    if (section_ == "values") {
      mapping_.values[column_][std::string(key)] = std::string(value);
      return Status();
    }
    return ParseField(key, value);
  }

  Status ParseSection(std::string_view line) {
    if (line.back() != ']') return Bad("a section ends with ]");
    const std::string_view name = Trim(line.substr(1, line.size() - 2));
    const size_t space = name.find(' ');
    section_ = std::string(name.substr(0, space));
    column_ = space == std::string_view::npos ? "" : std::string(Trim(name.substr(space)));
    if (section_ == "values") {
      return column_.empty() ? Bad("[values COLUMN] needs a column") : Status();
    }
    for (const char* known : {"file", "touchpoint", "identifiers", "refs", "attributes"}) {
      if (section_ == known && column_.empty()) return Status();
    }
    return Bad("unknown section");
  }

  Status ParseFileLine(std::string_view key, std::string_view value) {
    if (key == "delimiter") {
      if (value == "tab") value = "\t";
      if (value.size() != 1 || value == "\"") return Bad("the delimiter is one character or tab");
      mapping_.delimiter = value[0];
    } else if (key == "time_format") {
      time_format_ = value;
    } else if (key == "zone") {
      zone_ = value;
    } else if (key == "empty") {
      mapping_.empty_values.emplace_back(value);
    } else {
      return Bad("[file] knows delimiter, time_format, zone and empty");
    }
    return Status();
  }

  Status ParseField(std::string_view key, std::string_view value) {
    std::vector<std::string> names = SplitColons(key);
    MappedField field;
    field.line = line_;
    if (!ParseTemplate(names[0], field.name) || field.name.parts.empty()) {
      return Bad("a name is missing, or a brace");
    }
    if (!ParseTemplate(value, field.value)) return Bad("a brace is not closed, or empty");
    field.flags.assign(names.begin() + 1, names.end());
    if (section_ != "identifiers" && (field.name.parts.size() != 1 || field.name.parts[0].column)) {
      return Bad("only the namespace of an identifier can come from a column");
    }
    return Keep(std::move(field));
  }

  Status Keep(MappedField field) {
    const std::string& name = field.name.parts[0].text;
    if (section_ == "touchpoint") {
      if (!IsField(name) || !field.flags.empty()) return Bad("a touchpoint has no such field");
      mapping_.fields.push_back(std::move(field));
    } else if (section_ == "identifiers") {
      Role role = Role::kUnspecified;
      if (field.flags.size() > 1 || (!field.flags.empty() && !ParseName(field.flags[0], role))) {
        return Bad("the role is customer, agent or other");
      }
      mapping_.identifiers.push_back(std::move(field));
    } else if (section_ == "refs") {
      RefType type = RefType::kUnspecified;
      if (!ParseName(name, type) || !field.flags.empty()) {
        return Bad("a ref is order, product, shipment, case or campaign");
      }
      mapping_.refs.push_back(std::move(field));
    } else if (section_ == "attributes") {
      for (const std::string& flag : field.flags) {
        if (!IsAttributeFlag(flag)) {
          return Bad("an attribute is string, int, double or bool, and fact or personal");
        }
      }
      mapping_.attributes.push_back(std::move(field));
    } else {
      return Bad("key = value before the first section");
    }
    return Status();
  }

  Mapping mapping_;
  std::string section_;
  std::string column_;
  std::string time_format_;
  std::string zone_;
  int line_ = 0;
};

}  // namespace

Result<Mapping> ParseMapping(std::string_view text) { return MappingParser().Parse(text); }

Result<Mapping> LoadMapping(const std::string& path) {
  const Result<std::string> text = ReadWholeFile(path, kMappingBytesMax);
  if (!text.ok()) return text.status();
  Result<Mapping> mapping = ParseMapping(*text);
  if (mapping.ok()) return mapping;
  return Status(mapping.status().code(), path + ": " + mapping.status().message());
}

}  // namespace cxjourney::interchange
