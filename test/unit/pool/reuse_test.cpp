// Allocation points fill the holes of old segments of clients' objects.
#include "pool_test.h"

namespace mps {
namespace {

/// Objects of a client, padding too: their size, and 1 if they are padding.
struct Sized {
  Word size;
  bool isPadding() const { return size & 1; }
};

void *skip(void *object) {
  return static_cast<char *>(object) +
         (static_cast<Sized *>(object)->size & ~1);
}
void pad(void *base, std::size_t size) {
  static_cast<Sized *>(base)->size = size | 1;
}

ClientMethods methods() {
  ClientMethods methods;
  methods.skip = skip;
  methods.pad = pad;
  return methods;
}

constexpr std::size_t kObject = 64;

class ReuseTest : public testing::Test {
protected:
  ReuseTest() { chain_.count = 2; }
  void SetUp() override {
    ASSERT_EQ(arena_.initialise(), Result::Ok);
    buffer_.point = &point_;
    pool_.add(buffer_);
    pool_.setFillsHoles(true);
  }

  PoolOptions options() {
    PoolOptions options;
    options.chain = &chain_;
    options.format = &methods_;
    options.hasProtection = true;
    return options;
  }
  /// A settled segment with a hole of each of these sizes behind an object, and
  /// objects up to its end; as a sweep leaves it. It has been offered.
  Segment *offer(std::initializer_list<std::size_t> holeSizes) {
    Segment *segment = nullptr;
    EXPECT_EQ(pool_.newSegment(&segment, arena_.segmentSize(), chain_.top()),
              Result::Ok);
    pool_.adopt(segment);
    segment->live = 0;
    segment->hasHoles = true;
    Address end = segment->extent.base;
    auto addObject = [&](std::size_t size) {
      end.as<Sized>()->size = size;
      end += size;
      segment->live += size;
    };
    for (std::size_t size : holeSizes) {
      addObject(kObject);
      pad(end.as(), size);
      holes::note(*segment, end);
      holes_.push_back(end);
      end += size;
    }
    addObject(segment->extent.limit - end);
    segment->fill = end;
    pool_.offer(*segment);
    return segment;
  }
  /// As a client does it.
  Address allocate(std::size_t size) {
    if (point_.limit - point_.alloc < size)
      EXPECT_EQ(pool_.fill(buffer_, size), Result::Ok);
    Address object = Address::fromBits(point_.alloc);
    point_.alloc += size;
    object.as<Sized>()->size = size;
    point_.init = point_.alloc;
    return object;
  }
  /// Objects and padding fill the segment.
  std::size_t countObjects(const Segment &segment) {
    std::size_t count = 0;
    Address each = segment.extent.base;
    while (each < segment.fill) {
      count += !each.as<Sized>()->isPadding();
      each += pool_.sizeOfAny(each);
    }
    EXPECT_EQ(each, segment.fill);
    return count;
  }
  /// All that is settled now is of a snapshot.
  void takeSnapshot() {
    arena_.takeSnapshot();
    pool_.noteSnapshot();
  }

  static constexpr std::size_t kLarge = 8192;
  Chain chain_;
  ClientMethods methods_ = methods();
  Arena arena_{ArenaOptions()};
  Pool pool_{arena_, options()};
  abi::AllocationPoint point_ = {0, 0, 0};
  Buffer buffer_;
  std::vector<Address> holes_;
};

TEST_F(ReuseTest, HolesAreFilledOneAfterTheOther) {
  Segment *segment = offer({kLarge, 2 * kObject});
  EXPECT_TRUE(pool_.hasOffered());
  for (std::size_t at = 0; at < kLarge; at += kObject)
    EXPECT_EQ(allocate(kObject), holes_[0] + at);
  EXPECT_EQ(allocate(kObject), holes_[1]);
  EXPECT_FALSE(pool_.hasOffered());
  pool_.retire(buffer_);
  EXPECT_EQ(countObjects(*segment), 3 + kLarge / kObject + 1);
}

TEST_F(ReuseTest, HolesThatAreTooSmallStayPadding) {
  offer({kObject, kLarge});
  EXPECT_EQ(allocate(2 * kObject), holes_[1]);
}

TEST_F(ReuseTest, WhatIsLeftOfAHoleIsPaddingAgain) {
  Segment *segment = offer({kLarge, kLarge});
  allocate(kObject);
  pool_.retire(buffer_);
  EXPECT_TRUE((holes_[0] + kObject).as<Sized>()->isPadding());
  EXPECT_EQ(countObjects(*segment), 4u);
  EXPECT_FALSE(segment->isBuffered);
}

TEST_F(ReuseTest, WhereHolesAreFewNoneIsOffered) {
  offer({kObject, kObject});
  EXPECT_FALSE(pool_.hasOffered());
  EXPECT_NE(allocate(kObject), holes_[0]);
}

TEST_F(ReuseTest, LargeObjectsGetFreshMemory) {
  Segment *segment = offer({kLarge});
  Address object = allocate(arena_.segmentSize() / 16);
  EXPECT_FALSE(segment->extent.contains(object));
  EXPECT_TRUE(pool_.hasOffered());
}

TEST_F(ReuseTest, WithdrawnOffersAreNotFilled) {
  Segment *segment = offer({kLarge});
  pool_.withdrawOffers();
  EXPECT_EQ(arena_.occupied(), arena_.used());
  EXPECT_FALSE(segment->extent.contains(allocate(kObject)));
}

TEST_F(ReuseTest, OffersDoNotCountAsOccupied) {
  std::size_t before = arena_.occupied();
  Segment *segment = offer({kLarge, kLarge});
  EXPECT_EQ(arena_.occupied(), before + segment->live);
  allocate(kObject);
  EXPECT_EQ(arena_.occupied(), arena_.used());
}

/// Invariant M4.
TEST_F(ReuseTest, WhatIsNewInASegmentOfTheSnapshotIsMarked) {
  offer({kLarge, kLarge});
  Address before = allocate(kObject);
  takeSnapshot();
  Address first = allocate(kObject), second = allocate(2 * kObject);
  Chunk &chunk = *arena_.firstChunk();
  EXPECT_FALSE(chunk.isMarked(first));
  pool_.markTaken();
  EXPECT_FALSE(chunk.isMarked(before)); // The marker is to find it.
  EXPECT_TRUE(chunk.isMarked(first));
  EXPECT_TRUE(chunk.isMarked(second));
  Address third = allocate(kObject);
  pool_.retire(buffer_);
  EXPECT_TRUE(chunk.isMarked(third));
  arena_.takeSnapshot();
}

} // namespace
} // namespace mps
