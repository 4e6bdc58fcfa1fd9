/* An arena with one AMC pool of the small format, and how to take it down.
 *
 * Any step that fails ends the program with a message: a test goes on only with
 * a complete heap. C90.
 */
#ifndef MPS_TEST_LISP_HEAP_H
#define MPS_TEST_LISP_HEAP_H

#include <stdio.h>
#include <stdlib.h>

#include "lisp_format.h"
#include "mpsavm.h"
#include "mpscamc.h"

#define REQUIRE(condition)                                                     \
  ((condition) ? (void)0 : requirement_failed(#condition, __FILE__, __LINE__))

static void requirement_failed(const char *condition, const char *file,
                               int line) {
  fprintf(stderr, "%s:%d: failed: %s\n", file, line, condition);
  exit(1);
}

typedef struct heap_s {
  mps_arena_t arena;
  mps_fmt_t fmt;
  mps_chain_t chain;
  mps_pool_t pool;
} heap_s;

/* A nursery of nursery_kib, so that small tests collect often. */
static void heap_create(heap_s *heap, size_t arena_size, size_t nursery_kib) {
  mps_gen_param_s generations[2] = {{1, 0.8}, {1024, 0.5}};
  generations[0].mps_capacity = nursery_kib;
  generations[1].mps_capacity = 4 * nursery_kib;
  MPS_ARGS_BEGIN(args) {
    MPS_ARGS_ADD(args, MPS_KEY_ARENA_SIZE, arena_size);
    REQUIRE(mps_arena_create_k(&heap->arena, mps_arena_class_vm(), args) ==
            MPS_RES_OK);
    REQUIRE(args[0].key == MPS_KEY_ARGS_END);
  }
  MPS_ARGS_END(args);
  REQUIRE(lisp_format(&heap->fmt, heap->arena) == MPS_RES_OK);
  REQUIRE(mps_chain_create(&heap->chain, heap->arena, 2, generations) ==
          MPS_RES_OK);
  MPS_ARGS_BEGIN(args) {
    MPS_ARGS_ADD(args, MPS_KEY_FORMAT, heap->fmt);
    MPS_ARGS_ADD(args, MPS_KEY_CHAIN, heap->chain);
    REQUIRE(mps_pool_create_k(&heap->pool, heap->arena, mps_class_amc(),
                              args) == MPS_RES_OK);
  }
  MPS_ARGS_END(args);
}

/* Roots, threads and allocation points are gone already. */
static void heap_destroy(heap_s *heap) {
  mps_arena_park(heap->arena);
  mps_pool_destroy(heap->pool);
  mps_chain_destroy(heap->chain);
  mps_fmt_destroy(heap->fmt);
  mps_arena_destroy(heap->arena);
}

#endif
