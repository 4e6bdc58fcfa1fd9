// The only place that asks for LLVM's version.
#ifndef MPS_LLVM_PLUGIN_COMPAT_H
#define MPS_LLVM_PLUGIN_COMPAT_H

#include "llvm/Config/llvm-config.h"

#if LLVM_VERSION_MAJOR >= 22
#include "llvm/Plugins/PassPlugin.h"
#else
#include "llvm/Passes/PassPlugin.h"
#endif

#include "llvm/Passes/PassBuilder.h"

namespace mps {

/// Has `add` called where a pipeline ends.
template <typename Add> void addAtEnd(llvm::PassBuilder &builder, Add add) {
#if LLVM_VERSION_MAJOR >= 20
  builder.registerOptimizerLastEPCallback(
      [add](llvm::ModulePassManager &passes, llvm::OptimizationLevel,
            llvm::ThinOrFullLTOPhase) { add(passes); });
#else
  builder.registerOptimizerLastEPCallback(
      [add](llvm::ModulePassManager &passes, llvm::OptimizationLevel) {
        add(passes);
      });
#endif
}

} // namespace mps

#endif
