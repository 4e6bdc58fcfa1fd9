// RUN: %managed %s --stress= | %FileCheck %s
//
// Threads that only call a leaf in an endless loop, or only recurse, stop for a
// thread that collects.
// CHECK: 300 collections beside a loop and fib
#include "mps/managed.h"
#include "mps/runtime.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

struct box {
  mps_header_t header;
  long number;
};
static const mps_type_t box_type = MPS_TYPE(struct box, 0);

static atomic_int stop, running;

static void leaf(void) MPS_LEAF_FUNCTION;
__attribute__((noinline)) static void leaf(void) {
  __asm__ volatile("" ::: "memory");
}

static void *loop(void *ignored) {
  struct box MPS_MANAGED *box = MPS_NEW(struct box, &box_type);
  box->number = 5;
  atomic_fetch_add(&running, 1);
  for (;;) {
    leaf();
    if (atomic_load_explicit(&stop, memory_order_relaxed))
      return (void *)box->number;
  }
}

__attribute__((noinline)) static long fib(struct box MPS_MANAGED *box, long n) {
  if (atomic_load_explicit(&stop, memory_order_relaxed))
    return 0;
  return n < 2 ? n * box->number : fib(box, n - 1) + fib(box, n - 2);
}

static void *recurse(void *ignored) {
  struct box MPS_MANAGED *box = MPS_NEW(struct box, &box_type);
  box->number = 1;
  atomic_fetch_add(&running, 1);
  fib(box, 90);
  return (void *)box->number;
}

int main(void) {
  pthread_t threads[2];
  void *results[2];
  pthread_create(&threads[0], 0, loop, 0);
  pthread_create(&threads[1], 0, recurse, 0);
  while (atomic_load(&running) != 2)
    ;
  for (int i = 0; i < 300; ++i)
    mps_collect();
  atomic_store(&stop, 1);
  pthread_join(threads[0], &results[0]);
  pthread_join(threads[1], &results[1]);
  if ((long)results[0] != 5 || (long)results[1] != 1)
    return 1;
  puts("300 collections beside a loop and fib");
  return 0;
}
