#include "tracker/island_encoder.h"

#include <algorithm>
#include <span>

#include "base/prefetch.h"
#include "base/short_list.h"
#include "model/packed_text.h"

namespace cxjourney::tracker {
namespace {

// How many additions an island may have: each costs whoever reads it a block, writing all of it
// costs as much as it holds. So few for small islands, and a share of a large one's evidence.
constexpr size_t kAdditionsMin = 8;
constexpr size_t kEvidencePerAddition = 256;

// In the place of a value that is not kept.
uint64_t HeadOfBare(const identity::IdentifierEntry& entry) {
  return entry.recorded == Reason::kNone ? kBareHead : kBareRefusedHead;
}

std::string BareValue(const identity::IdentifierEntry& entry) {
  std::string bytes;
  base::Writer writer(&bytes);
  WriteHash(entry.hash, &writer);
  if (entry.recorded == Reason::kNone) return bytes;
  const auto reason = static_cast<uint16_t>(entry.recorded);
  writer.Byte(static_cast<uint8_t>(reason & 0xff));
  writer.Byte(static_cast<uint8_t>(reason >> 8));
  return bytes;
}

}  // namespace

void IslandEncoder::Selection::Clear() {
  evidence.clear();
  bodies.clear();
  identifiers.clear();
  named.clear();
  known.clear();
  secrets.clear();
  joins = false;
}

void IslandEncoder::Prefetch(const Island& island, size_t stage) const {
  for (RowNo no : island.rows.first(island.new_rows)) {
    const Row& row = engine_.rows_[no];
    if (stage == 0) {
      base::PrefetchBetween(&row, &row + 1);
    } else {
      base::PrefetchBetween(row.body.data(), row.body.data() + row.body.size());
    }
  }
  if (stage == 0) return;
  for (IdentifierNo no : island.unlisted) engine_.identifiers_.Prefetch(no);
}

// What goes in ---------------------------------------------------------------------------------

// Of the island's first `rows` rows and all its assertions. `is_wanted` takes a node and a sequence
// number.
template <class IsWanted>
void IslandEncoder::Select(const Island& island, size_t rows, IsWanted is_wanted) {
  selection_.Clear();
  selection_.bodies.reserve(island.assertions.size());
  for (RowNo no : island.rows.first(rows)) {
    const Row& row = engine_.rows_[no];
    if (is_wanted(row.node, row.sequence())) SelectRow(row, row.stored());
    for (const Stored& old : OldRevisions(no)) {
      if (is_wanted(row.node, old.sequence)) SelectRow(row, old);
    }
  }
  for (uint64_t sequence : island.assertions) {
    const AssertionState& assertion = engine_.assertions_.at(sequence);
    if (is_wanted(assertion.node, sequence)) SelectAssertion(sequence, assertion);
  }
  base::SortUnique(&selection_.secrets);
  for (uint32_t stable : selection_.secrets) {
    selection_.named.push_back(engine_.FindStable(stable));
  }
}

void IslandEncoder::SelectRow(const Row& row, const Stored& stored) {
  selection_.evidence.push_back({store::RecordKind::kTouchpoint, stored});
  for (const CarriedIdentifier& carried : row.carried) selection_.named.push_back(carried.no);
  const auto body = ParseTouchpointBody(stored.body);
  const bool is_sealed = body.ok() && body->sealed_by != kNoIdentifier;
  if (is_sealed) selection_.secrets.push_back(body->sealed_by);
}

void IslandEncoder::SelectAssertion(uint64_t sequence, const AssertionState& assertion) {
  AssertionBody body = assertion.body;
  body.identifiers = engine_.StableOf(body.identifiers);
  selection_.bodies.push_back(EncodeAssertionBody(body));
  selection_.evidence.push_back(
      {assertion.kind, {selection_.bodies.back(), assertion.received, sequence}});
}

// Identifiers that an addition names by their numbers alone, of those that are listed already.
void IslandEncoder::SelectKnown(const Island& island) {
  std::vector<IdentifierNo>& known = selection_.known;
  for (IdentifierNo no : selection_.named) {
    if (std::binary_search(island.listed.begin(), island.listed.end(), no)) known.push_back(no);
  }
  if (!engine_.renewed_.empty()) {
    for (IdentifierNo no : island.listed) {
      if (engine_.renewed_.contains(no) && !engine_.identifiers_[no].apart) known.push_back(no);
    }
  }
  base::SortUnique(&known);
  selection_.identifiers.insert(selection_.identifiers.end(), known.begin(), known.end());
}

bool IslandEncoder::IsUsed(uint32_t stable) const {
  return std::binary_search(selection_.secrets.begin(), selection_.secrets.end(), stable);
}

// Of those that a text is the first to list.
void IslandEncoder::NoteIdle() {
  encoded_.idle.clear();
  for (IdentifierNo no : selection_.identifiers) {
    const identity::IdentifierEntry& entry = engine_.identifiers_[no];
    // Another island may hold the secret of one that is only mentioned here.
    if (!IsUsed(entry.stable) && !entry.apart) encoded_.idle.push_back(no);
  }
}

// Texts ----------------------------------------------------------------------------------------

const EncodedIsland& IslandEncoder::EncodeAll(const Island& island) {
  Select(island, island.rows.size(), [](Components::Node, uint64_t) { return true; });
  std::vector<IdentifierNo>& all = selection_.identifiers;
  all.assign(island.listed.begin(), island.listed.end());
  all.insert(all.end(), island.unlisted.begin(), island.unlisted.end());
  NoteIdle();
  encoded_.is_addition = false;
  return Write({});
}

const EncodedIsland& IslandEncoder::EncodeWhatIsNew(const Island& island, size_t additions) {
  if (island.main == kNoIsland) return EncodeAll(island);
  const size_t total = island.rows.size() + island.assertions.size();
  if (additions >= kAdditionsMin + total / kEvidencePerAddition) return EncodeAll(island);
  Select(island, island.new_rows, [&](Components::Node node, uint64_t sequence) {
    return engine_.components_.IslandOf(node) != island.main || sequence >= seal_.next_sequence;
  });
  if (selection_.evidence.size() * 2 > total) return EncodeAll(island);
  selection_.identifiers.assign(island.unlisted.begin(), island.unlisted.end());
  selection_.joins = island.before.size() > 1;
  NoteIdle();
  SelectKnown(island);
  encoded_.is_addition = true;
  return Write({.is_addition = true, .since = seal_.next_sequence});
}

const EncodedIsland& IslandEncoder::Write(const IslandTextHead& head) {
  std::vector<IdentifierNo>& ids = selection_.identifiers;
  std::sort(ids.begin(), ids.end(), [&](IdentifierNo a, IdentifierNo b) {
    return engine_.StableOf(a) < engine_.StableOf(b);
  });
  stable_.clear();
  for (IdentifierNo no : ids) stable_.push_back(engine_.StableOf(no));
  writer_.Start(head, stable_);
  for (IdentifierNo no : ids) WriteIdentifier(no);
  std::sort(
      selection_.evidence.begin(), selection_.evidence.end(),
      [](const Evidence& a, const Evidence& b) { return a.stored.sequence < b.stored.sequence; });
  for (const auto& [kind, stored] : selection_.evidence) writer_.Add(kind, stored);
  const IslandText& text = writer_.Finish();
  encoded_.bytes = text.bytes;
  encoded_.noise_bytes = text.noise_bytes;
  return encoded_;
}

bool IslandEncoder::NeedsSecret(IdentifierNo no, bool is_known) const {
  const bool is_apart = engine_.identifiers_[no].apart;
  const bool is_used = IsUsed(engine_.StableOf(no));
  if (!is_known) return is_used;
  // One that several islands list, or did until now, may have its secret in another one.
  return (is_used && (is_apart || selection_.joins)) ||
         (engine_.renewed_.contains(no) && !is_apart);
}

void IslandEncoder::WriteIdentifier(IdentifierNo no) {
  const identity::IdentifierEntry& entry = engine_.identifiers_[no];
  const std::vector<IdentifierNo>& known = selection_.known;
  const bool is_known = std::binary_search(known.begin(), known.end(), no);
  const model::PackedText value(is_known ? std::string_view() : entry.value);
  const std::string bare = entry.is_bare ? BareValue(entry) : std::string();
  IslandIdentifier identifier;
  identifier.stable = entry.stable;
  if (!is_known) {
    identifier.name_space = engine_.ledger_->strings.Intern(entry.name_space_name);  // Is in there.
    identifier.value_head = entry.is_bare ? HeadOfBare(entry) : value.head();
    identifier.value = entry.is_bare ? std::string_view(bare) : value.bytes();
    const auto typed = engine_.typed_.find(no);
    if (typed != engine_.typed_.end()) identifier.typed = typed->second;
  }
  if (NeedsSecret(no, is_known)) {
    identifier.secret = {reinterpret_cast<const char*>(entry.secret.data()), entry.secret.size()};
  }
  writer_.Add(identifier);
}

// Keys -----------------------------------------------------------------------------------------

const std::vector<store::VaultKey>& IslandEncoder::ListKeys(const Island& island) {
  keys_.clear();
  const Directory& directory = engine_.directory_;
  for (IdentifierNo id : island.unlisted) {
    const identity::IdentifierEntry& entry = engine_.identifiers_[id];
    if (entry.stable < seal_.identifiers && !entry.apart) continue;
    const identity::Hash128 hash = engine_.identifiers_.OwnHashOf(entry);
    if (entry.apart) keys_.push_back(directory.OfMention(hash, island.no));
    if (entry.stable >= seal_.identifiers) keys_.push_back(Directory::OfIdentifier(hash));
  }
  for (RowNo no : island.rows.first(island.new_rows)) ListRow(no);
  for (uint64_t sequence : island.assertions) {
    if (sequence >= seal_.next_sequence) keys_.push_back(directory.OfAssertion(sequence));
  }
  return keys_;
}

// Its own key, and those of what it hangs together with besides identifiers, now or in a revision
// that is not the newest.
void IslandEncoder::ListRow(RowNo no) {
  const Row& row = engine_.rows_[no];
  const journey::Leg& leg = row.leg;
  const bool is_new = std::any_of(
      row.revisions.begin(), row.revisions.end(),
      [&](const Revision& revision) { return revision.sequence >= seal_.next_sequence; });
  if (!is_new) return;
  if (row.first_sequence >= seal_.next_sequence) {
    keys_.push_back(engine_.directory_.OfTouchpoint(leg.source, leg.id));
  }
  ListThreads(leg.source, leg.details->conversation_id, leg.details->parent_id);
  for (const Stored& old : OldRevisions(no)) {
    const auto decoded = engine_.Decode(old);
    if (!decoded.ok()) continue;  // It was decoded when it came in.
    const Touchpoint& content = *decoded->touchpoint.content;
    ListThreads(leg.source, content.conversation_id, content.parent_id);
  }
}

void IslandEncoder::ListThreads(std::string_view source, std::string_view conversation,
                                std::string_view parent) {
  const Directory& directory = engine_.directory_;
  if (!conversation.empty()) keys_.push_back(directory.OfConversation(source, conversation));
  if (!parent.empty()) keys_.push_back(directory.OfTouchpoint(source, parent));
}

std::span<const Stored> IslandEncoder::OldRevisions(RowNo no) const {
  const auto found = engine_.old_revisions_.find(no);
  return found == engine_.old_revisions_.end() ? std::span<const Stored>() : found->second;
}

}  // namespace cxjourney::tracker
