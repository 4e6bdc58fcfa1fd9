#include "platform/jitter.h"

#include <cerrno>
#include <ctime>
#include <sched.h>

namespace mps::platform {

void Jitter::waitSlow(std::uint64_t seed) {
  std::uint64_t number = waits_.fetch_add(1, std::memory_order_relaxed);
  std::uint64_t drawn = Random(seed + number * Random::kStep).next();
  if (drawn % 4 != 0)
    return;
  if (drawn / 4 % 2 != 0) {
    sched_yield();
    return;
  }
  timespec time = {0, long(1000u << (drawn / 8 % 9))};
  int saved = errno;
  while (nanosleep(&time, &time) != 0 && errno == EINTR) {
  }
  errno = saved;
}

} // namespace mps::platform
