// Questions through the C API: who, why, history, context, repeats.
#include "tests/capi/capi_fixture.h"

namespace capi {
namespace {

TEST_F(CApi, PagesThroughAHistory) {
  cxj_identifier who = Id("phone", "0532 111 22 33");
  for (int i = 0; i < 10; ++i) Record(Call(std::to_string(i), kNow - (10 - i) * kHour, &who));
  cxj_history_query query = CXJ_HISTORY_QUERY_INIT;
  query.limit = 4;
  const cxj_journey* newest = nullptr;
  ASSERT_EQ(cxj_history(tracker, &who, &query, &newest, nullptr), CXJ_OK);
  ASSERT_EQ(newest->touchpoint_count, 4u);
  EXPECT_EQ(Text(newest->touchpoints[0]->id), "6");
  EXPECT_EQ(Text(newest->touchpoints[3]->id), "9");
  ASSERT_NE(newest->next, nullptr);
  query.before = newest->next;
  const cxj_journey* older = nullptr;
  ASSERT_EQ(cxj_customer_history(tracker, newest->customer, &query, &older, nullptr), CXJ_OK);
  ASSERT_EQ(older->touchpoint_count, 4u);
  EXPECT_EQ(Text(older->touchpoints[0]->id), "2");
  cxj_journey_free(newest);
  cxj_journey_free(older);
}

TEST_F(CApi, CutsAHistoryByTime) {
  cxj_identifier who = Id("phone", "0532 111 22 33");
  for (int i = 0; i < 10; ++i) Record(Call(std::to_string(i), kNow - (10 - i) * kHour, &who));
  cxj_history_query query = CXJ_HISTORY_QUERY_INIT;
  query.from_us = kNow - 8 * kHour;
  query.until_us = kNow - 3 * kHour;
  query.as_of_us = kNow - 5 * kHour;
  const cxj_journey* journey = nullptr;
  ASSERT_EQ(cxj_history(tracker, &who, &query, &journey, nullptr), CXJ_OK);
  ASSERT_EQ(journey->touchpoint_count, 4u);
  EXPECT_EQ(Text(journey->touchpoints[0]->id), "2");
  EXPECT_EQ(Text(journey->touchpoints[3]->id), "5");
  cxj_journey_free(journey);
  // A limit of zero that is given is 1970, and not "no limit".
  query = CXJ_HISTORY_QUERY_INIT;
  query.present = CXJ_HISTORY_QUERY_HAS_UNTIL_US;
  ASSERT_EQ(cxj_history(tracker, &who, &query, &journey, nullptr), CXJ_OK);
  EXPECT_EQ(journey->touchpoint_count, 0u);
  cxj_journey_free(journey);
}

std::string Walk(cxj_cursor* cursor, cxj_customer_id* customer) {
  std::string ids;
  const cxj_touchpoint* touchpoint = nullptr;
  while (cxj_cursor_next(cursor, &touchpoint, nullptr) == CXJ_OK && touchpoint != nullptr) {
    ids += Text(touchpoint->id) + " ";
    *customer = cxj_cursor_customer(cursor);
  }
  EXPECT_EQ(cxj_cursor_customer(cursor), 0u);
  EXPECT_EQ(cxj_cursor_next(cursor, &touchpoint, nullptr), CXJ_OK);  // The end stays the end.
  EXPECT_EQ(touchpoint, nullptr);
  cxj_cursor_free(cursor);
  return ids;
}

TEST_F(CApi, CursorsWalkEverythingInPages) {
  cxj_identifier who = Id("phone", "0532 111 22 33");
  cxj_identifier other = Id("phone", "0532 444 55 66");
  for (int i = 0; i < 5; ++i) Record(Call(std::to_string(i), kNow - (5 - i) * kHour, &who));
  Record(Call("other", kNow - kDay, &other));
  Record(Call("nobody", kNow, nullptr));
  for (uint32_t page : {1u, 2u, 5u, 100u}) {
    cxj_history_query query = CXJ_HISTORY_QUERY_INIT;
    query.limit = page;
    cxj_cursor* cursor = nullptr;
    cxj_customer_id customer = 0;
    ASSERT_EQ(cxj_history_cursor(tracker, &who, &query, &cursor, nullptr), CXJ_OK);
    EXPECT_EQ(Walk(cursor, &customer), "4 3 2 1 0 ");
    cxj_customer_id resolved = 0;
    ASSERT_EQ(cxj_resolve(tracker, &who, &resolved, nullptr), CXJ_OK);
    EXPECT_EQ(customer, resolved);
    ASSERT_EQ(cxj_customer_history_cursor(tracker, resolved, &query, &cursor, nullptr), CXJ_OK);
    EXPECT_EQ(Walk(cursor, &customer), "4 3 2 1 0 ");
    ASSERT_EQ(cxj_scan_cursor(tracker, &query, &cursor, nullptr), CXJ_OK);
    EXPECT_EQ(Walk(cursor, &customer), "0 1 2 3 4 other nobody ");
    EXPECT_EQ(customer, 0u);
  }
  cxj_history_query query = CXJ_HISTORY_QUERY_INIT;
  query.from_us = kNow - 2 * kHour;
  cxj_cursor* cursor = nullptr;
  cxj_customer_id customer = 0;
  ASSERT_EQ(cxj_scan_cursor(tracker, &query, &cursor, nullptr), CXJ_OK);
  EXPECT_EQ(Walk(cursor, &customer), "3 4 nobody ");
  query.as_of_us = kNow;
  EXPECT_EQ(cxj_scan_cursor(tracker, &query, &cursor, nullptr), CXJ_INVALID_ARGUMENT);
}

TEST_F(CApi, LinksExplainsAndUnlinks) {
  cxj_identifier a = Id("phone", "0532 111 22 33");
  cxj_identifier b = Id("email", "ayse@example.com");
  Record(Call("1", kNow - kDay, &a));
  Record(Call("2", kNow, &b));
  const cxj_why* why = nullptr;
  ASSERT_EQ(cxj_why_of(tracker, &a, &b, &why, nullptr), CXJ_OK);
  EXPECT_EQ(why->same_customer, 0u);
  EXPECT_EQ(why->connected, 0u);
  cxj_why_free(why);
  cxj_assertion by = CXJ_ASSERTION_INIT;
  by.actor = Borrow("agent 7");
  const cxj_identifier pair[] = {a, b};
  const cxj_assertion_receipt* receipt = nullptr;
  ASSERT_EQ(cxj_must_link(tracker, pair, 2, &by, &receipt, nullptr), CXJ_OK);
  const cxj_assertion_id link = receipt->id;
  ASSERT_EQ(receipt->customer_count, 1u);
  ASSERT_EQ(receipt->change_count, 1u);  // The second call is a repeat of the first now.
  EXPECT_EQ(receipt->changes[0]->type, uint32_t{CXJ_NOTICE_TYPE_DETECTED});
  cxj_assertion_receipt_free(receipt);
  ASSERT_EQ(cxj_why_of(tracker, &a, &b, &why, nullptr), CXJ_OK);
  EXPECT_EQ(why->same_customer, 1u);
  ASSERT_EQ(why->path_count, 1u);
  EXPECT_EQ(why->path[0]->must_link, link);
  EXPECT_EQ(why->path[0]->present & CXJ_LINK_HAS_NEWEST_US, 0u);
  cxj_why_free(why);
  ASSERT_EQ(cxj_unlink(tracker, &a, &b, nullptr, nullptr, nullptr), CXJ_OK);
  ASSERT_EQ(cxj_why_of(tracker, &a, &b, &why, nullptr), CXJ_OK);
  EXPECT_EQ(why->same_customer, 0u);
  ASSERT_EQ(why->veto_count, 1u);
  EXPECT_EQ(why->vetoes[0]->rule, uint32_t{CXJ_VETO_RULE_CANNOT_LINK});
  EXPECT_EQ(why->vetoes[0]->link->must_link, link);
  cxj_why_free(why);
  ASSERT_EQ(cxj_retract_assertion(tracker, link, nullptr, nullptr, nullptr), CXJ_OK);
  EXPECT_EQ(cxj_retract_assertion(tracker, 9999, nullptr, nullptr, nullptr), CXJ_NOT_FOUND);
}

TEST_F(CApi, BlocksAndRetracts) {
  cxj_identifier a = Id("phone", "0532 111 22 33");
  Record(Call("1", kNow, &a));
  cxj_customer_id id = 0;
  ASSERT_EQ(cxj_block(tracker, &a, nullptr, nullptr, nullptr), CXJ_OK);
  EXPECT_EQ(cxj_resolve(tracker, &a, &id, nullptr), CXJ_NOT_FOUND);
  ASSERT_EQ(cxj_unblock(tracker, &a, nullptr, nullptr, nullptr), CXJ_OK);
  EXPECT_EQ(cxj_unblock(tracker, &a, nullptr, nullptr, nullptr), CXJ_NOT_FOUND);
  ASSERT_EQ(cxj_resolve(tracker, &a, &id, nullptr), CXJ_OK);
  const cxj_customer* customer = nullptr;
  ASSERT_EQ(cxj_customer_of(tracker, id, &customer, nullptr), CXJ_OK);
  EXPECT_EQ(customer->touchpoints, 1u);
  ASSERT_EQ(customer->identifier_count, 1u);
  EXPECT_EQ(Text(customer->identifiers[0]->value), "+905321112233");
  EXPECT_EQ(customer->identifiers[0]->first_seen_us, kNow);
  cxj_customer_free(customer);
  cxj_key key = {Borrow("crm"), Borrow("1")};
  ASSERT_EQ(cxj_retract_touchpoint(tracker, &key, nullptr, nullptr, nullptr), CXJ_OK);
  const cxj_stats* stats = nullptr;
  ASSERT_EQ(cxj_stats_of(tracker, &stats, nullptr), CXJ_OK);
  EXPECT_EQ(stats->touchpoints, 0u);
  EXPECT_EQ(stats->retracted, 1u);
  cxj_stats_free(stats);
}

TEST_F(CApi, ListsCustomersInPages) {
  for (int i = 0; i < 5; ++i) {
    cxj_identifier who = Id("email", "a" + std::to_string(i) + "@example.com");
    Record(Call(std::to_string(i), kNow, &who));
  }
  cxj_customer_id ids[2] = {0, 0};
  size_t count = 0;
  std::vector<cxj_customer_id> all;
  do {
    ASSERT_EQ(cxj_list_customers(tracker, all.empty() ? 0 : all.back(), ids, 2, &count, nullptr),
              CXJ_OK);
    all.insert(all.end(), ids, ids + count);
  } while (count != 0);
  EXPECT_EQ(all.size(), 5u);
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end()));
}

TEST_F(CApi, GivesTheContextOfACaller) {
  cxj_identifier who = Id("phone", "0532 111 22 33");
  cxj_touchpoint call = Call("1", kNow - kDay, &who);
  call.outcome = CXJ_OUTCOME_PENDING_COMPANY;
  call.follow_up_due_us = kNow - kHour;
  call.sentiment = -0.5f;
  Record(call);
  const cxj_context* context = nullptr;
  ASSERT_EQ(cxj_context_of(tracker, &who, nullptr, &context, nullptr), CXJ_OK);
  EXPECT_EQ(context->now_us, kNow);
  EXPECT_EQ(context->contacts, 1u);
  EXPECT_EQ(context->contacts_7d, 1u);
  EXPECT_NE(context->present & CXJ_CONTEXT_HAS_LAST_CONTACT_US, 0u);
  EXPECT_EQ(context->present & CXJ_CONTEXT_HAS_LAST_ORDER_US, 0u);
  ASSERT_EQ(context->open_episode_count, 1u);
  const cxj_open_episode& open = *context->open_episodes[0];
  EXPECT_EQ(open.last_sentiment, -0.5f);
  EXPECT_EQ(open.contacts_total, 1u);
  ASSERT_EQ(open.promise_count, 1u);
  EXPECT_EQ(open.promises[0]->broken, 1u);
  EXPECT_EQ(open.promises[0]->due_us, kNow - kHour);
  ASSERT_EQ(context->recent_count, 1u);
  EXPECT_EQ(Text(context->recent[0]->id), "1");
  cxj_context_free(context);
  const cxj_time before = kNow - 2 * kDay;
  ASSERT_EQ(cxj_context_of(tracker, &who, &before, &context, nullptr), CXJ_OK);
  EXPECT_EQ(context->contacts, 0u);
  cxj_context_free(context);
}

TEST_F(CApi, ReportsRepeats) {
  cxj_identifier who = Id("phone", "0532 111 22 33");
  Record(Call("1", kNow - 30 * kDay, &who));
  Record(Call("2", kNow - 29 * kDay, &who));
  Record(Call("3", kNow - 10 * kDay, &who));
  cxj_repeat_query query = CXJ_REPEAT_QUERY_INIT;
  query.registered = Borrow("next_contact_7d");
  query.group_by = CXJ_GROUP_BY_CHANNEL;
  query.list_contacts = 1;
  query.list_episodes = 1;
  const cxj_repeat_report* report = nullptr;
  ASSERT_EQ(cxj_repeats(tracker, &query, &report, nullptr), CXJ_OK);
  EXPECT_EQ(report->total->contacts, 3);
  EXPECT_EQ(report->total->rcr.numerator, 1);
  EXPECT_EQ(report->total->rcr.denominator, 3);
  EXPECT_EQ(report->net, nullptr);
  ASSERT_EQ(report->group_count, 1u);
  EXPECT_EQ(Text(report->groups[0]->label), "phone");
  EXPECT_EQ(report->groups[0]->measures->contacts, 3);
  ASSERT_EQ(report->contact_count, 3u);
  ASSERT_NE(report->contacts[1]->prior, nullptr);
  EXPECT_EQ(Text(report->contacts[1]->prior->id), "1");
  ASSERT_EQ(report->episode_count, 2u);
  EXPECT_EQ(report->episodes[0]->contact_count, 2u);
  EXPECT_EQ(Text(report->policy->name), "next_contact_7d");
  cxj_repeat_report_free(report);
  query.registered = Borrow("unheard_of");
  EXPECT_EQ(cxj_repeats(tracker, &query, &report, nullptr), CXJ_NOT_FOUND);
}

TEST_F(CApi, ForeseesARepeat) {
  cxj_identifier who = Id("phone", "0532 111 22 33");
  Record(Call("1", kNow - 3 * kDay, &who));
  Record(Call("2", kNow - 2 * kDay, &who));
  const cxj_verdict* verdict = nullptr;
  ASSERT_EQ(cxj_check_repeat(tracker, &who, nullptr, &verdict, nullptr), CXJ_OK);
  ASSERT_NE(verdict->repeat_of, nullptr);
  EXPECT_EQ(Text(verdict->repeat_of->id), "2");
  EXPECT_EQ(Text(verdict->episode->id), "1");
  EXPECT_EQ(verdict->gap_us, 2 * kDay);
  EXPECT_EQ(verdict->contacts_in_episode, 3u);
  cxj_verdict_free(verdict);
  cxj_repeat_check check = CXJ_REPEAT_CHECK_INIT;
  check.registered = Borrow("next_contact_7d");
  check.start_us = kNow - 3 * kDay;  // What starts at the same moment does not count.
  ASSERT_EQ(cxj_check_repeat(tracker, &who, &check, &verdict, nullptr), CXJ_OK);
  EXPECT_EQ(verdict->repeat_of, nullptr);
  EXPECT_EQ(verdict->episode, nullptr);
  EXPECT_EQ(Text(verdict->policy), "next_contact_7d");
  cxj_verdict_free(verdict);
  check.channel = 99;
  EXPECT_EQ(cxj_check_repeat(tracker, &who, &check, &verdict, nullptr), CXJ_INVALID_ARGUMENT);
  check = CXJ_REPEAT_CHECK_INIT;
  check.registered = Borrow("unheard_of");
  EXPECT_EQ(cxj_check_repeat(tracker, &who, &check, &verdict, nullptr), CXJ_NOT_FOUND);
  cxj_identifier stranger = Id("phone", "0532 999 99 99");
  EXPECT_EQ(cxj_check_repeat(tracker, &stranger, nullptr, &verdict, nullptr), CXJ_NOT_FOUND);
}

// One customer who called and wrote a day later.
struct CApiFlow : CApi {
  void SetUp() override {
    CApi::SetUp();
    cxj_identifier who = Id("phone", "0532 111 22 33");
    Record(Call("1", kNow - 3 * kDay, &who));
    cxj_touchpoint mail = Call("2", kNow - 2 * kDay, &who);
    mail.channel = CXJ_CHANNEL_EMAIL;
    Record(mail);
  }
};

TEST_F(CApiFlow, CountsHowCustomersMove) {
  const cxj_transition_report* moves = nullptr;
  ASSERT_EQ(cxj_transitions(tracker, nullptr, &moves, nullptr), CXJ_OK);
  EXPECT_EQ(moves->journeys, 1);
  EXPECT_EQ(moves->touchpoints, 2);
  ASSERT_EQ(moves->transition_count, 3u);
  for (size_t i = 0; i < 3; ++i) {
    const cxj_transition& move = *moves->transitions[i];
    EXPECT_EQ(move.count, 1);
    const bool starts = (move.present & CXJ_TRANSITION_HAS_SOURCE) == 0;
    const bool ends = (move.present & CXJ_TRANSITION_HAS_TARGET) == 0;
    EXPECT_EQ(move.source, starts ? 0 : ends ? CXJ_CHANNEL_EMAIL : CXJ_CHANNEL_PHONE);
  }
  cxj_transition_report_free(moves);
  cxj_transition_query later = CXJ_TRANSITION_QUERY_INIT;
  later.from_us = kNow - kDay;
  ASSERT_EQ(cxj_transitions(tracker, &later, &moves, nullptr), CXJ_OK);
  EXPECT_EQ(moves->touchpoints, 0);
  cxj_transition_report_free(moves);
}

TEST_F(CApiFlow, CountsHowFarCustomersCome) {
  const cxj_channel channels[] = {CXJ_CHANNEL_PHONE, CXJ_CHANNEL_EMAIL};
  cxj_funnel_step steps[] = {CXJ_FUNNEL_STEP_INIT, CXJ_FUNNEL_STEP_INIT};
  const cxj_funnel_step* pointers[] = {&steps[0], &steps[1]};
  for (size_t i = 0; i < 2; ++i) {
    steps[i].channels = &channels[i];
    steps[i].channel_count = 1;
  }
  cxj_funnel_query query = CXJ_FUNNEL_QUERY_INIT;
  query.steps = pointers;
  query.step_count = 2;
  const cxj_funnel_report* report = nullptr;
  ASSERT_EQ(cxj_funnel(tracker, &query, &report, nullptr), CXJ_OK);
  ASSERT_EQ(report->reached_count, 2u);
  EXPECT_EQ(report->journeys, 1);
  EXPECT_EQ(report->reached[0], 1);
  EXPECT_EQ(report->reached[1], 1);
  cxj_funnel_report_free(report);
  query.window_us = kHour;
  ASSERT_EQ(cxj_funnel(tracker, &query, &report, nullptr), CXJ_OK);
  EXPECT_EQ(report->reached[1], 0);
  cxj_funnel_report_free(report);
  steps[0].direction = CXJ_DIRECTION_OUT;
  ASSERT_EQ(cxj_funnel(tracker, &query, &report, nullptr), CXJ_OK);
  EXPECT_EQ(report->reached[0], 0);
  cxj_funnel_report_free(report);
  query.step_count = 0;
  cxj_error* error = nullptr;
  EXPECT_EQ(cxj_funnel(tracker, &query, &report, &error), CXJ_INVALID_ARGUMENT);
  EXPECT_NE(Take(error).find("steps"), std::string::npos);
}

TEST_F(CApi, Verifies) {
  cxj_identifier who = Id("phone", "0532 111 22 33");
  Record(Call("1", kNow, &who));
  const cxj_verify_report* report = nullptr;
  ASSERT_EQ(cxj_verify(tracker, &report, nullptr), CXJ_OK);
  EXPECT_EQ(report->problem_count, 0u);
  EXPECT_EQ(report->touchpoints, 1u);
  cxj_verify_report_free(report);
  EXPECT_EQ(cxj_sync(tracker, nullptr), CXJ_OK);
}

TEST_F(CApi, Compacts) {
  cxj_identifier who = Id("phone", "0532 111 22 33");
  Record(Call("1", kNow, &who));
  EXPECT_EQ(cxj_compact(tracker, nullptr), CXJ_OK);
  const cxj_stats* stats = nullptr;
  ASSERT_EQ(cxj_stats_of(tracker, &stats, nullptr), CXJ_OK);
  EXPECT_EQ(stats->touchpoints, 1u);
  EXPECT_GT(stats->sealed_bytes, 0u);
  cxj_stats_free(stats);
}

}  // namespace
}  // namespace capi
