// Proves of the final IR that every reference that is live across a safepoint
// is accounted for. Runs in every compilation.
#ifndef MPS_LLVM_PLUGIN_PROVE_ROOTS_H
#define MPS_LLVM_PLUGIN_PROVE_ROOTS_H

#include "llvm/IR/PassManager.h"

namespace mps {

struct ProveRootsPass : llvm::PassInfoMixin<ProveRootsPass> {
  llvm::PreservedAnalyses run(llvm::Function &function,
                              llvm::FunctionAnalysisManager &analyses);
  static bool isRequired() { return true; }
};

} // namespace mps

#endif
