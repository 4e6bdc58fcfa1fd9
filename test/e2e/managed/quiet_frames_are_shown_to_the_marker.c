// RUN: %clang --config=%mps-cfg -O0 -Wall -Werror %s -o %t.O0
// RUN: %clang --config=%mps-cfg -O2 -Wall -Werror %s -o %t.O2
// RUN: %clang --config=%mps-cfg --config=%mps-read-barrier-cfg -O2 -Wall -Werror \
// RUN:   %s -o %t.barrier
// RUN: python3 %source/test/support/old_collections.py %t.O0 6m 3000 60000
// RUN: python3 %source/test/support/old_collections.py %t.O2 6m 3000 60000
// RUN: python3 %source/test/support/old_collections.py %t.barrier 6m 3000 60000
// RUN: python3 %source/test/support/old_collections.py %t.O2 16m 40000 200000
//
// Frames hold objects that a table has held before them, and holds again after
// them: while they are deep below the hot end, what is old is collected, beside the
// program and group by group. Each frame finds what it held.
#include "mps/managed.h"
#include "mps/runtime.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct number {
  mps_header_t header;
  struct number MPS_MANAGED *other;
  long value;
};
static const mps_type_t number_type =
    MPS_TYPE(struct number, MPS_REF(struct number, other));

struct table {
  mps_header_t header;
  uint64_t length;
  struct number MPS_MANAGED *numbers[];
};
static const mps_type_t table_type =
    MPS_ARRAY_TYPE(struct table, 0, length, numbers, MPS_ELEMENT_IS_REF);

enum { LENGTH = 20000, ASIDE = 500, EVERY = 301 };

static unsigned long seed = 1;
static unsigned next_random(void) {
  seed = seed * 6364136223846793005u + 1442695040888963407u;
  return seed >> 33;
}

static struct number MPS_MANAGED *make(long value,
                                       struct number MPS_MANAGED *other) {
  struct number MPS_MANAGED *number = MPS_NEW(struct number, &number_type);
  number->value = value;
  number->other = other;
  return number;
}

// Replaces objects, so that some die and others stay.
static void churn(struct table MPS_MANAGED *table, long count) {
  for (long i = 0; i < count; ++i) {
    unsigned at = next_random() % LENGTH;
    struct number MPS_MANAGED *old = table->numbers[at];
    if (old && old->value != at)
      abort();
    table->numbers[at] = make(at, next_random() % 4 ? 0 : old);
    if (old)
      old->other = 0;
  }
}

static long churned;

static void go(struct table MPS_MANAGED *table, long depth, int isMain) {
  unsigned at = next_random() % LENGTH;
  struct number MPS_MANAGED *mine = table->numbers[at];
  if (!mine)
    mine = make(at, 0);
  table->numbers[at] = 0;
  if (depth == 0)
    churn(table, isMain ? churned : 200);
  else
    go(table, depth - 1, isMain);
  if (mine->value != at)
    abort();
  table->numbers[at] = mine;
  if (isMain && depth % EVERY == 0)
    go(table, ASIDE, 0);
  if (mine->value != at)
    abort();
}

static long depth;

static void *thread_main(void *unused) {
  struct table MPS_MANAGED *table = MPS_NEW_ARRAY(&table_type, LENGTH);
  churn(table, LENGTH);
  for (int i = 0; i < 4; ++i)
    go(table, depth, 1);
  return 0;
}

enum { BYTES_PER_FRAME = 512, SLACK = 4 << 20 };

int main(int argc, char **argv) {
  pthread_attr_t attributes;
  pthread_t thread;
  depth = atol(argv[1]);
  churned = atol(argv[2]);
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, depth * BYTES_PER_FRAME + SLACK);
  if (pthread_create(&thread, &attributes, thread_main, 0) != 0)
    return 1;
  pthread_join(thread, 0);
  puts("each frame found what it held");
  return 0;
}
