// The lock.
#include "platform/futex.h"
#include "platform/jitter.h"
#include "platform/mutex.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>
#include <sys/time.h>
#include <thread>
#include <vector>

using namespace mps::platform;

namespace {

TEST(MutexTest, ThreadsExcludeEachOther) {
  constexpr int kThreads = 4, kRounds = 20000;
  Mutex mutex;
  int count = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i)
    threads.emplace_back([&] {
      for (int round = 0; round < kRounds; ++round) {
        Locked locked(mutex);
        ++count;
      }
    });
  for (std::thread &each : threads)
    each.join();
  EXPECT_EQ(count, kThreads * kRounds);
}

/// A program's own signals, every 100 us.
class Alarms {
public:
  Alarms() {
    struct sigaction action = {};
    action.sa_handler = [](int) {};
    sigaction(SIGALRM, &action, &before_);
    set(100);
  }
  ~Alarms() {
    set(0);
    sigaction(SIGALRM, &before_, nullptr);
  }

private:
  static void set(suseconds_t every) {
    itimerval timer = {{0, every}, {0, every}};
    setitimer(ITIMER_REAL, &timer, nullptr);
  }
  struct sigaction before_ = {};
};

TEST(BackOffTest, SignalThatEndsASleepIsNoErrorOfTheProgram) {
  Alarms alarms;
  Jitter jitter;
  jitter.start(1);
  errno = 0;
  for (int i = 0; i < 500; ++i) {
    backOff(1000000);
    jitter.wait();
    ASSERT_EQ(errno, 0);
  }
}

} // namespace
