#include "store/vault_directory.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <span>

#include "base/bytes.h"
#include "base/status_macros.h"
#include "store/segment.h"

namespace cxjourney::store {
namespace {

constexpr size_t kEntriesBytes = kDirectoryPageEntries * kDirectoryEntryBytes;
constexpr size_t kCheckedBytes = kPageBytes - 8;  // Entries, their number, zeros.
constexpr uint64_t kMergePages = 16;              // Are read and written at once.
static_assert(kEntriesBytes + 8 + 8 == kPageBytes);

// Big-endian, so that prefixes are ordered as keys are.
uint64_t PrefixOf(const void* key) {
  uint64_t prefix = 0;
  std::memcpy(&prefix, key, sizeof prefix);
  return __builtin_bswap64(prefix);
}

uint64_t PagesOf(uint64_t entries) {
  return (entries + kDirectoryPageEntries - 1) / kDirectoryPageEntries;
}

// The file's header has the first page for itself.
uint64_t PageOffset(uint64_t page) { return (page + 1) * kPageBytes; }

template <class T>
std::string_view BytesOf(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
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

// The entries of a page.
Result<std::span<const DirectoryEntry>> CheckPage(const VaultFile& info, const File& file,
                                                  uint64_t page, const char* bytes) {
  base::Reader reader(std::string_view(bytes, kPageBytes).substr(kEntriesBytes));
  const uint32_t count = reader.Fixed32();
  reader.Fixed32();
  const uint64_t offset = PageOffset(page);
  if (reader.Fixed64() != CheckAt({bytes, kCheckedBytes}, info.id, offset) || count == 0 ||
      count > kDirectoryPageEntries) {
    return DamageAt(file.path(), offset, "the page of the directory is damaged");
  }
  return std::span(reinterpret_cast<const DirectoryEntry*>(bytes), count);
}

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
    if (in_page_ == 0) bounds_.push_back(prefix);
    filter_.Add(prefix);
    pages_.append(reinterpret_cast<const char*>(&entry), sizeof entry);
    ++info_.count;
    if (++in_page_ == kDirectoryPageEntries) EndPage();
    return pages_.size() < kMergePages * kPageBytes ? Status() : WritePages();
  }

  Result<std::shared_ptr<const DirectoryRun>> Finish() {
    if (in_page_ > 0) EndPage();
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
    const size_t page_at = pages_.size() - in_page_ * kDirectoryEntryBytes;
    pages_.resize(page_at + kEntriesBytes);
    base::Writer writer(&pages_);
    writer.Fixed32(in_page_);
    writer.Fixed32(0);
    std::string_view page = std::string_view(pages_).substr(page_at);
    writer.Fixed64(CheckAt(page, info_.id, end_ + page_at));
    in_page_ = 0;
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
  std::string pages_;  // Not written yet.
  uint32_t in_page_ = 0;
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
  std::vector<uint64_t> bounds(PagesOf(info.count));
  DirectoryFilter filter(info.tail);
  uint64_t offset = PageOffset(bounds.size());
  CXJ_RETURN_IF_ERROR(ReadChecked(info, *file, &offset, reinterpret_cast<char*>(bounds.data()),
                                  bounds.size() * sizeof bounds[0]));
  CXJ_RETURN_IF_ERROR(ReadChecked(info, *file, &offset, filter.data(), filter.bytes().size()));
  return std::shared_ptr<const DirectoryRun>(
      std::make_shared<DirectoryRun>(info, std::move(file), std::move(bounds), std::move(filter)));
}

Result<std::optional<uint32_t>> DirectoryRun::Find(std::string_view beginning) const {
  const uint64_t prefix = PrefixOf(beginning.data());
  if (!filter_.MayHold(prefix)) return std::optional<uint32_t>();
  // Keys with an equal prefix may stand in more than one page: from the last one that begins
  // before it to the last one that begins with it.
  auto after = std::upper_bound(bounds_.begin(), bounds_.end(), prefix);
  auto first = std::lower_bound(bounds_.begin(), after, prefix);
  if (first != bounds_.begin()) --first;
  alignas(DirectoryEntry) char bytes[kPageBytes];
  for (auto bound = first; bound != after; ++bound) {
    const auto page = static_cast<uint64_t>(bound - bounds_.begin());
    CXJ_RETURN_IF_ERROR(ReadExactly(*file_, PageOffset(page), bytes, sizeof bytes));
    CXJ_ASSIGN_OR_RETURN(auto entries, CheckPage(info_, *file_, page, bytes));
    auto found =
        std::lower_bound(entries.begin(), entries.end(), beginning,
                         [](const DirectoryEntry& entry, std::string_view wanted) {
                           return std::memcmp(entry.key.data(), wanted.data(), wanted.size()) < 0;
                         });
    if (found != entries.end() &&
        std::memcmp(found->key.data(), beginning.data(), beginning.size()) == 0) {
      return std::optional<uint32_t>(found->island);
    }
  }
  return std::optional<uint32_t>();
}

Status DirectoryRun::ReadPages(uint64_t page, uint64_t pages,
                               std::vector<DirectoryEntry>* entries) const {
  entries->clear();
  if (page >= bounds_.size()) return Status();
  pages = std::min<uint64_t>(pages, bounds_.size() - page);
  std::string bytes(static_cast<size_t>(pages * kPageBytes), '\0');
  CXJ_RETURN_IF_ERROR(ReadExactly(*file_, PageOffset(page), bytes.data(), bytes.size()));
  for (uint64_t i = 0; i < pages; ++i) {
    CXJ_ASSIGN_OR_RETURN(auto found, CheckPage(info_, *file_, page + i, &bytes[i * kPageBytes]));
    entries->insert(entries->end(), found.begin(), found.end());
  }
  return Status();
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
