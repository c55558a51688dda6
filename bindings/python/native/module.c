/* The module cxjourney._native. */
#include "native.h"

static int enums_init(void) {
  PyObject* module = PyImport_ImportModule("cxjourney._enums");
  if (module == NULL) return -1;
  for (EnumInfo* const* words = kEnums; *words != NULL; ++words) {
    PyObject* type = PyObject_GetAttrString(module, (*words)->name);
    if (type == NULL) return -1;
    PyObject* all = PySequence_List(type);
    if (all == NULL) return -1;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(all); ++i) {
      PyObject* member = PyList_GET_ITEM(all, i);
      const long value = PyLong_AsLong(member);
      if (value >= 0 && value <= (long)(*words)->max) {
        (*words)->members[value] = Py_NewRef(member);
      }
    }
    Py_DECREF(all);
    Py_DECREF(type);
  }
  Py_DECREF(module);
  return 0;
}

static PyObject* version(PyObject* module, PyObject* unused) {
  (void)module;
  (void)unused;
  return text_from_c(cxj_version());
}

static PyObject* reason_name(PyObject* module, PyObject* reason) {
  (void)module;
  const long number = PyLong_AsLong(reason);
  if (number == -1 && PyErr_Occurred()) return NULL;
  return text_from_c(cxj_reason_name((cxj_reason)number));
}

static PyObject* policy_presets(PyObject* module, PyObject* unused) {
  (void)module;
  (void)unused;
  PyObject* names = PyList_New(0);
  for (size_t i = 0; names != NULL; ++i) {
    const cxj_str preset = cxj_policy_preset(i);
    if (preset.size == 0) break;
    PyObject* name = text_from_c(preset);
    if (name == NULL || PyList_Append(names, name) < 0) Py_CLEAR(names);
    Py_XDECREF(name);
  }
  return names;
}

static PyMethodDef kMethods[] = {
    {"version", version, METH_NOARGS, NULL},
    {"reason_name", reason_name, METH_O, NULL},
    {"policy_presets", policy_presets, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef kModule = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "cxjourney._native",
    .m_size = -1,
    .m_methods = kMethods,
};

PyMODINIT_FUNC PyInit__native(void);
PyMODINIT_FUNC PyInit__native(void) {
  if (cxj_abi_version() != CXJ_ABI_VERSION) {
    return PyErr_Format(PyExc_ImportError,
                        "cxjourney was built for version %u of the C ABI, the loaded library has "
                        "version %u: install the two together",
                        CXJ_ABI_VERSION, cxj_abi_version());
  }
  PyObject* module = PyModule_Create(&kModule);
  if (module == NULL) return NULL;
  if (values_init() < 0 || enums_init() < 0 || errors_init() < 0 || views_init(module) < 0 ||
      records_init(module) < 0 || tracker_init(module) < 0 || cursor_init(module) < 0 ||
      clock_init(module) < 0 || PyModule_AddFunctions(module, kModuleCalls) < 0) {
    Py_CLEAR(module);
  }
  return module;
}
