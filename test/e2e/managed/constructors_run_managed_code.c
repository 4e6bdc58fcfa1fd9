// RUN: %managed %s | %FileCheck %s
//
// Managed code runs, and collects, before main() and before all constructors of
// the program and its libraries have run.
// CHECK: 7 11
#include "mps/managed.h"
#include <stdio.h>

struct box {
  mps_header_t header;
  struct box MPS_MANAGED *next;
  long number;
};
static const mps_type_t box_type =
    MPS_TYPE(struct box, MPS_REF(struct box, next));
static struct box MPS_MANAGED *first;

__attribute__((noinline)) static struct box MPS_MANAGED *
make(long number, struct box MPS_MANAGED *next) {
  struct box MPS_MANAGED *box = MPS_NEW(struct box, &box_type);
  box->number = number;
  box->next = next;
  return box;
}

__attribute__((constructor)) static void before_main(void) {
  for (int i = 0; i < 10; ++i)
    first = make(7, 0);
}

int main(void) {
  struct box MPS_MANAGED *second = make(11, first);
  for (int i = 0; i < 10; ++i)
    make(i, second);
  printf("%ld %ld\n", second->next->number, second->number);
  return 0;
}
