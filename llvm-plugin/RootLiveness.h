// Liveness of chosen SSA values: which of them a program point's future needs.
//
// The values are variables 0, 1, ...; a use of any value of the function may
// need several of them (a derived pointer needs itself and its base). Standard
// backward dataflow over blocks, in bit vectors:
//
//   live-out(B) = union over successors S of live-in(S), and of what S's phis
//                 need of B
//   live-in(B)  = needed in B before any definition, or live-out(B) and not
//                 defined in B
//
// Within a block, scanBackward() recomputes what is live after each
// instruction.
#ifndef MPS_LLVM_PLUGIN_ROOT_LIVENESS_H
#define MPS_LLVM_PLUGIN_ROOT_LIVENESS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"

namespace llvm {
class BasicBlock;
class Function;
class Instruction;
class Value;
} // namespace llvm

namespace mps {

/// Which variables a use of a value needs.
using Needs = llvm::DenseMap<llvm::Value *, llvm::SmallVector<unsigned, 2>>;

class RootLiveness {
public:
  RootLiveness(llvm::Function &function,
               llvm::ArrayRef<llvm::Value *> variables, const Needs &needs);

  const llvm::BitVector &liveIn(const llvm::BasicBlock *block) const;
  const llvm::BitVector &liveOut(const llvm::BasicBlock *block) const;

  /// Calls `visit` for each instruction of `block` but phis, last to first,
  /// with what is live right after it, its own result included.
  void scanBackward(
      llvm::BasicBlock &block,
      llvm::function_ref<void(llvm::Instruction &, const llvm::BitVector &)>
          visit) const;

  /// The variable that `value` is, if it is one.
  std::optional<unsigned> variableOf(const llvm::Value *value) const;

private:
  struct BlockState {
    llvm::BitVector needed, defined, in, out;
  };

  void addNeeds(const llvm::Value *value, llvm::BitVector &live) const;
  void removeDefinition(const llvm::Value *value, llvm::BitVector &live) const;
  void summarise(llvm::BasicBlock &block);
  bool update(llvm::BasicBlock &block);

  llvm::DenseMap<const llvm::Value *, unsigned> variables_;
  const Needs &needs_;
  llvm::DenseMap<const llvm::BasicBlock *, BlockState> states_;
};

} // namespace mps

#endif
