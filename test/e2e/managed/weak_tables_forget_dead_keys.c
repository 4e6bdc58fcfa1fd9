// RUN: %managed %s | %FileCheck %s
//
// A table of ephemerons and a list of weak references, while objects come and
// go and are finalized. What is reachable only through them is forgotten; what
// is loaded from them stays. Stale words of foreign frames may keep a few.
// CHECK: ephemerons: all values of living keys, none of dead ones
// CHECK: weak references: all living, no dead ones
// CHECK: finalized: all, each once
#include "mps/managed.h"
#include "mps/runtime.h"
#include <stdio.h>

struct box {
  mps_header_t header;
  struct box MPS_MANAGED *next;
  long number;
};
static const mps_type_t box_type =
    MPS_TYPE(struct box, MPS_REF(struct box, next));

struct entry {
  mps_header_t header;
  mps_ephemeron_t words;
  struct entry MPS_MANAGED *next;
};
static const mps_type_t entry_type =
    MPS_EPHEMERON_TYPE(struct entry, MPS_REF(struct entry, next));

struct weak {
  mps_header_t header;
  mps_weak_t word;
  struct weak MPS_MANAGED *next;
};
static const mps_type_t weak_type =
    MPS_WEAK_TYPE(struct weak, MPS_REF(struct weak, next));

typedef struct box MPS_MANAGED *ref;

enum { COUNT = 100, FEW = 3 };

static ref keys[COUNT];
static struct entry MPS_MANAGED *entries;
static struct weak MPS_MANAGED *weaks;

__attribute__((noinline)) static ref make(long number) {
  ref made = MPS_NEW(struct box, &box_type);
  made->number = number;
  return made;
}

/// Each value refers to its key.
__attribute__((noinline)) static void fill(void) {
  for (long i = 0; i < COUNT; ++i) {
    keys[i] = make(i);
    ref value = make(1000 + i);
    value->next = keys[i];
    struct entry MPS_MANAGED *entry = MPS_NEW(struct entry, &entry_type);
    mps_ephemeron_set(entry, keys[i], value);
    entry->next = entries;
    entries = entry;
    struct weak MPS_MANAGED *weak = MPS_NEW(struct weak, &weak_type);
    mps_weak_set(weak, value);
    weak->next = weaks;
    weaks = weak;
  }
}

__attribute__((noinline)) static void churn(void) {
  for (long i = 0; i < 2000; ++i)
    make(i);
  mps_collect();
}

__attribute__((noinline)) static long count_entries(void) {
  long good = 0;
  for (struct entry MPS_MANAGED *each = entries; each; each = each->next) {
    ref key = mps_ephemeron_key(each), value = mps_ephemeron_value(each);
    if ((key == 0) != (value == 0))
      return -1;
    if (key != 0 && (value->next != key || value->number != 1000 + key->number))
      return -2;
    good += key != 0;
  }
  return good;
}

__attribute__((noinline)) static long count_weak(void) {
  long good = 0;
  for (struct weak MPS_MANAGED *each = weaks; each; each = each->next) {
    ref value = mps_weak_get(each);
    good += value != 0 && value->number >= 1000;
  }
  return good;
}

__attribute__((noinline)) static void finalize_all(void) {
  for (long i = 0; i < COUNT; ++i)
    if (mps_finalize_object(make(i)) != MPS_RES_OK)
      printf("no memory\n");
}

__attribute__((noinline)) static long finalized(void) {
  static int times[COUNT];
  long once = 0;
  mps_handle_t handle;
  while ((handle = mps_finalized_next()) != 0) {
    ref object = mps_handle_get(handle);
    times[object->number]++;
    mps_handle_destroy(handle);
  }
  for (long i = 0; i < COUNT; ++i)
    once += times[i] == 1 ? 1 : times[i] > 1 ? -COUNT : 0;
  return once;
}

int main(void) {
  fill();
  churn();
  long all = count_entries(), all_weak = count_weak();
  for (long i = 0; i < COUNT; i += 2)
    keys[i] = 0;
  churn();
  churn();
  long half = count_entries(), half_weak = count_weak();
  if (all == COUNT && half >= COUNT / 2 && half <= COUNT / 2 + FEW)
    printf("ephemerons: all values of living keys, none of dead ones\n");
  else
    printf("ephemerons: %ld, %ld\n", all, half);
  if (all_weak == COUNT && half_weak >= COUNT / 2 &&
      half_weak <= COUNT / 2 + FEW)
    printf("weak references: all living, no dead ones\n");
  else
    printf("weak references: %ld, %ld\n", all_weak, half_weak);
  finalize_all();
  churn();
  long told = finalized();
  if (told >= COUNT - FEW)
    printf("finalized: all, each once\n");
  else
    printf("finalized: %ld once\n", told);
  return 0;
}
