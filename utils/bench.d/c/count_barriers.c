/* Linked with a program that counts the barriers that it executes: writes how many
 * of each kind to the file that MPS_EXECUTED names, when the program ends. */
#include <stdio.h>
#include <stdlib.h>

long mps_executed[3];

__attribute__((destructor)) static void write_counts(void) {
  const char *path = getenv("MPS_EXECUTED");
  FILE *file = path ? fopen(path, "w") : 0;
  if (file) {
    fprintf(file, "%ld %ld %ld\n", mps_executed[0], mps_executed[1],
            mps_executed[2]);
    fclose(file);
  }
}
