#include "interchange/reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "interchange/csv.h"
#include "interchange/fields.h"
#include "interchange/input.h"
#include "tests/interchange/scratch.h"

namespace cxjourney::interchange {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kMapping = R"(
# Comment.
[file]
time_format = %d.%m.%Y %H:%M
zone = Europe/Istanbul
empty = NULL
[touchpoint]
source = desk
id = {no}
event_time = {at}
channel = {via}
purpose = request
topic = {topic}/{sub}
value.amount_minor = {cents}
value.currency = TRY
[identifiers]
customer_id = {customer}
{kind} = {value}
phone:agent = {agent}
[refs]
order = A-{order}
[attributes]
plan:fact = {plan}
[values via]
Telefon = phone
* = custom:other
)";

std::vector<Row> ReadAll(Reader& reader) {
  std::vector<Row> rows;
  for (;;) {
    Row row;
    const Result<bool> more = reader.Next(row);
    EXPECT_TRUE(more.ok()) << more.status().ToString();
    if (!more.ok() || !*more) return rows;
    rows.push_back(std::move(row));
  }
}

std::vector<Row> ReadCsv(const std::string& path, const std::string& mapping_text) {
  const Result<Mapping> mapping = ParseMapping(mapping_text);
  EXPECT_TRUE(mapping.ok()) << mapping.status().ToString();
  if (!mapping.ok()) return {};
  const auto reader = OpenCsv(path, *mapping);
  EXPECT_TRUE(reader.ok()) << reader.status().ToString();
  return reader.ok() ? ReadAll(**reader) : std::vector<Row>();
}

constexpr const char* kHeader = "no,at,via,topic,sub,cents,customer,kind,value,agent,order,plan\n";

TEST(CsvRowParserTest, FollowsRfc4180) {
  struct Case {
    std::vector<const char*> lines;
    CsvRowParser::State state;
    std::vector<std::string> values;
  };
  using State = CsvRowParser::State;
  const Case kCases[] = {
      {{""}, State::kDone, {""}},
      {{"a,b"}, State::kDone, {"a", "b"}},
      {{","}, State::kDone, {"", ""}},
      {{R"("a,b",c)"}, State::kDone, {"a,b", "c"}},
      {{R"("say ""hi""",x)"}, State::kDone, {"say \"hi\"", "x"}},
      {{R"(x,"two)", R"(lines",y)"}, State::kDone, {"x", "two\nlines", "y"}},
      {{R"("")"}, State::kDone, {""}},
      {{R"(a"b)"}, State::kBad, {}},
      {{R"("a"b)"}, State::kBad, {}},
      {{R"("open)"}, State::kOpen, {}},
  };
  for (const Case& c : kCases) {
    CsvRowParser parser(',');
    parser.Start();
    State state = State::kOpen;
    for (const char* line : c.lines) state = parser.Feed(line);
    EXPECT_EQ(state, c.state) << c.lines[0];
    if (c.state == State::kDone) {
      EXPECT_EQ(parser.values(), c.values) << c.lines[0];
    }
  }
}

TEST(CsvReaderTest, MapsColumnsToFields) {
  const Scratch scratch;
  const std::string path =
      scratch.Write("a.csv", std::string("\xEF\xBB\xBF") + kHeader +
                                 "7,02.03.2026 12:00,Telefon,?,late,1250,c1,email,a@example.com,"
                                 "0532,9,gold\r\n");
  const std::vector<Row> rows = ReadCsv(path, kMapping);
  ASSERT_EQ(rows.size(), 1U);
  ASSERT_FALSE(rows[0].refusal) << rows[0].refusal->field;
  const Touchpoint& t = rows[0].touchpoint;
  EXPECT_EQ(rows[0].number, 2U);
  EXPECT_EQ(t.source, "desk");
  EXPECT_EQ(t.id, "7");
  EXPECT_EQ(t.event_time, ParseIsoTime("2026-03-02T09:00:00Z"));  // Istanbul is UTC+3.
  EXPECT_EQ(t.channel, Channel::kPhone);
  EXPECT_EQ(t.purpose, Purpose::kRequest);
  EXPECT_THAT(t.topics, ElementsAre("?/late"));
  EXPECT_EQ(t.value->amount_minor, 1250);
  ASSERT_EQ(t.identifiers.size(), 3U);
  EXPECT_EQ(t.identifiers[1].name_space, "email");
  EXPECT_EQ(t.identifiers[2].role, Role::kAgent);
  EXPECT_EQ(t.refs[0].id, "A-9");
  EXPECT_TRUE(t.attributes[0].fact);
}

TEST(CsvReaderTest, LeavesFieldsOfEmptyColumnsUnset) {
  const Scratch scratch;
  const std::string path =
      scratch.Write("a.csv", std::string(kHeader) + "7,,Fax,billing,,NULL,,,,,,\n");
  const std::vector<Row> rows = ReadCsv(path, kMapping);
  ASSERT_EQ(rows.size(), 1U);
  const Touchpoint& t = rows[0].touchpoint;
  EXPECT_FALSE(rows[0].refusal);
  EXPECT_FALSE(t.event_time);
  EXPECT_EQ(t.channel, Channel::kCustom);
  EXPECT_EQ(t.custom_channel, "other");
  EXPECT_THAT(t.topics, ElementsAre("billing"));
  EXPECT_TRUE(t.identifiers.empty() && t.refs.empty() && t.attributes.empty());
  EXPECT_EQ(t.value->amount_minor, 0);
}

TEST(CsvReaderTest, RefusesRowsWithoutStopping) {
  const Scratch scratch;
  const std::string path = scratch.Write("a.csv", std::string(kHeader) +
                                                      "1,02.03.2026 12:00,Telefon,a,b,5,c,,,,,\n"
                                                      "2,yesterday,Telefon,a,b,5,c,,,,,\n"
                                                      "3,02.03.2026 12:00,Telefon,a,b,much,c,,,,,\n"
                                                      "4,too,short\n"
                                                      "5,02.03.2026 12:00,Tele\"fon,a,b,5,c,,,,,\n"
                                                      "6,02.03.2026 12:00,Telefon,a,b,5,c,,,,,\n");
  const std::vector<Row> rows = ReadCsv(path, kMapping);
  std::vector<std::string> reasons;
  for (const Row& row : rows) {
    reasons.push_back(row.refusal ? row.refusal->reason + ":" + row.refusal->field : "ok");
  }
  EXPECT_THAT(reasons, ElementsAre("ok", "bad_time:event_time", "bad_value:value.amount_minor",
                                   "column_count:", "bad_csv:", "ok"));
  EXPECT_EQ(rows[3].text, "4,too,short");
  EXPECT_EQ(rows[3].number, 5U);
}

TEST(CsvReaderTest, GivesRowsWithoutIdTheFilesDigestAndTheRow) {
  const Scratch scratch;
  const std::string text = "t\n2026-01-01\n2026-01-01\n";
  const std::string mapping = "[touchpoint]\nevent_time = {t}\n";
  const std::vector<Row> first = ReadCsv(scratch.Write("a.csv", text), mapping);
  const std::vector<Row> same = ReadCsv(scratch.WriteGzip("b.csv.gz", text), mapping);
  const std::vector<Row> other = ReadCsv(scratch.Write("c.csv", text + "2026-01-02\n"), mapping);
  ASSERT_EQ(first.size(), 2U);
  ASSERT_EQ(same.size(), 2U);
  EXPECT_THAT(first[0].touchpoint.id, testing::MatchesRegex("[0-9a-f]+:1"));
  EXPECT_EQ(first[0].touchpoint.id.size(), 34U);
  EXPECT_NE(first[0].touchpoint.id, first[1].touchpoint.id);
  EXPECT_EQ(first[0].touchpoint.id, same[0].touchpoint.id);
  EXPECT_EQ(first[1].touchpoint.id, same[1].touchpoint.id);
  EXPECT_NE(first[0].touchpoint.id, other[0].touchpoint.id);
}

TEST(CsvReaderTest, RefusesAFileWithoutTheMappedColumn) {
  const Scratch scratch;
  const Result<Mapping> mapping = ParseMapping("[touchpoint]\nid = {number}\n");
  ASSERT_TRUE(mapping.ok());
  const auto reader = OpenCsv(scratch.Write("a.csv", "no,at\n1,2\n"), *mapping);
  ASSERT_FALSE(reader.ok());
  EXPECT_EQ(reader.status().code(), Code::kInvalidArgument);
  EXPECT_THAT(reader.status().message(), HasSubstr("\"number\" (mapping line 2)"));
}

TEST(MappingTest, NamesTheLineThatIsWrong) {
  struct Case {
    const char* text;
    const char* problem;
  };
  const Case kCases[] = {
      {"[touchpoint]\nwho = {a}\n", "line 2: a touchpoint has no such field"},
      {"[touchpoint]\nid = {a\n", "line 2: a brace"},
      {"[touchpoint]\nid = a}\n", "line 2: a brace"},
      {"[touchpoint]\nid\n", "line 2: neither"},
      {"[nothing]\n", "line 1: unknown section"},
      {"id = {a}\n", "line 1: key = value before"},
      {"[values]\n", "line 1: [values COLUMN]"},
      {"[file]\ndelimiter = ab\n", "line 2: the delimiter"},
      {"[file]\nzone = Mars/Base\n[touchpoint]\nid = {a}\n", "unknown time zone"},
      {"[identifiers]\nemail:boss = {a}\n", "line 2: the role"},
      {"[refs]\nparcel = {a}\n", "line 2: a ref"},
      {"[attributes]\na:date = {a}\n", "line 2: an attribute"},
      {"", "[touchpoint] is missing"},
  };
  for (const Case& c : kCases) {
    const Result<Mapping> mapping = ParseMapping(c.text);
    ASSERT_FALSE(mapping.ok()) << c.text;
    EXPECT_THAT(mapping.status().message(), HasSubstr(c.problem)) << c.text;
  }
}

TEST(TimeFormatTest, ReadsZonesNumbersAndOffsets) {
  TimeFormat format;
  EXPECT_TRUE(format.Set("", ""));
  EXPECT_EQ(format.Parse("2026-03-02 09:00:00"), ParseIsoTime("2026-03-02T09:00:00Z"));
  EXPECT_TRUE(format.Set("iso", "Europe/Istanbul"));
  EXPECT_EQ(format.Parse("2026-03-02 12:00"), ParseIsoTime("2026-03-02T09:00:00Z"));
  EXPECT_EQ(format.Parse("2026-03-02T12:00:00+01:00"), ParseIsoTime("2026-03-02T11:00:00Z"));
  EXPECT_TRUE(format.Set("epoch_ms", ""));
  EXPECT_EQ(format.Parse("1500"), Timestamp(Duration(1'500'000)));
  EXPECT_FALSE(format.Parse("9223372036854775807"));
  EXPECT_FALSE(format.Parse("15x"));
  EXPECT_FALSE(format.Set("", "Mars/Base"));
  for (const char* bad : {"", "infinite-future", "2026-13-01", "2026-03-02T25:00:00Z", "soon"}) {
    EXPECT_FALSE(ParseIsoTime(bad)) << bad;
  }
  EXPECT_EQ(IsoTime(Timestamp(Duration(1'500'000))), "1970-01-01T00:00:01.500000Z");
  EXPECT_EQ(IsoTime(Timestamp(Duration(-1'000'000))), "1969-12-31T23:59:59Z");
}

TEST(ParseAmountTest, IsExact) {
  struct Case {
    const char* text;
    const char* currency;
    std::optional<int64_t> minor;
  };
  const Case kCases[] = {
      {"25", "TRY", 2500},
      {"25.5", "TRY", 2550},
      {"0.29", "USD", 29},
      {"-3.10", "EUR", -310},
      {"1.500", "USD", 150},
      {"1.505", "USD", std::nullopt},
      {"1200", "JPY", 1200},
      {"1.5", "JPY", std::nullopt},
      {"1.234", "KWD", 1234},
      {"", "USD", std::nullopt},
      {"1e3", "USD", std::nullopt},
      {"1,5", "USD", std::nullopt},
      {"99999999999999999999", "USD", std::nullopt},
  };
  for (const Case& c : kCases) {
    int64_t minor = 0;
    EXPECT_EQ(ParseAmount(c.text, c.currency, minor), c.minor.has_value()) << c.text;
    if (c.minor) {
      EXPECT_EQ(minor, *c.minor) << c.text;
    }
  }
}

TEST(InputFileTest, LimitsLinesAndGoesOn) {
  const Scratch scratch;
  const std::string path = scratch.Write(
      "a", std::string(kLineBytesMax, 'a') + "\n" + std::string(kLineBytesMax + 1, 'b') + "\nlast");
  Result<InputFile> input = InputFile::Open(path);
  ASSERT_TRUE(input.ok());
  std::string line;
  EXPECT_EQ(*input->NextLine(line), InputFile::Line::kOk);
  EXPECT_EQ(line.size(), kLineBytesMax);
  EXPECT_EQ(*input->NextLine(line), InputFile::Line::kTooLong);
  EXPECT_EQ(*input->NextLine(line), InputFile::Line::kOk);
  EXPECT_EQ(line, "last");
  EXPECT_EQ(*input->NextLine(line), InputFile::Line::kEnd);
  EXPECT_EQ(input->lines(), 3U);
}

TEST(InputFileTest, ReportsWhatItCannotRead) {
  const Scratch scratch;
  EXPECT_EQ(InputFile::Open(scratch.Path("none")).status().code(), Code::kNotFound);
  EXPECT_EQ(InputFile::Open(scratch.Path("")).status().code(), Code::kInvalidArgument);
  std::string text;
  for (int i = 0; i < 20000; ++i) text += std::to_string(i * 7919) + "\n";
  const std::string path = scratch.WriteGzip("a.gz", text);
  std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
  Result<InputFile> input = InputFile::Open(path);
  ASSERT_TRUE(input.ok());
  std::string line;
  Result<InputFile::Line> next = input->NextLine(line);
  while (next.ok() && *next != InputFile::Line::kEnd) next = input->NextLine(line);
  ASSERT_FALSE(next.ok());
  EXPECT_EQ(next.status().code(), Code::kDataLoss);
}

TEST(JsonLinesReaderTest, SkipsEmptyLinesAndKeepsLineNumbers) {
  const Scratch scratch;
  const auto reader = OpenJsonLines(scratch.Write(
      "a.jsonl", "{\"id\":\"1\"}\n\n{\"id\":2}\r\n{\"source\":\"s\",\"tenant\":4}\n"));
  ASSERT_TRUE(reader.ok());
  const std::vector<Row> rows = ReadAll(**reader);
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].touchpoint.id, "1");
  ASSERT_TRUE(rows[1].refusal);
  EXPECT_EQ(rows[1].number, 3U);
  EXPECT_EQ(rows[1].text, "{\"id\":2}");
  EXPECT_EQ(rows[2].tenant, 4U);
  EXPECT_THAT(rows[2].touchpoint.id, testing::EndsWith(":3"));
}

}  // namespace
}  // namespace cxjourney::interchange
