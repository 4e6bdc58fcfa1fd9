// Evacuation beside the program: who loads from a slot sees where things are
// now.
#include "tracer_test.h"

#include "trace/evacuator.h"

#include <thread>

namespace mps {
namespace {

class EvacuatorTest : public TracerTest {
protected:
  static constexpr Word kLength = 20000;

  /// All that is settled, but what large objects are in, turns white.
  void begin() {
    settleNursery();
    unsigned top = chain_.top();
    for (auto &ofWorker : pool_.destinations)
      ofWorker[top] = {};
    SegmentList group, settled = pool_.segments[top].takeAll();
    while (Segment *segment = settled.pop()) {
      addSlotsOf(*segment);
      if (segment->isLarge)
        pool_.adopt(segment);
      else
        group.push(segment);
    }
    evacuator_.begin(&pool_, group);
    roots_.visit(Rank::Exact, evacuator_.visitor());
  }
  void addSlotsOf(Segment &segment) {
    for (Address each = segment.extent.base; each < segment.fill;
         each += DescribedFormat::sizeOfAny(each)) {
      Word header = DescribedFormat::headerOf(each);
      if (!DescribedFormat::isPadding(header) && segment.isLarge)
        DescribedFormat::forEachSlot(
            each, DescribedFormat::descriptorOf(header),
            [&](Slot slot) { ASSERT_TRUE(evacuator_.add(slot)); });
    }
  }
  TraceCounts finish() {
    TraceCounts counts;
    evacuator_.finish(counts);
    return counts;
  }
  /// As compiled code with a read barrier loads. What it loads next depends on
  /// the address, which orders the two; here an acquire tells that.
  Node *load(Node *&field) {
    evacuator_.heal(Slot::at(Address::of(&field)));
    return __atomic_load_n(&field, __ATOMIC_ACQUIRE);
  }
  bool isWhite(const void *object) {
    const Segment *segment = arena_.segmentOf(Address::of(object));
    return segment == nullptr || segment->tag & kWhiteGrain;
  }
  /// Whether it is the list that makeList() makes. Any thread.
  bool isList(Node *list) {
    Word value = kLength;
    for (Node *each = list; each != nullptr; each = load(each->left))
      if (isWhite(each) || each->value != --value)
        return false;
    return value == 0;
  }

  Candidates candidates_{arena_};
  Evacuator evacuator_{arena_, candidates_};
  std::atomic<unsigned> nobody_{0};
};

TEST_F(EvacuatorTest, RootsLeadToCopiesFromTheBeginning) {
  root(0) = makeList(kLength);
  settle();
  Node *before = root(0);
  begin();
  EXPECT_NE(root(0), before);
  EXPECT_FALSE(isWhite(root(0)));
  EXPECT_TRUE(isWhite(root(0)->left));
  finish();
}

TEST_F(EvacuatorTest, LoadsCopyWhatTheyLeadTo) {
  root(0) = makeList(kLength);
  settle();
  begin();
  EXPECT_TRUE(isList(root(0)));
  EXPECT_EQ(finish().movedObjects, kLength);
  EXPECT_TRUE(isList(root(0)));
}

TEST_F(EvacuatorTest, StepsDoWhatNobodyLoads) {
  root(0) = makeList(kLength);
  settle();
  begin();
  while (evacuator_.step(100, nobody_)) {
  }
  for (Node *each = root(0); each != nullptr; each = each->left)
    ASSERT_FALSE(isWhite(each));
  EXPECT_EQ(finish().movedObjects, kLength);
  EXPECT_TRUE(isList(root(0)));
}

/// They race for each object: in as much memory as one would need.
TEST_F(EvacuatorTest, ThreadsThatLoadTheSameSeeTheSame) {
  root(0) = makeList(kLength);
  settle();
  begin();
  std::atomic<int> right{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&] { right += isList(root(0)); });
  while (evacuator_.step(100, nobody_)) {
  }
  for (std::thread &each : threads)
    each.join();
  EXPECT_EQ(right, 3);
  EXPECT_EQ(finish().movedObjects, kLength);
  EXPECT_TRUE(isList(root(0)));
}

/// The length of an array is where its winner puts a link.
TEST_F(EvacuatorTest, ThreadsThatCopyTheSameArraysAgree) {
  constexpr Word kTables = 2000, kElements = 3;
  root(0) = makeList(1);
  auto *all =
      static_cast<Table *>(allocate(kTableType, Table::sizeFor(kTables)));
  all->length = kTables;
  root(1) = reinterpret_cast<Node *>(all);
  for (Word i = 0; i < kTables; ++i) {
    auto *table =
        static_cast<Table *>(allocate(kTableType, Table::sizeFor(kElements)));
    ASSERT_NE(table, nullptr);
    table->length = kElements;
    table->elements[i % kElements] = root(0);
    all->elements[i] = reinterpret_cast<Node *>(table);
  }
  settle();
  begin();
  all = reinterpret_cast<Table *>(root(1));
  std::atomic<int> right{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&] {
      bool isRight = true;
      for (Word k = 0; k < kTables; ++k) {
        auto *table = reinterpret_cast<Table *>(load(all->elements[k]));
        isRight &= table->length == kElements &&
                   load(table->elements[k % kElements]) == root(0);
      }
      right += isRight;
    });
  for (std::thread &each : threads)
    each.join();
  EXPECT_EQ(right, 3);
  finish();
}

TEST_F(EvacuatorTest, CopiesOfMemoryHealSlotsOnly) {
  root(0) = makeNode(0, makeNode(1), makeNode(2));
  settle();
  begin();
  Node *node = root(0), *white = node->left;
  node->value = reinterpret_cast<Word>(white); // A number like an address.
  evacuator_.healRange(Extent::of(Address::of(node), sizeof *node));
  EXPECT_NE(node->left, white);
  EXPECT_FALSE(isWhite(node->left));
  EXPECT_FALSE(isWhite(node->right));
  EXPECT_EQ(node->value, reinterpret_cast<Word>(white));
  finish();
}

TEST_F(EvacuatorTest, IdentityHashesGoWithTheirObjects) {
  root(0) = makeList(kLength);
  std::vector<std::uint64_t> hashes;
  settle();
  for (Node *each = root(0); each != nullptr; each = each->left)
    hashes.push_back(
        each->value % 2 ? DescribedFormat::identityHash(Address::of(each)) : 0);
  for (int round = 0; round < 3; ++round) {
    begin();
    EXPECT_TRUE(isList(root(0)));
    finish();
    Word i = 0;
    for (Node *each = root(0); each != nullptr; each = each->left, ++i)
      if (hashes[i] != 0)
        ASSERT_EQ(DescribedFormat::identityHash(Address::of(each)), hashes[i]);
    collect();
  }
}

TEST_F(EvacuatorTest, WhatThereIsNoMemoryForStaysWhereItIs) {
  root(0) = makeList(kLength);
  settle();
  settleNursery();
  arena_.trim(0);
  std::size_t little = 2 * arena_.segmentSize();
  ASSERT_EQ(arena_.setCommitLimit(arena_.used() + little), Result::Ok);
  begin();
  for (Node *each = root(0); each != nullptr; each = load(each->left))
    ASSERT_EQ(each->type == nullptr, false);
  TraceCounts counts = finish();
  EXPECT_TRUE(evacuator_.wasShortOfMemory());
  EXPECT_EQ(counts.movedObjects + counts.keptObjects, kLength);
  EXPECT_TRUE(isList(root(0)));
  ASSERT_EQ(arena_.setCommitLimit(~std::size_t(0)), Result::Ok);
  collect();
  EXPECT_TRUE(isList(root(0)));
}

TEST_F(EvacuatorTest, GarbageIsFreed) {
  root(0) = makeList(kLength);
  makeList(kLength);
  root(1) = makeList(kLength);
  settle();
  root(1) = nullptr;
  std::size_t used = arena_.used();
  begin();
  finish();
  EXPECT_LT(arena_.used(), used * 3 / 4);
  EXPECT_TRUE(isList(root(0)));
}

} // namespace
} // namespace mps
