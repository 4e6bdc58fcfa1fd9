// Old collections of clients' weak tables, ephemerons and weak roots, in
// increments: what a program loads from a weak reference lives, though nobody
// tells.
#include "weak_tables_test.h"

#include <atomic>
#include <thread>
#include <vector>

using namespace mps;

namespace {

class WeakIncrementsTest : public WeakTablesTest {
protected:
  static constexpr mps_word_t kLength = 1000, kTables_ = 64;
  using Phase = OldCollection::Phase;

  void SetUp() override {
    WeakTablesTest::SetUp();
    mps_arena_pause_time_set(arena(), 0.001);
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
  void hurryTo(Phase wanted) {
    platform::Locked locked(arena()->lock());
    while (phase() != wanted && arena()->old().isRunning()) {
      if (phase() == Phase::Sweeping)
        arena()->old().hurry();
      else
        arena()->old().advance(1);
      if (arena()->old().isReadyToEnd())
        arena()->collect(Heap::Scope::End, "test");
    }
    ASSERT_EQ(phase(), wanted);
  }
  void hurry() {
    hurryTo(Phase::Idle);
    platform::Locked locked(arena()->lock());
    arena()->workOnOld(0); // Tells of it.
  }
  std::size_t faults() { return arena()->arena().protection().faults(); }

  /// Table i of kTables_ has `length` keys; those that are multiples of
  /// `living` are in the vector too.
  [[gnu::noinline]] void makeKeys(mps_word_t length, mps_word_t living) {
    object_ = make_vector(ap_, kTables_ * length, nullptr);
    for (mps_word_t i = 0; i < kTables_; ++i) {
      tables_[i] = makeTable(weak_, length, PLAIN);
      for (mps_word_t j = 0; j < length; ++j) {
        object_t key = make_integer(ap_, i * length + j);
        table(i)->words[j] = key;
        if (j % living == 0)
          object_->vector.element[i * length + j] = key;
      }
    }
  }
  [[gnu::noinline]] void expectKeys(mps_word_t length, mps_word_t living,
                                    size_t from = 0) {
    for (size_t i = from; i < kTables_; ++i)
      for (mps_word_t j = 0; j < length; ++j) {
        auto *key = static_cast<object_t>(table(i)->words[j]);
        ASSERT_EQ(key, object_->vector.element[i * length + j])
            << i << " " << j;
        ASSERT_EQ(key == nullptr, j % living != 0);
        if (key != nullptr)
          ASSERT_EQ(key->integer.value, i * length + j);
      }
  }
};

TEST_F(WeakIncrementsTest, WhatNobodyLoadsIsCleared) {
  makeKeys(kLength, 10);
  begin();
  std::size_t before = faults();
  hurry();
  EXPECT_EQ(faults(), before);
  expectKeys(kLength, 10);
}

/// The only reference is loaded from a weak table, and stored to where marking
/// has been; then the table loses it.
TEST_F(WeakIncrementsTest, WhatIsLoadedFromAWeakTableLives) {
  makeKeys(kLength, 10);
  object_t keeper = make_vector(ap_, 2, nullptr);
  tables_[kTables - 1] = keeper;
  begin();
  hurryTo(Phase::Marking);
  {
    platform::Locked locked(arena()->lock());
    while (!arena()->old().isReadyToEnd())
      arena()->old().advance(1000);
  }
  std::size_t before = faults();
  keeper->vector.element[0] = static_cast<object_t>(table(3)->words[7]);
  table(3)->words[7] = nullptr;
  EXPECT_GE(faults(), before + 2);
  hurry();
  collectOf(Heap::Scope::Young);
  EXPECT_EQ(keeper->vector.element[0]->integer.value, 3 * kLength + 7);
  tables_[kTables - 1] = nullptr;
}

/// The table is told when marking is over, and it has not been cleared yet.
TEST_F(WeakIncrementsTest, TableThatIsReadWhileOthersAreClearedIsClearedFirst) {
  makeKeys(kLength, 10);
  begin();
  hurryTo(Phase::Clearing);
  std::size_t before = faults();
  mps_word_t nulls = 0;
  for (size_t i = 0; i < kTables_; ++i)
    nulls += table(i)->words[1] == nullptr;
  EXPECT_EQ(nulls, kTables_);
  EXPECT_GT(faults(), before);
  ASSERT_EQ(phase(), Phase::Clearing);
  hurry();
  expectKeys(kLength, 10);
}

TEST_F(WeakIncrementsTest, YoungCollectionsComeMeanwhile) {
  makeKeys(kLength, 10);
  begin();
  for (int round = 0; round < 10; ++round) {
    object_t young = make_integer(ap_, 77);
    table(round)->words[0] = young;
    object_->vector.element[round * kLength] = young;
    table(round)->words[1] = make_integer(ap_, 78);
    collectOf(Heap::Scope::Young);
    ASSERT_EQ(phase(), Phase::Marking);
    ASSERT_EQ(table(round)->words[0], object_->vector.element[round * kLength]);
    ASSERT_EQ(table(round)->words[1], nullptr);
  }
  hurryTo(Phase::Clearing);
  collectOf(Heap::Scope::Young);
  hurryTo(Phase::Sweeping);
  collectOf(Heap::Scope::Young);
  hurry();
  expectKeys(kLength, 10, 16); // Others were read.
}

TEST_F(WeakIncrementsTest, TablesThatAreMadeMeanwhileKeepWhatIsInThem) {
  makeKeys(kLength, 10);
  begin();
  for (size_t i = kTables_; i < 2 * kTables_; ++i) {
    tables_[i] = makeTable(weak_, 10, PLAIN);
    for (mps_word_t j = 0; j < 10; ++j)
      table(i)->words[j] = table(i - kTables_)->words[j];
    if (i % 8 == 0) {
      platform::Locked locked(arena()->lock());
      arena()->old().advance(500);
    }
  }
  hurry();
  collectOf(Heap::Scope::Young);
  for (size_t i = kTables_; i < 2 * kTables_; ++i)
    for (mps_word_t j = 0; j < 10; ++j)
      ASSERT_EQ(static_cast<object_t>(table(i)->words[j])->integer.value,
                (i - kTables_) * kLength + j);
}

TEST_F(WeakIncrementsTest, DeadKeysTakeTheirValuesWithThem) {
  makeKeys(kLength, 2);
  for (size_t i = 0; i < kTables_; ++i) {
    tables_[kTables_ + i] = makeTable(exact_, kLength, PLAIN);
    Table *values = table(kTables_ + i);
    for (mps_word_t j = 0; j < kLength; ++j)
      values->words[j] = make_integer(ap_, j);
    table(i)->dependent = values;
    values->dependent = table(i);
  }
  begin();
  collectOf(Heap::Scope::Young);
  hurry();
  expectKeys(kLength, 2);
  for (size_t i = 0; i < kTables_; ++i)
    for (mps_word_t j = 0; j < kLength; ++j)
      ASSERT_EQ(table(kTables_ + i)->words[j] == nullptr, j % 2 != 0);
}

/// A scan function deletes a value, whose only other reference is in the
/// program's hands: marking has not come by, and young collections open the
/// table of values for the scan function.
TEST_F(WeakIncrementsTest, WhatAScanFunctionDeletesWasOfTheSnapshot) {
  tables_[0] = makeTable(weak_, 4, PLAIN);
  tables_[1] = makeTable(exact_, 4, PLAIN);
  table(0)->dependent = table(1);
  object_t value = make_integer(ap_, 99);
  tables_[2] = makeTable(exact_, 4, PLAIN);
  table(1)->words[0] = value;
  begin();
  value = static_cast<object_t>(table(1)->words[0]);
  table(0)->words[0] = make_integer(ap_, 1); // Dies young.
  collectOf(Heap::Scope::Young);
  ASSERT_EQ(table(1)->words[0], nullptr);
  table(2)->words[0] = value;
  hurry();
  collectOf(Heap::Scope::Young);
  EXPECT_EQ(static_cast<object_t>(table(2)->words[0])->integer.value, 99u);
}

/// The table of values is known to a page of roots that waits to be shown, and
/// to the program. When all else has been marked, a scan function deletes from
/// it what the program has loaded: there is something to be marked again.
TEST_F(WeakIncrementsTest, WhatAScanFunctionDeletesIsMarkedBeforeMarkingEnds) {
  constexpr std::size_t kEntries = 64 * platform::kPageSize / sizeof(Word);
  std::vector<mps_addr_t> pages(kEntries);
  mps_root_t watched;
  ASSERT_EQ(mps_root_create_table(&watched, arena(), mps_rank_exact(),
                                  MPS_RM_PROT, pages.data(), kEntries),
            MPS_RES_OK);
  mps_arena_clamp(arena()); // Who allocates shows no pages.
  mps_addr_t &hidden = pages[kEntries / 2];
  hidden = makeTable(exact_, 4, PLAIN);
  static_cast<Table *>(hidden)->words[0] = make_integer(ap_, 99);
  tables_[1] = makeTable(exact_, 4, PLAIN);
  collectOf(Heap::Scope::Settle);
  begin();
  auto isReadyAfterYoung = [&] {
    platform::Locked locked(arena()->lock());
    while (!arena()->old().isReadyToEnd())
      arena()->old().advance(1000);
    arena()->collect(Heap::Scope::Young, "test");
    return arena()->old().isReadyToEnd();
  };
  tables_[0] = makeTable(weak_, 4, PLAIN);
  table(0)->words[0] = make_integer(ap_, 1); // Dies young.
  EXPECT_TRUE(isReadyAfterYoung()) << "nothing has been deleted";
  table(0)->words[0] = make_integer(ap_, 2); // So does this one.
  table(0)->dependent = static_cast<Table *>(hidden);
  object_t value = static_cast<object_t>(table(0)->dependent->words[0]);
  EXPECT_FALSE(isReadyAfterYoung());
  EXPECT_EQ(table(0)->dependent->words[0], nullptr);
  table(1)->words[0] = value;
  hurry();
  collectOf(Heap::Scope::Young);
  EXPECT_EQ(static_cast<object_t>(table(1)->words[0])->integer.value, 99u);
  mps_root_destroy(watched);
}

TEST_F(WeakIncrementsTest, WhatIsHiddenAheadMayBeReadUntilMarkingBegins) {
  makeKeys(kLength, 10);
  collectOf(Heap::Scope::Settle);
  auto isHidden = [&](size_t i) {
    return Protection::isHidden(
        *arena()->arena().segmentOf(Address::of(tables_[i])));
  };
  auto hide = [&] {
    platform::Locked locked(arena()->lock());
    ProtectionAhead ahead(arena()->arena());
    ASSERT_FALSE(!ahead.step(~std::uint64_t(0) / 2));
  };
  hide();
  EXPECT_TRUE(isHidden(0));
  EXPECT_EQ(static_cast<object_t>(table(0)->words[1])->integer.value, 1u);
  EXPECT_FALSE(isHidden(0));
  EXPECT_TRUE(isHidden(kTables_ - 1));
  begin();
  EXPECT_TRUE(isHidden(0));
  hurry();
  expectKeys(kLength, 10);
  hide();
  collect();
  EXPECT_FALSE(isHidden(kTables_ - 1));
}

/// Under the thread sanitizer a signal does not get to a thread that sleeps for
/// a lock, and the handler of the fault would wait for it.
#if defined(__has_feature) && __has_feature(thread_sanitizer)
#define MPS_STOPS_SLEEPERS 0
#else
#define MPS_STOPS_SLEEPERS 1
#endif

/// It looks at words that are cleared meanwhile, with it stopped: to the
/// language, a race.
[[gnu::noinline, gnu::no_sanitize("thread")]] mps_word_t valueAt(Table *table,
                                                                 mps_word_t j) {
  auto *key = static_cast<object_t>(table->words[j]);
  return key == nullptr ? ~mps_word_t(0) : key->integer.value;
}

#if MPS_STOPS_SLEEPERS
TEST_F(WeakIncrementsTest, AnotherThreadReadsTheTables) {
  arena()->settings().verify = false;
  std::atomic<bool> isDone{false};
  makeKeys(kLength, 10);
  std::thread other([&] {
    mps_thr_t thread;
    mps_root_t stack;
    void *cold = &cold;
    ASSERT_EQ(mps_thread_reg(&thread, arena()), MPS_RES_OK);
    ASSERT_EQ(mps_root_create_thread(&stack, arena(), thread, cold),
              MPS_RES_OK);
    for (mps_word_t i = 0; !isDone; i = (i + 17) % (kTables_ * kLength)) {
      mps_word_t value = valueAt(table(i / kLength), i % kLength);
      ASSERT_TRUE(value == i || (value == ~mps_word_t(0) && i % 10 != 0));
    }
    mps_root_destroy(stack);
    mps_thread_dereg(thread);
  });
  for (int round = 0; round < 10; ++round) {
    begin();
    hurry();
    collectOf(Heap::Scope::Young);
  }
  isDone = true;
  other.join();
}
#endif

TEST_F(WeakIncrementsTest, WithoutMappingsWhatIsWeakIsKept) {
  Protection::setMostBoundaries(Protection::boundaries());
  makeKeys(kLength, 10);
  begin();
  hurry();
  Protection::setMostBoundaries(platform::mostMappings() / 2);
  for (size_t i = 0; i < kTables_; ++i)
    for (mps_word_t j = 0; j < kLength; ++j)
      ASSERT_EQ(static_cast<object_t>(table(i)->words[j])->integer.value,
                i * kLength + j);
  collect();
  expectKeys(kLength, 10);
}

TEST_F(WeakIncrementsTest, FullCollectionInBetweenIsExact) {
  makeKeys(kLength, 10);
  begin();
  EXPECT_NE(table(0)->words[1], nullptr);
  collect();
  expectKeys(kLength, 10);
  begin();
  hurryTo(Phase::Clearing);
  collect();
  expectKeys(kLength, 10);
}

TEST_F(WeakIncrementsTest, WhatIsFreeIsFilledAgain) {
  for (int round = 0; round < 6; ++round) {
    makeKeys(kLength / 10, 10);
    for (size_t i = round % 2; i < kTables_; i += 2)
      tables_[i] = nullptr;
    begin();
    for (size_t i = round % 2; i < kTables_; i += 2)
      tables_[i] = makeTable(weak_, kLength / 10, PLAIN);
    hurry();
  }
  EXPECT_LT(mps_pool_total_size(awl_),
            8 * kTables_ * Table::sizeFor(kLength / 10));
}

/// What its point gives back then is hidden: no access before has shown it.
TEST_F(WeakIncrementsTest, PointThatIsDestroyedGivesBackWhatIsHidden) {
  tables_[0] = makeTable(weak_, 10, PLAIN);
  table(0)->words[3] = object_ = make_integer(ap_, 3);
  begin();
  std::size_t before = faults();
  mps_ap_destroy(weak_);
  EXPECT_GT(faults(), before);
  hurry();
  EXPECT_EQ(table(0)->words[3], object_);
  weak_ = makePoint(awl_, mps_rank_weak());
}

TEST_F(WeakIncrementsTest, ReserveThatDoesNotFitGivesBackWhatIsHidden) {
  tables_[0] = makeTable(weak_, 10, PLAIN);
  table(0)->words[3] = object_ = make_integer(ap_, 3);
  begin();
  std::size_t before = faults();
  tables_[1] = makeTable(weak_, 100 * kLength, PLAIN);
  EXPECT_GT(faults(), before);
  table(1)->words[7] = object_;
  hurry();
  EXPECT_EQ(table(0)->words[3], object_);
  EXPECT_EQ(table(1)->words[7], object_);
  tables_[2] = makeTable(weak_, 10, PLAIN);
}

// ---- Ephemerons ----

TEST_F(WeakIncrementsTest, EphemeronsOfLivingKeysKeepTheirValues) {
  tables_[0] = makeTable(pair_, 2 * kLength, PAIRS);
  object_ = make_vector(ap_, kLength, nullptr);
  for (mps_word_t i = 0; i < kLength; ++i) {
    object_t key = make_integer(ap_, i);
    table(0)->words[i] = key;
    if (i % 2 == 0)
      object_->vector.element[i] = key;
    table(0)->words[kLength + i] = make_pair(ap_, key, nullptr);
  }
  begin();
  hurry();
  EXPECT_EQ(table(0)->splat, kLength / 2);
  for (mps_word_t i = 0; i < kLength; ++i) {
    auto *value = static_cast<object_t>(table(0)->words[kLength + i]);
    ASSERT_EQ(table(0)->words[i], object_->vector.element[i]);
    ASSERT_EQ(value != nullptr, i % 2 == 0);
    if (value != nullptr)
      ASSERT_EQ(value->pair.head, table(0)->words[i]);
  }
}

/// Each key is the value of the one before, in another table: chains lead to
/// and fro between segments that are hidden.
TEST_F(WeakIncrementsTest, ChainThroughManyTablesIsKeptAndThenDies) {
  constexpr mps_word_t kHalf = 50;
  auto each = [&](auto visit) {
    for (mps_word_t i = 0; i < kTables * kHalf; ++i)
      visit(i, table(i % kTables)->words + i / kTables, kHalf);
  };
  for (size_t i = 0; i < kTables; ++i)
    tables_[i] = makeTable(pair_, 2 * kHalf, PAIRS);
  object_t key = object_ = make_integer(ap_, 0);
  each([&](mps_word_t i, mps_addr_t *word, mps_word_t half) {
    word[0] = key;
    word[half] = key = make_integer(ap_, i + 1);
  });
  begin();
  hurry();
  each([&](mps_word_t i, mps_addr_t *word, mps_word_t half) {
    ASSERT_EQ(static_cast<object_t>(word[half])->integer.value, i + 1);
  });
  object_ = nullptr;
  begin();
  hurry();
  each([&](mps_word_t i, mps_addr_t *word, mps_word_t half) {
    ASSERT_EQ(word[0], nullptr);
    ASSERT_EQ(word[half], nullptr);
  });
}

TEST_F(WeakIncrementsTest, ChainsAreMarkedInLinearTime) {
  arena()->settings().verify = false; // It would take most of the time.
  std::size_t steps[2];
  for (mps_word_t round : {0, 1}) {
    mps_word_t half = round == 0 ? 20 : 200;
    [&] {
      for (size_t i = 0; i < kTables; ++i)
        tables_[i] = makeTable(pair_, 2 * half, PAIRS);
      object_t key = object_ = make_integer(ap_, 0);
      for (mps_word_t i = kTables * half; i-- > 0;) {
        mps_addr_t *words = table(i % kTables)->words + i / kTables;
        words[0] = key;
        words[half] = key = make_integer(ap_, i);
      }
    }();
    std::size_t before = arena()->old().marker().ephemeronSteps();
    begin();
    hurry();
    steps[round] = arena()->old().marker().ephemeronSteps() - before;
    EXPECT_EQ(static_cast<object_t>(table(0)->words[half])->integer.value, 0u);
  }
  EXPECT_LT(steps[1], 15 * steps[0]);
  EXPECT_LT(steps[1], 10 * kTables * 200);
}

TEST_F(WeakIncrementsTest, ValueThatIsLoadedFromAnEphemeronLives) {
  tables_[0] = makeTable(pair_, 2, PAIRS);
  tables_[1] = makeTable(exact_, 2, PLAIN);
  object_t key = make_integer(ap_, 1);
  table(0)->words[0] = key;
  table(0)->words[1] = make_pair(ap_, make_integer(ap_, 2), nullptr);
  begin();
  table(1)->words[0] = table(0)->words[1];
  table(0)->words[0] = table(0)->words[1] = nullptr;
  hurry();
  collectOf(Heap::Scope::Young);
  auto *value = static_cast<object_t>(table(1)->words[0]);
  EXPECT_EQ(value->pair.head->integer.value, 2u);
}

// ---- Weak roots ----

class WeakRootIncrementsTest : public WeakIncrementsTest {
protected:
  void SetUp() override {
    WeakIncrementsTest::SetUp();
    ASSERT_EQ(mps_root_create_table(&weakRoot_, arena(), mps_rank_weak(), 0,
                                    words_, kLength),
              MPS_RES_OK);
  }
  void TearDown() override {
    mps_root_destroy(weakRoot_);
    WeakIncrementsTest::TearDown();
  }
  [[gnu::noinline]] void fill(mps_word_t living) {
    object_ = make_vector(ap_, kLength, nullptr);
    for (mps_word_t i = 0; i < kLength; ++i) {
      words_[i] = make_integer(ap_, i);
      if (i % living == 0)
        object_->vector.element[i] = static_cast<object_t>(words_[i]);
    }
  }
  mps_root_t weakRoot_;
  mps_addr_t words_[kLength] = {};
};

TEST_F(WeakRootIncrementsTest, WhatIsLoadedFromAWeakRootLives) {
  tables_[0] = makeTable(exact_, 2, PLAIN);
  fill(kLength);
  begin();
  table(0)->words[0] = words_[7];
  words_[7] = nullptr;
  hurry();
  collectOf(Heap::Scope::Young);
  EXPECT_EQ(static_cast<object_t>(table(0)->words[0])->integer.value, 7u);
}

/// A few are kept; where many are, the next collection of what is old stops the
/// world, which tells.
TEST_F(WeakRootIncrementsTest, MuchThatIsKeptByWeakRootsAloneIsLookedAtInFull) {
  fill(1);
  begin();
  hurry();
  EXPECT_FALSE(arena()->old().isKeptByWeak());
  fill(10);
  begin();
  hurry();
  EXPECT_TRUE(arena()->old().isKeptByWeak());
  EXPECT_NE(words_[1], nullptr);
  ASSERT_EQ(mps_arena_start_collect(arena()), MPS_RES_OK);
  EXPECT_EQ(phase(), Phase::Idle);
  for (mps_word_t i = 0; i < kLength; ++i)
    ASSERT_EQ(words_[i] != nullptr, i % 10 == 0);
  ASSERT_EQ(mps_arena_start_collect(arena()), MPS_RES_OK);
  EXPECT_EQ(phase(), Phase::Marking);
}

// ---- Finalization ----

/// A block is told to be dying before weak references to it are cleared: they
/// are, once its message is gone.
TEST_F(WeakIncrementsTest, MessagesComeBeforeWeakReferencesGo) {
  mps_message_type_enable(arena(), mps_message_type_finalization());
  tables_[0] = makeTable(weak_, 4, PLAIN);
  tables_[1] = makeTable(pair_, 4, PAIRS);
  [&] {
    mps_addr_t block = make_integer(ap_, 5);
    table(0)->words[0] = block;
    table(1)->words[0] = block;
    table(1)->words[2] = make_integer(ap_, 6);
    ASSERT_EQ(mps_finalize(arena(), &block), MPS_RES_OK);
  }();
  begin();
  hurry();
  ASSERT_NE(table(0)->words[0], nullptr);
  ASSERT_NE(table(1)->words[2], nullptr);
  mps_message_t message = nullptr;
  ASSERT_TRUE(
      mps_message_get(&message, arena(), mps_message_type_finalization()));
  begin();
  hurry();
  mps_addr_t told = nullptr;
  mps_message_finalization_ref(&told, arena(), message);
  EXPECT_EQ(told, table(0)->words[0]);
  mps_message_discard(arena(), message);
  begin();
  hurry();
  EXPECT_EQ(table(0)->words[0], nullptr);
  EXPECT_EQ(table(1)->words[0], nullptr);
  EXPECT_EQ(table(1)->words[2], nullptr);
}

using WeakIncrementsDeathTest = WeakIncrementsTest;

TEST_F(WeakIncrementsDeathTest, ReadableWeakSegmentBreaksV16) {
  makeKeys(kLength, 10);
  begin();
  Segment *segment = arena()->arena().segmentOf(Address::of(tables_[5]));
  EXPECT_DEATH(
      {
        arena()->arena().protection().unprotect(*segment);
        collectOf(Heap::Scope::Young);
      },
      "V16: segment 0x.* is of the snapshot");
}

} // namespace
