#include "identity/identifier_table.h"

namespace cxjourney::identity {

void IdentifierTable::SetKeys(const store::Secret& root, uint32_t tenant) {
  root_ = root;
  tenant_ = tenant;
}

const IdentifierTable::NamespaceKey* IdentifierTable::FindKey(std::string_view name_space) const {
  for (const NamespaceKey& key : keys_) {
    if (key.name == name_space) return &key;
  }
  return nullptr;
}

KeyedHash IdentifierTable::DeriveHash(std::string_view name_space) const {
  return KeyedHash::Derive(root_, tenant_, "identifier/" + std::string(name_space));
}

const IdentifierTable::NamespaceKey& IdentifierTable::KeyOf(std::string_view name_space) const {
  if (const NamespaceKey* key = FindKey(name_space)) return *key;
  keys_.push_back({DeriveHash(name_space), std::string(name_space)});
  return keys_.back();
}

Hash128 IdentifierTable::HashOf(const NamespaceKey& key, std::string_view value,
                                uint32_t salt) const {
  if (salt == 0) return key.hash(value);
  std::string salted(value);
  salted.push_back('\0');
  salted.append(reinterpret_cast<const char*>(&salt), sizeof salt);
  return key.hash(salted);
}

Hash128 IdentifierTable::HashOf(std::string_view name_space, std::string_view value) const {
  if (const NamespaceKey* key = FindKey(name_space)) return key->hash(value);
  // Nothing of this namespace was ever added here, and readers leave the table as it is.
  return DeriveHash(name_space)(value);
}

IdentifierNo IdentifierTable::Find(std::string_view name_space, std::string_view value) const {
  const NamespaceKey* key = FindKey(name_space);
  // Nothing of this namespace was ever added.
  return key == nullptr ? kNoIdentifier : Find(name_space, value, key->hash(value));
}

IdentifierNo IdentifierTable::Find(std::string_view name_space, std::string_view value,
                                   const Hash128& hash) const {
  auto found = by_hash_.find(hash);
  for (uint32_t salt = 1; found != by_hash_.end(); ++salt) {
    const IdentifierEntry& entry = entries_[*found];
    const bool is_it = entry.is_bare || entry.value == value;
    if (is_it && entry.name_space_name == name_space) return *found;
    const NamespaceKey* key = FindKey(name_space);
    if (key == nullptr) break;
    found = by_hash_.find(HashOf(*key, value, salt));
  }
  return kNoIdentifier;
}

IdentifierNo IdentifierTable::Add(std::string_view name_space, std::string_view value,
                                  const Hash128& own_hash, uint16_t rule, Reason reason,
                                  const store::Secret* secret) {
  const NamespaceKey& key = KeyOf(name_space);
  const IdentifierNo no = Place(key, value, own_hash);
  IdentifierEntry& entry = entries_[no];
  entry.value = value;
  entry.name_space = rule;
  entry.reason = reason;
  entry.secret = secret != nullptr ? *secret : FreshSecret();
  return no;
}

IdentifierNo IdentifierTable::AddBare(std::string_view name_space, const Hash128& hash,
                                      uint16_t rule, Reason reason, Reason recorded) {
  const std::string_view text(reinterpret_cast<const char*>(&hash), sizeof hash);
  const IdentifierNo no = Place(KeyOf(name_space), text, hash);
  IdentifierEntry& entry = entries_[no];
  entry.is_bare = true;
  entry.has_secret = false;
  entry.name_space = rule;
  entry.reason = reason;
  entry.recorded = recorded;
  return no;
}

IdentifierNo IdentifierTable::Place(const NamespaceKey& key, std::string_view text,
                                    const Hash128& own_hash) {
  const auto no = static_cast<IdentifierNo>(entries_.size());
  IdentifierEntry& entry = entries_.Add();
  entry.name_space_name = key.name;
  entry.hash = own_hash;
  while (!by_hash_.insert(no).second) entry.hash = HashOf(key, text, ++entry.salt);
  // The id is 64 bits of the hash; where it is taken (or 0), those of the next salt.
  uint32_t salt = entry.salt;
  Hash128 hash = entry.hash;
  while (hash.low == 0 || !by_id_.emplace(hash.low, no).second) hash = HashOf(key, text, ++salt);
  entry.id = CustomerId{hash.low};
  return no;
}

// Asking the system for each costs more than all else that a new identifier does.
store::Secret IdentifierTable::FreshSecret() {
  if (fresh_.empty()) {
    fresh_.resize(kFreshSecrets);
    randombytes_buf(fresh_.data(), fresh_.size() * sizeof(store::Secret));
  }
  const store::Secret secret = fresh_.back();
  sodium_memzero(fresh_.back().data(), sizeof(store::Secret));
  fresh_.pop_back();
  return secret;
}

const store::Secret& IdentifierTable::RenewSecret(IdentifierNo no) {
  SetSecret(no, FreshSecret());
  return entries_[no].secret;
}

void IdentifierTable::SetSecret(IdentifierNo no, const store::Secret& secret) {
  entries_[no].secret = secret;
  entries_[no].has_secret = true;
}

void IdentifierTable::ForgetSecret(IdentifierNo no) {
  sodium_memzero(entries_[no].secret.data(), entries_[no].secret.size());
  entries_[no].has_secret = false;
}

IdentifierNo IdentifierTable::FindById(CustomerId id) const {
  auto found = by_id_.find(static_cast<uint64_t>(id));
  return found == by_id_.end() ? kNoIdentifier : found->second;
}

}  // namespace cxjourney::identity
