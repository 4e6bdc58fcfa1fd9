// The walk over a stopped stack: docs/design/threads-and-frames.md.
#ifndef MPS_STACK_WALKER_H
#define MPS_STACK_WALKER_H

#include "mps/abi/thread_block.h"
#include "stack/root_source.h"

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

/// Shows the stack's roots of one rank: foreign segments and registers are
/// ambiguous, slots of managed frames exact or pinned.
void walk(const StackState &state, Rank rank, RootVisitor &visitor,
          WalkCounts &counts);

} // namespace mps

#endif
