/* Records: structs of c.h as Python objects. */
#include "native.h"

const uint64_t kZeros[256];

/* What the getter of a field is called with. A type's first one leads from the type to its info. */
typedef struct Slot {
  const StructInfo* info;
  int number;
} Slot;

static const StructInfo* info_of(const PyTypeObject* type) {
  return ((const Slot*)type->tp_getset->closure)->info;
}

/* Making ----------------------------------------------------------------------------------------
 */

/* The garbage collector learns of it when it is given something that could lead back to it. */
static Record* record_make(const StructInfo* info) {
  Record* record = PyObject_GC_New(Record, info->type);
  if (record == NULL) return NULL;
  record->info = info;
  record->source = NULL;
  record->owner = NULL;
  memset(record->fields, 0, (size_t)info->field_count * sizeof(PyObject*));
  return record;
}

PyObject* record_show(const StructInfo* info, const void* source, PyObject* owner) {
  Record* record = record_make(info);
  if (record == NULL) return NULL;
  record->source = source;
  record->owner = Py_XNewRef(owner);
  return (PyObject*)record;
}

PyObject* record_copy(const StructInfo* info, const void* source) {
  Record* record = record_make(info);
  if (record == NULL) return NULL;
  for (int i = 0; i < info->field_count; ++i) {
    record->fields[i] = field_from_c(info, &info->fields[i], source, NULL, true);
    if (record->fields[i] == NULL) {
      Py_DECREF(record);
      return NULL;
    }
  }
  return (PyObject*)record;
}

/* Could the collector find a way back through it? Atoms and records that it does not know of lead
 * nowhere. */
static bool leads_back(PyObject* value) {
  return PyObject_IS_GC(value) && PyObject_GC_IsTracked(value);
}

/* A tuple of structs, some of which are given as tuples. Takes over the reference. */
static PyObject* records_of(const Field* field, PyObject* given) {
  const Py_ssize_t count = PyTuple_GET_SIZE(given);
  PyObject* items = PyTuple_New(count);
  bool tracked = false;
  for (Py_ssize_t i = 0; items != NULL && i < count; ++i) {
    PyObject* item = PyTuple_GET_ITEM(given, i);
    item = PyTuple_Check(item) ? PyObject_CallObject((PyObject*)field->of->type, item)
                               : Py_NewRef(item);
    if (item == NULL) {
      Py_CLEAR(items);
    } else {
      tracked = tracked || leads_back(item);
      PyTuple_SET_ITEM(items, i, item);
    }
  }
  Py_DECREF(given);
  if (items != NULL && !tracked) PyObject_GC_UnTrack(items);
  return items;
}

/* What is given as a list is kept as a tuple: nobody changes it behind the record's back, and the
 * collector need not look at it. Structs in lists may be tuples, too, and become records. */
static PyObject* tuple_of(const Field* field, PyObject* value) {
  PyObject* given = PySequence_Tuple(value);
  if (given == NULL) return NULL;
  const Py_ssize_t count = PyTuple_GET_SIZE(given);
  bool tuples = false;
  bool tracked = false;
  for (Py_ssize_t i = 0; i < count; ++i) {
    PyObject* item = PyTuple_GET_ITEM(given, i);
    tuples = tuples || (field->kind == KIND_STRUCT && PyTuple_Check(item));
    tracked = tracked || leads_back(item);
  }
  if (tuples) return records_of(field, given);
  /* The caller's own tuple is left as it is. */
  if (given != value && count > 0 && !tracked) PyObject_GC_UnTrack(given);
  return given;
}

/* Gives field `number` its value. */
static int record_give(Record* record, int number, PyObject* value) {
  const Field* field = &record->info->fields[number];
  if (field->shape == SHAPE_LIST || field->shape == SHAPE_LIST_OF_POINTERS) {
    if (PyUnicode_Check(value) || PyBytes_Check(value)) {
      return fail_type(record->info, field, "a list", value);
    }
    value = tuple_of(field, value);
  } else if (field->kind == KIND_STRUCT && PyTuple_Check(value)) {
    value = PyObject_CallObject((PyObject*)field->of->type, value);
  } else {
    Py_INCREF(value);
  }
  if (value == NULL) return -1;
  if (leads_back(value) && !PyObject_GC_IsTracked((PyObject*)record)) PyObject_GC_Track(record);
  Py_XSETREF(record->fields[number], value);
  return 0;
}

/* The number of the field with this name; names mostly come in the order of the fields, so the
 * search goes on behind the last one found. -1 with an exception set. */
static int find_field(const StructInfo* info, PyObject* name, int hint) {
  for (int i = hint; i < info->field_count; ++i) {
    if (info->fields[i].interned == name) return i;
  }
  PyObject* number = PyDict_GetItemWithError(info->index, name);
  if (number != NULL) return (int)PyLong_AsLong(number);
  if (!PyErr_Occurred()) PyErr_Format(PyExc_TypeError, "%s has no field %R", info->name, name);
  return -1;
}

static PyObject* record_vectorcall(PyObject* type, PyObject* const* args, size_t nargsf,
                                   PyObject* names) {
  const StructInfo* info = info_of((PyTypeObject*)type);
  const Py_ssize_t positional = PyVectorcall_NARGS(nargsf);
  if (positional > info->positional) {
    return PyErr_Format(PyExc_TypeError, "%s takes at most %d fields by position", info->name,
                        info->positional);
  }
  Record* record = record_make(info);
  if (record == NULL) return NULL;
  for (Py_ssize_t i = 0; i < positional; ++i) {
    if (record_give(record, (int)i, args[i]) < 0) goto failed;
  }
  const Py_ssize_t named = names == NULL ? 0 : PyTuple_GET_SIZE(names);
  int number = (int)positional - 1;
  for (Py_ssize_t i = 0; i < named; ++i) {
    PyObject* name = PyTuple_GET_ITEM(names, i);
    number = find_field(info, name, number + 1);
    if (number < 0) goto failed;
    if (number < positional) {
      PyErr_Format(PyExc_TypeError, "%s.%U is given twice", info->name, name);
      goto failed;
    }
    if (record_give(record, number, args[positional + i]) < 0) goto failed;
  }
  return (PyObject*)record;
failed:
  Py_DECREF(record);
  return NULL;
}

static PyObject* record_new(PyTypeObject* type, PyObject* args, PyObject* kwargs) {
  (void)args;
  (void)kwargs;
  return (PyObject*)record_make(info_of(type));
}

static void record_dealloc(Record* self) {
  PyTypeObject* type = Py_TYPE(self);
  PyObject_GC_UnTrack(self);
  for (int i = 0; i < self->info->field_count; ++i) Py_XDECREF(self->fields[i]);
  Py_XDECREF(self->owner);
  PyObject_GC_Del(self);
  Py_DECREF(type);
}

static int record_traverse(Record* self, visitproc visit, void* arg) {
  Py_VISIT(Py_TYPE(self));
  for (int i = 0; i < self->info->field_count; ++i) Py_VISIT(self->fields[i]);
  return 0;
}

static int record_clear(Record* self) {
  for (int i = 0; i < self->info->field_count; ++i) Py_CLEAR(self->fields[i]);
  return 0;
}

/* Fields -----------------------------------------------------------------------------------------
 */

/* Field `number`, borrowed. What an answer holds becomes an object once. */
static PyObject* record_field(Record* self, int number) {
  if (self->fields[number] == NULL) {
    const char* source = self->source != NULL ? self->source : (const char*)kZeros;
    self->fields[number] =
        field_from_c(self->info, &self->info->fields[number], source, self->owner, false);
  }
  return self->fields[number];
}

static PyObject* record_get(PyObject* self, void* closure) {
  return Py_XNewRef(record_field((Record*)self, ((const Slot*)closure)->number));
}

static int record_set(PyObject* self, PyObject* value, void* closure) {
  Record* record = (Record*)self;
  if (record->source != NULL || !record->info->sized) {
    PyErr_Format(PyExc_AttributeError, "%s cannot be changed; replace() makes a changed copy",
                 record->info->name);
    return -1;
  }
  if (value == NULL) {
    Py_CLEAR(record->fields[((const Slot*)closure)->number]);
    return 0;
  }
  return record_give(record, ((const Slot*)closure)->number, value);
}

PyObject* record_given(PyObject* record, const char* name) {
  Record* self = (Record*)record;
  for (int i = 0; i < self->info->field_count; ++i) {
    if (strcmp(self->info->fields[i].name, name) == 0) return self->fields[i];
  }
  return NULL;
}

static PyObject* record_compare(PyObject* self, PyObject* other, int operation) {
  if (Py_TYPE(self) != Py_TYPE(other) || (operation != Py_EQ && operation != Py_NE)) {
    Py_RETURN_NOTIMPLEMENTED;
  }
  int equal = 1;
  for (int i = 0; equal == 1 && i < ((Record*)self)->info->field_count; ++i) {
    PyObject* mine = record_field((Record*)self, i);
    PyObject* theirs = mine == NULL ? NULL : record_field((Record*)other, i);
    equal = theirs == NULL ? -1 : PyObject_RichCompareBool(mine, theirs, Py_EQ);
  }
  return equal < 0 ? NULL : PyBool_FromLong(equal == (operation == Py_EQ));
}

static PyObject* record_values(Record* self) {
  PyObject* values = PyTuple_New(self->info->field_count);
  for (int i = 0; values != NULL && i < self->info->field_count; ++i) {
    PyObject* value = record_field(self, i);
    if (value == NULL) {
      Py_CLEAR(values);
    } else {
      PyTuple_SET_ITEM(values, i, Py_NewRef(value));
    }
  }
  return values;
}

static Py_hash_t record_hash(PyObject* self) {
  if (((Record*)self)->info->sized) return PyObject_HashNotImplemented(self);
  PyObject* values = record_values((Record*)self);
  Py_hash_t hash = values == NULL ? -1 : PyObject_Hash(values);
  Py_XDECREF(values);
  return hash;
}

/* 1: nothing that repr need show. */
static int is_empty(PyObject* value) {
  if (value == Py_None || value == Py_False) return 1;
  if (PyLong_Check(value) || PyFloat_Check(value) || PyUnicode_Check(value) ||
      PyBytes_Check(value) || PyTuple_Check(value)) {
    return PyObject_Not(value);
  }
  return 0;
}

/* The fields that are not empty; what is a customer's own is not shown, because representations
 * end up in logs. */
static PyObject* record_repr(PyObject* self) {
  const StructInfo* info = ((Record*)self)->info;
  PyObject* parts = PyList_New(0);
  for (int i = 0; parts != NULL && i < info->field_count; ++i) {
    PyObject* value = record_field((Record*)self, i);
    int empty = value == NULL ? -1 : is_empty(value);
    if (empty == 1) continue;
    PyObject* part = NULL;
    if (empty == 0) {
      part = info->fields[i].sensitive ? PyUnicode_FromFormat("%s=...", info->fields[i].name)
                                       : PyUnicode_FromFormat("%s=%R", info->fields[i].name, value);
    }
    if (part == NULL || PyList_Append(parts, part) < 0) Py_CLEAR(parts);
    Py_XDECREF(part);
  }
  PyObject* comma = PyUnicode_FromString(", ");
  PyObject* joined = parts == NULL || comma == NULL ? NULL : PyUnicode_Join(comma, parts);
  PyObject* text = joined == NULL ? NULL : PyUnicode_FromFormat("%s(%U)", info->name, joined);
  Py_XDECREF(comma);
  Py_XDECREF(parts);
  Py_XDECREF(joined);
  return text;
}

/* Copies and pickles: the type and every field by name. */
static PyObject* record_dict(PyObject* self, PyObject* unused) {
  (void)unused;
  const StructInfo* info = ((Record*)self)->info;
  PyObject* fields = PyDict_New();
  for (int i = 0; fields != NULL && i < info->field_count; ++i) {
    PyObject* value = record_field((Record*)self, i);
    if (value == NULL || PyDict_SetItem(fields, info->fields[i].interned, value) < 0) {
      Py_CLEAR(fields);
    }
  }
  return fields;
}

static PyObject* record_replace(PyObject* self, PyObject* args, PyObject* changes) {
  if (PyTuple_GET_SIZE(args) != 0) {
    PyErr_SetString(PyExc_TypeError, "replace() takes fields by name");
    return NULL;
  }
  PyObject* fields = record_dict(self, NULL);
  if (fields != NULL && changes != NULL && PyDict_Update(fields, changes) < 0) Py_CLEAR(fields);
  PyObject* copy = fields == NULL ? NULL : PyObject_Call((PyObject*)Py_TYPE(self), args, fields);
  Py_XDECREF(fields);
  return copy;
}

static PyObject* record_rebuild(PyObject* module, PyObject* args) {
  (void)module;
  PyObject* type;
  PyObject* fields;
  if (!PyArg_ParseTuple(args, "O!O!", &PyType_Type, &type, &PyDict_Type, &fields)) return NULL;
  PyObject* none = PyTuple_New(0);
  PyObject* record = none == NULL ? NULL : PyObject_Call(type, none, fields);
  Py_XDECREF(none);
  return record;
}

static PyMethodDef kRebuild = {"_rebuild", record_rebuild, METH_VARARGS, NULL};
static PyObject* rebuild_function;

static PyObject* record_reduce(PyObject* self, PyObject* unused) {
  PyObject* fields = record_dict(self, unused);
  return fields == NULL ? NULL : Py_BuildValue("O(ON)", rebuild_function, Py_TYPE(self), fields);
}

static PyMethodDef kMethods[] = {
    {"replace", (PyCFunction)(void (*)(void))record_replace, METH_VARARGS | METH_KEYWORDS,
     "A copy with these fields changed."},
    {"as_dict", record_dict, METH_NOARGS, "Every field by name; what lies deeper stays as it is."},
    {"__reduce__", record_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

/* Types ------------------------------------------------------------------------------------------
 */

static PyGetSetDef* make_getters(StructInfo* info) {
  PyGetSetDef* getters = PyMem_Calloc((size_t)info->field_count + 1, sizeof(PyGetSetDef));
  Slot* slots = PyMem_Calloc((size_t)info->field_count, sizeof(Slot));
  info->index = PyDict_New();
  if (getters == NULL || slots == NULL || info->index == NULL) return NULL;
  for (int i = 0; i < info->field_count; ++i) {
    Field* field = &info->fields[i];
    slots[i] = (Slot){info, i};
    getters[i] = (PyGetSetDef){field->name, record_get, record_set, NULL, &slots[i]};
    field->interned = PyUnicode_InternFromString(field->name);
    PyObject* number = PyLong_FromLong(i);
    if (field->interned == NULL || number == NULL ||
        PyDict_SetItem(info->index, field->interned, number) < 0) {
      return NULL;
    }
    Py_DECREF(number);
  }
  return getters;
}

/* Patterns name by position what constructors take by position. */
static int set_match_args(const StructInfo* info) {
  PyObject* names = PyTuple_New(info->positional);
  if (names == NULL) return -1;
  for (int i = 0; i < info->positional; ++i) {
    PyTuple_SET_ITEM(names, i, Py_NewRef(info->fields[i].interned));
  }
  int result = PyDict_SetItemString(info->type->tp_dict, "__match_args__", names);
  Py_DECREF(names);
  return result;
}

static int make_type(PyObject* module, StructInfo* info) {
  static char names[64][64];
  static int count = 0;
  char* name = names[count++];
  PyOS_snprintf(name, sizeof(names[0]), "cxjourney.%s", info->name);
  PyGetSetDef* getters = make_getters(info);
  if (getters == NULL) return -1;
  PyType_Slot slots[] = {
      {Py_tp_doc, (void*)info->doc},
      {Py_tp_new, record_new},
      {Py_tp_dealloc, record_dealloc},
      {Py_tp_traverse, record_traverse},
      {Py_tp_clear, record_clear},
      {Py_tp_repr, record_repr},
      {Py_tp_hash, record_hash},
      {Py_tp_richcompare, record_compare},
      {Py_tp_methods, kMethods},
      {Py_tp_getset, getters},
      {0, NULL},
  };
  PyType_Spec spec = {
      .name = name,
      .basicsize = (int)(sizeof(Record) + (size_t)info->field_count * sizeof(PyObject*)),
      .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
      .slots = slots,
  };
  info->type = (PyTypeObject*)PyType_FromSpec(&spec);
  if (info->type == NULL) return -1;
  info->type->tp_vectorcall = record_vectorcall;
  if (info->positional > 0 && set_match_args(info) < 0) return -1;
  return PyModule_AddType(module, info->type);
}

int records_init(PyObject* module) {
  for (StructInfo* const* info = kStructs; *info != NULL; ++info) {
    if (make_type(module, *info) < 0) return -1;
  }
  rebuild_function = PyCFunction_NewEx(&kRebuild, NULL, PyModule_GetNameObject(module));
  if (rebuild_function == NULL) return -1;
  return PyModule_AddObjectRef(module, "_rebuild", rebuild_function);
}
