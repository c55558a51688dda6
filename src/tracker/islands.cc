// Finding, writing and reading islands.
#include "tracker/islands.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/status_macros.h"
#include "model/packed_text.h"
#include "tracker/engine.h"
#include "tracker/island_codec.h"

namespace cxjourney::tracker {

using store::RecordKind;
using store::VaultKey;

// Directory --------------------------------------------------------------------------------------

void Directory::SetKeys(const store::Secret& root, uint32_t tenant) {
  touchpoint_ = identity::KeyedHash::Derive(root, tenant, "directory/touchpoint");
  conversation_ = identity::KeyedHash::Derive(root, tenant, "directory/conversation");
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
                            std::span<const IdentifierNo> ids) {
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

constexpr uint8_t kIslandVersion = 2;  // 1 was never released.
// Of an identifier: behind the number of its namespace's string.
constexpr uint64_t kHasSecret = 1;
constexpr uint64_t kHasTyped = 2;
constexpr unsigned kIdentifierFlagBits = 2;

Status Malformed() { return Status(Code::kDataLoss, "a sealed island can't be read"); }

// A piece of evidence on its way into an island.
struct Evidence {
  RecordKind kind = RecordKind::kTouchpoint;
  Stored stored;
};

}  // namespace

// Every revision of its touchpoints.
template <class Visit>
void Engine::ForEachEvidence(const Island& island, Visit visit) const {
  for (RowNo no : island.rows) {
    visit(rows_[no].stored());
    for (const Stored& old : OldRevisions(no)) visit(old);
  }
}

// By stable number.
absl::flat_hash_set<uint32_t> Engine::SecretsInUse(const Island& island) const {
  absl::flat_hash_set<uint32_t> in_use;
  ForEachEvidence(island, [&](const Stored& stored) {
    const auto body = ParseTouchpointBody(stored.body);
    if (body.ok() && body->sealed_by != kNoIdentifier) in_use.insert(body->sealed_by);
  });
  return in_use;
}

void Engine::ForgetSecrets(const std::vector<IdentifierNo>& idle) {
  for (IdentifierNo no : idle) identifiers_.ForgetSecret(no);
}

Engine::EncodedIsland Engine::EncodeIsland(const Island& island) const {
  std::vector<IdentifierNo> ids = island.identifiers;
  std::sort(ids.begin(), ids.end(),
            [&](IdentifierNo a, IdentifierNo b) { return StableOf(a) < StableOf(b); });
  const absl::flat_hash_set<uint32_t> secrets_in_use = SecretsInUse(island);
  const identity::IdentifierList stable = StableOf(ids);
  EvidenceWriter evidence(stable);
  WriteEvidence(island, &evidence);

  EncodedIsland encoded;
  std::string noise;
  base::Writer writer(&encoded.bytes);
  base::Writer noise_writer(&noise);
  writer.Byte(static_cast<uint8_t>(VaultEntry::kIsland));
  writer.Byte(kIslandVersion);
  WriteIdentifiers(ids, secrets_in_use, &writer, &noise_writer);
  evidence.AppendTo(&encoded.bytes);
  noise += evidence.noise();
  encoded.noise_bytes = noise.size();
  encoded.bytes += noise;
  for (IdentifierNo no : ids) {
    if (!secrets_in_use.contains(StableOf(no))) encoded.idle.push_back(no);
  }
  return encoded;
}

void Engine::WriteEvidence(const Island& island, EvidenceWriter* writer) const {
  std::vector<Evidence> all;
  all.reserve(island.rows.size() + island.assertions.size());
  ForEachEvidence(island, [&](const Stored& stored) {
    all.push_back({RecordKind::kTouchpoint, stored});
  });
  std::vector<std::string> bodies;
  bodies.reserve(island.assertions.size());  // They stay where they are.
  for (uint64_t sequence : island.assertions) {
    const AssertionState& assertion = assertions_.at(sequence);
    AssertionBody body = assertion.body;
    body.identifiers = StableOf(body.identifiers);
    bodies.push_back(EncodeAssertionBody(body));
    all.push_back({assertion.kind, {bodies.back(), assertion.received, sequence}});
  }
  std::sort(all.begin(), all.end(), [](const Evidence& a, const Evidence& b) {
    return a.stored.sequence < b.stored.sequence;
  });
  for (const auto& [kind, stored] : all) writer->Add(kind, stored);
}

void Engine::WriteIdentifiers(const std::vector<IdentifierNo>& ids,
                              const absl::flat_hash_set<uint32_t>& secrets_in_use,
                              base::Writer* writer, base::Writer* noise) const {
  writer->Varint(ids.size());
  uint32_t last_stable = 0;
  for (IdentifierNo id : ids) {
    const identity::IdentifierEntry& entry = identifiers_[id];
    const auto typed = typed_.find(id);
    const bool has_secret = secrets_in_use.contains(entry.stable);
    const uint64_t name_space = ledger_->strings.Intern(entry.name_space_name);  // Is in there.
    writer->Varint(entry.stable - last_stable);
    writer->Varint(name_space << kIdentifierFlagBits | (has_secret ? kHasSecret : 0) |
                   (typed != typed_.end() ? kHasTyped : 0));
    const model::PackedText value(entry.value);
    writer->Varint(value.head());
    (model::FormOf(value.head()) == model::TextForm::kPlain ? writer : noise)
        ->Append(value.bytes());
    if (typed != typed_.end()) writer->String(typed->second);
    const store::Secret& secret = entry.secret;
    if (has_secret) noise->Append({reinterpret_cast<const char*>(secret.data()), secret.size()});
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

// Views into the island.
struct Engine::IslandIdentifier {
  uint32_t stable = 0;
  std::string_view name_space;
  uint64_t value_head = 0;
  std::string_view value;  // Where it is no noise.
  std::string_view typed;
  bool has_secret = false;

  bool is_noise() const { return model::FormOf(value_head) != model::TextForm::kPlain; }
  uint64_t noise_bytes() const {
    return (is_noise() ? model::PackedBytes(value_head) : 0) +
           (has_secret ? sizeof(store::Secret) : 0);
  }
};

Status Engine::LoadIslandRecords(std::string_view bytes) {
  base::Reader reader(bytes);
  if (reader.Byte() != static_cast<uint8_t>(VaultEntry::kIsland)) return Malformed();
  if (reader.Byte() != kIslandVersion) return Malformed();
  std::vector<IslandIdentifier> identifiers;
  EvidenceReader evidence;
  if (!ReadIdentifiers(&reader, &identifiers) || !evidence.Open(&reader)) return Malformed();
  uint64_t noise_bytes = evidence.noise_bytes();
  std::vector<uint32_t> stable;
  for (const IslandIdentifier& identifier : identifiers) {
    stable.push_back(identifier.stable);
    noise_bytes += identifier.noise_bytes();
  }
  if (noise_bytes > reader.remaining()) return Malformed();
  const std::string_view rests = reader.Bytes(reader.remaining() - noise_bytes);
  base::Reader noise(reader.Bytes(noise_bytes));
  CXJ_RETURN_IF_ERROR(LoadIslandIdentifiers(identifiers, &noise));
  evidence.Start(stable, rests, noise.Bytes(noise.remaining()));
  return LoadIslandEvidence(&evidence);
}

bool Engine::ReadIdentifiers(base::Reader* reader,
                             std::vector<IslandIdentifier>* identifiers) const {
  uint32_t stable = 0;
  for (uint64_t left = reader->Varint(); left > 0 && reader->ok(); --left) {
    IslandIdentifier identifier;
    identifier.stable = stable += static_cast<uint32_t>(reader->Varint());
    const uint64_t lead = reader->Varint();
    const uint64_t name_space = lead >> kIdentifierFlagBits;
    if (!ledger_->strings.Contains(static_cast<uint32_t>(name_space))) return false;
    identifier.name_space = ledger_->strings.Get(static_cast<uint32_t>(name_space));
    identifier.value_head = reader->Varint();
    if (model::PackedBytes(identifier.value_head) > reader->remaining()) return false;
    if (!identifier.is_noise()) {
      identifier.value = reader->Bytes(model::PackedBytes(identifier.value_head));
    }
    if ((lead & kHasTyped) != 0) identifier.typed = reader->String();
    identifier.has_secret = (lead & kHasSecret) != 0;
    identifiers->push_back(identifier);
  }
  return reader->ok();
}

Status Engine::LoadIslandIdentifiers(const std::vector<IslandIdentifier>& identifiers,
                                     base::Reader* noise) {
  for (const IslandIdentifier& identifier : identifiers) {
    if (FindStable(identifier.stable) != kNoIdentifier) return Malformed();
    const std::string_view packed = identifier.is_noise()
                                        ? noise->Bytes(model::PackedBytes(identifier.value_head))
                                        : identifier.value;
    std::string value;
    if (!model::UnpackText(identifier.value_head, packed, &value)) return Malformed();
    store::Secret secret{};
    if (identifier.has_secret) {
      const std::string_view key = noise->Bytes(secret.size());
      std::copy(key.begin(), key.end(), secret.begin());
    }
    const IdentifierNo no = AddKnownIdentifier(identifier.name_space, value, identifier.typed,
                                               secret, identifier.stable);
    if (!identifier.has_secret) identifiers_.ForgetSecret(no);
  }
  return Status();
}

Status Engine::LoadIslandEvidence(EvidenceReader* evidence) {
  RecordKind kind{};
  Stored stored;
  while (!evidence->AtEnd()) {
    if (!evidence->Next(&kind, &stored)) return Malformed();
    if (kind == RecordKind::kTouchpoint) {
      CXJ_ASSIGN_OR_RETURN(Decoded decoded, Decode(stored));
      CXJ_RETURN_IF_ERROR(TakeTouchpoint(stored, std::move(decoded)));
    } else {
      CXJ_ASSIGN_OR_RETURN(AssertionBody body, ParseAssertionBody(stored.body));
      CXJ_RETURN_IF_ERROR(TakeAssertion(kind, std::move(body), stored));
    }
  }
  return evidence->IsWhole() ? Status() : Malformed();
}

// Keys -------------------------------------------------------------------------------------------

void Engine::ListKeys(const Island& island, const Seal& seal, std::vector<VaultKey>* keys) const {
  for (IdentifierNo id : island.identifiers) {
    const identity::IdentifierEntry& entry = identifiers_[id];
    if (entry.stable < seal.identifiers) continue;
    keys->push_back(
        Directory::OfIdentifier(identifiers_.HashOf(entry.name_space_name, entry.value)));
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
