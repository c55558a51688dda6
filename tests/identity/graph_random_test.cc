// The caches of the graph equal the replay from scratch after every step of random sequences:
// joins without replay, withdrawn sightings, assertions and their retraction, blocks.
#include <gtest/gtest.h>

#include <random>

#include "tests/identity/graph_world.h"

namespace cxjourney::identity {
namespace {

class Sequence {
 public:
  Sequence(uint32_t seed, bool quarantine) : random_(seed), world_(Rules(quarantine)) {}

  // Empty, or what differs after a step.
  std::string Run(int steps) {
    for (int step = 0; step < steps; ++step) {
      std::string what = Step();
      // Several pieces of evidence may be settled together.
      if (Below(4) == 0) continue;
      world_.Settle();
      std::string problem = Compare();
      if (!problem.empty()) return fmt::format("step {} ({}): {}", step, what, problem);
    }
    return "";
  }

 private:
  static IdentityRules Rules(bool quarantine) {
    IdentityRules rules = quarantine ? QuarantineTestRules() : GraphTestRules();
    rules.identifiers_per_customer_max = 9;
    return rules;
  }

  uint32_t Below(uint32_t limit) { return std::uniform_int_distribution(0u, limit - 1)(random_); }

  std::string Name() {
    static const char* const kNames[] = {"cid",   "crm",  "email",  "email", "phone",
                                         "order", "case", "device", "cookie"};
    return fmt::format("{}:{}", kNames[Below(9)], Below(4));
  }

  GraphWorld::Names SomeNames(uint32_t most) {
    GraphWorld::Names names;
    bool cid = false;
    bool crm = false;
    for (uint32_t i = Below(most) + 1; i > 0; --i) {
      std::string name = Name();
      // Two values of a unique namespace are no sighting at all; the engine sees to that.
      bool& taken = name[1] == 'i' ? cid : crm;
      bool unique = name.starts_with("cid") || name.starts_with("crm");
      if (unique && std::exchange(taken, true)) continue;
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
    return names;
  }

  std::string Step() {
    uint32_t dice = Below(100);
    if (dice < 62) {
      GraphWorld::Names names = SomeNames(3);
      int64_t time_us = Below(20);
      world_.See(names, time_us);
      return fmt::format("see {} at {}", fmt::join(names, " "), time_us);
    }
    if (dice < 76) {
      if (world_.sighting_count() == 0) return "nothing";
      size_t handle = Below(static_cast<uint32_t>(world_.sighting_count()));
      if (world_.IsSeen(handle)) world_.Unsee(handle);
      return fmt::format("unsee {}", handle);
    }
    if (dice < 84) {
      GraphWorld::Names names = SomeNames(4);
      if (names.size() >= 2) world_.Must(names);
      return fmt::format("must {}", fmt::join(names, " "));
    }
    if (dice < 90) {
      std::string a = Name();
      std::string b = Name();
      if (a != b) world_.Cannot(a, b);
      return fmt::format("cannot {} {}", a, b);
    }
    if (dice < 96) {
      std::vector<uint64_t> live = world_.LiveAssertions();
      if (live.empty()) return "nothing";
      uint64_t sequence = live[Below(static_cast<uint32_t>(live.size()))];
      world_.Undo(sequence);
      return fmt::format("undo {}", sequence);
    }
    std::string name = Name();
    bool blocked = Below(2) == 0;
    if (world_.table()[world_.Id(name)].blocked != blocked) world_.SetBlocked(name, blocked);
    return fmt::format("{} {}", blocked ? "block" : "unblock", name);
  }

  std::string Compare() {
    GraphWorld::Reference expected = world_.FromScratch();
    if (world_.Partition() != expected.partition) {
      return "partition " + world_.Partition() + "\n  from scratch " + expected.partition;
    }
    if (world_.Vetoed() != expected.vetoed) {
      return "vetoed " + world_.Vetoed() + "\n  from scratch " + expected.vetoed;
    }
    if (world_.graph().class_count() != expected.classes) return "the number of classes";
    return CheckVetoes();
  }

  // Whatever a veto says must be true: its rivals stand on its two sides.
  std::string CheckVetoes() {
    const Graph& graph = world_.graph();
    for (const auto& [pair, veto] : graph.vetoes()) {
      ClassNo a = graph.ClassOf(FirstOf(pair));
      ClassNo b = graph.ClassOf(SecondOf(pair));
      if (a == b) return "a veto inside one class: " + world_.NameOf(pair);
      if (veto.rival_a == kNoIdentifier) continue;
      if (graph.ClassOf(veto.rival_a) != a || graph.ClassOf(veto.rival_b) != b) {
        return "rivals of " + world_.NameOf(pair) + " are not on its sides";
      }
    }
    return "";
  }

  std::mt19937 random_;
  GraphWorld world_;
};

TEST(GraphRandomTest, CachesEqualTheReplayFromScratch) {
  constexpr uint32_t kFirstSeed = 20260301;
  for (uint32_t seed = kFirstSeed; seed < kFirstSeed + 60; ++seed) {
    ASSERT_EQ(Sequence(seed, false).Run(60), "") << "seed " << seed;
  }
}

TEST(GraphRandomTest, CachesEqualTheReplayFromScratchWithQuarantine) {
  constexpr uint32_t kFirstSeed = 20261123;
  for (uint32_t seed = kFirstSeed; seed < kFirstSeed + 120; ++seed) {
    ASSERT_EQ(Sequence(seed, true).Run(60), "") << "seed " << seed;
  }
}

TEST(GraphRandomTest, RunsOfSightingsOnly) {
  // Only sightings: nearly every step takes the way without replay.
  constexpr uint32_t kFirstSeed = 7;
  for (uint32_t seed = kFirstSeed; seed < kFirstSeed + 60; ++seed) {
    std::mt19937 random(seed);
    const auto below = [&](uint32_t limit) {
      return std::uniform_int_distribution(0u, limit - 1)(random);
    };
    GraphWorld world;
    for (int step = 0; step < 40; ++step) {
      std::string first = fmt::format("{}:{}", below(2) ? "email" : "cid", below(5));
      std::string second = fmt::format("{}:{}", below(2) ? "device" : "phone", below(6));
      world.See({first, second}, below(30));
      world.Settle();
      GraphWorld::Reference expected = world.FromScratch();
      ASSERT_EQ(world.Partition(), expected.partition) << "seed " << seed << " step " << step;
      ASSERT_EQ(world.Vetoed(), expected.vetoed) << "seed " << seed << " step " << step;
    }
  }
}

}  // namespace
}  // namespace cxjourney::identity
