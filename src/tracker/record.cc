// Recording touchpoints: plan, commit, apply, wait.
#include <algorithm>
#include <functional>
#include <new>

#include "base/status_macros.h"
#include "model/limits.h"
#include "tracker/impl.h"
#include "tracker/plan.h"

namespace cxjourney {
inline namespace v1 {

namespace {

using tracker::Engine;
using tracker::IdentifierNo;
using tracker::Plan;
using tracker::Planned;
using tracker::Row;
using tracker::RowNo;
using QueuedCall = tracker::CommitQueue::Call;

constexpr size_t kChangesMax = 64;
// A call with more has enough of its own for one commit.
constexpr size_t kTogetherMax = 16;

// A call to RecordAll. Of a few touchpoints, and durable: several threads' share a commit.
struct RecordCall : QueuedCall {
  explicit RecordCall(size_t count) : planned(count) {}

  std::vector<Planned> planned;
};

// As new, but for memory that is taken again.
void Renew(Receipt* receipt, tracker::ReceiptRoom* room) {
  room->verdicts.swap(receipt->verdicts);
  room->contact.swap(receipt->contact);
  TouchpointKey key = std::move(receipt->key);
  *receipt = Receipt();
  receipt->key = std::move(key);
}

void AddTo(std::vector<Planned*>* batch, std::vector<Planned>* planned) {
  for (Planned& one : *planned) batch->push_back(&one);
}

void SetKey(const Touchpoint& content, TouchpointKey* key) {
  key->source = content.source;
  key->id = content.id;
}

// Canonical form of each, or its refusal.
void Canonicalize(const model::Canonicalizer& canonicalizer, const Touchpoint* touchpoints,
                  Timestamp received, Receipt* receipts, RecordCall* call) {
  for (size_t i = 0; i < call->planned.size(); ++i) {
    Planned& planned = call->planned[i];
    planned.receipt = &receipts[i];
    Renew(planned.receipt, &planned.room);
    Remark refusal;
    Status status =
        canonicalizer.Canonicalize(touchpoints[i], received, &planned.touchpoint, &refusal);
    if (!status.ok()) {
      SetKey(touchpoints[i], &planned.receipt->key);
      planned.Refuse(std::move(status), refusal.reason, refusal.about);
      continue;
    }
    const Touchpoint& content = *planned.touchpoint.content;
    planned.key = {content.source, content.id};
    SetKey(content, &planned.receipt->key);
    planned.receipt->remarks = std::move(planned.touchpoint.remarks);
  }
}

void RefuseWhole(const std::vector<Planned*>& planned) {
  for (Planned* one : planned) {
    if (one->refused()) continue;
    one->Refuse(Status(Code::kInvalidArgument,
                       "another touchpoint of the batch was refused, and "
                       "RecordOptions::all_or_nothing is set"),
                Reason::kBatchRefused, "");
  }
}

// Customers, by primary id, that the identifiers belong to now.
using Customers = base::ShortList<std::pair<identity::ClassNo, CustomerId>, 4>;

Customers CustomersOf(const Engine& engine, const identity::IdentifierList& ids) {
  Customers customers;
  for (IdentifierNo id : ids) {
    identity::ClassNo no = engine.graph().ClassOf(id);
    if (no == identity::kNoClass) continue;
    bool known = std::any_of(customers.begin(), customers.end(),
                             [&](const auto& customer) { return customer.first == no; });
    if (!known) customers.emplace_back(no, engine.PrimaryId(no));
  }
  return customers;
}

// Asks for the memory of what comes behind `at`, step by step: each step of one `distance` before
// the next. `ask` takes a touchpoint and the number of the step.
template <class Ask>
void AskAhead(const std::vector<Planned*>& batch, size_t at, size_t steps, size_t distance,
              const Ask& ask) {
  for (size_t step = 0; step < steps; ++step) {
    const size_t ahead = at + (steps - step) * distance;
    if (ahead < batch.size()) ask(*batch[ahead], step);
  }
}

// Remarks about vetoed links among the identifiers of the touchpoint.
void RemarkVetoes(const Engine& engine, const Row& row, Receipt* receipt) {
  if (engine.graph().vetoes().empty()) return;
  for (size_t i = 0; i < row.sighting.size(); ++i) {
    for (size_t j = i + 1; j < row.sighting.size(); ++j) {
      auto veto = engine.graph().vetoes().find(identity::PairOf(row.sighting[i], row.sighting[j]));
      if (veto == engine.graph().vetoes().end()) continue;
      receipt->remarks.push_back(VetoRemark(veto->second, engine));
    }
  }
}

// Remarks about identifiers that an assertion, or what else was recorded, took out of the evidence.
void RemarkTakenOut(const Engine& engine, const Row& row, Receipt* receipt) {
  for (const tracker::CarriedIdentifier& carried : row.carried) {
    const identity::IdentifierEntry& entry = engine.identifiers()[carried.no];
    const bool quarantined = engine.graph().IsQuarantined(carried.no);
    if (!carried.is_customers() || (!entry.blocked && !quarantined)) continue;
    receipt->remarks.push_back({entry.blocked ? Reason::kBlockedByAssertion : Reason::kQuarantined,
                                std::string(entry.name_space_name)});
  }
}

}  // namespace

Remark VetoRemark(const identity::VetoInfo& veto, const tracker::Engine& engine) {
  std::string name_space;
  if (veto.name_space != identity::kNoNamespace) {
    name_space = engine.rules().namespaces[veto.name_space].name;
  }
  switch (veto.rule) {
    case VetoRule::kUniqueNamespace:
      return {Reason::kVetoUniqueNamespace, name_space};
    case VetoRule::kPerCustomerLimit:
      return {Reason::kVetoPerCustomerLimit, name_space};
    case VetoRule::kIdentifiersPerCustomer:
      return {Reason::kVetoIdentifiersPerCustomer, ""};
    case VetoRule::kCannotLink:
      return {Reason::kVetoCannotLink, ""};
  }
  return {};
}

void SortNotices(const std::optional<ContactId>& own, std::vector<Notice>* notices) {
  const auto before = [&](const Notice& a, const Notice& b) {
    bool own_a = own && a.contact == *own;
    bool own_b = own && b.contact == *own;
    if (own_a != own_b) return own_a;
    if (a.start != b.start) return a.start < b.start;
    return a.contact < b.contact;
  };
  // Nearly always: one of each policy, all about the contact itself.
  if (std::is_sorted(notices->begin(), notices->end(), before)) return;
  std::stable_sort(notices->begin(), notices->end(), before);
}

// What the engine says about a touchpoint that was just recorded, or was there before.
void Tracker::Impl::FillReceipt(RowNo no, Timestamp watermark, Planned* planned) const {
  Receipt* receipt = planned->receipt;
  const Row& row = engine->rows()[no];
  if (row.voided) receipt->remarks.push_back({Reason::kVoided, "void"});
  if (row.retractions > 0) receipt->remarks.push_back({Reason::kRetracted, ""});
  if (!row.counts()) return;
  if (row.two_unique) receipt->remarks.push_back({Reason::kTwoUniqueValues, "identifiers"});
  RemarkTakenOut(*engine, row, receipt);
  if (!row.identified()) receipt->remarks.push_back({Reason::kUnidentified, "identifiers"});
  RemarkVetoes(*engine, row, receipt);
  identity::ClassNo own = engine->ClassOfRow(row);
  if (own != identity::kNoClass) receipt->customer = engine->PrimaryId(own);
  receipt->verdicts.swap(planned->room.verdicts);
  receipt->contact.swap(planned->room.contact);
  FillVerdicts(row, watermark, receipt);
}

void Tracker::Impl::Apply(const store::Batch& batch, Planned* planned_touchpoint) {
  Planned& planned = *planned_touchpoint;
  const Timestamp received = batch.received;
  Receipt* receipt = planned.receipt;
  auto before = CustomersOf(*engine, planned.ids);
  Engine::Effect effect;
  const tracker::Stored stored{batch.BodyOf(batch.records[planned.record]), received,
                               receipt->sequence};
  const RowNo no = engine->ApplyTouchpoint(
      {planned.touchpoint, planned.key, planned.ids, planned.kept_digest, stored}, &effect);
  const Row& row = engine->rows()[no];
  bool newest = row.sequence() == receipt->sequence;
  if (!newest) receipt->remarks.push_back({Reason::kOldRevision, "revision"});
  receipt->outcome =
      newest && row.retractions == 0 ? RecordOutcome::kRecorded : RecordOutcome::kStored;
  FillReceipt(no, received, &planned);
  for (const auto& [class_no, id] : before) {
    if (id == receipt->customer) continue;
    IdentifierNo alias = engine->identifiers().FindById(id);
    identity::ClassNo now = engine->graph().ClassOf(alias);
    bool joined = now != identity::kNoClass && engine->PrimaryId(now) == receipt->customer;
    if (joined) receipt->merged.push_back(id);
  }
  SortNotices(receipt->contact, &effect.changes);
  receipt->more_changes = effect.changes.size() > kChangesMax;
  if (receipt->more_changes) effect.changes.resize(kChangesMax);
  receipt->changes = std::move(effect.changes);
}

// In order: each receipt is about the store as it was right after its touchpoint.
Status Tracker::Impl::ApplyAll(const store::Batch& written, const Batch& batch) {
  base::WriterLock state_lock(&state_mutex);
  for (size_t i = 0; i < batch.size(); ++i) {
    AskAhead(batch, i, Engine::kPrefetchStages, 4, [this](const Planned& one, size_t stage) {
      engine->PrefetchFor(one.ids, stage);
      if (stage + 1 == Engine::kPrefetchStages) one.PrefetchReceipt();
    });
    Planned& one = *batch[i];
    if (one.refused()) continue;
    if (one.write) {
      Apply(written, &one);
    } else {
      FillReceipt(engine->rows().Find(one.key), written.received, &one);
    }
  }
  return Status();
}

// From the first number handed out to the last change applied: if memory runs out in between, the
// log and the engine may say different things.
Status Tracker::Impl::Guarded(const std::function<Status()>& change) {
  try {
    return change();
  } catch (const std::bad_alloc&) {
    broken = true;
    return Status(Code::kInternal, "memory ran out while evidence was taken in; open again");
  }
}

void Tracker::Impl::CountRefused(const Batch& batch) {
  for (const Planned* one : batch) {
    if (!one->refused()) continue;
    Reason reason = one->receipt->remarks.front().reason;
    auto found = std::find_if(refused.begin(), refused.end(),
                              [&](const auto& entry) { return entry.first == reason; });
    if (found == refused.end()) {
      refused.emplace_back(reason, 1);
    } else {
      ++found->second;
    }
  }
}

// Writes what the plan holds and takes it in. The caller holds writer_mutex.
Status Tracker::Impl::Carry(Plan* plan, const Batch& batch, Durability level,
                            store::CommitPosition* position) {
  // Numbers of new identifiers and strings are handed out first. If the batch that defines them
  // does not get into the log, no later one may refer to them: no more writes then.
  {
    base::WriterLock state_lock(&state_mutex);
    for (size_t i = 0; i < batch.size(); ++i) {
      AskAhead(batch, i, Engine::kFindStages, 6, [this](const Planned& one, size_t stage) {
        engine->PrefetchFind(one.hashes, stage);
      });
      if (batch[i]->write) plan->Encode(batch[i]);
    }
  }
  if (!plan->batch().records.empty()) {
    Result<store::CommitPosition> committed = store->Commit(plan->batch(), level);
    if (!committed.ok()) {
      read_only = true;
      return committed.status();
    }
    *position = *committed;
  }
  return ApplyAll(plan->batch(), batch);
}

// What the touchpoints may be connected with.
Status Tracker::Impl::BringInFor(const Batch& batch) {
  if (!paging.partial) return Status();
  CXJ_RETURN_IF_ERROR(MakeRoom());
  Wanted wanted;
  for (const Planned* one : batch) {
    if (!one->refused()) engine->ListUnknown(one->touchpoint, &wanted.keys);
  }
  return BringInForWrite(wanted);
}

Status Tracker::Impl::Prepare(const Batch& batch) {
  CXJ_RETURN_IF_ERROR(Writable());
  return BringInFor(batch);
}

// `position` is set where something was written.
Status Tracker::Impl::TakeIn(const Batch& batch, const RecordOptions& record_options,
                             store::CommitPosition* position) {
  Plan plan(engine.get(), options.tenant, NextReceived(), batch.size());
  for (size_t i = 0; i < batch.size(); ++i) {
    AskAhead(batch, i, 1, 8, [&](const Planned& one, size_t) { plan.PrefetchFor(one); });
    if (!batch[i]->refused()) plan.Judge(batch[i]);
  }
  bool any_refused =
      std::any_of(batch.begin(), batch.end(), [](const Planned* one) { return one->refused(); });
  if (any_refused && record_options.all_or_nothing) RefuseWhole(batch);
  CountRefused(batch);
  const Durability level = Level(record_options.durability);
  CXJ_RETURN_IF_ERROR(Guarded([&] { return Carry(&plan, batch, level, position); }));
  SealIfDue();
  return Status();
}

Status Tracker::Impl::TakeInAlone(std::vector<Planned>* planned,
                                  const RecordOptions& record_options) {
  Batch batch;
  AddTo(&batch, planned);
  store::CommitPosition position = 0;
  {
    base::MutexLock writer_lock(&writer_mutex);
    CXJ_RETURN_IF_ERROR(Prepare(batch));
    CXJ_RETURN_IF_ERROR(TakeIn(batch, record_options, &position));
  }
  if (Level(record_options.durability) != Durability::kDurable) return Status();
  // A duplicate's first copy may still be on its way to the disk.
  return position != 0 ? store->WaitDurable(position) : store->Sync();
}

// Takes in the calls up to `until` and gives each its status. False: nothing was done, as what they
// need can't be brought in.
bool Tracker::Impl::TakeInCalls(QueuedCall* first, const QueuedCall* until) {
  bool prepared = false;
  Status status;
  try {
    Batch batch;
    for (QueuedCall* call = first; call != until; call = call->next()) {
      AddTo(&batch, &static_cast<RecordCall*>(call)->planned);
    }
    status = Prepare(batch);
    prepared = status.ok();
    RecordOptions durable;
    durable.durability = Durability::kDurable;
    store::CommitPosition position = 0;
    if (prepared) status = TakeIn(batch, durable, &position);
    if (position != 0) queued_until = position;
    if (status.ok() && position == 0) queued_copies = true;
  } catch (const std::bad_alloc&) {
    status = Status(Code::kResourceExhausted, "memory ran out");
  }
  for (QueuedCall* call = first; call != until; call = call->next()) call->status = status;
  return prepared;
}

// One commit for all. What only one of them needs must not fail the others.
void Tracker::Impl::TakeInTogether(QueuedCall* first) {
  base::MutexLock writer_lock(&writer_mutex);
  if (TakeInCalls(first, nullptr) || first->next() == nullptr) return;
  for (QueuedCall* call = first; call != nullptr; call = call->next()) {
    TakeInCalls(call, call->next());
  }
}

Status Tracker::Impl::RecordAll(const Touchpoint* touchpoints, size_t count,
                                const RecordOptions& record_options, Receipt* receipts) {
  CXJ_RETURN_IF_ERROR(Writable());
  RecordCall call(count);
  Canonicalize(*canonicalizer, touchpoints, Now(), receipts, &call);
  const bool durable = Level(record_options.durability) == Durability::kDurable;
  if (durable && count <= kTogetherMax && !record_options.all_or_nothing) {
    commits.Run(
        &call, [this](QueuedCall* first) { TakeInTogether(first); },
        // All of it, if nothing was written: a duplicate's first copy may still be on its way to
        // the disk.
        [this] {
          return queued_copies.exchange(false) ? store->Sync() : store->WaitDurable(queued_until);
        });
  } else {
    call.status = TakeInAlone(&call.planned, record_options);
  }
  return call.status;
}

Result<Receipt> Tracker::Record(const Touchpoint& touchpoint, const RecordOptions& options) {
  Receipt receipt;
  CXJ_RETURN_IF_ERROR(impl_->RecordAll(&touchpoint, 1, options, &receipt));
  if (!receipt.status.ok()) return receipt.status;
  return receipt;
}

Result<std::vector<Receipt>> Tracker::RecordAll(const std::vector<Touchpoint>& touchpoints,
                                                const RecordOptions& options) {
  std::vector<Receipt> receipts;
  CXJ_RETURN_IF_ERROR(RecordAllInto(touchpoints, &receipts, options));
  return receipts;
}

Status Tracker::RecordAllInto(const std::vector<Touchpoint>& touchpoints,
                              std::vector<Receipt>* receipts, const RecordOptions& options) {
  const size_t count = touchpoints.size();
  if (count > model::kBatchMax) {
    return Status(Code::kInvalidArgument, "a batch has " + std::to_string(count) +
                                              " touchpoints; the limit is " +
                                              std::to_string(model::kBatchMax));
  }
  receipts->resize(count);
  return impl_->RecordAll(touchpoints.data(), count, options, receipts->data());
}

}  // namespace v1
}  // namespace cxjourney
