// Threads that help.
#include "platform/crew.h"

#include <gtest/gtest.h>

#include <atomic>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace mps::platform;

namespace {

TEST(CrewTest, CallerAloneNeedsNoThread) {
  Crew crew;
  unsigned calls = 0;
  crew.run(1, [&](unsigned index) { calls += index + 1; });
  EXPECT_EQ(calls, 1u);
}

TEST(CrewTest, HelpersComeWhileTheCallerIsAtWork) {
  Crew crew;
  for (int round = 0; round < 200; ++round) {
    std::atomic<unsigned> seen{0}, inside{0};
    crew.run(3, [&](unsigned index) {
      ++inside;
      seen |= 1u << index;
      while (index == 0 && seen != 7u)
        std::this_thread::yield();
      --inside;
    });
    ASSERT_EQ(seen, 7u);
    ASSERT_EQ(inside, 0u) << "nobody is left inside";
  }
}

TEST(CrewTest, WhoComesLateIsNotWaitedFor) {
  Crew crew;
  std::atomic<unsigned> calls{0};
  for (int round = 0; round < 10000; ++round)
    crew.run(4, [&](unsigned) { ++calls; });
  EXPECT_GE(calls, 10000u);
  EXPECT_LE(calls, 40000u);
}

TEST(CrewTest, ChildProcessMakesItsOwnThreads) {
  Crew crew;
  auto bothCome = [&] {
    std::atomic<unsigned> seen{0};
    crew.run(2, [&](unsigned index) {
      seen |= 1u << index;
      while (index == 0 && seen != 3u)
        std::this_thread::yield();
    });
  };
  bothCome();
  pid_t child = fork();
  if (child == 0) {
    alarm(10);
    bothCome();
    _exit(0);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

} // namespace
