// LMDB, tuned: one environment, five tables, no read-ahead, one write transaction (one sync) a
// commit, a read transaction renewed for each question. A journey is one key range for each
// cluster; the union-find lives in memory and is rebuilt at open.
#include <lmdb.h>

#include <algorithm>

#include "bench/peers/key_value.h"
#include "bench/peers/peer.h"

namespace cxjourney::bench {
namespace {

constexpr size_t kMapBytes = size_t{64} << 30;

// True when found.
bool Check(int code) {
  if (code != 0 && code != MDB_NOTFOUND) Die(std::string("lmdb: ") + mdb_strerror(code));
  return code == 0;
}

MDB_val ValueOf(std::string_view bytes) { return {bytes.size(), const_cast<char*>(bytes.data())}; }

const char* Data(const MDB_val& value) { return static_cast<const char*>(value.mv_data); }

class LmdbPeer final : public PlainPeer {
 public:
  std::string Name() const override { return "LMDB"; }

  void Open(const std::string& folder) override {
    Check(mdb_env_create(&environment_));
    Check(mdb_env_set_mapsize(environment_, kMapBytes));
    Check(mdb_env_set_maxdbs(environment_, 5));
    Check(mdb_env_open(environment_, folder.c_str(), MDB_NORDAHEAD | MDB_NOTLS, 0600));
    Check(mdb_txn_begin(environment_, nullptr, 0, &write_));
    for (auto [name, table] : {std::pair<const char*, MDB_dbi*>{"meta", &meta_},
                               {"identifier", &identifier_},
                               {"merge", &merge_},
                               {"event", &event_},
                               {"id", &id_}}) {
      Check(mdb_dbi_open(write_, name, MDB_CREATE, table));
    }
    ReadClusters();
    Check(mdb_txn_commit(write_));
  }

  void Close() override {
    if (read_ != nullptr) {
      mdb_cursor_close(cursor_);
      mdb_txn_abort(read_);
      read_ = nullptr;
    }
    mdb_env_close(environment_);
  }

  void Ingest() override {
    Check(mdb_txn_begin(environment_, nullptr, 0, &write_));
    for (const Event& event : prepared_) Add(event);
    value_.clear();
    PutBig32(&value_, static_cast<uint32_t>(clusters_.size()));
    Put(meta_, "clusters", value_);
    Check(mdb_txn_commit(write_));
  }

  void History(const LookUp& who, size_t limit) override {
    rows_.clear();
    BeginRead();
    ForEachCluster(who, [&](uint32_t cluster) {
      size_t count = 0;
      Newest(cluster, INT64_MAX, [&](const Row& row) {
        rows_.push_back(row);
        return ++count != limit;
      });
      return true;
    });
    std::sort(rows_.begin(), rows_.end(), IsNewer);
    if (limit != 0 && rows_.size() > limit) rows_.resize(limit);
    mdb_txn_reset(read_);
  }

  bool Repeat(const RepeatLookUp& question) override {
    BeginRead();
    bool yes = false;
    ForEachCluster(question.who, [&](uint32_t cluster) {
      Newest(cluster, question.time_ms - 1, [&](const Row& row) {
        if (row.time_ms < question.time_ms - kWeekMs) return false;
        yes = row.topic == question.topic && IsInboundContact(row.kind, row.outbound);
        return !yes;
      });
      return !yes;
    });
    mdb_txn_reset(read_);
    return yes;
  }

  void Analyze(Analysis analysis, Answers* answers) override {
    BeginRead();
    AnalyzeScan(analysis, &clusters_, answers, [&](auto visit) {
      MDB_val key;
      MDB_val value;
      for (bool more = Check(mdb_cursor_get(cursor_, &key, &value, MDB_FIRST)); more;
           more = Check(mdb_cursor_get(cursor_, &key, &value, MDB_NEXT))) {
        visit(GetBig32(Data(key)), DecodeEvent(Data(key), Data(value)));
      }
    });
    mdb_txn_reset(read_);
  }

  bool ReadBack(const Event& event, Row* row) override {
    BeginRead();
    MDB_val key;
    MDB_val value;
    bool found = Get(read_, id_, IdView(event.id), &key) &&
                 Get(read_, event_, {Data(key), key.mv_size}, &value);
    if (found) *row = DecodeEvent(Data(key), Data(value));
    mdb_txn_reset(read_);
    return found;
  }

 private:
  void ReadClusters() {
    clusters_ = Clusters();
    MDB_val count;
    if (!Get(write_, meta_, "clusters", &count)) return;
    for (uint32_t i = GetBig32(Data(count)); i > 0; --i) clusters_.Add();
    MDB_cursor* cursor = nullptr;
    Check(mdb_cursor_open(write_, merge_, &cursor));
    MDB_val key;
    MDB_val value;
    uint64_t merges = 0;
    for (; Check(mdb_cursor_get(cursor, &key, &value, MDB_NEXT)); ++merges) {
      clusters_.Merge(clusters_.Root(GetBig32(Data(value))),
                      clusters_.Root(GetBig32(Data(value) + 4)));
    }
    mdb_cursor_close(cursor);
    writer_.SetMerges(merges);
  }

  void Put(MDB_dbi table, std::string_view key, std::string_view value, unsigned flags = 0) {
    MDB_val k = ValueOf(key);
    MDB_val v = ValueOf(value);
    int code = mdb_put(write_, table, &k, &v, flags);
    if (code == MDB_KEYEXIST) Die("lmdb: id twice");
    Check(code);
  }

  static bool Get(MDB_txn* transaction, MDB_dbi table, std::string_view key, MDB_val* value) {
    MDB_val k = ValueOf(key);
    return Check(mdb_get(transaction, table, &k, value));
  }

  uint32_t FindCluster(MDB_txn* transaction, const EventIdentifier& normalized) {
    SetIdentifierKey(normalized, &key_);
    MDB_val value;
    return Get(transaction, identifier_, key_, &value) ? GetBig32(Data(value)) : Clusters::kNone;
  }

  void Add(const Event& event) {
    writer_.Write(
        event, [&](const EventIdentifier& normalized) { return FindCluster(write_, normalized); },
        [&](Table table, std::string_view key, std::string_view value) {
          const MDB_dbi tables[] = {identifier_, merge_, event_, id_};
          Put(tables[static_cast<size_t>(table)], key, value,
              table == Table::kId ? MDB_NOOVERWRITE : 0);
        });
  }

  void BeginRead() {
    if (read_ == nullptr) {
      Check(mdb_txn_begin(environment_, nullptr, MDB_RDONLY, &read_));
      Check(mdb_cursor_open(read_, event_, &cursor_));
    } else {
      Check(mdb_txn_renew(read_));
      Check(mdb_cursor_renew(read_, cursor_));
    }
  }

  // Calls visit(cluster) for each cluster of the customer until it says false.
  template <class Visit>
  void ForEachCluster(const LookUp& who, Visit visit) {
    uint32_t first = FindCluster(read_, NormalizeForPeer(who.type, who.value));
    if (first == Clusters::kNone) return;
    uint32_t cluster = first;
    do {
      if (!visit(cluster)) return;
      cluster = clusters_.Next(cluster);
    } while (cluster != first);
  }

  template <class Visit>
  void Newest(uint32_t cluster, int64_t until_ms, Visit visit) {
    EventId highest;
    highest.fill(0xff);
    std::string start = EventKey(cluster, until_ms, highest);
    MDB_val key = ValueOf(start);
    MDB_val value;
    bool behind = Check(mdb_cursor_get(cursor_, &key, &value, MDB_SET_RANGE));
    bool more = Check(mdb_cursor_get(cursor_, &key, &value, behind ? MDB_PREV : MDB_LAST));
    for (; more && GetBig32(Data(key)) == cluster;
         more = Check(mdb_cursor_get(cursor_, &key, &value, MDB_PREV))) {
      if (!visit(DecodeEvent(Data(key), Data(value)))) return;
    }
  }

  MDB_env* environment_ = nullptr;
  MDB_dbi meta_ = 0;
  MDB_dbi identifier_ = 0;
  MDB_dbi merge_ = 0;
  MDB_dbi event_ = 0;
  MDB_dbi id_ = 0;
  MDB_txn* write_ = nullptr;
  MDB_txn* read_ = nullptr;
  MDB_cursor* cursor_ = nullptr;  // Over the events.
  Clusters clusters_;
  EventWriter writer_{&clusters_};
  std::string key_;
  std::string value_;
};

}  // namespace

std::unique_ptr<Peer> NewLmdbPeer() { return std::make_unique<LmdbPeer>(); }

}  // namespace cxjourney::bench
