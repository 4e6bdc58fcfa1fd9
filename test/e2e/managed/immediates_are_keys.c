// RUN: %managed %s | %FileCheck %s
//
// Any immediate is a key like others, and lives for ever. Once, the collector
// had one for itself: that key was read as null, and to replace it never ended.
// CHECK: 100 keys, all with their values
#include "mps/managed.h"
#include "mps/runtime.h"
#include <stdio.h>

struct box {
  mps_header_t header;
  long number;
};
static const mps_type_t box_type = MPS_TYPE(struct box, 0);

struct entry {
  mps_header_t header;
  mps_ephemeron_t words;
  struct entry MPS_MANAGED *next;
};
static const mps_type_t entry_type =
    MPS_EPHEMERON_TYPE(struct entry, MPS_REF(struct entry, next));

static struct entry MPS_MANAGED *entries;

__attribute__((noinline)) static struct box MPS_MANAGED *make(long number) {
  struct box MPS_MANAGED *box = MPS_NEW(struct box, &box_type);
  box->number = number;
  return box;
}

enum { COUNT = 100 };

int main(void) {
  for (long bits = 0; bits < 8 * COUNT / 7 + 8; ++bits) {
    if (bits % 8 == 0)
      continue; // Null, and addresses.
    struct entry MPS_MANAGED *entry = MPS_NEW(struct entry, &entry_type);
    mps_ephemeron_set(entry, mps_immediate(bits), make(-1));
    mps_ephemeron_set(entry, mps_immediate(bits), make(bits));
    entry->next = entries;
    entries = entry;
  }
  for (int i = 0; i < 3; ++i) {
    for (long j = 0; j < 200; ++j)
      make(j);
    mps_collect();
  }
  long good = 0, all = 0;
  for (struct entry MPS_MANAGED *each = entries; each; each = each->next) {
    void MPS_MANAGED *key = mps_ephemeron_key(each);
    struct box MPS_MANAGED *value = mps_ephemeron_value(each);
    ++all;
    good += value != 0 && key == mps_immediate(value->number);
  }
  if (good == all && all >= COUNT)
    printf("%d keys, all with their values\n", COUNT);
  else
    printf("%ld of %ld\n", good, all);
  return 0;
}
