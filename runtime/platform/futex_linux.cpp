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
constexpr int kAll = 0x7fffffff;

#if defined(__SANITIZE_THREAD__)
#define MPS_THREAD_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define MPS_THREAD_SANITIZER 1
#endif
#endif

#ifdef MPS_THREAD_SANITIZER
/// The sanitizer keeps a signal back until the thread does what it watches,
/// which a thread that sleeps here does not: once, one that was to stop slept
/// until whoever waited for that let go of a lock.
constexpr timespec kNap = {0, 1000000};
constexpr const timespec *kLongest = &kNap;
#else
constexpr const timespec *kLongest = nullptr;
#endif

void wake(std::atomic<std::uint32_t> &word, int most) {
  int saved = errno;
  syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, most);
  errno = saved;
}
} // namespace

void waitWhile(std::atomic<std::uint32_t> &word, std::uint32_t value) {
  int saved = errno;
  syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, value, kLongest);
  errno = saved;
}

void wakeOne(std::atomic<std::uint32_t> &word) { wake(word, 1); }
void wakeAll(std::atomic<std::uint32_t> &word) { wake(word, kAll); }

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
