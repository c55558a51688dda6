// What the machine allows while a store is measured: a plain log, and syncs of small writes.
#pragma once

#include <cstddef>
#include <string>

namespace cxjourney::bench {

inline constexpr size_t kSmallBytes = 150;  // About a touchpoint.

// An append-only file that is written and synced, and nothing else.
class PlainLog {
 public:
  explicit PlainLog(const std::string& path);
  ~PlainLog();
  PlainLog(const PlainLog&) = delete;
  PlainLog& operator=(const PlainLog&) = delete;

  // Seconds by the clock.
  double Append(size_t bytes);

 private:
  int file_;
  std::string buffer_;
};

// A file whose blocks exist and were written before, so that a sync has data to write only.
class PreallocatedFile {
 public:
  explicit PreallocatedFile(const std::string& path);
  ~PreallocatedFile();
  PreallocatedFile(const PreallocatedFile&) = delete;
  PreallocatedFile& operator=(const PreallocatedFile&) = delete;

  // A small write behind the last one. Seconds by the clock.
  double Append();

 private:
  int file_;
  size_t at_ = 0;
};

}  // namespace cxjourney::bench
