// RUN: %clang --config=%mps-cfg -O2 %s -o %t
// RUN: %not --crash sh -c "ulimit -v 8000000; exec %t" 2>&1 | %FileCheck %s
// RUN: env MPS_HEAP_LIMIT=8m sh -c "ulimit -v 2400000000; exec %t" > %t.enough
// RUN: %FileCheck %s --check-prefix=ENOUGH < %t.enough
//
// A heap for which there is no address space is told of, and nothing runs.
// CHECK-NOT: node
// CHECK: mps: no address space for the heap: {{.*}}ulimit -v
// ENOUGH: node 7
#include "mps/managed.h"
#include <stdio.h>

struct node {
  mps_header_t header;
  long number;
};
static const mps_type_t node_type = MPS_LEAF_TYPE(struct node);

int main(void) {
  struct node MPS_MANAGED *node = MPS_NEW(struct node, &node_type);
  node->number = 7;
  printf("node %ld\n", node->number);
  return 0;
}
