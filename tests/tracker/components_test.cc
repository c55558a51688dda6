// What a seal is told of components is what a model says that looks at every node.
#include "tracker/components.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <vector>

namespace cxjourney::tracker {
namespace {

using Node = Components::Node;

enum class Kind {
  kIdentifier,
  kRow,
  kAssertion
};

struct ModelNode {
  Kind kind = Kind::kRow;
  uint64_t number = 0;
  IslandNo island = kNoIsland;
  size_t component = 0;
  bool is_mention = false;
};

// Components, and beside them the same by the most obvious means.
class Both {
 public:
  explicit Both(uint64_t seed) : random_(seed) {}

  // Some evidence: it names identifiers, new and old, and maybe other evidence.
  void Record() {
    const Node row = components_.AddRow(static_cast<RowNo>(rows_));
    AddNode(Kind::kRow, rows_++);
    components_.NoteChange(row);
    changed_.insert(row);
    for (uint64_t left = random_() % 3; left > 0; --left) Carry(row);
    if (random_() % 8 == 0) Join(row, AnyOf(Kind::kRow));
  }
  void Assert() {
    const Node node = components_.AddAssertion(++sequence_);
    AddNode(Kind::kAssertion, sequence_);
    components_.NoteChange(node);
    changed_.insert(node);
    Join(node, AnyOf(random_() % 2 == 0 ? Kind::kRow : Kind::kIdentifier));
  }
  // Something that is sealed has changed.
  void Revise() {
    const Node node = AnyOf(Kind::kRow);
    components_.NoteChange(node);
    changed_.insert(node);
  }
  // An island that was not in memory; with evidence that was, if that waited for it.
  void Load() {
    const Components::Mark mark = components_.GetMark();
    const IslandNo island = next_island_++;
    const size_t first = nodes_.size();
    for (uint64_t left = 1 + random_() % 4; left > 0; --left) {
      const Node row = components_.AddRow(static_cast<RowNo>(rows_));
      AddNode(Kind::kRow, rows_++);
      components_.NoteChange(row);
    }
    if (random_() % 3 == 0 && first > 0) Join(static_cast<Node>(first), AnyOf(Kind::kRow));
    components_.CameFrom(island, mark);
    for (size_t node = first; node < nodes_.size(); ++node) {
      nodes_[node].island = island;
      Unite(first, node);
    }
  }

  void Seal() {
    Components::ChangedIslands listed;
    components_.ListChanged(&listed);
    std::set<size_t> left;
    for (Node node : changed_) left.insert(nodes_[node].component);
    for (Island& island : listed.islands) {
      ASSERT_FALSE(island.rows.empty() && island.assertions.empty());
      const size_t component = ComponentOf(island);
      ASSERT_EQ(left.erase(component), 1u);
      Check(island, component);
      island.no = island.main == kNoIsland ? next_island_++ : island.main;
    }
    EXPECT_TRUE(left.empty());
    for (const Island& island : listed.islands) {
      components_.SetSealed(island);
      added_to_ += island.main != kNoIsland ? 1 : 0;
      const size_t component = ComponentOf(island);
      for (size_t node = 0; node < nodes_.size(); ++node) {
        if (nodes_[node].component == component) nodes_[node].island = island.no;
      }
    }
    components_.ForgetChanges();
    changed_.clear();
    for (size_t node = 0; node < nodes_.size(); ++node) {
      const bool is_own = nodes_[node].kind == Kind::kIdentifier && !nodes_[node].is_mention;
      if (is_own && apart_.count(nodes_[node].number) > 0) {
        nodes_[node].island = components_.IslandOf(static_cast<Node>(node));  // Any will do.
      }
      ASSERT_EQ(components_.IslandOf(static_cast<Node>(node)), nodes_[node].island);
    }
  }
  int added_to() const { return added_to_; }

 private:
  size_t AddNode(Kind kind, uint64_t number, bool is_mention = false) {
    nodes_.push_back({kind, number, kNoIsland, nodes_.size(), is_mention});
    return nodes_.size() - 1;
  }
  void Carry(Node row) {
    uint64_t no = identifiers_.size();
    if (no == 0 || random_() % 2 == 0) {
      components_.AddIdentifier(static_cast<IdentifierNo>(no));
      identifiers_.push_back(AddNode(Kind::kIdentifier, no));
      if (random_() % 8 == 0) apart_.insert(no);
    } else {
      no = random_() % identifiers_.size();
    }
    if (apart_.count(no) == 0) return Join(row, static_cast<Node>(identifiers_[no]));
    components_.Mention(static_cast<IdentifierNo>(no), row);
    Unite(AddNode(Kind::kIdentifier, no, true), row);
  }
  void Join(Node a, Node b) {
    components_.Join(a, b);
    Unite(a, b);
  }
  void Unite(size_t a, size_t b) {
    const size_t from = nodes_[b].component;
    const size_t to = nodes_[a].component;
    for (ModelNode& node : nodes_) {
      if (node.component == from) node.component = to;
    }
  }
  // One that only mentions join to nothing is left out.
  Node AnyOf(Kind kind) {
    while (true) {
      const size_t node = random_() % nodes_.size();
      const ModelNode& found = nodes_[node];
      const bool is_apart = found.kind == Kind::kIdentifier && apart_.count(found.number) > 0;
      if (found.kind == kind && !is_apart) return static_cast<Node>(node);
      if (kind == Kind::kIdentifier) kind = Kind::kRow;
    }
  }
  size_t ComponentOf(const Island& island) const {
    for (const ModelNode& node : nodes_) {
      const bool is_row =
          node.kind == Kind::kRow && !island.rows.empty() && node.number == island.rows.front();
      const bool is_assertion = node.kind == Kind::kAssertion && island.rows.empty() &&
                                node.number == island.assertions.front();
      if (is_row || is_assertion) return node.component;
    }
    ADD_FAILURE() << "no such evidence";
    return 0;
  }

  void Check(const Island& island, size_t component) const {
    std::map<IslandNo, size_t> before;
    for (const ModelNode& node : nodes_) {
      if (node.component == component && node.island != kNoIsland) ++before[node.island];
    }
    EXPECT_EQ(island.before.size(), before.size());
    for (IslandNo no : island.before) EXPECT_EQ(before.count(no), 1u);
    for (const auto& [no, size] : before) EXPECT_LE(size, before[island.main]);
    std::set<uint64_t> rows, new_rows, assertions, listed, unlisted;
    std::set<Node> unsealed;
    for (size_t at = 0; at < nodes_.size(); ++at) {
      const ModelNode& node = nodes_[at];
      if (node.component != component) continue;
      const bool is_sealed = node.island != kNoIsland && node.island == island.main;
      const bool is_new = !is_sealed || changed_.count(static_cast<Node>(at)) > 0;
      if (!is_sealed) unsealed.insert(static_cast<Node>(at));
      if (node.kind == Kind::kRow && is_new) new_rows.insert(node.number);
      if (node.kind == Kind::kRow) rows.insert(node.number);
      if (node.kind == Kind::kAssertion) assertions.insert(node.number);
      if (node.kind == Kind::kIdentifier) (is_sealed ? listed : unlisted).insert(node.number);
    }
    for (uint64_t no : listed) unlisted.erase(no);
    const auto set_of = [](const auto& list) {
      return std::set<uint64_t>(list.begin(), list.end());
    };
    EXPECT_EQ(set_of(island.rows), rows);
    EXPECT_EQ(set_of(island.rows.first(island.new_rows)), new_rows);
    EXPECT_EQ(set_of(island.assertions), assertions);
    EXPECT_EQ(set_of(island.listed), listed);
    EXPECT_EQ(set_of(island.unlisted), unlisted);
    EXPECT_EQ(std::set<Node>(island.unsealed.begin(), island.unsealed.end()), unsealed);
    EXPECT_EQ(island.rows.size(), rows.size());
  }

  std::mt19937_64 random_;
  Components components_;
  std::vector<ModelNode> nodes_;
  std::vector<size_t> identifiers_;  // Own nodes.
  std::set<uint64_t> apart_;
  std::set<Node> changed_;
  uint64_t rows_ = 0;
  uint64_t sequence_ = 0;
  IslandNo next_island_ = 0;
  int added_to_ = 0;  // Islands that were in the vault.
};

TEST(ComponentsTest, ListsWhatAModelLists) {
  int added_to = 0;
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(seed);
    Both both(seed);
    std::mt19937_64 random(seed);
    both.Record();
    for (int step = 0; step < 150; ++step) {
      const uint64_t what = random() % 16;
      if (what < 10) both.Record();
      if (what == 10) both.Assert();
      if (what == 11) both.Revise();
      if (what == 12) both.Load();
      if (what > 12) both.Seal();
      if (::testing::Test::HasFailure()) return;
    }
    added_to += both.added_to();
  }
  EXPECT_GT(added_to, 300);
}

}  // namespace
}  // namespace cxjourney::tracker
