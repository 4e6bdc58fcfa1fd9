// Chunks: finding free grains, mark bits.
#include "arena/chunk.h"

#include "arena/log_table.h"

#include <gtest/gtest.h>

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
    chunk_.setSegment(segment.extent, &segment);
  }
  void release(Segment &segment) {
    chunk_.setTags(segment.extent, kFreeGrain);
    chunk_.setSegment(segment.extent, nullptr);
    std::size_t first = chunk_.grainOf(segment.extent.base);
    if (first < chunk_.firstFree)
      chunk_.firstFree = first;
  }

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

TEST_F(ChunkTest, FullChunkHasNone) {
  Segment all;
  use(all, 0, kGrains);
  EXPECT_EQ(chunk_.findFree(1), kGrains);
  release(all);
  EXPECT_EQ(chunk_.findFree(kGrains), 0u);
  EXPECT_EQ(chunk_.findFree(kGrains + 1), kGrains);
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
