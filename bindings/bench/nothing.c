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

static const cxj_receipt receipt = {.struct_size = sizeof(cxj_receipt),
                                    .outcome = CXJ_RECORD_OUTCOME_RECORDED};
static const cxj_receipt* receipt_list[kReceipts];
static cxj_receipts receipts = {sizeof(cxj_receipts), 0, receipt_list, 0};

static const cxj_touchpoint touchpoint = CXJ_TOUCHPOINT_INIT;
static const cxj_touchpoint* touchpoint_list[kTouchpoints];
static cxj_journey journey = {sizeof(cxj_journey), 0, 1, touchpoint_list, kTouchpoints, NULL};

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
  for (size_t i = 0; i < kTouchpoints; ++i) touchpoint_list[i] = &touchpoint;
  *out = &journey;
  return CXJ_OK;
}

void cxj_journey_free(const cxj_journey* unused) { (void)unused; }
