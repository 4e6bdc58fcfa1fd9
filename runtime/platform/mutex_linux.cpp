#include "platform/mutex.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace mps::platform {

void Mutex::lockSlow() {
  while (state_.exchange(kContended, std::memory_order_acquire) != kFree)
    syscall(SYS_futex, &state_, FUTEX_WAIT_PRIVATE, kContended, nullptr);
}

void Mutex::wakeOne() { syscall(SYS_futex, &state_, FUTEX_WAKE_PRIVATE, 1); }

} // namespace mps::platform
