// Histories show every field as it was recorded, whatever the touchpoint before it left behind.
#include <functional>
#include <random>

#include "model/canonical.h"
#include "tests/tracker/shop.h"

namespace cxjourney::tracker_tests {
namespace {

using Change = std::function<void(Touchpoint*)>;

// Each fills in something that a touchpoint may have or not.
const std::vector<Change>& Changes() {
  using T = Touchpoint*;
  static const std::vector<Change> changes = {
      [](T) {},
      [](T) {},
      [](T t) { t->source = "web"; },
      [](T t) { t->id += "-with-a-longer-id"; },
      [](T t) { t->id += "-ann@example.com"; },  // Personal.
      [](T t) { t->revision = 1; },
      [](T t) {
        t->identifiers = {Email("ann"), Phone(1)};
      },
      [](T t) { t->end_time = *t->event_time + minutes(7); },
      [](T t) { t->duration_ms = 90'000; },
      [](T t) { t->sent_time = kNoon - minutes(2); },
      [](T t) { t->utc_offset_min = 180; },
      [](T t) { t->channel = Channel::kWebChat, t->custom_channel.clear(); },
      [](T t) { t->channel = Channel::kCustom, t->custom_channel = "fax"; },
      [](T t) { t->channel_detail = "app"; },
      [](T t) { t->visibility = Visibility::kPublic, t->reach = 12; },
      [](T t) { t->direction = Direction::kOut; },
      [](T t) { t->initiation = Initiation::kCallback; },
      [](T t) { t->purpose = Purpose::kComplaint; },
      [](T t) { t->purpose = Purpose::kUnspecified; },
      [](T t) { t->topics = {"order"}; },
      [](T t) {
        t->topics = {"order", "order/delivery"};
      },
      [](T t) { t->topics.clear(); },
      [](T t) { t->outcome = Outcome::kResolved; },
      [](T t) { t->follow_up_due = kNoon; },
      [](T t) { t->handled_by = HandledBy::kHuman; },
      [](T t) { t->automated = true; },
      [](T t) { t->canned = true; },
      [](T t) { t->conversation_id = "c-1"; },
      [](T t) { t->parent_id = "p-1", t->relation = Relation::kTransfer; },
      [](T t) { t->agent = "somebody with a long name"; },
      [](T t) { t->queue = "returns"; },
      [](T t) { t->team = "night"; },
      [](T t) { t->timings.talk_ms = 1; },
      [](T t) {
        t->scores = {{ScoreKind::kNps, 9, 10, ""}};
      },
      [](T t) { t->sentiment = 0.25F; },
      [](T t) { t->emotion = "angry"; },
      [](T t) {
        t->value = Value{100, "TRY"};
      },
      [](T t) {
        t->refs = {{RefType::kOrder, "A-1"}};
      },
      [](T t) {
        t->attributes = {{"vip", true, false, true}};
      },
      [](T t) {
        t->attributes = {{"mood", std::string("bad"), true, false}};
      },
      [](T t) { t->text = "The parcel is late."; },
      [](T t) { t->text_digest = "0123"; },
      [](T t) { t->consent = Consent::kGranted; },
      [](T t) { t->retention_class = RetentionClass::kShort; },
  };
  return changes;
}

// All that it says, but who it was.
model::ContentDigest DigestOf(const Touchpoint& touchpoint) {
  model::CanonicalTouchpoint canonical;
  canonical.content.Refer(touchpoint);
  return model::DigestContent(canonical);
}

// As a history shows it.
Touchpoint Expected(Touchpoint touchpoint) {
  if (touchpoint.sent_time) {
    const Duration correction = kNoon - *touchpoint.sent_time;
    *touchpoint.event_time += correction;
    if (touchpoint.end_time) *touchpoint.end_time += correction;
  }
  if (touchpoint.duration_ms) {
    touchpoint.end_time =
        *touchpoint.event_time + std::chrono::milliseconds(*touchpoint.duration_ms);
    touchpoint.duration_ms.reset();
  }
  return touchpoint;
}

class ShownTest : public BothStores {
 protected:
  Touchpoint Make(int number) {
    Touchpoint made =
        Call(std::to_string(number), kNoon - kDay + std::chrono::seconds(number), {Email("ann")});
    made.end_time.reset();
    if (number % 3 == 0) made.topics = {"order"};
    for (int i = 0; i < 2; ++i) {
      Changes()[std::uniform_int_distribution<size_t>(0, Changes().size() - 1)(random_)](&made);
    }
    if (made.end_time) made.duration_ms.reset();
    return made;
  }

  void Expect(const Touchpoint& shown) {
    const Touchpoint& recorded = recorded_.at(shown.source + "/" + shown.id);
    EXPECT_EQ(DigestOf(shown), DigestOf(recorded)) << shown.id;
    EXPECT_EQ(shown.sent_time, recorded.sent_time) << shown.id;
    EXPECT_EQ(shown.received_time, kNoon) << shown.id;
    ASSERT_EQ(shown.identifiers.size(), recorded.identifiers.size()) << shown.id;
    for (const Identifier& identifier : shown.identifiers) {
      EXPECT_EQ(identifier.value.front(), identifier.name_space == "phone" ? '+' : 'a');
    }
  }

  std::mt19937 random_{7};
  std::map<std::string, Touchpoint> recorded_;
};
CXJ_OVER_BOTH_STORES(ShownTest);

// Every two of them come one after the other, in one object that a visitor is shown.
TEST_P(ShownTest, EveryFieldIsAsItWasRecorded) {
  constexpr int kTouchpoints = 4000;
  options.keep_text = true;
  Open();
  std::vector<Touchpoint> batch;
  for (int number = 0; number < kTouchpoints; ++number) batch.push_back(Make(number));
  for (size_t at = 0; at < batch.size(); at += 1000) {
    const std::vector<Touchpoint> part(batch.begin() + static_cast<ptrdiff_t>(at),
                                       batch.begin() + static_cast<ptrdiff_t>(at) + 1000);
    ASSERT_TRUE(tracker->RecordAll(part).ok());
  }
  for (const Touchpoint& one : batch) recorded_.emplace(one.source + "/" + one.id, Expected(one));
  HistoryQuery query;
  query.limit = kTouchpoints;
  const Result<Journey> journey = tracker->History(Email("ann"), query);
  ASSERT_EQ(journey->touchpoints.size(), recorded_.size());
  for (const Touchpoint& shown : journey->touchpoints) Expect(shown);
  size_t visited = 0;
  const auto visit = [&](const Touchpoint& shown) {
    Expect(shown);
    ++visited;
  };
  ASSERT_TRUE(tracker->VisitHistory(Email("ann"), query, visit).ok());
  EXPECT_EQ(visited, recorded_.size());
}

}  // namespace
}  // namespace cxjourney::tracker_tests
