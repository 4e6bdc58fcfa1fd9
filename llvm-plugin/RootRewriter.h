// Writes stores, reloads and statepoints into a function, as SlotAssignment
// decided.
//
// 1. Each variable that is live across a safepoint gets a home, an alloca that
//    every definition stores to and every use loads from. For one moment, so
//    that PromoteMemToReg builds SSA form with the phis that are needed.
// 2. Before a safepoint, variables are stored in their slots, if they are not
//    there already; after it, they are loaded back to their homes, and derived
//    pointers are computed anew from their bases.
// 3. The call becomes a statepoint that names the slots.
// 4. What nothing uses goes away again: of several calls in a row, the
//    reloads after all but the last.
//
// A landing pad reloads after its call of mps_rt_land, once for all invokes
// that unwind to it.
#ifndef MPS_LLVM_PLUGIN_ROOT_REWRITER_H
#define MPS_LLVM_PLUGIN_ROOT_REWRITER_H

#include "FrameAreas.h"
#include "RootVariables.h"

#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/ValueHandle.h"

namespace mps {

class RootRewriter {
public:
  RootRewriter(llvm::Function &function, RootVariables &variables,
               const RootLiveness &liveness, const SlotAssignment &assignment,
               llvm::ArrayRef<FrameArea> areas);

  void run();

private:
  using Place = llvm::BasicBlock::iterator;

  llvm::AllocaInst *createAlloca(llvm::Type *type, const llvm::Twine &name);
  void computeAtUses(const DerivedPointer &pointer);
  void giveHome(unsigned variable, llvm::Value *value);
  llvm::Value *current(unsigned variable, llvm::Value *value, Place place);
  void store(unsigned base, llvm::Value *value, Place place);
  void reload(const llvm::BitVector &live, Place place);
  void reloadAfter(const Safepoint &safepoint);
  void makeStatepointOf(const Safepoint &safepoint);
  void removeDeadCode();

  llvm::Function &function_;
  RootVariables &variables_;
  const RootLiveness &liveness_;
  const SlotAssignment &assignment_;
  llvm::ArrayRef<FrameArea> areas_;
  llvm::Type *referenceType_;
  llvm::SmallVector<llvm::AllocaInst *> slots_;
  /// By variable; null if it is not live across a safepoint.
  llvm::SmallVector<llvm::AllocaInst *> homes_;
  /// Landing pads that reload already.
  llvm::SmallPtrSet<llvm::BasicBlock *, 8> landed_;
  /// What may turn out to be unused.
  llvm::SmallVector<llvm::WeakTrackingVH> candidates_;
};

} // namespace mps

#endif
