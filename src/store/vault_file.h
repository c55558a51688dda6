// What the files of a vault have in common: names, headers, and how they are encrypted.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "cxjourney/status.h"
#include "store/file.h"
#include "store/format.h"
#include "store/secret.h"

namespace cxjourney::store {

// What stands on disk: never renumber.
enum class VaultFileKind : uint8_t {
  kBlocks = 1,
  kIndex = 2
};

// A file as the head lists it.
struct VaultFile {
  VaultFileKind kind = VaultFileKind::kBlocks;
  uint32_t number = 0;
  uint64_t id = 0;          // Random.
  uint64_t generation = 0;  // Of the seal that wrote it.
  uint64_t size = 0;        // Bytes.
  uint64_t count = 0;       // Islands that were put into it; or entries of the directory.
  uint64_t tail = 0;        // Where its table begins; or how many blocks its filter has.
};

// Whose files they are, what they are encrypted with, and where they are counted.
struct VaultContext {
  Folder* folder = nullptr;
  StoreId store_id = {};
  uint32_t tenant = 0;
  SecretPointer block_key;
  SecretPointer head_key;
  mutable std::atomic<uint64_t> written_bytes = 0;
};

std::string VaultFileName(VaultFileKind kind, uint32_t number);
bool IsVaultFileName(std::string_view name);

// A new file of this kind, number and generation, with its header written; sets its id.
Result<std::unique_ptr<File>> CreateVaultFile(const VaultContext& context, VaultFile* file);
// kDataLoss if it is missing or is not the one that was listed.
Result<std::unique_ptr<File>> OpenVaultFile(const VaultContext& context, const VaultFile& file);
// Writes, and counts what was written.
Status WriteVaultFile(const VaultContext& context, File* file, uint64_t offset,
                      std::string_view bytes);
// Exactly so many bytes; kDataLoss where the file ends earlier.
Status ReadExactly(const File& file, uint64_t offset, char* data, size_t size);

// A sealed text is a random nonce, the encrypted text and its tag, bound to `position`.
inline constexpr size_t kVaultNonceBytes = 24;
inline constexpr size_t kVaultTagBytes = 16;
// In place: `sealed` has room for nonce, plain text and tag; the plain text stands behind the
// nonce.
void SealInPlace(const Secret& key, std::string_view position, char* sealed, size_t plain_bytes);
// In place: leaves the plain text behind the nonce. False if it was not sealed so.
bool UnsealInPlace(const Secret& key, std::string_view position, char* sealed, size_t sealed_bytes);

}  // namespace cxjourney::store
