/* Merge sort: list-sort [LENGTH=1000000] [ROUNDS=5] */
#include "memory.h"

#include <stdio.h>

#include "../../../examples/random.h"

struct cell {
  struct cell *next;
  uint64_t value;
};

static struct cell *cons(uint64_t value, struct cell *next) {
  struct cell *cell = new_object(sizeof *cell);
  cell->value = value;
  cell->next = next;
  return cell;
}

static struct cell *random_list(long length) {
  struct cell *list = 0;
  for (long i = 0; i < length; ++i)
    list = cons(random_number(), list);
  return list;
}

static void release_list(struct cell *list) {
  while (releases_memory && list) {
    struct cell *next = list->next;
    release(list);
    list = next;
  }
}

/* A new list of the values of both, which are sorted, and freed here. */
static struct cell *merge(struct cell *a, struct cell *b) {
  struct cell *merged_a = a, *merged_b = b;
  struct cell *head = 0, **end = &head;
  while (a || b) {
    struct cell **from = a && (!b || a->value <= b->value) ? &a : &b;
    *end = cons((*from)->value, 0);
    end = &(*end)->next;
    *from = (*from)->next;
  }
  release_list(merged_a);
  release_list(merged_b);
  return head;
}

/* Sorts the first length values, into a new list. */
static struct cell *sort(struct cell *list, long length) {
  if (length == 0)
    return 0;
  if (length == 1)
    return cons(list->value, 0);
  struct cell *second = list;
  for (long i = 0; i < length / 2; ++i)
    second = second->next;
  struct cell *sorted = sort(list, length / 2);
  return merge(sorted, sort(second, length - length / 2));
}

static void check(struct cell *list) {
  uint64_t sum = 0, previous = 0, place = 0;
  int is_sorted = 1;
  for (; list; list = list->next) {
    is_sorted &= previous <= list->value;
    previous = list->value;
    sum += list->value * ++place;
  }
  printf("%llu values, sorted: %s, checksum %llu\n", (unsigned long long)place,
         is_sorted ? "yes" : "no", (unsigned long long)sum);
}

int main(int argc, char **argv) {
  long length = argc > 1 ? atol(argv[1]) : 1000000;
  long rounds = argc > 2 ? atol(argv[2]) : 5;
  init();
  for (long i = 0; i < rounds; ++i) {
    struct cell *list = random_list(length);
    struct cell *sorted = sort(list, length);
    release_list(list);
    check(sorted);
    release_list(sorted);
  }
  return 0;
}
