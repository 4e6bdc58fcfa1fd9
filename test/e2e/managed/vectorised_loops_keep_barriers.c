// RUN: %managed %s --levels 2,3 | %FileCheck %s
//
// Loops that the optimiser turns into masked stores, gathers and scatters of
// references.
// CHECK: right
#include "mps/managed.h"
#include <stdio.h>

struct box {
  mps_header_t header;
  long number;
};
static const mps_type_t box_type = MPS_LEAF_TYPE(struct box);
struct row {
  mps_header_t header;
  uint64_t length;
  struct box MPS_MANAGED *boxes[];
};
static const mps_type_t row_type =
    MPS_ARRAY_TYPE(struct row, 0, length, boxes, MPS_ELEMENT_IS_REF);
typedef struct row MPS_MANAGED *row;
enum { kCount = 300 };

#define LOOP(body)                                                             \
  for (long i = 0; i < kCount; ++i)                                            \
  body

#define LOOPS(name, attribute)                                                 \
  attribute __attribute__((noinline)) static void name##_some(                 \
      row to, row from, const long *restrict wanted) {                         \
    LOOP(if (wanted[i]) to->boxes[i] = from->boxes[i];)                        \
  }                                                                            \
  attribute __attribute__((noinline)) static void name##_permuted(             \
      row to, row from, const long *restrict index) {                          \
    LOOP(to->boxes[index[i]] = from->boxes[i];)                                \
    LOOP(to->boxes[i] = from->boxes[index[i]];)                                \
  }                                                                            \
  attribute __attribute__((noinline)) static long name##_sum(                  \
      row of, const long *restrict wanted) {                                   \
    long result = 0;                                                           \
    LOOP(if (wanted[i]) result += of->boxes[i]->number;)                       \
    return result;                                                             \
  }
LOOPS(plain, )
LOOPS(avx2, __attribute__((target("avx2"))))
LOOPS(avx512, __attribute__((target("avx512f"))))

static row make(long first) {
  row result = MPS_NEW_ARRAY(&row_type, kCount);
  for (long i = 0; i < kCount; ++i) {
    struct box MPS_MANAGED *box = MPS_NEW_LEAF(struct box, &box_type);
    box->number = first + i;
    result->boxes[i] = box;
  }
  return result;
}

#define TURN(name)                                                             \
  do {                                                                         \
    row to = make(0), from = make(1000);                                       \
    for (int round = 0; round < 3; ++round) {                                  \
      name##_some(to, from, wanted);                                           \
      from = make(round);                                                      \
      sum = sum * 31 + name##_sum(to, wanted);                                 \
      name##_permuted(to, from, index);                                        \
      make(0);                                                                 \
      sum = sum * 31 + name##_sum(to, index) + name##_sum(from, wanted);       \
    }                                                                          \
  } while (0)

int main(void) {
  long wanted[kCount], index[kCount];
  for (long i = 0; i < kCount; ++i) {
    wanted[i] = i * 7 % 3 == 0;
    index[i] = i * 7 % kCount;
  }
  unsigned long sum = 0, right;
  TURN(plain);
  right = sum;
  sum = 0;
  if (__builtin_cpu_supports("avx2")) {
    TURN(avx2);
    if (sum != right)
      puts("wrong with avx2");
  }
  sum = 0;
  if (__builtin_cpu_supports("avx512f")) {
    TURN(avx512);
    if (sum != right)
      puts("wrong with avx512f");
  }
  puts("right");
  return 0;
}
