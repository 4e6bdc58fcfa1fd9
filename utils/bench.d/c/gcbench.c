/* GCBench, its trees freed: gcbench [ROUNDS=4] [STRETCH_DEPTH=18] */
#include "memory.h"

#include <stdint.h>
#include <stdio.h>

struct node {
  struct node *left, *right;
  int i, j;
};

struct numbers {
  uint64_t length;
  double items[];
};

enum { ARRAY_SIZE = 500000, LEAST_DEPTH = 4 };
static int stretch_depth;

static struct node *new_node(struct node *left, struct node *right) {
  struct node *node = new_object(sizeof *node);
  node->left = left;
  node->right = right;
  node->i = node->j = 0;
  return node;
}

static struct numbers *new_numbers(uint64_t length) {
  struct numbers *numbers =
      new_leaf(sizeof *numbers + length * sizeof numbers->items[0]);
  numbers->length = length;
  for (uint64_t i = 0; i < length; ++i)
    numbers->items[i] = 0;
  return numbers;
}

static long size_of_tree(int depth) { return (1L << (depth + 1)) - 1; }

static long iterations(int depth) {
  return 2 * size_of_tree(stretch_depth) / size_of_tree(depth);
}

static void populate(struct node *node, int depth) {
  if (depth == 0)
    return;
  node->left = new_node(0, 0);
  node->right = new_node(0, 0);
  populate(node->left, depth - 1);
  populate(node->right, depth - 1);
}

static struct node *bottom_up(int depth) {
  struct node *left = depth > 0 ? bottom_up(depth - 1) : 0;
  struct node *right = depth > 0 ? bottom_up(depth - 1) : 0;
  return new_node(left, right);
}

static long count(struct node *node) {
  return node ? 1 + count(node->left) + count(node->right) : 0;
}

static void release_tree(struct node *node) {
  if (!releases_memory || !node)
    return;
  struct node *left = node->left, *right = node->right;
  release(node);
  release_tree(left);
  release_tree(right);
}

static long count_and_release(struct node *node) {
  long nodes = count(node);
  release_tree(node);
  return nodes;
}

static long construct(int depth) {
  long nodes = 0;
  for (long i = iterations(depth); i > 0; --i) {
    struct node *tree = new_node(0, 0);
    populate(tree, depth);
    nodes += count_and_release(tree);
  }
  for (long i = iterations(depth); i > 0; --i)
    nodes += count_and_release(bottom_up(depth));
  return nodes;
}

static void run(int rounds) {
  printf("stretch: %ld nodes\n", count_and_release(bottom_up(stretch_depth)));
  struct node *long_lived = new_node(0, 0);
  populate(long_lived, stretch_depth - 2);
  struct numbers *array = new_numbers(ARRAY_SIZE);
  for (int i = 0; i < ARRAY_SIZE / 2; ++i)
    array->items[i] = 1.0 / (i + 1);
  for (int depth = LEAST_DEPTH; depth <= stretch_depth - 2; depth += 2) {
    long nodes = 0;
    for (int i = 0; i < rounds; ++i)
      nodes += construct(depth);
    printf("depth %d: %ld nodes\n", depth, nodes);
  }
  printf("long lived: %ld nodes, array %s\n", count_and_release(long_lived),
         array->items[1000] == 1.0 / 1001 ? "intact" : "lost");
  release(array);
}

int main(int argc, char **argv) {
  init();
  stretch_depth = argc > 2 ? atoi(argv[2]) : 18;
  run(argc > 1 ? atoi(argv[1]) : 4);
  return 0;
}
