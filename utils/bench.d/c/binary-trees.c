/* Binary trees, freed by recursion: binary-trees [DEPTH=21] */
#include "memory.h"

#include <stdio.h>

struct tree {
  struct tree *left, *right;
};

static struct tree *make(int depth) {
  struct tree *tree = new_object(sizeof *tree);
  tree->left = depth > 0 ? make(depth - 1) : 0;
  tree->right = depth > 0 ? make(depth - 1) : 0;
  return tree;
}

static long count(struct tree *tree) {
  return tree->left ? 1 + count(tree->left) + count(tree->right) : 1;
}

static void release_tree(struct tree *tree) {
  if (!releases_memory)
    return;
  struct tree *left = tree->left, *right = tree->right;
  release(tree);
  if (left) {
    release_tree(left);
    release_tree(right);
  }
}

static long count_and_release(struct tree *tree) {
  long nodes = count(tree);
  release_tree(tree);
  return nodes;
}

enum { LEAST_DEPTH = 4 };

static long count_many(long trees, int depth) {
  long total = 0;
  for (long i = 0; i < trees; ++i)
    total += count_and_release(make(depth));
  return total;
}

static void run(int depth) {
  printf("stretch tree of depth %d\t check: %ld\n", depth + 1,
         count_and_release(make(depth + 1)));
  struct tree *long_lived = make(depth);
  for (int each = LEAST_DEPTH; each <= depth; each += 2) {
    long trees = 1L << (depth - each + LEAST_DEPTH);
    printf("%ld\t trees of depth %d\t check: %ld\n", trees, each,
           count_many(trees, each));
  }
  printf("long lived tree of depth %d\t check: %ld\n", depth,
         count_and_release(long_lived));
}

int main(int argc, char **argv) {
  init();
  run(argc > 1 ? atoi(argv[1]) : 21);
  return 0;
}
