// Which evidence hangs together: union-find over identifiers, touchpoints and assertions, kept as
// they arrive. Components only grow and join; those of them that changed are sealed as islands.
//
// Not thread-safe; the engine's lock covers it.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <cstdint>
#include <span>
#include <vector>

#include "base/arena.h"
#include "base/pages.h"
#include "base/prefetch.h"
#include "tracker/islands.h"

namespace cxjourney::tracker {

class Components {
 public:
  using Node = uint32_t;

  // A new one, alone so far. Identifiers come in the order of their numbers.
  void AddIdentifier(IdentifierNo no) { identifiers_.push_back(Add(Kind::kIdentifier, no)); }
  Node AddRow(RowNo no) { return Add(Kind::kRow, no); }
  Node AddAssertion(uint64_t sequence);
  Node NodeOf(IdentifierNo no) const { return identifiers_[no]; }
  // Ask for the memory that NodeOf reads, then for the node's.
  void PrefetchNumber(IdentifierNo no) const { base::Prefetch(&identifiers_[no]); }
  void Prefetch(IdentifierNo no) const { base::Prefetch(&nodes_[NodeOf(no)]); }

  void Join(Node a, Node b);
  // `node` carries the identifier, and is not joined by it.
  void Mention(IdentifierNo no, Node node);
  // Of what comes from one island: that lists the identifier, which another one has brought in.
  void NoteListed(IdentifierNo no) { Add(Kind::kIdentifier, no); }
  // After Mention: from now on it is, with everything else that carries it.
  void JoinMentions(IdentifierNo no);
  const std::vector<Node>& MentionsOf(IdentifierNo no) { return mentions_[no]; }
  // Everything of one conversation is one.
  void JoinConversation(const store::VaultKey& key, Node node) { JoinText(key, node, &first_of_); }
  // A touchpoint that is not there yet is named as somebody's parent; and is there now.
  void Await(const store::VaultKey& key, Node child) { JoinText(key, child, &awaiting_); }
  bool awaits() const { return !awaiting_.empty(); }
  void Arrive(const store::VaultKey& key, Node parent);

  // Something of its component is new since the last seal.
  void NoteChange(Node node) { changed_.push_back(node); }
  // The components in which something is; `changed` is fresh.
  struct ChangedIslands {
    std::vector<Island> islands;
    base::Arena lists;
  };
  void ListChanged(ChangedIslands* changed);
  // It is in the vault now, under its number. REQUIRES: of the last ListChanged.
  void SetSealed(const Island& island);
  IslandNo IslandOf(Node node) const { return nodes_[node].island; }
  void ForgetChanges() {
    changed_.clear();
    named_.clear();
  }
  // The log is about to name what stands there: true if it must name the island first, which it
  // does once after every seal.
  bool NameIslandOf(Node node) {
    const IslandNo island = IslandOf(node);
    return island != kNoIsland && named_.insert(island).second;
  }

  // Everything that was added since `mark` was taken came out of one island, and is one: what
  // joined it once may be no evidence any more.
  struct Mark {
    size_t nodes = 0;
    size_t changes = 0;
  };
  Mark GetMark() const { return {nodes_.size(), changed_.size()}; }
  void CameFrom(IslandNo no, const Mark& mark);

 private:
  enum class Kind : uint8_t {
    kIdentifier,
    kRow,
    kAssertion
  };
  struct Entry {
    Node parent;
    Node next;  // The members of a component are a ring.
    uint32_t number;
    IslandNo island;  // Where it is sealed.
    Kind kind;
  };
  using TextMap = base::BigMap<store::VaultKey, Node>;

  Node Add(Kind kind, uint32_t number);
  Node Root(Node node);
  void JoinText(const store::VaultKey& key, Node node, TextMap* first_of);
  // For ListChanged: room for the lists of one component.
  struct Collected {
    absl::flat_hash_set<Node> renewed;  // Of which something is new though they are sealed.
    std::vector<Node> members;
    std::vector<IslandNo> before;
    std::vector<IdentifierNo> listed;
    std::vector<IdentifierNo> unlisted;
    std::vector<RowNo> rows;
    size_t new_rows = 0;
    std::vector<uint64_t> assertions;
    std::vector<Node> unsealed;

    void ClearLists();
  };
  Island Collect(Node member, Collected* collected, base::Arena* lists);
  void Follow(Node member, Collected* collected);
  void AddTo(Collected* collected, Node node, IslandNo main) const;
  void PrefetchRings(std::span<const Node> members) const;
  IslandNo LargestOf(const std::vector<IslandNo>& islands, const std::vector<Node>& members) const;

  base::Chunks<Entry, 4096> nodes_;
  base::BigVector<Node> identifiers_;  // By number.
  std::vector<uint64_t> sequences_;    // Of assertions, by their number here.
  TextMap first_of_;                   // By conversation: one of its touchpoints.
  TextMap awaiting_;                   // By parent's key: one of its children.
  absl::flat_hash_map<IdentifierNo, std::vector<Node>> mentions_;
  std::vector<Node> changed_;
  std::vector<bool> seen_;               // By ListChanged; room that is used again.
  absl::flat_hash_set<IslandNo> named_;  // By the log since the last seal.
};

}  // namespace cxjourney::tracker
