// Touchpoints as a history shows them.
#include <algorithm>
#include <cstring>
#include <utility>

#include "base/prefetch.h"
#include "base/status_macros.h"
#include "model/codec_layout.h"
#include "tracker/engine.h"

namespace cxjourney::tracker {

namespace {

using model::Bit;

// What a leg has of a touchpoint, as it was recorded or as a history shows it.
constexpr uint64_t kUsualFields =
    Bit(model::kSourceBit) | Bit(model::kIdBit) | Bit(model::kEventTimeBit) |
    Bit(model::kEventTimeDiffersBit) | Bit(model::kEndTimeBit) | Bit(model::kEndDiffersBit) |
    Bit(model::kDurationBit) | Bit(model::kChannelBit) | Bit(model::kPurposeBit) |
    Bit(model::kDirectionBit) | Bit(model::kOutcomeBit) | Bit(model::kTopicsBit) |
    Bit(model::kSentimentBit);
constexpr uint64_t kRareFields =
    Bit(model::kHandledByBit) | Bit(model::kRelationBit) | Bit(model::kAutomatedBit);
constexpr uint64_t kDetailFields = Bit(model::kConversationBit) | Bit(model::kParentBit) |
                                   Bit(model::kCustomChannelBit) | Bit(model::kAgentBit) |
                                   Bit(model::kQueueBit) | Bit(model::kValueBit);
constexpr uint64_t kLegFields = kUsualFields | kRareFields | kDetailFields;

// Rows that are asked for at once.
constexpr size_t kTogether = 16;

// Ids of one system are of one size: written over the one before without asking the string.
void ShowId(std::string_view id, std::string* shown) {
  if (shown->size() == id.size()) {
    std::memcpy(shown->data(), id.data(), id.size());
  } else {
    *shown = id;
  }
}

void ShowNames(const journey::Leg& leg, Touchpoint* touchpoint, model::DecodedInto* into) {
  constexpr uint64_t kNoString = model::DecodedInto::kNoString;
  if (touchpoint->source != leg.source) {
    touchpoint->source = leg.source;
    into->source = kNoString;
  }
  std::vector<std::string>& topics = touchpoint->topics;
  if (std::equal(topics.begin(), topics.end(), leg.topics.begin(), leg.topics.end())) return;
  topics.resize(leg.topics.size());
  std::copy(leg.topics.begin(), leg.topics.end(), topics.begin());
  into->topic = topics.empty() ? 0 : kNoString;
}

void ShowDetails(const journey::Leg& leg, Touchpoint* touchpoint) {
  const journey::LegDetails& details = *leg.details;
  touchpoint->conversation_id = details.conversation_id;
  touchpoint->parent_id = details.parent_id;
  touchpoint->custom_channel = details.custom_channel;
  touchpoint->agent = details.agent;
  touchpoint->queue = details.queue;
  touchpoint->value.reset();
  if (!leg.has_money) return;
  touchpoint->value = {details.amount_minor, std::string(details.currency), details.value_kind};
}

// The content from what the row has of it: no decoding, and no waiting for the body.
// REQUIRES: row.leg.says_all, and no other field is filled in.
void ShowLeg(const Row& row, Touchpoint* touchpoint, model::DecodedInto* into) {
  const journey::Leg& leg = row.leg;
  ShowNames(leg, touchpoint, into);
  ShowId(leg.id, &touchpoint->id);
  touchpoint->received_time = Timestamp(Duration(row.received_us));
  touchpoint->channel = leg.channel;
  touchpoint->direction = leg.direction;
  touchpoint->purpose = leg.purpose_defaulted ? Purpose::kUnspecified : leg.purpose;
  touchpoint->outcome = leg.outcome;
  touchpoint->handled_by = leg.handled_by;
  touchpoint->relation = leg.relation;
  touchpoint->automated = leg.automated;
  touchpoint->sentiment.reset();
  if (leg.has_sentiment) touchpoint->sentiment = leg.sentiment;
  const bool has_details = leg.details != &journey::kNoLegDetails;
  if (has_details || (into->filled & kDetailFields) != 0) ShowDetails(leg, touchpoint);
  into->filled = kUsualFields | kRareFields | (has_details ? kDetailFields : 0);
  into->time = Timestamp(Duration(leg.time_us));
  into->end = Timestamp(Duration(leg.end_us));
  into->has_end = leg.has_end;
}

}  // namespace

bool Engine::LegSaysAll(std::string_view body) {
  std::string_view open;
  return ReadOpenBody(body, &open) && (model::FieldsOf(open) & ~kLegFields) == 0;
}

Status Engine::ReadContent(const Row& row, Touchpoint* touchpoint, model::DecodedInto* into) const {
  const Timestamp received{Duration(row.received_us)};
  if (std::string_view open; ReadOpenBody(row.body, &open)) {
    return model::DecodeContent(open, {}, received, ledger_->strings, touchpoint, into, nullptr);
  }
  CXJ_ASSIGN_OR_RETURN(TouchpointBody body, ParseTouchpointBody(row.body));
  std::string personal;
  if (!body.encrypted.empty()) {
    CXJ_ASSIGN_OR_RETURN(personal, OpenPersonal(body, SecretOf(FindStable(body.sealed_by)), tenant_,
                                                row.sequence()));
  }
  return model::DecodeContent(body.open, personal, received, ledger_->strings, touchpoint, into,
                              nullptr);
}

void Engine::FetchInto(const Row& row, Touchpoint* touchpoint, Shown* shown) const {
  model::DecodedInto& content = shown->content;
  if (row.leg.says_all && (content.filled & ~kLegFields) == 0) {
    ShowLeg(row, touchpoint, &content);
  } else if (!ReadContent(row, touchpoint, &content).ok()) {
    // It was decoded when it came in, so this can't be; what the row itself knows is still true.
    *touchpoint = Touchpoint();
    content = model::DecodedInto();
    shown->identifiers.clear();
    ShowLeg(row, touchpoint, &content);
  }
  touchpoint->event_time = content.time;
  touchpoint->end_time.reset();
  touchpoint->duration_ms.reset();
  if (content.has_end) touchpoint->end_time = content.end;
  const std::span<const CarriedIdentifier> carried = row.carried;
  if (shown->identifiers.size() != carried.size()) {
    touchpoint->identifiers.resize(carried.size());
    shown->identifiers.resize(carried.size(), kNoIdentifier);
  }
  IdentifierNo* const before = shown->identifiers.data();
  for (size_t i = 0; i < carried.size(); ++i) {
    const IdentifierNo no = carried[i].no;
    Identifier& identifier = touchpoint->identifiers[i];
    identifier.role = carried[i].role;
    if (std::exchange(before[i], no) == no) continue;
    const identity::IdentifierEntry& entry = identifiers_[no];
    identifier.name_space = entry.name_space_name;
    identifier.value = entry.value;
  }
}

// Asks for the memory of what FetchInto reads, step by step for all rows: each step waits for
// memory, and asked for together they wait together.
void Engine::PrefetchRows(std::span<const journey::TimelineEntry> legs) const {
  for (const journey::Leg* leg : legs) base::PrefetchBetween(&Row::Of(leg), leg + 1);
  base::ShortList<IdentifierNo, 2 * kTogether> shown;  // Of one customer mostly the same ones.
  for (const journey::Leg* leg : legs) {
    const Row& row = Row::Of(leg);
    const std::string_view read = leg->says_all ? leg->id : row.body;
    base::Prefetch(read.data());
    base::Prefetch(read.data() + read.size());
    for (const CarriedIdentifier& carried : row.carried) {
      if (!shown.empty() && shown.back() == carried.no) continue;
      identifiers_.Prefetch(carried.no);
      shown.push_back(carried.no);
    }
  }
  for (IdentifierNo no : shown) base::Prefetch(identifiers_[no].value.data());
}

template <class Visit>
void Engine::ForEachRow(std::span<const journey::TimelineEntry> legs, Visit visit) const {
  for (size_t i = 0; i < legs.size(); ++i) {
    if (i % kTogether == 0) PrefetchRows(legs.subspan(i, std::min(kTogether, legs.size() - i)));
    visit(i, Row::Of(legs[i]));
  }
}

std::vector<Touchpoint> Engine::FetchAll(std::span<const journey::TimelineEntry> legs) const {
  std::vector<Touchpoint> touchpoints(legs.size());
  ForEachRow(legs, [&](size_t i, const Row& row) {
    Shown shown;
    FetchInto(row, &touchpoints[i], &shown);
  });
  return touchpoints;
}

void Engine::VisitAll(std::span<const journey::TimelineEntry> legs,
                      const TouchpointVisitor& visit) const {
  Touchpoint touchpoint;
  Shown shown;
  ForEachRow(legs, [&](size_t, const Row& row) {
    FetchInto(row, &touchpoint, &shown);
    visit(touchpoint);
  });
}

}  // namespace cxjourney::tracker
