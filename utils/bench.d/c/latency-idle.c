/* The same table, whose objects are overwritten and none allocated: what the
 * machine does to a program. With BUSY, a thread spins beside it, and it prints
 * the most processor time between two samples, in milliseconds, and how often it
 * was more than one: to ask for that is a call of the system for each.
 *
 * latency-idle OBJECTS OPERATIONS [FILE] */
#include "memory.h"

#include <pthread.h>
#include <stdio.h>
#include <time.h>

#include "../../../examples/latency/gaps.h"
#include "../../../examples/random.h"

struct leaf {
  uint64_t value, rest[11];
};

struct node {
  struct leaf *leaf, *link;
  uint64_t key, a, b, c;
};

#ifdef BUSY
static uint64_t last, longest, above;

static void *spin(void *nothing) {
  for (volatile uint64_t i = 0;; ++i) {
  }
  return nothing;
}

static int begin_busy(void) {
  pthread_t thread;
  return pthread_create(&thread, NULL, spin, NULL) == 0;
}

static void sample_processor_time(void) {
  struct timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  uint64_t now = (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
  uint64_t taken = last != 0 ? now - last : 0;
  longest = taken > longest ? taken : longest;
  above += taken > 1000000;
  last = now;
}

static void print_processor_time(void) {
  printf("%.3f %llu\n", (double)longest / 1e6, (unsigned long long)above);
}
#else
static int begin_busy(void) { return 1; }
static void sample_processor_time(void) {}
static void print_processor_time(void) {}
#endif

int main(int argc, char **argv) {
  uint64_t objects = argc > 1 ? (uint64_t)atol(argv[1]) : 200000;
  uint64_t operations = argc > 2 ? (uint64_t)atol(argv[2]) : 2000000;
  struct node *nodes = new_object(objects * sizeof *nodes);
  struct leaf *leaves = new_object(objects * sizeof *leaves);
  memset(leaves, 0, objects * sizeof *leaves);
  for (uint64_t i = 0; i < objects; ++i)
    nodes[i] = (struct node){&leaves[i], 0, i, 0, 0, 0};
  if (!begin_busy() || !gaps_begin(operations / 16 + 1))
    return 1;
  uint64_t sum = 0;
  for (uint64_t i = 0; i < operations; ++i) {
    struct node *node = &nodes[random_below(objects)];
    node->key = objects + i;
    node->leaf->value = 3 * node->key;
    nodes[random_below(objects)].link = node->leaf;
    if (i % 16 == 0) {
      gaps_sample();
      sample_processor_time();
    }
  }
  for (uint64_t i = 0; i < objects; ++i)
    sum = sum * 31 + nodes[i].key + nodes[i].leaf->value;
  fprintf(stderr, "checksum %llu\n", (unsigned long long)sum);
  print_processor_time();
  return argc > 3 && !gaps_write(argv[3]);
}
