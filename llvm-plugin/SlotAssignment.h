// Which references have slots, which slots, and where they are stored.
//
// 1. At each safepoint, the variables (base values) that are live across it, or
//    that the callee wants pinned, are *held*: each must be in its slot.
// 2. A slot still holds its variable after a safepoint that held it, until the
//    variable is defined again: forward dataflow ("holds on all paths") tells
//    before which safepoints a variable must be stored.
// 3. Per variable, those *late* stores are weighed by block frequency against
//    one *early* store, right after its definition. So a variable that is held
//    at slow paths only costs nothing on the fast one, and one that is held in
//    a loop is stored before the loop.
// 4. Variables that are never needed in slots at the same time share one, by
//    greedy colouring: two interfere if a safepoint holds both, or if one is
//    live where the other is stored early.
//
// Invariant: between a variable's store and the last safepoint that relies on
// it, nothing else is stored in its slot.
#ifndef MPS_LLVM_PLUGIN_SLOT_ASSIGNMENT_H
#define MPS_LLVM_PLUGIN_SLOT_ASSIGNMENT_H

#include "RootLiveness.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/SmallVector.h"

#include <vector>

namespace llvm {
class BlockFrequencyInfo;
class CallBase;
} // namespace llvm

namespace mps {

/// A safepoint and the variables that matter there.
struct Safepoint {
  llvm::CallBase *call;
  llvm::BitVector liveAcross; ///< Needed after it, its own result excepted.
  llvm::BitVector pinned;     ///< Base values that the callee wants in place.
  llvm::BitVector held;       ///< Base values that must be in their slots.
  llvm::BitVector stores;     ///< Those of them to be stored right before it.
};

class SlotAssignment {
public:
  /// `bases` are variables 0, 1, ... of `liveness`, which may have more. Sets
  /// the stores of the safepoints.
  SlotAssignment(llvm::Function &function, llvm::ArrayRef<llvm::Value *> bases,
                 const RootLiveness &liveness,
                 llvm::BlockFrequencyInfo &frequencies,
                 llvm::MutableArrayRef<Safepoint> safepoints);

  unsigned slotCount() const { return slotCount_; }
  /// The slot of a variable that some safepoint holds.
  unsigned slotOf(unsigned variable) const { return slots_[variable]; }
  /// Whether the variable is stored right after its definition.
  bool isEarly(unsigned variable) const { return early_[variable]; }

private:
  void findStores();
  llvm::BitVector transfer(const llvm::BasicBlock &block, llvm::BitVector holds,
                           bool recordStores);
  void chooseEarly();
  void findInterference();
  void interfere(unsigned variable, const llvm::BitVector &others);
  void colour();

  llvm::Function &function_;
  llvm::ArrayRef<llvm::Value *> bases_;
  const RootLiveness &liveness_;
  llvm::BlockFrequencyInfo &frequencies_;
  llvm::MutableArrayRef<Safepoint> safepoints_;
  llvm::DenseMap<const llvm::Instruction *, Safepoint *> safepointOf_;

  llvm::BitVector held_; ///< At any safepoint.
  llvm::BitVector early_;
  std::vector<llvm::BitVector> interferes_;
  llvm::SmallVector<unsigned> slots_;
  unsigned slotCount_ = 0;
};

} // namespace mps

#endif
