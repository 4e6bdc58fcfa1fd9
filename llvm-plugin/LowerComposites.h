// Takes structs, arrays and vectors apart that hold references across
// safepoints, so that LowerRoots sees single references only.
#ifndef MPS_LLVM_PLUGIN_LOWER_COMPOSITES_H
#define MPS_LLVM_PLUGIN_LOWER_COMPOSITES_H

#include "llvm/IR/PassManager.h"

namespace mps {

/// Also gives landing pads the form that LowerRoots needs; so it must run
/// before EmitThunks begins each of them with a call.
struct LowerCompositesPass : llvm::PassInfoMixin<LowerCompositesPass> {
  llvm::PreservedAnalyses run(llvm::Function &function,
                              llvm::FunctionAnalysisManager &analyses);
  static bool isRequired() { return true; }
};

/// Takes composites apart. Invokes must have normal edges of their own.
void lowerComposites(llvm::Function &function);

} // namespace mps

#endif
