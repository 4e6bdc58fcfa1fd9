// Memory that is there before it is touched.
#include "platform/populator.h"

#include "platform/memory.h"

#include <gtest/gtest.h>

#include <chrono>
#include <sys/mman.h>
#include <thread>
#include <vector>

using namespace mps;
using namespace mps::platform;

namespace {

constexpr std::size_t kSize = 4 * kHugePageSize;

class PopulatorTest : public testing::Test {
protected:
  void SetUp() override {
    memory_ = reserve(kSize, Pages::Huge);
    ASSERT_FALSE(memory_.isEmpty());
    thread_.add(populator_);
    ASSERT_TRUE(thread_.start());
  }
  void TearDown() override {
    thread_.stop();
    unreserve(memory_);
  }
  void ask() {
    populator_.ask(memory_);
    thread_.wake();
  }

  std::size_t residentPages() const {
    std::vector<unsigned char> resident(kSize / kPageSize);
    mincore(memory_.base.as(), kSize, resident.data());
    std::size_t count = 0;
    for (unsigned char each : resident)
      count += each & 1;
    return count;
  }
  bool becomesResident(std::size_t pages) const {
    for (int i = 0; i < 2000 && residentPages() < pages; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return residentPages() >= pages;
  }

  void countBeside() {
    thread_.stop();
    populator_.setBeside(
        [](void *closure, Extent memory) {
          *static_cast<std::size_t *>(closure) += memory.size();
        },
        &besideBytes_);
    ASSERT_TRUE(thread_.start());
  }

  std::size_t besideBytes_ = 0; ///< Read when the thread has ended.
  Extent memory_;
  Mutex outer_;
  Populator populator_;
  BackgroundThread thread_{outer_};
};

TEST_F(PopulatorTest, WhatIsAskedForComes) {
  ask();
  EXPECT_TRUE(becomesResident(kSize / kPageSize));
}

TEST_F(PopulatorTest, ContentsDoNotChange) {
  auto *words = memory_.base.as<unsigned long>();
  ask();
  for (std::size_t i = 0; i < kSize / sizeof *words; i += 64)
    words[i] = i;
  ASSERT_TRUE(becomesResident(kSize / kPageSize));
  for (std::size_t i = 0; i < kSize / sizeof *words; i += 64)
    ASSERT_EQ(words[i], i);
}

TEST_F(PopulatorTest, AfterForgetNothingComes) {
  ask();
  populator_.forget();
  std::size_t before = residentPages();
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(residentPages(), before);
  ask();
  EXPECT_TRUE(becomesResident(kSize / kPageSize)) << "it may be asked again";
}

TEST_F(PopulatorTest, WhatIsNearIsLeftOut) {
  populator_.passed(memory_.base - Populator::kNear + kHugePageSize +
                    kPageSize);
  ask();
  EXPECT_TRUE(becomesResident(kSize / kPageSize / 2));
  while (populator_.step()) {
  }
  EXPECT_EQ(residentPages(), kSize / kPageSize / 2);
}

TEST_F(PopulatorTest, WhatGoesWithItComesBefore) {
  countBeside();
  ask();
  EXPECT_TRUE(becomesResident(kSize / kPageSize));
  thread_.stop();
  EXPECT_EQ(besideBytes_, kSize);
}

TEST_F(PopulatorTest, AsDoesWhatGoesWithWhatIsLeft) {
  constexpr std::size_t kPassed = 3 * kPageSize;
  countBeside();
  populator_.passed(memory_.base + kPassed);
  ask();
  while (populator_.step()) {
  }
  thread_.stop();
  EXPECT_EQ(besideBytes_, kSize - kPassed);
  EXPECT_EQ(residentPages(), 0u);
}

/// A thread that is outrun goes on where nobody is yet.
TEST_F(PopulatorTest, WhoIsPassedGoesOnAhead) {
  Extent far = reserve(4 * Populator::kNear, Pages::Huge);
  ASSERT_FALSE(far.isEmpty());
  thread_.stop();
  populator_.ask(far);
  ASSERT_TRUE(populator_.step());
  Address front = far.base + Populator::kNear;
  populator_.passed(front);
  ASSERT_TRUE(populator_.step());
  populator_.forget();
  for (bool isPopulated : {true, false}) {
    Address page = isPopulated ? front + Populator::kNear : front;
    unsigned char resident = 0;
    mincore(page.as(), kPageSize, &resident);
    EXPECT_EQ(resident & 1, isPopulated);
  }
  unreserve(far);
}

} // namespace
