/* Texts, times, durations and enumerations, both ways. */
#include <Python.h>
#include <datetime.h>

#include "native.h"

#define US_PER_SECOND INT64_C(1000000)
#define US_PER_DAY (86400 * US_PER_SECOND)

typedef struct Block {
  size_t size;
  struct Block* next;
} Block;

/* One block is kept for the next call, large enough for what the last large call needed: memory
 * that goes back to the system is cleared page by page when it is asked for again. Guarded by the
 * interpreter's lock, as every arena function is. */
enum {
  kBlockMin = 65536,
  kSpareMax = 8 << 20
};
static Block* spare;
static size_t wanted = kBlockMin;

void arena_init(Arena* arena) {
  arena->at = arena->first;
  arena->end = arena->first + sizeof(arena->first);
  arena->blocks = NULL;
  arena->taken = 0;
  arena->kept = NULL;
}

void arena_clear(Arena* arena) {
  Block* block = arena->blocks;
  if (block != NULL && block->next == NULL && spare == NULL && block->size <= kSpareMax) {
    spare = block;
    block = NULL;
  } else if (block != NULL && arena->taken <= kSpareMax / 2) {
    wanted = arena->taken + arena->taken / 4;
    PyMem_Free(spare);
    spare = NULL;
  }
  while (block != NULL) {
    Block* next = block->next;
    PyMem_Free(block);
    block = next;
  }
  Py_CLEAR(arena->kept);
}

static bool add_block(Arena* arena, size_t size) {
  Block* block = spare;
  if (block != NULL && block->size >= size) {
    spare = NULL;
  } else {
    size_t room = size > wanted ? size : wanted;
    if (room < kBlockMin) room = kBlockMin;
    block = PyMem_Malloc(sizeof(Block) + room);
    if (block == NULL) {
      PyErr_NoMemory();
      return false;
    }
    block->size = room;
  }
  block->next = arena->blocks;
  arena->blocks = block;
  arena->at = (char*)(block + 1);
  arena->end = arena->at + block->size;
  return true;
}

/* Not zeroed. */
static char* arena_room(Arena* arena, size_t size) {
  size = (size + 15) & ~(size_t)15;
  if ((size_t)(arena->end - arena->at) < size && !add_block(arena, size)) return NULL;
  char* room = arena->at;
  arena->at += size;
  arena->taken += size;
  return room;
}

void* arena_take(Arena* arena, size_t size) {
  char* room = arena_room(arena, size);
  return room == NULL ? NULL : memset(room, 0, size);
}

int arena_keep(Arena* arena, PyObject* object) {
  if (arena->kept == NULL && (arena->kept = PyList_New(0)) == NULL) return -1;
  return PyList_Append(arena->kept, object);
}

int values_init(void) {
  PyDateTime_IMPORT;
  return PyDateTimeAPI == NULL ? -1 : 0;
}

int fail_type(const StructInfo* info, const Field* field, const char* wanted, PyObject* got) {
  PyErr_Format(PyExc_TypeError, "%s.%s must be %s, not %.100s", info->name, field->name, wanted,
               Py_TYPE(got)->tp_name);
  return -1;
}

/* A copy: while other threads run, the object may be dropped. */
static int copy_to_c(Arena* arena, const char* data, Py_ssize_t size, cxj_str* to) {
  char* copy = arena_room(arena, (size_t)size);
  if (copy == NULL) return -1;
  memcpy(copy, data, (size_t)size);
  to->data = copy;
  to->size = (size_t)size;
  return 0;
}

int bytes_to_c(Arena* arena, PyObject* value, cxj_str* to) {
  char* data;
  Py_ssize_t size;
  if (PyBytes_AsStringAndSize(value, &data, &size) < 0) return -1;
  return copy_to_c(arena, data, size, to);
}

/* Half a surrogate pair is the library's to refuse: it harms its own touchpoint only. */
int text_to_c(Arena* arena, PyObject* value, cxj_str* to) {
  Py_ssize_t size;
  const char* data = PyUnicode_AsUTF8AndSize(value, &size);
  if (data != NULL) return copy_to_c(arena, data, size, to);
  if (!PyErr_ExceptionMatches(PyExc_UnicodeEncodeError)) return -1;
  PyErr_Clear();
  PyObject* encoded = PyUnicode_AsEncodedString(value, "utf-8", "surrogatepass");
  if (encoded == NULL) return -1;
  int result = bytes_to_c(arena, encoded, to);
  Py_DECREF(encoded);
  return result;
}

PyObject* text_from_c(cxj_str text) {
  if (text.size == 0) return PyUnicode_New(0, 0);
  return PyUnicode_DecodeUTF8(text.data, (Py_ssize_t)text.size, "surrogateescape");
}

/* Days since 1970-01-01 of a date of the proleptic Gregorian calendar, and back: the year is
 * counted from March, so that the leap day is its last. */
static int64_t days_of(int year, int month, int day) {
  int64_t y = month <= 2 ? year - 1 : year;
  int64_t era = (y >= 0 ? y : y - 399) / 400;
  int64_t year_of_era = y - era * 400;
  int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

static void date_of(int64_t days, int* year, int* month, int* day) {
  days += 719468;
  int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  int64_t day_of_era = days - era * 146097;
  int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  int64_t march_month = (5 * day_of_year + 2) / 153;
  *day = (int)(day_of_year - (153 * march_month + 2) / 5 + 1);
  *month = (int)(march_month < 10 ? march_month + 3 : march_month - 9);
  *year = (int)(year_of_era + era * 400 + (*month <= 2 ? 1 : 0));
}

int duration_to_c(PyObject* value, int64_t* to) {
  if (!PyDelta_Check(value)) {
    PyErr_Format(PyExc_TypeError, "a duration must be a timedelta, not %.100s",
                 Py_TYPE(value)->tp_name);
    return -1;
  }
  int64_t rest = PyDateTime_DELTA_GET_SECONDS(value) * US_PER_SECOND +
                 PyDateTime_DELTA_GET_MICROSECONDS(value);
  int64_t days = PyDateTime_DELTA_GET_DAYS(value);
  if (__builtin_mul_overflow(days, US_PER_DAY, to) || __builtin_add_overflow(*to, rest, to)) {
    PyErr_SetString(PyExc_OverflowError, "a duration must fit 64 bits of microseconds");
    return -1;
  }
  return 0;
}

int time_to_c(PyObject* value, int64_t* to) {
  if (!PyDateTime_Check(value)) {
    PyErr_Format(PyExc_TypeError, "a time must be a datetime, not %.100s", Py_TYPE(value)->tp_name);
    return -1;
  }
  PyObject* zone = PyDateTime_DATE_GET_TZINFO(value);
  int64_t seconds = PyDateTime_DATE_GET_HOUR(value) * 3600 +
                    PyDateTime_DATE_GET_MINUTE(value) * 60 + PyDateTime_DATE_GET_SECOND(value);
  *to =
      days_of(PyDateTime_GET_YEAR(value), PyDateTime_GET_MONTH(value), PyDateTime_GET_DAY(value)) *
          US_PER_DAY +
      seconds * US_PER_SECOND + PyDateTime_DATE_GET_MICROSECOND(value);
  if (zone == PyDateTime_TimeZone_UTC) return 0;
  PyObject* offset =
      zone == Py_None ? Py_NewRef(Py_None) : PyObject_CallMethod(value, "utcoffset", NULL);
  if (offset == NULL) return -1;
  int64_t offset_us = 0;
  int result = -1;
  if (offset == Py_None) {
    PyErr_SetString(PyExc_ValueError, "a time must have a zone; this datetime is naive");
  } else {
    result = duration_to_c(offset, &offset_us);
  }
  Py_DECREF(offset);
  *to -= offset_us;
  return result;
}

/* "No limit" is None. */
PyObject* time_from_c(int64_t us) {
  if (us == CXJ_TIME_MIN || us == CXJ_TIME_MAX) Py_RETURN_NONE;
  int64_t days = us / US_PER_DAY - (us % US_PER_DAY < 0 ? 1 : 0);
  int64_t rest = us - days * US_PER_DAY;
  if (days < days_of(1, 1, 1) || days > days_of(9999, 12, 31)) {
    PyErr_SetString(PyExc_OverflowError, "a time outside of the years 1 to 9999");
    return NULL;
  }
  int year;
  int month;
  int day;
  date_of(days, &year, &month, &day);
  int seconds = (int)(rest / US_PER_SECOND);
  return PyDateTimeAPI->DateTime_FromDateAndTime(
      year, month, day, seconds / 3600, seconds / 60 % 60, seconds % 60,
      (int)(rest % US_PER_SECOND), PyDateTime_TimeZone_UTC, PyDateTimeAPI->DateTimeType);
}

PyObject* duration_from_c(int64_t us) {
  int64_t days = us / US_PER_DAY - (us % US_PER_DAY < 0 ? 1 : 0);
  int64_t rest = us - days * US_PER_DAY;
  return PyDelta_FromDSU((int)days, (int)(rest / US_PER_SECOND), (int)(rest % US_PER_SECOND));
}

/* A number that this version does not know stays a number. */
PyObject* enum_from_c(const EnumInfo* words, uint32_t value) {
  if (value <= words->max && words->members[value] != NULL) {
    return Py_NewRef(words->members[value]);
  }
  return PyLong_FromUnsignedLong(value);
}
