// RUN: %clang --config=%mps-cfg -O1 %s -o %t
// RUN: bash -c "ulimit -s 1024; exec %not --crash %t" 2>&1 | %FileCheck %s
//
// CHECK: mps: stack overflow
#include "mps/managed.h"

struct node {
  mps_header_t header;
  struct node MPS_MANAGED *next;
};
static const mps_type_t node_type =
    MPS_TYPE(struct node, MPS_REF(struct node, next));

__attribute__((noinline)) static long
recurse(struct node MPS_MANAGED *previous, volatile int *depth) {
  struct node MPS_MANAGED *node = MPS_NEW(struct node, &node_type);
  node->next = previous;
  ++*depth;
  long below = recurse(node, depth);
  return below + (node->next == previous);
}

int main(void) {
  volatile int depth = 0;
  return (int)recurse(0, &depth);
}
