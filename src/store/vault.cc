#include "store/vault.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "store/names.h"
#include "store/vault_blocks.h"
#include "store/vault_directory.h"
#include "store/vault_head.h"
#include "store/vault_places.h"

namespace cxjourney::store {
namespace {

// A seal begins another block file behind this, or behind so many entries: while a file is written
// its table is in memory.
constexpr uint64_t kBlockFileBytes = uint64_t{512} << 20;
constexpr uint64_t kBlockFileEntries = uint64_t{1} << 19;
// More blocks than that has: each of them takes 44 bytes beside what is in it.
constexpr BlockNo kBlocksOfFileMax = BlockNo{1} << 24;
// So many block files of one tier become one file of the next: there are never many small ones,
// and an island is rewritten once a tier.
constexpr size_t kFilesPerTier = 16;
constexpr uint64_t kTiers[] = {uint64_t{1} << 20, uint64_t{8} << 20, uint64_t{64} << 20};

bool IsFull(const VaultFile& file) {
  return file.size >= kBlockFileBytes || file.count >= kBlockFileEntries;
}

// Full ones are of the last, which stays as it is.
size_t TierOf(const VaultFile& file) {
  if (IsFull(file)) return std::size(kTiers);
  return static_cast<size_t>(std::lower_bound(std::begin(kTiers), std::end(kTiers), file.size) -
                             std::begin(kTiers));
}

// Another file's blocks can be numbered from there on.
Status CheckNumbers(BlockNo first) {
  if (first <= kBlockNoMax - kBlocksOfFileMax) return Status();
  return Status(Code::kResourceExhausted, "too much was sealed since the store was opened");
}

// So many runs of about one size become one: there are never many of them, and an entry is
// rewritten as often as the directory has grown by that factor.
constexpr ptrdiff_t kRunsPerSize = 4;

// The first of the runs that become one with so many new entries; the end: none do.
DirectoryRuns::iterator FirstToMerge(DirectoryRuns& runs, uint64_t count) {
  auto from = runs.end();
  while (true) {
    auto first = from;
    uint64_t all = count;
    while (first != runs.begin() && (*(first - 1))->info().count <= count * 2) {
      --first;
      all += (*first)->info().count;
    }
    if (from - first + 1 < kRunsPerSize) return from;
    from = first;
    count = all;
  }
}

}  // namespace

// What one seal left. Never changed once it is visible.
struct Vault::State {
  VaultManifest manifest;
  VaultPlaces places;
  BlockFiles blocks;                 // By number.
  BlockNo next_block = 1;            // Behind those of all files.
  DirectoryRuns runs;                // From old to new.
  std::map<BlockNo, uint64_t> live;  // By a file's first block: entries that count in it.

  uint64_t& LiveBeside(BlockNo block) { return std::prev(live.upper_bound(block))->second; }
  void SetPlace(VaultEntryId id, BlockNo block) {
    const BlockNo before = places.Get(id);
    if (block == before) return;
    if (before != kNowhere) --LiveBeside(before);
    if (block != kNowhere) ++LiveBeside(block);
    places.Set(id, block);
  }
  // What a later file says counts. `live_here`: of the file that says it.
  void Load(const TableEntry& entry, BlockNo block, uint64_t* live_here) {
    const BlockNo before = places.Get(entry.id);
    if (before != kNowhere) --LiveBeside(before);
    if (block != kNowhere) ++*live_here;
    if (IsAddition(entry.id)) return places.LoadAddition(entry.id, block, entry.island);
    places.Set(entry.id, block);
  }
  void Append(std::shared_ptr<const BlockFile> file) {
    next_block = file->numbers().end();
    blocks.push_back(std::move(file));
  }
  uint64_t LiveIn(const BlockFile& file) const {
    auto found = live.find(file.numbers().first);
    return found == live.end() ? 0 : found->second;
  }
  const BlockFile* FileOf(BlockNo block) const {
    auto behind = std::upper_bound(
        blocks.begin(), blocks.end(), block,
        [](BlockNo wanted, const auto& file) { return wanted < file->numbers().first; });
    if (behind == blocks.begin()) return nullptr;
    const BlockFile* file = std::prev(behind)->get();
    return file->numbers().contains(block) ? file : nullptr;
  }
};

// What the next one will leave, as far as it is known.
struct Vault::Seal {
  State next;
  std::unique_ptr<BlockWriter> writer;
  std::vector<DirectoryEntry> entries;
  BlockNo first_block = 1;            // Those before it are of earlier seals.
  std::vector<VaultEntryId> dropped;  // What files that stay may list.
  bool rewrite_all = false;
  bool prepared = false;  // Everything is written but the head.
  Status failed;          // The first failure; nothing is visible of a seal that had one.
};

Vault::Vault(std::unique_ptr<VaultContext> context)
    : context_(std::move(context)), decompressors_(std::make_unique<Decompressors>()) {}
Vault::~Vault() = default;

Result<std::unique_ptr<Vault>> Vault::Open(Folder* folder, const StoreId& store_id, uint32_t tenant,
                                           const Secret& key) {
  auto context = std::make_unique<VaultContext>();
  context->folder = folder;
  context->store_id = store_id;
  context->tenant = tenant;
  CXJ_ASSIGN_OR_RETURN(context->block_key, NewSecret());
  CXJ_ASSIGN_OR_RETURN(context->head_key, NewSecret());
  DeriveSecret(key, "cxj vault blocks", store_id, context->block_key.get());
  DeriveSecret(key, "cxj vault head", store_id, context->head_key.get());

  CXJ_ASSIGN_OR_RETURN(auto manifest, LoadHead(*context));
  std::unique_ptr<Vault> vault(new Vault(std::move(context)));
  auto state = std::make_shared<State>();
  if (manifest) state->manifest = *std::move(manifest);
  for (const VaultFile& info : state->manifest.files) {
    if (info.kind == VaultFileKind::kIndex) {
      CXJ_ASSIGN_OR_RETURN(auto run, DirectoryRun::Open(*vault->context_, info));
      state->runs.push_back(std::move(run));
      continue;
    }
    const BlockNo first = state->next_block;
    CXJ_RETURN_IF_ERROR(CheckNumbers(first));
    uint64_t* live = &state->live[first];
    CXJ_ASSIGN_OR_RETURN(
        auto file, BlockFile::Open(vault->context_.get(), vault->decompressors_.get(), info, first,
                                   [&](const TableEntry& entry, BlockNo block) {
                                     state->Load(entry, block, live);
                                   }));
    state->Append(std::move(file));
  }
  state->places.LinkLoaded();
  base::MutexLock lock(&vault->mutex_);
  vault->state_ = std::move(state);
  return vault;
}

Vault::StatePointer Vault::state() const {
  base::MutexLock lock(&mutex_);
  return state_;
}

const VaultHead& Vault::head() const { return state()->manifest.head; }

Result<std::optional<uint32_t>> Vault::Find(const VaultKey& key) const {
  return FindBeginning({reinterpret_cast<const char*>(key.data()), key.size()});
}

Result<std::optional<uint32_t>> Vault::FindPrefix(const VaultPrefix& prefix) const {
  return FindBeginning({reinterpret_cast<const char*>(prefix.data()), prefix.size()});
}

void Vault::PrefetchFind(const VaultKey& key) const {
  const StatePointer now = state();
  for (const auto& run : now->runs) run->PrefetchFind(key);
}

Result<std::vector<uint32_t>> Vault::FindAll(const VaultPrefix& prefix) const {
  const StatePointer now = state();
  std::vector<uint32_t> islands;
  for (const auto& run : now->runs) CXJ_RETURN_IF_ERROR(run->FindAll(prefix, &islands));
  return islands;
}

Result<std::optional<uint32_t>> Vault::FindBeginning(std::string_view beginning) const {
  const StatePointer now = state();
  for (auto run = now->runs.rbegin(); run != now->runs.rend(); ++run) {
    CXJ_ASSIGN_OR_RETURN(auto island, (*run)->Find(beginning));
    if (island) return island;
  }
  return std::optional<uint32_t>();
}

Result<Vault::Texts> Vault::Read(uint32_t island) const {
  const StatePointer now = state();
  std::vector<VaultEntryId> ids = {island};
  for (VaultEntryId id : now->places.AdditionsOf(island)) ids.push_back(id);
  Texts texts;
  for (VaultEntryId id : ids) {
    const BlockNo block = now->places.Get(id);
    const BlockFile* file = now->FileOf(block);
    if (file == nullptr) {
      return Status(Code::kNotFound, fmt::format("there is no sealed island {}", island));
    }
    CXJ_ASSIGN_OR_RETURN(texts.emplace_back(), file->Read(id, block));
  }
  return texts;
}

size_t Vault::CountAdditions(uint32_t island) const {
  return state()->places.AdditionsOf(island).size();
}

void Vault::ReadAhead(std::span<const uint32_t> islands) const {
  const StatePointer now = state();
  std::set<BlockNo> blocks;  // In the order of the disk.
  for (uint32_t island : islands) {
    blocks.insert(now->places.Get(island));
    for (VaultEntryId id : now->places.AdditionsOf(island)) blocks.insert(now->places.Get(id));
  }
  for (BlockNo block : blocks) {
    const BlockFile* file = now->FileOf(block);
    if (file != nullptr) file->ReadAhead(block);
  }
}

// What one seal wrote stands in the order of the islands' numbers. So whoever goes through them in
// that order finds in a block that was read what comes next there, in as many places as there were
// seals.
class Vault::RecentBlocks {
 public:
  explicit RecentBlocks(const State* state) : state_(state), slots_(kSets * kWays) {}

  Result<std::string> Read(VaultEntryId id) {
    const BlockNo number = state_->places.Get(id);
    const BlockFile* file = state_->FileOf(number);
    if (file == nullptr) return Status(Code::kDataLoss, "an island stands nowhere");
    Slot& slot = SlotOf(number);
    if (slot.number != number) {
      CXJ_ASSIGN_OR_RETURN(BlockFile::Block block, file->ReadBlock(number));
      if (block.content.size() > kSmall) return file->Take(id, block);  // All its own.
      slot.number = number;
      slot.block = std::move(block);
    }
    slot.used = ++uses_;
    return file->Take(id, slot.block);
  }

 private:
  static constexpr size_t kSets = 64;
  static constexpr size_t kWays = 8;  // All together a few megabytes.
  static constexpr size_t kSmall = 4 * kVaultBlockBytes;
  struct Slot {
    BlockNo number = kNowhere;
    uint64_t used = 0;
    BlockFile::Block block;
  };

  // That of the block, or the one that can be used for it.
  Slot& SlotOf(BlockNo number) {
    Slot* const first = &slots_[number % kSets * kWays];
    Slot* oldest = first;
    for (Slot* slot = first; slot != first + kWays; ++slot) {
      if (slot->number == number) return *slot;
      if (slot->used < oldest->used) oldest = slot;
    }
    return *oldest;
  }

  const State* state_;
  std::vector<Slot> slots_;
  uint64_t uses_ = 0;
};

Status Vault::ForEach(const Visit& visit) const {
  const StatePointer now = state();
  const VaultPlaces& places = now->places;
  const auto stands_alone = [&](VaultEntryId id, BlockNo block) {
    return !IsAddition(id) && !places.HasAdditions(NumberOf(id)) && places.Get(id) == block;
  };
  const auto take = [&](VaultEntryId id, BlockNo, std::string_view bytes, size_t) {
    return visit(NumberOf(id), {std::string(bytes)});
  };
  for (const auto& file : now->blocks) CXJ_RETURN_IF_ERROR(file->ForEach(stands_alone, take));
  return ForEachAddedToIn(*now, visit);
}

Status Vault::ForEachAddedTo(const Visit& visit) const {
  const StatePointer now = state();
  return ForEachAddedToIn(*now, visit);
}

Status Vault::ForEachAddedToIn(const State& state, const Visit& visit) {
  if (state.places.additions() == 0) return Status();
  RecentBlocks recent(&state);
  for (uint64_t number = 0; number < state.places.island_limit(); ++number) {
    const auto island = static_cast<uint32_t>(number);
    if (!state.places.HasAdditions(island)) continue;
    Texts texts;
    CXJ_ASSIGN_OR_RETURN(texts.emplace_back(), recent.Read(island));
    for (VaultEntryId addition : state.places.AdditionsOf(island)) {
      CXJ_ASSIGN_OR_RETURN(texts.emplace_back(), recent.Read(addition));
    }
    CXJ_RETURN_IF_ERROR(visit(island, texts));
  }
  return Status();
}

Status Vault::Begin() {
  seal_.reset();
  CXJ_RETURN_IF_ERROR(RemoveUnlisted());
  const StatePointer now = state();
  auto seal = std::make_unique<Seal>();
  seal->next.manifest = now->manifest;
  if (now->manifest.bytes == 0) {
    // From here on a folder with block files and without a head has lost it.
    CXJ_RETURN_IF_ERROR(WriteHead(*context_, &seal->next.manifest));
    auto empty = std::make_shared<State>();
    empty->manifest = seal->next.manifest;
    base::MutexLock lock(&mutex_);
    state_ = std::move(empty);
  }
  seal->next.places = now->places.Share();
  seal->next.blocks = now->blocks;
  seal->next.next_block = seal->first_block = now->next_block;
  seal->next.runs = now->runs;
  seal->next.live = now->live;
  seal_ = std::move(seal);
  return Status();
}

// Removes what the newest seal does not list. Heads go first, and durably: what a head that may
// still be there lists must be there, too.
Status Vault::RemoveUnlisted() {
  const StatePointer now = state();
  std::set<std::string> keep;
  for (const VaultFile& file : now->manifest.files) {
    keep.insert(VaultFileName(file.kind, file.number));
  }
  Folder* folder = context_->folder;
  CXJ_ASSIGN_OR_RETURN(std::vector<std::string> names, folder->List());
  std::vector<std::string> files;
  for (const std::string& name : names) {
    uint64_t generation = 0;
    if (IsVaultFileName(name) && keep.count(name) == 0) files.push_back(name);
    const bool is_head = ParseNumberedName(name, kVaultHeadPrefix, &generation);
    const bool is_current = generation == now->manifest.head.generation && now->manifest.bytes > 0;
    if ((is_head && !is_current) || name == kVaultHeadTemporaryName) {
      CXJ_RETURN_IF_ERROR(folder->Remove(name));
    }
  }
  if (files.empty()) return Status();
  CXJ_RETURN_IF_ERROR(folder->Sync());
  for (const std::string& name : files) CXJ_RETURN_IF_ERROR(folder->Remove(name));
  return Status();
}

Status Vault::RequireSeal() const {
  if (seal_ == nullptr) return Status(Code::kFailedPrecondition, "no seal was begun");
  return seal_->failed;
}

// Remembers the first failure of the seal.
Status Vault::Fail(Status status) {
  if (!status.ok() && seal_->failed.ok()) seal_->failed = status;
  return status;
}

Status Vault::NeedWriter() {
  if (seal_->writer != nullptr && IsFull(seal_->writer->info())) {
    CXJ_RETURN_IF_ERROR(EndWriter(false));
  }
  if (seal_->writer != nullptr) return Status();
  State& next = seal_->next;
  CXJ_RETURN_IF_ERROR(CheckNumbers(next.next_block));
  CXJ_ASSIGN_OR_RETURN(seal_->writer,
                       BlockWriter::Create(context_.get(), next.manifest.next_file,
                                           next.manifest.head.generation + 1, next.next_block));
  ++next.manifest.next_file;
  next.live.emplace(next.next_block, 0);
  return Status();
}

// Ends the file that is being written. The last one of a seal says what was dropped, unless there
// is no older file that could still list it.
Status Vault::EndWriter(bool last) {
  State& next = seal_->next;
  std::vector<VaultEntryId>& dropped = seal_->dropped;
  if (last) {
    std::sort(dropped.begin(), dropped.end());
    dropped.erase(std::unique(dropped.begin(), dropped.end()), dropped.end());
    std::erase_if(dropped, [&](VaultEntryId id) { return next.places.Get(id) != kNowhere; });
    if (!dropped.empty() && !next.blocks.empty()) CXJ_RETURN_IF_ERROR(NeedWriter());
  }
  if (seal_->writer == nullptr) return Status();
  if (last) seal_->writer->Drop(dropped, /*older_files=*/!next.blocks.empty());
  CXJ_ASSIGN_OR_RETURN(auto file, seal_->writer->Finish(decompressors_.get()));
  seal_->writer.reset();
  next.Append(std::move(file));
  return Status();
}

// An entry stands in a block once only.
Status Vault::LeaveOpenBlock(VaultEntryId id) {
  const BlockNo open = seal_->writer == nullptr ? kNowhere : seal_->writer->open_block();
  if (open == kNowhere || seal_->next.places.Get(id) != open) return Status();
  return seal_->writer->CloseBlock();
}

Status Vault::PutEntry(VaultEntryId id, std::string_view bytes, size_t noise_bytes) {
  State& next = seal_->next;
  CXJ_RETURN_IF_ERROR(NeedWriter());
  CXJ_RETURN_IF_ERROR(LeaveOpenBlock(id));
  CXJ_ASSIGN_OR_RETURN(BlockNo block,
                       seal_->writer->Add(id, next.places.IslandOf(id), bytes, noise_bytes));
  next.SetPlace(id, block);
  return Status();
}

Status Vault::DropEntry(VaultEntryId id) {
  CXJ_RETURN_IF_ERROR(LeaveOpenBlock(id));
  const BlockNo before = seal_->next.places.Get(id);
  seal_->next.SetPlace(id, kNowhere);
  if (!seal_->rewrite_all || before >= seal_->first_block) seal_->dropped.push_back(id);
  return Status();
}

Status Vault::DropAdditions(uint32_t island) {
  VaultPlaces& places = seal_->next.places;
  for (VaultEntryId id : places.AdditionsOf(island)) CXJ_RETURN_IF_ERROR(DropEntry(id));
  places.ForgetAdditions(island);
  return Status();
}

Status Vault::CheckSize(uint32_t island, std::string_view bytes) {
  if (bytes.size() <= kVaultIslandBytesMax) return Status();
  return Status(Code::kInvalidArgument,
                fmt::format("island {} has {} bytes; at most {} can be sealed", island,
                            bytes.size(), kVaultIslandBytesMax));
}

Status Vault::Put(uint32_t island, std::string_view bytes, size_t noise_bytes) {
  CXJ_RETURN_IF_ERROR(RequireSeal());
  CXJ_RETURN_IF_ERROR(CheckSize(island, bytes));
  CXJ_RETURN_IF_ERROR(Fail(DropAdditions(island)));
  return Fail(PutEntry(island, bytes, noise_bytes));
}

Status Vault::Add(uint32_t island, std::string_view bytes, size_t noise_bytes) {
  CXJ_RETURN_IF_ERROR(RequireSeal());
  CXJ_RETURN_IF_ERROR(CheckSize(island, bytes));
  VaultPlaces& places = seal_->next.places;
  if (places.Get(island) == kNowhere) {
    return Status(Code::kInvalidArgument, fmt::format("there is no island {} to add to", island));
  }
  if (places.additions() == kAdditionsMax) {
    return Status(Code::kResourceExhausted, "there are too many additions");
  }
  return Fail(PutEntry(places.AddTo(island), bytes, noise_bytes));
}

Status Vault::Drop(uint32_t island) {
  CXJ_RETURN_IF_ERROR(RequireSeal());
  if (seal_->next.places.Get(island) == kNowhere) return Status();
  CXJ_RETURN_IF_ERROR(Fail(DropAdditions(island)));
  return Fail(DropEntry(island));
}

Status Vault::Enter(const VaultKey& key, uint32_t island) {
  CXJ_RETURN_IF_ERROR(RequireSeal());
  seal_->entries.push_back({key, island});
  return Status();
}

void Vault::RewriteAll() {
  if (seal_ != nullptr) seal_->rewrite_all = true;
}

bool Vault::IsCompact() const {
  const StatePointer now = state();
  const auto has_dead = [&](const auto& file) { return now->LiveIn(*file) < file->info().count; };
  const auto is_small = [](const auto& file) { return !IsFull(file->info()); };
  return now->places.additions() == 0 && now->runs.size() <= 1 &&
         std::none_of(now->blocks.begin(), now->blocks.end(), has_dead) &&
         std::count_if(now->blocks.begin(), now->blocks.end(), is_small) <= 1;
}

// The files to leave out of this seal: those that are mostly dead, and small ones of which there
// are many.
Vault::BlockFiles Vault::FilesToCopy() const {
  const State& next = seal_->next;
  const auto before = [&](const auto& file) {  // Not of this very seal.
    return file->info().generation <= next.manifest.head.generation;
  };
  const size_t tier = seal_->writer == nullptr ? std::size(kTiers) : TierOf(seal_->writer->info());
  const auto same_tier = [&](const auto& file) {
    return before(file) && TierOf(file->info()) == tier;
  };
  const auto peers = std::count_if(next.blocks.begin(), next.blocks.end(), same_tier);
  const bool crowded = tier < std::size(kTiers) && static_cast<size_t>(peers) + 1 >= kFilesPerTier;
  BlockFiles chosen;
  for (const auto& file : next.blocks) {
    const bool mostly_dead = before(file) && next.LiveIn(*file) * 2 < file->info().count;
    const bool asked_for = before(file) && seal_->rewrite_all;
    if (mostly_dead || asked_for || (crowded && same_tier(file))) chosen.push_back(file);
  }
  return chosen;
}

// Copies what is still live in such files to this seal's; they go when the seal is durable.
Status Vault::Compact() {
  State& next = seal_->next;
  // A seal that only drops writes a file, too, of which there must not be many.
  if (!seal_->dropped.empty() && !next.blocks.empty()) CXJ_RETURN_IF_ERROR(NeedWriter());
  for (BlockFiles chosen = FilesToCopy(); !chosen.empty(); chosen = FilesToCopy()) {
    for (const auto& file : chosen) {
      CXJ_RETURN_IF_ERROR(file->ForEach(
          [&](VaultEntryId id, BlockNo block) { return next.places.Get(id) == block; },
          [&](VaultEntryId id, BlockNo, std::string_view bytes, size_t noise_bytes) {
            return PutEntry(id, bytes, noise_bytes);
          }));
      // Older files may still list what this one says was dropped, if any are left.
      if (seal_->rewrite_all) continue;
      CXJ_RETURN_IF_ERROR(file->ReadTable([&](const TableEntry& entry) {
        if (next.places.Get(entry.id) == kNowhere) seal_->dropped.push_back(entry.id);
      }));
    }
    std::erase_if(next.blocks, [&](const auto& file) {
      return std::find(chosen.begin(), chosen.end(), file) != chosen.end();
    });
  }
  return Status();
}

// Merges the new entries with the runs before them of which there are many.
Status Vault::MergeDirectory() {
  std::vector<DirectoryEntry>& entries = seal_->entries;
  const bool all = seal_->rewrite_all;
  if (entries.empty() && (!all || seal_->next.runs.size() <= 1)) return Status();
  SortEntries(&entries);
  DirectoryRuns& runs = seal_->next.runs;
  const auto from = all ? runs.begin() : FirstToMerge(runs, entries.size());
  VaultManifest& manifest = seal_->next.manifest;
  CXJ_ASSIGN_OR_RETURN(auto merged,
                       MergeRuns(*context_, manifest.next_file, manifest.head.generation + 1,
                                 DirectoryRuns(from, runs.end()), entries));
  ++manifest.next_file;
  runs.erase(from, runs.end());
  runs.push_back(std::move(merged));
  return Status();
}

Status Vault::PrepareFiles() {
  State& next = seal_->next;
  CXJ_RETURN_IF_ERROR(Compact());
  CXJ_RETURN_IF_ERROR(EndWriter(true));
  CXJ_RETURN_IF_ERROR(MergeDirectory());
  if (next.places.additions() == 0) next.places.GiveBackAdditions();
  next.manifest.files.clear();
  std::map<BlockNo, uint64_t> live;
  for (const auto& file : next.blocks) {
    next.manifest.files.push_back(file->info());
    live[file->numbers().first] = next.LiveIn(*file);
  }
  next.live = std::move(live);
  for (const auto& run : next.runs) next.manifest.files.push_back(run->info());
  CXJ_RETURN_IF_ERROR(context_->folder->Sync());
  seal_->prepared = true;
  return Status();
}

Status Vault::Prepare() {
  CXJ_RETURN_IF_ERROR(RequireSeal());
  return seal_->prepared ? Status() : Fail(PrepareFiles());
}

Status Vault::WriteSealHead(VaultHead head) {
  CXJ_RETURN_IF_ERROR(Prepare());
  auto next = std::make_shared<State>(std::move(seal_->next));
  head.generation = next->manifest.head.generation + 1;
  next->manifest.head = std::move(head);
  CXJ_RETURN_IF_ERROR(WriteHead(*context_, &next->manifest));
  base::MutexLock lock(&mutex_);
  state_ = std::move(next);
  return Status();
}

Status Vault::Finish(VaultHead head) {
  Status finished = RequireSeal();
  if (finished.ok()) finished = WriteSealHead(std::move(head));
  // Either way: the seal is durable whatever happens now; what can't be removed is by the next
  // Begin.
  Abandon();
  return finished;
}

void Vault::Abandon() {
  seal_.reset();
  Status removed = RemoveUnlisted();
  static_cast<void>(removed);
}

uint64_t Vault::disk_bytes() const {
  const StatePointer now = state();
  uint64_t bytes = now->manifest.bytes;
  for (const VaultFile& file : now->manifest.files) bytes += file.size;
  return bytes;
}

uint64_t Vault::directory_bytes() const {
  const StatePointer now = state();
  uint64_t bytes = 0;
  for (const auto& run : now->runs) bytes += run->info().size;
  return bytes;
}

uint64_t Vault::resident_bytes() const {
  const StatePointer now = state();
  uint64_t bytes = now->places.resident_bytes();
  for (const auto& file : now->blocks) bytes += file->resident_bytes();
  for (const auto& run : now->runs) bytes += run->resident_bytes();
  return bytes;
}

uint64_t Vault::written_bytes() const { return context_->written_bytes; }

}  // namespace cxjourney::store
