// RUN: %managed %s | %FileCheck %s
//
// Each thread's variables hold the only references to what it has made, and more
// threads come and go meanwhile. A struct, an array and a null one are among
// them.
// CHECK: 8 threads, 1600 objects
#include "mps/managed.h"
#include <pthread.h>
#include <stdio.h>

struct box {
  mps_header_t header;
  struct box MPS_MANAGED *next;
  long number;
};
static const mps_type_t box_type =
    MPS_TYPE(struct box, MPS_REF(struct box, next));
typedef struct box MPS_MANAGED *ref;

static _Thread_local ref first;
static _Thread_local struct {
  long count;
  ref second;
} some;
_Thread_local ref table[70], never;

__attribute__((noinline)) static void keep(long number) {
  ref box = MPS_NEW(struct box, &box_type);
  box->number = number;
  box->next = first;
  first = box;
  some.second = MPS_NEW(struct box, &box_type);
  some.second->number = number + 1;
  some.count++;
  table[number % 70] = box;
}

static long check(long start) {
  long count = 0;
  for (ref each = first; each; each = each->next)
    count += each->number == start + 199 - count;
  long total = count + (never == 0 ? 0 : 1000);
  total += some.count == 200 && some.second->number == start + 200 ? 0 : 5000;
  for (int i = 0; i < 70; ++i)
    total += (table[i]->number - start) / 200 ? 9000 : 0;
  return total;
}

static void *thread_main(void *number) {
  long start = (long)number * 1400;
  for (long i = 0; i < 200; ++i)
    keep(start + i);
  return (void *)check(start);
}

int main(void) {
  long total = 0;
  for (long i = 0; i < 8; i += 2) {
    pthread_t one, other;
    pthread_create(&one, 0, thread_main, (void *)i);
    pthread_create(&other, 0, thread_main, (void *)(i + 1));
    void *result;
    pthread_join(one, &result);
    total += (long)result;
    pthread_join(other, &result);
    total += (long)result;
  }
  printf("8 threads, %ld objects\n", total);
  return 0;
}
