/* A recursion a million frames deep, each with a reference, that collects at
 * the bottom.
 *
 *   deep-recursion [DEPTH=1000000] [ROUNDS=1]
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "mps/managed.h"
#include "mps/runtime.h"

struct number {
  mps_header_t header;
  struct number MPS_MANAGED *above;
  long value;
};
static const mps_type_t number_type =
    MPS_TYPE(struct number, MPS_REF(struct number, above));

/* How many numbers there are from this one up, after a collection. */
__attribute__((noinline)) static long
collect_and_count(struct number MPS_MANAGED *number) {
  long count = 0;
  mps_collect();
  for (; number; number = number->above)
    ++count;
  return count;
}

__attribute__((noinline)) static long
descend(struct number MPS_MANAGED *above, long depth) {
  struct number MPS_MANAGED *mine = MPS_NEW(struct number, &number_type);
  mine->value = depth;
  mine->above = above;
  if (depth == 0)
    return collect_and_count(mine);
  long below = descend(mine, depth - 1);
  if (mine->above != above)
    abort();
  return below + mine->value;
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
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, depth * BYTES_PER_FRAME + SLACK);
  if (pthread_create(&thread, &attributes, thread_main, (void *)depth) != 0)
    return 1;
  pthread_join(thread, &sum);
  printf("depth %ld, sum %ld\n", depth, (long)sum);
  return 0;
}
