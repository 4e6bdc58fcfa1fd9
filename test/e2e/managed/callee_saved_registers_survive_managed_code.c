// RUN: %managed %s --foreign %S/Inputs/holders.c | %FileCheck %s
//
// Foreign code has the only reference to an object in a callee-saved register
// and calls managed code, which collects. The entry thunk's frame has it.
// CHECK: all intact
#include "mps/managed.h"
#include "mps/runtime.h"
#include <stdio.h>

struct box {
  mps_header_t header;
  struct box MPS_MANAGED *next;
  long number;
};
static const mps_type_t box_type =
    MPS_TYPE(struct box, MPS_REF(struct box, next));

typedef void *(*make_t)(void);
typedef void (*work_t)(void);
typedef void *(*keep_t)(make_t make, work_t work);
extern void *keep_in_rbx(make_t, work_t);
extern void *keep_in_r12(make_t, work_t);
extern void *keep_in_r13(make_t, work_t);
extern void *keep_in_r14(make_t, work_t);
extern void *keep_in_r15(make_t, work_t);

static struct box MPS_MANAGED *make(void) {
  struct box MPS_MANAGED *box = MPS_NEW(struct box, &box_type);
  box->number = 1234567;
  return box;
}

static long check(struct box MPS_MANAGED *box) { return box->number; }

// Uses many registers of its own.
static void work(void) {
  struct box MPS_MANAGED *a = make(), *b = make(), *c = make(), *d = make();
  for (int i = 0; i < 20; ++i) {
    struct box MPS_MANAGED *e = make();
    e->next = a, a = b, b = c, c = d, d = e;
    mps_collect();
  }
  if (a->number + b->number + c->number + d->number != 4 * 1234567)
    puts("work lost an object");
}

int main(void) {
  keep_t keepers[] = {keep_in_rbx, keep_in_r12, keep_in_r13, keep_in_r14,
                      keep_in_r15};
  long (*check_it)(void *) = (long (*)(void *))(void *)check;
  for (int i = 0; i < 5; ++i)
    if (check_it(keepers[i]((make_t)(void *)make, work)) != 1234567)
      return printf("keeper %d lost its object\n", i), 1;
  puts("all intact");
  return 0;
}
