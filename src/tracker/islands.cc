// Finding, writing and reading islands.
#include "tracker/islands.h"

#include <algorithm>
#include <numeric>

#include "base/bytes.h"
#include "base/micros.h"
#include "base/status_macros.h"
#include "tracker/engine.h"

namespace cxjourney::tracker {

using store::RecordKind;
using store::VaultKey;

// Directory --------------------------------------------------------------------------------------

void Directory::SetKeys(const store::Secret& root, uint32_t tenant) {
  touchpoint_ = identity::KeyedHash::Derive(root, tenant, "directory/touchpoint");
  conversation_ = identity::KeyedHash::Derive(root, tenant, "directory/conversation");
  stable_ = identity::KeyedHash::Derive(root, tenant, "directory/identifier number");
  assertion_ = identity::KeyedHash::Derive(root, tenant, "directory/assertion");
}

VaultKey Directory::Cut(const identity::Hash128& hash) {
  VaultKey key;
  std::memcpy(key.data(), &hash.low, sizeof hash.low);
  std::memcpy(key.data() + sizeof hash.low, &hash.high, key.size() - sizeof hash.low);
  return key;
}

std::array<uint8_t, 8> Directory::OfCustomer(CustomerId id) {
  const auto number = static_cast<uint64_t>(id);
  std::array<uint8_t, 8> prefix;
  std::memcpy(prefix.data(), &number, sizeof number);
  return prefix;
}

VaultKey Directory::OfTexts(const identity::KeyedHash& hash, std::string_view a,
                            std::string_view b) {
  base::Buffer bytes;
  base::BufferWriter writer(&bytes);
  writer.String(a);
  writer.Append(b);
  return Cut(hash(bytes.view()));
}

VaultKey Directory::OfNumber(const identity::KeyedHash& hash, uint64_t number) {
  return Cut(hash({reinterpret_cast<const char*>(&number), sizeof number}));
}

// Components -------------------------------------------------------------------------------------

namespace {

// Union-find over everything that evidence can be about.
class Components {
 public:
  explicit Components(size_t size) : parents_(size) {
    std::iota(parents_.begin(), parents_.end(), 0U);
  }
  uint32_t Root(uint32_t node) {
    while (parents_[node] != node) node = parents_[node] = parents_[parents_[node]];
    return node;
  }
  void Join(uint32_t a, uint32_t b) {
    a = Root(a);
    b = Root(b);
    parents_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<uint32_t> parents_;
};

}  // namespace

// Numbers the nodes (identifiers, then rows, then assertions) and joins them along the evidence.
class IslandFinder {
 public:
  IslandFinder(const Engine& engine, const Seal& seal)
      : engine_(engine),
        seal_(seal),
        first_row_(engine.identifiers_.size()),
        first_assertion_(first_row_ + engine.rows_.size()),
        components_(first_assertion_ + engine.assertions_.size()) {
    sequences_.reserve(engine.assertions_.size());
    for (const auto& [sequence, assertion] : engine.assertions_) sequences_.push_back(sequence);
    std::sort(sequences_.begin(), sequences_.end());
  }

  std::vector<Island> Find() {
    for (RowNo no = 0; no < engine_.rows_.size(); ++no) JoinRow(no);
    for (size_t i = 0; i < sequences_.size(); ++i) JoinAssertion(i);
    return Collect();
  }

 private:
  uint32_t NodeOf(RowNo no) const { return first_row_ + no; }

  // Everything that names the same conversation or key is one.
  void JoinText(const VaultKey& key, uint32_t node) {
    const auto [found, fresh] = first_of_.try_emplace(key, node);
    if (!fresh) components_.Join(found->second, node);
  }

  void JoinRow(RowNo no) {
    const Row& row = engine_.rows_[no];
    const Directory& directory = engine_.directory();
    for (const CarriedIdentifier& carried : row.carried) components_.Join(carried.no, NodeOf(no));
    JoinText(directory.OfTouchpoint(row.leg.source, row.leg.id), NodeOf(no));
    engine_.ForEachThread(no, [&](const VaultKey& key) { JoinText(key, NodeOf(no)); });
    for (uint32_t stable : engine_.OldIdentifiers(no)) {
      components_.Join(engine_.FindStable(stable), NodeOf(no));
    }
  }

  void JoinAssertion(size_t index) {
    const uint32_t node = first_assertion_ + static_cast<uint32_t>(index);
    const AssertionBody& body = engine_.assertions_.at(sequences_[index]).body;
    for (IdentifierNo id : body.identifiers) components_.Join(id, node);
    if (body.target == 0) return;
    if (body.target_is_touchpoint) {
      components_.Join(NodeOf(engine_.rows_.FindByFirstSequence(body.target)), node);
      return;
    }
    const auto target = std::lower_bound(sequences_.begin(), sequences_.end(), body.target);
    components_.Join(first_assertion_ + static_cast<uint32_t>(target - sequences_.begin()), node);
  }

  // The islands in which something is newer than the seal.
  std::vector<Island> Collect() {
    std::vector<Island> islands;
    absl::flat_hash_map<uint32_t, size_t> index;  // By root.
    const auto at = [&](uint32_t node) -> Island* {
      const auto found = index.find(components_.Root(node));
      return found == index.end() ? nullptr : &islands[found->second];
    };
    const auto changed = [&](uint32_t node) {
      if (index.try_emplace(components_.Root(node), islands.size()).second) islands.emplace_back();
    };
    for (RowNo no = 0; no < engine_.rows_.size(); ++no) {
      if (engine_.NewestSequence(no) >= seal_.next_sequence) changed(NodeOf(no));
    }
    for (size_t i = 0; i < sequences_.size(); ++i) {
      if (sequences_[i] >= seal_.next_sequence) changed(first_assertion_ + uint32_t(i));
    }
    for (RowNo no = 0; no < engine_.rows_.size(); ++no) {
      Island* island = at(NodeOf(no));
      if (island == nullptr) continue;
      island->rows.push_back(no);
      NoteBefore(engine_.rows_[no].island, island);
    }
    for (size_t i = 0; i < sequences_.size(); ++i) {
      Island* island = at(first_assertion_ + static_cast<uint32_t>(i));
      if (island == nullptr) continue;
      island->assertions.push_back(sequences_[i]);
      NoteBefore(engine_.assertions_.at(sequences_[i]).island, island);
    }
    for (IdentifierNo id = 0; id < first_row_; ++id) {
      if (Island* island = at(id)) island->identifiers.push_back(id);
    }
    for (Island& island : islands) Finish(&island);
    return islands;
  }

  static void NoteBefore(IslandNo no, Island* island) {
    if (no == kNoIsland) return;
    if (island->before.empty() || island->before.back() != no) island->before.push_back(no);
  }

  void Finish(Island* island) const {
    base::SortUnique(&island->before);
    std::sort(
        island->identifiers.begin(), island->identifiers.end(),
        [&](IdentifierNo a, IdentifierNo b) { return engine_.StableOf(a) < engine_.StableOf(b); });
  }

  const Engine& engine_;
  const Seal seal_;
  const uint32_t first_row_;
  const uint32_t first_assertion_;
  Components components_;
  std::vector<uint64_t> sequences_;  // Of the assertions.
  absl::flat_hash_map<VaultKey, uint32_t> first_of_;
};

std::vector<Island> Engine::ChangedIslands(const Seal& seal) const {
  return IslandFinder(*this, seal).Find();
}

uint64_t Engine::NewestSequence(RowNo no) const {
  uint64_t newest = 0;
  for (const Revision& revision : rows_[no].revisions) {
    newest = std::max(newest, revision.sequence);
  }
  return newest;
}

// Keys of what a row hangs together with besides identifiers and its own key, now or in a revision
// that is not the newest.
template <class Visit>
void Engine::ForEachThread(RowNo no, Visit visit) const {
  const auto visit_both = [&](std::string_view source, std::string_view conversation,
                              std::string_view parent) {
    if (!conversation.empty()) visit(directory_.OfConversation(source, conversation));
    if (!parent.empty()) visit(directory_.OfTouchpoint(source, parent));
  };
  const journey::Leg& leg = rows_[no].leg;
  visit_both(leg.source, leg.conversation_id, leg.parent_id);
  const auto found = old_revisions_.find(no);
  if (found == old_revisions_.end()) return;
  for (const OldRevision& old : found->second) {
    auto body = ParseTouchpointBody(old.body);
    if (!body.ok()) continue;  // It was decoded when it came in.
    std::vector<IdentifierNo> ids;
    auto touchpoint = Decode(*body, Timestamp(Duration(old.received_us)), old.sequence, &ids);
    if (!touchpoint.ok()) continue;
    visit_both(leg.source, touchpoint->content->conversation_id, touchpoint->content->parent_id);
  }
}

// Stable numbers of what revisions carry that are not the newest.
std::vector<uint32_t> Engine::OldIdentifiers(RowNo no) const {
  std::vector<uint32_t> all;
  const auto found = old_revisions_.find(no);
  if (found == old_revisions_.end()) return all;
  for (const OldRevision& old : found->second) {
    for (uint32_t stable : StableIdentifiersOf(old.body)) all.push_back(stable);
  }
  return all;
}

// Those that a stored body carries, and the one that it is sealed by.
std::vector<uint32_t> Engine::StableIdentifiersOf(std::string_view bytes) const {
  std::vector<uint32_t> stable;
  auto body = ParseTouchpointBody(bytes);
  if (!body.ok()) return stable;  // Whoever decodes it says so.
  Touchpoint content;
  model::DecodedParts parts;
  if (!model::DecodeContent(body->open, {}, {}, ledger_->strings, &content, &parts).ok()) {
    return stable;
  }
  for (const model::StoredIdentifier& identifier : parts.identifiers) {
    stable.push_back(identifier.number);
  }
  if (body->sealed_by != kNoIdentifier) stable.push_back(body->sealed_by);
  return stable;
}

// Encoding ---------------------------------------------------------------------------------------

namespace {

struct Evidence {
  RecordKind kind = RecordKind::kTouchpoint;
  uint64_t sequence = 0;
  int64_t received_us = 0;
  std::string body;
};

constexpr uint8_t kIslandVersion = 1;

}  // namespace

std::string Engine::EncodeIsland(const Island& island) const {
  std::string bytes;
  base::Writer writer(&bytes);
  writer.Byte(static_cast<uint8_t>(VaultEntry::kIsland));
  writer.Byte(kIslandVersion);
  writer.Varint(island.identifiers.size());
  uint32_t last_stable = 0;
  for (IdentifierNo id : island.identifiers) {
    const identity::IdentifierEntry& entry = identifiers_[id];
    writer.Varint(entry.stable - last_stable);
    last_stable = entry.stable;
    writer.String(entry.name_space_name);
    writer.String(entry.value);
    const auto typed = typed_.find(id);
    writer.String(typed == typed_.end() ? std::string_view() : typed->second);
    writer.Append({reinterpret_cast<const char*>(entry.secret.data()), entry.secret.size()});
  }
  std::vector<Evidence> all;
  for (RowNo no : island.rows) {
    const Row& row = rows_[no];
    all.push_back(
        {RecordKind::kTouchpoint, row.sequence(), row.received_us, std::string(row.body)});
    const auto old = old_revisions_.find(no);
    if (old == old_revisions_.end()) continue;
    for (const OldRevision& one : old->second) {
      all.push_back(
          {RecordKind::kTouchpoint, one.sequence, one.received_us, std::string(one.body)});
    }
  }
  for (uint64_t sequence : island.assertions) {
    const AssertionState& assertion = assertions_.at(sequence);
    AssertionBody body = assertion.body;
    body.identifiers = StableOf(body.identifiers);
    all.push_back(
        {assertion.kind, sequence, base::Micros(assertion.received), EncodeAssertionBody(body)});
  }
  std::sort(all.begin(), all.end(),
            [](const Evidence& a, const Evidence& b) { return a.sequence < b.sequence; });
  writer.Varint(all.size());
  Evidence last;
  for (const Evidence& one : all) {
    writer.Byte(static_cast<uint8_t>(one.kind));
    writer.Varint(one.sequence - last.sequence);
    writer.Signed(one.received_us - last.received_us);
    writer.String(one.body);
    last.sequence = one.sequence;
    last.received_us = one.received_us;
  }
  return bytes;
}

Status Engine::LoadIsland(IslandNo island, std::string_view bytes) {
  const bool settle = !loading_;
  const RowNo first_row = rows_.size();
  rows_.BeginRun();
  loading_ = true;
  Status loaded = LoadIslandRecords(island, bytes);
  loading_ = !settle;
  if (!loaded.ok() || !settle) return loaded;
  for (RowNo no = first_row; no < rows_.size(); ++no) {
    if (rows_[no].counts()) Deposit(no);
  }
  Effect nobody_asked;
  Settle(&nobody_asked);
  return Status();
}

Status Engine::LoadIslandRecords(IslandNo island, std::string_view bytes) {
  const Status malformed(Code::kDataLoss, "a sealed island can't be read");
  base::Reader reader(bytes);
  if (reader.Byte() != static_cast<uint8_t>(VaultEntry::kIsland)) return malformed;
  if (reader.Byte() != kIslandVersion) return malformed;
  uint32_t stable = 0;
  for (uint64_t left = reader.Varint(); left > 0 && reader.ok(); --left) {
    stable += static_cast<uint32_t>(reader.Varint());
    const std::string_view name_space = reader.String();
    const std::string_view value = reader.String();
    const std::string_view typed = reader.String();
    store::Secret secret;
    const std::string_view key = reader.Bytes(secret.size());
    if (!reader.ok() || FindStable(stable) != kNoIdentifier) return malformed;
    std::copy(key.begin(), key.end(), secret.begin());
    AddKnownIdentifier(name_space, value, typed, secret, stable);
  }
  Stored stored;
  int64_t received_us = 0;
  for (uint64_t left = reader.Varint(); left > 0 && reader.ok(); --left) {
    const auto kind = static_cast<RecordKind>(reader.Byte());
    stored.sequence += reader.Varint();
    received_us += reader.Signed();
    stored.received = Timestamp(Duration(received_us));
    stored.body = reader.String();
    if (!reader.ok()) return malformed;
    if (kind == RecordKind::kTouchpoint) {
      CXJ_ASSIGN_OR_RETURN(RowNo no, LoadTouchpoint(stored));
      rows_[no].island = island;
    } else {
      CXJ_RETURN_IF_ERROR(LoadAssertion(kind, stored.body, stored.received, stored.sequence));
      assertions_.at(stored.sequence).island = island;
    }
  }
  return reader.ok() && reader.AtEnd() ? Status() : malformed;
}

// Keys -------------------------------------------------------------------------------------------

void Engine::ListKeys(const Island& island, const Seal& seal, std::vector<VaultKey>* keys) const {
  for (IdentifierNo id : island.identifiers) {
    const identity::IdentifierEntry& entry = identifiers_[id];
    if (entry.stable < seal.identifiers) continue;
    keys->push_back(
        Directory::OfIdentifier(identifiers_.HashOf(entry.name_space_name, entry.value)));
    keys->push_back(directory_.OfStable(entry.stable));
  }
  for (RowNo no : island.rows) {
    const Row& row = rows_[no];
    if (NewestSequence(no) < seal.next_sequence) continue;
    if (row.first_sequence >= seal.next_sequence) {
      keys->push_back(directory_.OfTouchpoint(row.leg.source, row.leg.id));
    }
    ForEachThread(no, [&](const VaultKey& key) { keys->push_back(key); });
  }
  for (uint64_t sequence : island.assertions) {
    if (sequence >= seal.next_sequence) keys->push_back(directory_.OfAssertion(sequence));
  }
}

void Engine::SetIsland(const Island& island, IslandNo no) {
  for (RowNo row : island.rows) rows_[row].island = no;
  for (uint64_t sequence : island.assertions) assertions_.at(sequence).island = no;
}

void Engine::ListUnknown(const model::CanonicalTouchpoint& touchpoint,
                         std::vector<VaultKey>* keys) const {
  for (const model::CanonicalIdentifier& identifier : touchpoint.identifiers) {
    ListUnknown(identifier, keys);
  }
  ListUnknownThreads(*touchpoint.content, keys);
}

void Engine::ListUnknownThreads(const Touchpoint& content, std::vector<VaultKey>* keys) const {
  const auto of_touchpoint = [&](const std::string& id) {
    if (id.empty() || rows_.Find({content.source, id}) != kNoRow) return;
    keys->push_back(directory_.OfTouchpoint(content.source, id));
  };
  of_touchpoint(content.id);
  of_touchpoint(content.parent_id);
  if (!content.conversation_id.empty()) {
    keys->push_back(directory_.OfConversation(content.source, content.conversation_id));
  }
}

void Engine::ListUnknown(const model::CanonicalIdentifier& identifier,
                         std::vector<VaultKey>* keys) const {
  if (FindIdentifier(identifier) != kNoIdentifier) return;
  keys->push_back(Directory::OfIdentifier(
      identifiers_.HashOf(rules_->namespaces[identifier.name_space].name, identifier.value)));
}

uint64_t Engine::memory_bytes() const {
  // Measured on the benchmark's workload (docs/PERFORMANCE.md, "Memory").
  constexpr uint64_t kBytesPerRow = 1000;
  constexpr uint64_t kBytesPerIdentifier = 600;
  return rows_.bytes() + rows_.size() * kBytesPerRow + identifiers_.size() * kBytesPerIdentifier;
}

}  // namespace cxjourney::tracker
