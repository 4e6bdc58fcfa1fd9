// Whole heaps: when they collect, and what is left when memory runs out.
#include "heap_test.h"

#include "../arena/huge_pages.h"
#include "base/random.h"

namespace mps {
namespace {

/// It was, by what clients' collections cost, with the pause time of the start.
TEST_F(HeapTest, PacingAloneLimitsTheNurseryOfCompiledCode) {
  chain_.generations[0].capacity = 64 * kMiB;
  EXPECT_EQ(chain_.capacityOf(0), 64 * kMiB);
  Chain client = chain_;
  platform::Locked locked(heap_.lock());
  heap_.add(client);
  EXPECT_EQ(chain_.capacityOf(0), 64 * kMiB);
  EXPECT_LT(client.capacityOf(0), 64 * kMiB);
  heap_.remove(client);
}

/// Who is the first to touch a huge page waits for all of it.
TEST_F(HeapTest, ShortPausesFaultInSmallPages) {
  Extent chunk = heap_.arena().firstChunk()->extent;
  platform::Locked locked(heap_.lock());
  for (unsigned threads : {0, 1}) {
    heap_.settings().collectorThreads = threads;
    heap_.setPauseTime(1);
    EXPECT_EQ(hugeIn(chunk), hasHugePages() ? chunk.size() : 0);
    heap_.setPauseTime(1e-3);
    EXPECT_EQ(hugeIn(chunk), 0u) << threads << " collector threads";
  }
}

TEST_F(HeapTest, FullNurseryIsCollected) {
  allocateGarbage(40 * kMiB);
  EXPECT_GE(heap_.statistics().collections, 30u);
  EXPECT_LT(heap_.arena().used(), 4 * kNursery);
}

TEST_F(HeapTest, EpochCountsCollections) {
  EXPECT_EQ(heap_.epoch(), 0u);
  collect();
  collect(Heap::Scope::Young);
  EXPECT_EQ(heap_.epoch(), 2u);
  EXPECT_EQ(heap_.statistics().fullCollections, 1u);
}

TEST_F(HeapTest, NothingIsDueAtFirst) {
  platform::Locked locked(heap_.lock());
  EXPECT_FALSE(heap_.hasNewObjects());
  EXPECT_FALSE(heap_.collectDue());
}

TEST_F(HeapTest, WhatCompiledCodeLoggedKeepsYoungObjects) {
  ASSERT_TRUE(push(0, 10));
  collect();
  collect();
  collect();
  ASSERT_EQ(generationOf(root()), chain_.top());
  for (Node *each = root(); each != nullptr; each = each->left) {
    Node *young = makeNode(each->value + 100);
    store(each->right, young);
  }
  allocateGarbage(5 * kNursery);
  for (Node *each = root(); each != nullptr; each = each->left)
    EXPECT_EQ(each->right->value, each->value + 100);
}

/// Large arrays that settle where they are allocated, until a collection is due
/// because of them.
class LargeArraysTest : public HeapTest {
protected:
  static constexpr std::size_t kSize = kMiB, kDue = 16;

  void SetUp() override {
    HeapTest::SetUp();
    platform::Locked locked(heap_.lock());
    heap_.setPauseTime(1e-3);
  }
  /// An array of nulls in a root.
  Result allocateArray(std::size_t size) {
    platform::Locked locked(heap_.lock());
    Address object;
    Result result =
        heap_.allocateLarge(scanned_, &object, size, Contents::Zero, Age::Any);
    if (result != Result::Ok)
      return result;
    auto *table = object.as<Table>();
    table->type = &kTableType;
    table->length = (size - Table::sizeFor(0)) / sizeof(Node *);
    roots_.slots.push_back(table);
    return result;
  }
  std::uint64_t collections() {
    return heap_.statistics().collections + heap_.statistics().promotions;
  }
};

/// To allocate one takes long, and so does to collect.
TEST_F(LargeArraysTest, TheirCollectionIsInALaterPause) {
  std::uint64_t before = collections();
  for (std::size_t i = 0; i < kDue; ++i) {
    ASSERT_EQ(allocateArray(kSize), Result::Ok);
    EXPECT_EQ(collections(), before) << i;
  }
  ASSERT_NE(makeNode(1), nullptr);
  EXPECT_GT(collections(), before);
}

TEST_F(LargeArraysTest, ThoseForWhichThereIsNoMemoryAreNotCounted) {
  {
    platform::Locked locked(heap_.lock());
    ASSERT_EQ(heap_.setCommitLimit(2 * kDue * kSize), Result::Ok);
  }
  ASSERT_EQ(allocateArray(3 * kDue * kSize), Result::CommitLimit);
  std::uint64_t before = collections();
  ASSERT_NE(makeNode(1), nullptr);
  EXPECT_EQ(collections(), before);
}

/// A limit that is there before the first pool is.
TEST(HeapLimitTest, MemoryIsKeptBackFromTheFirstPoolOn) {
  constexpr std::size_t kLimit = std::size_t(16) << 20;
  ArenaOptions options;
  options.size = options.commitLimit = kLimit;
  Heap heap(options);
  ASSERT_EQ(heap.arena().initialise(), Result::Ok);
  Chain chain;
  chain.count = 1;
  PoolOptions poolOptions;
  poolOptions.chain = &chain;
  Pool pool(heap.arena(), poolOptions);
  platform::Locked locked(heap.lock());
  heap.add(chain);
  std::size_t before = heap.arena().available();
  heap.add(pool);
  EXPECT_EQ(heap.arena().available(), before - kLimit / Pacing::kReservedPart);
  heap.remove(pool);
  heap.remove(chain);
}

/// Nothing can be done with what is kept back.
TEST_F(LargeArraysTest, WhoMayNotCollectGetsAllOfTheLimit) {
  constexpr std::size_t kLimit = 64 * kMiB;
  platform::Locked locked(heap_.lock());
  ASSERT_EQ(heap_.setCommitLimit(kLimit), Result::Ok);
  heap_.setState(Heap::State::Clamped);
  Result result = Result::Ok;
  Address object;
  while (result == Result::Ok)
    result =
        heap_.allocateLarge(leaf_, &object, kMiB, Contents::Zero, Age::Any);
  EXPECT_EQ(result, Result::CommitLimit);
  EXPECT_GT(heap_.arena().used(), kLimit - 3 * kMiB);
}

/// A nursery that was to be larger than the limit: no collection has come, all
/// memory is used, and something lives in each of its segments.
TEST_F(LargeArraysTest, FirstCollectionFindsMemoryToCopyTo) {
  constexpr std::size_t kLimit = 4 * kMiB, kRarity = 10;
  {
    platform::Locked locked(heap_.lock());
    ASSERT_EQ(heap_.setCommitLimit(kLimit), Result::Ok);
    heap_.settings().nursery = 2 * kLimit;
    heap_.applySettings();
  }
  for (Word i = 0; heap_.arena().available() > heap_.arena().segmentSize();
       ++i) {
    Node *node = makeNode(i);
    ASSERT_NE(node, nullptr);
    if (i % kRarity == 0) {
      store(node->left, root());
      root() = node;
    }
  }
  ASSERT_EQ(collections(), 0u);
  EXPECT_EQ(allocateArray(kLimit / 2), Result::Ok);
}

TEST_F(HeapTest, FullLogIsEmptiedInTime) {
  constexpr Word kLength = 20000; // More than a log holds.
  ASSERT_TRUE(push(0, kLength));
  collect();
  collect();
  collect();
  for (Node *each = root(); each != nullptr; each = each->left)
    store(each->right, makeNode(each->value));
  collect(Heap::Scope::Young);
  for (Node *each = root(); each != nullptr; each = each->left)
    ASSERT_EQ(each->right->value, each->value);
}

TEST_F(HeapTest, LeafObjectsAreKeptByTheirReferences) {
  root() = makeNode(1);
  Number *number = makeNumber(42);
  root()->left = reinterpret_cast<Node *>(number);
  number = nullptr;
  allocateGarbage(5 * kNursery);
  EXPECT_EQ(reinterpret_cast<Number *>(root()->left)->value, 42u);
}

TEST_F(HeapTest, GarbageMakesRoomBeforeMemoryRunsOut) {
  ASSERT_EQ(heap_.setCommitLimit(4 * kMiB), Result::Ok);
  allocateGarbage(40 * kMiB);
  EXPECT_LE(heap_.arena().peakCommitted(), 4 * kMiB);
}

TEST_F(HeapTest, FullHeapIsAResultAndStaysUsable) {
  ASSERT_EQ(heap_.setCommitLimit(4 * kMiB), Result::Ok);
  EXPECT_FALSE(push(0, 1000000));
  Word length = lengthOf(root());
  EXPECT_GT(length * sizeof(Node), 2 * kMiB);
  // A segment that a stale word held may be free now; no more than a few are.
  EXPECT_FALSE(push(0, length / 16));
  EXPECT_GE(lengthOf(root()), length);
  while (root() != nullptr) { // A stale word may refer to any of them.
    Node *rest = root()->left;
    store(root()->left, nullptr);
    root() = rest;
  }
  EXPECT_TRUE(push(0, 20000));
  EXPECT_EQ(lengthOf(root()), 20000u);
}

TEST_F(HeapTest, ClampedHeapDoesNotCollectByItself) {
  heap_.setState(Heap::State::Clamped);
  allocateGarbage(10 * kNursery);
  EXPECT_EQ(heap_.epoch(), 0u);
  heap_.setState(Heap::State::Unclamped);
  allocateGarbage(kMiB);
  EXPECT_GT(heap_.epoch(), 0u);
}

TEST_F(HeapTest, EpsilonNeverCollects) {
  heap_.settings().epsilon = true;
  heap_.applySettings();
  allocateGarbage(10 * kNursery);
  EXPECT_EQ(heap_.epoch(), 0u);
}

TEST_F(HeapTest, StressCollectsAtEveryRefill) {
  heap_.settings().stress = Stress::Alloc;
  heap_.applySettings();
  ASSERT_TRUE(push(0, 2000));
  EXPECT_GT(heap_.epoch(), 1u);
  EXPECT_EQ(heap_.statistics().fullCollections, heap_.epoch());
  EXPECT_EQ(lengthOf(root()), 2000u);
}

TEST_F(HeapTest, ListenerIsToldOfEachCollection) {
  struct Heard {
    unsigned count = 0;
    CollectionReport last;
  } heard;
  heap_.listen(
      [](void *closure, const CollectionReport &report) {
        auto *self = static_cast<Heard *>(closure);
        ++self->count;
        self->last = report;
      },
      &heard);
  ASSERT_TRUE(push(0, 100));
  collect();
  EXPECT_EQ(heard.count, 1u);
  EXPECT_TRUE(heard.last.kind == CollectionKind::Full);
  EXPECT_STREQ(heard.last.cause, "test");
  EXPECT_GE(heard.last.trace.movedObjects + heard.last.trace.pinnedObjects,
            100u);
  EXPECT_GT(heard.last.pauseNanoseconds, 0u);
}

TEST_F(HeapTest, AskedForFullCollectionIsTheNextOne) {
  heap_.askForFull();
  allocateGarbage(2 * kNursery);
  EXPECT_GE(heap_.statistics().fullCollections, 1u);
  std::uint64_t full = heap_.statistics().fullCollections;
  allocateGarbage(4 * kNursery);
  EXPECT_EQ(heap_.statistics().fullCollections, full);
}

TEST_F(HeapTest, TwoHeapsDoNotKnowOfEachOther) {
  Heap other(arenaOptions());
  ASSERT_EQ(other.arena().initialise(), Result::Ok);
  ASSERT_TRUE(push(0, 1000));
  {
    platform::Locked locked(other.lock());
    other.collect(Heap::Scope::Full, "test");
  }
  EXPECT_EQ(heap_.epoch(), 0u);
  EXPECT_EQ(other.epoch(), 1u);
  EXPECT_EQ(other.arena().segmentOf(Address::of(root())), nullptr);
  EXPECT_EQ(lengthOf(root()), 1000u);
}

} // namespace
TEST_F(HeapTest, WhatIsLoggedIsOfTheLimit) {
  push(0, 200000);
  collect();
  std::size_t fixed = heap_.arena().fixedSize();
  for (Node *node = root(0); node != nullptr; node = node->left)
    store(node->right, root(0)); // All are logged.
  collect(Heap::Scope::Young);
  EXPECT_GE(heap_.arena().fixedSize(), fixed + 200000 * sizeof(Slot));
  EXPECT_GE(heap_.arena().committed(),
            heap_.arena().used() + heap_.arena().fixedSize());
  for (int i = 0; i < 40; ++i) // It does not stay so.
    collect(Heap::Scope::Young);
  EXPECT_LT(heap_.arena().fixedSize(), fixed + 100000 * sizeof(Slot));
}

TEST_F(HeapTest, LongLogIsDrainedByAPoll) {
  push(0, 200000);
  collect();
  heap_.world().log().most = 50000;
  Word stored = 0;
  for (Node *node = root(0); !mutator_->hasLoggedMost(); node = node->left) {
    ASSERT_NE(node, nullptr);
    store(node->right, root(0));
    ++stored;
  }
  EXPECT_LT(stored, 70000u);
  {
    platform::Locked locked(heap_.lock());
    heap_.poll(*mutator_);
  }
  EXPECT_FALSE(mutator_->hasLoggedMost());
  EXPECT_EQ(heap_.world().log().slots, 0u);
}

TEST_F(HeapTest, LimitIsCloseToWhatLives) {
  constexpr std::size_t kNodes = 200000;
  constexpr std::size_t kLimit = kNodes * sizeof(Node) * 5 / 4;
  {
    platform::Locked locked(heap_.lock());
    ASSERT_EQ(heap_.setCommitLimit(kLimit), Result::Ok);
  }
  root(kNodes - 1) = nullptr;
  Random random(1);
  for (std::size_t i = 0; i < 4 * kNodes; ++i) {
    std::size_t place = i < kNodes ? i : random.below(kNodes);
    root(place) = nullptr; // At no time more than so many live.
    Node *node = makeNode(i);
    ASSERT_NE(node, nullptr) << i;
    root(place) = node;
  }
  EXPECT_LE(heap_.arena().peakCommitted(), kLimit);
}

/// Objects of a pool without a barrier do not settle with the nursery: slots of
/// settled objects that lead to them would not be remembered.
class PoolWithoutBarrierTest : public HeapTest {
protected:
  void SetUp() override {
    HeapTest::SetUp();
    platform::Locked locked(heap_.lock());
    otherChain_.count = 2;
    otherChain_.generations[0].capacity = kNursery;
    otherChain_.generations[1].capacity = ~std::size_t(0);
    buffer_.point = &point_;
    buffer_.owner = BufferOwner::Compiled;
    heap_.settings().verify = true;
    heap_.applySettings();
    heap_.add(otherChain_);
    heap_.add(others_);
    others_.add(buffer_);
  }
  void TearDown() override {
    HeapTest::TearDown();
    platform::Locked locked(heap_.lock());
    others_.remove(buffer_);
    heap_.remove(others_);
    heap_.remove(otherChain_);
  }
  PoolOptions otherOptions() {
    PoolOptions options;
    options.chain = &otherChain_;
    options.isLeaf = true;
    return options;
  }

  Chain otherChain_;
  Pool others_{heap_.arena(), otherOptions()};
  abi::AllocationPoint point_ = {};
  Buffer buffer_;
};

TEST_F(PoolWithoutBarrierTest, ObjectsThatSettledObjectsReferToStay) {
  constexpr Word kNodes = 400000, kEach = 100;
  root(1) = nullptr;
  for (Word i = 0; i < kNodes; ++i) {
    if (i % kEach == 0)
      root(1) =
          static_cast<Node *>(allocate(buffer_, kNumberType, sizeof(Number)));
    Node *node = makeNode(i);
    ASSERT_NE(node, nullptr);
    reinterpret_cast<Number *>(root(1))->value = i / kEach;
    store(node->left, root());
    store(node->right, root(1));
    root() = node;
  }
  Word i = kNodes;
  for (Node *each = root(); each != nullptr; each = each->left) {
    --i;
    ASSERT_EQ(reinterpret_cast<Number *>(each->right)->value, i / kEach);
  }
  EXPECT_EQ(i, 0u);
}

} // namespace mps
