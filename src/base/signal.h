// A signal that one thread sleeps for and another gives, once.
#pragma once

#include <semaphore.h>

#include <cerrno>

namespace cxjourney::base {

// May be destroyed by who was woken while who gave it is still in Give, which no condition variable
// allows: it can live on a stack.
class Signal {
 public:
  Signal() { sem_init(&given_, 0, 0); }
  ~Signal() { sem_destroy(&given_); }
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;

  void Give() { sem_post(&given_); }
  void Await() {
    while (sem_wait(&given_) != 0 && errno == EINTR) {
    }
  }

 private:
  sem_t given_;
};

}  // namespace cxjourney::base
