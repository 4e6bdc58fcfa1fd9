/* RUN: %clang -O2 -Wall -Wno-unused-function -Werror -I%mps-include \
 * RUN:   -I%source/test/support %s %mps-lib -lpthread -o %t
 * RUN: %t
 * RUN: cc -O0 -I%mps-include -I%source/test/support %s %mps-lib -lpthread \
 * RUN:   -o %t-cc
 * RUN: %t-cc
 * RUN: env MPS_SCHEDULE=1 MPS_VERIFY=1 %t
 * RUN: env MPS_STRESS=bytes=262144 %t
 *
 * A vector of lists in an exact root is mutated at random, over many young and
 * full collections, and agrees with a model in plain memory all the time. The
 * program links with the C compiler alone.
 */
#include <string.h>

#include "lisp_heap.h"

enum { LISTS = 512, LONGEST = 40, STEPS = 400000 };

static object_t lists; /* The exact root. */
static mps_word_t model[LISTS][LONGEST];
static unsigned model_length[LISTS];

static unsigned random_below(unsigned limit) {
  static unsigned long state = 20240601;
  state = state * 6364136223846793005ul + 1442695040888963407ul;
  return (unsigned)(state >> 33) % limit;
}

static void check_list(unsigned which) {
  object_t list = lists->vector.element[which];
  unsigned i;
  for (i = 0; i < model_length[which]; ++i, list = list->pair.tail) {
    REQUIRE(list != NULL && list->type == PAIR);
    REQUIRE(list->pair.head->type == INTEGER);
    REQUIRE(list->pair.head->integer.value == model[which][i]);
  }
  REQUIRE(list == NULL);
}

static void push(mps_ap_t ap, unsigned which, mps_word_t value) {
  object_t integer = make_integer(ap, value);
  object_t pair;
  REQUIRE(integer != NULL);
  pair = make_pair(ap, integer, lists->vector.element[which]);
  REQUIRE(pair != NULL);
  lists->vector.element[which] = pair;
  memmove(model[which] + 1, model[which],
          model_length[which] * sizeof(mps_word_t));
  model[which][0] = value;
  ++model_length[which];
}

static void change_tail(mps_ap_t ap, unsigned which, mps_word_t value) {
  unsigned at = random_below(model_length[which]), i;
  object_t integer = make_integer(ap, value);
  object_t list = lists->vector.element[which];
  REQUIRE(integer != NULL);
  for (i = 0; i < at; ++i)
    list = list->pair.tail;
  list->pair.head = integer;
  model[which][at] = value;
}

static void mutate(mps_arena_t arena, mps_ap_t ap) {
  unsigned step;
  for (step = 0; step < STEPS; ++step) {
    unsigned which = random_below(LISTS);
    if (model_length[which] == LONGEST) {
      lists->vector.element[which] = NULL;
      model_length[which] = 0;
    } else if (model_length[which] > 0 && step % 3 == 0) {
      change_tail(ap, which, step);
    } else {
      push(ap, which, step);
    }
    if (step % 16 == 0)
      check_list(random_below(LISTS));
    if (step % 20000 == 0) {
      REQUIRE(mps_arena_collect(arena) == MPS_RES_OK);
      mps_arena_release(arena);
    }
  }
}

static void run(mps_arena_t arena, mps_ap_t ap) {
  mps_word_t before = mps_collections(arena);
  unsigned which;
  lists = make_vector(ap, LISTS, NULL);
  REQUIRE(lists != NULL);
  mutate(arena, ap);
  for (which = 0; which < LISTS; ++which)
    check_list(which);
  /* Those that were asked for: nurseries that live may settle instead. */
  REQUIRE(mps_collections(arena) - before >= STEPS / 20000);
}

int main(void) {
  heap_s heap;
  mps_thr_t thread;
  mps_root_t stack, root;
  mps_ap_t ap;
  void *cold = &cold;

  heap_create(&heap, 64ul << 20, 256);
  REQUIRE(mps_thread_reg(&thread, heap.arena) == MPS_RES_OK);
  REQUIRE(mps_root_create_thread(&stack, heap.arena, thread, cold) ==
          MPS_RES_OK);
  REQUIRE(mps_root_create_area(&root, heap.arena, mps_rank_exact(), 0, &lists,
                               &lists + 1, mps_scan_area, NULL) == MPS_RES_OK);
  REQUIRE(mps_ap_create_k(&ap, heap.pool, mps_args_none) == MPS_RES_OK);
  run(heap.arena, ap);
  mps_arena_park(heap.arena);
  mps_ap_destroy(ap);
  mps_root_destroy(root);
  mps_root_destroy(stack);
  mps_thread_dereg(thread);
  heap_destroy(&heap);
  return 0;
}
