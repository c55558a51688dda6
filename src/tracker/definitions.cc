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
    if (entry.is_bare) {
      batch_->Add(store::RecordKind::kBareIdentifier, EncodeBareIdentifierBody(name_space, entry));
      continue;
    }
    engine_->NoteTyped(no, name.typed);
    const size_t begin = batch_->bodies.size();
    AppendIdentifierBody(name_space, entry, name.typed, &batch_->bodies);
    batch_->AddFrom(begin, store::RecordKind::kIdentifier);
    batch_->secrets.push_back(entry.secret);
  }
  return ids;
}

void Definitions::Secret(IdentifierNo no) {
  if (no == kNoIdentifier || engine_->identifiers()[no].has_secret) return;
  batch_->secrets.push_back(engine_->RenewSecret(no));
  batch_->Add(store::RecordKind::kIdentifier, EncodeNewSecret(engine_->StableOf(no)));
}

void Definitions::IslandOf(Components::Node node) {
  Components& components = engine_->components();
  if (!components.NameIslandOf(node)) return;
  const size_t begin = batch_->bodies.size();
  base::Writer(&batch_->bodies).Varint(components.IslandOf(node));
  batch_->AddFrom(begin, store::RecordKind::kIsland);
}

void Definitions::Strings() {
  const model::StringTable& strings = engine_->strings();
  for (; strings_written_ < strings.size(); ++strings_written_) {
    batch_->Add(store::RecordKind::kString, strings.Get(strings_written_));
  }
}

}  // namespace cxjourney::tracker
