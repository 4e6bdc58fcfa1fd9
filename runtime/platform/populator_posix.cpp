#include "platform/populator.h"

#include "platform/memory.h"

#include <algorithm>
#include <new>

namespace mps::platform {

void Populator::ask(Extent extent) {
  Locked locked(lock_);
  if (!wanted_.isEmpty() && wanted_.limit == extent.base)
    extent.base = wanted_.base;
  wanted_ = extent;
}

void Populator::forget() {
  {
    Locked locked(lock_);
    wanted_ = {};
  }
  Locked locked(touching_); // For who touches it to have ended.
}

bool Populator::step() {
  Locked touching(touching_);
  Extent step;
  {
    Locked locked(lock_);
    Address front = Address::fromBits(front_.load(std::memory_order_relaxed));
    if (wanted_.contains(front))
      wanted_.base = front.alignedUp(kHugePageSize);
    if (wanted_.limit <= wanted_.base)
      wanted_ = {};
    step = wanted_;
    if (step.size() > kHugePageSize)
      step.limit = (step.base + 1).alignedUp(kHugePageSize);
    wanted_.base = step.limit;
  }
  if (step.isEmpty())
    return false;
  if (step.size() == kHugePageSize)
    advise(step, Pages::Huge);
  populateUnchanged(step);
  return true;
}

void Populator::forked() {
  new (&lock_) Mutex; // The parent's thread may have held them.
  new (&touching_) Mutex;
}

} // namespace mps::platform
