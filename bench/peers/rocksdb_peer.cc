// RocksDB, tuned: one synced WriteBatch a commit, column families with bloom filters where keys
// are looked up, LZ4 (zstd at the bottom), 1 GiB block cache, 32 MiB memtables, 2 background jobs.
// A journey is one key range for each cluster; the union-find lives in memory and is rebuilt at
// open; identifiers and ids are looked up in the store.
#include <absl/container/flat_hash_map.h>
#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "bench/peers/peer.h"

namespace cxjourney::bench {
namespace {

// Union-find whose members are a circular list: a merge costs two writes.
class Clusters {
 public:
  uint32_t Add() {
    auto cluster = static_cast<uint32_t>(parents_.size());
    parents_.push_back(cluster);
    nexts_.push_back(cluster);
    sizes_.push_back(1);
    return cluster;
  }
  uint32_t Root(uint32_t cluster) {
    while (parents_[cluster] != cluster) {
      cluster = parents_[cluster] = parents_[parents_[cluster]];
    }
    return cluster;
  }
  struct Merged {
    uint32_t kept;
    uint32_t absorbed;
  };
  Merged Merge(uint32_t a, uint32_t b) {
    if (sizes_[a] < sizes_[b] || (sizes_[a] == sizes_[b] && b < a)) std::swap(a, b);
    parents_[b] = a;
    sizes_[a] += sizes_[b];
    std::swap(nexts_[a], nexts_[b]);
    return {a, b};
  }
  uint32_t Next(uint32_t cluster) const { return nexts_[cluster]; }
  size_t size() const { return parents_.size(); }

 private:
  std::vector<uint32_t> parents_;
  std::vector<uint32_t> nexts_;
  std::vector<uint32_t> sizes_;
};

void PutBig32(std::string* out, uint32_t value) {
  value = __builtin_bswap32(value);
  out->append(reinterpret_cast<const char*>(&value), sizeof value);
}
void PutBig64(std::string* out, uint64_t value) {
  value = __builtin_bswap64(value);
  out->append(reinterpret_cast<const char*>(&value), sizeof value);
}
uint32_t GetBig32(const char* bytes) {
  uint32_t value = 0;
  std::memcpy(&value, bytes, sizeof value);
  return __builtin_bswap32(value);
}
uint64_t GetBig64(const char* bytes) {
  uint64_t value = 0;
  std::memcpy(&value, bytes, sizeof value);
  return __builtin_bswap64(value);
}
void PutVarint(std::string* out, uint64_t value) {
  for (; value >= 128; value >>= 7) out->push_back(static_cast<char>(value | 128));
  out->push_back(static_cast<char>(value));
}
uint64_t GetVarint(const char** bytes) {
  uint64_t value = 0;
  for (int shift = 0;; shift += 7) {
    auto byte = static_cast<uint8_t>(*(*bytes)++);
    value |= static_cast<uint64_t>(byte & 127) << shift;
    if (byte < 128) return value;
  }
}

// Cluster 4, time 8, id 16: a journey is one range.

std::string EventKey(uint32_t cluster, int64_t time_ms, const EventId& id) {
  std::string key;
  PutBig32(&key, cluster);
  PutBig64(&key, static_cast<uint64_t>(time_ms));
  key.append(reinterpret_cast<const char*>(id.data()), id.size());
  return key;
}

std::string EncodeEvent(const Event& event) {
  std::string out;
  bool order = event.order_cents >= 0;
  out.push_back(static_cast<char>(static_cast<int>(event.channel) | int{event.outbound} << 4 |
                                  int{order} << 5));
  out.push_back(
      static_cast<char>(static_cast<int>(event.kind) | static_cast<int>(event.outcome) << 4));
  out.push_back(static_cast<char>(event.sentiment));
  PutVarint(&out, event.topic);
  PutVarint(&out, event.duration_s);
  if (order) PutVarint(&out, static_cast<uint64_t>(event.order_cents));
  return out;
}

Row DecodeEvent(const rocksdb::Slice& key, const rocksdb::Slice& value) {
  Row row;
  row.time_ms = static_cast<int64_t>(GetBig64(key.data() + 4));
  std::memcpy(row.id.data(), key.data() + 12, row.id.size());
  const char* at = value.data();
  auto first = static_cast<uint8_t>(*at++);
  auto second = static_cast<uint8_t>(*at++);
  row.sentiment = static_cast<int8_t>(*at++);
  row.channel = static_cast<EventChannel>(first & 15);
  row.outbound = (first & 16) != 0;
  row.kind = static_cast<EventKind>(second & 15);
  row.outcome = static_cast<EventOutcome>(second >> 4);
  row.topic = static_cast<uint16_t>(GetVarint(&at));
  row.duration_s = static_cast<uint32_t>(GetVarint(&at));
  if ((first & 32) != 0) row.order_cents = static_cast<int64_t>(GetVarint(&at));
  return row;
}

std::string IdentifierKey(IdentifierType type, const std::string& value) {
  return std::string(1, static_cast<char>('0' + static_cast<int>(type))) + value;
}

void Check(const rocksdb::Status& status) {
  if (!status.ok()) Die("rocksdb: " + status.ToString());
}

class RocksdbPeer final : public Peer {
 public:
  std::string Name() const override { return "RocksDB"; }

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
    std::string count;
    if (!db_->Get({}, families_[kDefault], "clusters", &count).ok()) return;
    for (uint32_t i = GetBig32(count.data()); i > 0; --i) clusters_.Add();
    std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator({}, families_[kMerge]));
    for (it->SeekToFirst(); it->Valid(); it->Next()) {
      clusters_.Merge(clusters_.Root(GetBig32(it->value().data())),
                      clusters_.Root(GetBig32(it->value().data() + 4)));
    }
  }

  void Close() override {
    for (auto* family : families_) Check(db_->DestroyColumnFamilyHandle(family));
    families_.clear();
    Check(db_->Close());
    delete db_;
  }

  void Ingest(const std::vector<Event>& events) override {
    rocksdb::WriteBatch batch(events.size() * 160);
    fresh_.clear();
    for (const Event& event : events) Add(event, &batch);
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

  void History(const LookUp& who, size_t limit, std::vector<Row>* rows) override {
    ForEachCluster(who, [&](rocksdb::Iterator* it, uint32_t cluster) {
      size_t count = 0;
      Newest(it, cluster, INT64_MAX, [&](const Row& row) {
        rows->push_back(row);
        return ++count != limit;
      });
      return true;
    });
    std::sort(rows->begin(), rows->end(), [](const Row& a, const Row& b) {
      return a.time_ms != b.time_ms ? a.time_ms > b.time_ms : a.id > b.id;
    });
    if (limit != 0 && rows->size() > limit) rows->resize(limit);
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

  RepeatCount RepeatAll() override {
    struct Contact {
      uint32_t root;
      uint16_t topic;
      int64_t time_ms;
    };
    std::vector<Contact> contacts;
    rocksdb::ReadOptions options;
    options.total_order_seek = true;
    options.readahead_size = 2 << 20;
    options.fill_cache = false;
    std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(options, families_[kEvent]));
    for (it->SeekToFirst(); it->Valid(); it->Next()) {
      Row row = DecodeEvent(it->key(), it->value());
      if (!IsInboundContact(row.kind, row.outbound)) continue;
      contacts.push_back({clusters_.Root(GetBig32(it->key().data())), row.topic, row.time_ms});
    }
    std::sort(contacts.begin(), contacts.end(), [](const Contact& a, const Contact& b) {
      return a.root != b.root     ? a.root < b.root
             : a.topic != b.topic ? a.topic < b.topic
                                  : a.time_ms < b.time_ms;
    });
    RepeatCount count;
    count.contacts = contacts.size();
    for (size_t i = 1; i < contacts.size(); ++i) {
      const Contact& a = contacts[i - 1];
      const Contact& b = contacts[i];
      count.repeats += a.root == b.root && a.topic == b.topic && b.time_ms - a.time_ms <= kWeekMs;
    }
    return count;
  }

  bool ReadBack(const Event& event, Row* row) override {
    std::string key;
    if (!db_->Get({}, families_[kId], IdSlice(event), &key).ok()) return false;
    std::string value;
    if (!db_->Get({}, families_[kEvent], key, &value).ok()) return false;
    *row = DecodeEvent(key, value);
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

  static rocksdb::Slice IdSlice(const Event& event) {
    return {reinterpret_cast<const char*>(event.id.data()), event.id.size()};
  }

  bool FindCluster(const std::string& key, uint32_t* cluster) {
    if (auto it = fresh_.find(key); it != fresh_.end()) {
      *cluster = it->second;
      return true;
    }
    rocksdb::PinnableSlice value;
    if (!db_->Get({}, families_[kIdentifier], key, &value).ok()) return false;
    *cluster = GetBig32(value.data());
    return true;
  }

  void Add(const Event& event, rocksdb::WriteBatch* batch) {
    rocksdb::PinnableSlice seen;
    if (db_->Get({}, families_[kId], IdSlice(event), &seen).ok()) Die("rocksdb: id twice");
    constexpr uint32_t kNone = ~uint32_t{0};
    uint32_t customer = kNone;
    std::vector<std::string> unknown;
    for (int i = 0; i < event.identifier_count; ++i) {
      const EventIdentifier& identifier = event.identifiers[static_cast<size_t>(i)];
      if (IsJunk(identifier.value())) continue;
      std::string key =
          IdentifierKey(identifier.type, NormalizeForPeer(identifier.type, identifier.value()));
      uint32_t cluster = 0;
      if (!FindCluster(key, &cluster)) {
        unknown.push_back(std::move(key));
        continue;
      }
      cluster = clusters_.Root(cluster);
      if (customer == kNone) customer = cluster;
      if (cluster != customer) customer = Merge(customer, cluster, event, batch);
    }
    if (customer == kNone) customer = clusters_.Add();
    for (const std::string& key : unknown) {
      std::string value;
      PutBig32(&value, customer);
      Check(batch->Put(families_[kIdentifier], key, value));
      fresh_[key] = customer;
    }
    std::string key = EventKey(customer, event.time_ms, event.id);
    Check(batch->Put(families_[kEvent], key, EncodeEvent(event)));
    Check(batch->Put(families_[kId], IdSlice(event), key));
  }

  uint32_t Merge(uint32_t a, uint32_t b, const Event& event, rocksdb::WriteBatch* batch) {
    Clusters::Merged merged = clusters_.Merge(a, b);
    std::string key;
    PutBig64(&key, merges_++);
    key.append(reinterpret_cast<const char*>(event.id.data()), 4);
    std::string value;
    PutBig32(&value, merged.kept);
    PutBig32(&value, merged.absorbed);
    Check(batch->Put(families_[kMerge], key, value));
    return merged.kept;
  }

  // Calls visit(iterator, cluster) for each cluster of the customer until it says false.
  template <class Visit>
  void ForEachCluster(const LookUp& who, Visit visit) {
    uint32_t first = 0;
    if (!FindCluster(IdentifierKey(who.type, NormalizeForPeer(who.type, who.value)), &first)) {
      return;
    }
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
      if (!visit(DecodeEvent(it->key(), it->value()))) return;
    }
  }

  rocksdb::DB* db_ = nullptr;
  std::vector<rocksdb::ColumnFamilyHandle*> families_;
  Clusters clusters_;
  uint64_t merges_ = 0;
  absl::flat_hash_map<std::string, uint32_t> fresh_;  // This batch's, not in the store yet.
};

}  // namespace

std::unique_ptr<Peer> NewRocksdbPeer() { return std::make_unique<RocksdbPeer>(); }

}  // namespace cxjourney::bench
