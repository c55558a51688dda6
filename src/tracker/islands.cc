// Finding, writing and reading islands.
#include "tracker/islands.h"

#include <algorithm>

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

VaultKey Directory::OfNumber(const identity::KeyedHash& hash, uint64_t number) {
  return Cut(hash({reinterpret_cast<const char*>(&number), sizeof number}));
}

// What hangs together ----------------------------------------------------------------------------

void Engine::JoinTouchpoint(RowNo no, const Touchpoint& content,
                            const std::vector<IdentifierNo>& ids) {
  const Components::Node node = rows_[no].node;
  components_.NoteChange(node);
  for (IdentifierNo id : ids) components_.Join(components_.NodeOf(id), node);
  if (!content.conversation_id.empty()) {
    components_.JoinConversation(directory_.OfConversation(content.source, content.conversation_id),
                                 node);
  }
  if (content.parent_id.empty()) return;
  const RowNo parent = rows_.Find({content.source, content.parent_id});
  if (parent == kNoRow) {
    components_.Await(directory_.OfTouchpoint(content.source, content.parent_id), node);
  } else {
    components_.Join(rows_[parent].node, node);
  }
}

void Engine::JoinAssertion(const AssertionState& assertion) {
  const AssertionBody& body = assertion.body;
  components_.NoteChange(assertion.node);
  for (IdentifierNo id : body.identifiers) {
    components_.Join(components_.NodeOf(id), assertion.node);
  }
  if (body.target == 0) return;
  const Components::Node target = body.target_is_touchpoint
                                      ? rows_[rows_.FindByFirstSequence(body.target)].node
                                      : assertions_.at(body.target).node;
  components_.Join(target, assertion.node);
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
  for (const Stored& old : OldRevisions(no)) {
    auto decoded = Decode(old);
    if (!decoded.ok()) continue;  // It was decoded when it came in.
    const Touchpoint& content = *decoded->touchpoint.content;
    visit_both(leg.source, content.conversation_id, content.parent_id);
  }
}

std::span<const Stored> Engine::OldRevisions(RowNo no) const {
  const auto found = old_revisions_.find(no);
  return found == old_revisions_.end() ? std::span<const Stored>() : found->second;
}

// Encoding ---------------------------------------------------------------------------------------

namespace {

constexpr uint8_t kIslandVersion = 1;

Status Malformed() { return Status(Code::kDataLoss, "a sealed island can't be read"); }

// A piece of evidence on its way into an island.
struct Evidence {
  RecordKind kind = RecordKind::kTouchpoint;
  Stored stored;
};

void WriteEvidence(std::vector<Evidence>* all, base::Writer* writer) {
  std::sort(all->begin(), all->end(), [](const Evidence& a, const Evidence& b) {
    return a.stored.sequence < b.stored.sequence;
  });
  writer->Varint(all->size());
  uint64_t last_sequence = 0;
  int64_t last_received_us = 0;
  for (const auto& [kind, stored] : *all) {
    const int64_t received_us = base::Micros(stored.received);
    writer->Byte(static_cast<uint8_t>(kind));
    writer->Varint(stored.sequence - last_sequence);
    writer->Signed(received_us - last_received_us);
    writer->String(stored.body);
    last_sequence = stored.sequence;
    last_received_us = received_us;
  }
}

}  // namespace

std::string Engine::EncodeIsland(const Island& island) const {
  std::string bytes;
  base::Writer writer(&bytes);
  writer.Byte(static_cast<uint8_t>(VaultEntry::kIsland));
  writer.Byte(kIslandVersion);
  WriteIdentifiers(island, &writer);
  std::vector<Evidence> all;
  all.reserve(island.rows.size() + island.assertions.size());
  for (RowNo no : island.rows) {
    all.push_back({RecordKind::kTouchpoint, rows_[no].stored()});
    for (const Stored& old : OldRevisions(no)) all.push_back({RecordKind::kTouchpoint, old});
  }
  std::vector<std::string> bodies;
  bodies.reserve(island.assertions.size());
  for (uint64_t sequence : island.assertions) {
    const AssertionState& assertion = assertions_.at(sequence);
    AssertionBody body = assertion.body;
    body.identifiers = StableOf(body.identifiers);
    bodies.push_back(EncodeAssertionBody(body));
    all.push_back({assertion.kind, {bodies.back(), assertion.received, sequence}});
  }
  WriteEvidence(&all, &writer);
  return bytes;
}

// By their stable numbers.
void Engine::WriteIdentifiers(const Island& island, base::Writer* writer) const {
  std::vector<IdentifierNo> ids = island.identifiers;
  std::sort(ids.begin(), ids.end(),
            [&](IdentifierNo a, IdentifierNo b) { return StableOf(a) < StableOf(b); });
  writer->Varint(ids.size());
  uint32_t last_stable = 0;
  for (IdentifierNo id : ids) {
    const identity::IdentifierEntry& entry = identifiers_[id];
    const auto typed = typed_.find(id);
    writer->Varint(entry.stable - last_stable);
    writer->String(entry.name_space_name);
    writer->String(entry.value);
    writer->String(typed == typed_.end() ? std::string_view() : typed->second);
    writer->Append({reinterpret_cast<const char*>(entry.secret.data()), entry.secret.size()});
    last_stable = entry.stable;
  }
}

Status Engine::LoadIsland(IslandNo island, std::string_view bytes) {
  const bool settle = !loading_;
  const RowNo first_row = rows_.size();
  const Components::Mark mark = components_.GetMark();
  rows_.BeginRun();
  loading_ = true;
  Status loaded = LoadIslandRecords(bytes);
  loading_ = !settle;
  CXJ_RETURN_IF_ERROR(loaded);
  components_.CameFrom(island, mark);
  if (!settle) return Status();
  for (RowNo no = first_row; no < rows_.size(); ++no) {
    if (rows_[no].counts()) Deposit(no);
  }
  Effect nobody_asked;
  Settle(&nobody_asked);
  return Status();
}

Status Engine::LoadIslandRecords(std::string_view bytes) {
  base::Reader reader(bytes);
  if (reader.Byte() != static_cast<uint8_t>(VaultEntry::kIsland)) return Malformed();
  if (reader.Byte() != kIslandVersion) return Malformed();
  CXJ_RETURN_IF_ERROR(LoadIslandIdentifiers(&reader));
  CXJ_RETURN_IF_ERROR(LoadIslandEvidence(&reader));
  return reader.ok() && reader.AtEnd() ? Status() : Malformed();
}

Status Engine::LoadIslandIdentifiers(base::Reader* reader) {
  uint32_t stable = 0;
  for (uint64_t left = reader->Varint(); left > 0 && reader->ok(); --left) {
    stable += static_cast<uint32_t>(reader->Varint());
    const std::string_view name_space = reader->String();
    const std::string_view value = reader->String();
    const std::string_view typed = reader->String();
    store::Secret secret;
    const std::string_view key = reader->Bytes(secret.size());
    if (!reader->ok() || FindStable(stable) != kNoIdentifier) return Malformed();
    std::copy(key.begin(), key.end(), secret.begin());
    AddKnownIdentifier(name_space, value, typed, secret, stable);
  }
  return Status();
}

Status Engine::LoadIslandEvidence(base::Reader* reader) {
  Stored stored;
  int64_t received_us = 0;
  for (uint64_t left = reader->Varint(); left > 0 && reader->ok(); --left) {
    const auto kind = static_cast<RecordKind>(reader->Byte());
    stored.sequence += reader->Varint();
    received_us += reader->Signed();
    stored.received = Timestamp(Duration(received_us));
    stored.body = reader->String();
    if (!reader->ok()) return Malformed();
    if (kind == RecordKind::kTouchpoint) {
      CXJ_ASSIGN_OR_RETURN(Decoded decoded, Decode(stored));
      CXJ_RETURN_IF_ERROR(TakeTouchpoint(stored, std::move(decoded)));
    } else {
      CXJ_ASSIGN_OR_RETURN(AssertionBody body, ParseAssertionBody(stored.body));
      CXJ_RETURN_IF_ERROR(TakeAssertion(kind, std::move(body), stored));
    }
  }
  return Status();
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
  // Measured on the benchmark's workload (docs/BENCH.md).
  constexpr uint64_t kBytesPerRow = 1000;
  constexpr uint64_t kBytesPerIdentifier = 600;
  return rows_.bytes() + rows_.size() * kBytesPerRow + identifiers_.size() * kBytesPerIdentifier;
}

}  // namespace cxjourney::tracker
