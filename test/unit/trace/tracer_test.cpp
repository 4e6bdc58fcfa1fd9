// Traces over described objects.
#include "tracer_test.h"

#include "pool/described_format.h"

namespace mps {
namespace {

TEST_F(TracerTest, SurvivorsMoveWithTheirContents) {
  root() = makeNode(1, makeNode(2), makeNode(3));
  Node *before = root();
  const TraceCounts &counts = collect();
  EXPECT_NE(root(), before);
  EXPECT_EQ(root()->value, 1u);
  EXPECT_EQ(root()->left->value, 2u);
  EXPECT_EQ(root()->right->value, 3u);
  EXPECT_EQ(counts.movedObjects, 3u);
  EXPECT_EQ(counts.movedBytes, 3 * sizeof(Node));
}

TEST_F(TracerTest, SurvivorsAgeUntilTheySettle) {
  root() = makeNode(1);
  EXPECT_EQ(generationOf(root()), 0u);
  collect(kGenerations);
  EXPECT_EQ(generationOf(root()), 1u);
  collect(kGenerations);
  EXPECT_EQ(generationOf(root()), 2u);
  Node *settled = root();
  collect(kGenerations);
  EXPECT_EQ(root(), settled) << "it is condemned only when everything is";
  collect();
  EXPECT_NE(root(), settled);
  EXPECT_EQ(generationOf(root()), 2u);
}

TEST_F(TracerTest, SharedAndCyclicObjectsStaySo) {
  root(0) = makeNode(1);
  root(0)->left = root(0);
  root(1) = root(0)->right = makeNode(2, root(0));
  collect();
  EXPECT_EQ(root(0)->left, root(0));
  EXPECT_EQ(root(0)->right, root(1));
  EXPECT_EQ(root(1)->left, root(0));
  EXPECT_EQ(tracer_.counts().movedObjects, 2u);
}

TEST_F(TracerTest, GarbageIsFreed) {
  makeList(100000);
  root() = makeNode(1);
  std::size_t used = arena_.used();
  collect();
  EXPECT_LT(arena_.used(), used / 10);
  EXPECT_EQ(tracer_.counts().movedObjects, 1u);
}

TEST_F(TracerTest, LongListIsTracedWithoutRecursion) {
  root() = makeList(300000);
  collect();
  EXPECT_EQ(lengthOf(root()), 300000u);
}

TEST_F(TracerTest, TablesAreScannedToTheirLength) {
  constexpr Word kLength = 300;
  auto *table =
      static_cast<Table *>(allocate(kTableType, Table::sizeFor(kLength)));
  table->length = kLength;
  for (Word i = 0; i < kLength; ++i)
    table->elements[i] = makeNode(i);
  roots_.exact.push_back(table);
  collect();
  table = static_cast<Table *>(roots_.exact[0]);
  for (Word i = 0; i < kLength; ++i)
    ASSERT_EQ(table->elements[i]->value, i);
}

TEST_F(TracerTest, NullsAndImmediatesAndForeignAddressesAreLeftAlone) {
  Node outside = {&kNodeType, nullptr, nullptr, 9};
  root() = makeNode(1, reinterpret_cast<Node *>(Word(0x12345)), &outside);
  auto *tagged =
      reinterpret_cast<Node *>(reinterpret_cast<Word>(makeNode(2)) | 1);
  root()->right = tagged;
  root(1) = &outside;
  collect();
  EXPECT_EQ(root()->left, reinterpret_cast<Node *>(Word(0x12345)));
  EXPECT_EQ(root()->right, tagged);
  EXPECT_EQ(root(1), &outside);
}

TEST_F(TracerTest, AlignedTypesStayAligned) {
  for (int i = 0; i < 3; ++i) {
    auto *node = static_cast<Node *>(allocate(kNodeType, sizeof(Node)));
    root(std::size_t(2 * i)) = node;
    ASSERT_EQ(pool_.fill(buffer_, 256), Result::Ok);
    Address gap = Address::fromBits(point_.alloc);
    Address aligned = gap.alignedUp(64);
    if (gap != aligned)
      DescribedFormat::pad(gap, aligned - gap);
    point_.alloc = aligned.bits();
    root(std::size_t(2 * i + 1)) =
        static_cast<Node *>(allocate(kAlignedNodeType, sizeof(Node)));
  }
  collect();
  for (std::size_t i = 1; i < 6; i += 2)
    EXPECT_TRUE(Address::of(root(i)).isAligned(64));
}

// ---- Pins ----

TEST_F(TracerTest, AmbiguousInteriorWordPinsItsObject) {
  root(0) = makeNode(1, makeNode(2));
  Node *pinned = root(0);
  roots_.ambiguous = {0, 7, reinterpret_cast<Word>(&pinned->value) + 3};
  collect();
  EXPECT_EQ(root(0), pinned);
  EXPECT_EQ(pinned->left->value, 2u);
  EXPECT_EQ(tracer_.counts().pinnedObjects, 1u);
  EXPECT_EQ(tracer_.counts().movedObjects, 1u) << "what it refers to moves";
}

TEST_F(TracerTest, NeighboursOfAPinnedObjectBecomePadding) {
  Node *first = makeNode(1);
  Node *pinned = makeNode(2);
  makeNode(3);
  roots_.ambiguous = {reinterpret_cast<Word>(pinned)};
  collect();
  EXPECT_EQ(pinned->value, 2u);
  EXPECT_TRUE(pool_.isPadding(Address::of(first)));
  EXPECT_EQ(pool_.sizeOfAny(Address::of(first)), sizeof(Node));
  EXPECT_EQ(arena_.segmentOf(Address::of(pinned))->fill,
            Address::of(pinned + 1));
}

TEST_F(TracerTest, PinnedSlotKeepsItsObjectInPlaceAndExactRootsAgree) {
  root() = makeNode(4);
  Node *before = root();
  roots_.pinned = {before};
  collect();
  EXPECT_EQ(root(), before);
  roots_.pinned.clear();
  collect();
  EXPECT_NE(root(), before) << "nothing pins it now";
  EXPECT_EQ(root()->value, 4u);
}

TEST_F(TracerTest, PinnedObjectAges) {
  Node *pinned = makeNode(1);
  roots_.ambiguous = {reinterpret_cast<Word>(pinned)};
  collect(kGenerations);
  EXPECT_EQ(generationOf(pinned), 1u);
  collect(kGenerations);
  EXPECT_EQ(generationOf(pinned), 2u);
  EXPECT_TRUE(arena_.segmentOf(Address::of(pinned))->tag & kSettledGrain);
}

TEST_F(TracerTest, WordsThatMeanNoObjectPinNothing) {
  Node *node = makeNode(1);
  Segment *segment = arena_.segmentOf(Address::of(node));
  roots_.ambiguous = {segment->extent.limit.bits() - 8, 1, ~Word(0),
                      arena_.firstChunk()->extent.limit.bits() - 8};
  collect();
  EXPECT_EQ(tracer_.counts().pinnedObjects, 0u);
  EXPECT_EQ(arena_.used(), 0u);
}

// ---- The remembered set ----

TEST_F(TracerTest, RememberedSlotKeepsAYoungObject) {
  root() = makeNode(1);
  settle();
  ASSERT_EQ(generationOf(root()), chain_.top());
  store(root()->left, makeNode(2));
  ASSERT_EQ(writeLog_.size(), 1u);
  collect(kGenerations);
  EXPECT_EQ(root()->left->value, 2u);
  EXPECT_EQ(generationOf(root()->left), 1u);
  EXPECT_EQ(writeLog_.size(), 1u) << "it has not settled yet";
  collect(kGenerations);
  EXPECT_EQ(root()->left->value, 2u);
  EXPECT_EQ(writeLog_.size(), 0u);
  EXPECT_TRUE(LogTable::isArmed(Slot::at(Address::of(&root()->left))));
}

TEST_F(TracerTest, SlotIsLoggedOnce) {
  root() = makeNode(1);
  settle();
  store(root()->left, makeNode(2));
  store(root()->left, makeNode(3));
  EXPECT_EQ(writeLog_.size(), 1u);
  collect(kGenerations);
  EXPECT_EQ(root()->left->value, 3u);
}

TEST_F(TracerTest, ObjectThatSettlesBeforeWhatItRefersToIsRemembered) {
  root() = makeNode(1);
  collect(kGenerations);
  root()->left = makeNode(2); // Both are young: no barrier.
  collect(kGenerations);      // The first settles, the second ages.
  ASSERT_EQ(generationOf(root()), chain_.top());
  ASSERT_EQ(generationOf(root()->left), 1u);
  EXPECT_EQ(writeLog_.size(), 1u);
  collect(kGenerations);
  EXPECT_EQ(root()->left->value, 2u);
}

TEST_F(TracerTest, FullCollectionRemembersAnew) {
  root() = makeNode(1);
  settle();
  store(root()->left, makeNode(2));
  collect();
  EXPECT_EQ(writeLog_.size(), 1u);
  EXPECT_EQ(root()->left->value, 2u);
  collect(kGenerations);
  EXPECT_EQ(root()->left->value, 2u);
  EXPECT_EQ(writeLog_.size(), 0u);
}

// ---- Large objects, and memory that runs out ----

TEST_F(TracerTest, LargeObjectStaysAndIsScanned) {
  constexpr Word kLength = 20000;
  Address object;
  ASSERT_EQ(pool_.allocateLarge(&object, Table::sizeFor(kLength)), Result::Ok);
  auto *table = object.as<Table>();
  table->type = &kTableType;
  table->length = kLength;
  table->elements[kLength - 1] = makeNode(5);
  roots_.exact.push_back(table);
  for (int i = 0; i < 4; ++i)
    collect(i % 2 ? kAll : kGenerations);
  EXPECT_EQ(roots_.exact[0], table);
  EXPECT_EQ(table->elements[kLength - 1]->value, 5u);
  roots_.exact.clear();
  collect();
  EXPECT_EQ(arena_.used(), 0u);
}

TEST_F(TracerTest, WithoutMemoryObjectsStayInPlaceAndTheHeapIsUsable) {
  arena_.setSpare(0.0);
  root() = makeList(50000);
  Node *before = root();
  ASSERT_EQ(arena_.setCommitLimit(arena_.committed()), Result::Ok);
  collect(kGenerations);
  EXPECT_EQ(root(), before);
  EXPECT_EQ(lengthOf(root()), 50000u);
  EXPECT_EQ(tracer_.counts().keptObjects, 50000u);
  collect();
  EXPECT_EQ(lengthOf(root()), 50000u);
  ASSERT_EQ(arena_.setCommitLimit(~std::size_t(0)), Result::Ok);
  collect();
  EXPECT_NE(root(), before);
  EXPECT_EQ(lengthOf(root()), 50000u);
  EXPECT_NE(makeNode(1), nullptr);
}

TEST_F(TracerTest, LittleMemoryIsUsedBeforeObjectsStayInPlace) {
  arena_.setSpare(0.0);
  root() = makeList(50000);
  ASSERT_EQ(
      arena_.setCommitLimit(arena_.committed() + 10 * arena_.segmentSize()),
      Result::Ok);
  collect();
  EXPECT_EQ(lengthOf(root()), 50000u);
  EXPECT_GT(tracer_.counts().movedObjects, 1000u);
  EXPECT_GT(tracer_.counts().keptObjects, 1000u);
  EXPECT_EQ(tracer_.counts().movedObjects + tracer_.counts().keptObjects,
            50000u);
}

// ---- Evacuation ----

TEST_F(TracerTest, DenseSegmentsStay) {
  root() = makeList(20000);
  settle();
  Node *before = root();
  collect(); // All of it lives.
  EXPECT_NE(root(), before);
  evacuation_.densest = 0.75;
  for (int i = 0; i < 3; ++i) {
    before = root();
    collect();
    // But for what is in a segment that is not full.
    EXPECT_LT(tracer_.counts().movedObjects, 1500u);
    EXPECT_EQ(tracer_.counts().keptObjects + tracer_.counts().movedObjects,
              20000u);
  }
  EXPECT_EQ(root(), before);
  EXPECT_EQ(lengthOf(root()), 20000u);
}

TEST_F(TracerTest, WhatDiesInStayingSegmentsLeavesHolesUntilTheyAreSparse) {
  root() = makeList(20000);
  settle();
  evacuation_.densest = 0.0;
  collect();
  std::size_t used = arena_.used();
  for (Node *each = root(); each != nullptr; each = each->left)
    for (int i = 0; i < 9 && each->left != nullptr; ++i)
      store(each->left, each->left->left);
  collect();
  EXPECT_GT(tracer_.counts().holeBytes, used / 2);
  EXPECT_EQ(arena_.used(), used);
  evacuation_.densest = 0.75;
  collect();
  EXPECT_LT(arena_.used(), used / 5);
  EXPECT_EQ(lengthOf(root()), 2000u);
}

TEST_F(TracerTest, NoMoreThanTheBudgetIsEvacuated) {
  root() = makeList(50000);
  settle();
  evacuation_.densest = 0.0;
  collect();
  evacuation_ = {.budget = 10 * arena_.segmentSize(), .densest = 1.0};
  collect();
  EXPECT_GT(tracer_.counts().movedBytes, 8 * arena_.segmentSize());
  EXPECT_LE(tracer_.counts().movedBytes, evacuation_.budget);
  EXPECT_TRUE(tracer_.wasShortOfMemory());
  EXPECT_EQ(lengthOf(root()), 50000u);
}

TEST_F(TracerTest, SettledNurseryIsOldWhereItWas) {
  root() = makeList(3000);
  Node *before = root();
  settleNursery();
  EXPECT_EQ(root(), before);
  EXPECT_EQ(generationOf(root()), kGenerations);
  store(root()->right, makeNode(7));
  collect(kGenerations);
  EXPECT_EQ(root(), before) << "it is old";
  EXPECT_EQ(root()->right->value, 7u) << "its store was logged";
  EXPECT_EQ(tracer_.counts().movedObjects, 1u);
}

TEST_F(TracerTest, SlotsThatThereIsNoTimeForStayRemembered) {
  constexpr Word kLength = 3 * kSlotsAtOnce;
  root() = makeList(kLength);
  settleNursery();
  auto armed = [&] {
    Word count = 0;
    for (Node *each = root(); each != nullptr; each = each->left)
      count += LogTable::isArmed(Slot::at(Address::of(&each->right)));
    return count;
  };
  for (Node *each = root(); each != nullptr; each = each->left)
    store(each->right, makeNode(each->value));
  EXPECT_EQ(armed(), 0u);
  for (Word each = 1; each < 3; ++each) {
    EXPECT_FALSE(tracer_.settle(&pool_, [] { return true; }));
    EXPECT_EQ(armed(), each * kSlotsAtOnce);
    EXPECT_EQ(writeLog_.size(), kLength - each * kSlotsAtOnce);
  }
  // The last ones, whoever says that there is no time.
  EXPECT_TRUE(tracer_.settle(&pool_, [] { return true; }));
  EXPECT_EQ(armed(), kLength);
  EXPECT_EQ(writeLog_.size(), 0u);
}

TEST_F(TracerTest, SlotsThatWereLeftAreScannedByAYoungCollection) {
  constexpr Word kLength = 2 * kSlotsAtOnce;
  root() = makeList(kLength);
  settleNursery();
  for (Node *each = root(); each != nullptr; each = each->left)
    store(each->right, nullptr);
  ASSERT_FALSE(tracer_.settle(&pool_, [] { return true; }));
  for (Node *each = root(); each != nullptr; each = each->left)
    store(each->right, makeNode(each->value));
  collect(kGenerations);
  for (Node *each = root(); each != nullptr; each = each->left)
    ASSERT_EQ(each->right->value, each->value);
  EXPECT_EQ(tracer_.counts().movedObjects, kLength);
}

} // namespace
} // namespace mps
