// RUN: %managed %s --foreign %S/Inputs/holders.c --stress= | %FileCheck %s
//
// A thread in foreign code holds the only reference to an object, in its frame
// or in a callee-saved register, while another thread collects 1,000 times. The
// foreign code has no frame pointers and no unwind tables.
// CHECK: 7 holders, 1000 collections each, all objects intact
#include "mps/managed.h"
#include "mps/runtime.h"
#include <pthread.h>
#include <stdio.h>

struct box {
  mps_header_t header;
  struct box MPS_MANAGED *next;
  long number;
};
static const mps_type_t box_type =
    MPS_TYPE(struct box, MPS_REF(struct box, next));

typedef void *(*make_t)(void);
typedef void *(*hold_t)(make_t make, volatile int *go_on, volatile int *held);
extern void *hold_in_frame(make_t, volatile int *, volatile int *);
extern void *hold_in_rbx(make_t, volatile int *, volatile int *);
extern void *hold_in_rbp(make_t, volatile int *, volatile int *);
extern void *hold_in_r12(make_t, volatile int *, volatile int *);
extern void *hold_in_r13(make_t, volatile int *, volatile int *);
extern void *hold_in_r14(make_t, volatile int *, volatile int *);
extern void *hold_in_r15(make_t, volatile int *, volatile int *);

static struct box MPS_MANAGED *make(void) {
  struct box MPS_MANAGED *box = MPS_NEW(struct box, &box_type);
  box->next = MPS_NEW(struct box, &box_type);
  box->number = 1234567;
  box->next->number = 7654321;
  return box;
}

static long check(struct box MPS_MANAGED *box) {
  return box->number == 1234567 && box->next->number == 7654321;
}

static volatile int go_on, held;

static void *thread_main(void *argument) {
  // The thread is known to the collector from its first managed call on.
  void *object = ((hold_t)argument)((make_t)(void *)make, &go_on, &held);
  long (*check_it)(void *) = (long (*)(void *))(void *)check;
  return (void *)check_it(object);
}

int main(void) {
  hold_t holders[] = {hold_in_frame, hold_in_rbx, hold_in_rbp, hold_in_r12,
                      hold_in_r13,   hold_in_r14, hold_in_r15};
  int count = sizeof holders / sizeof holders[0];
  for (int i = 0; i < count; ++i) {
    pthread_t thread;
    void *result = 0;
    go_on = held = 0;
    if (pthread_create(&thread, 0, thread_main, (void *)holders[i]) != 0)
      return 1;
    while (!held)
      ;
    for (int j = 0; j < 1000; ++j)
      mps_collect();
    go_on = 1;
    pthread_join(thread, &result);
    if (!result)
      return printf("holder %d lost its object\n", i), 1;
  }
  printf("%d holders, 1000 collections each, all objects intact\n", count);
  return 0;
}
