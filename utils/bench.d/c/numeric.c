/* The spectral norm of an infinite matrix's corner: numeric [SIZE=2000] */
#include "memory.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>

struct vector {
  uint64_t length;
  double items[];
};

static struct vector *new_vector(uint64_t length) {
  struct vector *vector =
      new_leaf(sizeof *vector + length * sizeof vector->items[0]);
  vector->length = length;
  for (uint64_t i = 0; i < length; ++i)
    vector->items[i] = 0;
  return vector;
}

static double element(uint64_t i, uint64_t j) {
  return 1.0 / (double)((i + j) * (i + j + 1) / 2 + i + 1);
}

static void multiply(struct vector *out, struct vector *in) {
  for (uint64_t i = 0; i < in->length; ++i) {
    double sum = 0;
    for (uint64_t j = 0; j < in->length; ++j)
      sum += element(i, j) * in->items[j];
    out->items[i] = sum;
  }
}

static void multiply_transposed(struct vector *out, struct vector *in) {
  for (uint64_t i = 0; i < in->length; ++i) {
    double sum = 0;
    for (uint64_t j = 0; j < in->length; ++j)
      sum += element(j, i) * in->items[j];
    out->items[i] = sum;
  }
}

static double dot(struct vector *a, struct vector *b) {
  double sum = 0;
  for (uint64_t i = 0; i < a->length; ++i)
    sum += a->items[i] * b->items[i];
  return sum;
}

int main(int argc, char **argv) {
  uint64_t size = argc > 1 ? atol(argv[1]) : 2000;
  init();
  struct vector *u = new_vector(size);
  struct vector *v = new_vector(size);
  struct vector *w = new_vector(size);
  for (uint64_t i = 0; i < size; ++i)
    u->items[i] = 1;
  for (int i = 0; i < 10; ++i) {
    multiply(w, u);
    multiply_transposed(v, w);
    multiply(w, v);
    multiply_transposed(u, w);
  }
  printf("%.9f\n", sqrt(dot(u, v) / dot(v, v)));
  release(u);
  release(v);
  release(w);
  return 0;
}
