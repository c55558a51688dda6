// Histories that are shown instead of given: the same rows, without an answer that holds them.
#include <new>
#include <stdexcept>
#include <utility>

#include "cxjourney/cabi.hpp"
#include "tests/capi/full_touchpoint.h"

namespace capi {
namespace {

std::string TakeText(cxj_str* text) { return Text(std::exchange(*text, cxj_str{})) + "|"; }

// The texts, and the bytes of what is left.
template <class Item, class... Texts>
std::string TellItem(Item item, Texts... texts) {
  std::string all;
  ((all += TakeText(&(item.*texts))), ...);
  return all.append(reinterpret_cast<const char*>(&item), sizeof(item));
}

std::string TakeTexts(cxj_touchpoint* t) {
  std::string all;
  for (auto field : {&cxj_touchpoint::source, &cxj_touchpoint::id, &cxj_touchpoint::custom_channel,
                     &cxj_touchpoint::channel_detail, &cxj_touchpoint::conversation_id,
                     &cxj_touchpoint::parent_id, &cxj_touchpoint::agent, &cxj_touchpoint::queue,
                     &cxj_touchpoint::team, &cxj_touchpoint::emotion, &cxj_touchpoint::text_digest,
                     &cxj_touchpoint::text}) {
    all += TakeText(&(t->*field));
  }
  return all;
}

template <class Item, class Tell>
std::string TakeList(const Item** items, size_t count, const Tell& tell) {
  std::string all = std::to_string(count) + ":";
  for (size_t i = 0; i < count; ++i) all += tell((*items)[i]);
  *items = nullptr;
  return all;
}

// All that a touchpoint says. What is no text or list is compared as bytes, so nothing is left out.
std::string Tell(cxj_touchpoint t) {
  std::string all = TakeTexts(&t);
  all += TakeList(&t.identifiers, t.identifier_count, [](cxj_identifier item) {
    return TellItem(item, &cxj_identifier::name_space, &cxj_identifier::value);
  });
  all += TakeList(&t.topics, t.topic_count, [](cxj_str item) { return TakeText(&item); });
  all += TakeList(&t.scores, t.score_count,
                  [](cxj_score item) { return TellItem(item, &cxj_score::about_id); });
  all += TakeList(&t.value, t.value != nullptr ? 1 : 0,
                  [](cxj_money item) { return TellItem(item, &cxj_money::currency); });
  all += TakeList(&t.refs, t.ref_count, [](cxj_ref item) { return TellItem(item, &cxj_ref::id); });
  all += TakeList(&t.attributes, t.attribute_count, [](cxj_attribute item) {
    return TellItem(item, &cxj_attribute::key, &cxj_attribute::text);
  });
  return all + TellItem(t);
}

using Rows = std::vector<std::string>;

void See(const cxj_touchpoint* touchpoint, void* rows) {
  static_cast<Rows*>(rows)->push_back(Tell(*touchpoint));
}

class CApiVisit : public CApiFull {
 protected:
  // Rows that have everything between such that have next to nothing.
  void RecordMixed() {
    ann = Id("phone", "+905321112233");
    for (int i = 0; i < 12; ++i) {
      cxj_touchpoint touchpoint = i % 3 == 1 ? Full() : Call("", 0, &ann);
      texts.push_back("row " + std::to_string(i));
      touchpoint.id = Borrow(texts.back());
      touchpoint.event_time_us = kNow - (20 - i) * kDay;
      if (touchpoint.end_time_us != 0) touchpoint.end_time_us = touchpoint.event_time_us + kHour;
      Record(touchpoint);
    }
  }

  // The same question asked in all four ways.
  void ExpectSame(const cxj_history_query* query) {
    const cxj_journey* given = nullptr;
    ASSERT_EQ(cxj_history(tracker, &ann, query, &given, nullptr), CXJ_OK);
    Rows rows;
    for (size_t i = 0; i < given->touchpoint_count; ++i) {
      rows.push_back(Tell(*given->touchpoints[i]));
    }
    const cxj_journey* shown = nullptr;
    Rows seen;
    ASSERT_EQ(cxj_visit_history(tracker, &ann, query, See, &seen, &shown, nullptr), CXJ_OK);
    EXPECT_TRUE(seen == rows);
    ExpectSameFrame(*given, *shown);
    cxj_journey_free(shown);
    seen.clear();
    ASSERT_EQ(
        cxj_visit_customer_history(tracker, given->customer, query, See, &seen, &shown, nullptr),
        CXJ_OK);
    EXPECT_TRUE(seen == rows);
    ExpectSameFrame(*given, *shown);
    cxj_journey_free(shown);
    cxj_journey_free(given);
  }

  static void ExpectSameFrame(const cxj_journey& given, const cxj_journey& shown) {
    EXPECT_EQ(shown.struct_size, sizeof(cxj_journey));
    EXPECT_EQ(shown.customer, given.customer);
    EXPECT_EQ(shown.touchpoint_count, 0u);
    ASSERT_EQ(shown.next == nullptr, given.next == nullptr);
    if (given.next == nullptr) return;
    EXPECT_EQ(shown.next->time_us, given.next->time_us);
    EXPECT_EQ(Text(shown.next->key.id), Text(given.next->key.id));
  }

  cxj_identifier ann = {};
};

TEST_F(CApiVisit, ShowsWhatAHistoryGives) {
  RecordMixed();
  ExpectSame(nullptr);
  cxj_history_query query = CXJ_HISTORY_QUERY_INIT;
  for (uint32_t limit : {1u, 2u, 5u, 12u, 50u}) {
    query.limit = limit;
    ExpectSame(&query);
  }
  texts.push_back("row 7");
  const cxj_position before = {kNow - 13 * kDay, {Borrow("crm"), Borrow(texts.back())}};
  query.limit = 3;
  query.before = &before;
  ExpectSame(&query);
  query = CXJ_HISTORY_QUERY_INIT;
  query.from_us = kNow - 18 * kDay;
  query.until_us = kNow - 10 * kDay;
  query.as_of_us = kNow - 12 * kDay;
  ExpectSame(&query);
}

TEST_F(CApiVisit, ShowsNothingOfAnEmptyPeriod) {
  RecordMixed();
  cxj_history_query query = CXJ_HISTORY_QUERY_INIT;
  query.until_us = kNow - 100 * kDay;
  ExpectSame(&query);
}

TEST_F(CApiVisit, FindsWhatBelongsToNobody) {
  cxj_identifier till = Id("phone", "+905321112244");
  Record(Call("1", kNow - kDay, &till));
  ASSERT_EQ(cxj_block(tracker, &till, nullptr, nullptr, nullptr), CXJ_OK);
  const cxj_journey* journey = nullptr;
  Rows seen;
  ASSERT_EQ(cxj_visit_history(tracker, &till, nullptr, See, &seen, &journey, nullptr), CXJ_OK);
  EXPECT_EQ(seen.size(), 1u);
  EXPECT_EQ(journey->customer, 0u);
  cxj_journey_free(journey);
}

TEST_F(CApiVisit, AnswersInVainAreLeftOut) {
  RecordMixed();
  Rows seen;
  EXPECT_EQ(cxj_visit_history(tracker, &ann, nullptr, See, &seen, nullptr, nullptr), CXJ_OK);
  EXPECT_EQ(seen.size(), 12u);
}

TEST_F(CApiVisit, SeesAsManyThingsAsATouchpointMayHave) {
  const std::string letters(1, 'x');
  std::vector<cxj_attribute> many(128);
  for (size_t i = 0; i < many.size(); ++i) {
    texts.push_back("key " + std::to_string(i));
    many[i].key = Borrow(texts.back());
    many[i].text = Borrow(letters);
  }
  ann = Id("phone", "+905321112233");
  cxj_touchpoint touchpoint = Call("1", kNow - kDay, &ann);
  touchpoint.attributes = many.data();
  touchpoint.attribute_count = many.size();
  Record(touchpoint);
  ExpectSame(nullptr);
}

TEST_F(CApiVisit, FailuresShowNothing) {
  const cxj_identifier nobody = Id("phone", "0532 999 99 99");
  Rows seen;
  const auto* const untouched = reinterpret_cast<const cxj_journey*>(&seen);
  const cxj_journey* journey = untouched;
  EXPECT_EQ(cxj_visit_history(tracker, &nobody, nullptr, See, &seen, &journey, nullptr),
            CXJ_NOT_FOUND);
  EXPECT_EQ(cxj_visit_customer_history(tracker, 17, nullptr, See, &seen, &journey, nullptr),
            CXJ_NOT_FOUND);
  RecordMixed();
  cxj_error* error = nullptr;
  EXPECT_EQ(cxj_visit_history(tracker, &ann, nullptr, nullptr, &seen, &journey, &error),
            CXJ_INVALID_ARGUMENT);
  EXPECT_EQ(Take(error), "visit is NULL");
  cxj_history_query query = CXJ_HISTORY_QUERY_INIT;
  query.limit = 2'000'000;
  EXPECT_EQ(cxj_visit_history(tracker, &ann, &query, See, &seen, &journey, nullptr),
            CXJ_INVALID_ARGUMENT);
  query.struct_size = 4;
  EXPECT_EQ(cxj_visit_history(tracker, &ann, &query, See, &seen, &journey, nullptr),
            CXJ_INVALID_ARGUMENT);
  EXPECT_TRUE(seen.empty());
  EXPECT_EQ(journey, untouched);
}

TEST_F(CApiVisit, WhatAFunctionThrowsFailsTheCall) {
  RecordMixed();
  const auto run_out = [](const cxj_touchpoint*, void* count) {
    if (++*static_cast<int*>(count) == 3) throw std::bad_alloc();
  };
  const auto give_up = [](const cxj_touchpoint*, void*) { throw std::runtime_error("enough"); };
  int count = 0;
  EXPECT_EQ(cxj_visit_history(tracker, &ann, nullptr, run_out, &count, nullptr, nullptr),
            CXJ_RESOURCE_EXHAUSTED);
  EXPECT_EQ(count, 3);
  EXPECT_EQ(cxj_visit_history(tracker, &ann, nullptr, give_up, nullptr, nullptr, nullptr),
            CXJ_INTERNAL);
  Record(Call("later", kNow, &ann));  // No lock is left behind.
}

TEST_F(CApiVisit, CabiTakesAnythingThatCanBeCalled) {
  cxj_options options = CXJ_OPTIONS_INIT;
  options.in_memory = 1;
  auto opened = cxjourney::cabi::Tracker::Open("", &options);
  ASSERT_TRUE(opened);
  ann = Id("phone", "+905321112233");
  const cxj_touchpoint call = Call("1", kNow - kDay, &ann);
  ASSERT_TRUE(opened->Record(&call, 1));
  std::string ids;
  const auto see = [&](const cxj_touchpoint& touchpoint) { ids += Text(touchpoint.id); };
  const auto journey = opened->VisitHistory(ann, nullptr, see);
  ASSERT_TRUE(journey);
  ASSERT_TRUE(opened->VisitHistory((*journey)->customer, nullptr, see));
  EXPECT_EQ(ids, "11");
}

}  // namespace
}  // namespace capi
