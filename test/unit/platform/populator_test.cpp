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
    if (madvise(memory_.base.as(), kPageSize, MADV_POPULATE_WRITE) != 0)
      GTEST_SKIP() << "the kernel cannot";
  }
  void TearDown() override { unreserve(memory_); }

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

  Extent memory_;
};

TEST_F(PopulatorTest, WhatIsAskedForComes) {
  Populator populator;
  populator.ask(memory_);
  EXPECT_TRUE(becomesResident(kSize / kPageSize));
}

TEST_F(PopulatorTest, ContentsDoNotChange) {
  auto *words = memory_.base.as<unsigned long>();
  Populator populator;
  populator.ask(memory_);
  for (std::size_t i = 0; i < kSize / sizeof *words; i += 64)
    words[i] = i;
  ASSERT_TRUE(becomesResident(kSize / kPageSize));
  for (std::size_t i = 0; i < kSize / sizeof *words; i += 64)
    ASSERT_EQ(words[i], i);
}

TEST_F(PopulatorTest, AfterStopNothingComes) {
  Populator populator;
  populator.ask(memory_);
  populator.stop();
  std::size_t before = residentPages();
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(residentPages(), before);
  populator.ask(memory_);
  EXPECT_TRUE(becomesResident(kSize / kPageSize)) << "it may be asked again";
}

} // namespace
