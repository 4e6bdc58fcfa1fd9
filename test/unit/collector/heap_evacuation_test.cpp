// Groups that are evacuated while the program runs.
#include "heap_test.h"

#include "api/interface.h"

#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace mps {
namespace {

/// With a thread of the collector's, and without.
class HeapEvacuationTest : public HeapTest,
                           public testing::WithParamInterface<unsigned> {
protected:
  static constexpr Word kKept = 4, kLength = 100000;

  void SetUp() override {
    HeapTest::SetUp();
    connectPlinth();
    platform::Locked locked(heap_.lock());
    heap_.setHasReadBarrier();
    heap_.settings().collectorThreads = GetParam();
    heap_.settings().pauseTime = 1e-6;
    heap_.settings().nursery = 8 * kMiB; // No young collection copies the list.
    heap_.applySettings();
  }
  OldCollection &old() { return heap_.old(); }
  bool isActive() { return old().evacuator().isActive(); }

  void stepTo(OldCollection::Phase phase) {
    while (old().phase() != phase) {
      platform::Locked locked(heap_.lock());
      if (old().phase() == OldCollection::Phase::Marking) {
        old().hurry();
        heap_.collect(Heap::Scope::End, "test");
      } else if (old().phase() == OldCollection::Phase::Evacuating) {
        heap_.collect(Heap::Scope::Groups, "test");
      } else {
        old().hurry();
      }
    }
  }
  /// A list whose segments are sparse, and its first group being evacuated.
  void beginEvacuation() {
    for (Word i = 0; i < kLength; ++i)
      if (Node *node = makeNode(i); i % kKept == 0) {
        store(node->left, root(0));
        root(0) = node;
      }
    collect(Heap::Scope::Begin);
    stepTo(OldCollection::Phase::Idle);
    ASSERT_GE(old().groups(), 4u);
    collect(Heap::Scope::Begin);
    stepTo(OldCollection::Phase::Evacuating);
    collect(Heap::Scope::Groups);
    ASSERT_TRUE(isActive());
  }
  /// As compiled code loads. What it loads next depends on the address, which
  /// orders the two; here an acquire tells that.
  Node *load(Node *&field) {
    old().evacuator().heal(Slot::at(Address::of(&field)));
    return __atomic_load_n(&field, __ATOMIC_ACQUIRE);
  }
  void expectList() {
    Word value = kLength;
    for (Node *each = root(0); each != nullptr; each = load(each->left))
      ASSERT_EQ(each->value, value -= kKept);
    EXPECT_EQ(value, 0u);
  }
};

TEST_P(HeapEvacuationTest, ProgramSeesTheListWhileItMoves) {
  beginEvacuation();
  expectList();
  EXPECT_TRUE(isActive());
  stepTo(OldCollection::Phase::Idle);
  EXPECT_FALSE(isActive());
  // What a stale word of this stack refers to stays, as sparse as it was.
  EXPECT_LE(old().groups(), 1u);
  expectList();
}

TEST_P(HeapEvacuationTest, EveryGroupIsEvacuated) {
  beginEvacuation();
  std::size_t used = heap_.arena().used();
  stepTo(OldCollection::Phase::Idle);
  EXPECT_LT(heap_.arena().used(), used / 2);
  EXPECT_GE(heap_.statistics().movedObjects, kLength / kKept / 2);
  expectList();
}

TEST_P(HeapEvacuationTest, AnyCollectionEndsIt) {
  heap_.settings().verify = true;
  for (Heap::Scope scope :
       {Heap::Scope::Young, Heap::Scope::Settle, Heap::Scope::Full}) {
    root(0) = nullptr;
    collect();
    beginEvacuation();
    collect(scope);
    EXPECT_FALSE(isActive());
    expectList();
    collect();
  }
}

TEST_P(HeapEvacuationTest, WhatIsStoredMeanwhileIsRemembered) {
  heap_.settings().verify = true;
  beginEvacuation();
  Word i = 0;
  for (Node *each = root(0); each != nullptr; each = load(each->left), ++i)
    if (i % 100 == 0) {
      Node *young = makeNode(each->value);
      ASSERT_NE(young, nullptr);
      store(each->right, young);
    }
  collect(Heap::Scope::Young);
  for (Node *each = root(0); each != nullptr; each = each->left)
    if (each->right != nullptr)
      ASSERT_EQ(each->right->value, each->value);
  stepTo(OldCollection::Phase::Idle);
  expectList();
}

/// Another thread of the program's is copying when the process forks, and has
/// perhaps not told of what it has copied; so is the collector's.
TEST_P(HeapEvacuationTest, ForkedChildFinishesIt) {
  heap_.settings().verify = true;
  beginEvacuation();
  std::atomic<bool> isDone{false};
  std::thread other([&] {
    while (!isDone) {
      Node *each = root(0);
      for (; each != nullptr && !isDone; each = load(each->left)) {
      }
    }
  });
  for (int i = 0; i < 10; ++i) {
    pid_t child = fork();
    if (child == 0) {
      expectList();
      collect(i % 2 == 0 ? Heap::Scope::Young : Heap::Scope::Full);
      stepTo(OldCollection::Phase::Idle);
      expectList();
      _exit(HasFailure());
    }
    int status = -1;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  isDone = true;
  other.join();
  stepTo(OldCollection::Phase::Idle);
  expectList();
}

TEST_P(HeapEvacuationTest, HeapMayEndMeanwhile) { beginEvacuation(); }

INSTANTIATE_TEST_SUITE_P(Threads, HeapEvacuationTest, testing::Values(0u, 1u),
                         testing::PrintToStringParamName());

} // namespace
} // namespace mps
