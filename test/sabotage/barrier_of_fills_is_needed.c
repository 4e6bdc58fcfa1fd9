// A fill overwrites the only references to objects that the program has just
// loaded, while an old collection marks from its snapshot: what they were must
// have been logged.
//
// RUN: %clang --config=%mps-cfg -O0 %s -o %t.0
// RUN: %clang --config=%mps-cfg -O2 %s -o %t.2
// RUN: env MPS_COLLECTOR_THREADS=0 MPS_VERIFY=1 MPS_POISON=1 %t.0 | %FileCheck %s
// RUN: env MPS_COLLECTOR_THREADS=0 MPS_VERIFY=1 MPS_POISON=1 %t.2 | %FileCheck %s
// CHECK: old collections: 1, 7 and 8
//
// Without its barrier, verify finds that they were lost.
// RUN: %clang --config=%mps-cfg -O0 -DSABOTAGE %s -o %t.s0
// RUN: %clang --config=%mps-cfg -O2 -DSABOTAGE %s -o %t.s2
// RUN: bash -c 'for o in 0 2; do \
// RUN:   MPS_COLLECTOR_THREADS=0 MPS_VERIFY=1 %t.s$o && exit 1; done; exit 0' \
// RUN:   2>%t.err
// RUN: bash -c "test \$(grep -c V3 %t.err) -ge 2"
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
  ref first, second;
  long number;
};
static const mps_type_t box_type = MPS_TYPE(
    struct box, MPS_REF(struct box, first) | MPS_REF(struct box, second));

static ref old;

static ref make(long number) {
  ref box = MPS_NEW(struct box, &box_type);
  box->number = number;
  return box;
}

FORM fill(ref box) {
  __builtin_memset((void MPS_MANAGED *)&box->first, 0, 2 * sizeof(ref));
}

int main(void) {
  mps_statistics_s statistics;
  old = make(0);
  old->first = make(7);
  old->second = make(8);
  mps_collect();
  if (mps_arena_start_collect(mps_default_arena()) != MPS_RES_OK)
    return 1;
  ref first = old->first, second = old->second;
  fill(old);
  while (mps_arena_step(mps_default_arena(), 1.0, 0))
    continue;
  mps_statistics_get(&statistics);
  printf("old collections: %d, %ld and %ld\n", (int)statistics.old_collections,
         first->number, second->number);
  return 0;
}
