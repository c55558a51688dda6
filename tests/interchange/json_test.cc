#include "interchange/json.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <random>

#include "interchange/convert.h"
#include "interchange/names.h"

namespace cxjourney::interchange {
namespace {

Timestamp At(int64_t micros) { return Timestamp(Duration(micros)); }

// Every field is set, so a field that a conversion forgets is seen.
Touchpoint FullTouchpoint() {
  Touchpoint t;
  t.source = "crm";
  t.id = "t-1";
  t.revision = 3;
  t.voided = true;
  t.identifiers = {{"email", "a@example.com", Role::kCustomer}, {"phone", "0532", Role::kAgent}};
  t.event_time = At(0);  // 1970, which is not the same as absent.
  t.end_time = At(5'000'000);
  t.duration_ms = 5000;
  t.sent_time = At(7);
  t.received_time = At(8);
  t.utc_offset_min = -180;
  t.channel = Channel::kCustom;
  t.custom_channel = "fax";
  t.channel_detail = "line 4";
  t.visibility = Visibility::kPublic;
  t.reach = uint64_t{1} << 60;
  t.direction = Direction::kOut;
  t.initiation = Initiation::kReply;
  t.purpose = Purpose::kOther;
  t.topics = {"order/delivery/late", "billing"};
  t.outcome = Outcome::kFailed;
  t.follow_up_due = At(9);
  t.handled_by = HandledBy::kSelfService;
  t.automated = true;
  t.canned = true;
  t.conversation_id = "c";
  t.parent_id = "p";
  t.relation = Relation::kConsult;
  t.agent = "ayşe";
  t.queue = "q";
  t.team = "team";
  t.timings = {0, 2, 3, 4, 5};
  t.scores = {{ScoreKind::kNps, 9.5, 10, "t-0"}};
  t.sentiment = -0.5F;
  t.emotion = "angry";
  t.value = Value{-1250, "TRY", ValueKind::kRefund};
  t.refs = {{RefType::kOrder, "A-1"}, {RefType::kCampaign, "x"}};
  t.attributes = {{"a", std::string("text"), true, false},
                  {"b", int64_t{-5}, false, true},
                  {"c", 2.5, false, false},
                  {"d", true, false, false},
                  {"e", Bytes{std::string("\0\xFF", 2)}, false, false}};
  t.text_digest = std::string("\x01\x00\xFE", 3);
  t.text = "";  // Present and empty, which is not absent.
  t.consent = Consent::kWithdrawn;
  t.retention_class = RetentionClass::kLong;
  return t;
}

bool Equal(const Touchpoint& a, const Touchpoint& b) {
  return google::protobuf::util::MessageDifferencer::Equals(ToMessage(a), ToMessage(b));
}

TEST(ConvertTest, SetsEveryFieldOfTheMessage) {
  const wire::Touchpoint message = ToMessage(FullTouchpoint(), 7);
  const auto* reflection = message.GetReflection();
  const auto* descriptor = message.GetDescriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const auto* field = descriptor->field(i);
    const bool set = field->is_repeated() ? reflection->FieldSize(message, field) > 0
                                          : reflection->HasField(message, field);
    EXPECT_TRUE(set) << field->name();
  }
}

TEST(ConvertTest, GivesBackWhatWentIn) {
  const Touchpoint t = FullTouchpoint();
  const Result<Touchpoint> back = FromMessage(ToMessage(t));
  ASSERT_TRUE(back.ok());
  EXPECT_TRUE(Equal(t, *back));
  EXPECT_EQ(back->event_time, At(0));
  EXPECT_EQ(back->text, std::optional<std::string>(""));
  EXPECT_EQ(back->timings.queue_ms, std::optional<uint32_t>(0));
  EXPECT_EQ(std::get<Bytes>(back->attributes[4].value).data, std::string("\0\xFF", 2));
}

TEST(ConvertTest, KeepsAbsentFieldsAbsent) {
  const Result<Touchpoint> back = FromMessage(ToMessage(Touchpoint()));
  ASSERT_TRUE(back.ok());
  EXPECT_FALSE(back->event_time || back->end_time || back->duration_ms || back->sent_time);
  EXPECT_FALSE(back->utc_offset_min || back->follow_up_due || back->sentiment || back->value);
  EXPECT_FALSE(back->text || back->timings.queue_ms);
}

TEST(ConvertTest, RefusesNumbersNoEnumCanHold) {
  wire::Touchpoint message;
  message.add_scores()->set_kind(static_cast<wire::ScoreKind>(257));
  const Result<Touchpoint> back = FromMessage(message);
  ASSERT_FALSE(back.ok());
  EXPECT_EQ(back.status().code(), Code::kInvalidArgument);
  EXPECT_THAT(back.status().message(), testing::HasSubstr("scores.kind"));
}

TEST(NamesTest, AgreeWithTheNumbersOfTheLibrary) {
  EXPECT_EQ(Name(Channel::kWebChat), "web_chat");
  EXPECT_EQ(Name(Channel::kReviewSite), "review_site");
  EXPECT_EQ(Name(Purpose::kReturnGoods), "return_goods");
  EXPECT_EQ(Name(Outcome::kPendingCompany), "pending_company");
  EXPECT_EQ(Name(HandledBy::kSelfService), "self_service");
  EXPECT_EQ(Name(Relation::kReply), "reply");
  EXPECT_EQ(Name(ScoreKind::kFcr), "fcr");
  EXPECT_EQ(Name(RefType::kCampaign), "campaign");
  EXPECT_EQ(Name(static_cast<Channel>(200)), "200");
  Channel channel = Channel::kUnspecified;
  EXPECT_TRUE(ParseName("Web_Chat", channel));
  EXPECT_EQ(channel, Channel::kWebChat);
  EXPECT_FALSE(ParseName("web chat", channel));
  EXPECT_FALSE(ParseName("", channel));
}

bool Read(std::string_view text, Touchpoint& touchpoint, Refusal& refusal) {
  uint32_t tenant = 0;
  return FromJson(text, touchpoint, tenant, refusal);
}

TEST(JsonTest, GivesBackWhatWentInWithEitherTimes) {
  for (const JsonTimes times : {JsonTimes::kMicros, JsonTimes::kIso}) {
    Touchpoint back;
    Refusal refusal;
    ASSERT_TRUE(Read(ToJson(FullTouchpoint(), times), back, refusal)) << refusal.field;
    EXPECT_TRUE(Equal(FullTouchpoint(), back));
  }
}

TEST(JsonTest, FollowsTheRulesOfProtobuf) {
  const std::string json = ToJson(FullTouchpoint(), JsonTimes::kMicros, 7);
  EXPECT_THAT(json, testing::HasSubstr("\"eventTime\":\"0\""));
  EXPECT_THAT(json, testing::HasSubstr("\"channel\":\"CHANNEL_CUSTOM\""));
  EXPECT_THAT(json, testing::HasSubstr("\"textDigest\":\"AQD+\""));
  EXPECT_THAT(json, testing::HasSubstr("\"tenant\":7"));
}

TEST(JsonTest, ReadsBothSpellingsOfFieldsAndTimes) {
  for (const char* json : {R"({"event_time":"1500000","channel":2})",
                           R"({"eventTime":1500000,"channel":"CHANNEL_SMS"})",
                           R"({"event_time":"1970-01-01T00:00:01.5Z","channel":2})",
                           R"({"eventTime":"1970-01-01T03:00:01.500+03:00","channel":2})"}) {
    Touchpoint t;
    Refusal refusal;
    ASSERT_TRUE(Read(json, t, refusal)) << json;
    EXPECT_EQ(t.event_time, At(1'500'000)) << json;
    EXPECT_EQ(t.channel, Channel::kSms) << json;
  }
}

TEST(JsonTest, NamesTheFieldAndNeverTheValueOfWhatItRefuses) {
  struct Case {
    const char* json;
    const char* reason;
    const char* field;
  };
  const Case kCases[] = {
      {R"({"channel":"s3cret"})", "bad_value", "channel"},
      {R"({"identifiers":[{"namespace":"a"},{"valeu":"s3cret"}]})", "unknown_field",
       "identifiers[1].valeu"},
      {R"({"s3cret@example.com":1})", "unknown_field", ""},
      {R"({"eventTime":"s3cret"})", "bad_time", "event_time"},
      {R"({"eventTime":"2026-02-30T00:00:00Z"})", "bad_time", "event_time"},
      {R"({"timings":{"queueMs":"s3cret"}})", "bad_value", "timings.queue_ms"},
      {R"({"channel":300})", "bad_value", "channel"},
      {R"({"id":"s3cret","id":"s3cret"})", "bad_json", ""},
      {R"({"id":"s3cret")", "bad_json", ""},
      {R"(["s3cret"])", "bad_json", ""},
      {"s3cret", "bad_json", ""},
      {"", "bad_json", ""},
  };
  for (const Case& c : kCases) {
    Touchpoint t;
    Refusal refusal;
    EXPECT_FALSE(Read(c.json, t, refusal)) << c.json;
    EXPECT_EQ(refusal.reason, c.reason) << c.json;
    EXPECT_EQ(refusal.field, c.field) << c.json;
  }
}

TEST(JsonTest, SurvivesDamagedText) {
  std::mt19937 random(20260302);  // NOLINT: the seed is the test's name.
  const std::string whole = ToJson(FullTouchpoint());
  for (int i = 0; i < 3000; ++i) {
    std::string text = whole.substr(0, random() % (whole.size() + 1));
    for (int j = 0; j < 3 && !text.empty(); ++j) {
      text[random() % text.size()] = static_cast<char>(random() % 256);
    }
    Touchpoint t;
    Refusal refusal;
    if (!Read(text, t, refusal)) {
      EXPECT_FALSE(refusal.reason.empty());
    }
  }
}

}  // namespace
}  // namespace cxjourney::interchange
