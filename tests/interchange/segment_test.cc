#include "interchange/segment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "interchange/names.h"
#include "interchange/reader.h"
#include "interchange/time_text.h"

namespace cxjourney::interchange {
namespace {

Touchpoint Read(const char* json) {
  Touchpoint touchpoint;
  Refusal refusal;
  EXPECT_TRUE(FromSegment(json, touchpoint, refusal)) << refusal.reason << " " << refusal.field;
  return touchpoint;
}

std::string Held(const Touchpoint& t, const char* name_space) {
  for (const Identifier& identifier : t.identifiers) {
    if (identifier.name_space == name_space) return identifier.value;
  }
  return {};
}

TEST(SegmentTest, IdentifyLinksTheIdsAndTraits) {
  const Touchpoint t = Read(
      R"({"type":"identify","anonymousId":"a1","userId":"u1","messageId":"m1","channel":"browser",
          "traits":{"email":"p@example.com","phone":"+1 555"},
          "timestamp":"2015-02-23T22:28:55.111Z","sentAt":"2015-02-23T22:28:55.111Z"})");
  EXPECT_EQ(t.purpose, Purpose::kIdentity);
  EXPECT_EQ(t.source, "segment/browser");
  EXPECT_EQ(t.id, "m1");
  EXPECT_EQ(Held(t, "customer_id"), "u1");
  EXPECT_EQ(Held(t, "anonymous_id"), "a1");
  EXPECT_EQ(Held(t, "email"), "p@example.com");
  EXPECT_EQ(Held(t, "phone"), "+1 555");
  EXPECT_EQ(t.event_time, ParseIsoTime("2015-02-23T22:28:55.111Z"));
  EXPECT_FALSE(t.sent_time);  // The timestamp is corrected already.
}

TEST(SegmentTest, AliasLinksTheOldAndTheNewId) {
  const Touchpoint cookie = Read(R"({"type":"alias","previousId":"a-9","userId":"u1"})");
  EXPECT_EQ(cookie.purpose, Purpose::kIdentity);
  EXPECT_EQ(Held(cookie, "anonymous_id"), "a-9");
  EXPECT_EQ(Held(cookie, "customer_id"), "u1");
  const Touchpoint mail = Read(R"({"type":"alias","previousId":"j@example.com","userId":"u1"})");
  EXPECT_EQ(Held(mail, "email"), "j@example.com");
  Touchpoint touchpoint;
  Refusal refusal;
  EXPECT_FALSE(FromSegment(R"({"type":"alias","userId":"u1"})", touchpoint, refusal));
  EXPECT_EQ(refusal.field, "previousId");
}

TEST(SegmentTest, CorrectsTheClockWhereSegmentHasNot) {
  const Touchpoint t = Read(
      R"({"type":"page","originalTimestamp":"2020-01-01T10:00:00Z",
          "sentAt":"2020-01-01T10:00:05Z","receivedAt":"2020-01-01T12:00:05Z"})");
  EXPECT_EQ(t.event_time, ParseIsoTime("2020-01-01T12:00:00Z"));
}

TEST(SegmentTest, OrdersArePurchasesWithTheirValue) {
  const Touchpoint t = Read(
      R"({"action":"track","event":"Order Completed","userId":"u",
          "properties":{"orderId":"o-1","revenue":19.99,"currency":"EUR"}})");
  EXPECT_EQ(t.purpose, Purpose::kPurchase);
  ASSERT_TRUE(t.value);
  EXPECT_EQ(t.value->amount_minor, 1999);
  EXPECT_EQ(t.value->currency, "EUR");
  EXPECT_EQ(t.value->kind, ValueKind::kRevenue);
  EXPECT_EQ(Held(t, "order_id"), "o-1");
  EXPECT_EQ(t.refs.at(0).id, "o-1");
}

TEST(SegmentTest, LiveChatsAreConversationsOfBothSides) {
  const Touchpoint started = Read(
      R"({"action":"track","event":"Live Chat Conversation Started","userId":"u",
          "properties":{"conversation_id":"c1","agent_id":"g1","message_body":"secret"}})");
  EXPECT_EQ(started.channel, Channel::kWebChat);
  EXPECT_EQ(started.purpose, Purpose::kQuestion);
  EXPECT_EQ(started.direction, Direction::kIn);
  EXPECT_EQ(started.conversation_id, "c1");
  EXPECT_EQ(started.agent, "g1");
  EXPECT_FALSE(started.text);
  const Touchpoint received = Read(
      R"({"action":"track","event":"Live Chat Message Received","userId":"u",
          "properties":{"conversation_id":"c1"}})");
  EXPECT_EQ(received.direction, Direction::kOut);
  const Touchpoint ended = Read(
      R"({"action":"track","event":"Live Chat Conversation Ended","userId":"u",
          "properties":{"conversation_id":"c1"}})");
  EXPECT_EQ(ended.direction, Direction::kInternal);
}

TEST(SegmentTest, RefusesWhatItCannotUse) {
  struct Case {
    const char* json;
    const char* reason;
  };
  for (const Case& c :
       {Case{R"({"type":"group","groupId":"g"})", "segment_group"},
        Case{R"({"type":"delete"})", "segment_type"}, Case{R"({"type":"track"})", "missing_field"},
        Case{R"({"type":"page","timestamp":"soon"})", "bad_time"},
        Case{R"({"type":"page","timestamp":12})", "bad_time"}, Case{"[]", "bad_json"},
        Case{"{", "bad_json"}}) {
    Touchpoint touchpoint;
    Refusal refusal;
    EXPECT_FALSE(FromSegment(c.json, touchpoint, refusal)) << c.json;
    EXPECT_EQ(refusal.reason, c.reason) << c.json;
  }
}

TEST(SegmentTest, HandlesOrRefusesEveryExampleOfTheSpec) {
  const auto reader = OpenSegment(CXJ_SOURCE_DIR "/tests/interchange/data/segment_payloads.jsonl");
  ASSERT_TRUE(reader.ok());
  std::map<std::string, int> counts;
  Row row;
  for (Result<bool> more = (*reader)->Next(row); more.ok() && *more; more = (*reader)->Next(row)) {
    ++counts[row.refusal ? "refused " + row.refusal->reason : Name(row.touchpoint.purpose)];
    if (!row.refusal) {
      EXPECT_FALSE(row.touchpoint.id.empty());
    }
  }
  const std::map<std::string, int> expected = {
      {"refused segment_group", 2},
      {"identity", 4},
      {"browse", 31},
      {"purchase", 1},
      {"marketing", 6},
      {"question", 6},
      {"feedback", 1},
      {"notification", 3},
      {"other", 21},
  };
  EXPECT_EQ(counts, expected);
}

}  // namespace
}  // namespace cxjourney::interchange
