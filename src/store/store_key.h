// Where the store key comes from: the caller's provider, or a file of its own.
#pragma once

#include <functional>
#include <string>

#include "cxjourney/options.h"
#include "store/file.h"
#include "store/secret.h"

namespace cxjourney::store {

// Fills in the key of the store. `create`: the store is being made, so a key may be as well.
using KeySource = std::function<Status(const StoreId& store_id, bool create, Secret* key)>;

KeySource FromProvider(KeyProvider* provider);

// A file of mode 0600. When a store is made and the file is not there, it is made first, with a
// random key, and durable before this returns; one that is there is used as it is.
KeySource FromFile(const std::string& path);

}  // namespace cxjourney::store
