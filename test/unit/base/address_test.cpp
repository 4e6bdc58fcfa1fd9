// Addresses, extents, references and slots.
#include "base/address.h"

#include <gtest/gtest.h>

using namespace mps;

namespace {

TEST(AddressTest, AlignsUpAndDown) {
  EXPECT_EQ(alignUp(1, 8), 8u);
  EXPECT_EQ(alignUp(16, 8), 16u);
  EXPECT_EQ(alignDown(23, 8), 16u);
  Address address = Address::fromBits(0x1001);
  EXPECT_EQ(address.alignedUp(0x1000), Address::fromBits(0x2000));
  EXPECT_EQ(address.alignedDown(0x1000), Address::fromBits(0x1000));
  EXPECT_FALSE(address.isAligned(2));
}

TEST(AddressTest, PowersOfTwoDoNotIncludeZero) {
  EXPECT_FALSE(isPowerOfTwo(0));
  EXPECT_TRUE(isPowerOfTwo(1));
  EXPECT_TRUE(isPowerOfTwo(4096));
  EXPECT_FALSE(isPowerOfTwo(4095));
}

TEST(AddressTest, ExtentIsHalfOpen) {
  Extent extent = Extent::of(Address::fromBits(100), 10);
  EXPECT_FALSE(extent.contains(Address::fromBits(99)));
  EXPECT_TRUE(extent.contains(Address::fromBits(100)));
  EXPECT_TRUE(extent.contains(Address::fromBits(109)));
  EXPECT_FALSE(extent.contains(Address::fromBits(110)));
  EXPECT_TRUE(Extent().isEmpty());
  EXPECT_FALSE(Extent().contains(Address()));
}

TEST(AddressTest, SlotLoadsWhatItStored) {
  Word word = 0;
  Slot slot = Slot::at(Address::of(&word));
  slot.store(Ref::fromBits(0x1230));
  EXPECT_EQ(word, 0x1230u);
  EXPECT_EQ(slot.load(), Ref::fromBits(0x1230));
}

} // namespace
