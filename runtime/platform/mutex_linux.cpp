#include "platform/futex.h"
#include "platform/mutex.h"

namespace mps::platform {

namespace {
/// Looks at a lock that is held, before a thread sleeps: some microseconds,
/// which is what most hold it for and less than it takes to sleep and be woken.
constexpr unsigned kLooks = 64;
} // namespace

void Mutex::lockSlow() {
  for (unsigned look = 0; look < kLooks; ++look) {
    backOff(look);
    if (tryLockIfFree())
      return;
  }
  while (state_.exchange(kContended, std::memory_order_acquire) != kFree)
    waitWhile(state_, kContended);
}

void Mutex::lockWhenFree() {
  for (unsigned step = 0; !tryLockIfFree(); ++step)
    backOff(step);
}

void Mutex::wakeOne() { platform::wakeOne(state_); }

} // namespace mps::platform
