#include "tracker/definitions.h"

#include <string>

namespace cxjourney::tracker {

std::vector<IdentifierNo> Definitions::Identifiers(
    const std::vector<model::CanonicalIdentifier>& names) {
  std::vector<IdentifierNo> ids;
  ids.reserve(names.size());
  for (const model::CanonicalIdentifier& name : names) {
    bool added = false;
    const IdentifierNo no = engine_->InternIdentifier(name, &added);
    ids.push_back(no);
    if (!added) continue;
    const identity::IdentifierEntry& entry = engine_->identifiers()[no];
    const uint32_t name_space = engine_->strings().Intern(entry.name_space_name);
    Strings();
    engine_->NoteTyped(no, name.typed);
    batch_->records.push_back(
        {store::RecordKind::kIdentifier, EncodeIdentifierBody(name_space, entry, name.typed)});
    batch_->secrets.push_back(entry.secret);
  }
  return ids;
}

void Definitions::Strings() {
  const model::StringTable& strings = engine_->strings();
  for (; strings_written_ < strings.size(); ++strings_written_) {
    batch_->records.push_back(
        {store::RecordKind::kString, std::string(strings.Get(strings_written_))});
  }
}

}  // namespace cxjourney::tracker
