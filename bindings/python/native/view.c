/* Answers of the library, and the lists in them. */
#include "native.h"

typedef struct Answer {
  PyObject_HEAD const void* answer;
  FreeFn free_answer;
} Answer;

static PyTypeObject AnswerType;

PyObject* answer_new(const void* answer, FreeFn free_answer) {
  Answer* owner = PyObject_New(Answer, &AnswerType);
  if (owner == NULL) {
    free_answer(answer);
    return NULL;
  }
  owner->answer = answer;
  owner->free_answer = free_answer;
  return (PyObject*)owner;
}

static void answer_dealloc(Answer* self) {
  self->free_answer(self->answer);
  PyObject_Free(self);
}

static PyTypeObject AnswerType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "cxjourney._native.Answer",
    .tp_basicsize = sizeof(Answer),
    .tp_dealloc = (destructor)answer_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
};

typedef struct View {
  PyObject_HEAD const StructInfo* info;
  const char* items;
  Py_ssize_t count;
  bool pointers;
  PyObject* owner;
} View;

static PyTypeObject ViewType;

PyObject* view_new(const StructInfo* info, const void* items, size_t count, bool pointers,
                   PyObject* owner) {
  View* view = PyObject_New(View, &ViewType);
  if (view == NULL) return NULL;
  view->info = info;
  view->items = items;
  view->count = (Py_ssize_t)count;
  view->pointers = pointers;
  view->owner = Py_XNewRef(owner);
  return (PyObject*)view;
}

static void view_dealloc(View* self) {
  Py_XDECREF(self->owner);
  PyObject_Free(self);
}

static Py_ssize_t view_length(View* self) { return self->count; }

static PyObject* view_item(View* self, Py_ssize_t index) {
  if (index < 0 || index >= self->count) {
    PyErr_SetString(PyExc_IndexError, "index out of range");
    return NULL;
  }
  const char* item = self->pointers ? ((const char* const*)(const void*)self->items)[index]
                                    : self->items + (size_t)index * self->info->size;
  return record_show(self->info, item, self->owner);
}

static PyObject* view_tuple(View* self, PyObject* unused) {
  (void)unused;
  PyObject* tuple = PyTuple_New(self->count);
  for (Py_ssize_t i = 0; tuple != NULL && i < self->count; ++i) {
    PyObject* item = view_item(self, i);
    if (item == NULL) {
      Py_CLEAR(tuple);
    } else {
      PyTuple_SET_ITEM(tuple, i, item);
    }
  }
  return tuple;
}

static PyObject* view_subscript(View* self, PyObject* key) {
  if (PyIndex_Check(key)) {
    Py_ssize_t index = PyNumber_AsSsize_t(key, PyExc_IndexError);
    if (index == -1 && PyErr_Occurred()) return NULL;
    return view_item(self, index < 0 ? index + self->count : index);
  }
  PyObject* all = view_tuple(self, NULL);
  if (all == NULL) return NULL;
  PyObject* part = PyObject_GetItem(all, key);
  Py_DECREF(all);
  return part;
}

/* Equal to any list or tuple of equal elements. */
static PyObject* view_compare(View* self, PyObject* other, int operation) {
  bool comparable = PyList_Check(other) || PyTuple_Check(other) || Py_TYPE(other) == &ViewType;
  if (!comparable || (operation != Py_EQ && operation != Py_NE)) Py_RETURN_NOTIMPLEMENTED;
  PyObject* mine = view_tuple(self, NULL);
  PyObject* theirs = mine == NULL ? NULL : PySequence_Tuple(other);
  PyObject* result = theirs == NULL ? NULL : PyObject_RichCompare(mine, theirs, operation);
  Py_XDECREF(mine);
  Py_XDECREF(theirs);
  return result;
}

static PyObject* view_repr(View* self) {
  PyObject* list = PySequence_List((PyObject*)self);
  PyObject* text = list == NULL ? NULL : PyObject_Repr(list);
  Py_XDECREF(list);
  return text;
}

static PyObject* view_ask_tuple(View* self, const char* method, PyObject* value) {
  PyObject* all = view_tuple(self, NULL);
  PyObject* result = all == NULL ? NULL : PyObject_CallMethod(all, method, "O", value);
  Py_XDECREF(all);
  return result;
}
static PyObject* view_index(View* self, PyObject* value) {
  return view_ask_tuple(self, "index", value);
}
static PyObject* view_count(View* self, PyObject* value) {
  return view_ask_tuple(self, "count", value);
}
/* Copies and pickles are tuples: they have no answer to point into. */
static PyObject* view_reduce(View* self, PyObject* unused) {
  (void)unused;
  PyObject* all = view_tuple(self, NULL);
  return all == NULL ? NULL : Py_BuildValue("O(N)", &PyTuple_Type, all);
}

static PyMethodDef kViewMethods[] = {
    {"index", (PyCFunction)view_index, METH_O, NULL},
    {"count", (PyCFunction)view_count, METH_O, NULL},
    {"__reduce__", (PyCFunction)view_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};
static PySequenceMethods kViewSequence = {
    .sq_length = (lenfunc)view_length,
    .sq_item = (ssizeargfunc)view_item,
};
static PyMappingMethods kViewMapping = {
    .mp_length = (lenfunc)view_length,
    .mp_subscript = (binaryfunc)view_subscript,
};
static PyTypeObject ViewType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "cxjourney._native.View",
    .tp_basicsize = sizeof(View),
    .tp_dealloc = (destructor)view_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_SEQUENCE,
    .tp_doc = "A list in an answer: its elements are made when they are touched.",
    .tp_repr = (reprfunc)view_repr,
    .tp_hash = PyObject_HashNotImplemented,
    .tp_richcompare = (richcmpfunc)view_compare,
    .tp_as_sequence = &kViewSequence,
    .tp_as_mapping = &kViewMapping,
    .tp_methods = kViewMethods,
};

int views_init(PyObject* module) {
  if (PyType_Ready(&AnswerType) < 0) return -1;
  return PyModule_AddType(module, &ViewType);
}
