// Calls of many threads that share commits and syncs.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>

#include "base/mutex.h"
#include "base/signal.h"
#include "cxjourney/status.h"

namespace cxjourney::tracker {

// Whoever finds nobody at work takes in what waits, for all; then somebody syncs all that was
// taken in, while the next ones are taken in already. A thread sleeps once and is woken with its
// result in hand, without a lock to pass through behind that.
class CommitQueue {
 public:
  // One call. Lives on the stack of the thread that makes it.
  class Call {
   public:
    Call() = default;
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

    Call* next() const { return next_; }

    Status status;  // Set by whoever takes it in; a failed sync is its failure too.

   private:
    friend class CommitQueue;
    enum class Turn : uint8_t {
      kWait,
      kTake,
      kSync,
      kDone
    };

    void Wake(Turn turn);
    Turn Sleep();

    Call* next_ = nullptr;
    Turn turn_ = Turn::kWait;
    base::Signal woken_;
  };

  // Takes in the call and those behind it, in order: `next`. One thread at a time. What it throws,
  // and what a sync throws, is kInternal for all of them: nobody may be left asleep.
  using Take = std::function<void(Call* first)>;
  // Makes everything that was taken in durable. One thread at a time.
  using Sync = std::function<Status()>;

  // Returns when the call was taken in and is durable, or has failed.
  void Run(Call* call, const Take& take, const Sync& sync);

 private:
  using Turn = Call::Turn;

  class List {
   public:
    Call* first() const { return first_; }
    size_t size() const { return size_; }
    void Append(Call* call);
    void Append(const List& other);
    List TakeAll() { return std::exchange(*this, List()); }
    List TakeSome(size_t count);

   private:
    Call* first_ = nullptr;
    Call* last_ = nullptr;
    size_t size_ = 0;
  };

  using Clock = std::chrono::steady_clock;

  Turn Enter(Call* call);
  void AwaitOthers();
  Turn TakeTurn(const Take& take);
  Turn SyncTurn(const Call* own, const Sync& sync);
  // Who is to take in now, if anybody; somebody has to wake it.
  Call* NextTaker() CXJ_REQUIRES(mutex_);

  // Made beforehand, as there may be no memory then.
  const Status escaped_{Code::kInternal, "the call could not be finished; open the store again"};

  base::Mutex mutex_;
  List waiting_ CXJ_GUARDED_BY(mutex_);
  List taken_ CXJ_GUARDED_BY(mutex_);  // For the next sync.
  bool taking_ CXJ_GUARDED_BY(mutex_) = false;
  bool syncing_ CXJ_GUARDED_BY(mutex_) = false;
  size_t inside_ CXJ_GUARDED_BY(mutex_) = 0;               // Calls under way.
  size_t inside_at_sync_ CXJ_GUARDED_BY(mutex_) = 0;       // When the last sync was through.
  Clock::duration sync_took_ CXJ_GUARDED_BY(mutex_) = {};  // The last one.
  uint32_t in_vain_ CXJ_GUARDED_BY(mutex_) = 0;  // So often nobody is awaited after a wait in vain,
  uint32_t no_wait_ CXJ_GUARDED_BY(mutex_) = 0;  // of which so many times are left.
};

}  // namespace cxjourney::tracker
