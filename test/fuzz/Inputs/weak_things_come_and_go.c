/* Weak references, ephemerons and finalization, among objects that are dropped
 * and taken back.
 *
 *   weak_things_come_and_go [KEYS=300] [STEPS=20000]
 *
 * A table holds keys. Each has an ephemeron in a list, whose value leads to it
 * and is the key of another, whose value is the key of a third; a weak
 * reference to the last; and may be registered for finalization. At random,
 * keys are dropped, and what is finalized is put back into the table. It prints
 * the same whenever things are collected, as it asks only
 *
 *   - that what can be reached is not forgotten, values of living keys
 * included;
 *   - that a dead key has no value;
 *   - that nobody is told of what the table holds, nor of anything twice;
 *   - and, in the end, that most of what was dropped is forgotten, and told.
 */
#include <stdio.h>
#include <stdlib.h>

#include "mps/managed.h"
#include "mps/runtime.h"

struct box {
  mps_header_t header;
  struct box MPS_MANAGED *next;
  uint64_t number, length;
};
typedef struct box MPS_MANAGED *ref;
static const mps_type_t box_type =
    MPS_TYPE(struct box, MPS_REF(struct box, next));

struct entry {
  mps_header_t header;
  mps_ephemeron_t words;
  struct entry MPS_MANAGED *next;
};
typedef struct entry MPS_MANAGED *entry_ref;
static const mps_type_t entry_type =
    MPS_EPHEMERON_TYPE(struct entry, MPS_REF(struct entry, next));

struct weak {
  mps_header_t header;
  mps_weak_t word;
};
typedef struct weak MPS_MANAGED *weak_ref;
static const mps_type_t weak_type = MPS_WEAK_TYPE(struct weak, 0);

struct row {
  mps_header_t header;
  struct box MPS_MANAGED *key;
  struct entry MPS_MANAGED *entries;
  struct weak MPS_MANAGED *weak;
};
typedef struct row MPS_MANAGED *row_ref;
static const mps_type_t row_type = MPS_TYPE(
    struct row, MPS_REF(struct row, key) | MPS_REF(struct row, entries) |
                    MPS_REF(struct row, weak));

struct table {
  mps_header_t header;
  uint64_t length;
  row_ref rows[];
};
static const mps_type_t table_type =
    MPS_ARRAY_TYPE(struct table, 0, length, rows, MPS_ELEMENT_IS_REF);

enum { CHAIN = 3, MOST_KEYS = 1 << 20 };
enum state { UNKNOWN, HELD, DROPPED };

static struct table MPS_MANAGED *table;
static entry_ref loose; /* Of keys that have been dropped. */
static uint64_t seed = 12345, made;
static unsigned char states[MOST_KEYS], is_registered[MOST_KEYS];

static void fail(const char *what, uint64_t number) {
  fprintf(stderr, "weak_things_come_and_go: %s %llu\n", what,
          (unsigned long long)number);
  abort();
}

static uint64_t draw(uint64_t limit) {
  seed = seed * 6364136223846793005u + 1442695040888963407u;
  return (seed >> 33) % limit;
}

static ref new_box(uint64_t number, ref next) {
  ref box = MPS_NEW(struct box, &box_type);
  box->number = number;
  box->next = next;
  return box;
}

/* Of a row: a chain of ephemerons, the last key first in the list. */
__attribute__((noinline)) static void fill(row_ref row, ref key) {
  row->key = key;
  row->entries = 0;
  for (int i = 0; i < CHAIN; ++i) {
    ref value = new_box(key->number * 2 + 1, key);
    entry_ref entry = MPS_NEW(struct entry, &entry_type);
    mps_ephemeron_set(entry, key, value);
    entry->next = row->entries;
    row->entries = entry;
    key = value;
  }
  weak_ref weak = MPS_NEW(struct weak, &weak_type);
  mps_weak_set(weak, key);
  row->weak = weak;
}

__attribute__((noinline)) static row_ref new_row(void) {
  row_ref row = MPS_NEW(struct row, &row_type);
  uint64_t number = made++;
  if (number >= MOST_KEYS)
    fail("too many keys:", number);
  ref key = new_box(number, 0);
  states[number] = HELD;
  if (draw(3) == 0) {
    is_registered[number] = 1;
    if (mps_finalize_object(key) != MPS_RES_OK)
      fail("no memory to register", number);
  }
  fill(row, key);
  return row;
}

/* The key lives. From the last ephemeron to the first. */
__attribute__((noinline)) static void check(row_ref row) {
  entry_ref each = row->entries;
  ref last = mps_weak_get(row->weak);
  if (last != mps_ephemeron_value(each))
    fail("a weak reference was forgotten beside key", row->key->number);
  for (int i = 1; i < CHAIN; ++i, each = each->next) {
    ref key = mps_ephemeron_key(each), value = mps_ephemeron_value(each);
    if (!key || !value || value->next != key ||
        value->number != key->number * 2 + 1 ||
        key != mps_ephemeron_value(each->next))
      fail("a value was forgotten of key", row->key->number);
  }
  if (mps_ephemeron_key(each) != row->key)
    fail("an ephemeron has lost key", row->key->number);
}

/* The ephemerons stay for a while, among those of others. */
__attribute__((noinline)) static void drop(row_ref row) {
  states[row->key->number] = DROPPED;
  for (entry_ref each = row->entries; each;) {
    entry_ref next = each->next;
    each->next = loose;
    loose = each;
    each = next;
  }
  row->key = 0;
  row->entries = 0;
}

/* What is dead leaves the list. Returns how many are in it. */
__attribute__((noinline)) static uint64_t clean(void) {
  entry_ref left = 0;
  uint64_t count = 0;
  for (entry_ref each = loose; each;) {
    entry_ref next = each->next;
    ref key = mps_ephemeron_key(each), value = mps_ephemeron_value(each);
    if ((key == 0) != (value == 0))
      fail("a dead key has a value, or a living one none, in step", made);
    if (key) {
      if (value->next != key || value->number != key->number * 2 + 1)
        fail("another value of dropped key", key->number);
      each->next = left;
      left = each;
      ++count;
    }
    each = next;
  }
  loose = left;
  return count;
}

/* It is dropped for good, or comes back with new ephemerons. */
__attribute__((noinline)) static void finalize(uint64_t takes_back) {
  for (mps_handle_t handle; (handle = mps_finalized_next()) != 0;) {
    ref object = mps_handle_get(handle);
    mps_handle_destroy(handle);
    uint64_t number = object->number;
    if (number >= made || !is_registered[number])
      fail("told twice, or of what was not registered:", number);
    if (states[number] != DROPPED)
      fail("told of what is held:", number);
    is_registered[number] = 0;
    states[number] = HELD;
    if (takes_back && draw(takes_back) == 0) {
      row_ref row = MPS_NEW(struct row, &row_type);
      fill(row, object);
      row_ref old = table->rows[draw(table->length)];
      check(old);
      drop(old);
      for (uint64_t i = 0; i < table->length; ++i)
        if (table->rows[i] == old)
          table->rows[i] = row;
    }
  }
}

__attribute__((noinline)) static void run(uint64_t keys, uint64_t steps) {
  table = MPS_NEW_ARRAY(&table_type, keys);
  for (uint64_t i = 0; i < keys; ++i) {
    row_ref row = new_row();
    table->rows[i] = row;
  }
  for (uint64_t step = 0; step < steps; ++step) {
    uint64_t at = draw(keys);
    check(table->rows[at]);
    if (draw(4) == 0) {
      drop(table->rows[at]);
      row_ref row = new_row();
      table->rows[at] = row;
    }
    if (step % 64 == 0)
      finalize(4);
    if (step % 512 == 0)
      clean();
  }
  for (uint64_t i = 0; i < keys; ++i)
    check(table->rows[i]);
}

/* Stale words of foreign frames may keep a few. */
__attribute__((noinline)) static int is_most_forgotten(void) {
  for (uint64_t i = 0; i < table->length; ++i)
    drop(table->rows[i]);
  table = 0;
  for (int i = 0; i < 3; ++i) {
    mps_collect();
    finalize(0);
  }
  uint64_t untold = 0;
  for (uint64_t i = 0; i < made; ++i)
    untold += states[i] == DROPPED && is_registered[i];
  return clean() < 50 && untold < 10;
}

int main(int argc, char **argv) {
  uint64_t keys = argc > 1 ? strtoull(argv[1], 0, 10) : 300;
  uint64_t steps = argc > 2 ? strtoull(argv[2], 0, 10) : 20000;
  run(keys, steps);
  printf("%s forgotten\n", is_most_forgotten() ? "most is" : "too little is");
  return 0;
}
