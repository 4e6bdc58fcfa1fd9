/* Phases in which nothing is allocated, and bursts that allocate all the memory
 * there is, and more, as fast as can be, while much lives: of small objects, of
 * long arrays with references and without, by one thread and by four. The
 * collector's steps come in time: no pause is long, and the world is never
 * stopped for all of the heap.
 *
 * RUN: %clang --config=%mps-cfg -O2 %s -o %t
 * RUN: python3 %source/test/support/bounded_pauses.py --limit 90m \
 * RUN:   %t small 1 400000
 * RUN: python3 %source/test/support/bounded_pauses.py --limit 90m \
 * RUN:   %t small 4 100000
 * RUN: python3 %source/test/support/bounded_pauses.py --limit 90m \
 * RUN:   %t leaves 1 400000
 * RUN: python3 %source/test/support/bounded_pauses.py --limit 90m \
 * RUN:   %t tables 1 400000
 *
 * RUN: env MPS_VERIFY=1 MPS_PAUSE_TIME=100us MPS_HEAP_LIMIT=6m \
 * RUN:   %t small 2 10000
 * RUN: env MPS_VERIFY=1 MPS_PAUSE_TIME=100us MPS_HEAP_LIMIT=8m \
 * RUN:   %t tables 1 20000
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mps/managed.h"

struct node {
  mps_header_t header;
  struct node MPS_MANAGED *next, *other;
  uint64_t value, more[4];
};
typedef struct node MPS_MANAGED *ref;
static const mps_type_t node_type = MPS_TYPE(
    struct node, MPS_REF(struct node, next) | MPS_REF(struct node, other));

struct table {
  mps_header_t header;
  uint64_t length;
  ref nodes[];
};
typedef struct table MPS_MANAGED *table_ref;
static const mps_type_t table_type =
    MPS_ARRAY_TYPE(struct table, 0, length, nodes, MPS_ELEMENT_IS_REF);

struct leaf {
  mps_header_t header;
  uint64_t length;
  uint64_t words[];
};
typedef struct leaf MPS_MANAGED *leaf_ref;
static const mps_type_t leaf_type =
    MPS_ARRAY_TYPE(struct leaf, 0, length, words, 0);

/* ROUNDS times, twice of what lives is allocated. */
enum { ROUNDS = 6, LONG = 1 << 16 };

static const char *kind;
static uint64_t live;

static ref new_node(uint64_t value) {
  ref node = MPS_NEW(struct node, &node_type);
  node->value = value;
  return node;
}

static ref kept_at(table_ref table, uint64_t i) { return table->nodes[i]; }

/* The latest nodes live, a quarter as many as lived before, and lead to old
 * ones and to each other. */
static uint64_t burst_of_nodes(table_ref table, uint64_t round) {
  uint64_t count = live / 4, sum = 0;
  table_ref kept = MPS_NEW_ARRAY(&table_type, count);
  for (uint64_t i = 0; i < 2 * live; ++i) {
    ref node = new_node(round + i);
    node->next = kept_at(table, i % live);
    node->other = kept_at(kept, (i + 1) % count);
    if (node->other)
      node->other->other = 0;
    kept->nodes[i % count] = node;
  }
  for (uint64_t i = 0; i < count; ++i)
    sum += kept_at(kept, i)->value + kept_at(kept, i)->next->value;
  return sum;
}

static uint64_t long_arrays(void) {
  uint64_t count = 2 * live * sizeof(struct node) / (LONG * 8);
  return count > 2 ? count : 2;
}

static uint64_t burst_of_leaves(uint64_t round) {
  uint64_t sum = 0;
  leaf_ref last = 0;
  for (uint64_t i = 0; i < long_arrays(); ++i) {
    leaf_ref leaf = MPS_NEW_ARRAY(&leaf_type, LONG);
    leaf->words[0] = round;
    leaf->words[LONG - 1] = i;
    if (last)
      sum += last->words[0] + last->words[LONG - 1];
    last = leaf;
  }
  return sum;
}

static uint64_t burst_of_tables(table_ref table, uint64_t round) {
  uint64_t sum = 0;
  table_ref last = 0;
  for (uint64_t i = 0; i < long_arrays(); ++i) {
    table_ref made = MPS_NEW_ARRAY(&table_type, LONG);
    made->nodes[0] = new_node(round);
    made->nodes[LONG - 1] = kept_at(table, i % live);
    if (last)
      sum += kept_at(last, 0)->value + kept_at(last, LONG - 1)->value;
    last = made;
  }
  return sum;
}

static uint64_t burst(table_ref table, uint64_t round) {
  if (strcmp(kind, "small") == 0)
    return burst_of_nodes(table, round);
  return strcmp(kind, "leaves") == 0 ? burst_of_leaves(round)
                                     : burst_of_tables(table, round);
}

static uint64_t run(void) {
  table_ref table = MPS_NEW_ARRAY(&table_type, live);
  for (uint64_t i = 0; i < live; ++i) {
    ref node = new_node(i);
    if (i)
      node->next = kept_at(table, i * 2654435761u % i);
    table->nodes[i] = node;
  }
  uint64_t sum = 0;
  for (uint64_t round = 0; round < ROUNDS; ++round) {
    for (uint64_t i = 0; i < 3 * live; ++i)
      sum += kept_at(table, i % live)->value ^ round;
    sum += burst(table, round);
    for (uint64_t i = 0; i < live; i += 7)
      table->nodes[i] = new_node(i);
  }
  for (uint64_t i = 0; i < live; ++i)
    if (kept_at(table, i)->value != i)
      abort();
  return sum;
}

static void *thread(void *sum) {
  *(uint64_t *)sum = run();
  return 0;
}

int main(int argc, char **argv) {
  if (argc != 4)
    return 1;
  kind = argv[1];
  unsigned threads = (unsigned)atoi(argv[2]);
  live = strtoull(argv[3], 0, 10);
  pthread_t all[16];
  uint64_t sums[16];
  for (unsigned i = 1; i < threads; ++i)
    pthread_create(&all[i], 0, thread, &sums[i]);
  uint64_t sum = run();
  for (unsigned i = 1; i < threads; ++i) {
    pthread_join(all[i], 0);
    sum += sums[i];
  }
  printf("%llu\n", (unsigned long long)sum);
  return 0;
}
