#include "model/canonical.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "model/limits.h"

namespace cxjourney::model {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr Timestamp kReceived{hours(24 * 365 * 50)};

Touchpoint Call() {
  Touchpoint call;
  call.source = "callcentre";
  call.id = "c-1001";
  call.channel = Channel::kPhone;
  call.purpose = Purpose::kComplaint;
  call.event_time = kReceived - minutes(10);
  return call;
}

class CanonicalTest : public testing::Test {
 protected:
  CanonicalTouchpoint Accept(const Touchpoint& touchpoint, bool keep_text = false) {
    Remark refusal;
    CanonicalTouchpoint result;
    Status status = (keep_text ? keeper_ : canonicalizer_)
                        .Canonicalize(touchpoint, kReceived, &result, &refusal);
    EXPECT_TRUE(status.ok()) << status.ToString();
    EXPECT_EQ(refusal.reason, Reason::kNone);
    result.content.Own();
    return result;
  }

  // The reason of the refusal; kNone when it was accepted.
  Reason RefusalOf(const Touchpoint& touchpoint, std::string* message = nullptr,
                   std::string* about = nullptr) {
    Remark refusal;
    CanonicalTouchpoint result;
    const Status status = keeper_.Canonicalize(touchpoint, kReceived, &result, &refusal);
    EXPECT_EQ(status.code(), status.ok() ? Code::kOk : Code::kInvalidArgument);
    EXPECT_EQ(status.ok(), refusal.reason == Reason::kNone);
    if (message != nullptr) *message = status.message();
    if (about != nullptr) *about = refusal.about;
    return refusal.reason;
  }

  static std::vector<Reason> Reasons(const CanonicalTouchpoint& touchpoint) {
    std::vector<Reason> reasons;
    for (const Remark& remark : touchpoint.remarks) reasons.push_back(remark.reason);
    return reasons;
  }

  const Canonicalizer canonicalizer_{DefaultIdentityRules()};
  const Canonicalizer keeper_{DefaultIdentityRules(), /*keep_text=*/true};
};

TEST_F(CanonicalTest, KeepsWhatIsRight) {
  const CanonicalTouchpoint got = Accept(Call());
  EXPECT_EQ(got.content->source, "callcentre");
  EXPECT_EQ(got.content->id, "c-1001");
  EXPECT_EQ(got.time, kReceived - minutes(10));
  EXPECT_EQ(got.end, got.time);
  EXPECT_FALSE(got.has_end);
  EXPECT_FALSE(got.id_is_fingerprint);
  EXPECT_THAT(got.remarks, IsEmpty());
}

TEST_F(CanonicalTest, KeepsSourceAndIdByteForByte) {
  Touchpoint call = Call();
  call.source = " CRM\t";
  call.id = " s\u0327 ";
  const CanonicalTouchpoint got = Accept(call);
  EXPECT_EQ(got.content->source, " CRM\t");
  EXPECT_EQ(got.content->id, " s\u0327 ");
}

struct TimeCase {
  const char* name;
  std::optional<Duration> event;  // All relative to the time of receipt.
  std::optional<Duration> end;
  std::optional<int64_t> duration_ms;
  std::optional<Duration> sent;
  Reason refusal;
  Duration time;
  Duration canonical_end;
  bool has_end;
};

TEST_F(CanonicalTest, AppliesTheTimeRules) {
  constexpr auto kNo = std::nullopt;
  constexpr Reason kOk = Reason::kNone;
  constexpr Duration kUs{1};
  constexpr Duration kDay = hours(24);
  constexpr Duration kMin = minutes(1);
  constexpr Duration kZero = Duration::zero();
  const TimeCase cases[] = {
      {"when received", kNo, kNo, kNo, kNo, kOk, kZero, kZero, false},
      {"when it happened", -kMin, kNo, kNo, kNo, kOk, -kMin, -kMin, false},
      {"sender's clock slow by an hour", -hours(2), kNo, kNo, -hours(1), kOk, -hours(1), -hours(1),
       false},
      {"sender's clock fast by two days", hours(48), kNo, kNo, hours(48), kOk, kZero, kZero, false},
      {"the end moves with the start", -hours(2), -hours(2) + kMin, kNo, -hours(1), kOk, -hours(1),
       -hours(1) + kMin, true},
      {"a duration follows the corrected start", -hours(2), kNo, 60'000, -hours(1), kOk, -hours(1),
       -hours(1) + kMin, true},
      {"end", -hours(1), -kMin, kNo, kNo, kOk, -hours(1), -kMin, true},
      {"duration", -hours(1), kNo, 60'000, kNo, kOk, -hours(1), -hours(1) + kMin, true},
      {"no duration is an end, too", -hours(1), kNo, 0, kNo, kOk, -hours(1), -hours(1), true},
      {"end equal to start", -kMin, -kMin, kNo, kNo, kOk, -kMin, -kMin, true},
      {"end before start", -kMin, -kMin - kUs, kNo, kNo, Reason::kEndBeforeStart, {}, {}, false},
      {"only an end, before receipt", kNo, -kMin, kNo, kNo, kOk, kZero, kZero, true},
      {"duration without a start", kNo, kNo, 60'000, kNo, kOk, kZero, kMin, true},
      {"both agree", -hours(1), -hours(1) + kMin, 60'000, kNo, kOk, -hours(1), -hours(1) + kMin,
       true},
      {"both agree, rounded down", -hours(1), -hours(1) + kMin + Duration(999), 60'000, kNo, kOk,
       -hours(1), -hours(1) + kMin + Duration(999), true},
      {"both disagree by a millisecond",
       -hours(1),
       -hours(1) + kMin,
       60'001,
       kNo,
       Reason::kBadTime,
       {},
       {},
       false},
      {"negative duration", -hours(1), kNo, -1, kNo, Reason::kBadNumber, {}, {}, false},
      {"duration too long",
       -hours(1),
       kNo,
       kDurationMsMax + 1,
       kNo,
       Reason::kBadNumber,
       {},
       {},
       false},
      {"largest number as duration",
       -hours(1),
       kNo,
       std::numeric_limits<int64_t>::max(),
       kNo,
       Reason::kBadNumber,
       {},
       {},
       false},
      {"24 h ahead", kDay, kNo, kNo, kNo, kOk, kDay, kDay, false},
      {"more than 24 h ahead", kDay + kUs, kNo, kNo, kNo, Reason::kTimeInFuture, {}, {}, false},
      {"ahead after correction",
       kZero,
       kNo,
       kNo,
       -kDay - kUs,
       Reason::kTimeInFuture,
       {},
       {},
       false},
      {"end 24 h ahead", kZero, kDay, kNo, kNo, kOk, kZero, kDay, true},
      {"end more than 24 h ahead",
       kZero,
       kDay + kUs,
       kNo,
       kNo,
       Reason::kTimeInFuture,
       {},
       {},
       false},
      {"duration beyond 24 h ahead",
       kZero,
       kNo,
       86'400'001,
       kNo,
       Reason::kTimeInFuture,
       {},
       {},
       false},
  };
  for (const TimeCase& c : cases) {
    auto absolute = [](std::optional<Duration> relative) -> std::optional<Timestamp> {
      if (!relative) return std::nullopt;
      return kReceived + *relative;
    };
    Touchpoint call = Call();
    call.event_time = absolute(c.event);
    call.end_time = absolute(c.end);
    call.duration_ms = c.duration_ms;
    call.sent_time = absolute(c.sent);
    Remark refusal;
    CanonicalTouchpoint got;
    const Status status = canonicalizer_.Canonicalize(call, kReceived, &got, &refusal);
    EXPECT_EQ(refusal.reason, c.refusal) << c.name;
    ASSERT_EQ(status.ok(), c.refusal == Reason::kNone) << c.name;
    if (!status.ok()) continue;
    EXPECT_EQ(got.time, kReceived + c.time) << c.name;
    EXPECT_EQ(got.end, kReceived + c.canonical_end) << c.name;
    EXPECT_EQ(got.has_end, c.has_end) << c.name;
    EXPECT_EQ(got.content->event_time, call.event_time) << c.name << ": kept as sent";
    EXPECT_EQ(got.content->end_time, call.end_time) << c.name << ": kept as sent";
    const bool corrected = c.sent && (c.event || c.end);
    EXPECT_EQ(Reasons(got),
              corrected ? std::vector{Reason::kClockCorrected} : std::vector<Reason>())
        << c.name;
  }
}

TEST_F(CanonicalTest, RefusesTimesThatNoFormatCanWrite) {
  struct Case {
    const char* name;
    std::function<void(Touchpoint*)> change;
    Reason reason;
  };
  for (const Case& c : {
           Case{"year 1", [](Touchpoint* t) { t->event_time = kTimeMin; }, Reason::kNone},
           Case{"year 0", [](Touchpoint* t) { t->event_time = kTimeMin - Duration(1); },
                Reason::kBadTime},
           Case{"smallest", [](Touchpoint* t) { t->event_time = Timestamp::min(); },
                Reason::kBadTime},
           Case{"largest", [](Touchpoint* t) { t->event_time = Timestamp::max(); },
                Reason::kBadTime},
           Case{"largest end", [](Touchpoint* t) { t->end_time = Timestamp::max(); },
                Reason::kBadTime},
           Case{"largest sent", [](Touchpoint* t) { t->sent_time = Timestamp::max(); },
                Reason::kBadTime},
           Case{"smallest sent", [](Touchpoint* t) { t->sent_time = Timestamp::min(); },
                Reason::kBadTime},
           Case{"corrected to before year 1",
                [](Touchpoint* t) {
                  t->event_time = kTimeMin;
                  t->sent_time = kReceived + hours(1);
                },
                Reason::kBadTime},
           Case{"corrected end beyond year 9999",
                [](Touchpoint* t) {
                  t->end_time = kTimeMax;
                  t->sent_time = kReceived - hours(1);
                },
                Reason::kBadTime},
           Case{"last due", [](Touchpoint* t) { t->follow_up_due = kTimeMax; }, Reason::kNone},
           Case{"due later", [](Touchpoint* t) { t->follow_up_due = kTimeMax + Duration(1); },
                Reason::kBadTime},
       }) {
    Touchpoint call = Call();
    c.change(&call);
    EXPECT_EQ(RefusalOf(call), c.reason) << c.name;
  }
  Remark refusal;
  CanonicalTouchpoint result;
  const Touchpoint call = Call();
  EXPECT_FALSE(canonicalizer_.Canonicalize(call, Timestamp::max(), &result, &refusal).ok());
  EXPECT_EQ(refusal.about, "received_time");
}

// Each limit: as much as it allows is accepted, one more is refused, naming field and limit.
struct LimitCase {
  const char* about;
  size_t limit;
  Reason reason;
  std::function<void(Touchpoint*, size_t)> fill;
};

std::vector<LimitCase> LimitCases() {
  constexpr Reason kLong = Reason::kFieldTooLong;
  constexpr Reason kMany = Reason::kTooManyItems;
  auto x = [](size_t n) { return std::string(n, 'x'); };
  return {
      {"source", kSourceBytesMax, kLong, [x](Touchpoint* t, size_t n) { t->source = x(n); }},
      {"id", kIdBytesMax, kLong, [x](Touchpoint* t, size_t n) { t->id = x(n); }},
      {"conversation_id", kReferenceBytesMax, kLong,
       [x](Touchpoint* t, size_t n) { t->conversation_id = x(n); }},
      {"parent_id", kReferenceBytesMax, kLong,
       [x](Touchpoint* t, size_t n) { t->parent_id = x(n); }},
      {"agent", kNameBytesMax, kLong, [x](Touchpoint* t, size_t n) { t->agent = x(n); }},
      {"queue", kNameBytesMax, kLong, [x](Touchpoint* t, size_t n) { t->queue = x(n); }},
      {"team", kNameBytesMax, kLong, [x](Touchpoint* t, size_t n) { t->team = x(n); }},
      {"emotion", kNameBytesMax, kLong, [x](Touchpoint* t, size_t n) { t->emotion = x(n); }},
      {"channel_detail", kNameBytesMax, kLong,
       [x](Touchpoint* t, size_t n) { t->channel_detail = x(n); }},
      {"custom_channel", kNameBytesMax, kLong,
       [x](Touchpoint* t, size_t n) {
         t->channel = Channel::kCustom;
         t->custom_channel = x(n);
       }},
      {"text_digest", kTextDigestBytesMax, kLong,
       [x](Touchpoint* t, size_t n) { t->text_digest = x(n); }},
      {"text", kTextBytesMax, kLong, [x](Touchpoint* t, size_t n) { t->text = x(n); }},
      {"topics", kTopicBytesMax, kLong, [x](Touchpoint* t, size_t n) { t->topics = {x(n)}; }},
      {"topics", kTopicsMax, kMany, [](Touchpoint* t, size_t n) { t->topics.resize(n, "a"); }},
      {"scores", kScoresMax, kMany, [](Touchpoint* t, size_t n) { t->scores.resize(n); }},
      {"scores.about_id", kReferenceBytesMax, kLong,
       [x](Touchpoint* t, size_t n) { t->scores = {{.about_id = x(n)}}; }},
      {"refs", kRefsMax, kMany, [](Touchpoint* t, size_t n) { t->refs.resize(n); }},
      {"refs.id", kReferenceBytesMax, kLong,
       [x](Touchpoint* t, size_t n) { t->refs = {{.id = x(n)}}; }},
      {"attributes", kAttributesMax, kMany,
       [](Touchpoint* t, size_t n) {
         for (size_t i = 0; i < n; ++i) t->attributes.push_back({.key = std::to_string(i)});
       }},
      {"attributes.key", kAttributeKeyBytesMax, kLong,
       [x](Touchpoint* t, size_t n) { t->attributes = {{.key = x(n)}}; }},
      {"attributes.value", kAttributeValueBytesMax, kLong,
       [x](Touchpoint* t, size_t n) { t->attributes = {{.key = "k", .value = x(n)}}; }},
      {"attributes.value", kAttributeValueBytesMax, kLong,
       [x](Touchpoint* t, size_t n) { t->attributes = {{.key = "k", .value = Bytes{x(n)}}}; }},
      {"attributes", kAttributesBytesMax, kLong,
       [x](Touchpoint* t, size_t n) {  // Four keys of a byte, four equal values; the last one less.
         for (int i = 0; i < 4; ++i) {
           t->attributes.push_back({.key = std::to_string(i), .value = x(n / 4 - 1)});
         }
         t->attributes.back().value = x(n / 4 - 1 + n % 4);
       }},
      {"identifiers", kIdentifiersMax, Reason::kTooManyIdentifiers,
       [](Touchpoint* t, size_t n) {
         for (size_t i = 0; i < n; ++i) t->identifiers.push_back({"crm_id", std::to_string(i)});
       }},
  };
}

TEST_F(CanonicalTest, HoldsEveryLimit) {
  for (const LimitCase& c : LimitCases()) {
    Touchpoint within = Call();
    c.fill(&within, c.limit);
    EXPECT_EQ(RefusalOf(within), Reason::kNone) << c.about;
    Touchpoint beyond = Call();
    c.fill(&beyond, c.limit + 1);
    std::string message;
    std::string about;
    EXPECT_EQ(RefusalOf(beyond, &message, &about), c.reason) << c.about;
    EXPECT_EQ(about, c.about);
    EXPECT_NE(message.find(c.about), std::string::npos) << message;
    EXPECT_NE(message.find(std::to_string(c.limit)), std::string::npos) << message;
  }
}

struct FieldCase {
  const char* name;
  std::function<void(Touchpoint*)> change;
  Reason reason;
};

TEST_F(CanonicalTest, RefusesImpossibleValues) {
  constexpr Reason kOk = Reason::kNone;
  const double nan = std::nan("");
  const double infinity = std::numeric_limits<double>::infinity();
  const FieldCase cases[] = {
      {"no id", [](Touchpoint* t) { t->id = ""; }, kOk},
      {"neither id nor time",
       [](Touchpoint* t) {
         t->id = "";
         t->event_time.reset();
       },
       Reason::kNoIdNorTime},
      {"custom channel without name", [](Touchpoint* t) { t->channel = Channel::kCustom; },
       Reason::kCustomChannelName},
      {"name without custom channel", [](Touchpoint* t) { t->custom_channel = "fax"; },
       Reason::kCustomChannelName},
      {"offset", [](Touchpoint* t) { t->utc_offset_min = -1080; }, kOk},
      {"offset too far", [](Touchpoint* t) { t->utc_offset_min = 1081; }, Reason::kBadNumber},
      {"angry", [](Touchpoint* t) { t->sentiment = -1.0F; }, kOk},
      {"angrier", [](Touchpoint* t) { t->sentiment = -1.0001F; }, Reason::kBadNumber},
      {"happier", [](Touchpoint* t) { t->sentiment = 1.0001F; }, Reason::kBadNumber},
      {"no feeling", [](Touchpoint* t) { t->sentiment = std::nanf(""); }, Reason::kBadNumber},
      {"score",
       [](Touchpoint* t) {
         t->scores = {{ScoreKind::kNps, 9, 10, "c-1"}};
       },
       kOk},
      {"score without end",
       [=](Touchpoint* t) {
         t->scores = {{ScoreKind::kNps, infinity}};
       },
       Reason::kBadNumber},
      {"score of a scale",
       [=](Touchpoint* t) {
         t->scores = {{ScoreKind::kNps, 1, nan}};
       },
       Reason::kBadNumber},
      {"yes",
       [](Touchpoint* t) {
         t->scores = {{ScoreKind::kFcr, 1, 1}};
       },
       kOk},
      {"half yes",
       [](Touchpoint* t) {
         t->scores = {{ScoreKind::kFcr, 0.5, 1}};
       },
       Reason::kBadNumber},
      {"lira",
       [](Touchpoint* t) {
         t->value = Value{-5, "TRY", ValueKind::kRefund};
       },
       kOk},
      {"lower case",
       [](Touchpoint* t) {
         t->value = Value{5, "try"};
       },
       Reason::kBadCurrency},
      {"no currency",
       [](Touchpoint* t) {
         t->value = Value{5, ""};
       },
       Reason::kBadCurrency},
      {"four letters",
       [](Touchpoint* t) {
         t->value = Value{5, "TRYX"};
       },
       Reason::kBadCurrency},
      {"attribute", [=](Touchpoint* t) { t->attributes = {{.key = "k", .value = nan}}; },
       Reason::kBadNumber},
      {"bytes are bytes",
       [](Touchpoint* t) { t->attributes = {{.key = "k", .value = Bytes{"\xff"}}}; }, kOk},
      {"a digest is bytes", [](Touchpoint* t) { t->text_digest = "\xff\xfe"; }, kOk},
      {"namespace",
       [](Touchpoint* t) {
         t->identifiers = {{"no_such", "x"}};
       },
       Reason::kUnknownNamespace},
  };
  for (const FieldCase& c : cases) {
    Touchpoint call = Call();
    c.change(&call);
    EXPECT_EQ(RefusalOf(call), c.reason) << c.name;
  }
}

TEST_F(CanonicalTest, RefusesNumbersBehindTheEndOfAnEnum) {
  const FieldCase cases[] = {
      {"channel", [](Touchpoint* t) { t->channel = static_cast<Channel>(18); }, {}},
      {"visibility", [](Touchpoint* t) { t->visibility = static_cast<Visibility>(3); }, {}},
      {"direction", [](Touchpoint* t) { t->direction = static_cast<Direction>(4); }, {}},
      {"initiation", [](Touchpoint* t) { t->initiation = static_cast<Initiation>(10); }, {}},
      {"purpose", [](Touchpoint* t) { t->purpose = static_cast<Purpose>(16); }, {}},
      {"outcome", [](Touchpoint* t) { t->outcome = static_cast<Outcome>(10); }, {}},
      {"handled_by", [](Touchpoint* t) { t->handled_by = static_cast<HandledBy>(5); }, {}},
      {"relation", [](Touchpoint* t) { t->relation = static_cast<Relation>(5); }, {}},
      {"consent", [](Touchpoint* t) { t->consent = static_cast<Consent>(4); }, {}},
      {"retention_class",
       [](Touchpoint* t) { t->retention_class = static_cast<RetentionClass>(4); },
       {}},
      {"scores.kind", [](Touchpoint* t) { t->scores = {{.kind = static_cast<ScoreKind>(6)}}; }, {}},
      {"refs.type", [](Touchpoint* t) { t->refs = {{.type = static_cast<RefType>(6)}}; }, {}},
      {"value.kind",
       [](Touchpoint* t) {
         t->value = Value{1, "TRY", static_cast<ValueKind>(5)};
       },
       {}},
      {"identifiers.role",
       [](Touchpoint* t) {
         t->identifiers = {{"crm_id", "x", static_cast<Role>(4)}};
       },
       {}},
  };
  for (const FieldCase& c : cases) {
    Touchpoint call = Call();
    c.change(&call);
    std::string about;
    EXPECT_EQ(RefusalOf(call, nullptr, &about), Reason::kBadEnum) << c.name;
    EXPECT_EQ(about, c.name);
  }
}

TEST_F(CanonicalTest, RefusesWhatIsNoUtf8AndNeverRepeatsIt) {
  const std::string bad = "secret\xff";
  const FieldCase cases[] = {
      {"source", [&](Touchpoint* t) { t->source = bad; }, {}},
      {"id", [&](Touchpoint* t) { t->id = bad; }, {}},
      {"conversation_id", [&](Touchpoint* t) { t->conversation_id = bad; }, {}},
      {"parent_id", [&](Touchpoint* t) { t->parent_id = bad; }, {}},
      {"agent", [&](Touchpoint* t) { t->agent = bad; }, {}},
      {"queue", [&](Touchpoint* t) { t->queue = bad; }, {}},
      {"team", [&](Touchpoint* t) { t->team = bad; }, {}},
      {"emotion", [&](Touchpoint* t) { t->emotion = bad; }, {}},
      {"channel_detail", [&](Touchpoint* t) { t->channel_detail = bad; }, {}},
      {"topics", [&](Touchpoint* t) { t->topics = {bad}; }, {}},
      {"refs.id", [&](Touchpoint* t) { t->refs = {{.id = bad}}; }, {}},
      {"scores.about_id", [&](Touchpoint* t) { t->scores = {{.about_id = bad}}; }, {}},
      {"attributes.key", [&](Touchpoint* t) { t->attributes = {{.key = bad}}; }, {}},
      {"attributes.value",
       [&](Touchpoint* t) { t->attributes = {{.key = "k", .value = bad}}; },
       {}},
      {"text", [&](Touchpoint* t) { t->text = bad; }, {}},
      {"identifiers.value",
       [&](Touchpoint* t) {
         t->identifiers = {{"email", bad}};
       },
       {}},
  };
  for (const FieldCase& c : cases) {
    Touchpoint call = Call();
    c.change(&call);
    std::string message;
    std::string about;
    EXPECT_EQ(RefusalOf(call, &message, &about), Reason::kBadUtf8) << c.name;
    EXPECT_EQ(about, c.name);
    EXPECT_EQ(message.find("secret"), std::string::npos) << message;
  }
  Touchpoint mixed_up = Call();
  mixed_up.identifiers = {{"secret@x.com", "email"}};
  std::string message;
  EXPECT_EQ(RefusalOf(mixed_up, &message), Reason::kUnknownNamespace);
  EXPECT_EQ(message.find("secret"), std::string::npos) << message;
}

TEST_F(CanonicalTest, OrdersIdentifiersAndKeepsEachOnce) {
  Touchpoint call = Call();
  call.identifiers = {{"phone", "+905321112233"},
                      {"email", "B@x.com"},
                      {"phone", "0532 111 22 33"},
                      {"email", "a@x.com"},
                      {"phone", "0532 111 22 33", Role::kAgent},
                      {"customer_id", "7"}};
  const CanonicalTouchpoint got = Accept(call);
  std::vector<std::string> values;
  for (const CanonicalIdentifier& i : got.identifiers)
    values.push_back(i.value + "<" + std::string(i.typed));
  EXPECT_THAT(values, ElementsAre("7<7", "a@x.com<a@x.com", "b@x.com<B@x.com",
                                  "+905321112233<+905321112233", "+905321112233<0532 111 22 33"));
  EXPECT_EQ(got.identifiers[4].reason, Reason::kNotCustomerRole);
  ASSERT_EQ(got.remarks.size(), 1u);
  EXPECT_EQ(got.remarks[0].reason, Reason::kNotCustomerRole);
  EXPECT_EQ(got.remarks[0].about, "phone");
}

TEST_F(CanonicalTest, KeepsTheTouchpointWhenAValueIsTooLong) {
  Touchpoint call = Call();
  call.identifiers = {{"crm_id", std::string(kIdentifierValueBytesMax + 1, 'x')},
                      {"crm_id", std::string(kIdentifierValueBytesMax, 'y')}};
  const CanonicalTouchpoint got = Accept(call);
  ASSERT_EQ(got.identifiers.size(), 1u);
  EXPECT_TRUE(got.identifiers[0].evidence());
  EXPECT_THAT(Reasons(got), ElementsAre(Reason::kValueTooLong));
}

TEST_F(CanonicalTest, TrimsTopics) {
  Touchpoint call = Call();
  call.topics = {"/order/delivery/", "", "//", "a//b", "plain"};
  EXPECT_THAT(Accept(call).content->topics, ElementsAre("order/delivery", "a//b", "plain"));
}

TEST_F(CanonicalTest, TreatsAttributesAsAMap) {
  Touchpoint call = Call();
  call.attributes = {{.key = "b", .value = int64_t{1}},
                     {.key = "a", .value = std::string("x")},
                     {.key = "b", .value = int64_t{2}}};
  const CanonicalTouchpoint got = Accept(call);
  ASSERT_EQ(got.content->attributes.size(), 2u);
  EXPECT_EQ(got.content->attributes[0].key, "a");
  EXPECT_EQ(std::get<int64_t>(got.content->attributes[1].value), 2) << "the later one counts";
}

TEST_F(CanonicalTest, DropsTheTextUnlessItIsToBeKept) {
  Touchpoint call = Call();
  call.text = "hello";
  const CanonicalTouchpoint dropped = Accept(call);
  EXPECT_FALSE(dropped.content->text);
  EXPECT_THAT(Reasons(dropped), ElementsAre(Reason::kTextDropped));
  const CanonicalTouchpoint kept = Accept(call, /*keep_text=*/true);
  EXPECT_EQ(kept.content->text, "hello");
  EXPECT_THAT(kept.remarks, IsEmpty());
  call.text = std::string(kTextBytesMax + 1, '\xff');
  EXPECT_FALSE(Accept(call).content->text) << "a text that is dropped is not looked at";
}

TEST_F(CanonicalTest, SaysWhenThePurposeIsDefaulted) {
  Touchpoint call = Call();
  call.purpose = Purpose::kUnspecified;
  const CanonicalTouchpoint got = Accept(call);
  EXPECT_THAT(Reasons(got), ElementsAre(Reason::kPurposeDefaulted));
  EXPECT_EQ(got.content->purpose, Purpose::kUnspecified) << "kept as sent";
}

}  // namespace
}  // namespace cxjourney::model
