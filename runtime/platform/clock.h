// Clocks.
#ifndef MPS_PLATFORM_CLOCK_H
#define MPS_PLATFORM_CLOCK_H

#include <ctime>

#include <cstdint>

namespace mps::platform {

/// Nanoseconds since some fixed moment. Any thread.
inline std::uint64_t nanoseconds() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return std::uint64_t(time.tv_sec) * 1000000000u + time.tv_nsec;
}

/// Nanoseconds of processor time that the calling thread has had.
inline std::uint64_t processorNanoseconds() {
  timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::uint64_t(time.tv_sec) * 1000000000u + time.tv_nsec;
}

} // namespace mps::platform

#endif
