#include "platform/futex.h"
#include "platform/mutex.h"

namespace mps::platform {

void Mutex::lockSlow() {
  while (state_.exchange(kContended, std::memory_order_acquire) != kFree)
    waitWhile(state_, kContended);
}

void Mutex::wakeOne() { platform::wakeOne(state_); }

} // namespace mps::platform
