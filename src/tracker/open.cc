// Opening, closing and verifying a store.
#include <absl/container/flat_hash_map.h>
#include <sodium.h>

#include <chrono>
#include <thread>
#include <utility>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/pages.h"
#include "base/status_macros.h"
#include "tracker/impl.h"

namespace cxjourney {
inline namespace v1 {

namespace {

constexpr size_t kPoliciesMax = 8;

Status ValidatePolicies(const std::vector<Policy>& policies) {
  if (policies.empty() || policies.size() > kPoliciesMax) {
    return Status(Code::kInvalidArgument, "Options::policies must name 1 to 8 policies, not " +
                                              std::to_string(policies.size()));
  }
  for (size_t i = 0; i < policies.size(); ++i) {
    CXJ_RETURN_IF_ERROR(ValidatePolicy(policies[i]));
    for (size_t j = 0; j < i; ++j) {
      if (policies[i].name == policies[j].name) {
        return Status(Code::kInvalidArgument,
                      "Options::policies names '" + policies[i].name + "' twice");
      }
    }
  }
  return Status();
}

}  // namespace

Timestamp Tracker::Impl::Now() const { return base::Now(options.clock); }

Status Tracker::Impl::Usable() const {
  if (closed) return Status(Code::kFailedPrecondition, "the store is closed");
  if (broken) {
    return Status(Code::kInternal, "an invariant of the store broke; open it again to go on");
  }
  return Status();
}

Status Tracker::Impl::Writable() const {
  CXJ_RETURN_IF_ERROR(Usable());
  if (options.read_only) {
    return Status(Code::kFailedPrecondition, "the store was opened to be read only");
  }
  if (read_only) {
    return Status(Code::kFailedPrecondition,
                  "a write has failed; the store is read-only until it is opened again");
  }
  return Status();
}

// Received times never run backwards, whatever the clock does.
Timestamp Tracker::Impl::NextReceived() const {
  return std::max(Now(), engine->ledger().last_received);
}

// Empty, and loading.
std::unique_ptr<tracker::Engine> Tracker::Impl::NewEngine(tracker::Ledger* of) const {
  auto made = std::make_unique<tracker::Engine>(canonicalizer.get(), &compiled, options.tenant, of);
  made->SetKeys(store->hash_root());
  made->SetKeepsValues(options.display_values);
  return made;
}

// The rules and policies in force: those asked for, else those on record, else the defaults.
// They decide how everything is read, so they are looked for before anything is loaded.
Status Tracker::Impl::ChooseRules(const std::string& stored_rules,
                                  const std::string& stored_policies) {
  if (options.identity_rules) {
    rules = *options.identity_rules;
  } else if (!stored_rules.empty()) {
    CXJ_ASSIGN_OR_RETURN(rules, tracker::ParseRules(stored_rules));
  } else {
    rules = DefaultIdentityRules();
  }
  CXJ_RETURN_IF_ERROR(ValidateIdentityRules(rules));
  if (!stored_rules.empty()) {
    CXJ_ASSIGN_OR_RETURN(IdentityRules before, tracker::ParseRules(stored_rules));
    CXJ_RETURN_IF_ERROR(CheckNormalizersUnchanged(before, rules));
  }
  if (options.policies) {
    policies = *options.policies;
  } else if (!stored_policies.empty()) {
    CXJ_ASSIGN_OR_RETURN(policies, tracker::ParsePolicies(stored_policies));
  } else {
    policies = {Policy()};
  }
  CXJ_RETURN_IF_ERROR(ValidatePolicies(policies));
  canonicalizer = std::make_unique<model::Canonicalizer>(rules, options.keep_text);
  for (const Policy& policy : policies) {
    compiled.push_back(std::make_unique<journey::CompiledPolicy>(policy));
  }
  return Status();
}

// Stored values are normalised already; another normaliser would make two of one.
Status Tracker::Impl::CheckNormalizersUnchanged(const IdentityRules& before,
                                                const IdentityRules& after) {
  for (const NamespaceRule& old_rule : before.namespaces) {
    for (const NamespaceRule& rule : after.namespaces) {
      if (rule.name == old_rule.name && rule.normalizer != old_rule.normalizer) {
        return Status(Code::kFailedPrecondition,
                      "namespace '" + rule.name +
                          "' holds values of another normaliser, which can't be changed");
      }
    }
  }
  if (before.default_region != after.default_region) {
    return Status(Code::kFailedPrecondition, "IdentityRules::default_region is " +
                                                 before.default_region +
                                                 " in this store and can't be changed");
  }
  return Status();
}

Status Tracker::Impl::Open() {
  if (options.in_memory) {
    store = store::NewMemoryStore(options);
  } else {
    CXJ_ASSIGN_OR_RETURN(store, store::OpenLogStore(path, options));
  }
  // Replay reads each batch once. Rules in force are those of the last record of their kind, so
  // batches wait in memory until all of it is read.
  std::vector<store::Batch> batches;
  std::string stored_rules;
  std::string stored_policies;
  CXJ_ASSIGN_OR_RETURN(report, store->Replay([&](const store::Batch& batch) {
    for (const store::Record& record : batch.records) {
      if (record.kind == store::RecordKind::kRules) stored_rules = batch.BodyOf(record);
      if (record.kind == store::RecordKind::kPolicies) stored_policies = batch.BodyOf(record);
    }
    batches.push_back(batch);
    return Status();
  }));
  CXJ_RETURN_IF_ERROR(RestoreMeta());
  if (stored_rules.empty()) stored_rules = ledger.rules;
  if (stored_policies.empty()) stored_policies = ledger.policies;
  CXJ_RETURN_IF_ERROR(ChooseRules(stored_rules, stored_policies));
  engine = NewEngine(&ledger);
  CXJ_RETURN_IF_ERROR(BringInFreed(ledger.rules));
  CXJ_RETURN_IF_ERROR(LoadLog(std::move(batches)));
  return options.read_only ? Status() : RecordRules();
}

// Values that the rules refused when they were sealed join nothing. Those that the rules in force
// let be evidence do, so that what carries one is one island now.
Status Tracker::Impl::BringInFreed(const std::string& rules_at_seal) {
  if (!paging.partial || rules_at_seal == tracker::EncodeRules(rules)) return Status();
  CXJ_ASSIGN_OR_RETURN(IdentityRules before, tracker::ParseRules(rules_at_seal));
  const model::Canonicalizer refusing(before);
  absl::flat_hash_map<uint32_t, tracker::IslandNo> first;  // By identifier: who lists it.
  std::vector<tracker::IslandNo> islands;
  std::vector<uint32_t> freed;
  CXJ_RETURN_IF_ERROR(ForEachIsland([&](tracker::IslandNo island, const IslandTexts& texts) {
    return engine->VisitIdentifiers(
        texts, [&](uint32_t stable, std::string_view name_space, const auto& name) {
          if (name.ReasonUnder(refusing, name_space) == Reason::kNone) return;
          if (name.ReasonUnder(*canonicalizer, name_space) != Reason::kNone) return;
          const auto [found, fresh] = first.try_emplace(stable, island);
          if (fresh) return;
          islands.insert(islands.end(), {found->second, island});
          freed.push_back(stable);
        });
  }));
  CXJ_RETURN_IF_ERROR(BringIn(islands));
  for (uint32_t stable : freed) engine->NoteRejoined(stable);
  paging.rules_changed = true;
  paging.rejoined = !freed.empty();
  return Status();
}

// The islands that the log names, in its order: they are all over the vault.
void Tracker::Impl::StartReadAhead(const std::vector<store::Batch>& batches) {
  std::vector<tracker::IslandNo> islands;
  for (const store::Batch& batch : batches) {
    for (const store::Record& record : batch.records) {
      if (record.kind != store::RecordKind::kIsland) continue;
      islands.push_back(
          static_cast<tracker::IslandNo>(base::Reader(batch.BodyOf(record)).Varint()));
    }
  }
  if (islands.empty()) return;
  islands_ahead = std::make_unique<tracker::IslandsAhead>(store->vault(), islands);
}

// What the log holds behind the seal, and of what is sealed as much as that is about.
Status Tracker::Impl::LoadLog(std::vector<store::Batch> batches) {
  if (paging.partial) {
    engine->SetBringIn([this](const auto& keys, const auto& islands) {
      return BringInForWrite({keys, islands, {}});
    });
    StartReadAhead(batches);
  }
  for (store::Batch& batch : batches) {
    CXJ_RETURN_IF_ERROR(engine->Load(batch));
    batch = {};
  }
  engine->SetBringIn(nullptr);
  islands_ahead.reset();
  engine->FinishLoading();
  return Status();
}

// Rules and policies are evidence: a change of theirs is recorded like everything else.
Status Tracker::Impl::RecordRules() {
  store::Batch batch;
  batch.tenant = options.tenant;
  batch.first_sequence = engine->ledger().last_sequence + 1;
  batch.received = NextReceived();
  std::string rules_body = tracker::EncodeRules(rules);
  std::string policies_body = tracker::EncodePolicies(policies);
  if (rules_body != ledger.rules) {
    batch.Add(store::RecordKind::kRules, rules_body);
  }
  if (policies_body != ledger.policies) {
    batch.Add(store::RecordKind::kPolicies, policies_body);
  }
  if (batch.records.empty()) return Status();
  CXJ_ASSIGN_OR_RETURN(store::CommitPosition position, store->Commit(batch, Durability::kDurable));
  CXJ_RETURN_IF_ERROR(engine->Load(batch));
  return store->WaitDurable(position);
}

Result<std::unique_ptr<Tracker>> Tracker::Open(const std::string& path, const Options& options) {
  if (sodium_init() < 0) return Status(Code::kUnavailable, "no source of randomness");
  if (options.read_only && options.in_memory) {
    return Status(Code::kInvalidArgument, "Options::read_only and Options::in_memory are both set");
  }
  // Whoever writes may remove files that a reader has just seen the names of; then they are
  // missing, or what is left does not fit together.
  constexpr int kTries = 10;
  constexpr auto kPause = std::chrono::milliseconds(20);
  for (int left = options.read_only ? kTries : 1;; --left) {
    auto impl = std::make_unique<Impl>();
    impl->options = options;
    if (impl->options.durability == Durability::kDefault) {
      impl->options.durability = Durability::kDurable;
    }
    impl->path = path;
    Status opened = impl->Open();
    if (opened.ok()) return std::unique_ptr<Tracker>(new Tracker(std::move(impl)));
    if (opened.code() != Code::kDataLoss || left == 1) return opened;
    std::this_thread::sleep_for(kPause);
  }
}

Tracker::Tracker(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Tracker::~Tracker() {
  if (!impl_->closed) static_cast<void>(Close());
}

Status Tracker::Close() {
  base::MutexLock writer(&impl_->writer_mutex);
  if (impl_->closed.exchange(true)) return Status(Code::kFailedPrecondition, "the store is closed");
  Status sealed = impl_->SealForClose();
  base::WriterLock state(&impl_->state_mutex);
  Status closed = impl_->store->Close();
  return sealed.ok() ? closed : sealed;
}

Status Tracker::Sync() {
  CXJ_RETURN_IF_ERROR(impl_->Usable());
  return impl_->store->Sync();
}

Status Tracker::Compact() {
  base::MutexLock writer(&impl_->writer_mutex);
  CXJ_RETURN_IF_ERROR(impl_->Writable());
  if (impl_->paging.IsAllSealed(impl_->ledger) && impl_->store->vault()->IsCompact()) {
    return Status();
  }
  // Rewriting needs memory for where everything stands, once more.
  const bool has_budget = impl_->options.memory_budget_bytes > 0;
  if (has_budget) {
    CXJ_RETURN_IF_ERROR(impl_->SealEvidence());
    CXJ_RETURN_IF_ERROR(impl_->LetGo());
  }
  Status compacted = impl_->WriteSealGuarded(Tracker::Impl::SealExtent::kEverything);
  if (has_budget) base::ReturnFreedMemory();
  return compacted;
}

const OpenReport& Tracker::open_report() const { return impl_->report; }
const std::vector<Policy>& Tracker::policies() const { return impl_->policies; }
const IdentityRules& Tracker::identity_rules() const { return impl_->rules; }

Result<VerifyReport> Tracker::Verify() const {
  // The writer lock keeps the evidence still; readers go on.
  base::MutexLock writer(&impl_->writer_mutex);
  CXJ_RETURN_IF_ERROR(impl_->Usable());
  CXJ_RETURN_IF_ERROR(impl_->store->Sync());
  tracker::Ledger derived_ledger;
  std::unique_ptr<tracker::Engine> derived = impl_->NewEngine(&derived_ledger);
  CXJ_RETURN_IF_ERROR(impl_->DeriveAgain(&derived_ledger, derived.get()));
  VerifyReport report;
  report.records = derived_ledger.evidence;
  base::ReaderLock state(&impl_->state_mutex);
  report.problems = impl_->engine->CompareWith(*derived, impl_->paging.partial);
  Stats stats;
  derived->AddStats(&stats);
  report.touchpoints = stats.touchpoints;
  report.customers = stats.customers;
  for (identity::ClassNo no = 0; no < derived->graph().class_limit(); ++no) {
    const tracker::CustomerState* customer = derived->StateOf(no);
    if (customer == nullptr) continue;
    for (const auto& journey : customer->journeys) report.contacts += journey.contacts().size();
  }
  return report;
}

// Everything once more, from the stored bytes alone, with every check.
Status Tracker::Impl::DeriveAgain(tracker::Ledger* derived_ledger, tracker::Engine* derived) const {
  if (store->vault()->head().generation > 0) {
    CXJ_RETURN_IF_ERROR(ParseMeta(derived_ledger, nullptr));
    CXJ_RETURN_IF_ERROR(ForEachIsland([&](tracker::IslandNo island, const IslandTexts& texts) {
      return derived->LoadIsland(island, texts);
    }));
  }
  CXJ_RETURN_IF_ERROR(
      store->ReadBack([&](const store::Batch& batch) { return derived->Load(batch); }));
  derived->FinishLoading();
  return Status();
}

}  // namespace v1
}  // namespace cxjourney
