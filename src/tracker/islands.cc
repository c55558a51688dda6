// Finding, writing and reading islands.
#include "tracker/islands.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/prefetch.h"
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
  visit_both(leg.source, leg.details->conversation_id, leg.details->parent_id);
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
  bool joins = false;                     // Evidence of islands that were others.
};

// Once all that is new is sealed: what was renewed is among that.
void Engine::ForgetSecrets(const std::vector<IdentifierNo>& idle) {
  for (IdentifierNo no : idle) identifiers_.ForgetSecret(no);
  renewed_.clear();
}

// Of the island's first `rows` rows and all its assertions. `is_wanted` takes a node and a sequence
// number.
template <class IsWanted>
Engine::Selection Engine::Select(const Island& island, size_t rows, IsWanted is_wanted) const {
  Selection selection;
  selection.bodies.reserve(island.assertions.size());
  for (RowNo no : std::span(island.rows).first(rows)) {
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

// Identifiers that an addition names by their numbers alone, of those that are listed already.
void Engine::SelectKnown(const std::vector<IdentifierNo>& listed, Selection* selection) const {
  std::vector<IdentifierNo>& known = selection->known;
  for (IdentifierNo no : selection->named) {
    if (std::binary_search(listed.begin(), listed.end(), no)) known.push_back(no);
  }
  for (IdentifierNo no : renewed_.empty() ? std::vector<IdentifierNo>() : listed) {
    if (renewed_.contains(no) && !identifiers_[no].apart) known.push_back(no);
  }
  base::SortUnique(&known);
  selection->identifiers.insert(selection->identifiers.end(), known.begin(), known.end());
}

// Of those that a text is the first to list.
std::vector<IdentifierNo> Engine::IdleOf(const Selection& selection) const {
  std::vector<IdentifierNo> idle;
  for (IdentifierNo no : selection.identifiers) {
    const identity::IdentifierEntry& entry = identifiers_[no];
    // Another island may hold the secret of one that is only mentioned here.
    if (!selection.secrets.contains(entry.stable) && !entry.apart) idle.push_back(no);
  }
  return idle;
}

// Those that what is sealed of the island does not list.
std::vector<IdentifierNo> Engine::NewIdentifiersOf(const Island& island) {
  std::vector<IdentifierNo> fresh;
  std::set_difference(island.identifiers.begin(), island.identifiers.end(), island.listed.begin(),
                      island.listed.end(), std::back_inserter(fresh));
  return fresh;
}

Engine::EncodedIsland Engine::EncodeIsland(const Island& island) const {
  EncodedIsland encoded;
  Selection all =
      Select(island, island.rows.size(), [](Components::Node, uint64_t) { return true; });
  all.identifiers = island.identifiers;
  encoded.idle = IdleOf(all);
  encoded.text = WriteText({}, &all);
  return encoded;
}

Engine::EncodedIsland Engine::EncodeWhatIsNew(const Island& island, const Seal& seal,
                                              size_t additions) const {
  if (island.main == kNoIsland) return EncodeIsland(island);
  const size_t total = island.rows.size() + island.assertions.size();
  if (additions >= kAdditionsMin + total / kEvidencePerAddition) return EncodeIsland(island);
  Selection fresh = Select(island, island.new_rows, [&](Components::Node node, uint64_t sequence) {
    return components_.IslandOf(node) != island.main || sequence >= seal.next_sequence;
  });
  if (fresh.evidence.size() * 2 > total) return EncodeIsland(island);
  fresh.identifiers = NewIdentifiersOf(island);
  fresh.joins = island.before.size() > 1;
  EncodedIsland encoded;
  encoded.is_addition = true;
  encoded.idle = IdleOf(fresh);
  SelectKnown(island.listed, &fresh);
  encoded.text = WriteText({.is_addition = true, .since = seal.next_sequence}, &fresh);
  return encoded;
}

void Engine::PrefetchIsland(const Island& island, size_t stage) const {
  for (RowNo no : std::span(island.rows).first(island.new_rows)) {
    const Row& row = rows_[no];
    if (stage == 0) {
      base::PrefetchBetween(&row, &row + 1);
    } else {
      base::PrefetchBetween(row.body.data(), row.body.data() + row.body.size());
    }
  }
  if (stage == 0) return;
  for (IdentifierNo no : island.identifiers) identifiers_.Prefetch(no);
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

bool Engine::NeedsSecret(IdentifierNo no, bool is_known, const Selection& selection) const {
  const bool is_apart = identifiers_[no].apart;
  const bool is_used = selection.secrets.contains(StableOf(no));
  if (!is_known) return is_used;
  // One that several islands list, or did until now, may have its secret in another one.
  return (is_used && (is_apart || selection.joins)) || (renewed_.contains(no) && !is_apart);
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
  if (NeedsSecret(no, is_known, selection)) {
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

namespace {

Status BadIdentifier() {
  return Status(Code::kDataLoss, "a sealed island names an identifier that can't be");
}

// `identifier` says more of it than its number.
Result<std::string> ValueOf(const IslandIdentifier& identifier, const model::StringTable& strings) {
  std::string value;
  if (!model::UnpackText(identifier.value_head, identifier.value, &value) ||
      !strings.Contains(identifier.name_space)) {
    return BadIdentifier();
  }
  return value;
}

}  // namespace

Status Engine::LoadIslandIdentifier(const IslandIdentifier& identifier) {
  IdentifierNo no = FindStable(identifier.stable);
  store::Secret secret{};
  std::copy(identifier.secret.begin(), identifier.secret.end(), secret.begin());
  if (identifier.is_known()) {
    if (no == kNoIdentifier) return BadIdentifier();
  } else {
    CXJ_ASSIGN_OR_RETURN(const std::string value, ValueOf(identifier, ledger_->strings));
    const std::string_view name_space = ledger_->strings.Get(identifier.name_space);
    if (no == kNoIdentifier) {
      no = AddKnownIdentifier(name_space, value, identifier.typed, secret, identifier.stable);
      if (identifier.secret.empty()) identifiers_.ForgetSecret(no);
      return Status();
    }
    // Another island lists it too.
    const identity::IdentifierEntry& entry = identifiers_[no];
    if (entry.value != value || entry.name_space_name != name_space) return BadIdentifier();
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
      CXJ_ASSIGN_OR_RETURN(const std::string value, ValueOf(identifier, ledger_->strings));
      visit(identifier.stable, ledger_->strings.Get(identifier.name_space), value);
    }
  }
  return Status();
}

void Engine::NoteRejoined(uint32_t stable) {
  components_.NoteChange(components_.NodeOf(FindStable(stable)));
}

// Keys -------------------------------------------------------------------------------------------

void Engine::ListKeys(const Island& island, IslandNo number, const Seal& seal,
                      std::vector<VaultKey>* keys) const {
  for (IdentifierNo id : NewIdentifiersOf(island)) {
    const identity::IdentifierEntry& entry = identifiers_[id];
    if (entry.stable < seal.identifiers && !entry.apart) continue;
    const identity::Hash128 hash = identifiers_.HashOf(entry.name_space_name, entry.value);
    if (entry.apart) keys->push_back(directory_.OfMention(hash, number));
    if (entry.stable >= seal.identifiers) keys->push_back(Directory::OfIdentifier(hash));
  }
  for (RowNo no : std::span(island.rows).first(island.new_rows)) {
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
  prefixes->push_back(
      directory_.MentionsOf(identifiers_.HashOf(entry.name_space_name, entry.value)));
}

uint64_t Engine::memory_bytes() const {
  // Measured on the benchmark's workload (docs/BENCH.md).
  constexpr uint64_t kBytesPerRow = 900;
  constexpr uint64_t kBytesPerIdentifier = 600;
  return rows_.bytes() + rows_.size() * kBytesPerRow + identifiers_.size() * kBytesPerIdentifier;
}

}  // namespace cxjourney::tracker
