// RUN: %managed %s --stress= | %FileCheck %s
//
// 100 objects are pinned by a foreign frame; of the other survivors' bytes at
// least 99 % move.
// CHECK: at least 100 pinned; 99 % of the others moved: yes; intact: yes
#include "mps/managed.h"
#include "mps/runtime.h"
#include <stdio.h>

struct node {
  mps_header_t header;
  struct node MPS_MANAGED *next;
  long number;
};
static const mps_type_t node_type =
    MPS_TYPE(struct node, MPS_REF(struct node, next));

static struct node MPS_MANAGED *all;

static struct node MPS_MANAGED *
make_in_list(long number) {
  struct node MPS_MANAGED *node = MPS_NEW(struct node, &node_type);
  node->number = number;
  node->next = all;
  all = node;
  return node;
}

static long sum(void) {
  long result = 0;
  for (struct node MPS_MANAGED *each = all; each; each = each->next)
    result += each->number;
  return result;
}

int main(void) {
  enum { COUNT = 100000, PINNED = 100 };
  void *volatile pinned[PINNED];
  // Foreign code sees a plain pointer, which only its frame has.
  void *(*make)(long) = (void *(*)(long))(void *)make_in_list;
  for (long i = 0; i < COUNT; ++i) {
    void *node = make(i);
    if (i % (COUNT / PINNED) == 0)
      pinned[i / (COUNT / PINNED)] = node;
  }
  mps_statistics_s before, after;
  mps_collect_young();
  mps_statistics_get(&before);
  mps_collect();
  mps_statistics_get(&after);
  long moved = after.moved_bytes - before.moved_bytes;
  long others = (COUNT - PINNED) * sizeof(struct node);
  int is_intact = 1;
  for (int i = 0; i < PINNED; ++i)
    is_intact &= ((struct { long header; void *next; long number; } *)pinned[i])
                     ->number == i * (COUNT / PINNED);
  printf("%s pinned; 99 %% of the others moved: %s; intact: %s\n",
         after.pinned_objects - before.pinned_objects >= PINNED
             ? "at least 100" : "too few",
         moved >= others / 100 * 99 ? "yes" : "no",
         is_intact && sum() == (long)COUNT * (COUNT - 1) / 2 ? "yes" : "no");
  return 0;
}
