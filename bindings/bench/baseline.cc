// The work that the bindings' benchmarks do, in C++ over c.h: what is left when a language's own
// door is taken away. Prints one JSON object of CPU microseconds: the median of several rounds, and
// (..._us_min) the best of them, which is what to compare on a machine that others use as well.
//
//   g++ -O2 -std=c++17 bindings/bench/baseline.cc -lcxjourney -o baseline
//   ./baseline [ROUNDS [threaded]]     "threaded" also starts a thread, which does nothing: Node's
//                                      process has several, and memory and shared pointers cost
//                                      more in a process that has any
//
// The work, which every benchmark repeats exactly (in-memory store, durability OS):
//   record_us            20,000 touchpoints of 5,000 customers, one call each
//   batch_us             the same in calls of 1,000, per touchpoint
//   history_us           the newest 50 of 200 touchpoints of a customer, per call
//   visit_us             the same by cxj_visit_history: the least that a history costs
// Touchpoint i: source "crm", id "call-i", phone and e-mail of customer i % 5,000, one minute after
// touchpoint i - 1, PHONE, REQUEST, RESOLVED, topic "order/late", conversation "conversation-i",
// agent "agent-(i % 50)", queue "orders". For histories: 100 customers, 20,000 touchpoints.
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "cxjourney/c.h"

namespace {

constexpr int kTouchpoints = 20000;
constexpr int kCustomers = 5000;
constexpr int kHistoryCustomers = 100;
constexpr int kHistories = 10000;
constexpr int kBatch = 1000;
constexpr int kRounds = 3;
constexpr cxj_time kStart = 1704067200000000;  // 2024-01-01T00:00:00Z

double CpuMicros() {
  timespec now = {};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

void Check(cxj_code code) {
  if (code == CXJ_OK) return;
  std::fprintf(stderr, "baseline: %s\n", cxj_code_name(code).data);
  std::exit(1);
}

cxj_str Str(const std::string& text) { return {text.data(), text.size()}; }

// One touchpoint and the texts that it points to.
struct Item {
  std::string id, phone, email, conversation, agent;
  cxj_identifier identifiers[2] = {};
};

const std::string kSource = "crm", kPhone = "phone", kEmail = "email", kTopic = "order/late",
                  kQueue = "orders";
const cxj_str kTopics[] = {Str(kTopic)};

std::string PhoneOf(int customer) {
  char text[24];
  std::snprintf(text, sizeof(text), "+90532%07d", 1000000 + customer);
  return text;
}

struct Work {
  explicit Work(int customers) : items(kTouchpoints), touchpoints(kTouchpoints) {
    for (int i = 0; i < kTouchpoints; ++i) {
      const int customer = i % customers;
      Item& item = items[static_cast<size_t>(i)];
      item.id = "call-" + std::to_string(i);
      item.phone = PhoneOf(customer);
      item.email = "customer" + std::to_string(customer) + "@example.com";
      item.conversation = "conversation-" + std::to_string(i);
      item.agent = "agent-" + std::to_string(i % 50);
      item.identifiers[0] = {Str(kPhone), Str(item.phone), CXJ_ROLE_UNSPECIFIED, 0};
      item.identifiers[1] = {Str(kEmail), Str(item.email), CXJ_ROLE_UNSPECIFIED, 0};
      cxj_touchpoint& t = touchpoints[static_cast<size_t>(i)] = CXJ_TOUCHPOINT_INIT;
      t.source = Str(kSource);
      t.id = Str(item.id);
      t.identifiers = item.identifiers;
      t.identifier_count = 2;
      t.present = CXJ_TOUCHPOINT_HAS_EVENT_TIME_US;
      t.event_time_us = kStart + i * 60000000LL;
      t.channel = CXJ_CHANNEL_PHONE;
      t.purpose = CXJ_PURPOSE_REQUEST;
      t.outcome = CXJ_OUTCOME_RESOLVED;
      t.topics = kTopics;
      t.topic_count = 1;
      t.conversation_id = Str(item.conversation);
      t.agent = Str(item.agent);
      t.queue = Str(kQueue);
    }
  }
  std::vector<Item> items;
  std::vector<cxj_touchpoint> touchpoints;
};

cxj_tracker* Open() {
  cxj_options options = CXJ_OPTIONS_INIT;
  options.in_memory = 1;
  options.durability = CXJ_DURABILITY_OS;
  cxj_tracker* tracker = nullptr;
  Check(cxj_open({nullptr, 0}, &options, &tracker, nullptr));
  return tracker;
}

// CPU microseconds per touchpoint, recorded `batch` at a time.
double Record(const Work& work, size_t batch) {
  cxj_tracker* tracker = Open();
  const double start = CpuMicros();
  for (size_t i = 0; i < work.touchpoints.size(); i += batch) {
    const cxj_receipts* receipts = nullptr;
    Check(cxj_record(tracker, &work.touchpoints[i], batch, nullptr, &receipts, nullptr));
    cxj_receipts_free(receipts);
  }
  const double spent = CpuMicros() - start;
  Check(cxj_close(tracker, nullptr));
  return spent / kTouchpoints;
}

cxj_code History(cxj_tracker* tracker, const cxj_identifier& identifier,
                 const cxj_history_query& query) {
  const cxj_journey* journey = nullptr;
  const cxj_code code = cxj_history(tracker, &identifier, &query, &journey, nullptr);
  cxj_journey_free(journey);
  return code;
}

cxj_code Visit(cxj_tracker* tracker, const cxj_identifier& identifier,
               const cxj_history_query& query) {
  size_t bytes = 0;
  const auto see = [](const cxj_touchpoint* touchpoint, void* user) {
    *static_cast<size_t*>(user) += touchpoint->id.size;
  };
  return cxj_visit_history(tracker, &identifier, &query, see, &bytes, nullptr, nullptr);
}

template <class Ask>
double Histories(cxj_tracker* tracker, const Ask& ask) {
  std::vector<std::string> phones;
  for (int i = 0; i < kHistoryCustomers; ++i) phones.push_back(PhoneOf(i));
  cxj_history_query query = CXJ_HISTORY_QUERY_INIT;
  query.limit = 50;
  const double start = CpuMicros();
  for (int i = 0; i < kHistories; ++i) {
    const std::string& phone = phones[static_cast<size_t>(i % kHistoryCustomers)];
    const cxj_identifier identifier = {Str(kPhone), Str(phone), CXJ_ROLE_UNSPECIFIED, 0};
    Check(ask(tracker, identifier, query));
  }
  return (CpuMicros() - start) / kHistories;
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

double Best(const std::vector<double>& values) {
  return *std::min_element(values.begin(), values.end());
}

}  // namespace

int main(int count, char** arguments) {
  const int rounds = count > 1 ? std::max(1, std::atoi(arguments[1])) : kRounds;
  if (count > 2 && std::strcmp(arguments[2], "threaded") == 0) {
    std::thread([] {
      for (;;) pause();
    }).detach();
  }
  const Work work(kCustomers);
  const Work histories(kHistoryCustomers);
  cxj_tracker* tracker = Open();
  Check(cxj_record(tracker, histories.touchpoints.data(), kTouchpoints / 2, nullptr, nullptr,
                   nullptr));
  Check(cxj_record(tracker, &histories.touchpoints[kTouchpoints / 2], kTouchpoints / 2, nullptr,
                   nullptr, nullptr));
  struct Figure {
    const char* name;
    std::function<double()> measure;
    std::vector<double> values;
  };
  Figure figures[] = {{"record_us", [&] { return Record(work, 1); }, {}},
                      {"batch_us", [&] { return Record(work, kBatch); }, {}},
                      {"history_us", [&] { return Histories(tracker, History); }, {}},
                      {"visit_us", [&] { return Histories(tracker, Visit); }, {}}};
  for (int round = 0; round < rounds; ++round) {
    for (Figure& figure : figures) figure.values.push_back(figure.measure());
  }
  Check(cxj_close(tracker, nullptr));
  const char* between = "{";
  for (const Figure& figure : figures) {
    std::printf("%s\"%s\": %.3f, \"%s_min\": %.3f", between, figure.name, Median(figure.values),
                figure.name, Best(figure.values));
    between = ", ";
  }
  std::printf("}\n");
}
