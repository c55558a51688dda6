/* The Python extension over cxjourney/c.h: tables that say what the structs look like, and one
 * engine that reads them. generated.inc holds the tables and the plain calls; the rest is by hand.
 *
 * A struct of c.h is a Record in Python. One that the library answered is lazy: it points at the
 * answer, keeps it alive, and turns a field into an object when it is touched. One that was made
 * in Python holds objects, and becomes a C struct in an arena for the length of a call. */
#ifndef CXJ_PYTHON_NATIVE_H_
#define CXJ_PYTHON_NATIVE_H_

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <cxjourney/c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Memory of one call, and the answers that its structs point into. ---------------------------- */

typedef struct Arena {
  char* at;
  char* end;
  void* blocks;
  size_t taken;
  PyObject* kept; /* A list, or NULL. */
  _Alignas(16) char first[4096];
} Arena;

void arena_init(Arena* arena);
void arena_clear(Arena* arena);
/* Zeroed; NULL with MemoryError set. */
void* arena_take(Arena* arena, size_t size);
int arena_keep(Arena* arena, PyObject* object);

/* Tables --------------------------------------------------------------------------------------- */

typedef enum Kind {
  KIND_TEXT,
  KIND_BYTES,
  KIND_BOOL,
  KIND_TIME,
  KIND_DURATION,
  KIND_ID, /* 64 bits, 0 is None. */
  KIND_I32,
  KIND_U32,
  KIND_I64,
  KIND_U64,
  KIND_FLOAT,
  KIND_DOUBLE,
  KIND_ENUM,
  KIND_STRUCT,
  KIND_VARIANT, /* Type, text, integer and number of cxj_attribute, as one value. */
  KIND_CLOCK,
  KIND_KEY_FUNCTION, /* Set by open itself. */
} Kind;

typedef enum Shape {
  SHAPE_VALUE,
  SHAPE_LIST,
  SHAPE_LIST_OF_POINTERS,
  SHAPE_POINTER
} Shape;

typedef struct EnumInfo {
  const char* name;
  uint32_t max;
  PyObject** members; /* max + 1 of them, by value; NULL where there is none. */
} EnumInfo;

typedef struct Field {
  const char* name;
  Kind kind;
  Shape shape;
  bool optional;  /* Zero is None. */
  bool sensitive; /* Not shown by repr. */
  size_t offset;
  size_t count_offset;  /* Of a list. */
  uint64_t present_bit; /* 0: has none. */
  struct StructInfo* of;
  EnumInfo* words;
  PyObject* interned;
} Field;

typedef struct StructInfo {
  const char* name;
  const char* doc;
  size_t size;
  bool sized;         /* Begins with struct_size; such records can be changed. */
  int positional;     /* So many first fields may be given by position. */
  int present_offset; /* -1: none. */
  int field_count;
  Field* fields;
  PyTypeObject* type;
  PyObject* index; /* Name -> number of the field. */
} StructInfo;

extern EnumInfo* const kEnums[];
extern StructInfo* const kStructs[];
extern PyMethodDef kTrackerCalls[]; /* Plain calls on a tracker, ended by zeros. */
extern PyMethodDef kModuleCalls[];  /* And those without one. */

#include "generated.h"

/* Values --------------------------------------------------------------------------------------- */

int values_init(void);
int fail_type(const StructInfo* info, const Field* field, const char* wanted, PyObject* got);
int text_to_c(Arena* arena, PyObject* value, cxj_str* to);
int bytes_to_c(Arena* arena, PyObject* value, cxj_str* to);
int time_to_c(PyObject* value, int64_t* to);
int duration_to_c(PyObject* value, int64_t* to);
PyObject* text_from_c(cxj_str text);
PyObject* time_from_c(int64_t us);
PyObject* duration_from_c(int64_t us);
PyObject* enum_from_c(const EnumInfo* words, uint32_t value);

/* What a field holds that was not given. */
extern const uint64_t kZeros[256];

/* Records -------------------------------------------------------------------------------------- */

typedef struct Record {
  PyObject_HEAD const StructInfo* info;
  const char* source; /* The C struct it shows; NULL: made in Python. */
  PyObject* owner;    /* What keeps `source` alive; NULL: nothing needs to. */
  PyObject* fields[]; /* NULL: not touched, or not given. */
} Record;

int records_init(PyObject* module);
/* A record that shows `source`, alive as long as `owner`. */
PyObject* record_show(const StructInfo* info, const void* source, PyObject* owner);
/* A record of its own with everything that `source` holds. */
PyObject* record_copy(const StructInfo* info, const void* source);
/* Fills the zeroed struct `to`. -1 with an exception set. */
int struct_to_c(Arena* arena, PyObject* value, const StructInfo* info, void* to);
/* The value of a field of a C struct; `deep`: without pointing into it. */
PyObject* field_from_c(const StructInfo* info, const Field* field, const char* source,
                       PyObject* owner, bool deep);
/* Field `name` of a record, borrowed; NULL without an exception: not given. */
PyObject* record_given(PyObject* record, const char* name);

/* Answers and views -----------------------------------------------------------------------------
 */

typedef void (*FreeFn)(const void* answer);
int views_init(PyObject* module);
/* Owns `answer`; frees it also when it fails. */
PyObject* answer_new(const void* answer, FreeFn free_answer);
/* A sequence of `count` structs; `pointers`: an array of pointers to them. */
PyObject* view_new(const StructInfo* info, const void* items, size_t count, bool pointers,
                   PyObject* owner);

/* Trackers and calls -----------------------------------------------------------------------------
 */

typedef struct Tracker {
  PyObject_HEAD cxj_tracker* handle; /* NULL: closed. */
  PyObject* clock;
  Py_ssize_t calls;   /* Running now, in any thread. */
  Py_ssize_t streams; /* Arrow streams that somebody holds. */
  struct Cursor* cursors;
} Tracker;

/* One call: its memory, and what came of it. */
typedef struct Call {
  Tracker* tracker;
  cxj_code code;
  cxj_error* error;
  Arena arena;
} Call;

int tracker_init(PyObject* module);
int cursor_init(PyObject* module);
int clock_init(PyObject* module);
int arrow_init(PyObject* module);
const cxj_clock* clock_handle(PyObject* clock); /* NULL with an exception set. */
void cursors_free_all(Tracker* tracker);
int errors_init(void);
/* Always NULL. */
PyObject* raise_code(cxj_code code, cxj_str message, PyObject* receipt);
PyObject* raise_text(cxj_code code, const char* message);

/* False with an exception set: the tracker is closed, or the number of arguments is wrong.
 * `tracker` may be NULL. What was begun must be ended. */
bool call_begin(Call* call, Tracker* tracker, Py_ssize_t given, Py_ssize_t wanted);
/* The arguments are converted: from here on other threads run. */
#define CALL_RUN(call, expression)                     \
  do {                                                 \
    Py_BEGIN_ALLOW_THREADS(call)->code = (expression); \
    Py_END_ALLOW_THREADS                               \
  } while (0)
/* Frees the call's memory; false with an exception set if it failed. */
bool call_end(Call* call);
/* After a failed conversion: frees the call's memory and returns NULL. */
PyObject* call_drop(Call* call);
/* Arguments. NULL with an exception set; `nullable`: None is NULL, and *ok stays true. */
const void* struct_argument(Call* call, PyObject* value, const StructInfo* info, bool nullable,
                            bool* ok);
const void* struct_list_argument(Call* call, PyObject* value, const StructInfo* info, size_t* count,
                                 bool* ok);
uint64_t id_argument(PyObject* value, bool* ok);
/* Ends the call and shows the answer. */
PyObject* call_answer(Call* call, const StructInfo* info, const void* answer, FreeFn free_answer);

PyObject* cursor_new(Tracker* tracker, cxj_cursor* handle);
struct ArrowArrayStream;
PyObject* stream_capsule(Tracker* tracker, struct ArrowArrayStream* stream);
struct ArrowArrayStream* stream_new(void);
void stream_drop(struct ArrowArrayStream* stream);

#endif
