/* A deep recursion: deep-recursion [DEPTH=1000000] [ROUNDS=1] */
#include "memory.h"

#include <pthread.h>
#include <stdio.h>

struct number {
  struct number *above;
  long value;
};

/* How many numbers there are from this one up, after a collection. */
__attribute__((noinline)) static long collect_and_count(struct number *number) {
  long count = 0;
  collect();
  for (; number; number = number->above)
    ++count;
  return count;
}

__attribute__((noinline)) static long descend(struct number *above,
                                              long depth) {
  struct number *mine = new_object(sizeof *mine);
  mine->value = depth;
  mine->above = above;
  long sum;
  if (depth == 0) {
    sum = collect_and_count(mine);
  } else {
    sum = descend(mine, depth - 1) + mine->value;
    if (mine->above != above)
      abort();
  }
  release(mine);
  return sum;
}

static long rounds;

static void *thread_main(void *argument) {
  long sum = 0;
  for (long i = 0; i < rounds; ++i)
    sum += descend(0, (long)argument);
  return (void *)sum;
}

enum { BYTES_PER_FRAME = 512, SLACK = 1 << 20 };

int main(int argc, char **argv) {
  long depth = argc > 1 ? atol(argv[1]) : 1000000;
  rounds = argc > 2 ? atol(argv[2]) : 1;
  pthread_attr_t attributes;
  pthread_t thread;
  void *sum = 0;
  init();
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, depth * BYTES_PER_FRAME + SLACK);
  if (pthread_create(&thread, &attributes, thread_main, (void *)depth) != 0)
    return 1;
  pthread_join(thread, &sum);
  printf("depth %ld, sum %ld\n", depth, (long)sum);
  return 0;
}
