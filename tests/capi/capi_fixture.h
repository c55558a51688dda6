// A store in memory with a clock that stands, through the C API alone.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "cxjourney/c.h"

namespace capi {

inline cxj_str Borrow(std::string_view text) { return {text.data(), text.size()}; }
inline std::string Text(cxj_str text) { return std::string(text.data, text.size); }

constexpr cxj_time kHour = 3'600'000'000;
constexpr cxj_time kDay = 24 * kHour;
constexpr cxj_time kNow = 1'772'000'000'000'000;  // 2026-02-25

// The message of an error, which is freed.
inline std::string Take(cxj_error* error) {
  std::string message = Text(cxj_error_message(error));
  cxj_error_free(error);
  return message;
}

class CApi : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(cxj_clock_new(kNow, &clock, nullptr), CXJ_OK);
    Open(CXJ_OPTIONS_INIT);
  }
  void TearDown() override {
    EXPECT_EQ(cxj_close(tracker, nullptr), CXJ_OK);
    cxj_clock_free(clock);
  }
  void Open(cxj_options options) {
    ASSERT_EQ(cxj_close(tracker, nullptr), CXJ_OK);
    tracker = nullptr;
    options.in_memory = 1;
    options.clock = clock;
    cxj_error* error = nullptr;
    ASSERT_EQ(cxj_open(Borrow(""), &options, &tracker, &error), CXJ_OK) << Take(error);
  }

  // An identifier whose texts live as long as the test.
  cxj_identifier Id(const std::string& name_space, const std::string& value) {
    texts.push_back(name_space);
    const std::string& kept_space = texts.back();
    texts.push_back(value);
    return {Borrow(kept_space), Borrow(texts.back()), CXJ_ROLE_UNSPECIFIED, 0};
  }
  // A complaint by phone.
  cxj_touchpoint Call(const std::string& id, cxj_time time_us, const cxj_identifier* who) {
    texts.push_back(id);
    cxj_touchpoint call = CXJ_TOUCHPOINT_INIT;
    call.source = Borrow("crm");
    call.id = Borrow(texts.back());
    call.channel = CXJ_CHANNEL_PHONE;
    call.purpose = CXJ_PURPOSE_COMPLAINT;
    call.event_time_us = time_us;
    call.identifiers = who;
    call.identifier_count = who == nullptr ? 0 : 1;
    return call;
  }
  void Record(const cxj_touchpoint& touchpoint) {
    const cxj_receipts* receipts = nullptr;
    cxj_error* error = nullptr;
    ASSERT_EQ(cxj_record(tracker, &touchpoint, 1, nullptr, &receipts, &error), CXJ_OK)
        << Take(error);
    ASSERT_EQ(receipts->receipts[0]->outcome, uint32_t{CXJ_RECORD_OUTCOME_RECORDED})
        << Text(receipts->receipts[0]->message);
    cxj_receipts_free(receipts);
  }

  // How many touchpoints the store counts.
  uint64_t Touchpoints() {
    const cxj_stats* stats = nullptr;
    EXPECT_EQ(cxj_stats_of(tracker, &stats, nullptr), CXJ_OK);
    const uint64_t touchpoints = stats == nullptr ? 0 : stats->touchpoints;
    cxj_stats_free(stats);
    return touchpoints;
  }

  std::deque<std::string> texts;
  cxj_clock* clock = nullptr;
  cxj_tracker* tracker = nullptr;
};

}  // namespace capi
