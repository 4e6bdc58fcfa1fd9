// Arenas: segments, limits, spare memory, chunks.
#include "arena/arena.h"

#include "arena/log_table.h"

#include <gtest/gtest.h>

#include <chrono>
#include <sys/mman.h>
#include <thread>
#include <vector>

using namespace mps;

namespace {

constexpr std::size_t kMiB = std::size_t(1) << 20;

class ArenaStepTest : public testing::Test {
protected:
  static ArenaOptions options() {
    ArenaOptions options;
    options.size = 8 * kMiB;
    return options;
  }

  Segment *allocate(std::size_t size) {
    Segment *segment = nullptr;
    last_ = arena_.allocate(&segment, size, pool(), 0, kUsedGrain);
    return segment;
  }
  /// What segments need is that it is not null.
  Pool *pool() { return reinterpret_cast<Pool *>(this); }
  std::size_t segmentSize() const { return arena_.segmentSize(); }

  void SetUp() override { ASSERT_EQ(arena_.initialise(), Result::Ok); }

  Arena arena_{options()};
  Result last_ = Result::Ok;
};

TEST_F(ArenaStepTest, SegmentsAreFoundByAnyOfTheirAddresses) {
  Segment *segment = allocate(3 * 4096);
  ASSERT_NE(segment, nullptr);
  EXPECT_EQ(segment->extent.size(), 3 * 4096u);
  EXPECT_EQ(arena_.segmentOf(segment->extent.base), segment);
  EXPECT_EQ(arena_.segmentOf(segment->extent.limit - 1), segment);
  EXPECT_EQ(arena_.segmentOf(segment->extent.limit), nullptr);
  EXPECT_EQ(arena_.segmentOf(Address()), nullptr);
  arena_.free(segment);
  EXPECT_EQ(arena_.segmentOf(segment->extent.base), nullptr);
}

TEST_F(ArenaStepTest, SizesAreRoundedUpToGrains) {
  Segment *segment = allocate(1);
  EXPECT_EQ(segment->extent.size(), arena_.grainSize());
  EXPECT_EQ(arena_.used(), arena_.grainSize());
  arena_.free(segment);
  EXPECT_EQ(arena_.used(), 0u);
}

TEST_F(ArenaStepTest, CommitLimitIsNeverExceeded) {
  ASSERT_EQ(arena_.setCommitLimit(2 * kMiB), Result::Ok);
  std::vector<Segment *> segments;
  while (Segment *segment = allocate(segmentSize()))
    segments.push_back(segment);
  EXPECT_EQ(last_, Result::CommitLimit);
  EXPECT_LE(arena_.committed(), 2 * kMiB);
  EXPECT_GT(arena_.committed(), 2 * kMiB - 2 * segmentSize());
  arena_.free(segments.back());
  EXPECT_NE(allocate(segmentSize()), nullptr);
}

TEST_F(ArenaStepTest, SpareMemoryMakesRoomForOtherSizes) {
  ASSERT_EQ(arena_.setCommitLimit(2 * kMiB), Result::Ok);
  std::vector<Segment *> segments;
  while (Segment *segment = allocate(segmentSize()))
    segments.push_back(segment);
  for (Segment *each : segments)
    arena_.free(each);
  EXPECT_GT(arena_.spareCommitted(), kMiB);
  EXPECT_NE(allocate(kMiB), nullptr);
  EXPECT_LE(arena_.committed(), 2 * kMiB);
}

TEST_F(ArenaStepTest, LimitBelowWhatIsInUseFails) {
  allocate(kMiB);
  EXPECT_EQ(arena_.setCommitLimit(kMiB / 2), Result::Fail);
  EXPECT_EQ(arena_.commitLimit(), ~std::size_t(0));
}

TEST_F(ArenaStepTest, FreedSegmentIsReusedFirst) {
  Segment *segment = allocate(segmentSize());
  allocate(segmentSize());
  Address base = segment->extent.base;
  arena_.free(segment);
  EXPECT_EQ(arena_.spareCommitted(), segmentSize());
  Segment *again = allocate(segmentSize());
  EXPECT_EQ(again->extent.base, base);
  EXPECT_FALSE(again->isZero);
  EXPECT_EQ(arena_.spareCommitted(), 0u);
}

bool isResident(Address page) {
  unsigned char resident = 0;
  mincore(page.as(), platform::kPageSize, &resident);
  return resident & 1;
}

/// Once, each table's first page for some memory was faulted in in the pause in
/// which an object there settled or was marked. Memory that is near is left to
/// who uses it, but its tables are not.
TEST(ArenaAheadTest, MemoryAndItsTablesAreThereAheadOfUse) {
  ArenaOptions options;
  options.size = 64 * kMiB;
  Arena arena(options);
  ASSERT_EQ(arena.initialise(), Result::Ok);
  arena.setPopulatesAhead(true);
  arena.setFaultsSmall(true);
  arena.setMarksSoon(true);
  Segment *segment = nullptr;
  ASSERT_EQ(arena.allocate(&segment, arena.segmentSize(),
                           reinterpret_cast<Pool *>(&arena), 0, kUsedGrain),
            Result::Ok);
  Address front = segment->extent.limit;
  Extent far = Extent::of(
      (front + platform::Populator::kNear).alignedUp(platform::kHugePageSize),
      4 * kMiB);
  for (int i = 0; i < 2000 && !isResident(far.limit); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  static std::size_t missing;
  missing = 0;
  auto count = [](Extent pages) {
    for (Address page = pages.base; page < pages.limit;
         page += platform::kPageSize)
      missing += !isResident(page);
  };
  count(far);
  for (Extent each : {Extent::of(front, 4 * kMiB), far}) {
    segment->chunk->forEachTable(each, false, count);
    LogTable::forEachTable(each, count);
  }
  EXPECT_EQ(missing, 0u);
  EXPECT_FALSE(isResident(front));
}

TEST_F(ArenaStepTest, WithoutSpareMemoryGoesBackAtOnce) {
  Segment *segment = allocate(segmentSize());
  *segment->extent.base.as<Word>() = 1;
  arena_.free(segment);
  arena_.setSpare(0.0);
  EXPECT_EQ(arena_.spareCommitted(), 0u);
  segment = allocate(segmentSize());
  EXPECT_TRUE(segment->isZero);
  EXPECT_EQ(*segment->extent.base.as<Word>(), 0u);
}

TEST_F(ArenaStepTest, MoreChunksComeWhenTheFirstIsFull) {
  std::size_t reserved = arena_.reserved();
  Chunk *first = arena_.firstChunk();
  Segment *small = allocate(segmentSize());
  Segment *large = allocate(20 * kMiB);
  ASSERT_NE(large, nullptr);
  EXPECT_GT(arena_.reserved(), reserved);
  EXPECT_EQ(arena_.firstChunk(), first);
  EXPECT_NE(large->chunk, first);
  EXPECT_EQ(arena_.chunkOf(small->extent.base), first);
  EXPECT_EQ(arena_.segmentOf(large->extent.base + 10 * kMiB), large);
}

TEST_F(ArenaStepTest, ImpossibleSizesAreResults) {
  EXPECT_EQ(allocate(~std::size_t(0)), nullptr);
  EXPECT_EQ(allocate(std::size_t(1) << 62), nullptr);
  EXPECT_NE(last_, Result::Ok);
  EXPECT_NE(allocate(segmentSize()), nullptr);
}

TEST_F(ArenaStepTest, TagsAreSetForAllGrainsAndClearedWhenReleased) {
  Segment *segment = allocate(segmentSize());
  Chunk &chunk = *segment->chunk;
  arena_.setTag(segment, kUsedGrain | kWhiteGrain);
  std::size_t first = chunk.grainOf(segment->extent.base);
  std::size_t count = segmentSize() / arena_.grainSize();
  for (std::size_t i = 0; i < count; ++i)
    EXPECT_EQ(chunk.tags[first + i], kUsedGrain | kWhiteGrain);
  EXPECT_EQ(chunk.tags[first + count], kFreeGrain);
  arena_.free(segment);
  EXPECT_EQ(arena_.segmentOf(segment->extent.base), nullptr);
  EXPECT_EQ(chunk.tags[first], kUsedGrain) << "it is kept";
  arena_.setSpare(0.0);
  EXPECT_EQ(chunk.tags[first], kFreeGrain);
}

TEST_F(ArenaStepTest, MemoryOfLargeSegmentsIsUsedAgainInOtherSizes) {
  Segment *segment = allocate(40 * 4096);
  Segment *neighbour = allocate(20 * 4096);
  Address base = segment->extent.base;
  arena_.free(segment);
  EXPECT_EQ(arena_.spareCommitted(), 40u * 4096);
  std::size_t committed = arena_.committed();
  arena_.free(neighbour);
  segment = allocate(50 * 4096);
  EXPECT_EQ(segment->extent.base, base);
  EXPECT_FALSE(segment->isZero);
  EXPECT_EQ(arena_.committed(), committed);
  EXPECT_EQ(arena_.spareCommitted(), 10u * 4096);
  segment = allocate(12 * 4096);
  EXPECT_EQ(segment->extent.base, base + 50 * 4096);
  EXPECT_FALSE(segment->isZero) << "a part of it has been used";
  EXPECT_EQ(arena_.spareCommitted(), 0u);
  EXPECT_TRUE(allocate(4096 * 3)->isZero);
}

TEST_F(ArenaStepTest, KeptSegmentsMakeOneLargeSegment) {
  std::vector<Segment *> segments;
  for (int i = 0; i < 16; ++i)
    segments.push_back(allocate(segmentSize()));
  Address base = segments.front()->extent.base;
  for (Segment *each : segments)
    arena_.free(each);
  ASSERT_EQ(arena_.setCommitLimit(arena_.committed()), Result::Ok);
  EXPECT_EQ(allocate(10 * segmentSize())->extent.base, base);
  EXPECT_EQ(arena_.spareCommitted(), 6 * segmentSize())
      << "nothing went back to the system";
}

TEST_F(ArenaStepTest, SpareLargeSegmentsMakeRoomForOthers) {
  arena_.free(allocate(100 * 4096));
  ASSERT_EQ(arena_.setCommitLimit(arena_.committed()), Result::Ok);
  EXPECT_NE(allocate(segmentSize()), nullptr);
  EXPECT_LE(arena_.committed(), arena_.commitLimit());
}

/// Once, as much was left as is kept back, though arrays had some of that.
TEST_F(ArenaStepTest, SpareMemoryIsWithinTheLimitWhateverIsKeptBack) {
  arena_.setSpare(1.0);
  std::vector<Segment *> segments;
  for (int i = 0; i < 64; ++i)
    segments.push_back(allocate(segmentSize()));
  ASSERT_EQ(arena_.setCommitLimit(arena_.committed()), Result::Ok);
  for (int i = 0; i < 16; ++i)
    arena_.free(segments[i]);
  arena_.setReserve(16 * segmentSize());
  arena_.setSideSize(4 * segmentSize());
  EXPECT_LE(arena_.committed(), arena_.commitLimit());
  arena_.setReserve(8 * segmentSize());
  ASSERT_NE(allocate(segmentSize()), nullptr);
  EXPECT_LE(arena_.committed(), arena_.commitLimit());
}

/// Once, the memory for the descriptor of the last segment came on top.
TEST_F(ArenaStepTest, DescriptorsOfSegmentsAreWithinTheLimit) {
  while (arena_.control().growthFor<Segment>() == 0)
    ASSERT_NE(allocate(4096), nullptr);
  ASSERT_EQ(arena_.setCommitLimit(arena_.committed() + 4096), Result::Ok);
  EXPECT_EQ(allocate(4096), nullptr);
  EXPECT_EQ(last_, Result::CommitLimit);
  EXPECT_LE(arena_.committed(), arena_.commitLimit());
  std::size_t growth = arena_.control().growthFor<Segment>();
  ASSERT_EQ(arena_.setCommitLimit(arena_.committed() + 4096 + growth),
            Result::Ok);
  EXPECT_NE(allocate(4096), nullptr);
  EXPECT_EQ(arena_.committed(), arena_.commitLimit());
}

// ---- No step takes long, however much is spare ----

class LargeArenaStepTest : public ArenaStepTest {
protected:
  void SetUp() override {
    ArenaStepTest::SetUp();
    arena_.setSpare(1.0);
    std::vector<Segment *> segments;
    for (unsigned i = 0; i < kSegments; ++i)
      segments.push_back(allocate(segmentSize()));
    for (Segment *each : segments)
      arena_.free(each);
  }
  std::size_t usedGrains() const {
    std::size_t count = 0;
    for (Chunk *chunk = arena_.firstChunk(); chunk; chunk = chunk->next)
      for (std::size_t i = 0; i < chunk->grainCount(); ++i)
        count += chunk->tags[i] != kFreeGrain;
    return count;
  }

  static constexpr unsigned kSegments = 4000;
};

/// Once, all that were free were kept: who wanted another size, or gave memory
/// back, had to go through a list without end.
TEST_F(LargeArenaStepTest, FewFreeSegmentsAreKept) {
  EXPECT_EQ(arena_.spareCommitted(), kSegments * segmentSize());
  EXPECT_LE(usedGrains() * arena_.grainSize(), 512 * segmentSize());
}

TEST_F(LargeArenaStepTest, LittleIsGivenBackInOneStep) {
  arena_.setMostTrimmed(2 * kMiB);
  for (std::size_t before = arena_.spareCommitted(); before > 0;) {
    arena_.setSpare(0.5); // Trims to nothing, as nothing is in use.
    ASSERT_LT(arena_.spareCommitted(), before);
    ASSERT_LE(before - arena_.spareCommitted(), 2 * kMiB);
    before = arena_.spareCommitted();
    if (before <= arena_.fixedSize())
      break;
  }
}

TEST_F(LargeArenaStepTest, WhatArraysHaveGrownIsGivenBackWithEachSegment) {
  arena_.setMostTrimmed(2 * kMiB);
  ASSERT_EQ(arena_.setCommitLimit(arena_.committed()), Result::Ok);
  std::size_t spare = arena_.spareCommitted();
  arena_.setSideSize(20 * kMiB);
  EXPECT_NEAR(double(spare - arena_.spareCommitted()), 2.0 * kMiB, 65536.0);
  std::size_t steps = 0;
  for (; arena_.committed() > arena_.commitLimit(); ++steps) {
    std::size_t before = arena_.spareCommitted();
    ASSERT_NE(allocate(segmentSize()), nullptr);
    ASSERT_LE(before - arena_.spareCommitted(), 3 * kMiB);
  }
  EXPECT_GE(steps, 9u);
}

using ArenaStepDeathTest = ArenaStepTest;

TEST_F(ArenaStepDeathTest, PoisonedArenaHidesWhatIsFree) {
  arena_.setPoison(true);
  Segment *segment = allocate(segmentSize());
  Address base = segment->extent.base;
  arena_.free(segment);
  EXPECT_DEATH((void)*base.as<volatile Word>(), "");
  segment = allocate(segmentSize());
  ASSERT_EQ(segment->extent.base, base);
  *base.as<Word>() = 5;
}

} // namespace
