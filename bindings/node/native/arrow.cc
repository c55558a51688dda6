#include "arrow.h"

#include <cstring>
#include <string_view>

namespace cxj_node {
namespace {

template <class T>
void Put(std::vector<uint8_t>* bytes, T value) {
  const auto* raw = reinterpret_cast<const uint8_t*>(&value);
  bytes->insert(bytes->end(), raw, raw + sizeof(T));
}

void PutBytes(std::vector<uint8_t>* bytes, const void* data, size_t size) {
  Put(bytes, static_cast<uint32_t>(size));
  const auto* raw = static_cast<const uint8_t*>(data);
  if (size != 0) bytes->insert(bytes->end(), raw, raw + size);
}

void PutText(std::vector<uint8_t>* bytes, const char* text) {
  PutBytes(bytes, text, text == nullptr ? 0 : std::strlen(text));
}

void PutSchema(std::vector<uint8_t>* bytes, const ArrowSchema& schema) {
  PutText(bytes, schema.name);
  PutText(bytes, schema.format);
  Put(bytes, static_cast<uint32_t>(schema.flags));
  Put(bytes, static_cast<uint32_t>(schema.n_children));
  for (int64_t i = 0; i < schema.n_children; ++i) PutSchema(bytes, *schema.children[i]);
  Put(bytes, static_cast<uint32_t>(schema.dictionary != nullptr));
  if (schema.dictionary != nullptr) PutSchema(bytes, *schema.dictionary);
}

// Bytes of one element of a fixed-width format, in bits; 0 for one without.
size_t BitsOf(std::string_view format) {
  switch (format[0]) {
    case 'b':
      return 1;
    case 'c':
    case 'C':
      return 8;
    case 's':
    case 'S':
      return 16;
    case 'i':
    case 'I':
    case 'f':
      return 32;
    case 'l':
    case 'L':
    case 'g':
      return 64;
    case 't':  // Times and durations have 64 bits, but for tdD, tts and ttm.
      return format == "tdD" || format == "tts" || format == "ttm" ? 32 : 64;
    default:
      return 0;
  }
}

bool PutArray(std::vector<uint8_t>* bytes, const ArrowArray& array, const ArrowSchema& schema);

// Offsets, and the bytes between the first and the last of them if there are any.
template <class Offset>
void PutOffsets(std::vector<uint8_t>* bytes, const ArrowArray& array, size_t rows, bool texts) {
  const auto* offsets = static_cast<const Offset*>(array.buffers[1]);
  const Offset none[1] = {};  // An empty array may come without any.
  if (offsets == nullptr) rows = 0;
  if (offsets == nullptr) offsets = none;
  PutBytes(bytes, offsets, (rows + 1) * sizeof(Offset));
  if (texts) PutBytes(bytes, array.buffers[2], static_cast<size_t>(offsets[rows]));
}

// The buffers behind the validity one. False: a layout that is not known here.
bool PutValues(std::vector<uint8_t>* bytes, const ArrowArray& array, std::string_view format) {
  const auto rows = static_cast<size_t>(array.offset + array.length);
  if (format == "+s") return array.n_buffers == 1;
  if (format == "+l" || format == "u" || format == "z") {
    PutOffsets<int32_t>(bytes, array, rows, format != "+l");
    return true;
  }
  if (format == "+L" || format == "U" || format == "Z") {
    PutOffsets<int64_t>(bytes, array, rows, format != "+L");
    return true;
  }
  const size_t bits = BitsOf(format);
  if (bits == 0 || array.n_buffers != 2) return false;
  PutBytes(bytes, array.buffers[1], (rows * bits + 7) / 8);
  return true;
}

bool PutArray(std::vector<uint8_t>* bytes, const ArrowArray& array, const ArrowSchema& schema) {
  Put(bytes, static_cast<uint32_t>(array.length));
  Put(bytes, static_cast<uint32_t>(array.offset));
  Put(bytes, static_cast<int32_t>(array.null_count));
  const bool validity = array.n_buffers > 0 && array.buffers[0] != nullptr;
  PutBytes(bytes, validity ? array.buffers[0] : nullptr,
           validity ? (static_cast<size_t>(array.offset + array.length) + 7) / 8 : 0);
  // The values of a dictionary's column are its indexes, in the column's own format.
  if (!PutValues(bytes, array, schema.format)) return false;
  for (int64_t i = 0; i < array.n_children; ++i) {
    if (!PutArray(bytes, *array.children[i], *schema.children[i])) return false;
  }
  return schema.dictionary == nullptr || PutArray(bytes, *array.dictionary, *schema.dictionary);
}

}  // namespace

cxj_code Collect(ArrowArrayStream& stream, std::vector<uint8_t>* columns) {
  ArrowSchema schema = {};
  if (stream.get_schema(&stream, &schema) != 0) return CXJ_INTERNAL;
  PutSchema(columns, schema);
  cxj_code code = CXJ_OK;
  while (code == CXJ_OK) {
    ArrowArray batch = {};
    if (stream.get_next(&stream, &batch) != 0) code = CXJ_INTERNAL;
    if (code != CXJ_OK || batch.release == nullptr) break;
    Put(columns, uint32_t{1});
    if (!PutArray(columns, batch, schema)) code = CXJ_INTERNAL;
    batch.release(&batch);
  }
  Put(columns, uint32_t{0});
  schema.release(&schema);
  return code;
}

void Release(ArrowArrayStream& stream) {
  if (stream.release != nullptr) stream.release(&stream);
}

}  // namespace cxj_node
