/* Threads that all allocate: each builds and drops trees, and keeps one.
 *
 *   threads [THREADS=4] [DEPTH=16] [ROUNDS=40]
 */
#include <pthread.h>
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

static int depth, rounds;

static struct tree MPS_MANAGED *make(int levels) {
  struct tree MPS_MANAGED *tree = MPS_NEW(struct tree, &tree_type);
  if (levels > 0) {
    tree->left = make(levels - 1);
    tree->right = make(levels - 1);
  }
  return tree;
}

static long count(struct tree MPS_MANAGED *tree) {
  return tree->left ? 1 + count(tree->left) + count(tree->right) : 1;
}

static void *thread_main(void *unused) {
  struct tree MPS_MANAGED *kept = make(depth);
  long total = 0;
  for (int i = 0; i < rounds; ++i)
    total += count(make(depth));
  return (void *)(total + count(kept));
}

enum { MOST_THREADS = 64 };

int main(int argc, char **argv) {
  pthread_t threads[MOST_THREADS];
  int number = argc > 1 ? atoi(argv[1]) : 4;
  long total = 0;
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
