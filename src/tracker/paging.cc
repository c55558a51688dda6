// Sealing evidence, bringing sealed islands back, and letting go of what is in memory.
#include <algorithm>
#include <new>

#include "base/bytes.h"
#include "base/micros.h"
#include "base/pages.h"
#include "base/status_macros.h"
#include "tracker/impl.h"

namespace cxjourney {
inline namespace v1 {

namespace {

using store::Vault;
using store::VaultKey;
using tracker::EncodedIsland;
using tracker::Engine;
using tracker::Island;
using tracker::IslandEncoder;
using tracker::IslandNo;
using tracker::VaultEntry;

constexpr uint8_t kMetaVersion = 2;      // 1 was never released.
constexpr uint8_t kBareMetaVersion = 3;  // The same of a store with identifiers without values.
// Islands that are only looked at are loaded so many bytes at a time.
constexpr size_t kPartBytes = 1024 * 1024;

Status Malformed() {
  return Status(Code::kDataLoss, "what the vault says of itself can't be read");
}

std::string JoinedInto(IslandNo island) {
  std::string bytes;
  base::Writer writer(&bytes);
  writer.Byte(static_cast<uint8_t>(VaultEntry::kJoined));
  writer.Varint(island);
  return bytes;
}

VaultEntry KindOf(std::string_view bytes) {
  return bytes.empty() ? VaultEntry{} : static_cast<VaultEntry>(bytes.front());
}

}  // namespace

// What the vault holds beside the islands -------------------------------------------------------

std::string Tracker::Impl::EncodeMeta(const std::vector<IslandNo>& strings) const {
  std::string meta;
  base::Writer writer(&meta);
  writer.Byte(ledger.has_bare ? kBareMetaVersion : kMetaVersion);
  writer.Varint(ledger.identifiers);
  writer.Varint(ledger.last_sequence);
  writer.Signed(base::Micros(ledger.last_received));
  writer.Varint(ledger.evidence);
  writer.String(ledger.rules);
  writer.String(ledger.policies);
  writer.Varint(paging.next_island);
  writer.Varint(strings.size());
  for (IslandNo island : strings) writer.Varint(island);
  return meta;
}

// The ledger as of the last seal; with `state`, where its parts are in the vault.
Status Tracker::Impl::ParseMeta(tracker::Ledger* of, Paging* state) const {
  const Vault& vault = *store->vault();
  base::Reader reader(vault.head().meta);
  const uint8_t version = reader.Byte();
  of->has_bare = version == kBareMetaVersion;
  if (version != kMetaVersion && !of->has_bare) {
    return Status(Code::kFailedPrecondition,
                  "the evidence was sealed in another version of the format");
  }
  of->identifiers = static_cast<uint32_t>(reader.Varint());
  of->last_sequence = reader.Varint();
  of->last_received = Timestamp(Duration(reader.Signed()));
  of->evidence = reader.Varint();
  of->rules = reader.String();
  of->policies = reader.String();
  const auto next_island = static_cast<IslandNo>(reader.Varint());
  std::vector<IslandNo> strings;
  for (uint64_t left = reader.Varint(); left > 0 && reader.ok(); --left) {
    strings.push_back(static_cast<IslandNo>(reader.Varint()));
  }
  if (!reader.ok() || !reader.AtEnd()) return Malformed();
  for (IslandNo island : strings) {
    CXJ_ASSIGN_OR_RETURN(IslandTexts part, vault.Read(island));
    if (KindOf(part.front()) != VaultEntry::kStrings) return Malformed();
    base::Reader texts(std::string_view(part.front()).substr(1));
    while (texts.ok() && !texts.AtEnd()) of->strings.Intern(texts.String());
    if (!texts.ok()) return Malformed();
  }
  if (state == nullptr) return Status();
  state->next_island = next_island;
  state->strings = std::move(strings);
  state->NoteSealed(*of);
  return Status();
}

// The log goes on from there.
Status Tracker::Impl::RestoreMeta() {
  if (store->vault()->head().generation == 0) return Status();
  paging.partial = true;
  return ParseMeta(&ledger, &paging);
}

Status Tracker::Impl::ForEachIsland(const VisitIsland& visit) const {
  return store->vault()->ForEach([&](IslandNo island, const IslandTexts& texts) {
    return KindOf(texts.front()) == VaultEntry::kIsland ? visit(island, texts) : Status();
  });
}

// Those that this engine does not hold.
Status Tracker::Impl::ForEachAbsent(const VisitIsland& visit) const {
  return ForEachIsland([&](IslandNo island, const IslandTexts& texts) {
    return paging.resident.contains(island) ? Status() : visit(island, texts);
  });
}

// Sealing ----------------------------------------------------------------------------------------

// Writes what is new since the last seal into the vault; then the log before it can go. After a
// failure what was not sealed is in the log, and the next seal tries again.
Status Tracker::Impl::SealEvidence() {
  if (paging.IsAllSealed(ledger)) return Status();
  return WriteSealGuarded(SealExtent::kWhatIsNew);
}

Status Tracker::Impl::WriteSealGuarded(SealExtent extent) {
  try {
    return WriteSeal(extent);
  } catch (const std::bad_alloc&) {
    return Status(Code::kResourceExhausted, "memory ran out while evidence was sealed");
  }
}

Status Tracker::Impl::WriteSeal(SealExtent extent) {
  std::vector<IslandNo> strings = paging.strings;
  tracker::Components::ChangedIslands changed;
  NameChanged(&changed);
  std::vector<tracker::IdentifierNo> idle;  // Whose secrets are not sealed.
  Status sealed = store->Seal([&](Vault* vault, std::string* meta) {
    if (extent == SealExtent::kEverything) vault->RewriteAll();
    CXJ_RETURN_IF_ERROR(SealIslands(changed.islands, extent, vault, &idle));
    if (extent == SealExtent::kEverything) {
      CXJ_RETURN_IF_ERROR(MergeOthers(changed.islands, vault));
    }
    CXJ_RETURN_IF_ERROR(SealStrings(vault, &strings));
    *meta = EncodeMeta(strings);
    return Status();
  });
  CXJ_RETURN_IF_ERROR(sealed);
  // Only now: what was sealed under which number must be known to a seal that tries again.
  for (const Island& island : changed.islands) engine->components().SetSealed(island);
  engine->components().ForgetChanges();
  {
    base::WriterLock state_lock(&state_mutex);
    engine->ForgetSecrets(idle);
  }
  paging.strings = std::move(strings);
  paging.NoteSealed(ledger);
  paging.rules_changed = paging.rejoined = false;
  paging.log_bytes_at_seal = store->used_bytes();
  return Status();
}

// What changed, under the numbers that it has from now on.
void Tracker::Impl::NameChanged(tracker::Components::ChangedIslands* changed) {
  {
    // Before they can be found in the vault, so that nobody meets one there and in the engine.
    base::WriterLock state_lock(&state_mutex);
    engine->components().ListChanged(changed);
    for (Island& island : changed->islands) {
      island.no = island.main == tracker::kNoIsland ? paging.next_island++ : island.main;
      paging.resident.insert(island.no);
    }
  }
  // What is read one after the other shall lie so, in the additions of every seal.
  std::sort(changed->islands.begin(), changed->islands.end(),
            [](const Island& a, const Island& b) { return a.no < b.no; });
}

// A short log is replayed as fast as a vault is opened, unless the rules make the opening read all
// of that.
Status Tracker::Impl::SealForClose() {
  constexpr uint64_t kShort = 64;  // Of a whole one.
  const uint64_t grown = store->used_bytes() - paging.log_bytes_at_seal;
  const bool may_write = !read_only && !broken && !options.read_only;
  const bool is_short = grown < options.seal_bytes / kShort && !paging.rules_changed;
  if (!may_write || is_short) return Status();
  return SealEvidence();
}

Status Tracker::Impl::SealIslands(const std::vector<Island>& islands, SealExtent extent,
                                  Vault* vault, std::vector<tracker::IdentifierNo>* idle) {
  // A step of each for so many islands.
  constexpr size_t kAhead = 4;
  constexpr size_t kStages = IslandEncoder::kPrefetchStages;
  IslandEncoder encoder(*engine, paging.seal);
  std::vector<VaultKey> keys;
  std::vector<size_t> keys_until;  // By island: behind its own.
  keys.reserve(2 * islands.size());
  keys_until.reserve(islands.size());
  for (size_t i = 0; i < islands.size(); ++i) {
    for (size_t stage = 0; stage < kStages; ++stage) {
      const size_t ahead = i + kAhead * (kStages - stage);
      if (ahead < islands.size()) encoder.Prefetch(islands[ahead], stage);
    }
    const Island& island = islands[i];
    const EncodedIsland& encoded =
        extent == SealExtent::kEverything
            ? encoder.EncodeAll(island)
            : encoder.EncodeWhatIsNew(island, vault->CountAdditions(island.no));
    CXJ_RETURN_IF_ERROR(SealIsland(island, encoded, vault));
    idle->insert(idle->end(), encoded.idle.begin(), encoded.idle.end());
    const std::vector<VaultKey>& listed = encoder.ListKeys(island);
    keys.insert(keys.end(), listed.begin(), listed.end());
    keys_until.push_back(keys.size());
  }
  return SealKeys(islands, keys, keys_until, vault);
}

Status Tracker::Impl::SealIsland(const Island& island, const EncodedIsland& encoded, Vault* vault) {
  CXJ_RETURN_IF_ERROR(encoded.is_addition
                          ? vault->Add(island.no, encoded.bytes, encoded.noise_bytes)
                          : vault->Put(island.no, encoded.bytes, encoded.noise_bytes));
  for (IslandNo before : island.before) {
    if (before == island.no) continue;
    CXJ_RETURN_IF_ERROR(vault->Put(before, JoinedInto(island.no)));
  }
  return Status();
}

// What the islands are found by; `keys_until` says where each one's keys end.
Status Tracker::Impl::SealKeys(const std::vector<Island>& islands,
                               const std::vector<VaultKey>& keys,
                               const std::vector<size_t>& keys_until, Vault* vault) {
  constexpr size_t kAhead = 8;
  size_t of = 0;
  for (size_t i = 0; i < keys.size(); ++i) {
    while (keys_until[of] <= i) ++of;
    const Island& island = islands[of];
    if (i + kAhead < keys.size()) vault->PrefetchFind(keys[i + kAhead]);
    CXJ_ASSIGN_OR_RETURN(std::optional<IslandNo> known, vault->Find(keys[i]));
    if (known) {
      CXJ_RETURN_IF_ERROR(CheckSameIsland(*known, island));
    } else {
      CXJ_RETURN_IF_ERROR(vault->Enter(keys[i], island.no));
    }
  }
  return Status();
}

// Additions to islands that this seal does not write anyway.
Status Tracker::Impl::MergeOthers(const std::vector<Island>& sealed, Vault* vault) {
  absl::flat_hash_set<IslandNo> done;
  for (const Island& island : sealed) {
    done.insert(island.no);
    done.insert(island.before.begin(), island.before.end());
  }
  tracker::IslandMerger merger;
  return vault->ForEachAddedTo([&](IslandNo island, const IslandTexts& texts) {
    if (done.contains(island)) return Status();
    CXJ_ASSIGN_OR_RETURN(const tracker::IslandText* whole, merger.Merge(texts));
    return vault->Put(island, whole->bytes, whole->noise_bytes);
  });
}

// A key of the island is in the directory already: that is the same conversation again, sealed
// before its island became part of this one; or two texts whose keyed hashes are equal, which
// nobody has seen yet.
Status Tracker::Impl::CheckSameIsland(IslandNo known, const Island& island) const {
  const auto is_part = [&](IslandNo other) {
    return other == island.no ||
           std::binary_search(island.before.begin(), island.before.end(), other);
  };
  IslandTexts ignored;
  for (std::optional<IslandNo> now = known; now;) {
    if (is_part(*now)) return Status();
    CXJ_ASSIGN_OR_RETURN(now, ReadIsland(*now, &ignored));
  }
  return Status(Code::kInternal, "two keys of the vault's directory are equal");
}

// The part of the dictionary that is new, and its number.
Status Tracker::Impl::SealStrings(Vault* vault, std::vector<IslandNo>* parts) {
  const model::StringTable& strings = ledger.strings;
  if (paging.sealed_strings == strings.size()) return Status();
  std::string bytes;
  base::Writer writer(&bytes);
  writer.Byte(static_cast<uint8_t>(VaultEntry::kStrings));
  for (uint32_t id = paging.sealed_strings; id < strings.size(); ++id) {
    writer.String(strings.Get(id));
  }
  parts->push_back(paging.next_island++);
  return vault->Put(parts->back(), bytes);
}

// After a write, when the log has grown or memory is short. The write itself has succeeded, so a
// failure here is tried again later and told by Close.
void Tracker::Impl::SealIfDue() {
  if (read_only || broken) return;
  const bool log_is_long = store->used_bytes() >= paging.log_bytes_at_seal + options.seal_bytes;
  if (!log_is_long && !OverBudget()) return;
  if (!SealEvidence().ok()) {
    paging.log_bytes_at_seal = store->used_bytes();  // Not again at every write.
  } else if (OverBudget()) {
    static_cast<void>(LetGo());
  }
}

bool Tracker::Impl::OverBudget() const {
  // Sealing takes some itself.
  const uint64_t enough = options.memory_budget_bytes - options.memory_budget_bytes / 5;
  return options.memory_budget_bytes > 0 && MemoryBytes() > enough;
}

uint64_t Tracker::Impl::MemoryBytes() const {
  constexpr uint64_t kBytesPerIsland = 8;  // A set's slot, rarely full.
  return engine->memory_bytes() + store->vault()->resident_bytes() +
         paging.resident.size() * kBytesPerIsland;
}

Status Tracker::Impl::ListOf(CustomerId id, Wanted* wanted) const {
  if (engine->identifiers().FindById(id) != tracker::kNoIdentifier) return Status();
  CXJ_ASSIGN_OR_RETURN(std::optional<IslandNo> island,
                       store->vault()->FindPrefix(tracker::Directory::OfCustomer(id)));
  if (island) wanted->islands.push_back(*island);
  return Status();
}

// Memory -----------------------------------------------------------------------------------------

// Everything must be sealed. A failure changes nothing.
Status Tracker::Impl::LetGo() {
  std::unique_ptr<Engine> next;
  try {
    next = NewEngine(&ledger);
    next->FinishLoading();
  } catch (const std::bad_alloc&) {
    return Status(Code::kResourceExhausted, "memory ran out while some was let go");
  }
  {
    base::WriterLock state_lock(&state_mutex);
    engine.swap(next);
    paging.resident.clear();
    paging.partial = true;
  }
  next.reset();
  // What a seal leaves lies between what was freed now, so that the heap would keep most of it.
  base::ReturnFreedMemory();
  return Status();
}

// What the vault holds of the island: its texts, or the number of the one that it joined.
Result<std::optional<IslandNo>> Tracker::Impl::ReadIsland(IslandNo island,
                                                          IslandTexts* texts) const {
  std::optional<Result<IslandTexts>> ahead;
  if (islands_ahead != nullptr) ahead = islands_ahead->Take(island);
  Result<IslandTexts> read = ahead ? *std::move(ahead) : store->vault()->Read(island);
  if (read.status().code() == Code::kNotFound) {
    return Status(Code::kDataLoss, read.status().message());  // Something names it.
  }
  CXJ_ASSIGN_OR_RETURN(*texts, std::move(read));
  if (KindOf(texts->front()) == VaultEntry::kIsland) return std::optional<IslandNo>();
  base::Reader reader(texts->front());
  const bool joined = reader.Byte() == static_cast<uint8_t>(VaultEntry::kJoined);
  const auto next = static_cast<IslandNo>(reader.Varint());
  if (!joined || !reader.ok() || next == island) return Malformed();
  return std::optional<IslandNo>(next);
}

Status Tracker::Impl::FindAbsent(const Wanted& wanted, std::vector<IslandNo>* absent) const {
  for (IslandNo island : wanted.islands) {
    if (!paging.resident.contains(island)) absent->push_back(island);
  }
  for (const VaultKey& key : wanted.keys) {
    CXJ_ASSIGN_OR_RETURN(std::optional<IslandNo> island, store->vault()->Find(key));
    if (island && !paging.resident.contains(*island)) absent->push_back(*island);
  }
  for (const store::VaultPrefix& prefix : wanted.prefixes) {
    CXJ_ASSIGN_OR_RETURN(std::vector<IslandNo> islands, store->vault()->FindAll(prefix));
    for (IslandNo island : islands) {
      if (!paging.resident.contains(island)) absent->push_back(island);
    }
  }
  return Status();
}

// The caller holds writer_mutex.
Status Tracker::Impl::BringIn(const std::vector<IslandNo>& islands) {
  for (IslandNo island : islands) {
    if (paging.resident.contains(island)) continue;
    IslandTexts texts;
    for (IslandNo now = island; !paging.resident.contains(now);) {
      CXJ_ASSIGN_OR_RETURN(std::optional<IslandNo> joined, ReadIsland(now, &texts));
      if (!joined) CXJ_RETURN_IF_ERROR(Admit(now, texts));
      now = joined.value_or(now);
    }
    base::WriterLock state_lock(&state_mutex);
    paging.resident.insert(island);
  }
  return Status();
}

Status Tracker::Impl::Admit(IslandNo island, const IslandTexts& texts) {
  base::WriterLock state_lock(&state_mutex);
  return Guarded([&] {
    Status loaded = engine->LoadIsland(island, texts);
    if (!loaded.ok()) {
      broken = true;
      return loaded;
    }
    paging.resident.insert(island);
    return Status();
  });
}

Status Tracker::Impl::MakeRoom() {
  if (!OverBudget() || read_only || broken) return Status();
  // What a reader has from the log, or joined, can't be sealed by it, so it stays.
  const bool is_sealed = paging.IsAllSealed(ledger) && !paging.rejoined;
  if (options.read_only && !is_sealed) return Status();
  CXJ_RETURN_IF_ERROR(SealEvidence());
  return LetGo();
}

// For a write: what it needs comes in, and stays until the write is applied.
Status Tracker::Impl::BringInForWrite(const Wanted& wanted) {
  std::vector<IslandNo> absent;
  CXJ_RETURN_IF_ERROR(FindAbsent(wanted, &absent));
  return BringIn(absent);
}

// What comes in may name more; nothing is let go meanwhile.
Status Tracker::Impl::BringInListed(const List& list) {
  while (true) {
    Wanted wanted;
    CXJ_RETURN_IF_ERROR(list(&wanted));
    std::vector<IslandNo> absent;
    CXJ_RETURN_IF_ERROR(FindAbsent(wanted, &absent));
    if (absent.empty()) return Status();
    CXJ_RETURN_IF_ERROR(BringIn(absent));
  }
}

Status Tracker::Impl::BringInForRead(const List& list) {
  base::MutexLock writer_lock(&writer_mutex);
  CXJ_RETURN_IF_ERROR(Usable());
  CXJ_RETURN_IF_ERROR(MakeRoom());
  return BringInListed(list);
}

Status Tracker::Impl::VisitAll(const Visit& visit) {
  CXJ_RETURN_IF_ERROR(Usable());
  if (options.memory_budget_bytes == 0) CXJ_RETURN_IF_ERROR(BringInAll());
  base::ReaderLock state_lock(&state_mutex);
  return ForEachPart(visit);
}

Status Tracker::Impl::BringInAll() {
  {
    base::ReaderLock state_lock(&state_mutex);
    if (!paging.partial) return Status();
  }
  base::MutexLock writer_lock(&writer_mutex);
  if (!paging.partial) return Status();
  CXJ_RETURN_IF_ERROR(ForEachAbsent(
      [&](IslandNo island, const IslandTexts& texts) { return Admit(island, texts); }));
  base::WriterLock state_lock(&state_mutex);
  paging.partial = false;
  return Status();
}

// The caller holds state_mutex.
Status Tracker::Impl::ForEachPart(const Visit& visit) {
  CXJ_RETURN_IF_ERROR(visit(*engine));
  if (!paging.partial) return Status();
  std::unique_ptr<Engine> part;
  size_t part_bytes = 0;
  const auto finish = [&] {
    if (part == nullptr) return Status();
    part->FinishLoading();
    Status visited = visit(*part);
    part.reset();
    part_bytes = 0;
    return visited;
  };
  const auto take = [&](IslandNo island, const IslandTexts& texts) {
    if (part == nullptr) part = NewEngine(&ledger);
    CXJ_RETURN_IF_ERROR(part->LoadIsland(island, texts));
    for (const std::string& text : texts) part_bytes += text.size();
    return part_bytes < kPartBytes ? Status() : finish();
  };
  CXJ_RETURN_IF_ERROR(ForEachAbsent(take));
  return finish();
}

}  // namespace v1
}  // namespace cxjourney
