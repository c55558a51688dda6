// Planning: duplicates, revisions, definitions, and the batch.
#include "tracker/plan.h"

#include <algorithm>

namespace cxjourney::tracker {

void Planned::Refuse(Status status, Reason reason, std::string about) {
  write = false;
  receipt->outcome = RecordOutcome::kRefused;
  receipt->status = std::move(status);
  receipt->remarks = {{reason, std::move(about)}};
}

std::optional<identity::Hash128> Plan::DigestOf(const Known& known, uint32_t revision) const {
  for (const Planned* here : known.here) {
    if (here->touchpoint.content->revision == revision)
      return engine_->StoredDigestOf(here->touchpoint);
  }
  if (known.stored == kNoRow) return std::nullopt;
  const Row& row = engine_->rows()[known.stored];
  for (const Revision& stored : row.revisions) {
    if (stored.number == revision) return engine_->DigestOf(row, stored);
  }
  return std::nullopt;
}

void Plan::Judge(Planned* planned) {
  const Touchpoint& content = *planned->touchpoint.content;
  auto [found, fresh] = known_.try_emplace(planned->key);
  Known& known = found->second;
  if (fresh) known.stored = engine_->rows().Find(planned->key);
  const std::optional<identity::Hash128> digest = DigestOf(known, content.revision);
  if (!digest) {
    planned->write = true;
    planned->hashes = engine_->HashesOf(planned->touchpoint.identifiers);
    known.here.push_back(planned);
  } else if (*digest == engine_->StoredDigestOf(planned->touchpoint)) {
    planned->receipt->outcome = RecordOutcome::kDuplicate;
    planned->receipt->sequence = 0;
  } else {
    planned->Refuse(
        Status(Code::kAlreadyExists, "revision " + std::to_string(content.revision) +
                                         " of this source and id is stored with other content"),
        Reason::kRevisionConflict, "revision");
  }
}

// The secret of the strongest customer identifier protects the personal fields.
IdentifierNo Plan::Strongest(const Planned& planned) const {
  IdentifierNo best = kNoIdentifier;
  for (size_t i = 0; i < planned.ids.size(); ++i) {
    if (!planned.touchpoint.identifiers[i].evidence()) continue;
    if (best == kNoIdentifier || engine_->StrongerThan(planned.ids[i], best)) {
      best = planned.ids[i];
    }
  }
  return best;
}

void Plan::Encode(Planned* planned) {
  model::StringTable& strings = engine_->strings();
  planned->ids = definitions_.Identifiers(planned->touchpoint.identifiers, planned->hashes);
  uint64_t sequence = batch_.first_sequence + records_++;
  strings.Intern(planned->touchpoint.content->source);
  model::EncodedTouchpoint& encoded = encoded_;
  model::EncodeTouchpoint(planned->touchpoint, engine_->StableOf(planned->ids), batch_.received,
                          &strings, &encoded);
  definitions_.Strings();
  IdentifierNo sealed_by = Strongest(*planned);
  if (!encoded.personal.empty()) definitions_.Secret(sealed_by);
  // What is left out now, or erased one day, can't be compared with a copy then.
  const bool whole = encoded.personal.empty() && !planned->touchpoint.text_dropped;
  if (!whole) planned->kept_digest = engine_->StoredDigestOf(planned->touchpoint);
  const size_t begin = batch_.bodies.size();
  AppendTouchpointBody(encoded, engine_->StableOf(sealed_by), engine_->SecretOf(sealed_by),
                       planned->kept_digest,
                       encoded.personal.empty() ? identity::Hash128()
                                                : engine_->KeyHashOf(*planned->touchpoint.content),
                       batch_.tenant, sequence, &batch_.bodies);
  planned->receipt->sequence = sequence;
  planned->record = batch_.records.size();
  batch_.AddFrom(begin, store::RecordKind::kTouchpoint);
}

}  // namespace cxjourney::tracker
