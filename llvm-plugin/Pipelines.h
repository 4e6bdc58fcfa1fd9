// The plugin's two passes over a module, at the beginning and at the end of
// LLVM's pipeline.
#ifndef MPS_LLVM_PLUGIN_PIPELINES_H
#define MPS_LLVM_PLUGIN_PIPELINES_H

#include "llvm/IR/PassManager.h"

namespace mps {

/// adopt ▸ check the contract ▸ protect memory operations and frames
struct EarlyPass : llvm::PassInfoMixin<EarlyPass> {
  llvm::PreservedAnalyses run(llvm::Module &module,
                              llvm::ModuleAnalysisManager &analyses);
  static bool isRequired() { return true; }
};

/// barriers ▸ polls ▸ allocation ▸ thunks ▸ roots ▸ prove ▸ module descriptor
struct LatePass : llvm::PassInfoMixin<LatePass> {
  llvm::PreservedAnalyses run(llvm::Module &module,
                              llvm::ModuleAnalysisManager &analyses);
  static bool isRequired() { return true; }
};

} // namespace mps

#endif
