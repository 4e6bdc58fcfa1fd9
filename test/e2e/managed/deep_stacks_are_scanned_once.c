// RUN: %clang --config=%mps-cfg -O0 -Wall -Werror %s -o %t.O0
// RUN: %clang --config=%mps-cfg -O2 -Wall -Werror %s -o %t.O2
// RUN: %t.O0 1000000 1 | %FileCheck %s
// RUN: %t.O2 1000000 1 | %FileCheck %s
// RUN: env MPS_PAUSE_TIME=0.001 MPS_HEAP_LIMIT=256m %t.O0 300000 3 | %FileCheck %s
// RUN: env MPS_PAUSE_TIME=0.001 MPS_HEAP_LIMIT=256m %t.O2 300000 3 | %FileCheck %s
// RUN: env MPS_NURSERY=64k MPS_VERIFY=1 MPS_POISON=1 %t.O0 10000 3 | %FileCheck %s
// RUN: env MPS_NURSERY=64k MPS_VERIFY=1 MPS_POISON=1 %t.O2 20000 3 | %FileCheck %s
// RUN: env MPS_NURSERY=64k MPS_VERIFY=1 MPS_PAUSE_TIME=0.00002 %t.O2 20000 3 \
// RUN:   | %FileCheck %s
// RUN: env MPS_STRESS=poll MPS_VERIFY=1 MPS_POISON=1 %t.O2 400 1 | %FileCheck %s
// RUN: env MPS_SCHEDULE=1 MPS_VERIFY=1 %t.O2 600 1 | %FileCheck %s
// RUN: %clang --config=%mps-cfg --config=%mps-read-barrier-cfg -O2 -Wall -Werror \
// RUN:   %s -o %t.barrier
// RUN: env MPS_STRESS=poll MPS_VERIFY=1 MPS_POISON=1 %t.barrier 400 1 | %FileCheck %s
//
// A recursion that allocates, goes up and down again, calls itself by way of
// foreign code, is left by longjmp from far below, and returns structs in
// memory. In each frame a local variable changes between two calls; after each it
// is what the frame has made it.
// CHECK: all frames found what they had left, {{[0-9]+}} jumps
#include "mps/managed.h"
#include "mps/runtime.h"
#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

struct number {
  mps_header_t header;
  struct number MPS_MANAGED *above;
  long value;
};
static const mps_type_t number_type =
    MPS_TYPE(struct number, MPS_REF(struct number, above));

struct three {
  struct number MPS_MANAGED *first;
  struct number MPS_MANAGED *second;
  long value;
};

enum { SIDE = 300, EVERY = 97 };

static unsigned long seed = 1;
static unsigned next_random(void) {
  seed = seed * 6364136223846793005u + 1442695040888963407u;
  return seed >> 33;
}

static struct number MPS_MANAGED *make(long value,
                                       struct number MPS_MANAGED *above) {
  struct number MPS_MANAGED *number = MPS_NEW(struct number, &number_type);
  number->value = value;
  number->above = above;
  return number;
}

static void expect(struct number MPS_MANAGED *number, long value,
                   struct number MPS_MANAGED *above) {
  if (number->value != value || number->above != above)
    abort();
}

static void go(struct number MPS_MANAGED *above, long depth, int isMain);

// Foreign: they touch no reference.
static jmp_buf *target;
static long jumps;
static mps_handle_t passed;
static void go_with_handle(long depth, int isMain) {
  struct number MPS_MANAGED *above =
      (struct number MPS_MANAGED *)mps_handle_get(passed);
  go(above, depth, isMain);
}
__attribute__((noinline)) static void go_through(long depth, int isMain) {
  volatile long kept = depth;
  go_with_handle(depth, isMain);
  if (kept != depth)
    abort();
}
__attribute__((noinline)) static void go_and_jump(long depth) {
  jmp_buf here, *outer = target;
  target = &here;
  if (setjmp(here) == 0)
    go_with_handle(depth, 0);
  else
    ++jumps;
  target = outer;
}
__attribute__((noinline)) static void jump(void) { longjmp(*target, 1); }

// The place of a result goes down with the recursion.
__attribute__((noinline)) static struct three
three_of(struct number MPS_MANAGED *number, long depth) {
  struct three result = {number, number->above, depth};
  if (depth == 0)
    result.first = make(number->value, number->above);
  else if (depth % 2)
    return three_of(number, depth - 1);
  else
    result = three_of(number, depth - 1);
  result.value = depth;
  return result;
}

// Frames that are left one by one, or all at once.
static void aside(struct number MPS_MANAGED *above, long depth) {
  struct number MPS_MANAGED *mine = make(depth, above);
  if (depth == 0) {
    if (target != 0 && next_random() % 2)
      jump();
    return;
  }
  aside(mine, depth - 1);
  expect(mine, depth, above);
}

static void sideways(struct number MPS_MANAGED *mine, long depth) {
  struct three result;
  mps_handle_t outer = passed;
  switch (next_random() % 4) {
  case 0:
    aside(mine, next_random() % SIDE);
    break;
  case 1:
    passed = mps_handle_create(mine);
    go_and_jump(next_random() % SIDE);
    mps_handle_destroy(passed);
    passed = outer;
    break;
  case 2:
    result = three_of(mine, next_random() % SIDE);
    if (result.first->value != mine->value || result.second != mine->above)
      abort();
    break;
  default:
    for (int i = 0; i < 1000; ++i)
      make(i, 0);
  }
}

static void go(struct number MPS_MANAGED *above, long depth, int isMain) {
  struct number MPS_MANAGED *mine = make(depth, above);
  if (depth == 0) {
    aside(mine, SIDE);
    return;
  }
  if (isMain && depth % (EVERY * 7) == 0) {
    mps_handle_t outer = passed;
    passed = mps_handle_create(mine);
    go_through(depth - 1, isMain);
    mps_handle_destroy(passed);
    passed = outer;
  } else {
    go(mine, depth - 1, isMain);
  }
  expect(mine, depth, above);
  mine = make(depth + 1, above);
  if (depth % EVERY == 0 && (isMain || depth == EVERY))
    sideways(mine, depth);
  expect(mine, depth + 1, above);
}

static long depth, rounds;

static void *thread_main(void *unused) {
  struct number MPS_MANAGED *first = make(-1, 0);
  for (long i = 0; i < rounds; ++i)
    go(first, depth, 1);
  expect(first, -1, 0);
  return 0;
}

enum { BYTES_PER_FRAME = 512, SLACK = 4 << 20 };

int main(int argc, char **argv) {
  pthread_attr_t attributes;
  pthread_t thread;
  depth = atol(argv[1]);
  rounds = atol(argv[2]);
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, depth * BYTES_PER_FRAME + SLACK);
  if (pthread_create(&thread, &attributes, thread_main, 0) != 0)
    return 1;
  pthread_join(thread, 0);
  printf("all frames found what they had left, %ld jumps\n", jumps);
  return 0;
}
