// Memory for keys: kept out of core dumps, out of swap where the system allows it, and wiped
// when it is given back.
#pragma once

#include <memory>
#include <string_view>

#include "cxjourney/status.h"
#include "store/format.h"
#include "store/store.h"

namespace cxjourney::store {

struct SecretDeleter {
  void operator()(Secret* secret) const;
};
using SecretPointer = std::unique_ptr<Secret, SecretDeleter>;

// Zero bytes. kResourceExhausted if the system has no such memory left.
Result<SecretPointer> NewSecret();

// out = the key for one purpose of one store: BLAKE2b of purpose and store id under `key`.
void DeriveSecret(const Secret& key, std::string_view purpose, const StoreId& store_id,
                  Secret* out);

}  // namespace cxjourney::store
