#include "capi/arrow.h"

#include <cerrno>
#include <exception>
#include <new>

namespace cxjourney::capi {
namespace {

// What an exported schema points at.
struct SchemaOwner {
  std::string format;
  std::string name;
  std::vector<ArrowSchema> children;
  std::vector<ArrowSchema*> pointers;
};

void ReleaseSchema(ArrowSchema* schema) {
  auto* owner = static_cast<SchemaOwner*>(schema->private_data);
  for (ArrowSchema& child : owner->children) {
    if (child.release != nullptr) child.release(&child);
  }
  delete owner;
  schema->release = nullptr;
}

// What an exported array points at.
struct ArrayOwner {
  explicit ArrayOwner(Column source) : column(std::move(source)) {}
  Column column;
  std::vector<const void*> buffers;
  std::vector<ArrowArray> children;
  std::vector<ArrowArray*> pointers;
};

void ReleaseArray(ArrowArray* array) {
  auto* owner = static_cast<ArrayOwner*>(array->private_data);
  for (ArrowArray& child : owner->children) {
    if (child.release != nullptr) child.release(&child);
  }
  delete owner;
  array->release = nullptr;
}

struct StreamOwner {
  Column empty;
  NextTable next;
  std::string error;
};

StreamOwner* OwnerOf(ArrowArrayStream* stream) {
  return static_cast<StreamOwner*>(stream->private_data);
}

// Runs what a stream is asked for; errors are numbers of errno and a text.
template <class Body>
int Answer(StreamOwner* owner, const Body& body) noexcept {
  try {
    owner->error.clear();
    const Status status = body();
    if (status.ok()) return 0;
    owner->error = status.ToString();
    return EIO;
  } catch (const std::bad_alloc&) {
    return ENOMEM;
  } catch (const std::exception&) {
    return EIO;
  }
}

int GetSchema(ArrowArrayStream* stream, ArrowSchema* out) {
  StreamOwner* owner = OwnerOf(stream);
  return Answer(owner, [&] {
    owner->empty.ExportSchema(out);
    return Status();
  });
}

int GetNext(ArrowArrayStream* stream, ArrowArray* out) {
  StreamOwner* owner = OwnerOf(stream);
  return Answer(owner, [&]() -> Status {
    Result<Column> table = owner->next();
    if (!table.ok()) return table.status();
    *out = ArrowArray();  // A released one: the end.
    if (table->length() != 0) Column::ExportArray(*std::move(table), out);
    return Status();
  });
}

const char* GetLastError(ArrowArrayStream* stream) {
  const std::string& error = OwnerOf(stream)->error;
  return error.empty() ? nullptr : error.c_str();
}

void ReleaseStream(ArrowArrayStream* stream) {
  delete OwnerOf(stream);
  stream->release = nullptr;
}

}  // namespace

Column Column::List(std::string name, Column item) {
  Column column(std::move(name), "+L", 0);
  column.children_.push_back(std::move(item));
  return column;
}

Column Column::Struct(std::string name, std::vector<Column> fields) {
  Column column(std::move(name), "+s", 0);
  column.children_ = std::move(fields);
  return column;
}

void Column::AddBit(std::string* bits, bool bit) const {
  const auto at = static_cast<size_t>(length_);
  if (at % 8 == 0) bits->push_back(0);
  if (bit) bits->back() = static_cast<char>(bits->back() | (1 << (at % 8)));
}

void Column::Valid() {
  AddBit(&validity_, true);
  ++length_;
}

void Column::Null() {
  AddBit(&validity_, false);
  if (has_offsets()) {
    offsets_.push_back(offsets_.back());
  } else if (is_struct()) {
    for (Column& child : children_) child.Null();
  } else if (width_ == 0) {
    AddBit(&data_, false);
  } else {
    data_.append(width_, '\0');
  }
  ++length_;
  ++nulls_;
}

void Column::Flag(bool value) {
  AddBit(&data_, value);
  Valid();
}

void Column::Bytes(std::string_view value) {
  data_ += value;
  offsets_.push_back(static_cast<int64_t>(data_.size()));
  Valid();
}

void Column::Close() {
  if (is_list()) offsets_.push_back(children_.front().length_);
  Valid();
}

void Column::ExportSchema(ArrowSchema* out) const {
  auto owner = std::make_unique<SchemaOwner>();
  owner->format = format_;
  owner->name = name_;
  owner->children.resize(children_.size());
  for (size_t i = 0; i < children_.size(); ++i) {
    children_[i].ExportSchema(&owner->children[i]);
    owner->pointers.push_back(&owner->children[i]);
  }
  *out = ArrowSchema();
  out->format = owner->format.c_str();
  out->name = owner->name.c_str();
  out->flags = ARROW_FLAG_NULLABLE;
  out->n_children = static_cast<int64_t>(children_.size());
  out->children = owner->pointers.data();
  out->release = ReleaseSchema;
  out->private_data = owner.release();
}

void Column::ExportArray(Column column, ArrowArray* out) {
  std::vector<Column> children = std::move(column.children_);
  auto owner = std::make_unique<ArrayOwner>(std::move(column));
  const Column& own = owner->column;
  owner->buffers.push_back(own.nulls_ == 0 ? nullptr : own.validity_.data());
  if (own.has_offsets()) owner->buffers.push_back(own.offsets_.data());
  if (!own.is_list() && !own.is_struct()) owner->buffers.push_back(own.data_.data());
  owner->children.resize(children.size());
  for (size_t i = 0; i < children.size(); ++i) {
    ExportArray(std::move(children[i]), &owner->children[i]);
    owner->pointers.push_back(&owner->children[i]);
  }
  *out = ArrowArray();
  out->length = own.length_;
  out->null_count = own.nulls_;
  out->n_buffers = static_cast<int64_t>(owner->buffers.size());
  out->n_children = static_cast<int64_t>(children.size());
  out->buffers = owner->buffers.data();
  out->children = owner->pointers.data();
  out->release = ReleaseArray;
  out->private_data = owner.release();
}

void ExportStream(Column empty, NextTable next, ArrowArrayStream* out) {
  auto owner =
      std::make_unique<StreamOwner>(StreamOwner{std::move(empty), std::move(next), std::string()});
  *out = ArrowArrayStream();
  out->get_schema = GetSchema;
  out->get_next = GetNext;
  out->get_last_error = GetLastError;
  out->release = ReleaseStream;
  out->private_data = owner.release();
}

}  // namespace cxjourney::capi
