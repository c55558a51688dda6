#include "store/vault_directory.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <span>

#include "base/bytes.h"
#include "base/status_macros.h"
#include "store/segment.h"

namespace cxjourney::store {
namespace {

constexpr size_t kCheckedBytes = kPageBytes - 8;
constexpr size_t kPageHeadBytes = 16;
constexpr unsigned kRestBits = 32;  // Of a key, behind its prefix.
constexpr size_t kPageBits = (kCheckedBytes - kPageHeadBytes) * 8;
constexpr uint64_t kMergePages = 16;  // Are read and written at once.

// Big-endian, so that prefixes are ordered as keys are.
uint64_t PrefixOf(const void* key) {
  uint64_t prefix = 0;
  std::memcpy(&prefix, key, sizeof prefix);
  return __builtin_bswap64(prefix);
}

uint32_t RestOf(const void* key) {
  uint32_t rest = 0;
  std::memcpy(&rest, static_cast<const char*>(key) + sizeof(uint64_t), sizeof rest);
  return __builtin_bswap32(rest);
}

unsigned BitsOf(uint64_t value) { return static_cast<unsigned>(std::bit_width(value)); }

// The file's header has the first page for itself.
uint64_t PageOffset(uint64_t page) { return (page + 1) * kPageBytes; }

template <class T>
std::string_view BytesOf(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

// Pages of the file, each with a bound behind them; 0: its size is not that of any number of pages.
uint64_t PagesOf(const VaultFile& info) {
  const uint64_t others = PageOffset(0) + 8 + info.tail * kDirectoryFilterBlockBytes + 8;
  constexpr uint64_t kEach = kPageBytes + sizeof(uint64_t);
  return info.size < others || (info.size - others) % kEach != 0 ? 0 : (info.size - others) / kEach;
}

// What stands behind the pages: bounds, filter, each with its check.
Status WriteChecked(const VaultContext& context, const VaultFile& info, File* file,
                    uint64_t* offset, std::string_view bytes) {
  std::string check;
  base::Writer(&check).Fixed64(CheckAt(bytes, info.id, *offset));
  CXJ_RETURN_IF_ERROR(WriteVaultFile(context, file, *offset, bytes));
  CXJ_RETURN_IF_ERROR(WriteVaultFile(context, file, *offset + bytes.size(), check));
  *offset += bytes.size() + check.size();
  return Status();
}

Status ReadChecked(const VaultFile& info, const File& file, uint64_t* offset, char* data,
                   size_t size) {
  std::string check(8, '\0');
  CXJ_RETURN_IF_ERROR(ReadExactly(file, *offset, data, size));
  CXJ_RETURN_IF_ERROR(ReadExactly(file, *offset + size, check.data(), check.size()));
  if (base::Reader(check).Fixed64() != CheckAt({data, size}, info.id, *offset)) {
    return DamageAt(file.path(), *offset, "bounds or filter are damaged");
  }
  *offset += size + check.size();
  return Status();
}

// Numbers of so many bits each, in any order.
void PutBits(uint64_t value, unsigned bits, size_t at, char* bytes) {
  for (unsigned done = 0; done < bits;) {
    const size_t bit = (at + done) % 8;
    auto byte = static_cast<unsigned char>(bytes[(at + done) / 8]);
    byte = static_cast<unsigned char>(byte | (value >> done << bit & 0xff));
    bytes[(at + done) / 8] = static_cast<char>(byte);
    done += static_cast<unsigned>(8 - bit);
  }
}

// REQUIRES: at most 64 bits, and 9 bytes behind `at` that may be read.
uint64_t GetBits(unsigned bits, size_t at, const char* bytes) {
  uint64_t low = 0;
  std::memcpy(&low, bytes + at / 8, sizeof low);
  const unsigned shift = at % 8;
  uint64_t value = low >> shift;
  if (shift > 0) value |= uint64_t{static_cast<unsigned char>(bytes[at / 8 + 8])} << (64 - shift);
  return bits == 64 ? value : value & ((uint64_t{1} << bits) - 1);
}

// A page that is whole. Its entries are equally long, so that one can be looked for.
class Page {
 public:
  // Into `bytes`, of which it is a view.
  static Result<Page> Read(const VaultFile& info, const File& file, uint64_t page,
                           char (&bytes)[kPageBytes]) {
    CXJ_RETURN_IF_ERROR(ReadExactly(file, PageOffset(page), bytes, kPageBytes));
    return Check(info, file, page, bytes);
  }
  static Result<Page> Check(const VaultFile& info, const File& file, uint64_t page,
                            const char* bytes) {
    base::Reader reader({bytes, kPageBytes});
    Page result(bytes);
    result.count_ = reader.Fixed32();
    result.prefix_bits_ = reader.Byte();
    result.island_bits_ = reader.Byte();
    reader.Bytes(2);
    result.first_ = reader.Fixed64();
    const uint64_t offset = PageOffset(page);
    const uint64_t check = base::Reader({bytes + kCheckedBytes, 8}).Fixed64();
    if (check != CheckAt({bytes, kCheckedBytes}, info.id, offset) || result.count_ == 0 ||
        result.prefix_bits_ > 64 || result.island_bits_ > 32 ||
        result.count_ > kPageBits / result.bits()) {
      return DamageAt(file.path(), offset, "the page of the directory is damaged");
    }
    return result;
  }

  uint32_t count() const { return count_; }
  uint64_t prefix(size_t i) const { return first_ + Get(i, 0, prefix_bits_); }
  uint32_t rest(size_t i) const { return static_cast<uint32_t>(Get(i, prefix_bits_, kRestBits)); }
  uint32_t island(size_t i) const {
    return static_cast<uint32_t>(Get(i, prefix_bits_ + kRestBits, island_bits_));
  }
  DirectoryEntry entry(size_t i) const {
    DirectoryEntry entry;
    const uint64_t prefix_bytes = __builtin_bswap64(prefix(i));
    const uint32_t rest_bytes = __builtin_bswap32(rest(i));
    std::memcpy(entry.key.data(), &prefix_bytes, sizeof prefix_bytes);
    std::memcpy(entry.key.data() + sizeof prefix_bytes, &rest_bytes, sizeof rest_bytes);
    entry.island = island(i);
    return entry;
  }
  // The first entry whose key is not less.
  size_t LowerBound(uint64_t wanted, uint32_t wanted_rest) const {
    size_t low = 0;
    for (size_t high = count_; low < high;) {
      const size_t middle = low + (high - low) / 2;
      const uint64_t found = prefix(middle);
      const bool less = found != wanted ? found < wanted : rest(middle) < wanted_rest;
      (less ? low : high) = less ? middle + 1 : middle;
    }
    return low;
  }

 private:
  explicit Page(const char* bytes) : bytes_(bytes) {}
  size_t bits() const { return prefix_bits_ + kRestBits + island_bits_; }
  uint64_t Get(size_t i, size_t at, unsigned wanted) const {
    return GetBits(wanted, i * bits() + at, bytes_ + kPageHeadBytes);
  }

  const char* bytes_;
  uint32_t count_ = 0;
  unsigned prefix_bits_ = 0;
  unsigned island_bits_ = 0;
  uint64_t first_ = 0;
};

// Appends entries in the order of their keys.
class RunWriter {
 public:
  static Result<std::unique_ptr<RunWriter>> Create(const VaultContext& context, uint32_t number,
                                                   uint64_t generation, uint64_t entries_max) {
    VaultFile info;
    info.kind = VaultFileKind::kIndex;
    info.number = number;
    info.generation = generation;
    info.tail = DirectoryFilter::BlocksFor(entries_max);
    CXJ_ASSIGN_OR_RETURN(auto file, CreateVaultFile(context, &info));
    return std::make_unique<RunWriter>(context, info, std::move(file));
  }
  RunWriter(const VaultContext& context, const VaultFile& info, std::unique_ptr<File> file)
      : context_(context), info_(info), file_(std::move(file)), filter_(info.tail) {}

  Status Add(const DirectoryEntry& entry) {
    const uint64_t prefix = PrefixOf(entry.key.data());
    const unsigned island_bits = std::max(island_bits_, BitsOf(entry.island));
    const unsigned prefix_bits = page_.empty() ? 0 : BitsOf(prefix - bounds_.back());
    if ((page_.size() + 1) * (prefix_bits + kRestBits + island_bits) > kPageBits) EndPage();
    if (page_.empty()) bounds_.push_back(prefix);
    filter_.Add(prefix);
    page_.push_back(entry);
    island_bits_ = std::max(island_bits_, BitsOf(entry.island));
    ++info_.count;
    return pages_.size() < kMergePages * kPageBytes ? Status() : WritePages();
  }

  Result<std::shared_ptr<const DirectoryRun>> Finish() {
    if (!page_.empty()) EndPage();
    CXJ_RETURN_IF_ERROR(WritePages());
    CXJ_RETURN_IF_ERROR(WriteChecked(context_, info_, file_.get(), &end_, BytesOf(bounds_)));
    CXJ_RETURN_IF_ERROR(WriteChecked(context_, info_, file_.get(), &end_, filter_.bytes()));
    CXJ_RETURN_IF_ERROR(file_->Sync());
    info_.size = end_;
    return std::shared_ptr<const DirectoryRun>(std::make_shared<DirectoryRun>(
        info_, std::move(file_), std::move(bounds_), std::move(filter_)));
  }

 private:
  void EndPage() {
    const size_t page_at = pages_.size();
    const uint64_t first = bounds_.back();
    const unsigned prefix_bits = BitsOf(PrefixOf(page_.back().key.data()) - first);
    base::Writer writer(&pages_);
    writer.Fixed32(static_cast<uint32_t>(page_.size()));
    writer.Byte(static_cast<uint8_t>(prefix_bits));
    writer.Byte(static_cast<uint8_t>(island_bits_));
    writer.Byte(0);
    writer.Byte(0);
    writer.Fixed64(first);
    pages_.resize(page_at + kCheckedBytes);
    size_t at = (page_at + kPageHeadBytes) * 8;
    const auto put = [&](uint64_t value, unsigned bits) {
      PutBits(value, bits, at, pages_.data());
      at += bits;
    };
    for (const DirectoryEntry& entry : page_) {
      put(PrefixOf(entry.key.data()) - first, prefix_bits);
      put(RestOf(entry.key.data()), kRestBits);
      put(entry.island, island_bits_);
    }
    writer.Fixed64(CheckAt(std::string_view(pages_).substr(page_at), info_.id, end_ + page_at));
    page_.clear();
    island_bits_ = 0;
  }

  Status WritePages() {
    if (pages_.empty()) return Status();
    CXJ_RETURN_IF_ERROR(WriteVaultFile(context_, file_.get(), end_, pages_));
    end_ += pages_.size();
    pages_.clear();
    return Status();
  }

  const VaultContext& context_;
  VaultFile info_;
  std::unique_ptr<File> file_;
  DirectoryFilter filter_;
  std::vector<uint64_t> bounds_;
  std::string pages_;                 // Not written yet.
  std::vector<DirectoryEntry> page_;  // Being filled.
  unsigned island_bits_ = 0;          // Of its largest island.
  uint64_t end_ = PageOffset(0);
};

// The entries of a run, or of memory, one after the other.
class Source {
 public:
  explicit Source(const std::vector<DirectoryEntry>& entries) : rest_(entries) {}
  explicit Source(const DirectoryRun* run) : run_(run) {}

  // Null at the end. Advance comes first for a run.
  const DirectoryEntry* entry() const { return rest_.empty() ? nullptr : rest_.data(); }
  Status Refill() {
    if (!rest_.empty() || run_ == nullptr) return Status();
    CXJ_RETURN_IF_ERROR(run_->ReadPages(next_page_, kMergePages, &buffer_));
    next_page_ += kMergePages;
    rest_ = buffer_;
    return Status();
  }
  Status Advance() {
    rest_ = rest_.subspan(1);
    return Refill();
  }

 private:
  const DirectoryRun* run_ = nullptr;
  uint64_t next_page_ = 0;
  std::vector<DirectoryEntry> buffer_;
  std::span<const DirectoryEntry> rest_;
};

}  // namespace

size_t DirectoryFilter::BlockOf(uint64_t prefix) const {
  return static_cast<size_t>((static_cast<unsigned __int128>(prefix) * blocks_.size()) >> 64);
}

// The high bits of a prefix choose the block; its seven bits come from all of them, mixed.
void DirectoryFilter::Add(uint64_t prefix) {
  Block& block = blocks_[BlockOf(prefix)];
  uint64_t bits = prefix * 0x9e3779b97f4a7c15u;
  bits ^= bits >> 32;
  for (int i = 0; i < 7; ++i, bits >>= 9) block[bits >> 6 & 7] |= uint64_t{1} << (bits & 63);
}

bool DirectoryFilter::MayHold(uint64_t prefix) const {
  const Block& block = blocks_[BlockOf(prefix)];
  uint64_t bits = prefix * 0x9e3779b97f4a7c15u;
  bits ^= bits >> 32;
  for (int i = 0; i < 7; ++i, bits >>= 9) {
    if ((block[bits >> 6 & 7] >> (bits & 63) & 1) == 0) return false;
  }
  return true;
}

Result<std::shared_ptr<const DirectoryRun>> DirectoryRun::Open(const VaultContext& context,
                                                               const VaultFile& info) {
  CXJ_ASSIGN_OR_RETURN(auto file, OpenVaultFile(context, info));
  std::vector<uint64_t> bounds(PagesOf(info));
  if (bounds.empty() && info.count > 0) {
    return DamageAt(file->path(), 0, "the directory has no whole number of pages");
  }
  DirectoryFilter filter(info.tail);
  uint64_t offset = PageOffset(bounds.size());
  CXJ_RETURN_IF_ERROR(ReadChecked(info, *file, &offset, reinterpret_cast<char*>(bounds.data()),
                                  bounds.size() * sizeof bounds[0]));
  CXJ_RETURN_IF_ERROR(ReadChecked(info, *file, &offset, filter.data(), filter.bytes().size()));
  return std::shared_ptr<const DirectoryRun>(
      std::make_shared<DirectoryRun>(info, std::move(file), std::move(bounds), std::move(filter)));
}

std::pair<uint64_t, uint64_t> DirectoryRun::PagesWith(uint64_t prefix) const {
  const auto after = std::upper_bound(bounds_.begin(), bounds_.end(), prefix);
  auto first = std::lower_bound(bounds_.begin(), after, prefix);
  if (first != bounds_.begin()) --first;
  return {first - bounds_.begin(), after - bounds_.begin()};
}

Status DirectoryRun::FindAll(const std::array<uint8_t, 8>& beginning,
                             std::vector<uint32_t>* islands) const {
  const uint64_t prefix = PrefixOf(beginning.data());
  if (!filter_.MayHold(prefix)) return Status();
  const auto [first, after] = PagesWith(prefix);
  char bytes[kPageBytes];
  for (uint64_t page = first; page < after; ++page) {
    CXJ_ASSIGN_OR_RETURN(Page entries, Page::Read(info_, *file_, page, bytes));
    for (size_t at = entries.LowerBound(prefix, 0);
         at < entries.count() && entries.prefix(at) == prefix; ++at) {
      islands->push_back(entries.island(at));
    }
  }
  return Status();
}

Result<std::optional<uint32_t>> DirectoryRun::Find(std::string_view beginning) const {
  const uint64_t prefix = PrefixOf(beginning.data());
  if (!filter_.MayHold(prefix)) return std::optional<uint32_t>();
  const auto [first, after] = PagesWith(prefix);
  const bool whole = beginning.size() > sizeof prefix;
  const uint32_t rest = whole ? RestOf(beginning.data()) : 0;
  char bytes[kPageBytes];
  for (uint64_t page = first; page < after; ++page) {
    CXJ_ASSIGN_OR_RETURN(Page entries, Page::Read(info_, *file_, page, bytes));
    const size_t found = entries.LowerBound(prefix, rest);
    if (found < entries.count() && entries.prefix(found) == prefix &&
        (!whole || entries.rest(found) == rest)) {
      return std::optional<uint32_t>(entries.island(found));
    }
  }
  return std::optional<uint32_t>();
}

void DirectoryRun::PrefetchFind(const std::array<uint8_t, 12>& key) const {
  filter_.Prefetch(PrefixOf(key.data()));
}

Status DirectoryRun::ReadPages(uint64_t page, uint64_t pages,
                               std::vector<DirectoryEntry>* entries) const {
  entries->clear();
  if (page >= bounds_.size()) return Status();
  pages = std::min<uint64_t>(pages, bounds_.size() - page);
  std::string bytes(static_cast<size_t>(pages * kPageBytes), '\0');
  CXJ_RETURN_IF_ERROR(ReadExactly(*file_, PageOffset(page), bytes.data(), bytes.size()));
  for (uint64_t i = 0; i < pages; ++i) {
    CXJ_ASSIGN_OR_RETURN(Page found, Page::Check(info_, *file_, page + i, &bytes[i * kPageBytes]));
    for (size_t at = 0; at < found.count(); ++at) entries->push_back(found.entry(at));
  }
  return Status();
}

void SortEntries(std::vector<DirectoryEntry>* entries) {
  // Numbers are compared faster than bytes.
  struct Numbered {
    uint64_t prefix = 0;
    uint32_t rest = 0;
    uint32_t behind = 0;  // Entries behind it: the fewer, the earlier among equals.

    auto operator<=>(const Numbered&) const = default;
    bool HasKeyOf(const Numbered& other) const {
      return prefix == other.prefix && rest == other.rest;
    }
  };
  std::vector<Numbered> order;
  order.reserve(entries->size());
  for (const DirectoryEntry& entry : *entries) {
    const size_t behind = entries->size() - 1 - order.size();
    order.push_back(
        {PrefixOf(entry.key.data()), RestOf(entry.key.data()), static_cast<uint32_t>(behind)});
  }
  std::sort(order.begin(), order.end());
  std::vector<DirectoryEntry> sorted;
  sorted.reserve(order.size());
  for (size_t i = 0; i < order.size(); ++i) {
    if (i > 0 && order[i].HasKeyOf(order[i - 1])) continue;
    sorted.push_back((*entries)[entries->size() - 1 - order[i].behind]);
  }
  entries->swap(sorted);
}

Result<std::shared_ptr<const DirectoryRun>> MergeRuns(const VaultContext& context, uint32_t number,
                                                      uint64_t generation,
                                                      const DirectoryRuns& runs,
                                                      const std::vector<DirectoryEntry>& fresh) {
  uint64_t entries_max = fresh.size();
  std::vector<Source> sources;  // From new to old.
  sources.emplace_back(fresh);
  for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
    entries_max += (*run)->info().count;
    sources.emplace_back(run->get());
    CXJ_RETURN_IF_ERROR(sources.back().Refill());
  }
  CXJ_ASSIGN_OR_RETURN(auto writer, RunWriter::Create(context, number, generation, entries_max));
  for (;;) {
    const DirectoryEntry* least = nullptr;  // Of equal ones the newest.
    for (const Source& source : sources) {
      const DirectoryEntry* entry = source.entry();
      if (entry != nullptr && (least == nullptr || entry->key < least->key)) least = entry;
    }
    if (least == nullptr) return writer->Finish();
    const DirectoryEntry entry = *least;
    for (Source& source : sources) {
      if (source.entry() != nullptr && source.entry()->key == entry.key) {
        CXJ_RETURN_IF_ERROR(source.Advance());
      }
    }
    CXJ_RETURN_IF_ERROR(writer->Add(entry));
  }
}

}  // namespace cxjourney::store
