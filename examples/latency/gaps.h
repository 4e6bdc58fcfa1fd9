/* How long a thread was held up: gaps between samples of the clock.
 *
 * Counts are kept by length, in eight steps for each power of two; gaps that
 * are long enough to matter are kept one by one, for the minimum mutator
 * utilisation (Cheng, Blelloch, "A Parallel, Real-Time Garbage Collector",
 * 2001): the least part of any window of time that was not in gaps. */
#ifndef MPS_EXAMPLES_GAPS_H
#define MPS_EXAMPLES_GAPS_H

#include <stdint.h>
#include <stdio.h>
#include <time.h>

enum { GAP_STEPS = 8, GAP_CLASSES = 64 * GAP_STEPS, MOST_LONG_GAPS = 1 << 20 };
enum { LONG_GAP_NS = 10000 };

static struct {
  uint64_t first, last, samples, longest;
  uint64_t counts[GAP_CLASSES];
  struct {
    uint64_t start, length;
  } long_gaps[MOST_LONG_GAPS];
  uint64_t long_count;
} gaps;

static inline uint64_t gaps_now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static unsigned gap_class(uint64_t length) {
  if (length < GAP_STEPS)
    return (unsigned)length;
  unsigned shift = 60u - (unsigned)__builtin_clzll(length);
  return (shift + 1) * GAP_STEPS + ((unsigned)(length >> shift) - GAP_STEPS);
}

static uint64_t gap_class_limit(unsigned class) {
  if (class < GAP_STEPS)
    return class;
  unsigned shift = class / GAP_STEPS - 1;
  return (((uint64_t)GAP_STEPS + class % GAP_STEPS + 1) << shift) - 1;
}

static void gaps_begin(void) { gaps.first = gaps.last = gaps_now(); }

static inline void gaps_sample(void) {
  uint64_t now = gaps_now(), length = now - gaps.last;
  ++gaps.counts[gap_class(length)];
  ++gaps.samples;
  if (length > gaps.longest)
    gaps.longest = length;
  if (length >= LONG_GAP_NS && gaps.long_count < MOST_LONG_GAPS) {
    gaps.long_gaps[gaps.long_count].start = gaps.last;
    gaps.long_gaps[gaps.long_count++].length = length;
  }
  gaps.last = now;
}

static uint64_t gaps_percentile(double part) {
  uint64_t wanted = (uint64_t)(part * (double)gaps.samples), seen = 0;
  for (unsigned class = 0; class < GAP_CLASSES; ++class)
    if ((seen += gaps.counts[class]) > wanted)
      return gap_class_limit(class) < gaps.longest ? gap_class_limit(class)
                                                   : gaps.longest;
  return gaps.longest;
}

/* The part of the window that begins at `start` that is not in long gaps, the
 * first of which is `from`. */
static double gaps_utilisation(uint64_t start, uint64_t window, uint64_t from) {
  uint64_t end = start + window, lost = 0;
  for (uint64_t i = from; i < gaps.long_count; ++i) {
    uint64_t begin = gaps.long_gaps[i].start;
    uint64_t limit = begin + gaps.long_gaps[i].length;
    if (begin >= end)
      break;
    if (begin < start)
      begin = start;
    lost += (limit < end ? limit : end) - begin;
  }
  return 1 - (double)lost / (double)window;
}

/* The worst windows begin where a gap begins, or end where one ends. */
static double gaps_mmu(uint64_t window) {
  double least = 1;
  for (uint64_t i = 0, from = 0; i < gaps.long_count; ++i) {
    uint64_t begin = gaps.long_gaps[i].start;
    uint64_t end = begin + gaps.long_gaps[i].length;
    double part = gaps_utilisation(begin, window, i);
    least = part < least ? part : least;
    uint64_t start = end > gaps.first + window ? end - window : gaps.first;
    while (gaps.long_gaps[from].start + gaps.long_gaps[from].length <= start)
      ++from;
    part = gaps_utilisation(start, window, from);
    least = part < least ? part : least;
  }
  return least;
}

static int gaps_write(const char *path) {
  FILE *file = fopen(path, "w");
  if (!file)
    return 0;
  fprintf(file,
          "{\"samples\": %llu, \"seconds\": %.6f, \"longest_gap_ms\": %.6f, "
          "\"p50_us\": %.3f, \"p99_us\": %.3f, \"p9999_us\": %.3f, "
          "\"mmu_1ms\": %.4f, \"mmu_10ms\": %.4f, \"mmu_100ms\": %.4f}\n",
          (unsigned long long)gaps.samples,
          (double)(gaps.last - gaps.first) / 1e9, (double)gaps.longest / 1e6,
          (double)gaps_percentile(0.5) / 1e3,
          (double)gaps_percentile(0.99) / 1e3,
          (double)gaps_percentile(0.9999) / 1e3, gaps_mmu(1000000),
          gaps_mmu(10000000), gaps_mmu(100000000));
  return fclose(file) == 0;
}

#endif
