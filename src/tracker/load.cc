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
  const std::string_view body = batch.BodyOf(record);
  if (record.kind == RecordKind::kString) {
    ledger_->strings.Intern(body);
    return Status();
  }
  if (record.kind == RecordKind::kIdentifier) {
    if (*secrets_used >= batch.secrets.size()) {
      return Status(Code::kDataLoss, "a stored identifier has no secret");
    }
    return LoadIdentifier(body, batch.secrets[(*secrets_used)++]);
  }
  if (record.kind == RecordKind::kBareIdentifier) return LoadBareIdentifier(body);
  if (record.kind == RecordKind::kIsland) return BringInIsland(body);
  const Stored stored{body, batch.received, (*sequence)++};
  CXJ_RETURN_IF_ERROR(LoadEvidence(record.kind, stored));
  ledger_->Note(stored.sequence, stored.received);
  return Status();
}

Status Engine::LoadEvidence(RecordKind kind, const Stored& stored) {
  switch (kind) {
    case RecordKind::kTouchpoint:
      return LoadLoggedTouchpoint(stored);
    case RecordKind::kRules:
      ledger_->rules = stored.body;
      return Status();
    case RecordKind::kPolicies:
      ledger_->policies = stored.body;
      return Status();
    default:
      return LoadLoggedAssertion(kind, stored);
  }
}

// Identifiers ------------------------------------------------------------------------------------

Status Engine::LoadIdentifier(std::string_view bytes, const store::Secret& secret) {
  CXJ_ASSIGN_OR_RETURN(std::optional<uint32_t> renewed, ParseNewSecret(bytes));
  if (renewed) return LoadNewSecret(*renewed, secret);
  CXJ_ASSIGN_OR_RETURN(IdentifierBody body, ParseIdentifierBody(bytes, secret));
  if (!ledger_->strings.Contains(body.name_space)) {
    return Status(Code::kDataLoss, "a stored identifier names an unknown namespace");
  }
  AddKnownIdentifier(ledger_->strings.Get(body.name_space), {.value = std::move(body.value)},
                     body.typed, &secret, ledger_->identifiers++);
  return Status();
}

Status Engine::LoadBareIdentifier(std::string_view bytes) {
  CXJ_ASSIGN_OR_RETURN(BareIdentifierBody body, ParseBareIdentifierBody(bytes));
  if (!ledger_->strings.Contains(body.name_space)) {
    return Status(Code::kDataLoss, "a stored identifier names an unknown namespace");
  }
  ledger_->has_bare = true;
  const StoredName name{.is_bare = true, .hash = body.hash, .recorded = body.recorded};
  AddKnownIdentifier(ledger_->strings.Get(body.name_space), name, {}, nullptr,
                     ledger_->identifiers++);
  return Status();
}

Status Engine::LoadNewSecret(uint32_t stable, const store::Secret& secret) {
  const IdentifierNo no = FindStable(stable);
  if (no == kNoIdentifier || identifiers_[no].has_secret) {
    return Status(Code::kDataLoss, "a stored secret is of no identifier that needs one");
  }
  identifiers_.SetSecret(no, secret);
  renewed_.insert(no);
  return Status();
}

IdentifierNo Engine::AddKnownIdentifier(std::string_view name_space, const StoredName& stored,
                                        std::string_view typed, const store::Secret* secret,
                                        uint32_t stable) {
  const std::string name(name_space);
  const int found = canonicalizer_->FindNamespace(name);
  const auto rule = found < 0 ? identity::kNoNamespace : static_cast<uint16_t>(found);
  // Judged anew: the rules may have changed since it was recorded.
  const Reason reason = stored.ReasonUnder(*canonicalizer_, name);
  const IdentifierNo no =
      stored.is_bare ? identifiers_.AddBare(name, stored.hash, rule, reason, stored.recorded)
                     : identifiers_.Add(name, stored.value, rule, reason, secret);
  if (stored.is_bare && secret != nullptr) identifiers_.SetSecret(no, *secret);
  Enrol(no, stable);
  identifiers_.at(no).apart = reason != Reason::kNone;
  NoteTyped(no, typed);
  return no;
}

// What is in the vault ---------------------------------------------------------------------------

Status Engine::BringInIsland(std::string_view body) {
  base::Reader reader(body);
  const auto island = static_cast<IslandNo>(reader.Varint());
  if (!reader.ok()) return Status(Code::kDataLoss, "a stored island's number can't be read");
  return bring_in_ ? bring_in_({}, {island}) : Status();  // Otherwise everything is in.
}

Status Engine::BringInTarget(const AssertionBody& body) {
  if (!bring_in_ || body.target == 0 || body.target_is_touchpoint) return Status();
  if (assertions_.contains(body.target)) return Status();
  return bring_in_({directory_.OfAssertion(body.target)}, {});
}

Status Engine::BringInThreads(const Touchpoint& content) {
  if (!bring_in_) return Status();
  std::vector<store::VaultKey> keys;
  ListUnknownThreads(content, &keys);
  return keys.empty() ? Status() : bring_in_(keys, {});
}

// Assertions -------------------------------------------------------------------------------------

Status Engine::LoadLoggedAssertion(RecordKind kind, const Stored& stored) {
  CXJ_ASSIGN_OR_RETURN(AssertionBody body, ParseAssertionBody(stored.body));
  CXJ_RETURN_IF_ERROR(BringInTarget(body));
  return TakeAssertion(kind, std::move(body), stored);
}

Status Engine::TakeAssertion(RecordKind kind, AssertionBody body, const Stored& stored) {
  for (IdentifierNo& id : body.identifiers) {
    id = FindStable(id);
    if (id == kNoIdentifier) {
      return Status(Code::kDataLoss, "a stored assertion names an unknown identifier");
    }
  }
  identity::IdentifierList named = body.identifiers;
  std::sort(named.begin(), named.end());
  const bool distinct = std::adjacent_find(named.begin(), named.end()) == named.end();
  if (!distinct || !NamesEnough(kind, named.size())) {
    return Status(Code::kDataLoss, "a stored assertion names too few identifiers, or too many");
  }
  if (kind != RecordKind::kRetract && body.target != 0) {
    return Status(Code::kDataLoss, "a stored assertion that retracts nothing names a target");
  }
  if (kind == RecordKind::kRetract &&
      (body.target_is_touchpoint ? rows_.FindByFirstSequence(body.target) == kNoRow
                                 : !assertions_.contains(body.target))) {
    return Status(Code::kDataLoss, "a stored retraction names unknown evidence");
  }
  ApplyAssertion(kind, std::move(body), stored.sequence, stored.received, nullptr);
  return Status();
}

// Touchpoints ------------------------------------------------------------------------------------

// The islands of its identifiers are in: the log has named them.
Status Engine::LoadLoggedTouchpoint(const Stored& stored) {
  Decoded decoded;
  CXJ_ASSIGN_OR_RETURN(decoded.body, ParseTouchpointBody(stored.body));
  CXJ_RETURN_IF_ERROR(DecodeContent(stored, &decoded));
  CXJ_RETURN_IF_ERROR(NameIdentifiers(&decoded));
  CXJ_RETURN_IF_ERROR(BringInThreads(*decoded.touchpoint.content));
  return TakeTouchpoint(stored, std::move(decoded));
}

Status Engine::DecodeContent(const Stored& stored, Decoded* decoded) const {
  const TouchpointBody& body = decoded->body;
  const IdentifierNo sealed_by = FindStable(body.sealed_by);
  if (body.sealed_by != kNoIdentifier && sealed_by == kNoIdentifier) {
    return Status(Code::kDataLoss, "a stored touchpoint is sealed by an unknown identifier");
  }
  CXJ_ASSIGN_OR_RETURN(std::string personal,
                       OpenPersonal(body, SecretOf(sealed_by), tenant_, stored.sequence));
  return model::DecodeTouchpoint(body.open, personal, stored.received, ledger_->strings,
                                 &decoded->touchpoint, &decoded->ids);
}

Status Engine::NameIdentifiers(Decoded* decoded) const {
  for (size_t i = 0; i < decoded->ids.size(); ++i) {
    IdentifierNo& id = decoded->ids[i];
    id = FindStable(id);
    if (id == kNoIdentifier) {
      return Status(Code::kDataLoss, "a stored touchpoint carries an unknown identifier");
    }
    const identity::IdentifierEntry& entry = identifiers_[id];
    model::CanonicalIdentifier& identifier = decoded->touchpoint.identifiers[i];
    identifier.name_space = entry.name_space;
    identifier.name = entry.name_space_name;
    identifier.value = entry.text();
  }
  return Status();
}

Result<Engine::Decoded> Engine::Decode(const Stored& stored) const {
  Decoded decoded;
  CXJ_ASSIGN_OR_RETURN(decoded.body, ParseTouchpointBody(stored.body));
  CXJ_RETURN_IF_ERROR(DecodeContent(stored, &decoded));
  CXJ_RETURN_IF_ERROR(NameIdentifiers(&decoded));
  return decoded;
}

Status Engine::TakeTouchpoint(const Stored& stored, Decoded decoded) {
  model::CanonicalTouchpoint& touchpoint = decoded.touchpoint;
  TouchpointBody& body = decoded.body;
  if (body.key_hash && *body.key_hash != KeyHashOf(*touchpoint.content)) {
    return Status(Code::kDataLoss, "a stored touchpoint has another key than it says");
  }
  const RowNo no = RowOf({touchpoint.content->source, touchpoint.content->id}, stored.sequence);
  JoinTouchpoint(no, *touchpoint.content, decoded.ids);
  if (AddRevision(no, touchpoint.content->revision, body.digest, stored)) {
    SetContent(no, touchpoint, decoded.ids, stored);
  }
  return Status();
}

// The end of it ----------------------------------------------------------------------------------

void Engine::FinishLoading() {
  loading_ = false;
  for (RowNo no = 0; no < rows_.size(); ++no) {
    if (rows_[no].counts()) Deposit(no);
  }
  FollowQuarantines();
  deposited_.clear();
  withdrawn_.clear();
  left_behind_.clear();
  graph_.SettleAll();
  for (RowNo no = 0; no < rows_.size(); ++no) {
    if (rows_[no].identified()) SetHolder(no, rows_[no].anchor);
  }
  // Parents come before their children in this order, so one pass settles them all.
  std::vector<RowNo> unidentified(unidentified_.begin(), unidentified_.end());
  std::sort(unidentified.begin(), unidentified.end(),
            [&](RowNo a, RowNo b) { return rows_[a].leg < rows_[b].leg; });
  for (RowNo no : unidentified) SetHolder(no, threads_.HolderOf(no));
  for (identity::ClassNo no = 0; no < graph_.class_limit(); ++no) {
    if (graph_.IsAlive(no)) PutState(no, BuildState(no));
  }
}

}  // namespace cxjourney::tracker
