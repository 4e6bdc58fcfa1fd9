#include "trace/shared_work.h"

#include "platform/futex.h"

#include <algorithm>

namespace mps {

namespace {
/// Looks for something to take, before a worker sleeps.
constexpr unsigned kLooks = 96;
} // namespace

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
  {
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
  noteChange();
}

void SharedWork::give(Segment &segment) {
  {
    platform::Locked locked(lock_);
    segment.nextGrey = segments_;
    segments_ = &segment;
    isThereSome_ = true;
  }
  noteChange();
}

void SharedWork::noteChange() {
  changes_.fetch_add(1);
  if (sleepers_.load() != 0)
    platform::wakeAll(changes_);
}

void SharedWork::sleepWhile(std::uint32_t changes) {
  sleepers_.fetch_add(1);
  platform::waitWhile(changes_, changes);
  sleepers_.fetch_sub(1);
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
  bool isLast = false;
  {
    platform::Locked locked(lock_);
    if (takeLocked(stack, segment))
      return true;
    isLast = idle_.fetch_add(1) + 1 == joined_;
    isDone_ = isLast;
  }
  if (isLast)
    noteChange();
  for (unsigned look = 0;; ++look) {
    std::uint32_t changes = changes_;
    if (isDone_)
      return false;
    if (isThereSome_) {
      platform::Locked locked(lock_);
      if (takeLocked(stack, segment)) {
        --idle_;
        return true;
      }
    }
    if (look < kLooks)
      platform::backOff(look);
    else
      sleepWhile(changes);
  }
}

} // namespace mps
