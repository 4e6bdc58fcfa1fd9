// RUN: %managed %s --levels 0,1,2 | %FileCheck %s
//
// Local arrays of references are initialised and copied whole, however large,
// and by elements of variable index.
// CHECK: 4950 4950 190 190
#include "mps/managed.h"
#include <stdio.h>

struct box {
  mps_header_t header;
  long number;
};
static const mps_type_t box_type = MPS_LEAF_TYPE(struct box);
typedef struct box MPS_MANAGED *ref;
struct many {
  ref boxes[100];
};
struct one {
  ref box;
};

__attribute__((noinline)) static ref make(long number) {
  ref box = MPS_NEW_LEAF(struct box, &box_type);
  box->number = number;
  return box;
}

static long sum(const ref *boxes, int count) {
  long result = 0;
  for (int i = 0; i < count; ++i)
    result += boxes[i] ? boxes[i]->number : 0;
  return result;
}

static void whole(void) {
  struct many all = {0}, copy;
  for (int i = 0; i < 100; ++i)
    all.boxes[i] = make(i);
  copy = all;
  make(0);
  printf("%ld %ld ", sum(all.boxes, 100), sum(copy.boxes, 100));
}

static void by_elements(void) {
  struct one from[20] = {0}, to[20] = {0};
  for (int i = 0; i < 20; ++i)
    from[i].box = make(i);
  for (int i = 0; i < 20; ++i) {
    to[i * 7 % 20] = from[i * 3 % 20];
    make(0);
  }
  printf("%ld %ld\n", sum(&from[0].box, 20), sum(&to[0].box, 20));
}

int main(void) {
  whole();
  by_elements();
  return 0;
}
