#include "store/vault_blocks.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <optional>

#include "base/bytes.h"
#include "base/status_macros.h"
#include "store/segment.h"

namespace cxjourney::store {
namespace {

constexpr int kCompressionLevel = 3;
constexpr size_t kLengthBytes = 4;  // In front of every block: how long it is, sealed.
constexpr size_t kBlockHead = kLengthBytes + kVaultNonceBytes;
constexpr size_t kPackIslandsMax = 4096;  // Empty islands take no room.
constexpr size_t kTableEntries = 32 * 1024;
constexpr size_t kContentMax = kVaultPartBytes + 64;  // A part is the largest; a table is smaller.
// What is read at first: most blocks are no longer.
constexpr size_t kFirstRead = 8 * 1024;
constexpr size_t kWrittenTogether = 256 * 1024;

std::string BlockPosition(const VaultContext& context, const VaultFile& file, uint64_t offset) {
  std::string bytes("cxj vault block ");
  base::Writer writer(&bytes);
  bytes.append(context.store_id.begin(), context.store_id.end());
  writer.Fixed32(context.tenant);
  writer.Fixed64(file.number);
  writer.Fixed64(file.id);
  writer.Fixed64(offset);
  writer.Fixed64(file.generation);
  return bytes;
}

// What a pack holds, in order; false if it is none.
struct PackEntry {
  VaultEntryId id = 0;
  std::string_view compressible;
  std::string_view noise;

  std::string bytes() const { return std::string(compressible) + std::string(noise); }
};
bool DecodePack(std::string_view content, std::vector<PackEntry>* entries) {
  base::Reader reader(content);
  if (reader.Byte() != static_cast<uint8_t>(VaultBlockKind::kPack)) return false;
  uint64_t count = reader.Varint();
  if (count > kPackIslandsMax) return false;
  base::Reader lengths(reader.Bytes(reader.Varint()));
  std::vector<uint64_t> noise_bytes;
  for (uint64_t i = 0; i < count; ++i) {
    const VaultEntryId id = lengths.Varint();
    entries->push_back({id, reader.Bytes(lengths.Varint()), {}});
    noise_bytes.push_back(lengths.Varint());
  }
  for (uint64_t i = 0; i < count; ++i) (*entries)[i].noise = reader.Bytes(noise_bytes[i]);
  return lengths.ok() && lengths.AtEnd() && reader.ok() && reader.AtEnd();
}

// Looks for one of them without taking the others; false if it is no pack.
bool FindInPack(std::string_view content, VaultEntryId id, std::optional<std::string>* found) {
  base::Reader reader(content);
  if (reader.Byte() != static_cast<uint8_t>(VaultBlockKind::kPack)) return false;
  const uint64_t count = reader.Varint();
  if (count > kPackIslandsMax) return false;
  base::Reader lengths(reader.Bytes(reader.Varint()));
  // Behind the list: what compresses of all of them, then all noise.
  struct Span {
    uint64_t start = 0;
    uint64_t bytes = 0;
  };
  Span compressible;
  Span noise;
  bool is_here = false;
  uint64_t all_compressible = 0;
  uint64_t all_noise = 0;
  const uint64_t most = reader.remaining();
  for (uint64_t i = 0; i < count; ++i) {
    const bool is_it = lengths.Varint() == id;
    const Span its_compressible = {all_compressible, lengths.Varint()};
    const Span its_noise = {all_noise, lengths.Varint()};
    if (its_compressible.bytes > most || its_noise.bytes > most) return false;
    all_compressible += its_compressible.bytes;
    all_noise += its_noise.bytes;
    if (!is_it) continue;
    is_here = true;
    compressible = its_compressible;
    noise = its_noise;
  }
  if (!lengths.ok() || !lengths.AtEnd() || all_compressible + all_noise != most) return false;
  if (!is_here) return true;
  const std::string_view all = reader.Bytes(most);
  *found = all.substr(compressible.start, compressible.bytes);
  (*found)->append(all.substr(all_compressible + noise.start, noise.bytes));
  return true;
}

struct Part {
  VaultEntryId id = 0;
  uint64_t total = 0;  // Bytes of the entry.
  uint64_t noise = 0;  // Of these, at the end, look random.
  uint64_t start = 0;  // Where in the entry this part begins.
  std::string_view bytes;
};
bool DecodePart(std::string_view content, Part* part) {
  base::Reader reader(content);
  if (reader.Byte() != static_cast<uint8_t>(VaultBlockKind::kPart)) return false;
  part->id = reader.Varint();
  part->total = reader.Varint();
  part->noise = reader.Varint();
  part->start = reader.Varint();
  part->bytes = reader.Bytes(reader.remaining());
  return reader.ok() && !part->bytes.empty() && part->total <= kVaultIslandBytesMax &&
         part->noise <= part->total && part->start <= part->total &&
         part->bytes.size() <= part->total - part->start;
}

// What one part of the table says, in order; false if it is none.
template <class Visit>  // void(const TableEntry&)
bool DecodeTablePart(std::string_view content, const Visit& visit) {
  base::Reader reader(content);
  const auto kind = static_cast<VaultBlockKind>(reader.Byte());
  const bool of_additions = kind == VaultBlockKind::kAdditions;
  if (!of_additions && kind != VaultBlockKind::kTable) return false;
  TableEntry entry;
  if (of_additions) entry.id = kAdditionBit;
  while (reader.ok() && !reader.AtEnd()) {
    entry.id += static_cast<uint32_t>(reader.Varint());
    entry.offset += static_cast<uint32_t>(reader.Signed());
    if (of_additions) entry.island += static_cast<uint32_t>(reader.Signed());
    if (of_additions && NumberOf(entry.id) >= kAdditionsMax) return false;
    if (reader.ok()) visit(entry);
  }
  return reader.ok();
}

// Of the blocks that a table names, each many times, how many there are and which one is which: a
// bit for each offset, as exact as the smallest block is long.
class NamedBlocks {
 public:
  explicit NamedBlocks(uint64_t bytes) : words_(bytes / kLeastBytes / 64 + 1) {}

  void Note(uint32_t offset) {
    const uint32_t at = offset / kLeastBytes;
    words_[at / 64].bits |= uint64_t{1} << at % 64;
  }
  // When all are noted.
  uint32_t Count() {
    uint32_t count = 0;
    for (Word& word : words_) {
      word.before = count;
      count += static_cast<uint32_t>(std::popcount(word.bits));
    }
    return count;
  }
  // REQUIRES: noted, and counted.
  uint32_t IndexOf(uint32_t offset) const {
    const uint32_t at = offset / kLeastBytes;
    const Word& word = words_[at / 64];
    const uint64_t lower = word.bits & ((uint64_t{1} << at % 64) - 1);
    return word.before + static_cast<uint32_t>(std::popcount(lower));
  }

 private:
  static constexpr uint32_t kLeastBytes = kBlockHead + kVaultTagBytes;
  struct Word {
    uint64_t bits = 0;
    uint32_t before = 0;  // Blocks.
  };
  std::vector<Word> words_;
};

bool IsPart(std::string_view content) {
  return !content.empty() && content[0] == static_cast<char>(VaultBlockKind::kPart);
}

}  // namespace

BlockNo BlockNumbers::Find(uint32_t offset) const {
  const auto found = std::lower_bound(offsets.begin(), offsets.end(), offset);
  if (found == offsets.end() || *found != offset) return kNowhere;
  return first + static_cast<uint32_t>(found - offsets.begin());
}

Decompressors::Pointer Decompressors::Take() {
  {
    base::MutexLock lock(&mutex_);
    if (!free_.empty()) {
      Pointer context = std::move(free_.back());
      free_.pop_back();
      return context;
    }
  }
  return Pointer(ZSTD_createDCtx());
}

void Decompressors::GiveBack(Pointer context) {
  base::MutexLock lock(&mutex_);
  free_.push_back(std::move(context));
}

Result<std::shared_ptr<const BlockFile>> BlockFile::Open(const VaultContext* context,
                                                         Decompressors* decompressors,
                                                         const VaultFile& info, BlockNo first,
                                                         const LoadVisitor& visit) {
  CXJ_ASSIGN_OR_RETURN(auto file, OpenVaultFile(*context, info));
  auto opened = std::make_shared<BlockFile>(context, decompressors, info, std::move(file),
                                            BlockNumbers{first, {}});
  CXJ_RETURN_IF_ERROR(opened->Load(visit));
  return std::shared_ptr<const BlockFile>(std::move(opened));
}

Status BlockFile::Damaged(uint64_t offset, std::string_view what) const {
  return DamageAt(file_->path(), offset, what);
}

Result<std::string> BlockFile::ReadBlock(uint64_t offset, uint64_t end, uint64_t* next) const {
  if (offset < kVaultHeaderBytes || offset + kBlockHead > end) {
    return Damaged(offset, "there is no block");
  }
  std::string bytes(static_cast<size_t>(std::min<uint64_t>(kFirstRead, end - offset)), '\0');
  CXJ_RETURN_IF_ERROR(ReadExactly(*file_, offset, bytes.data(), bytes.size()));
  const uint64_t length = base::Reader(bytes).Fixed32();
  if (length > end - offset - kLengthBytes ||
      length > kBlockHead + ZSTD_COMPRESSBOUND(kContentMax)) {
    return Damaged(offset, "the length of the block is damaged");
  }
  *next = offset + kLengthBytes + length;
  const size_t had = bytes.size();
  bytes.resize(kLengthBytes + length);
  if (bytes.size() > had) {
    CXJ_RETURN_IF_ERROR(ReadExactly(*file_, offset + had, &bytes[had], bytes.size() - had));
  }
  if (!UnsealInPlace(*context_->block_key, BlockPosition(*context_, info_, offset),
                     &bytes[kLengthBytes], length)) {
    return Damaged(offset, "the block does not open");
  }
  return Decompress(
      std::string_view(bytes).substr(kBlockHead, bytes.size() - kBlockHead - kVaultTagBytes),
      offset);
}

Result<std::string> BlockFile::Decompress(std::string_view compressed, uint64_t offset) const {
  const unsigned long long size = ZSTD_getFrameContentSize(compressed.data(), compressed.size());
  if (size > kContentMax) return Damaged(offset, "the block holds too much");  // Or says nothing.
  const size_t frame = ZSTD_findFrameCompressedSize(compressed.data(), compressed.size());
  if (ZSTD_isError(frame) != 0) return Damaged(offset, "the block does not decompress");
  std::string content(static_cast<size_t>(size), '\0');
  Decompressors::Pointer context = decompressors_->Take();
  if (context == nullptr) return Status(Code::kResourceExhausted, "no memory to decompress with");
  const size_t done =
      ZSTD_decompressDCtx(context.get(), content.data(), content.size(), compressed.data(), frame);
  decompressors_->GiveBack(std::move(context));
  if (done != content.size()) return Damaged(offset, "the block does not decompress");
  content.append(compressed.substr(frame));  // What was not compressed.
  return content;
}

void BlockFile::ReadAhead(BlockNo block) const {
  file_->ReadAhead(numbers_.OffsetOf(block), kFirstRead);
}

Result<BlockFile::Block> BlockFile::ReadBlock(BlockNo number) const {
  Block block;
  block.offset = numbers_.OffsetOf(number);
  CXJ_ASSIGN_OR_RETURN(block.content, ReadBlock(block.offset, info_.tail, &block.next));
  return block;
}

Result<std::string> BlockFile::Take(VaultEntryId id, const Block& block) const {
  const uint64_t offset = block.offset;
  if (IsPart(block.content)) {
    Part part;
    if (!DecodePart(block.content, &part) || part.id != id || part.start != 0) {
      return Damaged(offset, fmt::format("entry {} does not begin here", id));
    }
    std::string bytes;
    bytes.reserve(part.total);
    bytes.append(part.bytes);
    uint64_t end = 0;
    CXJ_RETURN_IF_ERROR(ReadParts(id, part.total, block.next, &bytes, &end));
    return bytes;
  }
  std::optional<std::string> found;
  if (!FindInPack(block.content, id, &found)) {
    return Damaged(offset, "the block holds something else");
  }
  if (!found) return Damaged(offset, fmt::format("entry {} is missing in the block", id));
  return *std::move(found);
}

Result<std::string> BlockFile::Read(VaultEntryId id, BlockNo number) const {
  CXJ_ASSIGN_OR_RETURN(const Block block, ReadBlock(number));
  return Take(id, block);
}

Status BlockFile::ReadParts(VaultEntryId id, uint64_t total, uint64_t next, std::string* bytes,
                            uint64_t* end) const {
  while (bytes->size() < total) {
    const uint64_t at = next;
    CXJ_ASSIGN_OR_RETURN(std::string content, ReadBlock(at, info_.tail, &next));
    Part part;
    if (!DecodePart(content, &part) || part.id != id || part.total != total ||
        part.start != bytes->size()) {
      return Damaged(at, fmt::format("the next part of entry {} is missing", id));
    }
    bytes->append(part.bytes);
  }
  *end = next;
  return Status();
}

Status BlockFile::ForEach(const std::function<bool(VaultEntryId, BlockNo)>& wanted,
                          const Visitor& visit) const {
  std::vector<PackEntry> entries;
  // Of a block that the table does not name nothing counts.
  const auto is_wanted = [&](VaultEntryId id, BlockNo block) {
    return block != kNowhere && wanted(id, block);
  };
  for (uint64_t at = kVaultHeaderBytes, next = 0; at < info_.tail; at = next) {
    const BlockNo block = numbers_.Find(static_cast<uint32_t>(at));
    CXJ_ASSIGN_OR_RETURN(std::string content, ReadBlock(at, info_.tail, &next));
    if (IsPart(content)) {
      Part part;
      if (!DecodePart(content, &part)) return Damaged(at, "the block holds something else");
      if (part.start != 0 || !is_wanted(part.id, block)) continue;
      std::string bytes(part.bytes);
      CXJ_RETURN_IF_ERROR(ReadParts(part.id, part.total, next, &bytes, &next));
      CXJ_RETURN_IF_ERROR(visit(part.id, block, bytes, part.noise));
      continue;
    }
    entries.clear();
    if (!DecodePack(content, &entries)) return Damaged(at, "the block holds something else");
    for (const PackEntry& entry : entries) {
      if (!is_wanted(entry.id, block)) continue;
      CXJ_RETURN_IF_ERROR(visit(entry.id, block, entry.bytes(), entry.noise.size()));
    }
  }
  return Status();
}

Status BlockFile::ForEachTablePart(const std::function<bool(std::string content)>& take) const {
  for (uint64_t at = info_.tail, next = 0; at < info_.size; at = next) {
    CXJ_ASSIGN_OR_RETURN(std::string content, ReadBlock(at, info_.size, &next));
    if (!take(std::move(content))) return Damaged(at, "the table of the islands is damaged");
  }
  return Status();
}

Status BlockFile::ReadTable(const TableVisitor& visit) const {
  return ForEachTablePart(
      [&](const std::string& content) { return DecodeTablePart(content, visit); });
}

// Its parts are kept until all of them are read, as they are small: only then it is known which
// blocks they name.
Status BlockFile::Load(const LoadVisitor& visit) {
  std::vector<std::string> parts;
  NamedBlocks named(info_.tail);
  bool inside = true;
  CXJ_RETURN_IF_ERROR(ForEachTablePart([&](std::string content) {
    parts.push_back(std::move(content));
    return DecodeTablePart(parts.back(), [&](const TableEntry& entry) {
      inside &= entry.offset < info_.tail;
      if (inside && entry.offset != 0) named.Note(entry.offset);
    });
  }));
  if (!inside) return Damaged(info_.tail, "the table of the islands names what is no block");
  std::vector<uint32_t>& offsets = numbers_.offsets;
  offsets.resize(named.Count());
  for (const std::string& part : parts) {
    DecodeTablePart(part, [&](const TableEntry& entry) {
      if (entry.offset == 0) return visit(entry, kNowhere);
      const uint32_t index = named.IndexOf(entry.offset);
      offsets[index] = entry.offset;
      visit(entry, numbers_.first + index);
    });
  }
  return Status();
}

Result<std::unique_ptr<BlockWriter>> BlockWriter::Create(const VaultContext* context,
                                                         uint32_t number, uint64_t generation,
                                                         BlockNo first) {
  VaultFile info;
  info.kind = VaultFileKind::kBlocks;
  info.number = number;
  info.generation = generation;
  CXJ_ASSIGN_OR_RETURN(auto file, CreateVaultFile(*context, &info));
  info.size = kVaultHeaderBytes;
  std::unique_ptr<BlockWriter> writer(new BlockWriter(context, info, first));
  if (writer->compressor_ == nullptr) {
    return Status(Code::kResourceExhausted, "no memory to compress with");
  }
  writer->file_ = std::move(file);
  return writer;
}

Result<BlockNo> BlockWriter::Add(VaultEntryId id, uint32_t island, std::string_view bytes,
                                 size_t noise_bytes) {
  const bool alone = bytes.size() > kVaultBlockBytes;
  const size_t filled = islands_.size() + noise_.size();
  if (alone || filled + bytes.size() > kVaultBlockBytes || count_ == kPackIslandsMax) {
    CXJ_RETURN_IF_ERROR(CloseBlock());
  }
  const auto offset = static_cast<uint32_t>(info_.size);
  if (count_ == 0) numbers_.offsets.push_back(offset);
  const BlockNo block = numbers_.end() - 1;
  TableOf(id)->push_back({NumberOf(id), offset, IsAddition(id) ? island : 0});
  ++info_.count;
  if (alone) {
    CXJ_RETURN_IF_ERROR(AddParts(id, bytes, noise_bytes));
    return block;
  }
  const size_t compressible = bytes.size() - noise_bytes;
  base::Writer lengths(&lengths_);
  lengths.Varint(id);
  lengths.Varint(compressible);
  lengths.Varint(noise_bytes);
  islands_.append(bytes.substr(0, compressible));
  noise_.append(bytes.substr(compressible));
  ++count_;
  return block;
}

Status BlockWriter::AddParts(VaultEntryId id, std::string_view bytes, size_t noise_bytes) {
  for (size_t start = 0; start < bytes.size(); start += kVaultPartBytes) {
    content_.clear();
    base::Writer writer(&content_);
    writer.Byte(static_cast<uint8_t>(VaultBlockKind::kPart));
    writer.Varint(id);
    writer.Varint(bytes.size());
    writer.Varint(noise_bytes);
    writer.Varint(start);
    const std::string_view part = bytes.substr(start, kVaultPartBytes);
    const size_t behind = bytes.size() - start - part.size();
    const size_t noise = std::min(part.size(), noise_bytes - std::min(noise_bytes, behind));
    writer.Append(part.substr(0, part.size() - noise));
    CXJ_RETURN_IF_ERROR(WriteBlock(content_, part.substr(part.size() - noise)));
  }
  return Status();
}

Status BlockWriter::CloseBlock() {
  if (count_ == 0) return Status();
  content_.clear();
  base::Writer writer(&content_);
  writer.Byte(static_cast<uint8_t>(VaultBlockKind::kPack));
  writer.Varint(count_);
  writer.String(lengths_);
  writer.Append(islands_);
  Status written = WriteBlock(content_, noise_);
  lengths_.clear();
  islands_.clear();
  noise_.clear();
  count_ = 0;
  return written;
}

Status BlockWriter::WriteBlock(std::string_view content, std::string_view noise) {
  const size_t bound = ZSTD_compressBound(content.size());
  sealed_.resize(kBlockHead + bound + noise.size() + kVaultTagBytes);
  size_t compressed = ZSTD_compressCCtx(compressor_.get(), &sealed_[kBlockHead], bound,
                                        content.data(), content.size(), kCompressionLevel);
  if (ZSTD_isError(compressed) != 0) {
    return Status(Code::kResourceExhausted,
                  fmt::format("{}: compressing a block failed: {}", file_->path(),
                              ZSTD_getErrorName(compressed)));
  }
  noise.copy(&sealed_[kBlockHead + compressed], noise.size());
  compressed += noise.size();
  SealInPlace(*context_->block_key, BlockPosition(*context_, info_, info_.size),
              &sealed_[kLengthBytes], compressed);
  std::string length;
  base::Writer(&length).Fixed32(
      static_cast<uint32_t>(kVaultNonceBytes + compressed + kVaultTagBytes));
  sealed_.replace(0, kLengthBytes, length);
  std::string_view block =
      std::string_view(sealed_).substr(0, kBlockHead + compressed + kVaultTagBytes);
  unwritten_ += block;
  info_.size += block.size();
  return unwritten_.size() < kWrittenTogether ? Status() : WriteOut();
}

Status BlockWriter::WriteOut() {
  const uint64_t offset = info_.size - unwritten_.size();
  CXJ_RETURN_IF_ERROR(WriteVaultFile(*context_, file_.get(), offset, unwritten_));
  unwritten_.clear();
  return Status();
}

void BlockWriter::Drop(const std::vector<VaultEntryId>& ids, bool older_files) {
  for (VaultEntryId id : ids) TableOf(id)->push_back({NumberOf(id), 0, 0});
  list_dropped_ = older_files;
}

Result<std::shared_ptr<const BlockFile>> BlockWriter::Finish(Decompressors* decompressors) {
  CXJ_RETURN_IF_ERROR(CloseBlock());
  info_.tail = info_.size;
  CXJ_RETURN_IF_ERROR(WriteTable(/*of_additions=*/false, &table_));
  CXJ_RETURN_IF_ERROR(WriteTable(/*of_additions=*/true, &additions_));
  CXJ_RETURN_IF_ERROR(WriteOut());
  CXJ_RETURN_IF_ERROR(file_->Sync());
  numbers_.offsets.shrink_to_fit();
  return std::shared_ptr<const BlockFile>(std::make_shared<BlockFile>(
      context_, decompressors, info_, std::move(file_), std::move(numbers_)));
}

Status BlockWriter::WriteTable(bool of_additions, TableRows* table) {
  // Of those put twice the last one counts; a dropped one stands behind all of them. In place: the
  // table of a compaction is a large part of what that needs.
  std::sort(table->begin(), table->end(), [](const auto& a, const auto& b) {
    return std::pair(a.number, a.offset - 1) < std::pair(b.number, b.offset - 1);
  });
  const std::span<const TableRow> rows = *table;
  for (size_t at = 0, end = 0; at < rows.size(); at = end) {
    end = std::min(rows.size(), at + kTableEntries);
    // All that is said of one entry stands together, as only the last of it is written.
    while (end < rows.size() && rows[end].number == rows[end - 1].number) ++end;
    CXJ_RETURN_IF_ERROR(WriteTablePart(of_additions, rows.subspan(at, end - at)));
  }
  return Status();
}

Status BlockWriter::WriteTablePart(bool of_additions, std::span<const TableRow> rows) {
  content_.clear();
  base::Writer writer(&content_);
  writer.Byte(
      static_cast<uint8_t>(of_additions ? VaultBlockKind::kAdditions : VaultBlockKind::kTable));
  TableRow before;
  for (size_t at = 0; at < rows.size(); ++at) {
    const TableRow& row = rows[at];
    if (at + 1 < rows.size() && rows[at + 1].number == row.number) continue;
    if (row.offset == 0 && !list_dropped_) continue;
    writer.Varint(row.number - before.number);
    writer.Signed(int64_t{row.offset} - int64_t{before.offset});
    if (of_additions) writer.Signed(int64_t{row.island} - int64_t{before.island});
    before = row;
  }
  return WriteBlock(content_);
}

}  // namespace cxjourney::store
