// RUN: %clang --config=%mps-cfg -O2 %s -o %t
// RUN: %t 2>%t.err | %FileCheck %s
// RUN: %FileCheck %s --check-prefix=LOG <%t.err
// RUN: %not env MPS_HEAP_LIMIT=1k %t 2>&1 | %FileCheck %s --check-prefix=SMALL
// RUN: %not env MPS_STRESS=often %t 2>&1 | %FileCheck %s --check-prefix=STRESS
// RUN: %not env MPS_VERIFY=yes %t 2>&1 | %FileCheck %s --check-prefix=VERIFY
// RUN: %not env MPS_NURSERY=-4 %t 2>&1 | %FileCheck %s --check-prefix=NURSERY
// RUN: %not env MPS_GROWTH=90 %t 2>&1 | %FileCheck %s --check-prefix=GROWTH
//
// What the environment sets, a host sets by a call; bad values are refused, with
// what was expected.
// CHECK: limit refused, stress: at least 1000 collections, 16777216 bytes
// LOG: mps: collection {{[0-9]+}} (full, stress): {{[0-9.]+}} ms
// SMALL: mps: MPS_HEAP_LIMIT=1k: expected at least 4m
// STRESS: mps: MPS_STRESS=often: expected poll, alloc or bytes=N
// VERIFY: mps: MPS_VERIFY=yes: expected 0 or 1
// NURSERY: mps: MPS_NURSERY=-4: expected a size such as 512m or 2g
// GROWTH: mps: MPS_GROWTH=90: expected per cent of what lives, 110 to 10000
#include "mps/managed.h"
#include "mps/runtime.h"
#include <stdio.h>

struct box {
  mps_header_t header;
  struct box MPS_MANAGED *next;
  long words[10];
};
static const mps_type_t box_type =
    MPS_TYPE(struct box, MPS_REF(struct box, next));

struct box MPS_MANAGED *kept;

static void work(int count) {
  for (int i = 0; i < count; ++i) {
    struct box MPS_MANAGED *box = MPS_NEW(struct box, &box_type);
    if (i % 10 == 0)
      kept = box;
  }
}

int main(void) {
  mps_settings_s settings;
  mps_settings_get(&settings);
  work(10);
  settings.heap_limit = 1;
  int refused = mps_settings_set(&settings) == MPS_RES_FAIL;
  settings.heap_limit = 16 << 20;
  settings.stress = MPS_STRESS_BYTES;
  settings.stress_bytes = 200;
  settings.verify = 1;
  settings.log = 1;
  if (mps_settings_set(&settings) != MPS_RES_OK)
    return 1;
  work(50000);
  mps_statistics_s statistics;
  mps_statistics_get(&statistics);
  printf("limit %s, stress: %s 1000 collections, %zu bytes\n",
         refused ? "refused" : "taken",
         statistics.collections >= 1000 ? "at least" : "less than",
         mps_arena_commit_limit(mps_default_arena()));
  return 0;
}
