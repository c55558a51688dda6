// C++ answers as the structs of the C API.
//
// An answer is one allocation that holds the C++ answer and the structs that look into it: texts
// are not copied. What the structs need beside it comes from the answer's own arena. In a history
// that is everything: copying the texts of touchpoints that are shown costs less than having each
// made.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory_resource>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/micros.h"
#include "capi/handles.h"

namespace cxjourney::capi {

class Arena {
 public:
  Arena() : memory_(size_t{512}) {}
  // Asks for memory only when this is full.
  explicit Arena(std::span<std::byte> room) : memory_(room.data(), room.size()) {}
  // What was given is over; the room is there again.
  void Clear() { memory_.release(); }

  template <class T>
  T* Array(size_t count) {
    static_assert(std::is_trivially_destructible_v<T>);
    if (count == 0) return nullptr;
    // NOLINTNEXTLINE(bugprone-sizeof-expression): T may be a pointer, and means it.
    T* items = static_cast<T*>(memory_.allocate(count * sizeof(T), alignof(T)));
    std::uninitialized_value_construct_n(items, count);
    return items;
  }
  cxj_str Text(std::string_view text) {
    if (text.empty()) return View("");
    void* copy = memory_.allocate(text.size(), 1);
    std::memcpy(copy, text.data(), text.size());
    return {static_cast<const char*>(copy), text.size()};
  }
  // A struct that may grow, with its size.
  template <class T>
  T* Sized() {
    T* item = Array<T>(1);
    item->struct_size = sizeof(T);
    return item;
  }
  template <class T>
  T* SizedArray(size_t count) {
    T* items = Array<T>(count);
    for (size_t i = 0; i < count; ++i) items[i].struct_size = sizeof(T);
    return items;
  }

 private:
  std::pmr::monotonic_buffer_resource memory_;
};

// Fills a list of structs that may grow: an array of them and an array of pointers to them.
template <class View, class Source, class Fill>
void FillPointers(const std::vector<Source>& sources, Arena& arena, const View* const** items,
                  size_t* count, const Fill& fill) {
  View* views = arena.SizedArray<View>(sources.size());
  const View** pointers = arena.Array<const View*>(sources.size());
  for (size_t i = 0; i < sources.size(); ++i) {
    fill(sources[i], arena, &views[i]);
    pointers[i] = &views[i];
  }
  *items = pointers;
  *count = sources.size();
}

// The same for structs that never change.
template <class View, class Source, class Make>
void FillValues(const std::vector<Source>& sources, Arena& arena, const View** items, size_t* count,
                const Make& make) {
  View* views = arena.Array<View>(sources.size());
  for (size_t i = 0; i < sources.size(); ++i) views[i] = make(sources[i]);
  *items = views;
  *count = sources.size();
}

// A struct handed to the caller together with what it looks into.
template <class View, class Answer>
struct Owned : View {
  explicit Owned(Answer source) : View(), answer(std::move(source)) {
    this->struct_size = sizeof(View);
  }
  Answer answer;
  Arena arena;
};

// Gives the caller an answer: `fill(answer, arena, view)` makes the struct look into it.
template <class View, class Answer, class Fill>
void Give(Answer answer, const View** out, const Fill& fill) {
  auto owned = std::make_unique<Owned<View, Answer>>(std::move(answer));
  fill(owned->answer, owned->arena, static_cast<View*>(owned.get()));
  *out = owned.release();
}

template <class View, class Answer>
void Free(const View* view) noexcept {
  delete static_cast<const Owned<View, Answer>*>(view);
}

using base::Micros;
cxj_key ViewKey(const TouchpointKey& key);
cxj_identifier ViewIdentifier(const Identifier& identifier);

void Fill(const Touchpoint& in, Arena& arena, cxj_touchpoint* out);
// A touchpoint that lies in the arena, texts and all.
const cxj_touchpoint* Keep(const Touchpoint& in, Arena& arena);
void Fill(const Receipt& in, Arena& arena, cxj_receipt* out);
void Fill(const std::vector<Receipt>& in, Arena& arena, cxj_receipts* out);
void Fill(const AssertionReceipt& in, Arena& arena, cxj_assertion_receipt* out);
void Fill(const Customer& in, Arena& arena, cxj_customer* out);
void Fill(const WhyAnswer& in, Arena& arena, cxj_why* out);
// All but the touchpoints, which are visited.
void Fill(const Journey& in, Arena& arena, cxj_journey* out);
void Fill(const Context& in, Arena& arena, cxj_context* out);
void Fill(const RepeatReport& in, Arena& arena, cxj_repeat_report* out);
void Fill(const RepeatVerdict& in, Arena& arena, cxj_verdict* out);
void Fill(const TransitionReport& in, Arena& arena, cxj_transition_report* out);
void Fill(const FunnelReport& in, Arena& arena, cxj_funnel_report* out);
void Fill(const Stats& in, Arena& arena, cxj_stats* out);
void Fill(const VerifyReport& in, Arena& arena, cxj_verify_report* out);
void Fill(const Policy& in, Arena& arena, cxj_policy* out);
void Fill(const IdentityRules& in, Arena& arena, cxj_identity_rules* out);
void Fill(const OpenReport& in, Arena& arena, cxj_open_report* out);

// Passed where a callable is wanted: picks the overload by its arguments.
struct Filler {
  template <class In, class Out>
  void operator()(const In& in, Arena& arena, Out* out) const {
    Fill(in, arena, out);
  }
};

}  // namespace cxjourney::capi
