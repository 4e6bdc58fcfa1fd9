// RUN: %managed %s --stress=poll,alloc,bytes=256 | %FileCheck %s
//
// An object's identity hash stays what it was, however often the object moves:
// small ones, arrays of any length, leaf objects, aligned ones, large ones,
// static ones, immediates. The objects keep what is in them.
// CHECK: 0 hashes changed, 0 objects lost; immediate 1, null 1
#include "mps/managed.h"
#include "mps/runtime.h"
#include <stdio.h>

typedef void MPS_MANAGED *ref;
struct cell {
  mps_header_t header;
  ref other;
};
struct leaf {
  mps_header_t header;
  long number;
};
struct line {
  mps_header_t header;
  ref other;
};
struct array {
  mps_header_t header;
  uint64_t length;
  ref items[];
};
struct text {
  mps_header_t header;
  uint64_t length;
  unsigned char bytes[];
};
static const mps_type_t cell_type = MPS_TYPE(struct cell, MPS_REF(struct cell, other));
static const mps_type_t leaf_type = MPS_LEAF_TYPE(struct leaf);
static const mps_type_t line_type = {
    6 << 8, sizeof(struct line), 0, 0, MPS_REF(struct line, other), 0, 0, "line"};
static const mps_type_t array_type =
    MPS_ARRAY_TYPE(struct array, 0, length, items, MPS_ELEMENT_IS_REF);
static const mps_type_t text_type = MPS_LEAF_ARRAY_TYPE(struct text, length, bytes);

enum { COUNT = 80 };
static struct array MPS_MANAGED *table;
static uint64_t hashes[COUNT];
static long kinds[COUNT];
static unsigned long state = 17;

static unsigned long next(void) {
  state = state * 6364136223846793005 + 1442695040888963407;
  return state >> 33;
}

static ref make(int i) {
  kinds[i] = next() % 5;
  switch (kinds[i]) {
  case 0: {
    struct cell MPS_MANAGED *cell = MPS_NEW(struct cell, &cell_type);
    cell->other = table->items[next() % COUNT];
    return cell;
  }
  case 1: {
    struct leaf MPS_MANAGED *leaf = MPS_NEW_LEAF(struct leaf, &leaf_type);
    leaf->number = i;
    return leaf;
  }
  case 2: {
    struct line MPS_MANAGED *line = MPS_NEW(struct line, &line_type);
    line->other = table;
    return line;
  }
  case 3: {
    uint64_t length = next() % 20 == 0 ? 3000 : next() % 9;
    struct array MPS_MANAGED *array = MPS_NEW_ARRAY(&array_type, length);
    for (uint64_t k = 0; k < length; k += 3)
      array->items[k] = table;
    return array;
  }
  default: {
    struct text MPS_MANAGED *text = MPS_NEW_LEAF_ARRAY(&text_type, next() % 40);
    for (uint64_t k = 0; k < text->length; ++k)
      text->bytes[k] = (unsigned char)(i + k);
    return text;
  }
  }
}

static int isIntact(ref object, int i) {
  switch (kinds[i]) {
  case 1:
    return ((struct leaf MPS_MANAGED *)object)->number == i;
  case 2:
    return ((struct line MPS_MANAGED *)object)->other == (ref)table &&
           mps_address(object) % 64 == 0;
  case 3: {
    struct array MPS_MANAGED *array = (struct array MPS_MANAGED *)object;
    for (uint64_t k = 0; k < array->length; ++k)
      if (array->items[k] != (k % 3 == 0 ? (ref)table : 0))
        return 0;
    return 1;
  }
  case 4: {
    struct text MPS_MANAGED *text = (struct text MPS_MANAGED *)object;
    for (uint64_t k = 0; k < text->length; ++k)
      if (text->bytes[k] != (unsigned char)(i + k))
        return 0;
    return 1;
  }
  default:
    return 1;
  }
}

static int changed, lost;

static void check(void) {
  for (int i = 0; i < COUNT; ++i) {
    ref object = table->items[i];
    if (!object)
      continue;
    lost += !isIntact(object, i);
    if (hashes[i])
      changed += MPS_IDENTITY_HASH(object) != hashes[i];
  }
}

static void replaceSome(void) {
  for (int k = 0; k < COUNT / 4; ++k) {
    int i = next() % COUNT;
    ref object = make(i);
    table->items[i] = object;
    hashes[i] = next() % 2 ? MPS_IDENTITY_HASH(object) : 0;
  }
}

static int handlesAgree(void) {
  ref object = table->items[1];
  mps_handle_t handle = mps_handle_create(object);
  int agree = mps_handle_identity_hash(handle) == MPS_IDENTITY_HASH(object);
  mps_handle_destroy(handle);
  return agree;
}

int main(void) {
  table = MPS_NEW_ARRAY(&array_type, COUNT);
  for (int i = 0; i < COUNT; ++i)
    table->items[i] = make(i);
  for (int round = 0; round < 6; ++round) {
    replaceSome();
    check();
    if (round % 3 == 2)
      mps_collect();
    else
      mps_collect_young();
    check();
  }
  if (!handlesAgree())
    return 1;
  ref tagged = mps_immediate(5);
  printf("%d hashes changed, %d objects lost; immediate %d, null %d\n",
         changed, lost,
         MPS_IDENTITY_HASH(tagged) == MPS_IDENTITY_HASH(mps_immediate(5)),
         MPS_IDENTITY_HASH((ref)0) == MPS_IDENTITY_HASH((ref)0));
  return 0;
}
