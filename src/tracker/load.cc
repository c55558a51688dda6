// Loading: the same state from the log, in one go.
#include <algorithm>

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
  last_received_ = std::max(last_received_, batch.received);
  return Status();
}

Status Engine::LoadRecord(const store::Batch& batch, const store::Record& record,
                          size_t* secrets_used, uint64_t* sequence) {
  if (record.kind == RecordKind::kString) {
    strings_.Intern(record.body);
    return Status();
  }
  if (record.kind == RecordKind::kIdentifier) {
    if (*secrets_used >= batch.secrets.size()) {
      return Status(Code::kDataLoss, "a stored identifier has no secret");
    }
    return LoadIdentifier(record, batch.secrets[(*secrets_used)++]);
  }
  uint64_t own = (*sequence)++;
  last_sequence_ = own;
  switch (record.kind) {
    case RecordKind::kTouchpoint:
      return LoadTouchpoint(batch, record, own);
    case RecordKind::kRules:
      stored_rules_ = record.body;
      ++evidence_;
      return Status();
    case RecordKind::kPolicies:
      stored_policies_ = record.body;
      ++evidence_;
      return Status();
    default:
      return LoadAssertion(record, own);
  }
}

Status Engine::LoadAssertion(const store::Record& record, uint64_t sequence) {
  CXJ_ASSIGN_OR_RETURN(AssertionBody body, ParseAssertionBody(record.body));
  std::vector<IdentifierNo> named = body.identifiers;
  std::sort(named.begin(), named.end());
  if (!named.empty() && named.back() >= identifiers_.size()) {
    return Status(Code::kDataLoss, "a stored assertion names an unknown identifier");
  }
  const bool distinct = std::adjacent_find(named.begin(), named.end()) == named.end();
  if (!distinct || !NamesEnough(record.kind, named.size())) {
    return Status(Code::kDataLoss, "a stored assertion names too few identifiers, or too many");
  }
  if (record.kind == RecordKind::kRetract &&
      (body.target_is_touchpoint ? rows_.FindByFirstSequence(body.target) == kNoRow
                                 : !assertions_.contains(body.target))) {
    return Status(Code::kDataLoss, "a stored retraction names unknown evidence");
  }
  ApplyAssertion(record.kind, std::move(body), sequence, nullptr);
  return Status();
}

Status Engine::LoadIdentifier(const store::Record& record, const store::Secret& secret) {
  CXJ_ASSIGN_OR_RETURN(IdentifierBody body, ParseIdentifierBody(record.body, secret));
  if (!strings_.Contains(body.name_space)) {
    return Status(Code::kDataLoss, "a stored identifier names an unknown namespace");
  }
  std::string name_space(strings_.Get(body.name_space));
  // Judged anew: the rules may have changed since it was recorded.
  int rule = canonicalizer_->FindNamespace(name_space);
  Reason reason = Reason::kTierNone;
  if (rule >= 0) {
    auto judged = canonicalizer_->CanonicalizeIdentifier({name_space, body.value, Role::kCustomer});
    reason = judged.ok() ? judged->reason : Reason::kInvalidValue;
  }
  identifiers_.Add(name_space, body.value,
                   rule < 0 ? identity::kNoNamespace : static_cast<uint16_t>(rule), reason,
                   &secret);
  graph_.Grow();
  carriers_.emplace_back();
  held_.emplace_back();
  first_recorded_.push_back(~uint64_t{0});
  return Status();
}

Result<model::CanonicalTouchpoint> Engine::Decode(const TouchpointBody& body, Timestamp received,
                                                  uint64_t sequence,
                                                  std::vector<IdentifierNo>* ids) const {
  if (body.sealed_by != kNoIdentifier && body.sealed_by >= identifiers_.size()) {
    return Status(Code::kDataLoss, "a stored touchpoint is sealed by an unknown identifier");
  }
  CXJ_ASSIGN_OR_RETURN(std::string personal,
                       OpenPersonal(body, SecretOf(body.sealed_by), tenant_, sequence));
  model::CanonicalTouchpoint touchpoint;
  CXJ_RETURN_IF_ERROR(
      model::DecodeTouchpoint(body.open, personal, received, strings_, &touchpoint, ids));
  for (size_t i = 0; i < ids->size(); ++i) {
    if ((*ids)[i] >= identifiers_.size()) {
      return Status(Code::kDataLoss, "a stored touchpoint carries an unknown identifier");
    }
    const identity::IdentifierEntry& entry = identifiers_[(*ids)[i]];
    touchpoint.identifiers[i].name_space = entry.name_space;
    touchpoint.identifiers[i].name = entry.name_space_name;
    touchpoint.identifiers[i].value = entry.value;
  }
  return touchpoint;
}

Status Engine::LoadTouchpoint(const store::Batch& batch, const store::Record& record,
                              uint64_t sequence) {
  std::vector<IdentifierNo> ids;
  CXJ_ASSIGN_OR_RETURN(TouchpointBody body, ParseTouchpointBody(record.body));
  CXJ_ASSIGN_OR_RETURN(model::CanonicalTouchpoint touchpoint,
                       Decode(body, batch.received, sequence, &ids));
  if (body.key_hash && *body.key_hash != KeyHashOf(*touchpoint.content)) {
    return Status(Code::kDataLoss, "a stored touchpoint has another key than it says");
  }
  ++evidence_;
  std::string_view source = strings_.Get(strings_.Intern(touchpoint.content->source));
  const journey::KeyView key(source, touchpoint.content->id);
  RowNo no = rows_.Find(key);
  if (no == kNoRow) {
    no = rows_.Add(key);
    rows_[no].first_sequence = sequence;
  }
  const base::ShortList<Revision, 1>& known = rows_[no].revisions;
  if (!body.digest && !known.empty() && known.back().number > touchpoint.content->revision) {
    touchpoint.digest = model::DigestContent(touchpoint);
    body.digest = DigestOf(touchpoint);
  }
  if (AddRevision(no, {touchpoint.content->revision, sequence, body.digest})) {
    SetContent(no, touchpoint, ids, record.body, batch.received);
  }
  return Status();
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
