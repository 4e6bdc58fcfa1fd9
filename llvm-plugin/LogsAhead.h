// Barriers of stores into an object that was new until others were allocated.
//
//   object = mps.allocate(...)
//   child = mps.allocate(...)
//   object.child = child
//
// The object is in the nursery, unless the second allocation has gone out of
// line and collected. So the slot is logged there, before the store and behind
// the slow call: no safepoint lies between, and the inline path has no barrier
// at all. There the store may not follow after all, so only what the object's
// type says to be a reference is logged. Until allocations are lowered, their
// calls tell what is to be logged by an operand bundle.
#ifndef MPS_LLVM_PLUGIN_LOGS_AHEAD_H
#define MPS_LLVM_PLUGIN_LOGS_AHEAD_H

#include "ReferenceAccess.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/IR/ValueHandle.h"

namespace mps {

class LogsAhead {
public:
  explicit LogsAhead(const llvm::DataLayout &layout) : layout_(layout) {}

  /// To be logged behind each of `allocations`. False if there are too many, or
  /// it is not known there that it is a slot.
  bool add(const ReferenceAccess &access,
           llvm::ArrayRef<llvm::CallBase *> allocations);
  /// Replaces the calls by calls with bundles.
  void attach();

private:
  /// `offset` bytes from where an object begins.
  struct Place {
    llvm::WeakTrackingVH object;
    std::uint64_t offset;
  };

  const llvm::DataLayout &layout_;
  llvm::MapVector<llvm::CallBase *, llvm::SmallVector<Place, 4>> places_;
};

/// What the bundle of `allocation` asks for, before `before`.
void insertLogsAhead(const llvm::CallBase &allocation,
                     llvm::Instruction &before);

} // namespace mps

#endif
