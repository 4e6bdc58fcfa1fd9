// Which process this is, and what the system has done for a thread of it.
#ifndef MPS_PLATFORM_PROCESS_H
#define MPS_PLATFORM_PROCESS_H

#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>

namespace mps::platform {

/// Another number in a child. Any thread.
inline int processNumber() { return getpid(); }

/// How often the system has done something for a thread, or to it.
struct ThreadUsage {
  std::uint64_t faults = 0;      ///< Each put memory behind a page.
  std::uint64_t waits = 0;       ///< The thread gave its processor up.
  std::uint64_t preemptions = 0; ///< Another got its processor.

  ThreadUsage operator-(const ThreadUsage &earlier) const {
    return {faults - earlier.faults, waits - earlier.waits,
            preemptions - earlier.preemptions};
  }
};

/// Of the calling thread, since it began.
inline ThreadUsage threadUsage() {
  rusage usage = {};
#ifdef RUSAGE_THREAD
  getrusage(RUSAGE_THREAD, &usage);
#endif
  return {std::uint64_t(usage.ru_minflt) + std::uint64_t(usage.ru_majflt),
          std::uint64_t(usage.ru_nvcsw), std::uint64_t(usage.ru_nivcsw)};
}

} // namespace mps::platform

#endif
