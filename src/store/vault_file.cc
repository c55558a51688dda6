#include "store/vault_file.h"

#include <fmt/format.h>
#include <sodium.h>

#include "base/bytes.h"
#include "base/status_macros.h"
#include "store/names.h"
#include "store/segment.h"

namespace cxjourney::store {
namespace {

static_assert(kVaultNonceBytes == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
static_assert(kVaultTagBytes == crypto_aead_xchacha20poly1305_ietf_ABYTES);

std::string_view Prefix(VaultFileKind kind) {
  return kind == VaultFileKind::kBlocks ? "blocks" : "index";
}

std::string_view Magic(VaultFileKind kind) {
  return kind == VaultFileKind::kBlocks ? kVaultBlocksMagic : kVaultIndexMagic;
}

std::string EncodeHeader(const VaultContext& context, const VaultFile& file) {
  std::string bytes;
  base::Writer writer(&bytes);
  AppendPrologue(Magic(file.kind), &bytes);
  AppendOwner(context.tenant, context.store_id, &bytes);
  writer.Fixed64(file.number);
  writer.Fixed64(file.id);
  writer.Fixed64(file.generation);
  writer.Fixed64(CheckAt(bytes, file.id, 0));
  return bytes;
}

uint8_t* Bytes(char* text) { return reinterpret_cast<uint8_t*>(text); }
const uint8_t* Bytes(std::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}

}  // namespace

std::string VaultFileName(VaultFileKind kind, uint32_t number) {
  return NumberedName(Prefix(kind), number);
}

bool IsVaultFileName(std::string_view name) {
  uint64_t number = 0;
  return ParseNumberedName(name, Prefix(VaultFileKind::kBlocks), &number) ||
         ParseNumberedName(name, Prefix(VaultFileKind::kIndex), &number);
}

Result<std::unique_ptr<File>> CreateVaultFile(const VaultContext& context, VaultFile* file) {
  randombytes_buf(&file->id, sizeof file->id);
  CXJ_ASSIGN_OR_RETURN(auto made, context.folder->Create(VaultFileName(file->kind, file->number)));
  CXJ_RETURN_IF_ERROR(WriteVaultFile(context, made.get(), 0, EncodeHeader(context, *file)));
  return made;
}

Result<std::unique_ptr<File>> OpenVaultFile(const VaultContext& context, const VaultFile& file) {
  CXJ_ASSIGN_OR_RETURN(auto opened,
                       OpenListed(context.folder, VaultFileName(file.kind, file.number)));
  const File& found = *opened;
  CXJ_ASSIGN_OR_RETURN(uint64_t size, found.Size());
  CXJ_ASSIGN_OR_RETURN(std::string header, ReadPadded(found, 0, kVaultHeaderBytes));
  CXJ_RETURN_IF_ERROR(CheckPrologue(header, Magic(file.kind), found.path()));
  if (header != EncodeHeader(context, file)) {
    return DamageAt(found.path(), 0, "this is not the file that the newest seal lists");
  }
  if (size != file.size) {
    return DamageAt(found.path(), size, fmt::format("the file should have {} bytes", file.size));
  }
  return opened;
}

Status WriteVaultFile(const VaultContext& context, File* file, uint64_t offset,
                      std::string_view bytes) {
  CXJ_RETURN_IF_ERROR(file->WriteAt(offset, bytes));
  context.written_bytes += bytes.size();
  return Status();
}

Status ReadExactly(const File& file, uint64_t offset, char* data, size_t size) {
  CXJ_ASSIGN_OR_RETURN(size_t got, file.ReadAt(offset, data, size));
  if (got == size) return Status();
  return DamageAt(file.path(), offset + got, "the file ends too early");
}

void SealInPlace(const Secret& key, std::string_view position, char* sealed, size_t plain_bytes) {
  uint8_t* nonce = Bytes(sealed);
  uint8_t* text = nonce + kVaultNonceBytes;
  randombytes_buf(nonce, kVaultNonceBytes);
  crypto_aead_xchacha20poly1305_ietf_encrypt(text, nullptr, text, plain_bytes, Bytes(position),
                                             position.size(), nullptr, nonce, key.data());
}

bool UnsealInPlace(const Secret& key, std::string_view position, char* sealed,
                   size_t sealed_bytes) {
  if (sealed_bytes < kVaultNonceBytes + kVaultTagBytes) return false;
  uint8_t* nonce = Bytes(sealed);
  uint8_t* text = nonce + kVaultNonceBytes;
  return crypto_aead_xchacha20poly1305_ietf_decrypt(
             text, nullptr, nullptr, text, sealed_bytes - kVaultNonceBytes, Bytes(position),
             position.size(), nonce, key.data()) == 0;
}

}  // namespace cxjourney::store
