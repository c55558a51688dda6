#include "store/store_key.h"

#include <sodium.h>
#include <xxhash.h>

#include <memory>
#include <string_view>

#include "base/bytes.h"
#include "base/status_macros.h"

namespace cxjourney::store {
namespace {

// The file is one line of text, so that it can be kept wherever secrets are kept:
// "cxjourney-store-key-1 " + 64 hex digits of key + " " + 16 hex digits of check + newline.
constexpr std::string_view kKeyFileStart = "cxjourney-store-key-1 ";
constexpr size_t kKeyFileBytes = 22 + 64 + 1 + 16 + 1;

std::string Hex(const uint8_t* data, size_t size) {
  std::string text(size * 2 + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), data, size);
  text.pop_back();
  return text;
}

std::string KeyFileText(const Secret& key) {
  std::string check;
  base::Writer(&check).Fixed64(XXH3_64bits(key.data(), key.size()));
  std::string text(kKeyFileStart);
  text += Hex(key.data(), key.size());
  text += " ";
  text += Hex(reinterpret_cast<const uint8_t*>(check.data()), check.size());
  text += "\n";
  return text;
}

// Holds the text of a key for a moment.
class WipedText {
 public:
  explicit WipedText(std::string text) : text_(std::move(text)) {}
  ~WipedText() { sodium_memzero(text_.data(), text_.size()); }
  WipedText(const WipedText&) = delete;
  WipedText& operator=(const WipedText&) = delete;
  const std::string& get() const { return text_; }

 private:
  std::string text_;
};

Status ReadKeyFile(const File& file, Secret* key) {
  CXJ_ASSIGN_OR_RETURN(std::string bytes, ReadPadded(file, 0, kKeyFileBytes));
  WipedText text(std::move(bytes));
  size_t digits = 0;
  sodium_hex2bin(key->data(), key->size(), text.get().data() + kKeyFileStart.size(), 64, nullptr,
                 &digits, nullptr);
  // Writing it again and comparing checks every byte at once.
  WipedText expected(KeyFileText(*key));
  if (digits == key->size() && text.get() == expected.get()) return Status();
  sodium_memzero(key->data(), key->size());
  return Status(Code::kDataLoss, file.path() + " is damaged or is no key file of cxjourney");
}

Status MakeKeyFile(Folder* folder, const std::string& name) {
  // Under another name first: what stands under the right one is whole, whatever happens.
  std::string temporary = name + ".new";
  CXJ_RETURN_IF_ERROR(folder->Remove(temporary));
  CXJ_ASSIGN_OR_RETURN(auto file, folder->Create(temporary));
  CXJ_ASSIGN_OR_RETURN(SecretPointer key, NewSecret());
  randombytes_buf(key->data(), key->size());
  WipedText text(KeyFileText(*key));
  CXJ_RETURN_IF_ERROR(file->WriteAt(0, text.get()));
  CXJ_RETURN_IF_ERROR(file->Sync());
  return folder->Rename(temporary, name);
}

Status FileKey(const std::string& path, bool create, Secret* key) {
  auto [parent, name] = Split(path);
  CXJ_ASSIGN_OR_RETURN(auto folder, OpenFolder(parent, {.follow_symlink = true}));
  auto file = folder->Open(name);
  if (file.status().code() == Code::kNotFound && create) {
    Status made = MakeKeyFile(folder.get(), name);
    // Another store that uses the same key file may have been faster.
    if (!made.ok() && made.code() != Code::kAlreadyExists) return made;
    file = folder->Open(name);
  }
  if (file.status().code() == Code::kNotFound) {
    return Status(Code::kFailedPrecondition,
                  "the store's key file " + path + " is not there (Options::key_file)");
  }
  if (!file.ok()) return file.status();
  CXJ_RETURN_IF_ERROR(ReadKeyFile(**file, key));
  // The store about to be made must not outlive the name of its key.
  return create ? folder->Sync() : Status();
}

}  // namespace

KeySource FromProvider(KeyProvider* provider) {
  return [provider](const StoreId& store_id, bool, Secret* key) {
    auto provided = provider->StoreKey(store_id);
    if (!provided.ok()) return provided.status();
    *key = *provided;
    sodium_memzero((*provided).data(), (*provided).size());
    return Status();
  };
}

KeySource FromFile(const std::string& path) {
  return [path](const StoreId&, bool create, Secret* key) { return FileKey(path, create, key); };
}

}  // namespace cxjourney::store
