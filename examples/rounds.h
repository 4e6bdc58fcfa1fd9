/* For utils/soak: with ROUNDS_SECONDS in the environment, a program does its
 * operations again and again for so long, and prints a line for each round:
 * seconds since the start, processor seconds of the round, collections, and
 * processor microseconds of each pause. Without, there is one round. */
#ifndef MPS_EXAMPLES_ROUNDS_H
#define MPS_EXAMPLES_ROUNDS_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "mps/runtime.h"

static double rounds_clock(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static struct {
  double limit, start, processor;
  mps_statistics_s before;
  int begun;
} rounds;

static void rounds_note(void) {
  rounds.processor = rounds_clock(CLOCK_PROCESS_CPUTIME_ID);
  mps_statistics_get(&rounds.before);
}

/* Whether there is another round. */
static int rounds_next(void) {
  if (!rounds.begun) {
    const char *seconds = getenv("ROUNDS_SECONDS");
    rounds.limit = seconds ? atof(seconds) : 0;
    rounds.start = rounds_clock(CLOCK_MONOTONIC);
    rounds.begun = 1;
    rounds_note();
    return 1;
  }
  if (rounds.limit <= 0)
    return 0;
  mps_statistics_s now;
  mps_statistics_get(&now);
  double elapsed = rounds_clock(CLOCK_MONOTONIC) - rounds.start;
  uint64_t collections = now.collections - rounds.before.collections;
  uint64_t pauses = now.pause_processor_ns - rounds.before.pause_processor_ns;
  printf("round %.3f %.6f %llu %.3f\n", elapsed,
         rounds_clock(CLOCK_PROCESS_CPUTIME_ID) - rounds.processor,
         (unsigned long long)collections,
         collections ? (double)pauses / (double)collections / 1e3 : 0.0);
  fflush(stdout);
  rounds_note();
  return elapsed < rounds.limit;
}

#endif
