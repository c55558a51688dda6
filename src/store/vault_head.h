// The head of a vault: what the newest seal left, and the files it consists of.
//
// A head is written under a temporary name, synced and renamed, so that a seal is there with all
// it holds or not at all.
#pragma once

#include <optional>
#include <vector>

#include "store/vault.h"
#include "store/vault_file.h"

namespace cxjourney::store {

inline constexpr char kVaultHeadPrefix[] = "head";
inline constexpr char kVaultHeadTemporaryName[] = "head.new";

struct VaultManifest {
  VaultHead head;
  uint32_t next_file = 1;        // Number of the next file, of either kind.
  std::vector<VaultFile> files;  // Directory runs from old to new.
  uint64_t bytes = 0;            // Of the head file itself.
};

// Writes the head of its generation; when this returns it is durable. Sets its bytes.
Status WriteHead(const VaultContext& context, VaultManifest* manifest);
// The newest head, or none if nothing was ever begun. kDataLoss if it is damaged or missing:
// never an older one.
Result<std::optional<VaultManifest>> LoadHead(const VaultContext& context);

}  // namespace cxjourney::store
