// When what died between settled objects is filled, and that nothing is lost.
#include "heap_test.h"

#include "api/interface.h"

#include "base/random.h"

extern "C" void mps_weak_set(mps::Address weak, mps::Word referent);

namespace mps {
namespace {

/// A table of nodes that are replaced at random: what is young lives as long as
/// what is old.
class HeapRecyclingTest : public HeapTest {
protected:
  static constexpr std::size_t kNodes = 100000;

  void SetUp() override {
    HeapTest::SetUp();
    platform::Locked locked(heap_.lock());
    heap_.settings().nursery = 0; // Sized from what is measured.
    heap_.settings().pauseTime = 1e6;
    heap_.settings().verify = true;
    heap_.applySettings();
    ASSERT_EQ(heap_.setCommitLimit(12 * kMiB), Result::Ok);
  }
  /// Each has its place as its value, and leads to another.
  void replace() {
    std::size_t place = random_.below(kNodes);
    Node *node = makeNode(place);
    ASSERT_NE(node, nullptr);
    store(node->left, root(random_.below(kNodes)));
    if (node->left != nullptr)
      store(node->left->left, nullptr);
    root(place) = node;
    sawRecycling_ |= chain_.isRecycling;
  }
  void replaceMany() {
    root(kNodes - 1) = nullptr;
    for (std::size_t i = 0; i < 10 * kNodes; ++i)
      ASSERT_NO_FATAL_FAILURE(replace());
  }

  Random random_{42};
  bool sawRecycling_ = false;
};

TEST_F(HeapRecyclingTest, WhatIsReplacedAtRandomIsRecycled) {
  ASSERT_NO_FATAL_FAILURE(replaceMany());
  EXPECT_TRUE(sawRecycling_);
  EXPECT_GT(heap_.statistics().recycledBytes, kNodes * sizeof(Node));
  EXPECT_GT(heap_.statistics().fullCollections, 1u);
  for (std::size_t i = 0; i < kNodes; ++i)
    if (root(i) != nullptr)
      ASSERT_EQ(root(i)->value, i);
}

TEST_F(HeapRecyclingTest, WhatDiesYoungIsNot) {
  allocateGarbage(100 * kMiB);
  EXPECT_EQ(heap_.statistics().recycledBytes, 0u);
}

TEST_F(HeapRecyclingTest, BetweenOldCollectionsToo) {
  {
    platform::Locked locked(heap_.lock());
    heap_.setPauseTime(1e-5);
  }
  ASSERT_NO_FATAL_FAILURE(replaceMany());
  EXPECT_TRUE(sawRecycling_);
  EXPECT_GT(heap_.statistics().oldCollections, 1u);
  for (std::size_t i = 0; i < kNodes; ++i)
    if (root(i) != nullptr)
      ASSERT_EQ(root(i)->value, i);
}

TEST_F(HeapRecyclingTest, ItEndsWhenTheWorldIsStopped) {
  while (!chain_.isRecycling)
    ASSERT_NO_FATAL_FAILURE(replaceMany());
  Node *settled = makeNode(1);
  ASSERT_EQ(generationOf(settled), chain_.top());
  platform::Locked locked(heap_.lock());
  heap_.stopRecycling();
  EXPECT_FALSE(chain_.isRecycling);
}

TEST_F(HeapRecyclingTest, NothingIsLoggedMeanwhile) {
  while (!chain_.isRecycling)
    ASSERT_NO_FATAL_FAILURE(replaceMany());
  Node *settled = makeNode(1);
  Word page = Word(settled) >> LogTable::kPageShift;
  EXPECT_FALSE(mps_thread.armedPages[page]);
  EXPECT_EQ(mps_thread.armedPages, LogTable::noPages());
  store(settled->left, settled);
  platform::Locked locked(heap_.lock());
  heap_.stopRecycling();
  EXPECT_TRUE(mps_thread.armedPages[page]);
  EXPECT_TRUE(LogTable::isArmed(Slot::at(Address::of(&settled->left))));
}

/// Where none is free, gaps are filled for as long as there are any.
TEST_F(HeapRecyclingTest, ItEndsWhenMemoryIsFreeAgain) {
  heap_.settings().verify = false;
  root(kNodes - 1) = nullptr;
  for (std::size_t i = 0; i < kNodes; ++i)
    root(i) = makeNode(i);
  collect();
  for (std::size_t i = 0; i < kNodes; i += 5)
    root(i) = nullptr;
  collect(Heap::Scope::Begin); // It leaves gaps.
  {
    platform::Locked locked(heap_.lock());
    heap_.completeOld();
  }
  Arena &arena = heap_.arena();
  std::size_t full = 0, limit = 0;
  do { // Arrays shrink, each time by a little.
    full = arena.used() + arena.fixedSize();
    limit = full + full / (Pacing::kReservedPart - 1);
    ASSERT_EQ(arena.setCommitLimit(limit), Result::Ok);
    collect(Heap::Scope::Settle);
  } while (arena.available() >= arena.segmentSize());
  ASSERT_TRUE(chain_.isRecycling);
  while (chain_.recycledBytes < full / 16) {
    ASSERT_NO_FATAL_FAILURE(replace());
    ASSERT_TRUE(chain_.isRecycling) << chain_.recycledBytes;
  }
  ASSERT_EQ(arena.setCommitLimit(limit + limit / 16), Result::Ok);
  for (int i = 0; i < 10000 && chain_.isRecycling; ++i)
    ASSERT_NO_FATAL_FAILURE(replace());
  EXPECT_FALSE(chain_.isRecycling);
}

TEST_F(HeapRecyclingTest, APoolWithoutBarrierEndsIt) {
  while (!chain_.isRecycling)
    ASSERT_NO_FATAL_FAILURE(replaceMany());
  PoolOptions options = poolOptions(false);
  options.hasBarrier = false;
  Pool other(heap_.arena(), options);
  platform::Locked locked(heap_.lock());
  heap_.add(other);
  EXPECT_FALSE(chain_.isRecycling);
  heap_.remove(other);
}

TEST_F(HeapRecyclingTest, WeakStoresAreNotLoggedMeanwhile) {
  while (!chain_.isRecycling)
    ASSERT_NO_FATAL_FAILURE(replaceMany());
  auto *weak = static_cast<WeakNode *>(
      allocate(mutator_->scanned, kWeakNodeType, sizeof(WeakNode)));
  ASSERT_TRUE(chain_.isRecycling);
  abi::LogRecord *before = mps_thread.logCursor;
  mps_weak_set(Address::of(weak), Word(root(0)));
  EXPECT_EQ(mps_thread.logCursor, before);
  EXPECT_TRUE(LogTable::isArmed(Slot::at(Address::of(&weak->referent))));
}

TEST_F(HeapRecyclingTest, WhatIsRecycledIsNew) {
  while (!chain_.isRecycling)
    ASSERT_NO_FATAL_FAILURE(replaceMany());
  for (int i = 0; i < 20000 && chain_.isRecycling; ++i)
    makeNode(1);
  ASSERT_TRUE(chain_.isRecycling);
  platform::Locked locked(heap_.lock());
  EXPECT_TRUE(heap_.hasNewObjects());
}

/// They would neither assist nor be counted. That both happen at once takes a
/// heap whose recycling begins while an old collection sweeps: of which limit
/// that is, what is measured decides.
TEST_F(HeapRecyclingTest, WhoIsBehindASweepDoesNotRefillAlone) {
  {
    platform::Locked locked(heap_.lock());
    heap_.settings().verify = false;
    heap_.settings().pauseTime = 1e-9; // An assist is one step.
    heap_.applySettings();
  }
  root(kNodes - 1) = nullptr;
  constexpr std::size_t kEnough = 1000, kMostMiB = 64;
  std::size_t behind = 0, alone = 0;
  for (std::size_t mib = 14; behind < kEnough && mib < kMostMiB; ++mib) {
    ASSERT_EQ(heap_.setCommitLimit(mib * kMiB), Result::Ok);
    for (std::size_t i = 0; behind < kEnough && i < 10 * kNodes; ++i) {
      ASSERT_NO_FATAL_FAILURE(replace());
      const OldCollection &old = heap_.old();
      if (chain_.isRecycling && old.phase() == OldCollection::Phase::Sweeping &&
          old.isBehind()) {
        ++behind;
        alone += chain_.refillsAlone && mutator_->scanned.gaps;
      }
    }
  }
  EXPECT_EQ(behind, kEnough);
  EXPECT_EQ(alone, 0u);
}

class RecyclingMixTest : public HeapRecyclingTest,
                         public testing::WithParamInterface<unsigned> {};

/// Weak references, collections of every kind and old ones beside, under
/// verify; with the background thread, and without.
TEST_P(RecyclingMixTest, NothingIsLost) {
  constexpr std::size_t kFew = 20000;
  Random random{GetParam()};
  {
    platform::Locked locked(heap_.lock());
    heap_.settings().collectorThreads = GetParam() % 2;
    heap_.settings().pauseTime = 1e-5;
    heap_.applySettings();
    ASSERT_EQ(heap_.setCommitLimit((4 + GetParam() % 5) * kMiB),
              Result::Ok);
  }
  root(2 * kFew) = nullptr;
  for (std::size_t i = 0; i < kFew; ++i)
    root(i) = makeNode(i);
  for (std::size_t i = 0; i < 40 * kFew; ++i) {
    std::size_t place = random.below(kFew);
    auto what = unsigned(random.below(100));
    if (what < 70) {
      Node *node = makeNode(place);
      ASSERT_NE(node, nullptr);
      store(node->left, root(random.below(kFew)));
      if (node->left != nullptr)
        store(node->left->left, nullptr);
      root(place) = node;
    } else if (what < 85) {
      auto *weak = static_cast<WeakNode *>(
          allocate(mutator_->scanned, kWeakNodeType, sizeof(WeakNode)));
      ASSERT_NE(weak, nullptr);
      mps_weak_set(Address::of(weak), Word(root(place)));
      root(kFew + place) = reinterpret_cast<Node *>(weak);
    } else if (what < 95) {
      if (Node *weak = root(kFew + place))
        mps_weak_set(Address::of(weak), Word(root(random.below(kFew))));
    } else if (random.below(1000) == 0) {
      collect(random.oneIn(2) ? Heap::Scope::Young : Heap::Scope::Settle);
    } else {
      ASSERT_NE(makeNumber(i), nullptr);
    }
    ASSERT_EQ(root(place)->value, place);
  }
  collect();
  for (std::size_t i = 0; i < kFew; ++i)
    ASSERT_EQ(root(i)->value, i);
}
INSTANTIATE_TEST_SUITE_P(Seeds, RecyclingMixTest, testing::Range(1u, 9u));

// ---- Sabotage ----

using HeapRecyclingDeathTest = HeapRecyclingTest;

TEST_F(HeapRecyclingDeathTest, AYoungObjectMeanwhileIsFound) {
  connectPlinth(); // Its handler prints the message.
  while (!chain_.isRecycling)
    ASSERT_NO_FATAL_FAILURE(replaceMany());
  Node *settled = root(0) = makeNode(1);
  EXPECT_DEATH(
      {
        Address young;
        chain_.isRecycling = false; // R2: nothing is young meanwhile.
        (void)scanned_.allocateLarge(&young, sizeof(Node));
        chain_.isRecycling = true;
        young.as<Node>()->type = &kNodeType;
        store(settled->left, young.as<Node>());
        collect();
      },
      "V4.*a young object, which no log knows of");
}

TEST_F(HeapRecyclingDeathTest, AGapThatIsNoPaddingIsFound) {
  connectPlinth();
  while (!chain_.isRecycling)
    ASSERT_NO_FATAL_FAILURE(replaceMany());
  root(0) = makeNode(1);
  EXPECT_DEATH(
      {
        Node *node = root(0); // R1: what is free is padding.
        while (!chain_.isRecycling ||
               Address::of(node + 1) == mutator_->scanned.gap.limit)
          node = makeNode(1);
        mutator_->scanned.gap = {};
        collect();
      },
      "V1");
}

} // namespace
} // namespace mps
