// Collections of what is old while the program runs.
#include "heap_test.h"

#include "api/interface.h"

#include <atomic>
#include <chrono>
#include <filesystem>
#include <thread>
#include <tuple>

namespace mps {
namespace {

/// With a thread of the collector's, and without.
class OldCollectionTest : public HeapTest,
                          public testing::WithParamInterface<unsigned> {
protected:
  static constexpr std::size_t kLimit = 24 * kMiB;

  void SetUp() override {
    HeapTest::SetUp();
    platform::Locked locked(heap_.lock());
    ASSERT_EQ(heap_.setCommitLimit(kLimit), Result::Ok);
    heap_.settings().collectorThreads = GetParam();
    heap_.settings().growth = Settings::kToTheLimit;
    heap_.settings().pauseTime = 1e-6;
    heap_.applySettings();
  }
  std::uint64_t oldCollections() { return heap_.statistics().oldCollections; }
  std::size_t groups() {
    platform::Locked locked(heap_.lock()); // Our thread sweeps, and adds some.
    return heap_.old().groups();
  }
  void assist() {
    if (heap_.old().isAssistDue(kMiB))
      heap_.old().assist();
  }
  /// Of an old collection that is running.
  void step() {
    platform::Locked locked(heap_.lock());
    switch (heap_.old().phase()) {
    case OldCollection::Phase::Marking:
    case OldCollection::Phase::Guarding:
    case OldCollection::Phase::Clearing:
      assist();
      return heap_.collect(Heap::Scope::End, "test");
    case OldCollection::Phase::Evacuating:
      return heap_.collect(Heap::Scope::Groups, "test");
    case OldCollection::Phase::Sweeping:
      return assist();
    case OldCollection::Phase::Idle:
      break;
    }
  }
  /// A list in root 0; all of its segments are candidates.
  void makeSparse(Word length) {
    heap_.settings().nursery = 8 * kMiB; // No young collection copies it.
    heap_.applySettings();
    for (Word i = 0; i < length; ++i)
      if (Node *node = makeNode(i); i % kKept == 0) {
        store(node->left, root(0));
        root(0) = node;
      }
    collect(Heap::Scope::Begin);
    while (heap_.old().isRunning())
      step();
    ASSERT_GE(groups(), 4u);
  }
  void expectSparse(Word length) {
    Word value = length;
    for (Node *each = root(0); each != nullptr; each = each->left)
      ASSERT_EQ(each->value, value -= kKept);
    EXPECT_EQ(value, 0u);
  }
  /// To another slot than the one that links them, in so many of them.
  static void storeToEach(Node *list, Word most = ~Word(0)) {
    for (Node *each = list; each != nullptr && most-- != 0; each = each->left)
      store(each->right, list);
  }
  static Word unarmedOf(const Node *list) {
    Word count = 0;
    for (const Node *each = list; each != nullptr; each = each->left)
      count += !LogTable::isArmed(Slot::at(Address::of(&each->right)));
    return count;
  }
  static constexpr Word kKept = 4;
  /// A ring of lists, of which one is replaced each time.
  void churn(unsigned lists, Word length, unsigned rounds) {
    for (unsigned i = 0; i < rounds; ++i) {
      root(i % lists) = nullptr;
      ASSERT_TRUE(push(i % lists, length));
    }
    for (unsigned i = 0; i < lists; ++i) {
      ASSERT_EQ(lengthOf(root(i)), length);
      Word value = length;
      for (Node *each = root(i); each != nullptr; each = each->left)
        ASSERT_EQ(each->value, --value);
    }
  }
};

TEST_P(OldCollectionTest, GarbageThatHasSettledIsCollected) {
  churn(8, 10000, 300);
  EXPECT_GE(oldCollections(), 2u);
}

/// Records of slots took most of it, unseen, and what was left to mark when
/// memory had run out was marked in one pause of two seconds.
TEST_P(OldCollectionTest, WhatTheRuntimeKeepsForItselfIsOfTheHeadroom) {
  heap_.settings().collectorThreads = 0; // Nobody marks meanwhile.
  heap_.applySettings();
  ASSERT_TRUE(push(0, 20000));
  collect(Heap::Scope::Begin);
  platform::Locked locked(heap_.lock());
  ASSERT_EQ(heap_.old().phase(), OldCollection::Phase::Marking);
  while (heap_.old().isAssistDue(0)) // Arrays of the marker's own are of it.
    heap_.old().assist();
  ASSERT_FALSE(heap_.old().isReadyToEnd());
  Arena &arena = heap_.arena();
  arena.setSideSize(arena.fixedSize() + arena.available() / 2);
  EXPECT_TRUE(heap_.old().isAssistDue(0));
}

/// Else a program went on at full speed until next to no memory was left, and
/// was hardly heard of then.
TEST_P(OldCollectionTest, WhoFindsMarkingOverdueWaitsForAStep) {
  using Assisted = OldCollection::Assisted;
  heap_.settings().collectorThreads = 0; // Nobody marks meanwhile.
  heap_.settings().pauseTime = 1e-2;
  heap_.applySettings();
  ASSERT_TRUE(push(0, 100000));
  collect(Heap::Scope::Begin);
  OldCollection &old = heap_.old();
  ASSERT_EQ(old.phase(), OldCollection::Phase::Marking);
  platform::BackgroundThread &steps = heap_.arena().background();
  auto assist = [&](double overdue) {
    return old.assistMarkingBeside({1e9, overdue}, 0);
  };
  std::atomic<bool> isHeld{false}, isOver{false};
  std::thread other([&] {
    steps.lock();
    isHeld = true;
    while (!isOver) {
    }
    steps.unlock();
  });
  while (!isHeld) {
  }
  EXPECT_EQ(assist(0), Assisted::Busy);
  std::uint64_t start = platform::nanoseconds();
  EXPECT_EQ(assist(1e9), Assisted::Behind) << "nobody waits for ever";
  EXPECT_GE(platform::nanoseconds() - start, 2000000u);
  isOver = true;
  other.join();
  EXPECT_NE(assist(0), Assisted::Busy);
}

TEST_P(OldCollectionTest, WhatIsMovedAboutWhileMarkingLives) {
  constexpr Word kLength = 20000;
  ASSERT_TRUE(push(0, kLength));
  root(3); // So that the others do not move.
  // Nodes go from list to list; each is in exactly one.
  for (Word i = 0; oldCollections() < 3 && i < 20000000; ++i) {
    unsigned from = i % 3, to = (i + 1) % 3;
    Node *node = root(from);
    if (node != nullptr) {
      root(from) = node->left;
      store(node->left, root(to));
      root(to) = node;
    }
    ASSERT_NE(makeNode(i), nullptr);
    if (i % 64 == 0) {
      root(3) = makeNode(i);
      store(root(3)->right, root(0));
    }
  }
  EXPECT_EQ(lengthOf(root(0)) + lengthOf(root(1)) + lengthOf(root(2)), kLength);
}

/// Once, one began where all memory was given out, and its arrays came on top.
TEST_P(OldCollectionTest, NoneBeginsWhereAllThatIsKeptBackIsLent) {
  for (unsigned round = 0; round < 4; ++round) {
    while (push(0, 1)) {
      ASSERT_LE(heap_.arena().committed(), kLimit);
    }
    {
      platform::Locked locked(heap_.lock());
      EXPECT_FALSE(heap_.old().isRunning());
      heap_.startFull("test");
      EXPECT_FALSE(heap_.old().isRunning());
    }
    EXPECT_LE(heap_.arena().committed(), kLimit);
    root(0) = nullptr;
    collect();
  }
  std::uint64_t before = oldCollections();
  churn(8, 10000, 100);
  EXPECT_GT(oldCollections(), before) << "nothing is lent any more";
}

/// Once, the next collection was of everything in one pause.
TEST_P(OldCollectionTest, OneBeginsWhereTheLimitHasBeenRaisedSince) {
  while (push(0, 1)) {
  }
  platform::Locked locked(heap_.lock());
  ASSERT_EQ(heap_.setCommitLimit(4 * kLimit), Result::Ok);
  heap_.startFull("test");
  EXPECT_TRUE(heap_.old().isRunning());
}

TEST_P(OldCollectionTest, YoungCollectionsComeAndGoMeanwhile) {
  ASSERT_TRUE(push(0, 300000));
  {
    platform::Locked locked(heap_.lock());
    heap_.collect(Heap::Scope::Begin, "test");
  }
  for (unsigned i = 0; i < 5; ++i) {
    root(1) = makeNode(i);
    collect(Heap::Scope::Young);
    ASSERT_EQ(root(1)->value, i);
  }
  EXPECT_EQ(lengthOf(root(0)), 300000u);
}

/// Whether another thread gets the lock while this one assists the marker.
class AssistTest : public OldCollectionTest {
protected:
  static constexpr Word kLength = 200000;
  static constexpr unsigned kPerCollection = 20000;

  void SetUp() override {
    OldCollectionTest::SetUp();
    platform::Locked locked(heap_.lock());
    heap_.settings().collectorThreads = 0;
    heap_.settings().pauseTime = 1; // Assists of the longest.
    heap_.applySettings();
  }
  /// As makeNode(), but what allocating it does can be seen.
  void makeNode(Word value) {
    Buffer &buffer = mutator_->scanned;
    if (buffer.point->limit - buffer.point->alloc < sizeof(Node)) {
      platform::Locked locked(heap_.lock());
      isInside_ = mutator_->isInRuntime = true;
      EXPECT_EQ(heap_.refill(buffer, sizeof(Node)), Result::Ok);
      isInside_ = mutator_->isInRuntime = false;
      Pool::clearGiven(buffer);
    }
    OldCollectionTest::makeNode(value);
  }
  /// During so many allocations, and for so long, or until it is seen: by a
  /// thread that does not sleep, for where others use the machine, it would be
  /// woken too late.
  bool isLockSeenFree(unsigned allocations, std::chrono::seconds time = {}) {
    auto end = std::chrono::steady_clock::now() + time;
    std::atomic<bool> isSeen{false}, isOver{false};
    std::thread other([&] {
      while (!isOver)
        if (heap_.lock().tryLock()) {
          if (isInside_)
            isSeen = true;
          heap_.lock().unlock();
        }
    });
    EXPECT_TRUE(push(0, kLength));
    for (unsigned i = 0;
         !isSeen && (i < allocations || std::chrono::steady_clock::now() < end);
         ++i) {
      if (i % kPerCollection == 0) {
        platform::Locked locked(heap_.lock());
        heap_.finishOld();
        heap_.collect(Heap::Scope::Begin, "test");
      }
      makeNode(i);
    }
    isOver = true;
    other.join();
    EXPECT_EQ(lengthOf(root(0)), kLength);
    return isSeen;
  }

  std::atomic<bool> isInside_{false};
};

/// Once, others that asked for memory waited for it.
TEST_P(AssistTest, WhoAssistsTheMarkerHoldsUpNobody) {
  EXPECT_TRUE(isLockSeenFree(0, std::chrono::seconds(120)));
}

/// It may be stopped by a signal, with the lock of steps in its hands: whoever
/// did that would wait for this lock for ever.
TEST_P(AssistTest, WhoIsRegisteredHasTheLockMeanwhile) {
  Registration registration;
  registration.thread = &mutator_->thread();
  heap_.world().add(registration);
  EXPECT_FALSE(isLockSeenFree(20 * kPerCollection));
  heap_.world().remove(registration);
}

/// To settle a nursery at the end of a marking took longer than all else there.
TEST_P(OldCollectionTest, MarkingEndsWhileSomethingIsYoungAndRemembered) {
  heap_.settings().verify = true;
  ASSERT_TRUE(push(0, 1000));
  collect(Heap::Scope::Settle);
  collect(Heap::Scope::Begin);
  {
    platform::Locked locked(heap_.lock());
    heap_.setState(Heap::State::Clamped); // It ends in step(), and not before.
  }
  auto isArmed = [&] {
    return LogTable::isArmed(Slot::at(Address::of(&root(0)->right)));
  };
  root(1) = makeNode(7);
  store(root(0)->right, root(1));
  while (heap_.old().phase() == OldCollection::Phase::Marking)
    step();
  EXPECT_FALSE(isArmed());
  collect(Heap::Scope::Settle);
  EXPECT_TRUE(isArmed());
  EXPECT_EQ(root(0)->right->value, 7u);
}

/// Where the host had dropped page tables, a nursery's slots took up to 45 ms:
/// what there is no time for waits, and so does what relies on it.
TEST_P(OldCollectionTest, NoneBeginsBeforeAllSlotsHaveSettled) {
  constexpr Word kLength = 8000 * kSlotsAtOnce; // Some 3 ns each.
  heap_.settings().pauseTime = 0;
  heap_.applySettings();
  ASSERT_TRUE(push(0, kLength));
  collect(Heap::Scope::Settle);
  {
    platform::Locked locked(heap_.lock());
    heap_.setState(Heap::State::Clamped);
  }
  storeToEach(root(0));
  unsigned tries = 0;
  for (; heap_.old().phase() == OldCollection::Phase::Idle; ++tries)
    collect(Heap::Scope::Begin);
  EXPECT_GE(tries, 2u);
  EXPECT_EQ(unarmedOf(root(0)), 0u);
  storeToEach(root(0));
  while (heap_.old().phase() == OldCollection::Phase::Marking)
    step();
  EXPECT_NE(unarmedOf(root(0)), 0u); // That does not wait.
  heap_.settings().verify = true;
  collect(Heap::Scope::Settle);
}

TEST_P(OldCollectionTest, NoGroupIsEvacuatedBeforeAllSlotsHaveSettled) {
  constexpr Word kLength = 100000;
  makeSparse(kLength);
  heap_.settings().collectorThreads = 0; // Sweeping beside, it would add some.
  heap_.settings().verify = true;
  heap_.settings().pauseTime = 0;
  heap_.applySettings();
  collect(Heap::Scope::Begin);
  while (heap_.old().phase() != OldCollection::Phase::Evacuating)
    step();
  std::size_t before = groups();
  storeToEach(root(0));
  collect(Heap::Scope::Groups);
  ASSERT_EQ(groups(), before);
  while (heap_.old().phase() == OldCollection::Phase::Evacuating)
    collect(Heap::Scope::Groups);
  EXPECT_LT(groups(), before);
  expectSparse(kLength);
}

TEST_P(OldCollectionTest, SparseSegmentsAreEvacuated) {
  makeSparse(100000);
  std::size_t used = heap_.arena().used();
  collect(Heap::Scope::Begin);
  for (unsigned i = 0; groups() != 0 && i < 10000; ++i) {
    step();
  }
  EXPECT_EQ(groups(), 0u);
  expectSparse(100000);
  EXPECT_LT(heap_.arena().used(), used / 2);
}

/// Once, the world was stopped for a full collection.
TEST_P(OldCollectionTest, GapsOfSparseSegmentsAreFilledWhereNothingElseIsLeft) {
  makeSparse(100000);
  heap_.settings().verify = true;
  auto allocate = [&](std::size_t size) {
    for (std::size_t i = 0; i < size / sizeof(Node); ++i)
      ASSERT_NE(makeNode(0), nullptr);
  };
  collect(Heap::Scope::Young);
  Arena &arena = heap_.arena();
  ASSERT_EQ(arena.setCommitLimit(arena.used() + arena.fixedSize()), Result::Ok);
  std::size_t groupsBefore = groups();
  ASSERT_GE(groupsBefore, 4u);
  allocate(kMiB);
  EXPECT_TRUE(chain_.isRecycling);
  EXPECT_LT(groups(), groupsBefore);
  EXPECT_GT(groups(), 0u);
  EXPECT_EQ(heap_.statistics().fullCollections, oldCollections());
  collect(Heap::Scope::Young); // With verify.
  expectSparse(100000);
}

/// Once, every segment was looked at in the pause in which it began.
TEST_P(OldCollectionTest, NothingIsProtectedAheadWhereAllIsCompiled) {
  churn(16, 4000, 300);
  EXPECT_GE(oldCollections(), 1u);
  EXPECT_EQ(heap_.protectionAhead().lookedAt(), 0u);
}

/// To unmap memory, all processors must hear of it, and each pause would need
/// it again.
TEST_P(OldCollectionTest, ArraysDoNotShrinkWhileSomethingIsMarked) {
  heap_.settings().collectorThreads = 0;
  heap_.applySettings();
  ASSERT_TRUE(push(0, 200000));
  collect(Heap::Scope::Settle);
  storeToEach(root(0)); // Each is logged.
  while (heap_.old().phase() == OldCollection::Phase::Idle)
    collect(Heap::Scope::Begin);
  auto youngs = [&] {
    std::size_t before = heap_.arena().fixedSize();
    for (int i = 0; i < 20; ++i)
      collect(Heap::Scope::Young);
    return std::pair(before, heap_.arena().fixedSize());
  };
  auto [before, after] = youngs();
  ASSERT_EQ(heap_.old().phase(), OldCollection::Phase::Marking);
  EXPECT_EQ(after, before);
  while (heap_.old().isRunning())
    step();
  std::tie(before, after) = youngs();
  EXPECT_LT(after, before);
}

std::size_t threadsOfProcess() {
  std::filesystem::directory_iterator tasks("/proc/self/task");
  return std::size_t(std::distance(begin(tasks), end(tasks)));
}

/// A thread that is stopped may be starting a thread, and hold what that takes:
/// once, a collector that wanted to start one waited for it for ever.
TEST_P(OldCollectionTest, NoThreadIsStartedWhileOthersAreStopped) {
  struct Counter final : RootSource {
    std::size_t threads = 0;
    /// The first time that it is visited.
    void visit(Rank, RootVisitor &) override {
      if (threads == 0)
        threads = threadsOfProcess();
    }
  } counter;
  unsigned wanted = heap_.settings().collectorThreads;
  heap_.settings().collectorThreads = 0;
  heap_.applySettings();
  ASSERT_TRUE(push(0, 300000));
  heap_.settings().collectorThreads = wanted;
  heap_.applySettings();
  platform::Locked locked(heap_.lock());
  heap_.add(counter);
  for (Heap::Scope scope : {Heap::Scope::Full, Heap::Scope::Begin}) {
    counter.threads = 0;
    heap_.collect(scope, "test");
    EXPECT_EQ(counter.threads, threadsOfProcess());
  }
  heap_.remove(counter);
}

TEST_P(OldCollectionTest, FullCollectionForgetsTheGroups) {
  makeSparse(100000);
  collect(Heap::Scope::Begin);
  collect();
  EXPECT_EQ(groups(), 0u);
  expectSparse(100000);
}

TEST_P(OldCollectionTest, FullCollectionEndsTheOldOne) {
  ASSERT_TRUE(push(0, 100000));
  collect(Heap::Scope::Begin);
  root(0) = root(0)->left;
  collect();
  EXPECT_EQ(lengthOf(root(0)), 99999u);
  EXPECT_LT(heap_.arena().used(), 4 * kMiB);
  collect(Heap::Scope::Begin);
  EXPECT_EQ(lengthOf(root(0)), 99999u);
}

/// What a store without a barrier does to a snapshot is found.
using OldCollectionDeathTest = OldCollectionTest;

TEST_P(OldCollectionDeathTest, LostOldValueIsFound) {
  connectPlinth(); // Its handler prints the message.
  heap_.settings().verify = true;
  ASSERT_TRUE(push(0, 1000));
  EXPECT_DEATH(
      {
        heap_.settings().collectorThreads = 0;
        heap_.applySettings();
        collect(Heap::Scope::Begin);
        root(1) = root(0)->left->left;
        root(0)->left->left = nullptr; // Not by store().
        collect(Heap::Scope::End);
      },
      "after.*V3.*root.*not an object");
}

/// Nobody stores to what no mutator can have a reference to.
TEST_P(OldCollectionDeathTest, RememberedSlotOfGarbageBreaksV17) {
  connectPlinth();
  heap_.settings().verify = true;
  ASSERT_TRUE(push(0, 1000));
  collect(Heap::Scope::Settle);
  volatile Word hidden = ~reinterpret_cast<Word>(root(0)); // From this stack.
  root(0) = root(0)->left;
  EXPECT_DEATH(
      {
        collect(Heap::Scope::Begin);
        store(reinterpret_cast<Node *>(~hidden)->right, nullptr);
        while (heap_.old().phase() == OldCollection::Phase::Marking)
          step();
      },
      "after.*V17.*slot.*is remembered, but in 0x.*, which is dead");
}

/// So is a slot that leads to what is to be evacuated, and that nobody knows.
TEST_P(OldCollectionDeathTest, UnrecordedSlotIsFound) {
  connectPlinth();
  heap_.settings().verify = true;
  heap_.settings().collectorThreads = 0;
  heap_.applySettings();
  makeSparse(40000);
  root(1) = makeNode(1);
  EXPECT_DEATH(
      {
        collect(Heap::Scope::Begin);
        while (heap_.old().phase() == OldCollection::Phase::Marking)
          step();
        Node *last = root(0);
        while (last->left != nullptr)
          last = last->left;
        root(1)->right = last; // Not by store().
        step();
      },
      "before.*V8.*in settled object.*in a candidate, and not recorded");
}

INSTANTIATE_TEST_SUITE_P(Threads, OldCollectionDeathTest, testing::Values(0u),
                         testing::PrintToStringParamName());
INSTANTIATE_TEST_SUITE_P(Threads, AssistTest, testing::Values(0u),
                         testing::PrintToStringParamName());
INSTANTIATE_TEST_SUITE_P(Threads, OldCollectionTest, testing::Values(0u, 1u),
                         testing::PrintToStringParamName());

} // namespace
} // namespace mps
