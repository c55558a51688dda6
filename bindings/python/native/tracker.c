/* Trackers: opening, closing, recording, and what every call does. */
#include "native.h"

static PyTypeObject TrackerType;

/* Errors -----------------------------------------------------------------------------------------
 */

static PyObject* error_classes; /* Code -> class, of cxjourney._errors. */

int errors_init(void) {
  PyObject* module = PyImport_ImportModule("cxjourney._errors");
  if (module == NULL) return -1;
  error_classes = PyObject_GetAttrString(module, "CLASSES");
  Py_DECREF(module);
  return error_classes == NULL ? -1 : 0;
}

PyObject* raise_code(cxj_code code, cxj_str message, PyObject* receipt) {
  PyObject* number = PyLong_FromLong(code);
  PyObject* type = number == NULL ? NULL : PyDict_GetItemWithError(error_classes, number);
  PyObject* text = text_from_c(message);
  if (type == NULL && !PyErr_Occurred()) {
    PyErr_Format(PyExc_SystemError, "cxjourney: code %d: %U", code, text);
  } else if (type != NULL && text != NULL) {
    PyObject* error =
        PyObject_CallFunctionObjArgs(type, text, receipt == NULL ? Py_None : receipt, NULL);
    if (error != NULL) PyErr_SetObject(type, error);
    Py_XDECREF(error);
  }
  Py_XDECREF(number);
  Py_XDECREF(text);
  return NULL;
}

PyObject* raise_text(cxj_code code, const char* message) {
  return raise_code(code, (cxj_str){message, strlen(message)}, NULL);
}

/* Calls ------------------------------------------------------------------------------------------
 */

bool call_begin(Call* call, Tracker* tracker, Py_ssize_t given, Py_ssize_t wanted) {
  if (given != wanted) {
    PyErr_Format(PyExc_TypeError, "expected %zd arguments, got %zd", wanted, given);
    return false;
  }
  if (tracker != NULL && tracker->handle == NULL) {
    raise_text(CXJ_FAILED_PRECONDITION, "the tracker is closed");
    return false;
  }
  if (tracker != NULL) ++tracker->calls;
  call->tracker = tracker;
  call->code = CXJ_OK;
  call->error = NULL;
  arena_init(&call->arena);
  return true;
}

PyObject* call_drop(Call* call) {
  arena_clear(&call->arena);
  if (call->tracker != NULL) --call->tracker->calls;
  return NULL;
}

bool call_end(Call* call) {
  call_drop(call);
  if (call->code == CXJ_OK) return true;
  raise_code(call->code, cxj_error_message(call->error), NULL);
  cxj_error_free(call->error);
  return false;
}

const void* struct_argument(Call* call, PyObject* value, const StructInfo* info, bool nullable,
                            bool* ok) {
  if (!*ok || (nullable && value == Py_None)) return NULL;
  void* to = arena_take(&call->arena, info->size);
  if (to == NULL || struct_to_c(&call->arena, value, info, to) < 0) *ok = false;
  return to;
}

const void* struct_list_argument(Call* call, PyObject* value, const StructInfo* info, size_t* count,
                                 bool* ok) {
  PyObject* items = *ok ? PySequence_Tuple(value) : NULL;
  if (items == NULL) {
    *ok = false;
    return NULL;
  }
  *count = (size_t)PyTuple_GET_SIZE(items);
  char* array = arena_take(&call->arena, (*count == 0 ? 1 : *count) * info->size);
  if (array == NULL) *ok = false;
  for (size_t i = 0; *ok && i < *count; ++i) {
    PyObject* item = PyTuple_GET_ITEM(items, (Py_ssize_t)i);
    if (struct_to_c(&call->arena, item, info, array + i * info->size) < 0) *ok = false;
  }
  Py_DECREF(items);
  return array;
}

uint64_t id_argument(PyObject* value, bool* ok) {
  if (!*ok) return 0;
  const uint64_t id = PyLong_AsUnsignedLongLong(value);
  if (id == UINT64_MAX && PyErr_Occurred()) *ok = false;
  return id;
}

PyObject* call_answer(Call* call, const StructInfo* info, const void* answer, FreeFn free_answer) {
  if (!call_end(call)) return NULL;
  PyObject* owner = answer_new(answer, free_answer);
  if (owner == NULL) return NULL;
  PyObject* record = record_show(info, answer, owner);
  Py_DECREF(owner);
  return record;
}

/* Opening and closing
 * ------------------------------------------------------------------------------ */

/* The function of Options.store_key_fn, and what it raised. */
typedef struct KeyFunction {
  PyObject* function;
  PyObject* type;
  PyObject* value;
  PyObject* traceback;
} KeyFunction;

static cxj_code ask_key(const uint8_t* store_id, uint8_t* key, void* user) {
  KeyFunction* asked = user;
  cxj_code code = CXJ_UNAVAILABLE;
  PyGILState_STATE state = PyGILState_Ensure();
  PyObject* answer = PyObject_CallFunction(asked->function, "y#", store_id, (Py_ssize_t)16);
  char* data;
  Py_ssize_t size;
  if (answer != NULL && PyBytes_AsStringAndSize(answer, &data, &size) == 0) {
    if (size == 32) {
      memcpy(key, data, 32);
      code = CXJ_OK;
    } else {
      PyErr_SetString(PyExc_ValueError, "store_key_fn must return 32 bytes");
    }
  }
  Py_XDECREF(answer);
  PyErr_Fetch(&asked->type, &asked->value, &asked->traceback);
  PyGILState_Release(state);
  return code;
}

static PyObject* tracker_new(PyTypeObject* type, PyObject* args, PyObject* kwargs) {
  PyObject* path;
  PyObject* options = Py_None;
  static char* names[] = {"path", "options", NULL};
  if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O&|O", names, PyUnicode_FSConverter, &path,
                                   &options)) {
    return NULL;
  }
  Tracker* self = (Tracker*)type->tp_alloc(type, 0);
  Call call;
  if (self == NULL || !call_begin(&call, NULL, 2, 2)) {
    Py_DECREF(path);
    return NULL;
  }
  bool ok = true;
  KeyFunction asked = {NULL, NULL, NULL, NULL};
  cxj_options* opening =
      (cxj_options*)(uintptr_t)struct_argument(&call, options, &kOptionsInfo, true, &ok);
  if (ok && opening != NULL) {
    self->clock = Py_XNewRef(record_given(options, "clock"));
    asked.function = Py_XNewRef(record_given(options, "store_key_fn"));
    if (asked.function != NULL && asked.function != Py_None) {
      opening->store_key_fn = ask_key;
      opening->store_key_user = &asked;
    }
  }
  const cxj_str folder = {PyBytes_AS_STRING(path), (size_t)PyBytes_GET_SIZE(path)};
  if (ok) {
    CALL_RUN(&call, cxj_open(folder, opening, &self->handle, &call.error));
    ok = call_end(&call);
  } else {
    call_drop(&call);
  }
  Py_DECREF(path);
  Py_XDECREF(asked.function);
  if (asked.type != NULL) PyErr_Restore(asked.type, asked.value, asked.traceback);
  if (!ok) Py_CLEAR(self);
  return (PyObject*)self;
}

static PyObject* tracker_close(Tracker* self, PyObject* unused) {
  (void)unused;
  if (self->handle == NULL) Py_RETURN_NONE;
  if (self->calls > 0) {
    return raise_text(CXJ_FAILED_PRECONDITION, "another thread is in a call of the tracker");
  }
  if (self->streams > 0) {
    return raise_text(CXJ_FAILED_PRECONDITION, "an Arrow stream of the tracker is still held");
  }
  cursors_free_all(self);
  cxj_tracker* handle = self->handle;
  self->handle = NULL;
  Call call;
  call_begin(&call, NULL, 0, 0);
  CALL_RUN(&call, cxj_close(handle, &call.error));
  Py_CLEAR(self->clock);
  if (!call_end(&call)) return NULL;
  Py_RETURN_NONE;
}

/* Nobody can be in a call, or hold a stream or a cursor: they hold the tracker. */
static void tracker_finalize(PyObject* object) {
  Tracker* self = (Tracker*)object;
  if (self->handle == NULL) return;
  PyObject *type, *value, *traceback;
  PyErr_Fetch(&type, &value, &traceback);
  if (PyErr_ResourceWarning(object, 1, "unclosed tracker %R", object) < 0) {
    PyErr_WriteUnraisable(object);
  }
  PyObject* closed = tracker_close(self, NULL);
  if (closed == NULL) PyErr_WriteUnraisable(object);
  Py_XDECREF(closed);
  PyErr_Restore(type, value, traceback);
}

static void tracker_dealloc(Tracker* self) {
  if (PyObject_CallFinalizerFromDealloc((PyObject*)self) < 0) return;
  Py_XDECREF(self->clock);
  PyObject_Free(self);
}

static PyObject* tracker_closed(Tracker* self, void* closure) {
  (void)closure;
  return PyBool_FromLong(self->handle == NULL);
}

/* What lives as long as the tracker is copied: a record must not depend on it. */
static PyObject* tracker_open_report(Tracker* self, PyObject* unused) {
  (void)unused;
  if (self->handle == NULL) return raise_text(CXJ_FAILED_PRECONDITION, "the tracker is closed");
  return record_copy(&kOpenReportInfo, cxj_tracker_open_report(self->handle));
}

static PyObject* tracker_identity_rules(Tracker* self, PyObject* unused) {
  (void)unused;
  if (self->handle == NULL) return raise_text(CXJ_FAILED_PRECONDITION, "the tracker is closed");
  return record_copy(&kIdentityRulesInfo, cxj_tracker_identity_rules(self->handle));
}

static PyObject* tracker_policies(Tracker* self, PyObject* unused) {
  (void)unused;
  if (self->handle == NULL) return raise_text(CXJ_FAILED_PRECONDITION, "the tracker is closed");
  PyObject* list = PyList_New(0);
  const cxj_policy* policy;
  for (size_t i = 0; list != NULL && (policy = cxj_tracker_policy(self->handle, i)) != NULL; ++i) {
    PyObject* record = record_copy(&kPolicyInfo, policy);
    if (record == NULL || PyList_Append(list, record) < 0) Py_CLEAR(list);
    Py_XDECREF(record);
  }
  return list;
}

/* Recording
 * ---------------------------------------------------------------------------------------- */

static void free_receipts(const void* answer) { cxj_receipts_free(answer); }
static void free_bytes(const void* answer) { cxj_bytes_free(answer); }

/* (touchpoint, durability) -> Receipt; a refusal is raised. */
static PyObject* tracker_record(Tracker* self, PyObject* const* args, Py_ssize_t count) {
  Call call;
  if (!call_begin(&call, self, count, 2)) return NULL;
  cxj_touchpoint touchpoint;
  memset(&touchpoint, 0, sizeof(touchpoint));
  cxj_record_options options = CXJ_RECORD_OPTIONS_INIT;
  const long durability = PyLong_AsLong(args[1]);
  if ((durability == -1 && PyErr_Occurred()) ||
      struct_to_c(&call.arena, args[0], &kTouchpointInfo, &touchpoint) < 0) {
    return call_drop(&call);
  }
  options.durability = (cxj_durability)durability;
  const cxj_receipts* receipts = NULL;
  CALL_RUN(&call, cxj_record(self->handle, &touchpoint, 1, &options, &receipts, &call.error));
  if (!call_end(&call)) return NULL;
  PyObject* owner = answer_new(receipts, free_receipts);
  if (owner == NULL) return NULL;
  const cxj_receipt* receipt = receipts->receipts[0];
  PyObject* record = record_show(&kReceiptInfo, receipt, owner);
  Py_DECREF(owner);
  if (record != NULL && receipt->outcome == CXJ_RECORD_OUTCOME_REFUSED) {
    raise_code(receipt->code, receipt->message, record);
    Py_CLEAR(record);
  }
  return record;
}

/* (touchpoints, options) -> the receipts. */
static PyObject* tracker_record_all(Tracker* self, PyObject* const* args, Py_ssize_t count) {
  Call call;
  if (!call_begin(&call, self, count, 2)) return NULL;
  bool ok = true;
  size_t length = 0;
  const cxj_touchpoint* touchpoints =
      struct_list_argument(&call, args[0], &kTouchpointInfo, &length, &ok);
  const cxj_record_options* options =
      struct_argument(&call, args[1], &kRecordOptionsInfo, true, &ok);
  if (!ok) return call_drop(&call);
  const cxj_receipts* receipts = NULL;
  CALL_RUN(&call, cxj_record(self->handle, touchpoints, length, options, &receipts, &call.error));
  if (!call_end(&call)) return NULL;
  PyObject* owner = answer_new(receipts, free_receipts);
  if (owner == NULL) return NULL;
  PyObject* view =
      view_new(&kReceiptInfo, receipts->receipts, receipts->receipt_count, true, owner);
  Py_DECREF(owner);
  return view;
}

/* (format, batch, options) -> encoded receipts. */
static PyObject* tracker_record_encoded(Tracker* self, PyObject* const* args, Py_ssize_t count) {
  Call call;
  if (!call_begin(&call, self, count, 3)) return NULL;
  bool ok = true;
  const cxj_record_options* options =
      struct_argument(&call, args[2], &kRecordOptionsInfo, true, &ok);
  const long format = ok ? PyLong_AsLong(args[0]) : -1;
  Py_buffer batch;
  if (!ok || (format == -1 && PyErr_Occurred()) ||
      PyObject_GetBuffer(args[1], &batch, PyBUF_SIMPLE) < 0) {
    return call_drop(&call);
  }
  const cxj_str bytes = {batch.buf, (size_t)batch.len};
  const cxj_bytes* receipts = NULL;
  CALL_RUN(&call, cxj_record_encoded(self->handle, (cxj_format)format, bytes, options, &receipts,
                                     &call.error));
  PyBuffer_Release(&batch);
  if (!call_end(&call)) return NULL;
  PyObject* encoded =
      PyBytes_FromStringAndSize(receipts->bytes.data, (Py_ssize_t)receipts->bytes.size);
  free_bytes(receipts);
  return encoded;
}

/* (after, capacity) -> list of ids. */
static PyObject* tracker_list_customers(Tracker* self, PyObject* const* args, Py_ssize_t count) {
  Call call;
  if (!call_begin(&call, self, count, 2)) return NULL;
  bool ok = true;
  const uint64_t after = id_argument(args[0], &ok);
  const uint64_t capacity = id_argument(args[1], &ok);
  cxj_customer_id* ids = NULL;
  if (ok && capacity > (1 << 24)) {
    PyErr_SetString(PyExc_ValueError, "a page has at most 16,777,216 customers");
    ok = false;
  }
  if (ok) ids = arena_take(&call.arena, (size_t)capacity * sizeof(cxj_customer_id));
  if (ids == NULL) return call_drop(&call);
  size_t found = 0;
  CALL_RUN(&call,
           cxj_list_customers(self->handle, after, ids, (size_t)capacity, &found, &call.error));
  PyObject* list = call.code == CXJ_OK ? PyList_New((Py_ssize_t)found) : NULL;
  for (size_t i = 0; list != NULL && i < found; ++i) {
    PyObject* id = PyLong_FromUnsignedLongLong(ids[i]);
    if (id == NULL) {
      Py_CLEAR(list);
    } else {
      PyList_SET_ITEM(list, (Py_ssize_t)i, id);
    }
  }
  return call_end(&call) ? list : NULL;
}

#define FAST(function) (PyCFunction)(void (*)(void))(function), METH_FASTCALL
static PyMethodDef kMethods[] = {
    {"close", (PyCFunction)tracker_close, METH_NOARGS, NULL},
    {"open_report", (PyCFunction)tracker_open_report, METH_NOARGS, NULL},
    {"identity_rules", (PyCFunction)tracker_identity_rules, METH_NOARGS, NULL},
    {"policies", (PyCFunction)tracker_policies, METH_NOARGS, NULL},
    {"record", FAST(tracker_record), NULL},
    {"record_all", FAST(tracker_record_all), NULL},
    {"record_encoded", FAST(tracker_record_encoded), NULL},
    {"list_customers", FAST(tracker_list_customers), NULL},
    {NULL, NULL, 0, NULL},
};
static PyGetSetDef kGetters[] = {
    {"closed", (getter)tracker_closed, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static PyTypeObject TrackerType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "cxjourney._native.Tracker",
    .tp_basicsize = sizeof(Tracker),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_new = tracker_new,
    .tp_finalize = tracker_finalize,
    .tp_dealloc = (destructor)tracker_dealloc,
    .tp_methods = kMethods,
    .tp_getset = kGetters,
};

int tracker_init(PyObject* module) {
  if (PyType_Ready(&TrackerType) < 0) return -1;
  for (PyMethodDef* call = kTrackerCalls; call->ml_name != NULL; ++call) {
    PyObject* method = PyDescr_NewMethod(&TrackerType, call);
    if (method == NULL || PyDict_SetItemString(TrackerType.tp_dict, call->ml_name, method) < 0) {
      return -1;
    }
    Py_DECREF(method);
  }
  PyType_Modified(&TrackerType);
  return PyModule_AddType(module, &TrackerType);
}
