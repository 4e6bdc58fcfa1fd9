// RUN: %clang --config=%mps-cfg -O2 -Wall -Werror %s -o %t
// RUN: %t 1000000 2000000 | %FileCheck %s
// RUN: env MPS_STRESS=alloc MPS_VERIFY=1 MPS_POISON=1 %t 50 100 | %FileCheck %s
// RUN: env MPS_NURSERY=64k MPS_VERIFY=1 MPS_POISON=1 %t 5000 50000 | %FileCheck %s
// RUN: python3 %source/test/support/old_collections.py %t 6m 20000 300000
//
// Foreign code has many handles, of which it changes some, makes some anew and lets
// others go, while their objects are collected, young and old.
// CHECK: each handle leads to its object
#include "mps/managed.h"
#include "mps/runtime.h"
#include <stdio.h>
#include <stdlib.h>

struct number {
  mps_header_t header;
  struct number MPS_MANAGED *other;
  long value;
};
static const mps_type_t number_type =
    MPS_TYPE(struct number, MPS_REF(struct number, other));

static unsigned long seed = 1;
static unsigned next_random(void) {
  seed = seed * 6364136223846793005u + 1442695040888963407u;
  return seed >> 33;
}

// Managed.
static mps_handle_t new_handle(long value) {
  struct number MPS_MANAGED *number = MPS_NEW(struct number, &number_type);
  number->value = value;
  return mps_handle_create(number);
}
static void renew(mps_handle_t handle, long value) {
  struct number MPS_MANAGED *old =
      (struct number MPS_MANAGED *)mps_handle_get(handle);
  struct number MPS_MANAGED *number = MPS_NEW(struct number, &number_type);
  number->value = value;
  number->other = old;
  old->other = 0;
  mps_handle_set(handle, number);
}
// The object is nobody's for a while but the frame's.
static void exchange(mps_handle_t one, mps_handle_t two) {
  struct number MPS_MANAGED *first =
      (struct number MPS_MANAGED *)mps_handle_get(one);
  struct number MPS_MANAGED *second =
      (struct number MPS_MANAGED *)mps_handle_get(two);
  long value = first->value;
  mps_handle_set(one, 0);
  first->value = second->value;
  second->value = value;
  mps_handle_set(two, first);
  mps_handle_set(one, second);
}
static long value_of(mps_handle_t handle) {
  return ((struct number MPS_MANAGED *)mps_handle_get(handle))->value;
}

// Foreign.
int main(int argc, char **argv) {
  long count = atol(argv[1]), steps = atol(argv[2]);
  mps_handle_t *handles = malloc(count * sizeof *handles);
  for (long i = 0; i < count; ++i)
    handles[i] = new_handle(i);
  for (long i = 0; i < steps; ++i) {
    long at = next_random() % count, other = next_random() % count;
    switch (next_random() % 3) {
    case 0:
      renew(handles[at], at);
      break;
    case 1:
      mps_handle_destroy(handles[at]);
      handles[at] = new_handle(at);
      break;
    default:
      exchange(handles[at], handles[other]);
    }
    if (value_of(handles[at]) != at)
      abort();
  }
  for (long i = 0; i < count; ++i)
    if (value_of(handles[i]) != i)
      abort();
  puts("each handle leads to its object");
  free(handles);
  return 0;
}
