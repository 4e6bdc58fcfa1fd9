#include "platform/populator.h"

#include "platform/memory.h"

#include <algorithm>
#include <new>

namespace mps::platform {

namespace {
constexpr std::size_t kSmallStep = std::size_t(64) << 10;
} // namespace

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

/// Of what is wanted. Empty if nothing is.
Extent Populator::takeStep() {
  Locked locked(lock_);
  Address front = Address::fromBits(front_.load(std::memory_order_relaxed));
  bool isLeft = near_.load(std::memory_order_relaxed) == Near::Left;
  Address passed = isLeft ? front + kNear : front;
  if (front && wanted_.base < passed)
    wanted_.base = passed.alignedUp(isLeft ? kHugePageSize : kPageSize);
  if (wanted_.limit <= wanted_.base)
    return wanted_ = {};
  Extent step = wanted_;
  step.limit =
      std::min(step.limit,
               (step.base + 1)
                   .alignedUp(isNear(step.base) ? kSmallStep : kHugePageSize));
  wanted_.base = step.limit;
  return step;
}

bool Populator::step() {
  Locked touching(touching_);
  Extent step = takeStep();
  if (step.isEmpty())
    return false;
  if (beside_ != nullptr)
    beside_(closure_, step);
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
