// RUN: %managed %s | %FileCheck %s
//
// Objects of a type with an alignment of 64 begin at a multiple of 64, also
// after they have moved.
// CHECK: 1000 aligned objects
#include "mps/managed.h"
#include "mps/runtime.h"
#include <stdio.h>

struct line {
  mps_header_t header;
  struct line MPS_MANAGED *next;
  long number;
};
static const mps_type_t line_type = {
    6 << 8, sizeof(struct line), 0, 0, MPS_REF(struct line, next), 0, 0, "line"};

static struct line MPS_MANAGED *list;

static int check(void) {
  int count = 0;
  for (struct line MPS_MANAGED *each = list; each; each = each->next)
    if (mps_address(each) % 64 != 0 || each->number != 999 - count++)
      return 0;
  return count;
}

int main(void) {
  for (long i = 0; i < 1000; ++i) {
    struct line MPS_MANAGED *line = MPS_NEW(struct line, &line_type);
    line->number = i;
    line->next = list;
    list = line;
  }
  int first = check();
  for (int i = 0; i < 4; ++i)
    mps_collect();
  if (first != check())
    return 1;
  printf("%d aligned objects\n", first);
  return 0;
}
