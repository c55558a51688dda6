#include "tracker/commit_queue.h"

#include <algorithm>
#include <thread>

namespace cxjourney::tracker {
namespace {

constexpr size_t kTakenMax = 64;
constexpr std::chrono::microseconds kPatienceMax{500};
constexpr uint32_t kNoWaitMax = 63;

}  // namespace

// The call may be gone once the signal is given.
void CommitQueue::Call::Wake(Turn turn) {
  turn_ = turn;
  woken_.Give();
}

CommitQueue::Call::Turn CommitQueue::Call::Sleep() {
  woken_.Await();
  return turn_;
}

void CommitQueue::List::Append(Call* call) {
  call->next_ = nullptr;
  (last_ == nullptr ? first_ : last_->next_) = call;
  last_ = call;
  ++size_;
}

void CommitQueue::List::Append(const List& other) {
  if (other.first_ == nullptr) return;
  (last_ == nullptr ? first_ : last_->next_) = other.first_;
  last_ = other.last_;
  size_ += other.size_;
}

CommitQueue::List CommitQueue::List::TakeSome(size_t count) {
  List some;
  while (first_ != nullptr && some.size_ < count) {
    Call* call = std::exchange(first_, first_->next_);
    some.Append(call);
    --size_;
  }
  if (first_ == nullptr) last_ = nullptr;
  return some;
}

void CommitQueue::Run(Call* call, const Take& take, const Sync& sync) {
  Turn turn = Enter(call);
  while (turn != Turn::kDone) {
    if (turn == Turn::kWait) turn = call->Sleep();
    if (turn == Turn::kTake) turn = TakeTurn(take);
    if (turn == Turn::kSync) turn = SyncTurn(call, sync);
  }
}

CommitQueue::Turn CommitQueue::Enter(Call* call) {
  base::MutexLock lock(&mutex_);
  waiting_.Append(call);
  ++inside_;
  // Whoever it is that should: the thread that is awake does it for all.
  return NextTaker() != nullptr ? Turn::kTake : Turn::kWait;
}

// While the disk works there is no hurry: those that were just served are about to come again, and
// all together are cheaper to take in.
CommitQueue::Call* CommitQueue::NextTaker() {
  if (taking_ || waiting_.size() == 0) return nullptr;
  if (syncing_ && inside_ < inside_at_sync_) return nullptr;
  taking_ = true;
  return waiting_.first();
}

// Those whom the last sync served come again at once, if they come at all: a sync for all of them
// is worth some patience, since one for half of them keeps the other half waiting for two. Each
// time that was in vain, twice as many turns pass before it is tried again.
void CommitQueue::AwaitOthers() {
  Clock::time_point until;
  size_t here = 0;
  {
    base::MutexLock lock(&mutex_);
    if (inside_ >= inside_at_sync_) return;
    if (no_wait_ > 0) {
      --no_wait_;
      return;
    }
    here = inside_;
    until = Clock::now() + std::min<Clock::duration>(2 * sync_took_, kPatienceMax);
  }
  bool all_here = false;
  while (!all_here && Clock::now() < until) {
    std::this_thread::yield();
    base::MutexLock lock(&mutex_);
    all_here = inside_ >= inside_at_sync_;
  }
  base::MutexLock lock(&mutex_);
  in_vain_ = inside_ > here ? 0 : std::min(2 * in_vain_ + 1, kNoWaitMax);
  no_wait_ = in_vain_;
}

CommitQueue::Turn CommitQueue::TakeTurn(const Take& take) {
  AwaitOthers();
  List group;
  {
    base::MutexLock lock(&mutex_);
    group = waiting_.TakeSome(kTakenMax);
  }
  try {
    take(group.first());
  } catch (...) {
    for (Call* call = group.first(); call != nullptr; call = call->next()) call->status = escaped_;
  }
  Turn turn = Turn::kWait;
  Call* taker = nullptr;
  {
    base::MutexLock lock(&mutex_);
    taking_ = false;
    taken_.Append(group);
    if (!syncing_) turn = Turn::kSync;
    syncing_ = true;
    taker = NextTaker();
  }
  if (taker != nullptr) taker->Wake(Turn::kTake);
  return turn;
}

CommitQueue::Turn CommitQueue::SyncTurn(const Call* own, const Sync& sync) {
  List group;
  {
    base::MutexLock lock(&mutex_);
    group = taken_.TakeAll();
  }
  Status synced = escaped_;
  const Clock::time_point start = Clock::now();
  try {
    synced = sync();
  } catch (...) {  // It stays what it is.
  }
  Call* syncer = nullptr;
  Call* taker = nullptr;
  {
    base::MutexLock lock(&mutex_);
    // Who was waiting when it happened learns the reason itself.
    if (!synced.ok()) group.Append(taken_.TakeAll());
    inside_at_sync_ = std::exchange(inside_, inside_ - group.size());
    sync_took_ = Clock::now() - start;
    syncer = taken_.first();
    syncing_ = syncer != nullptr;
    taker = NextTaker();
  }
  if (syncer != nullptr) syncer->Wake(Turn::kSync);
  if (taker != nullptr) taker->Wake(Turn::kTake);
  Turn turn = Turn::kWait;  // With very many threads its own call may not have been among them.
  for (Call* call = group.first(); call != nullptr;) {
    Call* next = call->next();
    if (call->status.ok()) call->status = synced;
    if (call == own) {
      turn = Turn::kDone;
    } else {
      call->Wake(Turn::kDone);
    }
    call = next;
  }
  return turn;
}

}  // namespace cxjourney::tracker
