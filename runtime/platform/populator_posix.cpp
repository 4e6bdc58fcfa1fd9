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

/// Of what is wanted.
Populator::Step Populator::takeStep() {
  Locked locked(lock_);
  Step step;
  Address front = Address::fromBits(front_.load(std::memory_order_relaxed));
  if (isNear(wanted_.base)) {
    Address near = (front + kNear).alignedUp(kHugePageSize);
    step.left = {std::max(wanted_.base, front), std::min(wanted_.limit, near)};
    wanted_.base = near;
  }
  if (wanted_.limit <= wanted_.base) {
    wanted_ = {};
    return step;
  }
  step.populated = {
      wanted_.base,
      std::min(wanted_.limit, (wanted_.base + 1).alignedUp(kHugePageSize))};
  wanted_.base = step.populated.limit;
  return step;
}

bool Populator::step() {
  Locked touching(touching_);
  auto [left, populated] = takeStep();
  if (beside_ != nullptr)
    for (Extent each : {left, populated})
      if (each.base < each.limit)
        beside_(closure_, each);
  if (populated.size() == kHugePageSize &&
      pages_.load(std::memory_order_relaxed) == Pages::Huge)
    advise(populated, Pages::Huge);
  populateUnchanged(populated);
  return !populated.isEmpty();
}

void Populator::forked() {
  new (&lock_) Mutex; // The parent's thread may have held them.
  new (&touching_) Mutex;
}

} // namespace mps::platform
