// The addon: trackers, cursors and clocks as values that JavaScript holds, and one door for all
// calls of c.h, on this thread or on one of the pool. What a call takes and gives travels as bytes
// (wire.h), so a call costs a handful of N-API calls however many fields a touchpoint has.
//
// Everything here but Task::Run runs on the thread of its environment (the main thread or a
// worker's), so counts and lists need no lock.
#include <node_api.h>

#include <cstddef>
#include <new>
#include <set>
#include <string>

#include "calls.h"
#include "handles.h"

namespace cxj_node {
namespace {

struct Environment {
  napi_ref make_error = nullptr;  // (code, message) => the error to throw.
  napi_ref input_ref = nullptr;   // Keep the buffers alive.
  napi_ref output_ref = nullptr;
  const uint8_t* input = nullptr;
  uint8_t* output = nullptr;
  size_t output_bytes = 0;
  Arena arena;
  // Where calls of this thread are made.
  std::unique_ptr<std::max_align_t[]> place{
      new std::max_align_t[kCallBytes / sizeof(std::max_align_t) + 1]};
  std::unique_ptr<Out> waiting;  // An answer that did not fit, for Take.
};

Environment& Here(napi_env env) {
  void* data = nullptr;
  napi_get_instance_data(env, &data);
  return *static_cast<Environment*>(data);
}

template <size_t kCount>
struct Arguments {
  Arguments(napi_env env, napi_callback_info info) {
    size_t count = kCount;
    napi_get_cb_info(env, info, &count, values, nullptr, nullptr);
  }
  napi_value values[kCount] = {};
};

uint32_t NumberOf(napi_env env, napi_value value) {
  uint32_t number = 0;
  napi_get_value_uint32(env, value, &number);
  return number;
}

// Null for a value that is no external: `undefined` stands for "none".
template <class T>
T* HandleOf(napi_env env, napi_value value) {
  void* handle = nullptr;
  return napi_get_value_external(env, value, &handle) == napi_ok ? static_cast<T*>(handle)
                                                                 : nullptr;
}

bool IsFunction(napi_env env, napi_value value) {
  napi_valuetype type = napi_undefined;
  napi_typeof(env, value, &type);
  return type == napi_function;
}

napi_value Double(napi_env env, double number) {
  napi_value value = nullptr;
  napi_create_double(env, number, &value);
  return value;
}

napi_value MakeError(napi_env env, cxj_code code, cxj_str message) {
  napi_value maker = nullptr;
  napi_value global = nullptr;
  napi_value made = nullptr;
  napi_value arguments[2] = {};
  napi_get_reference_value(env, Here(env).make_error, &maker);
  napi_get_global(env, &global);
  napi_create_int32(env, code, &arguments[0]);
  napi_create_string_utf8(env, message.size == 0 ? "" : message.data, message.size, &arguments[1]);
  napi_call_function(env, global, maker, 2, arguments, &made);
  return made;
}

napi_value Throw(napi_env env, cxj_code code, cxj_str message) {
  napi_value error = MakeError(env, code, message);
  if (error != nullptr) napi_throw(env, error);
  return nullptr;
}

napi_value Throw(napi_env env, cxj_code code, const char* message) {
  return Throw(env, code, cxj_str{message, std::strlen(message)});
}

napi_value ThrowAndFree(napi_env env, cxj_code code, cxj_error* error) {
  napi_value thrown = Throw(env, code, cxj_error_message(error));
  cxj_error_free(error);
  return thrown;
}

napi_value ThrowClosed(napi_env env, const char* what) {
  return Throw(env, CXJ_FAILED_PRECONDITION, what);
}
constexpr char kTrackerClosed[] = "the tracker is closed";
constexpr char kCursorClosed[] = "the cursor is closed";
constexpr char kClockClosed[] = "the clock is closed";
constexpr char kBusy[] = "calls are still under way";

// Externals ------------------------------------------------------------------------------------

void FinalizeTracker(napi_env, void* handle, void*) { Unref(static_cast<Tracker*>(handle)); }
void FinalizeCursor(napi_env, void* handle, void*) { delete static_cast<Cursor*>(handle); }
void FinalizeClock(napi_env, void* handle, void*) { Unref(static_cast<Clock*>(handle)); }

napi_value External(napi_env env, void* handle, napi_finalize finalize) {
  napi_value value = nullptr;
  if (napi_create_external(env, handle, finalize, nullptr, &value) != napi_ok) {
    finalize(env, handle, nullptr);
  }
  return value;
}

napi_value CursorValue(napi_env env, Tracker* tracker, cxj_cursor* cursor) {
  return External(env, new Cursor(tracker, cursor), FinalizeCursor);
}

// Answers ----------------------------------------------------------------------------------------

// Size of the answer: positive when it lies in the output, negative when Take must fetch it.
napi_value Answer(napi_env env, std::unique_ptr<Out> out) {
  const auto size = static_cast<double>(out->size());
  Here(env).waiting = std::move(out);
  return Double(env, -size);
}

// take(offset): copies the waiting answer into the output.
napi_value Take(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  Environment& here = Here(env);
  const size_t offset = NumberOf(env, arguments.values[0]);
  if (here.waiting == nullptr || offset + here.waiting->size() > here.output_bytes) {
    return Throw(env, CXJ_INTERNAL, "no room for an answer");
  }
  if (here.waiting->size() != 0) {
    std::memcpy(here.output + offset, here.waiting->data(), here.waiting->size());
  }
  here.waiting.reset();
  return nullptr;
}

// Tasks ------------------------------------------------------------------------------------------

// Work for a thread of the pool. The callback gets (error) or (undefined, result).
class Task {
 public:
  virtual ~Task() = default;
  virtual void Run() = 0;                       // On the pool's thread.
  virtual void Done() {}                        // Back again: nothing is under way any more.
  virtual napi_value Result(napi_env env) = 0;  // After that, of a success.

  cxj_code code = CXJ_OK;
  cxj_error* error = nullptr;
  napi_async_work work = nullptr;
  napi_ref callback = nullptr;
};

void Execute(napi_env, void* data) {
  auto* task = static_cast<Task*>(data);
  try {
    task->Run();
  } catch (...) {  // Only memory can run out.
    task->code = CXJ_RESOURCE_EXHAUSTED;
  }
}

void Complete(napi_env env, napi_status, void* data) {
  const std::unique_ptr<Task> task(static_cast<Task*>(data));
  task->Done();
  napi_value callback = nullptr;
  napi_value global = nullptr;
  napi_value arguments[2] = {};
  napi_get_reference_value(env, task->callback, &callback);
  napi_delete_reference(env, task->callback);
  napi_delete_async_work(env, task->work);
  napi_get_global(env, &global);
  napi_get_undefined(env, &arguments[0]);
  if (task->code != CXJ_OK) {
    arguments[0] = MakeError(env, task->code, cxj_error_message(task->error));
    cxj_error_free(task->error);
  } else {
    arguments[1] = task->Result(env);
  }
  if (arguments[1] == nullptr) napi_get_undefined(env, &arguments[1]);
  napi_call_function(env, global, callback, 2, arguments, nullptr);
}

napi_value Start(napi_env env, std::unique_ptr<Task> task, napi_value callback) {
  napi_value name = nullptr;
  napi_create_string_utf8(env, "cxjourney", NAPI_AUTO_LENGTH, &name);
  napi_create_reference(env, callback, 1, &task->callback);
  napi_create_async_work(env, nullptr, name, Execute, Complete, task.get(), &task->work);
  napi_queue_async_work(env, task.release()->work);
  return nullptr;
}

// Keeps a tracker from being closed or freed while a task uses it.
class Use {
 public:
  explicit Use(Tracker* tracker) : tracker_(tracker) {
    if (tracker_ == nullptr) return;
    ++tracker_->refs;
    ++tracker_->busy;
  }
  ~Use() {
    if (tracker_ != nullptr) Unref(tracker_);
  }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;

  void Over() {
    if (tracker_ != nullptr) --tracker_->busy;
  }

 private:
  Tracker* tracker_;
};

// Calls
// --------------------------------------------------------------------------------------------

class CallTask final : public Task {
 public:
  CallTask(uint32_t number, Tracker* tracker, const uint8_t* input, size_t size)
      : tracker_(tracker), use_(tracker), input_(input, input + size), out_(new Out) {
    call_.reset(NewCall(number, nullptr));
    In in(input_.data(), &arena_);
    call_->Decode(in);
  }

  void Run() override {
    code = call_->Run(tracker_ == nullptr ? nullptr : tracker_->tracker, *out_, &error);
    if (code == CXJ_OK) call_->Encode(*out_);
  }

  void Done() override { use_.Over(); }

  napi_value Result(napi_env env) override {
    if (cxj_cursor* cursor = call_->TakeCursor()) return CursorValue(env, tracker_, cursor);
    return Answer(env, std::move(out_));
  }

 private:
  Tracker* tracker_;
  Use use_;
  std::vector<uint8_t> input_;
  Arena arena_;
  std::unique_ptr<Call> call_;
  std::unique_ptr<Out> out_;
};

struct CallEnd {
  void operator()(Call* call) const { call->~Call(); }
};

napi_value RunHere(napi_env env, uint32_t number, Tracker* tracker, size_t offset) {
  Environment& here = Here(env);
  here.arena.Clear();
  const std::unique_ptr<Call, CallEnd> call(NewCall(number, here.place.get()));
  In in(here.input, &here.arena);
  call->Decode(in);
  cxj_error* error = nullptr;
  Out out(here.output + offset, here.output_bytes - offset);
  const cxj_code code = call->Run(tracker == nullptr ? nullptr : tracker->tracker, out, &error);
  if (code != CXJ_OK) return ThrowAndFree(env, code, error);
  if (cxj_cursor* cursor = call->TakeCursor()) return CursorValue(env, tracker, cursor);
  call->Encode(out);
  if (!out.on_heap()) return Double(env, static_cast<double>(out.size()));
  return Answer(env, std::make_unique<Out>(std::move(out)));
}

// call(number, tracker | undefined, offset): the size of the answer, or a cursor.
napi_value CallHere(napi_env env, napi_callback_info info) {
  const Arguments<3> arguments(env, info);
  auto* tracker = HandleOf<Tracker>(env, arguments.values[1]);
  if (tracker != nullptr && tracker->tracker == nullptr) return ThrowClosed(env, kTrackerClosed);
  try {
    return RunHere(env, NumberOf(env, arguments.values[0]), tracker,
                   NumberOf(env, arguments.values[2]));
  } catch (...) {
    return Throw(env, CXJ_RESOURCE_EXHAUSTED, "memory ran out");
  }
}

// callAsync(number, tracker | undefined, size of the input, callback)
napi_value CallElsewhere(napi_env env, napi_callback_info info) {
  const Arguments<4> arguments(env, info);
  auto* tracker = HandleOf<Tracker>(env, arguments.values[1]);
  if (tracker != nullptr && tracker->tracker == nullptr) return ThrowClosed(env, kTrackerClosed);
  return Start(env,
               std::make_unique<CallTask>(NumberOf(env, arguments.values[0]), tracker,
                                          Here(env).input, NumberOf(env, arguments.values[2])),
               arguments.values[3]);
}

// Opening and closing
// ------------------------------------------------------------------------------

class OpenTask final : public Task {
 public:
  OpenTask(Clock* clock, const uint8_t* input, size_t size)
      : clock_(clock), input_(input, input + size) {
    if (clock_ != nullptr) ++clock_->refs;
    In in(input_.data(), &arena_);
    path_ = in.Text();
    ReadOptions(in, &options_);
    options_.clock = clock_ == nullptr ? nullptr : clock_->clock;
  }
  ~OpenTask() override {
    if (clock_ != nullptr) Unref(clock_);
  }

  void Run() override { code = cxj_open(path_, &options_, &tracker_, &error); }

  napi_value Result(napi_env env) override {
    return External(env, new Tracker(tracker_, clock_), FinalizeTracker);
  }

 private:
  Clock* clock_;
  std::vector<uint8_t> input_;
  Arena arena_;
  cxj_str path_ = {};
  cxj_options options_ = CXJ_OPTIONS_INIT;
  cxj_tracker* tracker_ = nullptr;
};

class CloseTask final : public Task {
 public:
  explicit CloseTask(Tracker* tracker)
      : tracker_(tracker->TakeForClose()), clock_(std::exchange(tracker->clock, nullptr)) {}
  ~CloseTask() override {
    if (clock_ != nullptr) Unref(clock_);
  }
  void Run() override { code = cxj_close(tracker_, &error); }
  void Done() override {
    if (clock_ != nullptr) Unref(std::exchange(clock_, nullptr));
  }
  napi_value Result(napi_env) override { return nullptr; }

 private:
  cxj_tracker* tracker_;
  Clock* clock_;
};

napi_value RunOrStart(napi_env env, std::unique_ptr<Task> task, napi_value callback) {
  if (IsFunction(env, callback)) return Start(env, std::move(task), callback);
  Execute(env, task.get());
  task->Done();
  if (task->code != CXJ_OK) return ThrowAndFree(env, task->code, task->error);
  return task->Result(env);
}

// open(clock | undefined, size of the input, callback | undefined): a tracker.
napi_value Open(napi_env env, napi_callback_info info) {
  const Arguments<3> arguments(env, info);
  auto* clock = HandleOf<Clock>(env, arguments.values[0]);
  if (clock != nullptr && clock->clock == nullptr) return ThrowClosed(env, kClockClosed);
  return RunOrStart(
      env, std::make_unique<OpenTask>(clock, Here(env).input, NumberOf(env, arguments.values[1])),
      arguments.values[2]);
}

// close(tracker, callback | undefined): also ends the tracker's cursors.
napi_value Close(napi_env env, napi_callback_info info) {
  const Arguments<2> arguments(env, info);
  auto* tracker = HandleOf<Tracker>(env, arguments.values[0]);
  if (tracker == nullptr || tracker->tracker == nullptr) return ThrowClosed(env, kTrackerClosed);
  if (tracker->busy != 0) return Throw(env, CXJ_FAILED_PRECONDITION, kBusy);
  return RunOrStart(env, std::make_unique<CloseTask>(tracker), arguments.values[1]);
}

// Cursors
// ------------------------------------------------------------------------------------------

// Reads the next touchpoints, as many as asked for. One that fails behind others is left to the
// next call, since a cursor may be asked again.
class ReadTask final : public Task {
 public:
  ReadTask(Cursor* cursor, uint32_t limit)
      : cursor_(cursor), use_(cursor->tracker), limit_(limit), out_(new Out) {
    cursor_->busy = true;
  }

  void Run() override {
    uint32_t count = 0;
    uint8_t* at = out_->Number(out_->end(), count);
    for (; count < limit_; ++count) {
      const cxj_touchpoint* touchpoint = nullptr;
      code = cxj_cursor_next(cursor_->cursor, &touchpoint, &error);
      if (code != CXJ_OK && count > 0) {
        cxj_error_free(error);
        error = nullptr;
        code = CXJ_OK;
        break;
      }
      if (code != CXJ_OK || touchpoint == nullptr) break;
      at = out_->Number(at, cxj_cursor_customer(cursor_->cursor));
      at = WriteTouchpoint(*out_, at, *touchpoint);
    }
    out_->End(at);
    out_->Patch(0, count);
  }

  void Done() override {
    use_.Over();
    cursor_->busy = false;
  }
  napi_value Result(napi_env env) override { return Answer(env, std::move(out_)); }

 private:
  Cursor* cursor_;
  Use use_;
  uint32_t limit_;
  std::unique_ptr<Out> out_;
};

// read(cursor, limit, callback | undefined): the size of the answer.
napi_value ReadCursor(napi_env env, napi_callback_info info) {
  const Arguments<3> arguments(env, info);
  auto* cursor = HandleOf<Cursor>(env, arguments.values[0]);
  if (cursor == nullptr || cursor->cursor == nullptr) return ThrowClosed(env, kCursorClosed);
  if (cursor->busy) return Throw(env, CXJ_FAILED_PRECONDITION, kBusy);
  return RunOrStart(env, std::make_unique<ReadTask>(cursor, NumberOf(env, arguments.values[1])),
                    arguments.values[2]);
}

// freeCursor(cursor)
napi_value FreeCursor(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  auto* cursor = HandleOf<Cursor>(env, arguments.values[0]);
  if (cursor == nullptr || cursor->cursor == nullptr) return ThrowClosed(env, kCursorClosed);
  if (cursor->busy) return Throw(env, CXJ_FAILED_PRECONDITION, kBusy);
  cursor->End();
  return nullptr;
}

// Clocks
// -------------------------------------------------------------------------------------------

cxj_time InputTime(napi_env env) {
  Arena none;
  return In(Here(env).input, &none).Number<cxj_time>();
}

// newClock(): standing at the time in the input.
napi_value NewClock(napi_env env, napi_callback_info) {
  cxj_clock* clock = nullptr;
  cxj_error* error = nullptr;
  const cxj_code code = cxj_clock_new(InputTime(env), &clock, &error);
  if (code != CXJ_OK) return ThrowAndFree(env, code, error);
  return External(env, new Clock(clock), FinalizeClock);
}

// setClock(clock)
napi_value SetClock(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  auto* clock = HandleOf<Clock>(env, arguments.values[0]);
  if (clock == nullptr || clock->clock == nullptr) return ThrowClosed(env, kClockClosed);
  cxj_clock_set(clock->clock, InputTime(env));
  return nullptr;
}

// freeClock(clock): refused while a tracker uses it.
napi_value FreeClock(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  auto* clock = HandleOf<Clock>(env, arguments.values[0]);
  if (clock == nullptr || clock->clock == nullptr) return ThrowClosed(env, kClockClosed);
  if (clock->refs != 1) {
    return Throw(env, CXJ_FAILED_PRECONDITION, "a tracker still uses the clock");
  }
  clock->End();
  return nullptr;
}

// The module
// ---------------------------------------------------------------------------------------

void Keep(napi_env env, napi_ref* reference, napi_value value) {
  if (*reference != nullptr) napi_delete_reference(env, *reference);
  napi_create_reference(env, value, 1, reference);
}

// setup(makeError)
napi_value Setup(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  Keep(env, &Here(env).make_error, arguments.values[0]);
  return nullptr;
}

// setInput(buffer)
napi_value SetInput(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  void* data = nullptr;
  size_t size = 0;
  napi_get_buffer_info(env, arguments.values[0], &data, &size);
  Keep(env, &Here(env).input_ref, arguments.values[0]);
  Here(env).input = static_cast<const uint8_t*>(data);
  return nullptr;
}

// setOutput(buffer)
napi_value SetOutput(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  void* data = nullptr;
  size_t size = 0;
  napi_get_buffer_info(env, arguments.values[0], &data, &size);
  Keep(env, &Here(env).output_ref, arguments.values[0]);
  Here(env).output = static_cast<uint8_t*>(data);
  Here(env).output_bytes = size;
  return nullptr;
}

void FinalizeEnvironment(napi_env, void* data, void*) { delete static_cast<Environment*>(data); }

napi_value Init(napi_env env, napi_value exports) {
  napi_set_instance_data(env, new Environment, FinalizeEnvironment, nullptr);
  const struct {
    const char* name;
    napi_callback function;
  } functions[] = {
      {"setup", Setup},
      {"setInput", SetInput},
      {"setOutput", SetOutput},
      {"call", CallHere},
      {"callAsync", CallElsewhere},
      {"take", Take},
      {"open", Open},
      {"close", Close},
      {"read", ReadCursor},
      {"freeCursor", FreeCursor},
      {"newClock", NewClock},
      {"setClock", SetClock},
      {"freeClock", FreeClock},
  };
  for (const auto& function : functions) {
    napi_value value = nullptr;
    napi_create_function(env, function.name, NAPI_AUTO_LENGTH, function.function, nullptr, &value);
    napi_set_named_property(env, exports, function.name, value);
  }
  napi_set_named_property(env, exports, "abiVersion", Double(env, cxj_abi_version()));
  return exports;
}

}  // namespace
}  // namespace cxj_node

NAPI_MODULE_INIT() { return cxj_node::Init(env, exports); }
