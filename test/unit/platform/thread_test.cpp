// Stopping a thread: it stands still, and its stack and registers are known.
#include "platform/thread.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

using namespace mps;
using namespace mps::platform;

namespace {

struct Spinning {
  StoppableThread thread;
  std::atomic<bool> isBound = false, isDone = false;
  std::atomic<unsigned long> turns = 0;

  void run() {
    thread.bindToCurrent();
    isBound = true;
    while (!isDone)
      ++turns;
    thread.unbindFromCurrent();
  }
};

TEST(ThreadTest, StoppedThreadStandsStillUntilItIsResumed) {
  Spinning spinning;
  std::thread thread([&] { spinning.run(); });
  while (!spinning.isBound)
    ;
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(spinning.thread.requestStop());
    spinning.thread.awaitStop();
    unsigned long turns = spinning.turns;
    Address stackPointer = spinning.thread.stackPointer();
    EXPECT_GT(stackPointer, spinning.thread.lowEnd());
    EXPECT_LT(stackPointer, spinning.thread.coldEnd());
    EXPECT_GE(spinning.thread.registers().size(), 16 * kWordSize);
    EXPECT_EQ(spinning.turns, turns);
    spinning.thread.resume();
    while (spinning.turns == turns)
      ;
  }
  spinning.isDone = true;
  thread.join();
}

TEST(ThreadTest, BoundThreadIsCurrent) {
  StoppableThread thread;
  StoppableThread *before = currentThread();
  thread.bindToCurrent();
  EXPECT_EQ(currentThread(), &thread);
  EXPECT_TRUE(thread.isCurrent());
  int local = 0;
  EXPECT_LT(Address::of(&local), thread.coldEnd());
  thread.unbindFromCurrent();
  EXPECT_FALSE(thread.isCurrent());
  if (before != nullptr)
    before->bindToCurrent();
}

TEST(ThreadTest, SavedRegistersLieOnTheCallersStack) {
  Extent seen;
  withSavedRegisters(
      [](void *argument, Extent registers) {
        *static_cast<Extent *>(argument) = registers;
      },
      &seen);
  EXPECT_EQ(seen.size(), 6 * kWordSize);
  EXPECT_LT(seen.base, Address::of(__builtin_frame_address(0)));
}

} // namespace
