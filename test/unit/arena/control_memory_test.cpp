// Memory for the runtime's own structures.
#include "arena/side_memory.h"

#include "../platform/address_space_limit.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

using namespace mps;

namespace {

TEST(ControlMemoryTest, BlocksAreAlignedAndDoNotOverlap) {
  constexpr std::size_t kSizes[] = {1, 16, 17, 100, 1000, 30000, 16, 8};
  ControlMemory memory;
  std::vector<unsigned char *> blocks;
  for (std::size_t size : kSizes) {
    void *block = memory.allocate(size);
    ASSERT_NE(block, nullptr);
    EXPECT_TRUE(Address::of(block).isAligned(16));
    std::memset(block, int(blocks.size()), size);
    blocks.push_back(static_cast<unsigned char *>(block));
  }
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    EXPECT_EQ(blocks[i][0], i);
    EXPECT_EQ(blocks[i][kSizes[i] - 1], i);
  }
}

TEST(ControlMemoryTest, FreedBlockIsReusedForItsSizeClass) {
  ControlMemory memory;
  void *block = memory.allocate(100);
  memory.free(block, 100);
  EXPECT_NE(memory.allocate(200), block);
  EXPECT_EQ(memory.allocate(70), block);
}

TEST(ControlMemoryTest, CommitsByPieces) {
  ControlMemory memory;
  EXPECT_EQ(memory.committed(), 0u);
  memory.allocate(16);
  std::size_t piece = memory.committed();
  EXPECT_GT(piece, 0u);
  for (int i = 0; i < 5000; ++i)
    ASSERT_NE(memory.allocate(16), nullptr);
  EXPECT_EQ(memory.committed() % piece, 0u);
  EXPECT_GE(memory.committed(), 5000 * 16u);
}

/// Who maps memory may have to wait for as long as others change mappings.
TEST(ControlMemoryTest, MapsSeldom) {
  constexpr std::size_t kSize = 32768, kBlocks = 2000;
  ControlMemory memory;
  unsigned areas = 0;
  for (Address last; memory.committed() < kBlocks * kSize;) {
    Address block = Address::of(memory.allocate(kSize));
    ASSERT_TRUE(block);
    areas += block != last + kSize;
    last = block;
  }
  EXPECT_LT(areas, 15u);
}

TEST(ControlMemoryTest, MakesAndDestroysObjects) {
  struct Counted {
    explicit Counted(int &live) : live_(live) { ++live_; }
    ~Counted() { --live_; }
    int &live_;
  };
  int live = 0;
  ControlMemory memory;
  Counted *counted = memory.make<Counted>(live);
  EXPECT_EQ(live, 1);
  memory.destroy(counted);
  EXPECT_EQ(live, 0);
}

TEST(GrowingArrayTest, KeepsItsItemsWhileItGrows) {
  GrowingArray<int> array;
  for (int i = 0; i < 100000; ++i)
    ASSERT_TRUE(array.push(i));
  ASSERT_EQ(array.size(), 100000u);
  for (int i = 0; i < 100000; ++i)
    ASSERT_EQ(array[std::size_t(i)], i);
  array.truncate(5);
  EXPECT_EQ(array.end() - array.begin(), 5);
}

TEST(GrowingArrayTest, SwapsWithAnother) {
  GrowingArray<int> one, other;
  ASSERT_TRUE(one.push(1));
  one.swap(other);
  EXPECT_EQ(one.size(), 0u);
  ASSERT_EQ(other.size(), 1u);
  EXPECT_EQ(other[0], 1);
}

TEST(GrowingArrayTest, GivesBackWhatItHasNotNeededForAWhile) {
  constexpr std::size_t kMost = std::size_t(1) << 20;
  GrowingArray<Word> array;
  for (Word i = 0; i < 1000000; ++i)
    ASSERT_TRUE(array.push(i));
  std::size_t most = array.reserved();
  EXPECT_LT(most, 2 * 1000000 * sizeof(Word));
  array.truncate(1000);
  array.shrink(kMost); // It was needed since the last time.
  EXPECT_EQ(array.reserved(), most);
  std::size_t before = most;
  for (int i = 0; i < 100; ++i) {
    std::size_t given = array.shrink(kMost);
    EXPECT_EQ(before - array.reserved(), given);
    EXPECT_LE(given, kMost);
    before = array.reserved();
  }
  EXPECT_LE(before, std::size_t(64) << 10);
  for (Word i = 0; i < 1000; ++i)
    EXPECT_EQ(array[i], i);
  for (Word i = 1000; i < 100000; ++i)
    ASSERT_TRUE(array.push(i));
  for (Word i = 0; i < 100000; ++i)
    ASSERT_EQ(array[i], i);
}

TEST(SideMemoryTest, ArraysTogetherGiveBackNoMoreAtATimeThanOne) {
  constexpr std::size_t kMost = std::size_t(1) << 20;
  constexpr Word kItems = 3000000;
  GrowingArray<Word> arrays[4];
  for (auto &array : arrays)
    for (Word i = 0; i < kItems; ++i)
      ASSERT_TRUE(array.push(i));
  for (auto &array : arrays)
    array.clear();
  std::size_t before = 0, left = 0;
  for (int i = 0; i < 200; ++i) {
    SideMemory memory(kMost);
    memory.show(arrays[0], arrays[1], arrays[2], arrays[3]);
    left = memory.size();
    if (i != 0)
      EXPECT_LE(before - left, kMost);
    before = left;
  }
  EXPECT_LE(left, kMost); // And all do, in the end.
}

TEST(GrowingArrayTest, KeepsWhatItNeedsEachTime) {
  GrowingArray<Word> array;
  std::size_t reserved = 0;
  for (int i = 0; i < 10; ++i) {
    for (Word j = 0; j < 100000; ++j)
      ASSERT_TRUE(array.push(j));
    array.clear();
    array.shrink(std::size_t(1) << 20);
    if (i > 0)
      EXPECT_EQ(array.reserved(), reserved);
    reserved = array.reserved();
  }
}

TEST(GrowingArrayTest, WithoutAddressSpaceItStaysAsItIs) {
  constexpr Word kMost = Word(16) << 20;
  GrowingArray<Word> array;
  {
    AddressSpaceLimit limit(std::size_t(8) << 20);
    for (Word i = 0; i < kMost && array.push(i);)
      ++i;
    EXPECT_LT(array.size(), kMost);
  }
  Word size = array.size();
  ASSERT_TRUE(array.push(size)) << "there is some again";
  ASSERT_EQ(array.size(), size + 1);
  for (Word i = 0; i <= size; ++i)
    ASSERT_EQ(array[i], i);
}

TEST(GrowingArrayTest, ShrinksToWhatIsInIt) {
  GrowingArray<Word> array;
  for (Word i = 0; i < 1000000; ++i)
    ASSERT_TRUE(array.push(i));
  array.truncate(10000);
  array.shrinkToFit();
  EXPECT_LE(array.reserved(), 10000 * sizeof(Word) + platform::kPageSize);
  for (Word i = 0; i < 10000; ++i)
    EXPECT_EQ(array[i], i);
}

} // namespace
