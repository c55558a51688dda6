#include "bench/peers/drive.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include "bench/peers/limits.h"
#include "bench/peers/machine.h"
#include "bench/peers/questions.h"

namespace cxjourney::bench {
namespace {

constexpr size_t kCheckedQueries = 200;
constexpr size_t kThreads = 8;
constexpr size_t kSingleRounds = 5;
constexpr uint64_t kOtherSeed = 43;

double Percentile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  auto at = static_cast<size_t>(share * static_cast<double>(values.size()));
  return values[std::min(values.size() - 1, at)];
}

double Sum(const std::vector<double>& values) {
  double sum = 0;
  for (double value : values) sum += value;
  return sum;
}

std::string Text(const Row& row) {
  return fmt::format(
      "time {} order {} duration {} topic {} channel {} kind {} outcome {} out {} "
      "sentiment {}",
      row.time_ms, row.order_cents, row.duration_s, row.topic, static_cast<int>(row.channel),
      static_cast<int>(row.kind), static_cast<int>(row.outcome), row.outbound, row.sentiment);
}

// Processor time of the process and of the store's server, background threads always, this thread
// only between Start and Stop.
class CpuMeter {
 public:
  explicit CpuMeter(const Peer* peer)
      : peer_(peer), process_(Total()), stopped_(ThreadCpuSeconds()) {}
  void Start() { left_out_ += ThreadCpuSeconds() - stopped_; }
  void Stop() { stopped_ = ThreadCpuSeconds(); }
  // While stopped.
  double Seconds() const {
    return Total() - process_ - left_out_ - (ThreadCpuSeconds() - stopped_);
  }

 private:
  double Total() const { return CpuSeconds() + peer_->ServerCpuSeconds(); }

  const Peer* peer_;
  double process_;
  double stopped_;
  double left_out_ = 0;
};

std::vector<Event> NextBatch(Stream* stream, size_t size) {
  std::vector<Event> batch;
  for (Event event; batch.size() < size && stream->Next(&event);) batch.push_back(event);
  return batch;
}

void CheckReadBack(Peer* peer, const std::vector<Event>& events, size_t wanted) {
  size_t checked = 0;
  for (const Event& event : events) {
    if (checked == wanted) break;
    Row row;
    if (!peer->ReadBack(event, &row)) Die(peer->Name() + ": an event is missing");
    if (!(row == event)) {
      Die(fmt::format("{}: an event came back changed: {}, not {}", peer->Name(), Text(row),
                      Text(event)));
    }
    ++checked;
  }
  if (checked < wanted) Die("too few read back");
}

class Driver {
 public:
  Driver(Peer* peer, std::string folder, const DriveOptions& options)
      : peer_(peer), folder_(std::move(folder)), options_(options) {
    if (options_.limits) {
      limits_folder_ = folder_ + ".limits";
      std::filesystem::create_directories(limits_folder_);
      log_.emplace(limits_folder_ + "/log");
      growing_.emplace(limits_folder_ + "/growing");
      preallocated_.emplace(limits_folder_ + "/preallocated");
    }
  }
  ~Driver() {
    if (options_.limits) std::filesystem::remove_all(limits_folder_);
  }
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;

  DriveResult Run() {
    peer_->Open(folder_);
    IngestAll();
    double start = WallSeconds();
    peer_->Open(folder_);
    Add("open_again_s", WallSeconds() - start);
    Questions questions = MakeQuestions(options_);
    size_t read_backs = std::min(options_.read_backs, options_.events / 2);
    CheckReadBack(peer_, questions.read_back, read_backs);
    Shorten(&questions.active);
    Shorten(&questions.uniform);
    Shorten(&questions.repeats);
    if (options_.extent != Extent::kIngest) AskHistories(questions);
    if (options_.extent == Extent::kAll) {
      AskRepeats(questions.repeats);
      AnalyzeAll();
      IngestSingles();
    }
    Add("peak_memory_mib", PeakMemoryMib());
    peer_->Close();
    if (options_.extent == Extent::kAll) AskCold(questions);
    return std::move(result_);
  }

 private:
  void Add(const std::string& name, double value) { result_.figures.emplace_back(name, value); }
  template <class T>
  void Shorten(std::vector<T>* questions) const {
    questions->resize(std::min(questions->size(), peer_->QuestionsMax()));
  }
  double Each(double value) const { return value / static_cast<double>(options_.events); }

  // Timed: what makes the prepared batch durable and linked, then tidying up and closing. Not
  // timed: making the events and the store's own input objects of them.
  void IngestAll() {
    Stream stream(options_.stream, options_.events);
    std::vector<double> commits;
    double plain = 0;
    double written = WrittenBytes() + peer_->ServerWrittenBytes();
    double written_beside = 0;
    CpuMeter cpu(peer_);
    for (;;) {
      std::vector<Event> batch = NextBatch(&stream, options_.batch);
      if (batch.empty()) break;
      peer_->Prepare(batch);
      double before = options_.limits ? WrittenBytes() : 0;
      cpu.Start();
      double start = WallSeconds();
      peer_->Ingest();
      commits.push_back(WallSeconds() - start);
      cpu.Stop();
      if (!options_.limits) continue;
      double bytes = WrittenBytes() - before;
      plain += log_->Append(static_cast<size_t>(bytes));
      written_beside += bytes;
    }
    double ingest_cpu = cpu.Seconds();
    cpu.Start();
    double start = WallSeconds();
    peer_->Finish();
    uint64_t used = peer_->UsedBytes();
    peer_->Close();
    double finish_clock = WallSeconds() - start;
    cpu.Stop();
    double all_cpu = cpu.Seconds();
    Add("ingest_clock_us", Each(Sum(commits)) * 1e6);
    Add("ingest_cpu_us", Each(ingest_cpu) * 1e6);
    Add("finish_clock_us", Each(finish_clock) * 1e6);
    Add("finish_cpu_us", Each(all_cpu - ingest_cpu) * 1e6);
    Add("ingest_and_finish_cpu_us", Each(all_cpu) * 1e6);
    Add("commit_p50_ms", Percentile(commits, 0.5) * 1e3);
    Add("commit_p99_ms", Percentile(commits, 0.99) * 1e3);
    if (options_.limits) Add("ingest_clock_vs_log", plain / Sum(commits));
    written = WrittenBytes() + peer_->ServerWrittenBytes() - written;
    Add("written_bytes", Each(written - written_beside));
    Add("disk_bytes", Each(static_cast<double>(used > 0 ? used : DiskBytes(folder_))));
    for (const auto& [name, bytes] : peer_->DiskParts(folder_)) Add(name, Each(bytes));
  }

  void AskHistories(const Questions& questions) {
    for (const LookUp& who : questions.active) peer_->History(who, 50);  // Warms up.
    AskHistory("history50", questions.active, 50);
    AskHistory("history50_any_customer", questions.uniform, 50);
    if (options_.stream == StreamKind::kShop) AskHistory("history_all", questions.active, 0);
  }

  // Timed: from the identifier as typed to the answer in the store's own objects, which each is
  // ready to be read field by field. Not timed: comparing it.
  void AskHistory(const std::string& name, const std::vector<LookUp>& questions, size_t limit) {
    std::vector<double> times;
    CpuMeter cpu(peer_);
    for (const LookUp& who : questions) {
      cpu.Start();
      double start = WallSeconds();
      peer_->History(who, limit);
      times.push_back(WallSeconds() - start);
      cpu.Stop();
      if (times.size() <= kCheckedQueries) Digest(peer_->Rows());
    }
    double seconds = cpu.Seconds();
    Add(name + "_p50_us", Percentile(times, 0.5) * 1e6);
    Add(name + "_p99_us", Percentile(times, 0.99) * 1e6);
    Add(name + "_cpu_us", seconds / static_cast<double>(times.size()) * 1e6);
  }

  void Digest(const std::vector<Row>& rows) {
    for (const Row& row : rows) {
      digest_ = Mix(digest_ ^ static_cast<uint64_t>(row.time_ms) ^ uint64_t{row.topic} << 50);
      digest_ = Mix(digest_ ^ uint64_t{row.id[0]} << 8 ^ row.id[15]);
    }
  }

  void AskRepeats(const std::vector<RepeatLookUp>& questions) {
    for (const RepeatLookUp& question : questions) peer_->Repeat(question);  // Warms up.
    std::vector<double> times;
    uint64_t yes = 0;
    for (const RepeatLookUp& question : questions) {
      double start = WallSeconds();
      bool repeats = peer_->Repeat(question);
      times.push_back(WallSeconds() - start);
      if (repeats && times.size() <= kCheckedQueries) ++yes;
    }
    digest_ = Mix(digest_ ^ yes);
    Add("repeat_query_p50_us", Percentile(times, 0.5) * 1e6);
    Add("repeat_query_p99_us", Percentile(times, 0.99) * 1e6);
  }

  void AnalyzeAll() {
    Answers answers;
    // What a store has to read once is a figure of its own.
    CpuMeter first(peer_);
    first.Start();
    peer_->Analyze(Analysis::kRepeats, &answers);
    first.Stop();
    Add("first_scan_cpu_ns", Each(first.Seconds()) * 1e9);
    answers = Answers();
    for (auto [name, analysis] : {std::pair{"repeats", Analysis::kRepeats},
                                  {"transitions", Analysis::kTransitions},
                                  {"funnel", Analysis::kFunnel}}) {
      CpuMeter cpu(peer_);
      cpu.Start();
      peer_->Analyze(analysis, &answers);
      cpu.Stop();
      Add(fmt::format("scan_{}_cpu_ns", name), Each(cpu.Seconds()) * 1e9);
    }
    uint64_t edges = 0;
    for (uint64_t count : answers.transitions) edges = Mix(edges ^ count);
    result_.check =
        fmt::format("{:016x} {}/{} {:016x} {}-{}-{}", digest_, answers.repeats, answers.contacts,
                    edges, answers.funnel[0], answers.funnel[1], answers.funnel[2]);
  }

  // One durable commit each, of events that the store has not seen: another seed. In rounds of
  // one thread, then several, so that both see the same disk.
  void IngestSingles() {
    size_t of_round = options_.singles / kSingleRounds;
    Stream stream(StreamKind::kShop, kSingleRounds * (of_round + kThreads * of_round), kOtherSeed);
    std::vector<double> commits;
    std::vector<double> speed_ups;
    for (size_t round = 0; round < kSingleRounds; ++round) {
      double alone = 0;
      for (const Event& event : NextBatch(&stream, of_round)) {
        peer_->Prepare({event});
        double start = WallSeconds();
        peer_->Ingest();
        commits.push_back(WallSeconds() - start);
        alone += commits.back();
        if (options_.limits) SyncPlainFiles();
      }
      std::vector<std::vector<Event>> of_threads;
      for (size_t i = 0; i < kThreads; ++i) of_threads.push_back(NextBatch(&stream, of_round));
      double together = peer_->IngestFromThreads(of_threads);
      if (together > 0) speed_ups.push_back(alone * static_cast<double>(kThreads) / together);
    }
    Add("single_commit_p50_us", Percentile(commits, 0.5) * 1e6);
    Add("single_commit_p99_us", Percentile(commits, 0.99) * 1e6);
    if (options_.limits) AddSyncs(Percentile(commits, 0.5));
    if (!speed_ups.empty()) Add("durable_8_threads_vs_1", Percentile(speed_ups, 0.5));
  }

  // In turn, as the second one finds the disk and the caches warmer.
  void SyncPlainFiles() {
    const bool growing_first = growing_syncs_.size() % 2 == 0;
    if (growing_first) growing_syncs_.push_back(growing_->Append(kSmallBytes));
    preallocated_syncs_.push_back(preallocated_->Append());
    if (!growing_first) growing_syncs_.push_back(growing_->Append(kSmallBytes));
  }

  void AddSyncs(double commit) {
    const double growing = Percentile(growing_syncs_, 0.5);
    const double preallocated = Percentile(preallocated_syncs_, 0.5);
    Add("fdatasync_p50_us", growing * 1e6);
    Add("fdatasync_preallocated_p50_us", preallocated * 1e6);
    Add("durable_vs_fdatasync", growing / commit);
    Add("durable_vs_fdatasync_preallocated", preallocated / commit);
  }

  // The files are out of the page cache when the store is opened, and again before every question:
  // otherwise the kernel's read-ahead has brought a small store back after a few.
  void AskCold(const Questions& questions) {
    DropCache(folder_);
    double start = WallSeconds();
    peer_->Open(folder_);
    Add("open_cold_s", WallSeconds() - start);
    std::vector<double> times;
    size_t count = std::min(options_.cold_queries, questions.active.size());
    for (size_t i = 0; i < count; ++i) {
      DropCache(folder_);
      start = WallSeconds();
      peer_->History(questions.active[questions.active.size() - 1 - i], 50);
      times.push_back(WallSeconds() - start);
    }
    Add("history50_cold_p50_us", Percentile(times, 0.5) * 1e6);
    CheckReadBack(peer_, questions.read_back, std::min<size_t>(1000, options_.events / 2));
    peer_->Close();
  }

  Peer* peer_;
  std::string folder_;
  DriveOptions options_;
  DriveResult result_;
  uint64_t digest_ = 0;
  std::string limits_folder_;
  std::optional<PlainLog> log_;
  std::optional<PlainLog> growing_;
  std::optional<PreallocatedFile> preallocated_;
  std::vector<double> growing_syncs_;
  std::vector<double> preallocated_syncs_;
};

}  // namespace

EventIdentifier NormalizeForPeer(IdentifierType type, std::string_view value) {
  EventIdentifier out;
  out.type = type;
  if (type != IdentifierType::kPhone || value.empty() || value[0] != '0') {
    out.Append(value);
    return out;
  }
  out.Append("+90");
  for (char c : value.substr(1)) {
    if (c != ' ') out.Append({&c, 1});
  }
  return out;
}

DriveResult Drive(Peer* peer, const std::string& folder, const DriveOptions& options) {
  return Driver(peer, folder, options).Run();
}

DriveResult DrivePair(Peer* a, Peer* b, const std::string& folder, const DriveOptions& options) {
  Peer* peers[] = {a, b};
  double seconds[2] = {0, 0};
  for (size_t i = 0; i < 2; ++i) {
    std::string own = folder + "/" + std::to_string(i);
    std::filesystem::create_directories(own);
    peers[i]->Open(own);
  }
  Stream stream(options.stream, options.events);
  for (size_t number = 0;; ++number) {
    std::vector<Event> batch = NextBatch(&stream, options.batch);
    if (batch.empty()) break;
    for (size_t turn = 0; turn < 2; ++turn) {
      size_t i = (number + turn) % 2;
      peers[i]->Prepare(batch);
      double start = CpuSeconds();
      peers[i]->Ingest();
      seconds[i] += CpuSeconds() - start;
    }
  }
  DriveResult result;
  auto events = static_cast<double>(options.events);
  result.figures = {{"first_cpu_us", seconds[0] / events * 1e6},
                    {"second_cpu_us", seconds[1] / events * 1e6},
                    {"repeat_on_record_cpu_us", (seconds[0] - seconds[1]) / events * 1e6}};
  Questions questions = MakeQuestions(options);
  for (Peer* peer : peers) {
    CheckReadBack(peer, questions.read_back, std::min(options.read_backs, options.events / 2));
    peer->Close();
  }
  return result;
}

void DriveToCrash(Peer* peer, const std::string& folder, const DriveOptions& options) {
  peer->Open(folder);
  Stream stream(options.stream, options.events);
  for (;;) {
    std::vector<Event> batch = NextBatch(&stream, options.batch);
    if (batch.empty()) std::_Exit(0);
    peer->Prepare(batch);
    peer->Ingest();
  }
}

DriveResult DriveOpen(Peer* peer, const std::string& folder, const DriveOptions& options) {
  Questions questions = MakeQuestions(options);
  DropCache(folder);
  double start = WallSeconds();
  peer->Open(folder);
  peer->History(questions.active.front(), 50);
  DriveResult result;
  result.figures = {{"open_to_first_answer_s", WallSeconds() - start}};
  CheckReadBack(peer, questions.read_back, std::min(options.read_backs, options.events / 2));
  peer->Close();
  return result;
}

}  // namespace cxjourney::bench
