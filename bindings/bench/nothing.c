/* A library that answers at once: what is left is a binding's own cost. Loaded before the real one,
 * it takes the place of the calls that the benchmarks make; everything else stays as it is.
 *
 *   gcc -O2 -shared -fPIC -Iinclude bindings/bench/nothing.c -o libnothing.so
 *   LD_PRELOAD=./libnothing.so ...
 */
#include "cxjourney/c.h"

enum {
  kReceipts = 10000,
  kTouchpoints = 50
};

/* Answers look as those to the work of baseline.cc do, so copying them costs what it costs there.
 */
#define TEXT(text) \
  { text, sizeof(text) - 1 }

static const cxj_key key = {TEXT("crm"), TEXT("call-12345")};
static const cxj_verdict verdict = {.struct_size = sizeof(cxj_verdict),
                                    .contacts_in_episode = 1,
                                    .policy = TEXT("next_contact_7d"),
                                    .episode = &key};
static const cxj_verdict* const verdict_list[] = {&verdict};
static const cxj_receipt receipt = {.struct_size = sizeof(cxj_receipt),
                                    .outcome = CXJ_RECORD_OUTCOME_RECORDED,
                                    .key = {TEXT("crm"), TEXT("call-12345")},
                                    .sequence = 12345,
                                    .customer = 0x0123456789abcdef,
                                    .contact = &key,
                                    .verdicts = verdict_list,
                                    .verdict_count = 1};
static const cxj_receipt* receipt_list[kReceipts];
static cxj_receipts receipts = {sizeof(cxj_receipts), 0, receipt_list, 0};

static const cxj_identifier identifiers[] = {
    {TEXT("phone"), TEXT("+905321000000"), CXJ_ROLE_CUSTOMER, 0},
    {TEXT("email"), TEXT("customer0@example.com"), CXJ_ROLE_CUSTOMER, 0}};
static const cxj_str topics[] = {TEXT("order/late")};
static const cxj_touchpoint touchpoint = {.struct_size = sizeof(cxj_touchpoint),
                                          .present = CXJ_TOUCHPOINT_HAS_EVENT_TIME_US,
                                          .source = TEXT("crm"),
                                          .id = TEXT("call-12345"),
                                          .identifiers = identifiers,
                                          .identifier_count = 2,
                                          .event_time_us = 1704067200000000,
                                          .received_time_us = 1704067200000000,
                                          .channel = CXJ_CHANNEL_PHONE,
                                          .purpose = CXJ_PURPOSE_REQUEST,
                                          .outcome = CXJ_OUTCOME_RESOLVED,
                                          .topics = topics,
                                          .topic_count = 1,
                                          .conversation_id = TEXT("conversation-12345"),
                                          .agent = TEXT("agent-17"),
                                          .queue = TEXT("orders")};
static cxj_touchpoint touchpoints_made[kTouchpoints];
static const cxj_touchpoint* touchpoint_list[kTouchpoints];
static cxj_journey journey = {sizeof(cxj_journey), 0, 1, touchpoint_list, kTouchpoints, NULL};
static const cxj_journey shown = {sizeof(cxj_journey), 0, 1, NULL, 0, NULL};

cxj_code cxj_record(cxj_tracker* tracker, const cxj_touchpoint* touchpoints, size_t count,
                    const cxj_record_options* options, const cxj_receipts** out,
                    cxj_error** error) {
  (void)tracker;
  (void)touchpoints;
  (void)options;
  (void)error;
  for (size_t i = 0; i < count && i < kReceipts; ++i) receipt_list[i] = &receipt;
  receipts.receipt_count = count;
  if (out != NULL) *out = &receipts;
  return CXJ_OK;
}

void cxj_receipts_free(const cxj_receipts* unused) { (void)unused; }

cxj_code cxj_history(const cxj_tracker* tracker, const cxj_identifier* identifier,
                     const cxj_history_query* query, const cxj_journey** out, cxj_error** error) {
  (void)tracker;
  (void)identifier;
  (void)query;
  (void)error;
  if (touchpoint_list[0] == NULL) {
    for (size_t i = 0; i < kTouchpoints; ++i) {
      touchpoints_made[i] = touchpoint;
      touchpoint_list[i] = &touchpoints_made[i];
    }
  }
  *out = &journey;
  return CXJ_OK;
}

cxj_code cxj_visit_history(const cxj_tracker* tracker, const cxj_identifier* identifier,
                           const cxj_history_query* query, cxj_visit_fn visit, void* user,
                           const cxj_journey** out, cxj_error** error) {
  (void)tracker;
  (void)identifier;
  (void)query;
  (void)error;
  for (size_t i = 0; i < kTouchpoints; ++i) visit(&touchpoint, user);
  *out = &shown;
  return CXJ_OK;
}

void cxj_journey_free(const cxj_journey* unused) { (void)unused; }
