// Finding, writing and reading islands.
#include "tracker/islands.h"

#include <algorithm>

#include "base/short_list.h"
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

// A piece of evidence on its way into an island.
struct Evidence {
  RecordKind kind = RecordKind::kTouchpoint;
  Stored stored;
};

// How many additions an island may have: each costs whoever reads it a block, writing all of it
// costs as much as it holds. So few for small islands, and a share of a large one's evidence.
constexpr size_t kAdditionsMin = 5;
constexpr size_t kEvidencePerAddition = 256;

}  // namespace

// What of an island goes into a text.
struct Engine::Selection {
  std::vector<Evidence> evidence;
  std::vector<std::string> bodies;        // Of assertions; they stay where they are.
  std::vector<IdentifierNo> identifiers;  // What is to be said of them is new.
  std::vector<IdentifierNo> named;        // By the evidence; maybe again and again.
  std::vector<IdentifierNo> known;        // Said already; ascending.
  absl::flat_hash_set<uint32_t> secrets;  // In use by the evidence, by stable number.
};

// Once all that is new is sealed: what was renewed is among that.
void Engine::ForgetSecrets(const std::vector<IdentifierNo>& idle) {
  for (IdentifierNo no : idle) identifiers_.ForgetSecret(no);
  renewed_.clear();
}

// `is_wanted` takes a node and a sequence number.
template <class IsWanted>
Engine::Selection Engine::Select(const Island& island, IsWanted is_wanted) const {
  Selection selection;
  selection.bodies.reserve(island.assertions.size());
  for (IdentifierNo no : island.identifiers) {
    if (is_wanted(components_.NodeOf(no), 0)) selection.identifiers.push_back(no);
  }
  for (RowNo no : island.rows) {
    const Row& row = rows_[no];
    if (is_wanted(row.node, row.sequence())) SelectRow(no, row.stored(), &selection);
    for (const Stored& old : OldRevisions(no)) {
      if (is_wanted(row.node, old.sequence)) SelectRow(no, old, &selection);
    }
  }
  for (uint64_t sequence : island.assertions) {
    const AssertionState& assertion = assertions_.at(sequence);
    if (!is_wanted(assertion.node, sequence)) continue;
    AssertionBody body = assertion.body;
    body.identifiers = StableOf(body.identifiers);
    selection.bodies.push_back(EncodeAssertionBody(body));
    selection.evidence.push_back(
        {assertion.kind, {selection.bodies.back(), assertion.received, sequence}});
  }
  return selection;
}

void Engine::SelectRow(RowNo no, const Stored& stored, Selection* selection) const {
  selection->evidence.push_back({RecordKind::kTouchpoint, stored});
  for (const CarriedIdentifier& carried : rows_[no].carried) {
    selection->named.push_back(carried.no);
  }
  const auto body = ParseTouchpointBody(stored.body);
  if (!body.ok() || body->sealed_by == kNoIdentifier) return;
  if (selection->secrets.insert(body->sealed_by).second) {
    selection->named.push_back(FindStable(body->sealed_by));
  }
}

// Identifiers that an addition names by their numbers alone.
void Engine::SelectKnown(const Island& island, Selection* selection) const {
  const auto is_known = [&](IdentifierNo no) {
    return no != kNoIdentifier && components_.IslandOf(components_.NodeOf(no)) == island.main;
  };
  for (IdentifierNo no : selection->named) {
    if (is_known(no)) selection->known.push_back(no);
  }
  for (IdentifierNo no : renewed_.empty() ? std::vector<IdentifierNo>() : island.identifiers) {
    if (is_known(no) && renewed_.contains(no)) selection->known.push_back(no);
  }
  base::SortUnique(&selection->known);
  selection->identifiers.insert(selection->identifiers.end(), selection->known.begin(),
                                selection->known.end());
}

Engine::EncodedIsland Engine::EncodeIsland(const Island& island) const {
  EncodedIsland encoded;
  Selection all = Select(island, [](Components::Node, uint64_t) { return true; });
  encoded.text = WriteText({}, &all);
  for (IdentifierNo no : island.identifiers) {
    if (!all.secrets.contains(StableOf(no))) encoded.idle.push_back(no);
  }
  return encoded;
}

Engine::EncodedIsland Engine::EncodeWhatIsNew(const Island& island, const Seal& seal,
                                              size_t additions) const {
  if (island.main == kNoIsland) return EncodeIsland(island);
  const size_t total = island.rows.size() + island.assertions.size();
  if (additions >= kAdditionsMin + total / kEvidencePerAddition) return EncodeIsland(island);
  Selection fresh = Select(island, [&](Components::Node node, uint64_t sequence) {
    return components_.IslandOf(node) != island.main || sequence >= seal.next_sequence;
  });
  if (fresh.evidence.size() * 2 > total) return EncodeIsland(island);
  EncodedIsland encoded;
  encoded.is_addition = true;
  for (IdentifierNo no : fresh.identifiers) {
    if (!fresh.secrets.contains(StableOf(no))) encoded.idle.push_back(no);
  }
  SelectKnown(island, &fresh);
  encoded.text = WriteText({.is_addition = true, .since = seal.next_sequence}, &fresh);
  return encoded;
}

IslandText Engine::WriteText(const IslandTextHead& head, Selection* selection) const {
  std::vector<IdentifierNo>& ids = selection->identifiers;
  std::sort(ids.begin(), ids.end(),
            [&](IdentifierNo a, IdentifierNo b) { return StableOf(a) < StableOf(b); });
  const identity::IdentifierList stable = StableOf(ids);
  IslandWriter writer(head, stable);
  for (IdentifierNo no : ids) WriteIdentifier(no, *selection, &writer);
  std::sort(
      selection->evidence.begin(), selection->evidence.end(),
      [](const Evidence& a, const Evidence& b) { return a.stored.sequence < b.stored.sequence; });
  for (const auto& [kind, stored] : selection->evidence) writer.Add(kind, stored);
  return writer.Finish();
}

void Engine::WriteIdentifier(IdentifierNo no, const Selection& selection,
                             IslandWriter* writer) const {
  const identity::IdentifierEntry& entry = identifiers_[no];
  const std::vector<IdentifierNo>& known = selection.known;
  const bool is_known = std::binary_search(known.begin(), known.end(), no);
  const model::PackedText value(is_known ? std::string_view() : entry.value);
  IslandIdentifier identifier;
  identifier.stable = entry.stable;
  if (!is_known) {
    identifier.name_space = ledger_->strings.Intern(entry.name_space_name);  // Is in there.
    identifier.value_head = value.head();
    identifier.value = value.bytes();
    const auto typed = typed_.find(no);
    if (typed != typed_.end()) identifier.typed = typed->second;
  }
  if (is_known ? renewed_.contains(no) : selection.secrets.contains(entry.stable)) {
    identifier.secret = {reinterpret_cast<const char*>(entry.secret.data()), entry.secret.size()};
  }
  writer->Add(identifier);
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

Status Engine::LoadIslandIdentifier(const IslandIdentifier& identifier) {
  const Status malformed(Code::kDataLoss, "a sealed island names an identifier that can't be");
  IdentifierNo no = FindStable(identifier.stable);
  if ((no != kNoIdentifier) != identifier.is_known()) return malformed;
  store::Secret secret{};
  std::copy(identifier.secret.begin(), identifier.secret.end(), secret.begin());
  if (identifier.is_known()) {
    if (!identifier.secret.empty()) identifiers_.SetSecret(no, secret);
    return Status();
  }
  std::string value;
  if (!model::UnpackText(identifier.value_head, identifier.value, &value) ||
      !ledger_->strings.Contains(identifier.name_space)) {
    return malformed;
  }
  no = AddKnownIdentifier(ledger_->strings.Get(identifier.name_space), value, identifier.typed,
                          secret, identifier.stable);
  if (identifier.secret.empty()) identifiers_.ForgetSecret(no);
  return Status();
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
