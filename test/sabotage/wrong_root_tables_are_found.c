// RUN: %clang --config=%mps-cfg -O2 %s -o %t
// RUN: env MPS_STRESS=poll MPS_VERIFY=1 MPS_POISON=1 %t | %FileCheck %s
// RUN: python3 %source/test/support/break_roots.py drop-slots %t %t.dropped
// RUN: python3 %source/test/support/break_roots.py shift-slots %t %t.shifted
// RUN: python3 %source/test/support/break_roots.py drop-function %t %t.function
// RUN: chmod +x %t.dropped %t.shifted %t.function
// RUN: env MPS_STRESS=poll MPS_VERIFY=1 MPS_POISON=1 %not --crash %t.dropped \
// RUN:   2>&1 | %FileCheck %s --check-prefix=STALE
// RUN: env MPS_STRESS=poll MPS_VERIFY=1 MPS_POISON=1 %not --crash %t.shifted \
// RUN:   2>&1 | %FileCheck %s --check-prefix=SHIFTED
// RUN: env MPS_STRESS=poll MPS_VERIFY=1 MPS_POISON=1 %not --crash %t.function \
// RUN:   2>&1 | %FileCheck %s --check-prefix=FUNCTION
//
// A slot that no table lists is not updated: what is read from it is a stale
// reference, which verify or the fault in vacated memory tells. A function in no
// table cannot be walked.
// CHECK: sum 4950
// STALE: {{V3|stale reference: the code at 0x[0-9a-f]+ .* uses address 0x[0-9a-f]+}}
// SHIFTED: {{V3|V1|stale reference: the code at 0x[0-9a-f]+ .* uses address}}
// FUNCTION: V6: the managed frame at 0x{{[0-9a-f]+}}{{.*}}is in no root table
#include "mps/managed.h"
#include "mps/runtime.h"
#include <stdio.h>

struct node {
  mps_header_t header;
  struct node MPS_MANAGED *next;
  long number;
};
static const mps_type_t node_type =
    MPS_TYPE(struct node, MPS_REF(struct node, next));

__attribute__((noinline)) static struct node MPS_MANAGED *
make_list(long length) {
  struct node MPS_MANAGED *list = 0;
  for (long i = 0; i < length; ++i) {
    struct node MPS_MANAGED *node = MPS_NEW(struct node, &node_type);
    node->number = i;
    node->next = list;
    list = node;
    mps_collect();
  }
  return list;
}

__attribute__((noinline)) static long sum(struct node MPS_MANAGED *list) {
  long total = 0;
  for (; list; list = list->next) {
    mps_collect();
    total += list->number;
  }
  return total;
}

int main(void) {
  printf("sum %ld\n", sum(make_list(100)));
  return 0;
}
