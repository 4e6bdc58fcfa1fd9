// RUN: %split-file %s %t.dir
// RUN: %clang --config=%mps-cfg -O2 -ffunction-sections -c %t.dir/main.c -o %t.main.o
// RUN: %clang --config=%mps-cfg -O2 -ffunction-sections -c %t.dir/used.c -o %t.used.o
// RUN: %clang --config=%mps-cfg -Wno-unused-command-line-argument %t.main.o %t.used.o -o %t.all
// RUN: %clang --config=%mps-cfg %t.main.o %t.used.o -Wl,--gc-sections -o %t.bfd
// RUN: %clang --config=%mps-cfg -fuse-ld=%lld %t.main.o %t.used.o -Wl,--gc-sections -o %t.lld
// RUN: %t.all | %FileCheck %s
// RUN: env MPS_STRESS=poll MPS_VERIFY=1 %t.bfd | %FileCheck %s
// RUN: env MPS_STRESS=poll MPS_VERIFY=1 %t.lld | %FileCheck %s
// RUN: python3 %source/utils/dump_roots.py %t.all | %FileCheck %s --check-prefix=ALL
// RUN: python3 %source/utils/dump_roots.py %t.bfd | %FileCheck %s --check-prefix=KEPT
// RUN: python3 %source/utils/dump_roots.py %t.lld | %FileCheck %s --check-prefix=KEPT
// RUN: %readobj --dynamic-table %t.bfd | %FileCheck %s --check-prefix=DYNAMIC
// RUN: %readobj --relocations %t.main.o | %FileCheck %s --check-prefix=RELOCATIONS
// RUN: %clang --config=%mps-cfg -O2 -pie %t.main.o %t.used.o -Wl,-z,text -o %t.pie
//
// The tables of several objects are one; a function that the linker drops takes
// its table along, with GNU ld and LLD; tables need no dynamic relocations.
// CHECK: 500 and 500
// ALL-DAG: unused_here.mps: frame
// ALL-DAG: used.mps: frame
// ALL-DAG: main.mps: frame
// KEPT-NOT: unused
// KEPT-DAG: used.mps: frame
// KEPT-DAG: main.mps: frame
// DYNAMIC-NOT: TEXTREL
// RELOCATIONS: mps_roots {
// RELOCATIONS-NEXT: R_X86_64_PC32
// RELOCATIONS-NEXT: R_X86_64_PC32
// RELOCATIONS-NEXT: }

//--- main.c
#include "mps/managed.h"
#include "mps/runtime.h"
#include <stdio.h>

struct node {
  mps_header_t header;
  struct node MPS_MANAGED *next;
  long number;
};
static const mps_type_t node_type =
    MPS_TYPE(struct node, MPS_REF(struct node, next));
extern long used(long count);

struct node MPS_MANAGED *unused_here(long count) {
  struct node MPS_MANAGED *list = MPS_NEW(struct node, &node_type);
  list->number = used(count);
  return list;
}

int main(void) {
  struct node MPS_MANAGED *list = 0;
  for (long i = 0; i < 500; ++i) {
    struct node MPS_MANAGED *node = MPS_NEW(struct node, &node_type);
    node->next = list;
    list = node;
  }
  long other = used(500), count = 0;
  for (; list; list = list->next)
    ++count;
  printf("%ld and %ld\n", count, other);
  return 0;
}

//--- used.c
#include "mps/managed.h"
#include "mps/runtime.h"

struct cell {
  mps_header_t header;
  struct cell MPS_MANAGED *next;
};
static const mps_type_t cell_type =
    MPS_TYPE(struct cell, MPS_REF(struct cell, next));

long used(long count) {
  struct cell MPS_MANAGED *list = 0;
  for (long i = 0; i < count; ++i) {
    struct cell MPS_MANAGED *cell = MPS_NEW(struct cell, &cell_type);
    cell->next = list;
    list = cell;
  }
  mps_collect();
  long length = 0;
  for (; list; list = list->next)
    ++length;
  return length;
}
