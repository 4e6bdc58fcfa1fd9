/* Merge sort of a list, as a functional program does it: each merge makes a new
 * list.
 *
 *   list-sort [LENGTH=1000000] [ROUNDS=5]
 */
#include <stdio.h>
#include <stdlib.h>

#include "../random.h"
#include "mps/managed.h"

struct cell {
  mps_header_t header;
  struct cell MPS_MANAGED *next;
  uint64_t value;
};
static const mps_type_t cell_type =
    MPS_TYPE(struct cell, MPS_REF(struct cell, next));

static struct cell MPS_MANAGED *cons(uint64_t value,
                                     struct cell MPS_MANAGED *next) {
  struct cell MPS_MANAGED *cell = MPS_NEW(struct cell, &cell_type);
  cell->value = value;
  cell->next = next;
  return cell;
}

static struct cell MPS_MANAGED *random_list(long length) {
  struct cell MPS_MANAGED *list = 0;
  for (long i = 0; i < length; ++i)
    list = cons(random_number(), list);
  return list;
}

/* A new list of the values of both, which are sorted. */
static struct cell MPS_MANAGED *merge(struct cell MPS_MANAGED *a,
                                      struct cell MPS_MANAGED *b) {
  struct cell MPS_MANAGED *head = cons(0, 0);
  struct cell MPS_MANAGED *last = head;
  while (a || b) {
    int from_a = a && (!b || a->value <= b->value);
    struct cell MPS_MANAGED *added = cons(from_a ? a->value : b->value, 0);
    if (from_a)
      a = a->next;
    else
      b = b->next;
    last->next = added;
    last = added;
  }
  return head->next;
}

/* Sorts the first length values. */
static struct cell MPS_MANAGED *sort(struct cell MPS_MANAGED *list,
                                     long length) {
  if (length == 0)
    return 0;
  if (length == 1)
    return cons(list->value, 0);
  struct cell MPS_MANAGED *second = list;
  for (long i = 0; i < length / 2; ++i)
    second = second->next;
  struct cell MPS_MANAGED *sorted = sort(list, length / 2);
  return merge(sorted, sort(second, length - length / 2));
}

static void check(struct cell MPS_MANAGED *list) {
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
  for (long i = 0; i < rounds; ++i)
    check(sort(random_list(length), length));
  return 0;
}
