/* With a short pause time, a long array is not scanned by young collections: it
 * is old when it is new, and what is stored into it is remembered, from the
 * first store on.
 *
 * RUN: %clang --config=%mps-cfg -O2 %s -o %t
 * RUN: env MPS_PAUSE_TIME=1ms MPS_VERIFY=1 MPS_HEAP_LIMIT=64m %t
 * RUN: env MPS_PAUSE_TIME=1ms MPS_STRESS=bytes=65536 MPS_VERIFY=1 %t
 * RUN: env MPS_HEAP_LIMIT=64m %t
 */
#include <stdint.h>
#include <stdio.h>

#include "mps/managed.h"

struct cell {
  mps_header_t header;
  uint64_t value;
};
static const mps_type_t cell_type = MPS_TYPE(struct cell, 0);

struct row {
  mps_header_t header;
  uint64_t length;
  struct cell MPS_MANAGED *cells[];
};
static const mps_type_t row_type =
    MPS_ARRAY_TYPE(struct row, 0, length, cells, MPS_ELEMENT_IS_REF);

enum { LENGTH = 40000 };

static struct cell MPS_MANAGED *new_cell(uint64_t value) {
  struct cell MPS_MANAGED *cell = MPS_NEW(struct cell, &cell_type);
  cell->value = value;
  return cell;
}

__attribute__((noinline)) static struct row MPS_MANAGED *
new_row(uint64_t length, uint64_t round) {
  struct cell MPS_MANAGED *first = new_cell(round);
  struct cell MPS_MANAGED *last = new_cell(round + 1);
  struct row MPS_MANAGED *row = MPS_NEW_ARRAY(&row_type, length);
  row->cells[0] = first; /* No safepoint lies between. */
  row->cells[length - 1] = last;
  return row;
}

int main(void) {
  struct row MPS_MANAGED *before = 0;
  for (uint64_t round = 0; round < 300; ++round) {
    struct row MPS_MANAGED *row = new_row(LENGTH, round);
    for (uint64_t i = 1; i + 1 < LENGTH; i += 97)
      row->cells[i] = new_cell(round ^ i);
    for (uint64_t i = 0; i < 2000; ++i)
      new_cell(i);
    if (row->cells[0]->value != round || row->cells[LENGTH - 1]->value != round + 1)
      return 1;
    for (uint64_t i = 1; i + 1 < LENGTH; i += 97)
      if (row->cells[i]->value != (round ^ i))
        return 2;
    if (before != 0 && before->cells[0]->value != round - 1)
      return 3;
    before = row;
  }
  return 0;
}
