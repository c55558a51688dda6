#include "model/codec.h"

namespace cxjourney::model {

StringTable::StringTable() { Add(""); }

uint32_t StringTable::Intern(std::string_view text) {
  if (text.empty()) return 0;
  uint32_t& recent = recent_[PlaceOf(text)];
  if (views_[recent] == text) return recent;
  const auto found = ids_.find(text);
  return recent = found != ids_.end() ? found->second : Add(text);
}

uint32_t StringTable::Add(std::string_view text) {
  const uint32_t id = size();
  views_.push_back(storage_.emplace_back(text));
  ids_.emplace(views_.back(), id);
  return id;
}

std::string_view StringTable::Get(uint32_t id) const {
  return Contains(id) ? views_[id] : std::string_view();
}

}  // namespace cxjourney::model
