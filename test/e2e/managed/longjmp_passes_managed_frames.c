// RUN: %managed %s --flags=-Wno-infinite-recursion | %FileCheck %s
//
// longjmp out of foreign code over managed frames, many times; then foreign
// code grows the stack over where they were, and a collection comes.
// CHECK: 100 jumps, list intact
#include "mps/managed.h"
#include "mps/runtime.h"
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

struct node {
  mps_header_t header;
  struct node MPS_MANAGED *next;
  long number;
};
static const mps_type_t node_type =
    MPS_TYPE(struct node, MPS_REF(struct node, next));

static struct node MPS_MANAGED *list;
static jmp_buf target;

static void push(long number) {
  struct node MPS_MANAGED *node = MPS_NEW(struct node, &node_type);
  node->number = number;
  node->next = list;
  list = node;
}

__attribute__((noinline)) static void jump(void) { longjmp(target, 1); }

// Managed frames, 50 deep, with references in them; then foreign code jumps.
__attribute__((noinline)) static long dive(int depth,
                                           struct node MPS_MANAGED *node) {
  if (depth == 0)
    jump();
  long below = dive(depth - 1, node->next ? node->next : node);
  return below + node->number;
}

static long dive_from_list(void) { return dive(50, list); }

// Foreign: writes over where those frames were, and collects from below.
__attribute__((noinline)) static void grow(void) {
  volatile char junk[16384];
  memset((char *)junk, 0x5a, sizeof junk);
  mps_collect();
  junk[0] = junk[1];
}

static long length(void) {
  long count = 0;
  for (struct node MPS_MANAGED *each = list; each; each = each->next)
    ++count;
  return count;
}

int main(void) {
  volatile int jumps = 0;
  for (int i = 0; i < 100; ++i) {
    push(i);
    if (setjmp(target) == 0)
      dive_from_list();
    ++jumps;
    grow();
  }
  printf("%d jumps, list %s\n", jumps, length() == 100 ? "intact" : "lost");
  return 0;
}
