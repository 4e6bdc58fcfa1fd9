/* A changing graph, by counts: graph [NODES=200000] [OPERATIONS=5000000] */
#include "memory.h"

#include <stdio.h>

#include "../../../examples/random.h"

struct node;

struct edges {
  uint64_t length;
  struct node *to[];
};

struct node {
  struct edges *edges;
  struct node *next; /* Of the work list. */
  uint64_t number;
  uint64_t is_marked;
  struct count count;
};

enum { EDGES = 4 };

static struct edges *new_edges(uint64_t length) {
  struct edges *edges =
      new_object(sizeof *edges + length * sizeof edges->to[0]);
  edges->length = length;
  for (uint64_t i = 0; i < length; ++i)
    edges->to[i] = 0;
  return edges;
}

static struct node *new_node(uint64_t number) {
  struct node *node = new_object(sizeof *node);
  node->edges = new_edges(EDGES);
  node->next = 0;
  node->number = number;
  node->is_marked = 0;
  start_count(&node->count);
  return node;
}

/* A node dies after it was replaced, so its edges have been cut. */
static void set(struct node **place, struct node *node) {
  struct node *before = *place;
  if (node)
    retain(&node->count);
  *place = node;
  if (before && drop(&before->count)) {
    release(before->edges);
    release(before);
  }
}

static void link_at_random(struct edges *nodes, struct node *node) {
  for (int i = 0; i < EDGES; ++i)
    set(&node->edges->to[i], nodes->to[random_below(nodes->length)]);
}

/* What is replaced leads nowhere, so that old nodes die some day. */
static void cut(struct node *node) {
  for (int i = 0; i < EDGES; ++i)
    set(&node->edges->to[i], 0);
}

static void change(struct edges *nodes, uint64_t number) {
  uint64_t place = random_below(nodes->length);
  if (random_below(2) == 0) {
    struct node *to = nodes->to[random_below(nodes->length)];
    set(&nodes->to[place]->edges->to[random_below(EDGES)], to);
    return;
  }
  struct node *node = new_node(number);
  link_at_random(nodes, node);
  cut(nodes->to[place]);
  set(&nodes->to[place], node);
}

/* What is reachable from the first node, by a list of nodes to be looked at. */
static void check(struct edges *nodes) {
  uint64_t reached = 0, sum = 0;
  struct node *work = nodes->to[0];
  work->is_marked = 1;
  while (work) {
    struct node *node = work;
    work = node->next;
    ++reached;
    sum += node->number;
    for (int i = 0; i < EDGES; ++i) {
      struct node *to = node->edges->to[i];
      if (!to || to->is_marked)
        continue;
      to->is_marked = 1;
      to->next = work;
      work = to;
    }
  }
  printf("%llu nodes reached, checksum %llu\n", (unsigned long long)reached,
         (unsigned long long)sum);
}

int main(int argc, char **argv) {
  uint64_t count = argc > 1 ? atol(argv[1]) : 200000;
  uint64_t operations = argc > 2 ? atol(argv[2]) : 5000000;
  init();
  struct edges *nodes = new_edges(count);
  for (uint64_t i = 0; i < count; ++i)
    set(&nodes->to[i], new_node(i));
  for (uint64_t i = 0; i < count; ++i)
    link_at_random(nodes, nodes->to[i]);
  for (uint64_t i = 0; i < operations; ++i)
    change(nodes, count + i);
  check(nodes);
  return 0;
}
