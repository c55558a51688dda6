#include "model/codec.h"

namespace cxjourney::model {

StringTable::StringTable() { Intern(""); }

uint32_t StringTable::Intern(std::string_view text) {
  if (text.empty() && !views_.empty()) return 0;
  if (const auto it = ids_.find(text); it != ids_.end()) return it->second;
  const uint32_t id = size();
  views_.push_back(storage_.emplace_back(text));
  ids_.emplace(views_.back(), id);
  return id;
}

std::string_view StringTable::Get(uint32_t id) const {
  return Contains(id) ? views_[id] : std::string_view();
}

}  // namespace cxjourney::model
