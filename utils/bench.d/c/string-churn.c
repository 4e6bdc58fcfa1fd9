/* Byte strings: string-churn [STRINGS=2000] [OPERATIONS=400000] */
#include "memory.h"

#include <stdio.h>

#include "../../../examples/random.h"

struct string {
  uint64_t length; /* In words. */
  uint64_t words[];
};

struct table {
  uint64_t length;
  struct string *strings[];
};

/* In words: 90 % are of less than 4 KiB, the others of up to 1 MiB. */
static uint64_t random_length(void) {
  uint64_t bits =
      random_below(10) == 0 ? 12 + random_below(8) : 4 + random_below(8);
  return ((1u << bits) + random_below(1u << bits)) / 8;
}

/* Only its first and last words are set: there are two at least. */
static struct string *new_string(uint64_t number) {
  uint64_t length = random_length();
  struct string *string =
      new_leaf(sizeof *string + length * sizeof string->words[0]);
  string->length = length;
  string->words[0] = number;
  string->words[length - 1] = number * 3;
  return string;
}

static void check(struct table *table) {
  uint64_t bytes = 0, sum = 0;
  for (uint64_t i = 0; i < table->length; ++i) {
    struct string *string = table->strings[i];
    bytes += string->length * 8;
    sum = sum * 31 + string->words[0] + string->words[string->length - 1];
  }
  printf("%llu bytes, checksum %llu\n", (unsigned long long)bytes,
         (unsigned long long)sum);
}

int main(int argc, char **argv) {
  uint64_t strings = argc > 1 ? atol(argv[1]) : 2000;
  uint64_t operations = argc > 2 ? atol(argv[2]) : 400000;
  init();
  struct table *table =
      new_object(sizeof *table + strings * sizeof table->strings[0]);
  table->length = strings;
  for (uint64_t i = 0; i < strings; ++i)
    table->strings[i] = new_string(i);
  for (uint64_t i = 0; i < operations; ++i) {
    uint64_t place = random_below(strings);
    release(table->strings[place]);
    table->strings[place] = new_string(i);
  }
  check(table);
  return 0;
}
