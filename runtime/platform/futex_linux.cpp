#include "platform/futex.h"

#include <cerrno>
#include <ctime>
#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace mps::platform {

namespace {
constexpr unsigned kPauses = 64, kYields = 128;
constexpr long kSleepNanoseconds = 50000;
} // namespace

void waitWhile(std::atomic<std::uint32_t> &word, std::uint32_t value) {
  int saved = errno;
  syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, value, nullptr);
  errno = saved;
}

void wakeAll(std::atomic<std::uint32_t> &word) {
  int saved = errno;
  syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 0x7fffffff);
  errno = saved;
}

void backOff(unsigned step) {
  if (step < kPauses) {
    __builtin_ia32_pause();
  } else if (step < kYields) {
    sched_yield();
  } else {
    int saved = errno; // A signal may end it.
    timespec time = {0, kSleepNanoseconds};
    nanosleep(&time, nullptr);
    errno = saved;
  }
}

void giveProcessor() { sched_yield(); }

} // namespace mps::platform
