// PostgreSQL 15 over a local Unix socket, tuned: 2 GiB of shared buffers, synchronous_commit,
// minimal WAL with lz4, no checkpoints in the middle, jit off, prepared statements, COPY. The
// identity graph stands in tables: a batch costs one look-up of its identifiers, the union in the
// client, and COPY; merging relabels rows of cluster(cid -> root) only; events never move.
//
// The server is a child of this process: it runs as the user postgres (so this needs root, and a
// work folder that this user can reach) and ends with it. Its processor time and writes count.
#include <absl/container/flat_hash_map.h>
#include <dirent.h>
#include <fmt/format.h>
#include <libpq-fe.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "bench/peers/key_value.h"
#include "bench/peers/machine.h"
#include "bench/peers/peer.h"

namespace cxjourney::bench {
namespace {

#define CXJ_MEMBERS                                                                      \
  "cid=ANY(ARRAY(SELECT m.cid FROM ident i JOIN cluster c ON c.cid=i.cid JOIN cluster m" \
  " ON m.root=c.root WHERE i.key=$1))"
#define CXJ_COLUMNS \
  "ts, id, channel, kind, outbound, outcome, topic, sentiment, duration, order_cents"
#define CXJ_HISTORY \
  "SELECT " CXJ_COLUMNS " FROM event WHERE " CXJ_MEMBERS " ORDER BY ts DESC, id DESC"

constexpr char kSchema[] =
    "CREATE TABLE IF NOT EXISTS ident(key text COLLATE \"C\" PRIMARY KEY, cid int4);"
    "CREATE TABLE IF NOT EXISTS cluster(cid int4 PRIMARY KEY, root int4) WITH (fillfactor=90);"
    "CREATE INDEX IF NOT EXISTS cluster_root ON cluster(root);"
    "CREATE TABLE IF NOT EXISTS event(ts int8, order_cents int8, cid int4, duration int4,"
    " channel int2, kind int2, outbound int2, outcome int2, topic int2, sentiment int2,"
    " id uuid UNIQUE, PRIMARY KEY(cid, ts, id))";
constexpr char kConfiguration[] =
    "shared_buffers='2GB'\nsynchronous_commit=on\nwal_level=minimal\nmax_wal_senders=0\n"
    "max_wal_size='16GB'\ncheckpoint_timeout='1h'\nwal_compression=lz4\nwal_buffers='64MB'\n"
    "work_mem='512MB'\nmaintenance_work_mem='512MB'\neffective_cache_size='8GB'\n"
    "random_page_cost=1.1\njit=off\nmax_parallel_workers_per_gather=1\nlisten_addresses=''\n";
constexpr char kSource[] = " FROM event e JOIN cluster c ON c.cid=e.cid ";

class Result {
 public:
  explicit Result(PGresult* result) : result_(result) {}
  ~Result() { PQclear(result_); }
  Result(const Result&) = delete;
  Result& operator=(const Result&) = delete;

  int size() const { return PQntuples(result_); }
  const char* Text(int row, int column) const { return PQgetvalue(result_, row, column); }
  int64_t Number(int row, int column) const { return std::atoll(Text(row, column)); }
  bool IsNull(int row, int column) const { return PQgetisnull(result_, row, column) != 0; }

 private:
  PGresult* result_;
};

std::string Uuid(const EventId& id) {
  std::string text;
  for (uint8_t byte : id) text += fmt::format("{:02x}", byte);
  return text;
}

class PostgresPeer final : public PlainPeer {
 public:
  std::string Name() const override { return "PostgreSQL"; }
  size_t QuestionsMax() const override { return 2000; }

  void Open(const std::string& folder) override {
    data_ = folder + "/pg";
    if (!std::filesystem::exists(data_)) {
      std::filesystem::permissions(folder, std::filesystem::perms::all);
      std::string command = "runuser -u postgres -- " CXJ_POSTGRES "/initdb -D " + data_ +
                            " -A trust -E UTF8 --locale=C --no-sync >/dev/null";
      if (std::system(command.c_str()) != 0) Die("postgres: initdb");
      std::ofstream out(data_ + "/postgresql.auto.conf", std::ios::app);
      out << kConfiguration << "unix_socket_directories='" << data_ << "'\n";
    }
    StartServer();
    Execute(kSchema);
    for (auto [name, sql] : {std::pair{"find",
                                       "SELECT k.at, c.root FROM unnest($1::text[])"
                                       " WITH ORDINALITY k(key, at) JOIN ident i"
                                       " ON i.key=k.key JOIN cluster c ON c.cid=i.cid"},
                             {"relabel", "UPDATE cluster SET root=$1 WHERE root=$2"},
                             {"history", CXJ_HISTORY},
                             {"history_limit", CXJ_HISTORY " LIMIT $2"},
                             {"repeat", "SELECT 1 FROM event WHERE " CXJ_MEMBERS
                                        " AND ts>=$2::int8-604800000 AND ts<$2::int8"
                                        " AND topic=$3::int2 AND outbound=0 AND kind IN (1,2)"
                                        " LIMIT 1"},
                             {"by_id", "SELECT " CXJ_COLUMNS " FROM event WHERE id=$1"}}) {
      Result(Check(PQprepare(connection_, name, sql, 0, nullptr)));
    }
    Result last(Check(PQexec(connection_, "SELECT coalesce(max(cid), 0) FROM cluster")));
    clusters_ = last.Number(0, 0);
    if (clusters_ != 0) return;
    // Without statistics yet, the planner would hash whole tables for each batch.
    Execute(
        "SET plan_cache_mode=force_generic_plan; SET enable_hashjoin=off;"
        "SET enable_mergejoin=off; SET enable_seqscan=off");
  }

  void Close() override {
    ended_cpu_ = ServerCpuSeconds();
    ended_bytes_ = ServerWrittenBytes();
    PQfinish(connection_);
    kill(postmaster_, SIGINT);
    waitpid(runner_, nullptr, 0);
    postmaster_ = 0;
  }

  void Ingest() override {
    keys_.clear();
    local_ = Clusters();
    roots_.clear();
    Execute("BEGIN");
    FindKnown();
    std::vector<std::pair<std::string, uint32_t>> fresh;
    std::vector<uint32_t> homes;
    for (const Event& event : prepared_) {
      homes.push_back(LinkEvent(
          event, &local_,
          [&](const EventIdentifier& normalized) {
            SetIdentifierKey(normalized, &key_);
            auto it = keys_.find(key_);
            return it == keys_.end() ? Clusters::kNone : it->second;
          },
          [&](const EventIdentifier& normalized, uint32_t cluster) {
            SetIdentifierKey(normalized, &key_);
            keys_[key_] = cluster;
            fresh.emplace_back(key_, cluster);
          },
          [](Clusters::Merged) {}));
    }
    roots_.resize(local_.size(), 0);
    NameRoots();
    CopyEvents(homes);
    copy_.clear();
    for (const auto& [key, cluster] : fresh) {
      copy_ += fmt::format("{}\t{}\n", key, roots_[local_.Root(cluster)]);
    }
    Copy("COPY ident(key, cid) FROM STDIN");
    Execute("COMMIT");
  }

  void Finish() override {
    Execute("RESET enable_hashjoin; RESET enable_mergejoin; RESET enable_seqscan");
    for (const char* table : {"event", "ident", "cluster"}) {
      Execute((std::string("VACUUM ANALYZE ") + table).c_str());
    }
    Execute("CHECKPOINT");
  }

  uint64_t UsedBytes() override {
    Result sum(
        Check(PQexec(connection_,
                     "SELECT pg_total_relation_size('event') +"
                     " pg_total_relation_size('ident') + pg_total_relation_size('cluster')")));
    return static_cast<uint64_t>(sum.Number(0, 0));
  }

  void History(const LookUp& who, size_t limit) override {
    rows_.clear();
    std::vector<std::string> arguments = {KeyOf(who)};
    if (limit != 0) arguments.push_back(std::to_string(limit));
    Result result(Run(limit != 0 ? "history_limit" : "history", arguments));
    for (int i = 0; i < result.size(); ++i) rows_.push_back(ReadRow(result, i));
  }

  bool Repeat(const RepeatLookUp& question) override {
    Result result(Run("repeat", {KeyOf(question.who), std::to_string(question.time_ms),
                                 std::to_string(question.topic)}));
    return result.size() > 0;
  }

  void Analyze(Analysis analysis, Answers* answers) override {
    auto number = [](const Result& result, int row, int column) {
      return static_cast<uint64_t>(result.Number(row, column));
    };
    if (analysis == Analysis::kRepeats) {
      Result result(
          Ask("SELECT count(*), count(*) FILTER (WHERE ts-p<=604800000) FROM (SELECT ts,"
              " lag(ts) OVER (PARTITION BY c.root, topic ORDER BY ts, id) p" +
              std::string(kSource) + "WHERE outbound=0 AND kind IN (1,2)) x"));
      answers->contacts = number(result, 0, 0);
      answers->repeats = number(result, 0, 1);
    } else if (analysis == Analysis::kTransitions) {
      Result result(
          Ask("SELECT p, channel, count(*) FROM (SELECT channel, lag(channel) OVER"
              " (PARTITION BY c.root ORDER BY ts, id) p" +
              std::string(kSource) + ") x WHERE p IS NOT NULL GROUP BY 1, 2"));
      for (int i = 0; i < result.size(); ++i) {
        size_t edge = number(result, i, 0) * kEventChannels + number(result, i, 1);
        answers->transitions[edge] = number(result, i, 2);
      }
    } else {
      Result result(
          Ask("WITH s AS (SELECT c.root r, ts, id, kind k" + std::string(kSource) +
              "WHERE kind IN (0,3) OR (kind IN (1,2) AND outbound=0)),"
              "a AS (SELECT r, ts, id, k, max(CASE WHEN k=0 THEN ts END) OVER"
              " (PARTITION BY r ORDER BY ts, id) a FROM s),"
              "b AS (SELECT r, ts, k, a, max(CASE WHEN k IN (1,2) AND ts-a<=604800000 THEN a END)"
              " OVER (PARTITION BY r ORDER BY ts, id) b FROM a) "
              "SELECT count(DISTINCT CASE WHEN k=0 THEN r END),"
              "count(DISTINCT CASE WHEN k IN (1,2) AND ts-a<=604800000 THEN r END),"
              "count(DISTINCT CASE WHEN k=3 AND ts-b<=604800000 THEN r END) FROM b"));
      answers->funnel = {number(result, 0, 0), number(result, 0, 1), number(result, 0, 2)};
    }
  }

  bool ReadBack(const Event& event, Row* row) override {
    Result result(Run("by_id", {Uuid(event.id)}));
    if (result.size() == 0) return false;
    *row = ReadRow(result, 0);
    return true;
  }

  // Children that have ended stand in the postmaster's own figures.
  double ServerCpuSeconds() const override {
    double ticks = 0;
    ForEachProcess([&](const std::string& folder, const std::vector<std::string>& stat) {
      bool first = folder == "/proc/" + std::to_string(postmaster_);
      for (size_t field = 11; field < (first ? 15 : 13); ++field) ticks += std::stod(stat[field]);
    });
    return ended_cpu_ + ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
  }

  double ServerWrittenBytes() const override {
    double sum = ended_bytes_;
    ForEachProcess([&](const std::string& folder, const std::vector<std::string>&) {
      sum += WrittenBytesOf(folder);
    });
    return sum;
  }

 private:
  void StartServer() {
    runner_ = fork();
    if (runner_ < 0) Die("postgres: fork");
    if (runner_ == 0) {
      if (std::freopen((data_ + ".log").c_str(), "a", stderr) == nullptr) std::_Exit(1);
      execlp("runuser", "runuser", "-u", "postgres", "--", CXJ_POSTGRES "/postgres", "-D",
             data_.c_str(), nullptr);
      std::_Exit(1);
    }
    std::string where = "host=" + data_ + " user=postgres dbname=postgres";
    for (int tries = 0; PQping(where.c_str()) != PQPING_OK; ++tries) {
      if (tries > 3000) Die("postgres: it does not start");
      usleep(10'000);
    }
    std::ifstream(data_ + "/postmaster.pid") >> postmaster_;
    connection_ = PQconnectdb(where.c_str());
    if (PQstatus(connection_) != CONNECTION_OK) Die(PQerrorMessage(connection_));
    Execute("SET client_min_messages=warning");
  }

  template <class Visit>
  void ForEachProcess(Visit visit) const {
    if (postmaster_ == 0) return;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      std::string name = entry.path().filename();
      if (name.find_first_not_of("0123456789") != std::string::npos) continue;
      std::ifstream in(entry.path() / "stat");
      std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
      size_t behind_name = text.rfind(") ");
      if (behind_name == std::string::npos) continue;
      std::istringstream rest(text.substr(behind_name + 2));  // From the third field, the state.
      std::vector<std::string> stat;
      for (std::string word; rest >> word;) stat.push_back(word);
      if (name == std::to_string(postmaster_) || stat[1] == std::to_string(postmaster_)) {
        visit(entry.path().string(), stat);
      }
    }
  }

  PGresult* Check(PGresult* result) {
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_COPY_IN) {
      Die(std::string("postgres: ") + PQerrorMessage(connection_));
    }
    return result;
  }
  void Execute(const char* sql) { Result(Check(PQexec(connection_, sql))); }
  PGresult* Ask(const std::string& sql) { return Check(PQexec(connection_, sql.c_str())); }
  PGresult* Run(const char* name, const std::vector<std::string>& arguments) {
    std::vector<const char*> values;
    for (const std::string& argument : arguments) values.push_back(argument.c_str());
    return Check(PQexecPrepared(connection_, name, static_cast<int>(values.size()), values.data(),
                                nullptr, nullptr, 0));
  }

  void Copy(const char* sql) {
    if (copy_.empty()) return;
    Execute(sql);
    if (PQputCopyData(connection_, copy_.data(), static_cast<int>(copy_.size())) != 1 ||
        PQputCopyEnd(connection_, nullptr) != 1) {
      Die(PQerrorMessage(connection_));
    }
    while (PGresult* result = PQgetResult(connection_)) Result(Check(result));
  }

  std::string KeyOf(const LookUp& who) {
    SetIdentifierKey(NormalizeForPeer(who.type, who.value), &key_);
    return key_;
  }

  // The batch's identifiers that the store knows: each root is a cluster of the batch.
  void FindKnown() {
    std::vector<std::string> asked;
    absl::flat_hash_map<std::string, bool> seen;
    std::string list = "{";
    for (const Event& event : prepared_) {
      for (size_t i = 0; i < event.identifier_count; ++i) {
        const EventIdentifier& identifier = event.identifiers[i];
        if (IsJunk(identifier.value())) continue;
        SetIdentifierKey(NormalizeForPeer(identifier.type, identifier.value()), &key_);
        if (!seen.emplace(key_, true).second) continue;
        list += (asked.empty() ? "\"" : ",\"") + key_ + "\"";
        asked.push_back(key_);
      }
    }
    Result result(Run("find", {list + "}"}));
    absl::flat_hash_map<int64_t, uint32_t> of_root;
    for (int i = 0; i < result.size(); ++i) {
      int64_t root = result.Number(i, 1);
      auto [it, fresh] = of_root.emplace(root, 0);
      if (fresh) {
        it->second = local_.Add();
        roots_.push_back(root);
      }
      keys_[asked[static_cast<size_t>(result.Number(i, 0)) - 1]] = it->second;
    }
  }

  // A group of the batch's clusters goes by a root that the store knows, or by a new one.
  void NameRoots() {
    copy_.clear();
    std::vector<int64_t> names(local_.size(), 0);
    for (uint32_t cluster = 0; cluster < local_.size(); ++cluster) {
      int64_t& name = names[local_.Root(cluster)];
      if (roots_[cluster] == 0) continue;
      if (name == 0) {
        name = roots_[cluster];
      } else {
        Result(Run("relabel", {std::to_string(name), std::to_string(roots_[cluster])}));
      }
    }
    for (uint32_t cluster = 0; cluster < local_.size(); ++cluster) {
      if (local_.Root(cluster) != cluster || names[cluster] != 0) continue;
      names[cluster] = ++clusters_;
      copy_ += fmt::format("{}\t{}\n", clusters_, clusters_);
    }
    Copy("COPY cluster(cid, root) FROM STDIN");
    roots_ = std::move(names);
  }

  void CopyEvents(const std::vector<uint32_t>& homes) {
    copy_.clear();
    for (size_t i = 0; i < prepared_.size(); ++i) {
      const Event& e = prepared_[i];
      copy_ +=
          fmt::format("{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\n", roots_[local_.Root(homes[i])],
                      e.time_ms, Uuid(e.id), static_cast<int>(e.channel), static_cast<int>(e.kind),
                      int{e.outbound}, static_cast<int>(e.outcome), e.topic, int{e.sentiment},
                      e.duration_s, e.order_cents < 0 ? "\\N" : std::to_string(e.order_cents));
    }
    Copy("COPY event(cid, " CXJ_COLUMNS ") FROM STDIN");
  }

  static Row ReadRow(const Result& result, int i) {
    Row row;
    row.time_ms = result.Number(i, 0);
    size_t digits = 0;
    for (const char* at = result.Text(i, 1); *at != '\0'; ++at) {
      if (*at == '-') continue;
      int digit = *at <= '9' ? *at - '0' : *at - 'a' + 10;
      uint8_t& byte = row.id[digits++ / 2];
      byte = static_cast<uint8_t>(byte << 4 | digit);
    }
    row.channel = static_cast<EventChannel>(result.Number(i, 2));
    row.kind = static_cast<EventKind>(result.Number(i, 3));
    row.outbound = result.Number(i, 4) != 0;
    row.outcome = static_cast<EventOutcome>(result.Number(i, 5));
    row.topic = static_cast<uint16_t>(result.Number(i, 6));
    row.sentiment = static_cast<int8_t>(result.Number(i, 7));
    row.duration_s = static_cast<uint32_t>(result.Number(i, 8));
    row.order_cents = result.IsNull(i, 9) ? -1 : result.Number(i, 9);
    return row;
  }

  std::string data_;
  pid_t runner_ = 0;
  pid_t postmaster_ = 0;
  double ended_cpu_ = 0;
  double ended_bytes_ = 0;
  PGconn* connection_ = nullptr;
  int64_t clusters_ = 0;
  // Of the batch at hand.
  absl::flat_hash_map<std::string, uint32_t> keys_;
  Clusters local_;
  std::vector<int64_t> roots_;  // By cluster of the batch: its root in the store; 0: none yet.
  std::string key_;
  std::string copy_;
};

}  // namespace

std::unique_ptr<Peer> NewPostgresPeer() { return std::make_unique<PostgresPeer>(); }

}  // namespace cxjourney::bench
