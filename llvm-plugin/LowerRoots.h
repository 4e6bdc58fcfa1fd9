// Makes statepoints: the pass that gives references places in frames.
#ifndef MPS_LLVM_PLUGIN_LOWER_ROOTS_H
#define MPS_LLVM_PLUGIN_LOWER_ROOTS_H

#include "llvm/IR/PassManager.h"

namespace mps {

/// Must be the last pass that changes a managed function; needs what
/// LowerComposites leaves behind.
struct LowerRootsPass : llvm::PassInfoMixin<LowerRootsPass> {
  llvm::PreservedAnalyses run(llvm::Function &function,
                              llvm::FunctionAnalysisManager &analyses);
  static bool isRequired() { return true; }
};

} // namespace mps

#endif
