// Frames that have not run since a collection looked at them: they are quiet,
// and need not be looked at again.
//
//   hot ── frames that may run ── guard ── its caller ── quiet frames ── cold
//
// 1. A collection walks from the hot end to the first quiet frame. Then all
//    frames but the hottest kRunning are quiet. Of their slots, those that lead
//    to something that a young collection may move are kept in a list.
// 2. A quiet frame's slots do not change. A young collection visits those in
// the
//    list, and no others.
// 3. A poll at the exit of the guard, or of a colder frame, is taken: the
//    thread's poll limit is the guard's stack pointer. Then the next frames are
//    quiet no more, and another frame is the guard.
//    The guard's caller is not quiet: its local variables may be written by the
//    function that it has called (a result in memory).
// 4. Exceptions and longjmp leave frames without their polls: they are told of
//    by noteJump(), and until the next poll the third frame above the place
//    where the thread goes on is the first that is quiet.
//
// Foreign segments are not the program's to know: they are always visited.
//
// While an old collection marks, quiet frames may be waiting to be shown to the
// marker: their slots still hold what they held when it began. They are shown
// in steps; and before they run.
//
// All functions with the world stopped, or by the owner with its heap locked;
// but for noteJump() and isReached(), by the owner at any time.
// Invariant F6: a quiet frame's slots have not changed since a collection
// visited them, and those of them that lead to objects that are not settled are
// in the list.
#ifndef MPS_STACK_QUIET_FRAMES_H
#define MPS_STACK_QUIET_FRAMES_H

#include "arena/side_memory.h"
#include "stack/walker.h"

#include <atomic>

namespace mps {

class QuietFrames {
public:
  /// The hottest frames, which are not worth guarding.
  static constexpr unsigned kRunning = 128;
  /// No stack pointer reaches it.
  static constexpr Address kNone = Address::fromBits(~Word(0));

  // Owner, at any time:

  /// The thread goes on at `stackPointer`: in the frame there, or in a foreign
  /// one above.
  void noteJump(Address stackPointer) {
    if (stackPointer.bits() > jumped_.load(std::memory_order_relaxed))
      jumped_.store(stackPointer.bits(), std::memory_order_relaxed);
  }
  /// Whether a poll at `stackPointer` must call retreat().
  bool isReached(Address stackPointer) const { return stackPointer >= limit(); }
  /// For polls.
  Address limit() const {
    return hasJumped()
               ? Address()
               : Address::fromBits(guard_.load(std::memory_order_relaxed));
  }

  // World stopped, or owner with its heap locked:

  /// No frame is.
  void clear();
  /// Shows slots of frames that may run, and of quiet ones those that are in
  /// the list; at rank Exact, other frames become quiet.
  void visit(const StackState &state, Rank rank, RootVisitor &visitor,
             WalkCounts &counts);
  /// Nothing is left that a young collection might move: all frames but the
  /// hottest are quiet, whatever is in them. No slot is looked at.
  void settle(const StackState &state);
  /// The same, for frames that are quiet already.
  void settleList() { slots_.clear(); }
  /// The owner polls, having called out by `exit`: what it may return to soon
  /// is quiet no more. What waits of it is shown first.
  void retreat(const abi::ExitRecord *exit, FunctionRef<void(Slot)> show);
  /// Bytes of managed frames that are not quiet.
  std::size_t runningSize(const StackState &state) const;

  /// All that the last visit left out wait to be shown.
  void wait() { waiting_ = reached_; }
  bool isWaiting() const { return bool(waiting_); }
  /// Some that waited have gone without being shown; asked once.
  bool takeLost();
  /// Shows the slots of at most `frames` that wait, after takeLost().
  void showWaiting(unsigned frames, FunctionRef<void(Slot)> show);

  // For the verifier:

  /// Of frames from here on, if they have not been jumped over.
  Address firstQuiet() const {
    return first_ && !isJumpedOver() ? first_.stackPointer : kNone;
  }
  /// After sortList().
  bool isInList(Slot slot);
  void sortList();
  void dropLastOfList() { slots_.truncate(slots_.size() - 1); }
  std::size_t listSize() const { return slots_.size(); }
  void showArrays(SideMemory &memory) { memory.show(slots_, fresh_); }

private:
  static constexpr Word kPinned = 1, kKinds = 7;

  bool hasJumped() const { return jumped() != Address(); }
  Address jumped() const {
    return Address::fromBits(jumped_.load(std::memory_order_relaxed));
  }
  Address guard() const {
    return Address::fromBits(guard_.load(std::memory_order_relaxed));
  }
  bool isJumpedOver() const { return hasJumped() && jumped() >= guard(); }
  static Slot slotOf(Word entry) {
    return Slot::at(Address::fromBits(entry & ~kKinds));
  }
  class Approach;
  void reach(const Approach &approach);
  void setFirst(const FramePlace &first, Address guard);
  void dropHotterThan(Address stackPointer);
  void visitList(Rank rank, RootVisitor &visitor);
  void noteSlots(const FrameWalk &walk, RootVisitor &visitor);
  void keepFresh();

  FramePlace first_;   ///< That is quiet.
  FramePlace reached_; ///< The first that the last visit left out.
  std::atomic<Word> guard_{~Word(0)};
  /// Where the thread went on since its last poll, the coldest; 0: nowhere.
  std::atomic<Word> jumped_{0};
  GrowingArray<Word> slots_; ///< With their kind; of cold frames first.
  GrowingArray<Word> fresh_; ///< The same, of hot frames first.
  FramePlace waiting_;       ///< The first that waits to be shown.
  bool hasLostWaiting_ = false, hasLostFresh_ = false;
};

} // namespace mps

#endif
