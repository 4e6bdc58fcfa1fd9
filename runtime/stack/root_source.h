// Where a trace finds references outside of the heap.
//
// A root source shows its roots to a visitor, once for each rank in each
// collection: first the ambiguous ones, which decide what stays in place, then
// the exact ones, which are updated; and when all that they lead to has been
// found, the weak ones, which are updated or become null.
//
//   exact       a slot that holds null, a reference, or anything outside
//   pinned      a slot that holds an exact reference whose object must stay
//   ambiguous   words, of which any may be a reference
//   scanned     a client's function shows them, through a ScanState; the weak
//               ones are all of this kind
#ifndef MPS_STACK_ROOT_SOURCE_H
#define MPS_STACK_ROOT_SOURCE_H

#include "arena/rank.h"
#include "base/address.h"
#include "base/function_ref.h"
#include "pool/client_format.h"

namespace mps {

/// Whether what was changed is known.
enum class OldValues {
  All,
  NotAll, ///< Some will be known the next time.
  Lost,   ///< There was no memory for some.
};

class RootVisitor {
public:
  virtual void exact(Slot slot) {}
  virtual void pinned(Slot slot) {}
  virtual void ambiguous(Extent words) {}
  /// The slot was shown, and will not change for some time. Whether young
  /// collections must see it all the same.
  virtual bool becomesQuiet(Slot slot) { return false; }
  /// Whether slots that have become quiet are to be shown, too.
  virtual bool wantsQuiet() { return true; }
  /// The slot, which was shown, is quiet.
  virtual void quiet(Slot slot) {}
  /// A slot that is armed, or known to the write log, like one of a settled
  /// object, in a variable or object that begins at `start`. Only to a visitor
  /// that wants what is quiet.
  virtual void logged(Slot slot, Address start) { exact(slot); }
  /// The state for a client's scan function. Only while this rank is visited.
  virtual ScanState *scanState() { return nullptr; }

protected:
  ~RootVisitor() = default;
};

class RootSource {
public:
  /// Shows the roots of one rank: pinned slots are of the ambiguous one, and
  /// none is an ephemeron. Only with the world stopped.
  virtual void visit(Rank rank, RootVisitor &visitor) {}

  /// Whether it has weak ones that mutators read without a word: what they get
  /// may have been found by nobody while marking goes on.
  virtual bool hasUntoldWeak() const { return false; }

  /// Shows what quiet slots held before they were changed, once. Only with the
  /// world stopped.
  virtual OldValues takeOldValues(FunctionRef<void(Word)> visit) {
    return OldValues::All;
  }
  /// The nursery has settled, so nothing is young, and all may become quiet
  /// without a look. Only with the world stopped.
  virtual void settle() {}
  /// Quiet slots wait to be shown to the marker.
  virtual void wait() {}
  /// Shows what some of them held, or hold: exact slots or copies of them, and
  /// ambiguous words. About as many as `slots`, from which it takes those that
  /// it has shown. Whether none is left. With the arena's lock.
  virtual bool showWaiting(unsigned &slots, RootVisitor &visitor) {
    return true;
  }
  /// Marking has been given up: what waits will not be shown. Only with the
  /// world stopped.
  virtual void stopWaiting() {}

  RootSource *next = nullptr, *previous = nullptr; ///< Of the heap's list.

protected:
  ~RootSource() = default;
};

} // namespace mps

#endif
