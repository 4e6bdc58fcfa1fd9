/* Binary trees, of the Computer Language Benchmarks Game: many short-lived
 * trees beside one that stays.
 *
 *   binary-trees [DEPTH=21]
 */
#include <stdio.h>
#include <stdlib.h>

#include "mps/managed.h"

struct tree {
  mps_header_t header;
  struct tree MPS_MANAGED *left, *right;
};
static const mps_type_t tree_type =
    MPS_TYPE(struct tree,
             MPS_REF(struct tree, left) | MPS_REF(struct tree, right));

static struct tree MPS_MANAGED *make(int depth) {
  struct tree MPS_MANAGED *tree = MPS_NEW(struct tree, &tree_type);
  if (depth > 0) {
    tree->left = make(depth - 1);
    tree->right = make(depth - 1);
  }
  return tree;
}

static long count(struct tree MPS_MANAGED *tree) {
  return tree->left ? 1 + count(tree->left) + count(tree->right) : 1;
}

enum { LEAST_DEPTH = 4 };

static long count_many(long trees, int depth) {
  long total = 0;
  for (long i = 0; i < trees; ++i)
    total += count(make(depth));
  return total;
}

static void run(int depth) {
  printf("stretch tree of depth %d\t check: %ld\n", depth + 1,
         count(make(depth + 1)));
  struct tree MPS_MANAGED *long_lived = make(depth);
  for (int each = LEAST_DEPTH; each <= depth; each += 2) {
    long trees = 1L << (depth - each + LEAST_DEPTH);
    printf("%ld\t trees of depth %d\t check: %ld\n", trees, each,
           count_many(trees, each));
  }
  printf("long lived tree of depth %d\t check: %ld\n", depth,
         count(long_lived));
}

int main(int argc, char **argv) {
  run(argc > 1 ? atoi(argv[1]) : 21);
  return 0;
}
