// Columns, and their hand-over through the Arrow C stream interface. Only what our answers need:
// numbers, times, texts, lists and structs, each nullable.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "capi/arrow_abi.h"
#include "cxjourney/status.h"

namespace cxjourney::capi {

// One column, or a whole table (a struct of columns), while it is being filled.
class Column {
 public:
  static Column UInt32(std::string name) { return {std::move(name), "I", 4}; }
  static Column UInt64(std::string name) { return {std::move(name), "L", 8}; }
  static Column Int64(std::string name) { return {std::move(name), "l", 8}; }
  static Column Int32(std::string name) { return {std::move(name), "i", 4}; }
  static Column Float(std::string name) { return {std::move(name), "f", 4}; }
  static Column Double(std::string name) { return {std::move(name), "g", 8}; }
  static Column Boolean(std::string name) { return {std::move(name), "b", 0}; }
  static Column Time(std::string name) { return {std::move(name), "tsu:UTC", 8}; }
  static Column Span(std::string name) { return {std::move(name), "tDu", 8}; }
  // Texts and lists have 64-bit offsets, so that no batch is too large for them.
  static Column Text(std::string name) { return {std::move(name), "U", 0}; }
  static Column Binary(std::string name) { return {std::move(name), "Z", 0}; }
  static Column List(std::string name, Column item);
  static Column Struct(std::string name, std::vector<Column> fields);

  const std::string& name() const { return name_; }
  int64_t length() const { return length_; }
  Column& child(size_t index) { return children_[index]; }

  // One more row. REQUIRES: the type of the column.
  void Null();
  template <class T>
  void Number(T value) {
    data_.append(reinterpret_cast<const char*>(&value), sizeof value);
    Valid();
  }
  void Flag(bool value);
  void Bytes(std::string_view value);
  // A text that is null when it is empty.
  void BytesOrNull(std::string_view value) { value.empty() ? Null() : Bytes(value); }
  // A list or struct whose children have got their rows already.
  void Close();

  // Both give the caller what they made; `array` takes the rows out of the column.
  void ExportSchema(ArrowSchema* out) const;
  static void ExportArray(Column column, ArrowArray* out);

 private:
  Column(std::string name, const char* format, size_t width)
      : name_(std::move(name)), format_(format), width_(width) {}
  bool has_offsets() const { return format_[0] == 'U' || format_[0] == 'Z' || is_list(); }
  bool is_list() const { return format_ == "+L"; }
  bool is_struct() const { return format_ == "+s"; }
  void Valid();
  void AddBit(std::string* bits, bool bit) const;

  std::string name_;
  std::string format_;
  size_t width_;
  int64_t length_ = 0;
  int64_t nulls_ = 0;
  std::string validity_;  // A bit a row.
  std::vector<int64_t> offsets_ = {0};
  std::string data_;
  std::vector<Column> children_;
};

// Gives the next batch of rows, or a table without any at the end.
using NextTable = std::function<Result<Column>()>;
// `empty` has the columns and no rows.
void ExportStream(Column empty, NextTable next, ArrowArrayStream* out);

}  // namespace cxjourney::capi
