#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "model/canonical.h"
#include "tests/model/random_touchpoint.h"

namespace cxjourney::model {
namespace {

constexpr Timestamp kReceived{std::chrono::hours(24 * 365 * 50)};

class DigestTest : public testing::Test {
 protected:
  CanonicalTouchpoint Canonical(const Touchpoint& t, Timestamp received = kReceived) {
    Remark refusal;
    CanonicalTouchpoint result;
    const Status status = canonicalizer_.Canonicalize(t, received, &result, &refusal);
    EXPECT_TRUE(status.ok()) << status.ToString();
    result.content.Own();
    return result;
  }
  ContentDigest Digest(const Touchpoint& t, Timestamp received = kReceived) {
    return DigestContent(Canonical(t, received));
  }

  static Touchpoint Call() {
    Touchpoint call;
    call.source = "s";
    call.id = "1";
    call.event_time = kReceived - std::chrono::hours(3);
    call.identifiers = {{"phone", "0532 111 22 33"}, {"email", "A@x.com"}};
    return call;
  }

  const Canonicalizer canonicalizer_{DefaultIdentityRules()};
};

TEST_F(DigestTest, EqualCopiesAreEqual) {
  const ContentDigest digest = Digest(Call());
  EXPECT_EQ(Digest(Call(), kReceived + std::chrono::hours(5)), digest) << "received later";
  struct Case {
    const char* name;
    std::function<void(Touchpoint*)> change;
  };
  for (const Case& c : {
           Case{"sent again", [](Touchpoint* t) { t->sent_time = kReceived; }},
           Case{"received time is ignored", [](Touchpoint* t) { t->received_time = kReceived; }},
           Case{"another spelling",
                [](Touchpoint* t) { t->identifiers[0].value = "+905321112233"; }},
           Case{"another order",
                [](Touchpoint* t) { std::swap(t->identifiers[0], t->identifiers[1]); }},
           Case{"the default role by name",
                [](Touchpoint* t) { t->identifiers[0].role = Role::kCustomer; }},
           Case{"an identifier twice",
                [](Touchpoint* t) { t->identifiers.push_back(t->identifiers[0]); }},
           Case{"text that is not kept", [](Touchpoint* t) { t->text = "hello"; }},
           Case{"an empty topic", [](Touchpoint* t) { t->topics = {"/"}; }},
       }) {
    Touchpoint copy = Call();
    c.change(&copy);
    EXPECT_EQ(Digest(copy), digest) << c.name;
  }
}

TEST_F(DigestTest, EveryFieldCounts) {
  using T = Touchpoint*;
  const std::vector<std::function<void(T)>> changes = {
      [](T t) { t->source = "s2"; },
      [](T t) { t->id = "12"; },
      [](T t) { t->revision = 1; },
      [](T t) { t->voided = true; },
      [](T t) { t->identifiers.pop_back(); },
      [](T t) { t->identifiers[0].role = Role::kAgent; },
      [](T t) { t->identifiers[0].name_space = "crm_id"; },
      [](T t) { t->identifiers[0].value = "0532 111 22 34"; },
      [](T t) { *t->event_time += Duration(1); },
      [](T t) { t->event_time.reset(); },
      [](T t) { t->end_time = t->event_time; },
      [](T t) { t->duration_ms = 0; },
      [](T t) { t->utc_offset_min = 0; },
      [](T t) { t->channel = Channel::kPhone; },
      [](T t) { t->channel = Channel::kCustom, t->custom_channel = "fax"; },
      [](T t) { t->channel = Channel::kCustom, t->custom_channel = "telex"; },
      [](T t) { t->channel_detail = "s"; },
      [](T t) { t->visibility = Visibility::kPublic; },
      [](T t) { t->reach = 1; },
      [](T t) { t->direction = Direction::kIn; },
      [](T t) { t->initiation = Initiation::kInbound; },
      [](T t) { t->purpose = Purpose::kQuestion; },
      [](T t) { t->topics = {"a/b"}; },
      [](T t) {
        t->topics = {"a", "b"};
      },
      [](T t) { t->outcome = Outcome::kUnknown; },
      [](T t) { t->follow_up_due = kReceived; },
      [](T t) { t->handled_by = HandledBy::kHuman; },
      [](T t) { t->automated = true; },
      [](T t) { t->canned = true; },
      [](T t) { t->conversation_id = "s"; },
      [](T t) { t->parent_id = "s"; },
      [](T t) { t->relation = Relation::kTransfer; },
      [](T t) { t->agent = "s"; },
      [](T t) { t->queue = "s"; },
      [](T t) { t->team = "s"; },
      [](T t) { t->timings.queue_ms = 0; },
      [](T t) { t->timings.talk_ms = 0; },
      [](T t) { t->timings.hold_ms = 0; },
      [](T t) { t->timings.wrap_ms = 0; },
      [](T t) { t->timings.first_response_ms = 0; },
      [](T t) {
        t->scores = {{ScoreKind::kNps, 1, 0, ""}};
      },
      [](T t) {
        t->scores = {{ScoreKind::kNps, 0, 1, ""}};
      },
      [](T t) {
        t->scores = {{ScoreKind::kNps, 0, 0, "s"}};
      },
      [](T t) {
        t->scores = {{ScoreKind::kCes, 0, 0, ""}};
      },
      [](T t) { t->sentiment = 0.0F; },
      [](T t) { t->emotion = "s"; },
      [](T t) {
        t->value = Value{1, "TRY"};
      },
      [](T t) {
        t->value = Value{1, "EUR"};
      },
      [](T t) {
        t->value = Value{1, "TRY", ValueKind::kCost};
      },
      [](T t) {
        t->refs = {{RefType::kOrder, "s"}};
      },
      [](T t) {
        t->refs = {{RefType::kCase, "s"}};
      },
      [](T t) { t->attributes = {{.key = "k", .value = std::string("1")}}; },
      [](T t) { t->attributes = {{.key = "k", .value = Bytes{"1"}}}; },
      [](T t) { t->attributes = {{.key = "k", .value = int64_t{1}}}; },
      [](T t) { t->attributes = {{.key = "k", .value = 1.0}}; },
      [](T t) { t->attributes = {{.key = "k", .value = true}}; },
      [](T t) { t->attributes = {{.key = "k", .value = true, .personal = true}}; },
      [](T t) { t->attributes = {{.key = "k", .value = true, .fact = true}}; },
      [](T t) { t->text_digest = "s"; },
      [](T t) { t->consent = Consent::kGranted; },
      [](T t) { t->retention_class = RetentionClass::kShort; },
  };
  std::set<ContentDigest> digests = {Digest(Call())};
  for (size_t i = 0; i < changes.size(); ++i) {
    Touchpoint changed = Call();
    changes[i](&changed);
    EXPECT_TRUE(digests.insert(Digest(changed)).second) << "change " << i << " does not count";
  }
}

TEST_F(DigestTest, ZeroIsZero) {
  Touchpoint a = Call();
  a.scores = {{ScoreKind::kNps, 0.0, 0.0}};
  a.sentiment = 0.0F;
  a.attributes = {{.key = "k", .value = 0.0}};
  Touchpoint b = a;
  b.scores = {{ScoreKind::kNps, -0.0, -0.0}};
  b.sentiment = -0.0F;
  b.attributes[0].value = -0.0;
  EXPECT_EQ(Digest(a), Digest(b));
}

TEST_F(DigestTest, FingerprintsWhatHasNoId) {
  Touchpoint call = Call();
  call.id = "";
  const CanonicalTouchpoint got = Canonical(call);
  EXPECT_TRUE(got.id_is_fingerprint);
  EXPECT_EQ(got.content->id.size(), 32u);
  EXPECT_EQ(got.content->id.find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_EQ(FingerprintId(got), got.content->id);

  call.sent_time = kReceived - std::chrono::hours(1);
  call.identifiers[0].value = "+90 532 111 2233";
  EXPECT_EQ(Canonical(call, kReceived + std::chrono::hours(1)).content->id, got.content->id)
      << "the same, sent again";
  *call.event_time += Duration(1);
  EXPECT_NE(Canonical(call).content->id, got.content->id);
}

TEST_F(DigestTest, FingerprintCountsATextThatIsNotKept) {
  Touchpoint chat = Call();
  chat.id = "";
  chat.text = "hello";
  const std::string first = Canonical(chat).content->id;
  EXPECT_EQ(Canonical(chat).content->id, first);
  chat.text = "is anybody there?";
  EXPECT_NE(Canonical(chat).content->id, first);
}

TEST_F(DigestTest, RandomTouchpointsHaveDistinctFingerprints) {
  RandomTouchpoint random(/*seed=*/7);
  std::set<std::string> ids;
  for (int i = 0; i < 2000; ++i) {
    Touchpoint t = random.Next(kReceived);
    t.id = "";
    t.event_time = kReceived;
    t.end_time.reset();
    t.sent_time.reset();
    ASSERT_TRUE(ids.insert(Canonical(t).content->id).second) << i;
  }
}

}  // namespace
}  // namespace cxjourney::model
