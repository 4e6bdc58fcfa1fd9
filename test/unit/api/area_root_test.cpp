// Tables of roots whose pages the client allows to be protected: young
// collections look at what was stored to, and an old one that begins at
// nothing; what pages held then is seen all the same.
#include "lisp_heap_test.h"

#include "api/arena_handle.h"
#include "api/root_handle.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace mps;

namespace {

using Phase = OldCollection::Phase;

constexpr std::size_t kPages = 256;
constexpr std::size_t kEntries = kPages * platform::kPageSize / sizeof(Word);
constexpr std::size_t kEntriesOfPage = platform::kPageSize / sizeof(Word);

class AreaRootTest : public LispHeapTest {
protected:
  void SetUp() override {
    LispHeapTest::SetUp();
    arena()->settings().verify = true;
    mps_arena_pause_time_set(arena(), 0.001);
    // Neither end is a page's: the table is odd words longer.
    memory_ = mmap(nullptr, (kPages + 2) * platform::kPageSize,
                   PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(memory_, MAP_FAILED);
    table_ = static_cast<mps_addr_t *>(memory_) + kEntriesOfPage;
    watch(mps_rank_exact());
  }
  void TearDown() override {
    mps_arena_park(arena());
    mps_root_destroy(tableRoot_);
    LispHeapTest::TearDown();
    munmap(memory_, (kPages + 2) * platform::kPageSize);
  }

  void watch(mps_rank_t rank) {
    ASSERT_EQ(mps_root_create_table(&tableRoot_, arena(), rank, MPS_RM_PROT,
                                    table_ - 3, kEntries + 8),
              MPS_RES_OK);
  }
  void watchAgain(mps_rank_t rank) {
    mps_root_destroy(tableRoot_);
    watch(rank);
  }
  WatchedPages &watched() {
    return *static_cast<AreaRoot *>(tableRoot_)->watched;
  }
  std::size_t openPages() { return watched().openSize() / platform::kPageSize; }
  void collectOf(Heap::Scope scope) {
    platform::Locked locked(arena()->lock());
    arena()->collect(scope, "test");
  }
  std::size_t shadowSize() {
    return arena()->arena().protection().shadowSize();
  }
  void begin() {
    collectOf(Heap::Scope::Begin);
    ASSERT_EQ(arena()->old().phase(), Phase::Marking);
  }
  void hurry() {
    platform::Locked locked(arena()->lock());
    arena()->completeOld();
  }
  /// In an entry of each page that is a multiple of `step`.
  [[gnu::noinline]] void fill(std::size_t step) {
    for (std::size_t page = 0; page < kPages; page += step)
      at(page) = make_integer(ap_, page);
  }
  [[gnu::noinline]] void expectFilled(std::size_t step) {
    for (std::size_t page = 0; page < kPages; page += step) {
      auto number = static_cast<object_t>(at(page));
      ASSERT_EQ(number->type, mps_word_t(INTEGER));
      ASSERT_EQ(number->integer.value, page);
    }
  }
  mps_addr_t &at(std::size_t page) {
    return table_[page * kEntriesOfPage + page % kEntriesOfPage];
  }
  /// Only the new pair leads to what the pages held.
  [[gnu::noinline]] void moveAll() {
    object_t list = nullptr;
    for (std::size_t page = kPages; page-- > 0;) {
      list = make_pair(ap_, static_cast<object_t>(at(page)), list);
      at(page) = nullptr;
    }
    object_ = list;
  }
  [[gnu::noinline]] void expectMoved() {
    object_t list = object_;
    for (std::size_t page = 0; page < kPages; ++page, list = list->pair.tail)
      ASSERT_EQ(list->pair.head->integer.value, page);
    ASSERT_EQ(list, nullptr);
  }
  [[gnu::noinline]] void clobberStack() {
    volatile char below[4096] = {};
    (void)below[0];
  }

  void *memory_ = nullptr;
  mps_addr_t *table_ = nullptr;
  mps_root_t tableRoot_ = nullptr;
};

TEST_F(AreaRootTest, OnlyStoredPagesAreOpen) {
  EXPECT_EQ(openPages(), kPages) << "other threads may be filling it";
  collectOf(Heap::Scope::Young);
  EXPECT_EQ(openPages(), 0u) << "it is empty";
  at(3) = make_integer(ap_, 3);
  at(77) = nullptr;
  EXPECT_EQ(openPages(), 2u);
  EXPECT_EQ(arena()->arena().protection().openSize(), watched().openSize());
  collectOf(Heap::Scope::Young);
  EXPECT_LE(openPages(), 1u) << "one leads to nothing";
  collectOf(Heap::Scope::Settle);
  EXPECT_EQ(openPages(), 0u);
}

TEST_F(AreaRootTest, YoungObjectsInStoredPagesLiveAndAreUpdated) {
  for (std::size_t step : {1, 7, 2}) {
    fill(step);
    for (int i = 0; i < 4; ++i) {
      collectOf(Heap::Scope::Young);
      expectFilled(step);
    }
    collect();
    expectFilled(step);
  }
}

TEST_F(AreaRootTest, EdgesOfTheTableArePartOfIt) {
  table_[-3] = make_integer(ap_, 1);
  table_[kEntries + 4] = make_integer(ap_, 2);
  for (int i = 0; i < 3; ++i)
    collectOf(Heap::Scope::Young);
  EXPECT_EQ(static_cast<object_t>(table_[-3])->integer.value, 1u);
  EXPECT_EQ(static_cast<object_t>(table_[kEntries + 4])->integer.value, 2u);
}

TEST_F(AreaRootTest, AmbiguousTablesPin) {
  watchAgain(mps_rank_ambig());
  fill(3);
  std::vector<mps_addr_t> before(table_, table_ + kEntries);
  for (int i = 0; i < 4; ++i)
    collectOf(Heap::Scope::Young);
  collect();
  expectFilled(3);
  for (std::size_t i = 0; i < kEntries; ++i)
    ASSERT_EQ(before[i], table_[i]);
}

TEST_F(AreaRootTest, TaggedTablesAreUpdated) {
  mps_root_destroy(tableRoot_);
  ASSERT_EQ(mps_root_create_table_tagged(&tableRoot_, arena(), mps_rank_exact(),
                                         MPS_RM_PROT, table_, kEntries,
                                         mps_scan_area_tagged, 7, 5),
            MPS_RES_OK);
  auto tagged = [&](std::size_t page) -> mps_addr_t & { return at(page); };
  for (std::size_t page = 0; page < kPages; page += 2)
    tagged(page) = reinterpret_cast<char *>(make_integer(ap_, page)) + 5;
  for (int i = 0; i < 3; ++i)
    collectOf(Heap::Scope::Young);
  collect();
  begin();
  hurry();
  for (std::size_t page = 0; page < kPages; page += 2)
    ASSERT_EQ(reinterpret_cast<object_t>(static_cast<char *>(tagged(page)) - 5)
                  ->integer.value,
              page);
}

TEST_F(AreaRootTest, WhatPagesHeldWhenMarkingBeganLives) {
  for (mps_rank_t rank : {mps_rank_exact(), mps_rank_ambig()}) {
    watchAgain(rank);
    fill(1);
    clobberStack();
    begin();
    EXPECT_EQ(openPages(), 0u) << "nothing was looked at";
    moveAll();
    clobberStack();
    hurry();
    expectMoved();
    collect();
    expectMoved();
  }
}

/// And when marking has ended, there are none either.
TEST_F(AreaRootTest, NoCopiesAreMadeWhenMarkingIsGivenUp) {
  for (bool isGivenUp : {true, false}) {
    fill(1);
    collectOf(Heap::Scope::Settle);
    begin();
    at(3) = nullptr;
    EXPECT_EQ(shadowSize(), platform::kPageSize);
    if (isGivenUp)
      collect();
    else
      hurry();
    ASSERT_EQ(arena()->old().phase(), Phase::Idle);
    collectOf(Heap::Scope::Settle);
    at(3) = at(5) = nullptr;
    EXPECT_EQ(shadowSize(), 0u);
  }
}

TEST_F(AreaRootTest, WhatATableHeldThatIsDestroyedLives) {
  fill(1);
  clobberStack();
  begin();
  moveAll();
  mps_root_destroy(tableRoot_);
  std::fill(table_ - 3, table_ + kEntries, nullptr);
  clobberStack();
  hurry();
  expectMoved();
  watch(mps_rank_exact());
}

TEST_F(AreaRootTest, ManyStoredPagesMakeTheNurserySettle) {
  fill(1);
  EXPECT_EQ(openPages(), kPages);
  arena()->settings().verify = false;
  std::uint64_t moved = arena()->statistics().movedBytes;
  for (int i = 0; i < 20000 && openPages() == kPages; ++i)
    object_ = make_pair(ap_, nullptr, nullptr);
  EXPECT_LT(openPages(), kPages);
  EXPECT_EQ(arena()->statistics().movedBytes, moved);
  expectFilled(1);
}

/// It is looked at whole, in the same arena or another.
TEST_F(AreaRootTest, TableOnPagesThatAreWatchedIsNotWatched) {
  mps_root_t second;
  std::size_t length = kEntries / 2;
  ASSERT_EQ(mps_root_create_table(&second, arena(), mps_rank_exact(),
                                  MPS_RM_PROT, table_ + length, length),
            MPS_RES_OK);
  EXPECT_EQ(static_cast<AreaRoot *>(second)->watched, nullptr);
  for (int i = 0; i < 3; ++i) {
    fill(1);
    collectOf(Heap::Scope::Young);
    expectFilled(1);
    collectOf(Heap::Scope::Settle);
  }
  mps_root_destroy(second);

  mps_arena_t other;
  ASSERT_EQ(mps_arena_create_k(&other, mps_arena_class_vm(), mps_args_none),
            MPS_RES_OK);
  ASSERT_EQ(mps_root_create_table(&second, other, mps_rank_exact(), MPS_RM_PROT,
                                  table_, length),
            MPS_RES_OK);
  EXPECT_EQ(static_cast<AreaRoot *>(second)->watched, nullptr);
  mps_root_destroy(second);
  mps_root_destroy(tableRoot_);
  ASSERT_EQ(mps_root_create_table(&second, other, mps_rank_exact(), MPS_RM_PROT,
                                  table_, length),
            MPS_RES_OK);
  EXPECT_NE(static_cast<AreaRoot *>(second)->watched, nullptr);
  mps_root_destroy(second);
  mps_arena_destroy(other);
  watch(mps_rank_exact());
}

TEST_F(AreaRootTest, MemoryIsWritableWhenTheRootIsGone) {
  mps_root_destroy(tableRoot_);
  std::fill(table_ - 3, table_ + kEntries + 5, nullptr);
  EXPECT_EQ(arena()->arena().protection().openSize(), 0u);
  watch(mps_rank_exact());
}

TEST_F(AreaRootTest, StoresDoNotGetLostWhereMappingsAreShort) {
  std::size_t most = platform::mostMappings() / 2;
  Protection::setMostBoundaries(Protection::boundaries() + 4);
  for (int i = 0; i < 3; ++i) {
    fill(2);
    collectOf(Heap::Scope::Young);
    expectFilled(2);
    collectOf(Heap::Scope::Settle);
  }
  EXPECT_LE(Protection::boundaries(), most);
  Protection::setMostBoundaries(most);
  expectFilled(2);
}

TEST_F(AreaRootTest, ThreadsStoreAtTheSameTime) {
  fill(1);
  collectOf(Heap::Scope::Settle);
  begin();
  std::vector<std::thread> threads;
  for (std::size_t first = 0; first < 3; ++first)
    threads.emplace_back([this, first] {
      mps_thr_t thread;
      ASSERT_EQ(mps_thread_reg(&thread, arena()), MPS_RES_OK);
      for (std::size_t i = first; i < kEntries; i += 3)
        if (table_[i] == nullptr)
          table_[i] = &table_[i];
      mps_thread_dereg(thread);
    });
  for (int i = 0; i < 5; ++i)
    collectOf(Heap::Scope::Young);
  for (std::thread &each : threads)
    each.join();
  hurry();
  expectFilled(1);
  std::size_t stored = 0;
  for (std::size_t i = 0; i < kEntries; ++i)
    stored += table_[i] == &table_[i];
  EXPECT_EQ(stored, kEntries - kPages);
}

TEST_F(AreaRootTest, ChildOfForkHasItsOwn) {
  fill(1);
  collectOf(Heap::Scope::Settle);
  pid_t child = fork();
  if (child == 0) {
    fill(2);
    collectOf(Heap::Scope::Young);
    expectFilled(1);
    _exit(testing::Test::HasFailure());
  }
  int status = 1;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  expectFilled(1);
}

using AreaRootDeathTest = AreaRootTest;

TEST_F(AreaRootDeathTest, StoreThatNobodySawBreaksV11) {
  collectOf(Heap::Scope::Young);
  object_ = make_integer(ap_, 5);
  auto storeUnseen = [&] {
    Extent page =
        Extent::of(Address::of(&at(9)).alignedDown(platform::kPageSize),
                   platform::kPageSize);
    platform::makeWritable(page);
    at(9) = object_;
    platform::makeReadOnly(page);
    collectOf(Heap::Scope::Young);
  };
  EXPECT_DEATH(storeUnseen(), "V11.*a young object, which no list knows of");
}

} // namespace
