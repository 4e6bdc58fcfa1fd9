// Pools and the buffers of their allocation points.
#include "pool_test.h"

#include "arena/log_table.h"

#include <cstring>

namespace mps {
namespace {

using PoolStepTest = OnePoolTest;

TEST_F(PoolStepTest, FillMakesRoomOfZeros) {
  ASSERT_EQ(pool_.fill(buffer_, 64), Result::Ok);
  ASSERT_GE(room(), 64u);
  for (Word word = point_.alloc; word < point_.limit; word += kWordSize)
    ASSERT_EQ(*Address::fromBits(word).as<Word>(), 0u);
  EXPECT_EQ(chain_.generations[0].newBytes, arena_.segmentSize());
}

TEST_F(PoolStepTest, FillClearsWhatIsReused) {
  ASSERT_EQ(pool_.fill(buffer_, 64), Result::Ok);
  std::memset(buffer_.segment->extent.base.as(), 0xee,
              buffer_.segment->extent.size());
  Segment *used = buffer_.segment;
  pool_.retire(buffer_);
  pool_.segments[0].remove(used);
  pool_.free(used);
  ASSERT_EQ(pool_.fill(buffer_, 30000), Result::Ok);
  EXPECT_EQ(*Address::fromBits(point_.alloc).as<Word>(), 0u);
  EXPECT_EQ(*Address::fromBits(point_.alloc + 29992).as<Word>(), 0u);
}

TEST_F(PoolStepTest, SmallFillsStayInOneSegment) {
  ASSERT_EQ(pool_.fill(buffer_, 64), Result::Ok);
  Segment *segment = buffer_.segment;
  while (segment->extent.limit.bits() - point_.alloc >= 64) {
    ASSERT_EQ(pool_.fill(buffer_, 64), Result::Ok);
    ASSERT_EQ(buffer_.segment, segment);
    take(room() / 64 * 64);
  }
  ASSERT_EQ(pool_.fill(buffer_, 64), Result::Ok);
  EXPECT_NE(buffer_.segment, segment);
  EXPECT_FALSE(segment->isBuffered);
  EXPECT_EQ(segment->fill, segment->extent.limit);
}

TEST_F(PoolStepTest, RetiredSegmentEndsWhereItsObjectsDo) {
  ASSERT_EQ(pool_.fill(buffer_, 64), Result::Ok);
  Segment *segment = buffer_.segment;
  take(96);
  pool_.retire(buffer_);
  EXPECT_EQ(segment->fill, segment->extent.base + 96);
  EXPECT_EQ(buffer_.segment, nullptr);
  EXPECT_EQ(pool_.allocatedBytes(), 96u);
}

TEST_F(PoolStepTest, ClientsObjectsEndAtInit) {
  buffer_.owner = BufferOwner::Client;
  ASSERT_EQ(pool_.fill(buffer_, 64), Result::Ok);
  take(64);
  EXPECT_EQ(buffer_.objectsEnd(), buffer_.segment->extent.base);
  point_.init = point_.alloc;
  EXPECT_EQ(buffer_.objectsEnd(), buffer_.segment->extent.base + 64);
}

TEST_F(PoolStepTest, LargeObjectHasASegmentOfItsOwn) {
  constexpr std::size_t kSize = 100000;
  Address object;
  ASSERT_EQ(pool_.allocateLarge(&object, kSize), Result::Ok);
  Segment *segment = arena_.segmentOf(object);
  EXPECT_EQ(segment->extent.base, object);
  EXPECT_EQ(segment->fill, object + kSize);
  EXPECT_TRUE(segment->isLarge);
  EXPECT_EQ(*(object + kSize - kWordSize).as<Word>(), 0u);
  EXPECT_TRUE(pool_.isLarge(kSize));
  EXPECT_FALSE(pool_.isLarge(64));
}

TEST_F(PoolStepTest, LargeReservationIsAloneInItsSegment) {
  ASSERT_EQ(pool_.fill(buffer_, 100000), Result::Ok);
  Segment *segment = buffer_.segment;
  EXPECT_EQ(room(), 100000u);
  take(100000);
  ASSERT_EQ(pool_.fill(buffer_, 64), Result::Ok);
  EXPECT_NE(buffer_.segment, segment);
}

TEST_F(PoolStepTest, SettledSegmentsAreArmedAndYoungOnesAreNot) {
  Segment *young = nullptr, *settled = nullptr;
  ASSERT_EQ(pool_.newSegment(&young, 4096, 0), Result::Ok);
  ASSERT_EQ(pool_.newSegment(&settled, 4096, chain_.top()), Result::Ok);
  EXPECT_FALSE(LogTable::isArmed(Slot::at(young->extent.base)));
  EXPECT_TRUE(LogTable::isArmed(Slot::at(settled->extent.base)));
  EXPECT_TRUE(settled->tag & kSettledGrain);
  Slot slot = Slot::at(settled->extent.base);
  pool_.free(settled);
  EXPECT_FALSE(LogTable::isArmed(slot));
  pool_.free(young);
}

TEST_F(PoolStepTest, FreeSizeIsWhatHoldsNoObjects) {
  ASSERT_EQ(pool_.fill(buffer_, 64), Result::Ok);
  take(128);
  EXPECT_EQ(pool_.totalSize(), arena_.segmentSize());
  EXPECT_EQ(pool_.freeSize(), arena_.segmentSize() - 128);
}

TEST_F(PoolStepTest, UncountedBufferIsNotNewToTheNursery) {
  buffer_.countsAsNew = false;
  ASSERT_EQ(pool_.fill(buffer_, 64), Result::Ok);
  EXPECT_EQ(chain_.generations[0].newBytes, 0u);
  EXPECT_EQ(buffer_.uncounted, arena_.segmentSize());
}

TEST_F(PoolStepTest, FillBeyondTheCommitLimitIsAResult) {
  ASSERT_EQ(arena_.setCommitLimit(arena_.committed()), Result::Ok);
  EXPECT_EQ(pool_.fill(buffer_, 64), Result::CommitLimit);
  EXPECT_EQ(buffer_.segment, nullptr);
}

} // namespace
} // namespace mps
