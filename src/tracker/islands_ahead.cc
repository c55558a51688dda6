#include "tracker/islands_ahead.h"

#include <algorithm>
#include <new>
#include <span>
#include <system_error>
#include <utility>

#include "base/thread.h"

namespace cxjourney::tracker {
namespace {

constexpr size_t kAskedTogether = 1024;  // Of the disk.
constexpr size_t kReadyBytes = size_t{1} << 20;
// So much farther is out of turn: then what lies between will still be asked for.
constexpr size_t kInTurn = 256;

}  // namespace

IslandsAhead::IslandsAhead(const store::Vault* vault, const std::vector<uint32_t>& islands)
    : vault_(vault) {
  for (uint32_t island : islands) {
    if (places_.try_emplace(island, islands_.size()).second) islands_.push_back(island);
  }
  try {
    thread_ = base::StartThread([this] { ReadAll(); });
  } catch (const std::system_error&) {
    ended_ = true;
  }
}

IslandsAhead::~IslandsAhead() {
  {
    base::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void IslandsAhead::ReadAll() {
  try {
    size_t asked = 0;
    for (size_t at = AwaitRoom(0); at < islands_.size(); at = AwaitRoom(at + 1)) {
      // Always one lot ahead of the one that is read.
      while (asked < std::min(islands_.size(), at + kAskedTogether)) {
        const size_t count = std::min(kAskedTogether, islands_.size() - asked);
        vault_->ReadAhead(std::span(islands_).subspan(asked, count));
        asked += count;
      }
      Add(at, vault_->Read(islands_[at]));
    }
  } catch (const std::bad_alloc&) {  // Who asks reads for himself, and finds out.
  }
  base::MutexLock lock(&mutex_);
  ended_ = true;
  changed_.notify_all();
}

size_t IslandsAhead::AwaitRoom(size_t at) {
  base::MutexLock lock(&mutex_);
  while (!stopping_ && ready_bytes_ >= kReadyBytes) changed_.wait(mutex_);
  return stopping_ ? islands_.size() : std::max(at, wanted_);
}

void IslandsAhead::Add(size_t at, Texts texts) {
  size_t bytes = 1;
  if (texts.ok()) {
    for (const std::string& text : *texts) bytes += text.size();
  }
  base::MutexLock lock(&mutex_);
  if (at < wanted_) return;
  ready_.push_back({at, bytes, std::move(texts)});
  ready_bytes_ += bytes;
  changed_.notify_all();
}

std::optional<IslandsAhead::Texts> IslandsAhead::Take(uint32_t island) {
  const auto found = places_.find(island);
  if (found == places_.end()) return std::nullopt;
  const size_t place = found->second;
  base::MutexLock lock(&mutex_);
  if (place < wanted_ || IsOutOfTurn(place)) return std::nullopt;
  wanted_ = place;
  while (true) {
    while (!ready_.empty() && ready_.front().at < place) DropFront();
    if (!ready_.empty() || ended_) break;
    changed_.notify_all();
    changed_.wait(mutex_);
  }
  wanted_ = place + 1;
  if (ready_.empty() || ready_.front().at != place) return std::nullopt;
  Texts texts = std::move(ready_.front().texts);
  DropFront();
  changed_.notify_all();
  return texts;
}

// Who goes on where he asked out of turn has passed over what lies between.
bool IslandsAhead::IsOutOfTurn(size_t place) {
  const size_t before = std::exchange(asked_, place);
  return place >= wanted_ + kInTurn && (place <= before || place >= before + kInTurn);
}

void IslandsAhead::DropFront() {
  ready_bytes_ -= ready_.front().bytes;
  ready_.pop_front();
}

}  // namespace cxjourney::tracker
