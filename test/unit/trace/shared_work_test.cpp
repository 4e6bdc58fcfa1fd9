// What workers share, and when all is done.
#include "trace/shared_work.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>
#include <vector>

namespace mps {
namespace {

class SharedWorkTest : public testing::Test {
protected:
  static Address object(std::size_t i) { return Address::fromBits(8 * i + 8); }

  SharedWork work_;
  GrowingArray<Slot> slots_;
  GreyStack stack_;
  Segment *segment_ = nullptr;
};

TEST_F(SharedWorkTest, AllIsDoneWhenTheOnlyWorkerIsIdle) {
  work_.begin(slots_);
  EXPECT_FALSE(work_.take(stack_, segment_));
  EXPECT_FALSE(work_.join()) << "too late";
}

// The first worker had not started when the second found nothing to do: then
// nobody scanned what the first had on its stack.
TEST_F(SharedWorkTest, HelperThatComesFirstDoesNotEndTheTrace) {
  work_.begin(slots_);
  ASSERT_TRUE(work_.join());
  std::size_t taken = 0;
  std::thread helper([&] {
    GreyStack mine;
    Segment *segment = nullptr;
    while (work_.take(mine, segment)) {
      taken += mine.size();
      mine.clear();
    }
  });
  while (!work_.isWanted())
    std::this_thread::yield();
  for (std::size_t i = 0; i < 100; ++i)
    stack_.push(object(i));
  work_.giveFrom(stack_);
  EXPECT_EQ(stack_.size(), 50u);
  std::size_t own = stack_.size();
  stack_.clear();
  while (work_.take(stack_, segment_)) {
    own += stack_.size();
    stack_.clear();
  }
  helper.join();
  EXPECT_EQ(own + taken, 100u);
}

TEST_F(SharedWorkTest, WhoSleepsIsWokenByWorkAndByTheEnd) {
  constexpr std::size_t kHelpers = 3, kGiven = 20, kEach = 64;
  work_.begin(slots_);
  std::atomic<std::size_t> taken{0};
  std::vector<std::thread> helpers;
  for (std::size_t i = 0; i < kHelpers; ++i) {
    ASSERT_TRUE(work_.join());
    helpers.emplace_back([&] {
      GreyStack mine;
      Segment *segment = nullptr;
      while (work_.take(mine, segment)) {
        taken += mine.size();
        mine.clear();
      }
    });
  }
  for (std::size_t i = 0; i < kGiven; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(i % 3));
    for (std::size_t j = 0; j < kEach; ++j)
      stack_.push(object(j));
    while (stack_.size() > 1)
      work_.giveFrom(stack_);
    taken += stack_.size();
    stack_.clear();
  }
  while (work_.take(stack_, segment_)) {
    taken += stack_.size();
    stack_.clear();
  }
  for (std::thread &each : helpers)
    each.join();
  EXPECT_EQ(taken, kGiven * kEach);
}

TEST_F(SharedWorkTest, EverySlotIsTakenOnce) {
  for (std::size_t i = 0; i < 1300; ++i)
    slots_.push(Slot::at(object(i)));
  work_.begin(slots_);
  std::size_t taken = 0;
  for (auto some = work_.takeSlots(); some.begin != some.end;
       some = work_.takeSlots())
    for (const Slot *each = some.begin; each != some.end; ++each)
      EXPECT_EQ(each->address(), object(taken++));
  EXPECT_EQ(taken, 1300u);
}

TEST_F(SharedWorkTest, SegmentsArePassedOn) {
  Segment a, b;
  work_.begin(slots_);
  work_.give(a);
  work_.give(b);
  EXPECT_TRUE(work_.take(stack_, segment_));
  EXPECT_EQ(segment_, &b);
  EXPECT_TRUE(work_.take(stack_, segment_));
  EXPECT_EQ(segment_, &a);
  EXPECT_FALSE(work_.take(stack_, segment_));
}

} // namespace
} // namespace mps
