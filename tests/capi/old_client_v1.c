/* A client of ABI version 1: compiled with the header of that release, run with the library of
 * today. It records, asks, walks, fails on purpose, and frees what it got. */
#include <stdio.h>
#include <string.h>

#include "frozen/c_v1.h"

#define CHECK(claim)                                                  \
  do {                                                                \
    if (!(claim)) {                                                   \
      fprintf(stderr, "old client, line %d: %s\n", __LINE__, #claim); \
      return 1;                                                       \
    }                                                                 \
  } while (0)

static const cxj_time kMonday = 1700000000000000; /* The first call; the others a day apart. */
static const cxj_duration kDay = 86400000000;

static cxj_str text(const char* literal) {
  cxj_str borrowed = {literal, strlen(literal)};
  return borrowed;
}

static int equals(cxj_str a, const char* b) {
  return a.size == strlen(b) && memcmp(a.data, b, a.size) == 0;
}

static int record(cxj_tracker* tracker, const cxj_identifier* caller) {
  cxj_touchpoint calls[3] = {CXJ_TOUCHPOINT_INIT, CXJ_TOUCHPOINT_INIT, CXJ_TOUCHPOINT_INIT};
  cxj_record_options options = CXJ_RECORD_OPTIONS_INIT;
  cxj_attribute address = {{0, 0}, CXJ_ATTRIBUTE_TYPE_STRING, 1, 1, 0, {0, 0}, 0, 0};
  cxj_str topic = text("order/delivery");
  const cxj_receipts* receipts = NULL;
  const cxj_receipt* last;
  const char* ids[3] = {"c-1", "c-2", "c-2"};
  size_t i;
  address.key = text("delivery_address");
  address.text = text("Moda, Istanbul");
  for (i = 0; i < 3; ++i) {
    calls[i].source = text("callcentre");
    calls[i].id = text(ids[i]);
    calls[i].channel = CXJ_CHANNEL_PHONE;
    calls[i].purpose = CXJ_PURPOSE_COMPLAINT;
    calls[i].outcome = CXJ_OUTCOME_UNRESOLVED;
    calls[i].event_time_us = kMonday + (i == 0 ? 0 : kDay);
    calls[i].duration_ms = 90000;
    calls[i].sentiment = -0.5f;
    calls[i].identifiers = caller;
    calls[i].identifier_count = 1;
    calls[i].topics = &topic;
    calls[i].topic_count = 1;
    calls[i].attributes = &address;
    calls[i].attribute_count = 1;
  }
  options.durability = CXJ_DURABILITY_OS;
  CHECK(cxj_record(tracker, calls, 3, &options, &receipts, NULL) == CXJ_OK);
  CHECK(receipts->receipt_count == 3);
  CHECK(receipts->receipts[0]->outcome == CXJ_RECORD_OUTCOME_RECORDED);
  CHECK(receipts->receipts[2]->outcome == CXJ_RECORD_OUTCOME_DUPLICATE);
  last = receipts->receipts[1];
  CHECK(last->struct_size >= sizeof(cxj_receipt) && last->code == CXJ_OK);
  CHECK(last->customer != 0 && equals(last->key.id, "c-2") && last->contact != NULL);
  CHECK(last->verdict_count == 1 && last->verdicts[0]->repeat_of != NULL);
  CHECK(equals(last->verdicts[0]->repeat_of->id, "c-1"));
  CHECK(last->open_episode_count == 1 && last->open_episodes[0]->contact_count >= 1);
  cxj_receipts_free(receipts);
  return 0;
}

static int record_json(cxj_tracker* tracker) {
  const cxj_bytes* receipts = NULL;
  cxj_str line = text(
      "{\"source\": \"mail\", \"id\": \"m-1\", \"channel\": \"CHANNEL_EMAIL\", \"identifiers\": "
      "[{\"namespace\": \"email\", \"value\": \"a@example.com\"}]}\n");
  CHECK(cxj_record_encoded(tracker, CXJ_FORMAT_JSON_LINES, line, NULL, &receipts, NULL) == CXJ_OK);
  CHECK(receipts->bytes.size > 0 && receipts->bytes.data[0] == '{');
  cxj_bytes_free(receipts);
  return 0;
}

static int ask(const cxj_tracker* tracker, const cxj_identifier* caller) {
  cxj_history_query query = CXJ_HISTORY_QUERY_INIT;
  cxj_customer_id id = 0;
  const cxj_customer* customer = NULL;
  const cxj_journey* journey = NULL;
  const cxj_context* context = NULL;
  cxj_time now = kMonday + 2 * kDay;
  CHECK(cxj_resolve(tracker, caller, &id, NULL) == CXJ_OK && id != 0);
  CHECK(cxj_customer_of(tracker, id, &customer, NULL) == CXJ_OK);
  CHECK(customer->id == id && customer->identifier_count == 1 && customer->touchpoints == 2);
  CHECK(equals(customer->identifiers[0]->value, "+905321112233"));
  cxj_customer_free(customer);

  query.limit = 1;
  CHECK(cxj_history(tracker, caller, &query, &journey, NULL) == CXJ_OK);
  CHECK(journey->touchpoint_count == 1 && journey->next != NULL && journey->customer == id);
  CHECK(equals(journey->touchpoints[0]->id, "c-2"));
  CHECK(equals(journey->touchpoints[0]->attributes[0].text, "Moda, Istanbul"));
  CHECK(journey->touchpoints[0]->end_time_us == kMonday + kDay + 90000000);
  cxj_journey_free(journey);

  CHECK(cxj_context_of(tracker, caller, &now, &context, NULL) == CXJ_OK);
  CHECK(context->contacts_7d == 2 && context->fact_count == 1 && context->recent_count == 2);
  CHECK(context->last_outcome == CXJ_OUTCOME_UNRESOLVED && context->open_episode_count == 1);
  cxj_context_free(context);
  return 0;
}

static int walk(const cxj_tracker* tracker, const cxj_identifier* caller) {
  cxj_cursor* cursor = NULL;
  const cxj_touchpoint* touchpoint = NULL;
  const char* expected[2] = {"c-2", "c-1"};
  int i;
  CHECK(cxj_history_cursor(tracker, caller, NULL, &cursor, NULL) == CXJ_OK);
  for (i = 0; i < 2; ++i) {
    CHECK(cxj_cursor_next(cursor, &touchpoint, NULL) == CXJ_OK && touchpoint != NULL);
    CHECK(equals(touchpoint->id, expected[i]));
  }
  CHECK(cxj_cursor_next(cursor, &touchpoint, NULL) == CXJ_OK && touchpoint == NULL);
  cxj_cursor_free(cursor);
  return 0;
}

static int measure(const cxj_tracker* tracker) {
  cxj_repeat_query query = CXJ_REPEAT_QUERY_INIT;
  const cxj_repeat_report* report = NULL;
  const cxj_policy* policy = NULL;
  CHECK(cxj_policy_parse(text("same_topic_7d,window=3d"), &policy, NULL) == CXJ_OK);
  query.policy = policy;
  query.list_contacts = 1;
  query.until_us = kMonday + 2 * kDay;
  query.watermark_us = kMonday + 2 * kDay;
  CHECK(cxj_repeats(tracker, &query, &report, NULL) == CXJ_OK);
  CHECK(report->total->contacts == 2 && report->contact_count == 2);
  CHECK(report->total->rcr.numerator == 1 && report->total->rcr.denominator == 2);
  CHECK(report->contacts[1]->prior != NULL);
  cxj_repeat_report_free(report);
  cxj_policy_free(policy);
  return 0;
}

static int fail(const cxj_tracker* tracker) {
  cxj_error* error = NULL;
  cxj_customer_id id = 7;
  cxj_identifier nobody = {{0, 0}, {0, 0}, CXJ_ROLE_CUSTOMER, 0};
  nobody.name_space = text("email");
  nobody.value = text("nobody@example.com");
  CHECK(cxj_resolve(tracker, &nobody, &id, &error) == CXJ_NOT_FOUND);
  CHECK(id == 7 && error != NULL && cxj_error_code(error) == CXJ_NOT_FOUND);
  CHECK(cxj_error_message(error).size > 0 && equals(cxj_code_name(CXJ_NOT_FOUND), "NOT_FOUND"));
  cxj_error_free(error);
  return 0;
}

int main(void) {
  cxj_options options = CXJ_OPTIONS_INIT;
  cxj_clock* clock = NULL;
  cxj_tracker* tracker = NULL;
  const cxj_stats* stats = NULL;
  cxj_identifier caller = {{0, 0}, {0, 0}, CXJ_ROLE_CUSTOMER, 0};
  caller.name_space = text("phone");
  caller.value = text("0532 111 22 33");
  CHECK(cxj_abi_version() == CXJ_ABI_VERSION);
  CHECK(cxj_clock_new(kMonday + 2 * kDay, &clock, NULL) == CXJ_OK);
  options.in_memory = 1;
  options.clock = clock;
  CHECK(cxj_open(text(""), &options, &tracker, NULL) == CXJ_OK);
  CHECK(cxj_tracker_open_report(tracker)->created && cxj_tracker_policy(tracker, 0) != NULL);
  if (record(tracker, &caller) || ask(tracker, &caller) || walk(tracker, &caller)) return 1;
  if (measure(tracker) || fail(tracker) || record_json(tracker)) return 1;
  CHECK(cxj_stats_of(tracker, &stats, NULL) == CXJ_OK && stats->touchpoints == 3);
  cxj_stats_free(stats);
  CHECK(cxj_close(tracker, NULL) == CXJ_OK);
  cxj_clock_free(clock);
  printf("old client: ABI version 1 works with %s\n", cxj_version().data);
  return 0;
}
