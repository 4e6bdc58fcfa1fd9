// A program that stores into old objects and allocates nothing is stopped from
// time to time all the same: what its barrier has logged is looked at before
// that would take long.
//
// RUN: %clang --config=%mps-cfg -O2 %s -o %t
// RUN: env MPS_PAUSE_TIME=1ms %t
// RUN: env MPS_PAUSE_TIME=1ms MPS_COLLECTOR_THREADS=0 MPS_VERIFY=1 %t
// RUN: env MPS_PAUSE_TIME=1ms MPS_EPSILON=1 MPS_HEAP_LIMIT=64m %t
#include <stdio.h>
#include <stdlib.h>

#include "mps/managed.h"
#include "mps/runtime.h"

struct table {
  mps_header_t header;
  uint64_t length;
  struct table MPS_MANAGED *elements[];
};
static const mps_type_t table_type =
    MPS_ARRAY_TYPE(struct table, 0, length, elements, MPS_ELEMENT_IS_REF);

enum { LENGTH = 500000, ROUNDS = 4 };

static void overwrite(struct table MPS_MANAGED *table) {
  for (uint64_t i = 0; i < LENGTH; ++i)
    table->elements[i * 7919 % LENGTH] = table;
}

/// Where memory is slow, some of them settle what is young, and trace nothing.
static uint64_t stops(void) {
  mps_statistics_s statistics;
  mps_statistics_get(&statistics);
  return statistics.stops;
}

int main(void) {
  struct table MPS_MANAGED *table = MPS_NEW_ARRAY(&table_type, LENGTH);
  uint64_t before = stops();
  for (int i = 0; i < ROUNDS; ++i)
    overwrite(table);
  uint64_t count = stops() - before;
  printf("%llu stops\n", (unsigned long long)count);
  for (uint64_t i = 0; i < LENGTH; ++i)
    if (table->elements[i] != table)
      return 1;
  if (getenv("MPS_EPSILON"))
    return count != 0;
  // Of half a pause: 10,000 slots, and what one log holds.
  return count < LENGTH * ROUNDS / 20000;
}
