// The lock.
#include "platform/mutex.h"

#include <gtest/gtest.h>

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

} // namespace
