#include "store/secret.h"

#include <sodium.h>

#include <string>

namespace cxjourney::store {

void SecretDeleter::operator()(Secret* secret) const { sodium_free(secret); }

Result<SecretPointer> NewSecret() {
  if (sodium_init() < 0) return Status(Code::kInternal, "libsodium does not start");
  void* memory = sodium_malloc(sizeof(Secret));
  if (memory == nullptr) return Status(Code::kResourceExhausted, "no memory for a key");
  return SecretPointer(new (memory) Secret{});
}

void DeriveSecret(const Secret& key, std::string_view purpose, const StoreId& store_id,
                  Secret* out) {
  std::string message(purpose);
  message.append(store_id.begin(), store_id.end());
  crypto_generichash(out->data(), out->size(),
                     reinterpret_cast<const unsigned char*>(message.data()), message.size(),
                     key.data(), key.size());
}

}  // namespace cxjourney::store
