// Hands our Arrow streams to DuckDB and asks it questions in SQL whose answers the C API gives,
// too.
//
//   cxj_duckdb_consumer LIBDUCKDB.SO
#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "capi/arrow_abi.h"
#include "cxjourney/cabi.hpp"

namespace {

namespace cabi = cxjourney::cabi;

// The part of duckdb.h that is needed; its npm package brings the library alone.
struct DuckResult {
  uint64_t fields[3];
  void* pointers[3];
};

template <class Function>
Function Symbol(void* library, const char* name) {
  auto* address = dlsym(library, name);
  if (address == nullptr) {
    std::fprintf(stderr, "%s\n", dlerror());
    std::exit(2);
  }
  return reinterpret_cast<Function>(address);
}

class Duck {
 public:
  explicit Duck(void* library)
      : query_(Symbol<int (*)(void*, const char*, DuckResult*)>(library, "duckdb_query")),
        value_(Symbol<char* (*)(DuckResult*, uint64_t, uint64_t)>(library, "duckdb_value_varchar")),
        free_(Symbol<void (*)(void*)>(library, "duckdb_free")),
        error_(Symbol<const char* (*)(DuckResult*)>(library, "duckdb_result_error")),
        destroy_(Symbol<void (*)(DuckResult*)>(library, "duckdb_destroy_result")),
        scan_(
            Symbol<int (*)(void*, const char*, ArrowArrayStream*)>(library, "duckdb_arrow_scan")) {
    void* database = nullptr;
    if (Symbol<int (*)(const char*, void**)>(library, "duckdb_open")(nullptr, &database) != 0 ||
        Symbol<int (*)(void*, void**)>(library, "duckdb_connect")(database, &connection_) != 0) {
      std::fprintf(stderr, "DuckDB does not start\n");
      std::exit(2);
    }
  }

  // The first value of a query over the stream, which DuckDB has taken in as table t. Into a table
  // first, all columns in order: its scan of a foreign stream expects one that leaves out the
  // columns a query does not need, and a plain stream of the C interface has no way to know them.
  std::string Ask(ArrowArrayStream* stream, const std::string& sql) {
    if (scan_(connection_, "stream", stream) != 0) return "duckdb_arrow_scan failed";
    std::string answer = Run("CREATE OR REPLACE TABLE t AS SELECT * FROM stream");
    if (stream->release != nullptr) stream->release(stream);
    if (answer.find("Error") == std::string::npos) answer = Run(sql);
    Run("DROP VIEW stream");
    return answer;
  }

 private:
  std::string Run(const std::string& sql) {
    DuckResult result{};
    std::string answer;
    if (query_(connection_, sql.c_str(), &result) == 0) {
      char* text = value_(&result, 0, 0);
      answer = text == nullptr ? "NULL" : text;
      free_(text);
    } else {
      answer = error_(&result);
    }
    destroy_(&result);
    return answer;
  }

  int (*query_)(void*, const char*, DuckResult*);
  char* (*value_)(DuckResult*, uint64_t, uint64_t);
  void (*free_)(void*);
  const char* (*error_)(DuckResult*);
  void (*destroy_)(DuckResult*);
  int (*scan_)(void*, const char*, ArrowArrayStream*);
  void* connection_ = nullptr;
};

constexpr int kCalls = 10'000;
constexpr int kCallers = 100;
constexpr int64_t kStart = 1'700'000'000'000'000;
constexpr int64_t kHour = 3'600'000'000;

bool Fill(cabi::Tracker* tracker) {
  for (int i = 0; i < kCalls; ++i) {
    const std::string id = "c-" + std::to_string(i);
    const std::string phone = "+9053211122" + std::to_string(10 + i % 90);
    const std::string email = "a" + std::to_string(i % kCallers) + "@example.com";
    const cxj_identifier who[] = {cabi::MakeIdentifier("email", email),
                                  cabi::MakeIdentifier("phone", phone)};
    const cxj_str topic = cabi::Borrow(i % 2 == 0 ? "order/delivery"
                                                  : "\xc4\xb0"
                                                    "ade");
    cxj_touchpoint call = CXJ_TOUCHPOINT_INIT;
    call.source = cabi::Borrow("crm");
    call.id = cabi::Borrow(id);
    call.channel = i % 3 == 0 ? CXJ_CHANNEL_WEB_CHAT : CXJ_CHANNEL_PHONE;
    call.purpose = CXJ_PURPOSE_COMPLAINT;
    call.event_time_us = kStart + i * kHour;
    call.identifiers = who;
    call.identifier_count = i % 10 == 9 ? 0 : 1;
    call.topics = &topic;
    call.topic_count = 1;
    if (i % 4 == 0) {
      call.present = CXJ_TOUCHPOINT_HAS_TALK_MS;
      call.talk_ms = static_cast<uint32_t>(i);
    }
    if (!tracker->Record(&call, 1)) return false;
  }
  return true;
}

int passed = 0;
int failed = 0;

void Expect(const char* what, const std::string& seen, const std::string& wanted) {
  if (seen == wanted) {
    ++passed;
    std::printf("%-60s %s\n", what, seen.c_str());
  } else {
    ++failed;
    std::printf("%-60s %s, but wanted %s\n", what, seen.c_str(), wanted.c_str());
  }
}

std::string OfScan(Duck* duck, const cabi::Tracker& tracker, const std::string& sql) {
  cxj_history_query query = CXJ_HISTORY_QUERY_INIT;
  query.limit = 999;  // Several batches, the last one shorter.
  ArrowArrayStream stream;
  if (!tracker.ScanArrow(&query, &stream)) return "ScanArrow failed";
  return duck->Ask(&stream, sql);
}

void AskAboutTouchpoints(Duck* duck, const cabi::Tracker& tracker) {
  Expect("touchpoints", OfScan(duck, tracker, "SELECT count(*) FROM t"), "10000");
  Expect("sum of talk_ms, three in four are null",
         OfScan(duck, tracker, "SELECT sum(talk_ms) FROM t"), "12495000");
  Expect("touchpoints that belong to nobody",
         OfScan(duck, tracker, "SELECT count(*) FROM t WHERE customer IS NULL"), "1000");
  Expect("the newest event time", OfScan(duck, tracker, "SELECT epoch_us(max(event_time)) FROM t"),
         std::to_string(kStart + (kCalls - 1) * kHour));
  Expect("a topic in Turkish, out of a list",
         OfScan(duck, tracker,
                "SELECT count(*) FROM t WHERE topics[1] = '\xc4\xb0"
                "ade'"),
         "5000");
  Expect("an identifier, out of a struct in a list",
         OfScan(duck, tracker,
                "SELECT count(DISTINCT identifiers[1].value) FROM t WHERE len(identifiers) > 0"),
         "90");
  Expect("channels by name",
         OfScan(duck, tracker, "SELECT string_agg(DISTINCT channel, ' ' ORDER BY channel) FROM t"),
         "phone web_chat");
}

void AskAboutOneCustomer(Duck* duck, const cabi::Tracker& tracker) {
  ArrowArrayStream stream;
  const cxj_identifier who = cabi::MakeIdentifier("email", "A7@example.com");
  if (!tracker.HistoryArrow(who, nullptr, &stream)) std::exit(1);
  Expect("touchpoints of one customer",
         duck->Ask(&stream, "SELECT count(*) || ' of ' || count(DISTINCT customer) FROM t"),
         "100 of 1");
}

void AskAboutRepeats(Duck* duck, const cabi::Tracker& tracker) {
  auto report = tracker.Repeats();
  if (!report) std::exit(1);
  const cxj_measures& total = *(*report)->total;
  ArrowArrayStream stream;
  if (!tracker.ContactsArrow(nullptr, &stream)) std::exit(1);
  Expect("contacts and repeats, as cxj_repeats counts them",
         duck->Ask(&stream, "SELECT count(*) || ' ' || count(prior_id) FROM t"),
         std::to_string(total.contacts) + " " + std::to_string(total.rcr.numerator));
  if (!tracker.EpisodesArrow(nullptr, &stream)) std::exit(1);
  Expect("episodes, as cxj_repeats counts them",
         duck->Ask(&stream, "SELECT count(*) || ' ' || max(contact_count) FROM t"),
         std::to_string(total.episodes) + " " + std::to_string(total.longest_episode));
}

}  // namespace

int main(int argc, char** argv) {
  void* library = argc == 2 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : nullptr;
  if (library == nullptr) {
    std::fprintf(stderr, "usage: %s LIBDUCKDB.SO\n", argv[0]);
    return 64;
  }
  cxj_options options = CXJ_OPTIONS_INIT;
  options.in_memory = 1;
  auto tracker = cabi::Tracker::Open("", &options);
  if (!tracker || !Fill(&*tracker)) return 1;
  Duck duck(library);
  AskAboutTouchpoints(&duck, *tracker);
  AskAboutOneCustomer(&duck, *tracker);
  AskAboutRepeats(&duck, *tracker);
  std::printf("%d passed, %d failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}
