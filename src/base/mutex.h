// Annotated locks over the standard ones (absl::Mutex makes ThreadSanitizer report false races
// with Debian's prebuilt Abseil).
#pragma once

#include <pthread.h>

#include <condition_variable>
#include <mutex>

#if defined(__clang__)
#define CXJ_ATTRIBUTE(x) __attribute__((x))
#else
#define CXJ_ATTRIBUTE(x)
#endif
#define CXJ_CAPABILITY CXJ_ATTRIBUTE(capability("mutex"))
#define CXJ_GUARDED_BY(m) CXJ_ATTRIBUTE(guarded_by(m))
#define CXJ_REQUIRES(...) CXJ_ATTRIBUTE(requires_capability(__VA_ARGS__))
#define CXJ_REQUIRES_SHARED(...) CXJ_ATTRIBUTE(requires_shared_capability(__VA_ARGS__))
#define CXJ_EXCLUDES(...) CXJ_ATTRIBUTE(locks_excluded(__VA_ARGS__))

namespace cxjourney::base {

class CXJ_CAPABILITY Mutex {
 public:
  void lock() CXJ_ATTRIBUTE(acquire_capability()) { mutex_.lock(); }
  void unlock() CXJ_ATTRIBUTE(release_capability()) { mutex_.unlock(); }

 private:
  friend class Condition;
  std::mutex mutex_;
};

class CXJ_ATTRIBUTE(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex* mutex) CXJ_ATTRIBUTE(acquire_capability(mutex)) : mutex_(mutex) {
    mutex_->lock();
  }
  ~MutexLock() CXJ_ATTRIBUTE(release_capability()) { mutex_->unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex* mutex_;
};

// Waits on a Mutex, which the caller holds. (std::condition_variable_any has a lock of its own
// beside that.)
class Condition {
 public:
  void notify_one() { condition_.notify_one(); }
  void notify_all() { condition_.notify_all(); }
  void wait(Mutex& mutex) CXJ_REQUIRES(mutex) {
    std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
    condition_.wait(lock);
    lock.release();
  }
  template <class Time>
  void wait_until(Mutex& mutex, const Time& time) CXJ_REQUIRES(mutex) {
    std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
    condition_.wait_until(lock, time);
    lock.release();
  }

 private:
  std::condition_variable condition_;
};

// Many readers or one writer. A waiting writer goes before new readers, so a busy screen of
// agents can't keep touchpoints out (std::shared_mutex of glibc prefers readers).
class CXJ_CAPABILITY SharedMutex {
 public:
  SharedMutex() {
    pthread_rwlockattr_t attributes;
    pthread_rwlockattr_init(&attributes);
    pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(&lock_, &attributes);
    pthread_rwlockattr_destroy(&attributes);
  }
  ~SharedMutex() { pthread_rwlock_destroy(&lock_); }
  SharedMutex(const SharedMutex&) = delete;
  SharedMutex& operator=(const SharedMutex&) = delete;

  void lock() CXJ_ATTRIBUTE(acquire_capability()) { pthread_rwlock_wrlock(&lock_); }
  void unlock() CXJ_ATTRIBUTE(release_capability()) { pthread_rwlock_unlock(&lock_); }
  void lock_shared() CXJ_ATTRIBUTE(acquire_shared_capability()) { pthread_rwlock_rdlock(&lock_); }
  void unlock_shared() CXJ_ATTRIBUTE(release_shared_capability()) { pthread_rwlock_unlock(&lock_); }

 private:
  pthread_rwlock_t lock_;
};

class CXJ_ATTRIBUTE(scoped_lockable) ReaderLock {
 public:
  explicit ReaderLock(SharedMutex* mutex) CXJ_ATTRIBUTE(acquire_shared_capability(mutex))
      : mutex_(mutex) {
    mutex_->lock_shared();
  }
  ~ReaderLock() CXJ_ATTRIBUTE(release_capability()) { mutex_->unlock_shared(); }
  ReaderLock(const ReaderLock&) = delete;
  ReaderLock& operator=(const ReaderLock&) = delete;

 private:
  SharedMutex* mutex_;
};

class CXJ_ATTRIBUTE(scoped_lockable) WriterLock {
 public:
  explicit WriterLock(SharedMutex* mutex) CXJ_ATTRIBUTE(acquire_capability(mutex)) : mutex_(mutex) {
    mutex_->lock();
  }
  ~WriterLock() CXJ_ATTRIBUTE(release_capability()) { mutex_->unlock(); }
  WriterLock(const WriterLock&) = delete;
  WriterLock& operator=(const WriterLock&) = delete;

 private:
  SharedMutex* mutex_;
};

}  // namespace cxjourney::base
