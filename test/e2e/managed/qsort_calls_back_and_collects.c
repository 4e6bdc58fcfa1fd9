// RUN: %managed %s | %FileCheck %s
//
// Managed code calls libc's qsort over an array of handles; qsort calls managed
// code, which allocates and collects. qsort's own buffer holds handles only.
// CHECK: sorted 200, sum 19900
#include "mps/managed.h"
#include "mps/runtime.h"
#include <stdio.h>
#include <stdlib.h>

struct number {
  mps_header_t header;
  struct number MPS_MANAGED *previous;
  long value;
};
static const mps_type_t number_type =
    MPS_TYPE(struct number, MPS_REF(struct number, previous));

static struct number MPS_MANAGED *make(long value) {
  struct number MPS_MANAGED *n = MPS_NEW(struct number, &number_type);
  n->value = value;
  return n;
}

static struct number MPS_MANAGED *at(mps_handle_t handle) {
  return (struct number MPS_MANAGED *)mps_handle_get(handle);
}

static int compare(const void *a, const void *b) {
  static int calls;
  struct number MPS_MANAGED *x = at(*(mps_handle_t *)a);
  struct number MPS_MANAGED *y = at(*(mps_handle_t *)b);
  struct number MPS_MANAGED *difference = make(x->value - y->value);
  if (++calls % 100 == 0)
    mps_collect();
  difference->previous = x;
  return difference->value < 0 ? -1 : difference->value > 0;
}

int main(void) {
  enum { COUNT = 200 };
  mps_handle_t handles[COUNT];
  for (int i = 0; i < COUNT; ++i)
    handles[i] = mps_handle_create(make((i * 7919) % COUNT));
  qsort(handles, COUNT, sizeof handles[0], compare);
  long sum = 0;
  for (int i = 0; i < COUNT; ++i) {
    if (at(handles[i])->value != i)
      return printf("place %d has %ld\n", i, at(handles[i])->value), 1;
    sum += at(handles[i])->value;
    mps_handle_destroy(handles[i]);
  }
  printf("sorted %d, sum %ld\n", COUNT, sum);
  return 0;
}
