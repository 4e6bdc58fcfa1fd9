// The default plinth, over the C library.
//
// It alone prints and ends the program. A client that defines these functions
// itself replaces all of it, because this file defines nothing else and the
// library calls nothing of the outside but them.
#include "api/interface.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace {

#ifdef MPS_CHECKS_HOT
constexpr bool kAbortsAfterAssertion = true;
#else
constexpr bool kAbortsAfterAssertion = false;
#endif

void reportAssertion(const char *file, unsigned line, const char *condition) {
  std::fflush(stdout);
  std::fprintf(stderr,
               "mps: %s:%u: assertion failed: %s\n"
               "mps: what it means and what to do: docs/debugging.md\n",
               file, line, condition);
  std::fflush(stderr);
  if (kAbortsAfterAssertion)
    std::abort();
}

std::atomic<mps_lib_assert_fail_t> assertionHandler{reportAssertion};

mps_lib_FILE *asStream(std::FILE *file) {
  return reinterpret_cast<mps_lib_FILE *>(file);
}
std::FILE *asFile(mps_lib_FILE *stream) {
  return reinterpret_cast<std::FILE *>(stream);
}

} // namespace

int mps_lib_get_EOF() { return EOF; }

mps_lib_FILE *mps_lib_get_stderr() { return asStream(stderr); }

mps_lib_FILE *mps_lib_get_stdout() { return asStream(stdout); }

int mps_lib_fputc(int c, mps_lib_FILE *stream) {
  return std::fputc(c, asFile(stream));
}

int mps_lib_fputs(const char *s, mps_lib_FILE *stream) {
  return std::fputs(s, asFile(stream));
}

void mps_lib_assert_fail(const char *file, unsigned line,
                         const char *condition) {
  assertionHandler.load()(file, line, condition);
}

mps_lib_assert_fail_t
mps_lib_assert_fail_install(mps_lib_assert_fail_t handler) {
  return assertionHandler.exchange(handler);
}

void *(mps_lib_memset)(void *p, int c, size_t n) {
  return std::memset(p, c, n);
}

void *(mps_lib_memcpy)(void *to, const void *from, size_t n) {
  return std::memcpy(to, from, n);
}

int(mps_lib_memcmp)(const void *a, const void *b, size_t n) {
  return std::memcmp(a, b, n);
}

mps_clock_t mps_clock() { return static_cast<mps_clock_t>(std::clock()); }

mps_clock_t mps_clocks_per_sec() { return CLOCKS_PER_SEC; }
