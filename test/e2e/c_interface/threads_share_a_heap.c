/* RUN: %clang -O2 -Wall -Wno-unused-function -Werror -I%mps-include \
 * RUN:   -I%source/test/support %s %mps-lib -lpthread -o %t
 * RUN: %t
 *
 * Four threads, each with its own allocation point and nothing but its stack
 * and registers as roots, build and check trees of their own, while a fifth
 * collects all the time.
 */
#include <pthread.h>

#include "lisp_heap.h"

enum { THREADS = 4, ROUNDS = 60, DEPTH = 11 };

static heap_s heap;
static volatile int running;

static object_t make_tree(mps_ap_t ap, unsigned depth) {
  object_t left, tree;
  if (depth == 0) {
    tree = make_integer(ap, 1);
  } else {
    left = make_tree(ap, depth - 1);
    tree = make_pair(ap, left, make_tree(ap, depth - 1));
  }
  REQUIRE(tree != NULL);
  return tree;
}

static mps_word_t count_leaves(object_t tree) {
  if (tree->type == INTEGER)
    return tree->integer.value;
  REQUIRE(tree->type == PAIR);
  return count_leaves(tree->pair.head) + count_leaves(tree->pair.tail);
}

static void build_and_check(mps_ap_t ap) {
  object_t kept = make_tree(ap, DEPTH);
  unsigned round;
  for (round = 0; round < ROUNDS; ++round) {
    object_t tree = make_tree(ap, DEPTH);
    REQUIRE(count_leaves(tree) == 1ul << DEPTH);
    REQUIRE(count_leaves(kept) == 1ul << DEPTH);
    kept->pair.head = tree->pair.tail;
  }
}

static void *mutator(void *unused) {
  mps_thr_t thread;
  mps_root_t stack;
  mps_ap_t ap;
  (void)unused;
  REQUIRE(mps_thread_reg(&thread, heap.arena) == MPS_RES_OK);
  REQUIRE(mps_root_create_thread(&stack, heap.arena, thread, &thread) ==
          MPS_RES_OK);
  REQUIRE(mps_ap_create_k(&ap, heap.pool, mps_args_none) == MPS_RES_OK);
  build_and_check(ap);
  mps_ap_destroy(ap);
  mps_root_destroy(stack);
  mps_thread_dereg(thread);
  __atomic_sub_fetch(&running, 1, __ATOMIC_SEQ_CST);
  return NULL;
}

int main(void) {
  pthread_t threads[THREADS];
  unsigned i;
  unsigned long collections = 0;
  heap_create(&heap, 256ul << 20, 512);
  running = THREADS;
  for (i = 0; i < THREADS; ++i)
    REQUIRE(pthread_create(&threads[i], NULL, mutator, NULL) == 0);
  while (running != 0) {
    REQUIRE(mps_arena_collect(heap.arena) == MPS_RES_OK);
    mps_arena_release(heap.arena);
    ++collections;
  }
  for (i = 0; i < THREADS; ++i)
    REQUIRE(pthread_join(threads[i], NULL) == 0);
  REQUIRE(collections > 0);
  heap_destroy(&heap);
  return 0;
}
