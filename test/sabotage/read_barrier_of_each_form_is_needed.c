// RUN: %clang --config=%mps-cfg --config=%mps-read-barrier-cfg -O0 %s -o %t.0
// RUN: %clang --config=%mps-cfg --config=%mps-read-barrier-cfg -O2 %s -o %t.2
// RUN: bash -c 'for o in 0 2; do for form in load atomic_load volatile_load \
// RUN:   load_at_unknown_index exchange compare_exchange struct_by_value \
// RUN:   copy_to_local copy_of_array loop_over_array equality; do \
// RUN:   MPS_COLLECTOR_THREADS=0 MPS_STRESS=poll MPS_VERIFY=1 \
// RUN:   %t.$o $form || exit 1; done; done' >%t.out
// RUN: bash -c "test \$(grep -c intact %t.out) = 22"
//
// Without its barrier, each form of load is found at -O0 and at -O2: by verify,
// or by what the program computes. Copies by the runtime have theirs in it.
// RUN: %clang --config=%mps-cfg --config=%mps-read-barrier-cfg -O0 -DSABOTAGE %s -o %t.s0
// RUN: %clang --config=%mps-cfg --config=%mps-read-barrier-cfg -O2 -DSABOTAGE %s -o %t.s2
// RUN: bash -c 'for o in 0 2; do for form in load atomic_load volatile_load \
// RUN:   load_at_unknown_index exchange compare_exchange struct_by_value \
// RUN:   copy_to_local equality; do \
// RUN:   MPS_COLLECTOR_THREADS=0 MPS_STRESS=poll MPS_VERIFY=1 \
// RUN:   %t.s$o $form && { echo $form -O$o; exit 1; }; done; done; exit 0' 2>%t.err
//
// While all that is old is evacuated, a reference is loaded from an old object in
// each form of load that C has. Then the evacuation ends, and the reference must
// lead to the object.
#include "mps/managed.h"
#include "mps/runtime.h"
#include <stdio.h>
#include <string.h>

#ifdef SABOTAGE
#define FORM(result)                                                           \
  __attribute__((noinline, annotate("mps-sabotage-read-barriers"))) static result
#else
#define FORM(result) __attribute__((noinline)) static result
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
static ref old_box, seven, eight;
static array_ref old_array, copied;

static ref make(long number) {
  ref box = MPS_NEW(struct box, &box_type);
  box->number = number;
  return box;
}

FORM(ref) load(ref old) { return old->other; }
FORM(ref) atomic_load(ref old) {
  return __atomic_load_n(&old->other, __ATOMIC_SEQ_CST);
}
FORM(ref) volatile_load(ref old) {
  return *(ref volatile MPS_MANAGED *)&old->other;
}
FORM(ref) load_at_unknown_index(array_ref from, uint64_t index) {
  return from->items[index];
}
FORM(ref) exchange(ref old, ref by) {
  return __atomic_exchange_n(&old->other, by, __ATOMIC_SEQ_CST);
}
FORM(int) compare_exchange(ref old, ref expected, ref by) {
  return __atomic_compare_exchange_n(&old->other, &expected, by, 0,
                                     __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}
FORM(struct pair) struct_by_value(ref old) { return old->pair; }
FORM(ref) copy_to_local(ref old) {
  struct pair local;
  __builtin_memcpy(&local, (void MPS_MANAGED *)&old->pair, sizeof local);
  return local.second;
}
FORM(int) equality(ref old, ref other) { return old->other == other; }
FORM(void) copy_of_array(array_ref to, array_ref from, uint64_t count) {
  __builtin_memcpy((void MPS_MANAGED *)to->items,
                   (void MPS_MANAGED *)from->items, count * sizeof(ref));
}
FORM(void) loop_over_array(array_ref to, array_ref from, uint64_t count) {
  for (uint64_t i = 0; i < count; ++i)
    to->items[i] = from->items[i];
}

// Whether what the form has loaded is what it should be, after a collection.
static int is(ref loaded, long number) {
  mps_collect();
  return loaded->number == number;
}
static int are(array_ref items, long number) {
  mps_collect();
  int all = 1;
  for (int i = 0; i < LENGTH; ++i)
    all &= items->items[i] && items->items[i]->number == number;
  return all;
}

static int read(const char *form) {
  if (!strcmp(form, "load"))
    return is(load(old_box), 7);
  if (!strcmp(form, "atomic_load"))
    return is(atomic_load(old_box), 7);
  if (!strcmp(form, "volatile_load"))
    return is(volatile_load(old_box), 7);
  if (!strcmp(form, "load_at_unknown_index"))
    return is(load_at_unknown_index(old_array, 13), 8);
  if (!strcmp(form, "exchange"))
    return is(exchange(old_box, eight), 7) && is(old_box->other, 8);
  if (!strcmp(form, "compare_exchange"))
    return compare_exchange(old_box, seven, eight) && is(old_box->other, 8);
  if (!strcmp(form, "struct_by_value")) {
    struct pair pair = struct_by_value(old_box);
    return is(pair.first, 7) && is(pair.second, 8);
  }
  if (!strcmp(form, "copy_to_local"))
    return is(copy_to_local(old_box), 8);
  if (!strcmp(form, "equality"))
    return equality(old_box, seven);
  if (!strcmp(form, "copy_of_array"))
    copy_of_array(copied, old_array, LENGTH);
  else
    loop_over_array(copied, old_array, LENGTH);
  return are(copied, 8);
}

static void make_old(void) {
  old_box = make(0);
  seven = make(7);
  eight = make(8);
  old_box->other = old_box->pair.first = seven;
  old_box->pair.second = eight;
  old_array = MPS_NEW_ARRAY(&array_type, LENGTH);
  copied = MPS_NEW_ARRAY(&array_type, LENGTH);
  for (int i = 0; i < LENGTH; ++i)
    old_array->items[i] = eight;
  for (int i = 0; i < 3; ++i)
    mps_collect();
}

int main(int argc, char **argv) {
  make_old();
  int intact = read(argv[1]);
  printf("%s: %s\n", argv[1], intact ? "intact" : "lost");
  return !intact;
}
