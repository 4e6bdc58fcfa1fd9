// What LowerRoots keeps up to date across safepoints.
//
//   variables 0 .. bases-1      base values; they have slots
//   variables from bases on     derived pointers that are live across a
//                               safepoint; computed anew after it
//
// Derived pointers at a constant distance from their base are no variables:
// they are computed at their uses.
#ifndef MPS_LLVM_PLUGIN_ROOT_VARIABLES_H
#define MPS_LLVM_PLUGIN_ROOT_VARIABLES_H

#include "DerivedPointers.h"
#include "RootLiveness.h"
#include "SlotAssignment.h"

#include <vector>

namespace mps {

struct RootVariables {
  /// Finds them, and the safepoints and what those pin. May insert base merges.
  explicit RootVariables(llvm::Function &function);

  /// Bases, then kept derived pointers.
  llvm::SmallVector<llvm::Value *> all() const;

  llvm::SmallVector<llvm::Value *> bases;
  std::vector<DerivedPointer> kept;
  std::vector<DerivedPointer> computedAtUses;
  /// A use of a derived pointer needs its base too.
  Needs needs;
  /// Only `call` and `pinned` are set.
  std::vector<Safepoint> safepoints;
};

} // namespace mps

#endif
