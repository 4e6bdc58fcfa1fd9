/* RUN: %clang -O2 -Wall -Wno-unused-function -Werror -I%mps-include \
 * RUN:   -I%source/test/support %s %mps-lib -lpthread -o %t
 * RUN: env MPS_PAUSES=%t.pauses %t
 * RUN: %FileCheck %s < %t.pauses
 *
 * A client that asks for a collection waits for it: the log of pauses tells.
 * No allocation collects anything here.
 * CHECK: {{^[0-9]+ [0-9]+ [0-9]+ .*begin=[0-9]+}}
 * CHECK: {{^[0-9]+ [0-9]+ [0-9]+ .*full=[0-9]+}}
 */
#include "lisp_heap.h"

static object_t list; /* The exact root. */

static void run(mps_arena_t arena, mps_ap_t ap) {
  unsigned i;
  mps_arena_clamp(arena);
  for (i = 0; i < 100000; ++i)
    list = make_pair(ap, NULL, list);
  REQUIRE(mps_arena_start_collect(arena) == MPS_RES_OK);
  while (mps_arena_step(arena, 0.001, 0.0)) {
  }
  REQUIRE(mps_arena_collect(arena) == MPS_RES_OK);
}

int main(void) {
  heap_s heap;
  mps_root_t root;
  mps_thr_t thread;
  mps_ap_t ap;
  heap_create(&heap, 128ul << 20, 1024);
  REQUIRE(mps_root_create_table(&root, heap.arena, mps_rank_exact(), 0,
                                (mps_addr_t *)&list, 1) == MPS_RES_OK);
  REQUIRE(mps_thread_reg(&thread, heap.arena) == MPS_RES_OK);
  REQUIRE(mps_ap_create_k(&ap, heap.pool, mps_args_none) == MPS_RES_OK);
  run(heap.arena, ap);
  mps_ap_destroy(ap);
  mps_thread_dereg(thread);
  mps_root_destroy(root);
  heap_destroy(&heap);
  return 0;
}
