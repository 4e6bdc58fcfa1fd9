// The write barrier's side table.
#include "arena/log_table.h"

#include "platform/memory.h"
#include "platform/process.h"

#include <gtest/gtest.h>

using namespace mps;

namespace {

class LogTableTest : public testing::Test {
protected:
  void SetUp() override {
    memory_ = platform::reserve(1 << 16, platform::Pages::Small);
    ASSERT_TRUE(LogTable::cover(memory_));
  }
  void TearDown() override {
    LogTable::disarm(memory_);
    platform::unreserve(memory_);
  }
  Slot slot(std::size_t index) const {
    return Slot::at(memory_.base + index * kWordSize);
  }

  Extent memory_;
};

TEST_F(LogTableTest, NothingIsArmedAtFirst) {
  for (std::size_t i = 0; i < 100; ++i)
    EXPECT_FALSE(LogTable::isArmed(slot(i)));
}

TEST_F(LogTableTest, ExtentsAreArmedWordByWord) {
  Extent part = Extent::of(memory_.base + 4096, 4096);
  LogTable::arm(part);
  EXPECT_FALSE(LogTable::isArmed(slot(511)));
  EXPECT_TRUE(LogTable::isArmed(slot(512)));
  EXPECT_TRUE(LogTable::isArmed(slot(1023)));
  EXPECT_FALSE(LogTable::isArmed(slot(1024)));
  LogTable::disarm(part);
  EXPECT_FALSE(LogTable::isArmed(slot(512)));
}

TEST_F(LogTableTest, PagesTellWhereBitsMayBe) {
  LogTable::arm(Extent::of(memory_.base + 4096, 8192));
  Word page = memory_.base.bits() >> LogTable::kPageShift;
  EXPECT_FALSE(LogTable::pages()[page]);
  EXPECT_TRUE(LogTable::pages()[page + 1]);
  EXPECT_TRUE(LogTable::pages()[page + 2]);
  EXPECT_FALSE(LogTable::pages()[page + 3]);
  LogTable::disarm(memory_);
  EXPECT_FALSE(LogTable::pages()[page + 1]);
}

/// Memory for the table of a long array was 1.6 % of it, all of it written in
/// the pause in which the array was made.
TEST_F(LogTableTest, LongExtentsAreArmedWithoutWritingToTheTable) {
  constexpr std::size_t kLong = std::size_t(64) << 20;
  Extent memory = platform::reserve(kLong, platform::Pages::Small);
  ASSERT_TRUE(LogTable::cover(memory));
  auto at = [&](std::size_t offset) { return Slot::at(memory.base + offset); };
  Extent part = {memory.base + 4096, memory.limit - 4096};
  std::uint64_t faults = platform::threadUsage().faults;
  LogTable::arm(part);
  std::uint64_t pages = platform::threadUsage().faults - faults;
#if defined(__has_feature) && __has_feature(thread_sanitizer)
  EXPECT_LT(pages, 1024u); // It clears its shadow of each short mapping.
#else
  EXPECT_LT(pages, 40u); // Of 256.
#endif
  for (std::size_t offset = 4096; offset < kLong - 4096; offset += 12344)
    EXPECT_TRUE(LogTable::isArmed(at(offset)));
  EXPECT_FALSE(LogTable::isArmed(at(4088)));
  EXPECT_FALSE(LogTable::isArmed(at(kLong - 4096)));
  LogTable::disarm(at(kLong / 2));
  EXPECT_FALSE(LogTable::isArmed(at(kLong / 2)));
  EXPECT_TRUE(LogTable::isArmed(at(kLong / 2 + kWordSize)));
  EXPECT_TRUE(LogTable::isArmed(at(kLong / 2 + (kLong / 4))));
  LogTable::disarm(part);
  for (std::size_t offset = 0; offset < kLong; offset += 12344)
    EXPECT_FALSE(LogTable::isArmed(at(offset)));
  LogTable::armPages({at(4088).address(), at(8200).address()});
  LogTable::arm(at(8192));
  EXPECT_TRUE(LogTable::isArmed(at(8192), at(0).address()));
  EXPECT_TRUE(LogTable::isArmed(at(8192), at(4096).address()));
  EXPECT_TRUE(LogTable::isArmed(at(8192)));
  EXPECT_FALSE(LogTable::isArmed(at(8192), at(12288).address()));
  LogTable::disarm(memory);
  platform::unreserve(memory);
}

TEST_F(LogTableTest, SlotsAreArmedOneByOne) {
  LogTable::arm(memory_);
  for (std::size_t i = 32; i < 35; ++i)
    LogTable::disarm(slot(i));
  LogTable::arm(slot(33));
  EXPECT_FALSE(LogTable::isArmed(slot(32)));
  EXPECT_TRUE(LogTable::isArmed(slot(33)));
  EXPECT_FALSE(LogTable::isArmed(slot(34)));
  LogTable::disarm(slot(33));
  EXPECT_FALSE(LogTable::isArmed(slot(33)));
}

/// As the inline barrier of compiled code tests it.
TEST_F(LogTableTest, BitIsWhereCompiledCodeLooks) {
  LogTable::arm(memory_);
  LogTable::disarm(slot(41));
  Word bits = slot(40).address().bits();
  EXPECT_TRUE(LogTable::pages()[bits >> 12]);
  EXPECT_TRUE((LogTable::base()[bits >> 9] >> ((bits >> 3) & 63)) & 1);
  bits = slot(41).address().bits();
  EXPECT_FALSE((LogTable::base()[bits >> 9] >> ((bits >> 3) & 63)) & 1);
}

} // namespace
