#include "cxj/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "cxj/table.h"

namespace cxjourney::cli {

ProgressBar::ProgressBar(std::string label)
    : label_(std::move(label)), terminal_(isatty(STDERR_FILENO) == 1) {}

void ProgressBar::Show(uint64_t done, uint64_t total, uint64_t count) {
  if (!terminal_) return;
  const auto now = std::chrono::steady_clock::now();
  if (shown_ && now - last_ < std::chrono::milliseconds(100)) return;
  shown_ = true;
  last_ = now;
  constexpr uint64_t kWidth = 30;
  const uint64_t share = total == 0 ? kWidth : std::min(kWidth, done * kWidth / total);
  std::string bar;
  for (uint64_t i = 0; i < kWidth; ++i) bar += i < share ? "█" : "░";
  fmt::print(stderr, "\r{} {} {:3} %  {} rows", label_, bar, share * 100 / kWidth, Grouped(count));
  std::fflush(stderr);
}

void ProgressBar::Clear() {
  if (!shown_) return;
  fmt::print(stderr, "\r\033[K");
  std::fflush(stderr);
  shown_ = false;
}

}  // namespace cxjourney::cli
