// Answers as Arrow streams, read as the specification of the C data interface says.
#include "capi/arrow_abi.h"
#include "tests/capi/capi_fixture.h"

namespace capi {
namespace {

class CApiArrow : public CApi {
 protected:
  void SetUp() override {
    CApi::SetUp();
    who = Id("phone", "0532 111 22 33");
    topics = {Borrow("order/delivery"), Borrow("refund")};
    for (int i = 0; i < 10; ++i) {
      cxj_touchpoint call = Call(std::to_string(i), kNow - (10 - i) * kHour, &who);
      if (i % 2 == 0) {
        call.topics = topics.data();
        call.topic_count = topics.size();
        call.sentiment = 0.5f;
      }
      Record(call);
    }
  }
  cxj_identifier who{};
  std::vector<cxj_str> topics;
};

int64_t Child(const ArrowSchema& schema, std::string_view name) {
  for (int64_t i = 0; i < schema.n_children; ++i) {
    if (schema.children[i]->name == name) return i;
  }
  ADD_FAILURE() << "no column " << name;
  return 0;
}

bool IsNull(const ArrowArray& array, int64_t row) {
  const auto* bits = static_cast<const uint8_t*>(array.buffers[0]);
  return bits != nullptr && (bits[row / 8] >> (row % 8) & 1) == 0;
}

std::string TextAt(const ArrowArray& array, int64_t row) {
  const auto* offsets = static_cast<const int64_t*>(array.buffers[1]);
  const auto* data = static_cast<const char*>(array.buffers[2]);
  return std::string(data + offsets[row], data + offsets[row + 1]);
}

template <class T>
T NumberAt(const ArrowArray& array, int64_t row) {
  return static_cast<const T*>(array.buffers[1])[row];
}

TEST_F(CApiArrow, StreamsAHistory) {
  cxj_history_query query = CXJ_HISTORY_QUERY_INIT;
  query.limit = 4;
  ArrowArrayStream stream;
  ASSERT_EQ(cxj_history_arrow(tracker, &who, &query, &stream, nullptr), CXJ_OK);
  ArrowSchema schema;
  ASSERT_EQ(stream.get_schema(&stream, &schema), 0);
  EXPECT_STREQ(schema.format, "+s");
  EXPECT_STREQ(schema.children[Child(schema, "event_time")]->format, "tsu:UTC");
  std::string ids;
  std::vector<int64_t> lengths;
  for (;;) {
    ArrowArray batch;
    ASSERT_EQ(stream.get_next(&stream, &batch), 0);
    if (batch.release == nullptr) break;
    lengths.push_back(batch.length);
    ASSERT_EQ(batch.n_children, schema.n_children);
    const ArrowArray& id = *batch.children[Child(schema, "id")];
    const ArrowArray& time = *batch.children[Child(schema, "event_time")];
    const ArrowArray& feeling = *batch.children[Child(schema, "sentiment")];
    const ArrowArray& topic = *batch.children[Child(schema, "topics")];
    for (int64_t row = 0; row < batch.length; ++row) {
      ids += TextAt(id, row) + " ";
      const int number = std::stoi(TextAt(id, row));
      EXPECT_EQ(NumberAt<int64_t>(time, row), kNow - (10 - number) * kHour);
      EXPECT_EQ(IsNull(feeling, row), number % 2 != 0);
      const auto* offsets = static_cast<const int64_t*>(topic.buffers[1]);
      EXPECT_EQ(offsets[row + 1] - offsets[row], number % 2 == 0 ? 2 : 0);
      if (number % 2 != 0) continue;
      EXPECT_EQ(TextAt(*topic.children[0], offsets[row] + 1), "refund");
    }
    batch.release(&batch);
    EXPECT_EQ(batch.release, nullptr);
  }
  EXPECT_EQ(ids, "9 8 7 6 5 4 3 2 1 0 ");
  EXPECT_EQ(lengths, (std::vector<int64_t>{4, 4, 2}));
  schema.release(&schema);
  stream.release(&stream);
  EXPECT_EQ(stream.release, nullptr);
}

// A consumer may take a column out of a batch and release the rest.
TEST_F(CApiArrow, ColumnsOutliveTheirBatchWhenMovedOut) {
  ArrowArrayStream stream;
  ASSERT_EQ(cxj_scan_arrow(tracker, nullptr, &stream, nullptr), CXJ_OK);
  ArrowSchema schema;
  ArrowArray batch;
  ASSERT_EQ(stream.get_schema(&stream, &schema), 0);
  ASSERT_EQ(stream.get_next(&stream, &batch), 0);
  ASSERT_EQ(batch.length, 10);
  ArrowArray* inside = batch.children[Child(schema, "id")];
  ArrowArray column = *inside;
  inside->release = nullptr;
  batch.release(&batch);
  stream.release(&stream);
  EXPECT_EQ(TextAt(column, 0), "0");
  EXPECT_EQ(TextAt(column, 9), "9");
  column.release(&column);
  schema.release(&schema);
}

TEST_F(CApiArrow, StreamsContactsAndEpisodes) {
  for (auto export_stream : {cxj_contacts_arrow, cxj_episodes_arrow}) {
    ArrowArrayStream stream;
    ASSERT_EQ(export_stream(tracker, nullptr, &stream, nullptr), CXJ_OK);
    ArrowSchema schema;
    ArrowArray batch;
    ASSERT_EQ(stream.get_schema(&stream, &schema), 0);
    ASSERT_EQ(stream.get_next(&stream, &batch), 0);
    if (export_stream == cxj_contacts_arrow) {
      ASSERT_EQ(batch.length, 10);
      const ArrowArray& prior = *batch.children[Child(schema, "prior_id")];
      EXPECT_TRUE(IsNull(prior, 0));
      EXPECT_EQ(prior.null_count, 1);
      EXPECT_EQ(TextAt(prior, 9), "8");
      EXPECT_EQ(NumberAt<int64_t>(*batch.children[Child(schema, "gap")], 9), kHour);
    } else {
      ASSERT_EQ(batch.length, 1);
      EXPECT_EQ(NumberAt<uint32_t>(*batch.children[Child(schema, "contact_count")], 0), 10u);
    }
    batch.release(&batch);
    ASSERT_EQ(stream.get_next(&stream, &batch), 0);
    EXPECT_EQ(batch.release, nullptr);
    schema.release(&schema);
    stream.release(&stream);
  }
}

TEST_F(CApiArrow, WrongQuestionsAreAnsweredAtOnce) {
  cxj_identifier nobody = Id("phone", "0532 999 99 99");
  ArrowArrayStream stream;
  EXPECT_EQ(cxj_history_arrow(tracker, &nobody, nullptr, &stream, nullptr), CXJ_NOT_FOUND);
}

}  // namespace
}  // namespace capi
