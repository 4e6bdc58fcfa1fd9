// RUN: %managed %s --stress=poll --args store | %FileCheck %s
// RUN: %managed %s --stress=poll --args atomic_store | %FileCheck %s
// RUN: %managed %s --stress=poll --args exchange | %FileCheck %s
// RUN: %managed %s --stress=poll --args compare_exchange | %FileCheck %s
// RUN: %managed %s --stress=poll --args struct_assignment | %FileCheck %s
// RUN: %managed %s --stress=poll --args copy_of_array | %FileCheck %s
// RUN: %managed %s --stress=poll --args loop_over_array | %FileCheck %s
// RUN: %managed %s --stress=poll --args copy_from_local | %FileCheck %s
// RUN: %managed %s --stress=poll --args store_at_unknown_index | %FileCheck %s
// CHECK: {{.*}}: intact
//
// Without its barrier, verify finds each form of store at -O0 and at -O2.
// RUN: %clang --config=%mps-cfg -O0 -DSABOTAGE %s -o %t.s0
// RUN: %clang --config=%mps-cfg -O2 -DSABOTAGE %s -o %t.s2
// RUN: bash -c 'for o in 0 2; do for form in store atomic_store exchange \
// RUN:   compare_exchange struct_assignment copy_of_array loop_over_array \
// RUN:   copy_from_local store_at_unknown_index; do \
// RUN:   MPS_VERIFY=1 %t.s$o $form && exit 1; done; done; exit 0' 2>%t.err
// RUN: %FileCheck %s --check-prefix=BROKEN <%t.err
// RUN: bash -c "test \$(grep -c V4 %t.err) = 18"
// BROKEN: V4
//
// An old object gets a reference to a young one, in each form of store that C
// has; a young collection follows, and the reference must lead to the object.
#include "mps/managed.h"
#include "mps/runtime.h"
#include <stdio.h>
#include <string.h>

#ifdef SABOTAGE
#define FORM                                                                   \
  __attribute__((noinline, annotate("mps-sabotage-barriers"))) static void
#else
#define FORM __attribute__((noinline)) static void
#endif

struct box;
typedef struct box MPS_MANAGED *ref;

struct pair {
  ref first, second;
};
struct box {
  mps_header_t header;
  ref other;
  struct pair pair;
  long number;
};
static const mps_type_t box_type =
    MPS_TYPE(struct box, MPS_REF(struct box, other) |
                             MPS_REF(struct box, pair.first) |
                             MPS_REF(struct box, pair.second));

struct array {
  mps_header_t header;
  uint64_t length;
  ref items[];
};
typedef struct array MPS_MANAGED *array_ref;
static const mps_type_t array_type =
    MPS_ARRAY_TYPE(struct array, 0, length, items, MPS_ELEMENT_IS_REF);

enum { LENGTH = 20 };
static ref old_box;
static array_ref old_array;

static ref make(long number) {
  ref box = MPS_NEW(struct box, &box_type);
  box->number = number;
  return box;
}

FORM store(ref old, ref young) { old->other = young; }
FORM atomic_store(ref old, ref young) {
  __atomic_store_n(&old->other, young, __ATOMIC_SEQ_CST);
}
FORM exchange(ref old, ref young) {
  (void)__atomic_exchange_n(&old->other, young, __ATOMIC_SEQ_CST);
}
FORM compare_exchange(ref old, ref young) {
  ref expected = old->other;
  __atomic_compare_exchange_n(&old->other, &expected, young, 0,
                              __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}
FORM struct_assignment(ref old, ref from) { old->pair = from->pair; }
FORM copy_from_local(ref old, ref young) {
  struct pair local = {young, young};
  old->pair = local;
}
FORM copy_of_array(array_ref to, array_ref from, uint64_t count) {
  __builtin_memcpy((void MPS_MANAGED *)to->items, (void MPS_MANAGED *)from->items,
                   count * sizeof(ref));
}
FORM loop_over_array(array_ref to, array_ref from, uint64_t count) {
  for (uint64_t i = 0; i < count; ++i)
    to->items[i] = from->items[i];
}
FORM store_at_unknown_index(array_ref to, ref young, uint64_t index) {
  to->items[index] = young;
}

static array_ref young_array(void) {
  array_ref array = MPS_NEW_ARRAY(&array_type, LENGTH);
  for (int i = 0; i < LENGTH; ++i)
    array->items[i] = make(7);
  return array;
}

static void write(const char *form) {
  if (!strcmp(form, "store"))
    store(old_box, make(7));
  else if (!strcmp(form, "atomic_store"))
    atomic_store(old_box, make(7));
  else if (!strcmp(form, "exchange"))
    exchange(old_box, make(7));
  else if (!strcmp(form, "compare_exchange"))
    compare_exchange(old_box, make(7));
  else if (!strcmp(form, "copy_from_local"))
    copy_from_local(old_box, make(7));
  else if (!strcmp(form, "copy_of_array"))
    copy_of_array(old_array, young_array(), LENGTH);
  else if (!strcmp(form, "loop_over_array"))
    loop_over_array(old_array, young_array(), LENGTH);
  else if (!strcmp(form, "store_at_unknown_index"))
    store_at_unknown_index(old_array, make(7), 13);
  else if (!strcmp(form, "struct_assignment")) {
    ref from = make(0);
    from->pair.first = make(7);
    from->pair.second = make(7);
    struct_assignment(old_box, from);
  }
}

static int is_intact(ref box) { return !box || box->number == 7; }

static int check(void) {
  int intact = is_intact(old_box->other) && is_intact(old_box->pair.first) &&
               is_intact(old_box->pair.second);
  int seen = old_box->other || old_box->pair.first;
  for (int i = 0; i < LENGTH; ++i) {
    intact &= is_intact(old_array->items[i]);
    seen |= old_array->items[i] != 0;
  }
  return intact && seen;
}

static void make_old(void) {
  old_box = make(0);
  old_array = MPS_NEW_ARRAY(&array_type, LENGTH);
  for (int i = 0; i < 3; ++i)
    mps_collect();
}

int main(int argc, char **argv) {
  make_old();
  write(argv[1]);
  mps_collect_young();
  for (int i = 0; i < 10000; ++i)
    make(i);
  printf("%s: %s\n", argv[1], check() ? "intact" : "lost");
  return 0;
}
