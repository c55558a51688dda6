#include "bench/peers/questions.h"

#include <absl/container/flat_hash_map.h>

#include <algorithm>

namespace cxjourney::bench {
namespace {

const EventIdentifier* FirstReal(const Event& event) {
  for (size_t i = 0; i < event.identifier_count; ++i) {
    if (!IsJunk(event.identifiers[i].value())) return &event.identifiers[i];
  }
  return nullptr;
}

// Neither in order of time nor of customer.
template <class T>
void Shuffle(std::vector<T>* items) {
  for (size_t i = items->size(); i > 1; --i) std::swap((*items)[i - 1], (*items)[Mix(i) % i]);
}

// True for `wanted` of `of`, about.
bool IsDrawn(uint64_t random, uint64_t wanted, uint64_t of) {
  return wanted >= of || random % of < wanted;
}

}  // namespace

Questions MakeQuestions(const DriveOptions& options) {
  Questions questions;
  Stream stream(options.stream, options.events);
  absl::flat_hash_map<uint32_t, LookUp> last;
  uint64_t number = 0;
  // A tenth more is drawn than wanted, so that no more than chance leaves too few.
  size_t queries = options.queries * 11 / 10;
  size_t read_backs = options.read_backs * 11 / 10;
  for (Event event; stream.Next(&event); ++number) {
    const EventIdentifier* identifier = FirstReal(event);
    if (identifier == nullptr) continue;
    LookUp who{identifier->type, std::string(identifier->value())};
    if (IsDrawn(Mix(event.customer), queries, stream.customers())) last[event.customer] = who;
    if (IsDrawn(Mix(number), queries, options.events)) questions.active.push_back(who);
    if (IsDrawn(Mix(Mix(number)), read_backs, options.events)) {
      questions.read_back.push_back(event);
    }
    if (IsInboundContact(event.kind, event.outbound) &&
        IsDrawn(Mix(~number), queries * 4, options.events)) {
      questions.repeats.push_back({who, event.time_ms, event.topic});
    }
  }
  for (auto& [customer, who] : last) questions.uniform.push_back(std::move(who));
  std::sort(questions.uniform.begin(), questions.uniform.end(),
            [](const LookUp& a, const LookUp& b) { return a.value < b.value; });
  Shuffle(&questions.active);
  Shuffle(&questions.uniform);
  Shuffle(&questions.repeats);
  Shuffle(&questions.read_back);
  auto cut = [](auto* items, size_t most) {
    if (items->size() > most) items->resize(most);
  };
  cut(&questions.active, options.queries);
  cut(&questions.uniform, options.queries);
  cut(&questions.repeats, options.queries);
  cut(&questions.read_back, options.read_backs);
  return questions;
}

}  // namespace cxjourney::bench
