// Random delays, for tests: where two threads meet, each order gets its turn.
#ifndef MPS_PLATFORM_JITTER_H
#define MPS_PLATFORM_JITTER_H

#include "base/random.h"

#include <atomic>

namespace mps::platform {

class Jitter {
public:
  /// 0: no delays. Any thread.
  void start(std::uint64_t seed) { seed_ = seed; }
  /// Mostly returns at once; else gives way, or sleeps up to 256 us. Any
  /// thread.
  void wait() {
    if (std::uint64_t seed = seed_.load(std::memory_order_relaxed))
      waitSlow(seed);
  }

private:
  void waitSlow(std::uint64_t seed);

  std::atomic<std::uint64_t> seed_{0}, waits_{0};
};

} // namespace mps::platform

#endif
