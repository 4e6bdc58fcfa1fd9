// Turns a call into a statepoint that names its slots.
#ifndef MPS_LLVM_PLUGIN_STATEPOINTS_H
#define MPS_LLVM_PLUGIN_STATEPOINTS_H

#include "FrameAreas.h"

#include "llvm/ADT/ArrayRef.h"

namespace llvm {
class CallBase;
class Instruction;
} // namespace llvm

namespace mps {

/// What a statepoint names (StatepointRecord.h has the encoding).
struct NamedSlots {
  llvm::SmallVector<llvm::AllocaInst *, 8> pinned;
  llvm::SmallVector<llvm::AllocaInst *, 8> precise;
  llvm::ArrayRef<FrameArea> areas;
};

/// Reports what a statepoint cannot express about `call`, and what would hide
/// references from it. True if there is nothing.
bool canBeStatepoint(const llvm::CallBase &call);

/// Replaces `call` and all uses of its result. An invoke's normal destination
/// must have no other predecessor: the result is taken there.
void makeStatepoint(llvm::CallBase &call, const NamedSlots &slots);

} // namespace mps

#endif
