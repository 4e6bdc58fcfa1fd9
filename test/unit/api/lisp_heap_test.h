// The fixture of the tests of the C interface: an arena with an AMC pool, this
// thread with its stack as a root, an allocation point and one exact root.
#ifndef MPS_TEST_UNIT_API_LISP_HEAP_TEST_H
#define MPS_TEST_UNIT_API_LISP_HEAP_TEST_H

#include "assertions.h"

#pragma GCC diagnostic ignored "-Wunused-function"
#include "../../support/lisp_heap.h"

#include <gtest/gtest.h>

class LispHeapTest : public testing::Test {
protected:
  static constexpr size_t kArenaSize = 64 << 20;
  static constexpr size_t kNurseryKib = 256;

  void SetUp() override {
    heap_create(&heap_, kArenaSize, kNurseryKib);
    ASSERT_EQ(mps_thread_reg(&thread_, heap_.arena), MPS_RES_OK);
    ASSERT_EQ(mps_root_create_thread(&stack_, heap_.arena, thread_, &stack_),
              MPS_RES_OK);
    ASSERT_EQ(mps_root_create_area(&root_, heap_.arena, mps_rank_exact(), 0,
                                   &object_, &object_ + 1, mps_scan_area,
                                   nullptr),
              MPS_RES_OK);
    ASSERT_EQ(mps_ap_create_k(&ap_, heap_.pool, mps_args_none), MPS_RES_OK);
  }

  void TearDown() override {
    mps_arena_park(heap_.arena);
    mps_ap_destroy(ap_);
    mps_root_destroy(root_);
    mps_root_destroy(stack_);
    mps_thread_dereg(thread_);
    heap_destroy(&heap_);
  }

  mps_arena_t arena() { return heap_.arena; }

  /// A list of count pairs with the numbers from count - 1 down to 0. Not
  /// inlined, so that no frame that waits for a collection holds references.
  [[gnu::noinline]] object_t makeList(mps_word_t count) {
    object_t list = nullptr;
    for (mps_word_t i = 0; i < count; ++i)
      list = make_pair(ap_, make_integer(ap_, i), list);
    return list;
  }

  [[gnu::noinline]] static void expectList(object_t list, mps_word_t count) {
    while (count-- > 0) {
      ASSERT_NE(list, nullptr);
      ASSERT_EQ(list->type, mps_word_t(PAIR));
      ASSERT_EQ(list->pair.head->type, mps_word_t(INTEGER));
      ASSERT_EQ(list->pair.head->integer.value, count);
      list = list->pair.tail;
    }
    ASSERT_EQ(list, nullptr);
  }

  void collect() {
    ASSERT_EQ(mps_arena_collect(arena()), MPS_RES_OK);
    mps_arena_release(arena());
  }

  heap_s heap_;
  mps_thr_t thread_;
  mps_root_t stack_;
  mps_root_t root_;
  mps_ap_t ap_;
  object_t object_ = nullptr; ///< The exact root.
};

#endif
