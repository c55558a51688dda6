// Random sequences of operations: everything that can happen to a store, from a named seed.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "cxjourney/identity.h"
#include "cxjourney/policy.h"
#include "cxjourney/touchpoint.h"
#include "tests/oracle/naive_evidence.h"

namespace cxjourney::random_tests {

enum class OperationKind {
  kRecord,  // One touchpoint: new, late, a copy, a revision, a void.
  kRecordAll,
  kMustLink,
  kCannotLink,
  kBlock,
  kUnblock,
  kRetractTouchpoint,
  kRetractAssertion,
  kReopen,
  kCrash,  // What lies on disk is opened as if the process had been killed right now.
};

// Operations are made before anything runs and refer to each other by label, so that a failing
// sequence stays meaningful when operations are taken out of it.
struct Operation {
  OperationKind kind = OperationKind::kRecord;
  uint32_t label = 0;                   // Place in the whole sequence; also sets the clock.
  std::vector<Touchpoint> touchpoints;  // kRecord: one.
  std::vector<oracle::Id> ids;
  TouchpointKey key;    // kRetractTouchpoint.
  uint32_t target = 0;  // kRetractAssertion: label of the assertion.
};

std::string ToString(const Operation& operation);

// Unique, limited and unlimited namespaces of every tier; few values, so that they collide.
enum class Quarantine {
  kNone,
  kStrict  // So that values go into it and out again.
};
IdentityRules RandomTestRules(uint32_t identifiers_per_customer_max, Quarantine quarantine);

// Eight policies that differ in every field.
std::vector<Policy> RandomTestPolicies();
// Those of operations that can be somebody's.
std::vector<oracle::Id> AllIdentifiers();

struct GeneratorOptions {
  bool absent_times = true;  // Some touchpoints have no event time: it is that of receipt.
  int people = 5;
};

std::vector<Operation> GenerateOperations(uint64_t seed, size_t count,
                                          const GeneratorOptions& options = {});

// What the store's clock shows during the operation.
Timestamp NowOf(const Operation& operation);

}  // namespace cxjourney::random_tests
