#include "platform/helper_thread.h"

#include <csignal>
#include <cstddef>
#include <cstdint>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace mps::platform {

namespace {
constexpr std::size_t kStackSize = std::size_t(256) << 10;
constexpr int kNice = 10; ///< A tenth of the weight of other threads.
constexpr std::uint64_t kSliceNanoseconds = 100000;
} // namespace

bool startHelper(pthread_t &thread, void *(*main)(void *), void *argument) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStackSize);
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int failed = pthread_create(&thread, &attributes, main, argument);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  return failed == 0;
}

/// Of sched_setattr(2), which has no wrapper in older C libraries. Systems that
/// do not know the slice of an ordinary thread, which is `runtime`, ignore it.
void giveWayToOthers() {
  struct {
    std::uint32_t size, policy;
    std::uint64_t flags;
    std::int32_t nice;
    std::uint32_t priority;
    std::uint64_t runtime, deadline, period;
  } attributes = {sizeof attributes, SCHED_OTHER, 0, kNice, 0,
                  kSliceNanoseconds, 0,           0};
  syscall(SYS_sched_setattr, 0, &attributes, 0);
}

} // namespace mps::platform
