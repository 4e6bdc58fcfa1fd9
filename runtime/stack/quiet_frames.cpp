#include "stack/quiet_frames.h"

#include "base/check.h"

#include <algorithm>
#include <functional>

namespace mps {

/// The way from a hot frame to the first quiet one.
class QuietFrames::Approach {
public:
  Approach(const QuietFrames &frames, const FrameWalk &walk)
      : frames_(frames), walk_(walk) {}

  const FrameWalk &walk() const { return walk_; }
  /// Whether there is a frame that is not quiet.
  explicit operator bool() const { return walk_ && !isAtQuiet(); }
  void next() {
    isPastJump_ += walk_.stackPointer() > frames_.jumped();
    before_[1] = before_[0];
    before_[0] = walk_.stackPointer();
    ++passed_;
    walk_.next();
  }
  unsigned passed() const { return passed_; }
  bool isAtQuiet() const {
    return walk_ && frames_.first_ &&
           walk_.stackPointer() >= frames_.first_.stackPointer &&
           (!frames_.isJumpedOver() || isPastJump_ >= kMargin);
  }
  /// Whether this frame and all above may become quiet.
  bool mayBeFirst() const {
    return passed_ >= kRunning &&
           (!frames_.hasJumped() || isPastJump_ >= kMargin);
  }
  /// If this frame is the first quiet one.
  Address guard() const { return before_[1]; }

private:
  /// The guard, and its caller.
  static constexpr unsigned kMargin = 2;

  const QuietFrames &frames_;
  FrameWalk walk_;
  Address before_[kMargin]; ///< Stack pointers of the frames passed last.
  unsigned passed_ = 0, isPastJump_ = 0;
};

// ---- The first quiet frame ----

void QuietFrames::setFirst(const FramePlace &first, Address guard) {
  first_ = first;
  guard_.store((first ? guard : kNone).bits(), std::memory_order_relaxed);
}

void QuietFrames::clear() {
  setFirst({}, kNone);
  slots_.clear();
  hasLostWaiting_ |= isWaiting();
  waiting_ = {};
}

/// The approach has gone as far as it could.
void QuietFrames::reach(const Approach &approach) {
  bool isAbout = first_ && !isJumpedOver() && approach.passed() < 2;
  if (isAbout) // To land an exception: the frames are as foreign ones.
    reached_ = first_;
  else if (approach.isAtQuiet())
    setFirst(reached_ = approach.walk().place(), approach.guard());
  else
    setFirst(reached_ = {}, kNone);
  dropHotterThan(first_ ? first_.stackPointer : kNone);
}

void QuietFrames::dropHotterThan(Address stackPointer) {
  while (slots_.size() != 0 &&
         slotOf(slots_.end()[-1]).address() < stackPointer)
    slots_.pop();
}

void QuietFrames::settle(const StackState &state) {
  slots_.clear();
  Approach approach(*this, FrameWalk(state));
  while (approach && !approach.mayBeFirst())
    approach.next();
  if (approach)
    setFirst(approach.walk().place(), approach.guard());
  else
    reach(approach);
}

void QuietFrames::retreat(const abi::ExitRecord *exit,
                          FunctionRef<void(Slot)> show) {
  Address stackPointer = Address::fromBits(exit->stackPointer);
  if (stackPointer >= guard() || isJumpedOver()) {
    if (isJumpedOver())
      first_ = {};
    Address least = first_ ? first_.stackPointer : Address();
    setFirst({}, kNone);
    Approach approach(*this, FrameWalk(exit, Address::of(exit)));
    for (; approach &&
           !(approach.mayBeFirst() && approach.walk().stackPointer() >= least);
         approach.next())
      if (waiting_ && approach.walk().stackPointer() >= waiting_.stackPointer) {
        approach.walk().forEachSlot([&](Slot slot, bool) { show(slot); });
      }
    setFirst(approach.walk().place(), approach.guard());
    dropHotterThan(first_ ? first_.stackPointer : kNone);
    if (waiting_ && (!first_ || first_.stackPointer > waiting_.stackPointer))
      waiting_ = first_;
  }
  jumped_.store(0, std::memory_order_relaxed);
}

std::size_t QuietFrames::runningSize(const StackState &state) const {
  Address end = first_ ? std::max(first_.stackPointer, jumped()) : kNone;
  std::size_t size = 0;
  forEachManagedRun(state, [&](Extent run) {
    if (run.base < end)
      size += std::min(run.limit, end) - run.base;
  });
  return size;
}

// ---- Visiting ----

void QuietFrames::visit(const StackState &state, Rank rank,
                        RootVisitor &visitor, WalkCounts &counts) {
  if (rank == Rank::Ambiguous)
    forEachForeignSegment(state, [&](Extent words) {
      counts.ambiguousWords += words.size() / kWordSize;
      visitor.ambiguous(words);
    });
  FramePlace first;
  Address guard;
  Approach approach(*this, FrameWalk(state));
  for (; approach; approach.next()) {
    const FrameWalk &walk = approach.walk();
    walk.forEachSlot([&](Slot slot, bool isPinned) {
      if (rank == Rank::Exact)
        visitor.exact(slot); // A pinned one's object is marked: no change.
      else if (isPinned)
        visitor.pinned(slot);
    });
    if (rank != Rank::Exact)
      continue;
    ++counts.preciseFrames;
    if (!first && approach.mayBeFirst()) {
      first = walk.place();
      guard = approach.guard();
    }
    if (first)
      noteSlots(walk, visitor);
  }
  reach(approach);
  visitList(rank, visitor);
  if (first)
    setFirst(first, guard);
  keepFresh();
}

void QuietFrames::visitList(Rank rank, RootVisitor &visitor) {
  if (rank == Rank::Ambiguous) {
    for (Word entry : slots_)
      if (entry & kPinned)
        visitor.pinned(slotOf(entry));
    return;
  }
  std::size_t kept = 0;
  for (Word entry : slots_) {
    visitor.exact(slotOf(entry));
    if (visitor.becomesQuiet(slotOf(entry)))
      slots_[kept++] = entry;
  }
  slots_.truncate(kept);
}

void QuietFrames::noteSlots(const FrameWalk &walk, RootVisitor &visitor) {
  walk.forEachSlot([&](Slot slot, bool isPinned) {
    if (visitor.becomesQuiet(slot) &&
        !fresh_.push(slot.address().bits() | (isPinned ? kPinned : 0)))
      hasLostFresh_ = true;
  });
}

/// If there is no memory for the list, no frame is quiet.
void QuietFrames::keepFresh() {
  for (std::size_t i = fresh_.size(); i-- > 0;)
    hasLostFresh_ |= !slots_.push(fresh_[i]);
  fresh_.clear();
  if (hasLostFresh_)
    clear();
  hasLostFresh_ = false;
}

// ---- Waiting to be shown ----

bool QuietFrames::takeLost() {
  bool isLost =
      hasLostWaiting_ || (isWaiting() && jumped() >= waiting_.stackPointer);
  hasLostWaiting_ = false;
  if (isLost)
    waiting_ = {};
  return isLost;
}

void QuietFrames::showWaiting(unsigned frames, FunctionRef<void(Slot)> show) {
  if (!isWaiting())
    return;
  FrameWalk walk(waiting_);
  for (; walk && frames != 0; walk.next(), --frames)
    walk.forEachSlot([&](Slot slot, bool) { show(slot); });
  waiting_ = walk.place();
}

// ---- For the verifier ----

void QuietFrames::sortList() {
  std::sort(slots_.begin(), slots_.end(), std::greater<>());
}

bool QuietFrames::isInList(Slot slot) {
  Word *found =
      std::lower_bound(slots_.begin(), slots_.end(),
                       slot.address().bits() | kKinds, std::greater<>());
  return found != slots_.end() && slotOf(*found) == slot;
}

} // namespace mps
