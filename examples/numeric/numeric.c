/* The spectral norm of an infinite matrix's corner, of the Computer Language
 * Benchmarks Game: arithmetic on managed arrays, and nothing allocated in its
 * loops.
 *
 *   numeric [SIZE=2000]
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "mps/managed.h"

struct vector {
  mps_header_t header;
  uint64_t length;
  double items[];
};
static const mps_type_t vector_type =
    MPS_LEAF_ARRAY_TYPE(struct vector, length, items);

static double element(uint64_t i, uint64_t j) {
  return 1.0 / (double)((i + j) * (i + j + 1) / 2 + i + 1);
}

static void multiply(struct vector MPS_MANAGED *out,
                     struct vector MPS_MANAGED *in) {
  for (uint64_t i = 0; i < in->length; ++i) {
    double sum = 0;
    for (uint64_t j = 0; j < in->length; ++j)
      sum += element(i, j) * in->items[j];
    out->items[i] = sum;
  }
}

static void multiply_transposed(struct vector MPS_MANAGED *out,
                                struct vector MPS_MANAGED *in) {
  for (uint64_t i = 0; i < in->length; ++i) {
    double sum = 0;
    for (uint64_t j = 0; j < in->length; ++j)
      sum += element(j, i) * in->items[j];
    out->items[i] = sum;
  }
}

static double dot(struct vector MPS_MANAGED *a, struct vector MPS_MANAGED *b) {
  double sum = 0;
  for (uint64_t i = 0; i < a->length; ++i)
    sum += a->items[i] * b->items[i];
  return sum;
}

int main(int argc, char **argv) {
  uint64_t size = argc > 1 ? atol(argv[1]) : 2000;
  struct vector MPS_MANAGED *u = MPS_NEW_LEAF_ARRAY(&vector_type, size);
  struct vector MPS_MANAGED *v = MPS_NEW_LEAF_ARRAY(&vector_type, size);
  struct vector MPS_MANAGED *w = MPS_NEW_LEAF_ARRAY(&vector_type, size);
  for (uint64_t i = 0; i < size; ++i)
    u->items[i] = 1;
  for (int i = 0; i < 10; ++i) {
    multiply(w, u);
    multiply_transposed(v, w);
    multiply(w, v);
    multiply_transposed(u, w);
  }
  printf("%.9f\n", sqrt(dot(u, v) / dot(v, v)));
  return 0;
}
