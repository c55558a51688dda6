/* Records two calls of one customer through the installed C ABI; the second is a repeat. */
#include <cxjourney/c.h>
#include <stdio.h>
#include <string.h>

static cxj_str text(const char* literal) {
  cxj_str borrowed = {literal, strlen(literal)};
  return borrowed;
}

static int fail(cxj_error* error) {
  fprintf(stderr, "%.*s\n", (int)cxj_error_message(error).size, cxj_error_message(error).data);
  cxj_error_free(error);
  return 1;
}

int main(int argc, char** argv) {
  cxj_error* error = NULL;
  cxj_tracker* tracker = NULL;
  const cxj_receipts* receipts = NULL;
  cxj_identifier caller = {text("phone"), text("0532 111 22 33"), CXJ_ROLE_CUSTOMER, 0};
  cxj_touchpoint calls[2] = {CXJ_TOUCHPOINT_INIT, CXJ_TOUCHPOINT_INIT};
  int i, repeat;
  if (argc != 2 || cxj_abi_version() != CXJ_ABI_VERSION) return 2;
  if (cxj_open(text(argv[1]), NULL, &tracker, &error) != CXJ_OK) return fail(error);
  for (i = 0; i < 2; ++i) {
    calls[i].source = text("callcentre");
    calls[i].id = text(i == 0 ? "c-1" : "c-2");
    calls[i].channel = CXJ_CHANNEL_PHONE;
    calls[i].purpose = CXJ_PURPOSE_COMPLAINT;
    calls[i].event_time_us = 1700000000000000 + i * 86400000000;
    calls[i].identifiers = &caller;
    calls[i].identifier_count = 1;
  }
  if (cxj_record(tracker, calls, 2, NULL, &receipts, &error) != CXJ_OK) return fail(error);
  repeat = receipts->receipts[1]->verdicts[0]->repeat_of != NULL;
  cxj_receipts_free(receipts);
  if (cxj_close(tracker, &error) != CXJ_OK) return fail(error);
  printf("cxjourney %.*s from C: the second call is %s\n", (int)cxj_version().size,
         cxj_version().data, repeat ? "a repeat" : "none");
  return repeat ? 0 : 1;
}
