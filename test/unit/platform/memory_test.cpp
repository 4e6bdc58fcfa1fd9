// Address space and memory.
#include "platform/memory.h"

#include <gtest/gtest.h>

#include <cstring>
#include <sys/mman.h>
#include <vector>

using namespace mps;
using namespace mps::platform;

namespace {

constexpr std::size_t kSize = std::size_t(4) << 20;

TEST(MemoryTest, ReservationsAreAlignedAndZero) {
  for (Pages pages : {Pages::Small, Pages::Huge}) {
    Extent extent = reserve(kSize, pages);
    ASSERT_EQ(extent.size(), kSize);
    EXPECT_TRUE(extent.base.isAligned(pages == Pages::Huge ? kHugePageSize
                                                           : kPageSize));
    EXPECT_EQ(*extent.base.as<Word>(), 0u);
    EXPECT_EQ(*(extent.limit - kWordSize).as<Word>(), 0u);
    unreserve(extent);
  }
}

TEST(MemoryTest, DiscardedPagesReadAsZero) {
  Extent extent = reserve(kSize, Pages::Small);
  std::memset(extent.base.as(), 0xaa, 2 * kPageSize);
  discard(Extent::of(extent.base, kPageSize));
  EXPECT_EQ(*extent.base.as<Word>(), 0u);
  EXPECT_NE(*(extent.base + kPageSize).as<Word>(), 0u);
  unreserve(extent);
}

/// The system keeps those.
TEST(MemoryTest, DiscardedPagesThatAreLockedReadAsZero) {
  Extent extent = reserve(kPageSize, Pages::Small);
  ASSERT_EQ(mlock(extent.base.as(), extent.size()), 0);
  std::memset(extent.base.as(), 0xaa, kPageSize);
  discard(extent);
  EXPECT_EQ(*extent.base.as<Word>(), 0u);
  unreserve(extent);
}

TEST(MemoryTest, ReadOnlyReservationBecomesWritableInParts) {
  Extent extent = reserveReadOnly(kSize);
  ASSERT_TRUE(makeWritable(Extent::of(extent.base, kPageSize)));
  *extent.base.as<Word>() = 1;
  EXPECT_EQ(*(extent.base + kPageSize).as<Word>(), 0u);
  unreserve(extent);
}

TEST(MemoryTest, ImpossibleReservationIsEmpty) {
  EXPECT_TRUE(reserve(~std::size_t(0) / 2, Pages::Huge).isEmpty());
  EXPECT_TRUE(reserve(~std::size_t(0), Pages::Huge).isEmpty());
}

TEST(MemoryTest, PopulatedPagesAreResidentAndUnchanged) {
  Extent extent = reserve(kSize, Pages::Small);
  *(extent.base + kPageSize).as<Word>() = 7;
  populateUnchanged(extent);
  std::vector<unsigned char> resident(kSize / kPageSize);
  ASSERT_EQ(mincore(extent.base.as(), kSize, resident.data()), 0);
  for (std::size_t i = 0; i < resident.size(); ++i)
    ASSERT_EQ(resident[i] & 1, 1) << "page " << i;
  EXPECT_EQ(*extent.base.as<Word>(), 0u);
  EXPECT_EQ(*(extent.base + kPageSize).as<Word>(), 7u);
  unreserve(extent);
}

TEST(MemoryDeathTest, PoisonedPagesAreInaccessible) {
  Extent extent = reserve(kSize, Pages::Small);
  *extent.base.as<Word>() = 7;
  poison(extent);
  EXPECT_DEATH((void)*extent.base.as<volatile Word>(), "");
  unpoison(extent);
  EXPECT_EQ(*extent.base.as<Word>(), 7u);
  unreserve(extent);
}

} // namespace
