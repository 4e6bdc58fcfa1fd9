// RUN: %clang --config=%mps-cfg -O2 %s -o %t
// RUN: env MPS_HEAP_LIMIT=16m MPS_PAUSE_TIME=1us MPS_COLLECTOR_THREADS=1 %t \
// RUN:   | %FileCheck %s
// RUN: env MPS_HEAP_LIMIT=16m MPS_PAUSE_TIME=1us MPS_COLLECTOR_THREADS=0 %t \
// RUN:   | %FileCheck %s
// RUN: env MPS_SCHEDULE=23 MPS_HEAP_LIMIT=16m %t | %FileCheck %s
// RUN: env MPS_SCHEDULE=24 MPS_HEAP_LIMIT=16m MPS_VERIFY=1 MPS_POISON=1 %t 40 \
// RUN:   | %FileCheck %s
//
// 500 threads, most of them blocked in system calls, while others allocate, and
// while threads start and end. Each has an object in its frame. Old collections
// begin and end meanwhile. To stop all of them takes a bounded time.
// CHECK: all threads kept what they had; old collections: yes; stopped in time:
// yes
#include "mps/managed.h"
#include "mps/runtime.h"
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct node {
  mps_header_t header;
  struct node MPS_MANAGED *next;
  long number;
};
static const mps_type_t node_type =
    MPS_TYPE(struct node, MPS_REF(struct node, next));

enum { BLOCKED = 490, BUSY = 10, LENGTH = 100, KEPT = 30000, ROUNDS = 400 };
// Nanoseconds, of a machine that does other things too.
static const uint64_t kLongestStop = 10000000000;

static int pipe_ends[2];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wake = PTHREAD_COND_INITIALIZER;
static atomic_int is_over, wrong, waiting;
static int busy_rounds = ROUNDS;

static struct node MPS_MANAGED *make(long number, long length) {
  struct node MPS_MANAGED *list = 0;
  for (long i = 0; i < length; ++i) {
    struct node MPS_MANAGED *node = MPS_NEW(struct node, &node_type);
    node->number = number + i;
    node->next = list;
    list = node;
  }
  return list;
}

static void check(struct node MPS_MANAGED *list, long number, long length) {
  for (; list; list = list->next)
    if (list->number != number + --length)
      atomic_fetch_add(&wrong, 1);
  if (length != 0)
    atomic_fetch_add(&wrong, 1);
}

static void block(long kind) {
  char byte = 0;
  struct timespec time = {0, 50000000};
  if (kind == 0) {
    while (read(pipe_ends[0], &byte, 1) < 0 && errno == EINTR)
      ;
  } else if (kind == 1) {
    while (!atomic_load(&is_over))
      nanosleep(&time, 0);
  } else {
    pthread_mutex_lock(&mutex);
    while (!atomic_load(&is_over))
      pthread_cond_wait(&wake, &mutex);
    pthread_mutex_unlock(&mutex);
  }
}

static void *blocked(void *argument) {
  long number = (long)argument;
  struct node MPS_MANAGED *list = make(1000 * number, LENGTH);
  atomic_fetch_add(&waiting, 1);
  block(number % 3);
  check(list, 1000 * number, LENGTH);
  return 0;
}

/* A list, of which a part is made anew, in turns. */
static void *busy(void *argument) {
  long number = (long)argument;
  struct node MPS_MANAGED *kept = make(number, KEPT / BUSY);
  for (int i = 0; i < busy_rounds; ++i) {
    check(make(i, LENGTH), i, LENGTH);
    if (i % 20 == 0)
      kept = make(number, KEPT / BUSY);
  }
  check(kept, number, KEPT / BUSY);
  return 0;
}

static void *short_lived(void *argument) {
  check(make((long)argument, LENGTH), (long)argument, LENGTH);
  return 0;
}

int main(int argc, char **argv) {
  static pthread_t threads[BLOCKED + BUSY];
  pthread_attr_t attributes;
  int number_blocked = argc > 1 ? atoi(argv[1]) : BLOCKED;
  if (argc > 1)
    busy_rounds = 40;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 128 * 1024);
  if (pipe(pipe_ends) != 0)
    return 1;
  for (long i = 0; i < number_blocked; ++i)
    if (pthread_create(&threads[i], &attributes, blocked, (void *)i) != 0)
      return 1;
  while (atomic_load(&waiting) != number_blocked)
    usleep(1000);
  for (long i = 0; i < BUSY; ++i)
    pthread_create(&threads[BLOCKED + i], &attributes, busy, (void *)i);
  for (long i = 0; i < 4 * busy_rounds; ++i) {
    pthread_t thread;
    if (pthread_create(&thread, &attributes, short_lived, (void *)i) == 0)
      pthread_join(thread, 0);
  }
  for (int i = 0; i < BUSY; ++i)
    pthread_join(threads[BLOCKED + i], 0);
  atomic_store(&is_over, 1);
  pthread_cond_broadcast(&wake);
  for (int i = 0; i < number_blocked; ++i)
    if (write(pipe_ends[1], "", 1) != 1)
      return 1;
  for (int i = 0; i < number_blocked; ++i)
    pthread_join(threads[i], 0);
  mps_statistics_s statistics;
  mps_statistics_get(&statistics);
  fprintf(stderr, "%llu old collections; stopped in %.3f ms at most\n",
          (unsigned long long)statistics.old_collections,
          (double)statistics.longest_stop_ns / 1e6);
  printf("%s threads kept what they had; old collections: %s; stopped in time: "
         "%s\n",
         atomic_load(&wrong) ? "not all" : "all",
         statistics.old_collections || argc > 1 ? "yes" : "no",
         statistics.longest_stop_ns < kLongestStop ? "yes" : "no");
  return 0;
}
