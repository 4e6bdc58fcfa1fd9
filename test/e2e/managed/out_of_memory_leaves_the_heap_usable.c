// RUN: %clang --config=%mps-cfg -O2 %s -o %t
// RUN: env MPS_HEAP_LIMIT=8m %t | %FileCheck %s
// RUN: env MPS_HEAP_LIMIT=8m MPS_VERIFY=1 %t | %FileCheck %s
// RUN: env MPS_HEAP_LIMIT=8m %not --crash %t fatal 2>&1 | %FileCheck %s --check-prefix=FATAL
//
// Compiled code runs out of memory: the handler leaves by longjmp, five times,
// and the list that was there is intact each time.
// CHECK: out of memory 5 times, list intact, array refused
// FATAL: mps: out of memory
#include "mps/managed.h"
#include "mps/runtime.h"
#include <setjmp.h>
#include <stdio.h>

struct node {
  mps_header_t header;
  struct node MPS_MANAGED *next;
  long number;
};
static const mps_type_t node_type =
    MPS_TYPE(struct node, MPS_REF(struct node, next));
struct words {
  mps_header_t header;
  uint64_t length;
  long items[];
};
static const mps_type_t words_type =
    MPS_LEAF_ARRAY_TYPE(struct words, length, items);

static struct node MPS_MANAGED *kept, *filler;
static struct words MPS_MANAGED *array;
static jmp_buf out;

static int leave(size_t size) { longjmp(out, 1); }

static void push(long number) {
  struct node MPS_MANAGED *node = MPS_NEW(struct node, &node_type);
  node->number = number;
  node->next = filler;
  filler = node;
}

static void keep_list(void) {
  kept = 0;
  for (long i = 0; i < 1000; ++i)
    push(i);
  kept = filler;
  filler = 0;
}

static int is_kept(void) {
  long expected = 1000;
  for (struct node MPS_MANAGED *each = kept; each; each = each->next)
    if (each->number != --expected)
      return 0;
  return expected == 0;
}

static void fill(void) {
  for (;;)
    push(1);
}

static void drop(void) { filler = 0; }

static void make_array(size_t count) {
  array = MPS_NEW_LEAF_ARRAY(&words_type, count);
}

// Foreign: setjmp may not be called by managed code.
int main(int argc, char **argv) {
  volatile int times = 0, refused = 0;
  keep_list();
  if (argc > 1)
    fill();
  mps_out_of_memory_set(leave);
  while (times < 5) {
    if (setjmp(out) == 0)
      fill();
    ++times;
    drop();
    if (!is_kept())
      return printf("the list was lost\n"), 1;
  }
  // The size does not fit into a word; then it fits, but not into the heap.
  if (setjmp(out) == 0)
    make_array(~(size_t)0 / 4);
  else
    ++refused;
  if (setjmp(out) == 0)
    make_array((size_t)1 << 33);
  else
    ++refused;
  make_array(1000);
  mps_collect();
  if (!is_kept())
    return 1;
  printf("out of memory %d times, list intact, array %s\n", times,
         refused == 2 ? "refused" : "made");
  return 0;
}
