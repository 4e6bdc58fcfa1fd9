/* Linked with a program by --wrap=main: writes how many seconds of processor time
 * the process took from main's beginning to its end, in all its threads, to the file
 * that MPS_SECONDS names. What comes before it, faulting in the heap's memory, may
 * take longer than the program; and the system tells a process's own time from its
 * system's by samples only. Without collections no thread of the runtime works beside
 * the program's. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int __real_main(int argc, char **argv);

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return time.tv_sec + time.tv_nsec * 1e-9;
}

int __wrap_main(int argc, char **argv) {
  double start = now();
  int status = __real_main(argc, argv);
  double seconds = now() - start;
  const char *path = getenv("MPS_SECONDS");
  FILE *file = path ? fopen(path, "w") : 0;
  if (file) {
    fprintf(file, "%.6f\n", seconds);
    fclose(file);
  }
  return status;
}
