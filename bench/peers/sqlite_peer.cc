// SQLite, tuned: WAL with synchronous=FULL (a commit is durable), 1 GiB page cache, mmap, prepared
// statements, tables without row ids clustered by customer and time. Merging relabels rows of
// cluster(cid -> root) only; events never move.
#include <sqlite3.h>

#include <cstring>

#include "bench/peers/peer.h"

namespace cxjourney::bench {
namespace {

constexpr char kSchema[] =
    "CREATE TABLE IF NOT EXISTS ident(type INT, value TEXT, cid INT, PRIMARY KEY(type, value))"
    " WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS cluster(cid INTEGER PRIMARY KEY, root INT, n INT);"
    "CREATE INDEX IF NOT EXISTS cluster_root ON cluster(root);"
    "CREATE TABLE IF NOT EXISTS event(cid INT, ts INT, id BLOB, channel INT, kind INT,"
    " outbound INT, outcome INT, topic INT, sentiment INT, duration INT, order_cents INT,"
    " PRIMARY KEY(cid, ts, id)) WITHOUT ROWID;"
    "CREATE UNIQUE INDEX IF NOT EXISTS event_id ON event(id);";
constexpr char kTuning[] =
    "PRAGMA page_size=4096; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
    "PRAGMA cache_size=-1048576; PRAGMA mmap_size=8589934592; PRAGMA temp_store=MEMORY;"
    "PRAGMA wal_autocheckpoint=64000; PRAGMA locking_mode=EXCLUSIVE; PRAGMA threads=2";

#define CXJ_ROW "ts,id,channel,kind,outbound,outcome,topic,sentiment,duration,order_cents"
#define CXJ_MEMBERS                                                         \
  "(SELECT m.cid FROM ident i JOIN cluster c ON c.cid=i.cid JOIN cluster m" \
  " ON m.root=c.root WHERE i.type=?1 AND i.value=?2)"
#define CXJ_HISTORY \
  "SELECT " CXJ_ROW " FROM event WHERE cid IN " CXJ_MEMBERS " ORDER BY ts DESC, id DESC"

constexpr char kRepeats[] =
    "SELECT count(*), sum(ts-p<=604800000) FROM (SELECT ts, lag(ts) OVER"
    " (PARTITION BY c.root, topic ORDER BY ts, id) p FROM event e JOIN cluster c"
    " ON c.cid=e.cid WHERE outbound=0 AND kind IN(1,2))";
constexpr char kTransitions[] =
    "SELECT p, channel, count(*) FROM (SELECT channel, lag(channel) OVER"
    " (PARTITION BY c.root ORDER BY ts, id) p FROM event e JOIN cluster c ON c.cid=e.cid)"
    " WHERE p IS NOT NULL GROUP BY 1, 2";
// a: the newest view so far; b: the newest view that a contact followed within a week.
constexpr char kFunnel[] =
    "WITH s AS (SELECT c.root r, ts, id, kind k FROM event e JOIN cluster c ON c.cid=e.cid"
    " WHERE kind=0 OR kind=3 OR (kind IN(1,2) AND outbound=0)),"
    " a AS (SELECT r, ts, id, k, max(CASE WHEN k=0 THEN ts END) OVER"
    " (PARTITION BY r ORDER BY ts, id) a FROM s),"
    " b AS (SELECT r, ts, k, a, max(CASE WHEN k IN(1,2) AND ts-a<=604800000 THEN a END) OVER"
    " (PARTITION BY r ORDER BY ts, id) b FROM a)"
    " SELECT count(DISTINCT CASE WHEN k=0 THEN r END),"
    " count(DISTINCT CASE WHEN k IN(1,2) AND ts-a<=604800000 THEN r END),"
    " count(DISTINCT CASE WHEN k=3 AND ts-b<=604800000 THEN r END) FROM b";

class SqlitePeer final : public PlainPeer {
 public:
  std::string Name() const override { return "SQLite"; }

  void Open(const std::string& folder) override {
    if (sqlite3_open_v2((folder + "/db").c_str(), &db_,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                        nullptr) != SQLITE_OK) {
      Die("sqlite: open");
    }
    Execute(kTuning);
    Execute(kSchema);
    begin_ = Prepare("BEGIN IMMEDIATE");
    commit_ = Prepare("COMMIT");
    find_ = Prepare(
        "SELECT c.root, r.n FROM ident i JOIN cluster c ON c.cid=i.cid"
        " JOIN cluster r ON r.cid=c.root WHERE i.type=? AND i.value=?");
    new_ident_ = Prepare("INSERT INTO ident VALUES(?,?,?)");
    new_cluster_ = Prepare("INSERT INTO cluster VALUES(?,?,1)");
    relabel_ = Prepare("UPDATE cluster SET root=?1 WHERE root=?2");
    grow_ = Prepare("UPDATE cluster SET n=n+?2 WHERE cid=?1");
    new_event_ = Prepare("INSERT INTO event VALUES(?,?,?,?,?,?,?,?,?,?,?)");
    history_ = Prepare(CXJ_HISTORY);
    history_limit_ = Prepare(CXJ_HISTORY " LIMIT ?3");
    repeat_ = Prepare("SELECT 1 FROM event WHERE cid IN " CXJ_MEMBERS
                      " AND ts>=?3-604800000 AND ts<?3 AND topic=?4 AND outbound=0"
                      " AND kind IN(1,2) LIMIT 1");
    by_id_ = Prepare("SELECT " CXJ_ROW " FROM event WHERE id=?");
    sqlite3_stmt* last = Prepare("SELECT coalesce(max(cid),0) FROM cluster");
    Step(last);
    clusters_ = sqlite3_column_int64(last, 0);
    sqlite3_reset(last);
  }

  void Close() override {
    for (sqlite3_stmt* statement : statements_) sqlite3_finalize(statement);
    statements_.clear();
    sqlite3_close(db_);  // Checkpoints, and removes the WAL.
  }

  void Ingest() override {
    Step(begin_);
    for (const Event& event : prepared_) Insert(event);
    Step(commit_);
  }

  void Finish() override {
    Execute("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA analysis_limit=1000; ANALYZE");
  }

  void History(const LookUp& who, size_t limit) override {
    rows_.clear();
    sqlite3_stmt* statement = limit != 0 ? history_limit_ : history_;
    EventIdentifier normalized = NormalizeForPeer(who.type, who.value);
    BindKey(statement, who.type, normalized.value());
    if (limit != 0) sqlite3_bind_int64(statement, 3, static_cast<int64_t>(limit));
    while (Step(statement)) rows_.push_back(ReadRow(statement));
  }

  bool Repeat(const RepeatLookUp& question) override {
    EventIdentifier normalized = NormalizeForPeer(question.who.type, question.who.value);
    BindKey(repeat_, question.who.type, normalized.value());
    sqlite3_bind_int64(repeat_, 3, question.time_ms);
    sqlite3_bind_int(repeat_, 4, question.topic);
    bool yes = Step(repeat_);
    sqlite3_reset(repeat_);
    return yes;
  }

  void Analyze(Analysis analysis, Answers* answers) override {
    constexpr const char* kQuestions[] = {kRepeats, kTransitions, kFunnel};
    sqlite3_stmt* statement = Prepare(kQuestions[static_cast<size_t>(analysis)]);
    auto number = [&](int column) {
      return static_cast<uint64_t>(sqlite3_column_int64(statement, column));
    };
    while (Step(statement)) {
      if (analysis == Analysis::kRepeats) {
        answers->contacts = number(0);
        answers->repeats = number(1);
      } else if (analysis == Analysis::kTransitions) {
        answers->transitions[number(0) * kEventChannels + number(1)] = number(2);
      } else {
        answers->funnel = {number(0), number(1), number(2)};
      }
    }
  }

  bool ReadBack(const Event& event, Row* row) override {
    sqlite3_bind_blob(by_id_, 1, event.id.data(), static_cast<int>(event.id.size()), SQLITE_STATIC);
    bool found = Step(by_id_);
    if (found) *row = ReadRow(by_id_);
    sqlite3_reset(by_id_);
    return found;
  }

 private:
  void Execute(const char* sql) {
    if (sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) Fail();
  }

  [[noreturn]] void Fail() { Die(std::string("sqlite: ") + sqlite3_errmsg(db_)); }

  sqlite3_stmt* Prepare(const char* sql) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v3(db_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) !=
        SQLITE_OK) {
      Fail();
    }
    statements_.push_back(statement);
    return statement;
  }

  bool Step(sqlite3_stmt* statement) {
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) Fail();
    sqlite3_reset(statement);
    return false;
  }

  template <class... T>
  static void Bind(sqlite3_stmt* statement, T... values) {
    int at = 0;
    (sqlite3_bind_int64(statement, ++at, static_cast<int64_t>(values)), ...);
  }

  static void BindKey(sqlite3_stmt* statement, IdentifierType type, std::string_view value) {
    sqlite3_bind_int(statement, 1, static_cast<int>(type));
    sqlite3_bind_text(statement, 2, value.data(), static_cast<int>(value.size()), SQLITE_STATIC);
  }

  void Insert(const Event& event) {
    int64_t customer = 0;
    int64_t size = 0;
    std::vector<EventIdentifier> fresh;
    for (int i = 0; i < event.identifier_count; ++i) {
      const EventIdentifier& identifier = event.identifiers[static_cast<size_t>(i)];
      if (IsJunk(identifier.value())) continue;
      EventIdentifier normalized = NormalizeForPeer(identifier.type, identifier.value());
      BindKey(find_, normalized.type, normalized.value());
      if (Step(find_)) {
        int64_t root = sqlite3_column_int64(find_, 0);
        int64_t count = sqlite3_column_int64(find_, 1);
        sqlite3_reset(find_);
        Join(root, count, &customer, &size);
      } else {
        fresh.push_back(normalized);
      }
    }
    if (customer == 0) {
      customer = ++clusters_;
      Bind(new_cluster_, customer, customer);
      Step(new_cluster_);
    }
    for (const EventIdentifier& normalized : fresh) {
      BindKey(new_ident_, normalized.type, normalized.value());
      sqlite3_bind_int64(new_ident_, 3, customer);
      Step(new_ident_);
    }
    InsertRow(event, customer);
  }

  // The smaller cluster is relabelled.
  void Join(int64_t root, int64_t count, int64_t* customer, int64_t* size) {
    if (root == *customer) return;
    if (*customer == 0) {
      *customer = root;
      *size = count;
      return;
    }
    if (*size < count) {
      std::swap(*customer, root);
      std::swap(*size, count);
    }
    Bind(relabel_, *customer, root);
    Step(relabel_);
    Bind(grow_, *customer, count);
    Step(grow_);
    *size += count;
  }

  void InsertRow(const Event& event, int64_t customer) {
    Bind(new_event_, customer, event.time_ms);
    sqlite3_bind_blob(new_event_, 3, event.id.data(), static_cast<int>(event.id.size()),
                      SQLITE_STATIC);
    int at = 3;
    for (int64_t value : {static_cast<int64_t>(event.channel), static_cast<int64_t>(event.kind),
                          static_cast<int64_t>(event.outbound), static_cast<int64_t>(event.outcome),
                          static_cast<int64_t>(event.topic), static_cast<int64_t>(event.sentiment),
                          static_cast<int64_t>(event.duration_s)}) {
      sqlite3_bind_int64(new_event_, ++at, value);
    }
    if (event.order_cents < 0) {
      sqlite3_bind_null(new_event_, 11);
    } else {
      sqlite3_bind_int64(new_event_, 11, event.order_cents);
    }
    Step(new_event_);
  }

  static Row ReadRow(sqlite3_stmt* statement) {
    auto number = [&](int column) { return sqlite3_column_int64(statement, column); };
    Row row;
    row.time_ms = number(0);
    std::memcpy(row.id.data(), sqlite3_column_blob(statement, 1), row.id.size());
    row.channel = static_cast<EventChannel>(number(2));
    row.kind = static_cast<EventKind>(number(3));
    row.outbound = number(4) != 0;
    row.outcome = static_cast<EventOutcome>(number(5));
    row.topic = static_cast<uint16_t>(number(6));
    row.sentiment = static_cast<int8_t>(number(7));
    row.duration_s = static_cast<uint32_t>(number(8));
    row.order_cents = sqlite3_column_type(statement, 9) == SQLITE_NULL ? -1 : number(9);
    return row;
  }

  sqlite3* db_ = nullptr;
  std::vector<sqlite3_stmt*> statements_;
  sqlite3_stmt* begin_ = nullptr;
  sqlite3_stmt* commit_ = nullptr;
  sqlite3_stmt* find_ = nullptr;
  sqlite3_stmt* new_ident_ = nullptr;
  sqlite3_stmt* new_cluster_ = nullptr;
  sqlite3_stmt* relabel_ = nullptr;
  sqlite3_stmt* grow_ = nullptr;
  sqlite3_stmt* new_event_ = nullptr;
  sqlite3_stmt* history_ = nullptr;
  sqlite3_stmt* history_limit_ = nullptr;
  sqlite3_stmt* repeat_ = nullptr;
  sqlite3_stmt* by_id_ = nullptr;
  int64_t clusters_ = 0;
};

}  // namespace

std::unique_ptr<Peer> NewSqlitePeer() { return std::make_unique<SqlitePeer>(); }

}  // namespace cxjourney::bench
