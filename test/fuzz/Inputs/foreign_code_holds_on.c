/* Arrays that the C library sorts in place while it calls back code that
 * allocates: what foreign code has stays where it is.
 *
 *   foreign_code_holds_on [OPERATIONS=3000] [ARRAYS=200]
 */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../../examples/random.h"
#include "mps/managed.h"

struct array {
  mps_header_t header;
  uint64_t length;
  uint64_t elements[];
};
static const mps_type_t array_type =
    MPS_ARRAY_TYPE(struct array, 0, length, elements, 0);

struct table {
  mps_header_t header;
  uint64_t length;
  struct array MPS_MANAGED *arrays[];
};
static const mps_type_t table_type =
    MPS_ARRAY_TYPE(struct table, 0, length, arrays, MPS_ELEMENT_IS_REF);

static struct table MPS_MANAGED *table;
static uint64_t calls;

static struct array MPS_MANAGED *make(void) {
  struct array MPS_MANAGED *array =
      MPS_NEW_ARRAY(&array_type, 1 + random_below(60));
  for (uint64_t i = 0; i < array->length; ++i)
    array->elements[i] = random_number();
  return array;
}

static int compare(const void *left, const void *right) {
  if (++calls % 8 == 0)
    table->arrays[random_below(table->length)] = make();
  uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
  return (a > b) - (a < b);
}

static uint64_t sort_one(void) {
  struct array MPS_MANAGED *array = table->arrays[random_below(table->length)];
  uint64_t length = array->length, before = 0, after = 0;
  for (uint64_t i = 0; i < length; ++i)
    before += array->elements[i];
  qsort((char *)mps_pin(array) + offsetof(struct array, elements), length,
        sizeof array->elements[0], compare);
  for (uint64_t i = 0; i < length; ++i) {
    after += array->elements[i];
    if (i != 0 && array->elements[i - 1] > array->elements[i])
      abort();
  }
  if (before != after || length != array->length)
    abort();
  return after;
}

int main(int argc, char **argv) {
  long operations = argc > 1 ? atol(argv[1]) : 3000;
  uint64_t arrays = argc > 2 ? (uint64_t)atol(argv[2]) : 200, sum = 0;
  struct table MPS_MANAGED *made = MPS_NEW_ARRAY(&table_type, arrays);
  table = made;
  for (uint64_t i = 0; i < arrays; ++i)
    table->arrays[i] = make();
  for (long i = 0; i < operations; ++i)
    sum += sort_one();
  printf("sum %llu, %llu calls\n", (unsigned long long)sum,
         (unsigned long long)calls);
  return 0;
}
