// Results in memory are written into the frame of the direct caller only.
#ifndef MPS_LLVM_PLUGIN_KEEP_RESULTS_H
#define MPS_LLVM_PLUGIN_KEEP_RESULTS_H

#include "llvm/IR/Function.h"

namespace mps {

/// Where a call would return its result straight into the result of `function`
/// itself, gives it a local variable, and copies that afterwards. Edges from
/// invokes to where they return are of their own.
void keepResults(llvm::Function &function);

} // namespace mps

#endif
