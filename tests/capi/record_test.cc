// Recording through the C API, and what comes back.
#include <algorithm>
#include <atomic>
#include <thread>

#include "cxjourney/v1/receipt.pb.h"
#include "cxjourney/v1/touchpoint.pb.h"
#include "tests/capi/full_touchpoint.h"

namespace capi {
namespace {

void ExpectTexts(const cxj_touchpoint& in, const cxj_touchpoint& out) {
  for (auto field : {&cxj_touchpoint::source, &cxj_touchpoint::id, &cxj_touchpoint::custom_channel,
                     &cxj_touchpoint::channel_detail, &cxj_touchpoint::conversation_id,
                     &cxj_touchpoint::parent_id, &cxj_touchpoint::agent, &cxj_touchpoint::queue,
                     &cxj_touchpoint::team, &cxj_touchpoint::emotion, &cxj_touchpoint::text_digest,
                     &cxj_touchpoint::text}) {
    EXPECT_EQ(Text(in.*field), Text(out.*field));
  }
}

void ExpectNumbers(const cxj_touchpoint& in, const cxj_touchpoint& out) {
  for (auto field :
       {&cxj_touchpoint::revision, &cxj_touchpoint::channel, &cxj_touchpoint::visibility,
        &cxj_touchpoint::direction, &cxj_touchpoint::initiation, &cxj_touchpoint::purpose,
        &cxj_touchpoint::outcome, &cxj_touchpoint::handled_by, &cxj_touchpoint::relation,
        &cxj_touchpoint::queue_ms, &cxj_touchpoint::talk_ms, &cxj_touchpoint::hold_ms,
        &cxj_touchpoint::wrap_ms, &cxj_touchpoint::first_response_ms, &cxj_touchpoint::automated,
        &cxj_touchpoint::canned, &cxj_touchpoint::consent, &cxj_touchpoint::retention_class,
        &cxj_touchpoint::voided}) {
    EXPECT_EQ(in.*field, out.*field);
  }
  EXPECT_EQ(in.event_time_us, out.event_time_us);
  EXPECT_EQ(in.end_time_us, out.end_time_us);
  EXPECT_EQ(in.follow_up_due_us, out.follow_up_due_us);
  EXPECT_EQ(in.reach, out.reach);
  EXPECT_EQ(in.sentiment, out.sentiment);
  EXPECT_EQ(in.utc_offset_min, out.utc_offset_min);
}

TEST_F(CApiFull, KeepsEveryField) {
  cxj_touchpoint in = Full();
  Record(in);
  const cxj_journey* journey = nullptr;
  ASSERT_EQ(cxj_history(tracker, &who[0], nullptr, &journey, nullptr), CXJ_OK);
  ASSERT_EQ(journey->touchpoint_count, 1u);
  const cxj_touchpoint& out = *journey->touchpoints[0];
  EXPECT_EQ(out.struct_size, sizeof(cxj_touchpoint));
  ExpectTexts(in, out);
  ExpectNumbers(in, out);
  EXPECT_EQ(out.received_time_us, kNow);
  const uint64_t must = in.present | CXJ_TOUCHPOINT_HAS_EVENT_TIME_US |
                        CXJ_TOUCHPOINT_HAS_END_TIME_US | CXJ_TOUCHPOINT_HAS_FOLLOW_UP_DUE_US |
                        CXJ_TOUCHPOINT_HAS_TALK_MS | CXJ_TOUCHPOINT_HAS_HOLD_MS |
                        CXJ_TOUCHPOINT_HAS_WRAP_MS | CXJ_TOUCHPOINT_HAS_FIRST_RESPONSE_MS;
  EXPECT_EQ(out.present & must, must);
  EXPECT_EQ(out.present & CXJ_TOUCHPOINT_HAS_SENT_TIME_US, 0u);
  ASSERT_EQ(out.identifier_count, 2u);
  EXPECT_EQ(Text(out.identifiers[0].value), "ayse@example.com");
  EXPECT_EQ(Text(out.identifiers[1].value), "+905321112233");
  ASSERT_EQ(out.topic_count, 2u);
  EXPECT_EQ(Text(out.topics[0]), "order/delivery");
  ASSERT_EQ(out.score_count, 1u);
  EXPECT_EQ(out.scores[0].value, 9);
  EXPECT_EQ(Text(out.scores[0].about_id), "c-0");
  ASSERT_NE(out.value, nullptr);
  EXPECT_EQ(out.value->amount_minor, -1250);
  EXPECT_EQ(Text(out.value->currency), "TRY");
  ASSERT_EQ(out.ref_count, 1u);
  EXPECT_EQ(Text(out.refs[0].id), "A-1");
  cxj_journey_free(journey);
}

TEST_F(CApiFull, KeepsEveryTypeOfAttribute) {
  Record(Full());
  const cxj_journey* journey = nullptr;
  ASSERT_EQ(cxj_history(tracker, &who[0], nullptr, &journey, nullptr), CXJ_OK);
  const cxj_touchpoint& out = *journey->touchpoints[0];
  ASSERT_EQ(out.attribute_count, attributes.size());
  for (const cxj_attribute& given : attributes) {
    const auto* end = out.attributes + out.attribute_count;
    const auto* found = std::find_if(out.attributes, end, [&](const cxj_attribute& a) {
      return Text(a.key) == Text(given.key);
    });
    ASSERT_NE(found, end);
    EXPECT_EQ(found->type, given.type);
    EXPECT_EQ(found->personal, given.personal);
    EXPECT_EQ(found->fact, given.fact);
    EXPECT_EQ(Text(found->text), Text(given.text));
    EXPECT_EQ(found->integer, given.integer);
    EXPECT_EQ(found->number, given.number);
  }
  cxj_journey_free(journey);
}

TEST_F(CApi, TellsRepeatsDuplicatesAndRefusalsApart) {
  cxj_identifier who = Id("phone", "0532 111 22 33");
  std::vector<cxj_touchpoint> batch = {
      Call("1", kNow - 2 * kDay, &who), Call("2", kNow - kDay, &who),
      Call("1", kNow - 2 * kDay, &who), Call("4", kNow + 10 * kDay, &who)};
  const cxj_receipts* receipts = nullptr;
  ASSERT_EQ(cxj_record(tracker, batch.data(), batch.size(), nullptr, &receipts, nullptr), CXJ_OK);
  ASSERT_EQ(receipts->receipt_count, 4u);
  const cxj_receipt* const* r = receipts->receipts;
  EXPECT_EQ(r[0]->outcome, uint32_t{CXJ_RECORD_OUTCOME_RECORDED});
  EXPECT_EQ(r[0]->verdicts[0]->repeat_of, nullptr);
  ASSERT_NE(r[1]->verdicts[0]->repeat_of, nullptr);
  EXPECT_EQ(Text(r[1]->verdicts[0]->repeat_of->id), "1");
  EXPECT_EQ(r[1]->verdicts[0]->gap_us, kDay);
  EXPECT_EQ(r[1]->verdicts[0]->contacts_in_episode, 2u);
  EXPECT_EQ(r[2]->outcome, uint32_t{CXJ_RECORD_OUTCOME_DUPLICATE});
  EXPECT_EQ(r[3]->outcome, uint32_t{CXJ_RECORD_OUTCOME_REFUSED});
  EXPECT_EQ(r[3]->code, CXJ_INVALID_ARGUMENT);
  ASSERT_GE(r[3]->remark_count, 1u);
  EXPECT_EQ(r[3]->remarks[0].reason, uint32_t{CXJ_REASON_TIME_IN_FUTURE});
  EXPECT_EQ(Text(cxj_reason_name(r[3]->remarks[0].reason)), "time_in_future");
  cxj_receipts_free(receipts);
}

TEST_F(CApi, RefusesTheWholeBatchWhenAskedTo) {
  cxj_identifier who = Id("phone", "0532 111 22 33");
  std::vector<cxj_touchpoint> batch = {Call("1", kNow, &who), Call("2", kNow + 10 * kDay, &who)};
  cxj_record_options options = CXJ_RECORD_OPTIONS_INIT;
  options.all_or_nothing = 1;
  const cxj_receipts* receipts = nullptr;
  ASSERT_EQ(cxj_record(tracker, batch.data(), 2, &options, &receipts, nullptr), CXJ_OK);
  EXPECT_EQ(receipts->receipts[0]->outcome, uint32_t{CXJ_RECORD_OUTCOME_REFUSED});
  cxj_receipts_free(receipts);
  EXPECT_EQ(Touchpoints(), 0u);
}

TEST_F(CApi, EnumNumbersWithoutAMeaningRefuseTheTouchpointAlone) {
  cxj_identifier who = Id("phone", "0532 111 22 33");
  std::vector<cxj_touchpoint> batch = {Call("1", kNow, &who), Call("2", kNow, &who)};
  batch[0].channel = 0x101;  // 1 if it were cut to a byte.
  const cxj_receipts* receipts = nullptr;
  ASSERT_EQ(cxj_record(tracker, batch.data(), 2, nullptr, &receipts, nullptr), CXJ_OK);
  EXPECT_EQ(receipts->receipts[0]->outcome, uint32_t{CXJ_RECORD_OUTCOME_REFUSED});
  EXPECT_EQ(receipts->receipts[0]->remarks[0].reason, uint32_t{CXJ_REASON_BAD_ENUM});
  EXPECT_EQ(receipts->receipts[1]->outcome, uint32_t{CXJ_RECORD_OUTCOME_RECORDED});
  cxj_receipts_free(receipts);
}

TEST_F(CApi, ThreadsShareATracker) {
  std::atomic<int> failures{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        std::string id = std::to_string(t) + "-" + std::to_string(i);
        cxj_identifier who = {Borrow("phone"), Borrow("0532 111 22 33"), 0, 0};
        cxj_touchpoint call = CXJ_TOUCHPOINT_INIT;
        call.source = Borrow("crm");
        call.id = Borrow(id);
        call.identifiers = &who;
        call.identifier_count = 1;
        const cxj_journey* journey = nullptr;
        if (cxj_record(tracker, &call, 1, nullptr, nullptr, nullptr) != CXJ_OK ||
            cxj_history(tracker, &who, nullptr, &journey, nullptr) != CXJ_OK) {
          ++failures;
        }
        cxj_journey_free(journey);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(Touchpoints(), 200u);
}

// The flat door
// ------------------------------------------------------------------------------------

namespace x = cxjourney::exchange::v1;

std::string Delimited(const std::vector<x::Touchpoint>& messages) {
  std::string batch;
  for (const x::Touchpoint& message : messages) {
    std::string bytes = message.SerializeAsString();
    EXPECT_LT(bytes.size(), 128u);  // One byte of varint.
    batch.push_back(static_cast<char>(bytes.size()));
    batch += bytes;
  }
  return batch;
}

std::vector<x::Receipt> Receipts(std::string_view batch) {
  std::vector<x::Receipt> out;
  while (!batch.empty()) {
    size_t size = 0;
    size_t at = 0;
    for (int shift = 0;; shift += 7) {
      const auto byte = static_cast<unsigned char>(batch[at++]);
      size |= static_cast<size_t>(byte & 127) << shift;
      if (byte < 128) break;
    }
    EXPECT_TRUE(out.emplace_back().ParseFromString(std::string(batch.substr(at, size))));
    batch.remove_prefix(at + size);
  }
  return out;
}

x::Touchpoint Message(const std::string& id, cxj_time time_us) {
  x::Touchpoint message;
  message.set_source("crm");
  message.set_id(id);
  message.set_event_time(time_us);
  message.set_channel(x::CHANNEL_PHONE);
  message.set_purpose(x::PURPOSE_COMPLAINT);
  x::Identifier* who = message.add_identifiers();
  who->set_namespace_("phone");
  who->set_value("0532 111 22 33");
  return message;
}

TEST_F(CApi, TakesProtobufBatches) {
  std::string batch = Delimited({Message("1", kNow - kDay), Message("2", kNow)});
  const cxj_bytes* bytes = nullptr;
  ASSERT_EQ(
      cxj_record_encoded(tracker, CXJ_FORMAT_PROTOBUF, Borrow(batch), nullptr, &bytes, nullptr),
      CXJ_OK);
  std::vector<x::Receipt> receipts = Receipts({bytes->bytes.data, bytes->bytes.size});
  cxj_bytes_free(bytes);
  ASSERT_EQ(receipts.size(), 2u);
  EXPECT_EQ(receipts[0].outcome(), x::RECORD_OUTCOME_RECORDED);
  EXPECT_EQ(receipts[1].verdicts(0).repeat_of().id(), "1");
  EXPECT_EQ(receipts[1].verdicts(0).gap_us(), kDay);
  EXPECT_NE(receipts[1].customer(), 0u);
}

TEST_F(CApi, BrokenMessagesAreRefusedAlone) {
  std::string batch = Delimited({Message("1", kNow)});
  batch += "\x02\xff\xff";
  batch += Delimited({Message("2", kNow)});
  const cxj_bytes* bytes = nullptr;
  ASSERT_EQ(
      cxj_record_encoded(tracker, CXJ_FORMAT_PROTOBUF, Borrow(batch), nullptr, &bytes, nullptr),
      CXJ_OK);
  std::vector<x::Receipt> receipts = Receipts({bytes->bytes.data, bytes->bytes.size});
  cxj_bytes_free(bytes);
  ASSERT_EQ(receipts.size(), 3u);
  EXPECT_EQ(receipts[0].outcome(), x::RECORD_OUTCOME_RECORDED);
  EXPECT_EQ(receipts[1].outcome(), x::RECORD_OUTCOME_REFUSED);
  EXPECT_EQ(receipts[1].code(), CXJ_INVALID_ARGUMENT);
  EXPECT_EQ(receipts[2].outcome(), x::RECORD_OUTCOME_RECORDED);
}

TEST_F(CApi, BrokenFramingRefusesTheBatch) {
  std::string batch = Delimited({Message("1", kNow)});
  const std::string broken[] = {batch.substr(0, batch.size() - 1), batch + "\x7f",
                                batch + "\xff\xff\xff\xff\xff\xff"};
  for (const std::string& bad : broken) {
    cxj_error* error = nullptr;
    EXPECT_EQ(
        cxj_record_encoded(tracker, CXJ_FORMAT_PROTOBUF, Borrow(bad), nullptr, nullptr, &error),
        CXJ_INVALID_ARGUMENT);
    EXPECT_NE(Take(error).find("byte"), std::string::npos);
  }
  cxj_error* error = nullptr;
  EXPECT_EQ(cxj_record_encoded(tracker, 9, Borrow(batch), nullptr, nullptr, &error),
            CXJ_INVALID_ARGUMENT);
  EXPECT_EQ(Take(error), "format is 9; it has no meaning");
  EXPECT_EQ(Touchpoints(), 0u);
}

TEST_F(CApi, TakesJsonLines) {
  const std::string batch =
      "{\"source\":\"crm\",\"id\":\"1\",\"channel\":\"CHANNEL_PHONE\","
      "\"identifiers\":[{\"namespace\":\"phone\",\"value\":\"0532 111 22 33\"}]}\n"
      "\r\n"
      "{\"source\":\"crm\",\"nonsense\":1}\n";
  const cxj_bytes* bytes = nullptr;
  ASSERT_EQ(
      cxj_record_encoded(tracker, CXJ_FORMAT_JSON_LINES, Borrow(batch), nullptr, &bytes, nullptr),
      CXJ_OK);
  std::string lines = Text(bytes->bytes);
  cxj_bytes_free(bytes);
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 2);
  EXPECT_NE(lines.find("RECORD_OUTCOME_RECORDED"), std::string::npos);
  EXPECT_NE(lines.find("unknown_field: nonsense"), std::string::npos);
}

}  // namespace
}  // namespace capi
