/* Between records and C structs, field by field, as the tables say. */
#include "native.h"

/* Into C -----------------------------------------------------------------------------------------
 */

static int number_to_c(const StructInfo* info, const Field* field, PyObject* value, char* to) {
  if (!PyLong_Check(value)) {
    const char* wanted = field->words == NULL ? "an int" : field->words->name;
    return fail_type(info, field, wanted, value);
  }
  if (field->kind == KIND_I64) {
    *(int64_t*)(void*)to = PyLong_AsLongLong(value);
  } else if (field->kind == KIND_U64 || field->kind == KIND_ID) {
    *(uint64_t*)(void*)to = PyLong_AsUnsignedLongLong(value);
  } else {
    const long long number = PyLong_AsLongLong(value);
    const bool is_signed = field->kind == KIND_I32;
    if (number == -1 && PyErr_Occurred()) return -1;
    if (number < (is_signed ? INT32_MIN : 0) || number > (is_signed ? INT32_MAX : UINT32_MAX)) {
      PyErr_Format(PyExc_OverflowError, "%s.%s must fit 32 bits", info->name, field->name);
      return -1;
    }
    *(uint32_t*)(void*)to = (uint32_t)number;
  }
  return PyErr_Occurred() ? -1 : 0;
}

static int real_to_c(const StructInfo* info, const Field* field, PyObject* value, char* to) {
  if (!PyFloat_Check(value) && !PyLong_Check(value)) {
    return fail_type(info, field, "a float", value);
  }
  const double number = PyFloat_AsDouble(value);
  if (number == -1.0 && PyErr_Occurred()) return -1;
  if (field->kind == KIND_FLOAT) {
    *(float*)(void*)to = (float)number;
  } else {
    *(double*)(void*)to = number;
  }
  return 0;
}

/* `to` is the attribute: the type of the value says which of its fields holds it. */
static int variant_to_c(Arena* arena, const StructInfo* info, const Field* field, PyObject* value,
                        cxj_attribute* to) {
  if (PyUnicode_Check(value)) {
    to->type = CXJ_ATTRIBUTE_TYPE_STRING;
    return text_to_c(arena, value, &to->text);
  }
  if (PyBytes_Check(value)) {
    to->type = CXJ_ATTRIBUTE_TYPE_BYTES;
    return bytes_to_c(arena, value, &to->text);
  }
  if (PyFloat_Check(value)) {
    to->type = CXJ_ATTRIBUTE_TYPE_NUMBER;
    to->number = PyFloat_AS_DOUBLE(value);
    return 0;
  }
  if (!PyLong_Check(value)) return fail_type(info, field, "str, int, float, bool or bytes", value);
  to->type = PyBool_Check(value) ? CXJ_ATTRIBUTE_TYPE_BOOLEAN : CXJ_ATTRIBUTE_TYPE_INTEGER;
  to->integer = PyLong_AsLongLong(value);
  return to->integer == -1 && PyErr_Occurred() ? -1 : 0;
}

/* One value; `to` is where it goes. */
static int value_to_c(Arena* arena, const StructInfo* info, const Field* field, PyObject* value,
                      char* to) {
  switch (field->kind) {
    case KIND_TEXT:
      if (!PyUnicode_Check(value)) return fail_type(info, field, "str", value);
      return text_to_c(arena, value, (cxj_str*)(void*)to);
    case KIND_BYTES:
      if (!PyBytes_Check(value)) return fail_type(info, field, "bytes", value);
      return bytes_to_c(arena, value, (cxj_str*)(void*)to);
    case KIND_BOOL:
      if (!PyBool_Check(value)) return fail_type(info, field, "bool", value);
      *(uint32_t*)(void*)to = value == Py_True ? 1 : 0;
      return 0;
    case KIND_TIME:
      return time_to_c(value, (int64_t*)(void*)to);
    case KIND_DURATION:
      return duration_to_c(value, (int64_t*)(void*)to);
    case KIND_FLOAT:
    case KIND_DOUBLE:
      return real_to_c(info, field, value, to);
    case KIND_STRUCT:
      return struct_to_c(arena, value, field->of, to);
    case KIND_CLOCK:
      *(const cxj_clock**)(void*)to = clock_handle(value);
      return PyErr_Occurred() ? -1 : arena_keep(arena, value);
    case KIND_KEY_FUNCTION:
      return 0;
    default:
      return number_to_c(info, field, value, to);
  }
}

static size_t element_size(const Field* field) {
  switch (field->kind) {
    case KIND_STRUCT:
      return field->of->size;
    case KIND_TEXT:
    case KIND_BYTES:
      return sizeof(cxj_str);
    case KIND_ENUM:
    case KIND_U32:
    case KIND_I32:
      return 4;
    default:
      return 8;
  }
}

/* A tuple is what no other thread changes meanwhile. */
static int list_to_c(Arena* arena, const StructInfo* info, const Field* field, PyObject* value,
                     char* to) {
  PyObject* items = PySequence_Tuple(value);
  if (items == NULL) return -1;
  const size_t count = (size_t)PyTuple_GET_SIZE(items);
  const size_t size = element_size(field);
  const bool pointers = field->shape == SHAPE_LIST_OF_POINTERS;
  int result = 0;
  char* elements = count == 0 ? NULL : arena_take(arena, count * size);
  const char** addresses =
      count == 0 || !pointers ? NULL : arena_take(arena, count * sizeof(char*));
  if (count > 0 && (elements == NULL || (pointers && addresses == NULL))) result = -1;
  for (size_t i = 0; result == 0 && i < count; ++i) {
    PyObject* item = PyTuple_GET_ITEM(items, (Py_ssize_t)i);
    if (pointers) addresses[i] = elements + i * size;
    result = value_to_c(arena, info, field, item, elements + i * size);
  }
  Py_DECREF(items);
  *(const void**)(void*)(to + field->offset) = pointers ? (const void*)addresses : elements;
  *(size_t*)(void*)(to + field->count_offset) = count;
  return result;
}

static int field_to_c(Arena* arena, const StructInfo* info, const Field* field, PyObject* value,
                      char* to) {
  if (value == Py_None) {
    const bool can = field->optional || field->present_bit != 0 || field->shape == SHAPE_POINTER ||
                     field->kind >= KIND_CLOCK;
    return can ? 0 : fail_type(info, field, "a value", value);
  }
  if (field->present_bit != 0) {
    *(uint64_t*)(void*)(to + info->present_offset) |= field->present_bit;
  }
  if (field->kind == KIND_VARIANT) {
    return variant_to_c(arena, info, field, value, (cxj_attribute*)(void*)to);
  }
  if (field->shape == SHAPE_VALUE || field->kind == KIND_CLOCK) {
    return value_to_c(arena, info, field, value, to + field->offset);
  }
  if (field->shape != SHAPE_POINTER) return list_to_c(arena, info, field, value, to);
  char* target = arena_take(arena, field->of->size);
  if (target == NULL) return -1;
  *(const void**)(void*)(to + field->offset) = target;
  return struct_to_c(arena, value, field->of, target);
}

static int record_to_c(Arena* arena, Record* record, char* to) {
  const StructInfo* info = record->info;
  if (record->source != NULL) {
    size_t size = info->size;
    if (info->sized && *(const uint32_t*)(const void*)record->source < size) {
      size = *(const uint32_t*)(const void*)record->source;
    }
    memcpy(to, record->source, size);
    if (info->sized) *(uint32_t*)(void*)to = (uint32_t)info->size;
    return record->owner == NULL ? 0 : arena_keep(arena, record->owner);
  }
  for (int i = 0; i < info->field_count; ++i) {
    PyObject* value = record->fields[i];
    if (value == NULL) continue;
    Py_INCREF(value);
    int result = field_to_c(arena, info, &info->fields[i], value, to);
    Py_DECREF(value);
    if (result < 0) return -1;
  }
  return 0;
}

int struct_to_c(Arena* arena, PyObject* value, const StructInfo* info, void* to) {
  if (info->sized) *(uint32_t*)to = (uint32_t)info->size;
  if (Py_TYPE(value) == info->type) return record_to_c(arena, (Record*)value, to);
  if (!PyTuple_Check(value) || info->positional == 0) {
    PyErr_Format(PyExc_TypeError, "expected %s, not %.100s", info->name, Py_TYPE(value)->tp_name);
    return -1;
  }
  if (PyTuple_GET_SIZE(value) > info->positional) {
    PyErr_Format(PyExc_TypeError, "%s takes at most %d values", info->name, info->positional);
    return -1;
  }
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(value); ++i) {
    if (field_to_c(arena, info, &info->fields[i], PyTuple_GET_ITEM(value, i), to) < 0) return -1;
  }
  return 0;
}

/* Out of C ----------------------------------------------------------------------------------------
 */

static PyObject* bytes_from_c(cxj_str text) {
  return PyBytes_FromStringAndSize(text.data, (Py_ssize_t)text.size);
}

static PyObject* variant_from_c(const cxj_attribute* attribute) {
  switch (attribute->type) {
    case CXJ_ATTRIBUTE_TYPE_INTEGER:
      return PyLong_FromLongLong(attribute->integer);
    case CXJ_ATTRIBUTE_TYPE_BOOLEAN:
      return PyBool_FromLong(attribute->integer != 0);
    case CXJ_ATTRIBUTE_TYPE_NUMBER:
      return PyFloat_FromDouble(attribute->number);
    case CXJ_ATTRIBUTE_TYPE_BYTES:
      return bytes_from_c(attribute->text);
    default:
      return text_from_c(attribute->text);
  }
}

static PyObject* number_from_c(const Field* field, const char* at) {
  const uint32_t small = *(const uint32_t*)(const void*)at;
  switch (field->kind) {
    case KIND_BOOL:
      return PyBool_FromLong(small != 0);
    case KIND_I32:
      return PyLong_FromLong((int32_t)small);
    case KIND_U32:
      return PyLong_FromUnsignedLong(small);
    case KIND_ENUM:
      if (field->optional && small == 0) Py_RETURN_NONE;
      return enum_from_c(field->words, small);
    case KIND_I64:
      return PyLong_FromLongLong(*(const int64_t*)(const void*)at);
    case KIND_FLOAT:
      return PyFloat_FromDouble((double)*(const float*)(const void*)at);
    case KIND_DOUBLE:
      return PyFloat_FromDouble(*(const double*)(const void*)at);
    default: {
      const uint64_t number = *(const uint64_t*)(const void*)at;
      if (field->optional && number == 0) Py_RETURN_NONE;
      return PyLong_FromUnsignedLongLong(number);
    }
  }
}

static PyObject* value_from_c(const Field* field, const char* at, PyObject* owner, bool deep) {
  const int64_t time = field->kind == KIND_TIME ? *(const int64_t*)(const void*)at : 0;
  switch (field->kind) {
    case KIND_TEXT:
      return text_from_c(*(const cxj_str*)(const void*)at);
    case KIND_BYTES:
      return bytes_from_c(*(const cxj_str*)(const void*)at);
    case KIND_TIME:
      if (field->optional && time == 0) Py_RETURN_NONE;
      return time_from_c(time);
    case KIND_DURATION:
      return duration_from_c(*(const int64_t*)(const void*)at);
    case KIND_STRUCT:
      return deep ? record_copy(field->of, at) : record_show(field->of, at, owner);
    case KIND_CLOCK:
    case KIND_KEY_FUNCTION:
      Py_RETURN_NONE;
    default:
      return number_from_c(field, at);
  }
}

static PyObject* list_from_c(const Field* field, const char* items, size_t count, PyObject* owner,
                             bool deep) {
  if (count == 0) return PyTuple_New(0);
  const bool pointers = field->shape == SHAPE_LIST_OF_POINTERS;
  if (field->kind == KIND_STRUCT && !deep) {
    return view_new(field->of, items, count, pointers, owner);
  }
  PyObject* list = PyTuple_New((Py_ssize_t)count);
  const size_t size = element_size(field);
  for (size_t i = 0; list != NULL && i < count; ++i) {
    const char* at = pointers ? ((const char* const*)(const void*)items)[i] : items + i * size;
    PyObject* item = value_from_c(field, at, owner, deep);
    if (item == NULL) {
      Py_CLEAR(list);
    } else {
      PyTuple_SET_ITEM(list, (Py_ssize_t)i, item);
    }
  }
  return list;
}

PyObject* field_from_c(const StructInfo* info, const Field* field, const char* source,
                       PyObject* owner, bool deep) {
  /* An older library's struct ends before the field. */
  if (info->sized && field->offset >= *(const uint32_t*)(const void*)source) {
    source = (const char*)kZeros;
  }
  if (field->present_bit != 0 &&
      (*(const uint64_t*)(const void*)(source + info->present_offset) & field->present_bit) == 0) {
    Py_RETURN_NONE;
  }
  if (field->kind == KIND_VARIANT) return variant_from_c((const cxj_attribute*)(const void*)source);
  const char* at = source + field->offset;
  if (field->shape == SHAPE_VALUE) return value_from_c(field, at, owner, deep);
  const char* target = *(const char* const*)(const void*)at;
  if (field->shape != SHAPE_POINTER) {
    const size_t count = *(const size_t*)(const void*)(source + field->count_offset);
    return list_from_c(field, target, count, owner, deep);
  }
  if (target == NULL || field->kind != KIND_STRUCT) Py_RETURN_NONE;
  return value_from_c(field, target, owner, deep);
}
