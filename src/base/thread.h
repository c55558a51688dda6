// A thread of the library's own in somebody else's process.
#pragma once

#include <signal.h>

#include <thread>
#include <utility>

namespace cxjourney::base {

// Takes no signals but of its own faults: they are the host's, whose handlers and sigwait count on
// its own threads. std::system_error as std::thread.
template <class Run>
std::thread StartThread(Run run) {
  class SignalsBlocked {
   public:
    SignalsBlocked() {
      sigset_t all;
      sigfillset(&all);
      for (int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT}) sigdelset(&all, fault);
      pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

   private:
    sigset_t before_;
  };
  const SignalsBlocked blocked;  // A thread has the mask of who started it.
  return std::thread(std::move(run));
}

}  // namespace cxjourney::base
