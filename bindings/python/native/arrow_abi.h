/* The Arrow C stream interface, as its specification prints it for copying. */
#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE

struct ArrowSchema;
struct ArrowArray;

struct ArrowArrayStream {
  int (*get_schema)(struct ArrowArrayStream* stream, struct ArrowSchema* out);
  int (*get_next)(struct ArrowArrayStream* stream, struct ArrowArray* out);
  const char* (*get_last_error)(struct ArrowArrayStream* stream);
  void (*release)(struct ArrowArrayStream* stream);
  void* private_data;
};

#endif
