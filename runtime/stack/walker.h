// The walk over a stopped stack: docs/design/threads-and-frames.md.
//
// Exit records tell where managed frames are: a run of them goes from a record
// of a call out to the record of the call in before it. What is between two
// runs is a foreign segment; those are found without a look at any frame.
#ifndef MPS_STACK_WALKER_H
#define MPS_STACK_WALKER_H

#include "base/function_ref.h"
#include "mps/abi/thread_block.h"
#include "stack/root_source.h"
#include "stack/root_tables.h"

namespace mps {

/// A stopped stack.
struct StackState {
  Address hot;  ///< The stack pointer.
  Address cold; ///< The end of the stack.
  const abi::ExitRecord *exitHead = nullptr;
  /// Registers, saved anywhere; may be empty.
  Extent registers;
  /// Bytes below the stack pointer that the code at the hot end may use.
  std::size_t redZone = 0;
  /// Words below are not the program's.
  Address lowest() const { return hot - redZone; }
  /// The code at the hot end is the runtime, called from managed code: nothing
  /// of the program's is in it.
  bool isInRuntime = false;
};

struct WalkCounts {
  std::size_t preciseFrames = 0;
  std::size_t ambiguousWords = 0;
};

/// A managed frame.
struct FramePlace {
  Address stackPointer; ///< Right after its call returns.
  Address returnAddress;
  const abi::ExitRecord *entry = nullptr; ///< By which its run was entered.
  explicit operator bool() const { return bool(stackPointer); }
};

/// From one managed frame to the next, over foreign segments, to the cold end.
/// The frames do not run meanwhile. RootTables::find() says who may.
class FrameWalk {
public:
  /// From the hottest frame on.
  explicit FrameWalk(const StackState &state)
      : FrameWalk(state.exitHead, state.hot) {}
  /// From the last call out of managed code on; records below `lowest` are
  /// dead.
  FrameWalk(const abi::ExitRecord *head, Address lowest);
  /// From a frame that is still there.
  explicit FrameWalk(const FramePlace &place);

  /// Whether there is a frame.
  explicit operator bool() const { return bool(place_); }
  const FramePlace &place() const { return place_; }
  Address stackPointer() const { return place_.stackPointer; }
  void next();
  /// Calls visit(Slot, bool isPinned).
  template <typename Visit> void forEachSlot(Visit visit) const {
    unsigned count = frame_.slots[0];
    for (unsigned i = 1; i <= count; ++i) {
      unsigned word = frame_.slots[i];
      visit(Slot::at(place_.stackPointer + (word >> 1) * kWordSize),
            bool(word & 1));
    }
  }

private:
  void enterRun(const abi::ExitRecord *exit);

  FramePlace place_;
  FrameDescription frame_;
};

/// Registers and words that may hold references of foreign code.
void forEachForeignSegment(const StackState &state,
                           FunctionRef<void(Extent)> visit);

/// Runs of managed frames, by the words that they take up.
void forEachManagedRun(const StackState &state,
                       FunctionRef<void(Extent)> visit);

} // namespace mps

#endif
