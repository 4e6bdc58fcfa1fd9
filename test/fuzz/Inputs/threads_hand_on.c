/* Threads that hand objects to each other, and that come and go.
 *
 *   threads_hand_on [THREADS=4] [ROUNDS=2000] [SLOTS=64]
 *
 * Slots of a shared table are exchanged by all threads: what a thread took is
 * checked, changed, and put into another slot. Each thread ends after some
 * rounds, and another takes its place; some wait in system calls meanwhile. It
 * prints how many lists there are in the end: none may be lost.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "mps/managed.h"

struct item {
  mps_header_t header;
  struct item MPS_MANAGED *next;
  uint64_t number, next_number;
};
static const mps_type_t item_type =
    MPS_TYPE(struct item, MPS_REF(struct item, next));

struct table {
  mps_header_t header;
  uint64_t length;
  struct item MPS_MANAGED *items[];
};
static const mps_type_t table_type =
    MPS_ARRAY_TYPE(struct table, 0, length, items, MPS_ELEMENT_IS_REF);

enum { MOST_THREADS = 64, LENGTH = 50, LIVES = 4 };

static struct table MPS_MANAGED *table;
static long rounds;
static int pipe_ends[2];

static uint64_t draw(uint64_t *state, uint64_t limit) {
  *state = *state * 6364136223846793005u + 1442695040888963407u;
  return (*state >> 33) % limit;
}

static void check(struct item MPS_MANAGED *list) {
  for (struct item MPS_MANAGED *each = list; each; each = each->next)
    if ((each->next ? each->next->number : 0) != each->next_number) {
      fprintf(stderr, "threads_hand_on: a list is broken\n");
      abort();
    }
}

static struct item MPS_MANAGED *push(struct item MPS_MANAGED *list,
                                     uint64_t number) {
  struct item MPS_MANAGED *item = MPS_NEW(struct item, &item_type);
  item->number = number;
  item->next = list;
  item->next_number = list ? list->number : 0;
  return item;
}

/* Its first items go to another list, one by one, in place. */
static struct item MPS_MANAGED *change(struct item MPS_MANAGED *list,
                                       uint64_t *state) {
  struct item MPS_MANAGED *turned = 0;
  for (uint64_t i = draw(state, LENGTH); i > 0 && list; --i) {
    struct item MPS_MANAGED *next = list->next;
    list->next = turned;
    list->next_number = turned ? turned->number : 0;
    turned = list;
    list = next;
  }
  for (uint64_t i = draw(state, 8); i > 0; --i)
    turned = push(turned, 1 + draw(state, 1000000));
  return turned ? turned : list;
}

static void wait_somewhere(uint64_t *state) {
  char byte = 0;
  if (draw(state, 2)) {
    struct timespec time = {0, 20000};
    nanosleep(&time, 0);
  } else if (write(pipe_ends[1], &byte, 1) == 1) {
    (void)!read(pipe_ends[0], &byte, 1);
  }
}

static void live(uint64_t seed) {
  uint64_t state = seed;
  struct item MPS_MANAGED *hand = push(0, 1 + seed);
  for (long i = 0; i < rounds; ++i) {
    hand = __atomic_exchange_n(&table->items[draw(&state, table->length)], hand,
                               __ATOMIC_ACQ_REL);
    check(hand);
    if (hand)
      hand = change(hand, &state);
    if (draw(&state, 64) == 0)
      wait_somewhere(&state);
  }
  while (hand)
    hand = __atomic_exchange_n(&table->items[draw(&state, table->length)], hand,
                               __ATOMIC_ACQ_REL);
}

static void *thread_main(void *seed) {
  live((uint64_t)seed);
  return 0;
}

int main(int argc, char **argv) {
  int number = argc > 1 ? atoi(argv[1]) : 4;
  rounds = argc > 2 ? atol(argv[2]) : 2000;
  uint64_t slots = argc > 3 ? (uint64_t)atol(argv[3]) : 64;
  pthread_t threads[MOST_THREADS];
  if (number < 1 || number > MOST_THREADS || pipe(pipe_ends) != 0)
    return 1;
  struct table MPS_MANAGED *made =
      MPS_NEW_ARRAY(&table_type, slots + LIVES * MOST_THREADS);
  table = made;
  for (uint64_t i = 0; i < slots; ++i)
    for (int j = 0; j < LENGTH; ++j)
      table->items[i] = push(table->items[i], 1 + i * LENGTH + (uint64_t)j);
  for (int life = 0; life < LIVES; ++life)
    for (int i = 0; i < number; ++i) {
      if (life != 0)
        pthread_join(threads[i], 0);
      pthread_create(&threads[i], 0, thread_main,
                     (void *)(uint64_t)(1 + life * number + i));
    }
  for (int i = 0; i < number; ++i)
    pthread_join(threads[i], 0);
  int lists = 0;
  for (uint64_t i = 0; i < table->length; ++i)
    if (table->items[i]) {
      check(table->items[i]);
      ++lists;
    }
  printf("%d lists\n", lists);
  return 0;
}
