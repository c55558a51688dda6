// Planning: duplicates, revisions, definitions, and the batch.
#include "tracker/plan.h"

#include <algorithm>

namespace cxjourney::tracker {

void Planned::Refuse(Status status, Reason reason, std::string about) {
  write = false;
  receipt.outcome = RecordOutcome::kRefused;
  receipt.status = std::move(status);
  receipt.remarks = {{reason, std::move(about)}};
}

std::vector<Revision>& Plan::RevisionsOf(const Touchpoint& content) {
  auto [found, fresh] = revisions_.try_emplace({content.source, content.id});
  if (fresh) {
    RowNo no = engine_->rows().Find(content.source, content.id);
    if (no != kNoRow) found->second = engine_->rows()[no].revisions;
  }
  return found->second;
}

void Plan::Judge(Planned* planned) {
  const Touchpoint& content = planned->touchpoint.content;
  planned->receipt.key = {content.source, content.id};
  planned->digest = engine_->DigestOf(planned->touchpoint);
  std::vector<Revision>& revisions = RevisionsOf(content);
  for (const Revision& known : revisions) {
    if (known.number != content.revision) continue;
    if (known.digest == planned->digest) {
      planned->receipt.outcome = RecordOutcome::kDuplicate;
      planned->receipt.sequence = 0;
      return;
    }
    planned->Refuse(
        Status(Code::kAlreadyExists, "revision " + std::to_string(content.revision) +
                                         " of this source and id is stored with other content"),
        Reason::kRevisionConflict, "revision");
    return;
  }
  planned->write = true;
  Revision own{content.revision, 0, planned->digest};
  revisions.insert(
      std::upper_bound(revisions.begin(), revisions.end(), own,
                       [](const Revision& a, const Revision& b) { return a.number < b.number; }),
      own);
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
  planned->ids = definitions_.Identifiers(planned->touchpoint.identifiers);
  uint64_t sequence = batch_.first_sequence + records_++;
  strings.Intern(planned->touchpoint.content.source);
  model::EncodedTouchpoint encoded =
      model::EncodeTouchpoint(planned->touchpoint, planned->ids, batch_.received, &strings);
  definitions_.Strings();
  IdentifierNo sealed_by = Strongest(*planned);
  planned->body = tracker::EncodeTouchpointBody(
      encoded, sealed_by, engine_->SecretOf(sealed_by), planned->digest,
      engine_->KeyHashOf(planned->touchpoint.content), batch_.tenant, sequence);
  planned->receipt.sequence = sequence;
  batch_.records.push_back({store::RecordKind::kTouchpoint, planned->body});
}

}  // namespace cxjourney::tracker
