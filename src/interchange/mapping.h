// Mapping file: how the rows of a CSV file become touchpoints.
//
//   # Comment.
//   [file]
//   delimiter = ,                       (one character, or "tab")
//   time_format = %Y-%m-%d %H:%M:%S     (or iso, epoch_s, epoch_ms, epoch_us; iso if left out)
//   zone = Europe/Istanbul              (IANA name, for times without an offset; UTC if left out)
//   empty = NULL                        (a value that means "nothing"; may be repeated)
//
//   [touchpoint]                        field = template: text with {columns}
//   source = crm
//   id = {ticket}
//   event_time = {opened_at}
//   purpose = request
//   topic = {category}/{subcategory}    (may be repeated; ends before its first empty column)
//   value.amount_minor = {cents}
//
//   [identifiers]                       namespace[:role] = template
//   customer_id = {customer}
//   {id_type} = {id_value}
//
//   [refs]                              order|product|shipment|case|campaign = template
//   [attributes]                        key[:string|int|double|bool][:fact][:personal] = template
//
//   [values channel]                    what the values of the column `channel` are replaced with
//   Phone = phone
//   * = web                             (everything else; without it other values stay)
//
// A field whose columns are empty is not set. Braces are doubled to stand for themselves.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cxjourney/status.h"
#include "interchange/time_text.h"

namespace cxjourney::interchange {

// Text with {columns} in it.
struct Template {
  struct Part {
    std::string text = {};  // Literal text, or the name of a column.
    bool column = false;
  };
  std::vector<Part> parts = {};
};

struct MappedField {
  Template name = {};                   // Of the identifier's namespace; for the others a literal.
  std::vector<std::string> flags = {};  // What stood behind the name, after colons.
  Template value = {};
  int line = 0;  // In the mapping file, for messages.
};

struct Mapping {
  char delimiter = ',';
  TimeFormat time_format = {};
  std::vector<std::string> empty_values = {};
  std::vector<MappedField> fields = {};
  std::vector<MappedField> identifiers = {};
  std::vector<MappedField> refs = {};
  std::vector<MappedField> attributes = {};
  // Column, then its value, then what replaces it.
  std::map<std::string, std::map<std::string, std::string>> values = {};
};

// kInvalidArgument names the line that is wrong.
Result<Mapping> ParseMapping(std::string_view text);
Result<Mapping> LoadMapping(const std::string& path);

}  // namespace cxjourney::interchange
