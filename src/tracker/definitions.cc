#include "tracker/definitions.h"

#include <string>

#include "base/bytes.h"

namespace cxjourney::tracker {

identity::IdentifierList Definitions::Identifiers(std::span<const model::CanonicalIdentifier> names,
                                                  const IdentifierHashes& hashes) {
  identity::IdentifierList ids;
  for (size_t i = 0; i < names.size(); ++i) {
    const model::CanonicalIdentifier& name = names[i];
    bool added = false;
    const IdentifierNo no = engine_->InternIdentifier(name, hashes[i], &added);
    ids.push_back(no);
    if (!added) {
      IslandOf(engine_->components().NodeOf(no));
      continue;
    }
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

void Definitions::Secret(IdentifierNo no) {
  if (no == kNoIdentifier || engine_->identifiers()[no].has_secret) return;
  batch_->secrets.push_back(engine_->RenewSecret(no));
  batch_->records.push_back(
      {store::RecordKind::kIdentifier, EncodeNewSecret(engine_->StableOf(no))});
}

void Definitions::IslandOf(Components::Node node) {
  Components& components = engine_->components();
  if (!components.NameIslandOf(node)) return;
  std::string bytes;
  base::Writer(&bytes).Varint(components.IslandOf(node));
  batch_->records.push_back({store::RecordKind::kIsland, std::move(bytes)});
}

void Definitions::Strings() {
  const model::StringTable& strings = engine_->strings();
  for (; strings_written_ < strings.size(); ++strings_written_) {
    batch_->records.push_back(
        {store::RecordKind::kString, std::string(strings.Get(strings_written_))});
  }
}

}  // namespace cxjourney::tracker
