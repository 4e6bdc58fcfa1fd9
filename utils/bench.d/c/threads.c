/* Threads of trees: threads [THREADS=4] [DEPTH=16] [ROUNDS=40] */
#include "memory.h"

#include <pthread.h>
#include <stdio.h>

struct tree {
  struct tree *left, *right;
};

static int depth, rounds;

static struct tree *make(int levels) {
  struct tree *tree = new_object(sizeof *tree);
  tree->left = levels > 0 ? make(levels - 1) : 0;
  tree->right = levels > 0 ? make(levels - 1) : 0;
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

static void *thread_main(void *unused) {
  struct tree *kept = make(depth);
  long total = 0;
  for (int i = 0; i < rounds; ++i)
    total += count_and_release(make(depth));
  return (void *)(total + count_and_release(kept));
}

enum { MOST_THREADS = 64 };

int main(int argc, char **argv) {
  pthread_t threads[MOST_THREADS];
  int number = argc > 1 ? atoi(argv[1]) : 4;
  long total = 0;
  init();
  depth = argc > 2 ? atoi(argv[2]) : 16;
  rounds = argc > 3 ? atoi(argv[3]) : 40;
  if (number < 1 || number > MOST_THREADS)
    return fprintf(stderr, "threads: 1 to %d threads\n", MOST_THREADS), 1;
  for (int i = 0; i < number; ++i)
    if (pthread_create(&threads[i], 0, thread_main, 0) != 0)
      return 1;
  for (int i = 0; i < number; ++i) {
    void *result = 0;
    pthread_join(threads[i], &result);
    total += (long)result;
  }
  printf("%d threads, %ld nodes\n", number, total);
  return 0;
}
