// What the workers of one trace share: grey objects and segments that one of
// them can spare, remembered slots, and the question whether all is done.
//
// A worker that has nothing left is idle until there is something to take, or
// until all who joined are idle: then nothing is grey any more. What is grey
// is passed on only while somebody is idle, so that a worker that is alone
// pays for a test. Who is idle for long sleeps.
#ifndef MPS_TRACE_SHARED_WORK_H
#define MPS_TRACE_SHARED_WORK_H

#include "arena/control_memory.h"
#include "arena/segment.h"
#include "arena/side_memory.h"
#include "platform/mutex.h"

namespace mps {

/// Objects, left in place and marked, that want scanning.
using GreyStack = GrowingArray<Address>;

class SharedWork {
public:
  /// Worker 0 has joined: it may have something to do already, so that not all
  /// is done before it is idle. The slots stay the caller's.
  void begin(GrowingArray<Slot> &slots);

  /// For the others. False if all is done already.
  bool join();
  /// Whether somebody is idle.
  bool isWanted() const { return idle_.load(std::memory_order_relaxed) != 0; }
  /// Passes on a part of a stack that is not small.
  void giveFrom(GreyStack &stack);
  void give(Segment &segment);
  /// Some slots that nobody else gets; empty if there are none left.
  struct Slots {
    const Slot *begin, *end;
  };
  Slots takeSlots();
  /// Something that was passed on: a segment, or, if that is null, objects on
  /// the stack, which is empty. Waits. False: all is done.
  bool take(GreyStack &stack, Segment *&segment);

  /// After all is done: whether there was no memory to take some of it.
  bool hasRest() const { return objects_.size() != 0; }

  void showArrays(SideMemory &memory) { memory.show(objects_); }

  static constexpr std::size_t kLeastGiven = 32;

private:
  static constexpr std::size_t kMostTaken = 256, kSlotsTaken = 512;

  bool takeLocked(GreyStack &stack, Segment *&segment);
  void sleepWhile(std::uint32_t changes);
  void noteChange();

  platform::Mutex lock_;
  GreyStack objects_;
  Segment *segments_ = nullptr;
  GrowingArray<Slot> *slots_ = nullptr;
  std::atomic<std::size_t> nextSlot_{0};
  unsigned joined_ = 0;
  std::atomic<unsigned> idle_{0};
  std::atomic<bool> isThereSome_{false};
  std::atomic<bool> isDone_{false};
  /// Of the last two, towards more. Changed before sleepers_ is read, which is
  /// changed before this is waited for: so that nobody sleeps through one.
  std::atomic<std::uint32_t> changes_{0};
  std::atomic<unsigned> sleepers_{0};
};

} // namespace mps

#endif
