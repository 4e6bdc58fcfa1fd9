/* A large table whose objects are replaced at random, and how long it is held
 * up: nothing dies young, and old objects refer to new ones.
 *
 *   latency [OBJECTS=200000] [OPERATIONS=2000000] [FILE] [DEPTH=0]
 *
 * Writes to FILE when it looked at the clock (gaps.h). Replaces them below
 * DEPTH frames, each of which has a reference. A million of them take more
 * stack than most programs are given: `ulimit -s 200000`.
 */
#include <stdio.h>
#include <stdlib.h>

#include "../random.h"
#include "../rounds.h"
#include "gaps.h"
#include "mps/managed.h"

struct leaf {
  mps_header_t header;
  uint64_t value;
  uint64_t rest[10];
};
static const mps_type_t leaf_type = MPS_TYPE(struct leaf, 0);

struct node {
  mps_header_t header;
  struct leaf MPS_MANAGED *leaf;
  struct leaf MPS_MANAGED *link; /* Of another node. */
  uint64_t key, a, b, c;
};
static const mps_type_t node_type = MPS_TYPE(
    struct node, MPS_REF(struct node, leaf) | MPS_REF(struct node, link));

struct table {
  mps_header_t header;
  uint64_t length;
  struct node MPS_MANAGED *nodes[];
};
static const mps_type_t table_type =
    MPS_ARRAY_TYPE(struct table, 0, length, nodes, MPS_ELEMENT_IS_REF);

static struct node MPS_MANAGED *new_node(uint64_t key) {
  struct leaf MPS_MANAGED *leaf = MPS_NEW(struct leaf, &leaf_type);
  leaf->value = 3 * key;
  struct node MPS_MANAGED *node = MPS_NEW(struct node, &node_type);
  node->key = key;
  node->leaf = leaf;
  return node;
}

static void replace(struct table MPS_MANAGED *table, uint64_t key) {
  struct node MPS_MANAGED *node = new_node(key);
  table->nodes[random_below(table->length)] = node;
  table->nodes[random_below(table->length)]->link = node->leaf;
}

static uint64_t checksum(struct table MPS_MANAGED *table) {
  uint64_t sum = 0;
  for (uint64_t i = 0; i < table->length; ++i) {
    struct node MPS_MANAGED *node = table->nodes[i];
    sum = sum * 31 + node->key + node->leaf->value;
    if (node->link)
      sum += node->link->value;
  }
  return sum;
}

static void replace_many(struct table MPS_MANAGED *table, uint64_t operations) {
  while (rounds_next())
    for (uint64_t i = 0; i < operations; ++i) {
      replace(table, table->length + i);
      if (i % 16 == 0)
        gaps_sample();
    }
}

/* Each frame keeps a leaf of its own until those below it have returned. */
__attribute__((noinline)) static uint64_t
replace_below(uint64_t depth, struct table MPS_MANAGED *table,
              uint64_t operations) {
  if (depth == 0) {
    replace_many(table, operations);
    return 0;
  }
  struct leaf MPS_MANAGED *mine = MPS_NEW(struct leaf, &leaf_type);
  mine->value = depth;
  uint64_t deepest = replace_below(depth - 1, table, operations);
  if (mine->value != deepest + 1)
    abort();
  return mine->value;
}

int main(int argc, char **argv) {
  uint64_t objects = argc > 1 ? (uint64_t)atol(argv[1]) : 200000;
  uint64_t operations = argc > 2 ? (uint64_t)atol(argv[2]) : 2000000;
  uint64_t depth = argc > 4 ? (uint64_t)atol(argv[4]) : 0;
  struct table MPS_MANAGED *table = MPS_NEW_ARRAY(&table_type, objects);
  for (uint64_t i = 0; i < objects; ++i)
    table->nodes[i] = new_node(i);
  if (!gaps_begin(operations / 16 + 1))
    return fprintf(stderr, "latency: no memory for the samples\n"), 1;
  replace_below(depth, table, operations);
  printf("checksum %llu\n", (unsigned long long)checksum(table));
  if (argc > 3 && !gaps_write(argv[3]))
    return fprintf(stderr, "latency: cannot write %s\n", argv[3]), 1;
  return 0;
}
