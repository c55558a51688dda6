// Loading: the same state from the log, in one go.
#include <algorithm>

#include "base/bytes.h"
#include "base/status_macros.h"
#include "tracker/engine.h"

namespace cxjourney::tracker {

using store::RecordKind;

namespace {

// The graph relies on each kind naming as many as it is about.
bool NamesEnough(RecordKind kind, size_t distinct) {
  switch (kind) {
    case RecordKind::kMustLink:
      return distinct >= 2;
    case RecordKind::kCannotLink:
      return distinct == 2;
    case RecordKind::kBlock:
    case RecordKind::kUnblock:
      return distinct == 1;
    default:
      return distinct == 0;
  }
}

}  // namespace

Status Engine::Load(const store::Batch& batch) {
  size_t secrets_used = 0;
  uint64_t sequence = batch.first_sequence;
  for (const store::Record& record : batch.records) {
    CXJ_RETURN_IF_ERROR(LoadRecord(batch, record, &secrets_used, &sequence));
  }
  ledger_->last_received = std::max(ledger_->last_received, batch.received);
  return Status();
}

Status Engine::LoadRecord(const store::Batch& batch, const store::Record& record,
                          size_t* secrets_used, uint64_t* sequence) {
  if (record.kind == RecordKind::kString) {
    ledger_->strings.Intern(record.body);
    return Status();
  }
  if (record.kind == RecordKind::kIdentifier) {
    if (*secrets_used >= batch.secrets.size()) {
      return Status(Code::kDataLoss, "a stored identifier has no secret");
    }
    return LoadIdentifier(record.body, batch.secrets[(*secrets_used)++], ledger_->identifiers++);
  }
  if (record.kind == RecordKind::kIsland) return BringInFor(record, batch.received, 0);
  uint64_t own = (*sequence)++;
  if (bring_in_) CXJ_RETURN_IF_ERROR(BringInFor(record, batch.received, own));
  ledger_->Note(own, batch.received);
  switch (record.kind) {
    case RecordKind::kTouchpoint:
      return LoadTouchpoint({record.body, batch.received, own}).status();
    case RecordKind::kRules:
      ledger_->rules = record.body;
      return Status();
    case RecordKind::kPolicies:
      ledger_->policies = record.body;
      return Status();
    default:
      return LoadAssertion(record.kind, record.body, batch.received, own);
  }
}

Status Engine::LoadAssertion(RecordKind kind, std::string_view bytes, Timestamp received,
                             uint64_t sequence) {
  CXJ_ASSIGN_OR_RETURN(AssertionBody body, ParseAssertionBody(bytes));
  for (IdentifierNo& id : body.identifiers) {
    id = FindStable(id);
    if (id == kNoIdentifier) {
      return Status(Code::kDataLoss, "a stored assertion names an unknown identifier");
    }
  }
  std::vector<IdentifierNo> named = body.identifiers;
  std::sort(named.begin(), named.end());
  const bool distinct = std::adjacent_find(named.begin(), named.end()) == named.end();
  if (!distinct || !NamesEnough(kind, named.size())) {
    return Status(Code::kDataLoss, "a stored assertion names too few identifiers, or too many");
  }
  if (kind == RecordKind::kRetract &&
      (body.target_is_touchpoint ? rows_.FindByFirstSequence(body.target) == kNoRow
                                 : !assertions_.contains(body.target))) {
    return Status(Code::kDataLoss, "a stored retraction names unknown evidence");
  }
  ApplyAssertion(kind, std::move(body), sequence, received, nullptr);
  return Status();
}

Status Engine::LoadIdentifier(std::string_view bytes, const store::Secret& secret,
                              uint32_t stable) {
  CXJ_ASSIGN_OR_RETURN(IdentifierBody body, ParseIdentifierBody(bytes, secret));
  if (!ledger_->strings.Contains(body.name_space)) {
    return Status(Code::kDataLoss, "a stored identifier names an unknown namespace");
  }
  AddKnownIdentifier(ledger_->strings.Get(body.name_space), body.value, body.typed, secret, stable);
  return Status();
}

void Engine::AddKnownIdentifier(std::string_view name_space, std::string_view value,
                                std::string_view typed, const store::Secret& secret,
                                uint32_t stable) {
  // Judged anew: the rules may have changed since it was recorded.
  const std::string name(name_space);
  int rule = canonicalizer_->FindNamespace(name);
  Reason reason = Reason::kTierNone;
  if (rule >= 0) {
    auto judged =
        canonicalizer_->CanonicalizeIdentifier({name, std::string(value), Role::kCustomer});
    reason = judged.ok() ? judged->reason : Reason::kInvalidValue;
  }
  const IdentifierNo no =
      AddIdentifier(name, value, rule < 0 ? identity::kNoNamespace : static_cast<uint16_t>(rule),
                    reason, &secret, stable);
  NoteTyped(no, typed);
}

// Identifiers first: without their secrets the rest can't be read.
Status Engine::BringInFor(const store::Record& record, Timestamp received, uint64_t sequence) {
  const auto by_number = [&](const std::vector<uint32_t>& numbers) {
    std::vector<store::VaultKey> keys;
    for (uint32_t stable : numbers) {
      if (FindStable(stable) == kNoIdentifier) keys.push_back(directory_.OfStable(stable));
    }
    return keys.empty() ? Status() : bring_in_(keys, {});
  };
  if (record.kind == RecordKind::kIsland) {
    base::Reader reader(record.body);
    const auto island = static_cast<IslandNo>(reader.Varint());
    if (!reader.ok()) return Status(Code::kDataLoss, "a stored island's number can't be read");
    return bring_in_ ? bring_in_({}, {island}) : Status();  // Otherwise everything is in.
  }
  if (record.kind == RecordKind::kTouchpoint) {
    CXJ_RETURN_IF_ERROR(by_number(StableIdentifiersOf(record.body)));
    std::vector<IdentifierNo> ids;
    CXJ_ASSIGN_OR_RETURN(TouchpointBody body, ParseTouchpointBody(record.body));
    CXJ_ASSIGN_OR_RETURN(model::CanonicalTouchpoint touchpoint,
                         Decode(body, received, sequence, &ids));
    std::vector<store::VaultKey> keys;
    ListUnknownThreads(*touchpoint.content, &keys);
    return keys.empty() ? Status() : bring_in_(keys, {});
  }
  if (record.kind == RecordKind::kRules || record.kind == RecordKind::kPolicies) return Status();
  CXJ_ASSIGN_OR_RETURN(AssertionBody body, ParseAssertionBody(record.body));
  CXJ_RETURN_IF_ERROR(by_number(body.identifiers));
  if (body.target == 0 || body.target_is_touchpoint || assertions_.contains(body.target)) {
    return Status();
  }
  return bring_in_({directory_.OfAssertion(body.target)}, {});
}

Result<model::CanonicalTouchpoint> Engine::Decode(const TouchpointBody& body, Timestamp received,
                                                  uint64_t sequence,
                                                  std::vector<IdentifierNo>* ids) const {
  const IdentifierNo sealed_by = FindStable(body.sealed_by);
  if (body.sealed_by != kNoIdentifier && sealed_by == kNoIdentifier) {
    return Status(Code::kDataLoss, "a stored touchpoint is sealed by an unknown identifier");
  }
  CXJ_ASSIGN_OR_RETURN(std::string personal,
                       OpenPersonal(body, SecretOf(sealed_by), tenant_, sequence));
  model::CanonicalTouchpoint touchpoint;
  CXJ_RETURN_IF_ERROR(
      model::DecodeTouchpoint(body.open, personal, received, ledger_->strings, &touchpoint, ids));
  for (size_t i = 0; i < ids->size(); ++i) {
    (*ids)[i] = FindStable((*ids)[i]);
    if ((*ids)[i] == kNoIdentifier) {
      return Status(Code::kDataLoss, "a stored touchpoint carries an unknown identifier");
    }
    const identity::IdentifierEntry& entry = identifiers_[(*ids)[i]];
    touchpoint.identifiers[i].name_space = entry.name_space;
    touchpoint.identifiers[i].name = entry.name_space_name;
    touchpoint.identifiers[i].value = entry.value;
  }
  return touchpoint;
}

Result<RowNo> Engine::LoadTouchpoint(const Stored& stored) {
  std::vector<IdentifierNo> ids;
  CXJ_ASSIGN_OR_RETURN(TouchpointBody body, ParseTouchpointBody(stored.body));
  CXJ_ASSIGN_OR_RETURN(model::CanonicalTouchpoint touchpoint,
                       Decode(body, stored.received, stored.sequence, &ids));
  if (body.key_hash && *body.key_hash != KeyHashOf(*touchpoint.content)) {
    return Status(Code::kDataLoss, "a stored touchpoint has another key than it says");
  }
  const RowNo no = RowOf(touchpoint, stored.sequence);
  const base::ShortList<Revision, 1>& known = rows_[no].revisions;
  if (!body.digest && !known.empty() && known.back().number > touchpoint.content->revision) {
    touchpoint.digest = model::DigestContent(touchpoint);
    body.digest = DigestOf(touchpoint);
  }
  if (AddRevision(no, touchpoint.content->revision, body.digest, stored)) {
    SetContent(no, touchpoint, ids, stored);
  }
  return no;
}

void Engine::FinishLoading() {
  loading_ = false;
  std::vector<RowNo> unidentified;
  for (RowNo no = 0; no < rows_.size(); ++no) {
    if (!rows_[no].counts()) continue;
    Deposit(no);
    if (!rows_[no].identified()) unidentified.push_back(no);
  }
  deposited_.clear();
  graph_.SettleAll();
  for (RowNo no = 0; no < rows_.size(); ++no) {
    if (rows_[no].identified()) SetHolder(no, rows_[no].anchor);
  }
  // Parents come before their children in this order, so one pass settles them all.
  std::sort(unidentified.begin(), unidentified.end(),
            [&](RowNo a, RowNo b) { return rows_[a].leg < rows_[b].leg; });
  for (RowNo no : unidentified) SetHolder(no, threads_.HolderOf(no));
  for (identity::ClassNo no = 0; no < graph_.class_limit(); ++no) {
    if (graph_.IsAlive(no)) PutState(no, BuildState(no));
  }
}

}  // namespace cxjourney::tracker
