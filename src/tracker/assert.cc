// Assertions: what somebody who knows says about identities, and taking it back.
#include <algorithm>
#include <new>

#include "base/bytes.h"
#include "base/status_macros.h"
#include "model/limits.h"
#include "tracker/definitions.h"
#include "tracker/impl.h"

namespace cxjourney {
inline namespace v1 {

namespace {

using store::RecordKind;
using tracker::AssertionBody;
using tracker::Engine;
using tracker::IdentifierNo;
using tracker::kNoIdentifier;

using Names = std::vector<model::CanonicalIdentifier>;

constexpr size_t kActorBytesMax = 256;
constexpr size_t kReasonBytesMax = 1024;

Status CheckAssertion(const Assertion& assertion) {
  if (assertion.actor.size() > kActorBytesMax) {
    return Status(Code::kInvalidArgument, "Assertion::actor is longer than 256 bytes");
  }
  if (assertion.reason.size() > kReasonBytesMax) {
    return Status(Code::kInvalidArgument, "Assertion::reason is longer than 1,024 bytes");
  }
  return Status();
}

// The identifiers an assertion names, canonical and distinct.
Result<Names> CanonicalNames(const model::Canonicalizer& canonicalizer,
                             const std::vector<Identifier>& identifiers) {
  Names names;
  for (const Identifier& identifier : identifiers) {
    CXJ_ASSIGN_OR_RETURN(
        model::CanonicalIdentifier name,
        canonicalizer.CanonicalizeIdentifier(identifier.name_space, identifier.value));
    bool known = std::any_of(names.begin(), names.end(), [&](const auto& other) {
      return other.name_space == name.name_space && other.value == name.value;
    });
    if (!known) names.push_back(std::move(name));
  }
  return names;
}

Status CheckCount(RecordKind kind, size_t distinct) {
  bool pair = kind == RecordKind::kCannotLink;
  bool links = pair || kind == RecordKind::kMustLink;
  if (links && distinct < 2) {
    return Status(Code::kInvalidArgument, "a link needs two distinct identifiers");
  }
  if (distinct > model::kIdentifiersMax) {
    return Status(Code::kInvalidArgument, "an assertion names " + std::to_string(distinct) +
                                              " identifiers; the limit is " +
                                              std::to_string(model::kIdentifiersMax));
  }
  return Status();
}

void RemarkMustLinkVetoes(const Engine& engine, const identity::IdentifierList& ids,
                          AssertionReceipt* receipt) {
  for (size_t i = 0; i < ids.size(); ++i) {
    const identity::IdentifierEntry& entry = engine.identifiers()[ids[i]];
    const Reason reason = entry.blocked ? Reason::kBlockedByAssertion : entry.reason;
    if (reason != Reason::kNone) {
      receipt->remarks.push_back({reason, std::string(entry.name_space_name)});
    }
    for (size_t j = i + 1; j < ids.size(); ++j) {
      auto veto = engine.graph().vetoes().find(identity::PairOf(ids[i], ids[j]));
      if (veto != engine.graph().vetoes().end()) {
        receipt->remarks.push_back(VetoRemark(veto->second, engine));
      }
    }
  }
}

// Everybody whose customer the assertion can change: who it names, what its target named, and
// whoever is one customer with them now.
std::vector<IdentifierNo> TouchedBy(const Engine& engine, const AssertionBody& body) {
  std::vector<IdentifierNo> touched(body.identifiers.begin(), body.identifiers.end());
  if (body.target != 0 && body.target_is_touchpoint) {
    const tracker::RowNo no = engine.rows().FindByFirstSequence(body.target);
    for (const auto& carried : engine.rows()[no].carried) touched.push_back(carried.no);
  } else if (body.target != 0) {
    const AssertionBody& target = engine.FindAssertion(body.target)->body;
    touched.insert(touched.end(), target.identifiers.begin(), target.identifiers.end());
  }
  const size_t named = touched.size();
  for (size_t i = 0; i < named; ++i) {
    identity::ClassNo no = engine.graph().ClassOf(touched[i]);
    if (no == identity::kNoClass) continue;
    const identity::IdentifierList& members = engine.graph().GetClass(no).members;
    touched.insert(touched.end(), members.begin(), members.end());
  }
  return touched;
}

void FillCustomers(const Engine& engine, const std::vector<IdentifierNo>& ids,
                   AssertionReceipt* receipt) {
  for (IdentifierNo id : ids) {
    identity::ClassNo no = engine.graph().ClassOf(id);
    if (no == identity::kNoClass) continue;
    CustomerId primary = engine.PrimaryId(no);
    std::vector<CustomerId>& customers = receipt->customers;
    if (std::find(customers.begin(), customers.end(), primary) == customers.end()) {
      customers.push_back(primary);
    }
  }
}

}  // namespace

// Defines what is new in it, commits one assertion and applies it, then waits for the disk.
Result<AssertionReceipt> Tracker::Impl::TakeIn(RecordKind kind, const Names& names,
                                               AssertionBody body, const AssertionCheck& check) {
  store::CommitPosition position = 0;
  AssertionReceipt receipt;
  {
    base::MutexLock writer_lock(&writer_mutex);
    CXJ_RETURN_IF_ERROR(Writable());
    CXJ_RETURN_IF_ERROR(BringInFor(names, body));
    CXJ_RETURN_IF_ERROR(check(&body));
    CXJ_RETURN_IF_ERROR(Guarded(
        [&] { return CommitAssertion(kind, names, std::move(body), &receipt, &position); }));
    SealIfDue();
  }
  if (options.durability == Durability::kDurable) {
    CXJ_RETURN_IF_ERROR(store->WaitDurable(position));
  }
  return receipt;
}

// Whom the assertion names, and what it takes back.
Status Tracker::Impl::BringInFor(const Names& names, const AssertionBody& body) {
  if (!paging.partial) return Status();
  CXJ_RETURN_IF_ERROR(MakeRoom());
  return BringInListed([&](Wanted* wanted) {
    for (const model::CanonicalIdentifier& name : names) {
      engine->ListAll(name, &wanted->keys, &wanted->prefixes);
    }
    if (body.target != 0) wanted->keys.push_back(engine->directory().OfAssertion(body.target));
    return Status();
  });
}

Status Tracker::Impl::CommitAssertion(RecordKind kind, const Names& names, AssertionBody body,
                                      AssertionReceipt* receipt, store::CommitPosition* position) {
  store::Batch batch;
  batch.tenant = options.tenant;
  batch.first_sequence = engine->ledger().last_sequence + 1;
  batch.received = NextReceived();
  {
    base::WriterLock state_lock(&state_mutex);
    tracker::Definitions definitions(engine.get(), &batch);
    body.identifiers = definitions.Identifiers(names, engine->HashesOf(names));
    // What carries them is one island from now on.
    for (IdentifierNo id : body.identifiers) {
      if (!engine->identifiers()[id].apart) continue;
      for (auto mention : engine->components().MentionsOf(id)) definitions.IslandOf(mention);
    }
    if (body.target_is_touchpoint) {
      const tracker::RowTable& rows = engine->rows();
      definitions.IslandOf(rows[rows.FindByFirstSequence(body.target)].node);
    }
  }
  body.event_time_us = batch.received.time_since_epoch().count();
  AssertionBody stored = body;
  stored.identifiers = engine->StableOf(body.identifiers);
  batch.Add(kind, tracker::EncodeAssertionBody(stored));
  Result<store::CommitPosition> committed = store->Commit(batch, options.durability);
  if (!committed.ok()) {
    read_only = true;  // As in RecordAll: numbers were handed out that the log does not define.
    return committed.status();
  }
  *position = *committed;
  receipt->id = AssertionId{batch.first_sequence};
  const identity::IdentifierList ids = body.identifiers;
  const std::vector<IdentifierNo> touched = TouchedBy(*engine, body);
  base::WriterLock state_lock(&state_mutex);
  Engine::Effect effect;
  ledger.Note(batch.first_sequence, batch.received);
  engine->ApplyAssertion(kind, std::move(body), batch.first_sequence, batch.received, &effect);
  SortNotices(std::nullopt, &effect.changes);
  receipt->changes = std::move(effect.changes);
  if (kind == RecordKind::kMustLink) RemarkMustLinkVetoes(*engine, ids, receipt);
  FillCustomers(*engine, touched, receipt);
  return Status();
}

Result<AssertionReceipt> Tracker::Impl::Assert(RecordKind kind,
                                               const std::vector<Identifier>& identifiers,
                                               const Assertion& assertion) {
  CXJ_RETURN_IF_ERROR(CheckAssertion(assertion));
  CXJ_ASSIGN_OR_RETURN(Names names, CanonicalNames(*canonicalizer, identifiers));
  CXJ_RETURN_IF_ERROR(CheckCount(kind, names.size()));
  AssertionBody body;
  body.actor = assertion.actor;
  body.reason = assertion.reason;
  return TakeIn(kind, names, std::move(body),
                [&](AssertionBody*) { return CheckAgainstEvidence(kind, names); });
}

// Refusals that depend on what is known. A refused assertion is no evidence.
Status Tracker::Impl::CheckAgainstEvidence(RecordKind kind, const Names& names) const {
  std::vector<IdentifierNo> ids;
  for (const model::CanonicalIdentifier& name : names) {
    IdentifierNo no = engine->FindIdentifier(name);
    if (no != kNoIdentifier) ids.push_back(no);
  }
  if (kind == RecordKind::kUnblock) {
    if (ids.empty() || !engine->identifiers()[ids.front()].blocked) {
      return Status(Code::kNotFound, "the identifier is not blocked by an assertion");
    }
  }
  if (kind == RecordKind::kMustLink) {
    uint16_t name_space = engine->graph().MustLinkConflict(ids);
    if (name_space != identity::kNoNamespace) {
      return Status(Code::kFailedPrecondition,
                    "the customers to link hold several values of the unique namespace '" +
                        rules.namespaces[name_space].name + "' that the assertion does not name");
    }
  }
  return Status();
}

Status Tracker::Impl::BringInTouchpoint(const TouchpointKey& key) {
  if (!paging.partial || engine->rows().Find({key.source, key.id}) != tracker::kNoRow) {
    return Status();
  }
  return BringInForWrite({{engine->directory().OfTouchpoint(key.source, key.id)}, {}, {}});
}

namespace {

Result<AssertionBody> RetractionOf(const Assertion& assertion) {
  CXJ_RETURN_IF_ERROR(CheckAssertion(assertion));
  AssertionBody body;
  body.actor = assertion.actor;
  body.reason = assertion.reason;
  return body;
}

}  // namespace

Result<AssertionReceipt> Tracker::MustLink(const std::vector<Identifier>& identifiers,
                                           const Assertion& assertion) {
  return impl_->Assert(RecordKind::kMustLink, identifiers, assertion);
}

Result<AssertionReceipt> Tracker::Unlink(const Identifier& a, const Identifier& b,
                                         const Assertion& assertion) {
  return impl_->Assert(RecordKind::kCannotLink, {a, b}, assertion);
}

Result<AssertionReceipt> Tracker::Block(const Identifier& identifier, const Assertion& assertion) {
  return impl_->Assert(RecordKind::kBlock, {identifier}, assertion);
}

Result<AssertionReceipt> Tracker::Unblock(const Identifier& identifier,
                                          const Assertion& assertion) {
  return impl_->Assert(RecordKind::kUnblock, {identifier}, assertion);
}

Result<AssertionReceipt> Tracker::Retract(AssertionId id, const Assertion& assertion) {
  CXJ_ASSIGN_OR_RETURN(AssertionBody body, RetractionOf(assertion));
  body.target = static_cast<uint64_t>(id);
  return impl_->TakeIn(RecordKind::kRetract, {}, body, [&](AssertionBody*) {
    if (impl_->engine->FindAssertion(body.target) != nullptr) return Status();
    return Status(Code::kNotFound, "no assertion has the id " + std::to_string(body.target));
  });
}

Result<AssertionReceipt> Tracker::Retract(const TouchpointKey& key, const Assertion& assertion) {
  CXJ_ASSIGN_OR_RETURN(AssertionBody body, RetractionOf(assertion));
  body.target_is_touchpoint = true;
  return impl_->TakeIn(RecordKind::kRetract, {}, body, [&](AssertionBody* retraction) -> Status {
    CXJ_RETURN_IF_ERROR(impl_->BringInTouchpoint(key));
    const tracker::RowTable& rows = impl_->engine->rows();
    const tracker::RowNo no = rows.Find({key.source, key.id});
    if (no == tracker::kNoRow) {
      return Status(Code::kNotFound, "no touchpoint of that source and id is stored");
    }
    retraction->target = rows[no].first_sequence;
    return Status();
  });
}

}  // namespace v1
}  // namespace cxjourney
