// Roots and threads through mps.h.
#include "lisp_heap_test.h"

#include <pthread.h>

#include <atomic>

namespace {

class RootTest : public LispHeapTest {
protected:
  /// Its bits are the integer's address, complemented, so that no copy of it
  /// is seen on a stack.
  [[gnu::noinline]] mps_word_t makeHidden(mps_word_t value) {
    return ~reinterpret_cast<mps_word_t>(make_integer(ap_, value));
  }
  static object_t reveal(mps_word_t hidden) {
    return reinterpret_cast<object_t>(~hidden);
  }
};

TEST_F(RootTest, ExactRootIsUpdated) {
  mps_word_t hidden = makeHidden(3);
  object_ = reveal(hidden);
  mps_root_destroy(stack_);
  collect();
  EXPECT_NE(object_, reveal(hidden));
  EXPECT_EQ(object_->integer.value, 3u);
  ASSERT_EQ(mps_root_create_thread(&stack_, arena(), thread_, &hidden),
            MPS_RES_OK);
}

TEST_F(RootTest, AmbiguousRootPinsByInteriorAddress) {
  mps_addr_t slot = nullptr;
  mps_root_t root = nullptr;
  ASSERT_EQ(mps_root_create_area(&root, arena(), mps_rank_ambig(), 0, &slot,
                                 &slot + 1, mps_scan_area, nullptr),
            MPS_RES_OK);
  object_ = make_vector(ap_, 10, nullptr);
  slot = reinterpret_cast<char *>(&object_->vector.element[4]) + 3;
  mps_addr_t slotBefore = slot;
  mps_word_t hidden = ~reinterpret_cast<mps_word_t>(object_);
  mps_root_destroy(stack_);
  for (int i = 0; i < 3; ++i) {
    collect();
    EXPECT_EQ(slot, slotBefore);
    EXPECT_EQ(object_, reveal(hidden));
    EXPECT_EQ(object_->vector.length, 10u);
  }
  slot = nullptr;
  collect();
  EXPECT_NE(object_, reveal(hidden)) << "nothing pins it now";
  EXPECT_EQ(object_->vector.length, 10u);
  mps_root_destroy(root);
  ASSERT_EQ(mps_root_create_thread(&stack_, arena(), thread_, &hidden),
            MPS_RES_OK);
}

TEST_F(RootTest, StackKeepsAndPinsWhatItRefersTo) {
  object_t list = makeList(1000);
  for (int i = 0; i < 3; ++i)
    collect();
  expectList(list, 1000);
}

TEST_F(RootTest, FormatRootIsScannedByItsMethod) {
  pair_s outside = {PAIR, nullptr, nullptr};
  mps_root_t root = nullptr;
  ASSERT_EQ(mps_root_create_fmt(&root, arena(), mps_rank_exact(), 0, lisp_scan,
                                &outside, &outside + 1),
            MPS_RES_OK);
  outside.head = makeList(50);
  collect();
  expectList(outside.head, 50);
  mps_root_destroy(root);
}

TEST_F(RootTest, TableRootsCountReferences) {
  mps_addr_t table[3] = {};
  mps_root_t root = nullptr;
  ASSERT_EQ(
      mps_root_create_table(&root, arena(), mps_rank_exact(), 0, table, 3),
      MPS_RES_OK);
  table[2] = makeList(20);
  collect();
  expectList(static_cast<object_t>(table[2]), 20);
  mps_root_destroy(root);

  mps_addr_t tagged[2] = {};
  ASSERT_EQ(mps_root_create_table_masked(&root, arena(), mps_rank_exact(), 0,
                                         tagged, 2, 3),
            MPS_RES_OK);
  tagged[1] = reinterpret_cast<mps_addr_t>(
      reinterpret_cast<mps_word_t>(makeList(1)) | 1);
  tagged[0] = makeList(20);
  collect();
  expectList(static_cast<object_t>(tagged[0]), 20);
  mps_root_destroy(root);
}

TEST_F(RootTest, RanksHaveTheirValues) {
  EXPECT_EQ(mps_rank_ambig(), 0u);
  EXPECT_EQ(mps_rank_exact(), 1u);
  EXPECT_EQ(mps_rank_weak(), 3u);
}

TEST_F(RootTest, WeakRootIsUpdatedAndThenSplat) {
  mps_addr_t table[3] = {};
  mps_root_t weak = nullptr;
  ASSERT_EQ(mps_root_create_table(&weak, arena(), mps_rank_weak(), 0, table, 3),
            MPS_RES_OK);
  mps_word_t hidden = makeHidden(3);
  object_ = reveal(hidden);
  table[0] = object_;
  table[2] = reveal(makeHidden(4));
  mps_root_destroy(stack_);
  collect();
  EXPECT_EQ(table[0], object_);
  EXPECT_NE(object_, reveal(hidden));
  EXPECT_EQ(table[2], nullptr);
  object_ = nullptr;
  collect();
  EXPECT_EQ(table[0], nullptr);
  mps_root_destroy(weak);
  ASSERT_EQ(mps_root_create_thread(&stack_, arena(), thread_, &hidden),
            MPS_RES_OK);
}

TEST_F(RootTest, WeakRootsOfEachKindAreSplat) {
  struct Roots {
    pair_s formatted = {PAIR, nullptr, nullptr};
    mps_addr_t scanned = nullptr;
    mps_word_t tagged = 0;
  } roots;
  mps_root_t all[3] = {};
  ASSERT_EQ(mps_root_create_fmt(&all[0], arena(), mps_rank_weak(), 0, lisp_scan,
                                &roots.formatted, &roots.formatted + 1),
            MPS_RES_OK);
  auto scan = [](mps_ss_t ss, void *p, size_t) {
    return mps_scan_area(ss, p, static_cast<mps_addr_t *>(p) + 1, nullptr);
  };
  ASSERT_EQ(mps_root_create(&all[1], arena(), mps_rank_weak(), 0, scan,
                            &roots.scanned, 0),
            MPS_RES_OK);
  ASSERT_EQ(mps_root_create_area_tagged(&all[2], arena(), mps_rank_weak(), 0,
                                        &roots.tagged, &roots.tagged + 1,
                                        mps_scan_area_tagged, 7, 2),
            MPS_RES_OK);
  roots.formatted.head = reveal(makeHidden(1));
  roots.scanned = reveal(makeHidden(2));
  roots.tagged = ~makeHidden(3) | 2;
  mps_root_destroy(stack_);
  collect();
  EXPECT_EQ(roots.formatted.head, nullptr);
  EXPECT_EQ(roots.scanned, nullptr);
  EXPECT_EQ(roots.tagged, 2u) << "a null with its tag";
  for (mps_root_t each : all)
    mps_root_destroy(each);
  ASSERT_EQ(mps_root_create_thread(&stack_, arena(), thread_, &roots),
            MPS_RES_OK);
}

TEST_F(RootTest, ThreadRootsAreNotWeak) {
  Assertions assertions;
  mps_root_t root = nullptr;
  EXPECT_NE(mps_root_create_thread_tagged(&root, arena(), mps_rank_weak(), 0,
                                          thread_, mps_scan_area_tagged, 7, 0,
                                          &root),
            MPS_RES_OK);
  EXPECT_EQ(assertions.count(), 1);
}

TEST_F(RootTest, EmptyAndMisalignedAreasAssert) {
  Assertions assertions;
  mps_addr_t slots[2] = {};
  mps_root_t root = nullptr;
  EXPECT_NE(mps_root_create_area(&root, arena(), mps_rank_exact(), 0, slots,
                                 slots, mps_scan_area, nullptr),
            MPS_RES_OK);
  EXPECT_EQ(assertions.count(), 1);
  EXPECT_NE(mps_root_create_area(&root, arena(), mps_rank_exact(), 0,
                                 reinterpret_cast<char *>(slots) + 1, slots + 2,
                                 mps_scan_area, nullptr),
            MPS_RES_OK);
  EXPECT_EQ(assertions.count(), 2);
  EXPECT_NE(mps_root_create_thread(&root, arena(), thread_, nullptr),
            MPS_RES_OK);
  EXPECT_EQ(assertions.count(), 3);
}

TEST_F(RootTest, ModesAreAcceptedWhereDocumented) {
  mps_addr_t slot = nullptr;
  mps_root_t root = nullptr;
  ASSERT_EQ(mps_root_create_table(&root, arena(), mps_rank_exact(),
                                  MPS_RM_PROT | MPS_RM_PROT_INNER, &slot, 1),
            MPS_RES_OK);
  mps_root_destroy(root);
  Assertions assertions;
  EXPECT_NE(mps_root_create_thread_tagged(&root, arena(), mps_rank_exact(), 0,
                                          thread_, mps_scan_area_tagged, 7, 0,
                                          &slot),
            MPS_RES_OK);
  EXPECT_EQ(assertions.count(), 1) << "threads are ambiguous";
}

TEST_F(RootTest, ThreadMayBeRegisteredTwice) {
  mps_thr_t again = nullptr;
  ASSERT_EQ(mps_thread_reg(&again, arena()), MPS_RES_OK);
  mps_root_t root = nullptr;
  ASSERT_EQ(mps_root_create_thread(&root, arena(), again, &root), MPS_RES_OK);
  object_t list = makeList(100);
  collect();
  expectList(list, 100);
  mps_root_destroy(root);
  mps_thread_dereg(again);
  collect();
  expectList(list, 100);
}

TEST_F(RootTest, ThreadRootScannerGetsItsClosure) {
  static std::atomic<size_t> words;
  static void *closureSeen;
  auto scan = [](mps_ss_t ss, void *base, void *limit,
                 void *closure) -> mps_res_t {
    words += static_cast<size_t>(static_cast<char *>(limit) -
                                 static_cast<char *>(base)) /
             WORD;
    closureSeen = closure;
    return mps_scan_area(ss, base, limit, nullptr);
  };
  mps_root_destroy(stack_);
  int closure = 0;
  ASSERT_EQ(mps_root_create_thread_scanned(&stack_, arena(), mps_rank_ambig(),
                                           0, thread_, scan, &closure,
                                           &closure),
            MPS_RES_OK);
  collect();
  EXPECT_EQ(closureSeen, &closure);
  EXPECT_GT(words, 16u) << "registers and some stack";
  mps_root_destroy(stack_);
  ASSERT_EQ(mps_root_create_thread(&stack_, arena(), thread_, &closure),
            MPS_RES_OK);
}

struct Blocked {
  mps_arena_t arena;
  mps_pool_t pool;
  std::atomic<int> stage = 0;
  bool intact = false;
};

void *holdOnStack(void *argument) {
  auto *blocked = static_cast<Blocked *>(argument);
  mps_thr_t thread;
  mps_root_t stack;
  mps_ap_t ap;
  mps_thread_reg(&thread, blocked->arena);
  mps_root_create_thread(&stack, blocked->arena, thread, &thread);
  mps_ap_create_k(&ap, blocked->pool, mps_args_none);
  object_t volatile held = make_pair(ap, make_integer(ap, 11), nullptr);
  blocked->stage = 1;
  while (blocked->stage != 2)
    ;
  blocked->intact = held->type == PAIR && held->pair.head->integer.value == 11;
  mps_ap_destroy(ap);
  mps_root_destroy(stack);
  mps_thread_dereg(thread);
  return nullptr;
}

TEST_F(RootTest, OtherThreadsAreStoppedAndTheirStacksScanned) {
  Blocked blocked{arena(), heap_.pool};
  pthread_t thread;
  ASSERT_EQ(pthread_create(&thread, nullptr, holdOnStack, &blocked), 0);
  while (blocked.stage != 1)
    ;
  for (int i = 0; i < 100; ++i) {
    makeList(100);
    collect();
  }
  blocked.stage = 2;
  pthread_join(thread, nullptr);
  EXPECT_TRUE(blocked.intact);
}

// Not with the thread sanitizer: it holds signals back while a thread is in a
// loop of its own assembly.
#if defined(__x86_64__) && !__has_feature(thread_sanitizer)

/// Waits until `stage` is 2, with the complement of `hidden` below the stack
/// pointer and nowhere else; returns `hidden` as it is afterwards.
[[gnu::noinline]] mps_word_t waitWithRedZone(mps_word_t hidden,
                                             std::atomic<int> *stage) {
  __asm__ volatile("notq %0\n\t"
                   "movq %0, -120(%%rsp)\n\t"
                   "xorl %k0, %k0\n\t"
                   "movl $1, (%1)\n"
                   "1:\n\t"
                   "pause\n\t"
                   "cmpl $2, (%1)\n\t"
                   "jne 1b\n\t"
                   "movq -120(%%rsp), %0\n\t"
                   "notq %0"
                   : "+&r"(hidden)
                   : "r"(stage)
                   : "memory", "cc");
  return hidden;
}

[[gnu::noinline]] mps_word_t makeHiddenIn(mps_ap_t ap, mps_word_t value) {
  return ~reinterpret_cast<mps_word_t>(make_integer(ap, value));
}

/// Overwrites what calls have left below the stack pointer.
[[gnu::noinline]] void clearStack() {
  volatile mps_word_t words[512];
  for (volatile mps_word_t &word : words)
    word = 0;
}

void *holdInRedZone(void *argument) {
  auto *blocked = static_cast<Blocked *>(argument);
  mps_thr_t thread;
  mps_root_t stack;
  mps_ap_t ap;
  mps_thread_reg(&thread, blocked->arena);
  mps_root_create_thread(&stack, blocked->arena, thread, &thread);
  mps_ap_create_k(&ap, blocked->pool, mps_args_none);
  mps_word_t hidden = makeHiddenIn(ap, 17);
  mps_ap_destroy(ap); // Its memory is used again if the integer dies.
  clearStack();
  mps_word_t after = waitWithRedZone(hidden, &blocked->stage);
  auto *held = reinterpret_cast<object_t>(~after);
  blocked->intact =
      after == hidden && held->type == INTEGER && held->integer.value == 17;
  mps_root_destroy(stack);
  mps_thread_dereg(thread);
  return nullptr;
}

TEST_F(RootTest, WordsBelowTheStackPointerOfALeafFunctionAreScanned) {
  Blocked blocked{arena(), heap_.pool};
  pthread_t thread;
  ASSERT_EQ(pthread_create(&thread, nullptr, holdInRedZone, &blocked), 0);
  while (blocked.stage != 1)
    ;
  for (int i = 0; i < 20; ++i) {
    makeList(1000);
    collect();
  }
  blocked.stage = 2;
  pthread_join(thread, nullptr);
  EXPECT_TRUE(blocked.intact);
}

#endif

} // namespace
