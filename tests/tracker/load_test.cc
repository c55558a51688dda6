// Evidence that contradicts itself is refused when it is loaded, however well its checksums fit.
#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "journey/journey.h"
#include "tests/tracker/shop.h"
#include "tracker/definitions.h"
#include "tracker/engine.h"
#include "tracker/plan.h"

namespace cxjourney::tracker_tests {
namespace {

using store::RecordKind;
using testing::HasSubstr;
using tracker::AssertionBody;
using tracker::Engine;
using tracker::IdentifierNo;

constexpr uint32_t kTenant = 7;

// An engine writes evidence, another one loads it: what lies between them is the test's.
class LoadTest : public testing::Test {
 protected:
  LoadTest() {
    policies_.push_back(std::make_unique<journey::CompiledPolicy>(Policy()));
    writer_ = NewEngine(&writer_ledger_);
    batch_.tenant = kTenant;
    batch_.first_sequence = 1;
    batch_.received = kNoon;
  }

  std::unique_ptr<Engine> NewEngine(tracker::Ledger* ledger) const {
    auto engine = std::make_unique<Engine>(&canonicalizer_, &policies_, kTenant, ledger);
    store::Secret root;
    root.fill(3);
    engine->SetKeys(root);
    return engine;
  }

  // The call as RecordAll would write it, with all it needs.
  store::Batch RecordedCall() {
    tracker::Plan plan(writer_.get(), kTenant, kNoon, 1);
    Remark refusal;
    const Touchpoint call = Call("c1", kNoon, {Email("a"), Phone(1)});
    tracker::Planned planned;
    Receipt receipt;
    planned.receipt = &receipt;
    EXPECT_TRUE(canonicalizer_.Canonicalize(call, kNoon, &planned.touchpoint, &refusal).ok());
    plan.Judge(&planned);
    plan.Encode(&planned);
    return plan.batch();
  }

  // Numbers of so many customers' addresses, defined in batch_.
  identity::IdentifierList Define(int count) {
    std::vector<Identifier> typed;
    for (int i = 0; i < count; ++i) typed.push_back(Email(std::to_string(i)));
    std::vector<model::CanonicalIdentifier> names;
    for (const Identifier& one : typed) {
      names.push_back(*canonicalizer_.CanonicalizeIdentifier(one.name_space, one.value));
    }
    return tracker::Definitions(writer_.get(), &batch_)
        .Identifiers(names, writer_->HashesOf(names));
  }

  void Assert(RecordKind kind, const AssertionBody& body) {
    batch_.Add(kind, tracker::EncodeAssertionBody(body));
  }

  Status Load(const store::Batch& batch) const {
    tracker::Ledger ledger;
    return NewEngine(&ledger)->Load(batch);
  }

  void ExpectRefused(const store::Batch& batch, const std::string& message) const {
    Status loaded = Load(batch);
    EXPECT_EQ(loaded.code(), Code::kDataLoss);
    EXPECT_THAT(loaded.message(), HasSubstr(message));
  }

  static void Drop(RecordKind kind, store::Batch* batch) {
    std::erase_if(batch->records, [&](const store::Record& r) { return r.kind == kind; });
  }

  model::Canonicalizer canonicalizer_{DefaultIdentityRules()};
  std::vector<std::unique_ptr<journey::CompiledPolicy>> policies_;
  tracker::Ledger writer_ledger_;
  std::unique_ptr<Engine> writer_;
  store::Batch batch_;
};

TEST_F(LoadTest, WhatWasWrittenLoads) {
  tracker::Ledger ledger;
  std::unique_ptr<Engine> engine = NewEngine(&ledger);
  Status loaded = engine->Load(RecordedCall());
  EXPECT_TRUE(loaded.ok()) << loaded.ToString();
  engine->FinishLoading();
  ASSERT_EQ(engine->rows().size(), 1u);
  EXPECT_TRUE(engine->rows()[0].identified());
  EXPECT_EQ(engine->identifiers().size(), 2u);
}

TEST_F(LoadTest, AnIdentifierNeedsItsSecret) {
  store::Batch batch = RecordedCall();
  batch.secrets.pop_back();
  ExpectRefused(batch, "a stored identifier has no secret");
}

TEST_F(LoadTest, AnIdentifierNeedsItsNamespace) {
  Define(1);
  ASSERT_TRUE(Load(batch_).ok());
  Drop(RecordKind::kString, &batch_);
  ExpectRefused(batch_, "a stored identifier names an unknown namespace");
}

TEST_F(LoadTest, AnIdentifierOpensWithItsOwnSecretOnly) {
  Define(2);
  std::swap(batch_.secrets[0], batch_.secrets[1]);
  ExpectRefused(batch_, "does not open with its key");
}

TEST_F(LoadTest, ATouchpointNeedsItsIdentifiers) {
  store::Batch batch = RecordedCall();
  Drop(RecordKind::kIdentifier, &batch);
  ExpectRefused(batch, "unknown identifier");
}

TEST_F(LoadTest, AnAssertionNamesKnownIdentifiers) {
  AssertionBody body;
  body.identifiers = Define(2);
  body.identifiers.push_back(2);
  Assert(RecordKind::kMustLink, body);
  ExpectRefused(batch_, "names an unknown identifier");
}

TEST_F(LoadTest, AnAssertionNamesAsManyAsItIsAbout) {
  const identity::IdentifierList ids = Define(3);
  const store::Batch definitions = batch_;
  struct Case {
    const char* name;
    RecordKind kind;
    identity::IdentifierList named;
    bool loads;
  };
  const Case cases[] = {
      {"must-link of two", RecordKind::kMustLink, {ids[0], ids[1]}, true},
      {"must-link of three", RecordKind::kMustLink, {ids[0], ids[1], ids[2]}, true},
      {"must-link of one", RecordKind::kMustLink, {ids[0]}, false},
      {"must-link of one with itself", RecordKind::kMustLink, {ids[0], ids[0]}, false},
      {"cannot-link of two", RecordKind::kCannotLink, {ids[1], ids[0]}, true},
      {"cannot-link of one", RecordKind::kCannotLink, {ids[0]}, false},
      {"cannot-link of three", RecordKind::kCannotLink, {ids[0], ids[1], ids[2]}, false},
      {"cannot-link of one with itself", RecordKind::kCannotLink, {ids[2], ids[2]}, false},
      {"block of one", RecordKind::kBlock, {ids[0]}, true},
      {"block of nobody", RecordKind::kBlock, {}, false},
      {"unblock of two", RecordKind::kUnblock, {ids[0], ids[1]}, false},
      {"retraction that names somebody", RecordKind::kRetract, {ids[0]}, false},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(one.name);
    batch_ = definitions;
    AssertionBody body;
    body.identifiers = one.named;
    Assert(one.kind, body);
    if (one.loads) {
      EXPECT_TRUE(Load(batch_).ok()) << Load(batch_).ToString();
    } else {
      ExpectRefused(batch_, "names too few identifiers, or too many");
    }
  }
}

TEST_F(LoadTest, OnlyARetractionHasATarget) {
  AssertionBody link;
  link.identifiers = Define(2);
  link.target = 99;
  Assert(RecordKind::kMustLink, link);
  ExpectRefused(batch_, "names a target");
}

TEST_F(LoadTest, ARetractionIsOfWhatIsThere) {
  AssertionBody link;
  link.identifiers = Define(2);
  Assert(RecordKind::kMustLink, link);  // Sequence 1.
  const store::Batch linked = batch_;
  for (bool touchpoint : {false, true}) {
    for (uint64_t target : {uint64_t{0}, uint64_t{1}, uint64_t{2}}) {
      SCOPED_TRACE(testing::Message() << "touchpoint " << touchpoint << ", target " << target);
      batch_ = linked;
      AssertionBody retraction;
      retraction.target_is_touchpoint = touchpoint;
      retraction.target = target;
      Assert(RecordKind::kRetract, retraction);
      if (!touchpoint && target == 1) {
        EXPECT_TRUE(Load(batch_).ok());
      } else {
        ExpectRefused(batch_, "a stored retraction names unknown evidence");
      }
    }
  }
}

}  // namespace
}  // namespace cxjourney::tracker_tests
