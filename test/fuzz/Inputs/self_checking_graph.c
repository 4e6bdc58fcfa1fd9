/* A graph that changes at random, every reference of which can be checked.
 *
 *   self_checking_graph [OPERATIONS=20000] [NODES=400] [SEED=1]
 *
 * Beside each reference, a node keeps the number of the node that it refers to,
 * and of its bytes, which follow from its number. Operations, many of them on
 * old objects: a store of an old node, of a new one, or of null; arrays that
 * grow, and whose parts are moved; a walk; a deep recursion with a reference in
 * each frame. It prints a sum that depends on its arguments alone.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../../examples/random.h"
#include "mps/managed.h"

enum { DEGREE = 3 };

struct bytes {
  mps_header_t header;
  uint64_t length;
  unsigned char bytes[];
};
static const mps_type_t bytes_type =
    MPS_ARRAY_TYPE(struct bytes, 0, length, bytes, 0);

struct node {
  mps_header_t header;
  struct node MPS_MANAGED *to[DEGREE];
  struct bytes MPS_MANAGED *bytes;
  struct nodes MPS_MANAGED *many;
  uint64_t number, numbers[DEGREE];
};
static const mps_type_t node_type = MPS_TYPE(
    struct node, MPS_REF(struct node, to[0]) | MPS_REF(struct node, to[1]) |
                     MPS_REF(struct node, to[2]) | MPS_REF(struct node, bytes) |
                     MPS_REF(struct node, many));

struct nodes {
  mps_header_t header;
  uint64_t used; /* Its first elements; the others are null. */
  uint64_t length;
  struct node MPS_MANAGED *nodes[];
};
static const mps_type_t nodes_type =
    MPS_ARRAY_TYPE(struct nodes, 0, length, nodes, MPS_ELEMENT_IS_REF);

static struct nodes MPS_MANAGED *table;
static uint64_t last, sum;

static void fail(const char *what, uint64_t number) {
  fprintf(stderr, "self_checking_graph: node %llu: %s\n",
          (unsigned long long)number, what);
  abort();
}

static struct bytes MPS_MANAGED *make_bytes(uint64_t number) {
  uint64_t length = number % 64 == 0 ? number % 5000 : number % 40;
  struct bytes MPS_MANAGED *bytes = MPS_NEW_ARRAY(&bytes_type, length);
  for (uint64_t i = 0; i < length; ++i)
    bytes->bytes[i] = (unsigned char)(number + i);
  return bytes;
}

static void check(struct node MPS_MANAGED *node) {
  struct bytes MPS_MANAGED *bytes = node->bytes;
  if (bytes->length !=
      (node->number % 64 == 0 ? node->number % 5000 : node->number % 40))
    fail("its bytes have another length", node->number);
  for (uint64_t i = 0; i < bytes->length; ++i)
    if (bytes->bytes[i] != (unsigned char)(node->number + i))
      fail("its bytes have changed", node->number);
  for (int i = 0; i < DEGREE; ++i)
    if ((node->to[i] ? node->to[i]->number : 0) != node->numbers[i])
      fail("it refers to another node", node->number);
}

static void link(struct node MPS_MANAGED *from, int place,
                 struct node MPS_MANAGED *to) {
  from->to[place] = to;
  from->numbers[place] = to ? to->number : 0;
}

static struct node MPS_MANAGED *any(void) {
  return table->nodes[random_below(table->length)];
}

static struct node MPS_MANAGED *make_node(void) {
  struct bytes MPS_MANAGED *bytes = make_bytes(++last);
  struct node MPS_MANAGED *node = MPS_NEW(struct node, &node_type);
  node->number = last;
  node->bytes = bytes;
  for (int i = 0; i < DEGREE; ++i)
    if (random_below(3) != 0)
      link(node, i, any());
  return node;
}

/* A reference in each frame, and allocation at the bottom. */
static uint64_t descend(struct node MPS_MANAGED *node, uint64_t depth) {
  if (depth == 0) {
    struct node MPS_MANAGED *made = make_node();
    link(node, 0, made);
    return made->number;
  }
  struct node MPS_MANAGED *next = node->to[depth % DEGREE];
  uint64_t found = descend(next ? next : node, depth - 1);
  check(node);
  return found + node->number;
}

static uint64_t walk(struct node MPS_MANAGED *node) {
  uint64_t found = 0;
  for (int i = 0; i < 30 && node; ++i) {
    check(node);
    found += node->number;
    node = node->to[random_below(DEGREE)];
  }
  return found;
}

/* One more in a node's array, which doubles when it is full. */
static void grow(struct node MPS_MANAGED *node, struct node MPS_MANAGED *more) {
  struct nodes MPS_MANAGED *many = node->many;
  if (!many || many->used == many->length) {
    struct nodes MPS_MANAGED *twice =
        MPS_NEW_ARRAY(&nodes_type, many ? 2 * many->length : 4);
    if (many) {
      memcpy(twice->nodes, many->nodes, many->used * sizeof many->nodes[0]);
      twice->used = many->used;
    }
    node->many = many = twice;
  }
  many->nodes[many->used++] = more;
  if (many->used > 300)
    node->many = 0;
}

/* Moves the elements about, and drops one. */
static void shift(struct node MPS_MANAGED *node) {
  struct nodes MPS_MANAGED *many = node->many;
  if (!many || many->used == 0)
    return;
  sum += many->nodes[0]->number;
  memmove(many->nodes, many->nodes + 1,
          (many->used - 1) * sizeof many->nodes[0]);
  many->nodes[--many->used] = 0;
  for (uint64_t i = 0; i < many->used; ++i)
    check(many->nodes[i]);
}

static void operate(void) {
  struct node MPS_MANAGED *node = any();
  switch (random_below(12)) {
  case 0:
  case 1:
  case 2:
    table->nodes[random_below(table->length)] = make_node();
    return;
  case 3:
  case 4:
  case 5:
    return link(node, (int)random_below(DEGREE), any());
  case 6:
    return link(node, (int)random_below(DEGREE), make_node());
  case 7:
    return link(node, (int)random_below(DEGREE), 0);
  case 8:
    sum += walk(node);
    return;
  case 9:
    return grow(node, random_below(2) ? any() : make_node());
  case 10:
    return shift(node);
  default:
    if (random_below(20) == 0)
      sum += descend(node, random_below(3000));
  }
}

int main(int argc, char **argv) {
  long operations = argc > 1 ? atol(argv[1]) : 20000;
  uint64_t nodes = argc > 2 ? (uint64_t)atol(argv[2]) : 400;
  random_state += argc > 3 ? (uint64_t)atol(argv[3]) : 1;
  struct nodes MPS_MANAGED *made = MPS_NEW_ARRAY(&nodes_type, nodes);
  table = made;
  for (uint64_t i = 0; i < nodes; ++i) {
    struct bytes MPS_MANAGED *bytes = make_bytes(++last);
    struct node MPS_MANAGED *node = MPS_NEW(struct node, &node_type);
    node->number = last;
    node->bytes = bytes;
    table->nodes[i] = node;
  }
  for (long i = 0; i < operations; ++i)
    operate();
  for (uint64_t i = 0; i < nodes; ++i)
    sum = sum * 31 + walk(table->nodes[i]);
  printf("%llu nodes, sum %llu\n", (unsigned long long)last,
         (unsigned long long)sum);
  return 0;
}
