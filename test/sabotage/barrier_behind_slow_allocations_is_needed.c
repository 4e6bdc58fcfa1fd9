// An object is new until another is allocated, out of line, which collects: a
// reference that is stored to it then must have been logged.
//
// RUN: %managed %s --stress=alloc | %FileCheck %s
// CHECK: 2000 intact
//
// Without that log, verify finds it.
// RUN: %clang --config=%mps-cfg -O0 -DSABOTAGE %s -o %t.s0
// RUN: %clang --config=%mps-cfg -O2 -DSABOTAGE %s -o %t.s2
// RUN: bash -c 'for o in 0 2; do \
// RUN:   MPS_STRESS=alloc MPS_VERIFY=1 %t.s$o && exit 1; done; exit 0' 2>%t.err
// RUN: %FileCheck %s --check-prefix=BROKEN <%t.err
// RUN: bash -c "test \$(grep -c V4 %t.err) = 2"
// BROKEN: V4
#include "mps/managed.h"
#include "mps/runtime.h"
#include <stdio.h>

#ifdef SABOTAGE
#define FORM __attribute__((noinline, annotate("mps-sabotage-barriers"))) static
#else
#define FORM __attribute__((noinline)) static
#endif

typedef struct box MPS_MANAGED *ref;
struct box {
  mps_header_t header;
  ref first, second;
  long number;
};
static const mps_type_t box_type = MPS_TYPE(
    struct box, MPS_REF(struct box, first) | MPS_REF(struct box, second));

/* Each allocation collects: the first object is old when the last is made. */
FORM ref make(long number) {
  ref object = MPS_NEW(struct box, &box_type);
  ref first = MPS_NEW(struct box, &box_type);
  ref second = MPS_NEW(struct box, &box_type);
  ref third = MPS_NEW(struct box, &box_type);
  ref fourth = MPS_NEW(struct box, &box_type);
  first->number = number;
  fourth->number = -number;
  object->first = first;
  object->second = fourth;
  first->first = second;
  first->second = third;
  return object;
}

int main(void) {
  ref list = 0;
  for (long i = 0; i < 1000; ++i) {
    ref made = make(i);
    ref link = MPS_NEW(struct box, &box_type);
    link->first = list;
    link->second = made;
    list = link;
  }
  long intact = 0, number = 999;
  for (; list; list = list->first, --number)
    intact += (list->second->first->number == number) +
              (list->second->second->number == -number);
  printf("%ld intact\n", intact);
  return 0;
}
