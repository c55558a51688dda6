// RocksDB, tuned: one synced WriteBatch a commit, column families with bloom filters where keys
// are looked up, LZ4 (zstd at the bottom), 1 GiB block cache, 32 MiB memtables, 2 background jobs.
// A journey is one key range for each cluster; the union-find lives in memory and is rebuilt at
// open; identifiers and ids are looked up in the store, or the identifiers in a map that is filled
// at open.
#include <absl/container/flat_hash_map.h>
#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <algorithm>

#include "bench/peers/key_value.h"
#include "bench/peers/peer.h"

namespace cxjourney::bench {
namespace {

void Check(const rocksdb::Status& status) {
  if (!status.ok()) Die("rocksdb: " + status.ToString());
}

class RocksdbPeer final : public PlainPeer {
 public:
  explicit RocksdbPeer(Identifiers identifiers)
      : in_memory_(identifiers == Identifiers::kInMemory) {}

  std::string Name() const override { return in_memory_ ? "RocksDB and a map" : "RocksDB"; }

  void Open(const std::string& folder) override {
    rocksdb::Options options;
    options.create_if_missing = true;
    options.create_missing_column_families = true;
    options.max_background_jobs = 2;
    options.bytes_per_sync = 1 << 20;
    options.max_total_wal_size = 1 << 30;
    auto cache = rocksdb::NewLRUCache(1 << 30);
    Check(rocksdb::DB::Open(options, folder,
                            {{"default", Family(cache, Bloom::kNone)},
                             {"identifier", Family(cache, Bloom::kWholeKey)},
                             {"merge", Family(cache, Bloom::kNone)},
                             {"event", Family(cache, Bloom::kPrefix)},
                             {"id", Family(cache, Bloom::kWholeKey)}},
                            &families_, &db_));
    clusters_ = Clusters();
    writer_.SetMerges(0);
    known_.clear();
    std::string count;
    if (!db_->Get({}, families_[kDefault], "clusters", &count).ok()) return;
    for (uint32_t i = GetBig32(count.data()); i > 0; --i) clusters_.Add();
    std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator({}, families_[kMerge]));
    uint64_t merges = 0;
    for (it->SeekToFirst(); it->Valid(); it->Next(), ++merges) {
      clusters_.Merge(clusters_.Root(GetBig32(it->value().data())),
                      clusters_.Root(GetBig32(it->value().data() + 4)));
    }
    writer_.SetMerges(merges);
    if (!in_memory_) return;
    it.reset(db_->NewIterator({}, families_[kIdentifier]));
    for (it->SeekToFirst(); it->Valid(); it->Next()) {
      known_[it->key().ToString()] = GetBig32(it->value().data());
    }
  }

  void Close() override {
    for (auto* family : families_) Check(db_->DestroyColumnFamilyHandle(family));
    families_.clear();
    Check(db_->Close());
    delete db_;
  }

  void Ingest() override {
    rocksdb::WriteBatch batch(prepared_.size() * 160);
    if (!in_memory_) known_.clear();
    for (const Event& event : prepared_) Add(event, &batch);
    std::string count;
    PutBig32(&count, static_cast<uint32_t>(clusters_.size()));
    Check(batch.Put(families_[kDefault], "clusters", count));
    rocksdb::WriteOptions options;
    options.sync = true;
    Check(db_->Write(options, &batch));
  }

  void Finish() override {
    for (auto* family : families_) Check(db_->Flush({}, family));
    for (auto* family : families_) Check(db_->CompactRange({}, family, nullptr, nullptr));
  }

  void History(const LookUp& who, size_t limit) override {
    rows_.clear();
    ForEachCluster(who, [&](rocksdb::Iterator* it, uint32_t cluster) {
      size_t count = 0;
      Newest(it, cluster, INT64_MAX, [&](const Row& row) {
        rows_.push_back(row);
        return ++count != limit;
      });
      return true;
    });
    std::sort(rows_.begin(), rows_.end(), IsNewer);
    if (limit != 0 && rows_.size() > limit) rows_.resize(limit);
  }

  bool Repeat(const RepeatLookUp& question) override {
    bool yes = false;
    ForEachCluster(question.who, [&](rocksdb::Iterator* it, uint32_t cluster) {
      Newest(it, cluster, question.time_ms - 1, [&](const Row& row) {
        if (row.time_ms < question.time_ms - kWeekMs) return false;
        yes = row.topic == question.topic && IsInboundContact(row.kind, row.outbound);
        return !yes;
      });
      return !yes;
    });
    return yes;
  }

  void Analyze(Analysis analysis, Answers* answers) override {
    rocksdb::ReadOptions options;
    options.total_order_seek = true;
    options.readahead_size = 2 << 20;
    options.fill_cache = false;
    std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(options, families_[kEvent]));
    AnalyzeScan(analysis, &clusters_, answers, [&](auto visit) {
      for (it->SeekToFirst(); it->Valid(); it->Next()) {
        visit(GetBig32(it->key().data()), DecodeEvent(it->key().data(), it->value().data()));
      }
    });
  }

  bool ReadBack(const Event& event, Row* row) override {
    std::string key;
    if (!db_->Get({}, families_[kId], SliceOf(IdView(event.id)), &key).ok()) return false;
    std::string value;
    if (!db_->Get({}, families_[kEvent], key, &value).ok()) return false;
    *row = DecodeEvent(key.data(), value.data());
    return true;
  }

 private:
  enum Families {
    kDefault,
    kIdentifier,
    kMerge,
    kEvent,
    kId
  };
  enum class Bloom {
    kNone,
    kWholeKey,
    kPrefix
  };

  static rocksdb::ColumnFamilyOptions Family(const std::shared_ptr<rocksdb::Cache>& cache,
                                             Bloom bloom) {
    rocksdb::ColumnFamilyOptions options;
    options.write_buffer_size = 32 << 20;
    options.max_write_buffer_number = 4;
    options.target_file_size_base = 64 << 20;
    options.max_bytes_for_level_base = 512 << 20;
    options.level_compaction_dynamic_level_bytes = true;
    options.compression = rocksdb::kLZ4Compression;
    options.bottommost_compression = rocksdb::kZSTD;
    rocksdb::BlockBasedTableOptions table;
    table.block_cache = cache;
    table.block_size = 16 << 10;
    table.format_version = 5;
    if (bloom != Bloom::kNone) {
      table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
      table.whole_key_filtering = bloom == Bloom::kWholeKey;
    }
    if (bloom == Bloom::kWholeKey) {
      options.memtable_prefix_bloom_size_ratio = 0.1;
      options.memtable_whole_key_filtering = true;
    }
    if (bloom == Bloom::kPrefix) {
      options.prefix_extractor.reset(rocksdb::NewFixedPrefixTransform(4));
    }
    options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    return options;
  }

  static rocksdb::Slice SliceOf(std::string_view bytes) { return {bytes.data(), bytes.size()}; }

  uint32_t FindCluster(const EventIdentifier& normalized) {
    SetIdentifierKey(normalized, &key_);
    if (auto it = known_.find(key_); it != known_.end()) return it->second;
    if (in_memory_) return Clusters::kNone;
    rocksdb::PinnableSlice value;
    if (!db_->Get({}, families_[kIdentifier], key_, &value).ok()) return Clusters::kNone;
    return GetBig32(value.data());
  }

  void Add(const Event& event, rocksdb::WriteBatch* batch) {
    rocksdb::PinnableSlice seen;
    if (db_->Get({}, families_[kId], SliceOf(IdView(event.id)), &seen).ok())
      Die("rocksdb: id twice");
    writer_.Write(
        event, [&](const EventIdentifier& normalized) { return FindCluster(normalized); },
        [&](Table table, std::string_view key, std::string_view value) {
          constexpr Families kFamilies[] = {kIdentifier, kMerge, kEvent, kId};
          Check(batch->Put(families_[kFamilies[static_cast<size_t>(table)]], SliceOf(key),
                           SliceOf(value)));
          if (table == Table::kIdentifier) known_[std::string(key)] = GetBig32(value.data());
        });
  }

  // Calls visit(iterator, cluster) for each cluster of the customer until it says false.
  template <class Visit>
  void ForEachCluster(const LookUp& who, Visit visit) {
    uint32_t first = FindCluster(NormalizeForPeer(who.type, who.value));
    if (first == Clusters::kNone) return;
    rocksdb::ReadOptions options;
    options.prefix_same_as_start = true;
    std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(options, families_[kEvent]));
    uint32_t cluster = first;
    do {
      if (!visit(it.get(), cluster)) return;
      cluster = clusters_.Next(cluster);
    } while (cluster != first);
  }

  template <class Visit>
  static void Newest(rocksdb::Iterator* it, uint32_t cluster, int64_t until_ms, Visit visit) {
    EventId highest;
    highest.fill(0xff);
    it->SeekForPrev(EventKey(cluster, until_ms, highest));
    for (; it->Valid() && GetBig32(it->key().data()) == cluster; it->Prev()) {
      if (!visit(DecodeEvent(it->key().data(), it->value().data()))) return;
    }
  }

  bool in_memory_;
  rocksdb::DB* db_ = nullptr;
  std::vector<rocksdb::ColumnFamilyHandle*> families_;
  Clusters clusters_;
  EventWriter writer_{&clusters_};
  // In memory: all; else those of this batch, which are not in the store yet.
  absl::flat_hash_map<std::string, uint32_t> known_;
  std::string key_;
};

}  // namespace

std::unique_ptr<Peer> NewRocksdbPeer(Identifiers identifiers) {
  return std::make_unique<RocksdbPeer>(identifiers);
}

}  // namespace cxjourney::bench
