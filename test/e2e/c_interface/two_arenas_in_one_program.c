/* RUN: %clang -O2 -Wall -Wno-unused-function -Werror -I%mps-include \
 * RUN:   -I%source/test/support %s %mps-lib -lpthread -o %t
 * RUN: %t
 *
 * Two arenas, one thread registered with both: each collects its own, keeps
 * its own count, and answers for its own addresses. One goes before the other.
 */
#include "lisp_heap.h"

typedef struct side_s {
  heap_s heap;
  mps_thr_t thread;
  mps_root_t stack, root;
  mps_ap_t ap;
  object_t list; /* The exact root. */
} side_s;

static side_s left, right;

static void side_create(side_s *side, void *cold) {
  heap_create(&side->heap, 32ul << 20, 128);
  REQUIRE(mps_thread_reg(&side->thread, side->heap.arena) == MPS_RES_OK);
  REQUIRE(mps_root_create_thread(&side->stack, side->heap.arena, side->thread,
                                 cold) == MPS_RES_OK);
  REQUIRE(mps_root_create_area(&side->root, side->heap.arena, mps_rank_exact(),
                               0, &side->list, &side->list + 1, mps_scan_area,
                               NULL) == MPS_RES_OK);
  REQUIRE(mps_ap_create_k(&side->ap, side->heap.pool, mps_args_none) ==
          MPS_RES_OK);
}

static void side_destroy(side_s *side) {
  mps_ap_destroy(side->ap);
  mps_root_destroy(side->root);
  mps_root_destroy(side->stack);
  mps_thread_dereg(side->thread);
  heap_destroy(&side->heap);
}

static void churn(side_s *side, mps_word_t count) {
  mps_word_t i;
  for (i = 0; i < count; ++i) {
    object_t integer = make_integer(side->ap, i);
    REQUIRE(integer != NULL);
    if (i % 64 == 0) {
      object_t pair = make_pair(side->ap, integer, side->list);
      REQUIRE(pair != NULL);
      side->list = pair;
    }
  }
}

static void check(side_s *side, mps_word_t count) {
  object_t rest;
  mps_word_t expected = count;
  for (rest = side->list; expected > 0; rest = rest->pair.tail) {
    expected -= 64;
    REQUIRE(rest->pair.head->integer.value == expected);
    REQUIRE(mps_arena_has_addr(side->heap.arena, rest));
  }
  REQUIRE(rest == NULL);
}

static void run(void) {
  enum { COUNT = 64 * 2000 };
  mps_word_t before = mps_collections(right.heap.arena);
  mps_pool_t pool;
  churn(&left, COUNT);
  REQUIRE(mps_arena_collect(left.heap.arena) == MPS_RES_OK);
  REQUIRE(mps_collections(right.heap.arena) == before);
  mps_arena_release(left.heap.arena);
  churn(&right, COUNT);
  REQUIRE(mps_arena_collect(right.heap.arena) == MPS_RES_OK);
  REQUIRE(mps_collections(right.heap.arena) > before);
  check(&left, COUNT);
  check(&right, COUNT);
  REQUIRE(!mps_arena_has_addr(left.heap.arena, right.list));
  REQUIRE(mps_addr_pool(&pool, left.heap.arena, left.list));
  REQUIRE(pool == left.heap.pool);
  REQUIRE(!mps_addr_pool(&pool, left.heap.arena, right.list));
  mps_arena_release(right.heap.arena);
}

int main(void) {
  void *cold = &cold;
  side_create(&left, cold);
  side_create(&right, cold);
  run();
  side_destroy(&left);
  churn(&right, 64 * 100);
  side_destroy(&right);
  return 0;
}
