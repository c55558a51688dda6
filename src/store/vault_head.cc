#include "store/vault_head.h"

#include <fmt/format.h>

#include <utility>

#include "base/bytes.h"
#include "base/status_macros.h"
#include "store/names.h"
#include "store/segment.h"

namespace cxjourney::store {
namespace {

// What a head is bound to: under another name or in another store it does not open.
std::string HeadPosition(const VaultContext& context, uint64_t generation) {
  std::string bytes("cxj vault head ");
  base::Writer writer(&bytes);
  bytes.append(context.store_id.begin(), context.store_id.end());
  writer.Fixed32(context.tenant);
  writer.Fixed64(generation);
  return bytes;
}

std::string EncodeManifest(const VaultManifest& manifest) {
  std::string bytes;
  base::Writer writer(&bytes);
  writer.Fixed64(manifest.head.generation);
  writer.Fixed64(manifest.head.first_segment);
  writer.Fixed64(manifest.head.next_sequence);
  writer.String(manifest.head.meta);
  writer.Varint(manifest.next_file);
  writer.Varint(manifest.files.size());
  for (const VaultFile& file : manifest.files) {
    writer.Byte(static_cast<uint8_t>(file.kind));
    writer.Varint(file.number);
    writer.Fixed64(file.id);
    writer.Varint(file.generation);
    writer.Varint(file.size);
    writer.Varint(file.count);
    writer.Varint(file.tail);
  }
  return bytes;
}

bool DecodeManifest(std::string_view bytes, VaultManifest* manifest) {
  base::Reader reader(bytes);
  manifest->head.generation = reader.Fixed64();
  manifest->head.first_segment = reader.Fixed64();
  manifest->head.next_sequence = reader.Fixed64();
  manifest->head.meta = reader.String();
  manifest->next_file = static_cast<uint32_t>(reader.Varint());
  uint64_t count = reader.Varint();
  for (uint64_t i = 0; i < count && reader.ok(); ++i) {
    VaultFile file;
    file.kind = static_cast<VaultFileKind>(reader.Byte());
    file.number = static_cast<uint32_t>(reader.Varint());
    file.id = reader.Fixed64();
    file.generation = reader.Varint();
    file.size = reader.Varint();
    file.count = reader.Varint();
    file.tail = reader.Varint();
    manifest->files.push_back(file);
  }
  return reader.ok() && reader.AtEnd();
}

Result<VaultManifest> ReadHead(const VaultContext& context, uint64_t generation) {
  CXJ_ASSIGN_OR_RETURN(auto file,
                       OpenListed(context.folder, NumberedName(kVaultHeadPrefix, generation)));
  CXJ_ASSIGN_OR_RETURN(uint64_t size, file->Size());
  CXJ_ASSIGN_OR_RETURN(std::string bytes, ReadPadded(*file, 0, size));
  CXJ_RETURN_IF_ERROR(CheckPrologue(bytes, kVaultHeadMagic, file->path()));
  VaultManifest manifest;
  manifest.bytes = size;
  char* sealed = bytes.data() + kPrologueBytes;
  if (!UnsealInPlace(*context.head_key, HeadPosition(context, generation), sealed,
                     size - kPrologueBytes)) {
    return DamageAt(file->path(), kPrologueBytes, "the head does not open");
  }
  std::string_view plain(sealed + kVaultNonceBytes,
                         size - kPrologueBytes - kVaultNonceBytes - kVaultTagBytes);
  if (!DecodeManifest(plain, &manifest) || manifest.head.generation != generation) {
    return DamageAt(file->path(), kPrologueBytes, "the head holds something else");
  }
  return manifest;
}

}  // namespace

Status WriteHead(const VaultContext& context, VaultManifest* manifest) {
  std::string bytes;
  AppendPrologue(kVaultHeadMagic, &bytes);
  const std::string plain = EncodeManifest(*manifest);
  bytes.resize(kPrologueBytes + kVaultNonceBytes);
  bytes += plain;
  bytes.resize(bytes.size() + kVaultTagBytes);
  const uint64_t generation = manifest->head.generation;
  SealInPlace(*context.head_key, HeadPosition(context, generation), &bytes[kPrologueBytes],
              plain.size());
  Folder* folder = context.folder;
  CXJ_RETURN_IF_ERROR(folder->Remove(kVaultHeadTemporaryName));
  CXJ_ASSIGN_OR_RETURN(auto file, folder->Create(kVaultHeadTemporaryName));
  CXJ_RETURN_IF_ERROR(WriteVaultFile(context, file.get(), 0, bytes));
  CXJ_RETURN_IF_ERROR(file->Sync());
  CXJ_RETURN_IF_ERROR(
      folder->Rename(kVaultHeadTemporaryName, NumberedName(kVaultHeadPrefix, generation)));
  manifest->bytes = bytes.size();
  return folder->Sync();
}

Result<std::optional<VaultManifest>> LoadHead(const VaultContext& context) {
  CXJ_ASSIGN_OR_RETURN(std::vector<std::string> names, context.folder->List());
  std::optional<uint64_t> newest;
  bool files = false;
  for (const std::string& name : names) {
    uint64_t number = 0;
    files = files || IsVaultFileName(name);
    if (!ParseNumberedName(name, kVaultHeadPrefix, &number)) continue;
    if (!newest || number > *newest) newest = number;
  }
  if (newest) {
    CXJ_ASSIGN_OR_RETURN(VaultManifest manifest, ReadHead(context, *newest));
    return std::optional<VaultManifest>(std::move(manifest));
  }
  // The first head is there before the first of the other files is made.
  if (files) {
    return Status(Code::kDataLoss, fmt::format("{}: there are block files but no head-*.cxj",
                                               context.folder->path()));
  }
  return std::optional<VaultManifest>();
}

}  // namespace cxjourney::store
