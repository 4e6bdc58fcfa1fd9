/* When a thread looked at the clock, to see how long it was held up in between.
 * The samples are kept in memory that no collector looks at. */
#ifndef MPS_EXAMPLES_GAPS_H
#define MPS_EXAMPLES_GAPS_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

static struct {
  uint64_t *times;
  uint64_t count, most;
} gaps;

/* Before the first sample. The memory is faulted in now, not later. 0 if there is
 * none. */
static int gaps_begin(uint64_t most) {
  size_t size = most * sizeof *gaps.times;
  void *memory = mmap(0, size ? size : 1, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    return 0;
  memset(memory, 0, size);
  gaps.times = (uint64_t *)memory;
  gaps.most = most;
  return 1;
}

static inline void gaps_sample(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  if (gaps.count < gaps.most)
    gaps.times[gaps.count++] =
        (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static int gaps_write(const char *path) {
  FILE *file = fopen(path, "wb");
  if (!file)
    return 0;
  size_t written = fwrite(gaps.times, sizeof *gaps.times, gaps.count, file);
  return (fclose(file) == 0) & (written == gaps.count);
}

#endif
