// RUN: %clangxx --config=%mps-cfg -O0 %s -o %t.O0
// RUN: %clangxx --config=%mps-cfg -O2 %s -o %t.O2
// RUN: %t.O0 | %FileCheck %s
// RUN: %t.O2 | %FileCheck %s
// RUN: env MPS_STRESS=poll MPS_VERIFY=1 %t.O0 | %FileCheck %s
// RUN: env MPS_STRESS=poll MPS_VERIFY=1 %t.O2 | %FileCheck %s
//
// Exceptions thrown by foreign code pass managed frames, are caught in managed
// code, whose references are good afterwards, or in foreign code.
// CHECK: caught in managed code 100 times, in foreign code 100 times, list intact
#include "mps/managed.h"
#include "mps/runtime.h"
#include <cstdio>
#include <cstring>

struct node {
  mps_header_t header;
  node MPS_MANAGED *next;
  long number;
};
static const mps_type_t node_type =
    MPS_TYPE(struct node, MPS_REF(struct node, next));

static node MPS_MANAGED *list;

static void push(long number) {
  node MPS_MANAGED *each = MPS_NEW(struct node, &node_type);
  each->number = number;
  each->next = list;
  list = each;
}

[[gnu::noinline]] static void thrower(int number) { throw number; }

[[gnu::noinline]] static long dive(int depth, node MPS_MANAGED *each, int number) {
  if (depth == 0)
    thrower(number);
  long below = dive(depth - 1, each->next ? each->next : each, number);
  return below + each->number;
}

// Managed: a reference is live across the call that throws, and used in the
// handler, after a collection.
[[gnu::noinline]] static long catcher(int number) {
  node MPS_MANAGED *mine = list;
  try {
    return dive(20, list, number);
  } catch (int caught) {
    mps_collect();
    return mine->number == number && caught == number;
  }
}

static long through(int number) { return dive(20, list, number); }

[[gnu::noinline]] static void grow() {
  volatile char junk[16384];
  std::memset(const_cast<char *>(junk), 0x5a, sizeof junk);
  mps_collect();
  junk[0] = junk[1];
}

[[gnu::noinline]] static int catchInForeignCode(int number) {
  try {
    return through(number) != -1 ? 0 : 2;
  } catch (int caught) {
    grow();
    return caught == number;
  }
}

static long length() {
  long count = 0;
  for (node MPS_MANAGED *each = list; each; each = each->next)
    ++count;
  return count;
}

int main() {
  int managed = 0, foreign = 0;
  for (int i = 0; i < 100; ++i) {
    push(i);
    managed += catcher(i) == 1;
    foreign += catchInForeignCode(i) == 1;
  }
  std::printf("caught in managed code %d times, in foreign code %d times, "
              "list %s\n",
              managed, foreign, length() == 100 ? "intact" : "lost");
}
