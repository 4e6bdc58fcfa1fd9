/* GCBench, after Ellis, Kovac and Boehm: trees built from the top down, which
 * stores young nodes into older ones, and from the bottom up, beside a tree and
 * an array that stay.
 *
 *   gcbench [ROUNDS=4] [STRETCH_DEPTH=18]
 */
#include <stdio.h>
#include <stdlib.h>

#include "mps/managed.h"

struct node {
  mps_header_t header;
  struct node MPS_MANAGED *left, *right;
  int i, j;
};
static const mps_type_t node_type =
    MPS_TYPE(struct node,
             MPS_REF(struct node, left) | MPS_REF(struct node, right));

struct numbers {
  mps_header_t header;
  uint64_t length;
  double items[];
};
static const mps_type_t numbers_type =
    MPS_LEAF_ARRAY_TYPE(struct numbers, length, items);

enum { ARRAY_SIZE = 500000, LEAST_DEPTH = 4 };
static int stretch_depth;

static struct node MPS_MANAGED *new_node(void) {
  return MPS_NEW(struct node, &node_type);
}

static long size_of_tree(int depth) { return (1L << (depth + 1)) - 1; }

static long iterations(int depth) {
  return 2 * size_of_tree(stretch_depth) / size_of_tree(depth);
}

static void populate(struct node MPS_MANAGED *node, int depth) {
  if (depth == 0)
    return;
  node->left = new_node();
  node->right = new_node();
  populate(node->left, depth - 1);
  populate(node->right, depth - 1);
}

static struct node MPS_MANAGED *bottom_up(int depth) {
  struct node MPS_MANAGED *left = depth > 0 ? bottom_up(depth - 1) : 0;
  struct node MPS_MANAGED *right = depth > 0 ? bottom_up(depth - 1) : 0;
  struct node MPS_MANAGED *node = new_node();
  node->left = left;
  node->right = right;
  return node;
}

static long count(struct node MPS_MANAGED *node) {
  return node ? 1 + count(node->left) + count(node->right) : 0;
}

static long construct(int depth) {
  long nodes = 0;
  for (long i = iterations(depth); i > 0; --i) {
    struct node MPS_MANAGED *tree = new_node();
    populate(tree, depth);
    nodes += count(tree);
  }
  for (long i = iterations(depth); i > 0; --i)
    nodes += count(bottom_up(depth));
  return nodes;
}

static void run(int rounds) {
  printf("stretch: %ld nodes\n", count(bottom_up(stretch_depth)));
  struct node MPS_MANAGED *long_lived = new_node();
  populate(long_lived, stretch_depth - 2);
  struct numbers MPS_MANAGED *array = MPS_NEW_LEAF_ARRAY(&numbers_type,
                                                         ARRAY_SIZE);
  for (int i = 0; i < ARRAY_SIZE / 2; ++i)
    array->items[i] = 1.0 / (i + 1);
  for (int depth = LEAST_DEPTH; depth <= stretch_depth - 2; depth += 2) {
    long nodes = 0;
    for (int i = 0; i < rounds; ++i)
      nodes += construct(depth);
    printf("depth %d: %ld nodes\n", depth, nodes);
  }
  printf("long lived: %ld nodes, array %s\n", count(long_lived),
         array->items[1000] == 1.0 / 1001 ? "intact" : "lost");
}

int main(int argc, char **argv) {
  stretch_depth = argc > 2 ? atoi(argv[2]) : 18;
  run(argc > 1 ? atoi(argv[1]) : 4);
  return 0;
}
