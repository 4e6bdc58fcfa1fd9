// A monotonic clock.
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

} // namespace mps::platform

#endif
