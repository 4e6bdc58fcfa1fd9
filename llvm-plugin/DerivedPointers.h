// How a derived pointer is computed anew from where its base has moved to.
//
//   by its steps   if only steps lead from the base to it: the steps again. If
//                  all their other operands are constant, at each use: such an
//                  address costs nothing and needs no register
//   by distance    if a merge lies between: base + distance, where the distance
//                  is an integer computed right after the pointer
//
// Invariant: the same bits, relative to the base, as the program's own.
#ifndef MPS_LLVM_PLUGIN_DERIVED_POINTERS_H
#define MPS_LLVM_PLUGIN_DERIVED_POINTERS_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/IR/BasicBlock.h"

namespace mps {

class DerivedPointer {
public:
  DerivedPointer(llvm::Value *value, llvm::Value *base);

  llvm::Value *value() const { return value_; }
  llvm::Value *base() const { return base_; }

  /// Computed anew at its uses, rather than kept up to date.
  bool isConstantDistance() const;

  /// Inserts the computation of the distance at `place`, right after the
  /// pointer, if recompute() needs it.
  void prepare(llvm::BasicBlock::iterator place);

  /// Inserts the computation from `base` at `place`.
  llvm::Value *recompute(llvm::Value *base,
                         llvm::BasicBlock::iterator place) const;

private:
  llvm::Value *value_;
  llvm::Value *base_;
  /// From the base on; empty if a merge lies between.
  llvm::SmallVector<llvm::Instruction *, 4> steps_;
  llvm::Value *distance_ = nullptr;
};

} // namespace mps

#endif
