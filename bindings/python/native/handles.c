/* Cursors, clocks and Arrow streams. */
#include "native.h"

#include "arrow_abi.h"

/* Cursors: each is in the list of its tracker, which frees it when it is closed first.
 * ------------- */

typedef struct Cursor {
  PyObject_HEAD cxj_cursor* handle; /* NULL: freed. */
  Tracker* tracker;
  struct Cursor* next;
  struct Cursor* previous;
  bool busy; /* Some thread is in a call. */
} Cursor;

static PyTypeObject CursorType;

static void cursor_free(Cursor* self) {
  if (self->handle == NULL) return;
  if (self->previous != NULL) {
    self->previous->next = self->next;
  } else {
    self->tracker->cursors = self->next;
  }
  if (self->next != NULL) self->next->previous = self->previous;
  cxj_cursor_free(self->handle);
  self->handle = NULL;
}

void cursors_free_all(Tracker* tracker) {
  while (tracker->cursors != NULL) cursor_free(tracker->cursors);
}

PyObject* cursor_new(Tracker* tracker, cxj_cursor* handle) {
  Cursor* self = PyObject_New(Cursor, &CursorType);
  if (self == NULL) {
    cxj_cursor_free(handle);
    return NULL;
  }
  self->handle = handle;
  self->tracker = (Tracker*)Py_NewRef((PyObject*)tracker);
  self->next = tracker->cursors;
  self->previous = NULL;
  self->busy = false;
  if (tracker->cursors != NULL) tracker->cursors->previous = self;
  tracker->cursors = self;
  return (PyObject*)self;
}

static void cursor_dealloc(Cursor* self) {
  cursor_free(self);
  Py_DECREF(self->tracker);
  PyObject_Free(self);
}

static bool cursor_usable(Cursor* self) {
  if (self->busy) {
    raise_text(CXJ_FAILED_PRECONDITION, "another thread is in a call of the cursor");
    return false;
  }
  if (self->handle == NULL) {
    raise_text(CXJ_FAILED_PRECONDITION, "the cursor is closed");
    return false;
  }
  return true;
}

/* What is lent is copied: it lives on behind the next call. */
static PyObject* cursor_next(Cursor* self) {
  Call call;
  if (!cursor_usable(self) || !call_begin(&call, self->tracker, 0, 0)) return NULL;
  const cxj_touchpoint* touchpoint = NULL;
  self->busy = true;
  CALL_RUN(&call, cxj_cursor_next(self->handle, &touchpoint, &call.error));
  self->busy = false;
  PyObject* copy = NULL;
  if (call.code == CXJ_OK && touchpoint != NULL) copy = record_copy(&kTouchpointInfo, touchpoint);
  if (!call_end(&call)) return NULL;
  return copy;
}

static PyObject* cursor_customer(Cursor* self, void* closure) {
  (void)closure;
  if (!cursor_usable(self)) return NULL;
  const cxj_customer_id id = cxj_cursor_customer(self->handle);
  if (id == 0) Py_RETURN_NONE;
  return PyLong_FromUnsignedLongLong(id);
}

static PyObject* cursor_close(Cursor* self, PyObject* unused) {
  (void)unused;
  if (self->handle != NULL && !cursor_usable(self)) return NULL;
  cursor_free(self);
  Py_RETURN_NONE;
}

static PyMethodDef kCursorMethods[] = {
    {"close", (PyCFunction)cursor_close, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};
static PyGetSetDef kCursorGetters[] = {
    {"customer", (getter)cursor_customer, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static PyTypeObject CursorType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "cxjourney._native.Cursor",
    .tp_basicsize = sizeof(Cursor),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_dealloc = (destructor)cursor_dealloc,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = (iternextfunc)cursor_next,
    .tp_methods = kCursorMethods,
    .tp_getset = kCursorGetters,
};

int cursor_init(PyObject* module) { return PyModule_AddType(module, &CursorType); }

/* Clocks: a tracker holds the one it uses.
 * ----------------------------------------------------------- */

typedef struct Clock {
  PyObject_HEAD cxj_clock* handle;
} Clock;

static PyObject* clock_new(PyTypeObject* type, PyObject* args, PyObject* kwargs) {
  PyObject* now;
  static char* names[] = {"now", NULL};
  int64_t now_us;
  if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O", names, &now) || time_to_c(now, &now_us) < 0) {
    return NULL;
  }
  Clock* self = (Clock*)type->tp_alloc(type, 0);
  Call call;
  if (self == NULL || !call_begin(&call, NULL, 0, 0)) return NULL;
  call.code = cxj_clock_new(now_us, &self->handle, &call.error);
  if (!call_end(&call)) Py_CLEAR(self);
  return (PyObject*)self;
}

static void clock_dealloc(Clock* self) {
  cxj_clock_free(self->handle);
  PyObject_Free(self);
}

static PyObject* clock_set(Clock* self, PyObject* now) {
  int64_t now_us;
  if (time_to_c(now, &now_us) < 0) return NULL;
  cxj_clock_set(self->handle, now_us);
  Py_RETURN_NONE;
}

static PyMethodDef kClockMethods[] = {
    {"set", (PyCFunction)clock_set, METH_O, "The clock stands at this time from now on."},
    {NULL, NULL, 0, NULL},
};
static PyTypeObject ClockType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "cxjourney.Clock",
    .tp_basicsize = sizeof(Clock),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_doc = "A clock that stands until it is set: for tests and replays.",
    .tp_new = clock_new,
    .tp_dealloc = (destructor)clock_dealloc,
    .tp_methods = kClockMethods,
};

const cxj_clock* clock_handle(PyObject* clock) {
  if (Py_TYPE(clock) == &ClockType) return ((Clock*)clock)->handle;
  PyErr_Format(PyExc_TypeError, "clock must be Clock, not %.100s", Py_TYPE(clock)->tp_name);
  return NULL;
}

int clock_init(PyObject* module) { return PyModule_AddType(module, &ClockType); }

/* Arrow streams: a stream of the library in one that keeps the tracker from being closed.
 * ------------ */

typedef struct Held {
  struct ArrowArrayStream inner;
  Tracker* tracker;
} Held;

static int held_schema(struct ArrowArrayStream* stream, struct ArrowSchema* to) {
  Held* held = stream->private_data;
  return held->inner.get_schema(&held->inner, to);
}

static int held_next(struct ArrowArrayStream* stream, struct ArrowArray* to) {
  Held* held = stream->private_data;
  return held->inner.get_next(&held->inner, to);
}

static const char* held_error(struct ArrowArrayStream* stream) {
  Held* held = stream->private_data;
  return held->inner.get_last_error(&held->inner);
}

/* May come from any thread, with the interpreter's lock or without. */
static void held_release(struct ArrowArrayStream* stream) {
  Held* held = stream->private_data;
  held->inner.release(&held->inner);
  stream->release = NULL;
  if (!Py_IsInitialized()) return;
  PyGILState_STATE state = PyGILState_Ensure();
  --held->tracker->streams;
  Py_DECREF(held->tracker);
  PyMem_Free(held);
  PyGILState_Release(state);
}

struct ArrowArrayStream* stream_new(void) {
  struct ArrowArrayStream* stream = PyMem_Calloc(1, sizeof(*stream));
  if (stream == NULL) PyErr_NoMemory();
  return stream;
}

void stream_drop(struct ArrowArrayStream* stream) {
  if (stream->release != NULL) stream->release(stream);
  PyMem_Free(stream);
}

static void capsule_free(PyObject* capsule) {
  stream_drop(PyCapsule_GetPointer(capsule, "arrow_array_stream"));
}

PyObject* stream_capsule(Tracker* tracker, struct ArrowArrayStream* stream) {
  Held* held = PyMem_Calloc(1, sizeof(Held));
  if (held == NULL) {
    stream_drop(stream);
    return PyErr_NoMemory();
  }
  held->inner = *stream;
  held->tracker = (Tracker*)Py_NewRef((PyObject*)tracker);
  ++tracker->streams;
  stream->private_data = held;
  stream->get_schema = held_schema;
  stream->get_next = held_next;
  stream->get_last_error = held_error;
  stream->release = held_release;
  PyObject* capsule = PyCapsule_New(stream, "arrow_array_stream", capsule_free);
  if (capsule == NULL) stream_drop(stream);
  return capsule;
}
