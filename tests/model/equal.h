// Field by field, so that a failure names the field.
#pragma once

#include <gtest/gtest.h>

#include "model/canonical.h"

namespace cxjourney::model {

inline void ExpectEqualLists(const Touchpoint& a, const Touchpoint& b) {
  EXPECT_EQ(a.topics, b.topics);
  ASSERT_EQ(a.scores.size(), b.scores.size());
  for (size_t i = 0; i < a.scores.size(); ++i) {
    EXPECT_EQ(a.scores[i].kind, b.scores[i].kind);
    EXPECT_EQ(a.scores[i].value, b.scores[i].value);
    EXPECT_EQ(a.scores[i].max, b.scores[i].max);
    EXPECT_EQ(a.scores[i].about_id, b.scores[i].about_id);
  }
  ASSERT_EQ(a.refs.size(), b.refs.size());
  for (size_t i = 0; i < a.refs.size(); ++i) {
    EXPECT_EQ(a.refs[i].type, b.refs[i].type);
    EXPECT_EQ(a.refs[i].id, b.refs[i].id);
  }
  ASSERT_EQ(a.attributes.size(), b.attributes.size());
  for (size_t i = 0; i < a.attributes.size(); ++i) {
    EXPECT_EQ(a.attributes[i].key, b.attributes[i].key);
    EXPECT_EQ(a.attributes[i].personal, b.attributes[i].personal);
    EXPECT_EQ(a.attributes[i].fact, b.attributes[i].fact);
    ASSERT_EQ(a.attributes[i].value.index(), b.attributes[i].value.index());
    if (const auto* blob = std::get_if<Bytes>(&a.attributes[i].value)) {
      EXPECT_EQ(blob->data, std::get<Bytes>(b.attributes[i].value).data);
    } else if (const auto* text = std::get_if<std::string>(&a.attributes[i].value)) {
      EXPECT_EQ(*text, std::get<std::string>(b.attributes[i].value));
    } else if (const auto* integer = std::get_if<int64_t>(&a.attributes[i].value)) {
      EXPECT_EQ(*integer, std::get<int64_t>(b.attributes[i].value));
    } else if (const auto* number = std::get_if<double>(&a.attributes[i].value)) {
      EXPECT_EQ(*number, std::get<double>(b.attributes[i].value));
    } else {
      EXPECT_EQ(std::get<bool>(a.attributes[i].value), std::get<bool>(b.attributes[i].value));
    }
  }
}

inline void ExpectEqualFields(const Touchpoint& a, const Touchpoint& b) {
  EXPECT_EQ(a.source, b.source);
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.revision, b.revision);
  EXPECT_EQ(a.voided, b.voided);
  EXPECT_EQ(a.event_time, b.event_time);
  EXPECT_EQ(a.end_time, b.end_time);
  EXPECT_EQ(a.duration_ms, b.duration_ms);
  EXPECT_EQ(a.sent_time, b.sent_time);
  EXPECT_EQ(a.received_time, b.received_time);
  EXPECT_EQ(a.utc_offset_min, b.utc_offset_min);
  EXPECT_EQ(a.channel, b.channel);
  EXPECT_EQ(a.custom_channel, b.custom_channel);
  EXPECT_EQ(a.channel_detail, b.channel_detail);
  EXPECT_EQ(a.visibility, b.visibility);
  EXPECT_EQ(a.reach, b.reach);
  EXPECT_EQ(a.direction, b.direction);
  EXPECT_EQ(a.initiation, b.initiation);
  EXPECT_EQ(a.purpose, b.purpose);
  EXPECT_EQ(a.outcome, b.outcome);
  EXPECT_EQ(a.follow_up_due, b.follow_up_due);
  EXPECT_EQ(a.handled_by, b.handled_by);
  EXPECT_EQ(a.automated, b.automated);
  EXPECT_EQ(a.canned, b.canned);
  EXPECT_EQ(a.conversation_id, b.conversation_id);
  EXPECT_EQ(a.parent_id, b.parent_id);
  EXPECT_EQ(a.relation, b.relation);
  EXPECT_EQ(a.agent, b.agent);
  EXPECT_EQ(a.queue, b.queue);
  EXPECT_EQ(a.team, b.team);
  EXPECT_EQ(a.timings.queue_ms, b.timings.queue_ms);
  EXPECT_EQ(a.timings.talk_ms, b.timings.talk_ms);
  EXPECT_EQ(a.timings.hold_ms, b.timings.hold_ms);
  EXPECT_EQ(a.timings.wrap_ms, b.timings.wrap_ms);
  EXPECT_EQ(a.timings.first_response_ms, b.timings.first_response_ms);
  EXPECT_EQ(a.sentiment, b.sentiment);
  EXPECT_EQ(a.emotion, b.emotion);
  ASSERT_EQ(a.value.has_value(), b.value.has_value());
  if (a.value) {
    EXPECT_EQ(a.value->amount_minor, b.value->amount_minor);
    EXPECT_EQ(a.value->currency, b.value->currency);
    EXPECT_EQ(a.value->kind, b.value->kind);
  }
  EXPECT_EQ(a.text_digest, b.text_digest);
  EXPECT_EQ(a.text, b.text);
  EXPECT_EQ(a.consent, b.consent);
  EXPECT_EQ(a.retention_class, b.retention_class);
  ExpectEqualLists(a, b);
}

}  // namespace cxjourney::model
