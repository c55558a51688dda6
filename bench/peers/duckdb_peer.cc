// DuckDB (libduckdb.so of the npm package @duckdb/node-bindings-linux-x64, which has no header: the
// prototypes used are below). It is made for scans, not for point look-ups, so it gets the better
// split: identifiers and the union-find live in the process and are read at open; DuckDB holds
// identifiers, merges and events. One appender a table, one transaction (one sync) a commit, two
// threads. A merge moves nothing; histories are merged by asking for all clusters of a customer.
#include <absl/container/flat_hash_map.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "bench/peers/key_value.h"
#include "bench/peers/peer.h"

extern "C" {
using idx_t = uint64_t;
using duckdb_database = void*;
using duckdb_connection = void*;
using duckdb_prepared_statement = void*;
using duckdb_appender = void*;
using duckdb_data_chunk = void*;
using duckdb_vector = void*;
struct duckdb_result {
  idx_t column_count, row_count, rows_changed;
  void* columns;
  char* error;
  void* internal;
};
int duckdb_open(const char*, duckdb_database*);
void duckdb_close(duckdb_database*);
int duckdb_connect(duckdb_database, duckdb_connection*);
void duckdb_disconnect(duckdb_connection*);
int duckdb_query(duckdb_connection, const char*, duckdb_result*);
void duckdb_destroy_result(duckdb_result*);
const char* duckdb_result_error(duckdb_result*);
duckdb_data_chunk duckdb_fetch_chunk(duckdb_result);
idx_t duckdb_data_chunk_get_size(duckdb_data_chunk);
duckdb_vector duckdb_data_chunk_get_vector(duckdb_data_chunk, idx_t);
void duckdb_destroy_data_chunk(duckdb_data_chunk*);
void* duckdb_vector_get_data(duckdb_vector);
uint64_t* duckdb_vector_get_validity(duckdb_vector);
int duckdb_prepare(duckdb_connection, const char*, duckdb_prepared_statement*);
void duckdb_destroy_prepare(duckdb_prepared_statement*);
int duckdb_bind_int64(duckdb_prepared_statement, idx_t, int64_t);
int duckdb_bind_blob(duckdb_prepared_statement, idx_t, const void*, idx_t);
int duckdb_execute_prepared(duckdb_prepared_statement, duckdb_result*);
int duckdb_appender_create(duckdb_connection, const char*, const char*, duckdb_appender*);
int duckdb_appender_flush(duckdb_appender);
int duckdb_appender_destroy(duckdb_appender*);
int duckdb_appender_end_row(duckdb_appender);
int duckdb_append_int64(duckdb_appender, int64_t);
int duckdb_append_null(duckdb_appender);
int duckdb_append_varchar_length(duckdb_appender, const char*, idx_t);
int duckdb_append_blob(duckdb_appender, const void*, idx_t);
}

namespace cxjourney::bench {
namespace {

#define CXJ_COLUMNS \
  "ts, id, channel, kind, outbound::INT, outcome, topic, sentiment, duration, order_cents"

void Check(int code, const char* what) {
  if (code != 0) Die(std::string("duckdb: ") + what);
}

// A chunk of an answer.
class Chunk {
 public:
  explicit Chunk(duckdb_data_chunk chunk) : chunk_(chunk) {}
  ~Chunk() { duckdb_destroy_data_chunk(&chunk_); }
  Chunk(const Chunk&) = delete;
  Chunk& operator=(const Chunk&) = delete;

  idx_t size() const { return duckdb_data_chunk_get_size(chunk_); }
  template <class T>
  T Get(idx_t column, idx_t row) const {
    return static_cast<T*>(duckdb_vector_get_data(Vector(column)))[row];
  }
  bool IsNull(idx_t column, idx_t row) const {
    uint64_t* valid = duckdb_vector_get_validity(Vector(column));
    return valid != nullptr && (valid[row / 64] >> row % 64 & 1) == 0;
  }
  // Up to 12 bytes stand in place, more behind a pointer.
  std::string Bytes(idx_t column, idx_t row) const {
    struct Text {
      uint32_t size;
      char start[4];
      union {
        char rest[8];
        const char* pointer;
      };
    };
    const Text& text = static_cast<Text*>(duckdb_vector_get_data(Vector(column)))[row];
    return {text.size <= 12 ? text.start : text.pointer, text.size};
  }

 private:
  duckdb_vector Vector(idx_t column) const { return duckdb_data_chunk_get_vector(chunk_, column); }

  duckdb_data_chunk chunk_;
};

class DuckdbPeer final : public PlainPeer {
 public:
  std::string Name() const override { return "DuckDB"; }
  size_t QuestionsMax() const override { return 300; }

  void Open(const std::string& folder) override {
    Check(duckdb_open((folder + "/db").c_str(), &database_), "open");
    Check(duckdb_connect(database_, &connection_), "connect");
    Execute("SET threads=2");
    Execute("SET preserve_insertion_order=false");
    Execute("SET wal_autocheckpoint='256MB'");
    Execute("CREATE TABLE IF NOT EXISTS ident(key VARCHAR, cid BIGINT)");
    Execute("CREATE TABLE IF NOT EXISTS merged(seq BIGINT, kept BIGINT, absorbed BIGINT)");
    Execute(
        "CREATE TABLE IF NOT EXISTS event(cid UINTEGER, ts BIGINT, id BLOB PRIMARY KEY,"
        " channel UTINYINT, kind UTINYINT, outbound BOOLEAN, outcome UTINYINT, topic USMALLINT,"
        " sentiment TINYINT, duration UINTEGER, order_cents BIGINT)");
    ReadIdentity();
    Check(duckdb_prepare(connection_, "SELECT " CXJ_COLUMNS " FROM event WHERE id=$1", &by_id_),
          "prepare");
    for (auto [name, appender] :
         {std::pair{"event", &event_}, {"ident", &ident_}, {"merged", &merged_}}) {
      Check(duckdb_appender_create(connection_, nullptr, name, appender), "appender");
    }
    stale_ = true;
  }

  void Close() override {
    for (duckdb_appender* appender : {&event_, &ident_, &merged_}) {
      Check(duckdb_appender_destroy(appender), "appender");
    }
    duckdb_destroy_prepare(&by_id_);
    Execute("CHECKPOINT");
    duckdb_disconnect(&connection_);
    duckdb_close(&database_);
  }

  void Ingest() override {
    Execute("BEGIN");
    for (const Event& event : prepared_) Add(event);
    for (duckdb_appender appender : {ident_, merged_, event_}) {
      Check(duckdb_appender_flush(appender), "flush");
    }
    Execute("COMMIT");
    stale_ = true;
  }

  void Finish() override { Execute("CHECKPOINT"); }

  void History(const LookUp& who, size_t limit) override {
    rows_.clear();
    std::string members = Members(who);
    if (members.empty()) return;
    Query("SELECT " CXJ_COLUMNS " FROM event WHERE cid IN (" + members +
              ") ORDER BY ts DESC, id DESC" + (limit != 0 ? fmt::format(" LIMIT {}", limit) : ""),
          [&](const Chunk& chunk, idx_t i) { rows_.push_back(ReadRow(chunk, i)); });
  }

  bool Repeat(const RepeatLookUp& question) override {
    std::string members = Members(question.who);
    if (members.empty()) return false;
    bool yes = false;
    Query(fmt::format("SELECT 1 FROM event WHERE cid IN ({}) AND ts>={} AND ts<{} AND topic={}"
                      " AND NOT outbound AND kind IN (1,2) LIMIT 1",
                      members, question.time_ms - kWeekMs, question.time_ms, question.topic),
          [&](const Chunk&, idx_t) { yes = true; });
    return yes;
  }

  void Analyze(Analysis analysis, Answers* answers) override {
    RefreshAbsorbed();
    const std::string source =
        "(SELECT coalesce(a.root, e.cid) r, ts, id, channel, kind k, outbound o, topic"
        " FROM event e LEFT JOIN absorbed a ON a.cid=e.cid)";
    auto number = [](const Chunk& chunk, idx_t column, idx_t row) {
      return static_cast<uint64_t>(chunk.Get<int64_t>(column, row));
    };
    if (analysis == Analysis::kRepeats) {
      Query(
          "SELECT count(*), count(*) FILTER (WHERE ts-p<=604800000) FROM (SELECT ts, lag(ts) OVER"
          " (PARTITION BY r, topic ORDER BY ts, id) p FROM " +
              source + " WHERE NOT o AND k IN (1,2))",
          [&](const Chunk& chunk, idx_t i) {
            answers->contacts = number(chunk, 0, i);
            answers->repeats = number(chunk, 1, i);
          });
    } else if (analysis == Analysis::kTransitions) {
      Query(
          "SELECT p::BIGINT, channel::BIGINT, count(*) FROM (SELECT channel, lag(channel) OVER"
          " (PARTITION BY r ORDER BY ts, id) p FROM " +
              source + ") WHERE p IS NOT NULL GROUP BY 1, 2",
          [&](const Chunk& chunk, idx_t i) {
            size_t edge = number(chunk, 0, i) * kEventChannels + number(chunk, 1, i);
            answers->transitions[edge] = number(chunk, 2, i);
          });
    } else {
      Query("WITH s AS (SELECT * FROM " + source +
                " WHERE k IN (0,3) OR (k IN (1,2) AND NOT o)),"
                "a AS (SELECT r, ts, id, k, max(CASE WHEN k=0 THEN ts END) OVER"
                " (PARTITION BY r ORDER BY ts, id) a FROM s),"
                "b AS (SELECT r, ts, k, a, max(CASE WHEN k IN (1,2) AND ts-a<=604800000 THEN a END)"
                " OVER (PARTITION BY r ORDER BY ts, id) b FROM a) "
                "SELECT count(DISTINCT CASE WHEN k=0 THEN r END),"
                "count(DISTINCT CASE WHEN k IN (1,2) AND ts-a<=604800000 THEN r END),"
                "count(DISTINCT CASE WHEN k=3 AND ts-b<=604800000 THEN r END) FROM b",
            [&](const Chunk& chunk, idx_t i) {
              answers->funnel = {number(chunk, 0, i), number(chunk, 1, i), number(chunk, 2, i)};
            });
    }
  }

  bool ReadBack(const Event& event, Row* row) override {
    duckdb_result result;
    Check(duckdb_bind_blob(by_id_, 1, event.id.data(), event.id.size()), "bind");
    Check(duckdb_execute_prepared(by_id_, &result), "by id");
    bool found = false;
    ForEachRow(&result, [&](const Chunk& chunk, idx_t i) {
      *row = ReadRow(chunk, i);
      found = true;
    });
    return found;
  }

 private:
  template <class Visit>
  static void ForEachRow(duckdb_result* result, Visit visit) {
    while (duckdb_data_chunk raw = duckdb_fetch_chunk(*result)) {
      Chunk chunk(raw);
      for (idx_t i = 0; i < chunk.size(); ++i) visit(chunk, i);
    }
    duckdb_destroy_result(result);
  }

  template <class Visit>
  void Query(const std::string& sql, Visit visit) {
    duckdb_result result;
    if (duckdb_query(connection_, sql.c_str(), &result) != 0) {
      Die(fmt::format("duckdb: {}: {}", sql, duckdb_result_error(&result)));
    }
    ForEachRow(&result, visit);
  }
  void Execute(const std::string& sql) {
    Query(sql, [](const Chunk&, idx_t) {});
  }

  void ReadIdentity() {
    known_.clear();
    clusters_ = Clusters();
    int64_t count = 0;
    Query("SELECT coalesce(max(cid)::BIGINT + 1, 0) FROM event",
          [&](const Chunk& chunk, idx_t i) { count = chunk.Get<int64_t>(0, i); });
    for (; count > 0; --count) clusters_.Add();
    Query("SELECT key, cid FROM ident", [&](const Chunk& chunk, idx_t i) {
      known_[chunk.Bytes(0, i)] = static_cast<uint32_t>(chunk.Get<int64_t>(1, i));
    });
    merges_ = 0;
    Query("SELECT kept, absorbed FROM merged ORDER BY seq", [&](const Chunk& chunk, idx_t i) {
      auto root = [&](idx_t column) {
        return clusters_.Root(static_cast<uint32_t>(chunk.Get<int64_t>(column, i)));
      };
      clusters_.Merge(root(0), root(1));
      ++merges_;
    });
  }

  void Add(const Event& event) {
    uint32_t cluster = LinkEvent(
        event, &clusters_,
        [&](const EventIdentifier& normalized) {
          SetIdentifierKey(normalized, &key_);
          auto it = known_.find(key_);
          return it == known_.end() ? Clusters::kNone : it->second;
        },
        [&](const EventIdentifier& normalized, uint32_t first) {
          SetIdentifierKey(normalized, &key_);
          known_[key_] = first;
          duckdb_append_varchar_length(ident_, key_.data(), key_.size());
          duckdb_append_int64(ident_, first);
          Check(duckdb_appender_end_row(ident_), "append");
        },
        [&](Clusters::Merged both) {
          duckdb_append_int64(merged_, merges_++);
          duckdb_append_int64(merged_, both.kept);
          duckdb_append_int64(merged_, both.absorbed);
          Check(duckdb_appender_end_row(merged_), "append");
        });
    duckdb_append_int64(event_, cluster);
    duckdb_append_int64(event_, event.time_ms);
    duckdb_append_blob(event_, event.id.data(), event.id.size());
    for (int64_t value : {static_cast<int64_t>(event.channel), static_cast<int64_t>(event.kind),
                          static_cast<int64_t>(event.outbound), static_cast<int64_t>(event.outcome),
                          static_cast<int64_t>(event.topic), static_cast<int64_t>(event.sentiment),
                          static_cast<int64_t>(event.duration_s)}) {
      duckdb_append_int64(event_, value);
    }
    if (event.order_cents < 0) {
      duckdb_append_null(event_);
    } else {
      duckdb_append_int64(event_, event.order_cents);
    }
    Check(duckdb_appender_end_row(event_), "append");
  }

  // The customer's clusters; "" when nobody has the identifier.
  std::string Members(const LookUp& who) {
    SetIdentifierKey(NormalizeForPeer(who.type, who.value), &key_);
    auto it = known_.find(key_);
    if (it == known_.end()) return "";
    std::string members;
    uint32_t cluster = it->second;
    do {
      members += (members.empty() ? "" : ",") + std::to_string(cluster);
      cluster = clusters_.Next(cluster);
    } while (cluster != it->second);
    return members;
  }

  // Cluster to root of the absorbed ones, for questions over everything.
  void RefreshAbsorbed() {
    if (!stale_) return;
    Execute("CREATE OR REPLACE TEMP TABLE absorbed(cid UINTEGER, root UINTEGER)");
    duckdb_appender appender = nullptr;
    Check(duckdb_appender_create(connection_, nullptr, "absorbed", &appender), "appender");
    for (uint32_t cluster = 0; cluster < clusters_.size(); ++cluster) {
      if (clusters_.Root(cluster) == cluster) continue;
      duckdb_append_int64(appender, cluster);
      duckdb_append_int64(appender, clusters_.Root(cluster));
      Check(duckdb_appender_end_row(appender), "append");
    }
    Check(duckdb_appender_destroy(&appender), "appender");
    stale_ = false;
  }

  static Row ReadRow(const Chunk& chunk, idx_t i) {
    Row row;
    row.time_ms = chunk.Get<int64_t>(0, i);
    std::string id = chunk.Bytes(1, i);
    std::memcpy(row.id.data(), id.data(), row.id.size());
    row.channel = static_cast<EventChannel>(chunk.Get<uint8_t>(2, i));
    row.kind = static_cast<EventKind>(chunk.Get<uint8_t>(3, i));
    row.outbound = chunk.Get<int32_t>(4, i) != 0;
    row.outcome = static_cast<EventOutcome>(chunk.Get<uint8_t>(5, i));
    row.topic = chunk.Get<uint16_t>(6, i);
    row.sentiment = chunk.Get<int8_t>(7, i);
    row.duration_s = chunk.Get<uint32_t>(8, i);
    row.order_cents = chunk.IsNull(9, i) ? -1 : chunk.Get<int64_t>(9, i);
    return row;
  }

  duckdb_database database_ = nullptr;
  duckdb_connection connection_ = nullptr;
  duckdb_appender event_ = nullptr;
  duckdb_appender ident_ = nullptr;
  duckdb_appender merged_ = nullptr;
  duckdb_prepared_statement by_id_ = nullptr;
  absl::flat_hash_map<std::string, uint32_t> known_;
  Clusters clusters_;
  int64_t merges_ = 0;
  bool stale_ = true;  // The table of absorbed clusters.
  std::string key_;
};

}  // namespace

std::unique_ptr<Peer> NewDuckdbPeer() { return std::make_unique<DuckdbPeer>(); }

}  // namespace cxjourney::bench
