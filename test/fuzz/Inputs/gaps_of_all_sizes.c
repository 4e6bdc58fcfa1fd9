/* Old objects of all sizes that die at random, so that what is new goes to the
 * gaps they leave.
 *
 *   gaps_of_all_sizes [OBJECTS=2000] [STEPS=50000]
 *
 * A table holds rows of references, to each other and to leaves, of a length
 * that is drawn; what each holds is known from its seed, and looked at before
 * it is replaced. Most of what is new lives for long, which is when gaps are
 * given out again. It prints a sum of what it has seen.
 */
#include <stdio.h>
#include <stdlib.h>

#include "mps/managed.h"

struct leaf {
  mps_header_t header;
  uint64_t length;
  uint64_t words[];
};
typedef struct leaf MPS_MANAGED *leaf_ref;
static const mps_type_t leaf_type =
    MPS_ARRAY_TYPE(struct leaf, 0, length, words, 0);

struct row {
  mps_header_t header;
  uint64_t length, seed;
  leaf_ref leaves[];
};
typedef struct row MPS_MANAGED *row_ref;
static const mps_type_t row_type =
    MPS_ARRAY_TYPE(struct row, 0, length, leaves, MPS_ELEMENT_IS_REF);

struct table {
  mps_header_t header;
  uint64_t length;
  row_ref rows[];
};
static const mps_type_t table_type =
    MPS_ARRAY_TYPE(struct table, 0, length, rows, MPS_ELEMENT_IS_REF);

static uint64_t seed = 99;

static uint64_t next_of(uint64_t state) {
  return state * 6364136223846793005u + 1442695040888963407u;
}
static uint64_t draw(uint64_t limit) {
  seed = next_of(seed);
  return (seed >> 33) % limit;
}
/* Most are short, some fill a gap of many. */
static uint64_t draw_length(void) {
  uint64_t kind = draw(16);
  return draw(kind == 0 ? 400 : kind < 4 ? 40 : 6);
}

static void fail(const char *what, uint64_t number) {
  fprintf(stderr, "gaps_of_all_sizes: %s %llu\n", what,
          (unsigned long long)number);
  abort();
}

__attribute__((noinline)) static leaf_ref new_leaf(uint64_t state) {
  leaf_ref leaf = MPS_NEW_ARRAY(&leaf_type, draw_length());
  for (uint64_t i = 0; i < leaf->length; ++i) {
    if (leaf->words[i] != 0)
      fail("not cleared: word", i);
    leaf->words[i] = state ^ i;
  }
  return leaf;
}

/* Every third of its places stays empty. */
__attribute__((noinline)) static row_ref new_row(uint64_t state) {
  row_ref row = MPS_NEW_ARRAY(&row_type, draw_length());
  row->seed = state;
  for (uint64_t i = 0; i < row->length; ++i)
    if (row->leaves[i] != 0)
      fail("not cleared: place", i);
  for (uint64_t i = 0; i < row->length; i += 1 + i % 2) {
    leaf_ref leaf = new_leaf(state + i);
    row->leaves[i] = leaf;
  }
  return row;
}

static uint64_t check(row_ref row) {
  uint64_t sum = row->length;
  for (uint64_t i = 0; i < row->length; i += 1 + i % 2) {
    leaf_ref leaf = row->leaves[i];
    for (uint64_t j = 0; j < leaf->length; ++j)
      if (leaf->words[j] != ((row->seed + i) ^ j))
        fail("overwritten: word", j);
    sum = sum * 31 + leaf->length;
  }
  return sum;
}

int main(int argc, char **argv) {
  uint64_t objects = argc > 1 ? strtoull(argv[1], 0, 10) : 2000;
  uint64_t steps = argc > 2 ? strtoull(argv[2], 0, 10) : 50000;
  struct table MPS_MANAGED *table = MPS_NEW_ARRAY(&table_type, objects);
  uint64_t sum = 0;
  for (uint64_t i = 0; i < objects; ++i) {
    row_ref row = new_row(i);
    table->rows[i] = row;
  }
  for (uint64_t step = 0; step < steps; ++step) {
    uint64_t at = draw(objects);
    sum = sum * 7 + check(table->rows[at]);
    row_ref row = new_row(step);
    table->rows[at] = row;
  }
  for (uint64_t i = 0; i < objects; ++i)
    sum = sum * 7 + check(table->rows[i]);
  printf("%llu\n", (unsigned long long)sum);
  return 0;
}
