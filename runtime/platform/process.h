// Which process this is, and what the system has done for a thread of it.
#ifndef MPS_PLATFORM_PROCESS_H
#define MPS_PLATFORM_PROCESS_H

#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>

namespace mps::platform {

/// Another number in a child. Any thread.
inline int processNumber() { return getpid(); }

/// Of the calling thread, since it began: each put memory behind a page.
inline std::uint64_t pageFaults() {
  rusage usage = {};
#ifdef RUSAGE_THREAD
  getrusage(RUSAGE_THREAD, &usage);
#endif
  return std::uint64_t(usage.ru_minflt) + std::uint64_t(usage.ru_majflt);
}

} // namespace mps::platform

#endif
