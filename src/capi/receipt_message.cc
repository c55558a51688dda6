#include "capi/receipt_message.h"

#include "capi/answers.h"

namespace cxjourney::capi {
namespace {

namespace x = wire;

void Set(const TouchpointKey& key, x::Key* out) {
  out->set_source(key.source);
  out->set_id(key.id);
}

void Set(const RepeatVerdict& verdict, x::RepeatVerdict* out) {
  out->set_policy(verdict.policy);
  if (verdict.repeat_of) Set(*verdict.repeat_of, out->mutable_repeat_of());
  out->set_gap_us(verdict.gap.count());
  if (verdict.episode) Set(*verdict.episode, out->mutable_episode());
  out->set_contacts_in_episode(verdict.contacts_in_episode);
}

void Set(const Promise& promise, x::Promise* out) {
  Set(promise.touchpoint, out->mutable_touchpoint());
  out->set_made_us(Micros(promise.made));
  out->set_due_us(Micros(promise.due));
  out->set_broken(promise.broken);
  out->set_agent(promise.agent);
  out->set_queue(promise.queue);
}

void Set(const OpenEpisode& episode, x::OpenEpisode* out) {
  Set(episode.id, out->mutable_id());
  out->set_start_us(Micros(episode.start));
  out->set_last_contact_end_us(Micros(episode.last_contact_end));
  for (const std::string& topic : episode.topics) out->add_topics(topic);
  out->set_last_outcome(static_cast<uint32_t>(episode.last_outcome));
  if (episode.last_sentiment) out->set_last_sentiment(*episode.last_sentiment);
  out->set_last_emotion(episode.last_emotion);
  out->set_transfers(episode.transfers);
  out->set_agents(episode.agents);
  out->set_contacts_total(episode.contact_count);
  for (const ContactId& contact : episode.contacts) Set(contact, out->add_contacts());
  for (const Promise& promise : episode.promises) Set(promise, out->add_promises());
}

void Set(const Notice& notice, x::Notice* out) {
  out->set_type(static_cast<x::NoticeType>(notice.type));
  out->set_policy(notice.policy);
  Set(notice.contact, out->mutable_contact());
  out->set_start_us(Micros(notice.start));
  if (notice.prior) Set(*notice.prior, out->mutable_prior());
  if (notice.old_prior) Set(*notice.old_prior, out->mutable_old_prior());
}

}  // namespace

x::Receipt ToMessage(const Receipt& receipt) {
  x::Receipt out;
  out.set_outcome(static_cast<x::RecordOutcome>(receipt.outcome));
  out.set_code(static_cast<int32_t>(receipt.status.code()));
  out.set_message(receipt.status.message());
  for (const Remark& remark : receipt.remarks) {
    x::Remark* message = out.add_remarks();
    message->set_reason(static_cast<uint32_t>(remark.reason));
    message->set_name(ReasonName(remark.reason));
    message->set_about(remark.about);
  }
  if (!(receipt.key == TouchpointKey())) Set(receipt.key, out.mutable_key());
  out.set_sequence(receipt.sequence);
  out.set_customer(static_cast<uint64_t>(receipt.customer));
  for (CustomerId id : receipt.merged) out.add_merged(static_cast<uint64_t>(id));
  if (receipt.contact) Set(*receipt.contact, out.mutable_contact());
  for (const RepeatVerdict& verdict : receipt.verdicts) Set(verdict, out.add_verdicts());
  for (const OpenEpisode& episode : receipt.open) Set(episode, out.add_open_episodes());
  for (const Notice& notice : receipt.changes) Set(notice, out.add_changes());
  out.set_more_changes(receipt.more_changes);
  return out;
}

}  // namespace cxjourney::capi
