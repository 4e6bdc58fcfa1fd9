// What several threads copy objects to.
#include "pool/shared_destination.h"
#include "pool_test.h"

namespace mps {
namespace {

class SharedDestinationTest : public OnePoolTest {
protected:
  Segment *makeSegment() {
    Segment *segment = nullptr;
    EXPECT_EQ(pool_.newSegment(&segment, arena_.segmentSize(), chain_.top()),
              Result::Ok);
    return segment;
  }
  void addSegment() { ASSERT_TRUE(destination_.add(*makeSegment())); }
  void close() {
    destination_.close([&](Segment &segment) { pool_.free(&segment); });
  }
  void TearDown() override { close(); }

  SharedDestination destination_;
};

TEST_F(SharedDestinationTest, RoomIsTakenUntilThereIsNone) {
  EXPECT_FALSE(destination_.take(16).base);
  addSegment();
  auto first = destination_.take(64);
  EXPECT_EQ(destination_.take(16).base, first.base + 64);
  EXPECT_FALSE(destination_.take(arena_.segmentSize()).base);
}

TEST_F(SharedDestinationTest, RoomGivenBackIsTakenInParts) {
  addSegment();
  auto room = destination_.take(64);
  Address next = destination_.take(16).base;
  destination_.giveBack(room);
  EXPECT_EQ(destination_.take(48).base, room.base);
  EXPECT_EQ(destination_.take(32).base, next + 16) << "more than is left";
  EXPECT_EQ(destination_.take(16).base, room.base + 48);
  EXPECT_EQ(destination_.take(16).base, next + 48);
}

TEST_F(SharedDestinationTest, PartsGivenBackAreOneAgain) {
  addSegment();
  auto room = destination_.take(64);
  destination_.giveBack(room);
  destination_.giveBack(destination_.take(48));
  EXPECT_EQ(destination_.take(64).base, room.base);
}

TEST_F(SharedDestinationTest, OfSeveralRoomsTheLargestIsKept) {
  addSegment();
  auto small = destination_.take(16), large = destination_.take(64),
       last = destination_.take(32);
  destination_.giveBack(small);
  destination_.giveBack(large);
  destination_.giveBack(last);
  EXPECT_EQ(destination_.take(16).base, large.base);
}

/// A copy in both would be cut by what is made of either's gaps.
TEST_F(SharedDestinationTest, RoomsOfTwoSegmentsAreNotOne) {
  Segment *below = makeSegment(), *above = makeSegment();
  ASSERT_EQ(below->extent.limit, above->extent.base);
  ASSERT_TRUE(destination_.add(*above));
  ASSERT_TRUE(destination_.add(*below));
  auto first = destination_.take(32);
  ASSERT_EQ(first.base, above->extent.base);
  destination_.giveBack(first);
  destination_.take(arena_.segmentSize() - 32);
  destination_.take(arena_.segmentSize() - 64);
  auto last = destination_.take(64);
  ASSERT_EQ(last.base + 64, first.base);
  destination_.giveBack(last);
  EXPECT_FALSE(destination_.take(96).base);
  EXPECT_EQ(destination_.take(64).base, last.base);
}

TEST_F(SharedDestinationTest, ThreadKeepsRoomOfTwoPools) {
  SharedDestination leaves;
  addSegment();
  ASSERT_TRUE(leaves.add(*makeSegment()));
  auto room = destination_.take(64), leaf = leaves.take(32);
  destination_.giveBack(room);
  leaves.giveBack(leaf);
  EXPECT_EQ(destination_.take(64).base, room.base);
  EXPECT_EQ(leaves.take(32).base, leaf.base);
  leaves.close([&](Segment &segment) { pool_.free(&segment); });
}

TEST_F(SharedDestinationTest, RoomGivenBackIsForgottenWithItsSegment) {
  addSegment();
  auto room = destination_.take(64);
  destination_.giveBack(room);
  close();
  EXPECT_FALSE(destination_.take(16).base);
  SharedDestination another;
  EXPECT_FALSE(another.take(16).base);
}

} // namespace
} // namespace mps
