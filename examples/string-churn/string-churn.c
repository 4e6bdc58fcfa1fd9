/* A table of byte strings of 16 bytes to 1 MiB, replaced at random: leaf objects,
 * few of them large.
 *
 *   string-churn [STRINGS=2000] [OPERATIONS=400000]
 */
#include <stdio.h>
#include <stdlib.h>

#include "../random.h"
#include "mps/managed.h"

struct string {
  mps_header_t header;
  uint64_t length; /* In words. */
  uint64_t words[];
};
static const mps_type_t string_type =
    MPS_LEAF_ARRAY_TYPE(struct string, length, words);

struct table {
  mps_header_t header;
  uint64_t length;
  struct string MPS_MANAGED *strings[];
};
static const mps_type_t table_type =
    MPS_ARRAY_TYPE(struct table, 0, length, strings, MPS_ELEMENT_IS_REF);

/* In words: 90 % are of less than 4 KiB, the others of up to 1 MiB. */
static uint64_t random_length(void) {
  uint64_t bits = random_below(10) == 0 ? 12 + random_below(8)
                                        : 4 + random_below(8);
  return ((1u << bits) + random_below(1u << bits)) / 8;
}

static struct string MPS_MANAGED *new_string(uint64_t number) {
  uint64_t length = random_length();
  struct string MPS_MANAGED *string =
      MPS_NEW_UNINITIALIZED_ARRAY(&string_type, length);
  string->words[0] = number;
  string->words[length - 1] = number * 3;
  return string;
}

static void check(struct table MPS_MANAGED *table) {
  uint64_t bytes = 0, sum = 0;
  for (uint64_t i = 0; i < table->length; ++i) {
    struct string MPS_MANAGED *string = table->strings[i];
    bytes += string->length * 8;
    sum = sum * 31 + string->words[0] + string->words[string->length - 1];
  }
  printf("%llu bytes, checksum %llu\n", (unsigned long long)bytes,
         (unsigned long long)sum);
}

int main(int argc, char **argv) {
  uint64_t strings = argc > 1 ? atol(argv[1]) : 2000;
  uint64_t operations = argc > 2 ? atol(argv[2]) : 400000;
  struct table MPS_MANAGED *table = MPS_NEW_ARRAY(&table_type, strings);
  for (uint64_t i = 0; i < strings; ++i)
    table->strings[i] = new_string(i);
  for (uint64_t i = 0; i < operations; ++i) {
    uint64_t place = random_below(strings);
    table->strings[place] = new_string(i);
  }
  check(table);
  return 0;
}
