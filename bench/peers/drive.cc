#include "bench/peers/drive.h"

#include <absl/container/flat_hash_map.h>
#include <fmt/format.h>

#include <algorithm>

#include "bench/peers/machine.h"

namespace cxjourney::bench {
namespace {

constexpr size_t kReadBacks = 1000;
constexpr size_t kCheckedQueries = 500;

struct Questions {
  std::vector<LookUp> active;   // By activity: the customer of a random event.
  std::vector<LookUp> uniform;  // A customer, each equally likely.
  std::vector<RepeatLookUp> repeats;
  std::vector<Event> read_back;
};

const EventIdentifier* FirstReal(const Event& event) {
  for (int i = 0; i < event.identifier_count; ++i) {
    const EventIdentifier& identifier = event.identifiers[static_cast<size_t>(i)];
    if (!IsJunk(identifier.value())) return &identifier;
  }
  return nullptr;
}

Questions MakeQuestions(uint64_t events, size_t wanted) {
  Questions questions;
  Workload workload(events);
  uint64_t every_event = std::max<uint64_t>(1, events / wanted);
  uint64_t every_customer = std::max<uint64_t>(1, workload.customers() / wanted);
  uint64_t every_read_back = std::max<uint64_t>(1, events / kReadBacks);
  absl::flat_hash_map<uint32_t, LookUp> last;
  uint64_t number = 0;
  for (Event event; workload.Next(&event); ++number) {
    const EventIdentifier* identifier = FirstReal(event);
    if (identifier == nullptr) continue;
    LookUp who{identifier->type, std::string(identifier->value())};
    uint64_t random = Mix(number);
    if (event.customer % every_customer == 0) last[event.customer] = who;
    if (random % every_event == 0) questions.active.push_back(who);
    if (random % every_read_back == 0) questions.read_back.push_back(event);
    if (IsInboundContact(event.kind, event.outbound) &&
        Mix(~number) % std::max<uint64_t>(1, every_event / 4) == 0) {
      questions.repeats.push_back({who, event.time_ms, event.topic});
    }
  }
  for (auto& [customer, who] : last) questions.uniform.push_back(std::move(who));
  std::sort(questions.uniform.begin(), questions.uniform.end(),
            [](const LookUp& a, const LookUp& b) { return a.value < b.value; });
  // Neither in order of time nor of customer.
  auto shuffle = [](auto* items) {
    for (size_t i = items->size(); i > 1; --i) std::swap((*items)[i - 1], (*items)[Mix(i) % i]);
  };
  shuffle(&questions.active);
  shuffle(&questions.uniform);
  shuffle(&questions.repeats);
  return questions;
}

double Percentile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  auto at = static_cast<size_t>(share * static_cast<double>(values.size()));
  return values[std::min(values.size() - 1, at)];
}

std::string Text(const Row& row) {
  return fmt::format(
      "time {} order {} duration {} topic {} channel {} kind {} outcome {} out {} "
      "sentiment {}",
      row.time_ms, row.order_cents, row.duration_s, row.topic, static_cast<int>(row.channel),
      static_cast<int>(row.kind), static_cast<int>(row.outcome), row.outbound, row.sentiment);
}

class Driver {
 public:
  Driver(Peer* peer, std::string folder, const DriveOptions& options)
      : peer_(peer), folder_(std::move(folder)), options_(options) {}

  DriveResult Run() {
    peer_->Open(folder_);
    IngestAll();
    Questions questions = MakeQuestions(options_.events, options_.queries);
    ReadBack(questions.read_back);
    TimeHistory("warm-up", questions.active, 50);
    result_.figures.resize(result_.figures.size() - 3);
    TimeHistory("newest 50, by activity", questions.active, 50);
    TimeHistory("newest 50, any customer", questions.uniform, 50);
    TimeHistory("whole history", questions.active, 0);
    TimeRepeats(questions.repeats);
    double start = WallSeconds();
    RepeatCount count = peer_->RepeatAll();
    Add("repeats of all contacts, s", WallSeconds() - start);
    digest_ = Mix(digest_ ^ Mix(count.contacts) ^ count.repeats);
    result_.check = fmt::format("{:016x} {}/{}", digest_, count.repeats, count.contacts);
    Add("peak memory, MiB", PeakMemoryMib());
    IngestSingles();
    peer_->Close();
    Reopen(questions.read_back);
    return std::move(result_);
  }

 private:
  void Add(const std::string& name, double value) { result_.figures.emplace_back(name, value); }

  void IngestAll() {
    Workload workload(options_.events);
    std::vector<double> commits;
    std::vector<Event> batch;
    double cpu = 0;
    double written = WrittenBytes();
    for (bool more = true; more;) {
      batch.clear();
      Event event;
      while (batch.size() < options_.batch && (more = workload.Next(&event))) {
        batch.push_back(event);
      }
      if (batch.empty()) break;
      double start_cpu = CpuSeconds();
      double start = WallSeconds();
      peer_->Ingest(batch);
      commits.push_back(WallSeconds() - start);
      cpu += CpuSeconds() - start_cpu;
    }
    auto events = static_cast<double>(options_.events);
    double wall = 0;
    for (double commit : commits) wall += commit;
    double start_cpu = CpuSeconds();
    peer_->Finish();
    double finish_cpu = CpuSeconds() - start_cpu;
    Add("ingest, us", wall / events * 1e6);
    Add("ingest, us of processor", cpu / events * 1e6);
    Add("tidying after ingest, us of processor", finish_cpu / events * 1e6);
    Add("commit of a batch p50, ms", Percentile(commits, 0.5) * 1e3);
    Add("commit of a batch p99, ms", Percentile(commits, 0.99) * 1e3);
    Add("written to disk, bytes each", (WrittenBytes() - written) / events);
    auto on_disk = static_cast<double>(DiskBytes(folder_));
    auto used = static_cast<double>(peer_->UsedBytes());
    Add("on disk, bytes each", (used > 0 ? used : on_disk) / events);
    Add("on disk with reserved room, bytes each", on_disk / events);
  }

  // One durable commit each, of events that the store has not seen: another seed.
  void IngestSingles() {
    Workload workload(options_.single_events, 43);
    std::vector<double> commits;
    for (Event event; workload.Next(&event);) {
      double start = WallSeconds();
      peer_->Ingest({event});
      commits.push_back(WallSeconds() - start);
    }
    Add("single durable commit p50, us", Percentile(commits, 0.5) * 1e6);
    Add("single durable commit p99, us", Percentile(commits, 0.99) * 1e6);
  }

  void ReadBack(const std::vector<Event>& events) {
    size_t checked = 0;
    for (const Event& event : events) {
      Row row;
      if (!peer_->ReadBack(event, &row)) Die(peer_->Name() + ": an event is missing");
      if (!(row == RowOf(event))) {
        Die(fmt::format("{}: an event came back changed: {}, not {}", peer_->Name(), Text(row),
                        Text(RowOf(event))));
      }
      ++checked;
    }
    if (checked < std::min<size_t>(kReadBacks, options_.events) / 2) Die("too few read back");
  }

  void TimeHistory(const std::string& name, const std::vector<LookUp>& questions, size_t limit) {
    std::vector<double> times;
    std::vector<Row> rows;
    double cpu = CpuSeconds();
    for (size_t i = 0; i < std::min(questions.size(), options_.queries); ++i) {
      rows.clear();
      double start = WallSeconds();
      peer_->History(questions[i], limit, &rows);
      times.push_back(WallSeconds() - start);
      if (i >= kCheckedQueries) continue;
      for (const Row& row : rows) {
        digest_ = Mix(digest_ ^ static_cast<uint64_t>(row.time_ms) ^ uint64_t{row.topic} << 50);
        digest_ = Mix(digest_ ^ uint64_t{row.id[0]} << 8 ^ row.id[15]);
      }
    }
    Add(name + " p50, us", Percentile(times, 0.5) * 1e6);
    Add(name + " p99, us", Percentile(times, 0.99) * 1e6);
    Add(name + ", us of processor", (CpuSeconds() - cpu) / static_cast<double>(times.size()) * 1e6);
  }

  void TimeRepeats(const std::vector<RepeatLookUp>& questions) {
    std::vector<double> times;
    uint64_t yes = 0;
    for (size_t i = 0; i < std::min(questions.size(), options_.queries); ++i) {
      double start = WallSeconds();
      yes += peer_->Repeat(questions[i]) ? 1 : 0;
      times.push_back(WallSeconds() - start);
    }
    digest_ = Mix(digest_ ^ yes);
    Add("is this a repeat? p50, us", Percentile(times, 0.5) * 1e6);
    Add("is this a repeat? p99, us", Percentile(times, 0.99) * 1e6);
  }

  // With the files out of the page cache.
  void Reopen(const std::vector<Event>& read_back) {
    DropCache(folder_);
    double start = WallSeconds();
    peer_->Open(folder_);
    Add("open again, cold, s", WallSeconds() - start);
    ReadBack(read_back);
    peer_->Close();
  }

  Peer* peer_;
  std::string folder_;
  DriveOptions options_;
  DriveResult result_;
  uint64_t digest_ = 0;
};

}  // namespace

Row RowOf(const Event& event) {
  Row row;
  row.id = event.id;
  row.time_ms = event.time_ms;
  row.order_cents = event.order_cents;
  row.duration_s = event.duration_s;
  row.topic = event.topic;
  row.channel = event.channel;
  row.kind = event.kind;
  row.outcome = event.outcome;
  row.outbound = event.outbound;
  row.sentiment = event.sentiment;
  return row;
}

std::string NormalizeForPeer(IdentifierType type, std::string_view value) {
  if (type != IdentifierType::kPhone || value.empty() || value[0] != '0') return std::string(value);
  std::string out = "+90";
  for (char c : value.substr(1)) {
    if (c != ' ') out.push_back(c);
  }
  return out;
}

DriveResult Drive(Peer* peer, const std::string& folder, const DriveOptions& options) {
  return Driver(peer, folder, options).Run();
}

}  // namespace cxjourney::bench
