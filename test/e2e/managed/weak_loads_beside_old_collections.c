// RUN: %managed %s --args 400 | %FileCheck %s
// RUN: bash -c 'for seed in 1 2 3 4 5 6; do \
// RUN:   MPS_SCHEDULE=$seed MPS_VERIFY=1 %t.O2 3000 || exit 1; done' | %FileCheck %s
// RUN: env MPS_PAUSE_TIME=100us MPS_HEAP_LIMIT=24m \
// RUN:   MPS_STATISTICS=json:%t.json %t.O2 3000000 | %FileCheck %s
// RUN: %FileCheck %s --check-prefix=OLD < %t.json
// OLD: "old_collections": {{[1-9]}}
//
// Two threads load from weak references and ephemerons what nothing else keeps,
// and hold it for a while, while old collections mark, clear and sweep. What is
// loaded is what was stored, and stays while it is held; what a thread holds is
// not forgotten.
// CHECK: what was loaded was right
#include "mps/managed.h"
#include "mps/runtime.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct box {
  mps_header_t header;
  struct box MPS_MANAGED *next;
  long number;
};
static const mps_type_t box_type =
    MPS_TYPE(struct box, MPS_REF(struct box, next));
typedef struct box MPS_MANAGED *ref;

struct entry {
  mps_header_t header;
  mps_ephemeron_t words;
  long number;
};
static const mps_type_t entry_type = MPS_EPHEMERON_TYPE(struct entry, 0);

struct weak {
  mps_header_t header;
  mps_weak_t word;
  long number;
};
static const mps_type_t weak_type = MPS_WEAK_TYPE(struct weak, 0);

enum { TABLE = 500, HELD = 40 };
static _Thread_local struct entry MPS_MANAGED *entries[TABLE];
static _Thread_local struct weak MPS_MANAGED *weaks[TABLE];
static _Thread_local ref held[HELD], keys[HELD];
static long rounds;

__attribute__((noinline)) static ref make(long number, ref next) {
  ref made = MPS_NEW(struct box, &box_type);
  made->number = number;
  made->next = next;
  return made;
}

__attribute__((noinline)) static void fail(const char *what, long place) {
  printf("wrong: %s %ld\n", what, place);
  exit(1);
}

__attribute__((noinline)) static void fill(long place, long number) {
  if (entries[place] == 0) {
    entries[place] = MPS_NEW(struct entry, &entry_type);
    weaks[place] = MPS_NEW(struct weak, &weak_type);
  }
  ref key = make(number, 0);
  ref value = make(number + 1, key);
  mps_ephemeron_set(entries[place], key, value);
  entries[place]->number = number;
  mps_weak_set(weaks[place], value);
  weaks[place]->number = number + 1;
  keys[number % HELD] = key;
}

__attribute__((noinline)) static void load(long place, long into) {
  if (entries[place] == 0)
    return;
  ref value = mps_weak_get(weaks[place]);
  if (value != 0) {
    if (value->number != weaks[place]->number || value->next == 0 ||
        value->next->number != value->number - 1)
      fail("weak", place);
    held[into] = value;
    if (mps_weak_get(weaks[place]) != value)
      fail("forgotten", place);
  }
  ref key = mps_ephemeron_key(entries[place]);
  ref worth = mps_ephemeron_value(entries[place]);
  if (key != 0 && (key->number != entries[place]->number || worth == 0 ||
                   worth->next != key || worth->number != key->number + 1))
    fail("ephemeron", place);
  if (key != 0)
    held[(into + 1) % HELD] = worth;
}

static unsigned long next(unsigned long *state) {
  *state = *state * 6364136223846793005ul + 1442695040888963407ul;
  return *state >> 33;
}

static void *work(void *argument) {
  unsigned long state = (unsigned long)argument;
  ref kept = 0;
  for (long i = 0; i < rounds; ++i) {
    long place = next(&state) % TABLE;
    if (next(&state) % 4 == 0)
      fill(place, 2 * i);
    else
      load(place, next(&state) % HELD);
    kept = make(i, i % 5000 == 0 ? 0 : kept);
    if (i % 7 == 0)
      held[next(&state) % HELD] = 0;
  }
  return 0;
}

int main(int count, char **arguments) {
  rounds = count > 1 ? atol(arguments[1]) : 1000;
  pthread_t other;
  pthread_create(&other, 0, work, (void *)3);
  work((void *)5);
  pthread_join(other, 0);
  printf("what was loaded was right\n");
  return 0;
}
