// RUN: %clang --config=%mps-cfg -O2 -Wall -Werror %s -o %t
// RUN: %t 1000000 500000 | %FileCheck %s
// RUN: env MPS_STRESS=alloc MPS_VERIFY=1 MPS_POISON=1 %t 50 100 | %FileCheck %s
// RUN: env MPS_NURSERY=64k MPS_VERIFY=1 MPS_POISON=1 %t 5000 50000 | %FileCheck %s
// RUN: python3 %source/test/support/old_collections.py %t 6m 20000 400000
//
// A large table in a global variable, of which the program changes entries by
// stores, exchanges, copies and fills, while what they lead to is collected,
// young and old. A young collection looks at what has changed since the last: a
// thousand of them take no longer than a few that look at everything.
// CHECK: each entry leads to its object, collections are short
#include "mps/managed.h"
#include "mps/runtime.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct number MPS_MANAGED *ref;
struct number {
  mps_header_t header;
  ref other;
  long value;
};
static const mps_type_t number_type =
    MPS_TYPE(struct number, MPS_REF(struct number, other));

#define MOST 1000000
static ref table[MOST];
static struct {
  long before;
  ref one, two;
} pair;

static unsigned long seed = 1;
static unsigned next_random(void) {
  seed = seed * 6364136223846793005u + 1442695040888963407u;
  return seed >> 33;
}

static ref make(long value) {
  ref number = MPS_NEW(struct number, &number_type);
  number->value = value;
  return number;
}

static void renew(long at) {
  ref number = make(at);
  number->other = table[at];
  if (number->other)
    number->other->other = 0;
  table[at] = number;
}

/// The objects are nobody's for a while but the frame's.
static void exchange(long one, long two) {
  if (one == two)
    return;
  ref first = __atomic_exchange_n(&table[one], (ref)0, __ATOMIC_ACQ_REL);
  ref second = table[two];
  long value = first->value;
  memset(&table[two], 0, sizeof(ref));
  first->value = second->value;
  second->value = value;
  pair.one = make(0);
  table[one] = second;
  table[two] = first;
}

static void copy(long at) {
  pair.one = table[at];
  pair.two = make(0);
  memcpy(&pair.two, &pair.one, sizeof(ref));
  memset(&table[at], 0, sizeof(ref));
  pair.one = 0;
  make(1);
  table[at] = pair.two;
}

static void work(long count, long steps) {
  for (long i = 0; i < steps; ++i) {
    long at = next_random() % count;
    switch (next_random() % 3) {
    case 0:
      renew(at);
      break;
    case 1:
      copy(at);
      break;
    default:
      exchange(at, next_random() % count);
    }
    if (table[at]->value != at)
      abort();
  }
}

/// Processor time of a thousand young collections.
static double seconds_of_young(void) {
  mps_statistics_s before, after;
  mps_statistics_get(&before);
  for (int i = 0; i < 1000; ++i) {
    renew(i % 50);
    mps_collect_young();
  }
  mps_statistics_get(&after);
  return (double)(after.pause_processor_ns - before.pause_processor_ns) / 1e9;
}

int main(int argc, char **argv) {
  long count = atol(argv[1]), steps = atol(argv[2]);
  for (long i = 0; i < count; ++i)
    renew(i);
  work(count, steps);
  // A thread of the collector's may have had no processor to end it on.
  while (mps_arena_step(mps_default_arena(), 1.0, 0))
    continue;
  mps_collect();
  for (long i = 0; i < count; ++i)
    if (table[i]->value != i)
      abort();
  // To look at a million entries takes two milliseconds and more.
  if (count == MOST && seconds_of_young() > 0.5)
    abort();
  puts("each entry leads to its object, collections are short");
  return 0;
}
