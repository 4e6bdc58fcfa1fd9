// Weak references, ephemerons and guardians of what is old, collected while the
// program runs.
#include "heap_test.h"

#include <set>

namespace mps {
namespace {

/// With a thread of the collector's, and without.
class OldWeakTest : public HeapTest,
                    public testing::WithParamInterface<unsigned> {
protected:
  void SetUp() override {
    HeapTest::SetUp();
    platform::Locked locked(heap_.lock());
    heap_.settings().collectorThreads = GetParam();
    heap_.settings().pauseTime = 1e-6;
    heap_.settings().verify = true;
    heap_.applySettings();
    for (MessageType type :
         {MessageType::Dying, MessageType::End, MessageType::Start})
      heap_.messages().enable(type);
  }
  WeakNode *makeWeak(Node *referent) {
    auto *weak = static_cast<WeakNode *>(
        allocate(mutator_->scanned, kWeakNodeType, sizeof(WeakNode)));
    weak->referent = referent;
    return weak;
  }
  EphemeronNode *makeEphemeron(Node *key, Node *value) {
    auto *made = static_cast<EphemeronNode *>(
        allocate(mutator_->scanned, kEphemeronNodeType, sizeof(EphemeronNode)));
    made->key = key;
    made->value = value;
    return made;
  }
  template <typename T> T *&rootOf(std::size_t index) {
    return reinterpret_cast<T *&>(root(index));
  }
  void guard(Node *block) {
    platform::Locked locked(heap_.lock());
    ASSERT_EQ(heap_.guard(Ref::to(Address::of(block))), Result::Ok);
  }
  void begin() { collect(Heap::Scope::Begin); }
  /// Until the old collection has ended.
  void end() {
    platform::Locked locked(heap_.lock());
    while (heap_.workOnOld(1000000)) {
    }
  }
  /// All that are in the queue, as letters; the blocks' values are `told`.
  std::string messages() {
    platform::Locked locked(heap_.lock());
    std::string all;
    while (const Message *first = heap_.messages().first()) {
      Message *taken = heap_.messages().take(first->type);
      all += "dES"[unsigned(taken->type)];
      if (taken->type == MessageType::Dying)
        told.push_back(static_cast<DyingMessage *>(taken)
                           ->block.address()
                           .as<Node>()
                           ->value);
      heap_.messages().discard(*taken);
    }
    return all;
  }
  std::vector<Word> told;
};

TEST_P(OldWeakTest, WeakReferencesToGarbageAreCleared) {
  for (Word i = 0; i < 100; ++i) {
    Node *node = makeNode(i);
    if (i % 2 == 0)
      root(i) = node;
    rootOf<WeakNode>(100 + i) = makeWeak(node);
  }
  begin();
  end();
  Word cleared = 0;
  for (Word i = 0; i < 100; ++i) {
    Node *referent = rootOf<WeakNode>(100 + i)->referent;
    if (i % 2 == 0)
      EXPECT_EQ(referent, root(i));
    cleared += referent == nullptr;
  }
  EXPECT_GT(cleared, 45u) << "words on the stack may keep a few";
}

TEST_P(OldWeakTest, ManyAreClearedInSteps) {
  constexpr std::size_t kCount = 10000;
  for (std::size_t i = 0; i < kCount; ++i)
    rootOf<WeakNode>(i) = makeWeak(nullptr);
  for (std::size_t i = 0; i < kCount; ++i)
    rootOf<WeakNode>(i)->referent = makeNode(i);
  begin();
  end();
  std::size_t cleared = 0;
  for (std::size_t i = 0; i < kCount; ++i)
    cleared += rootOf<WeakNode>(i)->referent == nullptr;
  EXPECT_GT(cleared, kCount - 10);
}

/// The roots are dropped when all has been marked: only the group's trace finds
/// that it has died, and no trace has come before.
TEST_P(OldWeakTest, WhatDiesIsToldByAGroupThatIsTheFirstTrace) {
  constexpr Word kCount = 4000, kKept = 4;
  for (Word i = 0; i < kCount; ++i)
    root(i) = makeNode(i);
  for (Word i = 0; i < kCount; ++i)
    if (i % kKept != 0)
      root(i) = nullptr;
  begin();
  end();
  messages();
  for (Word i = 0; i < kCount; i += kKept)
    guard(root(i));
  begin();
  for (Word i = 0; i < kCount; ++i)
    root(i) = nullptr;
  end();
  ASSERT_EQ(heap_.statistics().collectionsOf[0], 0u);
  messages();
  EXPECT_GT(told.size(), kCount / kKept / 2);
  for (Word value : told)
    EXPECT_TRUE(value < kCount && value % kKept == 0) << value;
}

TEST_P(OldWeakTest, AllocationAloneEndsItHoweverShortThePauseTime) {
  for (Word i = 0; i < 1000; ++i) {
    root(i) = makeNode(i);
    rootOf<WeakNode>(1000 + i) = makeWeak(root(i));
    guard(root(i));
    root(i) = nullptr;
  }
  {
    platform::Locked locked(heap_.lock());
    heap_.setPauseTime(0);
  }
  begin();
  for (Word i = 0; i < 4000000 && heap_.old().isRunning(); ++i) {
    Node *node = makeNode(i);
    node->left = root(0);
    root(0) = node;
  }
  EXPECT_FALSE(heap_.old().isRunning());
}

TEST_P(OldWeakTest, ChainOfEphemeronsIsMarked) {
  constexpr std::size_t kLength = 20000;
  Node *key = root(0) = makeNode(0);
  for (std::size_t i = 1; i <= kLength; ++i) {
    Node *value = makeNode(i);
    rootOf<EphemeronNode>(i) = makeEphemeron(key, value);
    key = value;
  }
  begin();
  end();
  for (std::size_t i = 1; i <= kLength; ++i)
    ASSERT_EQ(rootOf<EphemeronNode>(i)->value->value, i);
  root(0) = nullptr;
  begin();
  end();
  bool isFound = false;
  for (std::size_t i = 1; i <= kLength; ++i) {
    EphemeronNode &each = *rootOf<EphemeronNode>(i);
    ASSERT_EQ(each.key == nullptr, each.value == nullptr);
    // A word on the stack may keep a key, and so all of the chain after it.
    EXPECT_TRUE(!isFound || each.value != nullptr);
    isFound |= each.value != nullptr;
  }
  EXPECT_EQ(rootOf<EphemeronNode>(kLength / 2)->value, nullptr);
}

/// Words on the stack may keep a few.
TEST_P(OldWeakTest, DyingBlocksAreToldOnceInACollection) {
  constexpr Word kBlocks = 1000, kMostKept = 10;
  for (Word i = 0; i < kBlocks; ++i) {
    Node *node = makeNode(i);
    guard(node);
    if (i % 2 == 0)
      guard(node);
  }
  for (Word expected : {kBlocks, kBlocks / 2}) {
    begin();
    end();
    told.clear();
    std::string all = messages();
    EXPECT_EQ(all.front(), 'S');
    EXPECT_EQ(all.back(), 'E');
    EXPECT_LE(told.size(), expected + kMostKept);
    EXPECT_GE(told.size(), expected - kMostKept);
    EXPECT_EQ(std::set<Word>(told.begin(), told.end()).size(), told.size());
  }
}

/// Once, one of which nobody was to be told, so that it was not marked, was
/// told to who wanted to know when it had been found.
TEST_P(OldWeakTest, DyingBlockThatWasNotKeptIsNotTold) {
  {
    platform::Locked locked(heap_.lock());
    heap_.settings().collectorThreads = 0; // Steps are taken here.
    heap_.applySettings();
    heap_.messages().disable(MessageType::Dying);
  }
  for (Word i = 0; i < 100; ++i)
    guard(makeNode(i));
  begin();
  auto &old = heap_.old();
  while (old.phase() != OldCollection::Phase::Guarding) {
    old.assist();
    collect(Heap::Scope::End);
  }
  {
    platform::Locked locked(heap_.lock());
    while (old.phase() == OldCollection::Phase::Guarding)
      old.assist();
    heap_.messages().enable(MessageType::Dying);
  }
  end();
  EXPECT_EQ(messages().find('d'), std::string::npos);
  collect(Heap::Scope::Full); // With verify.
}

TEST_P(OldWeakTest, DyingBlockIsNotForgottenByWeakReferences) {
  constexpr Word kBlocks = 100;
  for (Word i = 0; i < kBlocks; ++i) {
    Node *node = makeNode(i);
    guard(node);
    rootOf<WeakNode>(i) = makeWeak(node);
  }
  auto known = [&] {
    Word count = 0;
    for (Word i = 0; i < kBlocks; ++i)
      count += rootOf<WeakNode>(i)->referent != nullptr;
    return count;
  };
  begin();
  end();
  EXPECT_EQ(known(), kBlocks);
  messages();
  begin();
  end();
  EXPECT_LT(known(), 10u);
}

TEST_P(OldWeakTest, PairsOfCollectionsInsideComeBefore) {
  for (Word i = 0; i < 20; ++i)
    guard(makeNode(i));
  root(0) = makeNode(1);
  begin();
  root(1) = makeNode(2);
  collect(Heap::Scope::Young);
  root(1) = makeNode(3);
  collect(Heap::Scope::Young);
  EXPECT_EQ(messages(), "SESE");
  end();
  std::string all = messages();
  EXPECT_EQ(all, "S" + std::string(all.size() - 2, 'd') + "E");
  EXPECT_GT(told.size(), 10u);
}

TEST_P(OldWeakTest, FullCollectionInTheMidstTellsAll) {
  for (Word i = 0; i < 300; ++i)
    guard(makeNode(i));
  begin();
  {
    platform::Locked locked(heap_.lock());
    for (int i = 0; i < 2; ++i)
      heap_.workOnOld(0);
  }
  collect();
  messages();
  EXPECT_GT(told.size(), 290u);
  EXPECT_EQ(std::set<Word>(told.begin(), told.end()).size(), told.size());
}

INSTANTIATE_TEST_SUITE_P(Threads, OldWeakTest, testing::Values(0u, 1u));

} // namespace
} // namespace mps
