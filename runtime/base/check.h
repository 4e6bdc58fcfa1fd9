// Checks, in three levels named by their price.
//
//   MPS_CHECK(c, text)      always: a few instructions off the hot paths
//   MPS_CHECK_HOT(c, text)  in builds with MPS_CHECKS_HOT (the dev preset):
//                           on hot paths
//   verify                  a run-time option: walks the heap (verify/)
//
// A failed check calls the plinth's assertion handler through checkFailed,
// which a higher step installs; with none installed it traps.
#ifndef MPS_BASE_CHECK_H
#define MPS_BASE_CHECK_H

namespace mps {

using CheckHandler = void (*)(const char *file, unsigned line,
                              const char *condition);

/// Installs the handler and returns the one before it. Any thread.
CheckHandler installCheckHandler(CheckHandler handler);

/// Calls the handler. Returns if it does.
void checkFailed(const char *file, unsigned line, const char *condition);

} // namespace mps

#define MPS_CHECK(condition, text)                                             \
  (__builtin_expect(!(condition), 0)                                           \
       ? ::mps::checkFailed(__FILE__, __LINE__, text)                          \
       : (void)0)

#ifdef MPS_CHECKS_HOT
#define MPS_CHECK_HOT(condition, text) MPS_CHECK(condition, text)
#else
#define MPS_CHECK_HOT(condition, text) ((void)0)
#endif

#endif
