// Progress on a terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace cxjourney::cli {

// A bar on standard error, when that is a terminal; nothing otherwise.
class ProgressBar {
 public:
  explicit ProgressBar(std::string label);
  ~ProgressBar() { Clear(); }
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void Show(uint64_t done, uint64_t total, uint64_t count);
  void Clear();

 private:
  std::string label_;
  bool terminal_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point last_ = {};
};

}  // namespace cxjourney::cli
