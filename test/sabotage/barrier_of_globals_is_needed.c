// A young object that only a global variable leads to: the store must have been
// logged.
//
// RUN: %clang --config=%mps-cfg -O2 %s -o %t
// RUN: env MPS_VERIFY=1 MPS_POISON=1 %t | %FileCheck %s
// CHECK: 7 and 8
//
// Without its barrier, verify finds that it was not.
// RUN: %clang --config=%mps-cfg -O2 -DSABOTAGE %s -o %t.s
// RUN: bash -c 'MPS_VERIFY=1 %t.s && exit 1; exit 0' 2>&1 \
// RUN:   | %FileCheck %s --check-prefix=BREACH
// BREACH: V15{{.*}}global variable's slot{{.*}}a young object, which no log knows of
#include "mps/managed.h"
#include "mps/runtime.h"
#include <stdio.h>

#ifdef SABOTAGE
#define FORM                                                                   \
  __attribute__((noinline, annotate("mps-sabotage-barriers"))) static void
#else
#define FORM __attribute__((noinline)) static void
#endif

typedef struct box MPS_MANAGED *ref;
struct box {
  mps_header_t header;
  long number;
};
static const mps_type_t box_type = MPS_TYPE(struct box, 0);

static ref table[3];

static ref make(long number) {
  ref box = MPS_NEW(struct box, &box_type);
  box->number = number;
  return box;
}

FORM fill(ref one, ref other) {
  table[0] = one;
  table[2] = other;
}

int main(void) {
  fill(make(7), make(8));
  mps_collect();
  mps_collect();
  printf("%ld and %ld\n", table[0]->number, table[2]->number);
  return 0;
}
