/* RUN: %clang -O2 -Wall -Wno-unused-function -Werror -I%mps-include \
 * RUN:   -I%source/test/support %s %mps-lib -lpthread -o %t
 * RUN: %t
 *
 * Filling the heap up to its commit limit ends in a result code. What was
 * allocated is intact; when some of it is dropped there is memory again.
 */
#include "lisp_heap.h"

enum { LIMIT = 24 << 20, ROUNDS = 3 };

static object_t list; /* The exact root. */

/* Pushes integers until memory runs out; returns how many fitted. */
static mps_word_t fill(mps_ap_t ap, mps_res_t *reason) {
  mps_word_t count = 0;
  mps_addr_t p;
  for (;;) {
    object_t integer = make_integer(ap, count);
    object_t pair = integer == NULL ? NULL : make_pair(ap, integer, list);
    if (pair == NULL)
      break;
    list = pair;
    ++count;
  }
  *reason = mps_reserve(&p, ap, 1ul << 20);
  REQUIRE(*reason != MPS_RES_OK);
  return count;
}

static void check(mps_word_t count) {
  object_t rest = list;
  while (count-- > 0) {
    REQUIRE(rest->type == PAIR && rest->pair.head->type == INTEGER);
    REQUIRE(rest->pair.head->integer.value == count);
    rest = rest->pair.tail;
  }
  REQUIRE(rest == NULL);
}

/* Drops the list. A stale word of the stack may still refer to any of it, so
 * all of it is taken apart. */
static void drop(void) {
  while (list != NULL) {
    object_t rest = list->pair.tail;
    list->pair.tail = NULL;
    list = rest;
  }
}

static void run(mps_arena_t arena, mps_ap_t ap) {
  unsigned round;
  mps_word_t first = 0;
  for (round = 0; round < ROUNDS; ++round) {
    mps_res_t reason;
    mps_word_t count = fill(ap, &reason);
    REQUIRE(reason == MPS_RES_COMMIT_LIMIT || reason == MPS_RES_MEMORY);
    REQUIRE(mps_arena_committed(arena) <= LIMIT);
    check(count);
    if (round == 0)
      first = count;
    REQUIRE(count > 100000 && count > first / 2);
    drop();
  }
}

int main(void) {
  heap_s heap;
  mps_root_t root;
  mps_ap_t ap;
  heap_create(&heap, 128ul << 20, 1024);
  REQUIRE(mps_arena_commit_limit_set(heap.arena, LIMIT) == MPS_RES_OK);
  REQUIRE(mps_arena_commit_limit(heap.arena) == LIMIT);
  REQUIRE(mps_root_create_table(&root, heap.arena, mps_rank_ambig(), 0,
                                (mps_addr_t *)&list, 1) == MPS_RES_OK);
  {
    mps_thr_t thread;
    mps_root_t stack;
    REQUIRE(mps_thread_reg(&thread, heap.arena) == MPS_RES_OK);
    REQUIRE(mps_root_create_thread(&stack, heap.arena, thread, &stack) ==
            MPS_RES_OK);
    REQUIRE(mps_ap_create_k(&ap, heap.pool, mps_args_none) == MPS_RES_OK);
    run(heap.arena, ap);
    mps_ap_destroy(ap);
    mps_root_destroy(stack);
    mps_thread_dereg(thread);
  }
  mps_root_destroy(root);
  heap_destroy(&heap);
  return 0;
}
