#include "model/codec.h"

#include <gtest/gtest.h>

#include "model/limits.h"
#include "tests/model/equal.h"
#include "tests/model/random_touchpoint.h"

namespace cxjourney::model {
namespace {

constexpr Timestamp kReceived{std::chrono::hours(24 * 365 * 50)};

class CodecTest : public testing::Test {
 protected:
  CanonicalTouchpoint Canonical(const Touchpoint& t) {
    Remark refusal;
    CanonicalTouchpoint result;
    const Status status = canonicalizer_.Canonicalize(t, kReceived, &result, &refusal);
    EXPECT_TRUE(status.ok()) << status.ToString();
    result.content.Own().received_time = kReceived;  // Set when it is read back.
    return result;
  }
  static std::vector<uint32_t> Numbers(const CanonicalTouchpoint& t) {
    std::vector<uint32_t> ids;
    for (size_t i = 0; i < t.identifiers.size(); ++i) {
      ids.push_back(static_cast<uint32_t>(i * 1'000'003));
    }
    return ids;
  }
  EncodedTouchpoint Encode(const CanonicalTouchpoint& t) { return Encode(t, Numbers(t)); }
  // One after the other into the same.
  EncodedTouchpoint Encode(const CanonicalTouchpoint& t, const std::vector<uint32_t>& numbers) {
    EncodeTouchpoint(t, numbers, kReceived, &strings_, &encoded_);
    return encoded_;
  }
  Status Decode(std::string_view open, std::string_view personal, CanonicalTouchpoint* t) {
    return DecodeTouchpoint(open, personal, kReceived, strings_, t, &decoded_ids_);
  }

  const Canonicalizer canonicalizer_{DefaultIdentityRules(), /*keep_text=*/true};
  StringTable strings_;
  EncodedTouchpoint encoded_;
  std::vector<uint32_t> decoded_ids_;
};

TEST_F(CodecTest, RoundTripsRandomTouchpoints) {
  for (uint64_t seed : {1u, 2u, 3u, 4u}) {
    SCOPED_TRACE(seed);
    RandomTouchpoint random(seed);
    Touchpoint used_again;
    DecodedInto into;
    for (int i = 0; i < 1000; ++i) {
      const Touchpoint sent = random.Next(kReceived);
      const CanonicalTouchpoint given = Canonical(sent);
      const EncodedTouchpoint encoded = Encode(given);
      CanonicalTouchpoint got;
      const Status status = Decode(encoded.open, encoded.personal, &got);
      ASSERT_TRUE(status.ok()) << status.ToString();
      EXPECT_EQ(got.time, given.time);
      EXPECT_EQ(got.end, given.end);
      EXPECT_EQ(got.has_end, given.has_end);
      EXPECT_EQ(got.id_is_fingerprint, given.id_is_fingerprint);
      ExpectEqualFields(*got.content, *given.content);
      DecodedParts parts;
      ASSERT_TRUE(DecodeContent(encoded.open, encoded.personal, kReceived, strings_, &used_again,
                                &into, i % 2 == 0 ? &parts : nullptr)
                      .ok());
      ExpectEqualFields(used_again, *given.content);
      EXPECT_EQ(into.time, given.time);
      EXPECT_EQ(into.end, given.end);
      EXPECT_EQ(into.has_end, given.has_end);
      EXPECT_EQ(decoded_ids_, Numbers(given));
      ASSERT_EQ(got.identifiers.size(), given.identifiers.size());
      for (size_t n = 0; n < got.identifiers.size(); ++n) {
        EXPECT_EQ(got.identifiers[n].role, given.identifiers[n].role);
        EXPECT_EQ(got.identifiers[n].reason, given.identifiers[n].reason);
        // What the caller fills in by number; then nothing is missing.
        got.identifiers[n].name_space = given.identifiers[n].name_space;
        got.identifiers[n].name = given.identifiers[n].name;
        got.identifiers[n].value = given.identifiers[n].value;
      }
      EXPECT_EQ(DigestContent(got), DigestContent(given));
      if (HasFailure()) FAIL() << "touchpoint " << i;
    }
  }
}

// What two touchpoints have in common is not written again; it must not stay where it is not
// common.
TEST_F(CodecTest, DecodesIntoWhatShowsAnotherOne) {
  Touchpoint used_again;
  DecodedInto into;
  const std::vector<std::vector<std::string>> all = {{"a"}, {"a", "b"}, {}, {"a"}, {"b", "a"}, {}};
  for (const char* source : {"one", "one", "two"}) {
    for (const std::vector<std::string>& topics : all) {
      Touchpoint sent;
      sent.source = source;
      sent.id = "x";
      sent.topics = topics;
      const EncodedTouchpoint encoded = Encode(Canonical(sent));
      ASSERT_TRUE(
          DecodeContent(encoded.open, {}, kReceived, strings_, &used_again, &into, nullptr).ok());
      EXPECT_EQ(used_again.source, source);
      EXPECT_EQ(used_again.topics, topics);
    }
  }
}

TEST_F(CodecTest, DecodesWithoutThePersonalPart) {
  RandomTouchpoint random(/*seed=*/5);
  int personal = 0;
  for (int i = 0; i < 1000; ++i) {
    const Touchpoint sent = random.Next(kReceived);
    const CanonicalTouchpoint given = Canonical(sent);
    const EncodedTouchpoint encoded = Encode(given);
    personal += encoded.personal.empty() ? 0 : 1;
    CanonicalTouchpoint got;
    ASSERT_TRUE(Decode(encoded.open, "", &got).ok());
    EXPECT_EQ(got.time, given.time);
    EXPECT_EQ(got.content->agent, given.content->agent);
    EXPECT_EQ(got.content->topics, given.content->topics);
    EXPECT_EQ(got.content->refs.size(), given.content->refs.size());
    ASSERT_EQ(got.content->attributes.size(), given.content->attributes.size());
    EXPECT_FALSE(got.content->text);
    for (size_t n = 0; n < got.content->attributes.size(); ++n) {
      EXPECT_EQ(got.content->attributes[n].key, given.content->attributes[n].key);
      if (!given.content->attributes[n].personal) continue;
      EXPECT_EQ(std::get<std::string>(got.content->attributes[n].value), "");
    }
  }
  EXPECT_GT(personal, 500);
}

TEST_F(CodecTest, KeepsIdentifiersOutOfTheOpenPart) {
  struct Case {
    const char* name;
    const char* id;
    bool personal;
  };
  for (const Case& c : {
           Case{"nothing in it", "c-1001", false},
           Case{"normalised phone", "call:+905321112233:1", true},
           Case{"without plus", "905321112233-1", true},
           Case{"national", "call-05321112233", true},
           Case{"as typed", "call 0532 111 22 33!", true},
           Case{"other digits", "call-05321112234", false},
           Case{"e-mail in other case", "mail/AYSE@X.COM/7", true},
           Case{"three letters of a short one", "xyz-1", false},
       }) {
    Touchpoint t;
    t.source = "s";
    t.id = c.id;
    t.conversation_id = c.id;
    t.parent_id = c.id;
    t.refs = {{RefType::kCase, c.id}};
    t.scores = {{ScoreKind::kNps, 9, 10, c.id}};
    t.identifiers = {{"phone", "0532 111 22 33"}, {"email", "ayse@x.com"}, {"crm_id", "xyz"}};
    const EncodedTouchpoint encoded = Encode(Canonical(t));
    EXPECT_EQ(encoded.open.find(c.id) == std::string::npos, c.personal) << c.name;
    EXPECT_EQ(encoded.personal.empty(), !c.personal) << c.name;
    CanonicalTouchpoint without;
    ASSERT_TRUE(Decode(encoded.open, "", &without).ok());
    EXPECT_EQ(without.content->id.empty(), c.personal) << c.name;
    CanonicalTouchpoint with;
    ASSERT_TRUE(Decode(encoded.open, encoded.personal, &with).ok());
    EXPECT_EQ(with.content->id, c.id);
    EXPECT_EQ(with.content->conversation_id, c.id);
    EXPECT_EQ(with.content->parent_id, c.id);
    EXPECT_EQ(with.content->refs[0].id, c.id);
    EXPECT_EQ(with.content->scores[0].about_id, c.id);
  }
}

TEST_F(CodecTest, KeepsFingerprintsOutOfTheOpenPart) {
  Touchpoint t;
  t.event_time = kReceived;
  t.text.emplace("kept");
  const CanonicalTouchpoint given = Canonical(t);
  const EncodedTouchpoint encoded = Encode(given);
  EXPECT_EQ(encoded.open.find(given.content->id), std::string::npos);
  CanonicalTouchpoint got;
  ASSERT_TRUE(Decode(encoded.open, encoded.personal, &got).ok());
  EXPECT_TRUE(got.id_is_fingerprint);
  EXPECT_EQ(got.content->id, given.content->id);
}

TEST_F(CodecTest, IsCompact) {
  // The estimate of the specification's example: a phone contact, 67 bytes, 16 of them the id.
  Touchpoint t;
  t.source = "callcentre";
  t.id = "0123456789abcdef";
  t.event_time = kReceived - std::chrono::seconds(400);
  t.duration_ms = 312'000;
  t.channel = Channel::kPhone;
  t.direction = Direction::kIn;
  t.purpose = Purpose::kComplaint;
  t.outcome = Outcome::kResolved;
  t.handled_by = HandledBy::kHuman;
  t.topics = {"order/delivery/late"};
  t.agent = "agent-17";
  t.queue = "delivery";
  t.conversation_id = "conv-000000";
  t.identifiers = {{"phone", "+905321112233"}, {"order_id", "A-1001"}};
  t.timings.queue_ms = 40'000;
  t.timings.talk_ms = 250'000;
  t.refs = {{RefType::kOrder, "B-2002"}};
  EXPECT_LE(Encode(Canonical(t)).open.size(), 80u);
}

TEST_F(CodecTest, RefusesEveryCutAndEveryExtraByte) {
  RandomTouchpoint random(/*seed=*/6);
  for (int i = 0; i < 50; ++i) {
    const EncodedTouchpoint encoded = Encode(Canonical(random.Next(kReceived)));
    CanonicalTouchpoint got;
    for (size_t size = 0; size < encoded.open.size(); ++size) {
      EXPECT_EQ(Decode(encoded.open.substr(0, size), encoded.personal, &got).code(),
                Code::kDataLoss);
    }
    for (size_t size = 1; size < encoded.personal.size(); ++size) {
      EXPECT_EQ(Decode(encoded.open, encoded.personal.substr(0, size), &got).code(),
                Code::kDataLoss);
    }
    EXPECT_EQ(Decode(encoded.open + "x", encoded.personal, &got).code(), Code::kDataLoss);
    if (encoded.personal.empty()) continue;
    EXPECT_EQ(Decode(encoded.open, encoded.personal + "x", &got).code(), Code::kDataLoss);
  }
}

TEST_F(CodecTest, RefusesAnotherVersion) {
  Touchpoint t;
  t.id = "1";
  EncodedTouchpoint encoded = Encode(Canonical(t));
  CanonicalTouchpoint got;
  ++encoded.open[0];
  const Status status = Decode(encoded.open, "", &got);
  EXPECT_EQ(status.code(), Code::kDataLoss);
  EXPECT_NE(status.message().find("version"), std::string::npos);
}

TEST_F(CodecTest, SurvivesDamageAndAnyBytes) {
  RandomTouchpoint random(/*seed=*/8);
  int decoded = 0;
  for (int i = 0; i < 5'000; ++i) {
    EncodedTouchpoint encoded = Encode(Canonical(random.Next(kReceived)));
    if (i % 4 == 0) {
      encoded.open.resize(1 + random.Below(80));
      for (char& c : encoded.open) c = static_cast<char>(random.Below(256));
      encoded.open[0] = 1;
    } else {
      encoded.open[random.Below(static_cast<uint32_t>(encoded.open.size()))] ^=
          static_cast<char>(1u << random.Below(8));
    }
    CanonicalTouchpoint got;
    const Status status = Decode(encoded.open, encoded.personal, &got);
    if (!status.ok()) {
      EXPECT_EQ(status.code(), Code::kDataLoss);
      continue;
    }
    ++decoded;
    // What is accepted is a touchpoint: it can be stored again, and comes back.
    const EncodedTouchpoint again = Encode(got, decoded_ids_);
    CanonicalTouchpoint twice;
    ASSERT_TRUE(Decode(again.open, again.personal, &twice).ok());
    EXPECT_EQ(twice.time, got.time);
    EXPECT_EQ(twice.end, got.end);
  }
  EXPECT_GT(decoded, 0);
}

TEST(StringTableTest, HandsOutDenseIdsInOrderOfFirstUse) {
  StringTable strings;
  EXPECT_EQ(strings.size(), 1u);
  EXPECT_EQ(strings.Intern(""), 0u);
  EXPECT_EQ(strings.Intern("a"), 1u);
  const std::string_view first = strings.Get(1);
  for (int i = 0; i < 10'000; ++i) strings.Intern("s" + std::to_string(i));
  EXPECT_EQ(strings.Intern("a"), 1u);
  EXPECT_EQ(strings.Intern("s9999"), 10'001u);
  EXPECT_EQ(strings.size(), 10'002u);
  EXPECT_EQ(first.data(), strings.Get(1).data()) << "views stay where they are";
  EXPECT_EQ(strings.Get(1), "a");
  EXPECT_TRUE(strings.Contains(10'001));
  EXPECT_FALSE(strings.Contains(10'002));
  EXPECT_EQ(strings.Get(10'002), "");
}

}  // namespace
}  // namespace cxjourney::model
