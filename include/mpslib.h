/* The plinth: the library's way to the outside world, and the only part of it
 * that prints or ends the program.
 *
 * A failed check calls mps_lib_assert_fail, which calls the installed handler.
 * The default handler prints to the standard error stream; where the library
 * was built to check on hot paths too it then aborts, otherwise it returns.
 * If a handler returns, the library goes on as if the check had passed. It may
 * be called with locks held and other threads stopped, and calls nothing of the
 * library.
 */
#ifndef MPSLIB_H
#define MPSLIB_H

#include "mps.h"

MPS_C_BEGIN

typedef struct mps_lib_stream_s mps_lib_FILE;

/* What fputc and fputs return when they fail. */
extern int mps_lib_get_EOF(void);
#define mps_lib_EOF (mps_lib_get_EOF())
extern mps_lib_FILE *mps_lib_get_stderr(void);
extern mps_lib_FILE *mps_lib_get_stdout(void);
#define mps_lib_stderr (mps_lib_get_stderr())
#define mps_lib_stdout (mps_lib_get_stdout())
extern int mps_lib_fputc(int c, mps_lib_FILE *stream);
extern int mps_lib_fputs(const char *s, mps_lib_FILE *stream);

typedef void (*mps_lib_assert_fail_t)(const char *file, unsigned line,
                                      const char *condition);
extern void mps_lib_assert_fail(const char *file, unsigned line,
                                const char *condition);
/* Replaces the handler of the process and returns the one before. Any thread.
 */
extern mps_lib_assert_fail_t
mps_lib_assert_fail_install(mps_lib_assert_fail_t handler);

/* As memset, memcpy and memcmp of C. */
extern void *(mps_lib_memset)(void *p, int c, size_t n);
extern void *(mps_lib_memcpy)(void *to, const void *from, size_t n);
extern int(mps_lib_memcmp)(const void *a, const void *b, size_t n);

/* Processor time of the process; its units per second. */
extern mps_clock_t mps_clock(void);
extern mps_clock_t mps_clocks_per_sec(void);

MPS_C_END

#endif
