// Marking a snapshot while its program runs, step by step.
#include "tracer_test.h"

#include "trace/marker.h"
#include "trace/sweep.h"

#include <thread>

namespace mps {
namespace {

class MarkerTest : public TracerTest {
protected:
  void begin() {
    settleNursery();
    marker_.begin(&pool_);
    for (Rank rank : {Rank::Ambiguous, Rank::Exact})
      roots_.visit(rank, marker_.visitor(rank));
  }
  void markAll() {
    while (!marker_.isDone())
      marker_.step(100, nobody_);
    ASSERT_FALSE(marker_.hasFailed());
  }
  Table *makeTable(Word length) {
    void *memory = allocate(kTableType, Table::sizeFor(length));
    auto *table = static_cast<Table *>(memory);
    table->length = length;
    return table;
  }
  void overwrite(std::initializer_list<Word> oldValues) {
    GrowingArray<Word> values;
    for (Word each : oldValues)
      values.push(each);
    GrowingArray<Slot> noted;
    GrowingArray<Word> ambiguous;
    marker_.add(values, ambiguous, noted);
    EXPECT_EQ(values.size(), 0u);
  }
  /// What marking what such a word means, `count` times, is reckoned as.
  std::size_t slotsOfWord(const void *word, std::size_t count) {
    GrowingArray<Word> none, ambiguous;
    GrowingArray<Slot> noted;
    for (std::size_t i = 0; i < count; ++i)
      ambiguous.push(Address::of(word).bits());
    marker_.add(none, ambiguous, noted);
    std::size_t slots = 0;
    while (!marker_.isDone())
      slots += marker_.step(100, nobody_);
    return slots;
  }
  bool isMarked(const void *object) {
    Address address = Address::of(object);
    return arena_.chunkOf(address)->isMarked(address);
  }
  std::size_t snapshotSegments() {
    std::size_t count = 0;
    for (Segment *each = pool_.segments[Pool::kSnapshot].first(); each;
         each = each->next)
      ++count;
    return count;
  }

  Candidates candidates_{arena_};
  Marker marker_{arena_, candidates_};
  std::atomic<unsigned> nobody_{0};
};

TEST_F(MarkerTest, WhatCanBeReachedIsMarkedAndNothingElse) {
  root() = makeNode(1, makeNode(2), makeNode(3));
  Node *garbage = makeNode(4, root());
  begin();
  markAll();
  EXPECT_TRUE(isMarked(root()));
  EXPECT_TRUE(isMarked(root()->left));
  EXPECT_TRUE(isMarked(root()->right));
  EXPECT_FALSE(isMarked(garbage));
  EXPECT_EQ(marker_.markedObjects(), 3u);
}

TEST_F(MarkerTest, CyclesEnd) {
  root() = makeNode(1);
  root()->left = makeNode(2, root(), root());
  begin();
  markAll();
  EXPECT_EQ(marker_.markedObjects(), 2u);
}

/// A table of them was marked in the pause in which marking began: up to 19 ms.
TEST_F(MarkerTest, ExactRootsAreMarkedInSteps) {
  root() = makeNode(1);
  for (int i = 0; i < 100000; ++i)
    makeNode(2); // So that one root is little beside the heap.
  begin();
  EXPECT_EQ(marker_.markedObjects(), 0u);
  EXPECT_FALSE(marker_.isDone());
  markAll();
  EXPECT_EQ(marker_.markedObjects(), 1u);
}

TEST_F(MarkerTest, OverwrittenValueIsOfTheSnapshot) {
  root() = makeNode(1, makeNode(2, makeNode(3)));
  Node *taken = root()->left;
  begin();
  overwrite({reinterpret_cast<Word>(taken)});
  root()->left = nullptr;
  markAll();
  EXPECT_TRUE(isMarked(taken));
  EXPECT_TRUE(isMarked(taken->left));
}

TEST_F(MarkerTest, OldValuesThatAreNoObjectsOfTheSnapshotDoNoHarm) {
  root() = makeNode(1);
  begin();
  Node *later = makeNode(2);
  Node outside = {&kNodeType, nullptr, nullptr, 0};
  overwrite({0, 7, reinterpret_cast<Word>(later),
             reinterpret_cast<Word>(&outside),
             reinterpret_cast<Word>(root()) | 1});
  markAll();
  EXPECT_EQ(marker_.markedObjects(), 1u);
  EXPECT_FALSE(isMarked(later));
}

TEST_F(MarkerTest, WhatSettlesLaterIsNotOfTheSnapshot) {
  root() = makeNode(1);
  begin();
  root(1) = makeNode(2);
  settle();
  EXPECT_EQ(generationOf(root(1)), chain_.top());
  EXPECT_NE(arena_.segmentOf(Address::of(root(1))),
            arena_.segmentOf(Address::of(root(0))));
  overwrite({reinterpret_cast<Word>(root(1))});
  markAll();
  EXPECT_FALSE(isMarked(root(1)));
}

TEST_F(MarkerTest, AmbiguousInteriorWordMarksItsObject) {
  makeNode(1);
  Node *meant = makeNode(2, makeNode(3));
  makeNode(4);
  roots_.ambiguous = {0, 5, reinterpret_cast<Word>(&meant->value) + 3};
  begin();
  markAll();
  EXPECT_TRUE(isMarked(meant));
  EXPECT_EQ(marker_.markedObjects(), 2u);
}

TEST_F(MarkerTest, WordsIntoALargeObjectDoNotLookThroughIt) {
  constexpr Word kLength = 1 << 18, kWords = 100;
  Table *table = makeTable(kLength);
  roots_.exact.push_back(table);
  begin();
  markAll();
  EXPECT_LE(slotsOfWord(&table->elements[kLength - 1], kWords), 10 * kWords);
  EXPECT_EQ(marker_.markedObjects(), 1u);
}

TEST_F(MarkerTest, WordIntoALargeObjectMarksIt) {
  constexpr Word kLength = 1 << 18;
  Table *table = makeTable(kLength);
  roots_.ambiguous = {Address::of(&table->elements[kLength / 2]).bits() + 1};
  begin();
  markAll();
  EXPECT_TRUE(isMarked(table));
  EXPECT_EQ(marker_.markedObjects(), 1u);
}

TEST_F(MarkerTest, LookingThroughMarkBitsIsReckoned) {
  constexpr Word kLength = 2500;
  makeNode(1);
  Table *table = makeTable(kLength);
  roots_.exact.push_back(table);
  begin();
  markAll();
  ASSERT_GT(Address::of(table),
            arena_.segmentOf(Address::of(table))->extent.base);
  EXPECT_GT(slotsOfWord(&table->elements[kLength - 1], 10),
            slotsOfWord(&table->elements[0], 10));
}

TEST_F(MarkerTest, LongArrayIsMarkedInSteps) {
  constexpr Word kLength = 5000;
  auto *table =
      static_cast<Table *>(allocate(kTableType, Table::sizeFor(kLength)));
  roots_.exact.push_back(table);
  table->length = kLength;
  for (Word i = 0; i < kLength; ++i)
    table->elements[i] = makeNode(i);
  begin();
  unsigned steps = 0;
  for (; !marker_.isDone(); ++steps)
    EXPECT_LE(marker_.step(100, nobody_), 100 + 512u);
  EXPECT_GE(steps, 10u);
  EXPECT_EQ(marker_.markedObjects(), kLength + 1);
}

TEST_F(MarkerTest, StepEndsWhenSomebodyWantsIt) {
  root() = makeList(10000);
  begin();
  std::atomic<unsigned> wanted{1};
  EXPECT_LT(marker_.step(1000000, wanted), 200u);
  EXPECT_FALSE(marker_.isDone());
}

/// It was loaded twice: a reference to an object that waits, and then null.
TEST_F(MarkerTest, KeyOfAnEphemeronMayChangeWhileItIsLookedAt) {
  constexpr Word kCount = 500, kMarkings = 1000;
  std::vector<Node *> keys;
  std::vector<EphemeronNode *> ephemerons;
  for (Word i = 0; i < kCount; ++i) {
    keys.push_back(makeNode(i));
    ephemerons.push_back(static_cast<EphemeronNode *>(
        allocate(kEphemeronNodeType, sizeof(EphemeronNode))));
    // However late the other thread begins, some are null and some are not.
    ephemerons.back()->key = i % 2 ? keys.back() : nullptr;
    ephemerons.back()->value = makeNode(i);
    roots_.exact.push_back(ephemerons.back());
  }
  std::atomic<bool> hasEnded{false};
  std::thread mutator([&] {
    while (!hasEnded)
      for (bool isNull : {false, true})
        for (Word i = 0; i < kCount; ++i)
          __atomic_store_n(&ephemerons[i]->key, isNull ? nullptr : keys[i],
                           __ATOMIC_RELAXED);
  });
  std::size_t found = 0;
  for (Word i = 0; i < kMarkings; ++i) {
    begin();
    markAll();
    for (EphemeronNode *each : ephemerons)
      found += isMarked(each->value);
    marker_.abandon(&pool_);
  }
  hasEnded = true;
  mutator.join();
  EXPECT_GT(found, 0u) << "of some the key was null";
  EXPECT_LT(found, kMarkings * kCount) << "others waited for it";
}

TEST_F(MarkerTest, SweptSegmentKeepsWhatIsMarked) {
  Node *before = makeNode(1);
  root() = makeNode(2);
  makeNode(3);
  begin();
  markAll();
  Segment *segment = pool_.segments[Pool::kSnapshot].pop();
  ASSERT_EQ(segment, arena_.segmentOf(Address::of(root())));
  segment->live = 0;
  Swept swept = sweep(*segment);
  EXPECT_EQ(swept.objects, 1u);
  EXPECT_EQ(swept.bytes, sizeof(Node));
  EXPECT_TRUE(pool_.isPadding(Address::of(before)));
  EXPECT_EQ(segment->fill, Address::of(root() + 1));
  EXPECT_FALSE(isMarked(root()));
  EXPECT_EQ(root()->value, 2u);
}

TEST_F(MarkerTest, AbandonedMarkingLeavesNothingBehind) {
  root() = makeList(10000);
  begin();
  marker_.step(2000, nobody_);
  marker_.abandon(&pool_);
  EXPECT_EQ(snapshotSegments(), 0u);
  for (Node *each = root(); each != nullptr; each = each->left)
    ASSERT_FALSE(isMarked(each));
  collect();
  EXPECT_EQ(lengthOf(root()), 10000u);
}

} // namespace
} // namespace mps
