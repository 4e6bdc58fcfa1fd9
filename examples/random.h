/* The random numbers of the examples: a linear congruential generator (Knuth's
 * MMIX), the same in every language. */
#ifndef MPS_EXAMPLES_RANDOM_H
#define MPS_EXAMPLES_RANDOM_H

#include <stdint.h>

static uint64_t random_state = 42;

/* 32 bits. */
static inline uint64_t random_number(void) {
  random_state = random_state * 6364136223846793005u + 1442695040888963407u;
  return random_state >> 32;
}

static inline uint64_t random_below(uint64_t limit) {
  return random_number() % limit;
}

#endif
