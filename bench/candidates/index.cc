#include "bench/candidates/index.h"

#include <lmdb.h>
#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <chrono>
#include <cstring>
#include <optional>
#include <thread>
#include <utility>

#include "bench/must.h"

namespace cxjourney::bench {
namespace {

class OwnIndex final : public Index {
 public:
  bool Open(const std::string& folder) override {
    folder_ = Must(store::OpenFolder(folder, {.create = true}));
    Result<std::unique_ptr<store::Vault>> vault = store::Vault::Open(folder_.get(), {}, 0, {});
    if (!vault.ok()) return false;
    vault_ = *std::move(vault);
    return true;
  }
  void Seal(Entries* entries) override {
    Must(vault_->Begin());
    for (const Entry& entry : *entries) Must(vault_->Enter(entry.key, entry.island));
    Must(vault_->Finish({}));
  }
  Found Find(const Key& key, uint32_t* island) override {
    const Result<std::optional<uint32_t>> found = vault_->Find(key);
    if (!found.ok()) return Found::kDamage;
    if (*found) *island = **found;
    return *found ? Found::kYes : Found::kNo;
  }

 private:
  std::unique_ptr<store::Folder> folder_;
  std::unique_ptr<store::Vault> vault_;
};

class NoLogger final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char* format, va_list arguments) override {
    static_cast<void>(format);
    static_cast<void>(arguments);
  }
};

rocksdb::Slice SliceOf(const Key& key) {
  return {reinterpret_cast<const char*>(key.data()), key.size()};
}
rocksdb::Slice SliceOf(const uint32_t& island) {
  return {reinterpret_cast<const char*>(&island), sizeof island};
}

void Check(const rocksdb::Status& status) {
  if (!status.ok()) Die("rocksdb: " + status.ToString());
}

class RocksdbIndex final : public Index {
 public:
  explicit RocksdbIndex(const std::string& words)
      : log_(words.find("-log") != std::string::npos),
        ingest_(words.find("-ingest") != std::string::npos) {
    options_.create_if_missing = true;
    options_.max_background_jobs = 2;
    options_.info_log = std::make_shared<NoLogger>();
    options_.write_buffer_size = 32 << 20;
    options_.compression = words.find("-lz4") != std::string::npos ? rocksdb::kLZ4Compression
                                                                   : rocksdb::kNoCompression;
    if (words.find("-universal") != std::string::npos) {
      options_.compaction_style = rocksdb::kCompactionStyleUniversal;
    }
    rocksdb::BlockBasedTableOptions table;
    const bool small = words.find("-small") != std::string::npos;
    table.block_cache = rocksdb::NewLRUCache(small ? 8 << 20 : 1 << 30);
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
    table.format_version = 5;
    table.data_block_index_type = rocksdb::BlockBasedTableOptions::kDataBlockBinaryAndHash;
    options_.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  }

  bool Open(const std::string& folder) override {
    folder_ = folder;
    rocksdb::DB* db = nullptr;
    if (!rocksdb::DB::Open(options_, folder, &db).ok()) return false;
    db_.reset(db);
    return true;
  }

  void Seal(Entries* entries) override {
    SortByKey(entries);
    if (ingest_) return Ingest(*entries);
    rocksdb::WriteBatch batch;
    for (const Entry& entry : *entries) {
      Check(batch.Put(SliceOf(entry.key), SliceOf(entry.island)));
    }
    rocksdb::WriteOptions options;
    options.sync = log_;
    options.disableWAL = !log_;
    Check(db_->Write(options, &batch));
    if (!log_) Check(db_->Flush({}));
  }

  void Settle() override {
    for (const char* property : {"rocksdb.mem-table-flush-pending", "rocksdb.num-running-flushes",
                                 "rocksdb.compaction-pending", "rocksdb.num-running-compactions"}) {
      uint64_t value = 1;
      while (db_->GetIntProperty(property, &value) && value > 0) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
      }
    }
  }

  Found Find(const Key& key, uint32_t* island) override {
    rocksdb::PinnableSlice value;
    const rocksdb::Status status = db_->Get({}, db_->DefaultColumnFamily(), SliceOf(key), &value);
    if (status.IsNotFound()) return Found::kNo;
    if (!status.ok() || value.size() != sizeof *island) return Found::kDamage;
    std::memcpy(island, value.data(), sizeof *island);
    return Found::kYes;
  }

 private:
  void Ingest(const Entries& entries) {
    const std::string path = folder_ + "/seal";
    rocksdb::SstFileWriter writer({}, options_);
    Check(writer.Open(path));
    for (const Entry& entry : entries) Check(writer.Put(SliceOf(entry.key), SliceOf(entry.island)));
    Check(writer.Finish());
    rocksdb::IngestExternalFileOptions options;
    options.move_files = true;
    options.write_global_seqno = false;
    Check(db_->IngestExternalFile({path}, options));
  }

  bool log_;
  bool ingest_;
  rocksdb::Options options_;
  std::string folder_;
  std::unique_ptr<rocksdb::DB> db_;
};

void Check(int code) {
  if (code != 0) Die(std::string("lmdb: ") + mdb_strerror(code));
}

class LmdbIndex final : public Index {
 public:
  ~LmdbIndex() override {
    if (read_ != nullptr) mdb_txn_abort(read_);
    mdb_env_close(environment_);
  }
  bool Open(const std::string& folder) override {
    Check(mdb_env_create(&environment_));
    Check(mdb_env_set_mapsize(environment_, size_t{16} << 30));
    if (mdb_env_open(environment_, folder.c_str(), MDB_NORDAHEAD | MDB_NOTLS, 0600) != 0 ||
        mdb_txn_begin(environment_, nullptr, 0, &write_) != 0 ||
        mdb_dbi_open(write_, nullptr, 0, &table_) != 0) {
      return false;
    }
    return mdb_txn_commit(write_) == 0;
  }
  void Seal(Entries* entries) override {
    SortByKey(entries);
    Check(mdb_txn_begin(environment_, nullptr, 0, &write_));
    MDB_cursor* cursor = nullptr;
    Check(mdb_cursor_open(write_, table_, &cursor));
    for (Entry& entry : *entries) {
      MDB_val key = {entry.key.size(), entry.key.data()};
      MDB_val value = {sizeof entry.island, &entry.island};
      Check(mdb_cursor_put(cursor, &key, &value, 0));
    }
    mdb_cursor_close(cursor);
    Check(mdb_txn_commit(write_));
  }
  Found Find(const Key& key, uint32_t* island) override {
    const int begun = read_ == nullptr ? mdb_txn_begin(environment_, nullptr, MDB_RDONLY, &read_)
                                       : mdb_txn_renew(read_);
    if (begun != 0) return Found::kDamage;
    MDB_val wanted = {key.size(), const_cast<uint8_t*>(key.data())};
    MDB_val value;
    const int code = mdb_get(read_, table_, &wanted, &value);
    const bool whole = code == 0 && value.mv_size == sizeof *island;
    if (whole) std::memcpy(island, value.mv_data, sizeof *island);
    mdb_txn_reset(read_);
    if (code == MDB_NOTFOUND) return Found::kNo;
    return whole ? Found::kYes : Found::kDamage;
  }

 private:
  MDB_env* environment_ = nullptr;
  MDB_dbi table_ = 0;
  MDB_txn* write_ = nullptr;
  MDB_txn* read_ = nullptr;
};

}  // namespace

std::unique_ptr<Index> MakeIndex(const std::string& name) {
  if (name == "own") return std::make_unique<OwnIndex>();
  if (name == "lmdb") return std::make_unique<LmdbIndex>();
  if (name.starts_with("rocksdb")) return std::make_unique<RocksdbIndex>(name);
  Die("there is no index " + name);
}

}  // namespace cxjourney::bench
