// RUN: %managed %s | %FileCheck %s
//
// References in global variables, in structs and arrays of them too, are exact
// roots: their objects move, and the variables follow.
// CHECK: 1 2 3 4; moved
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

struct box MPS_MANAGED *visible;
static struct box MPS_MANAGED *hidden;
static struct {
  long before;
  struct box MPS_MANAGED *box;
  long after;
} in_struct = {11, 0, 22};
static struct box MPS_MANAGED *in_array[100];

static struct box MPS_MANAGED *make(long number) {
  struct box MPS_MANAGED *box = MPS_NEW(struct box, &box_type);
  box->number = number;
  return box;
}

// Addresses do not tell: what has moved twice may be where it was.
static uint64_t moved(void) {
  mps_statistics_s statistics;
  mps_statistics_get(&statistics);
  return statistics.moved_objects;
}

__attribute__((noinline)) static void make_all(void) {
  visible = make(1);
  hidden = make(2);
  in_struct.box = make(3);
  in_array[70] = make(4);
}

// The barrier of stores has saved registers on the stack: frames of the runtime
// that begin there would inherit references, which pin.
__attribute__((noinline)) static void clear_stack(void) {
  volatile char words[4096];
  for (unsigned i = 0; i < sizeof words; ++i)
    words[i] = 0;
}

int main(void) {
  make_all();
  clear_stack();
  uint64_t before = moved();
  mps_collect();
  if (in_struct.before != 11 || in_struct.after != 22)
    return 1;
  printf("%ld %ld %ld %ld; %s\n", visible->number, hidden->number,
         in_struct.box->number, in_array[70]->number,
         moved() - before >= 4 ? "moved" : "in place");
  return 0;
}
