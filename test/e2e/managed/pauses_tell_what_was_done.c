// The log of pauses has a line for each time that a thread was in the runtime,
// with what was done in it.
//
// RUN: %clang --config=%mps-cfg -O2 %s -o %t
// RUN: env MPS_PAUSES=%t.pauses MPS_NURSERY=1m %t
// RUN: %FileCheck %s --check-prefix=LOG < %t.pauses
// RUN: python3 %source/utils/bench.d/pauses.py --longest 1000000 %t.pauses \
// RUN:   | %FileCheck %s
//
// LOG: {{^[0-9]+ [0-9]+ [0-9]+ .*memory=[0-9]+$}}
// LOG: {{^[0-9]+ [0-9]+ [0-9]+ .*young=[0-9]+.*$}}
// CHECK: mostly {{.*}} > 1 ms
// CHECK: at {{.*}} ms ({{.*}} of CPU, {{[1-9].*}} faults{{.*}}): {{.*}}young
#include "mps/managed.h"

struct cell {
  mps_header_t header;
  struct cell MPS_MANAGED *next;
};
static const mps_type_t cell_type =
    MPS_TYPE(struct cell, MPS_REF(struct cell, next));

int main(void) {
  struct cell MPS_MANAGED *kept = 0;
  for (int i = 0; i < 1000000; ++i) {
    struct cell MPS_MANAGED *cell = MPS_NEW(struct cell, &cell_type);
    cell->next = i % 4 == 0 ? kept : 0;
    if (i % 4 == 0)
      kept = cell;
  }
  return kept == 0;
}
