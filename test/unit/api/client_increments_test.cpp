// Old collections of clients' pools, in increments: what the snapshot held when
// one began lives, whatever is stored meanwhile.
#include "lisp_heap_test.h"

#include "api/arena_handle.h"

#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace mps;

namespace {

class ClientIncrementsTest : public LispHeapTest {
protected:
  static constexpr mps_word_t kLength = 30000;
  using Phase = OldCollection::Phase;

  void SetUp() override {
    LispHeapTest::SetUp();
    arena()->settings().verify = true;
    mps_arena_pause_time_set(arena(), 0.001);
    ASSERT_EQ(mps_root_create_area(&otherRoot_, arena(), mps_rank_exact(), 0,
                                   &other_, &other_ + 1, mps_scan_area,
                                   nullptr),
              MPS_RES_OK);
  }
  void TearDown() override {
    mps_arena_park(arena());
    mps_root_destroy(otherRoot_);
    LispHeapTest::TearDown();
  }

  Phase phase() { return arena()->old().phase(); }
  void collectOf(Heap::Scope scope) {
    platform::Locked locked(arena()->lock());
    arena()->collect(scope, "test");
  }
  void begin() {
    collectOf(Heap::Scope::Begin);
    ASSERT_EQ(phase(), Phase::Marking);
  }
  /// By allocation: steps are paced by how much the heap grows. One that the
  /// heap's thread ends is counted by the next allocation.
  [[gnu::noinline]] void runToItsEnd() {
    for (int i = 0; i < 400 && arena()->statistics().oldCollections == 0; ++i)
      for (int j = 0; j < 10000; ++j)
        other_ = make_pair(ap_, nullptr, other_);
    ASSERT_EQ(phase(), Phase::Idle);
  }
  void hurryTo(Phase wanted) {
    platform::Locked locked(arena()->lock());
    while (phase() != wanted) {
      arena()->old().hurry();
      arena()->collect(Heap::Scope::End, "test");
    }
  }
  void hurry() {
    platform::Locked locked(arena()->lock());
    while (arena()->old().isRunning()) {
      arena()->old().hurry();
      if (phase() == Phase::Marking)
        arena()->collect(Heap::Scope::End, "test");
    }
  }
  [[gnu::noinline]] void makeGarbage() {
    other_ = makeList(10 * kLength);
    collectOf(Heap::Scope::Settle);
    other_ = nullptr;
  }
  /// `object_` is alone. The pair before it leads to long lists. Returns where
  /// that is, inverted.
  [[gnu::noinline]] Word makeDeadBesideLiving() {
    other_ = makeList(10 * kLength);
    object_t middle = nth(other_, 5 * kLength);
    other_ = make_pair(ap_, nullptr, middle);
    Word dead = ~Address::of(other_).bits();
    object_ = make_pair(ap_, nullptr, nullptr);
    object_t list = makeList(10 * kLength);
    other_->pair.head = nth(list, 5 * kLength);
    other_ = nullptr;
    return dead;
  }
  static constexpr mps_word_t kElements = 5;
  /// Each is full of the one before.
  [[gnu::noinline]] void makeVectors(int count) {
    other_ = nullptr;
    for (int i = 0; i < count; ++i)
      other_ = make_vector(ap_, kElements, other_);
  }
  [[gnu::noinline]] void expectVectors(int count) {
    for (object_t each = other_; each; each = each->vector.element[0], --count)
      for (mps_word_t i = 1; i < kElements; ++i)
        ASSERT_EQ(each->vector.element[i], each->vector.element[0]);
    EXPECT_EQ(count, 0);
  }
  void sweepUpTo(Segment &segment) {
    platform::Locked locked(arena()->lock());
    while (segment.pool->segments[Pool::kSnapshot].first() != &segment)
      arena()->old().advance(1);
  }
  bool isThrottled() {
    platform::Locked locked(arena()->lock());
    return arena()->isThrottled();
  }
  /// Allocates until an old collection is being prepared, which takes many
  /// steps of so short a pause.
  [[gnu::noinline]] void prepare() {
    arena()->settings().verify = false;
    mps_arena_pause_time_set(arena(), 1e-6);
    for (int i = 0; i < 2500000 && !isThrottled(); ++i)
      other_ = make_pair(ap_, nullptr, other_);
    ASSERT_TRUE(isThrottled());
    ASSERT_EQ(phase(), Phase::Idle);
  }
  std::size_t used() {
    platform::Locked locked(arena()->lock());
    return arena()->arena().used();
  }
  static object_t nth(object_t list, mps_word_t n) {
    while (n-- > 0)
      list = list->pair.tail;
    return list;
  }
  /// Only `other_` leads to what the list had from its n-th pair on.
  [[gnu::noinline]] void moveRest(mps_word_t n) {
    object_t last = nth(object_, n - 1);
    other_ = make_pair(ap_, nullptr, last->pair.tail);
    nth(object_, n - 1)->pair.tail = nullptr;
  }
  /// To the language, a race with the collector; but that stops the thread.
  [[gnu::noinline, gnu::no_sanitize("thread")]] static void
  copyElement(object_t vector, mps_word_t to, mps_word_t from) {
    vector->vector.element[to] = vector->vector.element[from];
  }

  object_t other_ = nullptr;
  mps_root_t otherRoot_ = nullptr;
};

TEST_F(ClientIncrementsTest, GarbageGoesAndTheRestStays) {
  object_ = makeList(kLength);
  makeGarbage();
  std::size_t before = used();
  begin();
  hurry();
  EXPECT_LT(used(), before / 2);
  expectList(object_, kLength);
}

TEST_F(ClientIncrementsTest, MutatorsDoItAsTheyAllocate) {
  arena()->settings().verify = false; // It would take minutes.
  object_ = makeList(kLength);
  collectOf(Heap::Scope::Settle);
  begin();
  runToItsEnd();
  expectList(object_, kLength);
  EXPECT_EQ(arena()->statistics().oldCollections, 1u);
}

TEST_F(ClientIncrementsTest, WhatIsOverwrittenWasOfTheSnapshot) {
  object_ = makeList(kLength);
  begin();
  moveRest(kLength / 2);
  EXPECT_GT(arena()->arena().protection().faults(), 0u);
  hurry();
  expectList(other_->pair.tail, kLength / 2);
}

TEST_F(ClientIncrementsTest, StoreThatShowsNothingNewKeepsMarkingFromNoEnd) {
  object_ = makeList(kLength);
  begin();
  {
    platform::Locked locked(arena()->lock());
    arena()->old().hurry();
  }
  ASSERT_TRUE(arena()->old().isReadyToEnd());
  std::size_t faults = arena()->arena().protection().faults();
  object_t pair = nth(object_, kLength / 2);
  object_t volatile *head = &pair->pair.head;
  *head = *head;
  EXPECT_EQ(arena()->arena().protection().faults(), faults + 1);
  EXPECT_TRUE(arena()->old().isReadyToEnd());
  hurry();
  expectList(object_, kLength);
}

TEST_F(ClientIncrementsTest, YoungCollectionsComeMeanwhile) {
  object_ = makeList(kLength);
  begin();
  for (mps_word_t i = 0; i < 10; ++i) {
    nth(object_, 1000 * i)->pair.head = make_integer(ap_, i);
    collectOf(Heap::Scope::Young);
    ASSERT_EQ(phase(), Phase::Marking);
  }
  moveRest(kLength / 2);
  collectOf(Heap::Scope::Young);
  hurry();
  collectOf(Heap::Scope::Young);
  expectList(other_->pair.tail, kLength / 2);
  for (mps_word_t i = 0; i < 10; ++i)
    EXPECT_EQ(nth(object_, 1000 * i)->pair.head->integer.value, i);
}

TEST_F(ClientIncrementsTest, FullCollectionGivesItUp) {
  object_ = makeList(kLength);
  begin();
  collect();
  EXPECT_EQ(phase(), Phase::Idle);
  expectList(object_, kLength);
  begin();
  hurry();
  expectList(object_, kLength);
}

TEST_F(ClientIncrementsTest, WithoutMappingsTheSnapshotIsMarkedAtOnce) {
  Protection::setMostBoundaries(Protection::boundaries());
  object_ = makeList(kLength);
  begin();
  moveRest(kLength / 2);
  hurry();
  expectList(other_->pair.tail, kLength / 2);
  Protection::setMostBoundaries(platform::mostMappings() / 2);
}

TEST_F(ClientIncrementsTest, OpenReservationIsMadeAnew) {
  object_ = makeList(kLength);
  mps_addr_t p = nullptr;
  ASSERT_EQ(mps_reserve(&p, ap_, sizeof(pair_s)), MPS_RES_OK);
  begin();
  auto *pair = static_cast<pair_s *>(p);
  pair->type = PAIR;
  pair->head = pair->tail = nullptr;
  EXPECT_FALSE(mps_commit(ap_, p, sizeof(pair_s)));
  hurry();
  expectList(object_, kLength);
}

/// A dead pair beside a living one that is stored to: what it led to is free
/// already, and is used again.
TEST_F(ClientIncrementsTest, YoungCollectionsDoNotScanTheDeadWhileSweeping) {
  mps_arena_clamp(arena());
  Word dead = 0; // Of a thread whose stack is no root.
  std::thread([&] { dead = makeDeadBesideLiving(); }).join();
  Segment &mixed = *arena()->arena().segmentOf(Address::of(object_));
  ASSERT_EQ(arena()->arena().segmentOf(Address::fromBits(~dead)), &mixed);
  std::size_t before = used();
  begin();
  hurryTo(Phase::Sweeping);
  ASSERT_FALSE(mixed.chunk->isMarked(Address::fromBits(~dead)));
  sweepUpTo(mixed);
  ASSERT_LT(used(), before / 4 * 3);
  makeVectors(400000);
  object_->pair.head = make_integer(ap_, 7);
  collectOf(Heap::Scope::Young);
  ASSERT_EQ(phase(), Phase::Sweeping);
  expectVectors(400000);
  hurry();
  EXPECT_EQ(object_->pair.head->integer.value, 7u);
}

/// When one old collection is over, what is of the next one's snapshot has the
/// other colour.
TEST_F(ClientIncrementsTest, WhatSettlesMeanwhileIsScannedWholeWhileSweeping) {
  for (int round = 0; round < 3; ++round) {
    object_ = makeList(kLength);
    begin();
    other_ = make_pair(ap_, nullptr, object_);
    collectOf(Heap::Scope::Settle);
    hurryTo(Phase::Sweeping);
    other_->pair.head = make_integer(ap_, 7);
    collectOf(Heap::Scope::Young);
    collectOf(Heap::Scope::Young);
    ASSERT_EQ(phase(), Phase::Sweeping);
    EXPECT_EQ(other_->pair.head->integer.value, 7u);
    hurry();
  }
}

/// Under the thread sanitizer a signal does not get to a thread that sleeps for
/// a lock, and the handler of the fault would wait for it.
#if defined(__has_feature) && __has_feature(thread_sanitizer)
#define MPS_STOPS_SLEEPERS 0
#else
#define MPS_STOPS_SLEEPERS 1
#endif

#if MPS_STOPS_SLEEPERS
TEST_F(ClientIncrementsTest, TwoThreadsStoreIntoTheSnapshot) {
  constexpr mps_word_t kMany = 20000;
  object_ = make_vector(ap_, kMany, nullptr);
  for (mps_word_t i = 0; i < kMany; ++i) {
    object_t integer = make_integer(ap_, i);
    object_->vector.element[i] = integer;
  }
  std::atomic<bool> isDone{false};
  std::thread other([&] {
    mps_thr_t thread;
    mps_root_t stack;
    void *cold = &cold;
    ASSERT_EQ(mps_thread_reg(&thread, arena()), MPS_RES_OK);
    ASSERT_EQ(mps_root_create_thread(&stack, arena(), thread, cold),
              MPS_RES_OK);
    for (mps_word_t i = 0; !isDone; i = (i + 17) % (kMany - 17))
      copyElement(object_, i + 17, i);
    mps_root_destroy(stack);
    mps_thread_dereg(thread);
  });
  for (int round = 0; round < 10; ++round) {
    begin();
    for (mps_word_t i = 0; i < 100; ++i)
      copyElement(object_, i * 199, i);
    hurry();
  }
  isDone = true;
  other.join();
  for (mps_word_t i = 0; i < kMany; ++i)
    ASSERT_LT(object_->vector.element[i]->integer.value, kMany);
}
#endif

/// Parked, an arena has no collection in progress. What is protected stays so,
/// for the remembered set.
TEST_F(ClientIncrementsTest, ParkingEndsTheCollection) {
  object_ = makeList(kLength);
  begin();
  moveRest(kLength / 2);
  mps_arena_park(arena());
  EXPECT_EQ(phase(), Phase::Idle);
  EXPECT_EQ(arena()->statistics().oldCollections, 1u) << "not given up";
  std::size_t faults = arena()->arena().protection().faults();
  object_ = other_->pair.tail;
  moveRest(kLength / 4);
  EXPECT_EQ(arena()->arena().protection().faults(), faults + 1);
  mps_arena_release(arena());
  expectList(other_->pair.tail, kLength / 4);
}

/// Those who cannot go on with it got little memory at a time all the same.
TEST_F(ClientIncrementsTest, NobodyIsThrottledWhileNothingMayBePrepared) {
  for (auto *stop : {mps_arena_clamp, mps_arena_park}) {
    prepare();
    stop(arena());
    EXPECT_FALSE(isThrottled());
    mps_arena_step(arena(), 0, 0); // Goes on with it, but not alone.
    EXPECT_FALSE(isThrottled());
    mps_arena_release(arena());
    EXPECT_TRUE(isThrottled()) << "goes on with it";
    EXPECT_EQ(phase(), Phase::Idle);
  }
  runToItsEnd();
}

/// An old collection followed, of what a full one had just left.
TEST_F(ClientIncrementsTest, FullCollectionEndsWhatIsPrepared) {
  prepare();
  other_ = nullptr;
  collect();
  EXPECT_FALSE(isThrottled());
  other_ = makeList(kLength / 30);
  EXPECT_EQ(phase(), Phase::Idle);
  EXPECT_EQ(arena()->statistics().oldCollections, 0u);
}

TEST_F(ClientIncrementsTest, StepsOfIdleTimeBringItToItsEnd) {
  arena()->settings().verify = false; // It would take most of the time.
  object_ = makeList(kLength);
  ASSERT_EQ(mps_arena_start_collect(arena()), MPS_RES_OK);
  ASSERT_EQ(phase(), Phase::Marking);
  mps_arena_clamp(arena()); // The client's own steps come all the same.
  for (int i = 0; i < 10000 && phase() != Phase::Idle; ++i)
    mps_arena_step(arena(), 0.0005, 0.0);
  EXPECT_EQ(phase(), Phase::Idle);
  expectList(object_, kLength);
}

TEST_F(ClientIncrementsTest, PoolMayGoWhileItsObjectsAreMarked) {
  mps_pool_t pool;
  mps_ap_t point;
  MPS_ARGS_BEGIN(args) {
    MPS_ARGS_ADD(args, MPS_KEY_FORMAT, heap_.fmt);
    MPS_ARGS_ADD(args, MPS_KEY_CHAIN, heap_.chain);
    ASSERT_EQ(mps_pool_create_k(&pool, arena(), mps_class_amc(), args),
              MPS_RES_OK);
  }
  MPS_ARGS_END(args);
  ASSERT_EQ(mps_ap_create_k(&point, pool, mps_args_none), MPS_RES_OK);
  object_ = makeList(kLength);
  for (mps_word_t i = 0; i < kLength; ++i)
    other_ = make_pair(point, nullptr, other_);
  begin();
  nth(other_, 100)->pair.head = nullptr;
  mps_ap_destroy(point);
  other_ = nullptr;
  mps_pool_destroy(pool);
  EXPECT_EQ(phase(), Phase::Idle);
  moveRest(kLength / 2);
  expectList(other_->pair.tail, kLength / 2);
}

/// Its memory is another's at once, and must not be protected then.
TEST_F(ClientIncrementsTest, ArenaMayGoWhileItsObjectsAreMarked) {
  std::size_t before = Protection::boundaries();
  for (int i = 0; i < 3; ++i) {
    heap_s another;
    heap_create(&another, kArenaSize, kNurseryKib);
    mps_arena_clamp(another.arena); // There are no roots.
    mps_ap_t point;
    ASSERT_EQ(mps_ap_create_k(&point, another.pool, mps_args_none), MPS_RES_OK);
    object_t last = nullptr;
    for (mps_word_t j = 0; j < kLength; ++j)
      last = make_pair(point, nullptr, last);
    {
      platform::Locked locked(another.arena->lock());
      another.arena->collect(Heap::Scope::Begin, "test");
      ASSERT_TRUE(another.arena->old().isShading());
    }
    EXPECT_GT(Protection::boundaries(), before);
    mps_ap_destroy(point);
    heap_destroy(&another);
    EXPECT_EQ(Protection::boundaries(), before);
  }
}

/// What a root held when marking began lives, though the root is gone; what it
/// holds after that is found where it came from.
TEST_F(ClientIncrementsTest, StackIsARootNoMoreAndAgain) {
  object_ = makeList(kLength);
  begin();
  mps_root_destroy(stack_);
  moveRest(kLength / 2);
  collectOf(Heap::Scope::Young);
  ASSERT_EQ(mps_root_create_thread(&stack_, arena(), thread_, &stack_),
            MPS_RES_OK);
  object_t rest = other_->pair.tail; // On the stack only.
  other_ = nullptr;
  hurry();
  expectList(rest, kLength / 2);
}

#if MPS_STOPS_SLEEPERS
TEST_F(ClientIncrementsTest, ChildOfForkGoesOnWithIt) {
  object_ = make_vector(ap_, 2 * kLength, nullptr);
  for (mps_word_t i = 0; i < 2 * kLength; ++i) {
    object_t integer = make_integer(ap_, i);
    object_->vector.element[i] = integer;
  }
  std::atomic<bool> isDone{false};
  std::thread other([&] {
    mps_thr_t thread;
    ASSERT_EQ(mps_thread_reg(&thread, arena()), MPS_RES_OK);
    for (mps_word_t i = 0; !isDone; i = (i + 17) % kLength)
      copyElement(object_, i, i);
    mps_thread_dereg(thread);
  });
  for (int round = 0; round < 10; ++round) {
    begin();
    pid_t child = fork();
    if (child == 0) {
      copyElement(object_, 0, 0);
      hurry();
      collectOf(Heap::Scope::Young);
      _exit(object_->vector.element[kLength]->integer.value != kLength);
    }
    int status = -1;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
    hurry();
  }
  isDone = true;
  other.join();
}
#endif

using ClientIncrementsDeathTest = ClientIncrementsTest;

/// A list with as much garbage between its pairs: holes are offered afterwards.
TEST_F(ClientIncrementsDeathTest, UnmarkedObjectInAHoleBreaksM4) {
  mps_arena_clamp(arena());
  for (mps_word_t i = 0; i < kLength; ++i) {
    make_vector(ap_, kElements, nullptr);
    object_ = make_pair(ap_, nullptr, object_);
  }
  begin();
  hurry();
  Pool &pool = *arena()->pools();
  ASSERT_TRUE(pool.hasOffered());
  pool.setFillsHoles(true);
  make_pair(ap_, nullptr, nullptr);
  begin();
  auto makeAndEnd = [&](bool isForgotten) {
    for (int i = 0; i < 10; ++i) // Where the first is, the stack may tell.
      other_ = make_pair(ap_, nullptr, nullptr);
    Segment &segment = *arena()->arena().segmentOf(Address::of(other_));
    ASSERT_TRUE(arena()->arena().isOfSnapshot(segment));
    if (isForgotten)
      pool.noteSnapshot(); // As if it had been there when marking began.
    hurryTo(Phase::Sweeping);
  };
  EXPECT_DEATH(makeAndEnd(true), "V3: a client's root 0x.* holds 0x.*");
  makeAndEnd(false);
  hurry();
}

TEST_F(ClientIncrementsDeathTest, UnprotectedSnapshotBreaksV14) {
  object_ = makeList(kLength);
  begin();
  Segment *segment =
      arena()->arena().segmentOf(Address::of(nth(object_, kLength / 2)));
  EXPECT_DEATH(
      {
        arena()->arena().protection().unprotect(*segment);
        collectOf(Heap::Scope::Young);
      },
      "V14: segment 0x.* is of the snapshot");
}

} // namespace
