// Gaps between settled objects are given out again.
#include "pool_test.h"

#include "arena/log_table.h"
#include "pool/described_format.h"

#include <cstring>
#include <vector>

namespace mps {
namespace {

class RecyclingTest : public OnePoolTest {
protected:
  /// A settled segment of nodes with a gap of each of these sizes between two,
  /// and nothing behind the last; as a sweep leaves it.
  Segment *makeSegment(std::initializer_list<std::size_t> gaps) {
    Segment *segment = nullptr;
    EXPECT_EQ(pool_.newSegment(&segment, arena_.segmentSize(), chain_.top()),
              Result::Ok);
    pool_.adopt(segment);
    Pool::GapList list(pool_.leastGap());
    Address end = segment->extent.base;
    auto addNode = [&] {
      end.as<Node>()->type = &kNodeType;
      end += sizeof(Node);
      segment->live += sizeof(Node);
    };
    segment->live = 0;
    addNode();
    for (std::size_t gap : gaps) {
      std::memset(end.as(), 0xee, gap);
      DescribedFormat::pad(end, gap);
      list.add({end, end + gap});
      end += gap;
      addNode();
    }
    segment->gaps = list.first();
    segment->fill = end;
    return segment;
  }
  void start() {
    pool_.startRecycling();
    chain_.isRecycling = true;
  }
  void end() {
    chain_.isRecycling = false;
    pool_.endRecycling();
  }
  Address allocate(std::size_t size) {
    if (point_.limit - point_.alloc < size)
      EXPECT_EQ(pool_.fill(buffer_, size), Result::Ok);
    Address object = Address::fromBits(point_.alloc);
    for (std::size_t i = 0; i < size; ++i)
      EXPECT_EQ(object.as<unsigned char>()[i], 0) << "at byte " << i;
    point_.alloc += size;
    object.as<Node>()->type = &kNodeType;
    return object;
  }
  Node *allocateNode() { return allocate(sizeof(Node)).as<Node>(); }
  /// Objects and padding fill the segment; how many are no padding?
  static unsigned countObjects(const Segment &segment) {
    unsigned count = 0;
    Address each = segment.extent.base;
    while (each < segment.fill) {
      count += !DescribedFormat::isPadding(DescribedFormat::headerOf(each));
      each += DescribedFormat::sizeOfAny(each);
    }
    EXPECT_EQ(each, segment.fill);
    return count;
  }
};

TEST_F(RecyclingTest, GapsAreFilledFromTheLowestOn) {
  Segment *segment = makeSegment({32, 64});
  segment->fill = segment->extent.limit; // No room behind them.
  start();
  Address first = segment->extent.base + sizeof(Node);
  EXPECT_EQ(Address::of(allocateNode()), first);
  EXPECT_EQ(Address::of(allocateNode()), first + 32 + sizeof(Node));
  EXPECT_EQ(Address::of(allocateNode()), first + 64 + sizeof(Node));
  EXPECT_NE(arena_.segmentOf(Address::of(allocateNode())), segment);
}

TEST_F(RecyclingTest, RoomBehindTheLastObjectIsAGap) {
  Segment *segment = makeSegment({32});
  Address behind = segment->fill;
  start();
  EXPECT_EQ(Address::of(allocateNode()), behind);
  EXPECT_EQ(segment->fill, segment->extent.limit);
}

TEST_F(RecyclingTest, GapsThatAreTooSmallArePassedOver) {
  Segment *segment = makeSegment({32, 40, 96});
  segment->fill = segment->extent.limit;
  start();
  EXPECT_EQ(allocate(80), segment->extent.base + 3 * sizeof(Node) + 32 + 40);
}

TEST_F(RecyclingTest, SmallGapsAreFilledWhereMemoryIsTight) {
  pool_.setIsTight(true);
  Segment *segment = makeSegment({24, 16});
  segment->fill = segment->extent.limit;
  pool_.setIsTight(false);
  Segment *other = makeSegment({24, 16});
  other->fill = other->extent.limit;
  start();
  Address first = segment->extent.base + sizeof(Node);
  EXPECT_EQ(allocate(24), first);
  EXPECT_EQ(allocate(16), first + 24 + sizeof(Node));
  EXPECT_NE(arena_.segmentOf(allocate(16)), segment);
  EXPECT_EQ(other->gaps, Address());
}

/// Others would give them up for those of the next segment.
TEST_F(RecyclingTest, EachGapIsTriedWhereMemoryIsTight) {
  for (bool isTight : {false, true}) {
    pool_.setIsTight(isTight);
    Segment *next = makeSegment({96});
    Segment *segment = makeSegment({32, 32, 32, 32, 32, 32, 32, 32, 32, 96});
    for (Segment *each : {segment, next})
      each->fill = each->extent.limit;
    start();
    Segment *found = arena_.segmentOf(allocate(80));
    EXPECT_EQ(found, isTight ? segment : next);
    end();
    point_ = {};
    for (Segment *each : {segment, next})
      each->gaps = Address();
  }
}

TEST_F(RecyclingTest, AllGapsAreLookedForWhereNoSegmentCanBeHad) {
  std::vector<Segment *> full;
  Segment *segment = makeSegment({64}); // Behind many that have no gaps.
  for (int i = 0; i < 200; ++i) {
    full.push_back(makeSegment({}));
    full.back()->fill = full.back()->extent.limit;
  }
  segment->fill = segment->extent.limit;
  ASSERT_EQ(arena_.setCommitLimit(arena_.used() + arena_.fixedSize()),
            Result::Ok);
  start();
  EXPECT_EQ(arena_.segmentOf(Address::of(allocateNode())), segment);
}

TEST_F(RecyclingTest, LargerObjectsLeaveSmallGapsToOthers) {
  Segment *segment = makeSegment({32, 32});
  segment->fill = segment->extent.limit;
  start();
  Address first = Address::of(allocateNode());
  EXPECT_NE(arena_.segmentOf(allocate(4096)), segment);
  // The rest of the new segment, and then the second gap.
  while (arena_.segmentOf(Address::fromBits(point_.alloc)) != segment)
    allocateNode();
  EXPECT_EQ(first, segment->extent.base + sizeof(Node));
}

TEST_F(RecyclingTest, WhatIsLeftOfAGapIsPaddingWhenItEnds) {
  Segment *segment = makeSegment({32, 72, 128});
  DescribedFormat::pad(segment->fill, segment->extent.limit - segment->fill);
  segment->fill = segment->extent.limit;
  start();
  for (int i = 0; i < 4; ++i)
    allocateNode(); // One gap, two in the next, of which 8 bytes are left.
  end();
  EXPECT_EQ(countObjects(*segment), 4u + 4u);
  EXPECT_EQ(point_.limit, 0u);
}

TEST_F(RecyclingTest, AllSlotsStayArmed) {
  Segment *segment = makeSegment({32});
  start();
  Node *made = allocateNode();
  Segment *other = nullptr;
  while ((other = arena_.segmentOf(Address::of(made))) == segment)
    made = allocateNode();
  EXPECT_EQ(other->generation, chain_.top());
  EXPECT_TRUE(LogTable::isArmed(Slot::at(segment->extent.base + 8)));
  EXPECT_TRUE(LogTable::isArmed(Slot::at(Address::of(&made->left))));
}

TEST_F(RecyclingTest, ARefillLooksAtFewSegments) {
  Segment *last = makeSegment({32});
  for (unsigned i = 0; i < 100; ++i) { // The list begins with them.
    Segment *full = makeSegment({});
    full->fill = full->extent.limit;
  }
  start();
  EXPECT_NE(arena_.segmentOf(Address::of(allocateNode())), last);
  bool isFound = false;
  for (unsigned i = 0; i < 2 * arena_.segmentSize() / sizeof(Node); ++i)
    isFound |= arena_.segmentOf(Address::of(allocateNode())) == last;
  EXPECT_TRUE(isFound) << "the next one goes on";
}

TEST_F(RecyclingTest, AloneABufferGetsOnlyWhatItHasTaken) {
  Segment *segment = makeSegment({32, 32});
  makeSegment({32});
  segment->fill = segment->extent.limit;
  start();
  EXPECT_FALSE(pool_.giveGap(buffer_, sizeof(Node)));
  ASSERT_EQ(pool_.fill(buffer_, sizeof(Node)), Result::Ok);
  Segment *taken = arena_.segmentOf(buffer_.gap.base);
  do
    point_.alloc = point_.limit; // All of it is used.
  while (pool_.giveGap(buffer_, sizeof(Node)));
  EXPECT_EQ(taken->gaps, Address());
}

TEST_F(RecyclingTest, GapsAreGivenOutInSteps) {
  makeSegment({320});
  pool_.setStep(64);
  start();
  ASSERT_EQ(pool_.fill(buffer_, sizeof(Node)), Result::Ok);
  EXPECT_EQ(point_.limit - point_.alloc, 64u);
  point_.alloc = point_.limit;
  Word end = point_.limit;
  ASSERT_EQ(pool_.fill(buffer_, sizeof(Node)), Result::Ok);
  EXPECT_EQ(point_.alloc, end);
}

/// Else the first touch of a whole segment would be in one pause.
TEST_F(RecyclingTest, FreshMemoryIsNotClearedAgain) {
  Segment *used = makeSegment({});
  std::memset(used->extent.base.as(), 0xee, used->extent.size());
  pool_.segments[chain_.top()].remove(used);
  pool_.free(used);
  start();
  allocateNode();
  EXPECT_EQ(arena_.segmentOf(Address::fromBits(point_.init)), used);
  point_.alloc = point_.limit;
  ASSERT_EQ(pool_.give(buffer_, sizeof(Node)), Result::Ok);
  Address fresh = Address::fromBits(point_.alloc);
  EXPECT_NE(arena_.segmentOf(fresh), used);
  EXPECT_TRUE(buffer_.unclear.isEmpty());
  end();
}

TEST_F(RecyclingTest, WhatWasAllocatedIsCounted) {
  makeSegment({32, 320});
  std::uint64_t before = pool_.allocatedBytes();
  start();
  for (int i = 0; i < 5000; ++i)
    allocateNode();
  end();
  EXPECT_EQ(pool_.allocatedBytes() - before, 5000 * sizeof(Node));
}

TEST_F(RecyclingTest, LargeObjectsAreSettledToo) {
  start();
  Address object;
  ASSERT_EQ(pool_.allocateLarge(&object, 100000), Result::Ok);
  EXPECT_EQ(arena_.segmentOf(object)->generation, chain_.top());
}

} // namespace
} // namespace mps
