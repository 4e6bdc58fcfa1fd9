// Chunks: finding free grains, mark bits.
#include "arena/chunk.h"

#include "arena/log_table.h"

#include <gtest/gtest.h>

#include <random>

using namespace mps;

namespace {

class ChunkTest : public testing::Test {
protected:
  static constexpr std::size_t kGrain = 4096, kGrains = 64;

  void SetUp() override {
    ASSERT_NE(LogTable::base(), nullptr);
    ASSERT_TRUE(chunk_.create(kGrains * kGrain, 12));
  }
  void TearDown() override { chunk_.destroy(); }

  Extent grains(std::size_t first, std::size_t count) const {
    return Extent::of(chunk_.extent.base + first * kGrain, count * kGrain);
  }
  void use(Segment &segment, std::size_t first, std::size_t count) {
    segment.extent = grains(first, count);
    chunk_.setTags(segment.extent, kUsedGrain);
    chunk_.setUsed(segment);
  }
  void release(Segment &segment) { chunk_.setFree(segment.extent); }

  Chunk chunk_;
};

TEST_F(ChunkTest, FirstFitIsFound) {
  EXPECT_EQ(chunk_.findFree(1), 0u);
  Segment a, b;
  use(a, 0, 3);
  use(b, 5, 1);
  EXPECT_EQ(chunk_.findFree(1), 3u);
  EXPECT_EQ(chunk_.findFree(2), 3u);
  EXPECT_EQ(chunk_.findFree(3), 6u);
  release(a);
  EXPECT_EQ(chunk_.findFree(5), 0u);
}

TEST_F(ChunkTest, FirstFitIsFoundWhateverWasSearchedBefore) {
  std::mt19937 random(7);
  Segment used[kGrains];
  bool isUsed[kGrains] = {};
  for (int step = 0; step < 20000; ++step) {
    std::size_t count = 1 + random() % 12, expected = 0;
    auto isFree = [&](std::size_t first) {
      for (std::size_t i = first; i < first + count; ++i)
        if (chunk_.tags[i] != kFreeGrain)
          return false;
      return true;
    };
    while (expected + count <= kGrains && !isFree(expected))
      ++expected;
    if (expected + count > kGrains)
      expected = kGrains;
    ASSERT_EQ(chunk_.findFree(count), expected) << "step " << step;
    std::size_t place = random() % kGrains;
    if (isUsed[place])
      release(used[place]);
    else if (expected != kGrains)
      place = expected, use(used[place], expected, count);
    else
      continue;
    isUsed[place] ^= true;
  }
}

TEST_F(ChunkTest, FullChunkHasNone) {
  Segment all;
  use(all, 0, kGrains);
  EXPECT_EQ(chunk_.findFree(1), kGrains);
  release(all);
  EXPECT_EQ(chunk_.findFree(kGrains), 0u);
  EXPECT_EQ(chunk_.findFree(kGrains + 1), kGrains);
}

TEST_F(ChunkTest, DirtyGrainsAreTakenFromTheHighestOn) {
  chunk_.setDirty(grains(3, 4));
  chunk_.setDirty(grains(20, 2));
  EXPECT_EQ(chunk_.dirtySize(grains(0, kGrains)), 6 * kGrain);
  EXPECT_EQ(chunk_.takeHighestDirty(10 * kGrain), grains(20, 2));
  EXPECT_EQ(chunk_.takeHighestDirty(kGrain), grains(6, 1));
  EXPECT_EQ(chunk_.takeDirty(grains(0, 4)), kGrain);
  EXPECT_EQ(chunk_.takeHighestDirty(10 * kGrain), grains(4, 2));
  EXPECT_TRUE(chunk_.takeHighestDirty(kGrain).isEmpty());
}

TEST(HugeMarksTest, OfALargeHeapAreInHugePagesAheadOfUse) {
  constexpr std::size_t kMiB = std::size_t(1) << 20;
  Chunk chunk;
  ASSERT_TRUE(chunk.create(2048 * kMiB, 12));
  Address base = chunk.extent.base;
  auto marksOf = [&](std::size_t mib) {
    return Address::of(chunk.markWordOf(base + mib * kMiB));
  };
  chunk.adviseMarks(Extent::of(base, 64 * kMiB));
  EXPECT_EQ(chunk.hugeMarks, Address());
  // Memory before 1001 MiB may be in use already: its marks stay as they are.
  for (std::size_t mib = 1001; mib < 1001 + 128; ++mib) {
    chunk.adviseMarks(Extent::of(base + mib * kMiB, kMiB));
    if (!chunk.hugeMarks)
      continue;
    EXPECT_GE(chunk.hugeMarks, marksOf(1001 + 128));
    EXPECT_GE(chunk.hugeMarks, marksOf(mib + 1));
    EXPECT_LE(chunk.hugeMarks, marksOf(mib + 17 + 128));
  }
  EXPECT_NE(chunk.hugeMarks, Address());
  chunk.adviseMarks({base + 2046 * kMiB, chunk.extent.limit});
  EXPECT_LE(chunk.hugeMarks, Address::of(chunk.holeBits));
  chunk.destroy();
}

TEST_F(ChunkTest, MarksAreForSingleWordsAndClearedByExtent) {
  Address object = chunk_.extent.base + kGrain;
  chunk_.mark(object);
  chunk_.mark(object + 2 * kGrain);
  EXPECT_TRUE(chunk_.isMarked(object));
  EXPECT_FALSE(chunk_.isMarked(object + kWordSize));
  chunk_.clearMarks(grains(1, 1));
  EXPECT_FALSE(chunk_.isMarked(object));
  EXPECT_TRUE(chunk_.isMarked(object + 2 * kGrain));
}

} // namespace
