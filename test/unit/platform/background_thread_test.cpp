// A thread that works in steps.
#include "platform/background_thread.h"

#include "platform/clock.h"

#include <gtest/gtest.h>

#include <chrono>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace mps::platform;

namespace {

class BackgroundThreadTest : public testing::Test {
protected:
  /// Counts its steps, as far as it has any to do.
  struct Counting final : BackgroundThread::Task {
    explicit Counting(BackgroundThread &thread) : thread(thread) {}
    bool step() override {
      if (done >= wanted)
        return false;
      thread.lockForStep();
      isInStep = true;
      ++done;
      isInStep = false;
      thread.unlock();
      return true;
    }
    void forked() override { wasForked = true; }

    BackgroundThread &thread;
    std::atomic<int> wanted{0}, done{0};
    std::atomic<bool> isInStep{false}, wasForked{false};
  };

  static bool comes(const std::atomic<int> &count, int wanted) {
    for (int i = 0; i < 2000 && count < wanted; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return count >= wanted;
  }

  Mutex outer_;
  BackgroundThread thread_{outer_};
  Counting first_{thread_}, second_{thread_};
};

TEST_F(BackgroundThreadTest, TasksTakeTurns) {
  thread_.add(first_);
  thread_.add(second_);
  first_.wanted = second_.wanted = 1 << 30;
  ASSERT_TRUE(thread_.start());
  EXPECT_TRUE(comes(first_.done, 1000));
  EXPECT_TRUE(comes(second_.done, 1000));
  thread_.stop();
  int done = first_.done;
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_EQ(first_.done, done);
}

TEST_F(BackgroundThreadTest, SleepsUntilThereIsWork) {
  thread_.add(first_);
  ASSERT_TRUE(thread_.start());
  for (int i = 1; i <= 100; ++i) {
    first_.wanted = i;
    thread_.wake();
    ASSERT_TRUE(comes(first_.done, i));
  }
  thread_.stop();
}

TEST_F(BackgroundThreadTest, NoStepWhileTheLockIsHeld) {
  thread_.add(first_);
  first_.wanted = 1 << 30;
  ASSERT_TRUE(thread_.start());
  for (int i = 0; i < 100; ++i) {
    thread_.lock();
    int done = first_.done;
    std::this_thread::sleep_for(std::chrono::microseconds(200));
    ASSERT_EQ(first_.done, done);
    ASSERT_FALSE(first_.isInStep);
    thread_.unlock();
    ASSERT_TRUE(comes(first_.done, done + 1));
  }
  thread_.stop();
}

TEST_F(BackgroundThreadTest, RunsAgainAfterAStop) {
  thread_.add(first_);
  for (int i = 1; i <= 20; ++i) {
    first_.wanted = i;
    ASSERT_TRUE(thread_.start());
    ASSERT_TRUE(comes(first_.done, i));
    thread_.stop();
    ASSERT_FALSE(thread_.isRunning());
  }
}

TEST_F(BackgroundThreadTest, ChildHasNoneAndCanStartOne) {
  thread_.add(first_);
  first_.wanted = 1 << 30;
  ASSERT_TRUE(thread_.start());
  ASSERT_TRUE(comes(first_.done, 10));
  pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    bool isRight = !thread_.isRunning() && first_.wasForked &&
                   !first_.isInStep && outer_.tryLock() && thread_.tryLock();
    outer_.unlock();
    thread_.unlock();
    int done = first_.done;
    isRight &= thread_.start() && comes(first_.done, done + 10);
    thread_.stop();
    _exit(isRight ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(comes(first_.done, first_.done + 10));
  thread_.stop();
}

TEST_F(BackgroundThreadTest, NobodyWaitsLongForAThreadWithoutAProcessor) {
  Mutex outer;
  BackgroundThread thread(outer);
  EXPECT_TRUE(thread.lockUntil(0)); // It is free.
  std::thread([&] {                 // As if a step were going on.
    EXPECT_FALSE(thread.lockUntil(nanoseconds() + 1000000));
  })
      .join();
  EXPECT_EQ(thread.wanted(), 0u);
  thread.unlock();
  EXPECT_TRUE(thread.lockUntil(nanoseconds() + 1000000));
  thread.unlock();
}

TEST_F(BackgroundThreadTest, WhoMayGiveUpWaitsForNobodyWhoMayNot) {
  constexpr std::uint64_t kForEver = 60'000'000'000;
  Mutex outer;
  BackgroundThread thread(outer);
  thread.lock();
  std::thread first([&] {
    thread.lock();
    thread.unlock();
  });
  while (!thread.isAwaited()) {
  }
  std::uint64_t start = nanoseconds();
  std::thread([&] { EXPECT_FALSE(thread.lockUntil(start + kForEver)); }).join();
  EXPECT_LT(nanoseconds() - start, kForEver / 2);
  thread.unlock();
  first.join();
}

} // namespace
