#include "base/thread.h"

#include <gtest/gtest.h>

#include <csignal>

namespace cxjourney::base {
namespace {

bool IsBlocked(int signal) {
  sigset_t mask;
  pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  return sigismember(&mask, signal) == 1;
}

TEST(ThreadTest, TakesNoSignalsOfTheHost) {
  const bool before = IsBlocked(SIGALRM);
  bool inside = false;
  bool of_faults = true;
  StartThread([&] {
    inside = IsBlocked(SIGALRM) && IsBlocked(SIGTERM);
    of_faults = IsBlocked(SIGSEGV);
  }).join();
  EXPECT_TRUE(inside);
  EXPECT_FALSE(of_faults);
  EXPECT_FALSE(before);
  EXPECT_FALSE(IsBlocked(SIGALRM));  // Whoever started it takes them as before.
}

}  // namespace
}  // namespace cxjourney::base
