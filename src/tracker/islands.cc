// Finding, writing and reading islands.
#include "tracker/islands.h"

#include <algorithm>
#include <utility>

#include "base/status_macros.h"
#include "model/packed_text.h"
#include "tracker/engine.h"

namespace cxjourney::tracker {

using store::RecordKind;
using store::VaultKey;

// Directory --------------------------------------------------------------------------------------

void Directory::SetKeys(const store::Secret& root, uint32_t tenant) {
  touchpoint_ = identity::KeyedHash::Derive(root, tenant, "directory/touchpoint");
  conversation_ = identity::KeyedHash::Derive(root, tenant, "directory/conversation");
  assertion_ = identity::KeyedHash::Derive(root, tenant, "directory/assertion");
  mention_ = identity::KeyedHash::Derive(root, tenant, "directory/mention");
}

VaultKey Directory::Cut(const identity::Hash128& hash) {
  VaultKey key;
  std::memcpy(key.data(), &hash.low, sizeof hash.low);
  std::memcpy(key.data() + sizeof hash.low, &hash.high, key.size() - sizeof hash.low);
  return key;
}

store::VaultPrefix Directory::OfCustomer(CustomerId id) {
  const auto number = static_cast<uint64_t>(id);
  store::VaultPrefix prefix;
  std::memcpy(prefix.data(), &number, sizeof number);
  return prefix;
}

store::VaultPrefix Directory::MentionsOf(const identity::Hash128& hash) const {
  const identity::Hash128 own = mention_({reinterpret_cast<const char*>(&hash), sizeof hash});
  store::VaultPrefix prefix;
  std::memcpy(prefix.data(), &own.low, prefix.size());
  return prefix;
}

VaultKey Directory::OfMention(const identity::Hash128& hash, IslandNo island) const {
  const store::VaultPrefix prefix = MentionsOf(hash);
  VaultKey key;
  std::memcpy(key.data(), prefix.data(), prefix.size());
  std::memcpy(key.data() + prefix.size(), &island, sizeof island);
  return key;
}

VaultKey Directory::OfNumber(const identity::KeyedHash& hash, uint64_t number) {
  return Cut(hash({reinterpret_cast<const char*>(&number), sizeof number}));
}

// What hangs together ----------------------------------------------------------------------------

void Engine::JoinTouchpoint(RowNo no, const Touchpoint& content,
                            std::span<const IdentifierNo> ids) {
  const Components::Node node = rows_[no].node;
  components_.NoteChange(node);
  for (IdentifierNo id : ids) {
    if (identifiers_[id].apart) {
      components_.Mention(id, node);
    } else {
      components_.Join(components_.NodeOf(id), node);
    }
  }
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
    // What is said of an identifier is about everything that carries it.
    if (std::exchange(identifiers_.at(id).apart, false)) components_.JoinMentions(id);
    components_.Join(components_.NodeOf(id), assertion.node);
  }
  if (body.target == 0) return;
  const Components::Node target = body.target_is_touchpoint
                                      ? rows_[rows_.FindByFirstSequence(body.target)].node
                                      : assertions_.at(body.target).node;
  components_.Join(target, assertion.node);
}

// Once all that is new is sealed: what was renewed is among that.
void Engine::ForgetSecrets(const std::vector<IdentifierNo>& idle) {
  for (IdentifierNo no : idle) identifiers_.ForgetSecret(no);
  renewed_.clear();
}

// Loading ----------------------------------------------------------------------------------------

Status Engine::LoadIsland(IslandNo island, const std::vector<std::string>& texts) {
  std::vector<IslandReader> readers;
  CXJ_RETURN_IF_ERROR(OpenIsland(texts, &readers));
  const bool settle = !loading_;
  const RowNo first_row = rows_.size();
  const Components::Mark mark = components_.GetMark();
  loading_ = true;
  Status loaded;
  for (IslandReader& reader : readers) {
    rows_.BeginRun();
    if (loaded.ok()) loaded = LoadIslandText(&reader);
  }
  loading_ = !settle;
  CXJ_RETURN_IF_ERROR(loaded);
  components_.CameFrom(island, mark);
  if (!settle) return Status();
  for (RowNo no = first_row; no < rows_.size(); ++no) {
    if (rows_[no].counts()) Deposit(no);
  }
  Settle(nullptr);
  return Status();
}

Status Engine::LoadIslandText(IslandReader* reader) {
  for (const IslandIdentifier& identifier : reader->identifiers()) {
    CXJ_RETURN_IF_ERROR(LoadIslandIdentifier(identifier));
  }
  RecordKind kind{};
  Stored stored;
  while (!reader->AtEnd()) {
    CXJ_RETURN_IF_ERROR(reader->Next(&kind, &stored));
    if (kind == RecordKind::kTouchpoint) {
      CXJ_ASSIGN_OR_RETURN(Decoded decoded, Decode(stored));
      CXJ_RETURN_IF_ERROR(TakeTouchpoint(stored, std::move(decoded)));
    } else {
      CXJ_ASSIGN_OR_RETURN(AssertionBody body, ParseAssertionBody(stored.body));
      CXJ_RETURN_IF_ERROR(TakeAssertion(kind, std::move(body), stored));
    }
  }
  return reader->CheckWhole();
}

namespace {

Status BadIdentifier() {
  return Status(Code::kDataLoss, "a sealed island names an identifier that can't be");
}

// `identifier` says more of it than its number.
Result<StoredName> NameOf(const IslandIdentifier& identifier, const model::StringTable& strings) {
  StoredName name;
  name.is_bare = identifier.is_bare();
  if (!strings.Contains(identifier.name_space)) return BadIdentifier();
  if (!name.is_bare) {
    if (!model::UnpackText(identifier.value_head, identifier.value, &name.value)) {
      return BadIdentifier();
    }
    return name;
  }
  base::Reader reader(identifier.value);
  name.hash = ReadHash(&reader);
  if (identifier.value_head == kBareRefusedHead) {
    const unsigned low = reader.Byte();
    name.recorded = static_cast<Reason>(low | unsigned{reader.Byte()} << 8);
  }
  return name;
}

}  // namespace

Status Engine::LoadIslandIdentifier(const IslandIdentifier& identifier) {
  IdentifierNo no = FindStable(identifier.stable);
  store::Secret secret{};
  std::copy(identifier.secret.begin(), identifier.secret.end(), secret.begin());
  if (identifier.is_known()) {
    if (no == kNoIdentifier) return BadIdentifier();
  } else {
    CXJ_ASSIGN_OR_RETURN(const StoredName name, NameOf(identifier, ledger_->strings));
    const std::string_view name_space = ledger_->strings.Get(identifier.name_space);
    if (no == kNoIdentifier) {
      no = AddKnownIdentifier(name_space, name, identifier.typed, &secret, identifier.stable);
      if (identifier.secret.empty()) identifiers_.ForgetSecret(no);
      return Status();
    }
    // Another island lists it too.
    const identity::IdentifierEntry& entry = identifiers_[no];
    const bool is_same = entry.is_bare == name.is_bare && entry.value == name.value &&
                         (!name.is_bare || entry.hash == name.hash);
    if (!is_same || entry.name_space_name != name_space) return BadIdentifier();
    components_.NoteListed(no);
  }
  if (!identifier.secret.empty()) identifiers_.SetSecret(no, secret);
  return Status();
}

Status Engine::VisitIdentifiers(const std::vector<std::string>& texts,
                                const VisitIdentifier& visit) const {
  std::vector<IslandReader> readers;
  CXJ_RETURN_IF_ERROR(OpenIsland(texts, &readers));
  for (const IslandReader& reader : readers) {
    for (const IslandIdentifier& identifier : reader.identifiers()) {
      if (identifier.is_known()) continue;
      CXJ_ASSIGN_OR_RETURN(const StoredName name, NameOf(identifier, ledger_->strings));
      visit(identifier.stable, ledger_->strings.Get(identifier.name_space), name);
    }
  }
  return Status();
}

void Engine::NoteRejoined(uint32_t stable) {
  components_.NoteChange(components_.NodeOf(FindStable(stable)));
}

// Keys -------------------------------------------------------------------------------------------

void Engine::ListUnknown(const model::CanonicalTouchpoint& touchpoint,
                         std::vector<VaultKey>* keys) const {
  for (const model::CanonicalIdentifier& identifier : touchpoint.identifiers) {
    if (FindIdentifier(identifier) == kNoIdentifier) keys->push_back(KeyOf(identifier));
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

VaultKey Engine::KeyOf(const model::CanonicalIdentifier& identifier) const {
  return Directory::OfIdentifier(
      identifiers_.HashOf(rules_->namespaces[identifier.name_space].name, identifier.value));
}

void Engine::ListAll(const model::CanonicalIdentifier& identifier, std::vector<VaultKey>* keys,
                     std::vector<store::VaultPrefix>* prefixes) const {
  const IdentifierNo no = FindIdentifier(identifier);
  const bool apart = no != kNoIdentifier && identifiers_[no].apart;
  if (no == kNoIdentifier || apart) keys->push_back(KeyOf(identifier));
  if (!apart) return;
  const identity::IdentifierEntry& entry = identifiers_[no];
  prefixes->push_back(directory_.MentionsOf(identifiers_.OwnHashOf(entry)));
}

uint64_t Engine::memory_bytes() const {
  // Measured on the benchmark's workload (docs/BENCH.md).
  constexpr uint64_t kBytesPerRow = 900;
  constexpr uint64_t kBytesPerIdentifier = 600;
  return rows_.bytes() + rows_.size() * kBytesPerRow + identifiers_.size() * kBytesPerIdentifier;
}

}  // namespace cxjourney::tracker
