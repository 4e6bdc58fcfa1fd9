#include "trace/shared_work.h"

#include "platform/futex.h"

#include <algorithm>

namespace mps {

void SharedWork::begin(GrowingArray<Slot> &slots) {
  objects_.clear();
  slots_ = &slots;
  nextSlot_ = 0;
  joined_ = 1;
  idle_ = 0;
  isThereSome_ = false;
  isDone_ = false;
}

bool SharedWork::join() {
  platform::Locked locked(lock_);
  if (isDone_)
    return false;
  ++joined_;
  return true;
}

void SharedWork::giveFrom(GreyStack &stack) {
  std::size_t count = std::min(stack.size() / 2, kMostTaken);
  platform::Locked locked(lock_);
  // What was pushed first leads to most; its places are filled with the last.
  for (std::size_t i = 0; i < count; ++i) {
    if (!objects_.push(stack[i]))
      break;
    stack[i] = stack[stack.size() - 1];
    stack.truncate(stack.size() - 1);
  }
  isThereSome_ = true;
}

void SharedWork::give(Segment &segment) {
  platform::Locked locked(lock_);
  segment.nextGrey = segments_;
  segments_ = &segment;
  isThereSome_ = true;
}

SharedWork::Slots SharedWork::takeSlots() {
  std::size_t size = slots_->size();
  std::size_t first = nextSlot_.fetch_add(kSlotsTaken);
  first = std::min(first, size);
  return {slots_->begin() + first,
          slots_->begin() + std::min(first + kSlotsTaken, size)};
}

bool SharedWork::takeLocked(GreyStack &stack, Segment *&segment) {
  segment = segments_;
  if (segment != nullptr)
    segments_ = segment->nextGrey;
  for (std::size_t i = 0; !segment && i < kMostTaken && objects_.size(); ++i) {
    if (!stack.push(objects_[objects_.size() - 1]))
      break;
    objects_.truncate(objects_.size() - 1);
  }
  isThereSome_ = segments_ != nullptr || objects_.size() != 0;
  return segment != nullptr || stack.size() != 0;
}

bool SharedWork::take(GreyStack &stack, Segment *&segment) {
  {
    platform::Locked locked(lock_);
    if (takeLocked(stack, segment))
      return true;
    if (idle_.fetch_add(1) + 1 == joined_)
      isDone_ = true;
  }
  for (unsigned step = 0; !isDone_; ++step) {
    if (!isThereSome_) {
      platform::backOff(step);
      continue;
    }
    platform::Locked locked(lock_);
    if (takeLocked(stack, segment)) {
      --idle_;
      return true;
    }
  }
  return false;
}

} // namespace mps
