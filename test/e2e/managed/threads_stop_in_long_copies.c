// RUN: %managed %s --stress= | %FileCheck %s
//
// Threads that copy, move and fill long arrays stop in the middle, for a thread
// that collects; and the arrays, which may move then, are what they should be.
// CHECK: 60 collections beside a copy, moves and a fill; stopped in time: yes
#include "mps/managed.h"
#include "mps/runtime.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

struct array {
  mps_header_t header;
  uint64_t length;
  struct array MPS_MANAGED *elements[];
};
static const mps_type_t array_type =
    MPS_ARRAY_TYPE(struct array, 0, length, elements, MPS_ELEMENT_IS_REF);

enum { LENGTH = 200000, ROUNDS = 60, WORD = sizeof(uint64_t) };
// Nanoseconds, of a machine that does other things too.
static const uint64_t kLongestStop = 10000000000;

static atomic_int stop, running, wrong;

/* Every 1000th element is the array itself; the others are null. */
static struct array MPS_MANAGED *make(void) {
  struct array MPS_MANAGED *array = MPS_NEW_ARRAY(&array_type, LENGTH);
  for (int i = 0; i < LENGTH; i += 1000)
    array->elements[i] = array;
  return array;
}

static void check(struct array MPS_MANAGED *array, struct array MPS_MANAGED *of,
                  uint64_t shift) {
  for (uint64_t i = 0; i + shift < LENGTH; ++i)
    if (array->elements[i + shift] != (i % 1000 == 0 ? of : 0)) {
      atomic_fetch_add(&wrong, 1);
      return;
    }
}

static void *copy(void *ignored) {
  struct array MPS_MANAGED *from = make();
  struct array MPS_MANAGED *to = MPS_NEW_ARRAY(&array_type, LENGTH);
  atomic_fetch_add(&running, 1);
  while (!atomic_load_explicit(&stop, memory_order_relaxed))
    memcpy(to->elements, from->elements, from->length * WORD);
  memcpy(to->elements, from->elements, from->length * WORD);
  check(to, from, 0);
  return 0;
}

static void *move(void *ignored) {
  struct array MPS_MANAGED *array = make();
  atomic_fetch_add(&running, 1);
  do {
    memmove(array->elements + 7, array->elements, (array->length - 7) * WORD);
    check(array, array, 7);
    memmove(array->elements, array->elements + 7, (array->length - 7) * WORD);
    for (int i = LENGTH - 7; i < LENGTH; ++i)
      array->elements[i] = 0;
    check(array, array, 0);
  } while (!atomic_load_explicit(&stop, memory_order_relaxed));
  return 0;
}

static void *fill(void *ignored) {
  struct array MPS_MANAGED *array = make();
  atomic_fetch_add(&running, 1);
  do
    memset(array->elements, 0, array->length * WORD);
  while (!atomic_load_explicit(&stop, memory_order_relaxed));
  for (int i = 0; i < LENGTH; ++i)
    if (array->elements[i])
      atomic_fetch_add(&wrong, 1);
  return 0;
}

int main(void) {
  pthread_t threads[3];
  pthread_create(&threads[0], 0, copy, 0);
  pthread_create(&threads[1], 0, move, 0);
  pthread_create(&threads[2], 0, fill, 0);
  while (atomic_load(&running) != 3)
    ;
  for (int i = 0; i < ROUNDS; ++i)
    mps_collect_young();
  atomic_store(&stop, 1);
  for (int i = 0; i < 3; ++i)
    pthread_join(threads[i], 0);
  mps_statistics_s statistics;
  mps_statistics_get(&statistics);
  fprintf(stderr, "stopped in %.3f ms at most\n",
          (double)statistics.longest_stop_ns / 1e6);
  if (atomic_load(&wrong))
    return printf("%d threads found something else\n", atomic_load(&wrong)), 1;
  printf(
      "60 collections beside a copy, moves and a fill; stopped in time: %s\n",
      statistics.longest_stop_ns < kLongestStop ? "yes" : "no");
  return 0;
}
