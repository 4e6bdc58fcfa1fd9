// Base values: which object a derived pointer points into.
//
// A reference is a base or derived. Bases are arguments, loaded values, results
// of calls, constants, and what is taken out of composites. Derived are
//
//   steps    getelementptr, freeze, llvm.ptrmask, launder and strip of
//            invariant groups, casts to other address spaces, mps.pin: their
//            base is the base of the one pointer they take
//   merges   phis and selects of which an operand is derived
//
// A merge whose operands all have one base has that base. Any other gets a phi
// or select of its operands' bases beside it. A phi or select of bases alone is
// a base itself.
//
// Invariant: a value's base dominates the value.
// Not here: how a derived pointer is computed anew (DerivedPointers.h).
#ifndef MPS_LLVM_PLUGIN_BASE_VALUES_H
#define MPS_LLVM_PLUGIN_BASE_VALUES_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/SmallVector.h"

namespace llvm {
class Function;
class Instruction;
class Use;
class Value;
} // namespace llvm

namespace mps {

/// The pointer that `value` is computed from in one step, or null if it is not
/// a step.
llvm::Use *stepOperand(llvm::Value *value);

class BaseValues {
public:
  explicit BaseValues(llvm::Function &function);

  /// All derived pointers of the function, steps and merges, as it was.
  llvm::ArrayRef<llvm::Value *> derived() const {
    return derived_.getArrayRef();
  }
  bool isDerived(llvm::Value *value) const { return derived_.contains(value); }

  /// The base, or the derived merge, from which only steps lead to `value`.
  llvm::Value *withoutSteps(llvm::Value *value) const;
  /// The base of `value`, itself if it is one. May insert phis and selects.
  llvm::Value *baseOf(llvm::Value *value);

private:
  using Merges = llvm::SmallSetVector<llvm::Instruction *, 8>;

  Merges mergesReachableFrom(llvm::Instruction *merge) const;
  void resolve(llvm::Instruction *merge);
  bool updateBase(llvm::Instruction *merge, const Merges &merges);
  void insertBaseMerge(llvm::Instruction *merge);
  void completeBaseMerge(llvm::Instruction *merge);

  llvm::SmallSetVector<llvm::Value *, 16> derived_;
  /// Of derived merges. While they are resolved: null, not known yet; the
  /// merge itself, it has several.
  llvm::DenseMap<llvm::Value *, llvm::Value *> mergeBases_;
};

} // namespace mps

#endif
