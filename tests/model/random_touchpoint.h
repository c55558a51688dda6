// Random touchpoints from a seed, with every field filled in some of them.
#pragma once

#include <random>
#include <string>
#include <utility>
#include <vector>

#include "cxjourney/touchpoint.h"

namespace cxjourney::model {

class RandomTouchpoint {
 public:
  explicit RandomTouchpoint(uint64_t seed) : random_(seed) {}

  // Valid for DefaultIdentityRules when it is received at `received`.
  Touchpoint Next(Timestamp received) {
    Touchpoint t;
    t.source = Word("source");
    if (Chance(8) || !Chance(2)) t.id = Reference();
    t.revision = Chance(4) ? Below(1u << 31) : 0;
    t.voided = Chance(4);
    FillIdentifiers(&t);
    FillTimes(received, &t);
    FillKinds(&t);
    if (t.channel == Channel::kCustom) t.custom_channel = Word("fax");
    if (Chance(2)) t.channel_detail = Word("line");
    if (Chance(2)) t.conversation_id = Reference();
    if (Chance(2)) t.parent_id = Reference();
    if (Chance(2)) t.agent = Word("agent");
    if (Chance(2)) t.queue = Word("queue");
    if (Chance(2)) t.team = Word("team");
    if (Chance(3)) t.emotion = Word("feeling");
    if (Chance(3)) t.text_digest = Blob();
    if (Chance(3)) t.text = "text ğüşiöç " + Reference();
    for (unsigned n = Below(3); n > 0; --n) t.topics.push_back(Word("order") + "/" + Word("x"));
    FillLists(&t);
    FillNumbers(&t);
    return t;
  }

  uint32_t Below(uint32_t n) { return static_cast<uint32_t>(random_() % n); }
  uint64_t Bits() { return random_(); }

 private:
  bool Chance(uint32_t one_in) { return Below(one_in) == 0; }
  std::string Word(const char* stem) { return stem + std::to_string(Below(20)); }
  std::string Blob() {
    std::string bytes(Below(20), '\0');
    for (char& c : bytes) c = static_cast<char>(Below(256));
    return bytes;
  }
  // Some contain an identifier of FillIdentifiers.
  std::string Reference() {
    switch (Below(4)) {
      case 0:
        return "call-" + phone_ + "-" + Word("n");
      case 1:
        return "MAIL:" + email_;
      default:
        return "id-" + std::to_string(random_());
    }
  }

  void FillIdentifiers(Touchpoint* t) {
    phone_ = "+905" + std::to_string(300'000'000 + Below(99'999'999));
    email_ = "Kim" + std::to_string(Below(1000)) + "@example.com";
    const std::vector<std::pair<const char*, std::string>> all = {
        {"phone", phone_},
        {"phone", "0" + phone_.substr(3)},
        {"email", email_},
        {"email", "info@x.com"},
        {"customer_id", Word("c")},
        {"phone", "unknown"},
        {"order_id", Word("a-")},
        {"ip", "10.0.0.1"},
        {"social_id", "x:@" + Word("h")},
    };
    for (const auto& [name_space, value] : all) {
      if (Chance(3)) t->identifiers.push_back({name_space, value, Enum(Role::kOther)});
    }
  }

  Duration Span(int64_t max_us) {
    return Duration(static_cast<int64_t>(random_() % static_cast<uint64_t>(max_us)));
  }

  void FillTimes(Timestamp received, Touchpoint* t) {
    constexpr int64_t kYear = int64_t{365} * 24 * 3600 * 1'000'000;
    if (t->id.empty() || !Chance(4)) t->event_time = received - Span(kYear);
    if (t->event_time && Chance(4)) {
      t->sent_time = *t->event_time + Span(3'600'000'000);
    } else if (Chance(4)) {
      t->sent_time = received + Span(3'600'000'000);
    }
    const Timestamp start = t->event_time.value_or(received);
    if (Chance(3)) {
      t->end_time = start + Span(3'600'000'000);
      if (t->event_time && Chance(2)) {
        t->duration_ms =
            std::chrono::duration_cast<std::chrono::milliseconds>(*t->end_time - start).count();
      }
    } else if (Chance(2)) {
      t->duration_ms = Below(3'600'000);
    }
    if (Chance(4)) t->follow_up_due = start + Span(kYear);
    if (Chance(4)) t->utc_offset_min = static_cast<int32_t>(Below(2161)) - 1080;
  }

  template <class E>
  E Enum(E last) {
    return static_cast<E>(Below(static_cast<uint32_t>(last) + 1));
  }

  void FillKinds(Touchpoint* t) {
    t->channel = Enum(Channel::kCustom);
    t->visibility = Enum(Visibility::kPublic);
    t->reach = Chance(3) ? random_() : 0;
    t->direction = Enum(Direction::kInternal);
    t->initiation = Enum(Initiation::kReply);
    t->purpose = Enum(Purpose::kOther);
    t->outcome = Enum(Outcome::kFailed);
    t->handled_by = Enum(HandledBy::kNone);
    t->automated = Chance(2);
    t->canned = Chance(2);
    t->relation = Enum(Relation::kReply);
    t->consent = Enum(Consent::kWithdrawn);
    t->retention_class = Enum(RetentionClass::kLong);
  }

  double Number() { return static_cast<double>(static_cast<int64_t>(random_())) / 1e6; }

  void FillLists(Touchpoint* t) {
    for (unsigned n = Below(3); n > 0; --n) {
      const ScoreKind kind = Enum(ScoreKind::kCustom);
      t->scores.push_back({kind, kind == ScoreKind::kFcr ? 1.0 : Number(), Number(), Reference()});
    }
    for (unsigned n = Below(4); n > 0; --n)
      t->refs.push_back({Enum(RefType::kCampaign), Reference()});
    for (unsigned n = Below(6); n > 0; --n) {
      Attribute a;
      a.key = Word("key");
      a.personal = Chance(2);
      a.fact = Chance(2);
      switch (Below(5)) {
        case 0:
          a.value = Reference();
          break;
        case 1:
          a.value = static_cast<int64_t>(random_());
          break;
        case 2:
          a.value = Number();
          break;
        case 3:
          a.value = Chance(2);
          break;
        default:
          a.value = Bytes{Blob()};
      }
      t->attributes.push_back(std::move(a));
    }
  }

  void FillNumbers(Touchpoint* t) {
    auto maybe = [this](std::optional<uint32_t>* field) {
      if (Chance(3)) *field = static_cast<uint32_t>(random_());
    };
    maybe(&t->timings.queue_ms);
    maybe(&t->timings.talk_ms);
    maybe(&t->timings.hold_ms);
    maybe(&t->timings.wrap_ms);
    maybe(&t->timings.first_response_ms);
    if (Chance(3)) t->sentiment = static_cast<float>(Below(2001)) / 1000.0F - 1.0F;
    if (Chance(3)) {
      t->value = Value{static_cast<int64_t>(random_()), Chance(2) ? "TRY" : "EUR",
                       Enum(ValueKind::kCredit)};
    }
  }

  std::mt19937_64 random_;
  std::string phone_;
  std::string email_;
};

}  // namespace cxjourney::model
