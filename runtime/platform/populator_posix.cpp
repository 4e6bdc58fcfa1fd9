#include "platform/populator.h"

#include "platform/futex.h"
#include "platform/helper_thread.h"
#include "platform/memory.h"

#include <new>
#include <unistd.h>

namespace mps::platform {

void Populator::ask(Extent extent) {
  if (process_ != getpid()) {
    process_ = getpid();
    hasThread_ = false;
    new (&lock_) Mutex; // The parent's thread may have held it.
  }
  if (!hasThread_) {
    hasThread_ = startHelper(
        thread_,
        [](void *self) -> void * {
          static_cast<Populator *>(self)->work();
          return nullptr;
        },
        this);
    if (!hasThread_)
      return;
  }
  {
    Locked locked(lock_);
    if (!wanted_.isEmpty() && wanted_.limit == extent.base)
      extent.base = wanted_.base;
    wanted_ = extent;
    asked_.fetch_add(1, std::memory_order_release);
  }
  wakeAll(asked_);
}

void Populator::stop() {
  if (!hasThread_ || process_ != getpid())
    return;
  {
    Locked locked(lock_);
    isStopping_ = true;
    asked_.fetch_add(1, std::memory_order_release);
  }
  wakeAll(asked_);
  pthread_join(thread_, nullptr);
  hasThread_ = false;
  isStopping_ = false;
  wanted_ = {};
}

/// A huge page at a time: it is to stop soon when it is asked to.
void Populator::work() {
  for (;;) {
    std::uint32_t asked = asked_.load(std::memory_order_acquire);
    Extent step;
    {
      Locked locked(lock_);
      if (isStopping_)
        return;
      step = wanted_;
      if (step.size() > kHugePageSize)
        step.limit = (step.base + 1).alignedUp(kHugePageSize);
      wanted_.base = step.limit;
    }
    if (step.isEmpty())
      waitWhile(asked_, asked);
    else
      populateUnchanged(step);
  }
}

} // namespace mps::platform
