// What callers can do wrong, and the rules of structs that grow.
#include <cstring>

#include "tests/capi/capi_fixture.h"

namespace capi {
namespace {

TEST_F(CApi, SaysWhichVersionItIs) {
  EXPECT_EQ(cxj_abi_version(), CXJ_ABI_VERSION);
  EXPECT_NE(Text(cxj_version()).find('.'), std::string::npos);
  EXPECT_EQ(Text(cxj_code_name(CXJ_NOT_FOUND)), "NOT_FOUND");
  EXPECT_EQ(Text(cxj_code_name(1234)), "UNKNOWN");
}

TEST_F(CApi, FreesNothingWithoutAWord) {
  cxj_error_free(nullptr);
  cxj_clock_free(nullptr);
  cxj_receipts_free(nullptr);
  cxj_bytes_free(nullptr);
  cxj_customer_free(nullptr);
  cxj_assertion_receipt_free(nullptr);
  cxj_why_free(nullptr);
  cxj_journey_free(nullptr);
  cxj_cursor_free(nullptr);
  cxj_context_free(nullptr);
  cxj_verdict_free(nullptr);
  cxj_repeat_report_free(nullptr);
  cxj_transition_report_free(nullptr);
  cxj_funnel_report_free(nullptr);
  cxj_stats_free(nullptr);
  cxj_verify_report_free(nullptr);
  cxj_policy_free(nullptr);
  cxj_identity_rules_free(nullptr);
  EXPECT_EQ(cxj_close(nullptr, nullptr), CXJ_OK);
  EXPECT_EQ(cxj_error_code(nullptr), CXJ_OK);
  EXPECT_EQ(cxj_error_message(nullptr).size, 0u);
}

void See(const cxj_touchpoint*, void*) { ADD_FAILURE() << "nothing is there to be seen"; }

// Every function that can fail, with nothing at all.
TEST_F(CApi, NullArgumentsAreErrors) {
  const cxj_code codes[] = {
      cxj_open(Borrow("x"), nullptr, nullptr, nullptr),
      cxj_clock_new(0, nullptr, nullptr),
      cxj_identity_rules_default(nullptr, nullptr),
      cxj_identity_rules_check(nullptr, nullptr),
      cxj_policy_parse(Borrow("x"), nullptr, nullptr),
      cxj_record(nullptr, nullptr, 0, nullptr, nullptr, nullptr),
      cxj_record(tracker, nullptr, 1, nullptr, nullptr, nullptr),
      cxj_record_encoded(nullptr, 1, Borrow(""), nullptr, nullptr, nullptr),
      cxj_sync(nullptr, nullptr),
      cxj_compact(nullptr, nullptr),
      cxj_resolve(tracker, nullptr, nullptr, nullptr),
      cxj_customer_of(tracker, 1, nullptr, nullptr),
      cxj_list_customers(tracker, 0, nullptr, 5, nullptr, nullptr),
      cxj_must_link(tracker, nullptr, 2, nullptr, nullptr, nullptr),
      cxj_unlink(tracker, nullptr, nullptr, nullptr, nullptr, nullptr),
      cxj_block(nullptr, nullptr, nullptr, nullptr, nullptr),
      cxj_unblock(tracker, nullptr, nullptr, nullptr, nullptr),
      cxj_retract_assertion(nullptr, 1, nullptr, nullptr, nullptr),
      cxj_retract_touchpoint(tracker, nullptr, nullptr, nullptr, nullptr),
      cxj_why_of(tracker, nullptr, nullptr, nullptr, nullptr),
      cxj_history(tracker, nullptr, nullptr, nullptr, nullptr),
      cxj_customer_history(tracker, 1, nullptr, nullptr, nullptr),
      cxj_visit_history(tracker, nullptr, nullptr, See, nullptr, nullptr, nullptr),
      cxj_visit_history(nullptr, nullptr, nullptr, See, nullptr, nullptr, nullptr),
      cxj_visit_customer_history(tracker, 1, nullptr, nullptr, nullptr, nullptr, nullptr),
      cxj_history_cursor(tracker, nullptr, nullptr, nullptr, nullptr),
      cxj_customer_history_cursor(nullptr, 1, nullptr, nullptr, nullptr),
      cxj_scan_cursor(tracker, nullptr, nullptr, nullptr),
      cxj_cursor_next(nullptr, nullptr, nullptr),
      cxj_context_of(tracker, nullptr, nullptr, nullptr, nullptr),
      cxj_check_repeat(tracker, nullptr, nullptr, nullptr, nullptr),
      cxj_repeats(tracker, nullptr, nullptr, nullptr),
      cxj_transitions(tracker, nullptr, nullptr, nullptr),
      cxj_funnel(tracker, nullptr, nullptr, nullptr),
      cxj_history_arrow(tracker, nullptr, nullptr, nullptr, nullptr),
      cxj_scan_arrow(tracker, nullptr, nullptr, nullptr),
      cxj_contacts_arrow(tracker, nullptr, nullptr, nullptr),
      cxj_episodes_arrow(tracker, nullptr, nullptr, nullptr),
      cxj_stats_of(tracker, nullptr, nullptr),
      cxj_verify(tracker, nullptr, nullptr),
  };
  for (size_t i = 0; i < std::size(codes); ++i) {
    EXPECT_EQ(codes[i], CXJ_INVALID_ARGUMENT) << "call number " << i;
  }
  cxj_clock_set(nullptr, 0);
  EXPECT_EQ(cxj_tracker_open_report(nullptr), nullptr);
  EXPECT_EQ(cxj_tracker_identity_rules(nullptr), nullptr);
  EXPECT_EQ(cxj_tracker_policy(nullptr, 0), nullptr);
  EXPECT_EQ(cxj_cursor_customer(nullptr), 0u);
}

TEST_F(CApi, MessagesAreTerminatedAndNameTheThing) {
  cxj_error* error = nullptr;
  ASSERT_EQ(cxj_record(nullptr, nullptr, 0, nullptr, nullptr, &error), CXJ_INVALID_ARGUMENT);
  EXPECT_EQ(cxj_error_code(error), CXJ_INVALID_ARGUMENT);
  cxj_str message = cxj_error_message(error);
  EXPECT_EQ(message.data[message.size], '\0');
  EXPECT_EQ(Take(error), "tracker is NULL");
}

// A header of the future: the struct is longer than the library knows.
struct Longer {
  cxj_touchpoint known;
  uint64_t later;
};

TEST_F(CApi, LongerStructsPassWhenTheirTailIsZero) {
  cxj_identifier who = Id("phone", "0532 111 22 33");
  Longer batch[2] = {{Call("1", kNow, &who), 0}, {Call("2", kNow, &who), 0}};
  for (Longer& item : batch) item.known.struct_size = sizeof(Longer);
  ASSERT_EQ(cxj_record(tracker, &batch[0].known, 2, nullptr, nullptr, nullptr), CXJ_OK);
  EXPECT_EQ(Touchpoints(), 2u);
  batch[1].later = 1;
  cxj_error* error = nullptr;
  EXPECT_EQ(cxj_record(tracker, &batch[0].known, 2, nullptr, nullptr, &error),
            CXJ_INVALID_ARGUMENT);
  EXPECT_EQ(Take(error),
            "touchpoints[1]: cxj_touchpoint sets a field at byte 432 that this library (432 bytes) "
            "does not know");
}

TEST_F(CApi, ShorterStructsThanTheFirstReleasesAreErrors) {
  cxj_touchpoint call = Call("1", kNow, nullptr);
  for (uint32_t size : {0u, 4u, uint32_t{sizeof(cxj_touchpoint) - 8}}) {
    call.struct_size = size;
    EXPECT_EQ(cxj_record(tracker, &call, 1, nullptr, nullptr, nullptr), CXJ_INVALID_ARGUMENT);
  }
  cxj_history_query query{};
  cxj_identifier who = Id("phone", "0532 111 22 33");
  const cxj_journey* journey = nullptr;
  cxj_error* error = nullptr;
  EXPECT_EQ(cxj_history(tracker, &who, &query, &journey, &error), CXJ_INVALID_ARGUMENT);
  EXPECT_EQ(Take(error),
            "cxj_history_query.struct_size is 0; it must be at least 48: start from its INIT");
}

TEST_F(CApi, BadTextsListsAndReservedFieldsAreErrors) {
  cxj_identifier who = Id("phone", "0532 111 22 33");
  cxj_touchpoint call = Call("1", kNow, &who);
  call.agent = {nullptr, 3};
  cxj_error* error = nullptr;
  EXPECT_EQ(cxj_record(tracker, &call, 1, nullptr, nullptr, &error), CXJ_INVALID_ARGUMENT);
  EXPECT_EQ(Take(error), "touchpoints[0]: agent.data is NULL but its size is 3");
  call = Call("1", kNow, &who);
  call.topic_count = 1;
  EXPECT_EQ(cxj_record(tracker, &call, 1, nullptr, nullptr, nullptr), CXJ_INVALID_ARGUMENT);
  const cxj_policy* policy = nullptr;
  cxj_tracker* other = nullptr;
  EXPECT_EQ(cxj_policy_parse({nullptr, 1}, &policy, nullptr), CXJ_INVALID_ARGUMENT);
  EXPECT_EQ(cxj_open({nullptr, 1}, nullptr, &other, nullptr), CXJ_INVALID_ARGUMENT);
  EXPECT_EQ(
      cxj_record_encoded(tracker, CXJ_FORMAT_PROTOBUF, {nullptr, 1}, nullptr, nullptr, nullptr),
      CXJ_INVALID_ARGUMENT);
  who.reserved = 1;
  call = Call("1", kNow, &who);
  EXPECT_EQ(cxj_record(tracker, &call, 1, nullptr, nullptr, nullptr), CXJ_INVALID_ARGUMENT);
  std::vector<cxj_touchpoint> many(10'001, Call("1", kNow, nullptr));
  EXPECT_EQ(cxj_record(tracker, many.data(), many.size(), nullptr, nullptr, nullptr),
            CXJ_INVALID_ARGUMENT);
}

TEST_F(CApi, FailuresLeaveOutParametersAlone) {
  cxj_identifier nobody = Id("phone", "0532 999 99 99");
  cxj_customer_id customer = 42;
  const auto* const untouched = reinterpret_cast<const cxj_journey*>(&customer);
  const cxj_journey* journey = untouched;
  EXPECT_EQ(cxj_resolve(tracker, &nobody, &customer, nullptr), CXJ_NOT_FOUND);
  EXPECT_EQ(cxj_history(tracker, &nobody, nullptr, &journey, nullptr), CXJ_NOT_FOUND);
  EXPECT_EQ(customer, 42u);
  EXPECT_EQ(journey, untouched);
}

// Options --------------------------------------------------------------------------------------

cxj_code GiveKey(const uint8_t* store_id, uint8_t* key, void* user) {
  std::memset(key, store_id[0], 32);
  ++*static_cast<int*>(user);
  return CXJ_OK;
}
cxj_code GiveNoKey(const uint8_t*, uint8_t*, void*) { return CXJ_UNAVAILABLE; }

cxj_code TryOpen(cxj_options options, std::string* message) {
  options.in_memory = 1;
  cxj_tracker* opened = nullptr;
  cxj_error* error = nullptr;
  const cxj_code code = cxj_open(Borrow(""), &options, &opened, &error);
  if (code == CXJ_OK) {
    cxj_close(opened, nullptr);
  } else {
    *message = Take(error);
  }
  return code;
}

TEST_F(CApi, TakesTheStoreKeyInThreeWays) {
  std::string message;
  cxj_options options = CXJ_OPTIONS_INIT;
  options.store_key = Borrow("0123456789abcdef0123456789abcdef");
  EXPECT_EQ(TryOpen(options, &message), CXJ_OK);
  options.store_key = Borrow("short");
  EXPECT_EQ(TryOpen(options, &message), CXJ_INVALID_ARGUMENT);
  EXPECT_EQ(message, "cxj_options.store_key has 5 bytes; it must have 32");
  int calls = 0;
  options = CXJ_OPTIONS_INIT;
  options.store_key_fn = GiveKey;
  options.store_key_user = &calls;
  EXPECT_EQ(TryOpen(options, &message), CXJ_OK);
  EXPECT_EQ(calls, 2);  // Making the store, and opening it.
  options.store_key_fn = GiveNoKey;
  EXPECT_EQ(TryOpen(options, &message), CXJ_UNAVAILABLE);
  options.store_key = Borrow("0123456789abcdef0123456789abcdef");
  EXPECT_EQ(TryOpen(options, &message), CXJ_INVALID_ARGUMENT);
}

TEST_F(CApi, KeepsNoDisplayValues) {
  cxj_options options = CXJ_OPTIONS_INIT;
  options.no_display_values = 1;
  Open(options);
  const cxj_identifier who = Id("email", "ann@example.com");
  Record(Call("one", kNow - kDay, &who));
  const cxj_journey* journey = nullptr;
  ASSERT_EQ(cxj_history(tracker, &who, nullptr, &journey, nullptr), CXJ_OK);
  ASSERT_EQ(journey->touchpoint_count, 1u);
  ASSERT_EQ(journey->touchpoints[0]->identifier_count, 1u);
  EXPECT_EQ(Text(journey->touchpoints[0]->identifiers[0].name_space), "email");
  EXPECT_EQ(Text(journey->touchpoints[0]->identifiers[0].value), "");
  cxj_journey_free(journey);
}

TEST_F(CApi, RegistersPoliciesAndRules) {
  const cxj_policy* parsed = nullptr;
  ASSERT_EQ(cxj_policy_parse(Borrow("same_topic_7d,window=3d"), &parsed, nullptr), CXJ_OK);
  EXPECT_EQ(parsed->window_us, 3 * kDay);
  EXPECT_EQ(parsed->topic, uint32_t{CXJ_TOPIC_MATCH_SAME});
  cxj_policy plain = CXJ_POLICY_INIT;
  plain.name = Borrow("plain");
  const cxj_policy* policies[] = {&plain, parsed};
  const cxj_identity_rules* rules = nullptr;
  ASSERT_EQ(cxj_identity_rules_default(&rules, nullptr), CXJ_OK);
  EXPECT_EQ(cxj_identity_rules_check(rules, nullptr), CXJ_OK);
  cxj_options options = CXJ_OPTIONS_INIT;
  options.policies = policies;
  options.policy_count = 2;
  options.identity_rules = rules;
  Open(options);
  cxj_policy_free(parsed);
  ASSERT_NE(cxj_tracker_policy(tracker, 1), nullptr);
  EXPECT_EQ(Text(cxj_tracker_policy(tracker, 0)->name), "plain");
  EXPECT_EQ(cxj_tracker_policy(tracker, 0)->window_us, 7 * kDay);
  EXPECT_EQ(cxj_tracker_policy(tracker, 1)->window_us, 3 * kDay);
  EXPECT_EQ(cxj_tracker_policy(tracker, 2), nullptr);
  EXPECT_EQ(cxj_tracker_identity_rules(tracker)->namespace_count, rules->namespace_count);
  EXPECT_EQ(cxj_tracker_open_report(tracker)->struct_size, sizeof(cxj_open_report));
  cxj_identity_rules_free(rules);
}

TEST_F(CApi, BadRulesAndPoliciesAreNamed) {
  const cxj_policy* parsed = nullptr;
  cxj_error* error = nullptr;
  EXPECT_EQ(cxj_policy_parse(Borrow("same_topic_7d,colour=red"), &parsed, &error),
            CXJ_INVALID_ARGUMENT);
  EXPECT_NE(Take(error).find("colour"), std::string::npos);
  cxj_policy policy = CXJ_POLICY_INIT;
  policy.anchor = 77;
  const cxj_policy* policies[] = {&policy};
  cxj_options options = CXJ_OPTIONS_INIT;
  options.policies = policies;
  options.policy_count = 1;
  std::string message;
  EXPECT_EQ(TryOpen(options, &message), CXJ_INVALID_ARGUMENT);
  EXPECT_EQ(message, "cxj_policy.anchor is 77; it has no meaning");
  EXPECT_EQ(Text(cxj_policy_preset(0)), "next_contact_7d");
  size_t presets = 0;
  while (cxj_policy_preset(presets).size != 0) ++presets;
  EXPECT_EQ(presets, 6u);
}

}  // namespace
}  // namespace capi
