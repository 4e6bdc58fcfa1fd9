// RUN: %split-file %s %t.dir
// RUN: %clang --config=%mps-shared-cfg -O2 -shared %t.dir/library.c -o %t.so
// RUN: %clang --config=%mps-cfg -O2 %t.dir/main.c -ldl -o %t
// RUN: %t %t.so | %FileCheck %s
// RUN: env MPS_STRESS=poll MPS_VERIFY=1 %t %t.so | %FileCheck %s
//
// Managed code in a shared object that is loaded, collected in, and unloaded,
// ten times: its root tables, globals and thread-local
// variables come and go with it.
// CHECK: 10 loads, sum 49950, mine intact

//--- library.c
#include "mps/managed.h"
#include "mps/runtime.h"

struct node {
  mps_header_t header;
  struct node MPS_MANAGED *next;
  long number;
};
static const mps_type_t node_type =
    MPS_TYPE(struct node, MPS_REF(struct node, next));

static struct node MPS_MANAGED *list;
static _Thread_local struct node MPS_MANAGED *last;

long library_work(long count) {
  for (long i = 0; i < count; ++i) {
    struct node MPS_MANAGED *node = MPS_NEW(struct node, &node_type);
    node->number = i;
    node->next = list;
    list = last = node;
    if (i % 10 == 0)
      mps_collect();
  }
  long sum = last == list ? 0 : 1000000;
  for (struct node MPS_MANAGED *each = list; each; each = each->next)
    sum += each->number;
  return sum;
}

//--- main.c
#include "mps/managed.h"
#include "mps/runtime.h"
#include <dlfcn.h>
#include <stdio.h>

struct box {
  mps_header_t header;
  long number;
};
static const mps_type_t box_type = MPS_TYPE(struct box, 0);
static struct box MPS_MANAGED *mine;

int main(int argc, char **argv) {
  mine = MPS_NEW(struct box, &box_type);
  mine->number = 42;
  long sum = 0;
  int loads = 0;
  for (; loads < 10; ++loads) {
    void *library = dlopen(argv[1], RTLD_NOW);
    if (!library)
      return puts(dlerror()), 1;
    long (*work)(long) = (long (*)(long))dlsym(library, "library_work");
    sum += work(100) + loads * 10;
    dlclose(library);
    mps_collect();
  }
  printf("%d loads, sum %ld, mine %s\n", loads, sum,
         mine->number == 42 ? "intact" : "lost");
  return 0;
}
