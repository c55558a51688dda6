// The Arrow C data interface (https://arrow.apache.org, "The Arrow C data interface"), and a copy
// of a whole stream as bytes for JavaScript.
#ifndef CXJOURNEY_NODE_ARROW_H_
#define CXJOURNEY_NODE_ARROW_H_

#include <cstdint>
#include <vector>

#include "cxjourney/c.h"

extern "C" {

struct ArrowSchema {
  const char* format;
  const char* name;
  const char* metadata;
  int64_t flags;
  int64_t n_children;
  struct ArrowSchema** children;
  struct ArrowSchema* dictionary;
  void (*release)(struct ArrowSchema*);
  void* private_data;
};

struct ArrowArray {
  int64_t length;
  int64_t null_count;
  int64_t offset;
  int64_t n_buffers;
  int64_t n_children;
  const void** buffers;
  struct ArrowArray** children;
  struct ArrowArray* dictionary;
  void (*release)(struct ArrowArray*);
  void* private_data;
};

struct ArrowArrayStream {
  int (*get_schema)(struct ArrowArrayStream*, struct ArrowSchema* out);
  int (*get_next)(struct ArrowArrayStream*, struct ArrowArray* out);
  const char* (*get_last_error)(struct ArrowArrayStream*);
  void (*release)(struct ArrowArrayStream*);
  void* private_data;
};

}  // extern "C"

namespace cxj_node {

// Reads the stream to its end. `columns` gets the schema, and each batch behind it.
cxj_code Collect(ArrowArrayStream& stream, std::vector<uint8_t>* columns);

void Release(ArrowArrayStream& stream);

}  // namespace cxj_node

#endif  // CXJOURNEY_NODE_ARROW_H_
