/* An object to which a million others lead, among sparse old segments: to
 * update them all would be one long pause, so its segment stays where it is,
 * and others are evacuated.
 *
 * RUN: %clang --config=%mps-cfg -O2 %s -o %t
 * RUN: python3 %source/test/support/bounded_pauses.py --milliseconds 8 \
 * RUN:   --evacuates --limit 260m %t 1000000 4000000
 * RUN: env MPS_VERIFY=1 MPS_PAUSE_TIME=1us MPS_HEAP_LIMIT=16m %t 20000 100000
 *
 * RUN: %clang --config=%mps-cfg -O2 \
 * RUN:   --config=%mps-read-barrier-cfg %s -o %t.r
 * RUN: python3 %source/test/support/bounded_pauses.py --milliseconds 8 \
 * RUN:   --evacuates --limit 260m %t.r 1000000 4000000
 * RUN: env MPS_VERIFY=1 MPS_PAUSE_TIME=1us MPS_HEAP_LIMIT=16m %t.r 20000 100000
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "mps/managed.h"

struct node {
  mps_header_t header;
  struct node MPS_MANAGED *popular, *other;
  uint64_t value, more[4];
};
typedef struct node MPS_MANAGED *ref;
static const mps_type_t node_type =
    MPS_TYPE(struct node,
             MPS_REF(struct node, popular) | MPS_REF(struct node, other));

struct table {
  mps_header_t header;
  uint64_t length;
  ref nodes[];
};
static const mps_type_t table_type =
    MPS_ARRAY_TYPE(struct table, 0, length, nodes, MPS_ELEMENT_IS_REF);

static uint64_t seed = 1;
static uint64_t draw(uint64_t limit) {
  seed = seed * 6364136223846793005u + 1442695040888963407u;
  return (seed >> 33) % limit;
}

static ref new_node(uint64_t value) {
  ref node = MPS_NEW(struct node, &node_type);
  node->value = value;
  return node;
}

int main(int argc, char **argv) {
  uint64_t length = argc > 1 ? strtoull(argv[1], 0, 10) : 20000;
  uint64_t rounds = argc > 2 ? strtoull(argv[2], 0, 10) : 100000;
  struct table MPS_MANAGED *table = MPS_NEW_ARRAY(&table_type, length);
  for (uint64_t i = 0; i < length; ++i)
    table->nodes[i] = new_node(i);
  ref popular = table->nodes[length / 2];
  for (uint64_t i = 0; i < length; ++i)
    table->nodes[i]->popular = popular;
  /* At random, so that old segments become sparse everywhere. */
  for (uint64_t i = 0; i < rounds; ++i) {
    uint64_t at = draw(length);
    if (at == length / 2)
      continue;
    ref node = new_node(at);
    node->popular = popular;
    node->other = table->nodes[draw(length)];
    node->other->other = 0;
    table->nodes[at] = node;
  }
  if (popular->value != length / 2)
    return 1;
  for (uint64_t i = 0; i < length; ++i) {
    ref node = table->nodes[i];
    if (node->value != i || node->popular != popular)
      return 2;
  }
  return 0;
}
