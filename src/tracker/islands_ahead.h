// Islands that an opening is about to take in, read by a thread of its own meanwhile.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "store/vault.h"

namespace cxjourney::tracker {

// Reading one is waiting for the disk, decrypting and decompressing; taking it in is none of that.
// Only advice: whoever gets nothing here reads for himself.
class IslandsAhead {
 public:
  using Texts = Result<store::Vault::Texts>;

  // In the order in which they will be asked for, some maybe more than once. The vault outlives
  // this and is not sealed meanwhile.
  IslandsAhead(const store::Vault* vault, const std::vector<uint32_t>& islands);
  ~IslandsAhead();
  IslandsAhead(const IslandsAhead&) = delete;
  IslandsAhead& operator=(const IslandsAhead&) = delete;

  // What Vault::Read says of the island, if it is in the list, its turn has come and it was not
  // passed over; waits until it has been read. By one thread.
  std::optional<Texts> Take(uint32_t island);

 private:
  struct Ready {
    size_t at;
    size_t bytes;
    Texts texts;
  };

  void ReadAll();
  // The next one to read from `at` on, when there is room for it; the end: none.
  size_t AwaitRoom(size_t at);
  void Add(size_t at, Texts texts);
  bool IsOutOfTurn(size_t place) CXJ_REQUIRES(mutex_);
  void DropFront() CXJ_REQUIRES(mutex_);

  const store::Vault* vault_;
  std::vector<uint32_t> islands_;                 // Each once.
  absl::flat_hash_map<uint32_t, size_t> places_;  // By island: its place there.

  base::Mutex mutex_;
  base::Condition changed_;
  std::deque<Ready> ready_ CXJ_GUARDED_BY(mutex_);  // In order.
  size_t ready_bytes_ CXJ_GUARDED_BY(mutex_) = 0;
  size_t wanted_ CXJ_GUARDED_BY(mutex_) = 0;   // Places before it were asked for, or passed over.
  size_t asked_ CXJ_GUARDED_BY(mutex_) = 0;    // The last place that was asked for.
  bool ended_ CXJ_GUARDED_BY(mutex_) = false;  // Nothing more will be read.
  bool stopping_ CXJ_GUARDED_BY(mutex_) = false;  // Nothing more will be asked for.
  std::thread thread_;
};

}  // namespace cxjourney::tracker
