/* A random graph with cycles that changes: edges are rewired, and nodes replaced
 * by new ones.
 *
 *   graph [NODES=200000] [OPERATIONS=5000000]
 */
#include <stdio.h>
#include <stdlib.h>

#include "../random.h"
#include "mps/managed.h"

struct node;

struct edges {
  mps_header_t header;
  uint64_t length;
  struct node MPS_MANAGED *to[];
};
static const mps_type_t edges_type =
    MPS_ARRAY_TYPE(struct edges, 0, length, to, MPS_ELEMENT_IS_REF);

struct node {
  mps_header_t header;
  struct edges MPS_MANAGED *edges;
  struct node MPS_MANAGED *next; /* Of the work list. */
  uint64_t number;
  uint64_t is_marked;
};
static const mps_type_t node_type =
    MPS_TYPE(struct node,
             MPS_REF(struct node, edges) | MPS_REF(struct node, next));

enum { EDGES = 4 };

static struct node MPS_MANAGED *new_node(uint64_t number) {
  struct node MPS_MANAGED *node = MPS_NEW(struct node, &node_type);
  node->number = number;
  node->edges = MPS_NEW_ARRAY(&edges_type, EDGES);
  return node;
}

static void link_at_random(struct edges MPS_MANAGED *nodes,
                 struct node MPS_MANAGED *node) {
  for (int i = 0; i < EDGES; ++i)
    node->edges->to[i] = nodes->to[random_below(nodes->length)];
}

/* What is replaced leads nowhere, so that old nodes die some day. */
static void cut(struct node MPS_MANAGED *node) {
  for (int i = 0; i < EDGES; ++i)
    node->edges->to[i] = 0;
}

static void change(struct edges MPS_MANAGED *nodes, uint64_t number) {
  uint64_t place = random_below(nodes->length);
  if (random_below(2) == 0) {
    struct node MPS_MANAGED *to = nodes->to[random_below(nodes->length)];
    nodes->to[place]->edges->to[random_below(EDGES)] = to;
    return;
  }
  struct node MPS_MANAGED *node = new_node(number);
  link_at_random(nodes, node);
  cut(nodes->to[place]);
  nodes->to[place] = node;
}

/* What is reachable from the first node, by a list of nodes to be looked at. */
static void check(struct edges MPS_MANAGED *nodes) {
  uint64_t reached = 0, sum = 0;
  struct node MPS_MANAGED *work = nodes->to[0];
  work->is_marked = 1;
  while (work) {
    struct node MPS_MANAGED *node = work;
    work = node->next;
    ++reached;
    sum += node->number;
    for (int i = 0; i < EDGES; ++i) {
      struct node MPS_MANAGED *to = node->edges->to[i];
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
  struct edges MPS_MANAGED *nodes = MPS_NEW_ARRAY(&edges_type, count);
  for (uint64_t i = 0; i < count; ++i)
    nodes->to[i] = new_node(i);
  for (uint64_t i = 0; i < count; ++i)
    link_at_random(nodes, nodes->to[i]);
  for (uint64_t i = 0; i < operations; ++i)
    change(nodes, count + i);
  check(nodes);
  return 0;
}
