// A touchpoint that has everything, for what must lose nothing of it.
#pragma once

#include <vector>

#include "tests/capi/capi_fixture.h"

namespace capi {

// Every field of a touchpoint, set to something of its own.
class CApiFull : public CApi {
 protected:
  cxj_touchpoint Full() {
    who = {Id("phone", "+905321112233"), Id("email", "ayse@example.com")};
    who[1].role = CXJ_ROLE_CUSTOMER;
    topics = {Borrow("order/delivery"), Borrow("refund")};
    scores = {{CXJ_SCORE_KIND_NPS, 0, 9, 10, Borrow("c-0")}};
    refs = {{CXJ_REF_TYPE_ORDER, 0, Borrow("A-1")}};
    money = {-1250, Borrow("TRY"), CXJ_VALUE_KIND_REFUND, 0};
    attributes = {
        {Borrow("a"), CXJ_ATTRIBUTE_TYPE_STRING, 1, 0, 0, Borrow("metin \xc4\xb1"), 0, 0},
        {Borrow("b"), CXJ_ATTRIBUTE_TYPE_INTEGER, 0, 1, 0, {nullptr, 0}, INT64_MIN, 0},
        {Borrow("c"), CXJ_ATTRIBUTE_TYPE_NUMBER, 0, 0, 0, {nullptr, 0}, 0, 0.25},
        {Borrow("d"), CXJ_ATTRIBUTE_TYPE_BOOLEAN, 0, 0, 0, {nullptr, 0}, 1, 0},
        {Borrow("e"), CXJ_ATTRIBUTE_TYPE_BYTES, 0, 0, 0, {"\0\xff", 2}, 0, 0},
    };
    cxj_touchpoint t = Call("full", kNow - kDay, who.data());
    t.identifier_count = who.size();
    t.revision = 3;
    t.present = CXJ_TOUCHPOINT_HAS_QUEUE_MS | CXJ_TOUCHPOINT_HAS_SENTIMENT |
                CXJ_TOUCHPOINT_HAS_UTC_OFFSET_MIN;  // Zeros that are given.
    t.end_time_us = kNow - kDay + kHour;
    t.channel = CXJ_CHANNEL_CUSTOM;
    t.custom_channel = Borrow("fax");
    t.channel_detail = Borrow("line 7");
    t.visibility = CXJ_VISIBILITY_PUBLIC;
    t.reach = 5'000'000'000;
    t.direction = CXJ_DIRECTION_IN;
    t.initiation = CXJ_INITIATION_TRANSFER;
    t.outcome = CXJ_OUTCOME_PENDING_COMPANY;
    t.topics = topics.data();
    t.topic_count = topics.size();
    t.follow_up_due_us = kNow + kDay;
    t.handled_by = CXJ_HANDLED_BY_BOT;
    t.relation = CXJ_RELATION_REPLY;
    t.conversation_id = Borrow("conversation");
    t.parent_id = Borrow("parent");
    t.agent = Borrow("agent");
    t.queue = Borrow("queue");
    t.team = Borrow("team");
    t.talk_ms = 1;
    t.hold_ms = 2;
    t.wrap_ms = 3;
    t.first_response_ms = 4;
    t.scores = scores.data();
    t.score_count = scores.size();
    t.value = &money;
    t.refs = refs.data();
    t.ref_count = refs.size();
    t.attributes = attributes.data();
    t.attribute_count = attributes.size();
    t.emotion = Borrow("anger");
    t.text_digest = Borrow("digest");
    t.automated = 1;
    t.canned = 1;
    t.consent = CXJ_CONSENT_GRANTED;
    t.retention_class = CXJ_RETENTION_CLASS_LONG;
    return t;
  }

  std::vector<cxj_identifier> who;
  std::vector<cxj_str> topics;
  std::vector<cxj_score> scores;
  std::vector<cxj_ref> refs;
  std::vector<cxj_attribute> attributes;
  cxj_money money{};
};

}  // namespace capi
