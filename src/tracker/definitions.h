// Definitions: what the log must hold before a record may name it by number.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/canonical.h"
#include "store/store.h"
#include "tracker/engine.h"

namespace cxjourney::tracker {

// Writes into one batch the definitions of whatever the engine learns while this is in use.
// REQUIRES: nobody else changes the engine meanwhile.
class Definitions {
 public:
  Definitions(Engine* engine, store::Batch* batch)
      : engine_(engine), batch_(batch), strings_written_(engine->strings().size()) {}

  // Numbers of the identifiers, in their order; those nobody has seen yet get one.
  // `hashes`: Engine::HashesOf them.
  identity::IdentifierList Identifiers(std::span<const model::CanonicalIdentifier> names,
                                       const IdentifierHashes& hashes);
  // Before something is sealed with it.
  void Secret(IdentifierNo no);
  // For a record about what stands there in the components, where that is sealed: its island, so
  // that whoever loads the log brings it in.
  void IslandOf(Components::Node node);
  // Every string that the engine has and the log and the batch have not.
  void Strings();

 private:
  Engine* engine_;
  store::Batch* batch_;
  uint32_t strings_written_;
};

}  // namespace cxjourney::tracker
