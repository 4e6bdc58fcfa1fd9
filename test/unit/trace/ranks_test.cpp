// Weak references, ephemerons and guardians in a trace: what becomes null, what
// is kept, and in which order.
#include "tracer_test.h"

#include <random>
#include <thread>

namespace mps {

namespace {

class RanksTest : public TracerTest {
protected:
  WeakNode *makeWeak(Node *referent, WeakNode *next = nullptr) {
    auto *weak =
        static_cast<WeakNode *>(allocate(kWeakNodeType, sizeof(WeakNode)));
    weak->referent = referent;
    weak->next = next;
    return weak;
  }
  EphemeronNode *makeEphemeron(Node *key, Node *value,
                               EphemeronNode *next = nullptr) {
    auto *made = static_cast<EphemeronNode *>(
        allocate(kEphemeronNodeType, sizeof(EphemeronNode)));
    made->key = key;
    made->value = value;
    made->next = next;
    return made;
  }
  template <typename T> T *&rootOf(std::size_t index) {
    return reinterpret_cast<T *&>(root(index));
  }
  /// As the runtime stores to a weak part.
  template <typename T> void storeWeakly(T *object, Node *&field, Node *to) {
    Slot slot = Slot::at(Address::of(&field));
    if (LogTable::isArmed(slot)) {
      LogTable::disarm(slot);
      writeLog_.addWeak(Address::of(object));
    }
    field = to;
  }
  Guardian *guard(Node *block) {
    guardians_.push_back(std::make_unique<Guardian>());
    Guardian *guardian = guardians_.back().get();
    guardian->block = Ref::to(Address::of(block));
    attach(*arena_.segmentOf(Address::of(block)), *guardian);
    return guardian;
  }

  std::vector<std::unique_ptr<Guardian>> guardians_;
};

TEST_F(RanksTest, WeakReferenceFollowsAndThenBecomesNull) {
  root(0) = makeNode(7);
  rootOf<WeakNode>(1) = makeWeak(root(0));
  collect();
  EXPECT_EQ(rootOf<WeakNode>(1)->referent, root(0));
  root(0) = nullptr;
  collect();
  EXPECT_EQ(rootOf<WeakNode>(1)->referent, nullptr);
}

TEST_F(RanksTest, StrongFieldOfWeakObjectIsStrong) {
  rootOf<WeakNode>(0) = makeWeak(nullptr, makeWeak(makeNode(1)));
  collect();
  ASSERT_NE(rootOf<WeakNode>(0)->next, nullptr);
  EXPECT_EQ(rootOf<WeakNode>(0)->next->referent, nullptr);
}

TEST_F(RanksTest, WeakReferenceToWhatIsNotCondemnedStays) {
  root(0) = makeNode(7);
  settle();
  rootOf<WeakNode>(1) = makeWeak(root(0));
  Node *old = root(0);
  root(0) = nullptr;
  collect(1);
  EXPECT_EQ(rootOf<WeakNode>(1)->referent, old)
      << "only a trace that condemned "
         "it may splat";
  collect();
  EXPECT_EQ(rootOf<WeakNode>(1)->referent, nullptr);
}

TEST_F(RanksTest, OldWeakReferenceToYoungIsUpdatedAndSplat) {
  rootOf<WeakNode>(0) = makeWeak(nullptr);
  settle();
  root(1) = makeNode(5);
  storeWeakly(rootOf<WeakNode>(0), rootOf<WeakNode>(0)->referent, root(1));
  collect(1);
  EXPECT_EQ(rootOf<WeakNode>(0)->referent, root(1));
  root(1) = nullptr;
  collect(2);
  EXPECT_EQ(rootOf<WeakNode>(0)->referent, nullptr);
}

TEST_F(RanksTest, EphemeronKeepsValueWhileKeyLives) {
  root(0) = makeNode(1);
  rootOf<EphemeronNode>(1) = makeEphemeron(root(0), makeNode(2));
  collect();
  ASSERT_NE(rootOf<EphemeronNode>(1)->value, nullptr);
  EXPECT_EQ(rootOf<EphemeronNode>(1)->value->value, 2u);
  EXPECT_EQ(rootOf<EphemeronNode>(1)->key, root(0));
  root(0) = nullptr;
  collect();
  EXPECT_EQ(rootOf<EphemeronNode>(1)->key, nullptr);
  EXPECT_EQ(rootOf<EphemeronNode>(1)->value, nullptr);
}

TEST_F(RanksTest, ValueThatRefersToItsKeyKeepsNeither) {
  Node *key = makeNode(1);
  rootOf<EphemeronNode>(0) = makeEphemeron(key, makeNode(2, key));
  collect();
  EXPECT_EQ(rootOf<EphemeronNode>(0)->key, nullptr);
  EXPECT_EQ(rootOf<EphemeronNode>(0)->value, nullptr);
}

TEST_F(RanksTest, OldEphemeronWithYoungKeyAndValue) {
  rootOf<EphemeronNode>(0) = makeEphemeron(nullptr, nullptr);
  settle();
  EphemeronNode *old = rootOf<EphemeronNode>(0);
  root(1) = makeNode(1);
  storeWeakly(old, old->value, makeNode(2));
  storeWeakly(old, old->key, root(1));
  for (int i = 0; i < 4; ++i) {
    collect(1 + i % 2);
    EXPECT_EQ(old->key, root(1));
    ASSERT_NE(old->value, nullptr);
    EXPECT_EQ(old->value->value, 2u);
  }
  root(2) = makeNode(3);
  storeWeakly(old, old->key, root(2));
  root(2) = nullptr;
  collect(2);
  EXPECT_EQ(old->key, nullptr);
  EXPECT_EQ(old->value, nullptr);
}

/// By the marker's thread, which has found their keys dead, while a young trace
/// moves what has been stored to them since.
TEST_F(RanksTest, EphemeronsThatAreClearedDuringAYoungTraceStayCleared) {
  constexpr std::size_t kCount = 500;
  constexpr unsigned kTraces = 6000;
  std::vector<EphemeronNode *> ephemerons;
  for (std::size_t i = 0; i < kCount; ++i)
    rootOf<EphemeronNode>(i) = makeEphemeron(nullptr, nullptr);
  settle();
  for (std::size_t i = 0; i < kCount; ++i)
    ephemerons.push_back(rootOf<EphemeronNode>(i));
  std::atomic<unsigned> begun{0}, cleared{0};
  std::thread marker([&] {
    for (unsigned trace = 1; trace <= kTraces; ++trace) {
      while (begun != trace)
        std::this_thread::yield();
      for (unsigned wait = 0; wait < 40 * (trace % 400); ++wait)
        (void)begun.load(); // Elsewhere in the trace each time.
      for (EphemeronNode *each : ephemerons)
        for (Node **field : {&each->key, &each->value})
          __atomic_store_n(field, nullptr, __ATOMIC_RELAXED);
      cleared = trace;
    }
  });
  std::size_t left = 0;
  for (unsigned trace = 1; trace <= kTraces; ++trace) {
    for (std::size_t i = 0; i < kCount; ++i) {
      root(kCount + i) = makeNode(i);
      storeWeakly(ephemerons[i], ephemerons[i]->key, root(kCount + i));
      storeWeakly(ephemerons[i], ephemerons[i]->value, makeNode(i));
    }
    begun = trace;
    collect(kGenerations);
    while (cleared != trace)
      std::this_thread::yield();
    for (EphemeronNode *each : ephemerons)
      left += each->key != nullptr || each->value != nullptr;
  }
  marker.join();
  EXPECT_EQ(left, 0u);
}

/// Ephemeron i leads from key i to key i + 1; each is looked at before the one
/// that finds its key.
TEST_F(RanksTest, ChainOfEphemeronsIsFoundInLinearTime) {
  constexpr std::size_t kLengths[] = {10000, 100000};
  double perEphemeron[2];
  for (unsigned round = 0; round < 2; ++round) {
    std::size_t length = kLengths[round];
    std::vector<Node *> keys;
    for (std::size_t i = 0; i <= length; ++i)
      keys.push_back(makeNode(i));
    root(0) = keys[0];
    EphemeronNode *chain = nullptr;
    for (std::size_t i = length; i-- > 0;)
      chain = makeEphemeron(keys[i], keys[i + 1], chain);
    rootOf<EphemeronNode>(1) = chain;
    std::size_t before = tracer_.ephemeronSteps();
    collect();
    perEphemeron[round] =
        double(tracer_.ephemeronSteps() - before) / double(length);
    std::size_t found = 0;
    for (EphemeronNode *each = rootOf<EphemeronNode>(1); each != nullptr;
         each = each->next)
      found += each->value != nullptr && each->value->value == found + 1;
    EXPECT_EQ(found, length);
    root(0) = nullptr;
    collect();
    for (EphemeronNode *each = rootOf<EphemeronNode>(1); each != nullptr;
         each = each->next)
      ASSERT_EQ(each->value, nullptr);
  }
  EXPECT_LT(perEphemeron[1], 1.5 * perEphemeron[0]);
  EXPECT_LT(perEphemeron[1], 20);
  EXPECT_GT(perEphemeron[1], 1) << "they have waited";
}

TEST_F(RanksTest, ManyEphemeronsOfOneKeyAreFoundInLinearTime) {
  constexpr std::size_t kLength = 100000;
  EphemeronNode *chain = nullptr;
  Node *key = makeNode(0);
  for (std::size_t i = 0; i < kLength; ++i)
    chain = makeEphemeron(key, makeNode(i), chain);
  rootOf<EphemeronNode>(0) = chain;
  rootOf<EphemeronNode>(1) = makeEphemeron(root(2) = makeNode(1), key);
  collect();
  EXPECT_LT(tracer_.ephemeronSteps(), 20 * kLength);
  std::size_t found = 0;
  for (EphemeronNode *each = rootOf<EphemeronNode>(0); each != nullptr;
       each = each->next)
    found += each->value != nullptr;
  EXPECT_EQ(found, kLength);
}

TEST_F(RanksTest, GuardianIsTakenWhenItsBlockDiesAndKeepsItOnce) {
  tracer_.setFindsDying(true);
  root(0) = makeNode(4, makeNode(5));
  rootOf<WeakNode>(1) = makeWeak(root(0)->left);
  Guardian *guardian = guard(root(0));
  collect();
  EXPECT_EQ(tracer_.takeDead(), nullptr);
  EXPECT_EQ(guardian->block.address().as<Node>(), root(0)) << "it follows";
  root(0) = nullptr;
  collect();
  ASSERT_EQ(tracer_.takeDead(), guardian);
  auto *dying = guardian->block.address().as<Node>();
  EXPECT_EQ(dying->value, 4u);
  EXPECT_EQ(dying->left, rootOf<WeakNode>(1)->referent)
      << "nothing it leads to is splat";
  collect();
  EXPECT_EQ(tracer_.takeDead(), nullptr);
  EXPECT_EQ(rootOf<WeakNode>(1)->referent, nullptr);
}

TEST_F(RanksTest, CycleOfGuardedBlocksIsTakenAtOnce) {
  tracer_.setFindsDying(true);
  Node *a = makeNode(1), *b = makeNode(2, a);
  a->left = b;
  guard(a), guard(b), guard(a);
  collect();
  unsigned taken = 0;
  while (tracer_.takeDead() != nullptr)
    ++taken;
  EXPECT_EQ(taken, 2u) << "one for each block";
}

TEST_F(RanksTest, YoungTraceLooksAtNoGuardianOfOldBlocks) {
  tracer_.setFindsDying(true);
  root(0) = makeNode(1);
  settle();
  Guardian *guardian = guard(root(0));
  root(0) = nullptr;
  collect(2);
  EXPECT_EQ(tracer_.takeDead(), nullptr);
  collect();
  EXPECT_EQ(tracer_.takeDead(), guardian);
}

TEST_F(RanksTest, EphemeronOfAKeyThatAGuardianKeepsStays) {
  tracer_.setFindsDying(true);
  Node *key = makeNode(1);
  rootOf<EphemeronNode>(0) = makeEphemeron(key, makeNode(2));
  guard(key);
  collect();
  EXPECT_NE(tracer_.takeDead(), nullptr);
  ASSERT_NE(rootOf<EphemeronNode>(0)->value, nullptr);
  EXPECT_EQ(rootOf<EphemeronNode>(0)->value->value, 2u);
}

} // namespace

} // namespace mps
